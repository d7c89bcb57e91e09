"""Numbers and codes that belong to one person or thing: by the label before them, else by their shape."""

from __future__ import annotations

import re
from bisect import bisect_left

from workstation.domain.redaction.finding import Finding
from workstation.domain.redaction.folding import folded
from workstation.domain.redaction.kinds import Identifier
from workstation.domain.redaction.wording import word_set

K = Identifier
_LABELS: dict[str, Identifier] = {
    **dict.fromkeys(
        ["mrn", "mr", "mrno", "mrnum", "medrec", "emrn", "empi", "unitno", "chartno", "hospno", "urn", "mpi", "eid"],
        K.MRN,
    ),
    **dict.fromkeys(
        [
            "account",
            "acct",
            "acctno",
            "fin",
            "csn",
            "har",
            "visit",
            "encounter",
            "billing",
            "guarantor",
            "invoice",
            "hsp",
            "vn",
        ],
        K.ACCOUNT,
    ),
    **dict.fromkeys(
        [
            "member",
            "memberid",
            "policy",
            "group",
            "grp",
            "subscriber",
            "insurance",
            "medicaid",
            "medicare",
            "mbi",
            "hicn",
            "plan",
            "payer",
            "ins",
            "bin",
            "pcn",
            "rxgrp",
            "rxbin",
            "beneficiary",
            "champva",
            "tricare",
            "ssi",
            "cin",
            "hic",
        ],
        K.PLAN,
    ),
    **dict.fromkeys(["ssn", "ss", "social", "sin", "itin", "ein", "tin"], K.SSN),
    **dict.fromkeys(
        [
            "npi",
            "dea",
            "lic",
            "license",
            "licence",
            "upin",
            "dl",
            "oln",
            "certification",
            "clia",
            "permit",
            "registration",
            "csr",
        ],
        K.LICENSE,
    ),
    **dict.fromkeys(
        [
            "serial",
            "sn",
            "s/n",
            "lot",
            "udi",
            "device",
            "model",
            "implant",
            "generator",
            "leads",
            "pump",
            "concentrator",
            "pacemaker",
            "icd",
            "valve",
            "lead",
            "stent",
            "imei",
            "ref",
            "catalog",
            "cat",
        ],
        K.DEVICE,
    ),
    **dict.fromkeys(["vin", "plate", "plates", "tag"], K.VEHICLE),
    **dict.fromkeys(["fingerprint", "retina", "voiceprint", "biometric", "iris", "faceprint", "palm"], K.BIOMETRIC),
    **dict.fromkeys(["photo", "photos", "image", "photograph"], K.PHOTO),
    **dict.fromkeys(["zip", "zipcode", "postal"], K.ZIP),
    **dict.fromkeys(["fax"], K.FAX),
    **dict.fromkeys(["pager", "pgr", "phone", "tel", "cell", "ext", "mobile", "beeper", "callback"], K.PHONE),
    **dict.fromkeys(
        [
            "accession",
            "acc",
            "case",
            "job",
            "study",
            "specimen",
            "path",
            "ticket",
            "confirmation",
            "conf",
            "claim",
            "auth",
            "authorization",
            "order",
            "rx",
            "passport",
            "visa",
            "kit",
            "barcode",
            "consent",
            "protocol",
            "subject",
            "reference",
            "band",
            "bracelet",
            "wristband",
            "requisition",
            "req",
            "docket",
            "batch",
            "trial",
            "tracking",
            "badge",
            "employee",
            "student",
            "inmate",
            "booking",
            "subj",
            "pin",
            "passcode",
            "lockbox",
            "doorcode",
            "receipt",
            "voucher",
            "referral",
            "number",
            "id",
            "alien",
            "a-number",
            "anumber",
            "dossier",
            "file",
            "participant",
            "enrollment",
            "sample",
            "donor",
            "unit",
            "bag",
            "prescription",
            "script",
            "controlnumber",
            "control",
            "transaction",
            "incident",
            "report",
            "warrant",
            "cause",
            "randomization",
            "rand",
            "registry",
            "uid",
            "guid",
            "uuid",
            "bed-id",
            "tube",
            "slide",
            "block",
            "container",
            "cassette",
            "refno",
            "chart",
        ],
        K.OTHER,
    ),
}
# After these one digit of four makes the number an identifier; the rest want a longer or a mixed one.
_STRONG = word_set(
    "mrn acct account ssn npi dea mbi hicn accession serial vin plate passport license lic policy subscriber",
    "member csn fin har medicaid medicare badge case kit barcode docket inmate udi sn memberid trial job consent",
    "lot dl fingerprint biometric mr claim",
)
_FILLERS = word_set(
    "no num number id nbr is of the code numbers ids ending pt pt's patient patients record for to ref medical",
    "health hospital state",
)
# Codes everyone uses for the same thing tell nothing of one person.
_CODE_SYSTEMS = word_set(
    "icd icd10 icd-10 icd9 cpt hcpcs drg loinc snomed sct rxnorm rxcui ndc cvx loinc's npdb apc ms-drg msdrg mpn",
    "oid code codes procedure dx",
)
_CANDIDATE = re.compile(r"[^\W_]+(?:[-./:_–][^\W_]+)*")
_MORE = re.compile(r"(?:[ -]|\n {0,8})([A-Z]{0,4}[0-9][A-Z0-9]*(?:-[A-Z0-9]+)*)(?![^\W_])")
_ICD = re.compile(r"[A-TV-Z][0-9][0-9A-Z](?:\.[0-9A-Z]{1,4})?", re.IGNORECASE)
_VARIANT = re.compile(r"(?:rs|nm_|np_|ng_|nc_|enst|chr)\d+|[cgp]\.", re.IGNORECASE)
_MBI = re.compile(r"[1-9][A-Z][A-Z0-9][0-9]-?[A-Z][A-Z0-9][0-9]-?[A-Z]{2}[0-9]{2}", re.IGNORECASE)
_SSN = re.compile(
    r"(?<![^\W_])(?<![0-9]-)(?:[0-9OlI]{3}([- –.])\s?[0-9OlI]{2}\1\s?[0-9OlI]{4}|[xX*]{3}[- ]?[xX*]{2}[- ]?[0-9]{4})(?![^\W_])(?!-[0-9])"
)
_VIN = re.compile(r"[A-HJ-NPR-Z0-9]{17}", re.IGNORECASE)
_PLATE = re.compile(
    r"(?<![^\W_])(?:plates?|lic(?:ense)?\s+plate|tag)(?:\s+(?:no\.?|number|#|is|reads|[A-Z]{2}))?[\s:#]{1,3}(?P<n>[A-Z0-9]{1,4}[ -]?[A-Z0-9]{2,5})(?![^\W_])",
    re.IGNORECASE,
)
_UNITS = re.compile(
    r"\s?(?:mg|ml|mcg|ug|g|kg|l|dl|cc|units?|u|iu|meq|mmol|mm|cm|m|ft|in|lbs?|lb|oz|bpm|mmhg|%|/|k|x10|cells|copies|kcal|cal|hz|ng|pg|gy|cgy|mci|sec|min|hrs?|hours?|days?|years?|weeks?|wks?|months?|steps|fr|f|c|°)(?![^\W\d_])",
    re.IGNORECASE,
)


