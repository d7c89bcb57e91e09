"""One assigned code as a card: POA and evidence by letters, its findings with a way to mend them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from ui.icons import icon
from ui.identifier_check import IdentifierCheck
from ui.parts import label, row
from ui.sealed.fields import SealedLine
from ui.sealed.tips import plain_tip
from ui.theme import Theme, dress
from workstation.domain.coding import Line, LineKind, PoaIndicator
from workstation.domain.edits import IDENTIFIER, Finding, Level
from workstation.domain.own_words import Find, nobody

if TYPE_CHECKING:
    pass

_TONES = {Level.ERROR: "danger", Level.WARNING: "warning", Level.INFORMATION: "info"}
_ICONS = {Level.ERROR: "octagon-alert", Level.WARNING: "triangle-alert", Level.INFORMATION: "info"}
_POA_WORDS = {
    PoaIndicator.YES: "present on admission",
    PoaIndicator.NO: "not present on admission",
    PoaIndicator.UNDOCUMENTED: "documentation insufficient",
    PoaIndicator.UNDETERMINED: "clinically undetermined",
    PoaIndicator.EXEMPT: "exempt from POA reporting",
}
_POA_KEYS = {
    Qt.Key.Key_Y: PoaIndicator.YES,
    Qt.Key.Key_N: PoaIndicator.NO,
    Qt.Key.Key_U: PoaIndicator.UNDOCUMENTED,
    Qt.Key.Key_W: PoaIndicator.UNDETERMINED,
}


_MOST_OFFERED = 3  # codes offered below a finding


class LineCard(QFrame):
    """One assigned code. Focus chooses it; letters act on it."""

    chosen = Signal(str)
    poa = Signal(str, object)
    performed = Signal(str, object)
    rationale = Signal(str, str)
    jump = Signal(object)
    uncite = Signal(str, object)
    verb = Signal(str, str)
    service = Signal(str, tuple, int, str)

    def __init__(
        self, theme: Theme, line: Line, role: str, *, inpatient: bool, editable: bool, find: Find = nobody
    ) -> None:
        super().__init__()
        self.line = line
        self._editable = editable
        self.setProperty("kind", "assigned")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._theme = theme
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(10, 8, 8, 8)
        self._column.setSpacing(4)
        code = label(str(line.code), "code")
        title = label(line.title or "CPT code", wrap=True)
        verbs = [
            self._tool("arrow-up", "Up (Alt+Up)", "up"),
            self._tool("arrow-down", "Down (Alt+Down)", "down"),
            self._tool("trash-2", "Remove (Delete)", "remove"),
        ]
        top = row(code, label(role, "caption"), None, *(verbs if editable else ()), spacing=8)
        self._column.addLayout(top)
        self._column.addWidget(title)
        if line.kind is LineKind.DIAGNOSIS and inpatient:
            self._column.addLayout(self._poa_row())
        if line.kind is LineKind.PROCEDURE:
            self._column.addLayout(self._date_row())
        if line.kind is LineKind.SERVICE:
            self._column.addLayout(self._service_row())
        self._evidence = QVBoxLayout()
        self._evidence.setSpacing(2)
        self._column.addLayout(self._evidence)
        self._show_evidence()
        self._rationale = SealedLine()
        self._rationale.setPlaceholderText("Rationale (R)")
        self._rationale.setAccessibleName(f"Rationale for {line.code}")
        self._rationale.setText(line.rationale)
        if not line.rationale:
            self._rationale.hide()
        self._rationale.setReadOnly(not editable)
        self._typed = QTimer(self)
        self._typed.setSingleShot(True)
        self._typed.setInterval(1200)
        self._typed.timeout.connect(self.commit)
        self._rationale.textEdited.connect(lambda _: self._typed.start())
        self._rationale.editingFinished.connect(self.commit)
        self._column.addWidget(self._rationale)
        self.check = IdentifierCheck(self._rationale, lambda: theme, find)
        self._column.addWidget(self.check.hint)
        self.check.look()
        self._findings = QVBoxLayout()
        self._findings.setSpacing(2)
        self._column.addLayout(self._findings)
        poa = f", POA {_POA_WORDS[line.poa]}" if line.poa else ""
        self.setAccessibleName(f"{role} {line.code} {line.title}{poa}")

    def _tool(self, picture: str, name: str, verb: str) -> QToolButton:
        tool = QToolButton()
        tool.setProperty("kind", "bare")
        tool.setIcon(icon(picture, self._theme, 14, role="muted"))
        tool.setToolTip(name)
        tool.setAccessibleName(f"{name} {self.line.code}")
        tool.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        tool.clicked.connect(lambda _=False: self.verb.emit(self.line.id, verb))
        return tool

    def _poa_row(self) -> QHBoxLayout:
        made = row(label("POA", "caption"), spacing=2)
        exempt = self.line.poa is PoaIndicator.EXEMPT
        for value in (PoaIndicator.EXEMPT,) if exempt else tuple(_POA_KEYS.values()):
            choice = QToolButton()
            choice.setProperty("kind", "chip")
            choice.setText("Exempt" if value is PoaIndicator.EXEMPT else value.value)
            choice.setCheckable(True)
            choice.setChecked(self.line.poa is value)
            choice.setEnabled(self._editable and not exempt)
            choice.setToolTip(f"{value.value}: {_POA_WORDS[value]}")
            choice.setAccessibleName(f"POA {_POA_WORDS[value]}")
            choice.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            choice.clicked.connect(lambda _=False, value=value: self.poa.emit(self.line.id, value))
            made.addWidget(choice)
        made.addStretch()
        return made

    def _date_row(self) -> QHBoxLayout:
        self._date = SealedLine()
        self._date.setFixedWidth(120)
        self._date.setPlaceholderText("YYYY-MM-DD")
        self._date.setAccessibleName(f"Date of {self.line.code}")
        self._date.setText(self.line.performed_on.isoformat() if self.line.performed_on else "")
        self._date.setReadOnly(not self._editable)
        self._date.editingFinished.connect(self._read_date)
        return row(label("Performed", "caption"), self._date, None, spacing=6)

    def _read_date(self) -> None:
        text = self._date.text().strip()
        try:
            on = date.fromisoformat(text) if text else None
        except ValueError:
            dress(self._date, state="error")
            self._date.setToolTip("Write the day as year-month-day, such as 2026-11-09.")
            return
        dress(self._date, state="")
        if on != self.line.performed_on:
            self.performed.emit(self.line.id, on)

    def _service_row(self) -> QHBoxLayout:
        """Modifiers, units and the drug code of a service line, each kept when its field is left."""
        shown = (" ".join(self.line.modifiers), str(self.line.units), self.line.ndc)
        fields: list[SealedLine] = []
        for text, name, width, hint in zip(
            shown, ("Modifiers", "Units", "NDC"), (90, 48, 130), ("25 LT", "1", "5-4-2"), strict=True
        ):
            field = SealedLine()
            field.setFixedWidth(width)
            field.setPlaceholderText(hint)
            field.setAccessibleName(f"{name} of {self.line.code}")
            field.setText(text)
            field.setReadOnly(not self._editable)
            field.editingFinished.connect(self._read_service)
            fields.append(field)
        self._modifiers, self._units, self._ndc = fields
        parts = (label("Modifiers", "caption"), self._modifiers, label("Units", "caption"), self._units)
        return row(*parts, label("NDC", "caption"), self._ndc, None, spacing=6)

    def _read_service(self) -> None:
        modifiers = tuple(self._modifiers.text().upper().replace(",", " ").split())
        units = self._units.text().strip()
        dress(self._units, state="" if units.isdigit() else "error")
        if not units.isdigit() or len(units) > 4:
            self._units.setToolTip("Write the units as a number, 1 to 9999.")
            return
        told = (modifiers, int(units), self._ndc.text().strip())
        if told != (self.line.modifiers, self.line.units, self.line.ndc):
            self.service.emit(self.line.id, *told)

    def _show_evidence(self) -> None:
        for passage in self.line.evidence:
            words = " ".join(passage.text.split())
            link = QToolButton()
            link.setProperty("kind", "bare")
            link.setIcon(icon("quote", self._theme, 12, role="muted"))
            link.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            link.setText(words if len(words) <= 44 else words[:43] + "…")
            link.setToolTip("Jump to it (J)")
            link.setAccessibleName(f"Evidence for {self.line.code}: {words}")
            link.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            link.clicked.connect(lambda _=False, passage=passage: self.jump.emit(passage))
            away = QToolButton()
            away.setProperty("kind", "bare")
            away.setIcon(icon("unlink", self._theme, 12, role="muted"))
            away.setToolTip("Take this evidence away")
            away.setAccessibleName(f"Take away evidence: {words}")
            away.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            if not self._editable:  # never setVisible(True) before it has a parent: that opens a window
                away.hide()
            away.clicked.connect(lambda _=False, passage=passage: self.uncite.emit(self.line.id, passage))
            self._evidence.addLayout(row(link, None, away, spacing=2))

    def show_findings(self, found: tuple[Finding, ...]) -> None:
        while (old := self._findings.takeAt(0)) is not None:
            widget = old.widget()
            if widget is not None:
                widget.deleteLater()
        for finding in found:
            if finding.rule == IDENTIFIER and self.check.blocks:
                continue  # said below the field already
            self._findings.addWidget(finding_label(finding))
            if self._editable and (finding.replacements or _may_override(finding)):
                self._findings.addWidget(self._ways_out(finding))
        dress(self, state="error" if any(f.level is Level.ERROR for f in found) else "")

    def _ways_out(self, finding: Finding) -> QWidget:
        """Codes that would mend it, and the override, as small buttons below a finding."""
        made = QWidget()
        ways = [(f"Use {code}", f"use {code.bare}") for code in finding.replacements[:_MOST_OFFERED]]
        if _may_override(finding):
            ways.append(("Override (O)", "override"))
        chips: list[QWidget] = []
        for words, verb in ways:
            chip = QToolButton()
            chip.setProperty("kind", "chip")
            chip.setText(words)
            chip.setAccessibleName(f"{words}: {self.line.code}")
            chip.clicked.connect(lambda _=False, verb=verb: self.verb.emit(self.line.id, verb))
            chips.append(chip)
        made.setLayout(row(*chips, None, spacing=4))
        return made

    def code_in_hand(self) -> str:
        return str(self.line.code)

    def commit(self) -> None:
        """Hand over a rationale that was typed and not yet kept."""
        self._typed.stop()
        if self._rationale.text() != self.line.rationale:
            self.rationale.emit(self.line.id, self._rationale.text())

    def go_on_typing(self, former: LineCard) -> bool:
        """Take over what was typed in the card this one replaces; whether the keyboard was in its rationale."""
        typed, at = former._rationale.text(), former._rationale.cursorPosition()
        if self._editable and typed not in (former.line.rationale, self.line.rationale):
            self._rationale.setText(typed)
            self._rationale.show()
            self._typed.start()
        self._rationale.setCursorPosition(at)
        return former._rationale.hasFocus()

    def write_rationale(self) -> None:
        self._rationale.show()
        self._rationale.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, alt = event.key(), bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        poa = _POA_KEYS.get(Qt.Key(key)) if not event.modifiers() else None
        if not self._editable and key not in (Qt.Key.Key_J, Qt.Key.Key_Up, Qt.Key.Key_Down):
            super().keyPressEvent(event)
        elif poa is not None and self.line.poa is not PoaIndicator.EXEMPT:
            self.poa.emit(self.line.id, poa)
        elif key == Qt.Key.Key_Delete:
            self.verb.emit(self.line.id, "remove")
        elif key == Qt.Key.Key_P:
            self.verb.emit(self.line.id, "principal")
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            up = key == Qt.Key.Key_Up
            self.verb.emit(self.line.id, ("up" if up else "down") if alt else ("before" if up else "after"))
        elif key == Qt.Key.Key_J and self.line.evidence:
            self.jump.emit(self.line.evidence[0])
        elif key == Qt.Key.Key_O:
            self.verb.emit(self.line.id, "override")
        elif key == Qt.Key.Key_R:
            self.write_rationale()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus()
        super().mousePressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.chosen.emit(self.line.id)
        super().focusInEvent(event)


def _may_override(finding: Finding) -> bool:
    return finding.overridable and finding.level is Level.ERROR


def finding_label(finding: Finding) -> QLabel:
    """What is wrong, and how to mend it; the source is in the tooltip."""
    if finding.level is Level.INFORMATION:  # said in one line; the rest is a tooltip and F2 away
        made = label(finding.text, "caption", wrap=True)
        made.setToolTip(plain_tip(f"{finding.fix}\nRule {finding.rule}: {finding.source}"))
    else:
        made = label(f"{finding.text} {finding.fix}", wrap=True)
        made.setProperty("kind", "banner")
        made.setProperty("tone", _TONES[finding.level])
        made.setToolTip(plain_tip(f"Rule {finding.rule}: {finding.source}"))
    made.setAccessibleName(f"{finding.level.name.capitalize()}: {finding.text} {finding.fix}")
    return made
