"""An export of the journal: chain, checkpoints and signatures to check anywhere, without a patient's identifiers in clear.

One JSON text a line. The first says whose it is; then each chain, its entries by number, hash of text and link, each with
what may be said in clear, and the checkpoints; the last is the device's signature over everything before it.
"""

from __future__ import annotations

import base64
import hmac
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, BinaryIO

from workstation.journal import chain as links
from workstation.keys.derive import context, expand, seal
from workstation.sealed_db import Connection

MAGIC = "coder-workstation journal"
VERSION = 1
ENTRIES_PER_WORD = 2_000
CLEAR = ("time", "user", "act", "phase", "outcome", "reason")
NAMED = ("patient", "encounter", "what", "recipient")
_REFERENCE = re.compile(r"\b[A-Z][A-Za-z]{2,40}/[A-Za-z0-9\-.]{1,64}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries: from a moment to a moment, in POSIX seconds; None is without end."""

    since: float | None = None
    until: float | None = None


@dataclass(frozen=True, slots=True)
class Exporter:
    """Whose export it is: the device's name, key and signature, and the organisation's key where there is one."""

    device: str
    verify_key: bytes
    sign: Callable[[bytes], bytes]
    content_key: bytearray  # random, of this export alone
    sealed_key: bytes = b""  # the same, sealed to the organisation's recovery key
    recovery_key: bytes = b""
    made_at: float = 0.0


def write_export(
    connection: Connection, out: BinaryIO, whose: Exporter, wanted: Wanted, progress: Callable[[int, int], None]
) -> tuple[int, int]:
    """(entries told of, checkpoints) written to `out`. The connection stands in a transaction: one state of it."""
    writer = _Writer(connection, out, whose, wanted, progress)
    writer.run()
    return writer.entries, writer.checkpoints


def pseudonym(key: bytes | bytearray, text: str) -> str:
    """Which kind it is, and a name nobody can turn back: the same within one export alone."""
    if not text:
        return ""
    kind = re.split(r"[/?]", text, maxsplit=1)[0]
    shown = kind if kind.isalpha() else "Id"
    return f"{shown}/~{hmac.digest(key, text.encode(), 'sha256')[:10].hex()}"


def said_of(body: str | bytes, key: bytes | bytearray) -> dict[str, Any]:
    """What of an entry may stand in clear. Its text as a whole cannot be guessed from it: the intent's id is random."""
    try:
        fields = json.loads(body)
        subject = fields["subject"]
        said: dict[str, Any] = {name: fields[name] for name in CLEAR if fields[name] != ""}
        said["intent"] = pseudonym(key, f"Intent/{fields['intent']}")
        for name in NAMED:
            if subject.get(name):
                said[name] = pseudonym(key, subject[name])
        if subject.get("sources"):
            said["sources"] = [pseudonym(key, one) for one in str(subject["sources"]).split()]
    except (ValueError, KeyError, TypeError, AttributeError):
        return {"unreadable": True}
    if "reason" in said:
        said["reason"] = _REFERENCE.sub(lambda found: pseudonym(key, found[0]), str(said["reason"]))
    return said


def pseudonym_key(content_key: bytearray) -> bytearray:
    return expand(content_key, context("journal-export-pseudonyms", VERSION))


def bound_key(device: str) -> bytes:
    """What the sealed key of an export is bound to."""
    return context("journal-export", VERSION, device)


def bound_entry(device: str, chain: int, seq: int) -> bytes:
    return context("journal-export-entry", VERSION, device, chain, seq)


def signed_end(digest: bytes) -> bytes:
    """What the device signs: it can never be taken for a checkpoint."""
    return b"coder-workstation journal export v1\0" + digest


class _Writer:
    def __init__(
        self,
        connection: Connection,
        out: BinaryIO,
        whose: Exporter,
        wanted: Wanted,
        progress: Callable[[int, int], None],
    ) -> None:
        self._connection, self._out, self._whose, self._wanted = connection, out, whose, wanted
        self._progress, self._digest = progress, sha256()
        self._names = pseudonym_key(whose.content_key)
        self.entries = self.checkpoints = 0

    def run(self) -> None:
        whose = self._whose
        self._line(
            {
                "export": MAGIC,
                "version": VERSION,
                "device": whose.device,
                "public_key": _text(whose.verify_key),
                "made_at": round(whose.made_at, 3),
                "since": self._wanted.since,
                "until": self._wanted.until,
                "recovery_key": _text(whose.recovery_key),
                "sealed_key": _text(whose.sealed_key),
            }
        )
        spans = [span for chain in self._chains() if (span := self._span(*chain)) is not None]
        total = sum(last - after for _, after, last, *_ in spans)
        for span in spans:
            self._chain(*span, total)
        self._progress(total, total)
        digest = self._digest.digest()
        end = {"entries": self.entries, "checkpoints": self.checkpoints, "sha256": digest.hex()}
        self._line({"end": {**end, "signature": _text(whose.sign(signed_end(digest)))}})

    def _chains(self) -> list[tuple[int, int, bytes | None, bytes | None]]:
        return self._connection.execute(
            "select chain, pruned_to, pruned_h, pruned_signature from chains order by chain"
        ).fetchall()

    def _span(
        self, chain: int, pruned_to: int, pruned_h: bytes | None, signature: bytes | None
    ) -> tuple[int, int, int, bytes, bytes] | None:
        """(chain, after which entry, up to which, what the next is linked to, signature of the pruning).

        From the last checkpoint before what is wanted to the first one after it: both ends are signed.
        """
        since, until = self._wanted.since, self._wanted.until
        first, last = self._connection.execute(
            "select min(seq), max(seq) from entries where chain = ?1"
            " and (?2 is null or not json_valid(body) or json_extract(body, '$.time') >= ?2)"
            " and (?3 is null or not json_valid(body) or json_extract(body, '$.time') < ?3)",
            (chain, since, until),
        ).fetchone()
        if first is None:
            return None
        begin = self._connection.execute(
            "select size, head from checkpoints where chain = ? and size < ? order by size desc limit 1", (chain, first)
        ).fetchone()
        end = self._connection.execute(
            "select min(size) from checkpoints where chain = ? and size >= ?", (chain, last)
        ).fetchone()[0]
        if begin is None or since is None:
            after, h = (
                pruned_to,
                bytes(pruned_h) if pruned_to and pruned_h else links.genesis(self._whose.device, chain),
            )
            return chain, after, end or last, h, signature or b""
        return chain, begin[0], end or last, bytes(begin[1]), b""

    def _chain(self, chain: int, after: int, last: int, h: bytes, signature: bytes, total: int) -> None:
        self._line({"chain": chain, "after": after, "h": h.hex(), "pruned": _text(signature)})
        signed = self._checkpoints_of(chain, after, last)
        at_start = next(signed, None)
        if at_start is not None and at_start[0] == after:
            self._checkpoint(*at_start)
            at_start = next(signed, None)
        rows = self._connection.execute(
            "select seq, cast(body as blob), h from entries where chain = ? and seq > ? and seq <= ? order by seq",
            (chain, after, last),
        )
        for seq, body, own in rows:
            self._entry(chain, seq, bytes(body), bytes(own))
            while at_start is not None and at_start[0] <= seq:
                self._checkpoint(*at_start)
                at_start = next(signed, None)
            if self.entries % ENTRIES_PER_WORD == 0:
                self._progress(self.entries, total)

    def _checkpoints_of(self, chain: int, after: int, last: int) -> Iterator[tuple[int, str, bytes]]:
        yield from self._connection.cursor().execute(
            "select size, body, signature from checkpoints where chain = ? and size >= ? and size <= ? order by size",
            (chain, after, last),
        )

    def _entry(self, chain: int, seq: int, body: bytes, h: bytes) -> None:
        self.entries += 1
        line: dict[str, Any] = {"entry": seq, "body_hash": sha256(body).hexdigest(), "h": h.hex()}
        if self._is_wanted(body):
            line["said"] = said_of(body, self._names)
            if self._whose.sealed_key:
                bound = bound_entry(self._whose.device, chain, seq)
                line["sealed"] = _text(seal(self._whose.content_key, body, bound))
        self._line(line)

    def _is_wanted(self, body: bytes) -> bool:
        """Entries between the ends that are outside the time asked for stand by their hashes alone."""
        since, until = self._wanted.since, self._wanted.until
        if since is None and until is None:
            return True
        try:
            time = float(json.loads(body)["time"])
        except (ValueError, KeyError, TypeError):
            return True
        return (since is None or time >= since) and (until is None or time < until)

    def _checkpoint(self, size: int, body: str, signature: bytes) -> None:
        self.checkpoints += 1
        self._line({"checkpoint": size, "body": body, "signature": _text(bytes(signature))})

    def _line(self, fields: dict[str, Any]) -> None:
        line = links.canonical(fields).encode() + b"\n"
        self._digest.update(line)
        self._out.write(line)


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()
