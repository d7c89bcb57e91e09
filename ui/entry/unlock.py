"""The unlock page: one password, checked in this process, counted by the guard before it is tried."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLabel, QProgressBar, QWidget

from ui.icons import icon
from ui.parts import banner, button, card, centred, label, row, say
from ui.sealed.fields import PasswordLine, SealedLine
from ui.theme import Theme


class UnlockPage(QWidget):
    """Asks for the password, and for a step-up code where policy says so. Holds no rule."""

    submitted = Signal(str, str)
    sign_in_instead = Signal()
    left = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setAccessibleName("Unlock")
        frame, column = card(margin=32)
        frame.setFixedWidth(420)
        mark = QLabel()
        mark.setPixmap(icon("lock", theme, 32).pixmap(32, 32))
        self._coder = label(role="title")
        self._lease = label(role="muted", wrap=True)
        self._password = PasswordLine()
        self._password.setAccessibleName("Unlock password")
        self._password.setPlaceholderText("Unlock password")
        self._password.setMinimumHeight(40)
        self._code = SealedLine()
        self._code.setAccessibleName("Step-up code")
        self._code.setPlaceholderText("Step-up code, 6 digits")
        self._code.setMaxLength(7)
        self._trouble = banner("warning")
        self._busy = QProgressBar()
        self._busy.setRange(0, 0)
        self._busy.setTextVisible(False)
        self._busy.setFixedHeight(4)
        self._unlock = button("Unlock", "primary")
        self._unlock.setMinimumHeight(40)
        self._again = button("Forgotten? Sign in again", "quiet")
        self._other = button("Back", "quiet")
        for part in (mark, self._coder, self._lease, self._trouble, self._password, self._code, self._busy):
            column.addWidget(part)
        column.addWidget(self._unlock)
        column.addLayout(row(self._again, None, self._other))
        self.setLayout(centred(frame))
        self._password.returnPressed.connect(self._submit)
        self._code.returnPressed.connect(self._submit)
        self._unlock.clicked.connect(self._submit)
        self._again.clicked.connect(self.sign_in_instead)
        self._other.clicked.connect(self.left)
        self._wait = QTimer(self)
        self._wait.setInterval(1000)
        self._wait.timeout.connect(self._count_down)
        self._seconds = 0

    def invite(self, coder: str, lease: str, *, wants_code: bool) -> None:
        """Make the page ready for a coder."""
        self._coder.setText(coder)
        self._lease.setText(lease)
        self._code.setVisible(wants_code)
        say(self._trouble, "")
        self._set_busy(False)
        self._password.setFocus()

    def refuse(self, words: str) -> None:
        """Say why it did not open; the password is typed again."""
        self._set_busy(False)
        say(self._trouble, words)
        self._password.clear()
        self._code.clear()
        self._password.setFocus()

    def hold_off(self, seconds: float) -> None:
        """The guard makes us wait before the next try."""
        self._seconds = max(1, round(seconds))
        self._unlock.setEnabled(False)
        self._wait.start()
        self._count_down(first=True)

    def _count_down(self, *, first: bool = False) -> None:
        self._seconds -= 0 if first else 1
        if self._seconds <= 0:
            self._wait.stop()
            say(self._trouble, "")
            self._set_busy(False)
            self._password.setFocus()
        else:
            say(self._trouble, f"Too many wrong tries. You can try again in {self._seconds} s.")

    def _submit(self) -> None:
        if self._unlock.isEnabled() and self._password.text():
            self._set_busy(True)
            self.submitted.emit(self._password.text(), self._code.text())

    def _set_busy(self, busy: bool) -> None:
        self._busy.setVisible(busy)
        self._unlock.setEnabled(not busy)
        self._password.setReadOnly(busy)

    def forget(self) -> None:
        """Nothing typed stays on the page once it is left."""
        self._wait.stop()
        self._password.clear()
        self._code.clear()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)
