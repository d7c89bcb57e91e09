"""What every page of a desk shares: look, the way home from other threads, notices, and the desk once it is open."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from PySide6.QtCore import QObject

from ui.background import Background
from ui.theme import Theme
from workstation.errors import WorkstationError

if TYPE_CHECKING:
    from workstation.changes import Changes
    from workstation.codebook.book import CodeBook
    from workstation.desk import Desk
    from workstation.link import GuardLink
    from workstation.operations.query_bench import QueryBoard
    from workstation.sync.teaching_bench import TeachingBench

T = TypeVar("T")


class Notices(Protocol):
    """Where a page says something that concerns the whole window."""

    def say(self, text: str, tone: str = "info", *, passing: bool = False) -> None: ...
    def trouble(self, error: WorkstationError) -> None: ...


@dataclass
class Room:
    """One for each desk process. Pages are built in the standby, when `desk` is still None; `enter` comes later."""

    theme: Theme
    background: Background
    notices: Notices
    link: GuardLink
    codebook: CodeBook
    practice: bool = False
    desk: Desk | None = None
    queries: QueryBoard | None = None  # beside the desk, once it is open
    teaching: TeachingBench | None = None  # once there is a wire
    step_up: Callable[[str, Callable[[], None]], None] | None = None  # (what for, go on): asks for a step-up code

    def after_step_up(self, verb: str, go_on: Callable[[], None]) -> None:
        """Do something, after a step-up code where policy wants one."""
        if self.step_up is None:
            raise RuntimeError("a page asked for a step-up code before the desk was unlocked")
        self.step_up(verb, go_on)

    @property
    def open_desk(self) -> Desk:
        """The desk, on pages that only exist once it is open."""
        if self.desk is None:
            raise RuntimeError("a page asked for the desk before it was unlocked")
        return self.desk

    @property
    def query_board(self) -> QueryBoard:
        """What queries are written on, on pages that only exist once the desk is open."""
        if self.queries is None:
            raise RuntimeError("a page asked for the query board before the desk was unlocked")
        return self.queries

    @property
    def teaching_bench(self) -> TeachingBench:
        """Where teaching copies are made, on pages that only exist once the desk is open."""
        if self.teaching is None:
            raise RuntimeError("a page asked for the teaching bench before there was a wire")
        return self.teaching

    def books_ready(self) -> bool:
        """Whether the query packs are read already: reading them on the GUI thread would be felt."""
        return self.queries is not None and self.queries.has_books

    def when_done(
        self,
        future: Future[T],
        then: Callable[[T], None] | None = None,
        failed: Callable[[WorkstationError], None] | None = None,
        *,
        of: QObject | None = None,
    ) -> None:
        """Bring an answer home to the GUI thread; trouble is shown as a notice unless `failed` takes it."""
        self.background.when_done(future, then, failed or self.notices.trouble, of=of)


class Page(Protocol):
    """A screen of the desk."""

    def enter(self) -> None:
        """The desk has been unlocked; `room.desk` is there."""

    def changed(self, changes: Changes) -> None:
        """Something was written: reload what is shown, if it concerns this page."""
