"""Watching the OS session: what locks it, what is about to sleep, and which sources were there to ask."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Protocol

from workstation.host.events import Armed, SessionEvent

__all__ = ["Armed", "SessionEvent", "SessionWatch", "watch_session"]


class SessionWatch(Protocol):
    """Calls back on its own thread; the caller locks first and asks questions later."""

    def start(self) -> Armed:
        """Begin; which sources answered. Never raises: a source that is not there is not armed."""

    def release_sleep(self) -> None:
        """The lock is done: let the computer sleep."""

    def stop(self) -> None: ...


class DecodedWatch:
    """Windows and macOS: the guard's native event filter hands the decoded event to `tell`."""

    def __init__(self, on_event: Callable[[SessionEvent], None], armed: Armed) -> None:
        self._on_event, self._armed = on_event, armed

    def start(self) -> Armed:
        return self._armed

    def tell(self, event: SessionEvent | None) -> None:
        if event is not None:
            self._on_event(event)

    def release_sleep(self) -> None:
        """Neither system lets a program hold sleep back reliably; the lock is quick enough."""

    def stop(self) -> None:
        """Nothing runs here."""


def watch_session(on_event: Callable[[SessionEvent], None], platform: str = sys.platform) -> SessionWatch:
    """The watch of this platform."""
    if platform == "linux":
        from workstation.host.linux_session import LinuxSessionWatch

        return LinuxSessionWatch(on_event)
    return DecodedWatch(on_event, Armed())  # nothing feeds it yet: not armed is the honest answer
