"""Write provider queries: begin one, add clinical indicators, keep every keystroke, see what would leave."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace

from workstation.cache import captures, contents, documents, encounters, queries, tasks
from workstation.cache.captures import Kept
from workstation.changes import Changes
from workstation.desk import Desk
from workstation.domain.audit import Act, Intent
from workstation.domain.encounter import DocumentId, Encounter, EncounterId, Passage, Result
from workstation.domain.queries.indicators import from_capture, from_passage, from_result
from workstation.domain.queries.life import Decision, QueryFile, QueryState, Standing, Theirs
from workstation.domain.queries.query import (
    ClinicalIndicator,
    IndicatorId,
    ProviderQuery,
    QueryId,
    add_indicator,
)
from workstation.errors import NotAllowed, NotHere
from workstation.futures import then
from workstation.ids import uuid7
from workstation.operations.audit import act_on, telling
from workstation.operations.query_bench import Prepared, QueryBoard, prepared
from workstation.sealed_db import Connection

VERB = "query"  # what a role needs to write queries, where policy lists roles at all


def may_query(desk: Desk) -> bool:
    return desk.policy().permits(desk.coder.roles, VERB)


def of_encounter(desk: Desk, encounter_id: EncounterId) -> Future[tuple[QueryFile, ...]]:
    """The queries of the encounter that is open: looking at it is on record already."""
    return desk.db.read(lambda db: queries.of_encounter(db, encounter_id))


@dataclass(frozen=True, slots=True)
class Listed:
    """A query with the account its encounter is called by; "" once the chart has left the device."""

    file: QueryFile
    account_number: str


def all_of(desk: Desk) -> Future[tuple[Listed, ...]]:
    """Every query on this device, once it is on record that they are looked at."""
    return desk.look(Intent(Act.VIEW_QUERY), _listed)


def refresh(desk: Desk) -> Future[tuple[Listed, ...]]:
    """The same after a change, while it is on record that this coder looks at them."""
    return desk.db.read(_listed)


def _listed(db: Connection) -> tuple[Listed, ...]:
    accounts = encounters.accounts(db)
    return tuple(Listed(file, accounts.get(file.encounter_id, "")) for file in queries.all_of(db))


def begin(desk: Desk, encounter_id: EncounterId) -> Future[QueryFile]:
    """A new draft. Raises NotAllowed where the role writes no queries or the encounter is not open to work."""
    return _begun(desk, encounter_id, lambda db, encounter: None)


def add_passage(
    desk: Desk, encounter_id: EncounterId, passage: Passage, query_id: QueryId | None = None
) -> Future[QueryFile]:
    """Add a marked passage as a clinical indicator to a draft; without one a draft is begun."""

    def indicator(db: Connection, encounter: Encounter) -> ClinicalIndicator:
        document = documents.get(db, passage.document_id)
        content = contents.get(db, passage.document_id)
        if document is None or content is None or content.text is None:
            raise NotHere
        words = content.text[passage.start : passage.end]
        return from_passage(IndicatorId(uuid7()), encounter, document, replace(passage, text=words))

    return _begun(desk, encounter_id, indicator, query_id)


def add_result(
    desk: Desk, encounter_id: EncounterId, result: Result, kind: str, query_id: QueryId | None = None
) -> Future[QueryFile]:
    """Add a laboratory result (`kind` labs) or vital sign (`vitals`) to a draft; without one a draft is begun."""
    return _begun(
        desk, encounter_id, lambda db, e: from_result(IndicatorId(uuid7()), e, result, kind), query_id
    )  # fmt: skip


def add_capture(
    desk: Desk,
    encounter_id: EncounterId,
    document_id: DocumentId,
    page: int,
    capture_id: str,
    query_id: QueryId | None = None,
) -> Future[QueryFile]:
    """Add a captured region of a scanned page, kept before by `captures.keep`."""

    def indicator(db: Connection, encounter: Encounter) -> ClinicalIndicator:
        document = documents.get(db, document_id)
        if document is None or captures.where(db, capture_id) != Kept(encounter_id, document_id, page):
            raise NotHere
        return from_capture(IndicatorId(uuid7()), encounter, document, capture_id, page)

    return _begun(desk, encounter_id, indicator, query_id)


def keep(desk: Desk, query: ProviderQuery) -> Future[QueryFile]:
    """Keep a draft as it is being written, every keystroke. Raises NotAllowed once it has left or is gone."""

    def write(db: Connection) -> QueryFile:
        file = _draft(db, desk, query.id)
        counted = max(query.revision, file.query.revision + (query != file.query))  # a change never keeps its number
        now = replace(query, revision=counted)
        kept = QueryFile(now, file.standing, file.theirs)
        held = {indicator.capture_id for indicator in now.indicators}
        for indicator in file.query.indicators:  # a picture nobody holds any more goes with its indicator
            if indicator.capture_id and indicator.capture_id not in held:
                captures.forget(db, indicator.capture_id)
        queries.put(db, now, file.standing, desk.now())
        return kept

    return desk.db.write(write)


def prepare(board: QueryBoard, query: ProviderQuery) -> Future[Prepared]:
    """What would leave if this draft were sent now, and what the rules say of it. Raises NotHere."""

    def read(db: Connection) -> Prepared:
        file = queries.get(db, query.id)
        if file is None:
            raise NotHere
        bench = board.bench(db, query.encounter_id)
        return prepared(db, board.desk, bench, QueryFile(query, file.standing, file.theirs))

    return board.desk.db.read(read)


def discard(desk: Desk, query_id: QueryId) -> Future[Changes]:
    """Throw a draft away. What left cannot be thrown away: it is cancelled or retracted."""

    def write(db: Connection) -> Changes:
        file = _draft(db, desk, query_id)
        queries.drop(db, query_id)
        for indicator in file.query.indicators:
            if indicator.capture_id:
                captures.forget(db, indicator.capture_id)
        return Changes(True, frozenset({file.encounter_id}), queries=True)

    def go_on(encounter_id: EncounterId) -> Future[Changes]:
        done = act_on(desk, encounter_id, Act.QUERY_DRAFT, write, reason="discarded")
        return telling(desk, done, lambda changes: changes)

    return of_query(desk, query_id, go_on)


def of_query(desk: Desk, query_id: QueryId, go_on: Callable[[EncounterId], Future[Changes]]) -> Future[Changes]:
    """Find a query's encounter, then act on it. Raises NotHere."""

    def encounter_id(db: Connection) -> EncounterId:
        file = queries.get(db, query_id)
        if file is None:
            raise NotHere
        return file.encounter_id

    return then(desk.db.read(encounter_id), go_on)


