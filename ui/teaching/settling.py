"""Doubts of a copy that is being made, one at a time: the word, a few redacted words around it, two keys."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QProgressBar, QStackedWidget, QVBoxLayout, QWidget

from ui.parts import button, card, label, row, shortcut
from ui.room import Room
from workstation.domain.teaching.copy import TeachingCopy
from workstation.domain.teaching.making import Doubt, Place
from workstation.errors import WorkstationError
from workstation.sync.teaching_bench import Asked

_PLACES = 3


class SettlingPane(QWidget):
    """Holds redacted words only; the chart itself stays on the bench and is gone when this is left."""

    kept = Signal(object)  # TeachingCopy
    left = Signal()

    def __init__(self, room: Room) -> None:
        super().__init__()
        self._room = room
        self._asked: Asked | None = None
        self._at = 0
        self._stack = QStackedWidget()
        for part in (self._build_waiting(), self._build_doubt(), self._build_end()):
            self._stack.addWidget(part)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._stack)
        for keys, call, name in (
            ("T", lambda: self.say(keep=False), "Take the word out"),
            ("K", lambda: self.say(keep=True), "The word identifies nobody"),
            ("Shift+T", self.take_out_rest, "Take all the rest out"),
            ("Backspace", self.back, "Back to the doubt before"),
            ("Ctrl+Return", self.keep, "Keep the copy"),
            ("Escape", self.leave, "Leave without a copy"),
        ):
            shortcut(self, keys, call, name)

    def _build_waiting(self) -> QWidget:
        page, column = _page()
        column.addStretch()
        frame, inside = card()
        frame.setMaximumWidth(560)
        inside.addWidget(label("The copy is being made", "heading"))
        inside.addWidget(
            label(
                "The chart is fetched into memory and redacted there. It is not shown and not kept. A long chart may "
                "take a minute.",
                "muted",
                wrap=True,
            )
        )
        bar = QProgressBar()
        bar.setRange(0, 0)
        bar.setTextVisible(False)
        bar.setAccessibleName("Making the copy")
        inside.addWidget(bar)
        stop = button("Leave (Escape)", "quiet")
        stop.clicked.connect(self.leave)
        inside.addLayout(row(None, stop))
        column.addLayout(row(None, frame, None))
        column.addStretch()
        self._bar = bar
        return page

    def _build_doubt(self) -> QWidget:
        page, column = _page()
        self._count = label("", "caption")
        self._word = label("", "title", wrap=True)
        self._why = label("", "muted", wrap=True)
        frame, inside = card(spacing=6, margin=20)
        frame.setMaximumWidth(820)
        for part in (self._count, self._word, self._why):
            inside.addWidget(part)
        self._places = []
        for _ in range(_PLACES):
            heading, words = label("", "caption"), label("", wrap=True)
            inside.addSpacing(4)
            inside.addWidget(heading)
            inside.addWidget(words)
            self._places.append((heading, words))
        inside.addSpacing(8)
        self.out = button("Take it out (T)", "primary")
        self.stays = button("It identifies nobody (K)", "secondary")
        rest = button("Take all the rest out (Shift+T)", "quiet")
        back = button("Back (Backspace)", "quiet")
        leave = button("Leave (Escape)", "quiet")
        self.out.clicked.connect(lambda: self.say(keep=False))
        self.stays.clicked.connect(lambda: self.say(keep=True))
        rest.clicked.connect(self.take_out_rest)
        back.clicked.connect(self.back)
        leave.clicked.connect(self.leave)
        inside.addLayout(row(self.out, self.stays, None))
        inside.addLayout(row(rest, back, None, leave))
        column.addLayout(_middle(frame))
        note = label(
            "Does this word name a person, a place, an employer or anything that leads to the patient? If you are not "
            "sure, take it out: it goes everywhere in the copy.",
            "muted",
            wrap=True,
        )
        note.setMaximumWidth(820)
        column.addLayout(_middle(note))
        column.addStretch()
        return page

    def _build_end(self) -> QWidget:
        page, column = _page()
        frame, inside = card()
        frame.setMaximumWidth(820)
        inside.addWidget(label("No doubt is open", "heading"))
        self._summary = label("", wrap=True)
        inside.addWidget(self._summary)
        self.go_on = button("Keep it and go to the checklist", "primary")
        self.go_on.setToolTip("Ctrl+Enter")
        back = button("Back (Backspace)", "quiet")
        leave = button("Leave (Escape)", "quiet")
        self.go_on.clicked.connect(self.keep)
        back.clicked.connect(self.back)
        leave.clicked.connect(self.leave)
        inside.addLayout(row(self.go_on, back, None, leave))
        column.addLayout(_middle(frame))
        column.addStretch()
        return page

    # ------------------------------------------------------------------ making

    def begin(self, task_id: str) -> None:
        """Fetch and redact; then ask."""
        self._asked, self._at = None, 0
        self._bar.setRange(0, 0)
        self._stack.setCurrentIndex(0)
        self.setFocus()
        self._room.when_done(self._room.teaching_bench.make(task_id), self._show, self._failed, of=self)

    def say(self, *, keep: bool) -> None:
        """Answer the doubt shown."""
        doubt = self.doubt()
        if doubt is not None:
            self._room.when_done(
                self._room.teaching_bench.settle(doubt.word, keep=keep), self._answered, self._failed, of=self
            )

    def take_out_rest(self) -> None:
        if self._asked is not None and self._asked.open:
            self._room.when_done(self._room.teaching_bench.take_out_rest(), self._show, self._failed, of=self)

    def back(self) -> None:
        """To the doubt before, to answer it again."""
        if self._asked is not None and self._asked.doubts and self._at:
            self._at -= 1
            self._show_doubt(self._asked)

    def keep(self) -> None:
        """The redacted text into the cache; the chart is forgotten with it."""
        if self._asked is None or self._asked.open:
            return
        self._bar.setRange(0, 0)
        self._stack.setCurrentIndex(0)
        self._room.when_done(self._room.teaching_bench.keep(), self._kept, self._failed, of=self)

    def leave(self) -> None:
        """Without a copy: what was fetched is forgotten."""
        if self._room.teaching is not None:
            self._room.teaching.forget()
        self.forget()
        self.left.emit()

    def forget(self) -> None:
        self._asked, self._at = None, 0
        self._bar.setRange(0, 1)
        for each in (self._count, self._word, self._why, self._summary):
            each.clear()
        for heading, words in self._places:
            heading.clear()
            words.clear()

    def doubt(self) -> Doubt | None:
        """The one shown."""
        if self._asked is None or self._stack.currentIndex() != 1:
            return None
        return self._asked.doubts[self._at]

    # ------------------------------------------------------------------ showing

    def _show(self, asked: Asked) -> None:
        self._bar.setRange(0, 1)
        self._asked = asked
        self._at = next((at for at, doubt in enumerate(asked.doubts) if doubt.keep is None), len(asked.doubts))
        if asked.open:
            self._show_doubt(asked)
        else:
            self._show_end(asked)

    def _answered(self, asked: Asked) -> None:
        self._show(asked)

    def _kept(self, answer: TeachingCopy | Asked) -> None:
        if isinstance(answer, Asked):  # taking words out has raised another doubt
            self._show(answer)
            return
        self.forget()
        self.kept.emit(answer)

    def _failed(self, trouble: WorkstationError) -> None:
        self._room.notices.trouble(trouble)
        self.leave()

    def _show_doubt(self, asked: Asked) -> None:
        doubt = asked.doubts[self._at]
        said = {None: "", True: " · you said it stays", False: " · you said it goes"}[doubt.keep]
        times = "once" if doubt.count == 1 else f"{doubt.count} times"
        self._count.setText(f"Doubt {self._at + 1} of {len(asked.doubts)}{said}")
        self._word.setText(f"“{doubt.places[0].word}”" if doubt.places else doubt.word)
        self._why.setText(f"{doubt.why[:1].upper()}{doubt.why[1:]}; it stands {times} in the copy.")
        for at, (heading, words) in enumerate(self._places):
            place = doubt.places[at] if at < len(doubt.places) else None
            heading.setText(place.heading if place else "")
            words.setText(_line(place) if place else "")
            heading.setVisible(place is not None)
            words.setVisible(place is not None)
        self._stack.setCurrentIndex(1)
        self.out.setFocus()
        self.setAccessibleName(f"{self._word.text()} {self._why.text()}")

    def _show_end(self, asked: Asked) -> None:
        gone = sum(doubt.keep is False for doubt in asked.doubts)
        stay = len(asked.doubts) - gone
        left = "" if not asked.left_out else f" {_counted(asked.left_out, 'scan or PDF', 'scans and PDFs')} left out."
        doubts = "The redactor had no doubt." if not asked.doubts else f"{gone} doubtful words go, {stay} stay."
        self._summary.setText(f"{doubts} The copy has {_counted(asked.sections, 'section', 'sections')}.{left}")
        self._at = len(asked.doubts)
        self._stack.setCurrentIndex(2)
        self.go_on.setFocus()


def _line(place: Place) -> str:
    return f"… {place.before} «{place.word}» {place.after} …"


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _page() -> tuple[QWidget, QVBoxLayout]:
    page = QWidget()
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 8, 0, 0)
    column.setSpacing(12)
    return page, column


def _middle(part: QWidget) -> QVBoxLayout:
    """In the middle, as wide as it may be."""
    column = QVBoxLayout()
    line = row(None, part, None)
    line.setStretch(0, 1)
    line.setStretch(1, 8)
    line.setStretch(2, 1)
    column.addLayout(line)
    column.setAlignment(Qt.AlignmentFlag.AlignTop)
    return column
