"""Whether the desk may still show itself: not after the computer slept, nor once its coder was away too long."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtWidgets import QApplication

GAP_SECONDS = 10.0  # the desk's own pulse comes every second: such a silence was sleep, or as good as that

_KEYS_AND_TOUCHES = frozenset(
    {
        QEvent.Type.ShortcutOverride,
        QEvent.Type.KeyPress,
        QEvent.Type.KeyRelease,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseButtonRelease,
        QEvent.Type.MouseButtonDblClick,
        QEvent.Type.MouseMove,
        QEvent.Type.Wheel,
        QEvent.Type.TouchBegin,
        QEvent.Type.TouchUpdate,
        QEvent.Type.TabletPress,
        QEvent.Type.TabletMove,
    }
)
_PAINTS = frozenset({QEvent.Type.Paint, QEvent.Type.UpdateRequest, QEvent.Type.Expose})
_WITHHELD = _KEYS_AND_TOUCHES | _PAINTS
_LOOKED_AT = _WITHHELD | {QEvent.Type.Timer}


class Vigil(QObject):
    """The guard locks; but a resumed desk could paint, or take a key, before the guard has looked at its clock.

    From the first event after a gap on, nothing is painted and no input arrives; `lapsed` says why, once: `idle`
    or `suspend`. Install it after every other filter: the last one is asked first.
    """

    lapsed = Signal(str)

    def __init__(self, app: QApplication, boot: Callable[[], float], left: Callable[[], float]) -> None:
        """`left` gives the seconds until the desk is idle for too long; `boot` is the clock that counts sleep."""
        super().__init__(app)
        self._boot, self._left = boot, left
        self._last: float | None = None
        self._over = False
        app.installEventFilter(self)

    def begin(self) -> None:
        """A coder has come in."""
        self._last = self._boot()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if self._last is None or kind not in _LOOKED_AT:
            return False
        if not self._over:
            self._look()
        return self._over and kind in _WITHHELD

    def _look(self) -> None:
        now = self._boot()
        last, self._last = self._last, now
        slept = last is not None and now - last > GAP_SECONDS
        if slept or self._left() <= 0:
            self._over = True
            self.lapsed.emit("suspend" if slept else "idle")
