"""Events of a journal set aside that the server lacks: those still readable and authentic under their own chain."""

from __future__ import annotations

import hmac
import json
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from workstation.domain.audit import VIEWS, Intent
from workstation.domain.trail import JournalEntry, Phase
from workstation.journal import chain as links
from workstation.journal.needs import JournalKeys
from workstation.journal.rows import entry_from
from workstation.sealed_db import Connection
from workstation.wreck import Wreck, read_wreck

_ENTRY = ("chain", "seq", "id", "phase", "user", "body", "h", "mac")
_CHECKPOINT = ("chain", "size", "head", "body", "signature")
_CODER = ("user", "practitioner_id", "name", "credential", "roles")

Row = tuple[Any, ...]


@dataclass
class Salvage:
    """What could be read, and of it what the chain's own key vouches for."""

    name: str
    chain: int = 0  # the last one of that journal
    lost: int = 0  # entries that were read and that nothing vouches for
    entries: dict[tuple[str, str], JournalEntry] = field(default_factory=dict)  # not confirmed, by (id, phase)
    bodies: dict[tuple[str, str], str] = field(default_factory=dict)
    checkpoints: list[Row] = field(default_factory=list)  # signed by this device
    coders: list[Row] = field(default_factory=list)
    confirmed: set[str] = field(default_factory=set)

    def events(self) -> list[str]:
        """Ids of whole events that the server is not known to have, in order."""
        return [one.id for one in self._intents() if one.act in VIEWS or self._ended(one)]

    def cut_off(self) -> list[Intent]:
        """Acts whose end is not readable, or was never written."""
        cut = [one for one in self._intents() if one.act not in VIEWS and not self._ended(one)]
        return [
            Intent(
                one.act,
                one.subject,
                f"cut off with journal entry {one.chain}.{one.seq}",
                id=str(uuid.uuid5(uuid.NAMESPACE_OID, one.id)),
            )
            for one in cut
        ]

    def users_of_cut_off(self) -> list[str]:
        return [one.user for one in self._intents() if one.act not in VIEWS and not self._ended(one)]

    def _ended(self, intent: JournalEntry) -> bool:
        return (intent.id, Phase.OUTCOME.value) in self.entries

    def _intents(self) -> Iterator[JournalEntry]:
        return (entry for (_, phase), entry in self.entries.items() if phase == Phase.INTENT.value)


def salvage(path: Path, keys: JournalKeys) -> Salvage:
    """Read a journal that was set aside; empty when it does not open at all."""
    found = Salvage(path.name)
    bases: dict[tuple[int, int], bytes] = {}  # (chain, seq) -> its hash, known without reading the entry

    def read(wreck: Wreck) -> None:
        signer = Ed25519PublicKey.from_public_bytes(keys.verify_key)
        for row in wreck.named("checkpoints", ("chain", "size"), _CHECKPOINT):
            if _is_signed(signer, links.signed_part(row[3]), row[4]):
                found.checkpoints.append(row)
                bases[row[0], row[1]] = bytes(row[2])
        for chain, seq, h, signature in wreck.numbered(
            "chains", "chain", ("chain", "pruned_to", "pruned_h", "pruned_signature")
        ):
            found.chain = max(found.chain, chain)
            if h and _is_signed(signer, links.pruned_part(keys.device, chain, seq, h), signature or b""):
                bases[chain, seq] = bytes(h)
        found.coders = list(wreck.named("coders", ("user",), _CODER))
        found.confirmed = {
            row[0] for row in wreck.named("uploads", ("id",), ("id", "acknowledged_at")) if row[1] is not None
        }
        judge = _Judge(keys, bases)
        for row in wreck.numbered("entries", "position", _ENTRY):
            found.chain = max(found.chain, row[0])
            if not judge.vouches(*row):
                found.lost += 1
            elif row[2] not in found.confirmed:
                found.entries[row[2], row[3]] = entry_from((0, row[0], row[1], row[5], row[6]))
                found.bodies[row[2], row[3]] = row[5]

    key = keys.journal_key()
    try:
        read_wreck(path, key, read)
    finally:
        key[:] = bytes(len(key))
    return found


