"""A redacted picture as it will be sent, shown small enough to fit: no drag, no menu, nothing to copy."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QContextMenuEvent, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.sealed.pixels import shown

_LARGEST = 2.0  # a small region is not blown up further than this


class RedactedPicture(QWidget):
    """Shows a kept PNG, decoded from the very bytes. Raises CaptureRefused for bytes that hold more than pixels."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image = QImage()
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.setAcceptDrops(False)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName("Redacted picture of a scanned page")

    def show_png(self, png: bytes, page: int = 0) -> None:
        """`page` from 1 is said to a screen reader."""
        self._image = shown(png)
        of_page = f" {page}" if page else ""
        self.setAccessibleName(f"Redacted picture of a part of page{of_page}; its text cannot be read out")
        self.updateGeometry()
        self.update()

    def clear(self) -> None:
        self._image = QImage()
        self.updateGeometry()
        self.update()

    @property
    def pixels(self) -> QSize:
        """Of the picture itself; empty when none is shown."""
        return self._image.size()

    def place(self) -> QRect:
        """Where the picture is painted."""
        if self._image.isNull():
            return QRect()
        size = self._image.size()
        scale = min(self.width() / size.width(), self.height() / size.height(), _LARGEST)
        wide, high = max(1, round(size.width() * scale)), max(1, round(size.height() * scale))
        return QRect((self.width() - wide) // 2, (self.height() - high) // 2, wide, high)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        if self._image.isNull():
            return 0
        scale = min(width / self._image.width(), _LARGEST)
        return max(1, round(self._image.height() * scale))

    def sizeHint(self) -> QSize:
        return self._image.size()

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        place = self.place()
        if place.isEmpty():
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(place, self._image)
        painter.setPen(self.palette().mid().color())
        painter.drawRect(place.adjusted(0, 0, -1, -1))
        painter.end()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        event.accept()


__all__ = ["RedactedPicture"]
