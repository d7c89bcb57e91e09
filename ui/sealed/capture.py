"""Safe capture: choose a region of a scanned page, paint out who the patient is, look at the very picture, keep it."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from ui.parts import banner, button, label, row, say
from ui.sealed.held_keys import HeldKeys
from ui.sealed.images import PageView
from ui.sealed.paint_out import PaintOut
from ui.sealed.picture import RedactedPicture
from ui.sealed.pixels import picture_of
from ui.sealed.region import RegionPicker
from ui.theme import dress
from workstation.domain.capture import MOST_SHARE, check_region
from workstation.errors import CaptureRefused

ANSWERS = (("Y", "yes, paint out more"), ("N", "no, keep it for the query"), ("Esc", "keep nothing"))
QUESTION = "Does anything in this picture say who the patient is?"


class Step(Enum):
    """Where a capture stands; its value is the heading of the strip."""

    READING = ""
    REGION = "Capture for a query, 1 of 3: the region"
    PAINT = "Capture for a query, 2 of 3: paint out who the patient is"
    PREVIEW = "Capture for a query, 3 of 3: this picture would be kept"


_WORDS = {
    Step.READING: "",
    Step.REGION: (
        "Drag over the lines the query is about. Or by keys: the arrows move the frame, Shift and the arrows size it, "
        "with Ctrl in larger steps. Enter takes it, Escape cancels. A whole page is never captured: at most a third."
    ),
    Step.PAINT: (
        "Drag over every name, birth date, number and address. Or by keys: the arrows move the dashed box, Shift and "
        "the arrows size it, Space paints it out. Ctrl+Z takes the last one away. Enter goes on, Escape cancels."
    ),
    Step.PREVIEW: "",
}


class Preview(HeldKeys):
    """The picture that would be kept, decoded from its bytes. Y and N answer; Enter does not, nor does a click."""

    answered = Signal(bool)  # whether something in it says who the patient is
    cancelled = Signal()

    def __init__(self) -> None:
        super().__init__(QUESTION)
        self.picture = RedactedPicture()
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.addWidget(self.picture)

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        self.ring(painter)
        painter.end()

    def key(self, event: QKeyEvent) -> None:
        if event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier or event.isAutoRepeat():
            return
        if event.key() in (Qt.Key.Key_Y, Qt.Key.Key_N):
            self.answered.emit(event.key() == Qt.Key.Key_Y)
        elif event.key() == Qt.Key.Key_Escape:
            self.cancelled.emit()


class CapturePane(QFrame):
    """The pages of a scan, and the steps of a capture over them. What was captured is emitted and kept by others."""

    captured = Signal(object, int)  # bytes of a PNG, page from 1
    step_changed = Signal(object)  # Step

    def __init__(self, pages: PageView) -> None:
        super().__init__()
        self._pages = pages
        self.step = Step.READING
        self._page, self._region = 0, QRect()
        self._painted: list[QRect] = []
        self._png = b""
        self.picker = RegionPicker(pages)
        self.paint = PaintOut()
        self.preview = Preview()
        self._build()
        self._connect()
        self._go(Step.READING)

    def _build(self) -> None:
        self._stack = QStackedWidget()
        for part in (self._pages, self.paint, self.preview):
            self._stack.addWidget(part)
        self._heading = label(role="subheading")
        self._fact = label(role="muted")
        self._words = label(wrap=True)
        self._question = label(QUESTION, "strong", wrap=True)
        self._answers = QWidget()
        self._answers.setLayout(row(*(row(_key(key), label(words)) for key, words in ANSWERS), None, spacing=24))
        self._trouble = banner("danger")
        self._back = self._tool("Cancel (Esc)", "quiet")
        self._undo = self._tool("Undo (Ctrl+Z)", "quiet")
        self._on = self._tool("", "primary")
        self._strip = QFrame()
        self._strip.setProperty("kind", "card")
        column = QVBoxLayout(self._strip)
        column.setContentsMargins(16, 10, 12, 10)
        column.setSpacing(6)
        column.addLayout(row(self._heading, None, self._fact))
        column.addWidget(self._question)
        column.addWidget(self._answers)
        column.addWidget(self._words)
        column.addWidget(self._trouble)
        column.addLayout(row(None, self._back, self._undo, self._on))
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self._stack, 1)
        whole.addWidget(self._strip)
        self.setFocusProxy(self._pages)

    def _tool(self, text: str, kind: str) -> QPushButton:
        """For the mouse; the keyboard stays where the keys of the step are."""
        made = button(text, kind)
        made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        return made

    def _connect(self) -> None:
        self._pages.capture_wanted.connect(self.start)
        self.picker.changed.connect(self._tell)
        self.picker.taken.connect(self._take)
        self.paint.changed.connect(self._tell)
        self.paint.done.connect(self._show_preview)
        self.preview.answered.connect(self._answered)
        for part in (self.picker.cancelled, self.paint.cancelled, self.preview.cancelled):
            part.connect(self._cancelled)
        self._back.clicked.connect(self._cancelled)
        self._undo.clicked.connect(self.paint.undo)
        self._on.clicked.connect(self._next)

    # ------------------------------------------------------------------ steps

    def start(self) -> None:
        """Begin with a frame on the page that is seen; a frame that is there gets the keyboard back."""
        if self.step is Step.REGION:
            self.picker.setFocus()
        elif self.step is Step.READING and self._pages.sizes:
            self._go(Step.REGION)
            self.picker.start()

    def cancel(self) -> None:
        """Nothing is kept, and no pixel of it stays."""
        if self.step is Step.READING:
            return
        self._png, self._painted, self._region = b"", [], QRect()
        self.picker.stop()
        self.paint.clear()
        self.preview.picture.clear()
        self._go(Step.READING)

    def _cancelled(self) -> None:
        self.cancel()
        self._pages.setFocus()

    def _next(self) -> None:
        if self.step is Step.REGION:
            self._take()
        elif self.step is Step.PAINT:
            self._show_preview()

    def _take(self) -> None:
        page, region = self.picker.size_of_page, self.picker.region
        try:
            check_region((region.width(), region.height()), (page.width(), page.height()))
        except CaptureRefused as refused:
            self._refuse(refused, self.picker)
            return
        self._page, self._region = self.picker.page, region
        self.picker.stop()
        self._paint_out()

    def _paint_out(self) -> None:
        self.paint.start(self._pages.cut(self._page, self._region), self._painted)
        self._go(Step.PAINT)
        self.paint.setFocus()

    def _show_preview(self) -> None:
        self._painted = list(self.paint.painted)
        try:
            self._png = picture_of(self.paint.region, self._painted)
            self.preview.picture.show_png(self._png, self._page + 1)
        except CaptureRefused as refused:
            self._png = b""
            self._refuse(refused, self.paint)
            return
        self.paint.clear()
        self._go(Step.PREVIEW)
        self.preview.setFocus()
        self.preview.announce(f"{QUESTION} {', '.join(f'{key}: {words}' for key, words in ANSWERS)}.")

    def _answered(self, names_the_patient: bool) -> None:
        if names_the_patient:
            self.preview.picture.clear()
            self._png = b""
            self._paint_out()
        else:
            png, page = self._png, self._page + 1
            self._cancelled()
            self.captured.emit(png, page)

    def _refuse(self, refused: CaptureRefused, step: HeldKeys) -> None:
        words = f"{refused} {refused.remedy}"
        say(self._trouble, words)
        step.announce(words)

    # ------------------------------------------------------------------ the strip

    def _go(self, step: Step) -> None:
        self.step = step
        shown: QWidget = {Step.PAINT: self.paint, Step.PREVIEW: self.preview}.get(step, self._pages)
        self._stack.setCurrentWidget(shown)
        self._strip.setVisible(step is not Step.READING)
        self._heading.setText(step.value)
        self._words.setText(_WORDS[step])
        self._words.setVisible(step is not Step.PREVIEW)
        for part in (self._question, self._answers):
            part.setVisible(step is Step.PREVIEW)
        self._undo.setVisible(step is Step.PAINT)
        self._on.setVisible(step in (Step.REGION, Step.PAINT))
        name = "Take this region (Enter)" if step is Step.REGION else "Show what is kept (Enter)"
        self._on.setText(name)
        self._on.setAccessibleName(name)
        self._tell()
        self.step_changed.emit(step)

    def _tell(self) -> None:
        """What changes with each key: how large the region is, how much is painted out."""
        say(self._trouble, "")
        count = len(self.paint.painted)
        self._undo.setEnabled(bool(count))
        facts = {
            Step.REGION: f"{self.picker.share:.0%} of the page" if not self.picker.region.isNull() else "",
            Step.PAINT: f"{count} painted out",
            Step.PREVIEW: f"{len(self._png) / 1024:.0f} KB, pixels only",
        }
        self._fact.setText(facts.get(self.step, ""))
        too_large = self.step is Step.REGION and not self.picker.region.isNull() and self.picker.share > MOST_SHARE
        dress(self._fact, tone="danger" if too_large else "")


def _key(name: str) -> QLabel:
    made = label(name)
    made.setProperty("kind", "key")
    return made
