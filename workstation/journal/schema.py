"""The journal's tables, step by step: added, never edited, each run in the transaction that records it."""

from __future__ import annotations

from workstation.sealed_db import Connection, migrate

_FIRST = (
    """create table entries(
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
    ) strict""",
    "create index entries_of_user on entries(user, position)",
    """create table checkpoints(
        chain integer not null,
        size integer not null,
        head blob not null,
        body text not null,
        signature blob not null,
        primary key (chain, size)
    ) strict, without rowid""",
    """create table chains(
        chain integer primary key,
        pruned_to integer not null default 0,
        pruned_h blob,
        pruned_signature blob
    ) strict""",
    """create table ratchet(
        only integer primary key check (only = 1),
        chain integer not null,
        key blob not null
    ) strict""",
    "create table open_intents(id text primary key, position integer not null) strict, without rowid",
    """create table uploads(
        id text primary key,
        position integer not null,
        acknowledged_at real,
        receipt text not null default ''
    ) strict, without rowid""",
    "create index uploads_waiting on uploads(position) where acknowledged_at is null",
    """create table coders(
        user text primary key,
        practitioner_id text not null,
        name text not null,
        credential text not null,
        roles text not null
    ) strict, without rowid""",
)

# A million confirmed events are not counted each time the uplink asks; the keyring's mark is known in here too, so
# that a keyring put back is seen; and what could be read of a journal set aside waits here to be sent.
_LARGE = (
    "create table totals(only integer primary key check (only = 1), acknowledged integer not null) strict",
    "insert into totals(only, acknowledged) select 1, count(acknowledged_at) from uploads",
    """create table anchored(
        only integer primary key check (only = 1),
        chain integer not null,
        seq integer not null
    ) strict""",
    """create table salvaged(
        id text not null,
        phase text not null,
        chain integer not null,
        seq integer not null,
        body text not null,
        h blob not null,
        primary key (id, phase)
    ) strict, without rowid""",
    "create table set_aside(name text primary key, events integer not null) strict, without rowid",
)

_WAYPOINTS = (
    """create table waypoints(
        chain integer not null,
        seq integer not null,
        sealed blob not null,
        primary key (chain, seq)
    ) strict, without rowid""",
)

# The server's signed receipts, each for the events it names; and what waits is not counted each time either.
_PROVEN = (
    "create table receipts(number integer primary key, taken_at real not null, jws text not null) strict",
    "alter table uploads add column proof integer",
    "create index uploads_proven on uploads(proof) where proof is not null",
    "alter table totals add column waiting integer not null default 0",
    "update totals set waiting = (select count(*) from uploads where acknowledged_at is null)",
    """create trigger upload_waits after insert on uploads when new.acknowledged_at is null
        begin update totals set waiting = waiting + 1; end""",
    """create trigger upload_came after update of acknowledged_at on uploads
        when old.acknowledged_at is null and new.acknowledged_at is not null
        begin update totals set waiting = waiting - 1; end""",
    """create trigger upload_went after delete on uploads when old.acknowledged_at is null
        begin update totals set waiting = waiting - 1; end""",
)

# What waits is counted in the row each entry writes anyway: one page less in every commit.
_LEANER = (
    "alter table ratchet add column waiting integer not null default 0",
    "update ratchet set waiting = (select waiting from totals)",
    "drop trigger upload_waits",
    "drop trigger upload_came",
    "drop trigger upload_went",
    "alter table totals drop column waiting",
    """create trigger upload_waits after insert on uploads when new.acknowledged_at is null
        begin update ratchet set waiting = waiting + 1; end""",
    """create trigger upload_came after update of acknowledged_at on uploads
        when old.acknowledged_at is null and new.acknowledged_at is not null
        begin update ratchet set waiting = waiting - 1; end""",
    """create trigger upload_went after delete on uploads when old.acknowledged_at is null
        begin update ratchet set waiting = waiting - 1; end""",
)

# What waits and whose trail an entry is on are filed for many entries at once: three pages less in every commit.
_FILED = (
    "alter table ratchet add column filed integer not null default 0",
    "update ratchet set filed = coalesce((select max(position) from entries), 0)",
    """create table trail(
        user text not null,
        position integer not null,
        primary key (user, position)
    ) strict, without rowid""",
    "insert into trail(user, position) select user, position from entries",
    "drop index entries_of_user",
)

STEPS: tuple[tuple[str, ...], ...] = (_FIRST, _LARGE, _WAYPOINTS, _PROVEN, _LEANER, _FILED)


def prepare(connection: Connection) -> None:
    """Bring the journal up to date, or make its tables. Raises CacheTooNew for a later program's."""
    migrate(connection, STEPS)
