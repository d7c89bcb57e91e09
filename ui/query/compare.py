"""Old and new documentation side by side: what is gone is marked on the left, what is new on the right."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.parts import button, label, row
from ui.room import Room
from ui.sealed.viewer import Mark, MarkKind, Viewer
from workstation.domain.queries.difference import differences
from workstation.domain.queries.query import Span
from workstation.domain.redaction.cover import covered, spans


class Compare(QWidget):
    """Two sealed readers. Identifiers stay covered in both."""

    back = Signal()

    def __init__(self, room: Room) -> None:
        super().__init__()
        self._room = room
        self._titles = (label(role="subheading", wrap=True), label(role="subheading", wrap=True))
        self._viewers = (Viewer(), Viewer())
        self._viewers[0].setAccessibleName("Documentation before")
        self._viewers[1].setAccessibleName("Documentation after")
        self._counts = label(role="muted")
        back = button("Back (Esc)", "secondary")
        back.clicked.connect(self.back)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(8)
        whole.addWidget(label("Old and new documentation", "heading"))
        columns = row(spacing=12)
        for title, viewer in zip(self._titles, self._viewers, strict=True):
            column = QVBoxLayout()
            column.addWidget(title)
            column.addWidget(viewer, 1)
            columns.addLayout(column, 1)
        whole.addLayout(columns, 1)
        whole.addLayout(row(back, None, self._counts))

    def show_texts(
        self,
        old: tuple[str, str],
        new: tuple[str, str],
        known: tuple[str, ...],
        asked: tuple[Span, ...] = (),
        *,
        addendum: bool = False,
    ) -> None:
        """(title, text) of both; `asked` are the passages of the old one the query was about.

        An addendum is new as a whole; what replaces a document is compared with it word by word.
        """
        theme = self._room.theme
        gone, come = ((), ((0, len(new[1].rstrip())),)) if addendum else differences(old[1], new[1])
        marks: tuple[list[Mark], list[Mark]] = (
            [Mark(a, b, MarkKind.EVIDENCE) for a, b in asked] + [Mark(a, b, MarkKind.HIT) for a, b in gone],
            [Mark(a, b, MarkKind.HIT) for a, b in come],
        )
        colours = {
            MarkKind.HIT: theme.colour("hit"),
            MarkKind.EVIDENCE: theme.colour("evidence"),
        }
        for viewer, title, (name, text), found in zip(self._viewers, self._titles, (old, new), marks, strict=True):
            title.setText(name)
            viewer.show_text(covered(text, spans(text, known)))
            viewer.color_marks(colours)
            viewer.show_marks(sorted(found, key=lambda mark: mark.start))
        if asked:
            self._viewers[0].reveal(asked[0][0])
        self._counts.setText("An addendum" if addendum else f"{len(come)} changed passages")
        self._viewers[1].setFocus()

    def forget(self) -> None:
        """Nothing of a chart stays."""
        for viewer, title in zip(self._viewers, self._titles, strict=True):
            viewer.show_text("")
            title.clear()
        self._counts.clear()
