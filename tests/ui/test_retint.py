"""A change of look reaches what was made before it: icons of buttons and menus, pictures, rows of trees."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QApplication,
    QLabel,
    QMenu,
    QToolButton,
    QTreeWidgetItem,
)
from pytestqt.qtbot import QtBot

from ui.icons import icon, pixmap
from ui.retint import retint
from ui.sealed.lists import SealedTree
from ui.theme import Theme, apply_theme


@pytest.fixture
def theme(qapp: QApplication) -> Theme:
    return apply_theme(qapp, "light")


def darken(qapp: QApplication, theme: Theme) -> None:
    before = theme.colours
    theme.become(apply_theme(qapp, "dark"))
    retint(before, theme)


def test_buttons_menus_and_pictures_are_drawn_anew(qtbot: QtBot, qapp: QApplication, theme: Theme) -> None:
    tool, menu, picture = QToolButton(), QMenu(), QLabel()
    for part in (tool, menu, picture):
        qtbot.addWidget(part)
    tool.setIcon(icon("lock", theme))
    action = menu.addAction(icon("user", theme, role="muted"), "Sign out")
    picture.setPixmap(pixmap("inbox", theme, 40, role="muted"))
    darken(qapp, theme)
    assert tool.icon().cacheKey() == icon("lock", theme).cacheKey()
    assert action.icon().cacheKey() == icon("user", theme, role="muted").cacheKey()
    assert picture.pixmap().toImage() == pixmap("inbox", theme, 40, role="muted").toImage()
    assert theme.name == "dark"


def test_rows_take_the_colour_of_their_role(qtbot: QtBot, qapp: QApplication, theme: Theme) -> None:
    tree = SealedTree("Documents")
    qtbot.addWidget(tree)
    group = QTreeWidgetItem(tree, ["Progress note"])
    unread = QTreeWidgetItem(group, ["Nov 18"])
    unread.setForeground(0, theme.colour("unread"))
    unread.setIcon(0, icon("file-text", theme, 16, role="muted"))
    foreign = QTreeWidgetItem(group, ["left alone"])
    foreign.setForeground(0, QColor("#123456"))
    darken(qapp, theme)
    assert unread.foreground(0).color() == theme.colour("unread")
    assert unread.icon(0).cacheKey() == icon("file-text", theme, 16, role="muted").cacheKey()
    assert foreign.foreground(0).color() == QColor("#123456")
