"""The encoder in a terminal gives the answers the finder gives."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from tests.codebook.conftest import PACK
from workstation.codebook.book import CodeBook
from workstation.codebook.terminal import run
from workstation.domain.codes import CodeSystem

WORDS = ["chf", "ac", "on", "chr", "diast"]
DAY = "2026-11-01"


def test_the_answers_are_those_of_the_finder(book: CodeBook, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(WORDS, DAY, as_json=False, pack=PACK) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("I50.33 ")
    found = book.search(" ".join(WORDS), date.fromisoformat(DAY), tuple(CodeSystem))
    assert [line.split()[0] for line in lines] == [str(m.code) for m in found[: len(lines)]]


def test_as_json_each_answer_says_its_system_and_why(book: CodeBook, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(WORDS, DAY, as_json=True, pack=PACK) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["date"] == DAY
    assert said["release"] == book.release
    best = said["matches"][0]
    assert (best["system"], best["code"], best["billable"]) == ("ICD-10-CM", "I50.33", True)
    assert best["why"]


@pytest.mark.parametrize(("day", "code"), [("2025-09-30", "G35 "), ("2026-11-01", "G35.D ")])
def test_the_date_decides_which_code_answers(
    book: CodeBook, capsys: pytest.CaptureFixture[str], day: str, code: str
) -> None:
    assert run(["multiple", "sclerosis"], day, as_json=False, pack=PACK) == 0
    assert capsys.readouterr().out.startswith(code)


def test_nothing_found_and_a_date_that_is_none_are_said(book: CodeBook, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["xyzzyx"], DAY, as_json=False, pack=PACK) == 1
    assert "Try fewer" in capsys.readouterr().out
    assert run(WORDS, "1.11.2026", as_json=False, pack=PACK) == 2
    assert "year-month-day" in capsys.readouterr().err


def test_a_reader_that_has_seen_enough_is_no_failure() -> None:
    root = Path(__file__).resolve().parents[2]
    code = (
        "from pathlib import Path; from workstation.codebook.terminal import run; "
        f"run(['mor'], '', as_json=True, pack=Path({str(PACK)!r}))"
    )
    reader, writer = os.pipe()
    os.close(reader)
    ended = subprocess.run([sys.executable, "-c", code], cwd=root, stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert (ended.returncode, ended.stderr) == (0, b"")
