"""A new theme for what was made under the old one: icons, pictures of labels, and the rows of trees."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QBrush, QColor
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QLabel,
    QTreeWidgetItem,
    QTreeWidgetItemIterator,
    QWidget,
)

from ui.colours import Colours
from ui.icons import icon_again, pixmap_again
from ui.sealed.lists import SealedTree
from ui.theme import Theme


def retint(before: Colours, theme: Theme) -> None:
    """Every widget there is. What asks the theme while it paints needs nothing of this, nor what the stylesheet dresses."""
    anew = _colours(before, theme.colours)
    for widget in QApplication.allWidgets():
        _pictures(widget, theme)
        if isinstance(widget, SealedTree):
            _tree(widget, theme, anew)
        widget.update()


def _pictures(widget: QWidget, theme: Theme) -> None:
    if isinstance(widget, QAbstractButton):
        again = icon_again(widget.icon(), theme)
        if again is not None:
            widget.setIcon(again)
    elif isinstance(widget, QLabel):
        picture = pixmap_again(widget.pixmap(), theme)
        if picture is not None:
            widget.setPixmap(picture)
    for action in widget.actions():
        again = icon_again(action.icon(), theme)
        if again is not None:
            action.setIcon(again)


def _tree(tree: SealedTree, theme: Theme, anew: Callable[[QColor], QColor | None]) -> None:
    rows = QTreeWidgetItemIterator(tree)
    while (item := rows.value()) is not None:
        for column in range(tree.columnCount()):
            _cell(item, column, theme, anew)
        rows += 1


def _cell(item: QTreeWidgetItem, column: int, theme: Theme, anew: Callable[[QColor], QColor | None]) -> None:
    again = icon_again(item.icon(column), theme)
    if again is not None:
        item.setIcon(column, again)
    colour = anew(item.foreground(column).color()) if item.foreground(column) != QBrush() else None
    if colour is not None:
        item.setForeground(column, colour)


def _colours(before: Colours, after: Colours) -> Callable[[QColor], QColor | None]:
    """From a colour of the old theme to that of the same role in the new one; the first role of its colour decides."""
    known: dict[str, str] = {}
    for role, colour in before._asdict().items():
        known.setdefault(QColor(colour).name(QColor.NameFormat.HexArgb), getattr(after, role))

    def anew(colour: QColor) -> QColor | None:
        found = known.get(colour.name(QColor.NameFormat.HexArgb))
        return None if found is None else QColor(found)

    return anew
