"""A long nursing flowsheet made from a chart's own days: hourly vitals, intake and output, shift assessments."""

from __future__ import annotations

import hashlib
import random
from datetime import datetime, timedelta

from workstation.practice.charts import Chart

WANTED_BYTES = 300_000
_EVERY = timedelta(minutes=15)

_SYSTEMS: dict[str, tuple[str, ...]] = {
    "Neuro": (
        "Alert, oriented to person, place, time and situation. Follows commands. Speech clear.",
        "Drowsy but wakes to voice, oriented x3. Moves all extremities to command.",
        "Awake, answers appropriately. Pupils equal, round, brisk. Grips equal.",
    ),
    "Resp": (
        "Respirations even and unlabored at rest. Breath sounds diminished at the bases.",
        "Lungs clear anteriorly, fine crackles at the bases posteriorly. Encouraged to cough and deep breathe.",
        "Breath sounds equal. No use of accessory muscles seen. Incentive spirometer used at bedside.",
    ),
    "Cardiac": (
        "Monitor shows regular rhythm. No ectopy noted during this check. Pulses palpable.",
        "Heart sounds regular. Capillary refill under 3 seconds. Telemetry leads in place.",
        "Rhythm regular on the monitor. Trace edema of both ankles. Pulses 2+.",
    ),
    "GI": (
        "Abdomen soft, not tender. Bowel sounds present in all quadrants. Tolerating diet.",
        "Abdomen soft. Ate about half of the tray. Denies nausea.",
        "Bowel sounds active. Passing flatus. Ate most of the tray.",
    ),
    "GU": (
        "Voiding clear yellow urine without difficulty.",
        "Urine amber, voids in urinal at bedside. Output charted.",
        "Voids to the bathroom with standby help. Urine clear.",
    ),
    "Skin": (
        "Skin warm and dry, intact over bony prominences. Heels floated.",
        "Skin intact. Turned and repositioned, pillows between knees. No new redness.",
        "IV site clean, dry and intact, no swelling. Skin intact.",
    ),
    "Safety": (
        "Bed low and locked, call light within reach, two rails up. Non-slip socks on.",
        "Fall precautions in place. Bed alarm on. Reminded to call before getting up.",
        "Call light in reach. Room free of clutter. Rounded hourly.",
    ),
    "Pain": (
        "Denies pain at this time.",
        "Rates discomfort 2/10, repositioned with relief.",
        "Rates discomfort 3/10, declines medication for now.",
    ),
}
_NURSES = ("K. Abara, RN", "T. Lindqvist, RN", "M. Okafor, RN", "J. Perrone, RN", "S. Whitcomb, RN", "D. Yazzie, RN")


def flowsheet(chart: Chart, wanted: int = WANTED_BYTES) -> bytes:
    """The same bytes for the same chart, about `wanted` of them."""
    chance = random.Random(hashlib.sha256(chart.slug.encode()).digest())  # repeatable, never a secret
    start, end = chart.encounter["start"], chart.encounter["end"]
    lines = _head(chart)
    size = sum(len(line) + 1 for line in lines)
    moment, intake, output, shift = start, 0, 0, ""
    while size < wanted:
        block: list[str] = []
        now = _shift_of(moment)
        if now != shift:
            block += _assessment(now, moment, intake, output, chance)
            intake, output, shift = 0, 0, now
        drunk, passed = chance.choice((0, 0, 120, 180, 240, 360)), chance.choice((0, 0, 150, 200, 275, 320))
        intake, output = intake + drunk, output + passed
        block += _check(moment, drunk, passed, chance)
        moment += _EVERY
        if moment > end:  # the same stay once more, as the monitor's own station charted it
            moment, shift = start + timedelta(minutes=chance.randrange(1, 14)), ""
            block += ["", "-" * 78, "CONTINUATION SHEET, SAME STAY, SECOND CHARTING STATION", "-" * 78]
        lines += block
        size += sum(len(line) + 1 for line in block)
    return ("\n".join([*lines, "", "End of flowsheet.", ""])).encode()


def _head(chart: Chart) -> list[str]:
    who, stay = chart.patient, chart.encounter
    return [
        "LAKEMERE REGIONAL MEDICAL CENTER",
        "NURSING FLOWSHEET",
        f"Patient: {who['family']}, {' '.join(who['given'])}    MRN: {who['mrn']}",
        f"Unit: {stay.get('unit', stay['service'])}    Account: {stay['account']}",
        f"From {_at(stay['start'])} to {_at(stay['end'])}. Times are local.",
        "",
    ]


def _shift_of(moment: datetime) -> str:
    """The 12 h shift a time falls in, named by its first day."""
    began = moment - timedelta(hours=7 if 7 <= moment.hour < 19 else 19 if moment.hour >= 19 else 31)
    return f"{'Day' if 7 <= moment.hour < 19 else 'Night'} shift, {began:%A %m/%d/%Y}"


def _assessment(shift: str, moment: datetime, intake: int, output: int, chance: random.Random) -> list[str]:
    return [
        "",
        f"=== {shift} === Nurse: {chance.choice(_NURSES)}, at {moment:%H:%M}",
        f"Shift before: intake {intake} mL, output {output} mL, balance {intake - output:+d} mL.",
        *(f"{name:<8}{chance.choice(words)}" for name, words in _SYSTEMS.items()),
        "",
    ]


def _check(moment: datetime, drunk: int, passed: int, chance: random.Random) -> list[str]:
    vitals = (
        f"T {chance.uniform(97.6, 99.1):.1f} F  HR {chance.randrange(68, 98)}  RR {chance.randrange(14, 21)}  "
        f"BP {chance.randrange(108, 146)}/{chance.randrange(58, 86)}  SpO2 {chance.randrange(93, 99)} %"
    )
    lines = [f"{_at(moment)}  {vitals}"]
    if drunk or passed:
        lines.append(f"{'':18}I&O: in {drunk} mL, out {passed} mL")
    if chance.random() < 0.45:
        name = chance.choice(tuple(_SYSTEMS))
        lines.append(f"{'':18}{name}: {chance.choice(_SYSTEMS[name])}")
    return lines


def _at(moment: datetime) -> str:
    return f"{moment:%m/%d/%Y %H:%M}"
