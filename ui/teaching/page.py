"""Teaching copies: requests and their next step, the copies to read, and what a lead decides."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from ui.parts import button, label, row, shortcut
from ui.room import Room
from ui.sealed.tables import Column, SealedTable, ValueModel
from ui.teaching.ask import AskForm
from ui.teaching.copies import CopiesPane
from ui.teaching.deciding import DecidingPane
from ui.teaching.judging import JudgingPane
from ui.teaching.settling import SettlingPane
from ui.teaching.words import TONES, day, need_words, step_words
from workstation.changes import Changes
from workstation.domain.teaching.copy import TeachingCopy
from workstation.domain.teaching.request import Step
from workstation.operations import teaching
from workstation.operations.teaching import Requested

_TABS = (("requests", "Requests"), ("copies", "Copies to read"), ("deciding", "To decide"))
_NEXT = {
    Step.APPROVED: "Make the copy",
    Step.CHECKING: "Go on with the checklist",
    Step.RELEASED: "Read",
    Step.ASKED: "Withdraw",
    Step.UNSENT: "Let it go",
    Step.WITHHELD: "Discard",
}
_HINTS = {
    Step.ASKED: "A lead has not decided yet.",
    Step.APPROVED: "Make the copy: the chart is fetched and redacted in memory, and you answer what is doubtful.",
    Step.CHECKING: "Answer what is left of the checklist, then release the copy.",
    Step.RELEASED: "Ready to read on the next page.",
    Step.LAPSED: "The approval is over. Ask again if it is still needed.",
    Step.SENDING: "It is sent as soon as the server answers.",
    Step.MADE: "The copy is made. It is read on the computer it was made on.",
    Step.DECLINED: "The lead refused it.",
    Step.RECALLED: "A lead took it back; the text is gone from this device.",
}


class TeachingPage(QWidget):
    """Built for everyone, offered to who has business here."""

    def __init__(self, room: Room) -> None:
        super().__init__()
        self._room = room
        self._tab = ""
        self._arrives = False  # the keyboard goes to what is shown, once it is there
        self._model: ValueModel[Requested] = ValueModel(self._columns(), self)
        self.ask = AskForm(room)
        self.settling = SettlingPane(room)
        self.judging = JudgingPane(room)
        self.copies = CopiesPane(room)
        self.deciding = DecidingPane(room)
        self._build()
        self.settling.kept.connect(self._kept)
        self.settling.left.connect(lambda: self.show_tab("requests"))
        self.judging.left.connect(lambda: self.show_tab("requests"))
        self.judging.released.connect(self._released)
        self.deciding.changed.connect(self._load)
        shortcut(self.requests, "Ctrl+N", self._ask_focus, "Ask for a copy")
        shortcut(self.requests, "Delete", self.withdraw, "Withdraw the request")

    def _build(self) -> None:
        self._tabs = {}
        for name, title in _TABS:
            tab = button(title, "quiet")
            tab.setCheckable(True)
            tab.setAutoExclusive(True)
            tab.clicked.connect(lambda _=False, name=name: self.show_tab(name))
            self._tabs[name] = tab
        again = button("Refresh", "quiet", "F5")
        again.clicked.connect(self.shown)
        self._build_requests()
        self._stack = QStackedWidget()
        self._panes: dict[str, QWidget] = {
            "requests": self.requests, "copies": self.copies, "deciding": self.deciding, "settling": self.settling,
            "judging": self.judging,
        }  # fmt: skip
        for pane in self._panes.values():
            self._stack.addWidget(pane)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(20, 16, 20, 16)
        whole.setSpacing(12)
        whole.addLayout(row(label("Teaching copies", "title"), None, *self._tabs.values(), again, spacing=6))
        whole.addWidget(self._stack, 1)

    def _build_requests(self) -> None:
        self.table = SealedTable("Requests for teaching copies")
        self.table.fit(self._model)
        self.table.activated.connect(self._open)
        self.table.doubleClicked.connect(self._open)
        self.table.selectionModel().currentRowChanged.connect(lambda now, _: self._hint(now))
        self._next = button("", "primary")
        self._next.clicked.connect(self.next_step)
        self._words = label("", "muted", wrap=True)
        self._empty = label(
            "No request yet. Say on the left why a copy is needed and what it is to teach.", "muted", wrap=True
        )
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._list = QStackedWidget()
        self._list.addWidget(self._empty)
        self._list.addWidget(self.table)
        self.ask.setFixedWidth(360)
        self.requests = QWidget()
        both = QHBoxLayout(self.requests)
        both.setContentsMargins(0, 0, 0, 0)
        both.setSpacing(16)
        right = QVBoxLayout()
        right.setSpacing(8)
        right.addWidget(self._list, 1)
        line = row(self._words, self._next)
        line.setStretch(0, 1)
        right.addLayout(line)
        both.addWidget(self.ask)
        both.addLayout(right, 1)

    def _columns(self) -> tuple[Column[Requested], ...]:
        def look(shown: Requested, role: int) -> Any:
            tone = TONES.get(shown.step, "")
            if role == Qt.ItemDataRole.ForegroundRole and tone in ("success", "warning", "danger"):
                return self._room.theme.colour(tone)
            return None

        return (
            Column("State", lambda r: step_words(r.step), look=look, width=180),
            Column("Topic", lambda r: r.task.topic, says=lambda r: r.task.topic),
            Column("Need", lambda r: need_words(r.task.need), width=150),
            Column("Asked", lambda r: day(r.task.asked_at), width=120),
            Column(
                "Make by", lambda r: day(r.task.until) if r.step in (Step.APPROVED, Step.CHECKING) else "", width=120
            ),
        )

    # ------------------------------------------------------------------ page

    def is_offered(self) -> bool:
        """Whether this person has any business here."""
        return self._room.desk is not None and teaching.concerns(self._room.desk)

    def enter(self) -> None:
        """Which parts this person has. Nothing is asked before the page is shown."""
        desk = self._room.open_desk
        offered = {
            "requests": teaching.may_ask(desk), "copies": teaching.may_make(desk), "deciding": teaching.may_decide(desk),
        }  # fmt: skip
        self.ask.name(proposes=not teaching.may_make(desk))
        for at, name in enumerate([name for name, there in offered.items() if there]):
            self._tabs[name].setShortcut(f"Alt+{at + 1}")
            self._tabs[name].setToolTip(f"{self._tabs[name].text()} (Alt+{at + 1})")
        for name, there in offered.items():
            self._tabs[name].setVisible(there and sum(offered.values()) > 1)
        self._tab = next((name for name, there in offered.items() if there), "")
        if self._tab:
            self._tabs[self._tab].setChecked(True)
            self._stack.setCurrentWidget(self._panes[self._tab])

    def changed(self, changes: Changes) -> None:
        if changes.teaching and self.isVisible():
            self._load()

    def shown(self) -> None:
        if not self.is_offered():
            return
        self._arrives = True
        if self._tab == "deciding":
            self.deciding.shown()
        self._load()

    def themed(self) -> None:
        self.judging.themed()
        self.copies.themed()

    def show_tab(self, name: str) -> None:
        """Another part of the page; what was being made or judged is put away."""
        if self._tab == "settling" and name != "settling" and self._room.teaching is not None:
            self._room.teaching.forget()
            self.settling.forget()
        if self._tab == "judging" and name != "judging":
            self.judging.forget()
        self._tab = name
        if name in self._tabs:
            self._tabs[name].setChecked(True)
        self._stack.setCurrentWidget(self._panes[name])
        self.shown()

    def pane(self) -> str:
        """The part shown: requests, copies, deciding, settling or judging."""
        return self._tab

    def _load(self) -> None:
        self._room.when_done(teaching.requests(self._room.open_desk), self._show, of=self)

    def _show(self, found: tuple[Requested, ...]) -> None:
        here = self._model.value(self.table.currentIndex())
        desk = self._room.open_desk
        me = desk.coder.practitioner_id
        mine = [each for each in found if each.mine or each.task.owner == me]
        self._model.show(mine)
        self._list.setCurrentIndex(1 if mine else 0)
        names = [each.task.id for each in mine]
        if mine:
            self.table.selectRow(names.index(here.task.id) if here is not None and here.task.id in names else 0)
        self._hint(self.table.currentIndex())
        if teaching.may_make(desk):
            self.copies.show_requests(found)
        if teaching.may_decide(desk):
            self.deciding.show_requests(found)
        if self._arrives and self.isVisible():
            self._arrives = False
            if self._tab == "requests":
                (self.table if mine else self.ask).setFocus()
            elif self._tab == "deciding":
                self.deciding.table.setFocus()

    def _hint(self, index: QModelIndex) -> None:
        shown = self._model.value(index)
        verb = _NEXT.get(shown.step, "") if shown else ""
        makes = shown is not None and shown.task.owner == self._room.open_desk.coder.practitioner_id
        if shown is not None and shown.step in (Step.APPROVED, Step.CHECKING, Step.RELEASED) and not makes:
            verb = ""
        self._next.setText(verb)
        self._next.setAccessibleName(verb)
        self._next.setVisible(bool(verb))
        self._next.setToolTip("Delete" if verb in ("Withdraw", "Let it go") else "Enter on the request")
        if shown is None:
            self._words.clear()
        elif shown.step in (Step.APPROVED, Step.CHECKING) and not makes:
            self._words.setText(f"Approved. {shown.task.owner} makes and reads the copy.")
        else:
            hint = _HINTS.get(shown.step, "")
            self._words.setText(f"{hint} Reason: {shown.why}" if shown.why else hint)

    # ------------------------------------------------------------------ acting

    def _open(self, index: QModelIndex) -> None:
        shown = self._model.value(index)
        if shown is not None and shown.step in (Step.APPROVED, Step.CHECKING, Step.RELEASED):
            self.next_step()

    def next_step(self) -> None:
        """What the request shown needs now."""
        shown = self._model.value(self.table.currentIndex())
        if shown is None or self._next.isHidden():
            return
        if shown.step is Step.APPROVED:
            self.make(shown.task.id)
        elif shown.step is Step.CHECKING:
            self.judge(shown.copy_id)
        elif shown.step is Step.RELEASED:
            self._released(shown.copy_id)
        else:
            self.withdraw()

    def make(self, task_id: str) -> None:
        if self._room.teaching is None:
            self._room.notices.say("The server is not reached yet. Try again in a moment.")
            return
        self.show_tab("settling")
        self.settling.begin(task_id)

    def judge(self, copy_id: str) -> None:
        self.show_tab("judging")
        self.judging.begin(copy_id)

    def withdraw(self) -> None:
        """Take back what waits, or let go of what the server refused."""
        shown = self._model.value(self.table.currentIndex())
        if shown is None:
            return
        desk = self._room.open_desk
        if shown.letter and shown.step in (Step.UNSENT, Step.WITHHELD):
            self._room.when_done(teaching.drop_refused(desk, shown.letter), of=self)
        elif shown.step is Step.ASKED and shown.mine:
            self._room.when_done(teaching.withdraw(desk, shown.task.id), of=self)

    def _kept(self, copy: TeachingCopy) -> None:
        self.judge(copy.id)

    def _released(self, copy_id: str) -> None:
        self.show_tab("copies")
        self.copies.open_copy(copy_id)

    def _ask_focus(self) -> None:
        self.ask.topic.setFocus()

    def texts(self) -> tuple[str, ...]:
        """What the list of requests says, line by line, for tests and the tour."""
        return tuple(f"{step_words(each.step)} | {each.task.topic}" for each in self._model.values)
