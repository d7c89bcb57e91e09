"""Icons by name, drawn in a colour of the theme and crisp on any screen."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from ui.theme import RESOURCES, Theme

FOLDER = RESOURCES / "icons"
SIZE = 18


def icon(name: str, theme: Theme, size: int = SIZE, *, role: str = "text") -> QIcon:
    """A file of resources/icons in the theme's colour of `role`; paler when disabled."""
    ratio = QGuiApplication.primaryScreen().devicePixelRatio() if QGuiApplication.screens() else 1.0
    return _icon(name, getattr(theme.colours, role), theme.colours.disabled, theme.pixels(size), ratio)


def pixmap(name: str, theme: Theme, size: int = SIZE, *, role: str = "text") -> QPixmap:
    """The same as a picture, for labels."""
    return icon(name, theme, size, role=role).pixmap(theme.pixels(size))


@cache
def product_icon() -> QIcon:
    """The program's own mark, for windows and the task bar."""
    made = QIcon()
    svg = (FOLDER / "product" / "coder-workstation.svg").read_bytes()
    for size in (16, 24, 32, 48, 64, 128, 256):
        made.addPixmap(_draw(svg, size, 1.0))
    return made


def product_mark(size: int) -> QPixmap:
    """The mark at one size, drawn alone: all seven sizes of the icon cost 2 ms of the first paint."""
    svg = (FOLDER / "product" / "coder-workstation.svg").read_bytes()
    return _draw(svg, size, 2.0)


def names() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in FOLDER.glob("*.svg")))


@cache
def _icon(name: str, normal: str, disabled: str, size: int, ratio: float) -> QIcon:
    svg = (FOLDER / f"{name}.svg").read_bytes()
    made = QIcon()
    for mode, colour in ((QIcon.Mode.Normal, normal), (QIcon.Mode.Disabled, disabled)):
        tinted = svg.replace(b"currentColor", colour.encode())
        for scale in sorted({1.0, 2.0, ratio}):
            made.addPixmap(_draw(tinted, size, scale), mode)
    return made


def _draw(svg: bytes, size: int, ratio: float) -> QPixmap:
    drawn = QPixmap(round(size * ratio), round(size * ratio))
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(QByteArray(svg)).render(painter, QRectF(drawn.rect()))
    painter.end()
    drawn.setDevicePixelRatio(ratio)
    return drawn
