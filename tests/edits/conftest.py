"""A case to check: an encounter and its coding, built from a few words, over the real code book."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.codebook.conftest import PACK, build
from workstation.codebook.book import CodeBook
from workstation.domain.codes import Code, CodeSystem
from workstation.domain.coding import CodingSummary, Line, LineId, LineKind, PoaIndicator
from workstation.domain.edits import Finding, Level, findings
from workstation.domain.encounter import (
    Document,
    DocumentId,
    Encounter,
    EncounterClass,
    EncounterId,
    Passage,
    Patient,
    PatientId,
    TaskId,
)

DISCHARGED = datetime(2026, 11, 15, 11, tzinfo=UTC)
NOTE = Document(
    DocumentId("note"), EncounterId("enc"), "1", "34117-2", "History and physical", "H&P", "A. Writer", True, None,
    "text/plain", 10, "final",
)  # fmt: skip
Check = Callable[..., tuple[Finding, ...]]


@pytest.fixture(scope="session")
def book() -> CodeBook:
    return CodeBook.open(PACK if PACK.exists() else build(PACK))


def encounter(
    *, inpatient: bool = True, age: int = 60, sex: str = "male", days: int = 5, on: datetime = DISCHARGED
) -> Encounter:
    admitted = on - timedelta(days=days)
    born = date(admitted.year - age, 1, 2)
    patient = Patient(PatientId("pat"), "Example", ("Pat",), sex, born, "000001")
    kind = EncounterClass.INPATIENT if inpatient else EncounterClass.AMBULATORY
    return Encounter(
        EncounterId("enc"), TaskId("task"), "1", patient, kind, admitted, on, "1", "01", "Lakemere", "", "", "", False,
        documents=(NOTE,),
    )  # fmt: skip


def line(book: CodeBook, text: str, system: CodeSystem, on: date, words: str = "as documented") -> Line:
    """`N39.0:N` is not present on admission; exempt codes are marked so."""
    written, _, poa = text.partition(":")
    code = Code.parse(system, written)
    facts = book.look_up(code, on)
    kinds = {CodeSystem.ICD10CM: LineKind.DIAGNOSIS, CodeSystem.ICD10PCS: LineKind.PROCEDURE}
    kind = kinds.get(system, LineKind.SERVICE)
    marked = (PoaIndicator.EXEMPT if facts.poa_exempt else PoaIndicator(poa or "Y")) if poa != "-" else None
    return Line(
        LineId(code.value), kind, code, facts.title,
        poa=marked if kind is LineKind.DIAGNOSIS else None,
        performed_on=on if kind is LineKind.PROCEDURE else None,
        evidence=(Passage(NOTE.id, 0, len(words), words),),
    )  # fmt: skip


def summary(book: CodeBook, on: date, principal: str, *others: Line | str) -> CodingSummary:
    lines = [line(book, principal, CodeSystem.ICD10CM, on)]
    lines += [o if isinstance(o, Line) else line(book, o, CodeSystem.ICD10CM, on) for o in others]
    return CodingSummary(EncounterId("enc"), lines[0].id, tuple(lines))


@pytest.fixture
def check(book: CodeBook) -> Check:
    """Findings for codes written as text, on an encounter described by keywords."""

    def checked(
        principal: str,
        *others: Line | str,
        procedures: tuple[str, ...] = (),
        services: tuple[Line, ...] = (),
        raised: dict[str, Level] | None = None,
        change: Callable[[CodingSummary], CodingSummary] | None = None,
        **kind: object,
    ) -> tuple[Finding, ...]:
        where = encounter(**kind)  # type: ignore[arg-type]
        on = where.service_date
        assert on is not None
        made = summary(book, on, principal, *others)
        more = tuple(line(book, p, CodeSystem.ICD10PCS, on) for p in procedures)
        made = replace(made, lines=(*made.lines, *more, *services))
        return findings(change(made) if change else made, where, book, raised)

    return checked


def rules(found: tuple[Finding, ...], level: Level | None = None) -> set[str]:
    return {f.rule for f in found if level is None or f.level is level}
