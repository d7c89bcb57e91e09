"""The faint watermark over every clinical window: coder, device and minute, so that a photograph names its source."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QWidget

# Measured: letters of this size survive a photograph taken at half the screen's resolution, with its noise and JPEG;
# text under them keeps seven eighths of its contrast.
STRENGTH = 0.05
LETTERS, APART = 22, 130  # pixels


class Watermark(QWidget):
    """Lies over a window, lets every input through, and is not for assistive technology."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self._text = ""
        self._who = ""
        self._drawn: QPixmap | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        over.installEventFilter(self)
        self._minute = QTimer(self)
        self._minute.setInterval(20_000)
        self._minute.timeout.connect(self._tick)

    def name(self, coder: str, device: str) -> None:
        self._who = f"{coder} · {device}"
        self._minute.start()
        self._tick()

    def _tick(self) -> None:
        text = f"{self._who} · {datetime.now().astimezone():%Y-%m-%d %H:%M}"
        if text != self._text:
            self._text = text
            self._drawn = None
            self.update()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange, QEvent.Type.DevicePixelRatioChange):
            self._drawn = None
        super().changeEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Resize and isinstance(watched, QWidget):
            self.resize(watched.size())
            self.raise_()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._text:
            return
        if self._drawn is None or self._drawn.deviceIndependentSize() != self.size().toSizeF():
            self._drawn = self._draw()
        painter = QPainter(self)
        ratio = self._drawn.devicePixelRatio()
        part = event.rect()
        painter.drawPixmap(
            QRectF(part),
            self._drawn,
            QRectF(part.x() * ratio, part.y() * ratio, part.width() * ratio, part.height() * ratio),
        )
        painter.end()

    def _draw(self) -> QPixmap:
        """The whole of it once: every keystroke below repaints a part."""
        ratio = self.devicePixelRatioF()
        drawn = QPixmap(self.size() * ratio)
        drawn.setDevicePixelRatio(ratio)
        drawn.fill(Qt.GlobalColor.transparent)
        painter = QPainter(drawn)
        color = QColor(self.palette().text().color())
        color.setAlphaF(STRENGTH)
        painter.setPen(color)
        font = self.font()
        font.setPixelSize(LETTERS)
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.translate(self.width() / 2, self.height() / 2)
        painter.rotate(-24)
        reach = max(self.width(), self.height())
        step = painter.fontMetrics().horizontalAdvance(self._text) + 100
        for line, y in enumerate(range(-reach, reach, APART)):
            for x in range(-reach - (step // 2) * (line % 2), reach, step):
                painter.drawText(x, y, self._text)
        painter.end()
        return drawn
