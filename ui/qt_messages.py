"""Qt's complaints, by kind and place: their text may name what a widget shows, so it is not written."""

from __future__ import annotations

import logging
import re

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

log = logging.getLogger(__name__)

_WORTH = {
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


def hear_qt() -> None:
    """From now on a complaint of Qt is a log line that says which function complained."""
    qInstallMessageHandler(_heard)


def _heard(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    level = _WORTH.get(kind)
    if level is not None:
        by = re.match(r"Q[A-Za-z]+(::[A-Za-z]+)?(?=[:( ])|This plugin does not support [A-Za-z]+", text)
        log.log(level, "Qt: %s, %s", str(context.category), by.group() if by else "no place given")
