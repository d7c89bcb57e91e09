"""What the rules say of a query while it is written: which rule, why, the offered fix, and room for a justification."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from ui.parts import button, label, row
from ui.query.words import WEIGHT_TONES
from ui.sealed.fields import SealedLine
from ui.sealed.tips import plain_tip
from workstation.domain.queries.finding import QueryFinding, Weight
from workstation.domain.queries.query import ProviderQuery

_WEIGHT_WORDS = {
    Weight.BLOCK: "Mend it first",
    Weight.ATTESTATION: "Attest it, or ask a colleague",
    Weight.WARNING: "Mend it, or say why it stands",
    Weight.INFORMATION: "For your information",
}


class FindingRows(QWidget):
    """One strip a finding, the gravest first. The strips are kept while their findings stay: typing goes on in them."""

    mended = Signal(object)  # ProviderQuery
    justified = Signal(str, str)  # rule, words
    attested = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._shown: tuple[tuple[object, ...], ...] = ()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)

    def show_findings(self, found: tuple[QueryFinding, ...], query: ProviderQuery, *, reviewed: bool) -> None:
        key = tuple((f.rule, f.weight, f.text, f.fix, f.mended is not None, reviewed) for f in found)
        self._offers = {at: finding.mended for at, finding in enumerate(found)}
        if key == self._shown:
            return
        self._shown = key
        while (old := self._column.takeAt(0)) is not None:
            widget = old.widget()
            if widget is not None:
                widget.setParent(None)
                widget.deleteLater()
        for at, finding in enumerate(found):
            self._column.addWidget(self._strip(at, finding, query, reviewed=reviewed))

    def _strip(self, at: int, finding: QueryFinding, query: ProviderQuery, *, reviewed: bool) -> QFrame:
        strip = QFrame()
        strip.setProperty("kind", "banner")
        strip.setProperty("tone", WEIGHT_TONES[finding.weight])
        column = QVBoxLayout(strip)
        column.setContentsMargins(10, 6, 8, 6)
        column.setSpacing(4)
        column.addWidget(label(finding.text, wrap=True))
        asks = _WEIGHT_WORDS[finding.weight]
        if finding.weight is Weight.ATTESTATION and reviewed:
            asks = "A colleague agreed"
        why = label(f"{finding.rule} · {asks}. {finding.why}", "caption", wrap=True)
        column.addWidget(why)
        if finding.mended is not None:
            fix = button(finding.fix or "Mend it", "secondary")
            fix.setAccessibleName(f"{finding.fix or 'Mend it'} ({finding.rule})")
            fix.clicked.connect(lambda _=False, at=at: self.mended.emit(self._offers[at]))
            column.addLayout(row(fix, None))
        if finding.weight is Weight.WARNING:
            said = query.justification(finding.rule)
            column.addWidget(self._line(f"Why {finding.rule} stands all the same", said, finding.rule))
        elif finding.weight is Weight.ATTESTATION and not reviewed:
            column.addWidget(self._line("I attest that this is pertinent, because…", query.attestation, ""))
        strip.setAccessibleName(f"{finding.rule}: {finding.text} {asks}")
        strip.setToolTip(plain_tip(finding.why))
        return strip

    def _line(self, asks: str, text: str, rule: str) -> SealedLine:
        field = SealedLine()
        field.setPlaceholderText(asks)
        field.setAccessibleName(asks)
        field.setText(text)
        timer = QTimer(field)
        timer.setSingleShot(True)
        timer.setInterval(300)

        def tell() -> None:
            if rule:
                self.justified.emit(rule, field.text())
            else:
                self.attested.emit(field.text())

        timer.timeout.connect(tell)
        field.textEdited.connect(lambda _: timer.start())
        field.editingFinished.connect(tell)
        return field
