"""The faint watermark over every clinical window: coder, device and minute, so that a photograph names its source."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget


class Watermark(QWidget):
    """Lies over a window, lets every input through, and is not for assistive technology."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self._text = ""
        self._who = ""
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
            self.update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Resize and isinstance(watched, QWidget):
            self.resize(watched.size())
            self.raise_()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._text:
            return
        painter = QPainter(self)
        color = QColor(self.palette().text().color())
        color.setAlphaF(0.035)
        painter.setPen(color)
        font = self.font()
        font.setPixelSize(15)
        painter.setFont(font)
        painter.translate(self.width() / 2, self.height() / 2)
        painter.rotate(-24)
        reach = max(self.width(), self.height())
        step = painter.fontMetrics().horizontalAdvance(self._text) + 120
        for line, y in enumerate(range(-reach, reach, 150)):
            for x in range(-reach - (step // 2) * (line % 2), reach, step):
                painter.drawText(x, y, self._text)
        painter.end()
