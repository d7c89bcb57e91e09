"""My activity: the coder's own audit trail, and what the server has acknowledged of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.icons import icon
from ui.parts import badge, button, label, row
from ui.room import Room
from ui.sealed.tables import Column, SealedTable, ValueModel
from ui.theme import dress
from workstation.changes import Changes
from workstation.domain.audit import Act
from workstation.messages import TrailPage

_WORDS = {
    Act.APP_START: "Program started", Act.APP_STOP: "Program ended", Act.SIGN_IN: "Signed in",
    Act.SIGN_IN_FAILED: "Sign-in failed", Act.SIGN_OUT: "Signed out", Act.ENROL: "Enrolled this device",
    Act.UNLOCK: "Unlocked", Act.UNLOCK_FAILED: "Wrong unlock password", Act.LOCK: "Locked",
    Act.AUTO_LOGOFF: "Locked by inactivity", Act.STEP_UP: "Step-up code accepted",
    Act.STEP_UP_FAILED: "Step-up code refused", Act.PASSWORD_CHANGE: "Unlock password changed",
    Act.VIEW_WORKLIST: "Viewed the worklist", Act.VIEW_ENCOUNTER: "Opened an encounter",
    Act.VIEW_DOCUMENT: "Viewed a document", Act.VIEW_RESULTS: "Viewed results", Act.SEARCH_CHART: "Searched a chart",
    Act.REVEAL: "Uncovered identifiers", Act.FETCH: "Fetched from the server", Act.CODE_ADD: "Added a code",
    Act.CODE_CHANGE: "Changed a code", Act.CODE_REMOVE: "Removed a code", Act.EVIDENCE: "Cited evidence",
    Act.HOLD: "Changed a hold", Act.HAND_BACK: "Handed back", Act.HAND_OVER: "Handed to a lead", Act.FINALIZE: "Finalized",
    Act.RESOLVE_CONFLICT: "Decided a conflict", Act.SEND: "Sent to the server", Act.COPY_BLOCKED: "Copying was blocked",
    Act.CODE_COPY: "Copied a code",
    Act.VIEW_QUERY: "Viewed a query", Act.QUERY_DRAFT: "Began or discarded a query",
    Act.QUERY_SEND: "Decided to send a query", Act.QUERY_CHANGE: "Moved a query on",
    Act.QUERY_RETRACT: "Retracted a query", Act.QUERY_REVIEW: "Peer review of a query",
    Act.DISCLOSE: "Disclosed to a provider", Act.CAPTURE: "Captured a region of a scan",
    Act.VIEW_DISCLOSURES: "Viewed the log of disclosures", Act.INCIDENT: "Began an incident report",
    Act.TEACHING: "Teaching copy", Act.VIEW_TEACHING: "Viewed a teaching copy",
    Act.EXPORT: "Exported the journal",
    Act.PURGE: "Removed from this device", Act.WIPE: "Erased the device", Act.CLOCK_CHANGED: "The clock was moved",
    Act.POLICY_CHANGE: "New rules in force",
    Act.WRONG_SERVER: "The server's certificate was refused",
    Act.CACHE_DAMAGED: "The cache was damaged", Act.AUDIT_FAILURE: "The journal could not be written",
}  # fmt: skip
_OUTCOMES = {"0": "Done", "4": "Not done", "8": "Failed", "": ""}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the trail: an act with its outcome, or a view."""

    position: int
    time: datetime
    what: str
    subject: str
    reason: str
    outcome: str
    acknowledged: bool


def entries(rows: list[dict[str, Any]]) -> tuple[Entry, ...]:
    """Intent and outcome of one act become one line."""
    lines = []
    for found in rows:
        act = Act(found["act"])
        if found["phase"] == "intent" and found["id"] in {other["id"] for other in rows if other["phase"] == "outcome"}:
            continue
        lines.append(
            Entry(
                found["position"],
                datetime.fromtimestamp(found["time"]).astimezone(),
                _WORDS[act],
                found["what"],
                found["reason"],
                _OUTCOMES.get(found["outcome"], found["outcome"]),
                bool(found["acknowledged"]),
            )
        )
    return tuple(lines)


class ActivityPage(QWidget):
    """Asks the guard for the trail each time it is shown."""

    def __init__(self, room: Room) -> None:
        super().__init__()
        self._room = room
        self._oldest: int | None = None
        self._entries: tuple[Entry, ...] = ()

        def server(entry: Entry, role: int) -> Any:
            if role == Qt.ItemDataRole.DecorationRole:
                name, tone = ("circle-check", "success") if entry.acknowledged else ("clock", "muted")
                return icon(name, room.theme, 16, role=tone)
            return None

        columns: tuple[Column[Entry], ...] = (
            Column("When", lambda e: f"{e.time:%b} {e.time.day} {e.time:%H:%M:%S}", width=150),
            Column("What", lambda e: e.what, width=230),
            Column("On", lambda e: e.subject),
            Column("Reason", lambda e: e.reason.replace("-", " "), width=230),
            Column("Outcome", lambda e: e.outcome, width=100),
            Column("Server", lambda e: "Acknowledged" if e.acknowledged else "Waiting", look=server, width=150),
        )
        self._model: ValueModel[Entry] = ValueModel(columns, self)
        self._table = SealedTable("My activity")
        self._table.fit(self._model)
        self._waiting, self._acknowledged = badge(), badge()
        self._older = button("Show older", "secondary")
        self._older.clicked.connect(self._more)
        self._again = button("Refresh", "quiet", "F5")
        self._again.clicked.connect(self.shown)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(20, 16, 20, 16)
        whole.setSpacing(12)
        whole.addLayout(
            row(label("My activity", "title"), self._acknowledged, self._waiting, None, self._again, spacing=12)
        )
        whole.addWidget(
            label(
                "Everything you see and do is recorded before it happens, in a chain nobody can quietly alter. "
                "The server confirms each event it has received.",
                "muted",
                wrap=True,
            )
        )
        whole.addWidget(self._table, 1)
        whole.addLayout(row(None, self._older, None))

    def enter(self) -> None:
        """Nothing is asked before the page is shown."""

    def changed(self, changes: Changes) -> None:
        """The trail is asked for when it is shown."""

    def shown(self) -> None:
        self._room.when_done(self._room.link.ask_trail(), self._show, of=self)

    def _show(self, page: TrailPage) -> None:
        self._entries = ()
        self._add(page)
        self._table.setFocus()

    def _more(self) -> None:
        self._room.when_done(self._room.link.ask_trail(self._oldest), self._add, of=self)

    def _add(self, page: TrailPage) -> None:
        self._entries = (*self._entries, *entries(page.rows))
        self._oldest = page.rows[-1]["position"] if page.rows else self._oldest
        self._older.setEnabled(bool(page.rows))
        self._model.show(self._entries)
        self._acknowledged.setText(f"{page.acknowledged} acknowledged")
        dress(self._acknowledged, tone="success")
        self._waiting.setText(f"{page.waiting} waiting" if page.waiting else "none waiting")
        dress(self._waiting, tone="warning" if page.waiting else "neutral")
