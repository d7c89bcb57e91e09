"""The working MS-DRG under the coding: one line that is always there, and on demand what each code does to it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from ui.parts import button, label, row
from workstation.domain.codes import Severity
from workstation.domain.coding import CodingSummary, LineId
from workstation.domain.grouping import Contribution, Drg, Part
from workstation.operations.grouping import WorkingDrg

_MOST_ALTERNATIVES = 4
_WHY_HEIGHT = 190


class DrgPane(QFrame):
    """Shows what comes back; asks nothing itself. Hidden for visits, which group to no MS-DRG."""

    opened = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._shown: WorkingDrg | None = None
        self._summary: CodingSummary | None = None
        self._number = label(role="strong")
        self._title = label(wrap=True)
        self._facts = label(role="caption", wrap=True)
        self._more = button("Why", "quiet", "Ctrl+Shift+G")
        self._more.setCheckable(True)
        self._more.setToolTip("What each code does to the DRG, and other principals (Ctrl+Shift+G)")
        self._more.toggled.connect(lambda _: self._show_why())
        self._why = QWidget()
        self._lines = QVBoxLayout(self._why)
        self._lines.setContentsMargins(0, 4, 0, 0)
        self._lines.setSpacing(3)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(10, 6, 8, 8)
        whole.setSpacing(1)
        whole.addLayout(row(self._number, None, self._more))
        whole.addWidget(self._title)
        whole.addWidget(self._facts)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setProperty("kind", "bare")
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._why.setObjectName("summary")
        self._scroll.setWidget(self._why)
        self._scroll.setFixedHeight(_WHY_HEIGHT)
        whole.addWidget(self._scroll)
        self._scroll.hide()
        self._folded = False

    def fold(self, folded: bool) -> None:
        """The finder's answers need the room: why is shown again when they are gone."""
        self._folded = folded
        self._show_why()

    def show_drg(self, found: WorkingDrg, summary: CodingSummary) -> None:
        self._shown, self._summary = found, summary
        grouping = found.grouping
        self._more.setEnabled(grouping is not None)
        if grouping is None:
            self._number.setText("Working DRG")
            self._title.setText(found.lacking)
            self._facts.hide()
        else:
            self._number.setText(f"DRG {grouping.drg.number:03d}")
            self._title.setText(grouping.trouble.capitalize() or grouping.drg.title)
            self._facts.setText(" · ".join(_facts(found)))
            self._facts.show()
        self.setAccessibleName(f"Working {self._number.text()}. {self._title.text()}. {self._facts.text()}")
        self._show_why()

    def forget(self) -> None:
        """Nothing of a coding stays."""
        self._shown, self._summary = None, None
        for part in (self._number, self._title, self._facts):
            part.setText("")
        self.setAccessibleName("")
        self._empty()

    def words(self) -> str:
        """What the pane says, for tests and assistive technology."""
        inside = [part.text() for part in self._why.findChildren(QLabel)]
        return "\n".join([self._number.text(), self._title.text(), self._facts.text(), *inside])

    def _empty(self) -> None:
        while (old := self._lines.takeAt(0)) is not None:
            widget = old.widget()
            if widget is not None:
                widget.setParent(None)  # at once: deleteLater alone leaves its words until the next turn
                widget.deleteLater()

    def _show_why(self) -> None:
        self._empty()
        found, summary = self._shown, self._summary
        wanted = self._more.isChecked() and found is not None and found.grouping is not None
        if wanted and found is not None and found.grouping is not None and summary is not None:
            grouping = found.grouping
            if grouping.before_hacs != grouping.drg.number:
                self._say(f"DRG {grouping.before_hacs:03d} were hospital-acquired conditions counted.", "strong")
            named = _names(summary)
            told = sorted(grouping.contributions, key=lambda c: list(Part).index(c.part))
            for contribution in told:
                self._say(f"{named(contribution.line_id)}  {contribution}", "" if _matters(contribution) else "muted")
            other = [a for a in found.alternatives if a.drg.number != grouping.drg.number]
            if other:
                self._say("If this were principal", "subheading")
            for alternative in other[:_MOST_ALTERNATIVES]:
                drg = alternative.drg
                self._say(f"{named(alternative.line_id)}  DRG {drg.number:03d} {drg.title}{_weight(drg)}", "")
        self._scroll.setVisible(bool(wanted) and not self._folded)

    def _say(self, text: str, role: str) -> None:
        self._lines.addWidget(label(text, role, wrap=True))


def _names(summary: CodingSummary) -> Callable[[LineId], str]:
    codes = {line.id: str(line.code) for line in summary.lines}
    return lambda line_id: codes.get(line_id, "")


def _matters(contribution: Contribution) -> bool:
    return contribution.part is not Part.NOTHING


def _weight(drg: Drg) -> str:
    return f" · weight {drg.weight:.4f}" if drg.weight is not None else ""


def _facts(found: WorkingDrg) -> list[str]:
    grouping = found.grouping
    if grouping is None:
        return []
    drg = grouping.drg
    facts = [f"MDC {drg.mdc:02d} {drg.mdc_title}"] if drg.mdc else []
    if drg.kind:
        facts.append(drg.kind.value)
    facts.append(f"with {grouping.severity}" if grouping.severity is not Severity.NONE else "no CC or MCC counts")
    if drg.weight is not None:
        facts.append(f"weight {drg.weight:.4f}")
    if drg.mean_stay is not None:
        facts.append(f"mean stay {drg.mean_stay:.1f} days")
    facts.append(f"MS-DRG {grouping.version_name}")
    return facts
