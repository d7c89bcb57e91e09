"""A query that has left: where it stands, what was asked, the answer, the documentation that followed, and what to do."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QMenu, QScrollArea, QVBoxLayout, QWidget

from ui.parts import badge, button, card, label, row
from ui.query.words import CLOSING_WORDS, STATE_TONES, TRIGGER_WORDS, state_words
from workstation.domain.encounter import Document, Encounter
from workstation.domain.incident import RETRACT_WORDS, RetractReason
from workstation.domain.queries.indicators import source_line
from workstation.domain.queries.life import ANSWERED_STATES, OPEN_STATES, Closing, QueryFile, QueryState
from workstation.operations import query_life


class SentView(QScrollArea):
    """Shows a file and emits what the coder decides; decides nothing itself."""

    cancel = Signal()
    close_as = Signal(object, object)  # Closing, DocumentId or None
    retract = Signal(object, bool)  # RetractReason, whether a smaller one takes its place
    open_document = Signal(str)
    compare = Signal(str)
    jump = Signal(object)  # ClinicalIndicator

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setProperty("kind", "bare")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.file: QueryFile | None = None
        self._empty()

    def _empty(self) -> QVBoxLayout:
        inside = QWidget()
        inside.setObjectName("summary")
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 8, 8)
        column.setSpacing(8)
        old = self.takeWidget()
        if old is not None:
            old.setParent(None)
            old.deleteLater()
        self.setWidget(inside)
        return column

    def forget(self) -> None:
        self.file = None
        self._empty()

    def show_file(self, file: QueryFile, encounter: Encounter, now: datetime) -> None:
        self.file = file
        column = self._empty()
        state = file.state(now)
        query = file.query
        to = next((p for p in encounter.providers if p.id == query.recipient_id), None)
        column.addLayout(row(badge(state_words(state), STATE_TONES[state]), None))
        column.addWidget(label(query.title, "strong", wrap=True))
        reason = TRIGGER_WORDS[query.trigger] if query.trigger else ""
        told = " · ".join(p for p in (f"To {to.name}" if to else "", reason) if p)
        column.addWidget(label(told, "muted", wrap=True))
        for when, what in timeline(file, state):
            column.addWidget(label(f"{when:%b} {when.day} {when:%H:%M}   {what}", "caption"))
        if file.theirs.answer is not None:
            column.addWidget(self._answer(file, encounter))
        elif state in OPEN_STATES:
            column.addWidget(
                label("The encounter is on hold. It comes back to the top of your worklist with the answer.", wrap=True)
            )
        column.addWidget(label("What was asked", "subheading"))
        for indicator in query.indicators:
            link = button("Jump", "quiet")
            link.setToolTip("Jump to it in the chart")
            link.setAccessibleName(f"Jump to {source_line(indicator)}")
            link.clicked.connect(lambda _=False, i=indicator: self.jump.emit(i))
            line = row(spacing=6)
            line.addWidget(label(source_line(indicator), "caption", wrap=True), 1)
            line.addWidget(link)
            column.addLayout(line)
        column.addWidget(label(query.question, wrap=True))
        chosen = set(file.theirs.answer.chosen if file.theirs.answer else ())
        for option in query.options:
            mark = "●" if option.text in chosen else "○"
            column.addWidget(label(f"{mark}  {option.text}", "strong" if option.text in chosen else "", wrap=True))
        column.addLayout(self._verbs(file, encounter, state))
        column.addStretch()

    def _answer(self, file: QueryFile, encounter: Encounter) -> QFrame:
        frame, column = card(spacing=6, margin=12)
        answer = file.theirs.answer
        if answer is None:
            return frame
        sender = next((p for p in encounter.providers if p.id == answer.sender), None)
        who = sender.name if sender else "An answer nobody signed"
        at = f"{answer.sent_at:%b} {answer.sent_at.day} {answer.sent_at:%H:%M}" if answer.sent_at else ""
        column.addWidget(label(" · ".join(part for part in (who, at) if part), "caption"))
        column.addWidget(label(answer.text, wrap=True))
        if not sender:
            column.addWidget(
                label("Ask the provider to sign it: an answer without a sender supports no code.", "caption", wrap=True)
            )
        frame.setAccessibleName(f"Answer by {who}: {answer.text}")
        for document in documentation(file, encounter):
            column.addWidget(label(document.title, "strong", wrap=True))
            shown = button("Open", "secondary")
            shown.setAccessibleName(f"Open {document.title}")
            shown.clicked.connect(lambda _=False, d=document: self.open_document.emit(d.id))
            against = button("Compare old and new", "secondary")
            against.clicked.connect(lambda _=False, d=document: self.compare.emit(d.id))
            column.addLayout(row(shown, against, None))
        return frame

    def _verbs(self, file: QueryFile, encounter: Encounter, state: QueryState) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(6)
        if state in ANSWERED_STATES or (state in OPEN_STATES and file.query.channel.value == "verbal"):
            close = button("Close the query", "primary")
            menu = QMenu(close)
            for document in documentation(file, encounter):
                action = menu.addAction(f"{CLOSING_WORDS[Closing.DOCUMENTED]}: {document.title}".replace("&", "&&"))
                action.triggered.connect(lambda _=False, d=document: self.close_as.emit(Closing.DOCUMENTED, d.id))
            for closing in (Closing.NO_CHANGE, Closing.DISAGREED, Closing.UNDETERMINED):
                action = menu.addAction(CLOSING_WORDS[closing])
                action.triggered.connect(lambda _=False, c=closing: self.close_as.emit(c, None))
            close.setMenu(menu)
            column.addLayout(row(close, None))
        in_review = state is QueryState.PEER_REVIEW
        if state in OPEN_STATES or in_review:
            cancel = button("Take it back" if in_review else "Cancel the query", "secondary")
            cancel.setToolTip(
                "No colleague reads it any more; it is a draft again"
                if in_review
                else "It is no longer needed: revoked at the server, the hold ends"
            )
            cancel.clicked.connect(self.cancel)
            column.addLayout(row(cancel, None))
        if query_life.may_retract(file):
            retract = button("Retract and replace", "danger")
            retract.setToolTip(
                "Something is wrong with it: revoked and emptied at the server, an incident draft is begun"
            )
            menu = QMenu(retract)
            for reason in RetractReason:
                action = menu.addAction(RETRACT_WORDS[reason])
                action.triggered.connect(lambda _=False, r=reason: self.retract.emit(r, r is not RetractReason.MISTAKE))
            retract.setMenu(menu)
            column.addLayout(row(retract, None))
        return column


def documentation(file: QueryFile, encounter: Encounter) -> tuple[Document, ...]:
    """The documents that followed the query: those the answer names, else what providers wrote since it was sent."""
    answer = file.theirs.answer
    named = set(answer.documents if answer else ())
    if file.standing.documentation is not None:
        named.add(file.standing.documentation)
    found = tuple(d for d in encounter.documents if d.id in named)
    if found or file.standing.sent_at is None:
        return found
    since = file.standing.sent_at
    return tuple(d for d in encounter.documents if d.author_is_provider and d.written_at and d.written_at >= since)


def timeline(file: QueryFile, state: QueryState) -> tuple[tuple[datetime, str], ...]:
    """What happened and when, oldest first."""
    standing, theirs = file.standing, file.theirs
    answer = theirs.answer
    steps = (
        (standing.sent_at, "sent" if file.query.channel.value == "written" else "asked and recorded"),
        (theirs.viewed_at, "seen by the provider"),
        (standing.escalated_at, "escalated: no answer in time"),
        (answer.sent_at if answer else None, "answered"),
        (standing.closed_at, f"closed: {CLOSING_WORDS[standing.closing].lower()}" if standing.closing else "closed"),
    )
    found = [(when.astimezone(), what) for when, what in steps if when is not None]
    if state in OPEN_STATES and standing.due_at is not None:
        found.append((standing.due_at.astimezone(), "answer due"))
    return tuple(sorted(found, key=lambda step: step[0]))
