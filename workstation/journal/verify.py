"""The verifier: whether this journal is whole, in order, ours, and signed; and if not, why."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from workstation.journal import chain as links
from workstation.sealed_db import Connection, DatabaseError

LONGEST_UNSIGNED = 200  # a checkpoint is due every 100 entries; a crash may cost one
ENTRIES_PER_WORD = 2_000  # how often progress is told

#: (entries done, entries in all): whoever waits can show how far it is.
Progress = Callable[[int, int], None]


class Fault(StrEnum):
    """What was done to a journal, as far as it can be told."""

    OTHER_DEVICE = "other-device"  # entries of another installation
    HEAD_MISSING = "head-missing"  # the first entries are gone
    GAP = "gap"  # entries in the middle are gone
    TAIL_MISSING = "tail-missing"  # fewer entries than were once signed or anchored
    EDITED = "edited"  # an entry's text is not the text that was chained
    MISPLACED = "misplaced"  # an entry stands where it was not written: swapped, copied, inserted
    NOT_AUTHENTIC = "not-authentic"  # chained anew by someone without the key
    LATER_KEY = "later-key"  # authenticated with a key of a later time
    UNSIGNED = "unsigned"  # a checkpoint without the device's signature, or none where one is due
    FORK = "fork"  # signed in two different ways
    UNREADABLE = "unreadable"  # the wrong key, or a damaged file


@dataclass(frozen=True, slots=True)
class JournalFinding:
    fault: Fault
    chain: int = 0
    seq: int = 0

    def __str__(self) -> str:
        return f"{self.fault.value} (chain {self.chain}, entry {self.seq})"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the verifier found, first fault first."""

    entries: int
    checkpoints: int
    findings: tuple[JournalFinding, ...]

    def __bool__(self) -> bool:
        """True when nothing is wrong."""
        return not self.findings


@dataclass(frozen=True, slots=True)
class Anchor:
    """The highest entry ever signed, kept outside the database."""

    chain: int = 0
    seq: int = 0

    def __str__(self) -> str:
        return f"{self.chain}:{self.seq}"

    @classmethod
    def parse(cls, text: str | None) -> Anchor:
        chain, _, seq = (text or "0:0").partition(":")
        return cls(int(chain), int(seq))


def verify(
    connection: Connection,
    *,
    device: str,
    seed: bytes | bytearray,
    verify_key: bytes,
    anchor: Anchor | None = None,
    since: Mapping[int, int] | None = None,
    progress: Progress | None = None,
) -> Verdict:
    """Read the entries after `since` of each chain, and its checkpoints. What cannot be read is a finding.

    `progress` is called on this thread: at the beginning, now and then, and at the end.
    """
    try:
        return _Verifier(connection, device, seed, verify_key, anchor or Anchor(), since or {}, progress).run()
    except DatabaseError:
        return Verdict(0, 0, (JournalFinding(Fault.UNREADABLE),))


