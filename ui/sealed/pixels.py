"""From a region of a page to the PNG that may be kept: rectangles filled in its pixels, then read back and compared."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRect, QSize, Qt
from PySide6.QtGui import QColor, QImage, QImageReader, QImageWriter, QPainter

from workstation.domain.capture import MOST_BYTES, MOST_PIXELS, examine, stripped
from workstation.errors import CaptureRefused

FILL = QColor(0, 0, 0)
_GREY, _COLOURED = QImage.Format.Format_Grayscale8, QImage.Format.Format_RGB32
_FEW_GREYS = bytes(round(shade / 17) * 17 for shade in range(256))  # 16 of them; black stays black, white white
_STEP = 0.95  # each try to get under the cap has at most this much of the width and height before
_LEAST_SCALE = 0.15


def picture_of(region: QImage, painted: Sequence[QRect]) -> bytes:
    """The PNG of a region with rectangles of it painted out. Raises CaptureRefused when it cannot be made small enough.

    Colour is given up before shades of grey, and these before size: a handwritten word needs its resolution most.
    """
    scale = min(1.0, math.sqrt(MOST_PIXELS / max(region.width() * region.height(), 1)))
    whole = _filled(region, painted, _GREY if region.isGrayscale() else _COLOURED, scale)
    for plainer in (_as_it_is, _in_grey, _in_few_greys):
        whole = plainer(whole)
        png = _encoded(whole)
        if len(png) <= MOST_BYTES:
            return _proved(png, region.size(), painted)
    while (scale := scale * min(_STEP, math.sqrt(MOST_BYTES / len(png)))) >= _LEAST_SCALE:
        png = _encoded(_in_few_greys(_filled(region, painted, _GREY, scale)))
        if len(png) <= MOST_BYTES:
            return _proved(png, region.size(), painted)
    raise CaptureRefused("Its picture is too large to be kept, even when it is made smaller.")


def shown(png: bytes) -> QImage:
    """The picture of a PNG, decoded from its bytes. Raises CaptureRefused when it holds more than pixels."""
    examine(png)
    return _decoded(png)


def within(rect: QRect, scale_x: float, scale_y: float) -> QRect:
    """A rectangle in a picture of another size: every pixel it touches there."""
    left, top = math.floor(rect.left() * scale_x), math.floor(rect.top() * scale_y)
    right = math.ceil((rect.left() + rect.width()) * scale_x)
    bottom = math.ceil((rect.top() + rect.height()) * scale_y)
    return QRect(left, top, right - left, bottom - top)


def _filled(region: QImage, painted: Sequence[QRect], form: QImage.Format, scale: float) -> QImage:
    """New pixels: the region's with the rectangles filled. Nothing else the page's image carries is taken over.

    Filled before it is made smaller, so that no pixel of a neighbour holds anything of what was there; and after, for
    the edges between two pixels.
    """
    whole = _painted(region, painted, form)
    if scale >= 1.0:
        return whole
    size = QSize(max(1, int(region.width() * scale)), max(1, int(region.height() * scale)))
    smaller = whole.scaled(size, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation)
    ratio = size.width() / region.width(), size.height() / region.height()
    return _painted(smaller, [within(rect, *ratio) for rect in painted], form)


def _painted(image: QImage, rects: Sequence[QRect], form: QImage.Format) -> QImage:
    made = QImage(image.size(), form)
    made.fill(Qt.GlobalColor.white)  # under a transparent scan lies paper
    painter = QPainter(made)
    painter.drawImage(made.rect(), image, image.rect())
    for rect in rects:
        painter.fillRect(rect, FILL)
    painter.end()
    return made


def _as_it_is(image: QImage) -> QImage:
    return image


def _in_grey(image: QImage) -> QImage:
    return image.convertToFormat(_GREY)


def _in_few_greys(image: QImage) -> QImage:
    """The noise of a scanner goes with the shades between, and half of the bytes with it."""
    shades = bytes(image.constBits()).translate(_FEW_GREYS)
    return QImage(shades, image.width(), image.height(), image.bytesPerLine(), _GREY).copy()


def _encoded(image: QImage) -> bytes:
    body = QByteArray()
    buffer = QBuffer(body)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QImageWriter(buffer, QByteArray(b"png"))
    writer.setCompression(40)
    if not writer.write(image):
        raise CaptureRefused("The picture could not be made.")
    buffer.close()
    return stripped(bytes(body.data()))  # Qt writes the resolution of the screen beside the pixels


def _decoded(png: bytes) -> QImage:
    body = QByteArray(png)
    buffer = QBuffer(body)
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    image = QImageReader(buffer, QByteArray(b"png")).read()
    if image.isNull():
        raise CaptureRefused("The picture is damaged.")
    return image


def _proved(png: bytes, region: QSize, painted: Sequence[QRect]) -> bytes:
    """Read the bytes back: every pixel of every painted rectangle is the fill. Raises CaptureRefused."""
    image = shown(png).convertToFormat(QImage.Format.Format_RGB32)
    ratio = image.width() / region.width(), image.height() / region.height()
    for rect in painted:
        inside = within(rect, *ratio).intersected(image.rect())
        if inside.isEmpty():
            continue
        black = QImage(inside.size(), QImage.Format.Format_RGB32)
        black.fill(FILL)
        if image.copy(inside) != black:
            raise CaptureRefused("Something is left under a painted area, so the picture was thrown away.")
    return png
