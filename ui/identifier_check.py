"""Says below a field, while one types, that its words say who the patient is; one key puts neutral words there."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QToolButton, QVBoxLayout, QWidget

from ui.parts import banner, row, say, shortcut
from ui.sealed.fields import SealedLine, SealedText
from ui.theme import Theme, dress
from workstation.domain.own_words import Find, Named, nobody, taken_out

DEBOUNCE_MS = 150
KEYS = "Alt+Return"


class IdentifierCheck(QObject):
    """Lives with its field. Put `hint` below the field; a field that `blocks` stops finalize and sending."""

    changed = Signal(bool)  # blocks

    def __init__(self, field: SealedLine | SealedText, theme: Callable[[], Theme], find: Find = nobody) -> None:
        super().__init__(field)
        self._field, self._theme, self._find = field, theme, find
        self._named: tuple[Named, ...] = ()
        self._said = ""
        self._build()
        self._typed = QTimer(self)
        self._typed.setSingleShot(True)
        self._typed.setInterval(DEBOUNCE_MS)
        self._typed.timeout.connect(self.look)
        field.textChanged.connect(self._later)
        shortcut(field, KEYS, self.take_out, "Take out what says who the patient is")
        self.look()

    def _build(self) -> None:
        self.hint = QWidget()
        self._words = banner("danger")
        self._button = QToolButton()
        self._button.setProperty("kind", "chip")
        self._button.setText(f"Take it out ({KEYS.replace('Return', 'Enter')})")
        self._button.setAccessibleName(self._button.text())
        self._button.clicked.connect(self.take_out)
        column = QVBoxLayout(self.hint)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self._words)
        column.addLayout(row(self._button, None))
        self.hint.hide()

    @property
    def blocks(self) -> bool:
        """Whether the field says who the patient is, as far as it was looked at."""
        return bool(self._named)

    def use(self, find: Find) -> None:
        """Another patient's identifiers, or `nobody`; what stands in the field is looked at now."""
        self._find = find
        self.look()

    def look(self) -> None:
        """Look at the field now; typing looks by itself, a moment later."""
        self._typed.stop()
        named = () if self._field.isReadOnly() else self._find(self._text())
        before, self._named = self.blocks, named
        self._show()
        if self.blocks is not before:
            self.changed.emit(self.blocks)

    def _later(self, *_: str) -> None:
        self._typed.start()

    def take_out(self) -> None:
        """Put neutral words in place of everything that was found."""
        self.look()
        text = self._text()
        for start, end, kind in reversed(self._named):
            self._field.replace(start, end, taken_out(text, (start, end, kind)))
        self.look()
        self._field.setFocus()

    def _text(self) -> str:
        return self._field.text() if isinstance(self._field, SealedLine) else self._field.toPlainText()

    def _show(self) -> None:
        words = _hint(self._text(), self._named)
        say(self._words, words)
        self.hint.setVisible(bool(words) and self.hint.parentWidget() is not None)
        dress(self._field, state="error" if words else "")
        if isinstance(self._field, SealedText):
            theme = self._theme()
            where = [(start, end) for start, end, _ in self._named]
            self._field.underline(where, theme.colour("danger"), theme.colour("danger_soft"))
        if words and words != self._said:
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self._field, words))
        self._said = words


def _hint(text: str, named: tuple[Named, ...]) -> str:
    """The kinds and their neutral words, each once; never what was typed."""
    found = {kind: taken_out(text, (start, end, kind)).removesuffix("'s") for start, end, kind in named}
    if not found:
        return ""
    kinds = " and the ".join(found)
    instead = "” and “".join(words[0].lower() + words[1:] for words in found.values())
    return f"This looks like the {kinds}: say “{instead}” instead."
