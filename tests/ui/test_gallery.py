"""The gallery: every kind of widget, in both themes, drawn without a warning and kept in build/ for the eye."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from PySide6.QtCore import QDate, QSize, Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QApplication,
    QBoxLayout,
    QCheckBox,
    QComboBox,
    QDateEdit,
    QFrame,
    QGridLayout,
    QGroupBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QListWidget,
    QMainWindow,
    QMenu,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QRadioButton,
    QSpinBox,
    QSplitter,
    QTableView,
    QTabWidget,
    QToolButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ui.icons import icon, names, pixmap
from ui.theme import Theme, apply_theme

BUILD = Path(__file__).resolve().parents[2] / "build"


def _label(text: str, **properties: str) -> QLabel:
    label = QLabel(text)
    for name, value in properties.items():
        label.setProperty(name, value)
    return label


def _button(text: str, theme: Theme, kind: str = "", picture: str = "", *, enabled: bool = True) -> QPushButton:
    button = QPushButton(text)
    if kind:
        button.setProperty("kind", kind)
    if picture:
        role = {"primary": "on_accent", "danger": "on_danger", "quiet": "accent"}.get(kind, "text")
        button.setIcon(icon(picture, theme, 16, role=role))
    button.setEnabled(enabled)
    return button


def _fill(layout: QBoxLayout, widgets: Iterable[QWidget], *, stretch: bool = True) -> QBoxLayout:
    for widget in widgets:
        layout.addWidget(widget)
    if stretch:
        layout.addStretch()
    return layout


def _card(*widgets: QWidget) -> QFrame:
    card = QFrame()
    card.setProperty("kind", "card")
    layout = QVBoxLayout(card)
    layout.setContentsMargins(16, 12, 16, 16)
    layout.setSpacing(8)
    _fill(layout, widgets)
    return card


def _row(*widgets: QWidget) -> QWidget:
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    _fill(layout, widgets)
    return row


def _words() -> QFrame:
    return _card(
        _label("Worklist", role="title"),
        _label("Chronic obstructive pulmonary disease", role="heading"),
        _label("Clinical indicators", role="subheading"),
        _label("Discharged 14 days ago, awaiting one query"),
        _label("Account 40117-2 \N{MIDDLE DOT} Medicine", role="muted"),
        _label("Last checked at 09:41", role="caption"),
        _label("J44.1  5A1935Z  MS-DRG 190", role="code"),
        _row(
            *(
                _label(tone or "badge", kind="badge", tone=tone)
                for tone in ("", "accent", "info", "success", "warning", "danger")
            )
        ),
        _row(_label("Name hidden", kind="chip"), _label("Ctrl+K", kind="key")),
    )


def _buttons(theme: Theme) -> QFrame:
    menu = QPushButton("More")
    menu.setMenu(QMenu(menu))
    tools = [QToolButton() for _ in range(4)]
    for tool, name in zip(tools, ("zoom-in", "zoom-out", "columns-2", "highlighter"), strict=True):
        tool.setIcon(icon(name, theme))
        tool.setIconSize(QSize(18, 18))
        tool.setCheckable(True)
    tools[3].setChecked(True)
    tools[1].setEnabled(False)
    return _card(
        _label("Buttons", role="subheading"),
        _row(
            _button("Finalize", theme, "primary", "check"),
            _button("Put on hold", theme, "", "pause"),
            _button("Undo", theme, "quiet", "undo-2"),
            _button("Discard", theme, "danger", "trash-2"),
        ),
        _row(
            *(
                _button(text, theme, kind, enabled=False)
                for text, kind in (("Finalize", "primary"), ("Hold", ""), ("Undo", "quiet"), ("Discard", "danger"))
            )
        ),
        _row(*tools, menu),
    )


def _fields() -> QFrame:
    search, code, wrong, off = QLineEdit(), QLineEdit("I50.23"), QLineEdit("2026-13-01"), QLineEdit("not now")
    search.setPlaceholderText("Find a code, a term or an account")
    search.setProperty("kind", "search")
    code.setProperty("role", "code")
    wrong.setProperty("state", "error")
    off.setEnabled(False)
    choice, date, number = QComboBox(), QDateEdit(QDate(2026, 11, 24)), QSpinBox()
    choice.addItems(["Awaiting query", "Awaiting document"])
    date.setCalendarPopup(True)
    number.setValue(5)
    note = QPlainTextEdit("Please clarify the type and acuity of the heart failure treated.")
    note.setFixedHeight(64)
    return _card(_label("Fields", role="subheading"), search, _row(code, wrong, off), _row(choice, date, number), note)


def _choices() -> QWidget:
    box = QGroupBox("Present on admission")
    boxes = [QCheckBox(text) for text in ("Documented", "Cited", "Partly", "Locked")]
    boxes[1].setChecked(True)
    boxes[2].setTristate(True)
    boxes[2].setCheckState(Qt.CheckState.PartiallyChecked)
    boxes[3].setChecked(True)
    boxes[3].setEnabled(False)
    radios = [QRadioButton(text) for text in ("Yes", "No", "Undetermined", "Exempt")]
    radios[0].setChecked(True)
    radios[3].setEnabled(False)
    layout = QGridLayout(box)
    for at, (check, radio) in enumerate(zip(boxes, radios, strict=True)):
        layout.addWidget(check, at // 2, at % 2)
        layout.addWidget(radio, 2 + at // 2, at % 2)
    return box


def _banners(theme: Theme) -> QFrame:
    card = _card(_label("Notices", role="subheading"))
    rows = card.layout()
    for tone, picture, words in (
        ("info", "info", "A newer answer of the server is here. Both are shown below."),
        ("success", "circle-check", "Finalized and confirmed by the server."),
        ("warning", "triangle-alert", "The lab report has not been read yet."),
        ("danger", "octagon-alert", "Audit cannot be written, so nothing is shown."),
    ):
        banner = QFrame()
        banner.setProperty("kind", "banner")
        banner.setProperty("tone", tone)
        layout = QHBoxLayout(banner)
        layout.setContentsMargins(12, 8, 12, 8)
        picture_label = QLabel()
        picture_label.setPixmap(pixmap(picture, theme, 18, role=f"on_{tone}_soft"))
        _fill(layout, (picture_label, QLabel(words)))
        rows.insertWidget(rows.count() - 1, banner)
    bar = QProgressBar()
    bar.setValue(62)
    rows.insertWidget(rows.count() - 1, bar)
    return card


def _table() -> QTableView:
    model = QStandardItemModel(0, 5)
    model.setHorizontalHeaderLabels(["Account", "Service", "Discharged", "Days", "State"])
    for row in range(9):
        values = (f"4011{row}-2", "Medicine", f"2026-11-{10 + row}", str(14 - row), "Ready to code")
        model.appendRow([QStandardItem(value) for value in values])
    table = QTableView()
    model.setParent(table)
    table.setModel(model)
    table.setShowGrid(False)
    table.setAlternatingRowColors(True)
    table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
    table.setSortingEnabled(True)
    table.verticalHeader().hide()
    table.horizontalHeader().setHighlightSections(False)
    table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    table.horizontalHeader().setSectionResizeMode(4, QHeaderView.ResizeMode.Stretch)
    table.selectRow(2)
    return table


def _tree() -> QTreeWidget:
    tree = QTreeWidget()
    tree.ensurePolished()  # its rows are measured before it is shown
    tree.setHeaderLabels(["Code", "Title"])
    chapter = QTreeWidgetItem(["I50", "Heart failure"])
    chapter.addChildren([QTreeWidgetItem(["I50.2", "Systolic heart failure"]), QTreeWidgetItem(["I50.3", "Diastolic"])])
    chapter.child(0).addChild(QTreeWidgetItem(["I50.23", "Acute on chronic systolic"]))
    tree.addTopLevelItems([chapter, QTreeWidgetItem(["I51", "Complications"])])
    chapter.setExpanded(True)
    tree.setCurrentItem(chapter.child(1))
    return tree


def _gallery(theme: Theme) -> QMainWindow:
    tabs = QTabWidget()
    tabs.addTab(_table(), "Worklist")
    tabs.addTab(_tree(), "Encoder")
    listed = QListWidget()
    listed.addItems(["History and physical", "Operative note", "Discharge summary"])
    tabs.addTab(listed, "Documents")
    tabs.setTabEnabled(2, False)
    sides = QSplitter()
    for part in (tabs, _tree()):
        sides.addWidget(part)
    sides.setSizes([700, 400])
    page = QWidget()
    grid = QGridLayout(page)
    grid.setContentsMargins(16, 16, 16, 16)
    grid.setSpacing(12)
    grid.addWidget(_words(), 0, 0, 2, 1)
    grid.addWidget(_buttons(theme), 0, 1)
    grid.addWidget(_choices(), 1, 1)
    grid.addWidget(_fields(), 0, 2)
    grid.addWidget(_banners(theme), 1, 2)
    grid.addWidget(sides, 2, 0, 1, 3)
    window = QMainWindow()
    window.setCentralWidget(page)
    menu = window.menuBar()
    for name in ("File", "View", "Help"):
        menu.addMenu(name).addAction("Lock")
    window.statusBar().addWidget(QLabel("In step with the server, 09:41"))
    window.statusBar().addPermanentWidget(QLabel("Offline lease: 8 days"))
    return window


def _icon_sheet(theme: Theme) -> QWidget:
    sheet = QWidget()
    grid = QGridLayout(sheet)
    for at, name in enumerate(names()):
        label = QLabel()
        label.setPixmap(pixmap(name, theme, 24))
        label.setToolTip(name)
        grid.addWidget(label, at // 16, at % 16)
    return sheet


@pytest.mark.parametrize("name", ["light", "dark"])
def test_the_gallery_draws_every_kind_of_widget(qtbot, qapp: QApplication, name: str) -> None:
    theme = apply_theme(qapp, name)
    BUILD.mkdir(exist_ok=True)
    for part, widget, size in (
        ("widgets", _gallery(theme), QSize(1366, 900)),
        ("icons", _icon_sheet(theme), QSize(800, 420)),
    ):
        qtbot.addWidget(widget)
        widget.resize(size)
        widget.show()
        qapp.processEvents()
        picture = widget.grab()
        assert picture.toImage().pixelColor(2, size.height() // 2) == theme.colour("window")
        assert picture.save(str(BUILD / f"gallery-{part}-{name}.png"))


@pytest.mark.parametrize("name", ["light", "dark"])
def test_whatever_has_the_focus_shows_it(qtbot, qapp: QApplication, name: str) -> None:
    """Its picture with the focus holds the colour of the focus ring, and without does not."""
    theme = apply_theme(qapp, name)
    ring = theme.colour("focus")
    for widget in (
        QPushButton("Plain"),
        _button("Primary", theme, "primary"),
        _button("Danger", theme, "danger"),
        _button("Quiet", theme, "quiet"),
        QToolButton(),
        QLineEdit("text"),
        QPlainTextEdit("text"),
        QComboBox(),
        QSpinBox(),
        QDateEdit(),
        QCheckBox("check"),
        QRadioButton("radio"),
        _table(),
        _tree(),
    ):
        qtbot.addWidget(widget)
        widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        widget.show()
        widget.activateWindow()
        widget.clearFocus()
        without = _count(widget, ring.rgb())
        widget.setFocus()
        qapp.processEvents()
        assert widget.hasFocus()
        assert _count(widget, ring.rgb()) > max(without, 20), type(widget).__name__
        widget.close()


def _count(widget: QWidget, colour: int) -> int:
    picture = widget.grab().toImage()
    return sum(picture.pixel(x, y) == colour for x in range(picture.width()) for y in range(picture.height()))
