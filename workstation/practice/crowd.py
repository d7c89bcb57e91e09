"""Charts for a crowd: the house's own, copied for other patients, with notes as long as years of copying forward make them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from workstation.practice.charts import Chart

SHORTEST, LONGEST = 5_000, 30_000  # bytes of a plain note


def charts_of(coder: str, charts: Sequence[Chart], count: int) -> list[Chart]:
    """`count` inpatient charts of one coder of the crowd; the same at every start."""
    own = [chart for chart in charts if chart.is_inpatient]
    return [_copy(own[number % len(own)], coder, number) for number in range(count)]


def _copy(chart: Chart, coder: str, number: int) -> Chart:
    slug = f"{chart.slug}-{coder}-{number}"
    digits = f"{_number(slug, 'account') % 10**8:08}"
    return replace(
        chart,
        slug=slug,
        coder=coder,
        patient={**chart.patient, "mrn": digits},
        encounter={**chart.encounter, "account": f"27{digits}"},
        contents=MappingProxyType(_contents(chart, slug)),
    )


def _contents(chart: Chart, slug: str) -> Mapping[str, bytes]:
    plain = {str(d["file"]) for d in chart.documents if "file" in d and d["media"] == "text/plain"}
    return {
        name: _grown(content, SHORTEST + _number(slug, name) % (LONGEST - SHORTEST)) if name in plain else content
        for name, content in chart.contents.items()
    }


def _grown(content: bytes, size: int) -> bytes:
    """A note carried forward until it has its size; it begins as it did, so that its passages stay where they are."""
    part = content.rstrip(b"\n") + b"\n\n"
    return content if len(content) >= size else (part * (size // len(part) + 1)).rstrip(b"\n") + b"\n"


def _number(*words: Any) -> int:
    return int.from_bytes(hashlib.sha256("/".join(map(str, words)).encode()).digest()[:6], "big")
