"""A desk the tour can drive: the real desk process, and one socket that presses its keys. Practice only."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime
from functools import partial
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent, QKeyCombination, QObject, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QMouseEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QApplication,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QTableView,
    QToolButton,
    QWidget,
)

from ui.desk_program import DeskProgram
from ui.desk_program import run as run_desk
from ui.query.indicators import IndicatorCard
from ui.sealed.held_keys import HeldKeys

KEYBOARD_SECONDS = 8.0


def run(port: int, token: str) -> int:
    """`main.py --tour-desk PORT TOKEN`: the desk, driven over loopback by the tour that started it."""

    def join(program: DeskProgram) -> None:
        Hands(program, port, token).start()

    return run_desk(join)


class Hands:
    """Reads one JSON command a line, does it on the GUI thread, answers with one JSON line."""

    def __init__(self, program: DeskProgram, port: int, token: str) -> None:
        self._program, self._token = program, token
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self._socket.settimeout(None)

    def start(self) -> None:
        threading.Thread(target=self._read, name="tour", daemon=True).start()

    def _read(self) -> None:
        stream = self._socket.makefile("rw", encoding="utf-8")
        stream.write(json.dumps({"token": self._token}) + "\n")
        stream.flush()
        for line in stream:
            command = json.loads(line)
            try:
                if command["do"] in ("press", "type"):
                    self._await_keyboard()
                answer = {"answer": self._on_gui(partial(self._do, command))}
            except Exception as error:  # noqa: BLE001  the tour reports whatever went wrong
                answer = {"error": f"{type(error).__name__}: {error}"}
            stream.write(json.dumps(answer) + "\n")
            stream.flush()

    def _on_gui(self, work: Callable[[], Any]) -> Any:
        done: Future[Any] = Future()
        self._program.post(partial(_into, done, work))
        return done.result(20)

    def _await_keyboard(self) -> None:
        """A window system gives the keyboard to a new window when it likes; a person would wait or click."""
        until = time.monotonic() + KEYBOARD_SECONDS
        while not self._on_gui(self._has_keyboard) and time.monotonic() < until:
            time.sleep(0.02)

    def _has_keyboard(self) -> bool:
        if QApplication.activeWindow() is None:
            self._program.window.activateWindow()
        return QApplication.focusWidget() is not None or QApplication.activeWindow() is not None

    def _do(self, command: dict[str, Any]) -> Any:  # noqa: C901  one line a command
        window = self._program.window
        if self._program.invited and not self._program.practice:
            raise PermissionError("the tour works with practice charts only")
        if command["do"] in ("press", "type", "click", "mark", "mark_any", "choose", "fill", "link", "settle"):
            self._program.touched()  # what the tour presses counts as a person's hand
        match command["do"]:
            case "shot":
                return window.grab().save(command["path"])
            case "press":
                return _press(command["keys"])
            case "type":
                return _type(command["text"])
            case "click":
                return _click(window, command["name"])
            case "focus":
                return _focus(window, command["name"])
            case "texts":
                return _texts(window)
            case "rows":
                return _rows(window)
            case "areas":
                return _areas(window)
            case "mark":
                return self._mark(command["text"])
            case "mark_any":
                return any(self._mark(text) for text in command["texts"])
            case "drag":
                return _drag(_named(window, command["name"]))
            case "reveal":
                return window.main.encounter.reveal(command["reason"])
            case "password":
                return window.main.show_password()
            case "choose":
                return _choose(window, command["name"], command["value"])
            case "fill":
                return _fill(window, command["name"], command["text"])
            case "link":
                return _link_all(window)
            case "settle":
                return _settle(window)
            case "focus_line":
                return window.main.encounter.coding.view.focus_code(command["code"])
            case "theme":
                return window.main.theme_chosen.emit(command["name"])
            case "lock":
                return window.main.lock.emit(command["why"])
            case "painted":
                return self._program.shown
            case "state":
                return self._state()
            case "size":
                window.resize(command["width"], command["height"])
                return None
        raise ValueError(command["do"])

    def _mark(self, text: str) -> bool:
        """What a drag over these words does."""
        reader = self._program.window.main.encounter.reader
        at = reader.text().find(text)
        if at >= 0:
            reader.viewer.mark_passage(at, at + len(text))
            reader.viewer.setFocus()
        return at >= 0

    def _state(self) -> dict[str, Any]:
        main = self._program.window.main
        encounter = main.encounter
        focus = QApplication.focusWidget()
        return {
            "page": main.page(),
            "encounter": encounter.encounter_id(),
            "document": encounter.document_id(),
            "first_character": encounter.reader.viewer.first_character(),
            "finder": encounter.coding.finder.field.text(),
            "query": _query(encounter.dock),
            "countdown": main.countdown.isVisible(),
            "sync": main.header.sync_words(),
            "focus": focus.accessibleName() if focus is not None else "",
            "lines": [
                {"code": str(line.code), "poa": line.poa.value if line.poa else "", "evidence": len(line.evidence)}
                for line in (encounter.coding.summary.lines if encounter.coding.summary else ())
            ],
        }


def _into(done: Future[Any], work: Callable[[], Any]) -> None:
    try:
        done.set_result(work())
    except Exception as error:  # noqa: BLE001  it goes to who waits
        done.set_exception(error)


def _target() -> QObject:
    target = QApplication.focusWidget() or QApplication.activeWindow()
    if target is None:
        raise LookupError("nothing has the keyboard")
    return target


def _send(target: QObject, key: int, modifiers: Qt.KeyboardModifier, text: str) -> None:
    for kind in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
        QCoreApplication.sendEvent(target, QKeyEvent(kind, key, modifiers, text))


def _press(keys: str) -> bool:
    """One combination, such as `Shift+Return`; a shortcut of the window fires as if typed."""
    combination = QKeyCombination.fromCombined(QKeySequence(keys)[0].toCombined())  # type: ignore[index]
    target = _target()
    if isinstance(target, QWidget) and _fire_shortcut(target, QKeySequence(keys)):
        return True
    _send(target, combination.key(), combination.keyboardModifiers(), "")
    return True


def _fire_shortcut(target: QWidget, keys: QKeySequence) -> bool:
    """Offscreen there is no window system to deliver shortcuts: the same action or button is triggered."""
    widget: QWidget | None = target
    while widget is not None:
        for action in widget.actions():
            if action.shortcut() == keys and action.isEnabled():
                action.trigger()
                return True
        for button in widget.findChildren(QAbstractButton):
            if button.shortcut() == keys and button.isEnabled() and button.isVisible():
                button.click()
                return True
        widget = widget.parentWidget()
    return False


def _type(text: str) -> bool:
    target = _target()
    for letter in text:
        code = Qt.Key(ord(letter.upper())) if letter.isascii() else Qt.Key.Key_unknown
        _send(target, code, Qt.KeyboardModifier.NoModifier, letter)
    return True


def _named(window: QWidget, name: str) -> QWidget:
    for widget in window.findChildren(QWidget):
        if widget.isVisible() and name in (widget.accessibleName(), getattr(widget, "text", lambda: "")()):
            return widget
    raise LookupError(f"nothing visible is called {name!r}")


def _click(window: QWidget, name: str) -> bool:
    widget = _named(window, name)
    if not isinstance(widget, QAbstractButton) or not widget.isEnabled():
        raise LookupError(f"{name!r} cannot be pressed")
    widget.click()
    return True


def _choose(window: QWidget, name: str, value: str) -> bool:
    """Take the first value of a menu whose words hold some words."""
    for choice in window.findChildren(QAbstractButton):
        menu = choice.menu() if isinstance(choice, QToolButton | QPushButton) else None
        if choice.isVisible() and menu is not None and choice.accessibleName().startswith(name):
            for action in menu.actions():
                if value in action.text():
                    action.trigger()
                    return True
    raise LookupError(f"{name!r} offers nothing with {value!r}")


def _fill(window: QWidget, name: str, text: str) -> bool:
    """Put words in place of what stands in a field."""
    for line in window.findChildren(QLineEdit):
        if line.isVisible() and line.accessibleName() == name:
            line.setText(text)
            line.textEdited.emit(text)
            return True
    for box in window.findChildren(QPlainTextEdit):
        if box.isVisible() and box.accessibleName() == name:
            box.setPlainText(text)
            return True
    raise LookupError(f"no field is called {name!r}")


def _link_all(window: QWidget) -> int:
    """Press the chips that link the first indicator to answers, each once; how many there were."""
    pressed = 0
    while True:
        chips = [
            chip
            for chip in window.findChildren(QToolButton)
            if chip.isVisible() and chip.accessibleName().startswith("Indicator 1 supports") and not chip.isChecked()
        ]
        if not chips:
            return pressed
        chips[0].click()
        pressed += 1


def _settle(window: QWidget) -> int:
    """Say of the first doubt of each indicator that it identifies nobody; how many there were."""
    cards = [card for card in window.findChildren(IndicatorCard) if card.isVisible() and card.excerpt.unsure]
    for card in cards:
        _send(card, Qt.Key.Key_N, Qt.KeyboardModifier.NoModifier, "n")
    return len(cards)


def _query(dock: Any) -> dict[str, Any]:
    """Where the query in the dock stands."""
    prepared = dock.prepared
    return {
        "state": dock.file.state(datetime.now().astimezone()).value if dock.file else "",
        "indicators": len(dock.file.query.indicators) if dock.file else 0,
        "stopping": sorted({finding.rule for finding in prepared.stopping}) if prepared else [],
        "doubts": prepared.doubts if prepared else 0,
        "parts": [words for _, words in prepared.parts] if prepared else [],
        "revision": dock.builder.query.revision if dock.builder.query else -1,
        "checked": prepared.file.query.revision if prepared else -1,
    }


def _drag(widget: QWidget) -> bool:
    """Press the mouse on a widget and begin to drag; the button stays down."""
    target = widget.viewport() if isinstance(widget, QAbstractScrollArea) else widget
    here, left = QPointF(30, 20), Qt.MouseButton.LeftButton
    for kind, at in ((QEvent.Type.MouseButtonPress, here), (QEvent.Type.MouseMove, here + QPointF(120, 40))):
        there = QPointF(target.mapToGlobal(at))
        QCoreApplication.sendEvent(target, QMouseEvent(kind, at, there, left, left, Qt.KeyboardModifier.NoModifier))
    return True


def _focus(window: QWidget, name: str) -> bool:
    _named(window, name).setFocus()
    return True


def _texts(window: QWidget) -> list[str]:
    """Every word a coder can read now, but for the chart itself."""
    found = [label.text() for label in window.findChildren(QLabel) if label.isVisible() and label.text()]
    found += [button.text() for button in window.findChildren(QAbstractButton) if button.isVisible() and button.text()]
    found += [field.text() for field in window.findChildren(QLineEdit) if field.isVisible() and field.text()]
    found += [box.toPlainText() for box in window.findChildren(QPlainTextEdit) if box.isVisible()]
    return [text for text in found if text]


def _rows(window: QWidget) -> list[list[str]]:
    """The rows of the visible table."""
    for table in window.findChildren(QTableView):
        model = table.model()
        if table.isVisible() and model is not None:
            return [
                [str(model.index(row, column).data() or "") for column in range(model.columnCount())]
                for row in range(model.rowCount())
            ]
    return []


def _areas(window: QWidget) -> list[dict[str, Any]]:
    """Where words can be clicked on the screen: what each is called, its class and its place."""
    shown = (
        widget
        for widget in window.findChildren(QWidget)
        if isinstance(widget, QAbstractScrollArea | QLineEdit | QLabel | HeldKeys)
        and not widget.visibleRegion().isEmpty()
    )
    return [
        {
            "name": widget.accessibleName(),
            "kind": type(widget).__name__,
            "at": widget.mapToGlobal(widget.visibleRegion().boundingRect().topLeft()).toTuple(),
            "size": widget.visibleRegion().boundingRect().size().toTuple(),
        }
        for widget in shown
    ]
