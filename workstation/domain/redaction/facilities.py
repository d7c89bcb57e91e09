"""Facilities: proper words before `Hospital` or `Clinic`, saints, labels, and what one is transferred from."""

from __future__ import annotations

from workstation.domain.redaction.eponyms import DRUGS_LIKE_NAMES, EPONYMS
from workstation.domain.redaction.finding import Finding
from workstation.domain.redaction.kinds import Identifier
from workstation.domain.redaction.people_words import CREDENTIALS, VERBS
from workstation.domain.redaction.place_words import FACILITY_HEADS, NO_PLACES, SURE_FACILITY_HEADS
from workstation.domain.redaction.plain_words import FUNCTION_WORDS, NOTE_WORDS
from workstation.domain.redaction.proper_words import SAINTS, back_to_cue, is_proper, read_forward, trimmed, walk_back
from workstation.domain.redaction.reading import follows
from workstation.domain.redaction.wording import word_set

K = Identifier
_OF_A_TOWN = word_set("hospital university clinic college center institute")
# Also headings of a note, and words of its sentences.
_HEADINGS = word_set("general health medical imaging rehab nursing cancer dialysis living")
_LOOSE = word_set("general living medical cancer health va church school")
_SAINTED_WORDS = word_set("cross family heart name spirit")
_VISITED = word_set("to from at behind near")
_FIRMS = word_set("inc llc llp corp bros ltd co")
_COMMON = NOTE_WORDS | FUNCTION_WORDS
_PLAIN = FUNCTION_WORDS | NOTE_WORDS | VERBS
_LABELS = word_set(
    "facility hospital church clinic ems agency employer snf practice congregation parish synagogue mosque dialysis",
    "shelter provider organization",
)

_AT = word_set("at to from facility hospital")
CUES = SURE_FACILITY_HEADS | SAINTS | _LABELS | _AT


def find(finding: Finding, i: int, word: str) -> None:
    """All that token i can say of a facility."""
    note = finding.note
    if word in SURE_FACILITY_HEADS:
        _before_head(finding, i, word)
    if word in SAINTS and i not in finding.taken:
        _saint(finding, i, word)
    if word in _LABELS and ":" in note.gap(i):
        _after_label(finding, i)
    if word in _AT:
        _after_at(finding, i, word)


def _before_head(finding: Finding, i: int, word: str) -> None:
    note = finding.note
    if (note.caps_mean and not note.is_capitalised(i)) or (word in ("peds", "ortho") and ":" in note.gap(i)):
        return
    if word == "va" and (i == 0 or "," in note.gap(i - 1) or (note.caps_mean and note.raw[i] != "VA")):
        return  # Virginia
    first = walk_back(finding, i, FACILITY_HEADS)
    last = _to_the_end(finding, i)
    proper = [k for k in range(first, last + 1) if k != i and is_proper(finding, k)]
    of_a_town = word in _OF_A_TOWN and note.word(i + 1) == "of"
    if not proper or not (any(k < i for k in proper) or of_a_town):
        return
    if note.caps_mean:
        if _is_heading(finding, proper, first, i, last):
            return
    else:
        begin = _begin_without_capitals(finding, proper, first, i, last)
        if begin is None:
            return
        first = begin
    finding.claim_tokens(first, last, K.FACILITY, f"stands before “{note.raw[i]}”")


def _to_the_end(finding: Finding, i: int) -> int:
    """Over further heads and `of Springfield`."""
    note = finding.note
    last = i
    while last + 1 < note.count and last - i < 6:
        gap, following = note.gap(last), note.low[last + 1]
        stripped = gap.strip(" \n")
        if (stripped not in ("", "&") and gap not in ("-", "/")) or following in ("department", "dept") or "  " in gap:
            break
        if not stripped and "\n" in gap and not note.looks_wrapped(last + 1):
            break
        if following in FACILITY_HEADS and (not note.caps_mean or note.is_capitalised(last + 1)):
            last += 1
        elif following in ("of", "at", "for") and note.caps_mean and _is_proper_capital(finding, last + 2):
            last += 2
            if _is_proper_capital(finding, last + 1) and note.gap(last) == " ":
                last += 1
        else:
            break
    return last


