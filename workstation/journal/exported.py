"""Reading an export back, on any computer: whether chain, checkpoints and signatures hold, and what was sealed into it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from workstation.errors import ExportTrouble
from workstation.journal import chain as links
from workstation.journal import export
from workstation.journal.verdict import Fault, JournalFinding
from workstation.journal.verify import LONGEST_UNSIGNED
from workstation.keys.derive import SealBroken, unseal
from workstation.keys.recovery import open_with

LONGEST_LINE = 4 * 1024 * 1024  # bytes: a disclosure names each of its sources
_BAD = (ValueError, KeyError, TypeError, AttributeError)


@dataclass
class Exported:
    """What a file says and whether it holds."""

    device: str = ""
    made_at: float = 0.0
    since: float | None = None
    until: float | None = None
    own_key: bytes = b""  # the public key the file itself names
    is_sealed: bool = False
    entries: int = 0
    told: int = 0  # of them with what may stand in clear
    checkpoints: int = 0
    opened: int = 0  # texts unsealed, each the very text that was chained
    chains: list[tuple[int, int, int]] = field(default_factory=list)  # (chain, first, last)
    findings: list[JournalFinding] = field(default_factory=list)


def is_export(path: Path) -> bool:
    """Whether a file is an export and not a journal: its first line says so."""
    try:
        with path.open("rb") as file:
            return bool(json.loads(file.readline(LONGEST_LINE))["export"] == export.MAGIC)
    except (OSError, *_BAD):
        return False


def read_export(
    path: Path,
    *,
    public_key: bytes = b"",
    private_key: bytes = b"",
    tell: Callable[[dict[str, Any]], object] = lambda fields: None,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Exported:
    """Read all of it. With the organisation's private key each sealed text is opened and handed to `tell`.

    Raises ExportTrouble for what is no export, and for a key that does not open it.
    """
    with path.open("rb") as file:
        return _Reader(file, path.stat().st_size, public_key, private_key, tell, progress).run()


class _Reader:
    def __init__(
        self,
        file: BinaryIO,
        size: int,
        public_key: bytes,
        private_key: bytes,
        tell: Callable[[dict[str, Any]], object],
        progress: Callable[[int, int], None],
    ) -> None:
        self._file, self._size, self._private = file, size, private_key
        self._tell, self._progress = tell, progress
        self._public = public_key
        self._digest = sha256()
        self.found = Exported()
        self._key = bytearray()
        self._names = bytearray()
        self._chain = self._seq = self._signed = 0
        self._h = b""
        self._is_begun = False  # the start of the present chain is vouched for

    def run(self) -> Exported:
        self._header(self._line())
        ended = False
        while line := self._line():
            kind = next((name for name in ("chain", "entry", "checkpoint", "end") if name in line), "")
            if ended or not kind:
                self._find(Fault.MISPLACED)
                break
            try:
                ended = {"chain": self._begin, "entry": self._entry, "checkpoint": self._checkpoint, "end": self._end}[
                    kind
                ](line)
            except _BAD:
                self._find(Fault.UNREADABLE, self._seq + 1)
                break
        if not ended and not self.found.findings:
            self._find(Fault.TAIL_MISSING, self._seq + 1)
        self._progress(self._size, self._size)
        return self.found

    def _line(self) -> dict[str, Any]:
        """The next line; empty at the end of the file. What cannot be read is a finding and ends it."""
        text = self._file.readline(LONGEST_LINE)
        if not text:
            return {}
        self._before, self._line_bytes = self._digest.copy(), len(text)
        self._digest.update(text)
        try:
            found = json.loads(text)
        except ValueError:
            found = None
        if not isinstance(found, dict) or not text.endswith(b"\n"):
            self._find(Fault.UNREADABLE, self._seq + 1)
            return {}
        return found

    def _header(self, line: dict[str, Any]) -> None:
        try:
            if line["export"] != export.MAGIC or line["version"] != export.VERSION:
                raise ExportTrouble("It is an export of a later program.", remedy="Use the program that made it.")
            found = self.found
            found.device, found.made_at = str(line["device"]), float(line["made_at"])
            found.since, found.until = line["since"], line["until"]
            found.own_key = _bytes(line["public_key"])
            sealed_key = _bytes(line["sealed_key"])
        except _BAD:
            raise ExportTrouble("The file is no export of a journal.") from None
        found.is_sealed = bool(sealed_key)
        self._public = self._public or found.own_key
        if self._private:
            self._open(sealed_key)

    def _open(self, sealed_key: bytes) -> None:
        if not sealed_key:
            raise ExportTrouble("Nothing is sealed into this export: it was made without a recovery key.")
        try:
            self._key = open_with(self._private, sealed_key, export.bound_key(self.found.device))
        except (SealBroken, ValueError):
            raise ExportTrouble("This private key does not open the export.") from None
        self._names = export.pseudonym_key(self._key)

    def _begin(self, line: dict[str, Any]) -> bool:
        self._close_chain()
        self._chain, self._seq, self._h = int(line["chain"]), int(line["after"]), bytes.fromhex(line["h"])
        pruned = _bytes(line["pruned"])
        said = links.pruned_part(self.found.device, self._chain, self._seq, self._h)
        self._is_begun = (self._seq == 0 and self._h == links.genesis(self.found.device, self._chain)) or (
            bool(pruned) and self._holds(pruned, said)
        )
        self._signed = self._seq
        self.found.chains.append((self._chain, self._seq + 1, self._seq))
        return False

    def _entry(self, line: dict[str, Any]) -> bool:
        seq, body_hash, h = int(line["entry"]), bytes.fromhex(line["body_hash"]), bytes.fromhex(line["h"])
        self.found.entries += 1
        if not self._is_begun:
            self._find(Fault.HEAD_MISSING, seq)
            self._is_begun = True
        if seq != self._seq + 1:
            self._find(Fault.GAP if seq > self._seq else Fault.MISPLACED, self._seq + 1)
        elif links.link(self._h, seq, body_hash) != h:
            self._find(Fault.EDITED, seq)
        self._seq, self._h = seq, h
        chain, first, _ = self.found.chains[-1]
        self.found.chains[-1] = (chain, first, seq)
        if "said" in line:
            self.found.told += 1
            self._unsealed(line, seq, body_hash)
        if self.found.entries % export.ENTRIES_PER_WORD == 0:
            self._progress(self._file.tell(), self._size)
        return False

    def _unsealed(self, line: dict[str, Any], seq: int, body_hash: bytes) -> None:
        """The text of an entry: the one that was chained, and what stands in clear was taken from it."""
        if not self._key:
            return
        try:
            bound = export.bound_entry(self.found.device, self._chain, seq)
            body = bytes(unseal(self._key, _bytes(line["sealed"]), bound)).decode()
        except (SealBroken, *_BAD):
            self._find(Fault.EDITED, seq)
            return
        if links.body_hash(body) != body_hash or export.said_of(body, self._names) != line["said"]:
            self._find(Fault.EDITED, seq)
            return
        self.found.opened += 1
        self._tell({"chain": self._chain, "entry": seq, "body": body})

    def _checkpoint(self, line: dict[str, Any]) -> bool:
        size, body = int(line["checkpoint"]), str(line["body"])
        self.found.checkpoints += 1
        fields = json.loads(body)
        if not self._holds(_bytes(line["signature"]), links.signed_part(body)):
            self._find(Fault.UNSIGNED, size)
            return False
        if fields["device"] != self.found.device:
            self._find(Fault.OTHER_DEVICE, size)
        elif (fields["chain"], fields["size"]) != (self._chain, size) or size != self._seq:
            self._find(Fault.MISPLACED, size)
        elif fields["head"] != self._h.hex():
            self._find(Fault.FORK, size)
        else:
            self._signed, self._is_begun = size, True
        return False

    def _end(self, line: dict[str, Any]) -> bool:
        self._close_chain()
        said = line["end"]
        digest = self._before.digest()
        counted = (said["entries"], said["checkpoints"], said["sha256"])
        if counted != (self.found.entries, self.found.checkpoints, digest.hex()):
            self._find(Fault.EDITED)
        elif not self._holds(_bytes(said["signature"]), export.signed_end(digest)):
            self._find(Fault.UNSIGNED)
        return True

    def _close_chain(self) -> None:
        # as the verifier has it: what was written last before a chain was given up has no signature of its own
        if self._seq - self._signed > LONGEST_UNSIGNED:
            self._find(Fault.UNSIGNED, self._seq)

    def _find(self, fault: Fault, seq: int = 0) -> None:
        self.found.findings.append(JournalFinding(fault, self._chain if seq else 0, seq))

    def _holds(self, signature: bytes, message: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self._public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


def public_key_from(text: str) -> bytes:
    """32 bytes of a public key: base64 alone, a JWK, what `doctor --jwk` prints, or a FHIR Device.

    Raises ExportTrouble.
    """
    try:
        found = (
            _key_in(json.loads(text))
            if text.lstrip().startswith("{")
            else base64.b64decode(text.strip(), validate=True)
        )
    except _BAD:
        found = b""
    if len(found) != 32:
        raise ExportTrouble(
            "The file holds no public key of a device.",
            remedy="Give it what `doctor --jwk` prints, the FHIR Device, a JWK, or 32 bytes in base64.",
        )
    return found


def _key_in(found: dict[str, Any]) -> bytes:
    if found.get("resourceType") == "Device":
        said = next(
            one for one in found["extension"] if str(one.get("url")).endswith("/StructureDefinition/journal-key")
        )
        return _bytes(said["valueBase64Binary"])
    jwk = found.get("journal", found)
    if (jwk["kty"], jwk["crv"]) != ("OKP", "Ed25519"):
        raise ValueError("another kind of key")
    return base64.urlsafe_b64decode(jwk["x"] + "=" * (-len(jwk["x"]) % 4))


def _bytes(text: object) -> bytes:
    return base64.b64decode(str(text), validate=True)
