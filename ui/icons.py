"""Icons by name, drawn in a colour of the theme and crisp on any screen."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from ui.theme import RESOURCES, Theme

FOLDER = RESOURCES / "icons"
SIZE = 18
_MADE: dict[int, tuple[str, int, str]] = {}  # by Qt's key of each icon: its name, size and role
_DRAWN: dict[int, tuple[str, int, str]] = {}


def icon(name: str, theme: Theme, size: int = SIZE, *, role: str = "text") -> QIcon:
    """A file of resources/icons in the theme's colour of `role`; paler when disabled."""
    ratio = QGuiApplication.primaryScreen().devicePixelRatio() if QGuiApplication.screens() else 1.0
    made = _icon(name, role, getattr(theme.colours, role), theme.colours.disabled, theme.pixels(size), ratio)
    _MADE[made.cacheKey()] = (name, size, role)
    return made


def pixmap(name: str, theme: Theme, size: int = SIZE, *, role: str = "text") -> QPixmap:
    """The same as a picture, for labels."""
    made = icon(name, theme, size, role=role).pixmap(theme.pixels(size))
    _DRAWN[made.cacheKey()] = (name, size, role)
    return made


def icon_again(made: QIcon, theme: Theme) -> QIcon | None:
    """The same icon under another theme; None for one that was not made here."""
    what = _MADE.get(made.cacheKey())
    return None if what is None else icon(what[0], theme, what[1], role=what[2])


def pixmap_again(made: QPixmap, theme: Theme) -> QPixmap | None:
    """The same picture under another theme; None for one that was not made here."""
    what = _DRAWN.get(made.cacheKey())
    return None if what is None else pixmap(what[0], theme, what[1], role=what[2])


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
def _icon(name: str, role: str, normal: str, disabled: str, size: int, ratio: float) -> QIcon:
    del role  # two roles of one colour may differ in the other theme: each has an icon of its own
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
