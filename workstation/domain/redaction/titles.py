"""A name behind a title: `Dr. Smith`, `Ms. L.`, `Drs. Smith and Jones`."""

from __future__ import annotations

from workstation.domain.redaction.finding import Finding
from workstation.domain.redaction.kinds import Identifier
from workstation.domain.redaction.people_words import PATIENT_TITLES
from workstation.domain.redaction.reading import follows, take
from workstation.domain.redaction.wording import word_set

# Also other words: milliseconds, French, columns.
_ABBREVIATED = word_set("ms mr fr sr col gen maj det")
_ALSO_WORDS = word_set(
    "doctor nurse miss mister madam judge col hon fr det rev sr ms capt ofc officer deputy detective professor prof",
)
_ALSO_ROLES = word_set("nurse doctor judge miss sr hon col fr ms officer")


def after_title(finding: Finding, i: int, word: str) -> None:
    note = finding.note
    gap = note.gap(i)
    if gap.strip(" \n") not in ("", ".") or len(gap) > 4 or "\n\n" in gap or (gap.startswith(".") and len(word) > 4):
        return
    if _is_no_title(finding, i, word, gap):
        return
    strength = 3 if gap else 2
    if word in _ALSO_ROLES and not (gap.startswith(".") or (note.caps_mean and note.is_capitalised(i))):
        strength = 1
    kind = Identifier.NAME if word in PATIENT_TITLES else Identifier.PROVIDER
    first = i + 1
    if first < note.count and len(note.low[first]) == 1 and note.gap(first)[:1] in (".", ",", " ", ")", ":", ""):
        _take_initial(finding, i, kind)
    elif take(finding, first, strength, kind, follows(finding, i)) and word == "drs":
        _take_more(finding, i, kind)


def _is_no_title(finding: Finding, i: int, word: str, gap: str) -> bool:
    note = finding.note
    names_someone = finding.lexicon.is_name(note.word(i + 1))
    small = note.caps_mean and not note.is_capitalised(i)
    if word in _ABBREVIATED and (note.word(i - 1)[:1].isdigit() or (small and not names_someone)):
        return True
    if word == "mr" and not gap.startswith(".") and (not note.caps_mean or note.raw[i] == "MR"):
        return not names_someone and note.word(i + 1) not in finding.index.names  # magnetic resonance
    return word in _ALSO_WORDS and small and not finding.can_be_name(i + 1, 1)


def _take_initial(finding: Finding, i: int, kind: Identifier) -> None:
    """`Dr. V`, `Mr. J. Smith`."""
    note = finding.note
    first = i + 1
    if note.raw[first].isupper() or not note.caps_mean:
        goes_on = note.gap(first) in (". ", " ", ".") and finding.can_be_name(first + 1, 2)
        end = finding.name_end(first + 1, 2) if goes_on else first + 1
        finding.claim_person(first, end - 1, kind, follows(finding, i))


def _take_more(finding: Finding, i: int, kind: Identifier) -> None:
    note = finding.note
    end = finding.name_end(i + 1, 3)
    while end + 1 < note.count and (note.low[end] == "and" or note.gap(end - 1).strip() in ("&", "/", ",")):
        start = end + 1 if note.low[end] == "and" else end
        if not take(finding, start, 2, kind, follows(finding, i)):
            return
        end = finding.name_end(start, 2)
