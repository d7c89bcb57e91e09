"""Provider queries: time of a whole check per keystroke, beside a bare scan of the same texts for three words, in one run.

Types a question letter by letter into a query of a practice chart with every rule on, and checks it after each letter.
The floor is one compiled expression searched over the texts of that query: what no check can do without.
"""

from __future__ import annotations

import re
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.figures import show
from tests.queries.corpus import context, query, read
from workstation.codebook.diagnosis_terms import open_terms
from workstation.codebook.packs import BUILT_IN
from workstation.domain.queries.compliance import check
from workstation.domain.queries.diagnoses import documented
from workstation.domain.queries.query import ProviderQuery
from workstation.query_packs.rules import read_rules
from workstation.query_packs.templates import read_templates

CLEAN = (
    "Heart failure is documented in the history and physical and in the cardiology consultation. Based on your clinical"
    " judgment, can it be specified further?"
)
BAD = (
    "Mr. Pruitt meets criteria for acute respiratory failure, which is an MCC. Would you agree that sepsis should be"
    " documented, to reflect how sick he was? **Please** sign!!"
)
FLOOR = re.compile(r"\b(?:reimburse\w*|drg|would you agree)\b", re.IGNORECASE)
LIMIT_MS = 5.0


def timed(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return 1000 * (time.perf_counter() - begun)


def scan(asked: ProviderQuery) -> list[re.Match[str] | None]:
    texts = (asked.title, asked.question, *(o.text for o in asked.options), *(i.text for i in asked.indicators))
    return [FLOOR.search(text) for text in texts]


def main() -> int:
    begun = time.perf_counter()
    terms = open_terms(BUILT_IN)
    show("queries.names_read", [1000 * (time.perf_counter() - begun)], None)
    show("queries.packs_read", [timed(lambda: (read_rules(), read_templates())) for _ in range(5)], None)
    rules = read_rules()
    told = context("heart", terms)
    stay, texts = told.encounter, told.texts
    show("queries.chart_read", [timed(lambda: documented(stay, texts, terms)) for _ in range(50)], None)

    medians = {}
    for name, text in (("clean", CLEAN), ("bad", BAD)):
        typed = [replace(query("heart"), question=text[:length]) for length in range(len(text) + 1)]
        for asked in typed:  # once to warm up what a process reads once
            check(asked, told, rules)
        times = [timed(lambda asked=asked: check(asked, told, rules)) for asked in typed]
        floors = [timed(lambda asked=asked: scan(asked)) for asked in typed]
        show(f"queries.keystroke.{name}", times, floors)
        medians[name] = statistics.median(times)

    corpus = [each for name in ("broken.jsonl", "passing.jsonl") for each in read(name, terms)]
    times = [timed(lambda each=each: check(each.query, each.context, rules)) for each in corpus]
    floors = [timed(lambda each=each: scan(each.query)) for each in corpus]
    show("queries.corpus", times, floors)
    usual = medians["clean"]
    ok = usual < LIMIT_MS
    print(f"a keystroke in a usual query takes {usual:.2f} ms; the limit is {LIMIT_MS} ms: {'ok' if ok else 'NO'}")
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
