"""Exactly what will leave: on the left the words of the very resource, on the right what was taken out and how much."""

from __future__ import annotations

from collections import Counter

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from ui.parts import badge, button, card, label, row
from ui.query.words import TRIGGER_WORDS
from ui.room import Room
from ui.sealed.picture import RedactedPicture
from workstation.domain.encounter import Encounter
from workstation.domain.queries.query import Channel
from workstation.operations.query_bench import Prepared

_ENVELOPE = "The patient and the encounter go along as references only: numbers of the server, no name."


class Preview(QWidget):
    """Reads the resource and nothing else. Escape goes back, Ctrl+Enter sends."""

    back = Signal()
    send = Signal()

    def __init__(self, room: Room) -> None:
        super().__init__()
        self._room = room
        self._left, self._right = QVBoxLayout(), QVBoxLayout()
        self._meter = label(role="strong")
        self._state = badge()
        self._send = button("Send", "primary", "Ctrl+Return")
        self._send.clicked.connect(self.send)
        self._back = button("Back (Esc)", "secondary")
        self._back.clicked.connect(self.back)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(10)
        whole.addLayout(row(label("Exactly what will leave", "heading"), None, self._state))
        columns = row(spacing=12)
        for column, title, stretch in ((self._left, "The query", 3), (self._right, "Taken out", 2)):
            frame, inside = card(spacing=6, margin=14)
            inside.addWidget(label(title, "subheading"))
            inside.addLayout(column)
            inside.addStretch()
            scroll = QScrollArea()
            scroll.setWidgetResizable(True)
            scroll.setFrameShape(QFrame.Shape.NoFrame)
            scroll.setProperty("kind", "bare")
            scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            scroll.setWidget(frame)
            columns.addWidget(scroll, stretch)
        whole.addLayout(columns, 1)
        whole.addWidget(self._meter)
        whole.addWidget(label(_ENVELOPE, "caption", wrap=True))
        whole.addLayout(row(self._back, None, self._send))

    def show_prepared(self, prepared: Prepared, encounter: Encounter) -> None:
        self.forget()
        pictures = iter([i for i in prepared.file.query.indicators if i.capture_id in prepared.pictures])
        for kind, words in prepared.parts:
            self._left.addWidget(_part(kind, words))
            indicator = next(pictures, None) if kind == "picture" else None
            if indicator is not None:
                picture = RedactedPicture()
                picture.show_png(prepared.pictures[indicator.capture_id], indicator.page)
                self._left.addWidget(picture)
        self._envelope(prepared, encounter)
        self._gone(prepared)
        self._meter.setText(
            f"{prepared.leaving_characters} of {prepared.chart_characters:,} characters: {share(prepared)} of this chart"
        )
        ready = prepared.may_leave
        verbal = prepared.file.query.channel is Channel.VERBAL
        self._send.setText("Record" if verbal else "Send")
        self._send.setShortcut("Ctrl+Return")  # a new text takes a button's shortcut away
        self._send.setEnabled(ready)
        self._state.setText("Ready to send" if ready else stops_words(prepared))
        self._state.setProperty("tone", "success" if ready else "danger")
        self._state.style().polish(self._state)

    def forget(self) -> None:
        """Nothing of a chart stays."""
        for column in (self._left, self._right):
            while (old := column.takeAt(0)) is not None:
                widget = old.widget()
                if widget is not None:
                    widget.setParent(None)
                    widget.deleteLater()
        self._meter.clear()

    def words(self) -> str:
        """What the left side says, for tests and assistive technology."""
        items = (self._left.itemAt(at) for at in range(self._left.count()))
        widgets = (item.widget() for item in items if item is not None)
        return "\n".join(widget.accessibleName() for widget in widgets if widget is not None)

    def _envelope(self, prepared: Prepared, encounter: Encounter) -> None:
        resource = prepared.resource
        query = prepared.file.query
        to = next((p for p in encounter.providers if p.id == query.recipient_id), None)
        rows = (
            ("To", f"{to.role or 'provider'} ({resource['recipient'][0]['reference']})" if to else "nobody yet"),
            ("Reason", TRIGGER_WORDS[query.trigger] if query.trigger else "none yet"),
            ("Refers to", ", ".join(each["reference"] for each in resource.get("about", [])) or "nothing"),
            ("Answer due", str(resource.get("occurrencePeriod", {}).get("end", ""))[:10]),
            (
                "Checked with",
                f"rules {prepared.rules_version}, template {query.template_id or 'none'} {query.template_version}",
            ),
        )
        self._left.addWidget(label("Along with it", "caption"))
        for name, words in rows:
            line = label(f"{name}: {words}", "muted", wrap=True)
            line.setAccessibleName(f"{name}: {words}")
            self._left.addWidget(line)

    def _gone(self, prepared: Prepared) -> None:
        any_gone = False
        for number, excerpt in enumerate(prepared.excerpts, 1):
            counted = Counter((removal.shown, removal.why) for removal in excerpt.removals)
            if not counted and not excerpt.unsure:
                continue
            any_gone = True
            self._right.addWidget(label(f"Indicator {number}", "caption"))
            for (shown, why), times in counted.items():
                often = f" ×{times}" if times > 1 else ""
                self._right.addWidget(row_of(f"{shown}{often}", why))
            for doubt in excerpt.unsure:
                self._right.addWidget(row_of("Not settled", doubt.why, tone="danger"))
        if not any_gone:
            self._right.addWidget(label("No identifier stood in these excerpts.", "muted", wrap=True))


def _part(kind: str, words: str) -> QWidget:
    role = {"title": "strong", "question": "", "reference": "caption"}.get(kind, "")
    shown = f"○  {words}" if kind == "option" else words
    made = label(shown, role, wrap=True)
    made.setAccessibleName(words)
    if kind == "indicator":
        made.setProperty("kind", "banner")
        made.setProperty("tone", "info")
    return made


def row_of(shown: str, why: str, tone: str = "neutral") -> QWidget:
    made = QWidget()
    line = row(badge(shown, tone), spacing=8)
    words = label(why, "caption", wrap=True)
    line.addWidget(words, 1)
    made.setLayout(line)
    made.setAccessibleName(f"{shown}: {why}")
    return made


def share(prepared: Prepared) -> str:
    """`0.6 %`, with one more figure where it is less; never nought for something."""
    found = prepared.share
    if not prepared.leaving_characters:
        return "0 %"
    return f"{found:.1f} %" if found >= 0.1 else f"{max(found, 0.01):.2f} %"


def stops_words(prepared: Prepared) -> str:
    """`2 to mend · 1 token to settle`."""
    mend, doubts = len(prepared.stopping), prepared.doubts
    parts = [f"{mend} to mend" if mend else "", f"{doubts} to settle" if doubts else ""]
    return " · ".join(part for part in parts if part)
