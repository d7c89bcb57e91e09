"""The frame over a scanned page that chooses what is captured: dragged with the mouse, or moved and sized by keys."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPalette

from ui.sealed.frame import between, draw, moved, sized
from ui.sealed.held_keys import ENTER, SHIFT, HeldKeys, stepped
from ui.sealed.images import PageView
from workstation.domain.capture import MOST_SHARE, share

_STEP = 8  # pixels of the screen
_DRAG = 6  # pixels of the screen: less is a click
_DIMMED = QColor(0, 0, 0, 120)


class RegionPicker(HeldKeys):
    """Lies over the pages, which go on scrolling and zooming below it. The region is in pixels of its page."""

    changed = Signal()
    taken = Signal()
    cancelled = Signal()

    def __init__(self, pages: PageView) -> None:
        super().__init__("Region to capture", pages.viewport())
        self._pages = pages
        self.page = 0
        self.region = QRect()
        self._from: tuple[int, QPoint] | None = None  # page, and the point of the viewport
        self.setCursor(Qt.CursorShape.CrossCursor)
        pages.viewport().installEventFilter(self)
        for bar in (pages.verticalScrollBar(), pages.horizontalScrollBar()):
            bar.valueChanged.connect(self.update)
        pages.zoomed.connect(self.update)
        self.hide()

    @property
    def size_of_page(self) -> QSize:
        return self._pages.sizes[self.page]

    @property
    def share(self) -> float:
        """Of the page's area."""
        whole = self.size_of_page
        return share((self.region.width(), self.region.height()), (whole.width(), whole.height()))

    def start(self) -> None:
        """A frame in the middle of what is seen."""
        self.page = self._pages.page_seen()
        place, page = self._place(), self.size_of_page
        seen = place.intersected(self._pages.viewport().rect())
        zoom = self._pages.zoom
        wide = round(min(seen.width() * 0.96 / zoom, page.width()))
        high = round(min(seen.height() * 0.25 / zoom, page.height() * 0.25))
        middle = (seen.center() - place.topLeft()) / zoom
        corner = QPoint(middle.x() - wide // 2, middle.y() - high // 2)
        self.region = moved(QRect(QPoint(0, 0), QSize(wide, high)), corner, page)
        self.setGeometry(self._pages.viewport().rect())
        self.show()
        self.raise_()
        self.setFocus()
        self._tell()

    def stop(self) -> None:
        self.hide()
        self.region, self._from = QRect(), None

    def on_screen(self) -> QRect:
        """The frame in pixels of the viewport."""
        zoom, corner = self._pages.zoom, self._place().topLeft()
        size = QSize(round(self.region.width() * zoom), round(self.region.height() * zoom))
        return QRect(corner + self.region.topLeft() * zoom, size)

    def _place(self) -> QRect:
        return self._pages.on_screen()[self.page]

    def _set(self, region: QRect) -> None:
        if region != self.region:
            self.region = region
            self._tell()

    def _tell(self) -> None:
        self.update()
        page, region = self.size_of_page, self.region
        across = f"{region.left() / page.width():.0%} from the left, {region.top() / page.height():.0%} from the top"
        self.announce(f"{self.share:.0%} of page {self.page + 1}, {across}")
        self.changed.emit()

    # ------------------------------------------------------------------ keys

    def key(self, event: QKeyEvent) -> None:
        way = stepped(event, max(1, round(_STEP / self._pages.zoom)))
        if way is not None:
            change = sized if event.modifiers() & SHIFT else moved
            self._set(change(self.region, way, self.size_of_page))
            self._pages.reveal(self.page, self.region)
            return
        match event.key():
            case Qt.Key.Key_Escape:
                self.cancelled.emit()
            case key if key in ENTER:
                self.taken.emit()
            case Qt.Key.Key_PageDown | Qt.Key.Key_PageUp:
                self._turn(1 if event.key() == Qt.Key.Key_PageDown else -1)
            case Qt.Key.Key_Plus | Qt.Key.Key_Equal:
                self._pages.zoom_by(1)
            case Qt.Key.Key_Minus:
                self._pages.zoom_by(-1)
            case Qt.Key.Key_0:
                self._pages.fit_width()

    def _turn(self, by: int) -> None:
        """The same place on the next page, as far as that has it."""
        self.page = max(0, min(len(self._pages.sizes) - 1, self.page + by))
        page = self.size_of_page
        self.region = moved(QRect(self.region.topLeft(), self.region.size().boundedTo(page)), QPoint(0, 0), page)
        self._pages.reveal(self.page, self.region)
        self._tell()

    # ------------------------------------------------------------------ mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus()
        at = event.position().toPoint()
        pages = [page for page, rect in enumerate(self._pages.on_screen()) if rect.contains(at)]
        if event.button() is Qt.MouseButton.LeftButton and pages:
            self._from = pages[0], at

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        if self._from is None or (at - self._from[1]).manhattanLength() < _DRAG:
            return
        page, began = self._from
        corner, zoom = self._pages.on_screen()[page].topLeft(), self._pages.zoom
        region = between((began - corner) / zoom, (at - corner) / zoom, self._pages.sizes[page])
        if not region.isEmpty():
            self.page = page
            self._set(region)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.mouseMoveEvent(event)
        self._from = None

    # ------------------------------------------------------------------ look

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        frame = self.on_screen()
        painter.setClipRegion(event.region().subtracted(frame))
        painter.fillRect(event.rect(), _DIMMED)
        painter.setClipping(False)
        too_large = self.share > MOST_SHARE
        draw(painter, frame, self.palette().color(QPalette.ColorRole.BrightText) if too_large else None)
        self.ring(painter)
        painter.end()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Resize and watched is self.parent():
            self.setGeometry(self._pages.viewport().rect())
        return False
