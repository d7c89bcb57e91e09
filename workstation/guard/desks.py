"""Desk processes: start one, speak to it, kill and reap it. Locking is the death of a process."""

from __future__ import annotations

import contextlib
import functools
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence

from workstation.channel import Channel
from workstation.host.windows_job import Job
from workstation.messages import Message, StandDown

_KEPT = """
HOME USER LOGNAME LANG LANGUAGE LC_ALL LC_CTYPE PATH TZ TMPDIR DISPLAY XAUTHORITY WAYLAND_DISPLAY XDG_RUNTIME_DIR
XDG_SESSION_TYPE XDG_CURRENT_DESKTOP XDG_DATA_HOME XDG_CONFIG_HOME XDG_CACHE_HOME DBUS_SESSION_BUS_ADDRESS
QT_QPA_PLATFORM QT_SCALE_FACTOR QT_ACCESSIBILITY QT_LINUX_ACCESSIBILITY_ALWAYS_ON
SYSTEMROOT WINDIR APPDATA LOCALAPPDATA USERPROFILE TEMP TMP COMSPEC USERNAME USERDOMAIN
"""
FLUSH_SECONDS = 0.05  # what a desk has to commit the keystroke in flight


class DeskProcess:
    """One child process, standby or desk. Its stdin and stdout are the channel; its callbacks come on that thread."""

    def __init__(
        self,
        command: Sequence[str],
        on_message: Callable[[DeskProcess, Message], None],
        on_gone: Callable[[DeskProcess], None],
        told: Mapping[str, str] | None = None,
    ) -> None:
        environment = _environment() | dict(told or {})
        self._child = subprocess.Popen(
            list(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, close_fds=True, env=environment
        )
        if self._child.stdin is None or self._child.stdout is None:
            raise RuntimeError("a desk without pipes")
        if sys.platform == "win32":
            _job().take(int(self._child._handle))
        # The channel owns duplicates: Popen's buffered objects would close the numbers under its feet.
        to_desk, from_desk = os.dup(self._child.stdin.fileno()), os.dup(self._child.stdout.fileno())
        self._child.stdin.close()
        self._child.stdout.close()
        self.channel = Channel(from_desk, to_desk)
        self.is_ready = False
        self.only_here: int | None = None  # encounters with work the server lacks, as its last words say; None: unknown
        self._ended = threading.Event()
        self.channel.start(
            lambda message: on_message(self, message),
            lambda name, key: key.__setitem__(slice(None), bytes(len(key))),  # a desk never sends keys
            lambda: on_gone(self),
        )

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def is_alive(self) -> bool:
        return self._child.poll() is None

    def send(self, message: Message) -> bool:
        return self.channel.send(message)

    def kill(self, *, flush: bool = False) -> None:
        """End the process and reap it; returns when its memory is gone. With `flush` it first has 50 ms to commit."""
        if self._ended.is_set():
            return
        self._ended.set()
        if flush and self.send(StandDown()):
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._child.wait(FLUSH_SECONDS)
        self._child.kill()
        self._child.wait()
        self.channel.close()


@functools.cache
def _job() -> Job:
    """Windows: what its desks die with; elsewhere they ask the kernel for it themselves."""
    return Job()


def desk_command() -> list[str]:
    """How this program starts itself as a desk, frozen or from source."""
    if getattr(sys, "frozen", False):
        return [sys.executable, "--desk"]
    main = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "main.py")
    return [sys.executable, main, "--desk"]


def _environment() -> dict[str, str]:
    """What a desk may know of its surroundings: display, locale and folders, nothing of Python's or the proxy's."""
    kept = _KEPT.split()
    return {name: os.environ[name] for name in kept if name in os.environ}
