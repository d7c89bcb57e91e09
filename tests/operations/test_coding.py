"""What a coder does to a summary."""

from __future__ import annotations

import json
from datetime import date

import pytest

from tests.desks import D1, E1, I50_23, N17_0, NOTE, NOW, Z79_4, Bench
from workstation.cache import outbox, tasks, work
from workstation.domain.audit import Outcome
from workstation.domain.codes import Code, CodeSystem
from workstation.domain.coding import PoaIndicator
from workstation.domain.encounter import EncounterId, Passage
from workstation.domain.worklist import WorkState
from workstation.errors import AuditUnavailable, NotAllowed, NotHere
from workstation.operations import audit, coding, drafts
from workstation.operations.coding import Finalized
from workstation.sealed_db import Connection

HF = Passage(D1, NOTE.index("Acute"), NOTE.index("failure") + 7, "Acute on chronic systolic heart failure")


def standing(bench: Bench):
    return bench.desk.db.read(lambda db: work.get(db, E1)).result()


def letters(bench: Bench):
    return bench.desk.db.read(lambda db: outbox.open_of(db, E1)).result()


def ready_to_finalize(bench: Bench) -> None:
    coding.add(bench.desk, E1, I50_23, principal=True, poa=PoaIndicator.YES, evidence=(HF,)).result()


def test_a_code_is_on_record_before_it_is_in_the_summary(bench: Bench) -> None:
    bench.guard.holds = True
    asked = coding.add(bench.desk, E1, I50_23, principal=True)
    bench.desk.db.read(lambda db: None).result()
    assert bench.guard.acts == ["code-add"]
    assert not asked.done()
    bench.guard.answer()
    assert asked.result().principal.code == I50_23
    assert bench.guard.outcomes == [(bench.guard.intents[0].id, Outcome.DONE, "")]


def test_without_the_journal_nothing_is_coded(bench: Bench) -> None:
    bench.guard.refuses = True
    with pytest.raises(AuditUnavailable):
        coding.add(bench.desk, E1, I50_23).result()
    assert standing(bench).state is WorkState.NOT_STARTED


def test_poa_is_never_defaulted_but_for_exempt_codes(bench: Bench) -> None:
    coding.add(bench.desk, E1, I50_23, principal=True).result()
    summary = coding.add(bench.desk, E1, Z79_4).result()
    assert [line.poa for line in summary.lines] == [None, PoaIndicator.EXEMPT]


def test_the_first_change_starts_the_work_and_tells_the_server_once(bench: Bench) -> None:
    coding.add(bench.desk, E1, I50_23).result()
    coding.add(bench.desk, E1, N17_0).result()
    assert standing(bench).state is WorkState.IN_PROGRESS
    assert [json.loads(letter.body)["task"]["status"] for letter in letters(bench)] == ["in-progress"]


def test_undo_goes_back_step_by_step_and_survives_a_new_desk(bench: Bench) -> None:
    first = coding.add(bench.desk, E1, I50_23, principal=True).result()
    coding.add(bench.desk, E1, N17_0).result()
    coding.set_rationale(bench.desk, E1, first.lines[0].id, "as the consultant says").result()
    assert coding.undo(bench.desk, E1).result().line(first.lines[0].id).rationale == ""
    assert len(coding.undo(bench.desk, E1).result().lines) == 1
    assert coding.undo(bench.desk, E1).result().lines == ()
    revision = coding.undo(bench.desk, E1).result().revision
    assert coding.undo(bench.desk, E1).result().revision == revision


def test_a_change_that_changes_nothing_costs_no_undo_step(bench: Bench) -> None:
    summary = coding.add(bench.desk, E1, I50_23, principal=True, poa=PoaIndicator.YES).result()
    same = coding.set_poa(bench.desk, E1, summary.lines[0].id, PoaIndicator.YES).result()
    assert same.revision == summary.revision
    assert coding.undo(bench.desk, E1).result().lines == ()


def test_a_blocking_finding_keeps_the_encounter_open_and_writes_nothing(bench: Bench) -> None:
    coding.add(bench.desk, E1, I50_23).result()
    before = letters(bench)
    found = coding.finalize(bench.desk, E1).result()
    assert isinstance(found, tuple)
    assert {finding.rule for finding in found} >= {"no-principal", "poa-missing"}
    assert standing(bench).state is WorkState.IN_PROGRESS
    assert letters(bench) == before
    assert bench.guard.outcomes[-1][1] is Outcome.ABORTED


def test_finalize_writes_state_and_letter_together(bench: Bench) -> None:
    ready_to_finalize(bench)
    done = coding.finalize(bench.desk, E1).result()
    assert isinstance(done, Finalized)
    assert standing(bench).state is WorkState.FINALIZED
    letter = letters(bench)[-1]
    assert (letter.id, letter.kind.value) == (done.letter_id, "result")
    claim = json.loads(letter.body)["claim"]
    assert claim["identifier"][0]["value"] == standing(bench).result_id
    assert claim["diagnosis"][0]["onAdmission"]["coding"][0]["code"] == "Y"
    assert bench.changes[-1].outbox
    assert bench.changes[-1].worklist