_UDI = re.compile(
    r"\(01\)\s?\d{14}(?:\s?\(\d{2,3}\)\s?[A-Z0-9-]{1,20})*|\+[A-Z]\d{3}[A-Z0-9]{5,18}(?:/[$A-Z0-9]+)+", re.IGNORECASE
)
_ENDING = re.compile(
    r"(?:ending(?:\s+in)?|last\s+(?:4|four)(?:\s+(?:digits|of\s+\w+))?(?:\s+is)?|(?:gate|door|entry|access|alarm|garage|lock\s?box)\s?-?code(?:\s+is)?)[\s:#]{1,3}(\d{4,6})(?![0-9])",
    re.IGNORECASE,
)
_NEAR_A_CAR = re.compile(
    r"(?<![^\W_])(?i:car|truck|van|vehicle|sedan|suv|pickup|minivan|motorcycle|auto|toyota|honda|ford|chevy|chevrolet|nissan|subaru|jeep|dodge|kia|hyundai|buick|"
    r"gmc|mazda|lexus|acura|bmw|audi|volvo|tesla|cadillac|chrysler|lincoln|pontiac|saturn|mercedes|volkswagen|vw|ram|camry|corolla|civic|accord|silverado|f-?150)"
    r"(?![^\W_])[^\n]{0,50}?(?<![^\W_])(?P<n>[A-Z]{2,3}[ -]?\d{3,4}|\d{1,4}[ -]?[A-Z]{2,3}[ -]?\d{0,3}|\d[A-Z]{3}\d{3})(?![^\W_])"
)
_NEAR_A_CAR_ANY = re.compile(_NEAR_A_CAR.pattern, re.IGNORECASE)


