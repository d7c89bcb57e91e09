"""Whole dates: everything that says its month, in the forms charts are written in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

MONTHS = {
    name[:length]: number
    for number, name in enumerate(
        ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
         "december"), 1
    )
    for length in (3, len(name))
}  # fmt: skip
MONTHS |= {"sept": 9, "febr": 2, "novem": 11, "decem": 12}

_MONTH = (
    r"(?P<{0}>jan(?:uary|\.)?|feb(?:ruary|\.)?|mar(?:ch|\.)?|apr(?:il|\.)?|m[ao]y|june?\.?|july?\.?"
    r"|aug(?:ust|\.)?|sep(?:t(?:ember|\.)?|\.)?|oct(?:ober|\.)?|nov(?:ember|\.)?|dec(?:ember|\.)?)"
)
_D = r"(?:[0-3lIO]?[0-9lIOo])"
_ORD = r"(?:\s?(?:st|nd|rd|th))?"
_Y = r"(?:(?:19|20|l9|2[O0o])[0-9lOo]{2})"
_YY = r"['’]?[0-9lOo]{2}"
_S = r"[\s,.]*(?:of\s+)?"  # between the parts, over a line's end too
_RANGE = rf"(?:\s?(?:-|–|to|and|&|/|,)\s?{_D}{_ORD})?"

# One alternation of number-first and month-first forms; each begins at a word's edge.
_NAMED = re.compile(
    rf"(?<![^\W_]){_MONTH.format('m1')}[\s.]{{0,3}}(?:the\s)?{_D}(?![0-9a-z]{{3}}){_ORD}{_RANGE}"
    rf"(?:(?:\s*,\s*|\s+|[-/.])(?:{_Y}|['’][0-9]{{2}}(?![0-9])))?(?![0-9%])"
    rf"|(?<![^\W_]){_MONTH.format('m2')}(?:[\s.,/-]{{0,3}}(?:of\s)?)(?:{_Y}|['’][0-9]{{2}})(?![0-9])"
    rf"|(?<![^\W_.]){_D}{_ORD}(?:\s?(?:-|–|to|and|&)\s?{_D}{_ORD})?[\s,.]{{0,2}}(?:day\s+of\s+|of\s+)?[-/]?\s?"
    rf"{_MONTH.format('m3')}(?![^\W\d_])(?!\s+[0-9]{{1,2}}(?:st|nd|rd|th)?,?\s+(?:19|20)[0-9]{{2}})"
    rf"(?:{_S}[-/]?{_Y}|(?:[-/,\s]{{0,2}}){_YY}(?![0-9]))?(?![0-9])"
    rf"|(?<![^\W_]){_MONTH.format('m4')}[-/][0-9]{{1,2}}[-/](?:{_Y}|[0-9]{{2}})(?![0-9])",
    re.IGNORECASE,
)
_N = r"[0-9OolI]"
_NUMERIC = re.compile(
    # month, day, year (or day, month, year) with one separator; ISO; a line may break after the separator
    rf"(?<![^\W_])(?<![0-9][./])(?P<a>{_N}{{1,2}})(?P<s>\s?[/.\-–]\s?)(?P<b>{_N}{{1,2}})(?P=s)(?P<c>{_N}{{4}}|{_N}{{2}})"
    rf"(?:T[0-9:.Z+-]+)?(?![^\W_])(?![/.][0-9])(?![-–][0-9]{{1,4}}(?![0-9/.-]))"
    rf"|(?<![^\W_])(?<![0-9][./-])(?P<y>(?:19|20){_N}{{2}})(?P<t>[/.\-–]\s?)(?P<m>{_N}{{1,2}})(?P=t)(?P<d>{_N}{{1,2}})"
    rf"(?:T[0-9:.Z+-]+)?(?![0-9])"
    # month and year
    rf"|(?<![^\W_])(?<![0-9][./-])(?P<y7>(?:19|20)[0-9]{{2}})-(?P<m7>0[1-9]|1[0-2])(?![0-9-])(?![^\W_])"
    rf"|(?<![^\W_])(?<![0-9][./-])(?P<m5>0?[1-9]|1[0-2])\s?/\s?(?P<y5>(?:19|20)[0-9]{{2}})(?![0-9/])"
    # compact: yyyymmdd with a time of day or without
    rf"|(?<![^\W_])(?P<y6>(?:19|20)[0-9]{{2}})(?P<m6>0[1-9]|1[0-2])(?P<d6>0[1-9]|[12][0-9]|3[01])"
    rf"(?:[0-2][0-9][0-5][0-9](?:[0-5][0-9])?)?(?:[.+-][0-9]{{1,6}})?(?![^\W_])",
)
_HOLIDAY = re.compile(
    r"(?<![^\W_])(?:(?:4th|fourth)\s+of\s+july|new\s+year['’]?s?(?:\s+(?:eve|day))|christmas(?:\s+(?:eve|day|morning))?"
    r"|thanksgiving(?:\s+day)?|halloween|hanukkah|chanukah|kwanzaa|easter(?:\s+(?:sunday|monday))?|good\s+friday|ash\s+wednesday"
    r"|palm\s+sunday|epiphany|all\s+saints(?:'|’)?\s+day|election\s+day|tax\s+day|mardi\s+gras|memorial\s+day|labor\s+day|veterans?['’]?s?\s+day|independence\s+day|juneteenth|columbus\s+day"
    r"|indigenous\s+peoples['’]?\s+day|presidents?['’]?s?\s+day|(?:mlk|martin\s+luther\s+king)(?:\s+jr\.?)?\s+day"
    r"|valentine['’]?s?(?:\s+day)?|mother['’]?s\s+day|father['’]?s\s+day|st\.?\s+patrick['’]?s\s+day|cinco\s+de\s+mayo"
    r"|ramadan|diwali|passover|yom\s+kippur|rosh\s+hashanah|eid(?:\s+al[-\s](?:fitr|adha))?|groundhog\s+day|lunar\s+new\s+year"
    r"|boxing\s+day|black\s+friday|super\s+bowl\s+sunday)(?![^\W_])(?!\s+(?:disease|factor|tree|egg))",
    re.IGNORECASE,
)
_MONTH_ALONE = re.compile(
    r"(?<![^\W_])(?i:in|since|until|till|during|last|this|next|early|late|mid|by|through|thru|from|of|end\s+of|beginning\s+of|before|after)"
    r"(?:\s{1,3}(?:early|late|mid|about|around|approximately))?\s{0,2}[-\s]\s{0,2}(?P<m>January|February|March|April|May|June|July|August|September|October|November"
    r"|December|Jan|Feb|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec)(?![^\W_])",
)
_MONTH_ALONE_ANY_CASE = re.compile(
    _MONTH_ALONE.pattern.replace("(?<![^\\W_])(?:in", "(?<![^\\W_])(?i:in", 1), re.IGNORECASE
)
_UNITS = r"(?:one|two|three|four|five|six|seven|eight|nine)"
_TEENS = r"(?:ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen)"
_TENS = r"(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)"
_BELOW_100 = rf"(?:{_TENS}(?:[-\s]{_UNITS})?|{_TEENS}|(?:oh|o)[-\s]{_UNITS})"
_YEAR_SAID = rf"(?:(?:nineteen|twenty)\s+{_BELOW_100}|two\s+thousand(?:\s+(?:and\s+)?(?:{_BELOW_100}|{_UNITS}))?)"
_DAY_SAID = (
    r"(?:(?:twenty|thirty)[-\s]?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth"
    r"|tenth|eleventh|twelfth|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth"
    rf"|(?:twenty|thirty)(?:[-\s]{_UNITS})?|{_TEENS}|{_UNITS})"
)
_MONTH_SAID = r"(?:january|february|march|april|may|june|july|august|september|october|november|december)"
_MONTH_WORD = re.compile(rf"(?<![^\W_]){_MONTH_SAID}(?![^\W_])", re.IGNORECASE)
_DAY_BEHIND = re.compile(  # as it is dictated: january the twentieth twenty twenty six; january of twenty ten
    rf",?\s+(?:(?:the\s+)?(?:{_DAY_SAID}|[0-9]{{1,2}}(?:st|nd|rd|th)?)(?![^\W_])(?:,?\s+(?:of\s+)?{_YEAR_SAID}(?![^\W_]))?"
    rf"|(?:of\s+)?{_YEAR_SAID}(?![^\W_]))",
    re.IGNORECASE,
)
_DAY_BEFORE = re.compile(rf"(?<![^\W_]){_DAY_SAID}(?:\s+day)?\s+of\s+$", re.IGNORECASE)
_YEAR_BEHIND = re.compile(rf",?\s+(?:{_YEAR_SAID}|{_Y})(?![^\W_])", re.IGNORECASE)
_SEASON = re.compile(
    r"(?<![^\W_])(?:(?:in|since|of|during|last|the|early|late)\s+)?(?P<q>(?:spring|summer|fall|autumn|winter)\s+(?:of\s+)?(?:19|20)[0-9]{2}"
    r"|q[1-4]\s*(?:of\s+|/)?(?:19|20)[0-9]{2})(?![0-9])",
    re.IGNORECASE,
)
_THE_NTH = re.compile(
    r"(?<![^\W_])(?:on|since|until|by|before|after|from|(?:mon|tues|wednes|thurs|fri|satur|sun)day,?)\s+the\s+(?P<n>[1-9]|[12][0-9]|3[01])(?:st|nd|rd|th)(?=\s*(?:[.,;:)]|$|\n|of\s+(?:this|the|last|next)\s+month|at\s|and\s|for\s|with\s))",
    re.IGNORECASE,
)
_DIGITS = str.maketrans("OolI", "0011")


@dataclass(frozen=True, slots=True)
class Found:
    """One date in a text: its span and as much of it as is said."""

    start: int
    end: int
    year: int | None
    month: int | None
    day: int | None


def _number(text: str) -> int:
    return int(text.translate(_DIGITS))


def _whole_year(text: str) -> int | None:
    digits = text.translate(_DIGITS).lstrip("'’")
    if not digits.isdigit():
        return None
    year = int(digits)
    if len(digits) == 2:
        return 2000 + year if year < 40 else 1900 + year
    return year if 1850 < year < 2150 else None


def named(text: str) -> list[Found]:
    """Dates with a month in letters: `Mar 10, 2026`, `10-Mar-26`, `11OCT51`, `September 10th`, `Nov 2024`, `the 4th of July`."""
    found = []
    for match in _NAMED.finditer(text):
        group = match.lastgroup or "m1"
        if group == "m4":
            group = "m1"
        written = match.group()
        if not any(letter.isdigit() for letter in written):
            continue  # a scanner's l and O alone are letters: sept-ic
        name = match.group(group).lower().rstrip(".").replace("moy", "may")
        month = MONTHS.get(name, MONTHS.get(name[:3]))
        if month is None:
            continue
        if not _is_dated(text, match, group, name):
            continue
        rest = written.lower().replace(match.group(group).lower(), " ", 1)
        numbers = [part.translate(_DIGITS) for part in re.findall(r"['’]?[0-9OolI]+", rest)]
        year, day = _year_and_day(numbers, group)
        end = match.end()
        while text[end - 1] in " ,.\n":
            end -= 1
        found.append(Found(match.start(), end, year, month, day))
    return found


def _is_dated(text: str, match: re.Match[str], group: str, name: str) -> bool:
    """`may 2 tabs`, `4 mar`, `march 3 steps`: a month's name that is another word needs more than any number."""
    if group == "m2":
        return True
    if (
        group == "m3"
        and name in ("may", "mar", "dec", "sep", "march")
        and not re.search(r"[0-9OolI]{2,4}$", match.group())
    ):
        before = match.group()[: match.start(group) - match.start()]
        return bool(re.search(r"(?:st|nd|rd|th|of|-)\s*$", before.strip().lower())) or match.group(group)[0].isupper()
    after = text[match.end() : match.end() + 8].lstrip().lower()
    return not (
        name in ("may", "march", "mar", "dec")
        and re.match(r"(?:tabs?|mg|ml|weeks?|days?|times|more|cm|steps)\b", after)
    )


