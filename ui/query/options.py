"""The answers a provider may choose from: words, and the indicators that make each credible."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QToolButton, QVBoxLayout, QWidget

from ui.icons import icon
from ui.parts import button, row
from ui.sealed.fields import SealedLine
from ui.theme import Theme
from workstation.domain.queries.query import IndicatorId, Option, OptionKind, ProviderQuery, in_order

#: Kinds whose credibility is not asked about.
_ALWAYS = frozenset(
    {OptionKind.OTHER, OptionKind.UNDETERMINED, OptionKind.NOT_SIGNIFICANT, OptionKind.NO, OptionKind.YES}
)


class OptionRows(QWidget):
    """Rebuilt when options come or go; a word that is being typed stays under its caret."""

    changed = Signal(tuple)  # tuple[Option, ...]

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._options: tuple[Option, ...] = ()
        self._numbers: tuple[IndicatorId, ...] = ()
        self._fields: list[SealedLine] = []
        self._chips: dict[tuple[int, IndicatorId], QToolButton] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self._inside: QWidget | None = None
        self._add = button("Add an answer", "quiet")
        self._add.setIcon(icon("plus", theme, 14, role="accent"))
        self._add.clicked.connect(self._add_option)
        self._column.addLayout(row(self._add, None))
        self._sorts = QTimer(self)  # typed words settle before the alphabet moves them
        self._sorts.setSingleShot(True)
        self._sorts.setInterval(1500)
        self._sorts.timeout.connect(self._sort)

    def show_options(self, query: ProviderQuery, *, editable: bool) -> None:
        numbers = tuple(indicator.id for indicator in query.indicators)
        typed = [field.text() for field in self._fields]
        kinds = [o.kind for o in query.options] == [o.kind for o in self._options]
        same = kinds and [o.text for o in query.options] == typed and numbers == self._numbers
        self._options = query.options
        if not same or self._inside is None:
            self._numbers = numbers
            self._rebuild(editable=editable)
        for (at, indicator_id), chip in self._chips.items():  # the keyboard stays where it is
            chip.setChecked(indicator_id in query.options[at].indicators)

    def _rebuild(self, *, editable: bool) -> None:
        if self._inside is not None:
            self._column.removeWidget(self._inside)
            self._inside.setParent(None)
            self._inside.deleteLater()
        self._fields, self._chips = [], {}
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for at, option in enumerate(self._options):
            column.addWidget(self._row(at, option, editable=editable))
        self._inside = inside
        self._column.insertWidget(0, inside)
        self._add.setVisible(editable)

    def _row(self, at: int, option: Option, *, editable: bool) -> QWidget:
        made = QWidget()
        field = SealedLine()
        field.setText(option.text)
        field.setCursorPosition(0)  # a long answer shows its beginning
        field.setAccessibleName(f"Answer {at + 1}, {option.kind.value}")
        field.setPlaceholderText("Answer")
        field.setReadOnly(not editable)
        field.textEdited.connect(lambda text, at=at: self._typed(at, text))
        field.editingFinished.connect(self._sort)
        self._fields.append(field)
        parts: list[QWidget] = [field]
        for number, indicator_id in enumerate(self._numbers, 1):
            if option.kind in _ALWAYS:
                break
            chip = QToolButton()
            chip.setProperty("kind", "chip")
            chip.setText(str(number))
            chip.setCheckable(True)
            chip.setEnabled(editable)
            chip.setToolTip(f"Indicator {number} supports this answer")
            chip.setAccessibleName(f"Indicator {number} supports answer {at + 1}")
            chip.clicked.connect(lambda _=False, at=at, i=indicator_id: self._link(at, i))
            self._chips[at, indicator_id] = chip
            parts.append(chip)
        away = QToolButton()
        away.setProperty("kind", "bare")
        away.setIcon(icon("x", self._theme, 14, role="muted"))
        away.setToolTip("Take this answer away")
        away.setAccessibleName(f"Take away answer {at + 1}")
        away.clicked.connect(lambda _=False, at=at: self._take_away(at))
        if editable:
            parts.append(away)
        line = row(*parts, spacing=4)
        made.setLayout(line)
        return made

    def _typed(self, at: int, text: str) -> None:
        options = list(self._options)
        options[at] = replace(options[at], text=text)
        self._options = tuple(options)
        self._sorts.start()
        self.changed.emit(self._options)

    def _sort(self) -> None:
        """In the one order that hints at nothing, once nothing is being typed."""
        self._sorts.stop()
        if any(field.hasFocus() for field in self._fields):
            return
        ordered = in_order(option for option in self._options)
        if ordered != self._options:
            self.changed.emit(ordered)

    def _link(self, at: int, indicator_id: IndicatorId) -> None:
        option = self._options[at]
        linked = option.indicators
        now = tuple(i for i in linked if i != indicator_id) if indicator_id in linked else (*linked, indicator_id)
        self._emit(at, replace(option, indicators=now))

    def _emit(self, at: int, option: Option) -> None:
        options = list(self._options)
        options[at] = option
        self.changed.emit(tuple(options))

    def _take_away(self, at: int) -> None:
        self.changed.emit(tuple(option for position, option in enumerate(self._options) if position != at))

    def _add_option(self) -> None:
        self._options = (*self._options, Option(""))
        self._rebuild(editable=True)
        self._fields[-1].setFocus(Qt.FocusReason.TabFocusReason)
        self.changed.emit(self._options)
