"""A copy of every practice chart: nobody who is named in the chart's own structure is left in it, and no month."""

from __future__ import annotations

import base64
import re
from functools import cache

import pytest

from workstation.codebook.lexicon import read_lexicon
from workstation.codebook.packs import BUILT_IN
from workstation.documents import reading
from workstation.domain.encounter import Encounter, TaskId
from workstation.domain.redaction.kinds import DateRule, Profile
from workstation.domain.redaction.known import known_of
from workstation.domain.redaction.lexicon import Lexicon
from workstation.domain.redaction.redactor import redact
from workstation.domain.teaching.dates import DateWords, shift_of
from workstation.domain.teaching.making import Made, Making
from workstation.domain.teaching.sources import sources
from workstation.fhir.charts import ChartParts, chart
from workstation.practice.chart_resources import resources
from workstation.practice.charts import CHARTS, load_chart

# Its flowsheet is a third of a million characters; test_round_trip makes it through the whole program.
LONG = "hf-ckd-hypoxia"
SLUGS = sorted(folder.name for folder in CHARTS.iterdir() if (folder / "chart.toml").exists() and folder.name != LONG)
MONTHS = "January|February|April|June|July|August|September|October|November|December"


@cache
def lexicon() -> Lexicon:
    return read_lexicon(BUILT_IN)


def copy_of(slug: str, rule: DateRule) -> tuple[Encounter, Made]:
    """Made as on the bench, each doubt taken out."""
    found = list(resources(load_chart(CHARTS / slug)))
    by_name = {f"{resource['resourceType']}/{resource['id']}": resource for resource in found}

    def of(kind: str) -> list[dict]:
        return [resource for resource in found if resource["resourceType"] == kind]

    parts = ChartParts(of("Encounter")[0], TaskId("t1"), by_name, of("DocumentReference"), of("Observation"),
                       of("MedicationRequest"), of("MedicationAdministration"), of("Condition"), of("Coverage"))  # fmt: skip
    came = chart(parts)
    contents = {
        a.document_id: reading.read(a, base64.b64decode(by_name[f"Binary/{a.url.rpartition('/')[2]}"]["data"]))
        for a in came.attachments
    }
    encounter = came.encounter
    began = encounter.admitted_at
    assert began is not None
    texts, _ = sources(encounter, contents, DateWords(rule, began.date()))
    making = Making(texts, known_of(encounter), lexicon(), rule, encounter.service_date)
    making.take_out_rest()
    while (made := making.finished()) is None:
        making.take_out_rest()
    return encounter, made


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("rule", [DateRule(), shift_of(11)], ids=["year", "shift"])
def test_nobody_of_the_chart_and_no_date_is_left(slug: str, rule: DateRule) -> None:
    encounter, made = copy_of(slug, rule)
    text = "\n".join(f"{section.heading} {section.when}\n{section.text}" for section in made.sections)
    who = encounter.patient
    words = [who.family, *who.given, who.mrn, encounter.account_number, encounter.facility, *who.phones]
    words += [piece.strip() for line in who.addresses for piece in line.split(",")]
    words += [word for relative in who.relatives for word in relative.split(",")[0].split()]
    words += [provider.name.split()[-1] for provider in encounter.providers]
    words += [word for document in encounter.documents for word in re.findall(r"[A-Z][a-z]{2,}", document.author)]
    words += [document.id for document in encounter.documents]
    for word in {word for word in words if len(word) > 2}:
        assert not re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text), word
    assert not re.search(r"(?<![\w/.])\d{1,2}/\d{1,2}/\d{2,4}(?!\w)", text)
    assert not re.search(rf"\b({MONTHS})\b", text)
    known = known_of(encounter)
    assert all(redact(s.text, known, Profile.TEACHING, lexicon(), rule).removals == () for s in made.sections)
