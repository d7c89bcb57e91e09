"""What the verifier says: which fault, where, and the mark kept outside the journal that it is held against."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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


@dataclass(frozen=True, slots=True, order=True)
class Anchor:
    """The highest entry ever signed (in the keyring) or written (in the mark beside the file); the later is greater."""

    chain: int = 0
    seq: int = 0

    def __str__(self) -> str:
        return f"{self.chain}:{self.seq}"

    @classmethod
    def parse(cls, text: str | None) -> Anchor:
        """What the keyring keeps; what is no anchor is none."""
        chain, _, seq = (text or "").partition(":")
        return cls(int(chain), int(seq)) if chain.isdecimal() and seq.isdecimal() else cls()
