"""Lists and trees that show chart values: chosen by keyboard and mouse, never copied, edited or dragged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QTreeWidget, QWidget

from ui.sealed.fields import asks_clipboard

if TYPE_CHECKING:
    _View = QAbstractItemView
else:
    _View = object


class _Sealed(_View):
    """What every sealed list has in common. An ordinary one copies the current cell on Ctrl+C."""

    def _seal(self, name: str) -> None:
        self.setAccessibleName(name)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setDragEnabled(False)
        self.setDragDropMode(QAbstractItemView.DragDropMode.NoDragDrop)
        self.setAcceptDrops(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if asks_clipboard(event):
            event.accept()
            return
        super().keyPressEvent(event)


class SealedList(_Sealed, QListView):
    """Lines of a model."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._seal(name)


class SealedTree(_Sealed, QTreeWidget):
    """Lines below headings, without handles to open them."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._seal(name)
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setIndentation(8)


__all__ = ["SealedList", "SealedTree"]
