"""Street addresses, boxes, towns before a state, ZIP codes."""

from __future__ import annotations

import re
from bisect import bisect_left

from workstation.domain.redaction.eponyms import DRUGS_LIKE_NAMES, EPONYMS
from workstation.domain.redaction.finding import CALENDAR, Finding
from workstation.domain.redaction.kinds import Identifier
from workstation.domain.redaction.place_words import (
    CITY_CUES,
    CITY_VERBS,
    COUNTRIES,
    DIRECTIONS,
    FAMOUS_CITIES,
    NO_PLACES,
    STATE_NAMES,
    STATES,
    STREETS,
    SURE_STREETS,
    UNITS,
)
from workstation.domain.redaction.plain_words import FUNCTION_WORDS, NOTE_WORDS
from workstation.domain.redaction.wording import word_set

K = Identifier
_BOX = re.compile(
    r"(?<![^\W_])(?:p\.?\s?o\.?\s{0,2}box|post\s+office\s+box|(?:r\.?\s?r\.?|rural\s+route|hc|psc|cmr)\s?\d+,?\s+box|box)\s{1,2}#?\d+[a-z]?(?![^\W_])|(?<![^\W_])(?:apo|fpo|dpo)\s+(?:aa|ae|ap)\b",
    re.IGNORECASE,
)
_ROAD = re.compile(
    r"(?<![^\W_])(?:\d{1,6}\s+(?:[nsew]\.?\s+)?)?(?:(?:county|co\.?|state|farm|township|twp|old|us|u\.s\.)\s+)?"
    r"(?:rd|road|route|rte|rt\.?|hwy|highway|fm|cr|sr|us|u\.s\.|interstate)\s{1,2}#?\d{1,4}[a-z]?(?:\s(?:north|south|east|west|[nsew])(?![^\W_]))?(?![^\W_])(?!\s?(?:mg|ml|cm|mm|%))",
    re.IGNORECASE,
)
_ROAD_SURE = re.compile(
    r"(?:county|state|farm|co\.?)\s+(?:rd|road|route|rt|hwy|highway)|route|rte|hwy|highway|interstate|rd|road",
    re.IGNORECASE,
)
_ZIP = re.compile(r"\d{5}(?:\s?-\s?\d{4})?(?![0-9])(?!\s?(?:mg|ml|mcg|units|iu|cells|steps|feet))")
_HOUSE = re.compile(r"[0-9OlI]{1,6}[a-z]?(?:-[0-9]{1,5})?", re.IGNORECASE)
STREET_NAMES = word_set(
    "main broadway market elm oak maple pine cedar walnut chestnut state high center union grand park lake river",
    "hill church mill",
)
_CORNER = re.compile(
    r"(?<![^\W_])\d{1,3}(?:st|nd|rd|th)(?:\s+(?:st|ave)\.?)?\s+(?:and|&)\s+(?P<w>[^\W\d_]{3,})(?:\s+(?:st|ave|street|avenue)\.?(?![^\W_]))?",
    re.IGNORECASE,
)
_NUMBER_AND_NAME = re.compile(
    r"(?<![^\W_])(?i:at|address|lives?|resides?|to)[:\s]{1,3}(?P<a>[0-9]{2,5}\s(?:[NSEW]\.?\s)?(?P<w>[A-Z][a-z]{3,})(?:\s[A-Z][a-z]{3,})?)(?=\s?(?:#|,|;|\.|\)|\n|Apt|apt|Unit))"
)
_CORNER_BACK = re.compile(
    r"(?<![^\W_])(?P<w>[A-Z][a-z]{2,})(?:\s(?:St|Ave)\.?)?\s(?:and|&)\s\d{1,3}(?:st|nd|rd|th)(?:\s(?:St|Ave)\.?)?(?![^\W_])"
)
_NUMBER_WORDS = word_set("one two three four five six seven eight nine ten")