def _begun(
    desk: Desk,
    encounter_id: EncounterId,
    indicator: Callable[[Connection, Encounter], ClinicalIndicator | None],
    query_id: QueryId | None = None,
) -> Future[QueryFile]:
    drafting = query_id

    def write(db: Connection) -> QueryFile:
        if not may_query(desk):
            raise NotAllowed("Your role does not write queries.")
        encounter = _workable(db, encounter_id)
        file = _draft(db, desk, drafting) if drafting else None
        query = file.query if file else ProviderQuery(QueryId(uuid7()), encounter_id)
        standing = file.standing if file else Standing()
        found = indicator(db, encounter)
        after = add_indicator(query, found) if found is not None else query
        queries.put(db, after, standing, desk.now())
        return QueryFile(after, standing, file.theirs if file else Theirs())

    done = act_on(desk, encounter_id, Act.QUERY_DRAFT, write, reason="indicator" if query_id else "begun")
    changes = Changes(encounters=frozenset({encounter_id}), queries=True)
    return telling(desk, done, lambda _: changes)


def _workable(db: Connection, encounter_id: EncounterId) -> Encounter:
    encounter, task = encounters.get(db, encounter_id), tasks.of_encounter(db, encounter_id)
    if encounter is None or task is None:
        raise NotHere
    if task.withdrawn:
        raise NotAllowed("This encounter was withdrawn from you.", remedy="Your drafts are kept as they were.")
    return encounter


def _draft(db: Connection, desk: Desk, query_id: QueryId) -> QueryFile:
    file = queries.get(db, query_id)
    if file is None:
        raise NotHere
    if file.state(desk.now()) is not QueryState.DRAFT or file.standing.decision not in (
        Decision.DRAFT,
        Decision.IN_REVIEW,
    ):
        raise NotAllowed("This query is no draft any more.", remedy="Cancel or retract it instead.")
    return file
