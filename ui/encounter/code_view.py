"""What the books say of one code, beside the chart: its place, its notes as links, and what it does; with a way back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import groupby

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QToolButton, QVBoxLayout, QWidget

from ui.parts import badge, button, label, row
from workstation.codebook.book import CodeBook
from workstation.codebook.grouper import MsDrgGrouper
from workstation.domain.codes import Code, CodeFacts, CodeNote, CodeState, CodeSystem, Severity
from workstation.errors import InvalidCode

_KINDS = {
    "includes": "Includes", "inclusion term": "Inclusion terms", "excludes1": "Excludes1: not coded here",
    "excludes2": "Excludes2: not included here", "code first": "Code first", "use additional": "Use additional code",
    "code also": "Code also", "note": "Note",
}  # fmt: skip
_MOST_LINKS = 60
_STATES = {
    CodeState.HEADER: ("needs more characters", "warning"), CodeState.RETIRED: ("retired", "danger"),
    CodeState.NOT_YET: ("not yet in force", "warning"), CodeState.UNKNOWN: ("not held here", "danger"),
    CodeState.OPAQUE: ("accepted by its shape", "neutral"),
}  # fmt: skip


class CodeView(QWidget):
    """Asks the code book only; nothing of a patient is shown here."""

    add = Signal(object)  # Code
    favourite = Signal(object, str)  # Code, title
    closed = Signal()

    def __init__(self, book: CodeBook) -> None:
        super().__init__()
        self._book = book
        self._grouper = MsDrgGrouper(book)
        self._on: date | None = None
        self._inpatient = True
        self.is_favourite: Callable[[Code], bool] = lambda _: False
        self._trail: list[Code] = []
        self._at = -1
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._back = button("Back", "quiet")
        self._back.setToolTip("Back (Backspace)")
        self._forward = button("Forward", "quiet")
        self._forward.setToolTip("Forward (Shift+Backspace)")
        self._close = button("Close", "quiet")
        self._close.setToolTip("Close (Escape)")
        self._back.clicked.connect(lambda: self._step(-1))
        self._forward.clicked.connect(lambda: self._step(1))
        self._close.clicked.connect(self.closed)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setProperty("kind", "bare")
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(10, 8, 6, 8)
        whole.setSpacing(6)
        whole.addLayout(row(self._back, self._forward, None, self._close, spacing=2))
        whole.addWidget(self._area, 1)

    def set_encounter(self, on: date | None, *, inpatient: bool) -> None:
        """Every answer is for the encounter's own date."""
        if on != self._on:
            self._trail, self._at = [], -1
        self._on, self._inpatient = on, inpatient

    @property
    def code(self) -> Code | None:
        return self._trail[self._at] if self._at >= 0 else None

    def show_code(self, code: Code) -> None:
        """Go to a code; what was looked at before stays one step back."""
        if code != self.code:
            self._trail = [*self._trail[: self._at + 1], code]
            self._at += 1
        self._draw()

    def _step(self, by: int) -> None:
        if 0 <= self._at + by < len(self._trail):
            self._at += by
            self._draw()

    def _draw(self) -> None:
        code, on = self.code, self._on
        self._back.setEnabled(self._at > 0)
        self._forward.setEnabled(self._at < len(self._trail) - 1)
        inside = QWidget()
        inside.setObjectName("summary")
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(5)
        if code is not None and on is not None:
            self._fill(column, code, on)
        column.addStretch()
        self._area.setWidget(inside)
        inside.show()  # a scroll area that is on the screen does not show what is put into it

    def _fill(self, column: QVBoxLayout, code: Code, on: date) -> None:
        facts = self._book.look_up(code, on)
        named = label(str(code), "code")
        ended = facts.valid_to is not None and facts.valid_to < on
        if ended:
            font = named.font()
            font.setStrikeOut(True)
            named.setFont(font)
            named.setAccessibleName(f"{code}, retired")
        column.addWidget(named)
        column.addWidget(label(facts.title or f"{code.system} code; its title needs your licensed file", wrap=True))
        column.addLayout(self._marks(facts, on))
        column.addWidget(label(_validity(facts), "caption", wrap=True))
        if facts.state in (CodeState.VALID, CodeState.OPAQUE):
            favourite = "Remove from favourites (*)" if self.is_favourite(code) else "Add to favourites (*)"
            take, star = button("Add (Enter)", "secondary"), button(favourite, "quiet")
            take.clicked.connect(self._add)
            star.clicked.connect(self._favour)
            column.addLayout(row(take, None))
            column.addLayout(row(star, None))
        self._links(column, "Use instead", self._named(facts.successors, on))
        sevenths = self._book.seventh_characters(code, on)
        self._links(column, "7th characters", sevenths)
        path = self._book.path(code, on)
        chapter, block = self._book.chapter(code, on)
        if chapter:
            column.addWidget(label("Where it stands", "subheading"))
            column.addWidget(label(f"{chapter} · {block}" if block else chapter, "caption", wrap=True))
        self._links(column, "" if chapter else "Where it stands", [f for f in path if f.code != code])
        below = () if sevenths else self._book.children(code, on)
        self._links(column, "Below it", below)
        self._notes(column, code, self._book.notes(code, on))
        self._links(column, "See also, beside it", () if below else self._book.siblings(code, on))

    def _marks(self, facts: CodeFacts, on: date) -> QVBoxLayout:
        marks: list[QWidget] = []
        if facts.state in _STATES:
            words, tone = _STATES[facts.state]
            if facts.state is CodeState.HEADER and facts.valid_to is not None and facts.valid_to < on:
                words = "divided, needs more characters"
            marks.append(badge(words, tone))
        if facts.severity is not Severity.NONE and self._inpatient:
            marks.append(badge(facts.severity.value, "info"))
        if facts.poa_exempt and self._inpatient:
            marks.append(badge("POA exempt"))
        lines = QVBoxLayout()
        lines.addLayout(row(*marks, None, spacing=4))
        if self._inpatient and facts.state is CodeState.VALID and facts.code.system is CodeSystem.ICD10CM:
            for hac in self._grouper.hospital_acquired(facts.code, on):
                lines.addWidget(label(f"{hac}, when not present on admission", "caption", wrap=True))
        return lines

    def _named(self, codes: tuple[Code, ...], on: date) -> list[CodeFacts]:
        return [self._book.look_up(code, on) for code in codes]

    def _links(self, column: QVBoxLayout, title: str, found: tuple[CodeFacts, ...] | list[CodeFacts]) -> None:
        if not found:
            return
        if title:
            column.addWidget(label(title, "subheading"))
        for facts in found[:_MOST_LINKS]:
            column.addLayout(row(self._link(facts.code), None, spacing=2))
            column.addWidget(label(facts.title, "caption", wrap=True))
        if len(found) > _MOST_LINKS:
            column.addWidget(
                label(f"and {len(found) - _MOST_LINKS} more: type the code to see them", "muted", wrap=True)
            )

    def _link(self, code: Code) -> QToolButton:
        made = QToolButton()
        made.setProperty("kind", "chip")
        made.setText(str(code))
        made.setAccessibleName(f"Go to {code}")
        made.clicked.connect(lambda _=False, code=code: self.show_code(code))
        return made

    def _notes(self, column: QVBoxLayout, code: Code, notes: tuple[CodeNote, ...]) -> None:
        told = [note for note in notes if note.kind in _KINDS]
        for (kind, heading), listed in groupby(told, key=lambda note: (note.kind, note.from_code)):
            source = "" if code.value.startswith(heading) and heading == code.value else f" ({heading})"
            column.addWidget(label(f"{_KINDS[kind]}{source}", "subheading", wrap=True))
            for note in listed:
                column.addWidget(label(note.text, wrap=True))
                targets = [t for t in (_target(printed) for printed in note.codes) if t is not None]
                if kind == "inclusion term":
                    continue
                for at in range(0, min(len(targets), _MOST_LINKS), 3):
                    column.addLayout(row(*(self._link(target) for target in targets[at : at + 3]), None, spacing=3))

    def _add(self) -> None:
        if self.code is not None:
            self.add.emit(self.code)

    def _favour(self) -> None:
        if self.code is not None and self._on is not None:
            self.favourite.emit(self.code, self._book.look_up(self.code, self._on).title)
            self._draw()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, shift = event.key(), bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if key == Qt.Key.Key_Backspace:
            self._step(1 if shift else -1)
        elif key == Qt.Key.Key_Escape:
            self.closed.emit()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._add()
        elif key == Qt.Key.Key_Asterisk:
            self._favour()
        else:
            super().keyPressEvent(event)


def _validity(facts: CodeFacts) -> str:
    if facts.valid_from is None:
        return str(facts.code.system)
    until = f"to {facts.valid_to}" if facts.valid_to else "on"
    return f"{facts.code.system}, valid from {facts.valid_from} {until}"


def _target(printed: str) -> Code | None:
    """Where a code or range of a note leads: its first code or category."""
    try:
        return Code.parse(CodeSystem.ICD10CM, printed.partition("-")[0].rstrip("."))
    except InvalidCode:
        return None
