"""Ages over 89, however they are said (45 CFR 164.514(b)(2)(i)(C))."""

from __future__ import annotations

import re
from collections.abc import Iterator

_SAID = (
    r"(?:ninety(?:[-\s](?:one|two|three|four|five|six|seven|eight|nine))?"
    r"|(?:one|a)\s+hundred(?:\s+(?:and\s+)?(?:one|two|three|four|five|six|seven|eight|nine|ten))?)"
)
_NUMBER = re.compile(rf"(?<![^\W_])(?<![.,/-])(?:9[0-9]|1[01][0-9]|12[0-5]|{_SAID})(?![0-9])", re.IGNORECASE)
_AFTER = re.compile(
    r"\s?[-–]?\s?(?:y\s?/?\.?\s?o\b|yr|yrs|year|years|y\.o|yof|yom|yow|y\s+(?:old|m|f)\b|y(?![^\W_])|/?\s?[mf](?![^\W_])(?!\s?\d)"
    r"|\s?[♀♂]|(?:male|female|man|woman|lady|gentleman)\b)|(?:st|nd|rd|th)\s+birthday",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    r"(?<![^\W_])(?:aged?(?:\s*/\s*sex)?|age\s+(?:of|is)|turned|turning|turns)\s{0,2}[:=]?\s{0,4}(?:at\s|about\s)?$",
    re.IGNORECASE,
)
_NO_AGE = re.compile(r"%|\.[0-9]|\s?(?:months?|weeks?|days?|hours?|mo|wks?|hrs?|h|d|mg|ml|lb|kg)\b", re.IGNORECASE)
_DECADE = re.compile(
    r"(?<![^\W_])(?:in\s+(?:his|her|their)\s+(?:early\s+|mid\s*-?\s*|late\s+)?(?P<e>9[0-9]['’]?s|nineties)|(?P<f>nonagenarian|(?:super)?centenarian))"
    r"|(?<![^\W_])0(?P<d>9[0-9]|1[01][0-9])Y(?![^\W_])",
    re.IGNORECASE,
)


def find(text: str) -> Iterator[tuple[int, int]]:
    for match in _NUMBER.finditer(text):
        start, end = match.span()
        if _NO_AGE.match(text, end):
            continue
        if _AFTER.match(text, end) or _BEFORE.search(text, max(0, start - 20), start):
            yield start, end
    lower = text.lower()
    if "in h" in lower or "their" in lower or "enarian" in lower or "y" in lower:
        for match in _DECADE.finditer(text):
            yield match.span(match.lastgroup or 0)
