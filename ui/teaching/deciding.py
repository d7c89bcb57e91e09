"""A lead's side: the requests that wait, the encounter a copy may be made of, approval, refusal, recall."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from ui.parts import banner, button, card, label, row, say, shortcut
from ui.room import Room
from ui.sealed.fields import SealedLine
from ui.sealed.tables import Column, SealedTable, ValueModel
from ui.teaching.words import TONES, day, need_words, step_words
from workstation.changes import Changes
from workstation.domain.teaching.request import Candidate, Step
from workstation.errors import WorkstationError
from workstation.operations import teaching
from workstation.operations.teaching import Requested

_SHOWN = frozenset({"requested", "accepted", "in-progress", "completed"})


class DecidingPane(QWidget):
    """Encounters are chosen by opaque ids: the lead sees no chart for this either."""

    changed = Signal()

    def __init__(self, room: Room) -> None:
        super().__init__()
        self._room = room
        self._candidates: tuple[Candidate, ...] = ()
        self._educators: tuple[str, ...] = ()
        self._educator = ""
        self._requests: ValueModel[Requested] = ValueModel(self._request_columns(), self)
        self._choices: ValueModel[Candidate] = ValueModel(_CANDIDATE_COLUMNS, self)
        self._build()
        shortcut(self, "Ctrl+Return", self.approve, "Approve")
        shortcut(self, "Ctrl+F", self._find_focus, "Find a coding task")
        shortcut(self, "Ctrl+D", self._list_focus, "To the requests")

    def _request_columns(self) -> tuple[Column[Requested], ...]:
        def look(shown: Requested, role: int) -> object:
            tone = TONES.get(shown.step, "")
            if role == Qt.ItemDataRole.ForegroundRole and tone in ("success", "warning", "danger"):
                return self._room.theme.colour(tone)
            return None

        return (
            Column("State", _state, look=look, width=150),
            Column("Topic", lambda r: r.task.topic, says=lambda r: r.task.topic),
            Column("Need", lambda r: need_words(r.task.need), width=140),
            Column("Asked by", lambda r: r.task.requester, width=120),
        )

    def _build(self) -> None:
        self.table = SealedTable("Requests for teaching copies")
        self.table.fit(self._requests)
        self.table.selectionModel().currentRowChanged.connect(self._current_changed)
        self.candidates = SealedTable("Coding tasks to choose an encounter from")
        self.candidates.fit(self._choices)
        self.finder = SealedLine()
        self.finder.setProperty("kind", "search")
        self.finder.setPlaceholderText("Number of the coding task, worklist, coder")
        self.finder.setAccessibleName("Find a coding task")
        self.finder.textChanged.connect(lambda _: self._filter())
        self.finder.returnPressed.connect(self.candidates.setFocus)
        self._makers = QFrame()
        self._makers_line = QHBoxLayout(self._makers)
        self._makers_line.setContentsMargins(0, 0, 0, 0)
        self.reason = SealedLine()
        self.reason.setAccessibleName("Reason of a refusal or recall")
        self.reason.setPlaceholderText("Why not? The one who asked reads this")
        self.ok = button("Approve", "primary")
        self.ok.setToolTip("Ctrl+Enter")
        self.ok.clicked.connect(self.approve)
        self.no = button("Refuse", "secondary")
        self.no.clicked.connect(self.refuse)
        self._trouble = banner("danger")
        frame, column = card(spacing=8, margin=16)
        self._about = label("", "subheading", wrap=True)
        self._more = label("", "muted", wrap=True)
        self._choose = label("Which encounter?", "caption")
        column.addWidget(self._about)
        column.addWidget(self._more)
        column.addLayout(row(self._choose, None, self.finder))
        self.finder.setMinimumWidth(320)
        column.addWidget(self.candidates, 1)
        self._blank = QWidget()  # where there is nothing to choose, the words stay at the top
        column.addWidget(self._blank, 1)
        column.addWidget(self._makers)
        column.addWidget(self._trouble)
        column.addLayout(row(self.ok, self.reason, self.no))
        inside = QWidget()
        both = QHBoxLayout(inside)
        both.setContentsMargins(0, 0, 0, 0)
        both.setSpacing(16)
        both.addWidget(self.table, 5)
        both.addWidget(frame, 6)
        nothing = label(
            "No request waits for you. Educators ask for teaching copies, auditors propose them.", "muted", wrap=True
        )
        nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._stack = QStackedWidget()
        self._stack.addWidget(nothing)
        self._stack.addWidget(inside)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._stack)

    # ------------------------------------------------------------------ showing

    def shown(self) -> None:
        """Ask the server what there is to choose from; nothing of it is kept."""
        if self._room.teaching is not None:
            self._room.when_done(self._room.teaching.candidates(), self._show_candidates, of=self)
            self._room.when_done(self._room.teaching.educators(), self._show_educators, of=self)

    def show_requests(self, found: tuple[Requested, ...]) -> None:
        here = self.request()
        shown = [r for r in found if r.task.status in _SHOWN and r.step is not Step.SENDING]
        self._requests.show(shown)
        self._stack.setCurrentIndex(1 if shown else 0)
        names = [r.task.id for r in shown]
        if shown:
            self.table.selectRow(names.index(here.task.id) if here is not None and here.task.id in names else 0)

    def request(self) -> Requested | None:
        return self._requests.value(self.table.currentIndex())

    def _show_candidates(self, found: tuple[Candidate, ...]) -> None:
        self._candidates = found
        self._filter()

    def _show_educators(self, found: tuple[str, ...]) -> None:
        self._educators = found
        self._offer_makers()

    def _offer_makers(self) -> None:
        while (item := self._makers_line.takeAt(0)) is not None:
            part = item.widget()
            if part is not None:
                part.setParent(None)
                part.deleteLater()
        request = self.request()
        asked = request.task.requester if request else ""
        offered = (asked,) if asked in self._educators else self._educators
        self._educator = offered[0] if offered else ""
        self._makers_line.addWidget(label("Made and read by" if offered else "No educator is known here.", "caption"))
        for name in offered:
            chip = QToolButton()
            chip.setProperty("kind", "chip")
            chip.setText(name)
            chip.setAccessibleName(f"Made by {name}")
            chip.setCheckable(True)
            chip.setAutoExclusive(True)
            chip.setChecked(name == self._educator)
            chip.clicked.connect(lambda _=False, name=name: setattr(self, "_educator", name))
            self._makers_line.addWidget(chip)
        self._makers_line.addStretch()

    def _filter(self) -> None:
        words = self.finder.text().casefold().split()
        self._choices.show(
            [
                c
                for c in self._candidates
                if all(w in f"{c.number} {c.worklist} {c.owner} {c.standing}".casefold() for w in words)
            ]
        )
        if self._choices.values:
            self.candidates.selectRow(0)

    def _current_changed(self, now: QModelIndex, before: QModelIndex) -> None:
        del before
        shown = self._requests.value(now)
        if shown is None:
            return
        waits = shown.task.status == "requested"
        self._about.setText(shown.task.topic)
        asked = (
            f"Asked by {shown.task.requester} on {day(shown.task.asked_at)} for {need_words(shown.task.need).lower()}."
        )
        mine = " It is your own request: another lead decides." if shown.mine else ""
        made = "" if waits else f" Made and read by {shown.task.owner}."
        self._more.setText(asked + made + mine)
        for part in (self._choose, self.finder, self.candidates, self._makers, self.ok):
            part.setVisible(waits and not shown.mine)
        self._blank.setVisible(not waits or shown.mine)
        self.reason.setVisible(not shown.mine)
        self.no.setVisible(not shown.mine)
        self.no.setText("Refuse" if waits else "Recall")
        words = "Why not? The one who asked reads this" if waits else "Why is it taken back? The educator reads this"
        self.reason.setPlaceholderText(words)
        self.reason.clear()
        say(self._trouble, shown.why if shown.letter else "")
        self._offer_makers()

    # ------------------------------------------------------------------ deciding

    def approve(self) -> None:
        request, chosen = self.request(), self._choices.value(self.candidates.currentIndex())
        if request is None or request.task.status != "requested" or request.mine:
            return
        if chosen is None or not self._educator:
            say(self._trouble, "Choose an encounter and who makes the copy.", "danger")
            return
        self._do(lambda: teaching.approve(self._room.open_desk, request.task.id, chosen, self._educator), "Approved.")

    def refuse(self) -> None:
        """Or recall, when it was approved before."""
        request = self.request()
        if request is None or request.mine:
            return
        board, words = self._room.query_board, self.reason.text()
        if request.task.status == "requested":
            self._do(lambda: teaching.refuse(board, request.task.id, words), "Refused.")
        else:
            self._do(lambda: teaching.recall(board, request.task.id, words), "Recalled.")

    def _do(self, act: Callable[[], Future[Changes]], done: str) -> None:
        try:
            future = act()
        except WorkstationError as refused:
            self._refused(refused)
            return
        self._room.when_done(future, lambda _: self._done(done), self._refused, of=self)

    def _done(self, words: str) -> None:
        self.reason.clear()
        say(self._trouble, "")
        self._room.notices.say(f"{words} It is on its way to the server.", "success")
        self.changed.emit()

    def _refused(self, trouble: WorkstationError) -> None:
        say(self._trouble, f"{trouble.detail or trouble} {trouble.remedy}", "danger")

    def _find_focus(self) -> None:
        self.finder.setFocus()
        self.finder.selectAll()

    def _list_focus(self) -> None:
        self.table.setFocus()


def _state(shown: Requested) -> str:
    """A lead reads what the server has: whether a copy is checked or read is the educator's desk's to know."""
    return {"requested": "Waits for you", "completed": "Made"}.get(shown.task.status, step_words(shown.step))


_CANDIDATE_COLUMNS: tuple[Column[Candidate], ...] = (
    Column("Coding task", lambda c: c.number, width=130),
    Column("Worklist", lambda c: c.worklist),
    Column("Standing", lambda c: c.standing, width=120),
    Column("Coder", lambda c: c.owner, width=100),
)
