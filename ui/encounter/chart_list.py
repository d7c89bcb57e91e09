"""What the chart holds, by kind: unread documents in bold, results, drugs and problems below them."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QTreeWidgetItem

from ui.icons import icon
from ui.sealed.lists import SealedTree
from ui.sealed.tips import plain_tip
from ui.theme import TextRole, Theme
from workstation.domain.encounter import Document, DocumentId, Encounter

_SECTIONS = ("labs", "vitals", "medications", "problems")
_TITLES = {"labs": "Laboratory", "vitals": "Vital signs", "medications": "Medications", "problems": "Problem list"}
_ICONS = {"labs": "flask-conical", "vitals": "heart-pulse", "medications": "pill", "problems": "list"}
#: What a coder reads first, by LOINC type; the rest follow by name.
_ORDER = ("18842-5", "34117-2", "11488-4", "11504-8", "28570-0", "11506-3", "18748-4", "11526-1")
_ROLE = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, slots=True)
class Chosen:
    """A document, or one of the sections labs, vitals, medications, problems."""

    document_id: DocumentId | None = None
    section: str = ""


class ChartList(SealedTree):
    """One click or Enter opens; the order is the one coders read in."""

    opened = Signal(object)  # Chosen

    def __init__(self, theme: Theme) -> None:
        super().__init__("Chart")
        self._theme = theme
        self.setProperty("kind", "side")
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self._by_document: dict[DocumentId, QTreeWidgetItem] = {}
        self._by_section: dict[str, QTreeWidgetItem] = {}
        self._quiet = False
        self.currentItemChanged.connect(self._chosen)

    def show_encounter(self, encounter: Encounter) -> None:
        """Rebuild, keeping what is chosen."""
        held = self.chosen()
        self._quiet = True
        self.clear()
        self._by_document, self._by_section = {}, {}
        for type_code, documents in _grouped(encounter.documents):
            heading = QTreeWidgetItem(self, [_kind_of(documents[0])])
            heading.setFlags(Qt.ItemFlag.ItemIsEnabled)
            heading.setFont(0, self._theme.font(TextRole.CAPTION))
            heading.setForeground(0, self._theme.colour("muted"))
            heading.setData(0, _ROLE + 1, type_code)
            for document in documents:
                self._by_document[document.id] = self._document(heading, document)
            heading.setExpanded(True)
        data = QTreeWidgetItem(self, ["Results and orders"])
        data.setFlags(Qt.ItemFlag.ItemIsEnabled)
        data.setFont(0, self._theme.font(TextRole.CAPTION))
        data.setForeground(0, self._theme.colour("muted"))
        for name in _SECTIONS:
            count = len(getattr(encounter, name))
            line = QTreeWidgetItem(data, [f"{_TITLES[name]}  ({count})"])
            line.setIcon(0, icon(_ICONS[name], self._theme, 16, role="muted"))
            line.setData(0, _ROLE, Chosen(section=name))
            self._by_section[name] = line
        data.setExpanded(True)
        self._quiet = False
        if held is not None:
            self.choose(held, quietly=True)

    def _document(self, heading: QTreeWidgetItem, document: Document) -> QTreeWidgetItem:
        when = f"{document.written_at:%b} {document.written_at.day}" if document.written_at else "no date"
        line = QTreeWidgetItem(heading, [f"{when}  {document.title}"])
        addendum = "Addendum. " if document.appends else ""
        state = "" if document.status == "final" else f" ({document.status})"
        line.setToolTip(0, plain_tip(f"{addendum}{document.title}{state}\n{document.author}"))
        kinds = {"application/pdf": "file", "image/png": "image", "image/jpeg": "image", "image/tiff": "image"}
        picture = "corner-down-right" if document.appends else kinds.get(document.media_type, "file-text")
        line.setIcon(0, icon(picture, self._theme, 16, role="muted"))
        line.setData(0, _ROLE, Chosen(document_id=document.id))
        if document.is_unread:
            line.setFont(0, self._theme.font(TextRole.STRONG))
            line.setForeground(0, self._theme.colour("unread"))
        if not document.is_here:
            line.setText(0, f"{when}  {document.title} (loading)")
        return line

    def mark_read(self, document_id: DocumentId) -> None:
        line = self._by_document.get(document_id)
        if line is not None:
            line.setFont(0, self._theme.font(TextRole.BODY))
            line.setForeground(0, self._theme.colour("text"))

    def chosen(self) -> Chosen | None:
        line = self.currentItem()
        value = line.data(0, _ROLE) if line is not None else None
        return value if isinstance(value, Chosen) else None

    def choose(self, wanted: Chosen, *, quietly: bool = False) -> None:
        """Put the cursor on a document or section; opens it unless `quietly`."""
        line = self._by_section.get(wanted.section)
        if wanted.document_id is not None:
            line = self._by_document.get(wanted.document_id)
        if line is not None:
            self._quiet = quietly
            self.setCurrentItem(line)
            self._quiet = False

    def first_document(self) -> Chosen | None:
        return next((Chosen(document_id=document_id) for document_id in self._by_document), None)

    def step(self, by: int) -> None:
        """To the next or previous document."""
        order = list(self._by_document)
        held = self.chosen()
        at = order.index(held.document_id) if held and held.document_id in self._by_document else -1
        if order:
            self.choose(Chosen(document_id=order[(at + by) % len(order)]))

    def _chosen(self, line: QTreeWidgetItem | None) -> None:
        value = line.data(0, _ROLE) if line is not None else None
        if isinstance(value, Chosen) and not self._quiet:
            self.opened.emit(value)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.text().isalnum() and not event.modifiers():
            event.ignore()  # letters are verbs of the page, not a search in the list
            return
        super().keyPressEvent(event)


def _kind_of(document: Document) -> str:
    """What the server calls this kind; a bare LOINC code tells a coder nothing."""
    return document.type_name if document.type_name != document.type_code else "Other documents"


def _grouped(documents: tuple[Document, ...]) -> list[tuple[str, list[Document]]]:
    groups: dict[str, list[Document]] = {}
    for document in documents:
        groups.setdefault(document.type_code, []).append(document)

    def rank(group: tuple[str, list[Document]]) -> tuple[int, str]:
        code = group[0]
        return (_ORDER.index(code) if code in _ORDER else len(_ORDER), group[1][0].type_name)

    return [
        (code, sorted(group, key=lambda one: (one.written_at is None, one.written_at and one.written_at.timestamp())))
        for code, group in sorted(groups.items(), key=rank)
    ]
