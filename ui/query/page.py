"""All queries of this coder, drafts of colleagues to read, the log of disclosures, and incident drafts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from ui.parts import button, label, row
from ui.query.review import ReviewPane
from ui.query.words import STATE_TONES, TRIGGER_WORDS, state_words
from ui.room import Room
from ui.sealed.tables import Column, SealedTable, ValueModel
from workstation.changes import Changes
from workstation.domain.disclosure import Disclosure
from workstation.domain.incident import RETRACT_WORDS, Incident
from workstation.domain.queries.life import ANSWERED_STATES, OPEN_STATES, QueryFile, QueryState
from workstation.operations import disclosures, queries, query_reviews
from workstation.operations.disclosures import DisclosureLog
from workstation.operations.query_reviews import DraftToReview

_TABS = (
    ("queries", "My queries"),
    ("reviews", "To review"),
    ("disclosures", "Disclosures"),
    ("incidents", "Incident drafts"),
)
_EMPTY = {
    "queries": "No queries yet. Open an encounter, mark a passage and press Q.",
    "reviews": "Nobody waits for your word on a draft.",
    "disclosures": "Nothing has been disclosed from this computer. Every query that is sent is listed here.",
    "incidents": "No incident drafts. Retracting a sent query begins one.",
}


@dataclass(frozen=True, slots=True)
class QueryRow:
    """One query as the table shows it."""

    file: QueryFile
    state: QueryState
    account: str


def order(state: QueryState) -> int:
    """Answers first, then what waits, then drafts, then what is over."""
    if state in ANSWERED_STATES:
        return 0
    if state is QueryState.ESCALATED:
        return 1
    if state in OPEN_STATES:
        return 2
    return 3 if state in (QueryState.DRAFT, QueryState.PEER_REVIEW) else 4


class QueriesPage(QWidget):
    """Asks when it is shown; each look is on record."""

    chosen = Signal(str, str)  # EncounterId, QueryId

    def __init__(self, room: Room) -> None:
        super().__init__()
        self._room = room
        self._tab = "queries"
        self._queries: ValueModel[QueryRow] = ValueModel(self._query_columns(), self)
        self._log: ValueModel[Disclosure] = ValueModel(_DISCLOSURE_COLUMNS, self)
        self._incidents: ValueModel[Incident] = ValueModel(_INCIDENT_COLUMNS, self)
        self.reviews = ReviewPane(room)
        self._build()

    def _build(self) -> None:
        self._tabs = {}
        for at, (name, title) in enumerate(_TABS):
            tab = button(title, "quiet", f"Alt+{at + 1}")
            tab.setCheckable(True)
            tab.setAutoExclusive(True)
            tab.clicked.connect(lambda _=False, name=name: self.show_tab(name))
            self._tabs[name] = tab
        self._tabs["queries"].setChecked(True)
        again = button("Refresh", "quiet", "F5")
        again.clicked.connect(self.shown)
        self._tables = {
            "queries": _table("My queries", self._queries),
            "disclosures": _table("Disclosures", self._log),
            "incidents": _table("Incident drafts", self._incidents),
        }
        self._tables["queries"].activated.connect(self._open)
        self._tables["queries"].doubleClicked.connect(self._open)
        self._words = label("", "muted", wrap=True)
        self._empty = label("", "muted", wrap=True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._stack = QStackedWidget()
        self._facts = label("", wrap=True)
        incident = QWidget()
        column = QVBoxLayout(incident)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._tables["incidents"], 2)
        column.addWidget(self._facts, 1)
        self._tables["incidents"].selectionModel().currentRowChanged.connect(self._show_facts)
        self._pages: dict[str, QWidget] = {**self._tables, "reviews": self.reviews, "incidents": incident}
        for page in (*self._pages.values(), self._empty):
            self._stack.addWidget(page)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(20, 16, 20, 16)
        whole.setSpacing(12)
        whole.addLayout(row(label("Queries", "title"), None, *self._tabs.values(), again, spacing=6))
        whole.addWidget(self._words)
        whole.addWidget(self._stack, 1)

    def _query_columns(self) -> tuple[Column[QueryRow], ...]:
        def look(shown: QueryRow, role: int) -> Any:
            if role == Qt.ItemDataRole.ForegroundRole:
                tone = STATE_TONES[shown.state]
                return self._room.theme.colour(tone) if tone in ("success", "warning", "danger") else None
            return None

        def when(shown: QueryRow) -> str:
            sent = shown.file.standing.sent_at
            return _day(sent) if sent else "not sent"

        def due(shown: QueryRow) -> str:
            return _day(shown.file.standing.due_at) if shown.state in OPEN_STATES else ""

        return (
            Column("State", lambda r: state_words(r.state), lambda r: order(r.state), look=look, width=170),
            Column("Account", lambda r: r.account, width=130),
            Column("About", lambda r: r.file.query.concern or r.file.query.title),
            Column("Reason", lambda r: TRIGGER_WORDS[r.file.query.trigger] if r.file.query.trigger else "", width=250),
            Column("Sent", when, width=130),
            Column("Answer due", due, width=130),
        )

    # ------------------------------------------------------------------ page

    def enter(self) -> None:
        """Nothing is asked before the page is shown."""

    def changed(self, changes: Changes) -> None:
        if changes.queries and self.isVisible():
            self._load(again=True)

    def shown(self) -> None:
        self._load(again=False)

    def show_tab(self, name: str) -> None:
        self._tab = name
        self._tabs[name].setChecked(True)
        self._load(again=False)

    def _load(self, *, again: bool) -> None:
        desk = self._room.open_desk
        if self._tab == "queries":
            asked = queries.refresh(desk) if again else queries.all_of(desk)
            self._room.when_done(asked, self._show_queries, of=self)
        elif self._tab == "reviews":
            drafts = query_reviews.refresh(desk) if again else query_reviews.waiting(desk)
            self._room.when_done(drafts, self._show_reviews, of=self)
        else:
            log = disclosures.refresh(desk) if again else disclosures.log(desk)
            self._room.when_done(log, self._show_log, of=self)

    def _show_queries(self, files: tuple[queries.Listed, ...]) -> None:
        now = self._room.open_desk.now()
        rows = [QueryRow(each.file, each.file.state(now), each.account_number) for each in files]
        rows.sort(key=lambda r: order(r.state))
        self._queries.show(rows)
        waiting = sum(r.state in OPEN_STATES for r in rows)
        answered = sum(r.state in ANSWERED_STATES for r in rows)
        self._say("queries", f"{answered} answered, {waiting} waiting for an answer. Enter opens one.", bool(rows))

    def _show_reviews(self, drafts: tuple[DraftToReview, ...]) -> None:
        self.reviews.show_drafts(drafts)
        self._say("reviews", "Drafts of colleagues, redacted, without patient or recipient.", bool(drafts))

    def _show_log(self, log: DisclosureLog) -> None:
        self._log.show(log.disclosures)
        self._incidents.show(log.incidents)
        if self._tab == "disclosures":
            counted = sum(each.accountable for each in log.disclosures)
            words = (
                f"{_counted(len(log.disclosures), 'disclosure')}, {counted} to be accounted for. "
                "Payment and operations are excepted "
                "(45 CFR 164.528); what went to the wrong person or patient is not."
            )
            self._say("disclosures", words, bool(log.disclosures))
        else:
            words = "Begun by retracting a query. The time of discovery never changes; the privacy officer decides."
            self._say("incidents", words, bool(log.incidents))

    def _say(self, tab: str, words: str, has_rows: bool) -> None:
        if tab != self._tab:
            return
        self._words.setText(words if has_rows else "")
        self._empty.setText(_EMPTY[tab])
        self._stack.setCurrentWidget(self._pages[tab] if has_rows else self._empty)
        if not has_rows:
            return
        table = self._tables.get(tab)
        if table is None:
            self.reviews.setFocus()
        else:
            table.setFocus()
            if not table.currentIndex().isValid():
                table.selectRow(0)

    def _show_facts(self, current: QModelIndex, _: QModelIndex) -> None:
        """What is known for the four factors of 45 CFR 164.402(2), below the table."""
        incident = self._incidents.value(current)
        self._facts.setText(
            "" if incident is None else "\n".join(f"{asked}: {known}" for asked, known in incident.facts)
        )

    def _open(self, index: QModelIndex) -> None:
        shown = self._queries.value(index)
        if shown is not None:
            self.chosen.emit(shown.file.encounter_id, shown.file.id)

    def texts(self) -> tuple[str, ...]:
        """What the table shown says, line by line, for tests and the tour."""
        table = self._tables.get(self._tab)
        model = table.model() if table is not None else None
        if model is None:
            return ()
        lines = []
        for at in range(model.rowCount()):
            cells = (str(model.index(at, column).data() or "") for column in range(model.columnCount()))
            lines.append(" | ".join(cells))
        return tuple(lines)


def _table(name: str, model: ValueModel[Any]) -> SealedTable:
    table = SealedTable(name)
    table.fit(model)
    return table


def _counted(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _day(at: datetime | None) -> str:
    if at is None:
        return ""
    local = at.astimezone()
    return f"{local:%b} {local.day} {local:%H:%M}"


_PURPOSES = {"HPAYMT": "Payment", "HOPERAT": "Operations", "TREAT": "Treatment"}

_DISCLOSURE_COLUMNS: tuple[Column[Disclosure], ...] = (
    Column("Date", lambda d: _day(d.at), lambda d: d.at.timestamp(), width=130),
    Column("Recipient", lambda d: d.recipient_name, width=210),
    Column("Account", lambda d: d.account_number, width=120),
    Column("Description", lambda d: d.description, says=lambda d: d.description),
    Column("Purpose", lambda d: _PURPOSES.get(d.purpose, d.purpose), width=110),
    Column("Accounted for", lambda d: "Yes" if d.accountable else "No", width=120),
    Column("Note", lambda d: d.note, width=230, says=lambda d: d.note),
)

_INCIDENT_COLUMNS: tuple[Column[Incident], ...] = (
    Column("Discovered", lambda i: _day(i.discovered_at), lambda i: i.discovered_at.timestamp(), width=130),
    Column("What happened", lambda i: RETRACT_WORDS[i.reason], width=240),
    Column(
        "What was in it", lambda i: "; ".join(i.contents), says=lambda i: "\n".join(f"{a}: {b}" for a, b in i.facts)
    ),
    Column("Notice at the latest", lambda i: f"{i.notice_by:%Y-%m-%d}", width=160),
    Column("State", lambda i: i.state.capitalize(), width=90),
)
