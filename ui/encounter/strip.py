"""The strip above a chart: whose it is, masked until revealed with a reason, and what the stay was."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QToolButton, QVBoxLayout

from ui.icons import icon
from ui.parts import badge, label
from ui.theme import Theme, dress
from ui.words import CLASS_WORDS
from workstation.domain.access import REVEAL_WORDS, RevealReason, age_on, initials, masked_mrn
from workstation.domain.encounter import Encounter, Patient
from workstation.domain.worklist import SendState, WorkState
from workstation.operations.encounters import OpenEncounter

_DISPOSITIONS = {
    "01": "home",
    "02": "another hospital",
    "03": "skilled nursing facility",
    "06": "home health",
    "07": "left against advice",
    "20": "expired",
    "50": "hospice, home",
    "51": "hospice, facility",
    "62": "inpatient rehabilitation",
    "63": "long-term care hospital",
}  # NUBC patient discharge status, the codes met most
_STATES = {
    WorkState.NOT_STARTED: ("Not started", "neutral"),
    WorkState.IN_PROGRESS: ("In progress", "info"),
    WorkState.ON_HOLD: ("On hold", "warning"),
    WorkState.FINALIZED: ("Finalized", "success"),
    WorkState.WITHDRAWN: ("Withdrawn", "danger"),
}


class Strip(QFrame):
    """Holds no identifier longer than it shows it."""

    reveal = Signal(str)
    cover = Signal()
    back = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setProperty("kind", "surface")
        self._theme = theme
        self._back = QToolButton()
        self._back.setIcon(icon("arrow-left", theme))
        self._back.setShortcut("Alt+Left")
        self._back.setToolTip("Back to the worklist (Alt+Left)")
        self._back.setAccessibleName("Back to the worklist")
        self._back.clicked.connect(self.back)
        self._account = label(role="heading")
        self._state = badge()
        self._sent = badge()
        self._patient = label(role="strong")
        self._facts = label(role="muted")
        self._eye = QToolButton()
        self._eye.setShortcut("Ctrl+I")
        self._eye.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._eye.clicked.connect(self._pressed)
        self._menu = QMenu(self)
        self._menu.addSection("Why do you need to see it?")
        for number, reason in enumerate(RevealReason, 1):
            action = self._menu.addAction(f"&{number}  {REVEAL_WORDS[reason]}")
            action.triggered.connect(lambda _=False, reason=reason: self.reveal.emit(reason.value))
        first = QHBoxLayout()
        first.setSpacing(8)
        for part in (self._back, self._account, self._state, self._sent):
            first.addWidget(part)
        first.addSpacing(16)
        first.addWidget(self._patient)
        first.addWidget(self._eye)
        first.addStretch()
        whole = QVBoxLayout(self)
        whole.setContentsMargins(12, 8, 16, 8)
        whole.setSpacing(2)
        whole.addLayout(first)
        second = QHBoxLayout()
        second.setContentsMargins(36, 0, 0, 0)
        second.addWidget(self._facts)
        second.addStretch()
        whole.addLayout(second)

    def show_encounter(self, opened: OpenEncounter) -> None:
        """Masked; what was revealed before is covered again."""
        encounter = opened.encounter
        self._account.setText(f"Account {encounter.account_number}")
        words, tone = _STATES[opened.work_state]
        if opened.work_state is WorkState.ON_HOLD and opened.hold_reason:
            words = f"On hold: {opened.hold_reason}"
        self._state.setText(words)
        dress(self._state, tone=tone)
        sending = {
            SendState.IN_STEP: ("", "neutral"),
            SendState.WAITING: ("Waiting to send", "info"),
            SendState.REFUSED: ("Refused by the server", "danger"),
            SendState.CONFLICT: ("Changed on the server", "danger"),
        }[opened.send_state]
        self._sent.setText(sending[0])
        self._sent.setVisible(bool(sending[0]))
        dress(self._sent, tone=sending[1])
        self._facts.setText(_stay(encounter))
        self.show_masked(encounter.patient)

    def show_masked(self, patient: Patient) -> None:
        self._patient.setText(f"{initials(patient.family, patient.given)}   {masked_mrn(patient.mrn)}")
        self._eye.setIcon(icon("eye", self._theme))
        self._eye.setToolTip("Show the identifiers, with a reason (Ctrl+I)")
        self._eye.setAccessibleName("Show identifiers")
        self._eye.setMenu(self._menu)

    def show_revealed(self, patient: Patient) -> None:
        born = f"born {patient.birth_date:%Y-%m-%d}" if patient.birth_date else ""
        self._patient.setText("   ".join(part for part in (patient.full_name, f"MRN {patient.mrn}", born) if part))
        self._eye.setIcon(icon("eye-off", self._theme))
        self._eye.setToolTip("Cover the identifiers (Ctrl+I)")
        self._eye.setAccessibleName("Cover identifiers")
        self._eye.setMenu(None)  # type: ignore[arg-type]

    def forget(self) -> None:
        for part in (self._account, self._patient, self._facts):
            part.clear()

    def _pressed(self) -> None:
        if self._eye.menu() is None:
            self.cover.emit()


def _stay(encounter: Encounter) -> str:
    """`74 M · Inpatient · Nov 9 to Nov 14, 2026 (5 days) · to home · Medicare Part A`."""
    patient, start, end = encounter.patient, encounter.admitted_at, encounter.discharged_at
    age = age_on(patient.birth_date, start.date()) if patient.birth_date and start else None
    who = f"{age if age is not None else '?'} {patient.sex[:1].upper()}"
    stay = ""
    if start and end:
        days = (end.date() - start.date()).days
        stay = f"{start:%b} {start.day} to {end:%b} {end.day}, {end.year}"
        stay = (
            f"{stay} ({days} day{'s' if days != 1 else ''})"
            if encounter.is_inpatient
            else f"{end:%b} {end.day}, {end.year}"
        )
    to = _DISPOSITIONS.get(encounter.disposition.zfill(2), "") if encounter.disposition else ""
    parts = (
        who,
        CLASS_WORDS[encounter.encounter_class],
        stay,
        f"to {to} ({encounter.disposition})" if to else "",
        encounter.coverage,
        f"came for: {encounter.reason}" if encounter.reason else "",
    )
    return " · ".join(part for part in parts if part)
