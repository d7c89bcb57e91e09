"""What a coder does to a coding summary: each change on record, durable, and undoable."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import date, datetime

from workstation.cache import encounters, outbox, queries, recent_codes, summaries, tasks, work
from workstation.cache import undo as steps
from workstation.changes import Changes
from workstation.desk import Desk
from workstation.domain import coding as rules
from workstation.domain.audit import Act
from workstation.domain.codes import Code, CodeSystem
from workstation.domain.coding import CodingSummary, Line, LineId, LineKind, PoaIndicator
from workstation.domain.edits import EDITION, Finding, Level, blocks, findings
from workstation.domain.encounter import EncounterId, Passage
from workstation.domain.queries.and_coding import query_findings, used_queries
from workstation.domain.worklist import WorkState
from workstation.errors import NotAllowed, NotHere
from workstation.fhir.outgoing import CODED, STARTED, Stamps, claim
from workstation.futures import answering, apply
from workstation.ids import uuid7
from workstation.operations.audit import act_on, telling
from workstation.operations.letters import post
from workstation.sealed_db import Connection

_KINDS = {
    CodeSystem.ICD10CM: LineKind.DIAGNOSIS,
    CodeSystem.ICD10PCS: LineKind.PROCEDURE,
    CodeSystem.CPT: LineKind.SERVICE,
    CodeSystem.HCPCS: LineKind.SERVICE,
}


@dataclass(frozen=True, slots=True)
class Finalized:
    """The coding is final here and on its way to the server; what was only warned of goes along."""

    encounter_id: EncounterId
    finalized_at: datetime
    letter_id: str
    warnings: tuple[Finding, ...] = ()


def add(
    desk: Desk,
    encounter_id: EncounterId,
    code: Code,
    *,
    principal: bool = False,
    evidence: tuple[Passage, ...] = (),
    poa: PoaIndicator | None = None,
    performed_on: date | None = None,
    modifiers: tuple[str, ...] = (),
    units: int = 1,
    rationale: str = "",
) -> Future[CodingSummary]:
    """Assign a code. POA is never defaulted; a code exempt from it by the list is marked exempt."""

    def change(db: Connection, summary: CodingSummary) -> CodingSummary:
        title, exempt = _known(desk, db, encounter_id, code)
        line = Line(
            LineId(uuid7()),
            _KINDS[code.system],
            code,
            title,
            PoaIndicator.EXEMPT if exempt and poa is None else poa,
            performed_on,
            modifiers,
            units,
            evidence,
            rationale,
        )
        recent_codes.put(db, code, title, desk.now())
        return rules.add(summary, line, principal=principal)

    return _changed(desk, encounter_id, Act.CODE_ADD, change, reason=str(code))


def remove(desk: Desk, encounter_id: EncounterId, line_id: LineId) -> Future[CodingSummary]:
    return _changed(desk, encounter_id, Act.CODE_REMOVE, lambda _, summary: rules.remove(summary, line_id))


def make_principal(desk: Desk, encounter_id: EncounterId, line_id: LineId) -> Future[CodingSummary]:
    """Make one diagnosis the principal (inpatient) or first-listed (outpatient) one."""
    return _changed(desk, encounter_id, Act.CODE_CHANGE, lambda _, summary: rules.make_principal(summary, line_id))


def move(desk: Desk, encounter_id: EncounterId, line_id: LineId, by: int) -> Future[CodingSummary]:
    return _changed(desk, encounter_id, Act.CODE_CHANGE, lambda _, summary: rules.move(summary, line_id, by))


def set_poa(desk: Desk, encounter_id: EncounterId, line_id: LineId, poa: PoaIndicator | None) -> Future[CodingSummary]:
    return _changed(desk, encounter_id, Act.CODE_CHANGE, lambda _, summary: rules.set_poa(summary, line_id, poa))


def cite(desk: Desk, encounter_id: EncounterId, line_id: LineId, passage: Passage) -> Future[CodingSummary]:
    """Add a passage of the chart as what supports a code."""
    return _changed(desk, encounter_id, Act.EVIDENCE, lambda _, summary: rules.cite(summary, line_id, passage))


def uncite(desk: Desk, encounter_id: EncounterId, line_id: LineId, passage: Passage) -> Future[CodingSummary]:
    return _changed(desk, encounter_id, Act.EVIDENCE, lambda _, summary: rules.uncite(summary, line_id, passage))


def set_rationale(desk: Desk, encounter_id: EncounterId, line_id: LineId, text: str) -> Future[CodingSummary]:
    return _changed(desk, encounter_id, Act.CODE_CHANGE, lambda _, summary: rules.set_rationale(summary, line_id, text))


def set_performed_on(desk: Desk, encounter_id: EncounterId, line_id: LineId, on: date | None) -> Future[CodingSummary]:
    return _changed(
        desk, encounter_id, Act.CODE_CHANGE, lambda _, summary: rules.set_performed_on(summary, line_id, on)
    )


def override(
    desk: Desk, encounter_id: EncounterId, line_id: LineId, rules_named: tuple[str, ...], rationale: str
) -> Future[CodingSummary]:
    """Set overridable edits of a line aside, on record with their names. Raises ValueError without a rationale."""
    return _changed(
        desk,
        encounter_id,
        Act.CODE_CHANGE,
        lambda _, summary: rules.override(summary, line_id, rules_named, rationale),
        reason=f"override {' '.join(rules_named)}",
    )


def replace_code(desk: Desk, encounter_id: EncounterId, line_id: LineId, code: Code) -> Future[CodingSummary]:
    """Another code in place of a line's own: a successor, a sibling that says more, the 7th character."""

    def change(db: Connection, summary: CodingSummary) -> CodingSummary:
        title, exempt = _known(desk, db, encounter_id, code)
        return rules.replace_code(summary, line_id, code, title, exempt=exempt)

    return _changed(desk, encounter_id, Act.CODE_CHANGE, change)


