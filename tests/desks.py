"""A desk for tests: a real sealed cache, a guard that answers as told, and a chart put into the mirror."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from workstation.cache import contents, encounters, tasks
from workstation.cache.database import Database
from workstation.changes import Changes
from workstation.desk import Desk
from workstation.domain.access import Coder
from workstation.domain.audit import Intent, Outcome
from workstation.domain.codes import Code, CodeFacts, CodeNote, CodeState, CodeSystem
from workstation.domain.encounter import (
    Document,
    DocumentId,
    Encounter,
    EncounterClass,
    EncounterId,
    Patient,
    PatientId,
    Provider,
    ProviderId,
    TaskId,
)
from workstation.domain.mirror import Attachment, Chart, CodingTask, Content
from workstation.domain.policy import Policy
from workstation.errors import AuditUnavailable

KEY = bytes(range(32))
NOW = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
E1 = EncounterId("e1")
D1 = DocumentId("d1")
NOTE = "HISTORY\nAcute on chronic systolic heart failure.\nCreatinine 2.4 mg/dL, baseline 1.0.\n"


class FakeGuard:
    """Answers intents at once; refuses, or holds its answers back, when told to."""

    def __init__(self) -> None:
        self.intents: list[Intent] = []
        self.outcomes: list[tuple[str, Outcome, str]] = []
        self.refuses = False
        self.holds = False
        self._held: list[tuple[Future[str], str]] = []

    def ask(self, intent: Intent) -> Future[str]:
        future: Future[str] = Future()
        self.intents.append(intent)
        if self.refuses:
            future.set_exception(AuditUnavailable())
        elif self.holds:
            self._held.append((future, intent.id))
        else:
            future.set_result(intent.id)
        return future

    def tell(self, intent_id: str, outcome: Outcome, reason: str) -> None:
        self.outcomes.append((intent_id, outcome, reason))

    def answer(self) -> None:
        """Let go what was held."""
        self.holds, held = False, self._held
        self._held = []
        for future, intent_id in held:
            future.set_result(intent_id)

    @property
    def acts(self) -> list[str]:
        return [intent.act.value for intent in self.intents]


class FakeBook:
    """A code book of a few codes: everything is valid, some are exempt from POA, some retired."""

    release = "FY2027"

    def __init__(self) -> None:
        self.exempt = {"Z79.4"}
        self.retired = {"I50.2"}

    def look_up(self, code: Code, on: date) -> CodeFacts:
        state = CodeState.RETIRED if code.value in self.retired else CodeState.VALID
        return CodeFacts(code, state, f"Title of {code}", poa_exempt=code.value in self.exempt)

    def notes(self, code: Code, on: date) -> tuple[CodeNote, ...]:
        return ()

    def flags(self, code: Code, on: date) -> frozenset[str]:
        return frozenset()

    def siblings(self, code: Code, on: date) -> tuple[CodeFacts, ...]:
        return ()

    def pair_edit(self, first: Code, second: Code, on: date) -> int | None:
        return None

    def unit_limit(self, code: Code, on: date) -> tuple[int, int] | None:
        return None

    def primaries_of(self, code: Code, on: date) -> tuple[Code, ...] | None:
        return None


@dataclass
class Bench:
    """Everything a test of operations or sync touches."""

    desk: Desk
    guard: FakeGuard
    changes: list[Changes] = field(default_factory=list)
    clock: list[datetime] = field(default_factory=lambda: [NOW])

    def later(self, span: timedelta) -> None:
        self.clock[0] += span


def open_bench(path: Path | None, *, coder: str = "coder1") -> Bench:
    """A desk over a new cache."""
    guard, clock, changes = FakeGuard(), [NOW], list[Changes]()
    desk = Desk(
        db=Database(path, bytearray(KEY)),
        ask=guard.ask,
        tell=guard.tell,
        codebook=FakeBook(),
        coder=Coder("coder1", coder, "Casey Coder", "CCS", frozenset({"inpatient-coder"})),
        policy=Policy,
        now=lambda: clock[0],
        changed=changes.append,
    )
    return Bench(desk, guard, changes, clock)


def an_encounter(**changes: object) -> Encounter:
    made = Encounter(
        id=E1,
        task_id=TaskId("t1"),
        account_number="2611090417",
        patient=Patient(PatientId("p1"), "Brannigan", ("Harold", "James"), "male", date(1952, 3, 14), "00482913"),
        encounter_class=EncounterClass.INPATIENT,
        admitted_at=datetime(2026, 11, 9, 14, 20, tzinfo=UTC),
        discharged_at=datetime(2026, 11, 14, 11, 5, tzinfo=UTC),
        admit_source="1",
        disposition="01",
        facility="Lakemere Regional Medical Center",
        coverage="Medicare Part A",
        admitting_diagnosis="R06.02",
        reason="Shortness of breath",
        restricted=False,
        providers=(Provider(ProviderId("ortiz"), "Elena Ortiz", "MD", "attending"),),
        documents=(a_document(),),
        coverage_ref="Coverage/cov1",
        provider_org_ref="Organization/lakemere",
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def a_document(**changes: object) -> Document:
    made = Document(
        id=D1, encounter_id=E1, version="1", type_code="34117-2", type_name="History and physical", title="H&P",
        author="Elena Ortiz, MD", author_is_provider=True, written_at=datetime(2026, 11, 9, 16, 5, tzinfo=UTC),
        media_type="text/plain", size=len(NOTE), status="final",
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def a_task(**changes: object) -> CodingTask:
    raw = (
        '{"resourceType":"Task","id":"t1","meta":{"versionId":"1"},"status":"requested","intent":"order",'
        '"priority":"urgent","encounter":{"reference":"Encounter/e1"},"owner":{"reference":"Practitioner/coder1"}}'
    )
    made = CodingTask(
        id=TaskId("t1"), version="1", encounter_id=E1, patient_id=PatientId("p1"), status="requested",
        owner="coder1", priority="urgent", due_at=datetime(2026, 11, 26, tzinfo=UTC),
        last_updated="2026-11-20T00:00:00Z", worklist="INPT-MEDICINE", raw=raw,
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def put_chart(bench: Bench, encounter: Encounter | None = None, task: CodingTask | None = None) -> Encounter:
    """A chart as sync would have put it there, with the text of its documents."""
    chart = encounter or an_encounter()
    places = tuple(
        Attachment(d.id, d.version, f"Binary/{d.id}", d.media_type, "utf-8", d.size, "") for d in chart.documents
    )

    def put(db):
        tasks.put(db, task or a_task())
        encounters.put(db, Chart(chart, "1", "Medicine", places), NOW)
        for d in chart.documents:
            contents.put(db, Content(d.id, d.version, d.media_type, NOTE, None))
        encounters.complete(db, chart.id)

    bench.desk.db.write(put).result()
    return chart


I50_23 = Code(CodeSystem.ICD10CM, "I50.23")
N17_0 = Code(CodeSystem.ICD10CM, "N17.0")
Z79_4 = Code(CodeSystem.ICD10CM, "Z79.4")
