"""The desk's main page: header, notices, the countdown before a lock, and one screen at a time."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from ui.activity.page import ActivityPage
from ui.codes.page import CodesPage
from ui.device.check import JournalCheckPage
from ui.device.page import DevicePage
from ui.encounter.page import EncounterPage
from ui.entry.change_password import ChangePasswordPage
from ui.header import Header
from ui.notices import NoticeStrip
from ui.parts import label
from ui.query.dock import QueryDock
from ui.query.page import QueriesPage
from ui.room import Room
from ui.step_up import StepUpStrip
from ui.teaching.page import TeachingPage
from ui.worklist.page import WorklistPage
from workstation.changes import Changes
from workstation.domain.encounter import EncounterId
from workstation.domain.queries.query import QueryId
from workstation.operations.place import Place

_PAGES = (
    ("worklist", "Worklist", "Ctrl+1", "list-checks"),
    ("encounter", "Encounter", "Ctrl+2", "file-text"),
    ("activity", "Activity", "Ctrl+3", "history"),
    ("device", "This device", "Ctrl+4", "shield-check"),
    ("codes", "Code sets", "Ctrl+5", "book-open"),
    ("queries", "Queries", "Ctrl+6", "message-square"),
    ("teaching", "Teaching", "Ctrl+7", "graduation-cap"),
)


class CountdownStrip(QFrame):
    """Says that the lock is near. Any input takes it away; it holds no button that must be hit in time."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "banner")
        self.setProperty("tone", "warning")
        line = QHBoxLayout(self)
        line.setContentsMargins(16, 8, 16, 8)
        self._words = label(role="strong")
        line.addWidget(self._words)
        line.addStretch()
        self.hide()

    def show_seconds(self, seconds: int) -> None:
        if seconds:
            self._words.setText(f"Locking in {seconds} s. Move the mouse or press a key to stay.")
            self.setAccessibleName(self._words.text())
        self.setVisible(bool(seconds))


class MainPage(QWidget):
    """Built in the standby; `enter` fills it when the desk is unlocked."""

    lock = Signal(str)
    theme_chosen = Signal(str)
    sync_now = Signal()

    def __init__(self, room: Room) -> None:
        super().__init__()
        self._room = room
        self.header = Header(room.theme, _PAGES)
        self.notices = NoticeStrip()
        self.countdown = CountdownStrip()
        self.step_up = StepUpStrip()
        self.worklist = WorklistPage(room)
        self.encounter = EncounterPage(room, QueryDock(room))
        self.queries = QueriesPage(room)
        self.activity = ActivityPage(room)
        self.device = DevicePage(room)
        self.journal = JournalCheckPage(room)
        self.codes = CodesPage(room)
        self.teaching = TeachingPage(room)
        self.password = ChangePasswordPage()
        self._came_from = "worklist"
        self._stack = QStackedWidget()
        self._pages: dict[str, QWidget] = {
            "worklist": self.worklist,
            "encounter": self.encounter,
            "activity": self.activity,
            "device": self.device,
            "journal": self.journal,
            "codes": self.codes,
            "queries": self.queries,
            "teaching": self.teaching,
            "password": self.password,
        }
        for page in self._pages.values():
            self._stack.addWidget(page)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        for part in (self.header, self.countdown, self.step_up, self.notices):
            whole.addWidget(part)
        whole.addWidget(self._stack, 1)
        self._connect()

    def _connect(self) -> None:
        header = self.header
        header.page_chosen.connect(self.show_page)
        header.lock.connect(lambda: self.lock.emit("key"))
        header.switch.connect(lambda: self.lock.emit("switch"))
        header.sign_out.connect(lambda: self.lock.emit("sign-out"))
        header.theme_chosen.connect(self.theme_chosen)
        header.badge_pressed.connect(self.sync_now)
        header.change_password.connect(self.show_password)
        self.password.left.connect(self.leave_password)
        self.worklist.chosen.connect(self.open_encounter)
        self.encounter.left.connect(lambda: self.show_page("worklist"))
        self.queries.chosen.connect(self.open_query)
        self.device.check_asked.connect(lambda: self.show_page("journal"))
        self.journal.left.connect(lambda: self.show_page("device"))

    def enter(self, place: Place | None) -> None:
        """The desk is open: the worklist, or the very place the coder left."""
        desk = self._room.open_desk
        self.header.name(desk.coder.name, practice=self._room.practice)
        for page in (
            self.worklist,
            self.encounter,
            self.activity,
            self.device,
            self.codes,
            self.queries,
            self.teaching,
        ):
            page.enter()
        self.header.offer("teaching", offered=self.teaching.is_offered())
        if place is not None and place.panel != "worklist":
            self.encounter.open(place.encounter_id, place)
            self.show_page("encounter")
        else:
            self.show_page("worklist")

    def open_encounter(self, encounter_id: str) -> None:
        self.encounter.open(EncounterId(encounter_id), None)
        self.show_page("encounter")

    def open_query(self, encounter_id: str, query_id: str) -> None:
        """An encounter with its dock open at one query."""
        if self.encounter.encounter_id() != encounter_id:
            self.encounter.open(EncounterId(encounter_id), None)
        self.encounter.show_query(QueryId(query_id))
        self.show_page("encounter")

    def show_page(self, name: str) -> None:
        if name == "encounter" and not self.encounter.is_open and self._stack.currentWidget() is not self.encounter:
            self.notices.say("Choose an encounter on the worklist first.")
            name = "worklist"
        self.header.show_page("device" if name == "journal" else name)  # a page of that tab
        self.password.forget()
        page = self._pages[name]
        if self._stack.currentWidget() is not page:
            self._stack.setCurrentWidget(page)
        show = getattr(page, "shown", None)
        if show is not None:
            show()

    def show_password(self) -> None:
        """The coder's own unlock password, after a step-up code where policy wants one."""

        def go_on() -> None:
            self._came_from = self.page() if self.page() != "password" else self._came_from
            self.password.begin(self._room.open_desk.coder.user)
            self._stack.setCurrentWidget(self.password)

        self._room.after_step_up("password", go_on)

    def leave_password(self) -> None:
        """Back to where the coder was; nothing typed is left behind."""
        self.password.forget()
        self.show_page(self._came_from)

    def page(self) -> str:
        """The page shown: worklist, encounter, queries, teaching, activity, device, journal or codes."""
        return next(name for name, page in self._pages.items() if page is self._stack.currentWidget())

    def changed(self, changes: Changes) -> None:
        """Each page reloads what it shows."""
        self.worklist.changed(changes)
        self.encounter.changed(changes)
        self.queries.changed(changes)
        self.teaching.changed(changes)
