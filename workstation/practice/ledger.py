"""The ledger: the server's word on every device's journal, kept beside the resources and raised as audit events."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from workstation.fhir.device import journal_key_of
from workstation.fhir.systems import SID_INSTALLATION
from workstation.practice import journals
from workstation.practice.heads import JournalHead
from workstation.practice.judge import Fault, Finding, Judge
from workstation.practice.links import Arrival, arrival
from workstation.practice.store import Store, Wanted

GRACE = 600.0  # seconds an entry may come late after others that were sent past it
SAME_HEAD = 60.0  # seconds for which a head that has not moved says nothing new
ANNOUNCED = 24 * 3600.0  # seconds after which what a head announced and nobody sent is missing

Resource = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Standing:
    """How far one chain is here: whole up to an entry, with the hash the server has worked out for it."""

    chain: int
    first: int  # of the entries just taken
    last: int
    whole_to: int
    h: str
    signed: int


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of one device's batch."""

    device: str
    ids: tuple[str, ...]
    flagged: dict[str, Fault]
    chains: tuple[Standing, ...]


class Ledger:
    """Every call belongs in `store.whole()`: what is taken and what is found stand or fall together."""

    def __init__(self, store: Store, tell: Callable[[Finding], None]) -> None:
        self._store, self._tell = store, tell
        self._heard: dict[str, tuple[JournalHead, float]] = {}  # the last head of each device, and when it was judged
        with store.whole() as db:
            for statement in journals.SCHEMA.split(";"):
                db.execute(statement)

    def take(self, events: Iterable[Resource]) -> tuple[Taken, ...]:
        """Events that were stored, in any order and as often as they come; one answer a device."""
        came = [one for one in map(arrival, events) if one is not None]
        came.sort(key=lambda one: (one.device, one.chain))
        with self._store.whole():
            return tuple(self._device(device, list(group)) for device, group in groupby(came, lambda one: one.device))

    def _device(self, device: str, came: list[Arrival]) -> Taken:
        with self._store.whole() as db:
            number = journals.device_number(db, device)
            key, now = self._key(device), self._store.now().timestamp()
            flagged: dict[str, Fault] = {}
            chains: list[Standing] = []
            for chain, group in groupby(came, lambda one: one.chain):
                judge = Judge(db, number, device, chain, key, now, list(group))
                judge.take()
                judge.overdue(GRACE)
                judge.close()
                flagged |= judge.flagged
                chains.append(self._standing(number, device, chain, judge, came))
                for finding in judge.findings:
                    self._tell(finding)
            db.executemany(
                "INSERT OR IGNORE INTO journal_flagged (device, event, fault) VALUES (?, ?, ?)",
                [(number, name, fault.value) for name, fault in flagged.items()],
            )
        return Taken(device, tuple(sorted(one.id for one in came)), flagged, tuple(chains))

    def _standing(self, number: int, device: str, chain: int, judge: Judge, came: list[Arrival]) -> Standing:
        db = self._store.db
        seqs = [link.seq for one in came if one.chain == chain for link in one.links]
        to = journals.whole_to(db, number, chain, judge.state)
        held = journals.links_at(db, number, chain, [to]).get(to)
        return Standing(chain, min(seqs), max(seqs), to, held.h.hex() if held else "", judge.state.signed)

    def _key(self, device: str) -> bytes:
        found = self._store.find("Device", [Wanted("identifier", (f"{SID_INSTALLATION}|{device}",))], limit=1)
        return journal_key_of(found[0].body) if found else b""

    def state(self) -> list[dict[str, Any]]:
        """Every chain as it stands, for whoever looks at the server itself."""
        with self._store.whole() as db:
            rows = db.execute(
                "SELECT d.installation, d.number, c.chain FROM journal_chains c JOIN journal_devices d"
                " ON d.number = c.device ORDER BY d.installation, c.chain"
            ).fetchall()
            return [self._chain(*row) for row in rows]

    def _chain(self, device: str, number: int, chain: int) -> dict[str, Any]:
        state = journals.load_chain(self._store.db, number, chain)
        flagged = self._store.db.execute(
            "SELECT event, fault FROM journal_flagged WHERE device = ? ORDER BY event", (number,)
        )
        return {
            "device": device,
            "chain": chain,
            "whole_to": journals.whole_to(self._store.db, number, chain, state),
            "highest": state.highest,
            "signed": state.signed,
            "missing": [[run.first, run.last] for run in state.missing.runs],
            "open": sorted(state.open),
            "flagged": dict(flagged.fetchall()),
        }

    # ------------------------------------------------------------------ heads

    def heard(self, head: JournalHead) -> None:
        """The head of a request: a journal that begins behind itself, differs from what is here, or keeps things back."""
        now = self._store.now().timestamp()
        said, judged_at = self._heard.get(head.device, (None, 0.0))
        if head == said and 0 <= now - judged_at < SAME_HEAD:
            return  # most requests: a desk reads far more than it does
        with self._store.whole() as db:
            if not self._is_known(head.device):
                return
            self._heard[head.device] = (head, now)
            number = journals.device_number(db, head.device)
            highest = db.execute("SELECT chain, seq FROM journal_devices WHERE number = ?", (number,)).fetchone()
            added = db.execute(
                "INSERT OR IGNORE INTO journal_sessions (device, session) VALUES (?, ?)", (number, head.session)
            )
            if added.rowcount and (head.chain, head.seq) < highest:
                last = highest[1] if highest[0] == head.chain else head.seq
                self._tell(Finding(head.device, Fault.ROLLBACK, head.chain, head.seq, last))
            self._differs(number, head)
            if (head.chain, head.seq) > highest:
                db.execute(
                    "UPDATE journal_devices SET chain = ?, seq = ? WHERE number = ?", (head.chain, head.seq, number)
                )
            self._keeps_back(number, head)
            self._never_came(number, head.device)

    def _differs(self, number: int, head: JournalHead) -> None:
        held = journals.links_at(self._store.db, number, head.chain, [head.seq]).get(head.seq)
        if held is not None and held.h != head.h:
            self._tell(Finding(head.device, Fault.FORK, head.chain, head.seq, head.seq))

    def _keeps_back(self, number: int, head: JournalHead) -> None:
        """A device that talks to us for a day and sends nothing of what it says it has."""
        db, now = self._store.db, self._store.now().timestamp()
        state = journals.load_chain(db, number, head.chain)
        if head.seq <= state.highest:
            return
        if state.announced <= state.highest:  # nothing was outstanding until now
            state.waiting_since = now
        if head.seq > state.announced:
            state.announced = head.seq
            journals.save_chain(db, number, head.chain, state, tuple(state.missing.runs))

    def _never_came(self, number: int, device: str) -> None:
        """What was announced a day ago and is in no chain yet; also of a chain the device has given up since."""
        late = self._store.db.execute(
            "SELECT chain, highest, announced FROM journal_chains"
            " WHERE device = ? AND announced > highest AND waiting_since <= ?",
            (number, self._store.now().timestamp() - ANNOUNCED),
        ).fetchall()
        for chain, highest, announced in late:
            self._tell(Finding(device, Fault.GAP, chain, highest + 1, announced))

    def _is_known(self, device: str) -> bool:
        """Only a device of ours: a token lets nobody fill the tables with invented ones."""
        return bool(self._store.find("Device", [Wanted("identifier", (f"{SID_INSTALLATION}|{device}",))], limit=1))
