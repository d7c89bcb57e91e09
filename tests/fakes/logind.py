"""A login manager of our own on a private bus: sessions, signals, delay inhibitors seen released."""

from __future__ import annotations

import os
import selectors
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jeepney import (
    DBusAddress,
    HeaderFields,
    MessageType,
    new_error,
    new_method_return,
    new_signal,
)
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import open_dbus_connection

SESSION_PATH = "/org/freedesktop/login1/session/_31"
_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path={path}</listen>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>
<allow own="*"/></policy></busconfig>"""


class PrivateBus:
    """A dbus-daemon that ends with the test."""

    def __init__(self, folder: Path) -> None:
        self.address = f"unix:path={folder / 'bus'}"
        config = folder / "bus.conf"
        config.write_text(_CONFIG.format(path=folder / "bus"))
        self._daemon = subprocess.Popen(
            ["dbus-daemon", f"--config-file={config}", "--nofork", "--print-address=1"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self._daemon.stdout is not None
        self._daemon.stdout.readline()

    def close(self) -> None:
        if self._daemon.poll() is not None:
            return
        self._daemon.terminate()
        self._daemon.wait()
        assert self._daemon.stdout is not None
        self._daemon.stdout.close()


class FakeLogind:
    """Answers what the watch asks; `lock`, `sleep`, `switch` send what logind would."""

    def __init__(self, address: str) -> None:
        self._bus = open_dbus_connection(address, enable_fds=True)
        self._bus.send_and_get_reply(message_bus.RequestName("org.freedesktop.login1"), timeout=5)
        self._sending = threading.Lock()
        self._stop_read, self._stop_write = os.pipe()
        self.inhibited = threading.Event()
        self.released = threading.Event()
        self.on_release: Callable[[], None] = lambda: None
        self.unknown: set[str] = set()  # methods that know no session
        self._thread = threading.Thread(target=self._serve, name="fake-logind", daemon=True)
        self._thread.start()

    def signal(self, path: str, interface: str, member: str, signature: str = "", body: Any = ()) -> None:
        with self._sending:
            self._bus.send(new_signal(DBusAddress(path, interface=interface), member, signature, body))

    def own(self, name: str) -> None:
        """Be a screen saver too."""
        with self._sending:
            self._bus.send(message_bus.RequestName(name))

    def lock(self, path: str = SESSION_PATH) -> None:
        self.signal(path, "org.freedesktop.login1.Session", "Lock")

    def sleep(self, start: bool) -> None:
        manager = "org.freedesktop.login1.Manager"
        self.signal("/org/freedesktop/login1", manager, "PrepareForSleep", "b", (start,))

    def switch(self, active: bool) -> None:
        body = ("org.freedesktop.login1.Session", {"Active": ("b", active)}, [])
        interface = "org.freedesktop.DBus.Properties"
        self.signal(SESSION_PATH, interface, "PropertiesChanged", "sa{sv}as", body)

    def close(self) -> None:
        os.write(self._stop_write, b"x")
        self._thread.join(5)
        self._bus.close()
        os.close(self._stop_read)
        os.close(self._stop_write)

    def _serve(self) -> None:
        inhibitor = -1
        with selectors.DefaultSelector() as ready:
            ready.register(self._bus.sock, selectors.EVENT_READ, "bus")
            ready.register(self._stop_read, selectors.EVENT_READ, "stop")
            while True:
                for key, _ in ready.select():
                    if key.data == "stop":
                        if inhibitor >= 0:
                            os.close(inhibitor)
                        return
                    if key.data == "inhibitor":
                        ready.unregister(inhibitor)
                        os.close(inhibitor)
                        inhibitor = -1
                        self.on_release()
                        self.released.set()
                    else:
                        try:
                            taken = self._answer_all()
                        except ConnectionError:
                            return  # the bus was ended by the test
                        if taken >= 0:
                            inhibitor = taken
                            ready.register(inhibitor, selectors.EVENT_READ, "inhibitor")
                            self.inhibited.set()

    def _answer_all(self) -> int:
        taken = -1
        while True:
            try:
                call = self._bus.receive(timeout=0)
            except TimeoutError:
                return taken
            if call.header.message_type is not MessageType.method_call:
                continue
            member = call.header.fields[HeaderFields.member]
            if member in ("GetSessionByPID", "GetSession") and member not in self.unknown:
                answer = new_method_return(call, "o", (SESSION_PATH,))
            elif member == "Inhibit":
                taken, theirs = os.pipe()
                answer = new_method_return(call, "h", (theirs,))
                with self._sending:
                    self._bus.send(answer)
                os.close(theirs)
                continue
            else:
                answer = new_error(call, "org.freedesktop.DBus.Error.UnknownMethod")
            with self._sending:
                self._bus.send(answer)
