"""The audit journal checked on request: how far it is, then in words what holds, what does not, and what to do."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QProgressBar, QVBoxLayout, QWidget

from ui.device.lines import Line, columns, sum_of
from ui.parts import badge, banner, button, label, row, say, shortcut
from ui.room import Room
from ui.sealed.tables import SealedTable, ValueModel
from ui.theme import dress
from workstation.errors import WorkstationError
from workstation.messages import JournalReport

_AIR = 12  # pixels above and below the words of a row, together
_STEPS = 1000  # of the bar: entries are more than it can count


class JournalCheckPage(QWidget):
    """The guard reads the journal, on a thread of its own; this page asks, waits without blocking, and may be left."""

    left = Signal()

    def __init__(self, room: Room) -> None:
        super().__init__()
        self._room = room
        self.setAccessibleName("Check of the audit journal")
        self._is_running = False
        self._model: ValueModel[Line] = ValueModel(columns(room, report=True), self)
        self._table = SealedTable("What the check found")
        self._table.fit(self._model)
        self._table.setWordWrap(True)  # a report is read, not looked through: nothing of it is cut off
        self._table.horizontalHeader().sectionResized.connect(self._fit_rows)
        self._sum = badge()
        self._sum.hide()
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedHeight(4)
        self._bar.setAccessibleName("How far the check is")
        self._progress = label("", "muted")
        self._meaning = label(wrap=True)
        self._remedy = banner("warning")
        self._again = button("Check again", "secondary", "F5")
        self._again.clicked.connect(self.begin)
        self._back = button("Back to this device", "quiet")
        self._back.clicked.connect(self.left)
        shortcut(self, "Alt+Left", self.left.emit, "Back to this device")
        whole = QVBoxLayout(self)
        whole.setContentsMargins(20, 16, 20, 16)
        whole.setSpacing(12)
        title = label("Check of the audit journal", "title")
        whole.addLayout(row(title, self._sum, None, self._again, self._back, spacing=12))
        whole.addWidget(self._progress)
        whole.addWidget(self._bar)
        whole.addWidget(self._table, 1)
        whole.addWidget(self._meaning)
        whole.addWidget(self._remedy)
        whole.addWidget(
            label(
                "Every entry is read: its text, its place in the chain, its code and the device's signatures. You can "
                "go on working meanwhile; a lock ends the check.",
                "caption",
                wrap=True,
            )
        )
        self._table.selectionModel().currentRowChanged.connect(self._chosen)

    def shown(self) -> None:
        """Coming here begins a check, unless one is under way or its answer stands here already."""
        if not self._is_running and not self._model.values:
            self.begin()
        (self._table if self._model.values else self._back).setFocus()

    def begin(self) -> None:
        if self._is_running:
            return
        self._run(running=True)
        say(self._remedy, "")
        self._meaning.setText("")
        self._model.show(())
        self._sum.hide()
        self._tell(0, 0)
        asked = self._room.link.ask_journal_check(self._heard)
        self._room.when_done(asked, self._show, self._failed, of=self)

    def _heard(self, done: int, of: int) -> None:
        """On the channel's thread."""
        self._room.background.post(lambda: self._tell(done, of))

    def _tell(self, done: int, of: int) -> None:
        if not self._is_running:
            return
        self._bar.setRange(0, _STEPS if of else 0)
        self._bar.setValue(done * _STEPS // of if of else 0)
        self._progress.setText(f"{done:,} of {of:,} entries read" if of else "Opening the journal")

    def _show(self, report: JournalReport) -> None:
        self._run(running=False)
        lines = tuple(Line(*found) for found in report.rows)
        self._progress.setText("The check is done.")
        tone, words = sum_of(lines)
        self._sum.setText(words)
        self._sum.show()
        dress(self._sum, tone=tone)
        self._model.show(lines)
        self._fit_rows()
        if lines:
            self._table.selectRow(0)
        if self.isVisible():
            self._table.setFocus()

    def _failed(self, error: WorkstationError) -> None:
        self._run(running=False)
        self._progress.setText("The check could not be made.")
        say(self._remedy, f"{error} {error.remedy}", "warning")
        self._again.setFocus()

    def _run(self, *, running: bool) -> None:
        self._is_running = running
        self._bar.setVisible(running)
        self._again.setEnabled(not running)

    def _fit_rows(self) -> None:
        """Each row as high as its words, with air around them."""
        for at in range(len(self._model.values)):
            self._table.setRowHeight(at, max(36, self._table.sizeHintForRow(at) + _AIR))

    def _chosen(self, now: QModelIndex, _before: QModelIndex) -> None:
        line = self._model.value(now)
        if line is None:
            return
        self._meaning.setText(f"{line.what}: {line.state}. {line.meaning}.".replace("..", "."))
        self._remedy.setAccessibleName(line.remedy)
        say(self._remedy, line.remedy, "danger" if line.level == "red" else "warning")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)
