"""Linux: logind's lock, switch and sleep signals and the screen saver's, on a thread of their own."""

from __future__ import annotations

import logging
import os
import selectors
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from jeepney import DBusAddress, HeaderFields, MatchRule, Message, MessageType, new_method_call
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import DBusConnection, open_dbus_connection
from jeepney.wrappers import DBusErrorResponse, unwrap_msg

from workstation.host.events import Armed, SessionEvent

log = logging.getLogger(__name__)

REPLY_SECONDS = 3.0
_LOGIND = "org.freedesktop.login1"
_MANAGER = DBusAddress("/org/freedesktop/login1", _LOGIND, f"{_LOGIND}.Manager")
_AUTO_SESSION = "/org/freedesktop/login1/session/auto"
_SCREENSAVERS = ("org.gnome.ScreenSaver", "org.freedesktop.ScreenSaver", "org.cinnamon.ScreenSaver")

_Failures = (OSError, DBusErrorResponse, RuntimeError, KeyError, ValueError, StopIteration)


class LinuxSessionWatch:
    """`on_event` is called on the watch's thread. A bus that is missing or dies is not armed."""

    def __init__(
        self,
        on_event: Callable[[SessionEvent], None],
        *,
        system_bus: str = "SYSTEM",
        session_bus: str = "SESSION",
    ) -> None:
        self._on_event = on_event
        self._addresses = system_bus, session_bus
        self._system: DBusConnection | None = None
        self._session: DBusConnection | None = None
        self._session_path = _AUTO_SESSION
        self._inhibitor: Any = None
        self._inhibiting = threading.Lock()
        self.armed = Armed()
        self._wake, self._woken = socket.socketpair()
        self._thread: threading.Thread | None = None
        self._turn = threading.Lock()
        self._starting = False
        self._ended = threading.Event()

    def start(self) -> Armed:
        """Subscribe, then listen on a thread. May be stopped meanwhile: then nothing is armed and nothing is kept."""
        with self._turn:
            if self._ended.is_set():
                return self.armed
            self._starting = True
        armed = self._arm()
        with self._turn:
            self._starting = False
            if self._ended.is_set():
                self._let_go()
                return self.armed
            self.armed = armed
            if self._system is not None or self._session is not None:
                self._thread = threading.Thread(target=self._listen, name="session-watch", daemon=True)
                self._thread.start()
        return armed

    def _arm(self) -> Armed:
        session = suspend = screensaver = False
        try:
            self._system = open_dbus_connection(self._addresses[0], enable_fds=True)
            suspend = self._subscribe(self._system, _LOGIND, f"{_LOGIND}.Manager", _MANAGER.object_path)
            self._inhibit()
            session = self._subscribe_session(self._system)
        except _Failures as error:
            log.info("logind is not there: %s", type(error).__name__)
        try:
            self._session = open_dbus_connection(self._addresses[1])
            # Any of them may start later: a match needs no owner, but only an owner means someone will tell.
            owned = [self._watch_screensaver(self._session, name) for name in _SCREENSAVERS]
            screensaver = any(owned)
        except _Failures as error:
            log.info("no session bus: %s", type(error).__name__)
        return Armed(session, suspend, self._inhibitor is not None, screensaver)

    def release_sleep(self) -> None:
        """From any thread: the lock is done, the computer may sleep."""
        with self._inhibiting:
            held, self._inhibitor = self._inhibitor, None
        if held is not None:
            held.close()

    def stop(self) -> None:
        """End the thread and let go of everything. A start still asking its buses is not waited for: it lets go."""
        with self._turn:
            if self._ended.is_set():
                return
            self._ended.set()
            if self._starting:
                return
        with suppress(OSError):
            self._wake.send(b"x")
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout=5)
        self._let_go()

    def _let_go(self) -> None:
        self.release_sleep()
        for connection in (self._system, self._session):
            if connection is not None:
                with suppress(OSError):
                    connection.close()
        self._system = self._session = None
        self._wake.close()
        self._woken.close()

    # ------------------------------------------------------------------ asking

    def _subscribe(self, bus: DBusConnection, sender: str, interface: str, path: str) -> bool:
        rule = MatchRule(type="signal", sender=sender, interface=interface, path=path)
        _ask(bus, message_bus.AddMatch(rule))
        return _has_owner(bus, sender)

    def _subscribe_session(self, bus: DBusConnection) -> bool:
        self._session_path = self._find_session(bus)
        self._subscribe(bus, _LOGIND, f"{_LOGIND}.Session", self._session_path)
        properties = "org.freedesktop.DBus.Properties"
        return self._subscribe(bus, _LOGIND, properties, self._session_path)

    def _find_session(self, bus: DBusConnection) -> str:
        """Our own session's path: signals do not come from the `auto` alias."""
        asked: list[tuple[str, str, Any]] = [("GetSessionByPID", "u", os.getpid())]
        if os.environ.get("XDG_SESSION_ID"):
            asked.append(("GetSession", "s", os.environ["XDG_SESSION_ID"]))
        asked.append(
            ("GetSession", "s", "auto")
        )  # started by the user's systemd we are in no session: the one on screen
        for method, signature, value in asked:
            with suppress(DBusErrorResponse):
                (path,) = _ask(bus, new_method_call(_MANAGER, method, signature, (value,)))
                return str(path)
        raise KeyError("no login session")

    def _watch_screensaver(self, bus: DBusConnection, name: str) -> bool:
        rule = MatchRule(type="signal", interface=name, member="ActiveChanged")
        _ask(bus, message_bus.AddMatch(rule))
        return _has_owner(bus, name)

    def _inhibit(self) -> None:
        """Take a delay lock: logind waits (five seconds by default) until it is closed."""
        assert_bus = self._system
        if assert_bus is None:
            return
        wanted = ("sleep", "Coder Workstation", "Lock the charts before sleep", "delay")
        try:
            (held,) = _ask(assert_bus, new_method_call(_MANAGER, "Inhibit", "ssss", wanted))
        except _Failures as error:
            log.info("sleep cannot be delayed: %s", type(error).__name__)
            return
        with self._inhibiting:
            self._inhibitor = held

    # ------------------------------------------------------------------ listening

    def _listen(self) -> None:
        with selectors.DefaultSelector() as ready:
            ready.register(self._woken, selectors.EVENT_READ, None)
            for connection in (self._system, self._session):
                if connection is not None:
                    ready.register(connection.sock, selectors.EVENT_READ, connection)
                    self._drain(connection)
            while True:
                for key, _ in ready.select():
                    if key.data is None:
                        return
                    if not self._drain(key.data):
                        ready.unregister(key.fileobj)
                        self._lost(key.data)

    def _lost(self, bus: DBusConnection) -> None:
        """A source that dies cannot warn any more: lock now, and be armed no longer by it."""
        self.armed = (
            Armed(screensaver=self.armed.screensaver) if bus is self._system else replace(self.armed, screensaver=False)
        )
        self._on_event(SessionEvent.LOST)

    def _drain(self, connection: DBusConnection) -> bool:
        """Every message that is there; False when the bus has gone."""
        while True:
            try:
                message = connection.receive(timeout=0)
            except TimeoutError:
                return True
            except (OSError, RuntimeError, EOFError):
                return False
            event = decode(message, self._session_path)
            if event is not None:
                self._on_event(event)
            if event is SessionEvent.RESUMED and self._inhibitor is None:
                self._inhibit()


