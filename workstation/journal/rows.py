"""Rows of the journal turned into values."""

from __future__ import annotations

import json
from typing import Any

from workstation.domain.access import Coder
from workstation.domain.audit import Act, Outcome, Subject
from workstation.domain.trail import JournalEntry, Phase
from workstation.journal.chain import body_hash


def entry_from(row: tuple[Any, ...]) -> JournalEntry:
    """An entry from `position, chain, seq, body, h`."""
    position, chain, seq, body, h = row
    body = (
        body if isinstance(body, str) else bytes(body).decode()
    )  # no UTF-8 is a ValueError, as any other text that says nothing
    fields = json.loads(body)
    return JournalEntry(
        id=fields["intent"],
        chain=chain,
        seq=seq,
        position=position,
        time=fields["time"],
        boot=fields["boot"],
        boot_seconds=fields["boottime"],
        session=fields["session"],
        user=fields["user"],
        act=Act(fields["act"]),
        phase=Phase(fields["phase"]),
        outcome=Outcome(fields["outcome"]) if fields["outcome"] else None,
        reason=fields["reason"],
        subject=Subject(**fields["subject"]),
        request_id=fields["request"],
        body_hash=body_hash(body),
        h=h,
    )


def coder_from(row: tuple[Any, ...] | None) -> Coder | None:
    """A coder from `user, practitioner_id, name, credential, roles`."""
    if row is None:
        return None
    user, practitioner_id, name, credential, roles = row
    return Coder(user, practitioner_id, name, credential, frozenset(json.loads(roles)))
