from __future__ import annotations

import queue
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from jeepney.io.blocking import DBusConnection

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
def test_stopped_while_it_starts_it_keeps_nothing(
    bus: PrivateBus, logind: FakeLogind, heard: queue.Queue[SessionEvent], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wipe at once after the start of the program: whichever ends last lets go of thread, buses and inhibitor."""
    made = LinuxSessionWatch(heard.put, system_bus=bus.address, session_bus=bus.address)
    asking, stopped = threading.Event(), threading.Event()
    find = made._find_session

    def slowly(connection: DBusConnection) -> str:
        asking.set()
        assert stopped.wait(10)
        return find(connection)

    monkeypatch.setattr(made, "_find_session", slowly)
    answers: list[Armed] = []
    starting = threading.Thread(target=lambda: answers.append(made.start()))
    starting.start()
    assert asking.wait(10)
    made.stop()
    stopped.set()
    starting.join(10)
    assert answers == [Armed()]
    assert made._thread is None
    assert made._system is made._session is made._inhibitor is None
    assert made._wake.fileno() == made._woken.fileno() == -1
    made.stop()
    assert made.start() == Armed(), "what was stopped stays so"


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
@pytest.mark.parametrize("name", ["org.gnome.ScreenSaver", "org.freedesktop.ScreenSaver", "org.cinnamon.ScreenSaver"])
def test_the_screen_saver_is_heard_whichever_desktop_has_it(
    watch: LinuxSessionWatch, logind: FakeLogind, heard: queue.Queue[SessionEvent], name: str
) -> None:
    logind.own(name)
    assert watch.start().screensaver
    for active in (True, False):
        logind.signal("/" + name.replace(".", "/"), name, "ActiveChanged", "b", (active,))
    assert [heard.get(timeout=5), heard.get(timeout=5)] == [SessionEvent.LOCKED, SessionEvent.UNLOCKED]


@needs_dbus
@pytest.mark.parametrize("active", [True, False])
def test_a_switch_of_the_session_is_heard(
    watch: LinuxSessionWatch, logind: FakeLogind, heard: queue.Queue[SessionEvent], active: bool
) -> None:
    watch.start()
    logind.switch(active)
    assert heard.get(timeout=5) is (SessionEvent.BACK if active else SessionEvent.AWAY)


@needs_dbus
def test_a_program_in_no_session_watches_the_one_on_the_screen(
    watch: LinuxSessionWatch, logind: FakeLogind, heard: queue.Queue[SessionEvent], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_SESSION_ID", raising=False)
    logind.unknown = {"GetSessionByPID"}
    assert watch.start().session
    logind.lock()
    assert heard.get(timeout=5) is SessionEvent.LOCKED


@needs_dbus
def test_without_any_session_sleep_is_still_told(watch: LinuxSessionWatch, logind: FakeLogind) -> None:
    logind.unknown = {"GetSessionByPID", "GetSession"}
    assert watch.start() == Armed(session=False, suspend=True, delay=True)


def test_without_a_bus_nothing_is_armed_and_nothing_fails(tmp_path: Path, heard: queue.Queue[SessionEvent]) -> None:
    nowhere = f"unix:path={tmp_path / 'nobody'}"
    watch = LinuxSessionWatch(heard.put, system_bus=nowhere, session_bus=nowhere)
    assert not watch.start()
    watch.stop()


@needs_dbus
def test_a_bus_that_dies_locks_and_is_armed_no_longer(
    bus: PrivateBus, watch: LinuxSessionWatch, heard: queue.Queue[SessionEvent]
) -> None:
    watch.start()
    bus.close()
    lost = [heard.get(timeout=5), heard.get(timeout=5)]  # it was both buses
    assert lost == [SessionEvent.LOST] * 2
    assert all(event.locks for event in lost)
    assert watch.armed == Armed()


@needs_dbus
def test_the_system_bus_is_heard_on_after_the_desktops_has_died(
    bus: PrivateBus, logind: FakeLogind, heard: queue.Queue[SessionEvent], tmp_path: Path
) -> None:
    (tmp_path / "desktop").mkdir()
    desktop = PrivateBus(tmp_path / "desktop")
    watch = LinuxSessionWatch(heard.put, system_bus=bus.address, session_bus=desktop.address)
    try:
        watch.start()
        desktop.close()
        assert heard.get(timeout=5) is SessionEvent.LOST
        assert watch.armed == Armed(session=True, suspend=True, delay=True)
        logind.sleep(True)
        assert heard.get(timeout=5) is SessionEvent.SUSPENDING
    finally:
        watch.stop()


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
