"""What the rules say of a query while it is written: which rule, why, the offered fix, and room for a justification."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from ui.identifier_check import IdentifierCheck
from ui.parts import button, label, row
from ui.query.words import WEIGHT_TONES
from ui.sealed.fields import SealedLine
from ui.theme import Theme
from workstation.domain.own_words import Find, nobody
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

    def __init__(self, theme: Callable[[], Theme]) -> None:
        super().__init__()
        self._theme = theme
        self.names: Find = nobody  # what names this patient, in a justification too
        self._offers: dict[int, ProviderQuery | None] = {}
        self._stops: list[QWidget] = []
        self._checks: list[IdentifierCheck] = []
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
        self._stops, self._checks = [], []
        while (old := self._column.takeAt(0)) is not None:
            widget = old.widget()
            if widget is not None:
                widget.setParent(None)
                widget.deleteLater()
        together: dict[tuple[str, Weight], list[int]] = {}
        for at, finding in enumerate(found):
            together.setdefault((finding.rule, finding.weight), []).append(at)
        for places in together.values():
            self._column.addWidget(self._strip({at: found[at] for at in places}, query, reviewed=reviewed))

    def forget(self) -> None:
        """Nothing of a chart stays."""
        self._shown, self._offers, self._stops, self._checks = (), {}, [], []
        while (old := self._column.takeAt(0)) is not None:
            widget = old.widget()
            if widget is not None:
                widget.setParent(None)
                widget.deleteLater()

    def next_stop(self) -> QWidget | None:
        """The fix or line after the one that has the keyboard; the first after the last."""
        at = next((n for n, widget in enumerate(self._stops) if widget.hasFocus()), -1)
        return self._stops[(at + 1) % len(self._stops)] if self._stops else None

    def _strip(self, found: dict[int, QueryFinding], query: ProviderQuery, *, reviewed: bool) -> QFrame:
        """All findings of one rule in one strip: what is wrong, each with its fix, then why, once."""
        finding = next(iter(found.values()))
        strip = QFrame()
        strip.setProperty("kind", "banner")
        strip.setProperty("tone", WEIGHT_TONES[finding.weight])
        column = QVBoxLayout(strip)
        column.setContentsMargins(10, 6, 8, 6)
        column.setSpacing(4)
        for at, each in found.items():
            column.addWidget(label(each.text, wrap=True))
            if each.mended is not None:
                fix = button(each.fix or "Mend it", "secondary")
                fix.setAccessibleName(f"{each.fix or 'Mend it'} ({each.rule}): {each.text}")
                fix.clicked.connect(lambda _=False, at=at: self.mended.emit(self._offers[at]))
                column.addLayout(row(fix, None))
                self._stops.append(fix)
        asks = _WEIGHT_WORDS[finding.weight]
        if finding.weight is Weight.ATTESTATION and reviewed:
            asks = "A colleague agreed"
        column.addWidget(label(f"{finding.rule} · {asks}. {finding.why}", "caption", wrap=True))
        if finding.weight is Weight.WARNING:
            said = query.justification(finding.rule)
            line = self._line(f"Why {finding.rule} stands all the same", said, finding.rule)
            column.addWidget(line)
            column.addWidget(self._checks[-1].hint)
        elif finding.weight is Weight.ATTESTATION and not reviewed:
            line = self._line("I attest that this is pertinent, because…", query.attestation, "")
            column.addWidget(line)
            column.addWidget(self._checks[-1].hint)
        strip.setAccessibleName(f"{finding.rule}: {' '.join(each.text for each in found.values())} {asks}")
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
        self._checks.append(IdentifierCheck(field, self._theme, self.names))
        field.textEdited.connect(lambda _: timer.start())
        field.editingFinished.connect(tell)
        self._stops.append(field)
        return field
