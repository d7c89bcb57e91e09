"""Relatives: a name behind a relation (`wife Ada`), before it (`Ada Corwin (wife)`), and lists of them."""

from __future__ import annotations

from workstation.domain.redaction.credentials import name_start
from workstation.domain.redaction.eponyms import DRUGS_LIKE_NAMES, EPONYMS
from workstation.domain.redaction.finding import Finding
from workstation.domain.redaction.kinds import Identifier
from workstation.domain.redaction.people_words import MODALS, SPEAKS, TITLES, VERBS
from workstation.domain.redaction.plain_words import FUNCTION_WORDS, NOTE_WORDS
from workstation.domain.redaction.reading import follows, take
from workstation.domain.redaction.wording import word_set

_POSSESSIVES = word_set("his her their pt's patients patient's pts my our your the")
_WHICH = word_set(
    "older younger adult eldest oldest youngest ex step half twin life domestic foster adoptive biological maternal",
    "paternal great",
)
_LINKS = word_set("the is named name called s in law")
_NO_LINKS = word_set("of who on and also")
_AFTER_THE_RELATION = word_set("at and who to phone cell tel")
_ANOTHER = NOTE_WORDS | FUNCTION_WORDS | VERBS | EPONYMS
_DIRECT = ("", "(", '"', "“", ":", "=")
_POSSESSIVE = ("'s", "’s")


def beside_relation(finding: Finding, i: int) -> None:
    _before(finding, i)
    note = finding.note
    gap = note.gap(i)
    stripped = gap.strip(" \n")
    if stripped not in (*_DIRECT, ",", "-", "--", ', "', ',"', "/", "'s", "’s") or gap.count("\n") > 1:
        return
    first = _over_links(finding, i)
    if first is None or first >= note.count or note.word(first) in TITLES:
        return
    why = follows(finding, i)
    if note.caps_mean:
        strength = _strength(finding, first, gap, stripped)
        if strength and take(finding, first, strength, Identifier.RELATIVE, why):
            _take_list(finding, finding.name_end(first, strength), why)
        return
    small = stripped in (*_DIRECT, ",", ', "') and _is_name_without_capitals(finding, first, stripped)
    if small and take(finding, first, 2, Identifier.RELATIVE, why):
        _take_list(finding, finding.name_end(first, 2), why)


def _over_links(finding: Finding, i: int) -> int | None:
    """Past `'s name is`, `named`, `-in-law`; None where the relation goes on with another thing."""
    note = finding.note
    first = i + 1
    while first - i < 4:
        word = note.word(first)
        if word in _NO_LINKS:
            return None
        if word not in _LINKS:
            break
        if word not in ("in", "law") and note.gap(first).strip(" \n") not in ("", ":", '"', "“", "("):
            return None
        first += 1
    return first


def _strength(finding: Finding, first: int, gap: str, stripped: str) -> int:
    """How much a capitalised word behind a relation may be another word; 0: it is no name."""
    note = finding.note
    word, raw = note.low[first], note.raw[first]
    a_word, a_name = finding.is_word(word), finding.lexicon.is_name(word)
    if (word in DRUGS_LIKE_NAMES or word in NOTE_WORDS) and not a_name:
        return 0 if word in DRUGS_LIKE_NAMES or stripped in _DIRECT else 1
    headed = a_word and finding.has_head(first, noun=True)
    if stripped in _DIRECT and not headed and (a_name or not a_word):
        return 2
    if stripped == "," and a_word and a_name and raw[:1].isupper() and word not in NOTE_WORDS:
        return 2  # a comma often goes on with something else: `mother, Medicaid pending`
    close = gap in (" ", ' "', "\n") or stripped in _POSSESSIVE
    titled = raw[:1].isupper() and raw[1:].islower() and close and not note.opens_sentence(first)
    plain = word in _ANOTHER or (finding.is_only_word(word) and headed)
    return 2 if titled and not plain else 1


