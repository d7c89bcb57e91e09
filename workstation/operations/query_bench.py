"""The bench a query is written on: the chart it is checked against, the words redacted, and the very resource it becomes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import Lock, Thread
from typing import Any

from workstation.cache import captures, contents, encounters, queries
from workstation.cache.captures import Kept
from workstation.desk import Desk
from workstation.domain.encounter import DocumentId, Encounter, EncounterId, ProviderId
from workstation.domain.queries.books import QueryBooks
from workstation.domain.queries.checked import checked
from workstation.domain.queries.compliance import check
from workstation.domain.queries.context import Context, PastQuery, PastState, past_query, remembered
from workstation.domain.queries.diagnoses import documented
from workstation.domain.queries.finding import QueryFinding, Weight, stops
from workstation.domain.queries.life import (
    ANSWERED_STATES,
    OPEN_STATES,
    Closing,
    QueryFile,
    QueryState,
    Standing,
    is_reviewed,
)
from workstation.domain.queries.query import (
    ClinicalIndicator,
    IndicatorSource,
    ProviderQuery,
    Span,
    remove_indicator,
)
from workstation.domain.redaction.kinds import Profile, Redacted, Removal, Unsure
from workstation.domain.redaction.known import Known, known_of
from workstation.domain.redaction.redactor import identifiers_in, in_own_words, redact
from workstation.domain.redaction.removals import written
from workstation.errors import NotHere, WorkstationError
from workstation.fhir.query_in import parts_of
from workstation.fhir.query_out import Leaving, communication_request
from workstation.sealed_db import Connection

Resource = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What of one indicator will leave, what was taken out of it, and what somebody has to say yes or no to."""

    indicator: ClinicalIndicator
    shown: str
    removals: tuple[Removal, ...]
    unsure: tuple[Unsure, ...]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A query as it would leave now: the resource itself, what was taken out, what the rules say."""

    file: QueryFile
    resource: Resource
    parts: tuple[tuple[str, str], ...]  # the resource's own words in reading order
    excerpts: tuple[Excerpt, ...]
    findings: tuple[QueryFinding, ...]
    stopping: tuple[QueryFinding, ...]  # those of them that keep it from leaving
    chart_characters: int
    leaving_characters: int  # of the chart's words, in the excerpts
    rules_version: str = ""
    pictures: Mapping[str, bytes] = field(default_factory=dict)  # PNG by capture id, as they leave

    @property
    def doubts(self) -> int:
        """Tokens nobody has said yes or no to yet; nothing leaves while there is one."""
        return sum(len(excerpt.unsure) for excerpt in self.excerpts)

    @property
    def may_leave(self) -> bool:
        return not self.stopping and not self.doubts

    @property
    def share(self) -> float:
        """Of the chart's characters, in per cent (45 CFR 164.502(b): the minimum necessary)."""
        return 100 * self.leaving_characters / self.chart_characters if self.chart_characters else 0.0


@dataclass(frozen=True, slots=True)
class Bench:
    """One chart, read once while queries about it are written."""

    encounter: Encounter
    known: Known
    context: Context
    books: QueryBooks
    chart_characters: int


class QueryBoard:
    """A desk with what queries need beside it; keeps the bench of the chart that is open, anew when that changed."""

    def __init__(self, desk: Desk, books: Callable[[], QueryBooks]) -> None:
        self.desk = desk
        self._load = books
        self._held: QueryBooks | None = None
        self._lock = Lock()
        self._warming = False
        self._key: tuple[object, ...] = ()
        self._bench: Bench | None = None

    def books(self) -> QueryBooks:
        """The packs and word lists; the first call reads them, on a thread of the cache."""
        with self._lock:
            if self._held is None:
                self._held = self._load()
            return self._held

    def warm(self) -> None:
        """Read the packs on a thread of their own, once, so that the first query need not wait two seconds for them."""
        if not self._warming:
            self._warming = True
            Thread(target=self._warm, name="query-books", daemon=True).start()

    def _warm(self) -> None:
        with suppress(WorkstationError):  # said to the coder when a query is begun
            self.books()

    @property
    def has_books(self) -> bool:
        return self._held is not None

    def bench(self, db: Connection, encounter_id: EncounterId) -> Bench:
        """On a thread of the cache. Raises NotHere when the encounter is not in it."""
        encounter = encounters.get(db, encounter_id)
        if encounter is None:
            raise NotHere
        key = (
            encounter_id,
            encounter.patient,
            (encounter.account_number, encounter.facility, encounter.providers),
            tuple((d.id, d.version, d.is_here) for d in encounter.documents),
            (encounter.labs, encounter.vitals),
        )
        held, held_key = self._bench, self._key
        if held is None or held_key != key:  # another thread may look at another chart meanwhile
            held = _bench(db, self.desk, self.books(), encounter)
            self._bench, self._key = held, key
        return held

    def forget(self) -> None:
        self._key, self._bench = (), None


