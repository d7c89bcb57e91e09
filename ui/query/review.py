"""A colleague's draft: its words as they would leave, and two answers: agreed, or returned with a comment."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from ui.parts import button, card, label, row
from ui.room import Room
from ui.sealed.fields import SealedLine
from workstation.domain.queries.life import ReviewVerdict
from workstation.operations import query_reviews
from workstation.operations.query_reviews import DraftToReview

_PARTS = {"title": "strong", "indicator": "", "question": "subheading", "option": "", "reference": "caption"}


class ReviewPane(QScrollArea):
    """All drafts that wait, one card each."""

    def __init__(self, room: Room) -> None:
        super().__init__()
        self._room = room
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setProperty("kind", "bare")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.show_drafts(())

    def show_drafts(self, drafts: tuple[DraftToReview, ...]) -> None:
        inside = QWidget()
        inside.setObjectName("summary")
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(12)
        for draft in drafts:
            column.addWidget(self._card(draft))
        column.addStretch()
        old = self.takeWidget()
        if old is not None:
            old.setParent(None)
            old.deleteLater()
        self.setWidget(inside)

    def _card(self, draft: DraftToReview) -> QFrame:
        frame, column = card(spacing=6, margin=16)
        at = f"{draft.asked_at.astimezone():%b %d %H:%M}" if draft.asked_at else ""
        about = " · ".join(part for part in (draft.requester, draft.reason.replace("-", " "), at) if part)
        column.addWidget(label(about, "caption"))
        for kind, words in draft.parts:
            column.addWidget(label(f"○  {words}" if kind == "option" else words, _PARTS.get(kind, ""), wrap=True))
        if draft.answered:
            column.addWidget(label("Your word is on its way.", "muted"))
            return frame
        comment = SealedLine()
        comment.setPlaceholderText("What to change, or nothing")
        comment.setAccessibleName("Comment for the author")
        agree, back = button("Agree", "primary"), button("Return", "secondary")
        for made, verdict in ((agree, ReviewVerdict.AGREED), (back, ReviewVerdict.RETURNED)):
            made.clicked.connect(lambda _=False, v=verdict: self._answer(draft, v, comment.text()))
        column.addWidget(comment)
        column.addLayout(row(agree, back, None))
        return frame

    def _answer(self, draft: DraftToReview, verdict: ReviewVerdict, comment: str) -> None:
        done = query_reviews.answer(self._room.open_desk, draft.task_id, verdict, comment)
        self._room.when_done(done, lambda _: self._room.notices.say("Sent to its author.", "success"), of=self)