def _is_name_without_capitals(finding: Finding, first: int, stripped: str) -> bool:
    note = finding.note
    word = note.low[first]
    if word in MODALS or word in VERBS or word in FUNCTION_WORDS or word in NOTE_WORDS:
        return False
    if not finding.is_word(word):
        return True
    acts = stripped == "" and note.word(first + 1) in SPEAKS and note.gap(first) == " "
    if acts and word not in finding.lexicon.clinical and not word.endswith("ly"):
        return True
    return finding.lexicon.is_name(word) and (stripped != "," or finding.lexicon.is_name(note.word(first + 1)))


def _take_list(finding: Finding, end: int, why: str) -> None:
    """The rest of a list: `Ilse, Anneke & Truus`, `Juno (8) and Caspian (2)`."""
    note = finding.note
    for _ in range(6):
        if end >= note.count:
            return
        gap = note.gap(end - 1).strip(" \n")
        end, gap = _over_age(finding, end, gap)
        if end >= note.count:
            return
        start = end
        if note.low[end] == "and" and gap in ("", ","):
            start = end + 1
        elif gap not in (",", "&", "/") or (gap == "," and not _goes_on_small(finding, end)):
            return
        stop = finding.name_end(start, 1)
        if stop == start:
            return
        finding.claim_person(start, stop - 1, Identifier.RELATIVE, why)
        end = stop


def _goes_on_small(finding: Finding, i: int) -> bool:
    """Where capitals say nothing a comma goes on with anything: only a name, or one of more, goes on a list."""
    note = finding.note
    listed = note.gap(i).strip(" \n") != "" or note.word(i + 1) == "and"
    return note.caps_mean or listed or finding.lexicon.is_name(note.low[i])


def _over_age(finding: Finding, end: int, gap: str) -> tuple[int, str]:
    """Past `(8)`, `(age 8)`, `, 3,` behind a child's name."""
    note = finding.note
    number = end + (note.low[end] in ("age", "aged"))
    bracketed = gap == "(" and note.word(number).isdigit() and note.gap(number).strip(" \n").startswith(")")
    between = gap == "," and note.low[end].isdigit() and len(note.low[end]) < 3 and note.gap(end).startswith(",")
    bare = gap == "" and note.low[end].isdigit() and len(note.low[end]) < 3 and note.gap(end).startswith(",")
    if not (bracketed or between or bare):
        return end, gap
    return number + 1, note.gap(number).strip(" \n)")


def _before(finding: Finding, i: int) -> None:
    """`Ada Corwin (wife`, `Ada, his wife`, `Ada Corwin - daughter`."""
    note = finding.note
    back = _over_possessives(finding, i)
    if back < 0 or back in finding.persons:
        return
    gap = note.gap(back).strip(" \n")
    if gap not in ("(", ",", "-", "--", "–", "—", "/", ", (", "["):
        return
    closes = note.gap(i).strip()[:1] in (",", ".", ";", ")", "(")
    goes_on = note.word(i + 1) in VERBS or note.word(i + 1) in _AFTER_THE_RELATION
    if gap == "," and not (back < i - 1 or closes or goes_on):
        return
    word = note.low[back]
    if finding.is_only_word(word) or word in NOTE_WORDS or finding.is_medicine(back):
        return
    start = name_start(finding, back, strong=gap in ("(", ", (", "[") or back < i - 1)
    if start is not None and (note.caps_mean or finding.lexicon.is_name(word) or not finding.is_word(word)):
        finding.claim_person(start, back, Identifier.RELATIVE, f"stands before “{note.raw[i]}”")


def _over_possessives(finding: Finding, i: int) -> int:
    note = finding.note
    back = i - 1
    for words in (_POSSESSIVES, _WHICH, _POSSESSIVES):
        if back >= 0 and note.low[back] in words and note.gap(back).isspace():
            back -= 1
    return back