class _Verifier:
    def __init__(
        self,
        connection: Connection,
        device: str,
        seed: bytes | bytearray,
        verify_key: bytes,
        anchor: Anchor,
        since: Mapping[int, int],
        progress: Progress | None,
    ) -> None:
        self._connection, self._device, self._seed = connection, device, seed
        self._signer = Ed25519PublicKey.from_public_bytes(verify_key)
        self._anchor, self._since = anchor, since
        self._progress = progress
        self._expected = 0
        self._findings: list[JournalFinding] = []
        self._entries = self._checkpoints = 0

    def run(self) -> Verdict:
        if [row[0] for row in self._connection.execute("pragma integrity_check")] != ["ok"]:
            self._find(Fault.UNREADABLE, 0, 0)
        chains = self._connection.execute(
            "select chain, pruned_to, pruned_h, pruned_signature from chains order by chain"
        ).fetchall()
        self._announce()
        for chain, pruned_to, pruned_h, signature in chains:
            said = links.pruned_part(self._device, chain, pruned_to, pruned_h or b"")
            if pruned_to and not self._is_signed(said, signature or b""):
                self._find(Fault.HEAD_MISSING, chain, pruned_to)
            self._chain(chain, *self._start(chain, pruned_to, pruned_h))
        known = {row[0] for row in chains}
        for (stray,) in self._connection.execute("select distinct chain from entries order by chain"):
            if stray not in known:
                self._find(Fault.MISPLACED, stray, 0)
        if self._anchor.chain and self._anchor.chain not in known:
            self._find(Fault.TAIL_MISSING, self._anchor.chain, self._anchor.seq)
        self._tell()
        return Verdict(self._entries, self._checkpoints, tuple(self._findings))

    def _announce(self) -> None:
        """How much there is to read."""
        if self._progress is not None:
            counts = self._connection.execute("select chain, min(seq), max(seq) from entries group by chain").fetchall()
            starts = {chain: max(first - 1, self._since.get(chain, 0)) for chain, first, _ in counts}
            self._expected = sum(max(last - starts[chain], 0) for chain, _, last in counts)
            self._tell()

    def _tell(self) -> None:
        if self._progress is not None:
            self._progress(self._entries, max(self._expected, self._entries))

    def _find(self, fault: Fault, chain: int, seq: int) -> None:
        self._findings.append(JournalFinding(fault, chain, seq))

    def _start(self, chain: int, pruned_to: int, pruned_h: bytes | None) -> tuple[int, bytes]:
        """After which entry to begin, and what the next is linked to."""
        since = self._since.get(chain, 0)
        if since > pruned_to:
            row = self._connection.execute(
                "select h from entries where chain = ? and seq = ?", (chain, since)
            ).fetchone()
            if row is not None:
                return since, bytes(row[0])
        return pruned_to, pruned_h if pruned_to and pruned_h else links.genesis(self._device, chain)

    def _chain(self, chain: int, start: int, previous: bytes) -> None:
        keys = islice(links.keys_from(self._seed, chain), start, None)
        heads = {start: previous}
        expected = start + 1
        rows = self._connection.execute(
            "select seq, id, phase, user, body, h, mac from entries where chain = ? and seq > ? order by seq",
            (chain, start),
        )
        for seq, *columns in rows:
            self._entries += 1
            if self._entries % ENTRIES_PER_WORD == 0:
                self._tell()
            if seq != expected:
                self._find(Fault.HEAD_MISSING if expected == start + 1 else Fault.GAP, chain, expected)
                keys = islice(links.keys_from(self._seed, chain), seq - 1, None)
                previous = b""  # what it was linked to is gone
            self._entry(chain, seq, previous, next(keys), columns)
            previous = heads[seq] = bytes(columns[4])
            expected = seq + 1
        self._signatures(chain, start, expected - 1, heads)

    def _entry(self, chain: int, seq: int, previous: bytes, key: bytearray, columns: list[Any]) -> None:
        entry_id, phase, user, body, h, mac = columns
        fields = _fields(body)
        if fields.get("device") != self._device:
            return self._find(Fault.OTHER_DEVICE, chain, seq)
        if (fields.get("chain"), fields.get("seq")) != (chain, seq):
            return self._find(Fault.MISPLACED, chain, seq)
        written = (fields.get("intent"), fields.get("phase"), fields.get("user"))
        linked = not previous or links.link(previous, seq, links.body_hash(body)) == h
        if written != (entry_id, phase, user) or not linked:
            return self._find(Fault.EDITED, chain, seq)
        if not hmac.compare_digest(links.mac(key, h), mac):
            return self._find(self._kind_of_forgery(key, h, mac), chain, seq)
        return None

    def _kind_of_forgery(self, key: bytearray, h: bytes, mac: bytes) -> Fault:
        """Whoever took the journal's present state holds a later key, and only that."""
        for _ in range(self._connection.execute("select count(*) + 1 from entries").fetchone()[0]):
            key = links.next_key(key)
            if hmac.compare_digest(links.mac(key, h), mac):
                return Fault.LATER_KEY
        return Fault.NOT_AUTHENTIC

    def _signatures(self, chain: int, start: int, last: int, heads: dict[int, bytes]) -> None:
        signed, before = start, ""
        rows = self._connection.execute(
            "select size, head, body, signature from checkpoints where chain = ? and size >= ? order by size",
            (chain, start),
        ).fetchall()
        for size, head, body, signature in rows:
            self._checkpoints += 1
            fault = self._fault_of_checkpoint((chain, size, head, body, signature), before, last, heads)
            if fault is not None:
                self._find(fault, chain, size)
            elif size - signed > LONGEST_UNSIGNED:
                self._find(Fault.UNSIGNED, chain, size)
            if fault is not Fault.UNSIGNED:
                signed, before = size, body
        if last - signed > LONGEST_UNSIGNED:
            self._find(Fault.UNSIGNED, chain, last)
        if self._anchor.chain == chain and self._anchor.seq > last:
            self._find(Fault.TAIL_MISSING, chain, self._anchor.seq)
        elif self._anchor.chain == chain and self._anchor.seq > signed:
            self._find(Fault.UNSIGNED, chain, self._anchor.seq)

    def _fault_of_checkpoint(
        self, row: tuple[int, int, bytes, str, bytes], before: str, last: int, heads: dict[int, bytes]
    ) -> Fault | None:
        chain, size, head, body, signature = row
        fields = _fields(body)
        if not self._is_signed(links.signed_part(body), signature):
            return Fault.UNSIGNED
        if fields.get("device") != self._device:
            return Fault.OTHER_DEVICE
        if (fields["chain"], fields["size"], fields["head"]) != (chain, size, bytes(head).hex()):
            return Fault.MISPLACED
        if size > last:
            return Fault.TAIL_MISSING
        if size in heads and heads[size] != head:
            return Fault.FORK
        if before and fields["previous"] != links.body_hash(before).hex():
            return Fault.UNSIGNED  # the one before it was taken away
        return None

    def _is_signed(self, message: bytes, signature: bytes) -> bool:
        try:
            self._signer.verify(signature, message)
        except InvalidSignature:
            return False
        return True


def _fields(body: str) -> dict[str, Any]:
    try:
        fields = json.loads(body)
    except ValueError:
        return {}
    return fields if isinstance(fields, dict) else {}