def _bench(db: Connection, desk: Desk, books: QueryBooks, encounter: Encounter) -> Bench:
    texts = dict(contents.texts(db, encounter.id))
    known = known_of(encounter)
    policy = desk.policy()

    def identifiers(text: str) -> tuple[Span, ...]:
        return tuple((found.start, found.end) for found in identifiers_in(text, known))

    context = Context(
        encounter=encounter,
        author=desk.coder,
        texts=texts,
        terms=books.terms,
        identifiers=remembered(identifiers),
        own_words=remembered(lambda text: in_own_words(text, known, books.lexicon)),
        redacted=remembered(lambda indicator: _redacted(indicator, known, books).text),
        documented=documented(encounter, texts, books.terms),
        retention=policy.query_retention,
        escalation_hours=policy.query_escalate // 3600,
    )
    return Bench(encounter, known, context, books, _characters(texts, encounter))


def _characters(texts: Mapping[DocumentId, str], encounter: Encounter) -> int:
    results = sum(len(r.name) + len(r.value) + len(r.unit) for r in (*encounter.labs, *encounter.vitals))
    return sum(len(text) for text in texts.values()) + results


def _redacted(indicator: ClinicalIndicator, known: Known, books: QueryBooks) -> Redacted:
    return redact(
        indicator.text,
        known,
        Profile.QUERY,
        lexicon=books.lexicon,
        also=indicator.also_removed,
        but_not=indicator.not_identifiers,
    )


def prepared(db: Connection, desk: Desk, bench: Bench, file: QueryFile) -> Prepared:
    """The query as it would leave now. Pure but for the pictures and the earlier queries it reads."""
    query = file.query
    excerpts = tuple(_excerpt(indicator, bench) for indicator in query.indicators)
    pictures = {
        each.capture_id: body
        for each in query.indicators
        if each.source is IndicatorSource.IMAGE and (body := _picture(db, each)) is not None
    }
    earlier = [other for other in queries.of_encounter(db, query.encounter_id) if other.id != query.id]
    context = replace(bench.context, history=tuple(past(other, bench, desk.now()) for other in earlier))
    found = check(query, context, bench.books.rules)
    found += _must_be_smaller(query, excerpts, earlier, bench)
    found += _pictures_are_here(query, pictures)
    stopping = stops(found, query, reviewed=is_reviewed(file))
    standing = stamped(desk, file, found, bench)
    leaving = Leaving({each.indicator.id: each.shown for each in excerpts}, pictures)
    resource = communication_request(_unnamed(query, bench), bench.encounter, leaving, desk.coder, standing, desk.now())
    replaced = next((other.theirs.request for other in earlier if other.id == query.replaces), "")
    if replaced:
        resource["replaces"] = [{"reference": replaced}]
    return Prepared(
        file=QueryFile(query, standing, file.theirs),
        resource=resource,
        parts=parts_of(resource),
        excerpts=excerpts,
        findings=found,
        stopping=stopping,
        chart_characters=bench.chart_characters,
        leaving_characters=sum(len(each.shown) for each in excerpts),
        rules_version=bench.books.rules.version,
        pictures=pictures,
    )


def _excerpt(indicator: ClinicalIndicator, bench: Bench) -> Excerpt:
    if indicator.source is IndicatorSource.IMAGE:
        return Excerpt(indicator, "", (), ())
    done = _redacted(indicator, bench.known, bench.books)
    return Excerpt(indicator, done.text, done.removals, done.unsure)


