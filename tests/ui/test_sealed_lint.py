"""Only sealed widgets are used, and a line that uses another is found."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def _tool() -> dict:
    return runpy.run_path(str(ROOT / "packaging/setup/widgets.py"))


def test_no_screen_uses_a_widget_that_lets_text_out() -> None:
    assert _tool()["troubles"]() == []


BAD = {
    "an import": "from PySide6.QtWidgets import QLineEdit",
    "a module": "from PySide6 import QtWidgets\nfield = QtWidgets.QTextEdit()",
    "a renamed import": "from PySide6.QtWidgets import QTableView as Table",
    "everything at once": "from PySide6.QtWidgets import *",
    "a file dialog": "from PySide6.QtWidgets import QFileDialog",
    "printing": "from PySide6.QtPrintSupport import QPrintDialog",
    "printing as a whole": "from PySide6 import QtPrintSupport",
    "a browser": "import PySide6.QtWebEngineWidgets",
    "settings": "from PySide6.QtCore import QSettings",
    "a message box": "from PySide6.QtWidgets import QMessageBox",
    "a combo box": "from PySide6.QtWidgets import QComboBox",
    "the clipboard": "QApplication.clipboard().setText('x')",
    "text to select": "made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)",
    "HTML": "made.setTextFormat(Qt.TextFormat.RichText)",
    "guessed HTML": "from PySide6.QtWidgets import QLabel\nQLabel(words)",
    "a title": "window.setWindowTitle(f'{patient}')",
    "a name": "card.setObjectName(line.title)",
}


@pytest.mark.parametrize("what", BAD)
def test_a_line_that_lets_text_out_is_found(what: str, tmp_path: Path) -> None:
    page = tmp_path / "ui" / "worklist" / "page.py"
    page.parent.mkdir(parents=True)
    page.write_text(BAD[what] + "\n", encoding="utf-8")
    found = _tool()["troubles"](tmp_path)
    assert len(found) >= 1
    assert all(line.startswith("ui/worklist/page.py:") for line in found)


@pytest.mark.parametrize("line", ["field = QLineEdit()", "class Mine(QTableView): ..."])
def test_the_tour_may_look_for_a_widget_and_not_make_one(line: str, tmp_path: Path) -> None:
    desk = tmp_path / "ui" / "tour" / "desk.py"
    desk.parent.mkdir(parents=True)
    desk.write_text("from PySide6.QtWidgets import QLineEdit, QTableView\nwindow.findChildren(QLineEdit)\n")
    assert _tool()["troubles"](tmp_path) == []
    desk.write_text(f"from PySide6.QtWidgets import QLineEdit, QTableView\n{line}\n")
    assert len(_tool()["troubles"](tmp_path)) == 1


def test_sealed_widgets_are_where_the_others_are_tamed(tmp_path: Path) -> None:
    sealed = tmp_path / "ui" / "sealed" / "fields.py"
    sealed.parent.mkdir(parents=True)
    sealed.write_text(BAD["an import"])
    assert _tool()["troubles"](tmp_path) == []
