"""Every trouble of the world says what happened and what to do, in words a coder understands."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

from workstation import errors
from workstation.errors import WorkstationError

ROOT = Path(__file__).resolve().parents[1]
ALL = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, WorkstationError) and kind is not WorkstationError
]
JARGON = re.compile(
    r"\b(exception|traceback|null|none|errno|sql|http|json|stack|thread|process|invalid)\b", re.IGNORECASE
)


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_each_message_is_a_sentence_with_a_remedy_and_no_jargon(kind: type[WorkstationError]) -> None:
    trouble = kind()
    for words in (str(trouble), trouble.remedy):
        assert words[0].isupper()
        assert words.rstrip(":")[-1] not in " ,"
        assert len(words.split()) >= 4
        assert not JARGON.search(words), words
    assert trouble.remedy.endswith(".")
    assert "{" not in str(trouble) + trouble.remedy


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_the_tree_at_the_top_of_the_module_names_each(kind: type[WorkstationError]) -> None:
    assert re.search(rf"── {kind.__name__}\b", errors.__doc__ or "")


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "main.py", *words], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )


def test_the_program_says_its_version() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+\n", run("--version").stdout)


def test_an_unknown_word_is_answered_with_the_words_there_are() -> None:
    done = run("--prnt")
    assert done.returncode == 2
    assert "usage" in done.stderr


def test_a_journal_nobody_has_written_is_not_called_whole(tmp_path: Path) -> None:
    done = run("--home", str(tmp_path), "verify-journal")
    assert done.returncode == 2
    assert "no journal here" in done.stdout
    assert list(tmp_path.rglob("*.key")) == []
