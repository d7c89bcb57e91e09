"""Views: nothing is shown that is not on record, and what was left is found again."""

from __future__ import annotations

import pytest

from tests.desks import D1, E1, NOTE, NOW, Bench, a_task, an_encounter, open_bench, put_chart
from workstation.cache import contents, tasks
from workstation.domain.access import RevealReason
from workstation.domain.encounter import DocumentId, Passage
from workstation.domain.mirror import Content
from workstation.domain.worklist import SendState, WorkState
from workstation.errors import AuditUnavailable, DocumentUnreadable, NotHere
from workstation.operations import coding, documents, drafts, encounters, holds, identifiers, place, worklist
from workstation.operations import tasks as assignments
from workstation.operations.holds import HoldReason
from workstation.operations.place import Place
from workstation.operations.tasks import HandBackReason


def test_a_view_is_its_intent_alone(bench: Bench) -> None:
    encounters.open(bench.desk, E1).result()
    assert bench.guard.acts == ["view-encounter"]
    assert bench.guard.outcomes == []


@pytest.mark.parametrize(
    "look",
    [
        worklist.load,
        lambda desk: encounters.open(desk, E1),
        lambda desk: documents.open(desk, D1),
        lambda desk: documents.search(desk, E1, "heart"),
        lambda desk: identifiers.reveal(desk, E1, RevealReason.VERIFY_PATIENT),
    ],
)
def test_nothing_is_shown_when_it_cannot_be_recorded(bench: Bench, look) -> None:
    bench.guard.refuses = True
    with pytest.raises(AuditUnavailable):
        look(bench.desk).result()


def test_intents_name_ids_and_never_people_or_words(bench: Bench) -> None:
    documents.open(bench.desk, D1).result()
    documents.search(bench.desk, E1, "heart failure").result()
    identifiers.reveal(bench.desk, E1, RevealReason.MATCH_DOCUMENT).result()
    said = repr(bench.guard.intents)
    assert "DocumentReference/d1" in said
    for secret in ("Brannigan", "00482913", "heart"):
        assert secret not in said


def test_an_encounter_opens_as_it_was_left(bench: Bench) -> None:
    there = Place(E1, D1, 12, Passage(D1, 3, 9, "words"), "rationale", "chart")
    place.remember(bench.desk, there).result()
    drafts.keep(bench.desk, E1, "rationale:x", "because the consult").result()
    opened = encounters.open(bench.desk, E1).result()
    assert (opened.place, opened.place.passage.text) == (there, "words")
    assert opened.drafts == {"rationale:x": "because the consult"}
    assert opened.encounter.documents[0].is_here
    assert place.last(bench.desk).result() == there


def test_an_emptied_draft_is_forgotten(bench: Bench) -> None:
    drafts.keep(bench.desk, E1, "comment", "half").result()
    drafts.keep(bench.desk, E1, "comment", "").result()
    assert drafts.load(bench.desk, E1).result() == {}


def test_the_whole_encounter_comes_back_from_the_cache_as_it_went_in(bench: Bench) -> None:
    opened = encounters.open(bench.desk, E1).result().encounter
    assert opened.patient == an_encounter().patient
    assert opened.providers == an_encounter().providers
    assert opened.discharged_at == an_encounter().discharged_at


def test_a_document_is_unread_until_it_was_opened_and_again_in_a_new_version(bench: Bench) -> None:
    assert worklist.load(bench.desk).result()[0].unread_documents == 1
    assert documents.open(bench.desk, D1).result().text == NOTE
    assert worklist.load(bench.desk).result()[0].unread_documents == 0
    encounter = an_encounter()
    from dataclasses import replace

    put_chart(bench, replace(encounter, documents=(replace(encounter.documents[0], version="2"),)))
    assert worklist.load(bench.desk).result()[0].unread_documents == 1
    documents.open(bench.desk, D1).result()
    documents.mark_unread(bench.desk, D1).result()
    assert worklist.load(bench.desk).result()[0].unread_documents == 1


def test_a_document_that_cannot_be_shown_says_why(bench: Bench) -> None:
    fault = Content(D1, "1", "application/dicom", None, None, "It is of the kind application/dicom.")
    bench.desk.db.write(lambda db: contents.put(db, fault)).result()
    with pytest.raises(DocumentUnreadable, match="dicom"):
        documents.open(bench.desk, D1).result()
    with pytest.raises(NotHere):
        documents.open(bench.desk, DocumentId("d9")).result()


def test_search_finds_a_phrase_over_a_line_break_and_shows_its_line(bench: Bench) -> None:
    hits = documents.search(bench.desk, E1, "HEART   failure").result()
    assert [(NOTE[hit.start : hit.end], hit.line_text) for hit in hits] == [
        ("heart failure", "Acute on chronic systolic heart failure.")
    ]
    assert NOTE[hits[0].line_start :].startswith("Acute")
    assert [NOTE[h.start : h.end] for h in documents.search(bench.desk, E1, "baseline systolic").result()] == [
        "systolic",
        "baseline",
    ]
    assert documents.search(bench.desk, E1, "(k92.2").result() == ()
    assert documents.search(bench.desk, E1, "  ").result() == ()


def test_the_worklist_masks_the_patient(bench: Bench) -> None:
    row = worklist.load(bench.desk).result()[0]
    assert (row.patient_initials, row.masked_mrn) == ("H. B.", "•••••913")
    assert (row.account_number, row.service, row.is_complete) == ("2611090417", "Medicine", True)


def test_a_hold_is_shown_with_its_reason_and_released(bench: Bench) -> None:
    holds.hold(bench.desk, E1, HoldReason.QUERY).result()
    row = worklist.load(bench.desk).result()[0]
    assert (row.work_state, row.hold_reason) == (WorkState.ON_HOLD, "awaiting a provider's answer")
    assert row.send_state is SendState.WAITING
    holds.release(bench.desk, E1).result()
    assert worklist.load(bench.desk).result()[0].work_state is WorkState.IN_PROGRESS


def test_what_is_handed_back_leaves_the_worklist_at_once(bench: Bench) -> None:
    assignments.hand_back(bench.desk, E1, HandBackReason.CONFLICT_OF_INTEREST).result()
    assert worklist.load(bench.desk).result() == ()


def test_what_was_withdrawn_while_worked_on_stays_and_says_so(bench: Bench) -> None:
    from tests.desks import I50_23

    coding.add(bench.desk, E1, I50_23, principal=True).result()
    bench.desk.db.write(lambda db: tasks.withdraw(db, a_task().id, "reassigned")).result()
    opened = encounters.open(bench.desk, E1).result()
    assert (opened.work_state, opened.withdrawn) == (WorkState.WITHDRAWN, "reassigned")
    assert opened.summary.principal.code == I50_23


def test_reveal_uncovers_everything_and_has_an_outcome(bench: Bench) -> None:
    patient = identifiers.reveal(bench.desk, E1, RevealReason.VERIFY_PATIENT).result()
    assert (patient.full_name, patient.mrn) == ("Brannigan, Harold James", "00482913")
    assert bench.guard.intents[-1].reason == "verify-patient"
    assert len(bench.guard.outcomes) == 1


def test_a_cache_in_memory_works_like_one_on_disk() -> None:
    bench = open_bench(None)
    put_chart(bench)
    assert worklist.load(bench.desk).result()[0].encounter_id == E1
    assert bench.desk.now() == NOW
    bench.desk.db.close()