def find(finding: Finding) -> None:
    note, text = finding.note, finding.note.text
    lower = text.lower()
    if "box" in lower or "apo" in lower or "fpo" in lower:
        for match in _BOX.finditer(text):
            if match.group().lower().startswith("box") and not re.search(
                r"(?:rr|route|hc)\s?\d+,?\s$", lower[max(0, match.start() - 12) : match.start()]
            ):
                continue
            _claim_street(finding, match.start(), match.end(), "a post box")
    for match in _ROAD.finditer(text):
        words = match.group().lower()
        if words[0].isdigit() or _ROAD_SURE.match(words):
            if words.startswith(("rt", "sr", "cr", "fm", "us", "u.s")) and not words[0].isdigit():
                continue
            if words.startswith(("rd ", "road ")):
                continue
            if re.match(r"\d+\s+(?:cr|sr|rt|us|fm)\b", words) and not re.search(
                r"(?:at|lives|address|:)\s*$", lower[max(0, match.start() - 12) : match.start()]
            ):
                continue
            _claim_street(finding, match.start(), match.end(), "a road")
    for i in range(note.count):
        if note.low[i] in STREETS:
            _street(finding, i)
    for match in _CORNER.finditer(text):
        if (
            text[match.start() - 1 : match.start()] != "-"
            and (not note.caps_mean or match.group("w")[0].isupper())
            and not finding.is_only_word(match.group("w").lower())
        ) or match.group("w").lower() in STREET_NAMES:
            _claim_street(finding, match.start(), match.end(), "a street corner")
    for match in _CORNER_BACK.finditer(text):
        word = match.group("w").lower()
        if word in STREET_NAMES or not finding.is_only_word(word):
            _claim_street(finding, match.start(), match.end(), "a street corner")
    for match in _NUMBER_AND_NAME.finditer(text):
        word = match.group("w").lower()
        if (
            word not in NOTE_WORDS
            and word not in EPONYMS
            and word not in DRUGS_LIKE_NAMES
            and word not in finding.lexicon.clinical
        ):
            _claim_street(finding, match.start("a"), match.end("a"), "a house number and a name")
    find_known(finding)
    for i in range(note.count):
        if (
            note.low[i].upper() in STATES
            and i
            and (note.raw[i].isupper() or not note.caps_mean)
            and len(note.raw[i]) == 2
        ):
            _before_state(finding, i)


def _claim_street(finding: Finding, start: int, end: int, why: str) -> None:
    note = finding.note
    first = bisect_left(note.start, start)
    last = bisect_left(note.start, end) - 1
    finding.claim(start, end, K.ADDRESS, why)
    finding.taken.update(range(first, last + 1))
    _unit(finding, last)


def _street(finding: Finding, i: int) -> None:
    """Read back from `Lane`, `St.`: words, then the house's number."""
    note = finding.note
    word = note.low[i]
    if i in finding.taken or (note.caps_mean and not note.is_capitalised(i)):
        return
    first = i
    proper = False
    while first > 0 and i - first < 6:
        gap = note.gap(first - 1)
        if (
            gap.strip(" \n.")
            or gap.count("\n") > 1
            or (". " in gap and len(note.low[first - 1]) > 2)
            or "  " in gap.replace("\n ", "\n")
        ):
            break
        previous, raw = note.low[first - 1], note.raw[first - 1]
        if (_HOUSE.fullmatch(raw) and any(letter.isdigit() for letter in raw)) or (
            previous in _NUMBER_WORDS and first < i
        ):
            if first < i or word in SURE_STREETS:
                if note.word(first - 2) in ("x", "mg", "ct", "in") and not proper:
                    return
                begin = first - 1
                if (
                    note.word(begin - 2) in UNITS
                    and note.gap(begin - 1).strip() == ","
                    and note.low[begin - 1][:1].isdigit()
                ):
                    begin -= 2  # Unit 14, 2200 Cactus Trail
                finding.claim_tokens(begin, i, K.ADDRESS, "a house number and a street")
                _unit(
                    finding,
                    i,
                )
            return
        if (
            not previous
            or (previous in FUNCTION_WORDS and previous not in ("the", "of"))
            or (
                previous in NOTE_WORDS
                and previous not in DIRECTIONS
                and not finding.lexicon.is_name(previous)
                and not (note.caps_mean and raw[:1].isupper() and first < i)
            )
        ):
            break
        if note.caps_mean and not (raw[:1].isupper() or re.fullmatch(r"\d{1,3}(?:st|nd|rd|th)", raw)):
            break
        if not note.caps_mean and previous in CITY_CUES:
            break
        proper = proper or previous not in DIRECTIONS
        first -= 1
    ordinal = any(note.low[k][:1].isdigit() and not note.low[k].isdigit() for k in range(first, i))
    if first < i and proper and (word in SURE_STREETS or ordinal) and i - first < 4:
        before = note.word(first - 1)
        title = (
            note.caps_mean
            and len(word) > 3
            and word != "road"
            and all(note.raw[k][:1].isupper() and not note.raw[k].isupper() for k in range(first, i + 1))
            and not finding.is_medicine(first)
            and note.low[first] not in NOTE_WORDS
        )
        if (
            (title and not note.opens_sentence(first))
            or (note.gap(first - 1).strip() == "," and note.gap(i).strip()[:1] == ",")
            or note.gap(first - 1).strip() == "&"
            or before
            in ("on", "at", "near", "off", "of", "and", "from", "to", "along", "down", "&", "the", "corner", "in")
        ):
            if not all(finding.is_only_word(note.low[k]) and not note.caps_mean for k in range(first, i)):
                finding.claim_tokens(first, i, K.ADDRESS, "a street")
                _unit(finding, i)


