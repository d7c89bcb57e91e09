"""A few at a time: jobs taken one by one by threads that keep their connection, each told of as it ends."""

from __future__ import annotations

import queue
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

J = TypeVar("J")


def side_by_side(
    jobs: Iterable[J], work: Callable[[J], object], at_end: Callable[[], None], at_once: int
) -> Generator[tuple[J, BaseException | None], None, None]:
    """Each job with how it failed, if it did, in the order they end. `at_end` is called by each thread when it is done.

    Whoever stops asking (an exception does) lets no further job begin; those running are waited for.
    """
    waiting = deque(jobs)
    ended: queue.SimpleQueue[tuple[J, BaseException | None]] = queue.SimpleQueue()
    count = len(waiting)

    def run() -> None:
        try:
            while waiting:
                try:
                    job = waiting.popleft()
                except IndexError:  # another thread was quicker
                    return
                try:
                    work(job)
                except BaseException as error:  # noqa: BLE001  it goes to who asked
                    ended.put((job, error))
                else:
                    ended.put((job, None))
        finally:
            at_end()

    with ThreadPoolExecutor(at_once, thread_name_prefix="sync-chart") as pool:
        try:
            for _ in range(min(at_once, count)):
                pool.submit(run)
            for _ in range(count):
                yield ended.get()
        finally:
            waiting.clear()
