"""A region of a page, and the black rectangles painted over what names the patient, by mouse or by keys."""

from __future__ import annotations

import math

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent

from ui.sealed.frame import between, draw, moved, sized
from ui.sealed.held_keys import ENTER, SHIFT, HeldKeys, is_undo, stepped
from ui.sealed.pixels import FILL

_STEP = 6  # pixels of the screen
_DRAG = 3  # pixels of the screen: less is a click
_MARGIN = 16
_LARGEST = 2.5  # a small region is not blown up further than this


class PaintOut(HeldKeys):
    """Holds the region's pixels as long as this step lasts. Rectangles are in pixels of the region."""

    changed = Signal()
    done = Signal()
    cancelled = Signal()

    def __init__(self) -> None:
        super().__init__("Paint out what names the patient")
        self._image = QImage()
        self.painted: list[QRect] = []
        self.box = QRect()
        self._from: QPoint | None = None
        self._dragged = QRect()
        self.setCursor(Qt.CursorShape.CrossCursor)

    def start(self, region: QImage, painted: list[QRect]) -> None:
        """Show a region; `painted` are the rectangles of a former try."""
        self._image, self.painted = region, list(painted)
        high = max(8, min(region.height(), region.height() // 6))
        self.box = QRect(0, 0, max(8, region.width() // 4), high).intersected(region.rect())
        self._say("")

    def clear(self) -> None:
        """The region's pixels do not outlive the step."""
        self._image, self.painted, self.box, self._from, self._dragged = QImage(), [], QRect(), None, QRect()

    @property
    def region(self) -> QImage:
        return self._image

    def paint_box(self) -> None:
        """Paint the dashed box out."""
        self._add(QRect(self.box))

    def undo(self) -> None:
        """Take the last rectangle away."""
        if self.painted:
            self.painted.pop()
            self._say("The last one is taken away. ")

    def _add(self, rect: QRect) -> None:
        inside = rect.intersected(self._image.rect())
        if not inside.isEmpty():
            self.painted.append(inside)
            self._say("Painted out. ")

    def _say(self, what: str) -> None:
        self.update()
        count = len(self.painted)
        self.announce(f"{what}{count} area{'' if count == 1 else 's'} painted out")
        self.changed.emit()

    # ------------------------------------------------------------------ where things are

    def place(self) -> QRect:
        """Where the region is painted."""
        size = self._image.size()
        if size.isEmpty():
            return QRect()
        room = QSize(max(1, self.width() - 2 * _MARGIN), max(1, self.height() - 2 * _MARGIN))
        scale = min(room.width() / size.width(), room.height() / size.height(), _LARGEST)
        wide, high = max(1, round(size.width() * scale)), max(1, round(size.height() * scale))
        return QRect((self.width() - wide) // 2, (self.height() - high) // 2, wide, high)

    def on_screen(self, rect: QRect) -> QRect:
        """A rectangle of the region as it is painted: never smaller than what it covers."""
        place = self.place()
        scale_x, scale_y = self._scale()
        left, top = math.floor(rect.left() * scale_x), math.floor(rect.top() * scale_y)
        right = math.ceil((rect.left() + rect.width()) * scale_x)
        bottom = math.ceil((rect.top() + rect.height()) * scale_y)
        return QRect(place.left() + left, place.top() + top, right - left, bottom - top)

    def _scale(self) -> tuple[float, float]:
        place, size = self.place(), self._image.size()
        return place.width() / max(size.width(), 1), place.height() / max(size.height(), 1)

    def _of_region(self, one: QPoint, other: QPoint) -> QRect:
        """What lies between two points of the screen, in pixels of the region."""
        seen = between(one - self.place().topLeft(), other - self.place().topLeft(), self.place().size())
        scale_x, scale_y = self._scale()
        left, top = math.floor(seen.left() / scale_x), math.floor(seen.top() / scale_y)
        right = math.ceil((seen.left() + seen.width()) / scale_x)
        bottom = math.ceil((seen.top() + seen.height()) / scale_y)
        return QRect(left, top, right - left, bottom - top)

    # ------------------------------------------------------------------ keys and mouse

    def key(self, event: QKeyEvent) -> None:
        way = stepped(event, max(1, round(_STEP / max(self._scale()[0], 0.01))))
        if way is not None:
            change = sized if event.modifiers() & SHIFT else moved
            self.box = change(self.box, way, self._image.size())
            self.update()
        elif is_undo(event):
            self.undo()
        elif event.key() == Qt.Key.Key_Space:
            self.paint_box()
        elif event.key() in ENTER:
            self.done.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.cancelled.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus()
        if event.button() is Qt.MouseButton.LeftButton and not self._image.isNull():
            self._from = event.position().toPoint()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        if self._from is not None and (at - self._from).manhattanLength() >= _DRAG:
            self._dragged = self._of_region(self._from, at)
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.mouseMoveEvent(event)
        dragged, self._from, self._dragged = self._dragged, None, QRect()
        if not dragged.isEmpty():
            self._add(dragged)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), self.palette().window())
        if not self._image.isNull():
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(self.place(), self._image)
            for rect in (*self.painted, self._dragged):
                if not rect.isEmpty():
                    painter.fillRect(self.on_screen(rect), FILL)
            draw(painter, self.on_screen(self.box), dashed=True)
        self.ring(painter)
        painter.end()
