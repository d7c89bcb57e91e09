"""The watermark measured: text keeps its contrast under it, and a poor photograph still names coder, device and minute."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime
from statistics import median

import pytest
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication, QLabel, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from ui.theme import ThemeName, apply_theme
from ui.watermark import Watermark

WIDTH, HEIGHT = 900, 560
NOTE = "Acute on chronic systolic heart failure. Creatinine 2.4 mg/dL, baseline 1.0."


class Window(QWidget):
    """A page of a note: lines of text above, nothing below, as in a clinical window."""

    def __init__(self, colour: str) -> None:
        super().__init__()
        self.setStyleSheet(f"Window, QLabel {{ background: {colour}; }}")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        lines = QVBoxLayout(self)
        for _ in range(8):
            lines.addWidget(QLabel(NOTE))
        lines.addStretch(1)
        self.watermark = Watermark(self)
        self.resize(WIDTH, HEIGHT)


@pytest.fixture(params=["light", "dark"])
def window(request: pytest.FixtureRequest, qtbot: QtBot, qapp: QApplication) -> Iterator[Window]:
    name: ThemeName = request.param
    theme = apply_theme(qapp, name)
    made = Window(theme.colours.surface)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made).__exit__(None, None, None)
    yield made
    made.watermark._minute.stop()
    apply_theme(qapp, "light")


def picture(window: Window) -> QImage:
    QApplication.processEvents()
    return window.grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)


def rows(image: QImage) -> list[list[int]]:
    raw, step = bytes(image.constBits()), image.bytesPerLine()
    return [list(raw[y * step : y * step + image.width()]) for y in range(image.height())]


def luminance(level: int) -> float:
    part = level / 255
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def contrast(one: int, other: int) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def photograph(image: QImage) -> QImage:
    """Half the resolution, a sensor's noise, and the JPEG of a messenger."""
    half = image.scaled(
        image.width() // 2,
        image.height() // 2,
        Qt.AspectRatioMode.IgnoreAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    ).convertToFormat(QImage.Format.Format_Grayscale8)
    chance, noisy = random.Random(7), half.copy()
    for y, row in enumerate(rows(half)):
        for x, level in enumerate(row):
            seen = min(255, max(0, round(level * 0.94 + 6 + chance.gauss(0, 2))))
            noisy.setPixelColor(x, y, QColor(seen, seen, seen))
    packed = QByteArray()
    buffer = QBuffer(packed)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    noisy.save(buffer, "JPEG", 70)  # type: ignore[call-overload]
    return QImage.fromData(packed).convertToFormat(QImage.Format.Format_Grayscale8)


def template(who: str, minute: str) -> QImage:
    """What this watermark looks like alone, strongly, at half the size."""
    alone = QWidget()
    alone.resize(WIDTH, HEIGHT)
    mark = Watermark(alone)
    mark.resize(WIDTH, HEIGHT)
    mark._text = f"{who} · {minute}"
    drawn = QImage(WIDTH, HEIGHT, QImage.Format.Format_ARGB32_Premultiplied)
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    painter.drawPixmap(0, 0, mark._draw())
    painter.end()
    alpha = drawn.convertToFormat(QImage.Format.Format_Alpha8)
    half = alpha.scaled(
        WIDTH // 2,
        HEIGHT // 2,
        Qt.AspectRatioMode.IgnoreAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )
    alone.deleteLater()
    return half.convertToFormat(QImage.Format.Format_Alpha8)


def likeness(photo: QImage, mark: QImage) -> float:
    """How the blank lower part of a photograph, thresholded, agrees with a watermark: 1 is perfect, 0 is chance."""
    from_row = HEIGHT // 4 + 10
    seen, expected = rows(photo)[from_row:-4], rows(mark)[from_row:-4]
    ground = median(level for row in seen for level in row)
    strongest = max(max(row) for row in expected)
    hits = missed = false = 0
    for row, wanted in zip(seen, expected, strict=True):
        for level, alpha in zip(row, wanted, strict=True):
            is_mark, should = abs(level - ground) > 4, alpha > strongest * 0.5
            hits += is_mark and should
            missed += should and not is_mark
            false += is_mark and alpha == 0
    return hits / (hits + missed) - false / max(1, hits + false)


def now() -> str:
    return f"{datetime.now().astimezone():%Y-%m-%d %H:%M}"


def test_text_keeps_its_contrast(window: Window) -> None:
    before = rows(picture(window))
    window.watermark.name("Dana Whitfield", "3f2a91c0")
    after = rows(picture(window))
    ground = round(median(level for row in before for level in row))
    ink = min((level for row in before for level in row), key=lambda level: -contrast(level, ground))
    worst_ground = max(
        (abs(b - ground), b) for row, below in zip(after, before, strict=True)
        for b, a in zip(row, below, strict=True) if a == ground
    )[1]  # fmt: skip
    worst_ink = max(
        (abs(b - ink), b) for row, below in zip(after, before, strict=True)
        for b, a in zip(row, below, strict=True) if a == ink
    )[1]  # fmt: skip
    assert worst_ground != ground, "there is a watermark"
    assert contrast(worst_ink, worst_ground) >= 0.85 * contrast(ink, ground)
    assert contrast(worst_ink, worst_ground) >= 7


def test_a_photograph_names_coder_device_and_minute(window: Window) -> None:
    window.watermark.name("Dana Whitfield", "3f2a91c0")
    minute = window.watermark._text.rpartition(" · ")[2]
    photo = photograph(picture(window))
    right = likeness(photo, template("Dana Whitfield · 3f2a91c0", minute))
    others = [
        likeness(photo, template("Dana Whitfield · 3f2a91c1", minute)),
        likeness(photo, template("Dina Whitfield · 3f2a91c0", minute)),
        likeness(photo, template("Dana Whitfield · 3f2a91c0", "2020-01-01 00:00")),
        likeness(photo, template("Omar Haddad · 77aa01ff", minute)),
    ]
    assert right > 0.3
    assert right > max(others) + 0.01, (right, others)


def test_nothing_is_read_where_nothing_was_written(window: Window) -> None:
    assert likeness(photograph(picture(window)), template("Dana Whitfield · 3f2a91c0", now())) < 0.05


def test_it_lets_every_input_through_and_follows_its_window(qtbot: QtBot, window: Window) -> None:
    window.watermark.name("Dana Whitfield", "3f2a91c0")
    window.resize(700, 400)
    assert window.watermark.size() == window.size()
    assert window.watermark.testAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
    assert window.watermark.focusPolicy() is Qt.FocusPolicy.NoFocus
    before = picture(window)
    window.watermark.name("Omar Haddad", "77aa01ff")
    assert picture(window) != before
