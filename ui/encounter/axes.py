"""Builds an ICD-10-PCS code axis by axis from the keyboard; only values that lead to a code in force are offered."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import QAbstractListModel, QEvent, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.parts import button, label, row
from ui.sealed.fields import SealedLine
from ui.sealed.lists import SealedList
from workstation.codebook.book import CodeBook
from workstation.codebook.words import fold
from workstation.domain.codes import AxisOption, Code, CodeState, CodeSystem, ProcedureTable

_AXES = ("Operation", "Body part", "Approach", "Device", "Qualifier")


class _Options(QAbstractListModel):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.options: list[tuple[str, str]] = []

    def show(self, options: list[tuple[str, str]]) -> None:
        self.beginResetModel()
        self.options = options
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.options)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        value, words = self.options[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{value}  {words}"
        return None


class AxesBuilder(QWidget):
    """Operation, then body part, approach, device, qualifier. An axis with one value chooses itself."""

    chosen = Signal(object)  # Code
    closed = Signal()

    def __init__(self, book: CodeBook) -> None:
        super().__init__()
        self._book = book
        self._on: date | None = None
        self._tables: tuple[ProcedureTable, ...] = ()
        self._steps: list[tuple[str, str, bool]] = []  # characters, words, whether it chose itself
        self._code = label(role="code")
        self._made = label(role="caption", wrap=True)
        self._asked = label(role="subheading")
        self._meaning = label(role="muted", wrap=True)
        self.field = SealedLine()
        self.field.setProperty("kind", "search")
        self.field.setAccessibleName("Filter the values of this axis")
        self.field.textChanged.connect(lambda _: self._filter())
        self.field.installEventFilter(self)
        self._model = _Options(self)
        self._list = SealedList("Values of this axis")
        self._list.setModel(self._model)
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.clicked.connect(lambda _: self._take())
        self._list.selectionModel().currentChanged.connect(lambda *_: self._explain())
        self._add = button("Add (Enter)", "primary")
        self._add.clicked.connect(self._finish)
        again, close = button("Start anew", "quiet"), button("Close", "quiet")
        again.clicked.connect(lambda: self.start(""))
        close.clicked.connect(self.closed)
        close.setToolTip("Close (Escape)")
        whole = QVBoxLayout(self)
        whole.setContentsMargins(10, 8, 8, 8)
        whole.setSpacing(6)
        whole.addLayout(row(label("Build a procedure", "heading"), None, close))
        for part in (self._code, self._made, self._asked, self.field, self._meaning):
            whole.addWidget(part)
        whole.addWidget(self._list, 1)
        whole.addLayout(row(self._add, again, None))

    def set_encounter(self, on: date | None) -> None:
        if on != self._on:
            self._on = on
            self._tables = ()
            self._steps = []

    def start(self, bare: str) -> None:
        """From scratch, or from a code found by a phrase: its axes are chosen, and can be changed one by one."""
        if self._on is None:
            return
        self._tables = self._tables or self._book.procedure_tables(self._on)
        self._steps = []
        table = next((t for t in self._tables if t.prefix == bare[:3]), None)
        if table is not None:
            self._steps.append((table.prefix, _words(table), False))
            for character in bare[3:7]:
                option = next((o for o in self._options() if o.value == character), None)
                if option is None:
                    break
                self._steps.append((option.value, option.label, False))
        self._show()

    def code_in_hand(self) -> str:
        """The characters chosen so far."""
        return "".join(characters for characters, *_ in self._steps)

    def choices(self) -> list[str]:
        """What the list offers now."""
        return [value for value, _ in self._model.options]

    def _options(self) -> tuple[AxisOption, ...]:
        return self._book.axis_options(self.code_in_hand(), self._on) if self._on is not None else ()

    def _show(self) -> None:
        while 1 <= len(self._steps) < len(_AXES):
            options = self._options()
            if len(options) != 1:
                break
            self._steps.append((options[0].value, options[0].label, True))
        chosen = self.code_in_hand()
        self._code.setText(chosen + "·" * (7 - len(chosen)))
        self._made.setText("\n".join(f"{_AXES[n]}: {words}" for n, (_, words, _) in enumerate(self._steps)))
        complete = len(self._steps) == len(_AXES)
        self._add.setEnabled(complete)
        self._list.setVisible(not complete)
        if complete:
            facts = self._book.look_up(Code.parse(CodeSystem.ICD10PCS, chosen), self._on or date.min)
            self._asked.setText("Complete. Enter adds it, Backspace changes an axis.")
            self._meaning.setText(facts.title)
        else:
            self._asked.setText(_AXES[len(self._steps)])
            self._meaning.setText("")
            self.field.setPlaceholderText(
                "Such as: resection liver" if not self._steps else "Letters, or the character"
            )
        self.field.blockSignals(True)
        self.field.clear()
        self.field.blockSignals(False)
        self._filter()
        self.setAccessibleName(f"{self._code.text()}. {self._made.text()}. {self._asked.text()}")

    def _filter(self) -> None:
        if len(self._steps) == len(_AXES):
            self._model.show([])
            return
        typed = fold(self.field.text()).split()
        offered = (
            [(o.value, o.label) for o in self._options()]
            if self._steps
            else [(t.prefix, _words(t)) for t in self._tables]
        )
        kept = [
            (value, words)
            for value, words in offered
            if all(word in fold(words) or value.lower().startswith(word) for word in typed)
        ]
        # a single character typed is the axis value itself before it is a letter of some words
        if len(typed) == 1 and len(typed[0]) == 1:
            kept.sort(key=lambda option: option[0].lower() != typed[0])
        self._model.show(kept)
        if kept:
            self._list.setCurrentIndex(self._model.index(0))
        self._explain()

    def _explain(self) -> None:
        """What is at hand in full, for the pane is narrow; of an operation, its definition too."""
        if not self._model.options or not self._list.currentIndex().isValid():
            return
        value, words = self._model.options[self._list.currentIndex().row()]
        definition = "" if self._steps else next((t.definition for t in self._tables if t.prefix == value), "")
        self._meaning.setText(f"{words}: {definition}" if definition else words)

    def _take(self) -> None:
        if len(self._steps) == len(_AXES):
            self._finish()
            return
        index = self._list.currentIndex()
        if index.isValid():
            value, words = self._model.options[index.row()]
            self._steps.append((value, words, False))
            self._show()

    def _back(self) -> None:
        while self._steps and self._steps[-1][2]:
            self._steps.pop()
        if self._steps:
            self._steps.pop()
        self._show_open()

    def _show_open(self) -> None:
        """After a step back nothing chooses itself, or there would be no way past it."""
        self._show() if not self._steps or len(self._options()) > 1 else self._back()

    def _finish(self) -> None:
        chosen = self.code_in_hand()
        if len(chosen) == 7 and self._on is not None:
            code = Code.parse(CodeSystem.ICD10PCS, chosen)
            if self._book.look_up(code, self._on).state is CodeState.VALID:
                self._steps = []
                self.chosen.emit(code)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.field and event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            key = event.key()
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}
            by = step.get(Qt.Key(key))
            if by is not None and self._model.options:
                to = max(0, min(len(self._model.options) - 1, self._list.currentIndex().row() + by))
                self._list.setCurrentIndex(self._model.index(to))
                return True
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._take()
                return True
            if key == Qt.Key.Key_Backspace and not self.field.text():
                self._back()
                return True
            if key == Qt.Key.Key_Escape:
                self.closed.emit()
                return True
        return super().eventFilter(watched, event)


def _words(table: ProcedureTable) -> str:
    return f"{table.operation} · {table.body_system}"