def _unit(finding: Finding, last: int) -> None:
    """`Apt 3B`, `# 12`, `Suite 400`, then the rest of the address."""
    note, text = finding.note, finding.note.text
    while last + 1 < note.count:
        gap = note.gap(last).strip(" \n.,")
        word = note.low[last + 1]
        if gap == "#" and (word[:1].isdigit() or len(word) == 1):
            finding.claim_tokens(last + 1, last + 1, K.ADDRESS, "a unit")
            last += 1
            continue
        if (
            gap == ""
            and word in DIRECTIONS
            and note.gap(last) == " "
            and (note.raw[last + 1].isupper() or len(word) > 4)
        ):
            finding.claim_tokens(last + 1, last + 1, K.ADDRESS, "a direction of a street")
            last += 1
            continue
        if gap == "" and word in UNITS and last + 2 < note.count:
            value = note.low[last + 2]
            between = note.gap(last + 1).strip(" .#\n:")
            if between == "" and (any(letter.isdigit() for letter in value) or len(value) == 1):
                finding.claim_tokens(last + 2, last + 2, K.ADDRESS, "a unit")
                finding.claim(note.start[last + 1], note.end[last + 2], K.ADDRESS, "a unit")
                last += 2
                continue
            if between == "" and value in UNITS:
                last += 1
                continue
        break
    del text
    _tail(finding, last + 1)


def _tail(finding: Finding, first: int) -> None:
    """The town, state and ZIP behind a street."""
    note = finding.note
    if first >= note.count:
        return
    gap = note.gap(first - 1)
    if gap.strip(" \n") not in (",", "", "^^", "^", "|", ";", ".,", "-", "/") or gap.count("\n") > 1:
        return
    end = first
    while end < note.count and end - first < 3:
        word, raw = note.low[end], note.raw[end]
        if (
            not word
            or not raw[0].isalpha()
            or (note.caps_mean and not raw[:1].isupper())
            or (word in FUNCTION_WORDS and word not in ("of", "the"))
        ):
            break
        if (
            end > first and note.gap(end - 1).strip(" \n") not in (("", ".") if len(note.low[end - 1]) < 4 else ("",))
        ) or (raw.isupper() and raw in STATES and end > first):
            break
        end += 1
        if note.gap(end - 1).strip(" \n")[:1] in (",", "^", ";"):
            break
    if end == first:
        if re.fullmatch(r"\d{5}", note.raw[first][:5]) and _ZIP.match(note.text, note.start[first]):
            match = _ZIP.match(note.text, note.start[first])
            if match:
                finding.claim(match.start(), match.end(), K.ZIP, "a ZIP code")
        return
    after = note.word(end)
    if (
        after.upper() in STATES or after in STATE_NAMES or _ZIP.match(note.text, note.start[end])
        if end < note.count
        else False
    ):
        finding.claim_tokens(first, end - 1, K.CITY, "the town of an address")
        _zip_at(finding, end)
    elif (
        gap.strip(" \n")[:1] == ","
        and _ends_a_phrase(note.gap(end - 1))
        and not finding.is_medicine(first)
        and _could_be_town(finding, first, end)
    ):
        finding.claim_tokens(first, end - 1, K.CITY, "the town of an address")


