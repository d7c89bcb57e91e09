"""Change the unlock password: the same key under new words, nothing re-encrypted, the old one good until the new one is kept."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QProgressBar, QWidget

from ui.background import Background
from ui.entry.enrol import password_trouble
from ui.parts import banner, button, card, centred, label, row, say
from ui.sealed.fields import PasswordLine
from workstation import messages as m
from workstation.errors import KeyringTrouble, WorkstationError, WrongPassword
from workstation.keys.derive import zero
from workstation.keys.vault import WrappedRecord, rewrap
from workstation.link import GuardLink

HALF_SECONDS = 40.0  # the guard gives up its keyring after ten seconds a call


class ChangePasswordPage(QWidget):
    """Three fields. Holds no rule but that the new ones agree."""

    submitted = Signal(str, str)
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Change the unlock password")
        self._user = ""
        frame, column = card(margin=32)
        frame.setFixedWidth(480)
        self._old, self._new, self._again = PasswordLine(), PasswordLine(), PasswordLine()
        for field, name in (
            (self._old, "Present unlock password"),
            (self._new, "New unlock password"),
            (self._again, "The new one again"),
        ):
            field.setPlaceholderText(name)
            field.setAccessibleName(name)
            field.setMinimumHeight(40)
        self._trouble = banner("warning")
        self._working = QProgressBar()
        self._working.setRange(0, 0)
        self._working.setTextVisible(False)
        self._working.setFixedHeight(4)
        self._change = button("Change password", "primary")
        self._change.setMinimumHeight(40)
        self._cancel = button("Cancel", "quiet")
        column.addWidget(label("Change the unlock password", "title"))
        column.addWidget(
            label(
                "It opens your charts on this device only. Your sign-in at the organisation does not change.",
                "muted",
                wrap=True,
            )
        )
        for part in (self._old, self._new, self._again, self._trouble, self._working):
            column.addWidget(part)
        column.addLayout(row(self._cancel, None, self._change))
        self.setLayout(centred(frame))
        self._old.returnPressed.connect(self._new.setFocus)
        self._new.returnPressed.connect(self._again.setFocus)
        self._again.returnPressed.connect(self._submit)
        self._change.clicked.connect(self._submit)
        self._cancel.clicked.connect(self.left)

    def begin(self, user: str) -> None:
        self._user = user
        self.forget()
        say(self._trouble, "")
        self._set_busy(False)
        self._old.setFocus()

    def refuse(self, words: str) -> None:
        """Say why not; the present password is typed again."""
        self._set_busy(False)
        say(self._trouble, words)
        self._old.clear()
        self._old.setFocus()

    def forget(self) -> None:
        """Nothing typed stays on the page once it is left."""
        for field in (self._old, self._new, self._again):
            field.clear()

    def _submit(self) -> None:
        trouble = password_trouble(self._new.text(), self._user)
        if not self._old.text():
            trouble = "Type the present password first."
        elif not trouble and self._new.text() != self._again.text():
            trouble = "The new ones are not the same."
        elif not trouble and self._new.text() == self._old.text():
            trouble = "Choose one that is not the present one."
        say(self._trouble, trouble)
        if not trouble and self._change.isEnabled():
            self._set_busy(True)
            self.submitted.emit(self._old.text(), self._new.text())

    def _set_busy(self, busy: bool) -> None:
        self._working.setVisible(busy)
        self._change.setEnabled(not busy)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)


class ChangingPassword:
    """Asks the guard for a try and for the device half, wraps anew on a worker, and has the guard keep it.

    `vault` gives the wrapped record in force; `changed` is told the new one once the guard has kept it.
    """

    def __init__(
        self,
        page: ChangePasswordPage,
        link: GuardLink,
        background: Background,
        vault: Callable[[], dict[str, Any]],
        changed: Callable[[dict[str, Any]], None],
    ) -> None:
        self._page, self._link, self._background, self._vault, self._changed = page, link, background, vault, changed
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="rewrap")
        self._half: Future[bytearray] = Future()
        page.submitted.connect(self._submitted)

    def half_came(self, half: bytearray) -> None:
        """The guard sent the device half that was asked for."""
        if self._half.done():
            zero(half)
        else:
            self._half.set_result(half)

    def half_refused(self, why: str) -> None:
        """The guard has none to send."""
        if not self._half.done():
            self._half.set_exception(KeyringTrouble(why))

    def _submitted(self, old: str, new: str) -> None:
        def allowed(answer: m.TryAnswer) -> None:
            if not answer.allowed:
                self._page.refuse(f"Too many wrong tries. Try again in {max(1, round(answer.wait))} s.")
                return
            self._half = Future()
            self._link.tell(m.HalfWanted())
            made = self._worker.submit(self._rewrap, self._vault(), old, new)
            self._background.when_done(made, self._keep, self._refused, of=self._page)

        self._background.when_done(self._link.ask_try(), allowed, self._refused, of=self._page)

    def _rewrap(self, vault: dict[str, Any], old: str, new: str) -> dict[str, Any]:
        try:
            half = self._half.result(HALF_SECONDS)
        except TimeoutError:
            raise KeyringTrouble("The device key did not come in time.") from None
        secrets = [bytearray(old.encode()), bytearray(new.encode())]
        try:
            return rewrap(WrappedRecord.from_json(vault), secrets[0], secrets[1], half).to_json()
        finally:
            zero(half)
            for secret in secrets:
                zero(secret)

    def _keep(self, vault: dict[str, Any]) -> None:
        kept = self._link.ask_keep_vault(vault)
        self._background.when_done(kept, lambda _: self._changed(vault), self._refused, of=self._page)

    def _refused(self, trouble: WorkstationError) -> None:
        if isinstance(trouble, WrongPassword):
            self._link.tell(m.TryFailed())
        self._page.refuse(f"{trouble} {trouble.remedy}")
