"""Watching the OS session: what locks it, what is about to sleep, and which sources were there to ask."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Protocol

from workstation.host.events import Armed, SessionEvent

__all__ = ["Armed", "SessionEvent", "SessionWatch", "watch_session"]


class SessionWatch(Protocol):
    """Calls back on its own thread; the caller locks first and asks questions later."""

    @property
    def armed(self) -> Armed:
        """Which sources would tell now; fewer after LOST."""

    def start(self) -> Armed:
        """Begin; which sources answered. Never raises: a source that is not there is not armed."""

    def release_sleep(self) -> None:
        """The lock is done: let the computer sleep."""

    def stop(self) -> None: ...


class DecodedWatch:
    """Windows and macOS: whoever hears the system's messages hands the decoded event to `tell`."""

    def __init__(
        self,
        on_event: Callable[[SessionEvent], None],
        arm: Callable[[], Armed] = Armed,
        disarm: Callable[[], None] = lambda: None,
    ) -> None:
        self._on_event, self._arm, self._disarm = on_event, arm, disarm
        self.armed = Armed()

    def start(self) -> Armed:
        self.armed = self._arm()
        return self.armed

    def tell(self, event: SessionEvent | None) -> None:
        if event is not None:
            self._on_event(event)

    def release_sleep(self) -> None:
        """Neither system lets a program hold sleep back reliably; the lock is done before `tell` returns."""

    def stop(self) -> None:
        self._disarm()


def watch_session(
    on_event: Callable[[SessionEvent], None], *, window: int = 0, platform: str = sys.platform
) -> SessionWatch:
    """The watch of this platform. Windows tells a window, by its native id."""
    if platform == "linux":
        from workstation.host.linux_session import LinuxSessionWatch

        return LinuxSessionWatch(on_event)
    if platform == "win32" and window:
        from workstation.host.windows import Notices

        notices = Notices(window)
        return DecodedWatch(on_event, notices.arm, notices.disarm)
    return DecodedWatch(on_event)  # macOS: nothing feeds it, and not armed is the honest answer
