"""A rectangle moved and sized with the arrow keys inside an area, and how it is drawn to be seen on any page."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen

LEAST = 4  # pixels of a side

_INK, _PAPER = QColor(0, 0, 0), QColor(255, 255, 255)


def moved(rect: QRect, by: QPoint, area: QSize) -> QRect:
    """Moved, and stopped at the edges of the area."""
    left = max(0, min(area.width() - rect.width(), rect.left() + by.x()))
    top = max(0, min(area.height() - rect.height(), rect.top() + by.y()))
    return QRect(QPoint(left, top), rect.size())


def sized(rect: QRect, by: QPoint, area: QSize) -> QRect:
    """Its right and lower edges moved; neither out of the area nor to nothing."""
    wide = max(LEAST, min(area.width() - rect.left(), rect.width() + by.x()))
    high = max(LEAST, min(area.height() - rect.top(), rect.height() + by.y()))
    return QRect(rect.topLeft(), QSize(wide, high))


def between(one: QPoint, other: QPoint, area: QSize) -> QRect:
    """From corner to corner, both included, as far as it lies in the area."""
    left, right = sorted((one.x(), other.x()))
    top, bottom = sorted((one.y(), other.y()))
    return QRect(left, top, right - left + 1, bottom - top + 1).intersected(QRect(QPoint(0, 0), area))


def draw(painter: QPainter, rect: QRect, colour: QColor | None = None, *, dashed: bool = False) -> None:
    """Dark with a light line on either side: seen on paper, on a photograph and on black."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    outside = rect.adjusted(-1, -1, 0, 0)
    painter.setPen(QPen(_PAPER, 4, Qt.PenStyle.SolidLine, Qt.PenCapStyle.SquareCap, Qt.PenJoinStyle.MiterJoin))
    painter.drawRect(outside)
    style = Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine
    painter.setPen(QPen(colour or _INK, 2, style, Qt.PenCapStyle.FlatCap, Qt.PenJoinStyle.MiterJoin))
    painter.drawRect(outside)


__all__ = ["LEAST", "between", "draw", "moved", "sized"]
