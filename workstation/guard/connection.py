"""The device's connection to the server, and the journal's unsent end, as the uplink sees them."""

from __future__ import annotations

from typing import Any

from workstation.domain.trail import AuditSend
from workstation.errors import ServerUnreachable, SignInRefused
from workstation.fhir.client import EntryAnswer, FhirClient, Stored
from workstation.guard.online import Online
from workstation.guard.recorder import Recorder
from workstation.guard.uplink import Confirmed
from workstation.journal.store import Journal


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

    def signed_bundle(self, bundle: dict[str, Any], *, minimal: bool = False) -> tuple[tuple[EntryAnswer, ...], str]:
        return self.client().signed_bundle(bundle, minimal=minimal)

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
        def signed(journal: Journal) -> tuple[AuditSend, ...]:
            journal.checkpoint()
            return journal.unsent(limit)

        return self._recorder.run(signed).result()

    def acknowledge(self, confirmed: Confirmed, proof: str = "") -> None:
        self._recorder.run(lambda journal: journal.acknowledge_each(confirmed, proof)).result()
        self._recorder.confirmed(tuple(name for name, _ in confirmed))

    def hash_at(self, chain: int, seq: int) -> bytes | None:
        """What this journal has at a place of a chain, to hold a receipt against; None for what is pruned."""
        return self._recorder.run(lambda journal: journal.hash_at(chain, seq)).result()

    def counts(self) -> tuple[int, int]:
        return self._recorder.run(lambda journal: journal.counts()).result()
