"""Screenshots: every window and popup of a real desk window is left out before it can be seen, and stays so."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QMenu, QToolTip, QWidget
from pytestqt.qtbot import QtBot

from tests.fakes.user32 import FakeUser32
from tests.fakes.windows import FakeLibrary
from tests.harness.qt import QtSaid
from ui.capture import CaptureBlock, block_capture
from workstation.domain.policy import LONGEST_CAPTURE, Policy, allows_capture, policy_fields, policy_from
from workstation.host.capture import BLACK, LEFT_OUT, NOT_HIDDEN, Capture, WindowsUser32


@pytest.fixture
def user32() -> FakeUser32:
    return FakeUser32()


@pytest.fixture
def block(qtbot: QtBot, qapp: QApplication, user32: FakeUser32) -> Iterator[CaptureBlock]:
    made = CaptureBlock(qapp, user32)
    yield made
    qapp.removeEventFilter(made)
    made._again.stop()
    made.deleteLater()


def shown(qtbot: QtBot, window: QWidget) -> int:
    qtbot.addWidget(window, before_close_func=lambda _: window)  # kept: nobody else holds it
    window.show()
    qtbot.waitExposed(window).__exit__(None, None, None)
    return int(window.winId())


def visible() -> set[int]:
    return {int(window.winId()) for window in QGuiApplication.topLevelWindows() if window.isVisible()}


def test_a_window_is_left_out_before_it_is_shown(qtbot: QtBot, block: CaptureBlock, user32: FakeUser32) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.create()
    window.winId()
    assert not window.isVisible()
    assert user32.windows == {int(window.winId()): LEFT_OUT}


def test_popups_menus_tooltips_and_dialogs_are_left_out_too(
    qtbot: QtBot, block: CaptureBlock, user32: FakeUser32, qt_said: QtSaid
) -> None:
    window = QWidget()
    shown(qtbot, window)
    menu = QMenu(window)
    menu.addAction("One")
    dialog = QWidget(window, Qt.WindowType.Dialog)
    QToolTip.showText(window.mapToGlobal(window.rect().center()), "A word", window)
    dialog.show()
    menu.popup(window.mapToGlobal(window.rect().center()))
    qtbot.waitUntil(lambda: len(visible()) >= 4)
    assert {user32.windows[one] for one in visible()} == {LEFT_OUT}
    menu.close()
    QToolTip.hideText()
    dialog.close()
    assert block.state is Capture.BLOCKED
    assert all("does not support" in line for line in qt_said.take())  # offscreen has no stacking and no grab


@pytest.mark.parametrize("again", [QEvent.Type.Show, QEvent.Type.WindowStateChange])
def test_a_lost_flag_is_asked_for_again(
    qtbot: QtBot, qapp: QApplication, block: CaptureBlock, user32: FakeUser32, again: QEvent.Type
) -> None:
    window = QWidget()
    native = shown(qtbot, window)
    user32.forget()
    if again is QEvent.Type.WindowStateChange:
        window.showMinimized()
        user32.forget()
        window.showNormal()
    else:
        window.hide()
        window.show()
    qtbot.waitUntil(lambda: user32.windows[native] == LEFT_OUT)


def test_it_is_asked_for_every_few_seconds(qtbot: QtBot, block: CaptureBlock, user32: FakeUser32) -> None:
    native = shown(qtbot, QWidget())
    assert block._again.isActive()
    assert block._again.interval() == 5000
    user32.forget()
    block._again.timeout.emit()
    assert user32.windows[native] == LEFT_OUT
    asked = len(user32.asked)
    block._again.timeout.emit()
    assert len(user32.asked) == asked, "a window that is hidden is not touched"


def test_older_windows_shows_it_black(qtbot: QtBot, qapp: QApplication) -> None:
    user32 = FakeUser32(knows_left_out=False)
    block = CaptureBlock(qapp, user32)
    native = shown(qtbot, QWidget())
    assert user32.windows[native] == BLACK
    assert block.state is Capture.BLOCKED
    qapp.removeEventFilter(block)
    block._again.stop()


def test_a_yes_that_does_not_read_back_is_a_no(qtbot: QtBot, qapp: QApplication) -> None:
    user32, said = FakeUser32(deaf=True), list[str]()
    block = CaptureBlock(qapp, user32)
    block.changed.connect(said.append)
    shown(qtbot, QWidget())
    assert (block.state, said) == (Capture.NOT_BLOCKED, ["not blocked"])
    user32.deaf = False
    block.look_again()
    assert (block.state, said) == (Capture.BLOCKED, ["not blocked", "blocked"])
    qapp.removeEventFilter(block)
    block._again.stop()


def test_policy_opens_and_closes_every_window_at_once(qtbot: QtBot, block: CaptureBlock, user32: FakeUser32) -> None:
    said = list[str]()
    block.changed.connect(said.append)
    natives = [shown(qtbot, QWidget()), shown(qtbot, QWidget())]
    block.allow(True)
    assert [user32.windows[one] for one in natives] == [NOT_HIDDEN] * 2
    late = shown(qtbot, QWidget())
    assert user32.affinity(late) == NOT_HIDDEN
    block.allow(False)
    assert [user32.windows[one] for one in (*natives, late)] == [LEFT_OUT] * 3
    assert said == ["allowed", "blocked"]


def test_linux_and_macos_install_nothing_and_say_so(qtbot: QtBot, qapp: QApplication) -> None:
    linux, mac = block_capture(qapp, "linux"), block_capture(qapp, "darwin")
    shown(qtbot, QWidget())
    assert (linux.state, mac.state) == (Capture.NOT_POSSIBLE, Capture.NOT_BLOCKED)
    linux.allow(True)
    assert linux.state is Capture.NOT_POSSIBLE
    assert not linux._again.isActive()


def test_policy_allows_captures_for_a_day_at_most() -> None:
    policy = policy_from(policy_fields(Policy(capture_until=1_000_000)))
    assert not allows_capture(Policy(), 1_000_000.0)
    assert not allows_capture(policy, 1_000_000.0)
    assert allows_capture(policy, 999_999.0)
    assert allows_capture(policy, 1_000_000.0 - LONGEST_CAPTURE)
    assert not allows_capture(policy, 999_999.0 - LONGEST_CAPTURE)


def test_the_real_calls_declare_their_types() -> None:
    kept: dict[int, int] = {}

    def read(window: int, to: int) -> int:
        ctypes.c_uint32.from_address(to).value = kept[window]
        return 1

    def put(window: int, affinity: int) -> int:
        kept[window] = affinity
        return 1

    real = WindowsUser32(FakeLibrary(SetWindowDisplayAffinity=put, GetWindowDisplayAffinity=read))
    assert real.set_affinity(0x1_0000_0077, LEFT_OUT)
    assert real.affinity(0x1_0000_0077) == LEFT_OUT
    refused = WindowsUser32(FakeLibrary(GetWindowDisplayAffinity=lambda *_: 0))
    assert refused.affinity(0x77) is None
