"""Three codings side by side: every difference is a row, and what is chosen is what comes out."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as some

from tests.desks import I50_23, N17_0, Z79_4
from workstation.domain.codes import Code, CodeSystem
from workstation.domain.coding import CodingSummary, Line, LineId, LineKind, PoaIndicator
from workstation.domain.encounter import DocumentId, EncounterId, Passage
from workstation.domain.three_sides import PRINCIPAL, Side, combined, differing, rows
from workstation.ids import uuid7

E1 = EncounterId("e1")
CODES = (I50_23, N17_0, Z79_4, Code(CodeSystem.ICD10CM, "I10"), Code(CodeSystem.ICD10PCS, "4A023N6"))


@some.composite
def summaries(draw: some.DrawFn) -> CodingSummary:
    chosen = draw(some.lists(some.sampled_from(CODES), max_size=5))
    lines = []
    for at, code in enumerate(chosen):
        procedure = code.system is CodeSystem.ICD10PCS
        kind = LineKind.PROCEDURE if procedure else LineKind.DIAGNOSIS
        poa = None if procedure else draw(some.sampled_from([None, *PoaIndicator]))
        passages = draw(some.lists(some.integers(0, 3), max_size=2, unique=True))
        evidence = tuple(Passage(DocumentId("d1"), start, start + 5) for start in passages)
        rationale = draw(some.sampled_from(["", "as documented"]))
        lines.append(Line(LineId(f"l{at}"), kind, code, "", poa, evidence=evidence, rationale=rationale))
    diagnoses = [line.id for line in lines if line.kind is LineKind.DIAGNOSIS]
    principal = draw(some.sampled_from(diagnoses)) if diagnoses and draw(some.booleans()) else None
    return CodingSummary(E1, principal, tuple(lines), draw(some.sampled_from(["", "a comment"])))


def said(summary: CodingSummary) -> tuple:
    """What it says, without ids and without order."""
    lines = sorted(
        (str(line.code), str(line.poa), sorted((p.start, p.end) for p in line.evidence), line.rationale)
        for line in summary.lines
    )
    return str(summary.principal.code) if summary.principal else "", lines, summary.comment


@given(summaries(), summaries())
def test_a_coding_is_never_in_conflict_with_itself(before: CodingSummary, one: CodingSummary) -> None:
    assert differing(rows(before, one, one)) == ()


@given(summaries(), summaries(), summaries())
def test_one_side_throughout_is_that_side(before: CodingSummary, theirs: CodingSummary, mine: CodingSummary) -> None:
    found = rows(before, theirs, mine)
    assert said(combined(theirs, mine, {row.key: Side.MINE for row in found}, uuid7)) == said(mine)
    assert said(combined(theirs, mine, {row.key: Side.THEIRS for row in found}, uuid7)) == said(theirs)
    assert said(combined(theirs, mine, {}, uuid7)) == said(mine)


@given(summaries(), summaries(), summaries())
def test_what_comes_out_says_of_each_row_what_was_chosen(
    before: CodingSummary, theirs: CodingSummary, mine: CodingSummary
) -> None:
    chosen = {row.key: (Side.THEIRS if at % 2 else Side.MINE) for at, row in enumerate(rows(before, theirs, mine))}
    out = combined(theirs, mine, chosen, uuid7)
    again = {row.key: row for row in rows(before, out, out)}
    for row in rows(before, theirs, mine):
        wanted = row.theirs if chosen[row.key] is Side.THEIRS else row.mine
        if row.key == PRINCIPAL:
            kept = {str(line.code) for line in out.diagnoses}
            assert again[row.key].mine == (wanted if wanted in kept else "")
        elif wanted:
            assert wanted in [
                one.mine for key, one in again.items() if key.partition("#")[0] == row.key.partition("#")[0]
            ]
    assert len({line.id for line in out.lines}) == len(out.lines)


@given(summaries(), summaries(), summaries())
def test_a_suggestion_is_made_only_where_one_side_kept_what_was_there(
    before: CodingSummary, theirs: CodingSummary, mine: CodingSummary
) -> None:
    for row in differing(rows(before, theirs, mine)):
        if row.suggestion is Side.MINE:
            assert row.before == row.theirs
        elif row.suggestion is Side.THEIRS:
            assert row.before == row.mine
        else:
            assert row.before not in (row.theirs, row.mine)
    assert all(row.suggestion is None for row in differing(rows(None, theirs, mine)))


def test_the_words_are_a_coders() -> None:
    mine = CodingSummary(
        E1, LineId("a"), (Line(LineId("a"), LineKind.DIAGNOSIS, I50_23, "Acute on chronic", PoaIndicator.YES),)
    )
    theirs = replace(mine, principal_id=None, lines=(replace(mine.lines[0], poa=PoaIndicator.NO, rationale="echo"),))
    found = {row.key: row for row in rows(mine, theirs, mine)}
    row = found["diagnosis:I50.23"]
    assert (row.what, row.before, row.theirs, row.mine) == (
        "I50.23 Acute on chronic", "coded, POA Y", "coded, POA N, “echo”", "coded, POA Y",
    )  # fmt: skip
    assert found[PRINCIPAL].told == "the server removed it"
