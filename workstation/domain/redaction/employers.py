"""Employers: proper words before `& Sons`, `Inc`, `mill`, or behind `works at`, `retired from`, `Occupation:`."""

from __future__ import annotations

from workstation.domain.redaction.finding import Finding
from workstation.domain.redaction.kinds import Identifier
from workstation.domain.redaction.people_words import VERBS
from workstation.domain.redaction.place_words import EMPLOYER_HEADS, NO_PLACES
from workstation.domain.redaction.plain_words import FUNCTION_WORDS, NOTE_WORDS
from workstation.domain.redaction.proper_words import back_to_cue, is_proper, read_forward, trimmed, walk_back
from workstation.domain.redaction.reading import follows
from workstation.domain.redaction.wording import word_set

K = Identifier
_KINDS = NOTE_WORDS | EMPLOYER_HEADS
_NO_FIRM_BEGINS = FUNCTION_WORDS - {"the"}
_WORK = word_set(
    "employer employed works work worked working retired job occupation employment laid drives teaches owns manages",
    "workplace school attends funeral coach coaches employee manager cashier clerk teacher",
)
_LABELS = word_set("employer occupation employment workplace funeral")
_SURE_HEADS = word_set("inc llc llp corp ltd co bros foods brothers enterprises industries holdings corporation")
_LEGAL_WITHOUT_CAPITALS = word_set("inc llc llp corp bros sons")
_SMALL_HEADS = word_set(
    "mill mine commissary factory plant foundry dairy farm farms ranch bakery warehouse shipyard brewery cannery quarry",
    "sawmill depot diner store garage cafe casino hotel motel refinery restaurant orchard orchards vineyard winery",
    "nursery greenhouse tannery distillery creamery grocery market yard",
)
# Heads that are words of medicine and housekeeping too.
_COMMON_HEADS = word_set(
    "market oil gas tool steel paper glass power energy mill mine press express transport store painting media tube",
    "plate supply bank systems tech transit moving cleaning security ceramics tire distribution wireless local union",
    "machine",
)
_FIRM_TAIL = word_set("funeral home mortuary service services group")
_BEFORE_A_FIRM = word_set("at for from with by")
_ENDS_THE_SEARCH = word_set("and but who to in on due because until since")
_NO_FIRMS = word_set(
    "none unknown retired disabled self unemployed student home n na least times night nights full part age months",
    "years",
)
_EMPLOYED = word_set("works worked working employed retired laid")
_NOT_WORKED_AT = word_set("home baseline rest present time all night")

_WORKED_AT = word_set("at for from with by")

CUES = EMPLOYER_HEADS | _WORK


def find(finding: Finding, i: int, word: str) -> None:
    """All that token i can say of an employer."""
    if word in EMPLOYER_HEADS and i:
        _before_head(finding, i, word)
    if word in _WORK:
        _after_cue(finding, i, word)


def _before_head(finding: Finding, i: int, word: str) -> None:
    note = finding.note
    if not note.caps_mean and i not in finding.taken:
        _worked_at(finding, i, word)
    if not note.caps_mean and word not in _LEGAL_WITHOUT_CAPITALS:
        _and_sons(finding, i)
    elif note.caps_mean and not note.is_capitalised(i):
        if word in _SMALL_HEADS:
            _before_small_head(finding, i)
    elif not (word == "co" and note.raw[i] != "Co"):
        first = walk_back(finding, i, EMPLOYER_HEADS)
        if first < i and _is_firm(finding, first, i, word):
            finding.claim_tokens(first, _to_the_end(finding, i), K.EMPLOYER, f"stands before “{note.raw[i]}”")


def _and_sons(finding: Finding, i: int) -> None:
    """`larkin & sons roofing` where no capital helps."""
    note = finding.note
    if note.low[i - 1] not in ("sons", "brothers", "daughters", "bros"):
        return
    spelt = note.word(i - 2) == "and"
    if spelt or note.gap(i - 2).strip() == "&":
        finding.claim_tokens(max(0, i - 2 - spelt), i, K.EMPLOYER, f"stands before “{note.raw[i]}”")


def _worked_at(finding: Finding, i: int, word: str) -> None:
    """`stylist at shear delight salon`, where capitals say nothing."""
    note = finding.note
    first = back_to_cue(finding, i, _WORKED_AT)
    if first is not None and i not in finding.taken and word not in _COMMON_HEADS:
        finding.claim_tokens(first, i, K.EMPLOYER, f"stands before “{note.raw[i]}”")


def _is_firm(finding: Finding, first: int, i: int, word: str) -> bool:
    note = finding.note
    proper = [k for k in range(first, i) if is_proper(finding, k) and note.low[k] not in _KINDS]
    if not proper:
        return False
    if word in _SURE_HEADS:
        return True
    words = all(finding.is_word(note.low[k]) for k in proper)
    only_words = all(finding.is_only_word(note.low[k]) for k in proper)
    medicine = all(finding.is_medicine(k) for k in proper)
    if words and (note.opens_sentence(first) or medicine):
        return False  # a heading or a sentence's start
    if only_words and i - first < 2 and note.raw[i].isupper():
        return False
    clinical = all(note.low[k] in finding.lexicon.clinical for k in proper)
    return not (word in _COMMON_HEADS and only_words and clinical)


