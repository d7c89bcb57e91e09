"""The journal: the guard's one writer of what happened. Durable when a call returns, or AuditUnavailable."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from functools import partial
from pathlib import Path

from workstation.domain.access import Coder
from workstation.domain.audit import VIEWS, Act, Intent, Outcome
from workstation.domain.trail import Checkpoint, Head, JournalEntry, Phase
from workstation.errors import AuditUnavailable, CacheDamaged, DiskTrouble
from workstation.ids import uuid7
from workstation.journal import chain as links
from workstation.journal import opening, pruning, reading, waypoints
from workstation.journal.anchor import AnchorKeeper
from workstation.journal.asked import Asked
from workstation.journal.commits import Commits, why
from workstation.journal.filing import file_entries, filed_to
from workstation.journal.needs import JournalClock, JournalKeys
from workstation.journal.reserve import Reserve
from workstation.journal.salvage import Salvage, keep, not_yet_read, salvage, tick_off
from workstation.journal.schema import prepare
from workstation.journal.space import Stage, free_bytes
from workstation.journal.tip import LONGEST_REASON, Tip
from workstation.journal.verdict import Anchor, Fault, JournalFinding, Verdict
from workstation.journal.verify import Progress, verify
from workstation.sealed_db import Connection, DatabaseError, OperationalError, open_sealed

EVENTS_PER_CHECKPOINT = 100
SECONDS_PER_CHECKPOINT = 60.0


class Journal(Asked):
    """Belongs to the thread that opened it."""

    def __init__(
        self,
        connection: Connection,
        path: Path | None,
        keys: JournalKeys,
        clock: JournalClock,
        key: bytes | bytearray,
        free: Callable[[Path], int] = free_bytes,
    ) -> None:
        self._connection, self._path, self._keys, self._clock = connection, path, keys, clock
        self.session = str(uuid.uuid4())
        self.findings: tuple[JournalFinding, ...] = ()  # what was wrong when it was opened
        self._tip = Tip(keys.device, self.session, clock)
        self._mark = opening.mark_of(path, key)
        reserve = None if path is None else Reserve(path.with_suffix(".reserve"), key)
        self._commits = Commits(connection, self._tip, clock, path=path, reserve=reserve, mark=self._mark, free=free)
        self._commits.recovered = self._absorb_reserve
        self._signed = 0
        self._filed = 0  # up to which position entries are filed
        self._signed_body = ""
        self._signed_at = clock.boot()
        self._waypoint = 0
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

        A damaged or foreign file is set aside, never deleted, and what can be read of it is still sent. Raises
        AuditUnavailable, KeyringTrouble, CacheTooNew.
        """
        anchor = Anchor.parse(keys.secret("journal"))
        key = keys.journal_key()
        faults: list[JournalFinding] = []
        try:
            if path is not None:
                opening.tidy(path)
            try:
                return cls._opened(path, key, keys, clock, free, anchor, faults)
            except CacheDamaged:
                if path is None:
                    raise
                opening.set_aside(path)
                faults[:] = [JournalFinding(Fault.UNREADABLE)]
                return cls._opened(path, key, keys, clock, free, anchor, faults)
        except (DatabaseError, DiskTrouble, CacheDamaged, OSError) as error:
            raise AuditUnavailable(why(error)) from None
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
        journal = cls(connection, path, keys, clock, key, free)
        try:
            journal._begin(anchor, faults)
        except BaseException as error:
            journal._anchor.close()
            journal._mark.close()
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
        self._commits.make_room_for(intent.act)
        with self._commits.durably(intent.act):
            entry = self._tip.add(
                self._connection,
                user=user,
                act=intent.act,
                phase=Phase.INTENT,
                outcome=None,
                intent_id=intent.id or uuid7(),
                reason=intent.reason,
                subject=intent.subject,
                request_id=intent.request_id,
            )
            if intent.act not in VIEWS:
                self._connection.execute(
                    "insert into open_intents(id, position) values (?, ?)", (entry.id, entry.position)
                )
        self._sign_when_due()
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
        with self._commits.durably(intent.act):
            entry = self._tip.add(
                self._connection,
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
        self._sign_when_due()
        return entry

    def introduce(self, coder: Coder) -> None:
        """Remember who a user is, so that an event sent later still names them."""
        roles = json.dumps(sorted(coder.roles))
        with self._commits.durably():
            self._connection.execute(
                "insert into coders(user, practitioner_id, name, credential, roles) values (?, ?, ?, ?, ?) "
                "on conflict (user) do update set practitioner_id = excluded.practitioner_id, "
                "name = excluded.name, credential = excluded.credential, roles = excluded.roles",
                (coder.user, coder.practitioner_id, coder.name, coder.credential, roles),
            )

    def checkpoint(self) -> Checkpoint | None:
        """Sign the head and anchor it outside the database; None when it is signed already."""
        head = self._tip.head
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
            under_way=reading.under_way(self._connection, head.chain),
        )
        signature = self._keys.sign_checkpoint(links.signed_part(body))
        position = self._tip.position

        def signed() -> None:  # before anything else is written: also when the commit was slow
            self._filed = position
            self._signed, self._signed_body, self._signed_at = head.seq, body, self._clock.boot()
            self._anchor.raise_to(Anchor(head.chain, head.seq))

        with self._commits.durably(done=signed):
            self._connection.execute(
                "insert into checkpoints(chain, size, head, body, signature) values (?, ?, ?, ?, ?)",
                (head.chain, head.seq, head.h, body, signature),
            )
            self._note_kept()
            self._mark_the_way(head)
            file_entries(self._connection)
        return Checkpoint(head.chain, head.seq, head.h, body, signature)

    def tick(self) -> None:
        """Once in a while: sign after a hundred entries or a minute; look at the room that is left."""
        self._sign_when_due()
        self._commits.look_for_room()

    def _sign_when_due(self) -> None:
        unsigned = self._tip.head.seq - self._signed
        late = self._clock.boot() - self._signed_at >= SECONDS_PER_CHECKPOINT
        if unsigned >= EVENTS_PER_CHECKPOINT or (unsigned and late):
            self.checkpoint()

    def acknowledge(self, ids: tuple[str, ...], receipt: str) -> None:
        """The server confirmed these events; never called for anything less."""
        self.acknowledge_each(tuple((event_id, receipt) for event_id in ids))

    def acknowledge_each(self, confirmed_events: tuple[tuple[str, str], ...], proof: str = "") -> None:
        """Events with how the server confirmed each; `proof` is the receipt it signed for all of them."""
        self._file()
        now = self._clock.wall()
        with self._commits.durably():
            number = reading.keep_receipt(self._connection, now, proof) if proof else None
            confirmed = self._connection.executemany(
                "update uploads set acknowledged_at = ?, receipt = ?, proof = ? where id = ? and acknowledged_at is null",
                [(now, receipt[:LONGEST_REASON], number, event_id) for event_id, receipt in confirmed_events],
            ).rowcount
            self._connection.execute("update totals set acknowledged = acknowledged + ?", (max(confirmed, 0),))

    def prune(self, confirmed_before: float, most: int = pruning.AT_ONCE) -> int:
        """Delete the oldest entries of events the server confirmed before a moment, a few at a time, under a signature.

        How many went: call it again until none does. Nothing that waits, is open or was confirmed later is passed over.
        """
        self._file()
        gone = pruning.beginning(self._connection, self._keys.device, confirmed_before, most)
        if gone is None:
            with self._commits.durably():
                return pruning.delete_salvaged(self._connection, confirmed_before, most)
        self.checkpoint()
        with self._commits.durably():
            pruning.delete(self._connection, self._keys.device, gone, self._keys.sign_checkpoint)
        return gone.entries

    def close(self) -> None:
        """Sign the head, wait for the anchor, close. Nothing is lost when it cannot: the chain stands."""
        try:
            self.checkpoint()
            self._anchor.close()
            with self._commits.durably():
                self._note_kept()
        except AuditUnavailable:
            pass  # the entries are durable; the next start signs them
        finally:
            self._anchor.close()
            self._connection.close()
            self._mark.close()
            self._tip.forget_key()

    # ------------------------------------------------------------------ reading

    @property
    def device(self) -> str:
        return self._keys.device

    def head(self) -> Head:
        return self._tip.head

    @property
    def stage(self) -> Stage:
        """What the room that is left allows."""
        return self._commits.stage

    @property
    def latest_time(self) -> float:
        """The highest wall time seen: a clock behind it was set back."""
        return self._tip.latest_time

    @property
    def anchor_trouble(self) -> str:
        """Why the anchor could not be kept, in words; empty when all is well."""
        return self._anchor.trouble

    def verify(self, since: dict[int, int] | None = None, progress: Progress | None = None) -> Verdict:
        """Check chain, MACs, signatures and marks; all of it unless told where to begin."""
        seed = self._keys.ratchet_seed()
        try:
            return verify(
                self._connection,
                device=self._keys.device,
                seed=seed,
                verify_key=self._keys.verify_key,
                anchor=Anchor.parse(self._keys.secret("journal")),
                mark=Anchor(*self._mark.read()),
                since=since,
                progress=progress,
            )
        finally:
            seed[:] = bytes(len(seed))

    # ------------------------------------------------------------------ inside

    def _begin(self, anchor: Anchor, faults: list[JournalFinding]) -> None:
        prepare(self._connection)
        mark = Anchor(*self._mark.read())
        wrecks = self._wrecks()
        last = opening.last_chain(self._connection)
        if last is None:
            faults.extend(opening.gone(anchor, mark) if not faults else ())
        else:
            faults.extend(opening.newest_faults(self._connection, self._path, self._keys, anchor, mark))
            if any(finding.fault is Fault.UNREADABLE for finding in faults):
                raise CacheDamaged  # pages are lost: nothing can be written after them
        if last is None or faults:
            self._new_chain(max(last or 0, anchor.chain, mark.chain, *(one.chain for one in wrecks)) + 1)
        else:
            self._resume(last)
        self._filed = filed_to(self._connection)
        if self._filed < self._tip.position:
            self._connection.execute("begin immediate")
            file_entries(self._connection)
            self._connection.execute("commit")
            self._filed = self._tip.position
        self.findings = tuple(faults)
        self._commits.look_for_room()
        self._absorb_reserve()
        older = opening.keyring_is_older(self._connection, anchor)
        if older:
            self._note_failure(older)
        if faults:
            unreadable = self._drop_unreadable()
            self._note_failure(f"{faults[0]}; {len(faults)} in all" + (f"; {unreadable} lost" if unreadable else ""))
        for one in wrecks:
            self._take_over(one)
        if faults:  # the keyring must know of the new chain, or the old one's end is missed again
            self.checkpoint()
            self._anchor.wait()

    def _wrecks(self) -> list[Salvage]:
        """What can be read of journals set aside here and not looked through yet."""
        if self._path is None:
            return []
        files = not_yet_read(self._connection, opening.files_aside(self._path))
        return [salvage(one, self._keys) for one in files]

    def _take_over(self, found: Salvage) -> None:
        """The events of a journal set aside: they are sent as they were; acts it cut off are told anew as failed."""
        with self._commits.durably():
            events = keep(self._connection, found)
        cut_off = found.cut_off()
        for intent, user in zip(cut_off, found.users_of_cut_off(), strict=True):
            self.outcome(self.append(intent, user=user).id, Outcome.FAILED, "its journal was damaged")
        self._note_failure(
            f"set aside: {events} events saved, {len(cut_off)} acts cut off, {found.lost} entries not authentic"
        )
        with self._commits.durably():
            tick_off(self._connection, found, events)

    def _drop_unreadable(self) -> int:
        """Events whose entry is no entry any more cannot be sent; the entry itself stays as it was found."""
        gone = reading.unreadable(self._connection)
        with self._commits.durably():
            for event_id in gone:
                self._connection.execute("delete from uploads where id = ? and acknowledged_at is null", (event_id,))
                self._connection.execute("delete from open_intents where id = ?", (event_id,))
        return len(gone)

    def _new_chain(self, chain: int) -> None:
        seed = self._keys.ratchet_seed()
        with self._commits.durably():
            self._tip.begin_chain(self._connection, chain, seed)
        seed[:] = bytes(len(seed))
        self._mark.raise_to(chain, 0)
        self._signed, self._signed_body, self._waypoint = 0, "", 0

    def _resume(self, chain: int) -> None:
        self._tip.resume(self._connection, chain)
        signed = self._connection.execute(
            "select size, body from checkpoints where chain = ? order by size desc limit 1", (chain,)
        ).fetchone()
        self._signed, self._signed_body = signed if signed is not None else (0, "")
        self._waypoint = waypoints.last(self._connection, chain)

    def _file(self) -> None:
        """Before anything is asked that depends on it."""
        while self._filed < self._tip.position:  # a recovery writes more behind it
            with self._commits.durably(done=partial(self._filed_up_to, self._tip.position)):
                file_entries(self._connection)

    def _filed_up_to(self, position: int) -> None:
        self._filed = position

    def _note_kept(self) -> None:
        """Inside a transaction: what the keyring holds for certain, so that a keyring put back is seen."""
        kept = self._anchor.kept
        if kept.chain:
            self._connection.execute(
                "insert into anchored(only, chain, seq) values (1, ?, ?) "
                "on conflict (only) do update set chain = excluded.chain, seq = excluded.seq",
                (kept.chain, kept.seq),
            )

    def _mark_the_way(self, head: Head) -> None:
        """Inside a transaction."""
        if head.seq - self._waypoint >= waypoints.STRIDE:
            seed = self._keys.ratchet_seed()
            waypoints.put(self._connection, seed, head.chain, head.seq, self._tip.key)
            seed[:] = bytes(len(seed))
            self._waypoint = head.seq

    def _absorb_reserve(self) -> None:
        """Bring what was kept in bad times into the chain, then free the slots."""
        kept = self._commits.prepare_reserve()
        for slot in kept:
            self._note_failure(f"{slot.get('act', '')} {slot.get('reason', '')} at {slot.get('time', '')}")
        if kept:
            self._commits.free_reserve()

    def _note_failure(self, reason: str) -> None:
        entry = self.append(Intent(Act.AUDIT_FAILURE, reason=reason), user="")
        self.outcome(entry.id, Outcome.FAILED, reason)

    def _known(self, intent: Intent, user: str) -> JournalEntry | None:
        if not intent.id:
            return None
        if str(uuid.UUID(intent.id)) != intent.id:
            raise ValueError("not an id as we write them")
        known = reading.entry_of(self._connection, intent.id, Phase.INTENT)
        if known is not None and (known.act, known.user, known.subject) != (intent.act, user, intent.subject):
            raise ValueError("an id stands for one intent")
        return known
