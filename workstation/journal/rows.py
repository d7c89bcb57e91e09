"""The journal's tables, and rows turned into values."""

from __future__ import annotations

import json
from typing import Any

from workstation.domain.access import Coder
from workstation.domain.audit import Act, Outcome, Subject
from workstation.domain.trail import Checkpoint, JournalEntry, Phase
from workstation.errors import CacheTooNew
from workstation.journal.chain import body_hash
from workstation.sealed_db import Connection

SCHEMA_VERSION = 1

_SCHEMA = """
create table entries(
    position integer primary key,
    chain integer not null,
    seq integer not null,
    id text not null,
    phase text not null,
    user text not null,
    body text not null,
    h blob not null,
    mac blob not null,
    unique (chain, seq),
    unique (id, phase)
) strict;
create index entries_of_user on entries(user, position);
create table checkpoints(
    chain integer not null,
    size integer not null,
    head blob not null,
    body text not null,
    signature blob not null,
    primary key (chain, size)
) strict, without rowid;
create table chains(
    chain integer primary key,
    pruned_to integer not null default 0,
    pruned_h blob,
    pruned_signature blob
) strict;
create table ratchet(
    only integer primary key check (only = 1),
    chain integer not null,
    key blob not null
) strict;
create table open_intents(id text primary key, position integer not null) strict, without rowid;
create table uploads(
    id text primary key,
    position integer not null,
    acknowledged_at real,
    receipt text not null default ''
) strict, without rowid;
create index uploads_waiting on uploads(position) where acknowledged_at is null;
create table coders(
    user text primary key,
    practitioner_id text not null,
    name text not null,
    credential text not null,
    roles text not null
) strict, without rowid;
"""


def prepare(connection: Connection) -> None:
    """Make the tables in a new journal. Raises CacheTooNew for a later program's."""
    version = connection.execute("pragma user_version").fetchone()[0]
    if version > SCHEMA_VERSION:
        raise CacheTooNew
    if version == SCHEMA_VERSION:
        return
    connection.execute("begin immediate")
    for statement in _SCHEMA.split(";"):
        if statement.strip():
            connection.execute(statement)
    connection.execute(f"pragma user_version = {SCHEMA_VERSION:d}")
    connection.execute("commit")


def entry_from(row: tuple[Any, ...]) -> JournalEntry:
    """An entry from `position, chain, seq, body, h`."""
    position, chain, seq, body, h = row
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


def checkpoint_from(row: tuple[Any, ...] | None) -> Checkpoint | None:
    """A checkpoint from `chain, size, head, body, signature`."""
    return None if row is None else Checkpoint(*row)


def coder_from(row: tuple[Any, ...] | None) -> Coder | None:
    """A coder from `user, practitioner_id, name, credential, roles`."""
    if row is None:
        return None
    user, practitioner_id, name, credential, roles = row
    return Coder(user, practitioner_id, name, credential, frozenset(json.loads(roles)))
