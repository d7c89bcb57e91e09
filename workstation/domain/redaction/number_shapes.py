"""Numbers and codes that identify by their shape alone, and those that look so and do not."""

from __future__ import annotations

import re
from collections.abc import Callable

from workstation.domain.redaction.kinds import Identifier

K = Identifier
UNITS = re.compile(
    r"\s?(?:mg|ml|mcg|ug|g|kg|l|dl|cc|units?|u|iu|meq|mmol|mm|cm|m|ft|in|lbs?|lb|oz|bpm|mmhg|%|/|k|x10|cells|copies|kcal|cal"
    r"|hz|ng|pg|gy|cgy|mci|sec|min|hrs?|hours?|days?|years?|weeks?|wks?|months?|steps|fr|f|c|°)(?![^\W\d_])",
    re.IGNORECASE,
)
_ICD = re.compile(r"[A-TV-Z][0-9][0-9A-Z](?:\.[0-9A-Z]{1,4})?", re.IGNORECASE)
_VARIANT = re.compile(r"(?:rs|nm_|np_|ng_|nc_|enst|chr)\d+|[cgp]\.", re.IGNORECASE)
_MBI = re.compile(r"[1-9][A-Z][A-Z0-9][0-9]-?[A-Z][A-Z0-9][0-9]-?[A-Z]{2}[0-9]{2}", re.IGNORECASE)
_VIN = re.compile(r"[A-HJ-NPR-Z0-9]{17}", re.IGNORECASE)
_DATE_LIKE = re.compile(
    r"\d{1,2}[/.-]\d{1,2}(?:[/.-](?:\d{4}|\d{2}))?|\d{1,2}:\d{2}(?::\d{2})?|(?:19|20)\d\d-\d\d-\d\d.*|\d+\.\d{1,3}"
    r"|\d{1,2}-?(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*-?\d{2,4}"
)
_JOINTS = re.compile(r"[-./:_–]")
_PREFIXED = re.compile(r"[A-Za-z]{1,6}[-:_#]?(?:[A-Z]{1,4}[-:_#]?)?\d")
_GLUED = re.compile(r"([A-Za-z]{2,})[\d.]")
_DOSE = re.compile(r"[\d.,]+(?:mg|ml|mcg|g|kg|units?|u|k|cc|iu|cm|mm|lbs?|h|hr|hrs|m|am|pm)", re.IGNORECASE)
_RANGE = re.compile(r"\d{3,4}-\d{3,4}\w{0,3}")
_TIMES = re.compile(r"[\d:.]+(?:-[\d:.]+)*(?:am|pm|hrs?|h|x\d)?", re.IGNORECASE)
_PRODUCT = re.compile(r"\d{1,4}x\d")
_WORD_AND_YEAR = re.compile(r"(?:19|20)\d\d[-/.:_]?[A-Za-z]+|[A-Za-z]+[-/.:_]?(?:19|20)\d\d")
_ZIP4 = re.compile(r"\d{5}-\d{4}")


def is_date_like(value: str) -> bool:
    return _DATE_LIKE.fullmatch(value) is not None


def shape_of(value: str, digits: int, before: str, after: str, is_word: Callable[[str], bool]) -> Identifier | None:
    """What a value is by its shape; `before` and `after` are a few letters around it."""
    if digits < 4:
        return None
    letters = sum(map(str.isalpha, value))
    if _MBI.fullmatch(value):
        return K.PLAN
    if len(value) == 17 and letters > 2 and _VIN.fullmatch(value):
        return K.VEHICLE
    if is_date_like(value) or _ICD.fullmatch(value) or _VARIANT.match(value) or before.endswith(("$", ".")):
        return None
    if letters == 0:
        return _of_figures(value, digits, after)
    enough = digits >= 5 or ((letters > 1 or "-" in value) and _PREFIXED.match(value))
    return K.OTHER if enough and not _is_common(value, digits, is_word) else None


def _is_common(value: str, digits: int, is_word: Callable[[str], bool]) -> bool:
    """A dose, a range, a time, a size, a word with a number glued to it, a word and a year."""
    if any(pattern.fullmatch(value) for pattern in (_DOSE, _RANGE, _TIMES)) or _PRODUCT.match(value):
        return True
    glued = _GLUED.match(value)
    if glued and digits < 6 and is_word(glued[1].lower()):
        return True
    words = [piece.lower() for piece in _JOINTS.split(value) if piece.isalpha() and len(piece) > 2]
    if len(words) > 1 and digits < 6 and all(map(is_word, words)):
        return True
    return len(words) == 1 and _WORD_AND_YEAR.fullmatch(value) is not None and is_word(words[0])


def _of_figures(value: str, digits: int, after: str) -> Identifier | None:
    if _ZIP4.fullmatch(value):
        return K.ZIP
    groups = _JOINTS.split(value)
    if len(groups) == 1:
        return K.OTHER if digits >= 7 and not UNITS.match(after) else None
    if "." in value or ":" in value or "/" in value:
        return None
    if len(groups) == 2:
        return K.OTHER if digits >= 7 and max(map(len, groups)) >= 5 else None
    short = len(groups) == 3 and all(len(group) <= 2 for group in groups)
    return K.OTHER if digits >= 6 and not short else None
