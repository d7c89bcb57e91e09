"""The widgets that may show chart text: which lines of ui/ use one that copies, drags, prints, saves or reads HTML."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
SEALED = "ui/sealed"
LOOKS_FOR_WIDGETS = "ui/tour"  # the practice tour finds widgets by their class, and makes none
LABELS = "ui/parts.py"

#: Classes whose text can be copied, dragged, remembered or taken out of the program.
NAMES = """QLineEdit QTextEdit QPlainTextEdit QTextBrowser QTableView QTreeView QListView QColumnView QTableWidget QTreeWidget
    QListWidget QUndoView QComboBox QFontComboBox QSpinBox QDoubleSpinBox QAbstractSpinBox QDateEdit QTimeEdit
    QDateTimeEdit QKeySequenceEdit QCompleter QFileDialog QInputDialog QMessageBox QErrorMessage QColorDialog QFontDialog
    QFileSystemModel QSettings QSystemTrayIcon QWhatsThis QDesktopServices QClipboard QDrag QMimeData QPrinter
    QPrintDialog QPrintPreviewDialog QPrintPreviewWidget QPageSetupDialog QPdfWriter QPdfView QWebEngineView QWebEnginePage
    QWebView QTextDocumentWriter QGraphicsTextItem QQuickWidget"""
RAW = frozenset(NAMES.split())
MODULES = ("QtPrintSupport", "QtWebEngine", "QtWebView", "QtPdf", "QtQuick", "QtQml", "QtHelp")
PLAIN = {"setTextFormat": "PlainText", "setTextInteractionFlags": "NoTextInteraction"}
TITLES = ("setWindowTitle", "setObjectName", "setWindowIconText", "setWindowFilePath", "setApplicationDisplayName")


def troubles(top: Path = TOP) -> list[str]:
    """`file:line: why`, for each line of ui/ outside ui/sealed that lets text out."""
    found = []
    for path in sorted((top / "ui").rglob("*.py")):
        name = path.relative_to(top).as_posix()
        if not name.startswith(SEALED + "/"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            found += [f"{name}:{line}: {why}" for line, why in sorted(set(_in_tree(tree, name)))]
    return found


def _in_tree(tree: ast.AST, name: str) -> Iterator[tuple[int, str]]:
    finds = name.startswith(LOOKS_FOR_WIDGETS + "/")
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from _in_import(node, finds=finds)
        elif isinstance(node, ast.Attribute):
            if node.attr in RAW:
                yield node.lineno, _raw(node.attr)
            elif node.attr == "clipboard":
                yield node.lineno, "the clipboard belongs into ui/sealed"
        elif isinstance(node, ast.Call):
            yield from _in_call(node, name)
        elif isinstance(node, ast.ClassDef):
            yield from (
                (node.lineno, _raw(base.id)) for base in node.bases if isinstance(base, ast.Name) and base.id in RAW
            )


def _raw(name: str) -> str:
    return f"{name} is not sealed; take one of ui/sealed"


def _in_import(node: ast.Import | ast.ImportFrom, *, finds: bool) -> Iterator[tuple[int, str]]:
    for module in _modules(node):
        if module.rpartition(".")[2].startswith(MODULES):
            yield node.lineno, f"{module} prints, browses or copies"
    if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("PySide6") and not finds:
        for alias in node.names:
            if alias.name in RAW or alias.name == "*":
                yield node.lineno, _raw(alias.name)


def _modules(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    if isinstance(node, ast.ImportFrom):
        yield node.module or ""
        if node.module == "PySide6":
            yield from (alias.name for alias in node.names)
    else:
        yield from (alias.name for alias in node.names)


def _in_call(node: ast.Call, name: str) -> Iterator[tuple[int, str]]:
    called = node.func.id if isinstance(node.func, ast.Name) else ""
    if called in RAW:
        yield node.lineno, _raw(called)
    elif called == "QLabel" and name != LABELS and (node.args or node.keywords):
        yield node.lineno, "a QLabel with words guesses at HTML; take ui.parts.label"
    if not isinstance(node.func, ast.Attribute) or not node.args:
        return
    verb, first = node.func.attr, node.args[0]
    if verb in PLAIN and not (isinstance(first, ast.Attribute) and first.attr == PLAIN[verb]):
        yield node.lineno, f"{verb} other than {PLAIN[verb]}: server text is plain and cannot be selected"
    elif verb in TITLES and not (isinstance(first, ast.Constant) and isinstance(first.value, str)):
        yield node.lineno, f"{verb} takes fixed words only, or a chart may get into a title"


if __name__ == "__main__":
    lines = troubles()
    print("\n".join(lines) or "Every widget that shows chart text is sealed.")
    sys.exit(bool(lines))