def _ends_a_phrase(gap: str) -> bool:
    return gap.strip(" ")[:1] in (".", ",", ";", "", "\n", ")", "(", "-", "|")


def _could_be_town(finding: Finding, first: int, end: int) -> bool:
    note = finding.note
    if any(k in finding.taken or note.low[k] in CALENDAR for k in range(first, end)):
        return False
    if note.caps_mean:
        return not note.raw[first].isupper() and note.low[first] not in _NO_TOWNS
    return (
        end - first < 3
        and note.low[first] not in _NO_TOWNS
        and not (note.low[first] in NOTE_WORDS and not finding.lexicon.is_name(note.low[first]))
    ) or note.low[first] in FAMOUS_CITIES


_NO_TOWNS = word_set(
    "apt unit phone tel cell home work fax suite room building floor who and with she he they where inc llc",
    "employed retired also",
)


def after_places(finding: Finding) -> None:
    """A town behind a school, a clinic or a firm: `Tall Pines Elementary, Normal.`"""
    note = finding.note
    for claim in list(finding.claims):
        if claim.kind in (K.FACILITY, K.EMPLOYER, K.ADDRESS):
            last = bisect_left(note.start, claim.end) - 1
            if 0 <= last < note.count - 1 and note.low[last + 1] in UNITS:
                _unit(finding, last)
                continue
            if 0 <= last < note.count - 1 and note.gap(last).strip(" \n") == "," and last + 1 not in finding.taken:
                _tail(finding, last + 1)


def _zip_at(finding: Finding, i: int) -> None:
    note = finding.note
    for k in (i, i + 1, i + 2):
        if k >= note.count:
            return
        match = _ZIP.match(note.text, note.start[k])
        if match and (match.end() == len(note.text) or not note.text[match.end()].isalnum()):
            finding.claim(match.start(), match.end(), K.ZIP, "a ZIP code")
            finding.taken.add(k)
            return
        if not (
            note.raw[k].upper() in STATES
            or note.low[k] in STATE_NAMES
            or note.low[k] in ("new", "north", "south", "west", "zip", "code", "rhode")
        ):
            return


def find_known(finding: Finding) -> None:
    """Facilities, streets and towns from the demographics, word for word."""
    note = finding.note
    by_first: dict[str, list[tuple[tuple[str, ...], Identifier]]] = {}
    for words, kind in finding.index.places:
        by_first.setdefault(words[0], []).append((words, kind))
        if kind is K.FACILITY and len(words) > 1:
            joined = words[0] + words[1]
            by_first.setdefault(joined, []).append(((joined, *words[2:]), kind))
    if not by_first:
        return
    for i in range(note.count):
        for words, kind in by_first.get(note.low[i], ()):
            last = i + len(words) - 1
            if last >= note.count or tuple(note.low[i : last + 1]) != words:
                if len(words) < 2 or not _nearly(finding, i, words):
                    continue
                last = min(last, note.count - 1)
            if kind is K.CITY:
                if len(words) > 1 or not finding.is_word(words[0]):
                    if not (note.caps_mean and note.raw[i].islower()) and i not in finding.persons:
                        finding.claim_tokens(i, last, kind, "the patient's town", known=True)
                elif _is_town(finding, i):
                    finding.claim_tokens(i, last, kind, "the patient's town", known=True)
                continue
            finding.claim_tokens(i, last, kind, "a place from the demographics", known=True)
            if kind is K.ADDRESS:
                _unit(finding, last)


def _nearly(finding: Finding, i: int, words: tuple[str, ...]) -> bool:
    """All words but one the same, and that one a slip apart: a scanner was here."""
    from workstation.domain.redaction.folding import one_slip_apart

    note = finding.note
    if i + len(words) > note.count:
        return False
    different = [(one, other) for one, other in zip(note.low[i : i + len(words)], words, strict=True) if one != other]
    return len(different) <= 1 and all(len(other) > 2 and one_slip_apart(one, other) for one, other in different)


