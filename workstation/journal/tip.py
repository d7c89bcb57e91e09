"""The tip of the chain: what the next entry is linked to and authenticated with. It moves when an entry is durable."""

from __future__ import annotations

from typing import Any

from workstation.domain.audit import Act, Outcome, Subject
from workstation.domain.trail import Head, JournalEntry, Phase
from workstation.journal import chain as links
from workstation.journal.needs import JournalClock
from workstation.sealed_db import Connection

LONGEST_REASON = 200


class Tip:
    """Belongs to the journal's thread. What a transaction adds is kept apart until it is committed."""

    def __init__(self, device: str, session: str, clock: JournalClock) -> None:
        self._device, self._session, self._clock = device, session, clock
        self.head = Head(0, 0, b"")
        self.latest_time = 0.0
        self._boot = clock.boot_id()  # no process outlives its boot
        self._position = 0
        self._key = bytearray()
        self._next: tuple[Head, bytearray, int] | None = None

    def begin_chain(self, connection: Connection, chain: int, seed: bytes | bytearray) -> None:
        """Inside a transaction."""
        key = links.first_key(seed, chain)
        connection.execute("insert into chains(chain) values (?)", (chain,))
        connection.execute(
            "insert into ratchet(only, chain, key) values (1, ?, ?) "
            "on conflict (only) do update set chain = excluded.chain, key = excluded.key",
            (chain, bytes(key)),
        )
        self.head, self._key = Head(chain, 0, links.genesis(self._device, chain)), key
        self._load_latest(connection)

    def resume(self, connection: Connection, chain: int) -> None:
        row = connection.execute(
            "select seq, h from entries where chain = ? order by seq desc limit 1", (chain,)
        ).fetchone()
        seq, h = row if row is not None else (0, links.genesis(self._device, chain))
        self.head = Head(chain, seq, h)
        self._key = bytearray(connection.execute("select key from ratchet").fetchone()[0])
        self._load_latest(connection)

    def _load_latest(self, connection: Connection) -> None:
        position, latest = connection.execute(
            "select max(position), max(case when json_valid(body) then json_extract(body, '$.time') end) from "
            "(select position, body from entries order by position desc limit 1000)"
        ).fetchone()
        self._position, self.latest_time = position or 0, latest or 0.0

    def add(
        self,
        connection: Connection,
        *,
        user: str,
        act: Act,
        phase: Phase,
        outcome: Outcome | None,
        intent_id: str,
        reason: str,
        subject: Subject,
        request_id: str,
    ) -> JournalEntry:
        """Chain one entry inside the present transaction."""
        seq = self.head.seq + 1
        fields: dict[str, Any] = {
            "device": self._device,
            "chain": self.head.chain,
            "seq": seq,
            "boot": self._boot,
            "boottime": round(self._clock.boot(), 3),
            "session": self._session,
            "time": round(self._clock.wall(), 3),
            "user": user,
            "act": act.value,
            "phase": phase.value,
            "intent": intent_id,
            "outcome": outcome.value if outcome else "",
            "reason": reason[:LONGEST_REASON],
            "subject": _subject(subject),
            "request": request_id,
        }
        body = links.canonical(fields)
        body_hash = links.body_hash(body)
        h = links.link(self.head.h, seq, body_hash)
        position = self._position + 1
        values = (position, self.head.chain, seq, intent_id, phase.value, user, body, h, links.mac(self._key, h))
        connection.execute(
            "insert into entries(position, chain, seq, id, phase, user, body, h, mac) "
            "values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            values,
        )
        key = links.next_key(self._key)
        connection.execute("update ratchet set key = ?", (bytes(key),))
        self._next = (Head(self.head.chain, seq, h), key, position)
        return JournalEntry(
            id=intent_id,
            chain=self.head.chain,
            seq=seq,
            position=position,
            time=fields["time"],
            boot=self._boot,
            boot_seconds=fields["boottime"],
            session=self._session,
            user=user,
            act=act,
            phase=phase,
            outcome=outcome,
            reason=fields["reason"],
            subject=subject,
            request_id=request_id,
            body_hash=body_hash,
            h=h,
        )

    def move_on(self) -> bool:
        """What was added is durable; whether anything was."""
        if self._next is None:
            return False
        self.forget_key()
        self.head, self._key, self._position = self._next
        self._next = None
        self.latest_time = max(self.latest_time, self._clock.wall())
        return True

    def stay(self) -> None:
        """Nothing was added after all."""
        self._next = None

    @property
    def position(self) -> int:
        """Of the newest durable entry, over all chains."""
        return self._position

    @property
    def key(self) -> bytes:
        """What the next entry is authenticated with."""
        return bytes(self._key)

    def forget_key(self) -> None:
        self._key[:] = bytes(len(self._key))


def _subject(subject: Subject) -> dict[str, Any]:
    """The subject's fields; those only a disclosure has stand only where they say something."""
    fields = {
        "patient": subject.patient,
        "encounter": subject.encounter,
        "what": subject.what,
        "version": subject.version,
    }
    disclosed = {"recipient": subject.recipient, "sources": subject.sources}
    return fields | {name: value for name, value in disclosed.items() if value}
