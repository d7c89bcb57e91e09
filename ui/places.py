"""Where a window stands: within the screen it is on, and where the other process left it."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

_FRAME = 40  # pixels a title bar and its borders may take


def fit(window: QWidget, width: int, height: int) -> None:
    """The size wanted, or what the screen has."""
    room = QGuiApplication.primaryScreen().availableGeometry()
    window.resize(min(width, room.width()), min(height, room.height() - _FRAME))


def stand(window: QWidget, place: object) -> None:
    """A place as [x, y, width, height]; one that is on no screen any more is left."""
    if isinstance(place, list) and len(place) == 4 and all(isinstance(side, int) for side in place):
        wanted = QRect(*place)
        if any(screen.geometry().intersects(wanted) for screen in QGuiApplication.screens()):
            window.setGeometry(wanted)


def fill(window: QWidget, look: Mapping[str, object]) -> None:
    """The whole screen where policy says so, maximized where the coder left it so, else neither."""
    state = window.windowState() & ~(Qt.WindowState.WindowMaximized | Qt.WindowState.WindowFullScreen)
    if look.get("full_screen") is True:
        state |= Qt.WindowState.WindowFullScreen
    elif look.get("maximized"):
        state |= Qt.WindowState.WindowMaximized
    window.setWindowState(state)
