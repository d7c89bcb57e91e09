"""Encoder: right answers and time per keystroke, beside plain FTS5 bm25 (and rapidfuzz when installed), in one run."""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from workstation.codebook.book import CodeBook
from workstation.codebook.imports.shelf import Shelf
from workstation.domain.codes import CodeMatch, CodeSystem

PACK = Path(__file__).resolve().parents[1] / "resources" / "codesets" / "codebook.db"
Engine = Callable[[str, CodeSystem], list[str]]


def rival_bm25(pack: Path) -> Engine:
    """Titles in a fresh FTS5 table, ranked by bm25, any word may match."""
    source = sqlite3.connect(f"{pack.absolute().as_uri()}?mode=ro", uri=True)
    db = sqlite3.connect(":memory:")
    db.execute("create virtual table titles using fts5(system unindexed, bare unindexed, title, prefix='1 2 3')")
    db.executemany(
        "insert into titles values (?, ?, ?)",
        source.execute("select system, bare, title from codes where billable and last_day is null order by id"),
    )

    def engine(text: str, system: CodeSystem) -> list[str]:
        words = "".join(c if c.isalnum() else " " for c in text).split()
        if not words:
            return []
        question = " or ".join(f'"{w}"*' for w in words).replace(" or ", " OR ")
        return [
            bare
            for (bare,) in db.execute(
                "select bare from titles where titles match ? and system = ? order by rank limit 5",
                (question, system.value),
            )
        ]

    return engine


def rival_rapidfuzz(pack: Path) -> Engine | None:
    try:
        from rapidfuzz import fuzz, process  # type: ignore[import-not-found]
    except ImportError:
        return None
    source = sqlite3.connect(f"{pack.absolute().as_uri()}?mode=ro", uri=True)
    titles: dict[str, dict[str, str]] = defaultdict(dict)
    for system, bare, title in source.execute(
        "select system, bare, title from codes where billable and last_day is null order by id"
    ):
        titles[system][bare] = title.lower()

    def engine(text: str, system: CodeSystem) -> list[str]:
        found = process.extract(text.lower(), titles[system.value], scorer=fuzz.token_set_ratio, limit=5)
        return [bare for _, _, bare in found]

    return engine


def matches_model() -> Any:
    """The finder's own model under a list view that is shown, so that a keystroke costs what it costs the coder."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QApplication

    from ui.finder import Finder
    from ui.theme import apply_theme

    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    theme = apply_theme(app, "light")
    finder = Finder(CodeBook.open(PACK), lambda: theme)
    finder.show()

    class Shown:
        def show(self, found: tuple[CodeMatch, ...]) -> None:
            finder._show(found)

        keeps = (app, finder)

    return Shown()


def percentile(times: list[float], share: float) -> float:
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def measure(name: str, engine: Engine, queries: list[dict[str, object]], *, keystrokes: bool, show: bool) -> str:
    tops: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    times: list[float] = []
    for asked in queries:
        text, system = str(asked["query"]), CodeSystem(str(asked["system"]))
        expected = {str(code).replace(".", "") for code in asked["expected"]}  # type: ignore[attr-defined]
        prefixes = [text[:n] for n in range(1, len(text) + 1)] if keystrokes else [text]
        for prefix in prefixes:
            began = time.perf_counter()
            answers = engine(prefix, system)
            times.append((time.perf_counter() - began) * 1000)
        first, five = bool(expected & set(answers[:1])), bool(expected & set(answers[:5]))
        for key in (system.value, "all"):
            tops[key][0] += first
            tops[key][1] += five
            tops[key][2] += 1
        if show and not first:
            print(f"  {'5' if five else '-'} {text!r} wanted {sorted(expected)} got {answers[:5]}")
    for key, (first_count, five_count, n) in tops.items():
        print(f"{name:12} {key:11} top-1 {first_count:3} top-5 {five_count:3} of {n}")
    first_count, five_count, n = tops["all"]
    p50, p95, p99 = statistics.median(times), percentile(times, 0.95), percentile(times, 0.99)
    asked_for = "keystrokes" if keystrokes else "queries"
    print(f"{name:12} {len(times)} {asked_for}: p50 {p50:.2f} p95 {p95:.2f} p99 {p99:.2f} ms")
    return f"top1={first_count} top5={five_count} n={n} p50_ms={p50:.2f} p95_ms={p95:.2f} p99_ms={p99:.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, help="JSON with queries: query, system, expected")
    parser.add_argument(
        "--index", type=Path, nargs="+", action="extend", default=[], help="Alphabetic Index to import first"
    )
    parser.add_argument(
        "--release",
        type=Path,
        nargs="+",
        action="extend",
        default=[],
        help="other releases to import first, such as HCPCS",
    )
    parser.add_argument("--pack", type=Path, default=PACK)
    parser.add_argument("--on", type=date.fromisoformat, default=date(2026, 11, 24))
    parser.add_argument("--misses", action="store_true", help="print what was not answered first")
    parser.add_argument("--alone", action="store_true", help="leave the rivals out")
    chosen = parser.parse_args()
    if not chosen.pack.is_file():
        parser.error(f"{chosen.pack} is not there: build it with `make codesets`")
    with tempfile.TemporaryDirectory() as folder:
        pack = chosen.pack
        if chosen.index or chosen.release:
            shelf = Shelf(Path(folder), chosen.pack)
            began = time.perf_counter()
            for diff in shelf.add([*chosen.index, *chosen.release], None, chosen.on, lambda _: None):
                print(f"imported     {diff.in_words()}")
            print(f"imported     in {time.perf_counter() - began:.1f} s")
            pack = shelf.current()
        compare(chosen, pack)


def compare(chosen: argparse.Namespace, pack: Path) -> None:
    """The rivals and the code book over one pack."""
    held = json.loads(chosen.file.read_text("utf-8"))
    queries = held["queries"] if isinstance(held, dict) else held
    if not chosen.alone:
        measure("fts5 bm25", rival_bm25(pack), queries, keystrokes=True, show=False)
        fuzzy = rival_rapidfuzz(pack)
        if fuzzy is None:
            print("rapidfuzz    not installed, left out")
        else:
            measure("rapidfuzz", fuzzy, queries, keystrokes=False, show=False)
    began = time.perf_counter()
    book = CodeBook.open(pack)
    print(f"codebook     opened in {(time.perf_counter() - began) * 1000:.1f} ms, {book.release}")

    model = matches_model()

    def engine(text: str, system: CodeSystem) -> list[str]:
        found = book.search(text, chosen.on, (system,), 50)
        model.show(found)  # what the finder does on every keystroke, its list and its rows' heights included
        return [match.code.bare for match in found]

    print(measure("codebook", engine, queries, keystrokes=True, show=chosen.misses))


if __name__ == "__main__":
    main()
