"""The PNG of a captured region: painted areas are one colour in the decoded pixels, and nothing but pixels is in it."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRect, QSize
from PySide6.QtGui import QColor, QImage, QImageReader, QPainter
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ui.sealed import pixels
from ui.sealed.images import ImagePages
from ui.sealed.picture import RedactedPicture
from ui.sealed.pixels import FILL, picture_of, shown, within
from workstation.domain.capture import MOST_BYTES, MOST_PIXELS, SIGNATURE, examine
from workstation.errors import CaptureRefused

RGB, GREY = QImage.Format.Format_RGB32, QImage.Format.Format_Grayscale8


def noise(wide: int, high: int, form: QImage.Format = GREY, seed: int = 1) -> QImage:
    """A region nothing can be packed of: no pixel of it is the fill."""
    channels = 1 if form is GREY else 4
    body = bytes(value or 1 for value in random.Random(seed).randbytes(wide * high * channels))
    return QImage(body, wide, high, wide * channels, form).copy()


def note(wide: int, high: int) -> QImage:
    """Paper with words on it."""
    image = QImage(wide, high, RGB)
    image.fill(QColor("white"))
    painter = QPainter(image)
    painter.setPen(QColor("navy"))
    for line in range(20, high, 20):
        painter.drawText(8, line, "Brannigan, Harold  00482913  creatinine 2.4")
    painter.end()
    return image


def uniform(image: QImage, rect: QRect) -> bool:
    part = image.copy(rect.intersected(image.rect())).convertToFormat(RGB)
    return {part.pixel(x, y) for x in range(part.width()) for y in range(part.height())} <= {FILL.rgb()}


def parts(png: bytes) -> list[bytes]:
    found, at = [], len(SIGNATURE)
    while at < len(png):
        found.append(png[at + 4 : at + 8])
        at += 12 + int.from_bytes(png[at : at + 4])
    return found


rects = st.lists(
    st.builds(QRect, st.integers(-20, 130), st.integers(-20, 90), st.integers(1, 160), st.integers(1, 120)), max_size=5
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(painted=rects, form=st.sampled_from([RGB, GREY]))
def test_what_is_painted_is_one_colour_and_the_rest_is_as_it_was(
    qapp: QApplication, painted: list[QRect], form: QImage.Format
) -> None:
    region = noise(120, 80, form)
    image = shown(picture_of(region, painted))
    assert image.size() == region.size()
    image, region = image.convertToFormat(RGB), region.convertToFormat(RGB)
    for y in range(80):
        for x in range(120):
            inside = any(rect.contains(x, y) for rect in painted)
            assert image.pixel(x, y) == (FILL.rgb() if inside else region.pixel(x, y))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    painted=st.lists(
        st.builds(QRect, st.integers(0, 1100), st.integers(0, 800), st.integers(1, 500), st.integers(1, 400)),
        min_size=1, max_size=4,
    )
)  # fmt: skip
def test_a_picture_made_smaller_keeps_its_painted_areas_whole(qapp: QApplication, painted: list[QRect]) -> None:
    region = noise(1200, 900)
    png = picture_of(region, painted)
    image = shown(png)
    assert len(png) <= MOST_BYTES
    assert image.width() < region.width()
    ratio = image.width() / region.width(), image.height() / region.height()
    assert all(uniform(image, within(rect, *ratio)) for rect in painted)


def test_nothing_of_what_was_painted_over_bleeds_into_its_neighbours(qapp: QApplication) -> None:
    """Painted after it is made smaller, white ink would have spread into the black around it."""
    region = QImage(3000, 2000, GREY)
    region.fill(QColor("black"))
    secret = QRect(701, 303, 900, 411)
    painter = QPainter(region)
    painter.fillRect(secret, QColor("white"))
    painter.end()
    assert set(bytes(shown(picture_of(region, [secret])).constBits())) == {0}


def test_colour_is_given_up_first_then_shades_then_size(qapp: QApplication) -> None:
    small, large = shown(picture_of(noise(100, 60, RGB), [])), shown(picture_of(noise(400, 400, RGB), []))
    shades, smaller = shown(picture_of(noise(600, 600), [])), shown(picture_of(noise(1200, 900), []))
    assert (small.isGrayscale(), large.isGrayscale()) == (False, True)
    assert (large.size(), shades.size()) == (QSize(400, 400), QSize(600, 600))
    assert len(set(bytes(large.constBits()))) > 200
    assert len(set(bytes(shades.constBits()))) == 16
    assert smaller.width() < 1200


def test_no_picture_is_larger_than_the_cap(qapp: QApplication) -> None:
    for region in (noise(2400, 1100), noise(1300, 700, RGB), note(2500, 1200)):
        png = picture_of(region, [])
        wide, high = examine(png)
        assert len(png) <= MOST_BYTES
        assert wide * high <= MOST_PIXELS
    assert shown(picture_of(note(800, 400), [])).size() == QSize(800, 400)


def test_a_region_that_cannot_be_made_small_enough_is_refused(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pixels, "MOST_BYTES", 60)
    with pytest.raises(CaptureRefused, match="too large") as refused:
        picture_of(noise(300, 200), [])
    assert "smaller" in refused.value.remedy


def scan_with_words() -> bytes:
    image = note(600, 400)
    image.setText("Author", "Brannigan")
    image.setText("Description", "00482913")
    image.setDotsPerMeterX(11811)
    image.setOffset(image.rect().center())
    body = QByteArray()
    buffer = QBuffer(body)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    assert image.save(buffer, "PNG")
    return bytes(body.data())


def test_what_a_scan_carries_beside_its_pixels_is_gone(qapp: QApplication) -> None:
    scan = scan_with_words()
    assert b"tEXt" in scan
    assert b"Brannigan" in scan
    pages = ImagePages(scan)
    region = pages.draw(0, pages.fine).copy(QRect(0, 0, 600, 120))
    assert region.textKeys(), "Qt hands the words on with the pixels"
    png = picture_of(region, [])
    assert set(parts(png)) == {b"IHDR", b"IDAT", b"IEND"}
    assert b"Brannigan" not in png
    image = shown(png)
    assert image.textKeys() == []
    assert not image.colorSpace().isValid()
    pages.close()


def test_a_transparent_scan_lies_on_paper(qapp: QApplication) -> None:
    region = QImage(40, 40, QImage.Format.Format_ARGB32)
    region.fill(QColor(255, 0, 0, 0))
    assert shown(picture_of(region, [])).pixelColor(20, 20) == QColor("white")


def test_the_kept_bytes_do_not_hold_the_pixels_that_were_painted_over(qapp: QApplication) -> None:
    """Two regions that differ only below the paint are byte for byte one picture."""
    painted = [QRect(10, 10, 200, 60)]
    one, other = noise(300, 100, seed=1), noise(300, 100, seed=1)
    painter = QPainter(other)
    painter.drawImage(painted[0].topLeft(), noise(200, 60, seed=2))
    painter.end()
    assert one != other
    assert picture_of(one, painted) == picture_of(other, painted)


def test_a_painted_area_with_something_left_in_it_is_never_handed_on(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pixels, "_painted", lambda image, rects, form: image.convertToFormat(form))
    with pytest.raises(CaptureRefused, match="left under a painted area"):
        picture_of(noise(100, 60), [QRect(5, 5, 20, 20)])


def test_a_redacted_picture_shows_the_very_bytes_and_no_others(qtbot: QtBot) -> None:
    picture = RedactedPicture()
    qtbot.addWidget(picture)
    picture.resize(400, 300)
    picture.show_png(picture_of(note(200, 100), [QRect(0, 0, 100, 100)]), 2)
    picture.show()
    place = picture.place()
    assert (place.width(), place.height()) == (400, 200)
    drawn = picture.grab().toImage()
    assert drawn.pixelColor(place.left() + 90, place.center().y()) == FILL
    assert drawn.pixelColor(place.left() + 396, place.center().y()) == QColor("white")
    assert "page 2" in picture.accessibleName()
    assert picture.heightForWidth(100) == 50
    with pytest.raises(CaptureRefused):
        picture.show_png(scan_with_words())
    picture.clear()
    assert picture.pixels.isEmpty()
    assert QImageReader.supportedImageFormats()
