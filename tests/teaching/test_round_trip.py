"""A teaching copy from the request to the reader, against the practice hospital: who learns what, and what stays nowhere."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.practice.hospital import QUICK, Hospital, running
from tests.teaching.people import SMALL, Person, approve, ask, at_desk, make, say_no_to_all
from workstation.domain.audit import Act
from workstation.domain.policy import Policy
from workstation.domain.teaching.copy import TeachingCopy
from workstation.domain.teaching.headings import HEADINGS, OTHERWISE
from workstation.domain.teaching.request import NeedCode, Step
from workstation.domain.teaching.risk import Risk
from workstation.errors import NotAllowed, NotHere
from workstation.fhir.incoming import patient
from workstation.operations import teaching, teaching_copies
from workstation.sync import SyncKind

ACCOUNT = "2611090417"  # heart failure with hypoxia: twelve documents, a long flowsheet, results, a relative
TABLES = ("Laboratory results", "Vital signs", "Medications", "Problem list")


@pytest.fixture
def hospital(tmp_path: Path) -> Iterator[Hospital]:
    with running(tmp_path / "practice", *QUICK) as served:
        yield served


@pytest.fixture
def omar(tmp_path: Path, hospital: Hospital) -> Iterator[Person]:
    with at_desk(tmp_path, hospital, "omar") as person:
        yield person


@pytest.fixture
def lena(tmp_path: Path, hospital: Hospital) -> Iterator[Person]:
    with at_desk(tmp_path, hospital, "lena") as person:
        yield person


def stored(hospital: Hospital) -> dict:
    """The one request as the server holds it."""
    tasks = hospital.control("POST", "resource", type="Task")
    [found] = [task for task in tasks if "teaching-copy" in json.dumps(task["code"])]
    return found


def chart(hospital: Hospital) -> tuple[list[str], list[str]]:
    """(what names anybody in the chart the copy is made of, lines of its documents)."""

    def all_of(kind: str) -> list[dict]:
        return hospital.control("POST", "resource", type=kind)

    encounter = next(e for e in all_of("Encounter") if ACCOUNT in json.dumps(e["identifier"]))
    reference = f"Encounter/{encounter['id']}"
    who = next(p for p in all_of("Patient") if encounter["subject"]["reference"].endswith(f"/{p['id']}"))
    person = patient(who)
    born = person.birth_date
    assert born is not None
    documents = [d for d in all_of("DocumentReference") if reference in json.dumps(d["context"])]
    authors = {a["reference"] for d in documents for a in d["author"]}
    authors |= {p["individual"]["reference"] for p in encounter["participant"]}
    staff = [p for p in all_of("Practitioner") if f"Practitioner/{p['id']}" in authors]
    named = [person.family, *person.given, person.mrn, ACCOUNT, *person.phones, encounter["id"], who["id"]]
    named += [relative.split(",")[0] for relative in person.relatives]
    named += [piece.strip() for line in person.addresses for piece in line.split(",") if len(piece.strip()) > 3]
    named += [born.isoformat(), f"{born:%m/%d/%Y}", f"{born.month}/{born.day}/{born.year}", f"{born:%m/%d/%y}"]
    named += [p["name"][0]["family"] for p in staff] + ["Lakemere"]
    named += [d["id"] for d in documents] + [d["content"][0]["attachment"]["url"] for d in documents]
    started = date.fromisoformat(encounter["period"]["start"][:10])
    named += [f"{day:%m/%d/%Y}" for day in (started, started + timedelta(days=1))]
    lines = []
    for binary in all_of("Binary"):
        if binary.get("securityContext", {}).get("reference") == reference and binary["contentType"].startswith(
            "text/plain"
        ):
            text = base64.b64decode(binary["data"]).decode()
            lines += [line.strip() for line in text.splitlines() if any(n in line for n in (person.family, person.mrn))]
    assert len(lines) > 10
    return [word for word in named if len(word) > 2], lines


def scanned(rows: object) -> str:
    return json.dumps(rows, ensure_ascii=False, default=lambda value: value.decode("utf-8", "replace")).lower()


def released(omar: Person, lena: Person, account: str = SMALL) -> TeachingCopy:
    ask(omar)
    approve(lena, account)
    copy = make(omar)
    say_no_to_all(omar, copy.id)
    done = teaching_copies.release(omar.board, copy.id).result()
    omar.sync.once()
    return done


def test_a_copy_goes_from_the_request_to_the_reader_and_names_nobody(
    hospital: Hospital, omar: Person, lena: Person
) -> None:
    copy = released(omar, lena, ACCOUNT)
    read = teaching_copies.read(omar.bench.desk, copy.id).result()
    text = "\n".join(section.text for section in read.sections)
    assert "heart failure" in text
    assert "[NAME]" in text
    assert "Creatinine" in text
    assert "[DATE 2026]" in text
    kinds = {section.heading.partition(" (")[0] for section in read.sections}
    assert kinds <= {*HEADINGS.values(), OTHERWISE, "About this encounter", *TABLES}
    named, lines = chart(hospital)
    task = stored(hospital)
    cache, wire = scanned(omar.rows()), scanned(task)
    for word in named:
        assert word.lower() not in scanned([omar.rows()["teaching_copies"], omar.rows()["teaching_tasks"]]), word
        assert word.lower() not in cache, word
        assert word.lower() not in wire, word
    for line in lines:
        assert scanned(line)[1:-1] not in cache
    assert task["status"] == "completed"
    counts = {o["type"]["coding"][0]["code"]: o["valueInteger"] for o in task["output"]}
    assert counts["NAME"] > 10
    assert counts["DATE"] > 10
    assert omar.request().step is Step.RELEASED


def test_a_reader_is_on_record_by_the_request_and_never_by_the_patient(omar: Person, lena: Person) -> None:
    copy = released(omar, lena)
    teaching_copies.read(omar.bench.desk, copy.id).result()
    [seen] = [i for i in omar.bench.guard.intents if i.act is Act.VIEW_TEACHING]
    assert (seen.subject.what, seen.subject.patient, seen.subject.encounter) == (f"Task/{copy.task_id}", "", "")
    fetched = [i for i in omar.bench.guard.intents if i.act is Act.FETCH]
    assert [(i.reason, bool(i.subject.patient)) for i in fetched] == [("teaching", True)]
    omar.bench.guard.refuses = True
    with pytest.raises(Exception, match="audit journal"):
        teaching_copies.read(omar.bench.desk, copy.id).result()


def test_the_educator_reaches_the_approved_chart_only_and_only_while_it_stands(
    hospital: Hospital, omar: Person, lena: Person
) -> None:
    session = hospital.as_user("omar")

    def reach() -> set[int]:
        encounters = hospital.control("POST", "resource", type="Encounter")
        return {session.get(hospital.url(f"Encounter/{e['id']}")).status_code for e in encounters}

    ask(omar)
    assert reach() == {404}
    approve(lena)
    encounter = stored(hospital)["encounter"]["reference"]
    assert session.get(hospital.url(encounter)).status_code == 200
    others = [
        e["id"] for e in hospital.control("POST", "resource", type="Encounter") if not encounter.endswith(e["id"])
    ]
    assert {session.get(hospital.url(f"Encounter/{name}")).status_code for name in others} == {404}
    assert session.get(hospital.url("Claim")).json().get("total") == 0
    copy = make(omar)
    say_no_to_all(omar, copy.id)
    teaching_copies.release(omar.board, copy.id).result()
    omar.sync.once()
    assert reach() == {404}


def test_an_approval_that_is_over_opens_no_chart(hospital: Hospital, omar: Person, lena: Person) -> None:
    ask(omar)
    approve(lena)
    omar.sync.once()
    task = stored(hospital)
    hospital.control("POST", "clock", offset_seconds=15 * 24 * 3600)
    answer = hospital.as_user("omar").get(hospital.url(task["encounter"]["reference"]))
    assert answer.status_code == 404
    omar.later(days=15)
    assert omar.request().step is Step.LAPSED
    with pytest.raises(NotAllowed, match="not approved"):
        omar.making.make(task["id"]).result()


def test_nothing_is_released_while_a_doubt_or_a_question_is_open(omar: Person, lena: Person) -> None:
    ask(omar)
    approve(lena)
    omar.sync.once()
    task_id = omar.request().task.id
    asked = omar.making.make(task_id).result()
    assert asked.open
    still = omar.making.keep().result()
    assert not isinstance(still, TeachingCopy)
    assert omar.rows()["teaching_copies"] == []
    first = asked.doubts[0]
    assert first.places
    again = omar.making.settle(first.word, keep=True).result()
    assert again.open == asked.open - 1
    omar.making.take_out_rest().result()
    copy = omar.making.keep().result()
    assert isinstance(copy, TeachingCopy)
    with pytest.raises(NotAllowed, match="questions are not settled"):
        teaching_copies.release(omar.board, copy.id).result()
    say_no_to_all(omar, copy.id)
    teaching_copies.answer(omar.board, copy.id, Risk.OCCUPATION, yes=True).result()
    with pytest.raises(NotAllowed, match="1 questions"):
        teaching_copies.release(omar.board, copy.id).result()
    with pytest.raises(NotHere):
        teaching_copies.read(omar.bench.desk, copy.id).result()
    teaching_copies.answer(
        omar.board, copy.id, Risk.OCCUPATION, yes=True, reason="Many people do this work in every county."
    ).result()
    teaching_copies.answer(omar.board, copy.id, Risk.ACTUAL_KNOWLEDGE, yes=True).result()
    with pytest.raises(NotAllowed, match="not argued away"):
        teaching_copies.answer(
            omar.board, copy.id, Risk.ACTUAL_KNOWLEDGE, yes=True, reason="I think it does no harm at all."
        ).result()
    mended = teaching_copies.mend(omar.board, copy.id, Risk.ACTUAL_KNOWLEDGE, "dispatcher").result()
    assert "dispatcher" not in scanned([section.text for section in mended.sections])
    assert mended.answer(Risk.ACTUAL_KNOWLEDGE).by == "omar"  # type: ignore[union-attr]
    teaching_copies.release(omar.board, copy.id).result()
    assert "dispatcher" not in scanned(
        [s.text for s in teaching_copies.read(omar.bench.desk, copy.id).result().sections]
    )


def test_a_coder_asks_for_nothing_and_the_server_says_so_too(tmp_path: Path, hospital: Hospital) -> None:
    with at_desk(tmp_path, hospital, "dana") as dana:
        with pytest.raises(NotAllowed):
            teaching.ask(dana.board, NeedCode.ONBOARDING, "sepsis")
        assert not teaching.concerns(dana.bench.desk)
        with at_desk(tmp_path, hospital, "omar") as omar:
            ask(omar)
        body = {name: value for name, value in stored(hospital).items() if name not in ("id", "meta")}
        session = hospital.as_user("dana")
        mine = {**body, "requester": {"reference": "Practitioner/dana"}}
        assert session.post(hospital.url("Task"), json=mine).status_code == 403
        assert session.get(hospital.url(f"Task/{stored(hospital)['id']}")).status_code == 404


def test_nobody_approves_their_own_request(tmp_path: Path, hospital: Hospital, omar: Person) -> None:
    ask(omar)
    task = stored(hospital)
    encounter = hospital.control("POST", "resource", type="Encounter")[0]
    reference = {"reference": f"Encounter/{encounter['id']}"}
    approved = {
        **task, "status": "accepted", "encounter": reference, "focus": reference, "for": encounter["subject"],
        "owner": {"reference": "Practitioner/omar"}, "restriction": {"period": {"end": "2099-01-01T00:00:00Z"}},
    }  # fmt: skip
    answer = hospital.as_user("omar").put(hospital.url(f"Task/{task['id']}"), json=approved)
    assert answer.status_code == 403
    session = hospital.as_user("lena")
    coder = {**approved, "owner": {"reference": "Practitioner/dana"}}
    assert session.put(hospital.url(f"Task/{task['id']}"), json=coder).status_code == 422
    endless = {name: value for name, value in approved.items() if name != "restriction"}
    assert session.put(hospital.url(f"Task/{task['id']}"), json=endless).status_code == 422
    other = {**approved, "description": "another topic"}
    assert session.put(hospital.url(f"Task/{task['id']}"), json=other).status_code == 403
    assert session.put(hospital.url(f"Task/{task['id']}"), json=approved).status_code == 200


def test_a_lead_desk_refuses_its_own_request_too(omar: Person, lena: Person) -> None:
    ask(omar)
    lena.sync.once()
    object.__setattr__(lena.bench.desk.coder, "practitioner_id", "omar")
    with pytest.raises(NotAllowed, match="own request"):
        teaching.refuse(lena.board, lena.request().task.id, "The topic is covered already.").result()


def test_an_auditor_proposes_and_never_sees_the_copy(
    tmp_path: Path, hospital: Hospital, omar: Person, lena: Person
) -> None:
    with at_desk(tmp_path, hospital, "ruth") as ruth:
        ask(ruth, "missed secondary diagnoses", NeedCode.AUDIT_FINDING)
        approve(lena)
        copy = make(omar)
        ruth.sync.once()
        assert ruth.request().step is Step.APPROVED
        encounter = stored(hospital)["encounter"]["reference"]
        assert hospital.as_user("ruth").get(hospital.url(encounter)).status_code == 404
        with pytest.raises(NotAllowed):
            ruth.making.make(copy.task_id).result()
        with pytest.raises(NotAllowed):
            teaching_copies.read(ruth.bench.desk, copy.id).result()
        say_no_to_all(omar, copy.id)
        teaching_copies.release(omar.board, copy.id).result()
        omar.sync.once()
        ruth.sync.once()
        assert ruth.request().step is Step.MADE


def test_a_decision_the_server_refuses_does_not_hold_up_the_next(
    hospital: Hospital, omar: Person, lena: Person
) -> None:
    ask(omar)
    lena.sync.once()
    task_id = lena.request().task.id
    chosen = lena.making.candidates().result()[0]
    teaching.approve(lena.bench.desk, task_id, chosen, "dana").result()  # no educator
    assert lena.request().step is Step.SENDING
    lena.sync.once()
    assert lena.request().step is Step.ASKED
    assert lena.request().why.startswith("An educator makes the copy.")
    teaching.approve(lena.bench.desk, task_id, chosen, "omar").result()
    lena.sync.once()
    assert stored(hospital)["status"] == "accepted"
    assert lena.request().step is Step.APPROVED


def test_a_refusal_comes_back_with_its_reason(omar: Person, lena: Person) -> None:
    ask(omar)
    lena.sync.once()
    with pytest.raises(NotAllowed, match="needs a reason"):
        teaching.refuse(lena.board, lena.request().task.id, "no")
    teaching.refuse(lena.board, lena.request().task.id, "This topic is covered by the last copy.").result()
    lena.sync.once()
    omar.sync.once()
    assert (omar.request().step, omar.request().why) == (Step.DECLINED, "This topic is covered by the last copy.")


@pytest.mark.parametrize(
    "topic", ["the Brannigan case", "stay of 11/09/2026", "MRN 00482913", "Mercy Hospital transfers"]
)
def test_a_topic_that_names_somebody_is_not_sent(omar: Person, topic: str) -> None:
    with pytest.raises(NotAllowed, match="topic holds"):
        teaching.ask(omar.board, NeedCode.ONBOARDING, topic).result()
    assert omar.requests() == ()


def test_a_copy_expires_is_recalled_or_discarded_and_its_text_goes(omar: Person, lena: Person) -> None:
    copy = released(omar, lena)
    omar.later(days=91)
    with pytest.raises(NotHere, match="expired"):
        teaching_copies.read(omar.bench.desk, copy.id).result()
    teaching_copies.tend(omar.bench.desk).result()
    assert [row[2:4] for row in omar.rows()["teaching_copies"]] == [("expired", "")]
    [purged] = [i for i in omar.bench.guard.intents if i.act is Act.PURGE]
    assert purged.subject.what == f"Task/{copy.task_id}"
    assert omar.request().step is Step.EXPIRED


def test_a_lead_takes_a_released_copy_back(omar: Person, lena: Person) -> None:
    copy = released(omar, lena)
    lena.sync.once()
    teaching.recall(lena.board, copy.task_id, "A colleague recognised the case.").result()
    lena.sync.once()
    omar.sync.once()
    teaching_copies.tend(omar.bench.desk).result()
    assert omar.request().step is Step.RECALLED
    with pytest.raises(NotHere):
        teaching_copies.read(omar.bench.desk, copy.id).result()
    assert "low back" not in scanned(omar.rows()["teaching_copies"])


def test_a_discarded_copy_is_gone_at_once(omar: Person, lena: Person) -> None:
    copy = released(omar, lena)
    teaching_copies.discard(omar.bench.desk, copy.id).result()
    assert omar.request().step is Step.DISCARDED
    assert [row[3] for row in omar.rows()["teaching_copies"]] == [""]


def test_a_release_the_server_refuses_is_not_read(hospital: Hospital, omar: Person, lena: Person) -> None:
    ask(omar)
    approve(lena)
    copy = make(omar)
    say_no_to_all(omar, copy.id)
    lena.sync.once()
    teaching.recall(lena.board, copy.task_id, "Recalled before it was made.").result()
    lena.sync.once()
    teaching_copies.release(omar.board, copy.id).result()  # this desk has not heard of it yet
    omar.sync.once()
    assert omar.request().step in (Step.WITHHELD, Step.RECALLED)
    with pytest.raises((NotAllowed, NotHere)):
        teaching_copies.read(omar.bench.desk, copy.id).result()


def test_a_server_that_knows_no_teaching_copies_still_gives_charts(hospital: Hospital, omar: Person) -> None:
    hospital.control("POST", "faults", kind="status", status=400, method="GET", path="/fhir/Task", skip=2, count=1)
    state = omar.sync.once()
    assert state.kind is SyncKind.IN_STEP
    assert "Teaching copies: The server refused this." in state.message
    assert omar.sync.once().message == ""


@pytest.mark.parametrize("fault", ["cut", "drop"])
def test_a_request_arrives_once_whatever_the_line_does(hospital: Hospital, omar: Person, fault: str) -> None:
    hospital.control("POST", "faults", kind=fault, method="POST", path="/fhir/Task")
    teaching.ask(omar.board, NeedCode.COMPETENCY, "sepsis").result()
    assert omar.request().step is Step.SENDING
    for _ in range(4):
        omar.sync.once()
        omar.later(minutes=10)
    assert stored(hospital)["description"] == "sepsis"
    assert omar.request().step is Step.ASKED


def test_shifted_dates_move_together_by_whole_weeks_and_the_shift_is_kept_nowhere(
    tmp_path: Path, hospital: Hospital, lena: Person
) -> None:
    with at_desk(tmp_path, hospital, "omar", Policy(teaching_dates="shift")) as omar:
        ask(omar)
        approve(lena)
        encounter = next(
            e for e in hospital.control("POST", "resource", type="Encounter") if SMALL in json.dumps(e["identifier"])
        )
        began, ended = (date.fromisoformat(encounter["period"][end][:10]) for end in ("start", "end"))
        copy = make(omar)
        about = dict(line.split(": ", 1) for line in copy.sections[0].text.splitlines())
        moved = date.fromisoformat(about["Began"][6:16])
        by = (began - moved).days
        assert by % 7 == 0
        assert 28 <= by <= 364
        assert about["Ended"] == f"[DATE {ended - timedelta(days=by)}]"
        assert any(f"[DATE {moved}]" in section.text for section in copy.sections[1:])
        assert copy.dates == "shift"
        rows = scanned(omar.rows())
        assert f'"{by}"' not in rows
        assert not re.search(rf"(?<![\w-])-{by}(?![\w-])", rows)  # not as part of a date or of an id
