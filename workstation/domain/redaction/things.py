"""Numbers of things with a grammar of their own: social security numbers, device identifiers, plates, codes of doors."""

from __future__ import annotations

import re

from workstation.domain.redaction.finding import Finding
from workstation.domain.redaction.folding import folded
from workstation.domain.redaction.kinds import Identifier

K = Identifier
_SSN = re.compile(
    r"(?<![^\W_])(?<![0-9]-)(?:[0-9OlI]{3}([- –.\n])\s?[0-9OlI]{2}[- –.\n]\s?[0-9OlI]{4}"
    r"|[xX*]{3}[- ]?[xX*]{2}[- ]?[0-9]{4})(?![^\W_])(?!-[0-9])"
)
_UDI = re.compile(
    r"\(01\)\s?\d{14}(?:\s?\(\d{2,3}\)\s?[A-Z0-9-]{1,20})*|\+[A-Z]\d{3}[A-Z0-9]{5,18}(?:/[$A-Z0-9]+)+", re.IGNORECASE
)
_ENDING = re.compile(
    r"(?:ending(?:\s+in)?|last\s+(?:4|four)(?:\s+(?:digits|of\s+\w+))?(?:\s+is)?"
    r"|(?:gate|door|entry|access|alarm|garage|lock\s?box)\s?-?code(?:\s+is)?)[\s:#]{1,3}(\d{4,6})(?![0-9])",
    re.IGNORECASE,
)
_CARS = (
    "car|truck|van|vehicle|sedan|suv|pickup|minivan|motorcycle|auto|toyota|honda|ford|chevy|chevrolet|nissan|subaru|jeep|dodge"
    "|kia|hyundai|buick|gmc|mazda|lexus|acura|bmw|audi|volvo|tesla|cadillac|chrysler|lincoln|pontiac|saturn|mercedes"
    "|volkswagen|vw|ram|camry|corolla|civic|accord|silverado|f-?150"
)
_CAR_WORDS = frozenset(_CARS.replace("f-?150", "f150").split("|"))
_NEAR_A_CAR = re.compile(
    rf"(?<![^\W_])(?i:{_CARS})(?![^\W_])[^\n]{{0,50}}?(?<![^\W_])"
    r"(?P<n>[A-Z]{2,3}[ -]?\d{3,4}|\d{1,4}[ -]?[A-Z]{2,3}[ -]?\d{0,3}|\d[A-Z]{3}\d{3})(?![^\W_])"
)
_NEAR_A_CAR_ANY_CASE = re.compile(_NEAR_A_CAR.pattern, re.IGNORECASE)
_PLATE = re.compile(
    r"(?<![^\W_])(?:plates?|lic(?:ense)?\s+plate|tag)(?:\s+(?:no\.?|number|#|is|reads|[A-Z]{2}))?[\s:#]{1,3}"
    r"(?P<n>[A-Z0-9]{1,4}[ -]?[A-Z0-9]{2,5})(?![^\W_])",
    re.IGNORECASE,
)


def find(finding: Finding) -> None:
    note = finding.note
    for match in _SSN.finditer(note.text):
        if sum(map(str.isdigit, match.group())) >= 4:
            finding.claim(match.start(), match.end(), K.SSN, "shaped as a social security number")
    if "(01)" in note.text or "+" in note.text:
        for match in _UDI.finditer(note.text):
            finding.claim(match.start(), match.end(), K.DEVICE, "a device's identifier (UDI)")
    for match in _ENDING.finditer(note.text):
        finding.claim(match.start(1), match.end(1), K.OTHER, "the end of a number, or a code")
    near = _NEAR_A_CAR if note.caps_mean else _NEAR_A_CAR_ANY_CASE
    patterns = [(_PLATE, 1, "a vehicle's plate")]
    if not _CAR_WORDS.isdisjoint(note.low):  # far cheaper than the pattern
        patterns.append((near, 3, "shaped as a plate, beside a vehicle"))
    for pattern, wanted, why in patterns:
        for match in pattern.finditer(note.text):
            value = folded(match["n"])
            if sum(map(str.isdigit, value)) >= wanted and len(value) > 4:
                finding.claim(match.start("n"), match.end("n"), K.VEHICLE, why)