def stamped(desk: Desk, file: QueryFile, found: tuple[QueryFinding, ...], bench: Bench) -> Standing:
    """The standing with everything a query is kept with: author, template, pack, each finding and how it was met."""
    query, policy, now = file.query, desk.policy(), desk.now()
    reviewed = is_reviewed(file)
    return replace(
        file.standing,
        due_at=now + timedelta(seconds=policy.query_due),
        escalate_at=now + timedelta(seconds=max(policy.query_due, policy.query_escalate)),
        expires_at=now + timedelta(seconds=max(policy.query_due, policy.query_expire)),
        checked=checked(query, found, bench.books.rules, reviewed=reviewed),
        author=desk.coder.practitioner_id,
        credential=desk.coder.credential,
        retention=policy.query_retention,
        reviewer=file.theirs.review.reviewer if reviewed and file.theirs.review else "",
    )


def past(file: QueryFile, bench: Bench, now: datetime) -> PastQuery:
    """An earlier query of the encounter as the rules look at it."""
    state, query = file.state(now), file.query
    answer = file.theirs.answer
    if state in OPEN_STATES or state in (QueryState.DRAFT, QueryState.PEER_REVIEW):
        stands = PastState.OPEN if state in OPEN_STATES else PastState.ENDED
    elif state in ANSWERED_STATES or state is QueryState.CLOSED:
        stands = {
            Closing.DISAGREED: PastState.DISAGREED,
            Closing.UNDETERMINED: PastState.UNDETERMINED,
        }.get(file.standing.closing or Closing.DOCUMENTED, PastState.ANSWERED)
        if answer is not None and _undetermined(file):
            stands = PastState.UNDETERMINED
    else:
        stands = PastState.ENDED
    answered_by = ProviderId(answer.sender) if answer is not None and answer.sender else None
    return past_query(query, stands, bench.books.terms, answered_by)


def _undetermined(file: QueryFile) -> bool:
    chosen = set(file.theirs.answer.chosen if file.theirs.answer else ())
    return any(option.text in chosen and option.kind.value == "undetermined" for option in file.query.options)


def _picture(db: Connection, indicator: ClinicalIndicator) -> bytes | None:
    """The picture of an indicator, if it was captured where the indicator says."""
    if indicator.document_id is None:
        return None
    at = captures.where(db, indicator.capture_id)
    taken = Kept(indicator.encounter_id, indicator.document_id, indicator.page)
    return captures.picture(db, indicator.capture_id) if at == taken else None


def _pictures_are_here(query: ProviderQuery, pictures: Mapping[str, bytes]) -> tuple[QueryFinding, ...]:
    """A query never leaves without a picture it was written with."""
    return tuple(
        QueryFinding(
            rule="Q33",
            weight=Weight.BLOCK,
            text="The picture of this indicator is no longer on this device, or is of another page.",
            why="What leaves is what was shown. Capture the region again, or take the indicator out.",
            part=f"indicator:{each.id}",
            fix="Take it out",
            mended=remove_indicator(query, each.id),
        )
        for each in query.indicators
        if each.source is IndicatorSource.IMAGE and each.capture_id not in pictures
    )


def _unnamed(query: ProviderQuery, bench: Bench) -> ProviderQuery:
    """The query with what the server calls its documents redacted too: a kind of document may name the patient."""

    def named(indicator: ClinicalIndicator) -> ClinicalIndicator:
        kind, role = (
            written(words, identifiers_in(words, bench.known))
            for words in (indicator.source_type, indicator.author_role)
        )
        return replace(indicator, source_type=kind, author_role=role)

    return replace(query, indicators=tuple(named(each) for each in query.indicators))


def _must_be_smaller(
    query: ProviderQuery, excerpts: tuple[Excerpt, ...], earlier: list[QueryFile], bench: Bench
) -> tuple[QueryFinding, ...]:
    """What replaces a retracted query holds less of the chart than it did."""
    replaced = next((other for other in earlier if other.id == query.replaces), None)
    if replaced is None:
        return ()
    before = sum(len(_excerpt(each, bench).shown) for each in replaced.query.indicators)
    pictures = sum(each.source is IndicatorSource.IMAGE for each in query.indicators)
    before_pictures = sum(each.source is IndicatorSource.IMAGE for each in replaced.query.indicators)
    now = sum(len(each.shown) for each in excerpts)
    if (now, pictures) < (before, before_pictures) and now <= before and pictures <= before_pictures:
        return ()
    return (
        QueryFinding(
            rule="Q32",
            weight=Weight.BLOCK,
            text="This query replaces a retracted one and holds as much of the chart.",
            why="What replaces a query that held too much holds less (45 CFR 164.502(b)).",
            part="indicators",
        ),
    )