def _is_proper_capital(finding: Finding, i: int) -> bool:
    note = finding.note
    if i >= note.count or not note.is_capitalised(i) or not note.gap(i - 1).isspace():
        return False
    return is_proper(finding, i) and note.low[i] not in NOTE_WORDS


def _is_heading(finding: Finding, proper: list[int], first: int, i: int, last: int) -> bool:
    """`GENERAL HEALTH:` and its like, or nothing but words of notes."""
    note = finding.note
    if all(note.low[k] in NOTE_WORDS for k in proper):
        return True
    short = all(note.raw[k].isupper() and len(note.raw[k]) < 4 and finding.is_word(note.low[k]) for k in proper)
    if short and not note.raw[i].isupper():
        return True
    shouted = note.raw[first].isupper() and note.raw[i].isupper()
    ends = last + 1 == note.count or note.gap(last).strip(" ")[:1] in (":", "\n", "")
    words = all(finding.is_only_word(note.low[k]) for k in proper)
    return shouted and words and ends and note.opens_sentence(first) and note.low[i] in _HEADINGS


def _begin_without_capitals(finding: Finding, proper: list[int], first: int, i: int, last: int) -> int | None:
    """Where no capital helps: a word that is nothing else, or a name, must stand before the head."""
    note = finding.note
    word = note.low[i]
    visited = back_to_cue(finding, i, _VISITED)
    if visited is not None:
        return visited
    strange = [k for k in proper if _is_strange(finding, note.low[k])]
    if not strange and _is_visited(finding, proper, i):
        both = len(proper) > 1 and all(note.low[k] not in finding.lexicon.clinical for k in proper)
        if both or (word not in _LOOSE and word not in _HEADINGS):
            return proper[0]
    if not strange or (word in _LOOSE and strange[-1] != i - 1):
        return None
    if word in _HEADINGS and last == i and finding.is_word(note.low[i - 1]):
        return None
    first = max(first, min(strange) - 2)
    while first < min(strange) and note.low[first] in _PLAIN:
        first += 1
    return first


def _is_visited(finding: Finding, proper: list[int], i: int) -> bool:
    """`to three oaks rehab`: plain words between a word of going and the head."""
    note = finding.note
    plain = all(note.low[k] not in NOTE_WORDS and note.low[k].isalpha() for k in proper)
    together = proper == list(range(proper[0], i)) and len(proper) < 4
    first = proper[0]
    before, gap = note.word(first - 1), note.gap(first - 1)
    listed = (before == "and" and first - 2 in finding.taken) or (gap == ", " and first - 1 in finding.taken)
    return plain and together and (before in ("to", "from", "at", "behind", "near") or listed)


def _is_strange(finding: Finding, word: str) -> bool:
    if not word.isalpha() or len(word) < 3:
        return False
    name = finding.lexicon.is_name(word) and word not in NOTE_WORDS and word not in EPONYMS
    return name or not finding.is_word(word)


def _saint(finding: Finding, i: int, word: str) -> None:
    """`St. Hilda's`, `Our Lady of the Lake`, `Mt. Hood`."""
    note = finding.note
    if i + 1 >= note.count or (note.caps_mean and not note.is_capitalised(i)):
        return
    following, gap = note.low[i + 1], note.gap(i)
    if word == "our":
        if following == "lady":
            finding.claim_tokens(i, _our_lady(finding, i), K.FACILITY, "a place named for a saint")
        return
    if word in ("our", "santa", "san", "good", "blessed") or gap not in (" ", ". ") or following in FUNCTION_WORDS:
        return
    last = i + 1
    while last + 1 < note.count and note.low[last + 1] in FACILITY_HEADS:
        if note.gap(last).strip(" \n") not in ("", "'s", "’s", "'S", "’S", "&"):
            break
        last += 1
    if (last > i + 1) if not note.caps_mean else _is_saint(finding, i, word, following):
        finding.claim_tokens(i, last, K.FACILITY, "a place named for a saint")


def _our_lady(finding: Finding, i: int) -> int:
    note = finding.note
    last = i + 1
    while last + 1 < note.count and last - i < 6 and note.gap(last).isspace():
        goes_on = note.low[last + 1] in ("of", "the") or note.is_capitalised(last + 1)
        if not goes_on and (note.caps_mean or note.low[last] not in ("of", "the")):
            break
        last += 1
    return last