def keep(connection: Connection, found: Salvage) -> int:
    """Inside a transaction: what the uplink sends before all else, under its own chain; how many events."""
    events = found.events()
    for chain, size, head, body, signature in found.checkpoints if events else ():
        connection.execute(
            "insert or ignore into checkpoints(chain, size, head, body, signature) values (?, ?, ?, ?, ?)",
            (chain, size, head, body, signature),
        )
    connection.executemany(
        "insert or ignore into coders(user, practitioner_id, name, credential, roles) values (?, ?, ?, ?, ?)",
        found.coders,
    )
    first = connection.execute("select min(position, 0) from (select min(position) position from uploads)").fetchone()[
        0
    ]
    for number, entry_id in enumerate(events, start=(first or 0) - len(events)):
        for phase in (Phase.INTENT.value, Phase.OUTCOME.value):
            entry = found.entries.get((entry_id, phase))
            if entry is not None:
                connection.execute(
                    "insert or ignore into salvaged(id, phase, chain, seq, body, h) values (?, ?, ?, ?, ?, ?)",
                    (entry_id, phase, entry.chain, entry.seq, found.bodies[entry_id, phase], entry.h),
                )
        connection.execute("insert or ignore into uploads(id, position) values (?, ?)", (entry_id, number))
    return len(events)


def tick_off(connection: Connection, found: Salvage, events: int) -> None:
    """Inside a transaction, and last: a crash before it has everything told again, under the same ids."""
    connection.execute("insert or replace into set_aside(name, events) values (?, ?)", (found.name, events))


class _Judge:
    """Whether the chain's key made an entry's code, and its text is linked to something the device vouched for."""

    def __init__(self, keys: JournalKeys, bases: dict[tuple[int, int], bytes]) -> None:
        self._keys, self._bases = keys, bases
        self._ratchets: dict[int, tuple[int, Iterator[bytes]]] = {}  # chain -> (entries passed, keys of the next)

    def vouches(
        self, chain: int, seq: int, entry_id: str, phase: str, user: str, body: str, h: bytes, mac: bytes
    ) -> bool:
        if not hmac.compare_digest(links.quick_mac(self._key(chain, seq), h), mac):
            return False
        before = self._bases.get((chain, seq - 1), links.genesis(self._keys.device, chain) if seq == 1 else b"")
        self._bases[chain, seq] = bytes(h)  # so says the key; the text is another matter
        self._bases.pop((chain, seq - 1), None)
        if not before or links.link(before, seq, links.body_hash(body)) != h:
            return False
        fields = json.loads(body)
        said = (fields["device"], fields["intent"], fields["phase"], fields["user"])
        return said == (self._keys.device, entry_id, phase, user)

    def _key(self, chain: int, seq: int) -> bytes:
        """Entries come in order; one that does not begins the ratchet anew."""
        at, ratchet = self._ratchets.get(chain, (0, iter(())))
        if not 0 < at < seq:
            seed = self._keys.ratchet_seed()
            at, ratchet = 0, links.keys_from(seed, chain)
        key = next(islice(ratchet, seq - at - 1, None))
        self._ratchets[chain] = seq, ratchet
        return key


def _is_signed(signer: Ed25519PublicKey, message: bytes, signature: bytes) -> bool:
    try:
        signer.verify(signature, message)
    except InvalidSignature:
        return False
    return True


def not_yet_read(connection: Connection, files: Iterable[Path]) -> list[Path]:
    """Those set aside whose events were not looked for yet: a crash may have come between."""
    known = {row[0] for row in connection.execute("select name from set_aside")}
    return [one for one in files if one.name not in known]
