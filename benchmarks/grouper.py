"""Grouper: claims per second, bare and with what each secondary contributes, over the answer keys."""

from __future__ import annotations

import json
import statistics
import sys
import time
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from workstation.codebook.book import CodeBook
from workstation.codebook.grouper import MsDrgGrouper
from workstation.domain.codes import Code, CodeSystem
from workstation.domain.coding import LineId, PoaIndicator
from workstation.domain.grouping import GroupedDiagnosis, Stay

ROOT = Path(__file__).resolve().parents[1]
ROUNDS = 5


def stays() -> list[tuple[Stay, int]]:
    """The inpatient keys with the DRG each must give."""
    found: list[tuple[Stay, int]] = []
    for key in json.loads((ROOT / "tests" / "data" / "practice_keys.json").read_text("utf-8")):
        if key["setting"] != "inpatient":
            continue
        lines: list[GroupedDiagnosis] = []
        for text in (key["pdx"], *key["sdx"]):
            bare, _, poa = text.partition(":")
            code = Code.parse(CodeSystem.ICD10CM, bare)
            lines.append(GroupedDiagnosis(LineId(bare), code, PoaIndicator(poa or "Y")))
        procedures = tuple(Code.parse(CodeSystem.ICD10PCS, bare) for bare in key["pcs"])
        sex = "female" if key["sex"] == "F" else "male"
        stay = Stay(
            date(2026, 11, 15), key["age"], sex, key["discharge_status"], lines[0], tuple(lines[1:]), procedures
        )
        found.append((stay, key["drg_v44"]))
    return found


def bare_claims(asked: list[tuple[Stay, int]]) -> float:
    """Claims per second of the package alone: the floor."""
    import msdrg

    from workstation.codebook.grouper import _claim

    claims = [_claim(stay) for stay, _ in asked] * 40
    with msdrg.MsdrgGrouper() as native:
        began = time.perf_counter()
        for claim in claims:
            native.group(claim)  # type: ignore[arg-type]
        return len(claims) / (time.perf_counter() - began)


def main() -> None:
    asked = stays()
    grouper = MsDrgGrouper(CodeBook.open(ROOT / "resources" / "codesets" / "codebook.db"))
    right = sum(grouper.group(stay).drg.number == drg for stay, drg in asked)
    times: list[float] = []
    for _ in range(ROUNDS):
        for stay, _ in asked:
            began = time.perf_counter()
            grouper.group(stay)
            times.append((time.perf_counter() - began) * 1000)
    floor = statistics.median(bare_claims(asked) for _ in range(ROUNDS))
    times.sort()
    p50, p99 = statistics.median(times), times[int(0.99 * len(times))]
    print(f"keys grouped right: {right} of {len(asked)}")
    print(f"package alone: {floor:.0f} claims/s (the floor)")
    print(f"with every secondary's contribution: {1000 / statistics.mean(times):.0f} stays/s")
    print(f"right={right} n={len(asked)} claims_s={floor:.0f} stay_p50_ms={p50:.2f} stay_p99_ms={p99:.2f}")


if __name__ == "__main__":
    main()
