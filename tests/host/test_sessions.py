from __future__ import annotations

import queue
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.logind import SESSION_PATH, FakeLogind, PrivateBus
from workstation.host import macos, windows
from workstation.host.events import Armed, SessionEvent
from workstation.host.linux_session import LinuxSessionWatch

needs_dbus = pytest.mark.skipif(shutil.which("dbus-daemon") is None, reason="dbus-daemon is not installed")


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[PrivateBus]:
    private = PrivateBus(tmp_path)
    yield private
    private.close()


@pytest.fixture
def logind(bus: PrivateBus) -> Iterator[FakeLogind]:
    fake = FakeLogind(bus.address)
    yield fake
    fake.close()


@pytest.fixture
def heard() -> queue.Queue[SessionEvent]:
    return queue.Queue()


@pytest.fixture
def watch(bus: PrivateBus, logind: FakeLogind, heard: queue.Queue[SessionEvent]) -> Iterator[LinuxSessionWatch]:
    made = LinuxSessionWatch(heard.put, system_bus=bus.address, session_bus=bus.address)
    yield made
    made.stop()


@needs_dbus
def test_the_watch_says_which_sources_are_armed(watch: LinuxSessionWatch) -> None:
    assert watch.start() == Armed(session=True, suspend=True, delay=True, screensaver=False)


@needs_dbus
def test_a_lock_of_our_session_is_heard_and_another_sessions_is_not(
    watch: LinuxSessionWatch, logind: FakeLogind, heard: queue.Queue[SessionEvent]
) -> None:
    watch.start()
    logind.lock("/org/freedesktop/login1/session/_99")
    logind.switch(active=False)
    logind.lock(SESSION_PATH)
    assert [heard.get(timeout=5), heard.get(timeout=5)] == [SessionEvent.AWAY, SessionEvent.LOCKED]
    assert heard.empty()


@needs_dbus
def test_sleep_waits_until_the_lock_is_done_and_is_delayed_again_after_waking(
    watch: LinuxSessionWatch, logind: FakeLogind, heard: queue.Queue[SessionEvent]
) -> None:
    watch.start()
    assert logind.inhibited.wait(5)
    logind.inhibited.clear()
    logind.sleep(True)
    assert heard.get(timeout=5) is SessionEvent.SUSPENDING
    assert not logind.released.is_set()
    watch.release_sleep()
    assert logind.released.wait(5)
    logind.sleep(False)
    assert heard.get(timeout=5) is SessionEvent.RESUMED
    assert logind.inhibited.wait(5)


@needs_dbus
def test_the_screen_saver_is_heard_when_the_desktop_has_one(
    watch: LinuxSessionWatch, logind: FakeLogind, heard: queue.Queue[SessionEvent]
) -> None:
    watch.start()
    logind.signal("/org/gnome/ScreenSaver", "org.gnome.ScreenSaver", "ActiveChanged", "b", (True,))
    assert heard.get(timeout=5) is SessionEvent.LOCKED


def test_without_a_bus_nothing_is_armed_and_nothing_fails(tmp_path: Path, heard: queue.Queue[SessionEvent]) -> None:
    nowhere = f"unix:path={tmp_path / 'nobody'}"
    watch = LinuxSessionWatch(heard.put, system_bus=nowhere, session_bus=nowhere)
    assert not watch.start()
    watch.stop()


@needs_dbus
def test_a_bus_that_dies_locks(bus: PrivateBus, watch: LinuxSessionWatch, heard: queue.Queue[SessionEvent]) -> None:
    watch.start()
    bus.close()
    assert heard.get(timeout=5).locks


@pytest.mark.parametrize(
    ("message", "wparam", "event"),
    [
        (windows.WM_WTSSESSION_CHANGE, 0x7, SessionEvent.LOCKED),
        (windows.WM_WTSSESSION_CHANGE, 0x8, SessionEvent.UNLOCKED),
        (windows.WM_WTSSESSION_CHANGE, 0x4, SessionEvent.AWAY),
        (windows.WM_WTSSESSION_CHANGE, 0x1, None),
        (windows.WM_POWERBROADCAST, 0x4, SessionEvent.SUSPENDING),
        (windows.WM_POWERBROADCAST, 0x12, SessionEvent.RESUMED),
        (windows.WM_QUERYENDSESSION, 0, SessionEvent.AWAY),
        (0x000F, 0x7, None),
    ],
)
def test_windows_messages_are_decoded(message: int, wparam: int, event: SessionEvent | None) -> None:
    assert windows.decode(message, wparam) is event


def test_mac_notifications_are_decoded() -> None:
    assert macos.decode("com.apple.screenIsLocked") is SessionEvent.LOCKED
    assert macos.decode("NSWorkspaceWillSleepNotification") is SessionEvent.SUSPENDING
    assert macos.decode("NSApplicationDidHide") is None
    assert macos.seconds_of_ticks(24_000_000, 125, 3) == 1.0
    assert windows.seconds_of_interrupt_time(25_000_000) == 2.5