def _is_saint(finding: Finding, i: int, word: str, following: str) -> bool:
    note = finding.note
    if not following or not note.is_capitalised(i + 1) or note.raw[i] == "ST" or following == "jude":
        return False
    if finding.has_head(i + 1) or following in NOTE_WORDS:
        return False
    street = i and not note.gap(i - 1).strip() and note.is_capitalised(i - 1) and note.low[i - 1] not in NOTE_WORDS
    if word == "st" and street:
        return False
    worldly = finding.is_only_word(following) and following not in _SAINTED_WORDS
    return not (word in ("mount", "holy", "sacred") and worldly)


def _after_label(finding: Finding, i: int) -> None:
    """`Church: Bethel Lutheran`, `Facility: Two Rivers`."""
    note = finding.note
    first = i + 1
    if first >= note.count or note.gap(i).strip(" ") != ":" or first in finding.taken or not note.low[first].isalpha():
        return
    end = read_forward(finding, first)
    if not note.caps_mean:
        end = trimmed(finding, first, min(end, first + 4))
    word = note.low[first]
    if end == first or word in NOTE_WORDS or word in FUNCTION_WORDS or word in NO_PLACES:
        return
    if end - first > 1 or not finding.is_word(word):
        finding.claim_tokens(first, end - 1, K.FACILITY, follows(finding, i, ":"))


def _after_at(finding: Finding, i: int, word: str) -> None:
    """`transferred from Cedar Hollow`: two capitals, or one no dictionary has."""
    note = finding.note
    first = i + 1
    labelled = word in ("facility", "hospital")
    if first >= note.count or (":" not in note.gap(i) if labelled else not note.gap(i).isspace()):
        return
    if not labelled and note.low[first] == "the":
        first += 1
    if first >= note.count or first in finding.taken:
        return
    if not note.caps_mean:
        _after_at_without_capitals(finding, i, first, labelled=labelled)
    elif note.is_capitalised(first) and _is_place(finding, first, word, labelled=labelled):
        finding.claim_tokens(first, read_forward(finding, first) - 1, K.FACILITY, follows(finding, i))


def _is_place(finding: Finding, first: int, cue: str, *, labelled: bool) -> bool:
    note = finding.note
    word, raw = note.low[first], note.raw[first]
    common = word in NO_PLACES or word in FUNCTION_WORDS or word in NOTE_WORDS
    placed = note.word(first + 1) in FACILITY_HEADS
    someone = word in finding.lexicon.given and not finding.is_word(word) and not placed
    if not word or not raw[0].isalpha() or common or someone or finding.is_medicine(first):
        return False
    end = read_forward(finding, first)
    if end < note.count and note.low[end] in CREDENTIALS and note.gap(end - 1) in (" ", ", "):
        return False  # someone: `called to Gupta RN`
    if not _FIRMS.isdisjoint(note.low[first:end]):
        return False  # an employer: it knows where such a name ends
    if (raw.isupper() and end - first == 1 and len(raw) < 6) or any(k in finding.persons for k in range(first, end)):
        return False
    proper = [note.low[k] for k in range(first, end) if note.low[k] not in _COMMON]
    medical = all(one in finding.lexicon.clinical and finding.is_only_word(one) for one in proper)
    strange = any(not finding.is_word(one) for one in proper)
    return labelled or (len(proper) > 1 and not medical) or (strange and cue != "to")


def _after_at_without_capitals(finding: Finding, i: int, first: int, *, labelled: bool) -> None:
    note = finding.note
    if labelled:
        end = read_forward(finding, first)
        if end > first and not finding.is_only_word(note.low[first]):
            finding.claim_tokens(first, end - 1, K.FACILITY, follows(finding, i))
        return
    if first + 1 >= note.count or note.gap(first) != " " or first + 1 in finding.persons or first in finding.persons:
        return
    pair = (note.low[first], note.low[first + 1])
    strange = all(len(one) > 2 and one.isalpha() and not finding.is_word(one) for one in pair)
    if strange and not finding.lexicon.is_name(pair[0]) and pair[0] not in DRUGS_LIKE_NAMES:
        finding.claim_tokens(first, first + 1, K.FACILITY, follows(finding, i))
