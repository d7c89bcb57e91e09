"""The labels numbers stand behind (`MRN`, `Acct #`, `S/N`), and what may stand as a value behind each."""

from __future__ import annotations

import re
from bisect import bisect_left

from workstation.domain.redaction.finding import Finding
from workstation.domain.redaction.kinds import Identifier
from workstation.domain.redaction.number_shapes import UNITS, is_date_like
from workstation.domain.redaction.wording import word_set

K = Identifier
LABELS: dict[str, Identifier] = {
    label: kind
    for kind, labels in (
        (
            K.MRN,
            word_set(
                "mrn mr mrno mrnum medrec emrn empi unitno chartno hospno urn mpi eid",
            ),
        ),
        (
            K.ACCOUNT,
            word_set(
                "account acct acctno fin csn har visit encounter billing guarantor invoice hsp vn",
            ),
        ),
        (
            K.PLAN,
            word_set(
                "member memberid policy group grp subscriber insurance medicaid medicare mbi hicn plan payer ins bin",
                "pcn rxgrp rxbin beneficiary champva tricare ssi cin hic",
            ),
        ),
        (
            K.SSN,
            word_set(
                "ssn ss social sin itin ein tin",
            ),
        ),
        (
            K.LICENSE,
            word_set(
                "npi dea lic license licence upin dl oln certification clia permit registration csr",
            ),
        ),
        (
            K.DEVICE,
            word_set(
                "serial sn s/n lot udi device model implant generator leads pump concentrator pacemaker icd valve",
                "lead stent imei ref catalog cat",
            ),
        ),
        (
            K.VEHICLE,
            word_set(
                "vin plate plates tag",
            ),
        ),
        (
            K.BIOMETRIC,
            word_set(
                "fingerprint retina voiceprint biometric iris faceprint palm",
            ),
        ),
        (
            K.PHOTO,
            word_set(
                "photo photos image photograph",
            ),
        ),
        (
            K.ZIP,
            word_set(
                "zip zipcode postal",
            ),
        ),
        (
            K.FAX,
            word_set(
                "fax",
            ),
        ),
        (
            K.PHONE,
            word_set(
                "pager pgr phone tel cell ext mobile beeper callback",
            ),
        ),
        (
            K.OTHER,
            word_set(
                "accession acc case job study specimen path ticket confirmation conf claim auth authorization order",
                "rx passport visa kit barcode consent protocol subject reference band bracelet wristband requisition",
                "req docket batch trial tracking badge employee student inmate booking subj pin passcode lockbox",
                "doorcode receipt voucher referral number id alien a-number anumber dossier file participant",
                "enrollment sample donor unit bag prescription script controlnumber control transaction incident",
                "report warrant cause randomization rand registry uid guid uuid bed-id tube slide block container",
                "cassette refno chart",
            ),
        ),
    )
    for label in labels
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
CODE_SYSTEM = "code-system"
# Words first and labels only with a mark behind: `unit 2`, but `Unit #: 00123`.
_WANT_A_MARK = word_set("s dl unit block bed plan image lead leads")
_MORE = re.compile(r"(?:[ -]|\n {0,8})([A-Z]{0,4}[0-9][A-Z0-9]*(?:-[A-Z0-9]+)*)(?![^\W_])")
_LETTERS_BEFORE = re.compile(r"(?<![^\W_])([A-Z]{2,4}) $")
_YEAR = re.compile(r"(?:19|20)\d\d")
_ZIP = re.compile(r"\d{5}(?:-\d{4})?")
_LONG_KINDS = (K.PLAN, K.SSN, K.MRN, K.ACCOUNT, K.LICENSE)
_MARKS = frozenset(' :#.=()-\t\n|"')


def label_before(finding: Finding, start: int) -> str | None:
    """The label a value at `start` follows, over fillers such as “no.” and “#”."""
    note = finding.note
    back = bisect_left(note.start, start) - 1
    for _ in range(5):
        if back < 0 or not _leads_on(note.gap(back), note.low[back]):
            return None
        word, before = note.low[back], note.word(back - 1)
        if word in _CODE_SYSTEMS:
            return CODE_SYSTEM
        if word in LABELS and not (word in ("number", "id", "control") and before in LABELS):
            marked = "#" in note.gap(back) or ":" in note.gap(back)
            return None if word in _WANT_A_MARK and not marked else word
        if word == "security" and before == "social":
            return "ssn"
        if word in ("record", "rec") and before in ("medical", "med", "health"):
            return "mrn"
        if word == "n" and before == "s":
            return "serial"
        if not _is_filler(finding, back):
            return None
        back -= 1
    return None


def _leads_on(gap: str, word: str) -> bool:
    if len(gap) > 8 or gap.count("\n") > 1 or (". " in gap and len(word) > 4):
        return False
    return all(mark in _MARKS for mark in gap)


def _is_filler(finding: Finding, i: int) -> bool:
    note = finding.note
    word = note.low[i]
    if word in _FILLERS:
        return True
    if not note.raw[i].isupper():
        return False
    prefix = len(word) < 5 and i > 0 and LABELS.get(note.low[i - 1]) is K.PLAN and not finding.is_word(word)
    return len(word) == 1 or prefix


def take_labelled(finding: Finding, label: str, value: str, start: int, end: int) -> bool:
    """Claim the value behind a label, if it is one; True also where the label says that it tells nothing."""
    if label == CODE_SYSTEM:
        return True
    kind = LABELS[label]
    text = finding.note.text
    if not _is_value(kind, label, value, marked=text[max(0, start - 2) : start]):
        return False
    if not any(map(str.isalpha, value)) and UNITS.match(text, end) and sum(map(str.isdigit, value)) < 6:
        return False
    if kind is K.PLAN:  # the letters before its figures are part of it: XQZ 432 552 891
        before = _LETTERS_BEFORE.search(text, max(0, start - 6), start)
        if before and before[1].lower() != label and not finding.is_word(before[1].lower()):
            start = before.start(1)
    last = _value_end(text, start, end) if kind in _LONG_KINDS or label == "id" else end
    finding.claim(start, last, kind, f"follows “{label}”")
    return True


def _is_value(kind: Identifier, label: str, value: str, *, marked: str) -> bool:
    digits = sum(map(str.isdigit, value))
    letters = sum(map(str.isalpha, value))
    strong = label in _STRONG
    if kind is K.ZIP:
        return _ZIP.fullmatch(value) is not None
    if kind is K.PHONE and digits < 4:
        return False
    if digits < (3 if strong else 4) and not (strong and letters and digits + letters >= 6 and digits > 1):
        return False
    if kind in (K.PLAN, K.OTHER, K.DEVICE, K.ACCOUNT) and not strong:
        bare = letters == 0 and digits < 5 and not ("#" in marked or ":" in marked)
        if bare or (letters and digits < 3):
            return False
    if is_date_like(value) and not (kind is K.MRN and value.count("-") == 2):
        return False
    if letters == 0 and "/" in value:
        return False
    return _YEAR.fullmatch(value) is None or label in ("ssn", "ss")


def _value_end(text: str, start: int, end: int) -> int:
    """Over further groups of a number written with spaces."""
    while end - start <= 24:
        more = _MORE.match(text, end)
        if (
            more is None
            or (more[1].isdigit() and len(more[1]) < 2)
            or is_date_like(more[1])
            or _YEAR.fullmatch(more[1])
        ):
            return end
        if UNITS.match(text, more.end()):
            return end
        end = more.end()
    return end
