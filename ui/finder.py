"""Find a code: answers on every keystroke, grouped by code system, chosen with Enter; nothing else closes it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from ui.parts import button, label, row
from ui.sealed.fields import SealedLine
from ui.sealed.lists import SealedList
from ui.sealed.tips import plain_tip
from ui.theme import TextRole, Theme
from workstation.codebook.book import CodeBook
from workstation.domain.codes import Code, CodeMatch, CodeState, CodeSystem
from workstation.errors import InvalidCode
from workstation.operations.codes import OwnCode

_ROLE = Qt.ItemDataRole.UserRole
_GROUP = Qt.ItemDataRole.UserRole + 1
INPATIENT = (CodeSystem.ICD10CM, CodeSystem.ICD10PCS)
_ROWS, _HIGHEST, _LOWEST = 8, 300, 150
_INDENT = 76  # where titles begin, beside the longest code
_MOST_MEASURED = 5_000
_EDGES, _TITLE, _WHY = 11, 17, 15  # heights of a row's edges and of each line in it
OUTPATIENT = (CodeSystem.ICD10CM, CodeSystem.CPT, CodeSystem.HCPCS)


class _Matches(QAbstractListModel):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.matches: tuple[CodeMatch, ...] = ()
        self._groups: tuple[str, ...] = ()

    def show(self, matches: tuple[CodeMatch, ...]) -> None:
        self.beginResetModel()
        self.matches = matches
        self._groups = _first_of_each(matches)
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.matches)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        match = self.matches[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            group = self._groups[index.row()]
            return f"{group}: {match.code} {match.title}" if group else f"{match.code} {match.title}"
        if role == _ROLE:
            return match
        if role == _GROUP:
            return self._groups[index.row()]
        if role == Qt.ItemDataRole.ToolTipRole:
            why = f"\n{match.why}" if match.why else ""
            return plain_tip(f"{match.code.system}: {match.title}{why}")
        return None


def _first_of_each(matches: tuple[CodeMatch, ...]) -> tuple[str, ...]:
    """The code system's name on the first of its matches, when there are several systems."""
    systems = [match.code.system for match in matches]
    if len(set(systems)) < 2:
        return ("",) * len(systems)
    return tuple("" if n and systems[n - 1] is mine else mine.value for n, mine in enumerate(systems))


