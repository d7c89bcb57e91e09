"""Runs the tests: those without Qt together, each file of screens in a process of its own, two at a time."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as ET

TOP = Path(__file__).resolve().parents[2]
# A file that speaks of Qt gets a process: a crash there takes one file along, and leftovers meet nobody.
SPEAKS_OF_QT = re.compile(r"PySide6|qtbot|qapp|^(from|import) ui\b", re.MULTILINE)
TOGETHER_MINUTES, ALONE_MINUTES, WORKERS = 40, 15, 2


@dataclass
class Tally:
    passed: int = 0
    failed: int = 0
    skipped: Counter[str] = field(default_factory=Counter)

    def add(self, other: Tally) -> None:
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped.total()} skipped"


@dataclass(frozen=True)
class Batch:
    """Test files that share one process."""

    name: str
    files: tuple[Path, ...]
    minutes: int
    qt: bool

    def line(self, report: Path, words: list[str]) -> list[str]:
        line = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}"]
        line += ["--continue-on-collection-errors", *words]
        return [*line, *([] if self.qt else ["-p", "no:pytest-qt"]), *map(str, self.files)]


def batches(top: Path = TOP, words: list[str] | None = None) -> list[Batch]:
    """Every test file; only those that break things when asked to break them more often."""
    broken = any(word.startswith("--faults") for word in words or ())
    files = [path.relative_to(top) for path in sorted((top / "tests").rglob("test_*.py"))]
    if broken:
        files = [path for path in files if path.parts[:2] == ("tests", "faults")]
    screens = [path for path in files if SPEAKS_OF_QT.search((top / path).read_text(encoding="utf-8"))]
    together = tuple(path for path in files if path not in screens)
    patience = 12 if broken else 1
    alone = [Batch(str(path), (path,), ALONE_MINUTES * patience, qt=True) for path in screens]
    return [Batch("everything without Qt", together, TOGETHER_MINUTES * patience, qt=False), *alone]


def run(batch: Batch, words: list[str]) -> tuple[Tally, str]:
    """Its tally, and what it printed if that is worth reading."""
    environment = {**os.environ, "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen")}
    with tempfile.TemporaryDirectory() as folder:
        report, printed = Path(folder) / "report.xml", Path(folder) / "printed"
        # A file and not a pipe: a daemon that outlives its test would hold a pipe open.
        with printed.open("wb") as out:
            started = subprocess.Popen(
                batch.line(report, words),
                cwd=TOP,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                code = started.wait(batch.minutes * 60)
            except subprocess.TimeoutExpired:
                code = -signal.SIGKILL
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(started.pid, signal.SIGKILL)
                started.wait()
        text = printed.read_text(encoding="utf-8", errors="replace")
        tally = read(report)
    if code not in (0, 5) and not tally.failed:
        tally.failed += 1
        text += f"\n{batch.name}: ended with {code} before its tests did"
    return tally, text if tally.failed else ""


def read(report: Path) -> Tally:
    """The tally of a JUnit report; no report is an empty one."""
    tally = Tally()
    if not report.is_file():
        return tally
    for case in ET.parse(report).iter("testcase"):  # noqa: S314  (pytest has just written it)
        skipped = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            tally.failed += 1
        elif skipped is not None:
            # Of a file skipped as a whole the reason stands in the text: ('path', line, 'Skipped: reason').
            whole = re.search(r"'Skipped: (.*)'\)", skipped.text or "")
            tally.skipped[whole[1] if whole else skipped.get("message", "")] += 1
        else:
            tally.passed += 1
    return tally


def fault_table(folder: Path) -> list[str]:
    """One line a fault, the rows of its tests added up; empty when no fault was counted."""
    rows = folder / "rows.jsonl"
    if not rows.is_file():
        return []
    found: dict[str, Counter[str]] = {}
    for line in rows.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        found.setdefault(row.pop("fault"), Counter()).update(row)
    width = max(len(fault) for fault in found)
    lines = [f"{'fault':{width}}  tries   seen losses duplicates"]
    for fault, row in sorted(found.items()):
        numbers = f"{row['tries']:6} {row['seen']:6} {row['losses']:6} {row['duplicates']:10}"
        lines.append(f"{fault:{width}} {numbers}")
    return lines


def main(words: list[str]) -> int:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["FAULT_TABLE"] = folder
        return _run_all(words, Path(folder))


def _run_all(words: list[str], rows: Path) -> int:
    whole = Tally()
    with ThreadPoolExecutor(WORKERS) as workers:
        running = {workers.submit(run, batch, words): batch for batch in batches(words=words)}
        for done in as_completed(running):
            tally, text = done.result()
            whole.add(tally)
            if text:
                print(text)
            print(f"{running[done].name}: {tally}", flush=True)
    for reason, count in sorted(whole.skipped.items()):
        print(f"SKIPPED {count}: {reason}")
    for line in fault_table(rows):
        print(line)
    print(whole, flush=True)
    return 1 if whole.failed or not whole.passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