def test_a_finalized_summary_says_what_it_was_checked_with(bench: Bench) -> None:
    ready_to_finalize(bench)
    coding.finalize(bench.desk, E1).result()
    claim = json.loads(letters(bench)[-1].body)["claim"]
    stamps = {part["url"]: part for part in claim["extension"][0]["extension"]}
    assert stamps["codeBook"]["valueString"] == "FY2027"
    assert stamps["edits"]["valueString"]


def test_a_finalized_encounter_is_not_changed_by_accident(bench: Bench) -> None:
    ready_to_finalize(bench)
    coding.finalize(bench.desk, E1).result()
    with pytest.raises(NotAllowed):
        coding.add(bench.desk, E1, N17_0).result()


def test_a_reopened_encounter_keeps_its_result_id(bench: Bench) -> None:
    ready_to_finalize(bench)
    coding.finalize(bench.desk, E1).result()
    result_id = standing(bench).result_id
    coding.reopen(bench.desk, E1).result()
    assert [letter.kind.value for letter in letters(bench)] == ["task"]
    coding.finalize(bench.desk, E1).result()
    assert standing(bench).result_id == result_id


def test_a_withdrawn_encounter_takes_no_more_codes_and_keeps_those_it_has(bench: Bench) -> None:
    coding.add(bench.desk, E1, I50_23, principal=True).result()
    bench.desk.db.write(lambda db: tasks.withdraw(db, tasks.of_encounter(db, E1).id, "cancelled")).result()
    with pytest.raises(NotAllowed):
        coding.add(bench.desk, E1, N17_0).result()


def test_procedures_and_services_find_their_place(bench: Bench) -> None:
    pcs, cpt = Code(CodeSystem.ICD10PCS, "4A023N6"), Code(CodeSystem.CPT, "99284")
    coding.add(bench.desk, E1, pcs, performed_on=date(2026, 11, 10)).result()
    summary = coding.add(bench.desk, E1, cpt, modifiers=("25",)).result()
    assert [line.code for line in summary.procedures] == [pcs]
    assert [line.modifiers for line in summary.services] == [("25",)]


def test_evidence_is_cited_once_and_taken_away(bench: Bench) -> None:
    line = coding.add(bench.desk, E1, I50_23).result().lines[0]
    coding.cite(bench.desk, E1, line.id, HF).result()
    cited = coding.cite(bench.desk, E1, line.id, HF).result()
    assert cited.line(line.id).evidence == (HF,)
    assert cited.line(line.id).evidence[0].text == HF.text
    assert coding.uncite(bench.desk, E1, line.id, HF).result().line(line.id).evidence == ()


def test_an_encounter_that_is_not_here_is_said_so(bench: Bench) -> None:
    with pytest.raises(NotHere):
        coding.add(bench.desk, EncounterId("e9"), I50_23).result()


def test_after_a_crash_each_open_intent_is_settled_by_what_was_committed(bench: Bench) -> None:
    coding.add(bench.desk, E1, I50_23).result()
    done = bench.guard.intents[-1].id
    settled = audit.settle(bench.desk.db, [done, "never-done"]).result()
    assert settled == {done: Outcome.DONE, "never-done": Outcome.ABORTED}


def test_recent_codes_come_back_newest_first(bench: Bench) -> None:
    for code in (I50_23, N17_0, I50_23):
        coding.add(bench.desk, E1, code).result()
        bench.clock[0] = bench.clock[0].replace(minute=bench.clock[0].minute + 1)
    assert [code for code, _ in coding.recent(bench.desk).result()] == [I50_23, N17_0]


def test_work_is_only_here_until_the_server_has_confirmed_it(bench: Bench) -> None:
    def left() -> int:
        return bench.desk.db.read(work.only_here).result()

    assert left() == 0
    drafts.keep(bench.desk, E1, "finder", "chf").result()
    assert left() == 0, "words typed into the finder are nobody's work"
    drafts.keep(bench.desk, E1, "comment", "ask about the echo").result()
    assert left() == 1
    drafts.keep(bench.desk, E1, "comment", "").result()
    ready_to_finalize(bench)
    assert left() == 1
    coding.finalize(bench.desk, E1).result()
    assert left() == 1, "it waits to be sent"
    bench.desk.db.write(settle_all).result()
    assert left() == 0


def settle_all(db: Connection) -> None:
    """The server has confirmed every letter."""
    while letters := outbox.sendable(db, NOW):
        for letter in letters:
            outbox.settle(db, letter.id, outbox.Post.CONFIRMED, "201", NOW)
