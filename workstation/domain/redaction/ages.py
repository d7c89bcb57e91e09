"""Ages over 89, however they are said (45 CFR 164.514(b)(2)(i)(C))."""

from __future__ import annotations

import re
from collections.abc import Iterator

_OLD = r"(?:9[0-9]|1[01][0-9]|12[0-5])"
_TENS = r"(?:ninety(?:[-\s](?:one|two|three|four|five|six|seven|eight|nine))?|(?:one|a)\s+hundred(?:\s+(?:and\s+)?(?:one|two|three|four|five|six|seven|eight|nine|ten))?)"
_AGE = re.compile(
    rf"(?<![^\W_.])(?P<a>{_OLD}|{_TENS})(?=\s?[-–]?\s?(?:y\s?/?\.?\s?o\b|yr|yrs|year|years|y\.o|yof|yom|yow|y\s+(?:old|m|f)\b|y(?![^\W_])|/?\s?[mf](?![^\W_])(?!\s?\d)|\s?[♀♂]|(?:male|female|man|woman|lady|gentleman)\b))"
    rf"|(?<![^\W_])(?:aged?|age\s+(?:of|is)|turned|turning|turns)\s{{0,2}}[:=]?\s{{0,4}}(?:at\s|about\s)?(?P<b>{_OLD}|{_TENS})(?![0-9%])(?!\.[0-9])(?!\s?(?:months?|weeks?|days?|hours?|mo|wk|hr|h|d)\b)"
    rf"|(?<![^\W_])(?P<c>{_OLD}(?:st|nd|rd|th))(?=\s+birthday)|(?<![^\W_])0(?P<d>{_OLD})Y(?![^\W_])"
    rf"|(?<![^\W_])in\s+(?:his|her|their)\s+(?:early\s+|mid\s*-?\s*|late\s+)?(?P<e>9[0-9]['’]?s|nineties)|(?<![^\W_])(?P<f>nonagenarian|centenarian|supercentenarian)",
    re.IGNORECASE,
)


def find(text: str) -> Iterator[tuple[int, int]]:
    for match in _AGE.finditer(text):
        group = match.lastgroup
        if group:
            yield match.span(group)