def _year_and_day(numbers: list[str], group: str) -> tuple[int | None, int | None]:
    numbers = [number for number in numbers if number.strip("'’").isdigit()]
    if group == "m2":
        return (_whole_year(numbers[-1]) if numbers else None), None
    if not numbers:
        return None, None
    day = int(numbers[0].strip("'’"))
    year = (
        _whole_year(numbers[-1])
        if len(numbers) > 1 and (len(numbers[-1].strip("'’")) == 4 or len(numbers) == 2)
        else None
    )
    return year, day if 1 <= day <= 31 else None


def numeric(text: str) -> list[Found]:
    """Dates in figures: `3/10/26`, `03-10-2026`, `2026-03-10`, `03/2026`, `20260310`, with scanner's O and l."""
    found = []
    for match in _NUMERIC.finditer(text):
        part = match.groupdict()
        if part["a"]:
            first, second, year = _number(part["a"]), _number(part["b"]), _whole_year(part["c"])
            month, day = (first, second) if first <= 12 else (second, first)
        elif part["y"]:
            year, month, day = _number(part["y"]), _number(part["m"]), _number(part["d"])
        elif part["y7"]:
            found.append(Found(match.start(), match.end(), int(part["y7"]), int(part["m7"]), None))
            continue
        elif part["y5"]:
            found.append(Found(match.start(), match.end(), int(part["y5"]), int(part["m5"]), None))
            continue
        else:
            year, month, day = int(part["y6"]), int(part["m6"]), int(part["d6"])
        if year is not None and 1 <= month <= 12 and 1 <= day <= 31:
            found.append(Found(match.start(), match.end(), year, month, day))
    return found


