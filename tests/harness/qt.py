"""Qt's leftovers: its warnings, running timers and windows nobody closed. Import the fixtures where Qt is."""

from __future__ import annotations

import gc
import os
import traceback
from collections.abc import Iterator

import pytest
import shiboken6
from PySide6.QtCore import (
    QCoreApplication,
    QEvent,
    QMessageLogContext,
    QObject,
    QTimer,
    QtMsgType,
    qInstallMessageHandler,
)
from PySide6.QtWidgets import QApplication, QWidget

from tests.harness.outcome import has_failed

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

# The offscreen platform says this of itself whenever a window has a least size. No screen of ours can mend it,
# and under xcb it is never said. Nothing else is forgiven.
OFFSCREEN_SAYS = "This plugin does not support propagateSizeHints()"


class QtSaid:
    """What Qt complained of so far; a test that expects a complaint takes it out."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def take(self) -> list[str]:
        taken, self.lines = self.lines, []
        return taken

    def hear(self, kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
        if kind not in (QtMsgType.QtDebugMsg, QtMsgType.QtInfoMsg) and text != OFFSCREEN_SAYS:
            self.lines.append(f"{kind.name} {context.category}: {text}")


@pytest.fixture(autouse=True)
def qt_said() -> Iterator[QtSaid]:
    """Fails the test during which Qt warned of anything: there is no list of forgiven warnings."""
    said = QtSaid()
    previous = qInstallMessageHandler(said.hear)
    yield said
    _settle()
    qInstallMessageHandler(previous)
    if said.lines:
        pytest.fail("Qt warned:\n  " + "\n  ".join(said.lines), pytrace=False)


@pytest.fixture(autouse=True)
def _no_qt_leftovers(
    request: pytest.FixtureRequest, qt_said: QtSaid, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    windows_before = frozenset(_windows())
    timers_before = frozenset(_timers())
    started: dict[int, str] = {}
    start = QTimer.start

    def remember(timer: QTimer, *wait: object) -> None:
        caller = traceback.extract_stack(limit=2)[0]
        started[id(timer)] = f"{caller.filename}:{caller.lineno}"
        start(timer, *wait)

    monkeypatch.setattr(QTimer, "start", remember)
    yield
    _settle()
    if has_failed(request.node):  # its traceback holds everything alive
        return
    if not (_windows() - windows_before or _timers() - timers_before):
        return
    gc.collect()
    _settle()
    windows, timers = _windows() - windows_before, _timers() - timers_before
    left = [f"window {_name(window)}" for window in windows]
    left += [f"timer {_name(timer)} started at {started.get(id(timer), 'unknown')}" for timer in timers]
    for window in windows:
        window.deleteLater()
    for timer in timers:
        timer.stop()
    _settle()
    if left:
        pytest.fail("The test left behind:\n  " + "\n  ".join(sorted(left)), pytrace=False)


def _settle() -> None:
    """Carry out what was put off with deleteLater; no event loop runs between tests."""
    if QCoreApplication.instance() is not None:
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def _windows() -> set[QWidget]:
    if not isinstance(QApplication.instance(), QApplication):
        return set()
    return {widget for widget in QApplication.topLevelWidgets() if shiboken6.isValid(widget)}


def _timers() -> set[QTimer]:
    """The running ones that Python can reach; Qt's own (a cursor's blinking) are not ours."""
    return {
        thing
        for thing in gc.get_objects()
        if isinstance(thing, QTimer) and shiboken6.isValid(thing) and thing.isActive()
    }


def _name(thing: QObject) -> str:
    name, parent = thing.objectName(), thing.parent()
    words = type(thing).__name__ + (f" {name!r}" if name else "")
    return words + (f" of {type(parent).__name__}" if parent is not None else "")