class _Line(QStyledItemDelegate):
    """One match in two lines: code and title, and why it was found."""

    def __init__(self, theme: Callable[[], Theme], parent: QObject) -> None:
        super().__init__(parent)
        self._theme = theme
        self._measured: tuple[Theme | None, dict[str, int]] = (None, {})  # widths of titles in the look they have

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        match, width = index.data(_ROLE), option.rect.width()
        bar = option.widget.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent)
        lines = self._lines(match.title, self._title_width(width - bar, index.data(_GROUP)))
        return QSize(width, self._theme().pixels(_EDGES + _TITLE * lines + (_WHY if _why(match) else 0)))

    def _title_width(self, width: int, group: str) -> int:
        theme = self._theme()
        tag = self._wide(group) + 8 if group else 0
        return width - 20 - theme.pixels(_INDENT) - tag

    def _lines(self, title: str, width: int) -> int:
        """One or two: what tells two codes apart often ends their titles."""
        return 2 if self._wide(title) > width else 1

    def _wide(self, words: str) -> int:
        """Measured once: every keystroke asks for the heights of all answers."""
        theme = self._theme()
        if self._measured[0] is not theme or len(self._measured[1]) > _MOST_MEASURED:
            self._measured = (theme, {})
        known = self._measured[1]
        if words not in known:
            known[words] = QFontMetrics(theme.font(TextRole.BODY)).horizontalAdvance(words)
        return known[words]

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        theme, match = self._theme(), index.data(_ROLE)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        plain = "on_selection" if chosen else "text"
        quiet = "on_selection" if chosen else "muted"
        area: QRect = option.rect
        painter.save()
        if chosen:
            painter.fillRect(area, theme.colour("selection"))
        first = QRect(area.x() + 10, area.y() + 5, area.width() - 20, theme.pixels(_TITLE + 1))
        self._write(painter, first, str(match.code), TextRole.CODE, plain)
        group = index.data(_GROUP)
        if group:
            right = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
            painter.setFont(theme.font(TextRole.BODY))
            painter.setPen(theme.colour("on_selection" if chosen else "accent"))
            painter.drawText(first, right, group)
        width = self._title_width(area.width(), group)
        title = QRect(first.x() + theme.pixels(_INDENT), first.y(), width, first.height())
        tone = plain if match.billable else quiet
        for words in self._broken(match.title, width):
            self._write(painter, title, words, TextRole.BODY, tone)
            title = title.translated(0, theme.pixels(_TITLE))
            title.setRight(first.right())
        why = _why(match)
        if why:
            self._write(painter, title.translated(0, -1), why, TextRole.CAPTION, quiet)
        painter.restore()

    def _write(self, painter: QPainter, area: QRect, words: str, role: TextRole, tone: str) -> None:
        painter.setFont(self._theme().font(role))
        painter.setPen(self._theme().colour(tone))
        shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, shown)

    def _broken(self, title: str, width: int) -> list[str]:
        """The title in one line, or broken between words into two."""
        if self._lines(title, width) == 1:
            return [title]
        metrics = QFontMetrics(self._theme().font(TextRole.BODY))
        words = title.split()
        upper = words[0]
        for taken, word in enumerate(words[1:], 1):
            if metrics.horizontalAdvance(f"{upper} {word}") > width:
                return [upper, " ".join(words[taken:])]
            upper = f"{upper} {word}"
        return [upper]


def _why(match: CodeMatch) -> str:
    """Why it was found; a category says that it is none of the codes one can bill."""
    return match.why if match.billable else " · ".join(p for p in ("category, needs more characters", match.why) if p)


class _Answers(SealedList):
    """As high as its answers, and where the pane has less room, lower: never over what stands below."""

    wanted = 0

    def show_rows(self, height: int) -> None:
        self.wanted = height
        self.setMaximumHeight(height)
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self.wanted)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, min(self.wanted, _LOWEST))


