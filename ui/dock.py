"""What the encounter page asks of the query dock that stands in it; the dock is a screen of its own."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame

from workstation.domain.encounter import DocumentId, Encounter, Passage, Result
from workstation.domain.queries.query import QueryId


class Dock(QFrame):
    """Made by the main page, which knows both screens."""

    closed = Signal()
    jump = Signal(object)  # Passage
    open_document = Signal(str)  # DocumentId
    widened = Signal(bool)  # the preview needs more room

    def show_encounter(self, encounter: Encounter) -> None:
        raise NotImplementedError

    def reload(self) -> None:
        raise NotImplementedError

    def choose(self, query_id: QueryId) -> None:
        raise NotImplementedError

    def add_passage(self, passage: Passage) -> None:
        raise NotImplementedError

    def add_result(self, result: Result, kind: str) -> None:
        raise NotImplementedError

    def add_capture(self, document_id: DocumentId, page: int, png: bytes) -> None:
        raise NotImplementedError

    def forget(self) -> None:
        raise NotImplementedError
