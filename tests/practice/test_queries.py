"""A provider query from the marked passage to the closed hold, against the practice hospital and its shipped charts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache, partial
from pathlib import Path

import pytest

from tests.desks import Bench, open_bench
from tests.practice.hospital import FHIR, QUICK, Hospital, running
from workstation.cache import captures, contents, encounters, outbox, work
from workstation.domain.audit import Act
from workstation.domain.codes import Code, CodeSystem
from workstation.domain.coding import PoaIndicator
from workstation.domain.encounter import Encounter, EncounterId, Passage
from workstation.domain.incident import RetractReason
from workstation.domain.policy import Policy
from workstation.domain.queries.life import Closing, QueryFile, QueryState, ReviewVerdict, is_reviewed
from workstation.domain.queries.query import Channel, Form, Option, OptionKind, ProviderQuery, Trigger, in_order, revise
from workstation.domain.worklist import Urgency, WorkState, urgency
from workstation.errors import NotAllowed, NotHere, ServerRefused, ServerUnreachable
from workstation.fhir import systems
from workstation.fhir.client import FhirClient
from workstation.operations import coding, disclosures, queries, query_life, query_reviews, tasks, worklist
from workstation.operations import encounters as opening
from workstation.operations.coding import Finalized
from workstation.operations.query_bench import Prepared, QueryBoard
from workstation.operations.query_life import Sent
from workstation.query_packs.shelf import read_books
from workstation.sync import Sync, SyncKind, SyncState

ACCOUNT = "2611090417"  # heart failure with hypoxia, whose diagnosis nobody wrote down

BOOKS = cache(read_books)  # read once for all tests of this file
NOBODYS = EncounterId("")


@dataclass
class Room:
    """Dana at the practice hospital, with one chart open."""

    hospital: Hospital
    bench: Bench
    client: FhirClient
    sync: Sync
    board: QueryBoard
    encounter_id: EncounterId

    def begin(self) -> None:
        """Everything is fetched, and one chart is taken up."""
        self.sync.once()
        rows = worklist.load(self.bench.desk).result()
        self.encounter_id = next(row.encounter_id for row in rows if row.account_number == ACCOUNT)

    def encounter(self) -> Encounter:
        found = self.bench.desk.db.read(lambda db, e=self.encounter_id: encounters.get(db, e)).result()
        assert found is not None
        return found

    def passage(self, words: str) -> Passage:
        """Where some words stand in a document of the open chart."""
        texts = self.bench.desk.db.read(lambda db: contents.texts(db, self.encounter_id)).result()
        for document_id, text in texts:
            at = text.find(words)
            if at >= 0:
                return Passage(document_id, at, at + len(words), words)
        raise AssertionError(f"not in the chart: {words}")

    def file(self, query_id: str) -> QueryFile:
        return next(f for f in queries.of_encounter(self.bench.desk, self.encounter_id).result() if f.id == query_id)

    def state(self, query_id: str) -> QueryState:
        return self.file(query_id).state(self.bench.desk.now())

    def stored(self, kind: str) -> list[dict]:
        return self.hospital.control("POST", "resource", type=kind)

    def later(self, **passed: float) -> None:
        self.bench.clock[0] += timedelta(**passed)


def sit_down(tmp_path: Path, hospital: Hospital, user: str) -> Room:
    token = hospital.control("POST", "token", user=user, scope="")["access_token"]
    bench = open_bench(tmp_path / f"{user}.db", coder=user)
    client = FhirClient(hospital.base, lambda: token, timeout=(5, 20))
    states: list[SyncState] = []
    return Room(
        hospital, bench, client, Sync(bench.desk, client, states.append), QueryBoard(bench.desk, BOOKS), NOBODYS
    )


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with running(tmp_path / "practice", *QUICK) as hospital:
        made = sit_down(tmp_path, hospital, "dana")
        made.begin()
        yield made
        made.client.close()
        made.bench.desk.db.close()


def drafted(room: Room, words: str) -> ProviderQuery:
    """A neutral multiple-choice query on one passage of the chart, every doubt settled."""
    desk, encounter_id = room.bench.desk, room.encounter_id
    file = queries.add_passage(desk, encounter_id, room.passage(words)).result()
    attending = next(p for p in room.encounter().providers if p.role == "attending")
    indicator = file.query.indicators[0].id
    query = revise(
        file.query,
        trigger=Trigger.INDICATORS_WITHOUT_DIAGNOSIS,
        form=Form.MULTIPLE_CHOICE,
        question="Please clarify the diagnosis, if any, associated with the finding below.",
        options=in_order(
            (
                Option("Acute hypoxic respiratory failure", OptionKind.ANSWER, (indicator,)),
                Option("Hypoxemia", OptionKind.ANSWER, (indicator,)),
                Option("Other (please specify)", OptionKind.OTHER),
                Option("Unable to determine", OptionKind.UNDETERMINED),
            )
        ),
        recipient_id=attending.id,
        template_id="own-words",
        template_version="1",
    )
    queries.keep(desk, query).result()
    return settle(room, query)


def settle(room: Room, query: ProviderQuery) -> ProviderQuery:
    """Say of each doubt that it identifies nobody."""
    ready = queries.prepare(room.board, query).result()
    settled = tuple(
        replace(e.indicator, not_identifiers=tuple((d.start, d.end) for d in e.unsure)) for e in ready.excerpts
    )
    query = revise(query, indicators=settled)
    queries.keep(room.bench.desk, query).result()
    return query


def sent(room: Room, words: str = "room air") -> ProviderQuery:
    query = drafted(room, words)
    answer = query_life.send(room.board, room.encounter_id, query.id).result()
    assert isinstance(answer, Sent), [(f.rule, f.text) for f in answer.stopping]
    return query


def identifiers_of(encounter: Encounter) -> list[str]:
    """Everything that names this patient in writing, in the forms a query might carry it."""
    patient = encounter.patient
    born = patient.birth_date
    assert born is not None
    parts = [patient.family, *patient.given, patient.mrn, encounter.account_number, *patient.phones]
    parts += [piece.strip() for line in patient.addresses for piece in line.split(",") if len(piece.strip()) > 3]
    parts += [name.split(",")[0] for name in patient.relatives]
    parts += [born.isoformat(), f"{born:%m/%d/%Y}", f"{born.month}/{born.day}/{born.year}", f"{born:%m/%d/%y}"]
    return [part for part in parts if len(part) > 2]


def test_a_sent_query_holds_no_identifier_of_its_patient(room: Room) -> None:
    query = sent(room)
    room.sync.once()
    [request] = room.stored("CommunicationRequest")
    task = next(t for t in room.stored("Task") if t["focus"]["reference"] == f"CommunicationRequest/{request['id']}")
    wire = json.dumps([request, task], ensure_ascii=False).lower()
    for identifier in identifiers_of(room.encounter()):
        assert identifier.lower() not in wire, identifier
    assert request["subject"]["reference"] == f"Patient/{room.encounter().patient.id}"
    assert task["owner"]["reference"] == request["recipient"][0]["reference"] == f"Practitioner/{query.recipient_id}"
    assert room.state(query.id) is QueryState.SENT


def test_an_identifier_in_an_excerpt_leaves_as_a_placeholder(room: Room) -> None:
    family = room.encounter().patient.family
    texts = room.bench.desk.db.read(lambda db: contents.texts(db, room.encounter_id)).result()
    document_id, text = next((d, t) for d, t in texts if family.lower() in t.lower())
    at = text.lower().index(family.lower())
    passage = Passage(document_id, max(0, at - 20), at + len(family) + 60)
    file = queries.add_passage(room.bench.desk, room.encounter_id, passage).result()
    ready = queries.prepare(room.board, file.query).result()
    [excerpt] = ready.excerpts
    assert family.lower() not in json.dumps(ready.resource).lower()
    assert any(removal.shown == "[NAME]" for removal in excerpt.removals)
    kept = excerpt.shown
    for removal in excerpt.removals:
        kept = kept.replace(removal.shown, "\0", 1)
    at = 0
    for piece in kept.split("\0"):  # what is left is the source's, byte for byte
        at = text.index(piece, passage.start + at if at == 0 else at)
        assert text[at : at + len(piece)] == piece


def test_the_preview_is_the_very_resource_that_is_stored(room: Room) -> None:
    query = drafted(room, "room air")
    ready = queries.prepare(room.board, query).result()
    query_life.send(room.board, room.encounter_id, query.id).result()
    room.sync.once()
    [stored] = room.stored("CommunicationRequest")
    assert [part["contentString"] for part in stored["payload"]] == [words for _, words in ready.parts]
    assert ready.leaving_characters == len(ready.excerpts[0].shown)
    assert 0 < ready.share < 1


def test_sending_holds_the_encounter_and_the_answer_ends_the_hold(room: Room) -> None:
    query = sent(room)
    room.sync.once()
    standing = room.bench.desk.db.read(lambda db: work.get(db, room.encounter_id)).result()
    assert (standing.state, standing.hold_reason) == (WorkState.ON_HOLD, "awaiting a provider's answer")
    [request] = room.stored("CommunicationRequest")
    room.hospital.control("POST", "acts/look-at-query", query=request["id"])
    room.sync.once()
    assert room.state(query.id) is QueryState.VIEWED
    room.hospital.control("POST", "acts/answer-query", query=request["id"])
    room.sync.once()
    assert room.state(query.id) is QueryState.DOCUMENTED
    answer = room.file(query.id).theirs.answer
    assert answer is not None
    assert answer.chosen == ("Acute hypoxic respiratory failure",)
    row = next(r for r in worklist.load(room.bench.desk).result() if r.encounter_id == room.encounter_id)
    assert urgency(row, room.bench.desk.now())[0] is Urgency.ANSWERED
    query_life.tend(room.bench.desk).result()
    opened = opening.open(room.bench.desk, room.encounter_id).result()
    assert opened.work_state is WorkState.IN_PROGRESS
    [addendum] = [d for d in opened.encounter.documents if d.id in answer.documents]
    assert addendum.is_unread
    assert addendum.is_here


def test_the_claim_cites_the_documentation_that_followed(room: Room) -> None:
    query = sent(room)
    room.sync.once()
    [request] = room.stored("CommunicationRequest")
    room.hospital.control("POST", "acts/answer-query", query=request["id"])
    room.sync.once()
    file = room.file(query.id)
    assert file.theirs.answer is not None
    addendum = file.theirs.answer.documents[0]
    query_life.close(room.bench.desk, room.encounter_id, query.id, Closing.DOCUMENTED, addendum).result()
    words = "Acute hypoxic respiratory failure"
    text = dict(room.bench.desk.db.read(lambda db: contents.texts(db, room.encounter_id)).result())[addendum]
    evidence = Passage(addendum, text.index(words), text.index(words) + len(words), words)
    code = Code(CodeSystem.ICD10CM, "J96.01")
    before = coding.check(room.bench.desk, room.encounter_id).result()
    assert "query-documentation" in {finding.rule for finding in before}
    coding.add(
        room.bench.desk, room.encounter_id, code, principal=True, poa=PoaIndicator.YES, evidence=(evidence,)
    ).result()
    assert "query-documentation" not in {f.rule for f in coding.check(room.bench.desk, room.encounter_id).result()}
    done = coding.finalize(room.bench.desk, room.encounter_id).result()
    assert isinstance(done, Finalized), done
    room.sync.once()
    [claim] = room.stored("Claim")
    named = json.dumps(claim)
    assert f"DocumentReference/{addendum}" in named
    assert f"CommunicationRequest/{request['id']}" in named


def test_nothing_leaves_while_a_doubt_or_a_block_stands(room: Room) -> None:
    query = drafted(room, "room air")
    leading = revise(query, question="Would you agree that this patient has acute respiratory failure?")
    queries.keep(room.bench.desk, leading).result()
    answer = query_life.send(room.board, room.encounter_id, query.id).result()
    assert isinstance(answer, Prepared)
    assert "Q11" in {finding.rule for finding in answer.stopping}
    room.sync.once()
    assert room.stored("CommunicationRequest") == []
    mended = next(f.mended for f in answer.stopping if f.rule == "Q11")
    assert mended is not None
    queries.keep(room.bench.desk, mended).result()
    again = query_life.send(room.board, room.encounter_id, query.id).result()
    assert isinstance(again, Sent), [(f.rule, f.text) for f in again.stopping]


def test_every_send_is_a_disclosure_on_record(room: Room) -> None:
    query = sent(room)
    assert disclosures.log(room.bench.desk).result().disclosures == ()
    room.sync.once()
    [listed] = disclosures.log(room.bench.desk).result().disclosures
    attending = next(p for p in room.encounter().providers if p.id == query.recipient_id)
    assert (listed.recipient_name, listed.purpose, listed.accountable) == (attending.name, "HPAYMT", False)
    assert listed.description.startswith("Provider query with 1 excerpt")
    [intent] = [i for i in room.bench.guard.intents if i.act is Act.DISCLOSE]
    assert intent.subject.recipient == f"Practitioner/{attending.id}"
    assert intent.subject.sources == query.indicators[0].reference


def test_what_was_cancelled_offline_never_leaves(room: Room) -> None:
    room.hospital.control("POST", "offline", offline=True)
    query = sent(room)
    with pytest.raises(ServerUnreachable):
        raise_of(room)
    query_life.cancel(room.bench.desk, room.encounter_id, query.id).result()
    room.hospital.control("POST", "offline", offline=False)
    room.later(minutes=10)
    room.sync.once()
    assert room.stored("CommunicationRequest") == []
    assert disclosures.log(room.bench.desk).result().disclosures == ()
    assert not room.sync.state.waiting
    standing = room.bench.desk.db.read(lambda db: work.get(db, room.encounter_id)).result()
    assert standing.state is WorkState.IN_PROGRESS


def raise_of(room: Room) -> None:
    """One round; what it met is raised here."""
    state = room.sync.once()
    if state.kind.value == "offline":
        raise ServerUnreachable


@pytest.mark.parametrize("fault", ["batch", "cut"])
def test_a_query_arrives_once_whatever_the_server_does(room: Room, fault: str) -> None:
    query = sent(room)
    room.hospital.control("POST", "faults", kind=fault, method="POST", path="/fhir")
    for _ in range(6):
        room.sync.once()
        room.later(minutes=10)
    [request] = room.stored("CommunicationRequest")
    asked = [t for t in room.stored("Task") if "answer-provider-query" in json.dumps(t["code"])]
    assert [t["focus"]["reference"] for t in asked] == [f"CommunicationRequest/{request['id']}"]
    assert room.state(query.id) is QueryState.SENT


def test_a_retracted_query_is_revoked_and_emptied_and_replaced_by_a_smaller_one(room: Room) -> None:
    query = sent(room)
    room.sync.once()
    done = query_life.retract(
        room.bench.desk, room.encounter_id, query.id, RetractReason.TOO_MUCH, replaced=True
    ).result()
    room.sync.once()
    [request] = room.stored("CommunicationRequest")
    assert request["status"] == "revoked"
    assert "room air" not in json.dumps(request)
    task = next(t for t in room.stored("Task") if t.get("focus", {}).get("reference", "").endswith(request["id"]))
    assert task["status"] == "cancelled"
    log = disclosures.log(room.bench.desk).result()
    [incident] = log.incidents
    assert incident.contents
    assert "room air" not in str(incident)
    assert log.disclosures[0].note.startswith("Retracted")
    assert not log.disclosures[0].accountable
    replacement = done.replacement
    assert replacement is not None
    assert replacement.query.indicators == ()
    same = queries.add_passage(room.bench.desk, room.encounter_id, room.passage("room air"), replacement.id).result()
    ready = queries.prepare(room.board, same.query).result()
    assert any("replaces a retracted one" in finding.text for finding in ready.stopping)
    assert room.state(query.id) is QueryState.RETRACTED


def test_a_disclosure_to_the_wrong_provider_is_accounted_for(room: Room) -> None:
    query = sent(room)
    room.sync.once()
    query_life.retract(
        room.bench.desk, room.encounter_id, query.id, RetractReason.WRONG_RECIPIENT, replaced=False
    ).result()
    [listed] = disclosures.log(room.bench.desk).result().disclosures
    assert listed.accountable


def test_time_escalates_a_query_and_then_ends_it(room: Room) -> None:
    query = sent(room)
    room.sync.once()
    room.later(days=4)
    assert room.state(query.id) is QueryState.ESCALATED
    query_life.tend(room.bench.desk).result()
    room.sync.once()
    asked = next(t for t in room.stored("Task") if "answer-provider-query" in json.dumps(t["code"]))
    assert (asked["status"], asked["priority"]) == ("requested", "urgent")
    room.later(days=14)
    query_life.tend(room.bench.desk).result()
    room.sync.once()
    [request] = room.stored("CommunicationRequest")
    assert request["status"] == "revoked"
    assert room.state(query.id) is QueryState.EXPIRED
    standing = room.bench.desk.db.read(lambda db: work.get(db, room.encounter_id)).result()
    assert standing.state is WorkState.IN_PROGRESS


def test_a_verbal_query_is_recorded_with_the_same_content_rules_and_log(room: Room) -> None:
    query = drafted(room, "room air")
    spoken = revise(query, channel=Channel.VERBAL, question="Do you agree that he has respiratory failure?")
    queries.keep(room.bench.desk, spoken).result()
    refused = query_life.send(room.board, room.encounter_id, query.id).result()
    assert isinstance(refused, Prepared)
    assert "Q11" in {finding.rule for finding in refused.stopping}
    queries.keep(room.bench.desk, revise(query, channel=Channel.VERBAL)).result()
    assert isinstance(query_life.send(room.board, room.encounter_id, query.id).result(), Sent)
    room.sync.once()
    [request] = room.stored("CommunicationRequest")
    assert request["medium"][0]["coding"][0]["code"] == "VERBAL"
    assert len(disclosures.log(room.bench.desk).result().disclosures) == 1
    addendum = room.encounter().documents[0].id
    query_life.close(room.bench.desk, room.encounter_id, query.id, Closing.DOCUMENTED, addendum).result()
    assert room.state(query.id) is QueryState.CLOSED


def test_a_second_query_on_the_same_matter_is_seen(room: Room) -> None:
    sent(room)
    room.sync.once()
    again = drafted(room, "room air")
    assert "Q36" in {finding.rule for finding in queries.prepare(room.board, again).result().stopping}


def test_a_role_without_the_verb_writes_no_query(room: Room) -> None:
    features = (("inpatient-coder", ("encode", "drg")), ("auditor", ("query",)))
    desk = replace(room.bench.desk, policy=lambda: Policy(features=features))
    with pytest.raises(NotAllowed):
        queries.add_passage(desk, room.encounter_id, room.passage("room air")).result()
    assert queries.of_encounter(desk, room.encounter_id).result() == ()


def test_finalize_waits_for_an_open_query(room: Room) -> None:
    sent(room)
    found = coding.finalize(room.bench.desk, room.encounter_id).result()
    assert isinstance(found, tuple)
    assert "query-open" in {finding.rule for finding in found}


def test_a_colleague_reads_a_draft_without_reaching_the_chart(room: Room, tmp_path: Path) -> None:
    query = drafted(room, "room air")
    assert isinstance(query_life.ask_review(room.board, room.encounter_id, query.id).result(), Sent)
    room.sync.once()
    assert room.state(query.id) is QueryState.PEER_REVIEW
    lena = sit_down(tmp_path, room.hospital, "lena")
    lena.bench.desk = replace(
        lena.bench.desk, coder=replace(lena.bench.desk.coder, roles=frozenset({"lead"}), practitioner_id="lena")
    )
    lena.sync = Sync(lena.bench.desk, lena.client, lambda state: None)
    lena.sync.once()
    [draft] = query_reviews.waiting(lena.bench.desk).result()
    words = " ".join(text for _, text in draft.parts)
    assert "room air" in words
    assert room.encounter().patient.family not in words
    with pytest.raises(NotAllowed):
        query_reviews.answer(lena.bench.desk, draft.task_id, ReviewVerdict.RETURNED).result()
    with pytest.raises(NotAllowed):  # names somebody
        query_reviews.answer(lena.bench.desk, draft.task_id, ReviewVerdict.RETURNED, "Ask Dr. Okafor.").result()
    query_reviews.answer(lena.bench.desk, draft.task_id, ReviewVerdict.AGREED, "Clear.").result()
    lena.sync.once()
    reach = room.hospital.as_user("lena").get(room.hospital.url(f"Encounter/{room.encounter_id}"))
    assert reach.status_code == 404
    lena.client.close()
    lena.bench.desk.db.close()
    room.sync.once()
    file = room.file(query.id)
    assert file.theirs.review is not None
    assert (file.theirs.review.verdict, file.theirs.review.comment) == (ReviewVerdict.AGREED, "Clear.")
    assert room.state(query.id) is QueryState.DRAFT
    assert isinstance(query_life.send(room.board, room.encounter_id, query.id).result(), Sent)
    room.sync.once()
    [request] = room.stored("CommunicationRequest")
    assert "Practitioner/lena" in json.dumps(request["extension"])


# ---------------------------------------------------------------- what must not leave, and what must not count


def stored_words(room: Room) -> str:
    return json.dumps(room.stored("CommunicationRequest"), ensure_ascii=False)


def reviewed_by(room: Room, query: ProviderQuery, reviewer: str = "lena") -> QueryFile:
    """A colleague was asked, and the server has their agreement."""
    assert isinstance(query_life.ask_review(room.board, room.encounter_id, query.id).result(), Sent)
    room.sync.once()
    [task] = [
        t
        for t in room.stored("Task")
        if t["status"] == "requested" and "review-provider-query" in json.dumps(t["code"])
    ]
    agreed = {
        **task, "status": "completed", "owner": {"reference": f"Practitioner/{reviewer}"},
        "output": [
            {
                "type": {"coding": [{"system": systems.QUERY_REVIEW_OUTPUT, "code": "verdict"}]},
                "valueCodeableConcept": {"coding": [{"system": systems.QUERY_REVIEW_OUTPUT, "code": "agreed"}]},
            }
        ],
    }  # fmt: skip
    lena = room.hospital.as_user("lena")
    held = {**FHIR, "If-Match": f'W/"{task["meta"]["versionId"]}"'}
    answer = lena.put(room.hospital.url(f"Task/{task['id']}"), json=agreed, headers=held)
    assert answer.status_code == 200, answer.text
    room.sync.once()
    return room.file(query.id)


def test_the_answers_of_a_choice_do_not_leave_with_an_open_question(room: Room) -> None:
    family = room.encounter().patient.family
    query = revise(
        drafted(room, "room air"), form=Form.OPEN, options=(Option(f"{family} has sepsis, which pays", OptionKind.ANSWER),)
    )  # fmt: skip
    queries.keep(room.bench.desk, query).result()
    answer = query_life.send(room.board, room.encounter_id, query.id).result()
    assert isinstance(answer, Sent), [(f.rule, f.text) for f in answer.stopping]
    room.sync.once()
    assert family not in stored_words(room)
    assert "sepsis" not in stored_words(room)


def test_a_kind_of_document_that_names_the_patient_is_redacted_too(room: Room) -> None:
    query = drafted(room, "room air")
    family = room.encounter().patient.family
    [indicator] = query.indicators
    named = revise(query, indicators=(replace(indicator, source_type=f"Letter about {family}"),))
    ready = queries.prepare(room.board, named).result()
    assert family not in json.dumps(ready.resource)
    assert "Letter about [NAME]" in json.dumps(ready.resource)


def test_why_a_query_was_cancelled_stays_here(room: Room) -> None:
    query = sent(room)
    room.sync.once()
    family = room.encounter().patient.family
    query_life.cancel(room.bench.desk, room.encounter_id, query.id, f"{family} went home").result()
    room.sync.once()
    [request] = room.stored("CommunicationRequest")
    assert request["status"] == "revoked"
    assert family not in json.dumps(request)
    assert family in room.file(query.id).standing.reason


def test_an_agreement_holds_for_what_was_read_and_for_nothing_else(room: Room) -> None:
    file = reviewed_by(room, drafted(room, "room air"))
    assert is_reviewed(file)
    desk = room.bench.desk
    kept = queries.keep(desk, replace(file.query, question="Please clarify what is behind the hypoxia.")).result()
    assert kept.query.revision > file.query.revision  # whatever number it came with
    assert not is_reviewed(room.file(file.id))
    query_life.ask_review(room.board, room.encounter_id, file.id).result()
    assert not is_reviewed(room.file(file.id))  # the colleague has not read it yet
    assert room.state(file.id) is QueryState.PEER_REVIEW
    with pytest.raises(NotAllowed):
        query_life.send(room.board, room.encounter_id, file.id).result()


def test_a_picture_leaves_only_from_where_it_was_captured(room: Room) -> None:
    desk = room.bench.desk
    rows = worklist.load(desk).result()
    other = next(row.encounter_id for row in rows if row.encounter_id != room.encounter_id)
    theirs = desk.db.read(lambda db: encounters.get(db, other)).result()
    assert theirs is not None
    mine = room.encounter().documents[0].id
    taken = {
        "of-other": captures.Kept(other, theirs.documents[0].id, 1),
        "of-mine": captures.Kept(room.encounter_id, mine, 1),
    }

    def put(db):
        for name, where in taken.items():
            captures.put(db, name, where, b"pixels", desk.now())

    desk.db.write(put).result()
    query = drafted(room, "room air")
    with pytest.raises(NotHere):
        queries.add_capture(desk, room.encounter_id, mine, 1, "of-other", query.id).result()
    file = queries.add_capture(desk, room.encounter_id, mine, 1, "of-mine", query.id).result()
    assert "Q33" not in {f.rule for f in queries.prepare(room.board, file.query).result().stopping}
    swapped = tuple(replace(i, capture_id="of-other" if i.capture_id else "") for i in file.query.indicators)
    ready = queries.prepare(room.board, revise(file.query, indicators=swapped)).result()
    assert "Q33" in {f.rule for f in ready.stopping}
    assert "pixels" not in str(ready.pictures)
    desk.db.write(lambda db: captures.forget(db, "of-mine")).result()
    assert "Q33" in {f.rule for f in queries.prepare(room.board, file.query).result().stopping}


def test_an_escalation_leaves_what_the_provider_did(room: Room) -> None:
    sent(room)
    room.sync.once()
    [request] = room.stored("CommunicationRequest")
    room.hospital.control("POST", "acts/look-at-query", query=request["id"])
    room.sync.once()
    room.later(days=4)
    query_life.tend(room.bench.desk).result()
    room.sync.once()
    asked = next(t for t in room.stored("Task") if "answer-provider-query" in json.dumps(t["code"]))
    assert (asked["status"], asked["priority"]) == ("accepted", "urgent")


def test_a_query_answered_meanwhile_stays_answered_at_the_server(room: Room) -> None:
    query = sent(room)
    room.sync.once()
    [request] = room.stored("CommunicationRequest")
    room.hospital.control("POST", "acts/answer-query", query=request["id"])
    query_life.cancel(room.bench.desk, room.encounter_id, query.id).result()
    room.sync.once()
    [request] = room.stored("CommunicationRequest")
    assert request["status"] == "completed"


def test_handing_an_encounter_back_revokes_its_open_query(room: Room) -> None:
    sent(room)
    room.sync.once()
    tasks.hand_back(room.bench.desk, room.encounter_id, tasks.HandBackReason.ABSENCE).result()
    room.sync.once()
    [request] = room.stored("CommunicationRequest")
    assert request["status"] == "revoked"


def test_half_a_send_is_a_disclosure_and_can_be_taken_back(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    query = sent(room)
    whole = FhirClient.bundle

    def half(client: FhirClient, bundle, **more):
        first, second = whole(client, bundle, **more)
        return first, replace(second, status=422, reason="no")

    monkeypatch.setattr(FhirClient, "bundle", half)
    room.sync.once()
    monkeypatch.undo()
    assert len(disclosures.log(room.bench.desk).result().disclosures) == 1
    query_life.cancel(room.bench.desk, room.encounter_id, query.id).result()
    room.sync.once()
    [request] = room.stored("CommunicationRequest")
    assert request["status"] == "revoked"
    assert len(disclosures.log(room.bench.desk).result().disclosures) == 1


def test_a_refused_query_holds_up_no_other_letter(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(client: FhirClient, bundle, **more):
        raise ServerRefused("no", status=422)

    monkeypatch.setattr(FhirClient, "bundle", refuse)
    sent(room)
    room.sync.once()
    waiting, refused = room.bench.desk.db.read(outbox.counts).result()
    assert (waiting, refused) == (0, 1)  # the hold of the encounter went out


# ---------------------------------------------------------------- the hospital's own doors


def test_nobody_answers_their_own_question(room: Room) -> None:
    query = sent(room)
    room.sync.once()
    [request] = room.stored("CommunicationRequest")
    answer = {
        "resourceType": "Communication", "status": "completed", "subject": request["subject"],
        "basedOn": [{"reference": f"CommunicationRequest/{request['id']}"}], "encounter": request["encounter"],
        "sent": "2026-11-25T00:00:00Z", "payload": [{"contentString": "Hypoxemia"}],
    }  # fmt: skip
    dana = room.hospital.as_user("dana")
    for sender, status in ((request["recipient"][0], 403), ({"reference": "Practitioner/dana"}, 201)):
        made = dana.post(room.hospital.url("Communication"), json={**answer, "sender": sender}, headers=FHIR)
        assert made.status_code == status
    changed = {**request, "payload": [{"contentString": "Changed"}], "requester": {"reference": "Practitioner/lena"}}
    held = {**FHIR, "If-Match": f'W/"{request["meta"]["versionId"]}"'}
    url = room.hospital.url(f"CommunicationRequest/{request['id']}")
    assert dana.put(url, json=changed, headers=held).status_code == 403
    room.bench.desk = replace(room.bench.desk, coder=replace(room.bench.desk.coder, practitioner_id="dana"))
    room.sync.once()
    assert room.file(query.id).theirs.answer is None


def test_a_question_opens_no_chart_of_another(room: Room) -> None:
    sent(room)
    room.sync.once()
    asked = next(t for t in room.stored("Task") if "answer-provider-query" in json.dumps(t["code"]))
    mine = {
        t["encounter"]["reference"]
        for t in room.stored("Task")
        if t.get("owner", {}).get("reference") == "Practitioner/dana"
    }
    other = next(e for e in room.stored("Encounter") if f"Encounter/{e['id']}" not in mine)
    place, whose = f"Encounter/{other['id']}", other["subject"]["reference"]
    dana, me = room.hospital.as_user("dana"), {"reference": "Practitioner/dana"}
    ask = {
        "resourceType": "Task", "status": "requested", "intent": "order", "code": asked["code"],
        "encounter": asked["encounter"], "requester": me, "owner": me,
    }  # fmt: skip
    tasks_url = room.hospital.url("Task")
    assert dana.post(tasks_url, json={**ask, "for": {"reference": whose}}, headers=FHIR).status_code == 403
    made = dana.post(tasks_url, json={**ask, "focus": {"reference": place}}, headers=FHIR).json()
    held = {**FHIR, "If-Match": f'W/"{made["meta"]["versionId"]}"'}
    for change in ({"encounter": {"reference": place}}, {"code": {"coding": [{"code": "code-encounter"}]}}):
        moved = dana.put(f"{tasks_url}/{made['id']}", json={**made, **change}, headers=held)
        assert moved.status_code == 403
    assert dana.get(room.hospital.url(place)).status_code == 404
    assert dana.get(room.hospital.url(whose)).status_code == 404


def test_a_reviewer_makes_no_assignment_of_a_review(room: Room) -> None:
    query = drafted(room, "room air")
    query_life.ask_review(room.board, room.encounter_id, query.id).result()
    room.sync.once()
    [task] = [t for t in room.stored("Task") if "review-provider-query" in json.dumps(t["code"])]
    lena = room.hospital.as_user("lena")
    held = {**FHIR, "If-Match": f'W/"{task["meta"]["versionId"]}"'}
    own = {**task, "owner": {"reference": "Practitioner/lena"}, "code": {"coding": [{"code": "code-encounter"}]}}
    assert lena.put(room.hospital.url(f"Task/{task['id']}"), json=own, headers=held).status_code == 403


# ---------------------------------------------------------------- a server that says odd things


ODD = (
    {},
    {"id": 7, "basedOn": "x"},
    {"id": "a", "status": ["completed"], "basedOn": [None, {"reference": 5}], "payload": {"contentString": 1}},
    {"status": "completed", "sent": 12, "sender": [], "payload": [{"contentString": ["x"]}, 5], "about": "y"},
)


def test_odd_answers_stop_nothing(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    query = sent(room)
    room.sync.once()
    [request] = room.stored("CommunicationRequest")
    room.hospital.control("POST", "acts/answer-query", query=request["id"])
    whole = FhirClient.search

    def odd(client: FhirClient, kind: str, params, **more):
        based = [{"reference": f"CommunicationRequest/{request['id']}"}]
        mixed = [{"resourceType": kind, "basedOn": based, **each} for each in ODD]
        return [*(mixed if kind == "Communication" else ()), *whole(client, kind, params, **more)]

    monkeypatch.setattr(FhirClient, "search", odd)
    assert room.sync.once().kind is SyncKind.IN_STEP
    answer = room.file(query.id).theirs.answer
    assert answer is not None
    assert answer.chosen == ("Acute hypoxic respiratory failure",)


def test_queries_that_cannot_be_looked_for_keep_no_chart_away(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    sent(room)
    room.sync.once()
    whole = FhirClient.search

    def refuse(client: FhirClient, kind: str, params, **more):
        if kind == "Communication":
            raise ServerRefused("no", status=403)
        return whole(client, kind, params, **more)

    monkeypatch.setattr(FhirClient, "search", refuse)
    state = room.sync.once()
    assert state.kind is SyncKind.IN_STEP
    assert "Queries" in state.message


def test_a_query_deleted_at_the_server_holds_nothing_any_more(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    query = sent(room)
    room.sync.once()
    whole, looked = FhirClient.search, []

    def without(client: FhirClient, kind: str, params, **more):
        return [] if kind == "CommunicationRequest" else whole(client, kind, params, **more)

    def gone(client: FhirClient, reference: str, **more):
        looked.append(reference)
        raise ServerRefused("gone", status=410)

    monkeypatch.setattr(FhirClient, "search", without)
    monkeypatch.setattr(FhirClient, "read", gone)
    for _ in range(3):
        room.sync.once()
    assert sum(each.startswith("CommunicationRequest/") for each in looked) == 1
    assert room.state(query.id) is QueryState.CANCELLED
    query_life.tend(room.bench.desk).result()
    standing = room.bench.desk.db.read(lambda db: work.get(db, room.encounter_id)).result()
    assert standing.state is WorkState.IN_PROGRESS


def test_a_query_is_emptied_after_it_was_closed_too(room: Room) -> None:
    query = sent(room)
    room.sync.once()
    query_life.cancel(room.bench.desk, room.encounter_id, query.id).result()
    room.sync.once()
    assert "room air" in stored_words(room)
    query_life.retract(room.bench.desk, room.encounter_id, query.id, RetractReason.IDENTIFIER, replaced=False).result()
    room.sync.once()
    assert "room air" not in stored_words(room)
    with pytest.raises(NotAllowed):
        query_life.retract(
            room.bench.desk, room.encounter_id, query.id, RetractReason.IDENTIFIER, replaced=False
        ).result()


def test_a_colleague_reads_nothing_of_another_chart(room: Room) -> None:
    desk = room.bench.desk
    rows = worklist.load(desk).result()
    other = next(row.encounter_id for row in rows if row.encounter_id != room.encounter_id)
    theirs = desk.db.read(lambda db: encounters.get(db, other)).result()
    assert theirs is not None
    query = drafted(room, "room air")
    with pytest.raises(NotHere):  # redacted for another patient it would name its own
        query_life.ask_review(room.board, other, query.id).result()
    file = queries.add_passage(desk, room.encounter_id, Passage(theirs.documents[0].id, 0, 60), query.id).result()
    settled = settle(room, file.query)
    assert isinstance(query_life.ask_review(room.board, room.encounter_id, settled.id).result(), Prepared)


def withdrawn(room: Room) -> None:
    """The lead takes the assignment away."""
    place = {"reference": f"Encounter/{room.encounter_id}"}
    task = next(t for t in room.stored("Task") if t.get("encounter") == place and "code-encounter" in str(t["code"]))
    held = {**FHIR, "If-Match": f'W/"{task["meta"]["versionId"]}"'}
    lena = room.hospital.as_user("lena")
    done = lena.put(room.hospital.url(f"Task/{task['id']}"), json={**task, "status": "cancelled"}, headers=held)
    assert done.status_code == 200, done.text
    room.sync.once()


@pytest.mark.parametrize("let_go", [False, True])
def test_a_query_of_a_withdrawn_encounter_can_be_taken_back(room: Room, let_go: bool) -> None:
    query = sent(room)
    room.sync.once()
    withdrawn(room)
    if let_go:
        tasks.let_go(room.bench.desk, room.encounter_id).result()
    else:
        query_life.cancel(room.bench.desk, room.encounter_id, query.id).result()
    room.sync.once()
    [request] = room.stored("CommunicationRequest")
    assert request["status"] == "revoked"
    room.sync.once()
    assert queries.of_encounter(room.bench.desk, room.encounter_id).result() == ()
    assert len(disclosures.log(room.bench.desk).result().disclosures) == 1


def test_a_disclosure_is_kept_when_the_answer_was_lost_and_the_encounter_with_it(room: Room) -> None:
    sent(room)
    room.hospital.control("POST", "faults", kind="cut", method="POST", path="/fhir")
    room.sync.once()
    withdrawn(room)
    for _ in range(3):
        room.later(minutes=20)
        room.sync.once()
    assert len(room.stored("CommunicationRequest")) == 1
    assert len(disclosures.log(room.bench.desk).result().disclosures) == 1


def test_a_disclosure_is_kept_when_the_encounter_was_handed_back_and_given_to_another(room: Room) -> None:
    sent(room)
    room.hospital.control("POST", "faults", kind="cut", method="POST", path="/fhir")
    room.sync.once()
    desk = room.bench.desk
    tasks.hand_back(desk, room.encounter_id, tasks.HandBackReason.ABSENCE).result()
    later = desk.now() + timedelta(minutes=10)  # the server is busy; every letter waits its turn
    for letter in desk.db.read(lambda db: outbox.open_of(db, room.encounter_id)).result():
        desk.db.write(partial(outbox.wait, row_id=letter.id, until=later)).result()
    withdrawn(room)
    for _ in range(4):
        room.later(minutes=20)
        room.sync.once()
    assert len(disclosures.log(room.bench.desk).result().disclosures) == 1
    assert {each["status"] for each in room.stored("CommunicationRequest")} == {"revoked"}
    assert room.bench.desk.db.read(lambda db: encounters.get(db, room.encounter_id)).result() is None


def test_a_draft_taken_back_is_read_by_no_colleague(room: Room) -> None:
    query = drafted(room, "room air")
    assert isinstance(query_life.ask_review(room.board, room.encounter_id, query.id).result(), Sent)
    room.sync.once()
    query_life.cancel(room.bench.desk, room.encounter_id, query.id).result()
    room.sync.once()
    [task] = [t for t in room.stored("Task") if "review-provider-query" in json.dumps(t["code"])]
    assert (task["status"], "room air" in json.dumps(task)) == ("cancelled", False)
    assert room.state(query.id) is QueryState.DRAFT
    assert room.bench.desk.db.read(outbox.counts).result() == (0, 0)
