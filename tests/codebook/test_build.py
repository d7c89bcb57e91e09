"""The pack: same sources, same bytes; titles and POA exemption as officially published."""

from __future__ import annotations

import csv
import gzip
import hashlib
import re
import sqlite3
import unicodedata
import zipfile
from datetime import date
from itertools import pairwise
from pathlib import Path

from workstation.codebook.axes import learn, read_tables, write_tables
from workstation.codebook.book import CodeBook
from workstation.codebook.build import build
from workstation.codebook.poa import is_poa_exempt
from workstation.codebook.tabular import mentioned
from workstation.domain.codes import Code, CodeState, CodeSystem

ON_FY2026 = date(2026, 5, 1)


def rows(pack: Path, question: str) -> list[tuple[object, ...]]:
    db = sqlite3.connect(f"{pack.absolute().as_uri()}?mode=ro", uri=True)
    try:
        return db.execute(question).fetchall()
    finally:
        db.close()


def test_two_builds_give_the_same_bytes(tmp_path: Path) -> None:
    packs = [build(tmp_path / name / "pack.db", ("I4", "G35", "0FT4", "E014")) for name in ("one", "two")]
    first, second = (hashlib.sha256(p.read_bytes()).hexdigest() for p in packs)
    assert first == second
    assert CodeBook.open(packs[0]).search("afib", date(2026, 11, 24))[0].code.value == "I48.91"
    assert not list(tmp_path.rglob("*.part"))


def test_the_pack_holds_this_years_codes_and_stays_small(pack: Path) -> None:
    in_force = dict(
        rows(pack, "select system, count(*) from codes where billable and last_day is null group by system")
    )
    assert (in_force["ICD-10-CM"], in_force["ICD-10-PCS"]) == (74_879, 79_256)
    assert pack.stat().st_size < 80_000_000


def test_no_title_holds_a_stray_tab_or_is_empty(pack: Path) -> None:
    assert rows(pack, "select bare from codes where title = '' or title <> trim(title)") == []
    assert rows(pack, "select bare from codes where instr(title, char(9)) or instr(title, '  ')") == []


def test_a_code_has_no_days_between_its_spans_on_which_it_is_not_in_force(pack: Path) -> None:
    spans: dict[object, list[tuple[int, int]]] = {}
    for code, first, last in rows(pack, "select code, first_day, last_day from spans order by code, first_day"):
        spans.setdefault(code, []).append((int(str(first)), int(str(last or 99991231))))
    for listed in spans.values():
        for (_, last), (first, _) in pairwise(listed):
            assert last < first <= last + 8_901  # the next day: at most from 30 September 1231 over a year's end


def test_titles_are_those_of_the_official_order_files(official: Path, book: CodeBook) -> None:
    different = 0
    archive = zipfile.ZipFile(official / "cms_2026_dx.zip")
    lines = archive.read("icd10cm_order_2026.txt").decode("utf-8").splitlines()
    for line in lines:
        facts = book.look_up(Code.parse(CodeSystem.ICD10CM, line[6:13].strip()), ON_FY2026)
        assert facts.state is (CodeState.VALID if line[14] == "1" else CodeState.HEADER), line
        plain = unicodedata.normalize("NFKD", facts.title).encode("ascii", "ignore").decode()
        different += plain != line[77:].strip()  # the order file writes Sjogren, the Tabular List Sjögren
    assert different == 0
    archive = zipfile.ZipFile(official / "cms_2026_pr.zip")
    lines = [line for line in archive.read("icd10pcs_order_2026.txt").decode("latin-1").splitlines() if line[14] == "1"]
    different = 0
    for line in lines:
        facts = book.look_up(Code.parse(CodeSystem.ICD10PCS, line[6:13]), date(2025, 11, 1))
        assert facts.state is CodeState.VALID
        different += facts.title != line[77:].strip()
    assert different <= 250  # composed titles whose pieces stand in another order, of 79,115


def test_poa_exemption_reproduces_the_official_list(official: Path, pack: Path) -> None:
    archive = zipfile.ZipFile(official / "POAexemptCodesFY26.zip")
    lines = archive.read("POAexemptCodesFY26.txt").decode("latin-1").splitlines()[1:]
    listed = {line.split("\t")[1].replace(".", "") for line in lines}
    in_force = rows(
        pack,
        "select bare from codes where system = 'ICD-10-CM' and billable and first_day <= 20260501"
        " and (last_day is null or last_day >= 20260501)",
    )
    assert {str(bare) for (bare,) in in_force if is_poa_exempt(str(bare))} == listed
    assert len(listed) == 38_349


def test_every_hcpcs_code_of_ours_is_in_the_official_list(official: Path, pack: Path) -> None:
    with gzip.open(official / "hcpcs_level2_2026_04.csv.gz", "rt") as stream:
        listed = {line["code"] for line in csv.DictReader(stream)}
    ours = {str(bare) for (bare,) in rows(pack, "select bare from codes where system = 'HCPCS'")}
    assert ours <= listed
    assert len(ours) > 250


def test_nothing_shaped_like_cpt_or_cdt_is_shipped(pack: Path) -> None:
    for (bare,) in rows(pack, "select bare from codes where system = 'HCPCS'"):
        assert not re.fullmatch(r"\d{5}|\d{4}[FTUM]|D\d{4}", str(bare))


def test_axes_compose_a_title_that_was_never_seen() -> None:
    seen = {
        "BQ20ZZZ": "Computerized Tomography of Right Hip", "BQ21ZZZ": "Computerized Tomography of Left Hip",
        "BQ20YZZ": "Computerized Tomography of Right Hip using Other Contrast",
    }  # fmt: skip
    tables = read_tables(write_tables(learn(seen)))
    assert tables["BQ2"].compose("BQ21YZZ") == "Computerized Tomography of Left Hip using Other Contrast"
    assert tables["BQ2"].compose("BQ2XYZZ") is None


def test_mentioned_codes_and_ranges_are_read_as_printed() -> None:
    assert mentioned("burns and corrosions (T20-T32)") == ("T20-T32",)
    assert mentioned("heart failure (I50.-), hypertension (I13.-, I11.0)") == ("I50.-", "I13.-", "I11.0")