class Finder(QWidget):
    """A field and the answers below it. Emits the code chosen and whether as principal."""

    chosen = Signal(object, bool)  # Code, as principal
    typed = Signal(str)
    answering = Signal(bool)  # whether answers take room below the field

    def __init__(self, codebook: CodeBook, theme: Callable[[], Theme]) -> None:
        super().__init__()
        self._codebook = codebook
        self._on: date | None = None
        self._systems: tuple[CodeSystem, ...] = INPATIENT
        self._own: tuple[OwnCode, ...] = ()
        self.field = SealedLine()
        self.field.setProperty("kind", "search")
        self.field.setPlaceholderText("Code or words: chf ac on chr diast")
        self.field.setAccessibleName("Find a code")
        self.field.setToolTip(
            "Find a code (Ctrl+K). Enter adds it; Shift+Enter as principal; Escape clears; "
            "Down shows favourites and codes used lately; F2 tells about a code"
        )
        self.field.setClearButtonEnabled(True)
        self.field.textChanged.connect(self._search)
        self.field.installEventFilter(self)
        self._model = _Matches(self)
        self._list = _Answers("Codes found")
        self._list.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._list.setModel(self._model)
        self._list.setItemDelegate(_Line(theme, self))
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.clicked.connect(lambda _: self._take(principal=False))
        self._hint = label(role="muted", wrap=True)
        self._add = button("Add (Enter)", "primary")
        self._principal = button("As principal (Shift+Enter)", "secondary")
        self._add.clicked.connect(lambda: self._take(principal=False))
        self._principal.clicked.connect(lambda: self._take(principal=True))
        self._verbs = QWidget()
        self._verbs.setLayout(row(self._add, self._principal, None, spacing=8))
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(6)
        for part in (self.field, self._list, self._hint, self._verbs):
            whole.addWidget(part)
        self._search("")

    def own_codes(self, own: tuple[OwnCode, ...]) -> None:
        """What Down shows in the empty field: favourites, then codes used lately."""
        self._own = own

    def match_in_hand(self) -> CodeMatch | None:
        """What Enter would take."""
        index = self._list.currentIndex()
        return index.data(_ROLE) if index.isValid() else None

    def _show_own(self) -> None:
        on = self._on
        if on is None:
            return
        found: list[CodeMatch] = []
        for own in self._own:
            facts = self._codebook.look_up(own.code, on)
            if own.code.system in self._systems and facts.state in (CodeState.VALID, CodeState.OPAQUE):
                why = "favourite" if own.is_favourite else "used lately"
                found.append(CodeMatch(own.code, facts.title or own.title, True, why))
        self._show(tuple(found))
        self._hint.setVisible(not found)
        self._hint.setText("No favourites and no codes used lately yet. F2 on a code, then *, makes it a favourite.")

    def code_in_hand(self) -> str:
        """The code Enter would take."""
        index = self._list.currentIndex()
        return str(index.data(_ROLE).code) if index.isValid() else ""

    def set_encounter(self, on: date | None, *, inpatient: bool) -> None:
        """Answers are for the encounter's own date."""
        self._on, self._systems = on, INPATIENT if inpatient else OUTPATIENT
        self._codebook.warm(self._systems)
        self._principal.setText("As principal (Shift+Enter)" if inpatient else "As first-listed (Shift+Enter)")
        self._search(self.field.text())

    def put(self, words: str) -> None:
        """Half-typed words from before a lock."""
        self.field.setText(words)

    def _search(self, words: str) -> None:
        self.typed.emit(words)
        on = self._on
        typed = words.strip()
        found = self._codebook.search(typed, on, self._systems) if typed and on else ()
        self._show(found or self._opaque(typed))
        found = self._model.matches
        self._hint.setVisible(bool(typed) and not found)
        self._hint.setText(
            "Nothing found. Try fewer or shorter words, the main word first, or the code itself."
            if on
            else "This encounter has no date of service yet, so codes cannot be searched."
        )

    def _show(self, found: tuple[CodeMatch, ...]) -> None:
        self._model.show(found)
        if found:
            self._list.setCurrentIndex(self._model.index(0))
        rows = sum(self._list.sizeHintForRow(n) for n in range(min(len(found), _ROWS)))
        self._list.show_rows(min(rows + 4, _HIGHEST))
        self._list.setVisible(bool(found))
        self._verbs.setVisible(bool(found))
        self.answering.emit(bool(found))

    def _opaque(self, typed: str) -> tuple[CodeMatch, ...]:
        """CPT is licensed: a code of its shape is taken as it is, without a title."""
        if CodeSystem.CPT in self._systems:
            try:
                code = Code.parse(CodeSystem.CPT, typed)
            except InvalidCode:
                return ()
            return (CodeMatch(code, "CPT code; its title needs your organisation's licensed file", True),)
        return ()

    def _take(self, *, principal: bool) -> None:
        index = self._list.currentIndex()
        if index.isValid():
            match: CodeMatch = index.data(_ROLE)
            self.field.clear()
            self._search("")
            self.chosen.emit(match.code, principal)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.field and event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}
            by = step.get(Qt.Key(event.key()))
            if by == 1 and not self._model.matches and not self.field.text():
                self._show_own()
                return True
            if by is not None and self._model.matches:
                to = max(0, min(len(self._model.matches) - 1, self._list.currentIndex().row() + by))
                self._list.setCurrentIndex(self._model.index(to))
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._take(principal=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
                return True
            if event.key() == Qt.Key.Key_Escape and (self.field.text() or self._model.matches):
                self.field.clear()
                self._search("")
                return True
        return super().eventFilter(watched, event)
