"""The device's connection to the server, and the journal's unsent end, as the uplink sees them."""

from __future__ import annotations

from typing import Any

from workstation.domain.trail import AuditSend
from workstation.errors import ServerUnreachable, SignInRefused
from workstation.fhir.client import EntryAnswer, FhirClient, Stored
from workstation.guard.online import Online
from workstation.guard.recorder import Recorder


class DeviceServer:
    """The device's own connection; made when the credential is usable, made anew when it changes."""

    def __init__(self, online: Online) -> None:
        self._online = online
        self._client: FhirClient | None = None
        self._own = False

    def client(self) -> FhirClient:
        """Raises ServerUnreachable while nobody has signed in on this device yet."""
        try:
            self._online.connect_device()
        except SignInRefused:
            raise ServerUnreachable("The identity provider publishes no usable endpoint.") from None
        if not self._online.device_reference:
            raise ServerUnreachable("No one has signed in on this device yet.")
        own = self._online.can_send_while_locked()
        if self._client is None or own is not self._own:
            self._client, self._own = self._online.device_server(), own
        return self._client

    def capabilities(self) -> dict[str, Any]:
        return self.client().capabilities()

    def bundle(self, bundle: dict[str, Any]) -> tuple[EntryAnswer, ...]:
        return self.client().bundle(bundle)

    def create(self, resource: dict[str, Any], *, if_none_exist: str = "") -> Stored:
        return self.client().create(resource, if_none_exist=if_none_exist)

    def update(self, resource: dict[str, Any], *, if_match: str = "") -> Stored:
        return self.client().update(resource, if_match=if_match)

    def read(self, reference: str) -> Stored:
        return self.client().read(reference)

    def search(self, kind: str, params: Any) -> tuple[dict[str, Any], ...]:
        return self.client().search(kind, params)


class RecordedTail:
    """The journal's unsent end, reached through its own thread."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def unsent(self, limit: int) -> tuple[AuditSend, ...]:
        return self._recorder.run(lambda journal: journal.unsent(limit)).result()

    def acknowledge(self, ids: tuple[str, ...], receipt: str) -> None:
        self._recorder.run(lambda journal: journal.acknowledge(ids, receipt)).result()
        self._recorder.confirmed(ids)

    def counts(self) -> tuple[int, int]:
        return self._recorder.run(lambda journal: journal.counts()).result()