def set_ndc(desk: Desk, encounter_id: EncounterId, line_id: LineId, ndc: str) -> Future[CodingSummary]:
    """The National Drug Code of a drug line, kept as it was typed."""
    return _changed(
        desk,
        encounter_id,
        Act.CODE_CHANGE,
        lambda _, summary: rules.change(summary, line_id, lambda line: replace(line, ndc=ndc.strip())),
    )


def set_modifiers(
    desk: Desk, encounter_id: EncounterId, line_id: LineId, modifiers: tuple[str, ...], units: int = 1
) -> Future[CodingSummary]:
    """Modifiers and units of a service line."""

    def change(_: Connection, summary: CodingSummary) -> CodingSummary:
        return rules.change(summary, line_id, lambda line: replace(line, modifiers=modifiers, units=units))

    return _changed(desk, encounter_id, Act.CODE_CHANGE, change)


def set_comment(desk: Desk, encounter_id: EncounterId, text: str) -> Future[CodingSummary]:
    return _changed(desk, encounter_id, Act.CODE_CHANGE, lambda _, summary: rules.set_comment(summary, text))


def undo(desk: Desk, encounter_id: EncounterId) -> Future[CodingSummary]:
    """Take the last change back; nothing happens when there is none."""

    def change(db: Connection) -> CodingSummary:
        now = _workable(db, encounter_id)
        before = steps.pop(db, encounter_id)
        if before is None:
            return now
        back = replace(before, revision=now.revision + 1)
        summaries.put(db, back, desk.now())
        return back

    done = act_on(desk, encounter_id, Act.CODE_CHANGE, change, reason="undo")
    return telling(desk, done, lambda _: Changes(encounters=frozenset({encounter_id})))


def check(desk: Desk, encounter_id: EncounterId) -> Future[tuple[Finding, ...]]:
    """Every rule the summary breaks now."""
    return desk.db.read(lambda db: _findings(desk, db, encounter_id))


def recent(desk: Desk, limit: int = 20) -> Future[tuple[tuple[Code, str], ...]]:
    """The codes this coder assigned last, with their titles."""
    return desk.db.read(lambda db: recent_codes.latest(db, limit))


def finalize(desk: Desk, encounter_id: EncounterId) -> Future[Finalized | tuple[Finding, ...]]:
    """Make the coding final. While a finding blocks, nothing is written and the findings are the answer."""

    def write(db: Connection) -> Finalized | tuple[Finding, ...]:
        summary = _workable(db, encounter_id)
        encounter = encounters.get(db, encounter_id)
        if encounter is None:
            raise NotHere
        found = _findings(desk, db, encounter_id)
        if blocks(found):
            raise _Blocked(found)
        at = desk.now()
        standing = work.get(db, encounter_id)
        result_id = standing.result_id or uuid7()
        stamps = Stamps(desk.codebook.release, EDITION)
        used = used_queries(queries.of_encounter(db, encounter_id))
        body = claim(encounter, summary, desk.coder, result_id, stamps, at, used)
        letter_id = post(db, desk, encounter_id, CODED, body)
        finalized = work.Standing(WorkState.FINALIZED, "", at, result_id)
        work.put(db, encounter_id, finalized, at)
        return Finalized(encounter_id, at, letter_id, found)

    done: Future[Finalized | tuple[Finding, ...]] = act_on(desk, encounter_id, Act.FINALIZE, write)
    told = telling(desk, done, lambda _: Changes(True, frozenset({encounter_id}), True))
    return answering(told, _Blocked, lambda blocked: blocked.found)


