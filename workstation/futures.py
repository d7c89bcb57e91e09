"""Steps in a row without a waiting thread: what is to happen when a future is there."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")
E = TypeVar("E", bound=BaseException)


def then(first: Future[A], step: Callable[[A], Future[B]]) -> Future[B]:
    """The future of `step` applied to the answer of `first`; a failure of either is the failure of the whole.

    `step` runs on the thread that completes `first`, so it only hands work on.
    """
    whole: Future[B] = Future()

    def second_done(second: Future[B]) -> None:
        _settle(whole, second)

    def first_done(done: Future[A]) -> None:
        try:
            second = step(done.result())
        except BaseException as error:  # noqa: BLE001  the future carries it to who asked
            whole.set_exception(error)
        else:
            second.add_done_callback(second_done)

    first.add_done_callback(first_done)
    return whole


def apply(first: Future[A], change: Callable[[A], B]) -> Future[B]:
    """The future of a quick, pure change of an answer."""

    def step(answer: A) -> Future[B]:
        done: Future[B] = Future()
        done.set_result(change(answer))
        return done

    return then(first, step)


def answering(first: Future[A], trouble: type[E], answer: Callable[[E], A]) -> Future[A]:
    """The same future, where one kind of failure is an answer: what rolls a transaction back and tells why."""
    whole: Future[A] = Future()

    def done(finished: Future[A]) -> None:
        error = finished.exception()
        if isinstance(error, trouble):
            whole.set_result(answer(error))
        else:
            _settle(whole, finished)

    first.add_done_callback(done)
    return whole


def _settle(whole: Future[B], done: Future[B]) -> None:
    error = done.exception()
    if error is not None:
        whole.set_exception(error)
    else:
        whole.set_result(done.result())
