"""Every official format is recognised by its content, staged to its day, told as a diff, and undone; bad files change nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from tests.codebook import releases
from tests.codebook.conftest import PACK
from workstation.codebook import packs
from workstation.codebook.book import CodeBook
from workstation.codebook.build import build
from workstation.codebook.imports import terminal
from workstation.codebook.imports.apply import Diff
from workstation.codebook.imports.files import BadFile, Member
from workstation.codebook.imports.kinds import Kind, effective_day, recognise
from workstation.codebook.imports.shelf import Shelf
from workstation.domain.codes import Code, CodeState, CodeSystem

TODAY = date(2026, 11, 24)
NEXT_YEAR = date(2027, 10, 1)
PREFIXES = ["I42", "I43", "I50", "T368", "Z794", "J1885", "G0438", "G0439", "0FT4"]


def cm(text: str) -> Code:
    return Code.parse(CodeSystem.ICD10CM, text)


@pytest.fixture(scope="module")
def builtin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("builtin") / "codebook.db", PREFIXES)


@pytest.fixture
def shelf(tmp_path: Path, builtin: Path) -> Shelf:
    return Shelf(tmp_path / "shelf", builtin)


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    folder = tmp_path / "downloads"
    folder.mkdir()
    return releases.write(folder)


def quietly(_: str) -> None: ...


@pytest.fixture
def bring(shelf: Shelf, files: dict[str, Path]) -> Callable[..., tuple[Diff, ...]]:
    def brought(*names: str, effective: date | None = None) -> tuple[Diff, ...]:
        return shelf.add([files[name] for name in names], effective, TODAY, quietly)

    return brought


Bring = Callable[..., tuple[Diff, ...]]


def test_an_order_file_is_staged_to_its_day(shelf: Shelf, bring: Bring) -> None:
    [diff] = bring("order")
    assert (diff.kind, diff.effective) == (Kind.CM_ORDER, NEXT_YEAR)
    assert diff.added == ["I42.X1"]
    assert {"I42.00", "I42.5"} < set(diff.retired)
    book = CodeBook.open(shelf.current())
    for code, before, after in (
        ("I42.X1", CodeState.NOT_YET, CodeState.VALID), ("I42.5", CodeState.VALID, CodeState.RETIRED),
        ("I42.X", CodeState.NOT_YET, CodeState.HEADER), ("I42.1", CodeState.VALID, CodeState.VALID),
    ):  # fmt: skip
        assert book.look_up(cm(code), date(2027, 9, 30)).state is before, code
        assert book.look_up(cm(code), NEXT_YEAR).state is after, code
    assert "I42.X1" not in [str(m.code) for m in book.search("cardiomyopathy year to come", TODAY)]
    assert str(book.search("cardiomyopathy year to come", NEXT_YEAR)[0].code) == "I42.X1"
    assert [str(f.code) for f in book.path(cm("I42.X1"), NEXT_YEAR)] == ["I42", "I42.X", "I42.X1"]


def test_an_older_order_file_retires_nothing(shelf: Shelf, bring: Bring) -> None:
    [diff] = bring("order", effective=date(2024, 10, 1))
    assert diff.retired == []
    assert "later release" in diff.remark
    assert CodeBook.open(shelf.current()).look_up(cm("I42.5"), TODAY).state is CodeState.VALID


def test_two_tabular_lists_answer_each_for_its_own_day(shelf: Shelf, bring: Bring) -> None:
    bring("tabular")
    book = CodeBook.open(shelf.current())
    theirs = [n.text for n in book.notes(cm("I42.1"), NEXT_YEAR)]
    assert "Narrowed outflow of the year to come" in theirs
    assert "a condition of the year to come (I43)" in theirs
    assert not any("year to come" in n.text for n in book.notes(cm("I42.1"), TODAY))
    assert str(book.search("narrowed outflow", TODAY)[0].code) == "I42.1"


def test_an_index_is_searched_and_see_is_followed(shelf: Shelf, bring: Bring) -> None:
    [diff] = bring("index")
    assert (diff.kind, diff.rows) == (Kind.INDEX, 4)
    assert "1 entries name codes not held" in diff.remark
    book = CodeBook.open(shelf.current())
    [striped] = book.search("zebra heart", TODAY, limit=1)
    assert (str(striped.code), striped.why) == ("I42.9", "index: Zebra heart")
    assert str(book.search("zonkey", TODAY)[0].code) == "I42.1"


def test_a_table_gives_each_cell_its_own_way(shelf: Shelf, bring: Bring) -> None:
    bring("table")
    book = CodeBook.open(shelf.current())
    assert str(book.search("zebramycin poisoning", TODAY)[0].code) == "T36.8X1A"
    assert str(book.search("zebramycin adverse", TODAY)[0].code) == "T36.8X5A"


def test_exemptions_successors_and_supplies(shelf: Shelf, bring: Bring) -> None:
    bring("order", "poa", "conversion", "hcpcs")
    book = CodeBook.open(shelf.current())
    assert book.look_up(cm("I42.1"), TODAY).poa_exempt
    assert book.look_up(cm("Z79.4"), TODAY).poa_exempt
    hcpcs = Code.parse(CodeSystem.HCPCS, "Q9999")
    assert book.look_up(hcpcs, TODAY).title == "A supply, per unit"
    assert book.look_up(Code.parse(CodeSystem.HCPCS, "Q9998"), TODAY).state is CodeState.UNKNOWN  # all are held now
    assert book.search("ketorolac official", TODAY, (CodeSystem.HCPCS,))[0].code.value == "J1885"


def test_a_retired_code_names_every_successor(shelf: Shelf, files: dict[str, Path]) -> None:
    lines = tuple(line for line in releases.ORDER_LINES if line[0] != "I427")
    files["order"].write_text(releases.order_file(lines), "utf-8", newline="")
    shelf.add([files["order"], files["conversion"]], None, TODAY, quietly)
    after = CodeBook.open(shelf.current()).look_up(cm("I42.7"), NEXT_YEAR)
    assert after.state is CodeState.RETIRED
    assert [str(c) for c in after.successors] == ["I42.1", "I42.9"]


def test_tables_of_pairs_units_add_ons_and_weights(shelf: Shelf, bring: Bring) -> None:
    bring("pairs", "units", "add-ons", "weights")
    book = CodeBook.open(shelf.current())
    g0439, g0438, j1885 = (Code.parse(CodeSystem.HCPCS, c) for c in ("G0439", "G0438", "J1885"))
    assert book.pair_edit(g0439, g0438, TODAY) == 0
    assert book.pair_edit(g0439, j1885, TODAY) == 1
    assert book.pair_edit(g0438, g0439, TODAY) is None
    assert book.pair_edit(g0439, Code.parse(CodeSystem.HCPCS, "Q0091"), TODAY) is None
    assert book.unit_limit(j1885, TODAY) == (8, 3)
    assert book.primaries_of(Code.parse(CodeSystem.HCPCS, "G2211"), TODAY) == (g0439,)
    assert book.primaries_of(g0439, TODAY) is None
    assert book.drg_weight(291, TODAY) == (1.2683, 3.9)
    assert book.drg_weight(291, date(2026, 9, 30)) == (None, None)


def test_licensed_titles_come_only_from_the_licensees_file(shelf: Shelf, bring: Bring) -> None:
    visit = Code.parse(CodeSystem.CPT, "99213")
    assert CodeBook.open(shelf.current()).look_up(visit, TODAY).title == ""
    bring("licensed")
    found = CodeBook.open(shelf.current()).look_up(visit, TODAY)
    assert (found.state, found.title) == (CodeState.VALID, "The licensee's own words for a visit")
    other = CodeBook.open(shelf.current()).look_up(Code.parse(CodeSystem.CPT, "99214"), TODAY)
    assert other.state is CodeState.OPAQUE


BROKEN = {
    "order": (lambda t: t.replace("00002 I421    1", "00002 I421    7"), "icd10cm_order_2028.txt, line 2"),
    "tabular": (lambda t: t.replace("</chapter>", ""), "line"),
    "table": (lambda t: '<!DOCTYPE x [<!ENTITY a "b">]>' + t.partition("?>")[2], "document type"),
    "hcpcs": (lambda t: t.replace("Q9999", "99999"), "line 3"),
    "pairs": (lambda t: t.replace("20200101\t*\t1", "soon\t*\t1"), "line"),
    "units": (lambda t: t.replace(",8,", ",many,"), "line 2"),
    "weights": (lambda t: t.replace("0.6000", "heavy"), "line 4"),
    "licensed": (lambda t: t.replace("D0120", "DENTAL"), "cpt.txt"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_bad_file_is_refused_with_its_line_and_changes_nothing(
    shelf: Shelf, files: dict[str, Path], name: str
) -> None:
    spoil, said = BROKEN[name]
    text = files[name].read_text("utf-8")
    assert spoil(text) != text
    files[name].write_text(spoil(text), "utf-8", newline="")
    with pytest.raises(BadFile) as caught:
        shelf.add([files["index"], files[name]], None, TODAY, quietly)
    assert said in str(caught.value)
    assert shelf.entries() == ()
    assert not shelf.pack.exists()
    assert list((shelf.pack.parent / "sources").iterdir()) == []


@pytest.mark.parametrize(
    "body", [b"", b"%PDF-1.7", b"PK\x03\x04broken", b"\x1f\x8bbroken", b"hello", bytes(range(256))]
)
def test_what_is_no_release_is_refused(shelf: Shelf, tmp_path: Path, body: bytes) -> None:
    path = tmp_path / "holiday.bin"
    path.write_bytes(body)
    with pytest.raises(BadFile):
        shelf.add([path], None, TODAY, quietly)
    assert shelf.current() != shelf.pack


def test_a_release_that_names_no_day_asks_for_it(shelf: Shelf, files: dict[str, Path], tmp_path: Path) -> None:
    nameless = tmp_path / "order.txt"
    nameless.write_bytes(files["order"].read_bytes())
    with pytest.raises(BadFile) as caught:
        shelf.add([nameless], None, TODAY, quietly)
    assert "--effective" in caught.value.remedy
    assert shelf.add([nameless], NEXT_YEAR, TODAY, quietly)[0].effective == NEXT_YEAR


def test_imports_add_up_are_listed_and_undone_one_by_one(shelf: Shelf, bring: Bring) -> None:
    bring("index")
    bring("hcpcs")
    assert [entry.file[13:] for entry in shelf.entries()] == ["icd10cm_index_2028.xml.gz", "hcpcs_2026_10.csv"]
    book = CodeBook.open(shelf.current())
    assert [entry["imported_on"] for entry in book.imports()] == ["2026-11-24", "2026-11-24"]
    assert book.search("zebra", TODAY)
    gone = shelf.undo(quietly)
    assert gone is not None
    assert gone.file.endswith("hcpcs_2026_10.csv")
    book = CodeBook.open(shelf.current())
    assert book.look_up(Code.parse(CodeSystem.HCPCS, "Q9999"), TODAY).state is CodeState.OPAQUE
    assert book.search("zebra", TODAY)
    shelf.undo(quietly)
    assert shelf.undo(quietly) is None
    assert not shelf.pack.exists()


def test_an_excerpt_is_not_taken_for_a_release_that_retires_the_rest(tmp_path: Path, files: dict[str, Path]) -> None:
    whole = Shelf(tmp_path / "whole", PACK if PACK.exists() else build(PACK))
    with pytest.raises(BadFile, match="no whole release"):
        whole.add([files["hcpcs"]], None, TODAY, quietly)
    assert not whole.pack.exists()


def test_a_hcpcs_release_leaves_licensed_dental_codes_alone(shelf: Shelf, files: dict[str, Path], bring: Bring) -> None:
    bring("licensed")
    held = _dental(shelf)
    assert held
    bring("hcpcs")
    assert _dental(shelf) == held


def _dental(shelf: Shelf) -> set[str]:
    rows = CodeBook.open(shelf.current())._reader.db.execute(
        "select bare from codes where system = 'HCPCS' and bare like 'D%' and last_day is null"
    )
    return {bare for (bare,) in rows}


def test_an_import_says_how_far_it_is(shelf: Shelf, files: dict[str, Path]) -> None:
    said: list[str] = []
    shelf.add([files["hcpcs"], files["weights"]], None, TODAY, said.append)
    assert len(said) > 3
    for name in ("hcpcs", "weights"):
        assert any(files[name].name in line for line in said)


def test_the_same_file_is_not_imported_twice(bring: Bring) -> None:
    bring("index")
    with pytest.raises(BadFile, match="already"):
        bring("index")


def test_a_cut_off_import_leaves_the_pack_as_it_was(
    shelf: Shelf, bring: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring("index")
    before = shelf.pack.read_bytes()

    def cut(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("workstation.codebook.imports.shelf.os.fsync", cut)
    with pytest.raises(Exception, match="space"):
        bring("hcpcs")
    assert shelf.pack.read_bytes() == before
    assert len(shelf.entries()) == 1


def test_a_pack_of_another_program_version_is_not_used_and_is_made_anew(
    shelf: Shelf, bring: Bring, builtin: Path, tmp_path: Path
) -> None:
    bring("index")
    other = build(tmp_path / "newer.db", [*PREFIXES, "E11"])
    newer = Shelf(shelf.pack.parent, other)
    assert newer.current() == other
    assert newer.is_stale()
    assert newer.rebuild(quietly) == 1
    assert newer.current() == newer.pack
    assert CodeBook.open(newer.pack).search("zebra", TODAY)


def test_the_terminal_says_what_changed(
    shelf: Shelf, files: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert terminal.run(shelf, "import", [str(files["order"])], check=True) == 0
    said = capsys.readouterr().out
    assert "added: I42.X1" in said
    assert "Checked; nothing was changed." in said
    assert shelf.entries() == ()
    assert terminal.run(shelf, "list") == 1
    assert terminal.run(shelf, "import", [str(files["order"])]) == 0
    assert "Staged: it answers for services from 2027-10-01 on" in capsys.readouterr().out
    assert terminal.run(shelf, "list") == 0
    assert terminal.run(shelf, "import", [str(files["order"].with_name("nowhere.txt"))]) == 2
    assert "cannot be read" in capsys.readouterr().err
    assert terminal.run(shelf, "import", [str(files["index"])], "soon") == 2
    assert terminal.run(shelf, "undo") == 0
    assert terminal.run(shelf, "undo") == 1


def test_a_desk_opens_what_the_guard_names_and_falls_back(shelf: Shelf, bring: Bring, tmp_path: Path) -> None:
    if not packs.BUILT_IN.exists():
        build(packs.BUILT_IN)
    bring("index")
    assert packs.open_book({packs.NAMED: str(shelf.current())}).search("zebra", TODAY)
    spoilt = tmp_path / "spoilt.db"
    spoilt.write_bytes(b"nothing of the kind")
    assert packs.open_book({packs.NAMED: str(spoilt)}).release
    assert packs.open_book({}).release
    assert packs.imported_pack(tmp_path / "nowhere") is None


@pytest.mark.parametrize(
    ("name", "kind", "day"),
    [
        ("icd10cm_order_2026.txt", Kind.CM_ORDER, date(2025, 10, 1)), ("icd10pcs_order_2028.txt", Kind.PCS_ORDER, NEXT_YEAR),
        ("April 1 2026 icd10cm_order_apr_2026.txt", Kind.CM_ORDER, date(2026, 4, 1)),
        ("POAexemptCodesFY26.txt", Kind.POA, date(2025, 10, 1)), ("hcpcs_level2_2026_04.csv", Kind.HCPCS, date(2026, 4, 1)),
        ("HCPC2026_APR_ANWEB.txt", Kind.HCPCS, date(2026, 4, 1)), ("cpt.txt", Kind.LICENSED, None),
    ],
)  # fmt: skip
def test_a_name_says_its_day(name: str, kind: Kind, day: date | None) -> None:
    assert effective_day(name, kind) == day


def test_the_fixed_width_hcpcs_file_brings_its_days(shelf: Shelf, tmp_path: Path) -> None:
    def record(code: str, kind: str, words: str, added: str = "", ended: str = "") -> str:
        line = f"{code}00100{kind}{words:<80}{'short':<28}"
        return f"{line:<268}{added:<8}{added:<8}{ended:<8}N".ljust(320)

    path = tmp_path / "HCPC2026_APR_ANWEB.txt"
    path.write_text(
        "\n".join([
            record("Q9990", "3", "A long supply of the first", "20240401"), record("Q9990", "4", "and the second line"),
            record("Q9991", "3", "One that ended", "20200101", "20251231"),
        ]),
        "utf-8",
    )  # fmt: skip
    assert recognise(Member(path.name, path.read_bytes())) is Kind.HCPCS
    shelf.add([path], None, TODAY, quietly)
    book = CodeBook.open(shelf.current())
    first = book.look_up(Code.parse(CodeSystem.HCPCS, "Q9990"), TODAY)
    assert (first.title, first.valid_from) == ("A long supply of the first and the second line", date(2024, 4, 1))
    assert book.look_up(Code.parse(CodeSystem.HCPCS, "Q9991"), TODAY).state is CodeState.RETIRED


OFFICIAL = {
    "cms_2026_dx.zip": (Kind.CM_ORDER, 98_186), "cms_2026_pr.zip": (Kind.PCS_ORDER, 80_029),
    "POAexemptCodesFY26.zip": (Kind.POA, 38_349), "ICD-10-CM-CONVERSION-TABLE-FY2026.xlsx": (Kind.CONVERSION, 6_286),
    "hcpcs_level2_2026_04.csv.gz": (Kind.HCPCS, 6_664), "icd10cm_drug_2022.xml.gz": (Kind.TABLE, 40_000),
    "icd10cm_eindex_2022.xml.gz": (Kind.INDEX, 6_792), "icd10cm_neoplasm_2022.xml.gz": (Kind.TABLE, 9_018),
    "icd10cm_index_fy2026.json.gz": (Kind.INDEX, 68_154),
}  # fmt: skip


def test_the_official_files_are_read_whole(official: Path, pack: Path, tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "shelf", pack)
    diffs = shelf.add([official / name for name in OFFICIAL], None, TODAY, quietly)
    assert {diff.kind: diff.rows for diff in diffs if diff.kind not in (Kind.TABLE, Kind.INDEX)} == {
        kind: rows for kind, rows in OFFICIAL.values() if kind not in (Kind.TABLE, Kind.INDEX)
    }
    assert sorted(d.rows for d in diffs if d.kind in (Kind.TABLE, Kind.INDEX)) == [6_792, 9_018, 40_000, 68_154]
    # the built-in pack says of FY2026 what CMS says
    for diff in diffs:
        if diff.kind in (Kind.CM_ORDER, Kind.PCS_ORDER, Kind.POA):
            assert (diff.added, diff.retired) == ([], [])
    book = CodeBook.open(shelf.current())
    assert str(book.search("farsightedness", TODAY)[0].code).startswith("H52.0")
    db = sqlite3.connect(shelf.current())
    assert db.execute("select count(*) from codes where system = 'HCPCS' and last_day is null").fetchone()[0] > 6_600
    db.close()


def test_the_2017_archive_brings_five_releases(official: Path, pack: Path, tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "shelf", pack)
    diffs = shelf.add([official / "icd10cm_index_fy2017_xml.zip"], None, TODAY, quietly)
    assert sorted(d.kind.name for d in diffs) == ["INDEX", "INDEX", "TABLE", "TABLE", "TABULAR"]
    book = CodeBook.open(shelf.current())
    assert any(n.kind == "7th character" for n in book.notes(cm("S72.001A"), TODAY))
    assert book.notes(cm("I50.1"), date(2017, 3, 1))
    assert book.notes(cm("A41.54"), TODAY)  # of the built-in list, not of 2017
