"""Month and day without a year (`3/4`, `12-24`): dates only where nothing clinical is written the same way."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

from workstation.domain.redaction.dates import Found
from workstation.domain.redaction.finding import Finding
from workstation.domain.redaction.wording import word_set

_PARTIAL = re.compile(
    r"(?<![^\W_])(?<![0-9][./-])(?<![\^/+])(?P<m>[0-9OolI]{1,2})(?P<s>[/-]|\s/\s)(?P<d>[0-9OolI]{1,2})(?![^\W_])(?![/.][0-9])(?!-[0-9])(?!%)"
)
_RANGE = re.compile(
    r"(?<![^\W_])(?<![0-9][./-])(?P<a>\d{1,2}/\d{1,2})\s?(?:-|–|to|thru|through)\s?(?P<b>\d{1,2}/\d{1,2})(?:/(?:\d{4}|\d{2}))?(?![^\W_/])"
)
_BEFORE = word_set(
    "on since until till til thru through from after before dated date dates by starting started start began",
    "begin beginning between and last seen next rtc ret prior prev previous exp check recheck due dc d/c admit",
    "admitted admission discharged dos doa tx rx'd collected drawn resulted sent called placed removed inserted",
    "extubated intubated done performed visit appt appointment f/u follow followup rescheduled scheduled returned",
    "effective expires received given doppler cxr ct mri mra us ultrasound echo tte tee ekg ecg eeg emg bcx bcx's",
    "ucx cx cultures culture labs lab xr xray x-ray kub pet cta dexa biopsy egd colonoscopy cath surgery mon tue",
    "tues wed thu thur thurs fri sat sun monday tuesday wednesday thursday friday saturday sunday reply note",
    "addendum update week weekend court hearing mtg meeting born dob updated eta ed er transfer transferred",
    "arrived of was am pm today yesterday tomorrow at for as to lmp edd edc soc pod",
)
_WEAK_BEFORE = word_set(
    "w with or of was for as to at am pm between and from before by after rx'd given us ed through visit lab labs",
    "done seen week update",
)
_NEVER_BEFORE = word_set(
    "pain strength apgar apgars bp gcs reflexes reflex murmur x times scale score scored rated rating severity",
    "day days grade class stage level t l c s vision va acuity ou od os grip motor power muscle dtr dtrs pulses",
    "pulse edema phq gad moca mmse mini ratio step steps sets cn nrs vas flacc cpot rass braden morse nih nihss",
    "orientation oriented aox stopbang curb wells epworth berg tinetti slums audit aims ess psqi hamd madrs ymrs",
    "barthel katz lawton fim tug dash koos womac oswestry odi ndi promis cage dast pcl bdi bai minicog qids",
    "ballard harris constant ashworth syntax glasgow norton waterlow push cam fast karnofsky ecog kps gds mna cdr",
    "faq npi zarit must snellen child meld adl iadl page part dose doses tab tabs mg mcg series image images view",
    "views bottles cultures growth positive every q taken gravida para g p ga egfr type fev ph peep settings simv",
    "fio2 insp ie station effacement dilated cervix sve ext le ue rle lle rue lue hip knee quad",
)
_NEVER_AFTER = word_set(
    "strength pain murmur systolic diastolic throughout bilaterally bilat ue le rue lue rle lle up way scale sem",
    "blowing holosystolic ejection edema pulses reflexes mm cm mg ml mcg in inch inches liter liters l tabs tab",
    "tablet tablets cup weeks wk wks week days day hours hr hrs h months mo yrs years bottles positive pos mssa",
    "mrsa gram of normal severity intensity motor power grip motors correct hpf lpf per g fr ns dsw kg lb lbs",
    "dose doses units points criteria items meals times x sets reps minutes min mins apart sites nodes lymph",
    "beats bpm hpf's rr",
)
_TIME_AFTER = re.compile(
    r"\s?(?:,\s?)?(?:@|at\s)?\s?(?:(?:[01]?[0-9]|2[0-3]):[0-5][0-9]|(?:[01][0-9]|2[0-3])[0-5][0-9])(?![0-9%/])|:\s|\s?@|\s(?:am|pm|a\.m|p\.m)\b|\s?\)?:|'s\b",
    re.IGNORECASE,
)
_DIGITS = str.maketrans("OolI", "0011")
_CLOSE, _NEAR = 7, 45
_CLOSE_MARKS = ("", ":", "(", "--", "-", "#", ",", "~", "=", ".", "---", "*", "[")
_WORDS_IN_FIGURES = ((2, 2), (1, 2), (1, 1))  # 2/2 is “secondary to”
MonthDay = tuple[int, int]


class Days:
    """Days of the year that are a known date, within a week of one, within six weeks of one."""

    def __init__(self, known: set[date]) -> None:
        self.same = {(day.month, day.day) for day in known}
        self.close: set[MonthDay] = set()
        self.near: set[MonthDay] = set()
        for day in known:
            self.close |= _within(day, _CLOSE)
            self.near |= _within(day, _NEAR)


@lru_cache(maxsize=8192)
def _within(day: date, distance: int) -> frozenset[MonthDay]:
    first = day.toordinal() - distance
    days = (date.fromordinal(min(max(first + k, 1), date.max.toordinal())) for k in range(2 * distance + 1))
    return frozenset((one.month, one.day) for one in days)


def find(finding: Finding, found: list[Found], taken: list[tuple[int, int]]) -> list[Found]:
    """Partial dates with no whole one over them; `found` are the whole dates, near which a partial one is likelier."""
    note, text = finding.note, finding.note.text
    days = set(finding.index.days)
    for whole in found:
        if whole.year and whole.month and whole.day:
            try:
                days.add(date(whole.year, whole.month, whole.day))
            except ValueError:
                continue
    starts = {start: i for i, start in enumerate(note.start)}
    around = Days(days)
    partial = _ranges(text, around)
    covered = sorted(taken)
    place = 0
    for match in _PARTIAL.finditer(text):
        start, end = match.span()
        while place < len(covered) and covered[place][1] <= start:
            place += 1
        if place < len(covered) and covered[place][0] < end:
            continue
        try:
            month, day = (int(match.group(part).translate(_DIGITS)) for part in ("m", "d"))
        except ValueError:
            continue
        if not (1 <= month <= 12 and 1 <= day <= 31) or not any(letter.isdigit() for letter in match.group()):
            continue
        i = starts.get(start)
        if i is None:
            continue
        if _is_date(finding, match, i, (month, day), around):
            partial.append(Found(start, end, None, month, day))
    return partial


def _ranges(text: str, around: Days) -> list[Found]:
    """`5/7-5/9`: both, where both are near a known day."""
    found: list[Found] = []
    for match in _RANGE.finditer(text):
        ends = [(match.span(name), _month_and_day(match[name])) for name in ("a", "b")]
        if all(part in around.near for _, part in ends):
            found += [Found(start, end, None, month, day) for (start, end), (month, day) in ends]
    return found


def _month_and_day(text: str) -> MonthDay:
    month, day = text.split("/")
    return int(month), int(day)


def _is_date(finding: Finding, match: re.Match[str], i: int, part: MonthDay, days: Days) -> bool:
    """Is what is said around it more than what it looks like otherwise?"""
    note = finding.note
    dash = "-" in match.group()
    before, gap = note.word(i - 1), note.gap(i - 1) if i else ""
    if "." in gap and len(before) > 4:
        before = ""
    if before == "c" and note.word(i - 2) == "d" and note.gap(i - 2) == "/":
        before = "dc"
    close = gap.strip(" \n") in _CLOSE_MARKS
    if _is_clinical(finding, match, i, before if close else "", dash=dash):
        return False
    score = _likelihood(match, part, days, dash=dash)
    if before in _BEFORE and close:
        score += 1 if before in _WEAK_BEFORE else 3
    if _TIME_AFTER.match(note.text, match.end()):
        score += 2
    alone = gap.endswith("(") and note.text[match.end() : match.end() + 1] == ")"
    if not dash and (i == 0 or "\n" in gap or alone):
        score += 1
    return score >= 2


def _is_clinical(finding: Finding, match: re.Match[str], i: int, before: str, *, dash: bool) -> bool:
    """`Strength 5/5`, `2/6 SEM`, `#3/4`, `6-8 wk`."""
    note = finding.note
    if match.start() and note.text[match.start() - 1] in "#<>≥≤$":
        return True
    last = i if dash else i + 1
    after = note.word(last + 1)
    between = note.gap(last) if last < note.count else ""
    if before in _NEVER_BEFORE or (after in _NEVER_AFTER and between.strip(" \n-") == ""):
        return True
    return after.isdigit() and between.strip() in ("x", "/")


def _likelihood(match: re.Match[str], part: MonthDay, days: Days, *, dash: bool) -> int:
    """What the figures alone say: near a known day, padded with noughts, a day no score goes up to."""
    month, day = part
    near = part in days.near
    score = 0
    if part in days.same:
        score += 3
    elif near:
        score += 2 if not dash and part in days.close else 1
    if not dash and (match["m"][0] in "0O" or (len(match["m"]) == len(match["d"]) == 2 and day > 12)):
        score += 1
    if day > 12 and (near or not dash):
        score += 1
    if month == day or (day == 10 and month <= 10) or (day == 5 and month <= 5) or (month == 1 and day < 5):
        score -= 2 if part in _WORDS_IN_FIGURES else 1  # 5/5, 7/10, 4/5, 1/2
    if dash and not (near and day > 12):
        score -= 1
    return score
