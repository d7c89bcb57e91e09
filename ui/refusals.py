"""A blocked attempt put on record, and answered with the verb that does what the coder wanted."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QWidget

from ui.room import Room
from ui.sealed.fields import SealedLine, SealedText
from ui.sealed.held_keys import HeldKeys
from ui.sealed.images import PageView
from ui.sealed.seal import Seal
from ui.sealed.tables import SealedTable
from ui.sealed.viewer import Viewer
from workstation.domain.audit import Act, Intent
from workstation.domain.policy import Policy

_OTHER = {
    "print": "Printing and saving are off. Put the encounter on hold, or hand it back, under More beside the summary.",
    "drag": "Dragging is off. Mark a passage and press E to cite it as evidence.",
    "menu": "There are no menus under the mouse. Every verb is a button on its screen or a key named beside it.",
    "screenshot": "Pictures of the screen are off. Lock with Ctrl+L before you show it to somebody.",
}


class Refusals(QObject):
    """Joins the seal to the journal and the notices. Before the desk is open nothing is recorded: nothing is shown."""

    def __init__(self, seal: Seal, room: Room, policy: Callable[[], Policy], parent: QObject) -> None:
        super().__init__(parent)
        self._seal, self._room, self._policy = seal, room, policy
        seal.code_in_hand = self._code
        seal.blocked.connect(self._blocked)
        seal.code_wanted.connect(self._copy_code)

    def _code(self) -> str:
        if self._room.desk is None or not self._policy().code_copy:
            return ""
        return code_in_hand(QApplication.focusWidget())

    def _blocked(self, what: str) -> None:
        if self._room.desk is None:
            return
        self._room.notices.say(instead(what, QApplication.focusWidget()), "warning", passing=True)
        self._room.when_done(self._room.open_desk.ask(Intent(Act.COPY_BLOCKED, reason=what)), of=self)

    def _copy_code(self, code: str) -> None:
        """On record first, as everything that leaves the desk."""

        def put(_intent: str) -> None:
            self._seal.put_code(code)
            self._room.notices.say(f"{code} is on the clipboard. A lock takes it away.", "info")

        self._room.when_done(self._room.open_desk.ask(Intent(Act.CODE_COPY, reason=code)), put, of=self)


def code_in_hand(focus: QWidget | None) -> str:
    """The code under the keyboard: the finder's answer, or the summary's line. Not that of a field one is typing in."""
    widget = focus
    while widget is not None:
        told: Callable[[], str] | None = getattr(widget, "code_in_hand", None)
        if told is not None and (focus is widget or getattr(widget, "field", None) is focus):
            return told()
        widget = widget.parentWidget()
    return ""


def instead(what: str, focus: QWidget | None) -> str:
    """What to do instead, where the coder stands."""
    if what != "copy":
        return _OTHER[what]
    if isinstance(focus, Viewer):
        return "Copying is off. Mark a passage and press E to cite it as evidence."
    if isinstance(focus, PageView):
        return "Copying is off. Press X to capture a region for a query, with the patient's identifiers painted out."
    if isinstance(focus, HeldKeys):
        return "Copying is off. What you capture here goes into a query and nowhere else; Escape keeps nothing."
    if isinstance(focus, SealedTable):
        return "Copying is off. Enter opens the line; what you saw here can be said in a code's rationale (R)."
    if focus is not None and callable(getattr(focus, "code_in_hand", None)):
        return "Copying is off. This code is in the summary already; it goes to the server with Finalize."
    if isinstance(focus, SealedLine | SealedText):
        return "Copying is off. Words typed here stay where they are, also through a lock."
    return "Copying is off. Open a document, mark a passage and press E to cite it as evidence."
