"""First sign-in on a device: the unlock password, then the step-up code, each in one screen."""

from __future__ import annotations

import unicodedata

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QProgressBar, QStackedWidget, QVBoxLayout, QWidget

from ui.parts import banner, button, card, centred, label, row, say
from ui.sealed.fields import PasswordLine, SealedLine

SHORTEST_PASSWORD = 12


def password_trouble(password: str, user: str) -> str:
    """Why a password will not do, or an empty string (NIST SP 800-63B 5.1.1.2: length, not composition)."""
    text = unicodedata.normalize("NFKC", password)
    if len(text) < SHORTEST_PASSWORD:
        return f"Use at least {SHORTEST_PASSWORD} characters. A few words you can remember are best."
    if len(set(text.lower())) < 5:
        return "Use more different characters."
    if user and user.lower() in text.lower():
        return "Leave your user name out of it."
    return ""


class QrCode(QWidget):
    """The picture an authenticator scans, always dark on white."""

    def __init__(self) -> None:
        super().__init__()
        self._image = QImage()
        self.setFixedSize(QSize(188, 188))
        self.setAccessibleName("QR code for your authenticator; the same key stands below it in letters")

    def show_uri(self, uri: str) -> None:
        import segno  # only a first sign-in draws one

        rows = [bytes(line) for line in segno.make(uri, error="m").matrix]
        side = len(rows) + 8
        self._image = QImage(side, side, QImage.Format.Format_RGB32)
        self._image.fill(Qt.GlobalColor.white)
        for y, line in enumerate(rows):
            for x, dark in enumerate(line):
                if dark:
                    self._image.setPixel(x + 4, y + 4, 0xFF000000)
        self.update()

    def forget(self) -> None:
        self._image = QImage()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.drawImage(self.rect(), self._image)
        painter.end()


class EnrolPage(QWidget):
    """Two steps: choose a password, then prove that the authenticator works."""

    password_chosen = Signal(str)
    code_typed = Signal(str)
    show_code = Signal()
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._user = ""
        self._steps = QStackedWidget()
        self._steps.addWidget(self._password_step())
        self._steps.addWidget(self._code_step())
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._steps)

    def _password_step(self) -> QWidget:
        frame, column = card(margin=32)
        frame.setFixedWidth(480)
        self._welcome = label(role="title", wrap=True)
        self._first, self._second = PasswordLine(), PasswordLine()
        for field, name in ((self._first, "Unlock password"), (self._second, "The same again")):
            field.setPlaceholderText(name)
            field.setAccessibleName(name)
            field.setMinimumHeight(40)
        self._advice = banner("info")
        self._working = QProgressBar()
        self._working.setRange(0, 0)
        self._working.setTextVisible(False)
        self._working.setFixedHeight(4)
        self._working.hide()
        self._next = button("Continue", "primary")
        self._next.setMinimumHeight(40)
        column.addWidget(label("Step 1 of 2", "caption"))
        column.addWidget(self._welcome)
        column.addWidget(
            label(
                "Choose an unlock password for this device. It opens your encrypted charts here, also without "
                "a network, and is never sent anywhere.",
                "muted",
                wrap=True,
            )
        )
        for part in (self._first, self._second, self._advice, self._working, self._next):
            column.addWidget(part)
        self._first.returnPressed.connect(self._second.setFocus)
        self._second.returnPressed.connect(self._choose)
        self._next.clicked.connect(self._choose)
        step = QWidget()
        step.setLayout(centred(frame))
        return step

    def _code_step(self) -> QWidget:
        frame, column = card(margin=32)
        frame.setFixedWidth(560)
        self._qr = QrCode()
        self._key = label(role="code")
        self._code = SealedLine()
        self._code.setAccessibleName("The six digits your authenticator shows")
        self._code.setPlaceholderText("6 digits")
        self._code.setMaxLength(7)
        self._code.setMinimumHeight(40)
        self._code_trouble = banner("warning")
        self._confirm = button("Confirm", "primary")
        self._confirm.setMinimumHeight(40)
        self._show = button("Practice: show the code", "quiet")
        self._practice_code = label(role="code")
        column.addWidget(label("Step 2 of 2", "caption"))
        column.addWidget(label("Add this device to your authenticator", "title"))
        column.addWidget(
            label(
                "The step-up code confirms that it is you when you uncover identifiers or do something that "
                "cannot be taken back.",
                "muted",
                wrap=True,
            )
        )
        beside = QVBoxLayout()
        beside.setSpacing(12)
        beside.addWidget(label("Scan it, or type this key:", "muted"))
        beside.addWidget(self._key)
        beside.addStretch()
        beside.addWidget(self._code)
        beside.addWidget(self._confirm)
        column.addLayout(row(self._qr, beside, spacing=24))
        column.addWidget(self._code_trouble)
        column.addLayout(row(self._show, self._practice_code, None))
        self._code.returnPressed.connect(self._check)
        self._confirm.clicked.connect(self._check)
        self._show.clicked.connect(self.show_code)
        self._clear_code = QTimer(self)
        self._clear_code.setSingleShot(True)
        self._clear_code.setInterval(30_000)
        self._clear_code.timeout.connect(self._practice_code.clear)
        step = QWidget()
        step.setLayout(centred(frame))
        return step

    def invite(self, coder: str, user: str, *, practice: bool) -> None:
        """Begin with the password."""
        self._user = user
        self._welcome.setText(f"Welcome, {coder}")
        self._show.setVisible(practice)
        self._practice_code.setVisible(practice)
        self._steps.setCurrentIndex(0)
        self._working.hide()
        self._next.setEnabled(True)
        self._first.setFocus()

    def ask_code(self, uri: str, key: str) -> None:
        """The vault exists: show its step-up key once."""
        self._first.clear()
        self._second.clear()
        self._working.hide()
        self._qr.show_uri(uri)
        self._key.setText("\n".join(" ".join(key[i : i + 4] for i in range(at, at + 16, 4)) for at in (0, 16)))
        self._steps.setCurrentIndex(1)
        self._code.setFocus()

    def show_practice_code(self, code: str) -> None:
        self._practice_code.setText(f"{code[:3]} {code[3:]}")
        self._clear_code.start()

    def refuse(self, words: str) -> None:
        say(self._code_trouble, words)
        self._code.clear()
        self._code.setFocus()

    def forget(self) -> None:
        """Nothing secret stays on the page once it is left."""
        for field in (self._first, self._second, self._code):
            field.clear()
        self._key.clear()
        self._practice_code.clear()
        self._clear_code.stop()
        self._qr.forget()

    def _choose(self) -> None:
        password = self._first.text()
        trouble = password_trouble(password, self._user)
        if not trouble and password != self._second.text():
            trouble = "The two are not the same."
        say(self._advice, trouble)
        if trouble or not self._next.isEnabled():
            return
        self._next.setEnabled(False)
        self._working.show()
        self.password_chosen.emit(password)

    def _check(self) -> None:
        say(self._code_trouble, "")
        self.code_typed.emit(self._code.text())
