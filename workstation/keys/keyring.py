"""The operating system's keyring: a known backend, a time limit, read back after each write, never a file."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Protocol, TypeVar

from workstation.errors import KeyringTrouble

SERVICE = "Coder Workstation"
LIMIT_SECONDS = 10.0  # a call can hang behind a prompt nobody answers (seen: over 15 s)
LONGEST_SECRET = 100  # hex characters; Windows keeps few

_ALLOWED = frozenset(
    {
        "keyring.backends.SecretService.Keyring",
        "keyring.backends.kwallet.DBusKeyring",
        "keyring.backends.Windows.WinVaultKeyring",
        "keyring.backends.macOS.Keyring",
    }
)

T = TypeVar("T")


class Backend(Protocol):
    """The part of `keyring.backend.KeyringBackend` that is used."""

    def get_password(self, service: str, username: str) -> str | None: ...
    def set_password(self, service: str, username: str, password: str) -> None: ...
    def delete_password(self, service: str, username: str) -> None: ...


class Keyring:
    """Named secrets of this program. Every method may block for ten seconds: never call it on a GUI thread.

    `scope` keeps two installations of one account apart (it is the device's id). All raise KeyringTrouble.
    """

    def __init__(self, scope: str, backend: Backend | None = None, *, limit: float = LIMIT_SECONDS) -> None:
        self._scope, self._backend, self._limit = scope, backend, limit

    @property
    def name(self) -> str:
        """Which backend is in use, for the device page; empty until the first call."""
        return type(self._backend).__module__ if self._backend is not None else ""

    def get(self, name: str) -> str | None:
        """The secret, or None when the keyring works and has none."""
        return self._call(lambda backend: backend.get_password(SERVICE, self._full(name)))

    def set(self, name: str, secret: str) -> None:
        """Store and read back: a backend that only pretends is found out before anything depends on it."""
        if len(secret) > LONGEST_SECRET:
            raise ValueError("too long for every keyring")
        self._call(lambda backend: backend.set_password(SERVICE, self._full(name), secret))
        if self.get(name) != secret:
            raise KeyringTrouble("What was stored could not be read back.")

    def delete(self, name: str) -> None:
        """Remove; nothing to remove is fine. What is still there afterwards is trouble."""
        if self.get(name) is None:
            return
        self._call(lambda backend: backend.delete_password(SERVICE, self._full(name)))
        if self.get(name) is not None:
            raise KeyringTrouble("An item could not be removed.")

    def _full(self, name: str) -> str:
        return f"{self._scope}/{name}"

    def _call(self, call: Callable[[Backend], T]) -> T:
        def named() -> T:
            if self._backend is None:
                self._backend = choose_backend()
            return call(self._backend)

        return _within(named, self._limit)


def choose_backend(platform: str = sys.platform, environment: Mapping[str, str] | None = None) -> Backend:
    """The one backend for this platform, by name: searching costs 290 ms and may end at a plain-text file.

    Raises KeyringTrouble when the environment points elsewhere, or no keyring answers.
    """
    asked = (os.environ if environment is None else environment).get("PYTHON_KEYRING_BACKEND", "")
    if asked and asked not in _ALLOWED:
        raise KeyringTrouble("The environment asks for a keyring this program does not trust.")
    if platform == "win32":
        return _windows()
    if platform == "darwin":
        return _mac_os()
    return _linux()


def _windows() -> Backend:
    from keyring.backends.Windows import WinVaultKeyring

    _require(WinVaultKeyring)
    backend = WinVaultKeyring()  # type: ignore[no-untyped-call]
    backend.persist = "local machine"  # the library's default roams to other computers
    return backend


def _mac_os() -> Backend:
    from keyring.backends.macOS import Keyring as MacKeyring

    _require(MacKeyring)
    return MacKeyring()  # type: ignore[no-untyped-call]


def _linux() -> Backend:
    from keyring.backends.kwallet import DBusKeyring
    from keyring.backends.SecretService import Keyring as SecretService

    try:
        _require(SecretService)
    except KeyringTrouble:
        _require(DBusKeyring)
        return DBusKeyring()  # type: ignore[no-untyped-call]
    return SecretService()  # type: ignore[no-untyped-call]


def _require(backend: type) -> None:
    """A backend says by raising from `priority` that it cannot work here."""
    try:
        _ = backend.priority  # type: ignore[attr-defined]
    except Exception as error:  # noqa: BLE001  # backends raise what their library raises
        raise KeyringTrouble(type(error).__name__) from None


def _within(call: Callable[[], T], seconds: float) -> T:
    """Run on a thread of its own. One that hangs is left behind as a daemon; its late answer is dropped."""
    answers: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            answers.append(call())
        except BaseException as error:  # noqa: BLE001  # carried to the caller's thread
            errors.append(error)

    helper = threading.Thread(target=run, name="keyring", daemon=True)
    helper.start()
    helper.join(seconds)
    if errors:
        if isinstance(errors[0], KeyringTrouble):
            raise errors[0]
        raise KeyringTrouble(type(errors[0]).__name__) from None  # its text may quote an item's name
    if not answers:
        raise KeyringTrouble("It did not answer; perhaps it waits for its own password.")
    return answers[0]
