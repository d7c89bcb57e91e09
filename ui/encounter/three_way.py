"""What was there before, what the server has and what is here, line by line; a side is chosen for each that differs."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QGridLayout, QRadioButton, QScrollArea, QWidget

from ui.parts import label
from workstation.domain.three_sides import ABSENT, Row, Side, differing

LOWEST, TALLEST = 150, 260  # pixels: the chart stays readable below


class ThreeWay(QScrollArea):
    """One row for each difference. What one side alone changed is chosen beforehand; what both changed is not."""

    chosen = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._rows: tuple[Row, ...] = ()
        self._groups: dict[str, tuple[QButtonGroup, QRadioButton, QRadioButton]] = {}
        self.hide()

    @property
    def choices(self) -> dict[str, Side]:
        """What is chosen so far, by row."""
        found: dict[str, Side] = {}
        for key, (_, theirs, mine) in self._groups.items():
            if theirs.isChecked() or mine.isChecked():
                found[key] = Side.THEIRS if theirs.isChecked() else Side.MINE
        return found

    @property
    def is_decided(self) -> bool:
        return bool(self._groups) and len(self.choices) == len(self._groups)

    def show_rows(self, rows: tuple[Row, ...]) -> None:
        """Nothing is built anew, and no choice lost, while the rows are the same."""
        if rows == self._rows:
            return
        self._rows, self._groups = rows, {}
        inner = QWidget()
        grid = QGridLayout(inner)
        grid.setContentsMargins(0, 0, 8, 0)
        grid.setHorizontalSpacing(20)
        grid.setVerticalSpacing(6)
        for column, title in enumerate(("", "Before", "On the server", "Mine", "")):
            grid.addWidget(label(title, "subheading"), 0, column)
            grid.setColumnStretch(column, (3, 2, 3, 3, 2)[column])
        found = differing(rows)
        for at, one in enumerate(found, start=1):
            self._put(grid, at, one)
        same = sum(one.is_same and bool(one.mine) for one in rows)
        if same:
            words = "1 more is the same on both sides." if same == 1 else f"{same} more are the same on both sides."
            grid.addWidget(label(words, "muted"), len(found) + 1, 0, 1, 5)
        self.setWidget(inner)
        for part in (self.viewport(), inner):  # the banner's own colour shows through
            part.setAutoFillBackground(False)
        whole = inner.sizeHint().height() + 8
        self.setMinimumHeight(min(LOWEST, whole))  # a small window keeps its chart
        self.setMaximumHeight(min(TALLEST, whole))

    def _put(self, grid: QGridLayout, at: int, one: Row) -> None:
        grid.addWidget(label(one.what, "strong", wrap=True), at, 0, _MIDDLE)
        before = "not known here" if one.before is None else one.before or ABSENT
        grid.addWidget(label(before, "muted", wrap=True), at, 1, _MIDDLE)
        group = QButtonGroup(grid.parentWidget())
        sides = []
        for column, (side, words) in enumerate(((Side.THEIRS, one.theirs), (Side.MINE, one.mine)), start=2):
            choice = QRadioButton(_short(words) or ABSENT)
            choice.setToolTip("" if len(words) <= _SHORT else words)
            whose = "on the server" if side is Side.THEIRS else "mine"
            choice.setAccessibleName(f"{one.what}, {whose}: {words or ABSENT}")
            choice.setChecked(one.suggestion is side)
            group.addButton(choice)
            grid.addWidget(choice, at, column, _MIDDLE)
            sides.append(choice)
        group.buttonToggled.connect(lambda *_: self.chosen.emit())
        told = f"{one.told}: choose" if one.suggestion is None else one.told
        grid.addWidget(label(told, "strong" if one.suggestion is None else "muted", wrap=True), at, 4, _MIDDLE)
        self._groups[one.key] = (group, sides[0], sides[1])


_SHORT = 60
_MIDDLE = Qt.AlignmentFlag.AlignVCenter


def _short(words: str) -> str:
    """A button's text has one line; the tooltip has the rest."""
    plain = words.replace("&", "&&").replace("\n", " ")
    return plain if len(plain) <= _SHORT else plain[: _SHORT - 1] + "…"
