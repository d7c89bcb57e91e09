"""The released copies and their reader: the sealed viewer, section by section; no copy, no print, no export."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtWidgets import QLabel, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from ui.parts import button, label, row, shortcut
from ui.room import Room
from ui.sealed.tables import Column, SealedTable, ValueModel
from ui.sealed.viewer import Viewer
from ui.teaching.words import day, need_words, removed_words, show_copy, title_of, tone
from workstation.domain.teaching.copy import Section, TeachingCopy
from workstation.domain.teaching.request import Step
from workstation.errors import WorkstationError
from workstation.operations import teaching_copies
from workstation.operations.teaching import Requested

_LEFT = 340


class CopiesPane(QWidget):
    """Each reading is on record; a copy is opened by Enter, not by walking past it."""

    def __init__(self, room: Room) -> None:
        super().__init__()
        self._room = room
        self._copy: TeachingCopy | None = None
        self._starts: tuple[int, ...] = ()
        self._sure = False
        self._list: ValueModel[Requested] = ValueModel(
            (
                Column(
                    "Teaching copy", lambda r: r.task.topic, says=lambda r: f"{r.task.topic}, {need_words(r.task.need)}"
                ),
                Column("Need", lambda r: need_words(r.task.need), width=130),
            ),
            self,
        )
        self._parts: ValueModel[Section] = ValueModel((Column("Section", title_of, says=title_of),), self)
        self._build()
        shortcut(self, "Ctrl+Down", lambda: self.step(1), "Next section")
        shortcut(self, "Ctrl+Up", lambda: self.step(-1), "Section before")
        shortcut(self, "Ctrl+D", self._list_focus, "To the copies")
        shortcut(self, "Ctrl+T", self._text_focus, "To the text")

    def _build(self) -> None:
        self.table = SealedTable("Released teaching copies")
        self.table.fit(self._list)
        self.table.activated.connect(self._open)
        self.table.doubleClicked.connect(self._open)
        self.sections = SealedTable("Sections of the copy")
        self.sections.fit(self._parts)
        self.sections.selectionModel().currentRowChanged.connect(self._go)
        left = QWidget()
        side = QVBoxLayout(left)
        side.setContentsMargins(0, 0, 8, 0)
        side.setSpacing(8)
        side.addWidget(self.table, 2)
        side.addWidget(self.sections, 3)
        self._title = label("", "subheading", wrap=True)
        self._about = label("", "muted", wrap=True)
        self._discard = button("Discard", "quiet")
        self._discard.clicked.connect(self.discard)
        self.viewer = Viewer()
        self.viewer.setAccessibleName("The copy")
        reading = QWidget()
        column = QVBoxLayout(reading)
        column.setContentsMargins(8, 0, 0, 0)
        column.setSpacing(6)
        top = row(self._title, self._discard)
        top.setStretch(0, 1)
        column.addLayout(top)
        column.addWidget(self._about)
        column.addWidget(self.viewer, 1)
        self._none = _empty("Choose a copy and press Enter. Each reading is on record.")
        self._right = QStackedWidget()
        self._right.addWidget(self._none)
        self._right.addWidget(reading)
        split = QSplitter()
        split.addWidget(left)
        split.addWidget(self._right)
        split.setStretchFactor(1, 1)
        split.setSizes([_LEFT, 980])
        split.setChildrenCollapsible(False)
        self._nothing = _empty(
            "No copy is ready to read. Ask for one under Requests; once a lead has approved it, it is made there."
        )
        self._stack = QStackedWidget()
        self._stack.addWidget(self._nothing)
        self._stack.addWidget(split)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._stack)

    # ------------------------------------------------------------------ showing

    def show_requests(self, found: tuple[Requested, ...]) -> None:
        ready = [each for each in found if each.step is Step.RELEASED and each.copy_id]
        self._list.show(ready)
        if self._copy is not None and self._copy.id not in {each.copy_id for each in ready}:
            self.forget()
        self._stack.setCurrentIndex(1 if ready else 0)
        if ready and self.isVisible():
            self.table.selectRow(0)
            self._list_focus()

    def open_copy(self, copy_id: str) -> None:
        self._room.when_done(teaching_copies.read(self._room.open_desk, copy_id), self._show, self._lost, of=self)

    def _open(self, index: QModelIndex) -> None:
        shown = self._list.value(index)
        if shown is not None:
            self.open_copy(shown.copy_id)

    def _show(self, copy: TeachingCopy) -> None:
        self._copy, self._sure = copy, False
        self._discard.setText("Discard")
        self._title.setText(copy.topic)
        until = f"May be read until {day(copy.until)}." if copy.until else ""
        dates = "Dates are years." if copy.dates == "year" else "Dates are moved, all by the same time."
        scans = f" {copy.left_out} scans or PDFs are left out." if copy.left_out else ""
        self._about.setText(f"{until} {dates} Taken out: {removed_words(copy)}.{scans}")
        _, self._starts = show_copy(self.viewer, copy, self._room)
        self._parts.show(copy.sections)
        self._right.setCurrentIndex(1)
        self._text_focus()

    def step(self, by: int) -> None:
        """To the next or previous section."""
        if self._copy is not None:
            here = self.viewer.first_character()
            at = max((n for n, start in enumerate(self._starts) if start <= here), default=0)
            self.sections.selectRow(max(0, min(at + by, len(self._starts) - 1)))

    def _go(self, now: QModelIndex, before: QModelIndex) -> None:
        del before
        if now.isValid() and now.row() < len(self._starts):
            self.viewer.go_to(self._starts[now.row()])

    def discard(self) -> None:
        """Twice: the second press means it."""
        if self._copy is None:
            return
        if not self._sure:
            self._sure = True
            self._discard.setText("Discard for good?")
            return
        done = teaching_copies.discard(self._room.open_desk, self._copy.id)
        self._room.when_done(done, lambda _: self._discarded(), of=self)

    def _discarded(self) -> None:
        self.forget()
        self._room.notices.say("The copy is gone.")

    def forget(self) -> None:
        """Nothing of a copy stays in the reader."""
        self._copy, self._starts, self._sure = None, (), False
        self.viewer.show_text("")
        self._parts.show(())
        self._title.clear()
        self._about.clear()
        self._right.setCurrentIndex(0)

    def themed(self) -> None:
        tone(self.viewer, self._room)

    def _lost(self, trouble: WorkstationError) -> None:
        self.forget()
        self._room.notices.trouble(trouble)

    def _list_focus(self) -> None:
        self.table.setFocus()

    def _text_focus(self) -> None:
        self.viewer.setFocus()


def _empty(words: str) -> QLabel:
    made = label(words, "muted", wrap=True)
    made.setAlignment(Qt.AlignmentFlag.AlignCenter)
    return made