def reopen(desk: Desk, encounter_id: EncounterId) -> Future[CodingSummary]:
    """Work on a finalized encounter again; what the server has not confirmed is taken back, the rest is corrected."""

    def write(db: Connection) -> CodingSummary:
        standing = work.get(db, encounter_id)
        if standing.state is not WorkState.FINALIZED:
            return summaries.get(db, encounter_id)
        outbox.withdraw(db, encounter_id)
        again = replace(standing, state=WorkState.IN_PROGRESS, finalized_at=None)
        work.put(db, encounter_id, again, desk.now())
        post(db, desk, encounter_id, STARTED)
        return summaries.get(db, encounter_id)

    done = act_on(desk, encounter_id, Act.CODE_CHANGE, write, reason="reopen")
    return telling(desk, done, lambda _: Changes(True, frozenset({encounter_id}), True))


class _Blocked(Exception):
    """A finding stands: the transaction is rolled back and the findings are shown."""

    def __init__(self, found: tuple[Finding, ...]) -> None:
        super().__init__(len(found))
        self.found = found


def _changed(
    desk: Desk,
    encounter_id: EncounterId,
    act: Act,
    change: Callable[[Connection, CodingSummary], CodingSummary],
    *,
    reason: str = "",
) -> Future[CodingSummary]:
    """One change: on record, then in one transaction with the way back and, at the first one, the task started."""

    def write(db: Connection) -> tuple[CodingSummary, bool]:
        before = _workable(db, encounter_id)
        after = change(db, before)
        if replace(after, revision=before.revision) == before:
            return before, False
        steps.push(db, before)
        summaries.put(db, after, desk.now())
        return after, _started(desk, db, encounter_id)

    def changes(answer: tuple[CodingSummary, bool]) -> Changes:
        return Changes(worklist=answer[1], encounters=frozenset({encounter_id}), outbox=answer[1])

    done = telling(desk, act_on(desk, encounter_id, act, write, reason=reason), changes)
    return apply(done, lambda answer: answer[0])


def _workable(db: Connection, encounter_id: EncounterId) -> CodingSummary:
    """The summary, when it may be changed. Raises NotAllowed for a finalized or withdrawn encounter."""
    task = tasks.of_encounter(db, encounter_id)
    if task is None:
        raise NotHere
    if task.withdrawn:
        raise NotAllowed("This encounter was withdrawn from you.", remedy="Your work is kept as it was.")
    state = work.get(db, encounter_id).state
    if state is WorkState.FINALIZED:
        raise NotAllowed("It is finalized.", remedy="Reopen it to change its coding.")
    if state is WorkState.WITHDRAWN:
        raise NotAllowed("You handed it back.", remedy="Ask your lead if you want it again.")
    return summaries.get(db, encounter_id)


def _started(desk: Desk, db: Connection, encounter_id: EncounterId) -> bool:
    """The first change starts the work and tells the server so."""
    standing = work.get(db, encounter_id)
    if standing.state is not WorkState.NOT_STARTED:
        return False
    work.put(db, encounter_id, replace(standing, state=WorkState.IN_PROGRESS), desk.now())
    post(db, desk, encounter_id, STARTED)
    return True


def _known(desk: Desk, db: Connection, encounter_id: EncounterId, code: Code) -> tuple[str, bool]:
    """Title of a code on the date of service, and whether it is exempt from POA."""
    encounter = encounters.get(db, encounter_id)
    if encounter is None:
        raise NotHere
    facts = desk.codebook.look_up(code, encounter.service_date or desk.now().date())
    return facts.title, facts.poa_exempt and encounter.is_inpatient


def _raised(desk: Desk) -> dict[str, Level]:
    """The levels policy raises rules to."""
    return {rule: Level[name] for rule, name in desk.policy().edit_levels}


def _findings(desk: Desk, db: Connection, encounter_id: EncounterId) -> tuple[Finding, ...]:
    encounter = encounters.get(db, encounter_id)
    if encounter is None:
        raise NotHere
    summary = summaries.get(db, encounter_id)
    asked = query_findings(summary, queries.of_encounter(db, encounter_id), desk.now())
    return (*findings(summary, encounter, desk.codebook, _raised(desk)), *asked)
