"""The form a teaching copy is asked for with: why it is needed, and what is to be taught."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QToolButton, QVBoxLayout, QWidget

from ui.parts import banner, button, card, label, row, say
from ui.room import Room
from ui.sealed.fields import SealedLine
from workstation.domain.teaching.request import LONGEST_TOPIC, NEED_WORDS, NeedCode
from workstation.errors import NotAllowed, WorkstationError
from workstation.operations import teaching


class AskForm(QWidget):
    """One card. Nothing of a chart is on it: the lead chooses the encounter."""

    def __init__(self, room: Room) -> None:
        super().__init__()
        self._room = room
        self._need: NeedCode | None = None
        frame, column = card(spacing=8, margin=16)
        self._title = label("Ask for a teaching copy", "subheading")
        column.addWidget(self._title)
        column.addWidget(label("Why is it needed?", "caption"))
        chips = QGridLayout()
        chips.setSpacing(6)
        self._chips: dict[NeedCode, QToolButton] = {}
        for at, (need, words) in enumerate(NEED_WORDS.items()):
            chip = QToolButton()
            chip.setProperty("kind", "chip")
            chip.setText(words)
            chip.setAccessibleName(f"Need: {words}")
            chip.setCheckable(True)
            chip.setAutoExclusive(True)
            chip.setMinimumHeight(28)
            chip.clicked.connect(lambda _=False, need=need: self._choose(need))
            self._chips[need] = chip
            chips.addWidget(chip, at // 2, at % 2, Qt.AlignmentFlag.AlignLeft)
        chips.setColumnStretch(2, 1)
        column.addLayout(chips)
        column.addSpacing(4)
        column.addWidget(label("What is to be taught? A code or a few words", "caption"))
        self.topic = SealedLine()
        self.topic.setMaxLength(LONGEST_TOPIC)
        self.topic.setPlaceholderText("A41.51 with organ failure")
        self.topic.setAccessibleName("Topic: a code or a few words, no name")
        self.topic.returnPressed.connect(self.send)
        column.addWidget(self.topic)
        self._trouble = banner("danger")
        column.addWidget(self._trouble)
        self._send = button("Ask a lead", "primary")
        self._send.setToolTip("Enter in the topic")
        self._send.clicked.connect(self.send)
        column.addLayout(row(None, self._send))
        promise = label(
            "A lead chooses the encounter. You will see a copy of it without identifiers, never the chart.",
            "muted",
            wrap=True,
        )
        column.addWidget(promise)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(frame)
        whole.addStretch()
        self.setFocusProxy(next(iter(self._chips.values())))
        whole.setAlignment(Qt.AlignmentFlag.AlignTop)

    def name(self, *, proposes: bool) -> None:
        """An auditor proposes; an educator asks."""
        self._title.setText("Propose a teaching copy" if proposes else "Ask for a teaching copy")

    def _choose(self, need: NeedCode) -> None:
        self._need = need
        self._chips[need].setChecked(True)
        say(self._trouble, "")

    def send(self) -> None:
        """Hand the request over, once it is known that its words name nobody."""
        if not self._send.isEnabled():
            return
        if self._need is None:
            say(self._trouble, "Choose why it is needed.")
            next(iter(self._chips.values())).setFocus()
            return
        try:
            done = teaching.ask(self._room.query_board, self._need, self.topic.text())
        except NotAllowed as refused:
            self._refused(refused)
            return
        self._send.setEnabled(False)  # the first time the dictionary is read, which takes a moment
        self._room.when_done(done, lambda _: self._sent(), self._refused, of=self)

    def _sent(self) -> None:
        self._send.setEnabled(True)
        self.topic.clear()
        say(self._trouble, "")
        self._room.notices.say("Asked. A lead decides and chooses the encounter.", "success")

    def _refused(self, trouble: WorkstationError) -> None:
        self._send.setEnabled(True)
        say(self._trouble, f"{trouble.detail or trouble} {trouble.remedy}")
        self.topic.setFocus()
