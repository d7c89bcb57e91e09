"""Scanned pages and PDF, painted page by page with zoom; pages are drawn when they are seen and forgotten after."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QImageReader, QKeyEvent, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from workstation.errors import DocumentUnreadable

if TYPE_CHECKING:
    import pypdfium2

GAP = 12
MOST_PAGES = 2_000
LARGEST_SIDE = 12_000  # pixels: a larger scan is refused before it is decoded
ZOOMS = (0.25, 0.33, 0.5, 0.67, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0, 4.0)


class Pages(Protocol):
    """A document of pages. Sizes are in pixels at 100 %; at the scale `fine` a page shows all it has."""

    fine: float

    @property
    def sizes(self) -> tuple[QSize, ...]: ...

    def draw(self, page: int, scale: float) -> QImage: ...
    def close(self) -> None: ...


class ImagePages:
    """One scanned page. Raises DocumentUnreadable when Qt cannot read it or it is larger than any scan."""

    fine = 1.0

    def __init__(self, body: bytes) -> None:
        buffer = QBuffer()
        buffer.setData(QByteArray(body))
        buffer.open(QIODevice.OpenModeFlag.ReadOnly)
        reader = QImageReader(buffer)
        reader.setAutoTransform(True)
        size = reader.size()
        if max(size.width(), size.height()) > LARGEST_SIDE:
            raise DocumentUnreadable(f"The image is {size.width()} by {size.height()} pixels, more than can be shown.")
        self._image = reader.read()
        if self._image.isNull():
            raise DocumentUnreadable("The image is damaged or of an unknown kind.")
        self.sizes = (self._image.size(),)

    def draw(self, page: int, scale: float) -> QImage:
        del page
        return self._image.scaled(
            self._image.size() * scale,
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )

    def close(self) -> None:
        self._image = QImage()


class PdfPages:
    """A PDF, drawn by PDFium; scripts, forms and links in it do nothing. Raises DocumentUnreadable."""

    _PIXELS_A_POINT = 96 / 72
    fine = 150 / 96  # 150 dots an inch: a fax reads well, and a third of a page stays small

    def __init__(self, body: bytes) -> None:
        import pypdfium2  # 40 ms that most encounters never need

        try:
            self._pdf: pypdfium2.PdfDocument = pypdfium2.PdfDocument(body)
            count = len(self._pdf)
            points = [self._pdf.get_page_size(page) for page in range(min(count, MOST_PAGES))]
        except pypdfium2.PdfiumError:
            raise DocumentUnreadable("The PDF is damaged or protected by a password.") from None
        if count > MOST_PAGES or count == 0:
            raise DocumentUnreadable(f"The PDF has {count} pages.")
        self.sizes = tuple(
            QSize(round(wide * self._PIXELS_A_POINT), round(high * self._PIXELS_A_POINT)) for wide, high in points
        )

    def draw(self, page: int, scale: float) -> QImage:
        leaf = self._pdf[page]
        try:
            bitmap = leaf.render(scale=scale * self._PIXELS_A_POINT, rev_byteorder=False, prefer_bgrx=True)
            drawn = QImage(
                bytes(bitmap.buffer), bitmap.width, bitmap.height, bitmap.stride, QImage.Format.Format_RGB32
            ).copy()
            bitmap.close()
        finally:
            leaf.close()
        return drawn

    def close(self) -> None:
        self._pdf.close()


class PageView(QAbstractScrollArea):
    """Pages below each other. Plus, minus and 0 zoom; Ctrl and the wheel too. X asks for a capture."""

    zoomed = Signal(int)  # percent
    capture_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pages: Pages | None = None
        self._zoom = 1.0
        self._fits = True
        self._drawn: OrderedDict[tuple[int, int], QImage] = OrderedDict()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.setAccessibleName("Scanned pages")
        self.verticalScrollBar().setSingleStep(40)
        self.horizontalScrollBar().setSingleStep(40)

    def show_pages(self, pages: Pages) -> None:
        """Show a document fitted to the width."""
        self.clear()
        self._pages = pages
        self._fits = True
        self._fit()
        self.verticalScrollBar().setValue(0)
        self.setAccessibleDescription(f"{len(pages.sizes)} scanned pages; their text cannot be read out")

    def clear(self) -> None:
        if self._pages is not None:
            self._pages.close()
        self._pages = None
        self._drawn.clear()
        self.viewport().update()

    # ------------------------------------------------------------------ pages on the screen

    @property
    def zoom(self) -> float:
        """Pixels of the screen for one of a page at 100 %."""
        return self._zoom

    @property
    def sizes(self) -> tuple[QSize, ...]:
        """Of the pages, in pixels at 100 %; empty when no document is shown."""
        return self._pages.sizes if self._pages is not None else ()

    def on_screen(self) -> list[QRect]:
        """Where each page lies in the viewport, seen or not."""
        offset = QPoint(self.horizontalScrollBar().value(), self.verticalScrollBar().value())
        return [rect.translated(-offset) for rect in self._rects()]

    def page_seen(self) -> int:
        """The page most of the viewport shows."""
        seen = [rect.intersected(self.viewport().rect()) for rect in self.on_screen()]
        return max(range(len(seen)), key=lambda page: seen[page].height(), default=0)

    def reveal(self, page: int, part: QRect) -> None:
        """Scroll as little as shows a part of a page, given in the page's pixels."""
        rect = self._rects()[page]
        wanted = (
            (self.verticalScrollBar(), rect.top(), part.top(), part.height(), self.viewport().height()),
            (self.horizontalScrollBar(), rect.left(), part.left(), part.width(), self.viewport().width()),
        )
        for bar, edge, at, long, room in wanted:
            first, last = edge + at * self._zoom - GAP, edge + (at + long) * self._zoom + GAP
            bar.setValue(round(max(min(bar.value(), first), min(last - room, first))))

    def cut(self, page: int, part: QRect) -> QImage:
        """A part of a page in all the pixels it has; null when no document is shown."""
        if self._pages is None:
            return QImage()
        fine = self._pages.fine
        return self._pages.draw(page, fine).copy(
            round(part.left() * fine), round(part.top() * fine),
            max(1, round(part.width() * fine)), max(1, round(part.height() * fine)),
        )  # fmt: skip

    # ------------------------------------------------------------------ zoom

    def zoom_by(self, steps: int) -> None:
        """To the next larger or smaller step."""
        nearest = min(range(len(ZOOMS)), key=lambda at: abs(ZOOMS[at] - self._zoom))
        self._fits = False
        self._set_zoom(ZOOMS[max(0, min(len(ZOOMS) - 1, nearest + steps))])

    def fit_width(self) -> None:
        self._fits = True
        self._fit()

    def _fit(self) -> None:
        if self._pages is not None and self._pages.sizes:
            widest = max(size.width() for size in self._pages.sizes)
            self._set_zoom(max(0.1, min(2.0, (self.viewport().width() - 2 * GAP) / max(widest, 1))))

    def _set_zoom(self, zoom: float) -> None:
        middle = (self.verticalScrollBar().value() + self.viewport().height() / 2) / self._zoom
        self._zoom = zoom
        self._drawn.clear()
        self._bound()
        self.verticalScrollBar().setValue(round(middle * zoom - self.viewport().height() / 2))
        self.zoomed.emit(round(zoom * 100))
        self.viewport().update()

    def _rects(self) -> list[QRect]:
        rects, y = [], GAP
        width = self.viewport().width()
        for size in self._pages.sizes if self._pages else ():
            wide, high = round(size.width() * self._zoom), round(size.height() * self._zoom)
            rects.append(QRect(max(GAP, (width - wide) // 2), y, wide, high))
            y += high + GAP
        return rects

    def _bound(self) -> None:
        rects = self._rects()
        high = rects[-1].bottom() + GAP if rects else 0
        wide = max((rect.width() for rect in rects), default=0) + 2 * GAP
        self.verticalScrollBar().setRange(0, max(0, high - self.viewport().height()))
        self.verticalScrollBar().setPageStep(self.viewport().height())
        self.horizontalScrollBar().setRange(0, max(0, wide - self.viewport().width()))
        self.horizontalScrollBar().setPageStep(self.viewport().width())

    def _image(self, page: int) -> QImage:
        ratio = self.devicePixelRatioF()
        key = (page, round(self._zoom * ratio * 1000))
        found = self._drawn.get(key)
        if found is None and self._pages is not None:
            found = self._pages.draw(page, self._zoom * ratio)
            self._drawn[key] = found
            while len(self._drawn) > 6:
                self._drawn.popitem(last=False)
        return found or QImage()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), self.palette().window())
        offset_x, offset_y = self.horizontalScrollBar().value(), self.verticalScrollBar().value()
        for page, rect in enumerate(self._rects()):
            shown = rect.translated(-offset_x, -offset_y)
            if shown.intersects(self.viewport().rect()):
                painter.fillRect(shown, QColor("white"))
                painter.drawImage(shown, self._image(page))
                painter.setPen(self.palette().mid().color())
                painter.drawRect(shown)
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._fits:
            self._fit()
        self._bound()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom_by(1 if event.angleDelta().y() > 0 else -1)
        else:
            super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        bar, page = self.verticalScrollBar(), self.viewport().height() - 40
        match event.key():
            case Qt.Key.Key_Plus | Qt.Key.Key_Equal:
                self.zoom_by(1)
            case Qt.Key.Key_Minus:
                self.zoom_by(-1)
            case Qt.Key.Key_0:
                self.fit_width()
            case Qt.Key.Key_X if not event.modifiers():
                self.capture_wanted.emit()
            case Qt.Key.Key_PageDown | Qt.Key.Key_Space:
                bar.setValue(bar.value() + page)
            case Qt.Key.Key_PageUp:
                bar.setValue(bar.value() - page)
            case Qt.Key.Key_Home:
                bar.setValue(0)
            case Qt.Key.Key_End:
                bar.setValue(bar.maximum())
            case _:
                super().keyPressEvent(event)