def _is_town(finding: Finding, i: int) -> bool:
    """A town whose name is a word: a state, a ZIP code, or `in`, `near`, `from` beside it."""
    note = finding.note
    if note.caps_mean and not note.is_capitalised(i):
        return False
    after = note.raw[i + 1] if i + 1 < note.count else ""
    gap = note.gap(i)
    if (
        gap.strip(" \n") in ("", ",", "^")
        and after
        and (
            (
                after.upper() in STATES
                and (after.isupper() or not note.caps_mean)
                and after.lower() not in ("in", "or", "me", "hi", "ok", "id", "de", "la", "ma", "pa", "oh")
            )
            or note.low[i + 1] in STATE_NAMES
            or _ZIP.match(note.text, note.start[i + 1])
        )
    ):
        return True
    if gap.strip(" \n") == "," and after.upper() in STATES and after.isupper():
        return True
    if (
        gap.strip(" \n") == ","
        and not note.caps_mean
        and after.upper() in STATES
        and i + 2 < note.count
        and note.raw[i + 2][:5].isdigit()
    ):
        return True
    before = note.word(i - 1)
    if (
        note.caps_mean
        and not note.opens_sentence(i)
        and not finding.is_medicine(i)
        and not note.raw[i].isupper()
        and i not in finding.persons
        and not (note.word(i + 1)[:1].isdigit() and note.low[i] in ("may", "april", "june", "august", "march"))
    ):
        return True
    if before in CITY_CUES and note.gap(i - 1).isspace():
        if note.caps_mean:
            return not finding.has_head(i)
        return before in ("in", "near", "from", "to", "outside") and not finding.has_head(i)
    return note.gap(i - 1).strip(" \n") in ("^^", "^")


def find_towns(finding: Finding) -> None:
    """Towns nobody told us of: before a state, or behind `lives in`, `near`."""
    note, text = finding.note, finding.note.text
    for i in range(note.count):
        raw = note.raw[i]
        if (len(raw) == 2 and raw.upper() in STATES and i > 0 and (raw.isupper() or not note.caps_mean)) or (
            note.low[i] in STATE_NAMES and i > 0 and note.gap(i - 1).strip(" \n") == ","
        ):
            _before_state(finding, i)
        if (
            note.low[i] in FAMOUS_CITIES
            and (note.word(i - 1) in CITY_CUES or note.gap(i).strip(" ")[:1] in (",", ".", ";", ")", "/", ""))
            and note.is_capitalised(i)
            and note.caps_mean
            and i not in finding.taken
            and not finding.has_head(i)
        ):
            finding.claim_tokens(i, i, K.CITY, "a large city")
        elif (
            note.low[i] in ("travel", "birthplace", "hometown", "residence", "city", "town")
            and note.gap(i).strip() == ":"
            and i + 1 < note.count
        ):
            _after_in(finding, i)
        if note.low[i] in CITY_CUES and i + 1 < note.count and i + 1 not in finding.taken:
            _after_in(finding, i)
    for match in re.finditer(r"(?<![^\W_])\d{5}\s?-\s?\d{4}(?![0-9])", text):
        finding.claim(match.start(), match.end(), K.ZIP, "shaped as a ZIP code")


def _before_state(finding: Finding, i: int) -> None:
    note = finding.note
    gap = note.gap(i - 1).strip(" \n")
    zip_follows = (
        i + 1 < note.count and bool(_ZIP.match(note.text, note.start[i + 1])) and note.gap(i).strip(" \n,.^") == ""
    )
    if gap not in (",", "^", ".,") and not (zip_follows and gap == ""):
        return
    if not note.caps_mean and not zip_follows and gap != ",":
        return
    if (
        not note.caps_mean
        and not zip_follows
        and note.low[i]
        in (
            "in",
            "or",
            "me",
            "hi",
            "ok",
            "id",
            "de",
            "la",
            "ma",
            "pa",
            "oh",
            "md",
            "pt",
            "co",
            "al",
            "ms",
            "va",
            "dc",
            "mi",
            "ct",
            "nd",
            "mt",
            "ca",
            "ne",
            "sc",
            "pr",
            "as",
        )
    ):
        return
    if (
        note.caps_mean
        and not zip_follows
        and note.raw[i]
        in (
            "MD",
            "DO",
            "PA",
            "MA",
            "MS",
            "DC",
            "OD",
            "CT",
            "MI",
            "VA",
            "ID",
            "OR",
            "IN",
            "ME",
            "PR",
            "SC",
            "LA",
            "RI",
            "AL",
            "AS",
            "CO",
            "DE",
            "HI",
            "ND",
        )
    ):
        if (
            i - 1 in finding.persons
            or (finding.is_word(note.low[i - 1]) and note.word(i - 2) not in CITY_CUES)
            or (note.raw[i] in ("MD", "DO", "PA", "MS", "MI", "CT") and note.word(i - 2) not in CITY_CUES)
        ):
            return
    first = i
    while first > 0 and i - first < 3:
        previous, raw = note.low[first - 1], note.raw[first - 1]
        between = note.gap(first - 1).strip(" \n")
        if (
            (first < i and between not in ("", "."))
            or first - 1 in finding.taken
            or not previous
            or not raw[0].isalpha()
        ):
            break
        if (
            previous in FUNCTION_WORDS
            or previous in CITY_CUES
            or (note.caps_mean and not raw[:1].isupper())
            or (first < i and previous in NOTE_WORDS)
            or (previous in STREETS and first < i)
        ):
            break
        if first < i and not note.caps_mean and previous in CITY_VERBS:
            break
        first -= 1
    if first < i:
        finding.claim_tokens(first, i - 1, K.CITY, "a town before its state")
    if zip_follows:
        _zip_at(finding, i + 1)


