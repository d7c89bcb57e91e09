"""Search the whole chart: words, and every line they stand in, document by document."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QToolButton, QTreeWidgetItem, QVBoxLayout, QWidget

from ui.icons import icon
from ui.parts import label, row
from ui.sealed.fields import SealedLine
from ui.sealed.lists import SealedTree
from ui.theme import TextRole, Theme
from workstation.domain.encounter import DocumentId
from workstation.domain.redaction.cover import covered, spans
from workstation.operations.documents import Hit

_ROLE = Qt.ItemDataRole.UserRole
MOST_SHOWN = 400


class HitList(QWidget):
    """Stands where the chart list stands; Escape goes back to it."""

    searched = Signal(str)
    chosen = Signal(object)  # Hit
    closed = Signal()

    def __init__(self, theme: Callable[[], Theme]) -> None:
        super().__init__()
        self._theme = theme
        self._field = SealedLine()
        self._field.setProperty("kind", "search")
        self._field.setPlaceholderText("Search the whole chart")
        self._field.setAccessibleName("Search the whole chart")
        self._field.installEventFilter(self)
        close = QToolButton()
        close.setIcon(icon("x", theme()))
        close.setToolTip("Back to the documents (Escape)")
        close.setAccessibleName("Back to the documents")
        close.clicked.connect(self._close)
        self._count = label(role="muted", wrap=True)
        self._tree = SealedTree("Where the words stand")
        self._tree.setProperty("kind", "side")
        self._tree.currentItemChanged.connect(self._choose)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(8, 8, 4, 0)
        whole.addLayout(row(self._field, close, spacing=4))
        whole.addWidget(self._count)
        whole.addWidget(self._tree, 1)
        self._wait = QTimer(self)  # each search is an audited view: one for the words, not one a letter
        self._wait.setSingleShot(True)
        self._wait.setInterval(450)
        self._wait.timeout.connect(self._search)
        self._field.textChanged.connect(lambda _: self._wait.start())

    def begin(self) -> None:
        self._field.setFocus()
        self._field.selectAll()

    def show_hits(
        self, found: tuple[Hit, ...], words: str, titles: dict[DocumentId, str], known: tuple[str, ...]
    ) -> None:
        """Lines with hits under the documents they stand in, identifiers covered."""
        if words != self._field.text().strip():
            return
        self._tree.clear()
        groups: dict[DocumentId, QTreeWidgetItem] = {}
        for hit in found[:MOST_SHOWN]:
            group = groups.get(hit.document_id)
            if group is None:
                group = QTreeWidgetItem(self._tree, [titles.get(hit.document_id, "Document")])
                group.setFlags(Qt.ItemFlag.ItemIsEnabled)
                group.setFont(0, self._theme().font(TextRole.CAPTION))
                group.setForeground(0, self._theme().colour("muted"))
                groups[hit.document_id] = group
            line = covered(hit.line_text, spans(hit.line_text, known))
            at = max(0, hit.start - hit.line_start - 14)
            shown = " ".join(line[at:].split())
            made = QTreeWidgetItem(group, [("…" if at else "") + shown])
            made.setData(0, _ROLE, hit)
        self._tree.expandAll()
        more = f", the first {MOST_SHOWN} shown" if len(found) > MOST_SHOWN else ""
        self._count.setText(
            f"{len(found)} in {len(groups)} documents{more}"
            if found
            else "Nothing found. Try one word, or part of one. Scanned pages cannot be searched."
        )

    def forget(self) -> None:
        self._wait.stop()
        self._tree.clear()
        self._field.blockSignals(True)
        self._field.clear()
        self._field.blockSignals(False)
        self._count.clear()

    def _search(self) -> None:
        words = self._field.text().strip()
        if len(words) >= 2:
            self.searched.emit(words)

    def _choose(self, line: QTreeWidgetItem | None) -> None:
        hit = line.data(0, _ROLE) if line is not None else None
        if isinstance(hit, Hit):
            self.chosen.emit(hit)

    def _close(self) -> None:
        self.forget()
        self.closed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._field and event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() == Qt.Key.Key_Escape:
                self._close()
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._wait.stop()
                self._search()
                return True
            if event.key() == Qt.Key.Key_Down:
                self._tree.setFocus()
                return True
        return super().eventFilter(watched, event)