_ORDINAL = re.compile(r"the\s+[0-9]{1,2}(?:st|nd|rd|th)", re.IGNORECASE)
_FULL_MONTHS = (*tuple(month for month in MONTHS if len(month) > 4 or month in ("june", "july")), "may")
_HOLIDAY_WORDS = (  # a holiday has one of these; looking for them is ten times cheaper than the pattern
    "of july", "of\njuly", "new year", "new\nyear", "christmas", "thanksgiv", "halloween", "hanuk", "chanuk", "kwanzaa", "easter",
    "good f", "black f", "ash w", "mardi", "palm s", "epiphany", "saints", "election", "tax d", "memorial", "labor", "veteran",
    "independence", "juneteenth", "columbus", "indigenous", "president", "mlk", "luther", "valentine", "mother", "father",
    "patrick", "cinco", "ramadan", "diwali", "passover", "yom", "rosh", "eid", "groundhog", "lunar", "boxing", "super b",
)  # fmt: skip


def vague(text: str, *, caps_mean: bool) -> list[tuple[int, int]]:
    """Days and months without figures: holidays, `since August`, `on the 14th`, `summer 2023`."""
    lower = text.lower()
    holidays = _HOLIDAY.finditer(text) if any(word in lower for word in _HOLIDAY_WORDS) else ()
    found = [
        match.span()
        for match in holidays
        if caps_mean is False or not match.group()[:1].islower() or " " in match.group()
    ]
    pattern = _MONTH_ALONE if caps_mean else _MONTH_ALONE_ANY_CASE
    found += [match.span("m") for match in pattern.finditer(text)]
    if any(month in lower for month in _FULL_MONTHS):
        found += _said(text)
    if any(season in lower for season in ("spring", "summer", "fall ", "autumn", "winter", "q1", "q2", "q3", "q4")):
        found += [match.span("q") for match in _SEASON.finditer(text)]
    if _ORDINAL.search(text):
        found += [(match.start("n"), match.end()) for match in _THE_NTH.finditer(text)]
    return found


def _said(text: str) -> list[tuple[int, int]]:
    """Dates in words, around each month's name."""
    found = []
    for match in _MONTH_WORD.finditer(text):
        start, end = match.span()
        day = _DAY_BEFORE.search(text, max(0, start - 32), start)
        behind = (_YEAR_BEHIND if day else _DAY_BEHIND).match(text, end)
        if day or behind:
            found.append((day.start() if day else start, behind.end() if behind else end))
    return found


def shifted(found: Found, days: int) -> str | None:
    """The whole date so many days on, in ISO's form; None when it says no day or no year."""
    if found.year is None or found.month is None or found.day is None:
        return None
    try:
        moved = date(found.year, found.month, found.day) + timedelta(days=days)
    except (ValueError, OverflowError):
        return None
    return moved.isoformat()
