"""My encounters, most urgent first: filter as you type, sort by any column, open with Enter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime
from typing import Any

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from ui.icons import pixmap
from ui.parts import button, label, row, shortcut
from ui.room import Room
from ui.sealed.fields import SealedLine
from ui.sealed.tables import SealedTable, ValueModel
from ui.worklist.columns import Row, columns, matching, rows
from ui.worklist.handed import HandedToLeads
from workstation import VERSION
from workstation.changes import Changes
from workstation.desk import Desk
from workstation.domain.policy import require_current
from workstation.domain.worklist import SendState, Urgency, WorklistItem, in_order
from workstation.errors import ProgramTooOld, WorkstationError
from workstation.futures import apply
from workstation.operations import worklist

_VIEWS = ("Open", "On hold", "Done", "All")


class WorklistPage(QWidget):
    """Shows values and emits what the coder chose; the order comes from the domain."""

    chosen = Signal(str)  # EncounterId

    def __init__(self, room: Room) -> None:
        super().__init__()
        self._room = room
        self._items: tuple[WorklistItem, ...] = ()
        self._ordered: tuple[Row, ...] = ()  # all, by urgency
        self._rows: tuple[Row, ...] = ()  # those shown
        self._sorted_by = -1
        self._descending = False
        self._view = "Open"
        self._loaded = False
        self._loading = self._stale = False
        self._model: ValueModel[Row] = ValueModel(columns(lambda: room.theme, self._now), self)
        self._build()
        self._minute = QTimer(self)  # what is due and overdue changes with the clock alone
        self._minute.setInterval(60_000)
        self._minute.timeout.connect(self._next_minute)

    def _build(self) -> None:
        self._title = label("Worklist", "title")
        self._counts = label("", "muted")
        self._filter = SealedLine()
        self._filter.setProperty("kind", "search")
        self._filter.setPlaceholderText("Filter: account, initials, service, reason…")
        self._filter.setAccessibleName("Filter the worklist")
        self._filter.setToolTip("Filter (Ctrl+F)")
        self._filter.setClearButtonEnabled(True)
        self._filter.setMinimumWidth(320)
        self._filter.textChanged.connect(self._show)
        self._filter.installEventFilter(self)
        self._buttons = {}
        for at, name in enumerate(_VIEWS):
            choice = button(name, "quiet", f"Alt+{at + 1}")
            choice.setCheckable(True)
            choice.setAutoExclusive(True)
            choice.clicked.connect(lambda _=False, name=name: self._choose_view(name))
            self._buttons[name] = choice
        self._buttons["Open"].setChecked(True)
        self._table = SealedTable("Worklist")
        self._table.fit(self._model)
        self._table.doubleClicked.connect(self._open)
        self._table.installEventFilter(self)
        header = self._table.horizontalHeader()
        header.setSectionsClickable(True)
        header.setToolTip("Press to sort; a third press returns to the order of urgency")
        header.sectionClicked.connect(self.sort_by)
        self._empty = QWidget()
        column = QVBoxLayout(self._empty)
        picture = label()
        picture.setPixmap(pixmap("inbox", self._room.theme, 40, role="muted"))
        picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty_title = label("", "heading")
        self._empty_words = label("", "muted", wrap=True)
        column.addStretch()
        for part in (picture, self._empty_title, self._empty_words):
            part.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(part)
        column.addStretch()
        self._stack = QStackedWidget()
        self._stack.addWidget(self._table)
        self._stack.addWidget(self._empty)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(20, 16, 20, 16)
        whole.setSpacing(12)
        whole.addLayout(row(self._title, self._counts, None, spacing=16))
        whole.addLayout(row(self._filter, *self._buttons.values(), None, spacing=4))
        self._handed = HandedToLeads(self._room)
        whole.addWidget(self._handed)
        whole.addWidget(self._stack, 1)
        hint = label("Enter opens · Ctrl+F filters · Alt+1 to 4 changes the list · Ctrl+L locks", "caption")
        whole.addWidget(hint)
        shortcut(self, "Ctrl+F", self._focus_filter, "Filter")

    # ------------------------------------------------------------------ page

    def enter(self) -> None:
        self._minute.start()

    def shown(self) -> None:
        self._table.setFocus()
        if self._room.desk is not None:
            self.load()
            self._handed.load()

    def changed(self, changes: Changes) -> None:
        if changes.handed:
            self._handed.reload()
        if changes.worklist or changes.outbox:
            if self._loading:  # what changed meanwhile is loaded once, when this is here
                self._stale = True
            else:
                self._load(worklist.refresh)

    def load(self) -> None:
        self._load(worklist.load)

    def _load(self, ask: Callable[[Desk], Future[tuple[WorklistItem, ...]]]) -> None:
        """Rows are worked out on the cache's thread: a thousand of them take a third of a frame."""
        self._loading, self._stale = True, False
        now = self._now()
        self._room.when_done(
            apply(ask(self._room.open_desk), lambda items: (items, rows(items, now))), self._came, self._failed
        )

    def _came(self, found: tuple[tuple[WorklistItem, ...], tuple[Row, ...]]) -> None:
        self._loading = False
        self._items, self._ordered = found
        self._loaded = True
        self._count(self._ordered)
        self._show()
        if self._stale:
            self._load(worklist.refresh)

    def _failed(self, trouble: WorkstationError) -> None:
        self._loading = False
        self._room.notices.trouble(trouble)

    def show_items(self, items: tuple[WorklistItem, ...]) -> None:
        """Show a worklist as the domain gave it."""
        self._items, self._loaded = items, True
        self._look_again()

    # ------------------------------------------------------------------ showing

    def _look_again(self) -> None:
        """Work out what is urgent now: after a load, and each minute. Sorting and filtering reuse it."""
        now = self._now()
        self._ordered = rows(in_order(self._items, now), now)
        self._count(self._ordered)
        self._show()

    def _next_minute(self) -> None:
        self._look_again()
        self._table.viewport().update()  # a day that is over changes words alone: today, yesterday

    def _now(self) -> datetime:
        return self._room.desk.now() if self._room.desk is not None else datetime.now().astimezone()

    def _show(self) -> None:
        if not self._loaded:
            return
        chosen = self._chosen()
        found = tuple(filter(self._belongs(), self._ordered))
        found = matching(found, self._filter.text())
        if self._sorted_by >= 0:
            column = self._model.columns[self._sorted_by]
            key: Any = column.sort or column.text
            found = tuple(sorted(found, key=key, reverse=self._descending))
        same = [one.of.encounter_id for one in found] == [one.of.encounter_id for one in self._rows]
        self._rows = found
        if same and found:
            self._model.replace(found)
            return
        self._model.show(found)
        self._stack.setCurrentWidget(self._table if found else self._empty)
        self._explain()
        self._choose(chosen)

    def _belongs(self) -> Callable[[Row], bool]:
        return {
            "Open": lambda one: one.urgency < Urgency.ON_HOLD,
            "On hold": lambda one: one.urgency is Urgency.ON_HOLD,
            "Done": lambda one: one.urgency is Urgency.DONE,
        }.get(self._view, lambda one: True)

    def _count(self, found: tuple[Row, ...]) -> None:
        levels = Counter(one.urgency for one in found)
        todo = len(found) - levels[Urgency.DONE] - levels[Urgency.ON_HOLD]
        due = levels[Urgency.OVERDUE] + levels[Urgency.STAT] + levels[Urgency.DUE_TODAY]
        held = levels[Urgency.ON_HOLD]
        waiting = sum(one.of.send_state is SendState.WAITING for one in found)
        parts = [f"{todo} to code", f"{due} due today or sooner" if due else "", f"{held} on hold" if held else ""]
        parts.append(f"{waiting} waiting to send" if waiting else "")
        self._counts.setText(" · ".join(part for part in parts if part))

    def _explain(self) -> None:
        if self._filter.text():
            self._empty_title.setText("Nothing matches the filter")
            self._empty_words.setText("Clear it with Escape, or look under All (Alt+4).")
        elif not self._items and (old := self._too_old()):
            self._empty_title.setText("Charts wait for an update of this program")
            self._empty_words.setText(f"{old} {old.remedy}")
        elif not self._items:
            self._empty_title.setText("Nothing is assigned to you yet")
            self._empty_words.setText("New encounters appear here by themselves. Ctrl+R asks the server now.")
        else:
            self._empty_title.setText("Nothing in this list")
            self._empty_words.setText("All (Alt+4) shows every encounter on this device.")

    def _too_old(self) -> ProgramTooOld | None:
        """Nothing is here because nothing may come."""
        try:
            if self._room.desk is not None:
                require_current(self._room.desk.policy(), VERSION)
        except ProgramTooOld as old:
            return old
        return None

    def _chosen(self) -> str:
        value = self._model.value(self._table.currentIndex())
        return value.of.encounter_id if value else ""

    def _choose(self, encounter_id: str) -> None:
        at = next((i for i, one in enumerate(self._rows) if one.of.encounter_id == encounter_id), 0)
        if self._rows:
            self._table.selectRow(at)

    # ------------------------------------------------------------------ choosing

    def _choose_view(self, name: str) -> None:
        self._view = name
        self._buttons[name].setChecked(True)
        self._show()

    def sort_by(self, section: int) -> None:
        """By a column, then the other way round, then by urgency again."""
        header = self._table.horizontalHeader()
        if section != self._sorted_by:
            self._sorted_by, self._descending = section, False
        elif not self._descending:
            self._descending = True
        else:
            self._sorted_by, self._descending = -1, False
        header.setSortIndicatorShown(self._sorted_by >= 0)
        if self._sorted_by >= 0:
            order = Qt.SortOrder.DescendingOrder if self._descending else Qt.SortOrder.AscendingOrder
            header.setSortIndicator(self._sorted_by, order)
        self._show()

    def _open(self, index: QModelIndex) -> None:
        value = self._model.value(index)
        if value is not None:
            self.chosen.emit(value.of.encounter_id)

    def filter_by(self, words: str) -> None:
        """Show rows that hold all of some words."""
        self._filter.setText(words)

    def _focus_filter(self) -> None:
        self._filter.setFocus()
        self._filter.selectAll()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            key = event.key()
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._open(self._table.currentIndex())
                return True
            if watched is self._filter and key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
                self._table.setFocus()
                return False
            if watched is self._filter and key == Qt.Key.Key_Escape:
                self._filter.clear()
                self._table.setFocus()
                return True
            if watched is self._table and event.text().isalnum() and not event.modifiers():
                self._filter.setFocus()  # typing anywhere filters
                self._filter.setText(self._filter.text() + event.text())
                return True
        return super().eventFilter(watched, event)
