"""One letter, on record: the intent before it leaves, the end of the letter and its outcome after."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from workstation.cache import acts, outbox
from workstation.cache.outbox import Outgoing, Post
from workstation.desk import Desk
from workstation.domain.audit import Intent, Outcome
from workstation.errors import MalformedAnswer, ServerBusy
from workstation.sealed_db import Connection
from workstation.sync.waiting import back_off

PATIENCE = 5  # tries until an answer that makes no sense is the coder's to decide upon

Write = Callable[[Connection], None]


@dataclass(frozen=True, slots=True)
class Ended:
    """How a letter ended, what the server said of it, and what to write in the same transaction."""

    state: Post
    answer: dict[str, Any]
    write: Write | None = None


def deliver(desk: Desk, letter: Outgoing, intent: Intent, send: Callable[[], Ended]) -> bool:
    """Send one letter. False when it has to wait. Raises ServerTrouble that concerns all letters.

    An answer that makes no sense says nothing of what became of the letter: it is sent again, which is safe, and
    only a server that goes on so parks it.
    """
    desk.ask(intent).result()
    try:
        ended = send()
        end(desk, letter, ended, intent.id)
    except ServerBusy as busy:
        desk.tell(intent.id, Outcome.ABORTED, f"HTTP {busy.status}")
        _wait(desk, letter, busy.retry_after)
        if busy.status in (429, 503):
            raise
        return False
    except MalformedAnswer as malformed:
        desk.tell(intent.id, Outcome.ABORTED, type(malformed).__name__)
        if letter.attempts < PATIENCE:
            _wait(desk, letter)
            return False
        end(desk, letter, Ended(Post.REFUSED, {"reason": str(malformed)}))
        return True
    except BaseException as error:
        desk.tell(intent.id, Outcome.ABORTED, type(error).__name__)
        raise
    done = ended.state is Post.CONFIRMED
    desk.tell(intent.id, Outcome.DONE if done else Outcome.FAILED, ended.state.value)
    return True


def _wait(desk: Desk, letter: Outgoing, asked: float | None = None) -> None:
    until = desk.now() + back_off(letter.attempts, asked)
    desk.db.write(lambda db: outbox.wait(db, letter.id, until)).result()


def end(desk: Desk, letter: Outgoing, ended: Ended, intent_id: str = "") -> None:
    """Write how a letter ended; without an intent when nothing left for it."""

    def write(db: Connection) -> None:
        now = desk.now()
        outbox.settle(db, letter.id, ended.state, json.dumps(ended.answer, ensure_ascii=False), now)
        if ended.write is not None:
            ended.write(db)
        if intent_id and ended.state is Post.CONFIRMED:
            acts.put(db, intent_id, now)

    desk.db.write(write).result()
