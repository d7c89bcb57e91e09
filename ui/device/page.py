"""This device: what it protects, who enforces each promise, and what to do where one is not kept, the worst first."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QTimer, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.device.lines import LEVELS, Line, columns, sum_of
from ui.parts import badge, banner, button, label, row, say, shortcut
from ui.room import Room
from ui.sealed.tables import SealedTable, ValueModel
from ui.theme import dress
from workstation.changes import Changes
from workstation.messages import DevicePage as Facts

REFRESH = 5_000  # milliseconds between two looks while the page is shown


class DevicePage(QWidget):
    """Asks the guard, which alone knows; again every few seconds while it is shown, and with F5."""

    check_asked = Signal()

    def __init__(self, room: Room) -> None:
        super().__init__()
        self._room = room

        self._model: ValueModel[Line] = ValueModel(columns(room), self)
        self._table = SealedTable("This device")
        self._table.fit(self._model)
        self._sum = badge()
        self._meaning = label(wrap=True)
        self._remedy = banner("warning")
        self._looking = QTimer(self)
        self._looking.setInterval(REFRESH)
        self._looking.timeout.connect(self._look)
        shortcut(self, "F5", self._look, "Look again")
        check = button("Check the journal", "secondary", "Ctrl+J")
        check.clicked.connect(self.check_asked)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(20, 16, 20, 16)
        whole.setSpacing(12)
        whole.addLayout(row(label("This device", "title"), self._sum, None, check, spacing=12))
        whole.addWidget(self._table, 1)
        whole.addWidget(self._meaning)
        whole.addWidget(self._remedy)
        whole.addWidget(
            label(
                "Copy control deters; it cannot stop a camera, an administrator of this computer, or assistive "
                "technology a user has turned on.",
                "caption",
                wrap=True,
            )
        )
        self._table.selectionModel().currentRowChanged.connect(self._chosen)

    def enter(self) -> None:
        """Nothing is asked before the page is shown."""

    def changed(self, changes: Changes) -> None:
        """Facts of the device do not change with the cache."""

    def shown(self) -> None:
        self._look()
        self._looking.start()
        self._table.setFocus()

    def hideEvent(self, event: QHideEvent) -> None:
        self._looking.stop()
        super().hideEvent(event)

    def _look(self) -> None:
        self._room.when_done(self._room.link.ask_device(), self._show, of=self)

    def _show(self, facts: Facts) -> None:
        order = list(LEVELS)
        lines = sorted((Line(*found) for found in facts.rows), key=lambda line: order.index(line.level))
        if tuple(lines) == self._model.values:
            return
        chosen = self._model.value(self._table.currentIndex())
        self._model.show(lines)
        at = next((i for i, line in enumerate(lines) if chosen is not None and line.what == chosen.what), 0)
        if lines:
            self._table.selectRow(at)
        tone, words = sum_of(lines)
        self._sum.setText(words)
        dress(self._sum, tone=tone)

    def _chosen(self, now: QModelIndex, _before: QModelIndex) -> None:
        line = self._model.value(now)
        if line is None:
            return
        self._meaning.setText(f"{line.what}: {line.state}. {line.meaning}.".replace("..", "."))
        self._remedy.setAccessibleName(line.remedy)
        say(self._remedy, line.remedy, "danger" if line.level == "red" else "warning")
