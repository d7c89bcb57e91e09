"""Captures: on record before they are kept, refused at the door, gone with their encounter."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.desks import D1, E1, NOW, Bench, a_document, an_encounter, put_chart
from tests.test_capture_rules import part, png
from workstation.cache import contents, work
from workstation.domain.audit import Outcome
from workstation.domain.encounter import DocumentId, EncounterId
from workstation.domain.mirror import Content
from workstation.errors import AuditUnavailable, CaptureRefused, NotHere
from workstation.operations import captures

SCAN, PAPER, NOTE = DocumentId("scan"), DocumentId("paper"), D1
PAGE = png(200, 300)


@pytest.fixture
def scans(bench: Bench) -> Bench:
    """A chart with a scanned picture and a PDF beside its note."""
    documents = (
        a_document(), a_document(id=SCAN, media_type="image/png"), a_document(id=PAPER, media_type="application/pdf"),
    )  # fmt: skip
    put_chart(bench, an_encounter(documents=documents))

    def put(db):
        contents.put(db, Content(SCAN, "1", "image/png", None, PAGE))
        contents.put(db, Content(PAPER, "1", "application/pdf", None, b"%PDF-1.7"))

    bench.desk.db.write(put).result()
    bench.guard.intents.clear()
    return bench


def count(bench: Bench) -> int:
    return bench.desk.db.read(lambda db: db.execute("select count(*) from captures").fetchone()[0]).result()


def test_a_capture_is_kept_as_it_is_and_on_record(scans: Bench) -> None:
    capture_id = captures.keep(scans.desk, E1, SCAN, 1, png(100, 50)).result()
    assert captures.get(scans.desk, capture_id).result() == png(100, 50)
    kept, seen = scans.guard.intents
    assert (kept.act.value, kept.subject.encounter, kept.subject.what) == (
        "capture", "Encounter/e1", "DocumentReference/scan",
    )  # fmt: skip
    assert (seen.act.value, seen.subject.what) == ("view-query", "DocumentReference/scan")
    assert scans.guard.outcomes == [(kept.id, Outcome.DONE, "")]


def test_without_the_journal_nothing_is_kept_and_nothing_shown(scans: Bench) -> None:
    capture_id = captures.keep(scans.desk, E1, SCAN, 1, png(100, 50)).result()
    scans.guard.refuses = True
    for asked in (
        captures.keep(scans.desk, E1, SCAN, 1, png(100, 50)),
        captures.get(scans.desk, capture_id),
        captures.forget(scans.desk, capture_id),
    ):
        with pytest.raises(AuditUnavailable):
            asked.result()
    assert count(scans) == 1


@pytest.mark.parametrize(
    "picture",
    [png(before=part(b"tEXt", b"Author\0Brannigan")), png() + b"x", b"GIF89a", PAGE, png(200, 150)],
    ids=["words in it", "something behind it", "another kind", "the whole page", "half the page"],
)
def test_what_is_more_than_a_part_of_a_page_in_pixels_is_refused(scans: Bench, picture: bytes) -> None:
    with pytest.raises(CaptureRefused):
        captures.keep(scans.desk, E1, SCAN, 1, picture).result()
    assert count(scans) == 0
    assert scans.guard.outcomes[-1][1:] == (Outcome.ABORTED, "CaptureRefused")


def test_a_part_of_a_pdf_is_kept_by_its_own_size_alone(scans: Bench) -> None:
    captures.keep(scans.desk, E1, PAPER, 3, png(400, 100)).result()
    assert count(scans) == 1


@pytest.mark.parametrize(("encounter", "document"), [("e1", "d1"), ("e1", "d9"), ("e9", "scan")])
def test_only_a_scanned_page_of_this_encounter_is_captured(scans: Bench, encounter: str, document: str) -> None:
    with pytest.raises(NotHere):
        captures.keep(scans.desk, EncounterId(encounter), DocumentId(document), 1, png(100, 50)).result()


def test_a_capture_that_is_thrown_away_is_gone(scans: Bench) -> None:
    capture_id = captures.keep(scans.desk, E1, SCAN, 1, png(100, 50)).result()
    captures.forget(scans.desk, capture_id).result()
    assert count(scans) == 0
    assert scans.guard.intents[-1].reason == "forget"
    for again in (captures.get, captures.forget):
        with pytest.raises(NotHere):
            again(scans.desk, capture_id).result()


def test_captures_are_forgotten_with_their_encounter_and_with_no_other(scans: Bench) -> None:
    captures.keep(scans.desk, E1, SCAN, 1, png(100, 50)).result()
    scans.desk.db.write(lambda db: work.forget(db, EncounterId("e2"))).result()
    assert count(scans) == 1
    scans.desk.db.write(lambda db: work.forget(db, E1)).result()
    assert count(scans) == 0


def test_what_is_on_disk_shows_nothing_of_a_capture(scans: Bench, tmp_path) -> None:
    picture = png(100, 50)
    captures.keep(scans.desk, E1, SCAN, 1, picture).result()
    assert replace(scans.guard.intents[-1], id="").reason == ""
    for file in tmp_path.rglob("cache.db*"):
        assert picture[:60] not in file.read_bytes()
    assert scans.desk.now() == NOW
