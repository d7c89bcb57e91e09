"""Brings futures home: an answer computed on another thread reaches its page on the GUI thread, or nobody when it is gone."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from typing import Any, TypeVar
from weakref import WeakMethod, ref

from PySide6.QtCore import QObject, Signal, Slot
from shiboken6 import isValid

from workstation.errors import WorkstationError

T = TypeVar("T")
log = logging.getLogger(__name__)


class Background(QObject):
    """One long-lived object of the GUI thread."""

    _home = Signal(object)

    def __init__(self, on_trouble: Callable[[WorkstationError], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._on_trouble = on_trouble
        self._home.connect(self._run)

    def post(self, work: Callable[[], None]) -> None:
        """Run `work` on the GUI thread soon; may be called from any thread."""
        self._home.emit(work)

    def when_done(
        self,
        future: Future[T],
        then: Callable[[T], None] | None = None,
        failed: Callable[[WorkstationError], None] | None = None,
        *,
        of: QObject | None = None,
    ) -> None:
        """Call `then` with the answer. Trouble of the world goes to `failed`, else to the notices; a bug is raised.

        A bound method of a QObject (or `of`) is held weakly: an answer for a page that was closed is dropped.
        """
        keep = _weak(then)
        keep_failed = _weak(failed)
        owner = ref(of) if of is not None else None

        def home(done: Future[T]) -> None:
            def settle() -> None:
                if owner is not None and not _lives(owner()):
                    return
                try:
                    answer = done.result()
                except CancelledError:
                    return
                except WorkstationError as trouble:
                    call = keep_failed() if keep_failed else self._on_trouble
                    if call is not None and _lives(getattr(call, "__self__", call)):
                        call(trouble)
                    return
                call_then = keep() if keep else None
                if call_then is not None and _lives(getattr(call_then, "__self__", call_then)):
                    call_then(answer)

            self._home.emit(settle)

        future.add_done_callback(home)

    @Slot(object)
    def _run(self, work: Callable[[], None]) -> None:
        work()


def _lives(found: object) -> bool:
    """Whether somebody is there to hear: a widget that Qt has taken away may still have its Python half."""
    return found is not None and (not isinstance(found, QObject) or isValid(found))


def _weak(call: Callable[[Any], None] | None) -> Callable[[], Callable[[Any], None] | None] | None:
    if call is None:
        return None
    if isinstance(getattr(call, "__self__", None), QObject):
        return WeakMethod(call)
    return lambda: call