def decode(message: Message, session_path: str) -> SessionEvent | None:
    """What a signal means for our session; None when it is not about it."""
    fields = message.header.fields
    if message.header.message_type is not MessageType.signal:
        return None
    interface, member = fields.get(HeaderFields.interface), fields.get(HeaderFields.member)
    if interface == f"{_LOGIND}.Manager" and member == "PrepareForSleep":
        return SessionEvent.SUSPENDING if message.body[0] else SessionEvent.RESUMED
    if interface in _SCREENSAVERS and member == "ActiveChanged":
        return SessionEvent.LOCKED if message.body[0] else SessionEvent.UNLOCKED
    if fields.get(HeaderFields.path) != session_path:
        return None
    if interface == f"{_LOGIND}.Session":
        return {"Lock": SessionEvent.LOCKED, "Unlock": SessionEvent.UNLOCKED}.get(str(member))
    if member == "PropertiesChanged" and message.body[0] == f"{_LOGIND}.Session":
        return _of_properties(message.body[1])
    return None


def _of_properties(changed: dict[str, tuple[str, Any]]) -> SessionEvent | None:
    if "Active" in changed:
        return SessionEvent.BACK if changed["Active"][1] else SessionEvent.AWAY
    if "LockedHint" in changed:
        return SessionEvent.LOCKED if changed["LockedHint"][1] else SessionEvent.UNLOCKED
    return None


def _ask(bus: DBusConnection, message: Message) -> tuple[Any, ...]:
    """Signals that arrive meanwhile are dropped by jeepney: subscribe first, then ask."""
    answer: tuple[Any, ...] = unwrap_msg(bus.send_and_get_reply(message, timeout=REPLY_SECONDS))
    return answer


def _has_owner(bus: DBusConnection, name: str) -> bool:
    (owned,) = _ask(bus, message_bus.NameHasOwner(name))
    return bool(owned)
