"""The journal: the guard's one writer of what happened. Durable when a call returns, or AuditUnavailable."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from workstation.domain.access import Coder
from workstation.domain.audit import VIEWS, Act, Intent, Outcome, Subject
from workstation.domain.trail import AuditSend, Checkpoint, Head, JournalEntry, Phase
from workstation.errors import AuditUnavailable, CacheDamaged, DiskTrouble
from workstation.ids import uuid7
from workstation.journal import chain as links
from workstation.journal import reading
from workstation.journal.anchor import AnchorKeeper
from workstation.journal.reserve import Reserve
from workstation.journal.rows import entry_from, prepare
from workstation.journal.space import OPENS_A_CHART, SLOWEST_COMMIT, Stage, free_bytes, stage_of
from workstation.journal.verify import Anchor, Fault, JournalFinding, Progress, Verdict, verify
from workstation.sealed_db import Connection, DatabaseError, OperationalError, open_sealed

EVENTS_PER_CHECKPOINT = 100
SECONDS_PER_CHECKPOINT = 60.0
CHECKED_AT_OPEN = 2_000  # entries; the whole journal is read by `verify`
LONGEST_REASON = 200


class JournalKeys(Protocol):
    """What the journal needs of the device's keys."""

    device: str

    @property
    def verify_key(self) -> bytes: ...
    def journal_key(self) -> bytearray: ...
    def ratchet_seed(self) -> bytearray: ...
    def sign_checkpoint(self, message: bytes) -> bytes: ...
    def secret(self, name: str) -> str | None: ...
    def set_secret(self, name: str, value: str) -> None: ...


class JournalClock(Protocol):
    def wall(self) -> float: ...
    def boot(self) -> float: ...
    def boot_id(self) -> str: ...