def find(finding: Finding) -> None:
    text = finding.note.text
    for match in _SSN.finditer(text):
        if sum(letter.isdigit() for letter in match.group()) >= 4:
            finding.claim(match.start(), match.end(), K.SSN, "shaped as a social security number")
    for match in _UDI.finditer(text):
        finding.claim(match.start(), match.end(), K.DEVICE, "a device's identifier (UDI)")
    for match in _ENDING.finditer(text):
        finding.claim(match.start(1), match.end(1), K.OTHER, "the end of a number, or a code")
    for match in (_NEAR_A_CAR if finding.note.caps_mean else _NEAR_A_CAR_ANY).finditer(text):
        if sum(map(str.isdigit, match.group("n"))) > 2 and len(folded(match.group("n"))) > 4:
            finding.claim(match.start("n"), match.end("n"), K.VEHICLE, "shaped as a plate, beside a vehicle")
    for match in _PLATE.finditer(text):
        value = match.group("n")
        if any(letter.isdigit() for letter in value) and len(folded(value)) > 4:
            finding.claim(match.start("n"), match.end("n"), K.VEHICLE, "a vehicle's plate")
    for match in _CANDIDATE.finditer(text):
        value = match.group()
        if value.isalpha():
            continue
        digits = sum(map(str.isdigit, value))
        if digits < 2 and not (digits and len(value) > 7):
            continue
        start, end = match.span()
        plain = folded(value)
        known = finding.index.numbers.get(plain)
        if known is not None:
            finding.claim(start, end, known, "this patient's number", known=True)
            continue
        label = _label(finding, start)
        if label is not None and _labelled(finding, label, value, digits, start, end):
            continue
        if (digits >= 5 and text[start - 1 : start] == "#") or (digits >= 5 and text[start - 2 : start] == "# "):
            finding.claim(start, end, K.OTHER, "follows “#”")
            continue
        kind = _shape(finding, value, digits, text, start, end, label)
        if kind is not None:
            finding.claim(start, end, kind, "shaped as an identifying number")
    _known_in_pieces(finding)


def find_known(finding: Finding) -> None:
    """This patient's own numbers and nothing else."""
    for match in _CANDIDATE.finditer(finding.note.text):
        kind = finding.index.numbers.get(folded(match.group()))
        if kind is not None:
            finding.claim(match.start(), match.end(), kind, "this patient's number", known=True)
    _known_in_pieces(finding)


