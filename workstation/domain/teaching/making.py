"""The making of a copy, in memory: read until nothing is found any more, each doubt asked once, then sections."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from workstation.domain.redaction.kinds import DateRule, Identifier, Profile, Redacted
from workstation.domain.redaction.known import Known, index_of, name_words, words_of
from workstation.domain.redaction.lexicon import Lexicon
from workstation.domain.redaction.note import PLACEHOLDER
from workstation.domain.redaction.redactor import redact
from workstation.domain.teaching.copy import Section
from workstation.domain.teaching.dates import telling_years, without_lone_months, without_telling_years
from workstation.domain.teaching.sources import Source
from workstation.errors import CopyRefused

MOST_PASSES = 8
CONTEXT = 48  # characters on either side of a doubt
SHOWN_PLACES = 3
_PEOPLE = frozenset({Identifier.NAME, Identifier.RELATIVE, Identifier.PROVIDER})


@dataclass(frozen=True, slots=True)
class Place:
    """Where a doubtful word stands, in text that is redacted already; other doubtful words are `[?]`."""

    heading: str
    before: str
    word: str
    after: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """One word the redactor cannot judge: asked once for the whole copy."""

    word: str  # folded: what the answer is given for
    why: str
    count: int
    places: tuple[Place, ...]
    keep: bool | None = None  # None while it is open


@dataclass(frozen=True, slots=True)
class Made:
    """A copy's text once nothing is doubtful."""

    sections: tuple[Section, ...]
    removed: Mapping[Identifier, int]
    passes: int


def clean(
    text: str,
    known: Known,
    lexicon: Lexicon,
    rule: DateRule,
    on: date | None,
    taken: Iterable[str] = (),
    removed: Counter[Identifier] | None = None,
) -> tuple[str, Redacted, int]:
    """Redact, then redact what came of it, until two readings (with what is known of the patient, and without) find
    nothing. Raises CopyRefused when they go on finding. The text, the last reading with its doubts, how many readings.
    """
    words = tuple(taken)
    for passes in range(1, MOST_PASSES + 1):
        also = [*_standing(text, words), *(telling_years(text, on) if on else ())]
        done = redact(text, known, Profile.TEACHING, lexicon, rule, also=also)
        if not done.removals:
            blind = redact(text, Known(), Profile.TEACHING, lexicon, rule)
            if not blind.removals:
                text, months = without_lone_months(text)
                if not months:
                    return text, done, passes
                if removed is not None:
                    removed[Identifier.DATE] += months
                continue
            done = blind
        if removed is not None:
            removed.update(removal.kind for removal in done.removals)
        text = without_telling_years(done.text, on) if on else done.text
    raise CopyRefused("The redactor found something in every reading of one text.")


def _standing(text: str, words: Iterable[str]) -> Iterator[tuple[int, int]]:
    for word in words:
        for match in _whole(word).finditer(text):
            yield match.span()


def _whole(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![^\W_]){re.escape(word)}(?![^\W_])", re.IGNORECASE)


class Making:
    """One copy being made. Holds raw text only until its first reading is over; never written, never shown."""

    def __init__(
        self,
        sources: tuple[Source, ...],
        known: Known,
        lexicon: Lexicon,
        rule: DateRule,
        on: date | None,
    ) -> None:
        self._lexicon, self._rule, self._on = lexicon, rule, on
        self._removed: Counter[Identifier] = Counter()
        self._passes = 2
        self._answers: dict[str, bool] = {}
        self._telling = _telling_words(known, lexicon)
        self._readings: tuple[Redacted, ...] = ()
        first = tuple(_first_reading(source.text, known, lexicon, rule, on) for source in sources)
        self._known = _with_names_found(sources, first, known, lexicon)
        for done in first:
            self._removed.update(removal.kind for removal in done.removals)
        self._sections = tuple(
            Section(source.heading, source.when, without_telling_years(done.text, on) if on else done.text)
            for source, done in zip(sources, first, strict=True)
        )
        self._doubts: tuple[Doubt, ...] = ()
        self._read(())

    @property
    def doubts(self) -> tuple[Doubt, ...]:
        """Every doubt there is, in reading order, answered or not."""
        return tuple(replace(doubt, keep=self._answers.get(doubt.word)) for doubt in self._doubts)

    @property
    def sections(self) -> int:
        """How many parts the copy has."""
        return len(self._sections)

    def settle(self, word: str, *, keep: bool | None) -> None:
        """Say of a doubtful word that it identifies nobody, or that it goes; None opens the question again."""
        if keep is None:
            self._answers.pop(word, None)
        else:
            self._answers[word] = keep

    def take_out_rest(self) -> None:
        """The conservative answer to everything that is open."""
        for doubt in self.doubts:
            self._answers.setdefault(doubt.word, False)

    def finished(self) -> Made | None:
        """The copy; None while a doubt is open, or when taking words out has raised another."""
        if any(doubt.keep is None for doubt in self.doubts):
            return None
        self._read(tuple(word for word, keep in self._answers.items() if not keep))
        if any(doubt.keep is None for doubt in self.doubts):
            return None
        return Made(self._sections, dict(self._removed), self._passes)

    def _read(self, taken: tuple[str, ...]) -> None:
        found: dict[str, tuple[str, list[Place]]] = {}
        sections: list[Section] = []
        readings: list[Redacted] = []
        for at, section in enumerate(self._sections):
            text, reading = section.text, self._readings[at] if self._readings else None
            if reading is None or any(True for _ in _standing(text, taken)):  # the rest has been read to its end
                going = (*self._telling, *taken)
                text, reading, passes = clean(
                    text, self._known, self._lexicon, self._rule, self._on, going, self._removed
                )
                self._passes = max(self._passes, passes + 1)
            sections.append(replace(section, text=text))
            readings.append(reading)
        self._sections, self._readings = tuple(sections), tuple(readings)
        words = {each.text[d.start : d.end].casefold(): d.why for each in readings for d in each.unsure}
        for section in self._sections:
            for word, why in words.items():
                for start, end in _standing(section.text, (word,)):
                    if not _in_placeholder(section.text, start, end):
                        found.setdefault(word, (why, []))[1].append(_place(section, start, end, words))
        self._doubts = tuple(
            Doubt(word, why, len(places), tuple(places[:SHOWN_PLACES])) for word, (why, places) in found.items()
        )


