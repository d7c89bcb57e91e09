"""The guard's dealings with the server: sign-in, tokens for the desk, the device's own credential, commands and policy."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workstation.domain.access import Coder
from workstation.domain.policy import Policy
from workstation.durable import read_whole, write_whole
from workstation.errors import ServerRefused, ServerTrouble, SignedOutByServer, SignInRefused
from workstation.fhir import device
from workstation.fhir.backend import BackendTokens, register
from workstation.fhir.client import FhirClient
from workstation.fhir.commands import Command, commands
from workstation.fhir.discovery import get_json
from workstation.fhir.incoming import coder as coder_of
from workstation.fhir.reading import reference, reference_id
from workstation.fhir.sign_in import SignIn
from workstation.fhir.tokens import Session, Tokens
from workstation.fhir.transport import new_session
from workstation.keys.device import DeviceKeys
from workstation.settings import ServerSettings


@dataclass(frozen=True, slots=True)
class Arrived:
    """A coder who has just signed in, as the server issued them."""

    coder: Coder
    policy: Policy


class Online:
    """Blocking calls for workers; `token` may be asked from any of them."""

    def __init__(
        self, settings: ServerSettings, keys: DeviceKeys, folder: Path, version: str, *, throw_away: bool = False
    ) -> None:
        self.settings, self._keys, self._version = settings, keys, version
        self._throw_away = throw_away  # a device that ends with the program registers no key of its own
        self._file = folder / "registration.json"
        self._session: Session | None = None
        self._store: Callable[[str], None] = lambda refresh: None
        self._lock = threading.Lock()
        self._sign_in = SignIn(
            settings.base,
            ports=settings.redirect_ports,
            issuer=settings.issuer,
            verify=settings.verify,
            pins=settings.pin,
            proxies=settings.proxies,
        )
        self._resume = ("", "")
        self._device = ""
        self._client_id = ""
        self.key_on_server = device.KeyOnServer.UNKNOWN
        self.head: Callable[[], str] = lambda: ""  # what the journal has come to, for the head of each request
        self._organisation = settings.organisation
        self._backend: BackendTokens | None = None
        self._read_registration()

    # ------------------------------------------------------------------ the coder's session

    def sign_in(
        self, open_browser: Callable[[str], None], *, prompt_login: bool, cancelled: threading.Event
    ) -> Arrived:
        """In the system browser. Raises SignInRefused, ServerTrouble."""
        signed_in = self._sign_in.run(open_browser, prompt_login=prompt_login, cancelled=cancelled)
        session = self._sign_in.session(signed_in, self._keep)
        who = session.tokens.fhir_user
        if not who.startswith("Practitioner/"):
            raise SignInRefused("The account is not that of a coder.")
        server = self._client(session.access, session.fresh)
        person = server.read(who).resource
        asked = server.search("PractitionerRole", [("practitioner", who), ("active", "true")])
        roles = tuple(role for role in asked if reference(role.get("practitioner"), "Practitioner") == who)
        arrived = coder_of(person, roles)
        if not arrived.roles:
            raise SignInRefused("Your account has no coding role.", remedy="Ask your lead to have one issued to you.")
        organisation = next((reference_id(role.get("organization"), "Organization") for role in roles), "")
        self._organisation = self.settings.organisation or organisation
        with self._lock:
            self._session = session
        self._enrol_device(server, session)
        policy = device.policy(server, self._organisation) if self._organisation else None
        return Arrived(arrived, policy or Policy())

    def keep_for(self, store: Callable[[str], None]) -> None:
        """Where the refresh token of the present session goes, now and whenever it is renewed."""
        self._store = store
        if self._session is not None:
            store(self._session.tokens.refresh)

    def resume(self, refresh: str, fhir_user: str, store: Callable[[str], None]) -> None:
        """Go on with a session kept from before; needs the network only when a token is asked for."""
        self._store = store
        self._resume = (refresh, fhir_user)
        with self._lock:
            self._session = None

    def token(self, stale: bool) -> tuple[str, float]:
        """An access token and its end (POSIX seconds). Raises SignedOutByServer, ServerUnreachable, ServerBusy."""
        with self._lock:
            if self._session is None:
                refresh, fhir_user = self._resume
                if not refresh:
                    raise SignedOutByServer
                self._session = self._sign_in.resume(refresh, fhir_user, self._keep)
            session = self._session
        value = session.fresh() if stale else session.access()
        return value, session.tokens.expires_at

    def leave(self) -> None:
        """Sign out: the session is revoked as far as the provider can be reached."""
        with self._lock:
            session, self._session = self._session, None
            self._resume = ("", "")
        if session is not None:
            session.end()

    def _keep(self, tokens: Tokens) -> None:
        self._store(tokens.refresh)

    # ------------------------------------------------------------------ the device's own credential

    @property
    def device_reference(self) -> str:
        """`Device/id`, or an empty string before the first sign-in."""
        return self._device

    def device_server(self) -> FhirClient:
        """A client under the device's own credential, else under the coder's token (nothing is sent while locked)."""
        if self._backend is not None:
            return self._client(self._backend.token, self._backend.fresh_token)
        return self._client(lambda: self.token(False)[0], lambda: self.token(True)[0])

    def published(self, address: str) -> dict[str, Any]:
        """JSON the FHIR server publishes below its own base; nothing of ours goes along. Raises ServerTrouble."""
        if not address.startswith(self.settings.base.rstrip("/") + "/"):
            raise ServerRefused("It publishes its keys at another address than its own.")
        with new_session(self.settings.verify, self.settings.proxies, self.settings.pin) as session:
            status, found = get_json(session, address)
        if status != 200:
            raise ServerRefused("It does not publish what it says it does.", status=status)
        return found

    def can_send_while_locked(self) -> bool:
        return bool(self._client_id)

    def connect_device(self) -> None:
        """Make the device's credential usable; discovers the token endpoint. Raises ServerTrouble, SignInRefused."""
        if self._backend is None and self._client_id:
            provider = self._sign_in.discover()
            self._backend = BackendTokens(
                lambda: new_session(self.settings.verify, self.settings.proxies, self.settings.pin),
                provider.token,
                self._client_id,
                self._keys,
            )

    def _enrol_device(self, server: FhirClient, session: Session) -> None:
        if not self._device:
            self._device = device.enlist(server, self._keys.device, self._version, self._keys.verify_key)
        if not self._client_id and not self._throw_away:
            provider = self._sign_in.discover()
            if provider.registration:
                try:
                    self._client_id = register(
                        new_session(self.settings.verify, self.settings.proxies, self.settings.pin),
                        provider.registration,
                        self._keys,
                        self._keys.device,
                        session.access(),
                    )
                except ServerTrouble:
                    self._client_id = ""  # IT registers the key by hand, or the coder's token is used
        self._write_registration()
        self.connect_device()

    def _read_registration(self) -> None:
        content = read_whole(self._file)
        if content:
            try:
                found = json.loads(content)
                if found.get("base") == self.settings.base and found.get("installation") == self._keys.device:
                    self._device, self._client_id = str(found["device"]), str(found["client_id"])
                    self._organisation = self._organisation or str(found.get("organisation", ""))
            except (ValueError, KeyError, AttributeError):
                return  # made anew at the next sign-in

    def _write_registration(self) -> None:
        body = {
            "base": self.settings.base,
            "installation": self._keys.device,
            "device": self._device,
            "client_id": self._client_id,
            "organisation": self._organisation,
        }
        write_whole(self._file, json.dumps(body).encode())

    # ------------------------------------------------------------------ commands and policy

    def poll(self, server: FhirClient) -> tuple[bool, tuple[Command, ...], Policy | None]:
        """(is the device retired, commands that wait, the policy in force)."""
        if not self._device:
            return False, (), None
        known = server.read(self._device)
        retired = device.is_retired(known.resource)
        if self.key_on_server is not device.KeyOnServer.PUBLISHED and not retired:
            self.key_on_server = device.publish_key(server, known, self._keys.verify_key)
        waiting = commands(server, self._device)
        policy = device.policy(server, self._organisation) if self._organisation else None
        return retired, waiting, policy

    def _client(self, token: Callable[[], str], fresh: Callable[[], str]) -> FhirClient:
        return FhirClient(
            self.settings.base,
            token,
            fresh_token=fresh,
            verify=self.settings.verify,
            pins=self.settings.pin,
            proxies=self.settings.proxies,
            head=self.head,
        )