def _to_the_end(finding: Finding, i: int) -> int:
    note = finding.note
    last = i
    while last + 1 < note.count and note.is_capitalised(last + 1):
        gap, following = note.gap(last), note.low[last + 1]
        another = following in EMPLOYER_HEADS and gap in (" ", ", ", " & ")
        if not another and not (following in _FIRM_TAIL and gap in (" ", ". ")):
            break
        last += 1
    return last


def _before_small_head(finding: Finding, i: int) -> None:
    """`the Harmon paper mill`, `Camp Larch commissary`: the head noun in small letters."""
    note = finding.note
    first = i
    while first > 0 and i - first < 4 and note.gap(first - 1) in (" ", "\n") and note.low[first - 1]:
        small = note.raw[first - 1][:1].islower()
        if note.low[first - 1] in FUNCTION_WORDS or (small and first < i - 1):
            break
        first -= 1
    while first < i and not note.is_capitalised(first):
        first += 1
    if first == i or note.raw[first].isupper() or note.low[first] in NOTE_WORDS or finding.is_medicine(first):
        return
    if not (note.opens_sentence(first) and finding.is_word(note.low[first])):
        finding.claim_tokens(first, i, K.EMPLOYER, f"stands before “{note.raw[i]}”")


def _after_cue(finding: Finding, i: int, word: str) -> None:
    note = finding.note
    first = _first_of_firm(finding, i, word)
    if first is None or first >= note.count or first in finding.taken:
        return
    if word in ("occupation", "employment"):
        first = _past_the_trade(finding, first)
        if first is None:
            return
    name, raw = note.low[first], note.raw[first]
    if not name or (note.caps_mean and not raw[:1].isupper()) or (raw.isupper() and len(raw) < 3):
        return
    if name in NO_PLACES or name in FUNCTION_WORDS or name in _NO_FIRMS:
        return
    if not note.caps_mean and word not in _LABELS and name in _NOT_WORKED_AT:
        return
    end = read_forward(finding, first)
    if not note.caps_mean:
        run, end = end, trimmed(finding, first, end)
        if end > first and run - end < 3 and _closes(finding, run):
            end = run
    if end == first and not note.caps_mean and word in _EMPLOYED and first == i + 2:
        end = _plain_end(finding, first)
    if end > first and (word != "work" or end - first > 1 or not finding.is_only_word(name)):
        finding.claim_tokens(first, end - 1, K.EMPLOYER, follows(finding, i))


def _plain_end(finding: Finding, first: int) -> int:
    """`works at golden gate shipping and`: two to four plain words up to the end of the clause."""
    note = finding.note
    end = first
    while end < note.count and end - first < 4 and (end == first or note.gap(end - 1) in (" ", "\n", " & ")):
        word = note.low[end]
        if not word.isalpha() or word in FUNCTION_WORDS or word in NOTE_WORDS or word in VERBS:
            break
        end += 1
    medical = all(one in finding.lexicon.clinical for one in note.low[first:end])
    closes = end > first and (
        _closes(finding, end) or note.word(end) in _ENDS_THE_SEARCH or note.word(end) in ("as", "for")
    )
    return end if end - first > 1 and closes and not medical else first


def _closes(finding: Finding, end: int) -> bool:
    """A firm's name that runs to the end of its clause is the whole of it."""
    return finding.note.gap(end - 1).strip(" ")[:1] in (".", ",", ";", ")", "\n", "")


def _first_of_firm(finding: Finding, i: int, word: str) -> int | None:
    """Where the firm's name may begin."""
    note = finding.note
    first = i + 1
    if word == "funeral":
        if note.word(first) not in ("home", "director"):
            return None
        first += 1
    gap = note.gap(first - 1)
    if (word in _LABELS and ":" in gap) or (word == "employer" and gap.isspace()):
        return first
    if word in ("work", "job") and gap.strip() == "(":
        return first
    if word in ("school", "attends"):
        return first if word == "attends" or ":" in gap else None
    return _behind_at(finding, first)


def _behind_at(finding: Finding, first: int) -> int | None:
    """Past `night shift as a welder for the`."""
    note = finding.note
    for k in range(first, min(first + 7, note.count)):
        gap = note.gap(k - 1)
        if "." in gap or ";" in gap or gap.count("\n") > 1:
            return None
        if note.low[k] in _BEFORE_A_FIRM:
            behind = k + 1
            while note.word(behind) in ("the", "a", "an", "local"):
                behind += 1
            return behind
        placed = note.low[k] == "in" and note.word(k + 2) in _BEFORE_A_FIRM
        if note.low[k] in _ENDS_THE_SEARCH and not placed:
            return None
    return None


def _past_the_trade(finding: Finding, first: int) -> int | None:
    """`Occupation: landscaper, Korbel Dairy`: the trade first, then the firm."""
    note = finding.note
    for k in range(first, min(first + 6, note.count)):
        gap = note.gap(k - 1).strip()
        if k > first and "\n" in note.gap(k - 1) and not note.looks_wrapped(k):
            return None
        behind = k > first and (gap in (",", "@", "-", "(") or note.low[k - 1] in ("at", "for", "with"))
        if note.caps_mean:
            if note.is_capitalised(k) and (behind or (k == first and not finding.is_only_word(note.low[k]))):
                return k
        elif behind and note.low[k] not in _NO_FIRM_BEGINS:
            return k + (note.low[k] == "the")
    return None
