"""What arrives of one chain, held against what is here: links that join, signatures that hold, entries that are missing."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from workstation.journal import chain as arithmetic
from workstation.practice import journals
from workstation.practice.links import Arrival, Link, Signed


class Fault(StrEnum):
    """What is wrong with a device's journal, as far as a server can tell."""

    GAP = "gap"  # entries that were sealed and sent past did not come
    FORK = "fork"  # two different entries under one number: the device was cloned, or something lies
    ROLLBACK = "rollback"  # the device began again behind where it had been: a restored snapshot
    UNLINKED = "unlinked"  # an entry that does not follow from the one before it
    SIGNATURE = "bad-signature"  # a checkpoint the device's key did not sign


@dataclass(frozen=True, slots=True)
class Finding:
    """Told once: the same fault at the same place is the same finding."""

    device: str
    fault: Fault
    chain: int
    first: int
    last: int


class Judge:
    """One batch of one chain. `take` everything, then `close`; what it found stands in its lists."""

    def __init__(
        self,
        db: sqlite3.Connection,
        number: int,
        device: str,
        chain: int,
        key: bytes,
        now: float,
        came: Sequence[Arrival],
    ) -> None:
        self._db, self._number, self._device, self._chain = db, number, device, chain
        self._signer = Ed25519PublicKey.from_public_bytes(key) if key else None
        self._now, self._came = now, came
        self.state = journals.load_chain(db, number, chain)
        self._before = tuple(self.state.missing.runs)
        near = {link.seq + step for one in came for link in one.links for step in (-1, 0, 1)}
        self._held = journals.links_at(db, number, chain, near)
        self._strays = journals.strays_at(db, number, chain, near)
        self._heads = self._signed_heads(near)
        self._new: list[Link] = []
        self._told: dict[str, bool] = {}  # checkpoint bodies already judged
        self.findings: list[Finding] = []
        self.flagged: dict[str, Fault] = {}

    def take(self) -> None:
        links = sorted(((link, one) for one in self._came for link in one.links), key=lambda each: each[0].seq)
        for link, one in links:
            fault = self._link(link)
            if fault is not None:
                self.flagged[one.id] = fault
        journals.keep_links(self._db, self._number, self._chain, self._new)
        for one in self._came:
            if one.signed is not None and not self._checkpoint(one.signed):
                self.flagged.setdefault(one.id, Fault.SIGNATURE)
        self._prove()

    def close(self) -> None:
        """Write down how far the chain has come."""
        journals.save_chain(self._db, self._number, self._chain, self.state, self._before)

    def overdue(self, grace: float) -> None:
        """Entries sealed before others that came long ago: whoever sends the oldest first has left them out."""
        for run in self.state.missing.overdue(self._now - grace, self.state.open):
            self._find(Fault.GAP, run.first, run.last)

    # ------------------------------------------------------------------ links

    def _link(self, link: Link) -> Fault | None:
        """What is wrong with this entry; None where it joins, waits for its neighbour, or is here already."""
        held = self._held.get(link.seq)
        if held == link:
            return self._flaw(link)
        if link.h in self._strays.get(link.seq, ()):
            return Fault.FORK
        before = self._before_of(link.seq)
        joins = before is not None and _follows(before, link)
        if any(_follows(h, link) for h in self._strays.get(link.seq - 1, ())):
            return self._stray(link)  # goes on where another stray began: told already
        if held is not None:
            self._find(Fault.FORK, link.seq, link.seq)
            return self._stray(link)
        if before is not None and not joins:
            self._find(Fault.UNLINKED, link.seq, link.seq)
            self._stray(link)
            return Fault.UNLINKED
        return self._keep(link)

    def _keep(self, link: Link) -> Fault | None:
        self._held[link.seq] = link
        self._new.append(link)
        self.state.missing.came(link.seq)
        self.state.highest = max(self.state.highest, link.seq)
        return self._flaw(link)

    def _flaw(self, link: Link) -> Fault | None:
        after = self._held.get(link.seq + 1)
        if after is not None and not _follows(link.h, after):
            self._find(Fault.UNLINKED, after.seq, after.seq)
            return Fault.UNLINKED
        signed = self._heads.get(link.seq)
        if signed is not None and signed != link.h:
            self._find(Fault.FORK, link.seq, link.seq)
            return Fault.FORK
        return None

    def _stray(self, link: Link) -> Fault:
        self._strays.setdefault(link.seq, set()).add(link.h)
        self._db.execute(
            "INSERT OR IGNORE INTO journal_strays (device, chain, seq, h) VALUES (?, ?, ?, ?)",
            (self._number, self._chain, link.seq, link.h),
        )
        return Fault.FORK

    def _before_of(self, seq: int) -> bytes | None:
        if seq == 1:
            return arithmetic.genesis(self._device, self._chain)
        held = self._held.get(seq - 1)
        return None if held is None else held.h

    # ------------------------------------------------------------------ signatures

    def _signed_heads(self, near: set[int]) -> dict[int, bytes]:
        low, high = min(near), max(near)
        rows = self._db.execute(
            "SELECT size, head FROM journal_checkpoints WHERE device = ? AND chain = ? AND size BETWEEN ? AND ?",
            (self._number, self._chain, low, high),
        )
        return {size: bytes(head) for size, head in rows}

    def _checkpoint(self, signed: Signed) -> bool:
        """Whether this signature may stand; each body is judged once however many events carry it."""
        if signed.body not in self._told:
            self._told[signed.body] = self._judged(signed)
        return self._told[signed.body]

    def _judged(self, signed: Signed) -> bool:
        kept = self._db.execute(
            "SELECT body, checked FROM journal_checkpoints WHERE device = ? AND chain = ? AND size = ?",
            (self._number, self._chain, signed.size),
        ).fetchone()
        if kept is not None and kept[0] == signed.body and (kept[1] or self._signer is None):
            return True
        ours = (signed.device, signed.chain) == (self._device, self._chain)
        if not ours or not self._holds(signed):
            self._find(Fault.SIGNATURE, signed.size, signed.size)
            return False
        head = self._head_at(signed.size)
        if head is not None and head != signed.head:
            if signed.head not in self._strays.get(signed.size, ()):
                self._find(Fault.FORK, signed.size, signed.size)
            return True  # the signature holds; what it says contradicts what is here
        self._keep_checkpoint(signed)
        return True

    def _holds(self, signed: Signed) -> bool:
        """Without the device's key nothing can be said, and the receipt claims nothing."""
        if self._signer is None:
            return True
        try:
            self._signer.verify(signed.signature, arithmetic.signed_part(signed.body))
        except InvalidSignature:
            return False
        return True

    def _head_at(self, seq: int) -> bytes | None:
        held = self._held.get(seq) or journals.links_at(self._db, self._number, self._chain, [seq]).get(seq)
        return None if held is None else held.h

    def _keep_checkpoint(self, signed: Signed) -> None:
        checked = self._signer is not None
        self._db.execute(
            "INSERT OR REPLACE INTO journal_checkpoints (device, chain, size, head, body, signature, checked)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (self._number, self._chain, signed.size, signed.head, signed.body, signed.signature, checked),
        )
        if checked:
            self.state.signed = max(self.state.signed, signed.size)
        if signed.open is not None and signed.size > self.state.covered:
            self.state.covered, self.state.open = signed.size, signed.open

    # ------------------------------------------------------------------ what must be there

    def _prove(self) -> None:
        """The oldest goes first: an event whose act began after an entry that was sealed by then was sent past it."""
        known = max(
            (
                min(one.links[0].seq - 1, one.signed.size)
                for one in self._came
                if one.signed is not None and one.signed.open is not None and one.id not in self.flagged
            ),
            default=0,
        )
        missing = self.state.missing
        if known > missing.known:
            came = journals.came_between(self._db, self._number, self._chain, missing.known, known)
            missing.extend(known, came, self._now)
        if self._new:
            self.state.waiting_since = self._now

    def _find(self, fault: Fault, first: int, last: int) -> None:
        self.findings.append(Finding(self._device, fault, self._chain, first, last))


def _follows(before: bytes, link: Link) -> bool:
    return arithmetic.link(before, link.seq, link.body_hash) == link.h
