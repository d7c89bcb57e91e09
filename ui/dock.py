"""What the encounter page asks of the query dock that stands in it, and what the dock asks of the chart beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtWidgets import QWidget

from workstation.domain.encounter import DocumentId, Encounter, Passage, Result
from workstation.domain.queries.query import QueryId


@dataclass(frozen=True, slots=True)
class Beside:
    """The chart beside the dock: what the dock may ask of it."""

    close: Callable[[], None]  # the coder is done with the dock
    jump: Callable[[Passage], None]
    open_document: Callable[[str], None]
    widen: Callable[[bool], None]  # the preview needs more room


class Dock(Protocol):
    """A screen of its own, made by the main page, which knows both."""

    def as_widget(self) -> QWidget: ...

    def stand_beside(self, chart: Beside) -> None: ...

    def show_encounter(self, encounter: Encounter) -> None: ...

    def reload(self) -> None: ...

    def choose(self, query_id: QueryId) -> None: ...

    def add_passage(self, passage: Passage) -> None: ...

    def add_result(self, result: Result, kind: str) -> None: ...

    def add_capture(self, document_id: DocumentId, page: int, png: bytes) -> None: ...

    def forget(self) -> None: ...
