"""The step-up code asked for inside the desk: a strip, never a dialog, so that nothing stands before a lock."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from ui.background import Background
from ui.parts import banner, button, label, say
from ui.sealed.fields import SealedLine
from workstation.domain.policy import Policy
from workstation.errors import WorkstationError
from workstation.host.clock import Clock

PATIENCE = 60_000  # milliseconds the strip stays without a code

#: What each verb that may need a code is called in the question.
VERBS = {
    "reveal": "to show the identifiers",
    "reopen": "to reopen what was finalized",
    "hand-back": "to hand the encounter back",
    "password": "to change the unlock password",
}


class StepUpStrip(QFrame):
    """Six digits, Enter, Escape. It takes the focus and gives it back."""

    typed = Signal(str)
    left = Signal()
    show_code = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "surface")
        self.setAccessibleName("Step-up code")
        self._words = label(role="strong")
        self._code = SealedLine()
        self._code.setAccessibleName("Step-up code, six digits")
        self._code.setPlaceholderText("6 digits")
        self._code.setMaxLength(7)
        self._code.setFixedWidth(110)
        self._confirm = button("Confirm", "primary")
        self._cancel = button("Cancel", "quiet")
        self._show = button("Practice: show the code", "quiet")
        self._trouble = banner("warning")
        line = QHBoxLayout()
        line.setSpacing(8)
        for part in (self._words, self._code, self._confirm, self._cancel, self._show):
            line.addWidget(part)
        line.addStretch()
        whole = QVBoxLayout(self)
        whole.setContentsMargins(16, 8, 16, 8)
        whole.addLayout(line)
        whole.addWidget(self._trouble)
        self._code.returnPressed.connect(self._submit)
        self._confirm.clicked.connect(self._submit)
        self._cancel.clicked.connect(self.left)
        self._show.clicked.connect(self.show_code)
        self._before: QWidget | None = None
        self.hide()

    def ask(self, verb: str, *, practice: bool) -> None:
        """Show the question. Asked again for something else, the first is forgotten."""
        self._words.setText(f"Step-up code {VERBS.get(verb, 'to go on')}")
        self._show.setVisible(practice)
        if not self.isVisible():
            self._before = QApplication.focusWidget()
        say(self._trouble, "")
        self._code.clear()
        self.show()
        self._set_busy(False)
        self._code.setFocus()

    def refuse(self, words: str) -> None:
        say(self._trouble, words)
        self._code.clear()
        self._set_busy(False)
        self._code.setFocus()

    def fill(self, code: str) -> None:
        """Practice: nobody has the phone of an invented coder."""
        self._code.setText(code)
        self._code.setFocus()

    def put_away(self) -> None:
        self._code.clear()
        self.hide()
        before, self._before = self._before, None
        if before is not None and before.isVisible():
            before.setFocus()

    def _submit(self) -> None:
        if self._confirm.isEnabled() and self._code.text():
            self._set_busy(True)
            self.typed.emit(self._code.text())

    def _set_busy(self, busy: bool) -> None:
        self._confirm.setEnabled(not busy)
        self._code.setReadOnly(busy)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)


class StepUp:
    """Decides whether an act needs a code, asks for it, and lets the act happen once the guard has counted it.

    One code covers what the coder does within the policy's grace, by a clock that cannot be set.
    """

    def __init__(
        self,
        strip: StepUpStrip,
        background: Background,
        clock: Clock,
        policy: Callable[[], Policy],
        check: Callable[[str], Future[None]],
        practice_code: Callable[[], str],
    ) -> None:
        self._strip, self._background, self._clock = strip, background, clock
        self._policy, self._check, self._practice_code = policy, check, practice_code
        self._go_on: Callable[[], None] | None = None
        self._good_until = 0.0
        self._patience = QTimer(strip)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PATIENCE)
        self._patience.timeout.connect(self._leave)
        strip.typed.connect(self._typed)
        strip.left.connect(self._leave)
        strip.show_code.connect(lambda: strip.fill(practice_code()))

    def ask(self, verb: str, go_on: Callable[[], None]) -> None:
        """Do it now where policy asks for no code or one was given a moment ago; else after a code."""
        if verb not in self._policy().step_up_for or self._clock.boot() < self._good_until:
            go_on()
            return
        self._go_on = go_on
        self._strip.ask(verb, practice=bool(self._practice_code()))
        self._patience.start()

    def proven(self) -> None:
        """A code was given on the way in: it covers the next minutes like one given here."""
        self._good_until = self._clock.boot() + self._policy().step_up_grace

    def _typed(self, code: str) -> None:
        def right(_: None) -> None:
            go_on, self._go_on = self._go_on, None
            self.proven()
            self._patience.stop()
            self._strip.put_away()
            if go_on is not None:
                go_on()

        def wrong(trouble: WorkstationError) -> None:
            self._patience.start()
            self._strip.refuse(f"{trouble} {trouble.remedy}")

        self._background.when_done(self._check(code), right, wrong, of=self._strip)

    def _leave(self) -> None:
        self._go_on = None
        self._patience.stop()
        self._strip.put_away()