def _label(finding: Finding, start: int) -> str | None:
    """The label a value at `start` follows, over fillers such as “no.” and “#”."""
    note = finding.note
    i = bisect_left(note.start, start)
    back = i - 1
    for _ in range(5):
        if back < 0:
            return None
        gap = note.gap(back)
        if (
            len(gap) > 8
            or any(mark not in ' :#.=()-\t\n|"' for mark in gap)
            or gap.count("\n") > 1
            or (". " in gap and len(note.low[back]) > 4)
        ):
            return None
        word = note.low[back]
        if word in _CODE_SYSTEMS:
            return "code-system"
        if word == "dl" and not _marked(gap):
            return None  # a decilitre
        if word in _LABELS and not (word in ("number", "id", "control") and note.word(back - 1) in _LABELS):
            if word == "s" or (
                word in ("unit", "block", "group", "bed", "visit", "order", "plan", "case", "image", "lead", "leads")
                and not _marked(gap)
            ):
                return None if word not in ("case", "group", "order", "visit") else word
            return word
        if word == "security" and note.word(back - 1) == "social":
            return "ssn"
        if word in ("record", "rec") and note.word(back - 1) in ("medical", "med", "health"):
            return "mrn"
        if (
            word == "#"
            or word in _FILLERS
            or (
                len(word) < 5
                and note.raw[back].isupper()
                and back > 0
                and _LABELS.get(note.low[back - 1]) is K.PLAN
                and not finding.is_word(word)
            )
            or (len(word) == 1 and note.raw[back].isupper())
        ):
            if word == "n" and note.word(back - 1) == "s":
                return "serial"
            back -= 1
            continue
        return None
    return None


def _marked(gap: str) -> bool:
    return "#" in gap or ":" in gap


def _labelled(finding: Finding, label: str, value: str, digits: int, start: int, end: int) -> bool:
    text = finding.note.text
    if label == "code-system":
        return True
    kind = _LABELS[label]
    if kind is K.ZIP and not re.fullmatch(r"\d{5}(?:-\d{4})?", value):
        return False
    if kind is K.PHONE and digits < 4:
        return False
    letters = sum(map(str.isalpha, value))
    wanted = 3 if label in _STRONG else 4
    if digits < wanted and not (letters and digits + letters >= 6 and digits > 1 and label in _STRONG):
        return False
    if kind in (K.PLAN, K.OTHER, K.DEVICE, K.ACCOUNT) and label not in _STRONG:
        if value.replace("-", "").isdigit() and digits < 5 and not _marked(text[max(0, start - 2) : start]):
            return False
        if letters and digits < 3:
            return False
    if (
        (_is_date_like(value) and not (kind is K.MRN and value.count("-") == 2))
        or (value.count("/") and letters == 0)
        or (_UNITS.match(text, end) and letters == 0 and digits < 6)
    ):
        return False
    if re.fullmatch(r"(?:19|20)\d\d", value) and label not in ("ssn", "ss"):
        return False
    if kind is K.PLAN:  # the letters before its figures are part of it: XQZ 432 552 891
        before = re.search(r"(?<![^\W_])[A-Z]{2,4} $", text[max(0, start - 6) : start])
        if before and before.group().strip().lower() != label and not finding.is_word(before.group().strip().lower()):
            start -= len(before.group().lstrip())
    while kind is not K.ZIP:
        more = _MORE.match(text, end)
        if (
            not more
            or end - start > 24
            or (more.group(1).isdigit() and len(more.group(1)) < 2)
            or _is_date_like(more.group(1))
        ):
            break
        if label in ("case", "lot", "job", "claim") or _UNITS.match(text, more.end()):
            break
        if kind not in (K.PLAN, K.SSN, K.MRN, K.ACCOUNT, K.LICENSE) or re.fullmatch(r"(?:19|20)\d\d", more.group(1)):
            break
        end = more.end()
    finding.claim(start, end, kind, f"follows “{label}”")
    return True


def _is_date_like(value: str) -> bool:
    return bool(
        re.fullmatch(
            r"\d{1,2}[/.-]\d{1,2}(?:[/.-](?:\d{4}|\d{2}))?|\d{1,2}:\d{2}(?::\d{2})?|(?:19|20)\d\d-\d\d-\d\d.*|\d+\.\d{1,3}",
            value,
        )
    )


