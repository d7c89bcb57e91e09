"""200 times each way a program can fail: what it writes names types and places, never what the exception said."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.faults.conftest import Times
from workstation.host.crash import report

PROGRAM = Path(__file__).with_name("crashing.py")


def test_no_word_of_an_exception_is_written_anywhere(tmp_path: Path, home: Path, times: Times) -> None:
    count = times(200)
    done = subprocess.run(
        [sys.executable, str(PROGRAM), str(tmp_path), str(count)],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "TMPDIR": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 1, done.stderr[-3000:]
    in_journal, told, ways = done.stdout.split()
    assert (in_journal, int(told), int(ways)) == ("False", count, 11)
    written = done.stderr
    assert "MARKER" not in written
    assert "Brannigan" not in written
    for file in [path for path in tmp_path.rglob("*") if path.is_file()]:
        assert b"MARKER" not in file.read_bytes(), file.name
    assert written.count("crash in a thread: Told") == count
    assert written.count("crash nobody could catch: Told") == count
    assert written.count("crash: Told") >= 6 * count + 1  # slot, event, timer, pool, the journal twice; and the end
    assert written.count("Told at ") >= 8 * count
    assert written.count("; after KeyError at __main__:") >= 8 * count
    assert written.count("QLabel::setText") == count
    assert written.count("urllib3.connectionpool: line ") == count
    assert written.count("the chart was not fetched: ExceptionGroup at __main__:") == count
    assert written.count("warning: ResourceWarning") == count


def test_a_report_names_the_types_and_the_way_they_came() -> None:
    def deep(words: str) -> None:
        try:
            int(words)
        except ValueError as error:
            raise RuntimeError(words) from error

    try:
        deep("Brannigan")
    except RuntimeError as error:
        said = report(error)
    assert said.startswith("RuntimeError at tests.faults.test_crash_reports:")
    assert "; after ValueError at " in said
    assert " > " in said
    assert "Brannigan" not in said


def test_a_type_made_of_words_is_cut_to_a_name() -> None:
    kind = type("Brannigan, Harold\n", (Exception,), {})
    assert report(kind()) == "BranniganHarold at nowhere"


def test_a_chain_that_never_ends_is_cut() -> None:
    first, second = ValueError(), KeyError()
    first.__cause__, second.__cause__ = second, first
    assert report(first).count("at nowhere") == 4
    assert report(None) == "nothing"