class Journal:
    """Belongs to the thread that opened it."""

    def __init__(self, connection: Connection, path: Path | None, keys: JournalKeys, clock: JournalClock) -> None:
        self._connection, self._path, self._keys, self._clock = connection, path, keys, clock
        self.session = str(uuid.uuid4())
        self.findings: tuple[JournalFinding, ...] = ()  # what was wrong when it was opened
        self.stage = Stage.FINE
        self._free: Callable[[Path], int] = free_bytes
        self._reserve: Reserve | None = None
        self._failing = False  # the reserve has been told of the present trouble
        self._head = Head(0, 0, b"")
        self._key = bytearray()
        self._position = 0
        self._signed = 0
        self._signed_body = ""
        self._signed_at = clock.boot()
        self._latest_time = 0.0
        self._anchor = AnchorKeeper(keys)

    @classmethod
    def open(
        cls,
        path: Path | None,
        keys: JournalKeys,
        clock: JournalClock,
        *,
        free: Callable[[Path], int] = free_bytes,
    ) -> Journal:
        """Open the journal, or make it; None keeps it in memory. What is found wrong begins a new chain.

        A damaged or foreign file is set aside, never deleted. Raises AuditUnavailable, KeyringTrouble,
        CacheTooNew.
        """
        anchor = Anchor.parse(keys.secret("journal"))
        key = keys.journal_key()
        faults: list[JournalFinding] = []
        try:
            try:
                return cls._opened(path, key, keys, clock, free, anchor, faults)
            except CacheDamaged:
                if path is None:
                    raise
                _set_aside(path)
                faults[:] = [JournalFinding(Fault.UNREADABLE)]
                return cls._opened(path, key, keys, clock, free, anchor, faults)
        except (DatabaseError, DiskTrouble, CacheDamaged, OSError) as error:
            raise AuditUnavailable(_why(error)) from None
        finally:
            key[:] = bytes(len(key))

    @classmethod
    def _opened(
        cls,
        path: Path | None,
        key: bytearray,
        keys: JournalKeys,
        clock: JournalClock,
        free: Callable[[Path], int],
        anchor: Anchor,
        faults: list[JournalFinding],
    ) -> Journal:
        connection = open_sealed(path, key)
        journal = cls(connection, path, keys, clock)
        journal._free = free
        if path is not None:
            journal._reserve = Reserve(path.with_suffix(".reserve"), key)
        try:
            journal._begin(anchor, faults)
        except BaseException as error:
            journal._anchor.close()
            connection.close()
            if isinstance(error, DatabaseError) and not isinstance(error, OperationalError):
                raise CacheDamaged from None
            raise
        return journal

    # ------------------------------------------------------------------ writing

    def append(self, intent: Intent, *, user: str) -> JournalEntry:
        """Record an intent durably. A view is complete with it; an act waits for its `outcome`.

        The same intent told twice is recorded once. Raises AuditUnavailable; ValueError for a bad id.
        """
        known = self._known(intent, user)
        if known is not None:
            return known
        self._make_room_for(intent.act)
        with self._durably(intent.act):
            entry = self._add(
                user=user,
                act=intent.act,
                phase=Phase.INTENT,
                outcome=None,
                intent_id=intent.id or uuid7(),
                reason=intent.reason,
                subject=intent.subject,
                request_id=intent.request_id,
            )
            if intent.act in VIEWS:
                self._connection.execute("insert into uploads(id, position) values (?, ?)", (entry.id, entry.position))
            else:
                self._connection.execute(
                    "insert into open_intents(id, position) values (?, ?)", (entry.id, entry.position)
                )
        self.tick()
        return entry

    def outcome(self, intent_id: str, outcome: Outcome, reason: str = "") -> JournalEntry:
        """Close an act; the first of two outcomes stands. Raises AuditUnavailable, ValueError."""
        intent = reading.entry_of(self._connection, intent_id, Phase.INTENT)
        if intent is None:
            raise ValueError("an outcome without an intent")
        if intent.act in VIEWS:
            return intent
        closed = reading.entry_of(self._connection, intent_id, Phase.OUTCOME)
        if closed is not None:
            return closed
        with self._durably(intent.act):
            entry = self._add(
                user=intent.user,
                act=intent.act,
                phase=Phase.OUTCOME,
                outcome=outcome,
                intent_id=intent_id,
                reason=reason,
                subject=intent.subject,
                request_id=intent.request_id,
            )
            self._connection.execute("delete from open_intents where id = ?", (intent_id,))
            self._connection.execute("insert into uploads(id, position) values (?, ?)", (intent_id, intent.position))
        self.tick()
        return entry

    def introduce(self, coder: Coder) -> None:
        """Remember who a user is, so that an event sent later still names them."""
        roles = json.dumps(sorted(coder.roles))
        with self._durably(None):
            self._connection.execute(
                "insert into coders(user, practitioner_id, name, credential, roles) values (?, ?, ?, ?, ?) "
                "on conflict (user) do update set practitioner_id = excluded.practitioner_id, "
                "name = excluded.name, credential = excluded.credential, roles = excluded.roles",
                (coder.user, coder.practitioner_id, coder.name, coder.credential, roles),
            )

    def checkpoint(self) -> Checkpoint | None:
        """Sign the head and anchor it outside the database; None when it is signed already."""
        head = self._head
        if head.seq == self._signed:
            return None
        body = links.checkpoint_body(
            device=self._keys.device,
            chain=head.chain,
            size=head.seq,
            head=head.h,
            time=self._clock.wall(),
            boot=self._clock.boot_id(),
            previous=links.body_hash(self._signed_body) if self._signed_body else b"",
        )
        signature = self._keys.sign_checkpoint(links.signed_part(body))
        with self._durably(None):
            self._connection.execute(
                "insert into checkpoints(chain, size, head, body, signature) values (?, ?, ?, ?, ?)",
                (head.chain, head.seq, head.h, body, signature),
            )
        self._signed, self._signed_body, self._signed_at = head.seq, body, self._clock.boot()
        self._anchor.raise_to(Anchor(head.chain, head.seq))
        return Checkpoint(head.chain, head.seq, head.h, body, signature)

    def tick(self) -> None:
        """Once in a while: sign after a hundred entries or a minute; look at the room that is left."""
        unsigned = self._head.seq - self._signed
        late = self._clock.boot() - self._signed_at >= SECONDS_PER_CHECKPOINT
        if unsigned >= EVENTS_PER_CHECKPOINT or (unsigned and late):
            self.checkpoint()
        self._look_for_room()

    def acknowledge(self, ids: tuple[str, ...], receipt: str) -> None:
        """The server confirmed these events; never called for anything less."""
        now = self._clock.wall()
        with self._durably(None):
            self._connection.executemany(
                "update uploads set acknowledged_at = ?, receipt = ? where id = ? and acknowledged_at is null",
                [(now, receipt[:LONGEST_REASON], event_id) for event_id in ids],
            )

    def prune(self, older_than: float) -> int:
        """Delete what the server confirmed and retention no longer asks for, under a signature.

        Only whole beginnings of a chain go; nothing that waits, is open or is younger is passed over.
        """
        self.checkpoint()
        limit = self._connection.execute(
            "select min(position) from ("
            " select position from uploads where acknowledged_at is null"
            " union all select position from open_intents"
            " union all select max(position) from entries"
            " union all select position from entries where json_extract(body, '$.time') >= ?)",
            (older_than,),
        ).fetchone()[0]
        rows = self._connection.execute(
            "select chain, max(seq) from entries where position < ? group by chain order by chain", (limit,)
        ).fetchall()
        with self._durably(None):
            for chain, seq in rows:
                self._shorten(chain, seq)
            gone = self._connection.execute("delete from entries where position < ?", (limit,)).rowcount
            self._connection.execute("delete from uploads where position < ?", (limit,))
        return gone

    def close(self) -> None:
        """Sign the head, wait for the anchor, close. Nothing is lost when it cannot: the chain stands."""
        try:
            self.checkpoint()
        except AuditUnavailable:
            pass  # the entries are durable; the next start signs them
        finally:
            self._anchor.close()
            self._connection.close()
            self._key[:] = bytes(len(self._key))

    # ------------------------------------------------------------------ reading

    @property
    def device(self) -> str:
        return self._keys.device

    def head(self) -> Head:
        return self._head

    @property
    def latest_time(self) -> float:
        """The highest wall time seen: a clock behind it was set back."""
        return self._latest_time

    @property
    def anchor_trouble(self) -> str:
        """Why the anchor could not be kept, in words; empty when all is well."""
        return self._anchor.trouble

    def open_intents(self) -> tuple[JournalEntry, ...]:
        """Acts without an outcome: under way, or cut short by a crash and to be settled at the next start."""
        return reading.open_intents(self._connection)

    def unsent(self, limit: int = 100) -> tuple[AuditSend, ...]:
        """Events the server has not confirmed, oldest first."""
        return reading.unsent(self._connection, limit)

    def counts(self) -> tuple[int, int]:
        """(waiting, acknowledged) events."""
        return reading.counts(self._connection)

    def page(self, user: str, before: int | None = None, limit: int = 200) -> tuple[JournalEntry, ...]:
        """A coder's own entries, newest first; `before` is the last page's smallest position."""
        return reading.page(self._connection, user, before, limit)

    def acknowledged(self, ids: tuple[str, ...]) -> frozenset[str]:
        """Those of some events the server has confirmed."""
        return reading.acknowledged(self._connection, ids)

    def verify(self, since: dict[int, int] | None = None, progress: Progress | None = None) -> Verdict:
        """Check chain, MACs, signatures and anchor; all of it unless told where to begin."""
        seed = self._keys.ratchet_seed()
        try:
            return verify(
                self._connection,
                device=self._keys.device,
                seed=seed,
                verify_key=self._keys.verify_key,
                anchor=Anchor.parse(self._keys.secret("journal")),
                since=since,
                progress=progress,
            )
        finally:
            seed[:] = bytes(len(seed))

    # ------------------------------------------------------------------ inside

    def _begin(self, anchor: Anchor, faults: list[JournalFinding]) -> None:
        prepare(self._connection)
        last = self._connection.execute("select max(chain) from chains").fetchone()[0]
        if last is None:
            if anchor.chain and not faults:
                faults.append(JournalFinding(Fault.TAIL_MISSING, anchor.chain, anchor.seq))
            self._new_chain(anchor.chain + 1)
        else:
            since = self._connection.execute(
                "select chain, max(seq) - ? from entries group by chain", (CHECKED_AT_OPEN,)
            ).fetchall()
            verdict = self.verify({chain: max(seq, 0) for chain, seq in since})
            faults.extend(verdict.findings)
            if any(finding.fault is Fault.UNREADABLE for finding in faults):
                raise CacheDamaged  # pages are lost: nothing can be written after them
            if faults:
                self._new_chain(max(last, anchor.chain) + 1)
            else:
                self._resume(last)
        self.findings = tuple(faults)
        self._look_for_room()
        self._absorb_reserve()
        if faults:
            self._note_failure(f"{faults[0]}; {len(faults)} in all")

    def _new_chain(self, chain: int) -> None:
        seed = self._keys.ratchet_seed()
        key = links.first_key(seed, chain)
        seed[:] = bytes(len(seed))
        with self._durably(None):
            self._connection.execute("insert into chains(chain) values (?)", (chain,))
            self._connection.execute(
                "insert into ratchet(only, chain, key) values (1, ?, ?) "
                "on conflict (only) do update set chain = excluded.chain, key = excluded.key",
                (chain, bytes(key)),
            )
        self._head, self._key = Head(chain, 0, links.genesis(self._keys.device, chain)), key
        self._signed, self._signed_body = 0, ""
        self._load_latest()

    def _resume(self, chain: int) -> None:
        row = self._connection.execute(
            "select seq, h from entries where chain = ? order by seq desc limit 1", (chain,)
        ).fetchone()
        seq, h = row if row is not None else (0, links.genesis(self._keys.device, chain))
        self._head = Head(chain, seq, h)
        self._key = bytearray(self._connection.execute("select key from ratchet").fetchone()[0])
        signed = self._connection.execute(
            "select size, body from checkpoints where chain = ? order by size desc limit 1", (chain,)
        ).fetchone()
        self._signed, self._signed_body = signed if signed is not None else (0, "")
        self._load_latest()

    def _load_latest(self) -> None:
        position, latest = self._connection.execute(
            "select max(position), max(json_extract(body, '$.time')) from "
            "(select position, body from entries order by position desc limit 1000)"
        ).fetchone()
        self._position, self._latest_time = position or 0, latest or 0.0

    def _add(
        self,
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
        """Chain one entry inside the present transaction; memory follows when it commits."""
        seq = self._head.seq + 1
        body = links.canonical(
            {
                "device": self._keys.device,
                "chain": self._head.chain,
                "seq": seq,
                "boot": self._clock.boot_id(),
                "boottime": round(self._clock.boot(), 3),
                "session": self.session,
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
        )
        h = links.link(self._head.h, seq, links.body_hash(body))
        position = self._position + 1
        self._connection.execute(
            "insert into entries(position, chain, seq, id, phase, user, body, h, mac) "
            "values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                position,
                self._head.chain,
                seq,
                intent_id,
                phase.value,
                user,
                body,
                h,
                links.mac(self._key, h),
            ),
        )
        key = links.next_key(self._key)
        self._connection.execute("update ratchet set key = ?", (bytes(key),))
        self._pending = (Head(self._head.chain, seq, h), key, position)
        return entry_from((position, self._head.chain, seq, body, h))

    _pending: tuple[Head, bytearray, int] | None = None

    @contextmanager
    def _durably(self, act: Act | None) -> Iterator[None]:
        """One transaction, committed to the disk when the block ends; AuditUnavailable when it cannot be."""
        started = self._clock.boot()
        self._pending = None
        try:
            self._connection.execute("begin immediate")
            yield
            self._connection.execute("commit")
        except DatabaseError as error:
            self._roll_back()
            self._fail(_why(error), act)
            raise AuditUnavailable(_why(error)) from None
        except BaseException:
            self._roll_back()
            raise
        self._move_on()
        if self._clock.boot() - started > SLOWEST_COMMIT:
            self._fail("slow-disk", act)
            raise AuditUnavailable("The disk is too slow.")
        if self._failing:
            self._failing = False
            self._absorb_reserve()

    def _move_on(self) -> None:
        """What is durable is where the next entry begins."""
        if self._pending is not None:
            self._key[:] = bytes(len(self._key))
            self._head, self._key, self._position = self._pending
            self._latest_time = max(self._latest_time, self._clock.wall())

    def _roll_back(self) -> None:
        self._pending = None
        try:
            if self._connection.in_transaction:
                self._connection.execute("rollback")
        except DatabaseError:
            pass  # the failure that led here is the one to tell of

    def _fail(self, why: str, act: Act | None) -> None:
        """The reserve takes what the journal cannot: that it failed, and the lock that follows."""
        self.stage = Stage.CLOSED
        if self._reserve is None:
            return
        if not self._failing:
            self._failing = self._reserve.put(self._slot(Act.AUDIT_FAILURE, why))
        if act in (Act.LOCK, Act.AUTO_LOGOFF, Act.SIGN_OUT):
            self._reserve.put(self._slot(act, why))

    def _slot(self, act: Act, why: str) -> dict[str, Any]:
        return {"act": act.value, "reason": why, "time": round(self._clock.wall(), 3)}

    def _absorb_reserve(self) -> None:
        """Bring what was kept in bad times into the chain, then free the slots."""
        if self._reserve is None:
            return
        for slot in self._reserve.taken():
            self._note_failure(f"{slot.get('act', '')} {slot.get('reason', '')} at {slot.get('time', '')}")
        self._reserve.prepare()
        if self._reserve.taken():
            self._reserve.clear()

    def _note_failure(self, reason: str) -> None:
        entry = self.append(Intent(Act.AUDIT_FAILURE, reason=reason), user="")
        self.outcome(entry.id, Outcome.FAILED, reason)

    def _make_room_for(self, act: Act) -> None:
        self._look_for_room()
        if self.stage is Stage.NO_NEW_CHARTS and act in OPENS_A_CHART:
            raise AuditUnavailable("The disk is almost full: no further charts are opened.")

    def _look_for_room(self) -> None:
        if self._path is not None and not self._failing:
            self.stage = stage_of(self._free(self._path.parent))

    def _known(self, intent: Intent, user: str) -> JournalEntry | None:
        if not intent.id:
            return None
        if str(uuid.UUID(intent.id)) != intent.id:
            raise ValueError("not an id as we write them")
        known = reading.entry_of(self._connection, intent.id, Phase.INTENT)
        if known is not None and (known.act, known.user, known.subject) != (intent.act, user, intent.subject):
            raise ValueError("an id stands for one intent")
        return known

    def _shorten(self, chain: int, seq: int) -> None:
        (h,) = self._connection.execute("select h from entries where chain = ? and seq = ?", (chain, seq)).fetchone()
        said = links.pruned_part(self._keys.device, chain, seq, h)
        self._connection.execute(
            "update chains set pruned_to = ?, pruned_h = ?, pruned_signature = ? where chain = ?",
            (seq, h, self._keys.sign_checkpoint(said), chain),
        )
        self._connection.execute("delete from checkpoints where chain = ? and size <= ?", (chain, seq))


def _set_aside(path: Path) -> None:
    """Keep a file that cannot be read under another name: for the auditor, and for what can be salvaged."""
    number = 1
    while path.with_name(f"{path.name}.damaged-{number}").exists():
        number += 1
    for suffix in ("", "-wal", "-shm"):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.replace(path.with_name(f"{path.name}.damaged-{number}{suffix}"))


def _why(error: BaseException) -> str:
    """The kind of failure, never the SQL or a path."""
    return str(getattr(error, "sqlite_errorname", "")) or type(error).__name__


def _subject(subject: Subject) -> dict[str, str]:
    """The subject's fields; those only a disclosure has stand only where they say something."""
    fields = {
        "patient": subject.patient,
        "encounter": subject.encounter,
        "what": subject.what,
        "version": subject.version,
    }
    disclosed = {"recipient": subject.recipient, "sources": subject.sources}
    return fields | {name: value for name, value in disclosed.items() if value}
