"""Rules of plainness: nothing stands out among the answers, and none is chosen beforehand (Q20, Q37)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from workstation.domain.queries.case import Case, Part
from workstation.domain.queries.finding import QueryFinding
from workstation.domain.queries.mending import reworded, settled_kinds, with_option_text, without_option
from workstation.domain.queries.query import NEUTRAL_TITLE, ProviderQuery, in_order, revise

# A box, a ring or a cross that stands for an answer already given.
_TICKED = re.compile(r"\[\s*[xX*✓✔]\s*\]|\(\s*[xX✓✔]\s*\)|[☑☒✓✔✅◉⦿🔘●]")
_MARKS = re.compile(
    r"(?P<pair>\*\*|__|~~|`|\*)(?P<inner>[^*_~`\n]+)(?P=pair)|</?[A-Za-z][^<>\n]{0,80}>|[!]{2,}|[→⇒►▶➤★☆⭐‼❗❱»«]+|->|=>|>>+|<<+"
)
_STYLED = re.compile("[\U0001d400-\U0001d7ff\uff21-\uff3a\uff41-\uff5a]+")  # bold, italic and wide letters of Unicode
_CAPITALS = re.compile(r"(?<![\w-])[A-Z]{5,}(?![\w-])")


def findings(case: Case) -> Iterator[QueryFinding]:
    for part in case.body():
        if part.is_asked:
            yield from _emphasis(case, part)
            yield from _ticked(case, part)
    yield from _order(case)


def _emphasis(case: Case, part: Part) -> Iterator[QueryFinding]:
    """Q20: one answer must not look or sound better than another."""
    marks = [match.span() for pattern in (_MARKS, _STYLED) for match in pattern.finditer(part.text)]
    marks += [match.span() for match in _CAPITALS.finditer(part.text) if match.group() not in case.pack.capitals]
    preferred = case.hits("Q20", part.text) if part.name.startswith("option") else ()
    hits = case.said(part.text, tuple(sorted((*marks, *preferred))))
    if hits:
        said = "{words} sets these words above the others."
        yield case.finding_in("Q20", part, hits, said, "Make it plain", _plain(case, part))


def _plain(case: Case, part: Part) -> ProviderQuery | None:
    text = _unmarked(case, part.text)
    if part.name.startswith("option"):
        for start, end in reversed(case.hits("Q20", text)):
            text = text[:start] + text[end:]
        text = re.sub(r"\(\s*\)", "", text).strip(" ,;:-–")
        at = int(part.name.partition(":")[2])
        return with_option_text(case, at, _spaced(text)) if text else without_option(case, at)
    text = _spaced(text)
    if part.name == "title":
        return revise(case.query, title=text or NEUTRAL_TITLE)
    return revise(case.query, question=text) if text else reworded(case)


def _unmarked(case: Case, text: str) -> str:
    """Without marks, Unicode styles and capitals; marks may hold others, so again until none is left."""
    text = _STYLED.sub(lambda match: unicodedata.normalize("NFKC", match.group()), text)
    for _ in range(4):
        plain = _MARKS.sub(lambda match: match.group("inner") or ("!" if match.group()[0] == "!" else " "), text)
        if plain == text:
            break
        text = plain
    quoted, _ = case.quotes(text)
    return _CAPITALS.sub(
        lambda match: (
            match.group()
            if match.group() in case.pack.capitals or any(a <= match.start() < b for a, b in quoted)
            else match.group().lower()
        ),
        text,
    )


def _spaced(text: str) -> str:
    return re.sub(r"[ \t]{2,}", " ", text).strip()


def _ticked(case: Case, part: Part) -> Iterator[QueryFinding]:
    hits = tuple(match.span() for match in _TICKED.finditer(part.text))
    if hits:
        plain = _spaced(_TICKED.sub(" ", part.text))
        if part.name.startswith("option"):
            at = int(part.name.partition(":")[2])
            mended = with_option_text(case, at, plain) if plain else without_option(case, at)
        elif part.name == "title":
            mended = revise(case.query, title=plain or NEUTRAL_TITLE)
        else:
            mended = revise(case.query, question=plain)
        said = "{words} looks like an answer already given; only the provider chooses."
        yield case.finding_in("Q37", part, hits, said, "Take the mark out", mended)


def _order(case: Case) -> Iterator[QueryFinding]:
    known, given = settled_kinds(case), case.options
    if known != in_order(known) and given != in_order(given):
        yield case.finding(
            "Q20", "The answers are not in alphabetical order, so the first may look like the wanted one.", "options",
            fix="Put them in order", mended=revise(case.query, options=in_order(known)),
        )  # fmt: skip
