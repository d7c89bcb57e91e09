"""The verifier: whether this journal is whole, in order, ours, and signed; and if not, why."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from workstation.errors import CacheDamaged
from workstation.journal import chain as links
from workstation.journal import waypoints
from workstation.journal.verdict import Anchor, Fault, JournalFinding, Verdict
from workstation.sealed_db import Connection, DatabaseError

__all__ = ["Anchor", "Fault", "JournalFinding", "Progress", "Verdict", "verify"]

LONGEST_UNSIGNED = 200  # a checkpoint is due every 100 entries; a crash may cost one
ENTRIES_PER_WORD = 2_000  # how often progress is told
LONGEST_SEARCH = 100_000  # keys tried, beyond twice the entries, for what a forger may have held

#: (entries done, entries in all): whoever waits can show how far it is.
Progress = Callable[[int, int], None]
#: Opens the same file once more, for reading.
Another = Callable[[], Connection]

# As bytes: an entry's text may have been made anything, and a text that is no UTF-8 must be a finding, not an error.
_ENTRIES = """select seq, cast(id as blob), cast(phase as blob), cast(user as blob), cast(body as blob), h, mac
    from entries where chain = ? and seq > ? order by seq"""


def verify(
    connection: Connection,
    *,
    device: str,
    seed: bytes | bytearray,
    verify_key: bytes,
    anchor: Anchor | None = None,
    mark: Anchor | None = None,
    since: Mapping[int, int] | None = None,
    progress: Progress | None = None,
    another: Another | None = None,
    pages: bool = True,
) -> Verdict:
    """Read the entries after `since` of each chain, and its checkpoints. What cannot be read is a finding.

    `anchor` is what the keyring says was signed, `mark` what the file beside says was written.

    `progress` is called on this thread: at the beginning, now and then, and at the end. With `another` the file's
    pages are checked meanwhile, on a thread of their own; without `pages` only those that are read.
    """
    marks = anchor or Anchor(), mark or Anchor()
    verifier = _Verifier(connection, device, seed, verify_key, marks, since or {}, progress)
    try:
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal-pages") as beside:
            if not pages:
                return verifier.run(None)
            if another is None:
                return verifier.run(_done(_pages_are_whole(connection)))
            return verifier.run(beside.submit(_check_another, another))
    except (DatabaseError, CacheDamaged):
        return Verdict(0, 0, (JournalFinding(Fault.UNREADABLE),))


def _pages_are_whole(connection: Connection) -> bool:
    return [row[0] for row in connection.execute("pragma integrity_check")] == ["ok"]


def _check_another(another: Another) -> bool:
    connection = another()
    try:
        return _pages_are_whole(connection)
    finally:
        connection.close()


def _done(answer: bool) -> Future[bool]:
    future: Future[bool] = Future()
    future.set_result(answer)
    return future


class _Verifier:
    def __init__(
        self,
        connection: Connection,
        device: str,
        seed: bytes | bytearray,
        verify_key: bytes,
        marks: tuple[Anchor, Anchor],
        since: Mapping[int, int],
        progress: Progress | None,
    ) -> None:
        self._connection, self._device, self._seed = connection, device, seed
        self._signer = Ed25519PublicKey.from_public_bytes(verify_key)
        self._anchor, self._since = marks[0], since
        self._marks = marks
        self._progress = progress
        self._expected = 0
        self._findings: list[JournalFinding] = []
        self._entries = self._checkpoints = 0
        self._later_keys: list[bytes] = []  # those a forger was seen to hold
        self._searched = 0
        self._in_vain = (0, 0)  # (chain, seq): no later key made this one, so a run of them is not searched again
        self._users: dict[bytes, bytes] = {}

    def run(self, pages: Future[bool] | None) -> Verdict:
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
        for stray in self._chains_of_entries():
            if stray not in known:
                self._find(Fault.MISPLACED, stray, 0)
        for mark in sorted({one for one in self._marks if one.chain and one.chain not in known}):
            self._find(Fault.TAIL_MISSING, mark.chain, mark.seq)
        if pages is not None and not pages.result():
            self._findings.insert(0, JournalFinding(Fault.UNREADABLE))
        self._tell()
        return Verdict(self._entries, self._checkpoints, tuple(self._findings))

    def _announce(self) -> None:
        """How much there is to read."""
        if self._progress is None:
            return
        for chain in self._chains_of_entries():
            first, last = self._connection.execute(
                "select (select min(seq) from entries where chain = ?1), (select max(seq) from entries where chain = ?1)",
                (chain,),
            ).fetchone()
            self._expected += max(last - max(first - 1, self._since.get(chain, 0)), 0)
        self._tell()

    def _tell(self) -> None:
        if self._progress is not None:
            self._progress(self._entries, max(self._expected, self._entries))

    def _find(self, fault: Fault, chain: int, seq: int) -> None:
        self._findings.append(JournalFinding(fault, chain, seq))

    def _chains_of_entries(self) -> list[int]:
        """One step in the index for each chain, not one for each entry."""
        return [
            row[0]
            for row in self._connection.execute(
                "with recursive found(chain) as (select min(chain) from entries union all "
                "select (select min(chain) from entries where chain > found.chain) from found where chain is not null) "
                "select chain from found where chain is not null"
            )
        ]

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
        signed = self._connection.execute(
            "select size, head, body, signature from checkpoints where chain = ? and size >= ? order by size",
            (chain, start),
        ).fetchall()
        sizes = {row[0] for row in signed}
        heads = {start: previous}  # only where something was signed: a million would fill the memory
        keys = waypoints.keys_after(self._connection, self._seed, chain, start)
        marks = b',"chain":%d,"device":%s,"intent":"' % (chain, json.dumps(self._device).encode())
        expected = start + 1
        for seq, *columns in self._connection.execute(_ENTRIES, (chain, start)):
            self._entries += 1
            if self._entries % ENTRIES_PER_WORD == 0:
                self._tell()
            if seq != expected:
                self._find(Fault.HEAD_MISSING if expected == start + 1 else Fault.GAP, chain, expected)
                keys = waypoints.keys_after(self._connection, self._seed, chain, seq - 1)
                previous = b""  # what it was linked to is gone
            key = next(keys)
            if not self._holds(seq, previous, key, marks, columns):
                self._entry(chain, seq, previous, key, columns)
            previous = columns[4]
            if seq in sizes:
                heads[seq] = previous
            expected = seq + 1
        self._signatures(chain, start, expected - 1, heads, signed)

    def _holds(self, seq: int, previous: bytes, key: bytes, marks: bytes, columns: list[Any]) -> bool:
        """The quick way through what is well, without reading the text as JSON.

        What the key authenticates is canonical, and there an unescaped quote stands between values alone: so the
        marks are found where the fields are, and nowhere else. Any doubt goes the slow way, which says why.
        """
        entry_id, phase, user, body, h, mac = columns
        linked = sha256(b"journal-v1" + previous + seq.to_bytes(8, "big") + sha256(body).digest()).digest()
        return (
            linked == h
            and hmac.compare_digest(links.quick_mac(key, h), mac)
            and marks + entry_id + b'","outcome":"' in body
            and b'"phase":"' + phase + b'","reason":"' in body
            and b',"seq":%d,"session":"' % seq in body
            and body.endswith(self._users.get(user) or self._user(user))
        )

    def _user(self, user: bytes) -> bytes:
        written = json.dumps(user.decode(errors="replace"), ensure_ascii=False).encode()
        self._users[user] = b',"user":' + written + b"}"
        return self._users[user]

    def _entry(self, chain: int, seq: int, previous: bytes, key: bytes, columns: list[Any]) -> None:
        entry_id, phase, user, body, h, mac = columns
        fields = _fields(body)
        if fields.get("device") != self._device:
            return self._find(Fault.OTHER_DEVICE, chain, seq)
        if (fields.get("chain"), fields.get("seq")) != (chain, seq):
            return self._find(Fault.MISPLACED, chain, seq)
        said = [str(fields.get(name)).encode(errors="replace") for name in ("intent", "phase", "user")]
        linked = not previous or links.link(previous, seq, sha256(body).digest()) == h
        if said != [entry_id, phase, user] or not linked:
            return self._find(Fault.EDITED, chain, seq)
        if not hmac.compare_digest(links.mac(key, h), mac):
            return self._find(self._kind_of_forgery(chain, seq, key, h, mac), chain, seq)
        return None

    def _kind_of_forgery(self, chain: int, seq: int, key: bytes, h: bytes, mac: bytes) -> Fault:
        """Whoever took the journal's present state holds a later key, and only that."""
        if any(hmac.compare_digest(links.quick_mac(held, h), mac) for held in self._later_keys):
            return Fault.LATER_KEY
        if self._in_vain != (chain, seq - 1):
            count = self._connection.execute("select count(*) + 1 from entries").fetchone()[0]
            for _ in range(min(count, 2 * count + LONGEST_SEARCH - self._searched)):
                self._searched += 1
                key = links.quick_next_key(key)
                if hmac.compare_digest(links.quick_mac(key, h), mac):
                    self._later_keys.append(key)
                    return Fault.LATER_KEY
        self._in_vain = (chain, seq)
        return Fault.NOT_AUTHENTIC

    def _signatures(
        self, chain: int, start: int, last: int, heads: dict[int, bytes], rows: list[tuple[int, bytes, str, bytes]]
    ) -> None:
        signed, before = start, ""
        for size, head, body, signature in rows:
            self._checkpoints += 1
            fault = self._fault_of_checkpoint((chain, size, head, body, signature), before, last, heads)
            if fault is None and start == 0 and not before and _fields(body)["previous"]:
                fault = Fault.UNSIGNED  # the first one was taken away
            if fault is not None:
                self._find(fault, chain, size)
            elif size - signed > LONGEST_UNSIGNED:
                self._find(Fault.UNSIGNED, chain, size)
            if fault is not Fault.UNSIGNED:
                signed, before = size, body
        if last - signed > LONGEST_UNSIGNED:
            self._find(Fault.UNSIGNED, chain, last)
        highest = max((one.seq for one in self._marks if one.chain == chain), default=0)
        if highest > last:
            self._find(Fault.TAIL_MISSING, chain, highest)
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


def _fields(body: str | bytes) -> dict[str, Any]:
    try:
        fields = json.loads(body)
    except ValueError:
        return {}
    return fields if isinstance(fields, dict) else {}
