"""Safe capture on the real reader: by keys alone, by mouse, cancelled at every step; and what it never leaves behind."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAccessible, QClipboard, QColor, QGuiApplication, QImage
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from tests.desks import E1, NOTE, Bench, a_document, an_encounter, open_bench, put_chart
from tests.ui.kept import Notices, the_book
from tests.ui.test_sealed_walk import _found
from ui.background import Background
from ui.encounter.chart_list import Chosen
from ui.encounter.page import EncounterPage
from ui.query.dock import QueryDock
from ui.room import Room
from ui.sealed.capture import QUESTION, Step
from ui.sealed.picture import RedactedPicture
from ui.sealed.pixels import FILL, shown
from ui.theme import apply_theme
from workstation.cache import captures as captured
from workstation.cache import contents
from workstation.domain.capture import MOST_SHARE, examine
from workstation.domain.encounter import DocumentId
from workstation.domain.mirror import Content
from workstation.domain.queries.query import IndicatorSource
from workstation.operations import captures
from workstation.operations.query_bench import QueryBoard
from workstation.query_packs.shelf import read_books

BOOKS = cache(read_books)
CHARTS = Path(__file__).resolve().parents[2] / "workstation/practice/charts"
SCAN, PAPER = DocumentId("scan"), DocumentId("paper")
BODIES = {
    SCAN: ("image/png", CHARTS / "nstemi-stent/02-triage-sheet.png"),
    PAPER: ("application/pdf", CHARTS / "copd-exacerbation/08-outside-clinic.pdf"),
}
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
NONE = Qt.KeyboardModifier.NoModifier
K = Qt.Key


@dataclass
class Scan:
    """An encounter whose scanned page is shown."""

    page: EncounterPage
    bench: Bench
    bot: QtBot
    kept: list[tuple[str, int, bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.capture = self.page.reader.capture
        self.pages = self.page.reader._pages
        self.page.reader.region_captured.connect(lambda *what: self.kept.append(what))

    def until(self, check) -> None:
        self.bot.waitUntil(lambda: bool(check()), timeout=5000)

    def open(self, document: DocumentId) -> None:
        self.page._list.choose(Chosen(document_id=document))
        self.until(lambda: self.page.reader._content and self.page.reader._content.document.id == document)
        self.pages.setFocus()

    def press(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE, times: int = 1) -> None:
        for _ in range(times):
            focused = QApplication.focusWidget()
            assert focused is not None
            self.bot.keyClick(focused, key, modifiers)

    def to_paint(self) -> None:
        self.press(K.Key_X)
        self.press(K.Key_Return)
        assert self.capture.step is Step.PAINT

    def to_preview(self) -> None:
        self.to_paint()
        self.press(K.Key_Return)
        assert self.capture.step is Step.PREVIEW

    def drag(self, widget: QWidget, one: QPoint, other: QPoint) -> None:
        self.bot.mousePress(widget, Qt.MouseButton.LeftButton, pos=one)
        self.bot.mouseMove(widget, (one + other) / 2)
        self.bot.mouseMove(widget, other)
        self.bot.mouseRelease(widget, Qt.MouseButton.LeftButton, pos=other)


@pytest.fixture
def scan(request: pytest.FixtureRequest, tmp_path: Path, qtbot: QtBot, qapp: QApplication) -> Iterator[Scan]:
    bench, notices = open_bench(tmp_path / "cache.db"), Notices()
    pictures = tuple(a_document(id=name, media_type=kind) for name, (kind, _) in BODIES.items())
    put_chart(bench, an_encounter(documents=(a_document(), *pictures)))

    def put(db):
        for name, (kind, file) in BODIES.items():
            contents.put(db, Content(name, "1", kind, None, file.read_bytes()))

    bench.desk.db.write(put).result()
    background = Background(notices.trouble)
    book = the_book()
    room = Room(apply_theme(qapp, "light"), background, notices, None, book)  # type: ignore[arg-type]
    page = EncounterPage(room, QueryDock(room))
    room.desk = replace(bench.desk, codebook=book)
    if not hasattr(request, "param"):
        page.reader.region_captured.disconnect(page._captured)  # the reader alone: the dock has a test of its own
    else:
        BOOKS()
        room.queries = QueryBoard(room.desk, BOOKS)
    qtbot.addWidget(page)
    page.resize(1366, 720)
    page.show()
    page.activateWindow()
    qtbot.waitActive(page)
    page.open(E1, None)
    made = Scan(page, bench, qtbot)
    made.until(lambda: page.reader.text() == NOTE)
    made.open(SCAN)
    yield made
    page.leave()
    page.close()
    qtbot.wait(50)
    bench.desk.db.close()


# ------------------------------------------------------------------ the journey


@pytest.mark.parametrize("document", [SCAN, PAPER])
def test_a_region_is_captured_by_keys_alone(scan: Scan, document: DocumentId) -> None:
    scan.open(document)
    scan.press(K.Key_X)
    assert scan.capture.step is Step.REGION
    before = QRect(scan.capture.picker.region)
    scan.press(K.Key_Down)
    scan.press(K.Key_Left, CTRL)
    scan.press(K.Key_Down, SHIFT, times=2)
    scan.press(K.Key_Left, CTRL | SHIFT)
    after = scan.capture.picker.region
    assert after.top() > before.top()
    assert after.left() <= before.left()
    assert (after.width() < before.width(), after.height() > before.height()) == (True, True)
    scan.press(K.Key_Return)
    scan.press(K.Key_Right, CTRL)
    scan.press(K.Key_Right, SHIFT, times=3)
    scan.press(K.Key_Space)
    box = QRect(scan.capture.paint.box)
    assert scan.capture.paint.painted == [box]
    scan.press(K.Key_Return)
    scan.press(K.Key_N)
    [(name, page, png)] = scan.kept
    assert (name, page) == (document, 1)
    image, fine = shown(png), 1.0 if document == SCAN else 150 / 96
    assert abs(image.width() - after.width() * fine) <= 1
    assert _colours(image, box) == {FILL.rgb()}
    assert scan.capture.step is Step.READING
    assert QApplication.focusWidget() is scan.pages
    kept = captures.keep(scan.bench.desk, E1, document, page, png).result()
    assert captures.get(scan.bench.desk, kept).result() == png


def test_a_region_is_captured_by_mouse_but_for_the_answer(scan: Scan) -> None:
    scan.press(K.Key_X)
    picker, paint = scan.capture.picker, scan.capture.paint
    scan.drag(picker, QPoint(120, 80), QPoint(420, 240))
    assert picker.on_screen().adjusted(-3, -3, 3, 3).contains(QRect(120, 80, 300, 160))
    scan.bot.mouseClick(scan.capture._on, Qt.MouseButton.LeftButton)
    place = paint.place()
    scan.drag(paint, place.topLeft() + QPoint(10, 10), place.topLeft() + QPoint(90, 40))
    scan.drag(paint, place.center(), place.bottomRight() + QPoint(80, 80))
    assert len(paint.painted) == 2
    assert all(paint.region.rect().contains(rect) for rect in paint.painted)
    scan.bot.mouseClick(scan.capture._undo, Qt.MouseButton.LeftButton)
    assert len(paint.painted) == 1
    painted = paint.painted[0]
    scan.bot.mouseClick(scan.capture._on, Qt.MouseButton.LeftButton)
    scan.bot.mouseClick(scan.capture.preview, Qt.MouseButton.LeftButton)
    assert scan.capture.step is Step.PREVIEW, "a click is no answer"
    scan.press(K.Key_N)
    assert _colours(shown(scan.kept[0][2]), painted) == {FILL.rgb()}


def _colours(image: QImage, rect: QRect) -> set[int]:
    return {
        image.pixel(x, y) for x in range(rect.left(), rect.right() + 1) for y in range(rect.top(), rect.bottom() + 1)
    }


def test_what_is_painted_is_black_on_the_screen_at_once(scan: Scan) -> None:
    scan.to_paint()
    paint = scan.capture.paint
    middle = paint.on_screen(paint.box).center()
    paint._image.fill(QColor("white"))
    assert paint.grab().toImage().pixelColor(middle) == QColor("white")
    scan.press(K.Key_Space)
    assert paint.grab().toImage().pixelColor(middle) == FILL
    scan.press(K.Key_Z, CTRL)
    assert paint.painted == []
    assert paint.grab().toImage().pixelColor(middle) == QColor("white")


def test_the_preview_is_the_very_picture_and_the_question_needs_an_answer(scan: Scan) -> None:
    scan.to_paint()
    scan.press(K.Key_Space)
    scan.press(K.Key_Return)
    assert scan.capture._question.text() == QUESTION
    assert scan.capture._question.isVisible()
    assert scan.capture.preview.picture.pixels.toTuple() == examine(scan.capture._png)
    for key in (K.Key_Return, K.Key_Space, K.Key_K, K.Key_Tab):
        scan.bot.keyClick(scan.capture.preview, key)
    scan.capture.preview.setFocus()
    assert scan.capture.step is Step.PREVIEW
    assert scan.kept == []
    scan.press(K.Key_Y)
    assert scan.capture.step is Step.PAINT, "back, with what was painted"
    assert len(scan.capture.paint.painted) == 1
    scan.press(K.Key_Down, CTRL)
    scan.press(K.Key_Space)
    scan.press(K.Key_Return)
    scan.press(K.Key_N)
    assert len(scan.kept) == 1


# ------------------------------------------------------------------ refusals


def test_a_whole_page_is_never_captured(scan: Scan) -> None:
    scan.press(K.Key_X)
    scan.press(K.Key_Up, CTRL, times=40)
    scan.press(K.Key_Down, CTRL | SHIFT, times=60)
    assert scan.capture.picker.share > MOST_SHARE
    scan.press(K.Key_Return)
    assert scan.capture.step is Step.REGION
    said = scan.capture._trouble.text()
    assert "a whole page is never captured" in said
    assert "smaller" in said
    assert said in scan.capture.picker.accessibleDescription()
    scan.press(K.Key_Up, CTRL | SHIFT, times=60)
    assert not scan.capture._trouble.isVisible(), "said until it is mended"
    scan.press(K.Key_Down, SHIFT, times=5)
    scan.press(K.Key_Return)
    assert scan.capture.step is Step.PAINT


def test_a_frame_that_lost_the_keyboard_gets_it_back_as_it_was(scan: Scan) -> None:
    scan.press(K.Key_X)
    scan.press(K.Key_Down, CTRL, times=2)
    at = QRect(scan.capture.picker.region)
    scan.pages.setFocus()
    scan.press(K.Key_X)
    assert QApplication.focusWidget() is scan.capture.picker
    assert scan.capture.picker.region == at


def test_a_frame_stays_on_its_page(scan: Scan) -> None:
    scan.press(K.Key_X)
    whole = QRect(QPoint(0, 0), scan.pages.sizes[0])
    for key in (K.Key_Left, K.Key_Up, K.Key_Right, K.Key_Down):
        for modifiers in (CTRL, CTRL | SHIFT):
            scan.press(key, modifiers, times=50)
            assert whole.contains(scan.capture.picker.region)
            seen = scan.capture.picker.on_screen()
            assert seen.intersects(scan.pages.viewport().rect()), "the page follows the frame"


def test_there_is_nothing_to_capture_in_a_text(scan: Scan) -> None:
    scan.page._list.choose(Chosen(document_id=DocumentId("d1")))
    scan.until(lambda: scan.page.reader._content and scan.page.reader._content.document.id == "d1")
    scan.pages.clear()
    scan.capture.start()
    assert scan.capture.step is Step.READING


# ------------------------------------------------------------------ keys belong to the step


def test_keys_of_the_window_wait_while_a_capture_is_on(scan: Scan) -> None:
    shown_before = scan.page.document_id()
    scan.to_paint()
    scan.press(K.Key_Down, CTRL, times=2)
    scan.press(K.Key_Z, CTRL)
    scan.press(K.Key_E)
    scan.press(K.Key_Return, CTRL)
    assert scan.page.document_id() == shown_before
    assert not {"finalize", "evidence", "code-change"} & set(scan.bench.guard.acts)
    assert scan.capture.step is Step.PREVIEW


@pytest.mark.parametrize("way", ["to_region", "to_paint", "to_preview"])
def test_escape_cancels_every_step_and_no_pixel_stays(scan: Scan, way: str) -> None:
    if way == "to_region":
        scan.press(K.Key_X)
    else:
        getattr(scan, way)()
    scan.press(K.Key_Escape)
    _nothing_stays(scan)
    assert QApplication.focusWidget() is scan.pages


def _nothing_stays(scan: Scan) -> None:
    capture = scan.capture
    assert capture.step is Step.READING
    assert capture.paint.region.isNull()
    assert (capture.paint.painted, capture._painted, capture._png) == ([], [], b"")
    assert capture.preview.picture.pixels.isEmpty()
    assert not capture.picker.isVisible()
    assert not capture._strip.isVisible()
    assert scan.kept == []


def test_the_region_s_own_pixels_do_not_outlive_their_step(scan: Scan) -> None:
    scan.to_paint()
    assert not scan.capture.paint.region.isNull()
    scan.press(K.Key_Return)
    assert scan.capture.paint.region.isNull()


@pytest.mark.parametrize("leave", ["another document", "a text", "the encounter"])
def test_leaving_the_page_drops_the_capture(scan: Scan, leave: str) -> None:
    scan.to_preview()
    if leave == "the encounter":
        scan.page.leave()
    else:
        wanted = PAPER if leave == "another document" else DocumentId("d1")
        scan.page._list.choose(Chosen(document_id=wanted))
        scan.until(lambda: scan.page.reader._content and scan.page.reader._content.document.id == wanted)
    _nothing_stays(scan)


@pytest.mark.parametrize("scan", ["with the dock"], indirect=True)
def test_a_captured_region_is_an_indicator_and_leaves_as_it_was_captured(scan: Scan) -> None:
    scan.to_paint()
    scan.press(K.Key_Space)
    scan.press(K.Key_Return)
    scan.press(K.Key_N)
    dock = scan.page.dock
    assert isinstance(dock, QueryDock)
    scan.until(lambda: dock.prepared is not None and dock.prepared.pictures)
    [indicator] = dock.file.query.indicators
    assert (indicator.source, indicator.page) == (IndicatorSource.IMAGE, 1)
    [(_, _, png)] = scan.kept
    [sent] = [p for p in dock.prepared.resource["payload"] if "contentAttachment" in p]
    assert base64.b64decode(sent["contentAttachment"]["data"]) == png
    dock._open_preview()
    [picture] = dock.preview.findChildren(RedactedPicture)
    assert picture.pixels == shown(png).size()
    dock.builder._remove_indicator(indicator.id)
    scan.until(lambda: scan.bench.desk.db.read(lambda db: captured.picture(db, indicator.capture_id)).result() is None)


# ------------------------------------------------------------------ nothing gets out


def test_a_capture_writes_no_file_and_touches_no_clipboard(scan: Scan, tmp_path: Path, monkeypatch) -> None:
    temp = tmp_path / "temp"
    temp.mkdir()
    monkeypatch.setenv("TMPDIR", str(temp))
    clipboard, changed = QGuiApplication.clipboard(), []
    clipboard.changed.connect(changed.append)
    scan.bench.desk.db.read(lambda db: None).result()
    before = {path: path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()}
    scan.to_paint()
    for key in (K.Key_C, K.Key_X, K.Key_Insert, K.Key_A):
        scan.press(key, CTRL)
    scan.press(K.Key_Space)
    scan.press(K.Key_Return)
    for key in (K.Key_C, K.Key_Insert):
        scan.press(key, CTRL)
    scan.press(K.Key_N)
    clipboard.changed.disconnect(changed.append)
    assert len(scan.kept) == 1
    assert changed == []
    for mode in (QClipboard.Mode.Clipboard, QClipboard.Mode.Selection):
        assert clipboard.mimeData(mode) is None or not clipboard.mimeData(mode).formats()
    after = {path: path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()}
    assert after == before, "the widget keeps nothing itself"


def test_nothing_of_a_patient_stands_in_a_title_or_tooltip_of_a_capture(scan: Scan) -> None:
    for key in (K.Key_X, K.Key_Return, K.Key_Space, K.Key_Return, K.Key_N):
        scan.press(key)
        assert _found([scan.page]) == []
    assert len(scan.kept) == 1


def test_every_step_has_a_name_and_says_how_it_stands(scan: Scan) -> None:
    scan.press(K.Key_X)
    picker, paint, preview = scan.capture.picker, scan.capture.paint, scan.capture.preview
    assert picker.accessibleName() == "Region to capture"
    assert "% of page 1" in picker.accessibleDescription()
    scan.press(K.Key_Return)
    assert paint.accessibleName() == "Paint out what names the patient"
    scan.press(K.Key_Space)
    assert "1 area painted out" in paint.accessibleDescription()
    scan.press(K.Key_Return)
    assert preview.accessibleName() == QUESTION
    assert "N: no" in preview.accessibleDescription()
    assert QAccessible.queryAccessibleInterface(preview) is not None
    tools = (scan.capture._on, scan.capture._back, scan.capture._undo)
    assert all(tool.accessibleName() for tool in tools)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_frame_is_seen_on_white_paper_in_both_themes(scan: Scan, qapp: QApplication, theme: str) -> None:
    apply_theme(qapp, theme)
    scan.press(K.Key_X)
    picture = scan.pages.viewport().grab().toImage()
    frame = scan.capture.picker.on_screen()
    edge = [picture.pixelColor(frame.left() + dx, frame.center().y()) for dx in range(-3, 3)]
    assert any(colour.lightness() < 40 for colour in edge)
    assert any(colour.lightness() > 215 for colour in edge)
    outside, inside = picture.pixelColor(frame.center().x(), frame.top() - 6), QColor("white")
    assert outside.lightness() < inside.lightness() - 60
