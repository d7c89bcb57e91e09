"""A coder's own codes: favourites, those used lately, and which of them October changes."""

from __future__ import annotations

import json
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import date, timedelta

from workstation.cache import facts, recent_codes
from workstation.codebook.book import CodeBook
from workstation.desk import Desk
from workstation.domain.codes import Code, CodeFacts, CodeState, CodeSystem
from workstation.sealed_db import Connection

_FAVOURITES = "favourite-codes"
_QUARTER = timedelta(days=92)
MOST_FAVOURITES = 100


@dataclass(frozen=True, slots=True)
class OwnCode:
    """A code of the coder's own, and whether they starred it."""

    code: Code
    title: str
    is_favourite: bool


@dataclass(frozen=True, slots=True)
class Changed:
    """A code used lately that is no full code any more from a day on, or has another title then."""

    before: CodeFacts
    after: CodeFacts
    uses: int


def own_codes(desk: Desk, limit: int = 40) -> Future[tuple[OwnCode, ...]]:
    """Favourites in the order they were starred, then what was used lately."""

    def read(db: Connection) -> tuple[OwnCode, ...]:
        starred = _favourites(db)
        codes = {code for code, _ in starred}
        used = (pair for pair in recent_codes.latest(db, limit) if pair[0] not in codes)
        return (*(OwnCode(*pair, True) for pair in starred), *(OwnCode(*pair, False) for pair in used))

    return desk.db.read(read)


def toggle_favourite(desk: Desk, code: Code, title: str) -> Future[bool]:
    """Star a code or take its star away; whether it is one now. Not audited: no patient is involved."""

    def write(db: Connection) -> bool:
        held = [pair for pair in _favourites(db) if pair[0] != code]
        is_new = len(held) == len(_favourites(db))
        if is_new:
            held = [*held, (code, title)][-MOST_FAVOURITES:]
        facts.put(db, _FAVOURITES, json.dumps([[c.system.value, c.value, t] for c, t in held]))
        return is_new

    return desk.db.write(write)


def changed_codes(desk: Desk, book: CodeBook, change: date) -> Future[tuple[Changed, ...]]:
    """Of the codes this coder used in the quarter before today, those that a day changes; the most used first."""

    def read(db: Connection) -> tuple[Changed, ...]:
        since = desk.now() - _QUARTER
        found: list[Changed] = []
        for code, uses in recent_codes.used_since(db, since):
            before, after = book.look_up(code, change - timedelta(days=1)), book.look_up(code, change)
            if before.state is CodeState.VALID and after.state is not CodeState.VALID:
                found.append(Changed(before, after, uses))
        return tuple(sorted(found, key=lambda c: (-c.uses, c.before.code.value)))

    return desk.db.read(read)


def next_change(today: date) -> date:
    """The October 1 that concerns a coder now: the last one until spring, then the next."""
    return date(today.year - (today.month < 4), 10, 1)


def _favourites(db: Connection) -> tuple[tuple[Code, str], ...]:
    text = facts.get(db, _FAVOURITES)
    return tuple((Code(CodeSystem(system), value), title) for system, value, title in json.loads(text)) if text else ()