def _shape(
    finding: Finding, value: str, digits: int, text: str, start: int, end: int, label: str | None
) -> Identifier | None:
    """Identifying by its shape alone, wherever it stands."""
    if digits < 4:
        return None
    plain = folded(value)
    letters = len(plain) - digits
    if _MBI.fullmatch(value):
        return K.PLAN
    if len(value) == 17 and letters > 2 and _VIN.fullmatch(value):
        return K.VEHICLE
    if _is_date_like(value) or _ICD.fullmatch(value) or _VARIANT.match(value) or text[start - 1 : start] in ("$", "."):
        return None
    if value.count("/") and letters == 0:
        return None
    if letters == 0:
        return _all_digits(finding, value, digits, text, start, end)
    pieces = re.split(r"[-./:_–]", value)
    words = [piece for piece in pieces if piece.isalpha() and len(piece) > 2]
    if digits >= 5 or (
        digits >= 4
        and (letters > 1 or "-" in value)
        and re.match(r"[A-Za-z]{1,6}[-:_#]?(?:[A-Z]{1,4}[-:_#]?)?\d", value)
    ):
        glued = re.match(r"([A-Za-z]+)[\d.]", value)
        if (
            glued
            and digits < 6
            and glued.group(1).lower() not in _LABELS
            and len(glued.group(1)) > 1
            and finding.is_word(glued.group(1).lower())
        ):
            return None
        if re.fullmatch(
            r"[\d.,]+(?:mg|ml|mcg|g|kg|units?|u|k|cc|iu|cm|mm|lbs?|h|hr|hrs|m|am|pm)", value, re.IGNORECASE
        ) or re.fullmatch(r"\d{3,4}-\d{3,4}\w{0,3}", value):
            return None
        if words and all(finding.is_word(word.lower()) for word in words) and digits < 6 and len(words) > 1:
            return None
        if (
            re.fullmatch(r"(?:19|20)\d\d[-/.:_]?[A-Za-z]+|[A-Za-z]+[-/.:_]?(?:19|20)\d\d", value)
            and len(words) == 1
            and finding.is_word(words[0].lower())
        ):
            return None
        if re.fullmatch(r"[\d:.]+(?:-[\d:.]+)*(?:am|pm|hrs?|h|x\d)?", value, re.IGNORECASE) or re.match(
            r"\d{1,4}x\d", value
        ):
            return None
        return K.OTHER
    return None


def _all_digits(finding: Finding, value: str, digits: int, text: str, start: int, end: int) -> Identifier | None:
    groups = re.split(r"[-./:_–]", value)
    if "," in text[end : end + 1] and text[end + 1 : end + 4].isdigit() and digits < 5:
        return None
    if re.fullmatch(r"\d{5}-\d{4}", value):
        return K.ZIP
    if len(groups) == 1:
        if digits >= 7 and not _UNITS.match(text, end):
            return K.OTHER
        return None
    if "." in value and "-" not in value and len(groups) == 2:
        return None
    if ":" in value:
        return None
    if len(groups) == 2:
        long = max(len(group) for group in groups)
        return K.OTHER if digits >= 7 and long >= 5 and "." not in value else None
    if all(len(group) <= 2 for group in groups) and len(groups) == 3:
        return None
    return K.OTHER if digits >= 6 and "-" in value and "." not in value else None


def _known_in_pieces(finding: Finding) -> None:
    """Known numbers however they are punctuated, over a line's end too."""
    text = finding.note.text
    for digits, kind in finding.index.numbers.items():
        if len(digits) < 6:
            continue
        anchor = digits[:2]
        lower = text.lower() if not digits.isdigit() else text
        if len(lower) != len(text):
            continue
        at = lower.find(anchor)
        while at >= 0:
            end = _spelt(lower, at, digits)
            if end and not (at and lower[at - 1].isalnum()) and not (end < len(lower) and lower[end].isalnum()):
                finding.claim(at, end, kind, "this patient's number", known=True)
            at = lower.find(anchor, at + 1)


def _spelt(text: str, at: int, wanted: str) -> int:
    """Where `wanted` ends when it is written from `at` on with up to two marks between its letters; 0 when it is not."""
    slack = 0
    for letter in wanted:
        while at < len(text) and not text[at].isalnum() and slack < 3:
            at += 1
            slack += 1
        if at >= len(text) or (
            text[at] != letter and not (letter.isdigit() and text[at] in "ol" and "01"["ol".index(text[at])] == letter)
        ):
            return 0
        at += 1
        slack = 0
    return at
