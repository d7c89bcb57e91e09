"""The pages of the guard's window: sign-in and lock cover. Neither knows anything clinical."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QLabel, QProgressBar, QVBoxLayout, QWidget

from ui.icons import icon, product_mark
from ui.parts import banner, button, card, centred, label, say
from ui.theme import Theme

ONLINE_ONLY = (
    "Online only keeps nothing on this computer. What you see is fetched anew after each lock, and what is not finalized "
    "is lost with it."
)


class SignInPage(QWidget):
    """Sign in with the organisation's identity provider, in the system browser."""

    sign_in = Signal()
    cancel = Signal()
    unlock = Signal()
    online_only = Signal()

    def __init__(self, theme: Theme, server: str, *, practice: bool) -> None:
        super().__init__()
        self._theme = theme
        frame, inside = card(margin=32)
        frame.setFixedWidth(440)
        mark = QLabel()
        mark.setPixmap(product_mark(56))
        mark.setAccessibleName("Coder Workstation")
        inside.addWidget(mark)
        inside.addWidget(label("Coder Workstation", "title"))
        self._words = label("", "muted", wrap=True)
        inside.addWidget(self._words)
        self._note = banner("warning")
        inside.addWidget(self._note)
        inside.addSpacing(8)
        self._busy = QProgressBar()
        self._busy.setRange(0, 0)
        self._busy.setTextVisible(False)
        self._busy.setFixedHeight(4)
        self._busy.setAccessibleName("Waiting for the browser")
        inside.addWidget(self._busy)
        self._sign_in = button("Sign in with your browser", "primary")
        self._sign_in.setMinimumHeight(40)
        self._sign_in.clicked.connect(self._pressed)
        inside.addWidget(self._sign_in)
        self._only = button("Work online only", "secondary")
        self._only.clicked.connect(self.online_only)
        self._only.hide()
        inside.addWidget(self._only)
        self._only_words = label(ONLINE_ONLY, "caption", wrap=True)
        self._only_words.hide()
        inside.addWidget(self._only_words)
        self._cancel = button("Cancel", "secondary")
        self._cancel.clicked.connect(self.cancel)
        inside.addWidget(self._cancel)
        self._unlock = button("Unlock instead", "quiet")
        self._unlock.clicked.connect(self.unlock)
        inside.addWidget(self._unlock)
        inside.addSpacing(4)
        self._practice = practice
        self._where = label(role="caption", wrap=True)
        inside.addWidget(self._where)
        self.where(server)
        self._again: Callable[[], None] | None = None
        self.setLayout(centred(frame))
        self.show_state("", busy=False, can_unlock=False)

    def set_ready(self, ready: bool) -> None:
        self._sign_in.setEnabled(ready)
        if ready:
            self._again = None
            self._sign_in.setFocus()

    def where(self, server: str) -> None:
        self._where.setText(f"Practice hospital on this computer\n{server}" if self._practice else server)

    def offer_online_only(self, offered: bool) -> None:
        """Where the keyring alone is what is missing."""
        self._only.setVisible(offered)
        self._only_words.setVisible(offered)

    def say_online_only(self) -> None:
        """It was chosen: said for as long as the program runs."""
        self._only.hide()
        self._only_words.setText("Online only: nothing is kept on this computer.")
        self._only_words.show()

    def offer_retry(self, again: Callable[[], None]) -> None:
        self._again = again
        self._sign_in.setText("Try again")
        self._sign_in.setEnabled(True)
        self._sign_in.setFocus()

    def _pressed(self) -> None:
        if self._again is not None:
            again, self._again = self._again, None
            again()
        else:
            self.sign_in.emit()

    def show_state(self, note: str, *, busy: bool, can_unlock: bool) -> None:
        self._words.setText(
            "Your browser has the sign-in page. Come back here when it says you may close it."
            if busy
            else "Charts are shown only to the coder they are assigned to. Sign in to open your worklist."
        )
        say(self._note, note)
        self._busy.setVisible(busy)
        self._cancel.setVisible(busy)
        self._sign_in.setText("Open the browser again" if busy else "Sign in with your browser")
        self._unlock.setVisible(can_unlock and not busy)
        self._sign_in.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._sign_in.click()
        elif event.key() == Qt.Key.Key_Escape and self._cancel.isVisible():
            self.cancel.emit()
        else:
            super().keyPressEvent(event)


class CoverPage(QWidget):
    """What stands where the charts were: who locked, why, and how to come back."""

    unlock = Signal()
    someone_else = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setAccessibleName("Locked")
        mark = QLabel()
        mark.setPixmap(icon("lock", theme, 48).pixmap(48, 48))
        mark.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._coder = label("", "title")
        self._note = label("", "muted", wrap=True)
        self._unlock = button("Unlock", "primary")
        self._unlock.setMinimumSize(220, 40)
        self._unlock.clicked.connect(self.unlock)
        self._other = button("Sign in as someone else", "quiet")
        self._other.clicked.connect(self.someone_else)
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addStretch()
        column.addWidget(mark)
        for line in (self._coder, self._note):
            line.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(line)
        column.addSpacing(12)
        for choice in (self._unlock, self._other):
            column.addWidget(choice, alignment=Qt.AlignmentFlag.AlignCenter)
        column.addStretch()
        calm = label("Nothing clinical is in memory while this is shown.", "caption")
        self._only = label("Online only: nothing is kept on this computer.", "caption")
        self._only.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._only.hide()
        column.addWidget(self._only)
        calm.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(calm)
        column.setContentsMargins(24, 24, 24, 24)

    def say_online_only(self) -> None:
        self._only.show()

    def show_state(self, coder: str, note: str) -> None:
        self._coder.setText(f"Locked for {coder}" if coder else "Locked")
        self._note.setText(note)
        self._unlock.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Tab or event.modifiers() not in (
            Qt.KeyboardModifier.NoModifier,
            Qt.KeyboardModifier.KeypadModifier,
        ):
            super().keyPressEvent(event)
        else:
            self.unlock.emit()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.unlock.emit()
