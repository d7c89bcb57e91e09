"""What the code book says of a code on a date."""

from __future__ import annotations

import threading
from datetime import date
from pathlib import Path

import pytest

from workstation.codebook.book import CodeBook, grouper_version
from workstation.codebook.reader import CodeBookUnusable
from workstation.domain.codes import Code, CodeState, CodeSystem, Severity

TODAY = date(2026, 11, 24)


def cm(text: str) -> Code:
    return Code.parse(CodeSystem.ICD10CM, text)


def test_a_fracture_without_its_seventh_character_is_a_header(book: CodeBook) -> None:
    assert book.look_up(cm("S72.001"), TODAY).state is CodeState.HEADER
    assert book.look_up(cm("S72.001A"), TODAY).state is CodeState.VALID


@pytest.mark.parametrize("text", ["G35", "E88.1", "B88.0", "T78.1XXA"])
def test_codes_ended_in_2025_are_valid_to_their_last_day_and_name_all_successors(book: CodeBook, text: str) -> None:
    assert book.look_up(cm(text), date(2025, 9, 30)).state is CodeState.VALID
    after = book.look_up(cm(text), date(2025, 10, 1))
    assert after.state is not CodeState.VALID
    assert after.valid_to == date(2025, 9, 30)
    assert len(after.successors) > 1
    assert all(book.look_up(code, date(2025, 10, 1)).state is CodeState.VALID for code in after.successors)


@pytest.mark.parametrize("text", ["I42.0", "I49.8", "D69.1", "M72.2"])
def test_codes_divided_in_october_2026_are_headers_since(book: CodeBook, text: str) -> None:
    assert book.look_up(cm(text), date(2026, 9, 30)).state is CodeState.VALID
    divided = book.look_up(cm(text), date(2026, 10, 1))
    assert divided.state is CodeState.HEADER
    assert {c.value[: len(text)] for c in divided.successors} == {text}


def test_a_code_with_no_heading_below_it_is_retired(book: CodeBook) -> None:
    assert book.look_up(cm("T78.1XXA"), TODAY).state is CodeState.RETIRED


def test_a_code_of_october_is_not_yet_in_force_in_september(book: CodeBook) -> None:
    assert book.look_up(cm("I42.00"), date(2026, 9, 30)).state is CodeState.NOT_YET
    assert book.look_up(cm("I42.00"), date(2026, 10, 1)).state is CodeState.VALID


def test_unknown_codes_are_unknown_and_licensed_ones_opaque(book: CodeBook) -> None:
    assert book.look_up(cm("I99.7"), TODAY).state is CodeState.UNKNOWN
    assert book.look_up(Code.parse(CodeSystem.CPT, "99213"), TODAY).state is CodeState.OPAQUE
    assert book.look_up(Code.parse(CodeSystem.HCPCS, "D0120"), TODAY).state is CodeState.OPAQUE


def test_severity_follows_the_grouper_version_of_the_date(book: CodeBook) -> None:
    assert grouper_version(date(2026, 10, 1)) == 440
    assert grouper_version(date(2026, 4, 1)) == 431
    assert book.look_up(cm("I50.33"), TODAY).severity is Severity.MCC
    assert book.look_up(cm("N17.9"), TODAY).severity is Severity.CC
    assert book.look_up(cm("I10"), TODAY).severity is Severity.NONE


def test_notes_come_nearest_first_and_from_every_level(book: CodeBook) -> None:
    notes = book.notes(cm("I50.33"), TODAY)
    assert next(n.from_code for n in notes if n.kind == "code first") == "I50"
    assert any(n.kind == "excludes1" or n.kind == "excludes2" for n in notes)
    first = next(n for n in notes if n.kind == "code first" and "hypertension (I11.0)" in n.text)
    assert first.codes == ("I11.0",)


def test_only_the_nearest_seventh_characters_are_shown(book: CodeBook) -> None:
    sevenths = [n for n in book.notes(cm("S72.001A"), TODAY) if n.kind == "7th character"]
    assert "A: initial encounter for closed fracture" in [n.text for n in sevenths]
    assert len({n.from_code for n in sevenths}) == 1


def test_the_path_and_the_children_meet(book: CodeBook) -> None:
    path = book.path(cm("I50.33"), TODAY)
    assert [str(f.code) for f in path] == ["I50", "I50.3", "I50.33"]
    assert path[-1] in book.children(cm("I50.3"), TODAY)
    assert "I42.0" in [str(f.code) for f in book.children(cm("I42"), TODAY)]
    assert book.chapter(cm("I50.33"), TODAY)[0] == "Diseases of the circulatory system"


@pytest.mark.parametrize(
    ("text", "flag"),
    [("G63", "manifestation"), ("W19.XXXA", "ecodepdx"), ("Z16.12", "unacceptable"), ("R03.0", "qadm"),
     ("Z38.00", "newborn"), ("O80", "maternity")],
)  # fmt: skip
def test_the_code_editors_flags_name_the_culprit(book: CodeBook, text: str, flag: str) -> None:
    assert any(f.startswith(flag[:6]) for f in book.flags(cm(text), TODAY)), book.flags(cm(text), TODAY)


def test_every_thread_has_its_own_connection(book: CodeBook) -> None:
    found: list[CodeState] = []
    threads = [threading.Thread(target=lambda: found.append(book.look_up(cm("I10"), TODAY).state)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [CodeState.VALID] * 4


def test_a_damaged_pack_is_refused_kindly(tmp_path: Path) -> None:
    broken = tmp_path / "codebook.db"
    broken.write_bytes(b"not a database" * 100)
    with pytest.raises(CodeBookUnusable):
        CodeBook.open(broken)
    with pytest.raises(CodeBookUnusable):
        CodeBook.open(tmp_path / "missing.db")