def _after_in(finding: Finding, i: int) -> None:
    note = finding.note
    first = i + 1
    gap = note.gap(i)
    if not (gap.isspace() or gap.strip() == ":") or gap.count("\n") > 1:
        return
    word, raw = note.low[first], note.raw[first]
    if (
        not word
        or not raw[0].isalpha()
        or word in FUNCTION_WORDS
        or word in NO_PLACES
        or word in COUNTRIES
        or word in STATE_NAMES
        or first in finding.persons
    ):
        return
    cue = note.low[i]
    recent = {note.word(k) for k in range(i - 5, i)}
    moves = bool(recent & CITY_VERBS)
    if note.caps_mean:
        if (
            not raw[:1].isupper()
            or (raw.isupper() and len(raw) < 6)
            or (word in EPONYMS and not moves)
            or word in DRUGS_LIKE_NAMES
            or finding.has_head(first)
        ):
            return
        if word in NOTE_WORDS and not (moves and cue in ("in", "near", "from", "outside")):
            return
        if (
            word in ("spring", "summer", "fall", "winter")
            and note.raw[first + 1 : first + 2][0:1] != []
            and not (note.word(first + 1).isalpha() and note.raw[first + 1][:1].isupper())
        ):
            return
        if word in (
            "january",
            "february",
            "march",
            "april",
            "may",
            "june",
            "july",
            "august",
            "september",
            "october",
            "november",
            "december",
        ) or word in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"):
            return
        if cue in ("to", "at", "of", "through") and not moves:
            return
        if finding.is_word(word) and word in finding.lexicon.clinical and not moves and cue != "near":
            return
        last = first
        while (
            last + 1 < note.count
            and last - first < 2
            and note.gap(last) in (" ", "\n", ". ")
            and note.raw[last + 1][:1].isupper()
            and note.low[last + 1] not in NOTE_WORDS
            and not finding.has_head(last)
            and (note.gap(last) != ". " or len(raw) < 3)
        ):
            last += 1
        if (
            last == first
            and note.word(last + 1) in ("or", "of", "by", "du", "de", "on", "des", "la")
            and last + 2 < note.count
            and note.gap(last) == note.gap(last + 1) == " "
            and note.raw[last + 2][:1].isupper()
            and not note.raw[last + 2].isupper()
        ):
            last += 2
        finding.claim_tokens(first, last, K.CITY, f"a place after “{note.raw[i]}”")
        return
    if word in FAMOUS_CITIES or (
        moves
        and cue in ("in", "near", "from", "outside")
        and not finding.is_only_word(word)
        and word not in NOTE_WORDS
        and word not in EPONYMS
        and len(word) > 2
    ):
        last = first
        if note.gap(first) == " " and not finding.is_word(note.word(first + 1)) and note.word(first + 1).isalpha():
            last += 1
        if (
            last == first
            and note.word(last + 1) in ("or", "of", "by", "du", "de", "on", "des", "la")
            and last + 2 < note.count
            and note.gap(last) == note.gap(last + 1) == " "
            and note.raw[last + 2][:1].isupper()
            and not note.raw[last + 2].isupper()
        ):
            last += 2
        finding.claim_tokens(first, last, K.CITY, f"a place after “{note.raw[i]}”")