def _in_placeholder(text: str, start: int, end: int) -> bool:
    return any(m.start() < end and start < m.end() for m in PLACEHOLDER.finditer(text, max(0, start - 40), end + 40))


def _place(section: Section, start: int, end: int, words: Mapping[str, str]) -> Place:
    """A few words on either side, on one line; what else is doubtful there is not shown."""
    text, mine = section.text, section.text[start:end]
    others = [word for word in words if word != mine.casefold()]

    def side(part: str) -> str:
        for word in others:
            part = _whole(word).sub("[?]", part)
        return " ".join(part.split())

    first, last = max(0, start - CONTEXT), min(len(text), end + CONTEXT)
    while first > 0 and not text[first - 1].isspace() and start - first < 2 * CONTEXT:
        first -= 1  # never half a word: it would not be recognised as doubtful
    while last < len(text) and not text[last].isspace() and last - end < 2 * CONTEXT:
        last += 1
    for mark in PLACEHOLDER.finditer(text, max(0, first - 40), last + 40):  # nor half a placeholder
        first = mark.start() if mark.start() < first < mark.end() else first
        last = mark.end() if mark.start() < last < mark.end() else last
    return Place(section.heading, side(text[first:start]), mine, side(text[end:last]))


def _first_reading(text: str, known: Known, lexicon: Lexicon, rule: DateRule, on: date | None) -> Redacted:
    return redact(text, known, Profile.TEACHING, lexicon, rule, also=telling_years(text, on) if on else ())


def _with_names_found(
    sources: tuple[Source, ...], readings: tuple[Redacted, ...], known: Known, lexicon: Lexicon
) -> Known:
    """Who is named in one document with a title or a relation is not to stand bare in another."""
    named = index_of(known).names
    relatives: dict[str, None] = {}
    providers: dict[str, None] = {}
    for source, reading in zip(sources, readings, strict=True):
        for removal in reading.removals:
            if removal.kind in _PEOPLE:
                into = providers if removal.kind is Identifier.PROVIDER else relatives
                for word in name_words(source.text[removal.start : removal.end]):
                    plain = word.strip(".,;:'’()").casefold()
                    if plain not in named and _tells(plain, lexicon) and lexicon.is_name(plain):
                        into[plain.capitalize()] = None
    return replace(known, relatives=(*known.relatives, *relatives), providers=(*known.providers, *providers))


def _telling_words(known: Known, lexicon: Lexicon) -> tuple[str, ...]:
    """The words of the facility's and the patient's places that mean nothing else: `Lakemere` of a medical center, which
    the fire brigade and the town bear too."""
    places = (*known.facilities, *known.cities, *known.addresses)
    words = (word.casefold() for place in places for word in words_of(place))
    return tuple(dict.fromkeys(word for word in words if _tells(word, lexicon)))


def _tells(word: str, lexicon: Lexicon) -> bool:
    return len(word) > 3 and word.isalpha() and not lexicon.is_word(word)


def mended(section: Section, words: str, lexicon: Lexicon, on: date | None) -> tuple[Section, int]:
    """Some words taken out of a section wherever they stand in it, and what their going uncovers; how often."""
    removed: Counter[Identifier] = Counter()
    flat = re.compile(r"\s+".join(re.escape(word) for word in words.split()), re.IGNORECASE)
    spans = [m.span() for m in flat.finditer(section.text) if not _in_placeholder(section.text, *m.span())]
    if not spans:
        return section, 0
    text = redact(section.text, Known(), Profile.TEACHING, lexicon, also=spans).text
    text, _, _ = clean(text, Known(), lexicon, DateRule(), on, (), removed)
    return replace(section, text=text), len(spans)
