"""Code sets: what this computer answers from, which of the coder's own codes October changes, and imports by a lead."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple, TypeVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.parts import badge, banner, button, label, row, say, shortcut
from ui.room import Room
from ui.sealed.tables import Column, SealedTable, ValueModel
from workstation.changes import Changes
from workstation.codebook.imports.apply import Diff
from workstation.codebook.imports.shelf import Entry, Shelf
from workstation.codebook.packs import BUILT_IN, FOLDER
from workstation.domain.codes import CodeState
from workstation.errors import WorkstationError
from workstation.operations.codes import Changed, changed_codes, next_change

T = TypeVar("T")
IMPORT = "codebook-import"  # the verb a role needs, where policy lists roles at all
_LEAD = "lead"
_INBOX = "inbox"


class Held(NamedTuple):
    """One imported release."""

    on: str
    file: str
    what: str


class CodesPage(QWidget):
    """Reads the shelf of this computer; a lead imports what was put into its inbox."""

    progressed = Signal(str)

    def __init__(self, room: Room) -> None:
        super().__init__()
        self._room = room
        folder = os.environ.get(FOLDER, "")
        self._shelf = Shelf(Path(folder), BUILT_IN) if folder else None
        self._inbox = Path(folder) / _INBOX if folder else None
        self._release = badge(room.codebook.release)
        self._held: ValueModel[Held] = ValueModel(
            (
                Column("Imported", lambda held: held.on, width=110),
                Column("File", lambda held: held.file, width=320),
                Column("What it brought", lambda held: held.what, says=lambda held: f"{held.file}: {held.what}"),
            ),
            self,
        )
        self._changes: ValueModel[Changed] = ValueModel(
            (
                Column("Code", lambda c: str(c.before.code), width=110),
                Column("Title", lambda c: c.before.title, width=380),
                Column("Used", lambda c: str(c.uses), width=70),
                Column("What happens", _what_happens, width=260),
                Column("Instead", _instead, says=lambda c: f"{c.before.code}: {_what_happens(c)}. {_instead(c)}"),
            ),
            self,
        )
        self._held_table, self._change_table = SealedTable("Imported releases"), SealedTable("Codes that change")
        self._held_table.fit(self._held)
        self._change_table.fit(self._changes)
        self._change_table.hide()
        self._change_title = label(role="heading")
        self._nothing_held = label("Nothing is imported: the built-in pack answers.", "muted", wrap=True)
        self._nothing_changes = label(role="muted", wrap=True)
        self._where = label(role="caption", wrap=True)
        self._said = banner("info")
        self._check, self._import = button("Check the inbox"), button("Import", "primary")
        self._undo = button("Undo the last import", "quiet")
        self._verbs = QWidget()
        self._verbs.setLayout(row(self._check, self._import, self._undo, None))
        self._check.clicked.connect(lambda: self._bring(check=True))
        self._import.clicked.connect(lambda: self._bring(check=False))
        self._undo.clicked.connect(self._take_back)
        self.progressed.connect(lambda line: say(self._said, f"{line} …", "info"))
        shortcut(self, "F5", self._load, "Look again")
        whole = QVBoxLayout(self)
        whole.setContentsMargins(20, 16, 20, 16)
        whole.setSpacing(10)
        whole.addLayout(row(label("Code sets", "title"), self._release, None, spacing=12))
        whole.addWidget(self._change_title)
        whole.addWidget(self._nothing_changes)
        whole.addWidget(self._change_table, 2)
        whole.addSpacing(12)
        whole.addWidget(label("Imported on this computer", "heading"))
        whole.addWidget(self._nothing_held)
        whole.addWidget(self._held_table, 1)
        whole.addWidget(self._where)
        whole.addWidget(self._verbs)
        whole.addWidget(self._said)
        whole.addStretch()

    def enter(self) -> None:
        """Nothing is asked before the page is shown."""

    def changed(self, changes: Changes) -> None:
        """Read anew each time the page is shown."""

    def shown(self) -> None:
        self._load()
        self._check.setFocus()

    # ------------------------------------------------------------------ showing

    def _load(self) -> None:
        desk = self._room.open_desk
        day = next_change(desk.now().date())
        self._change_title.setText(f"{day:%B} {day.day}, {day.year}: codes you used this quarter that change")
        self._room.when_done(changed_codes(desk, self._room.codebook, day), self._show_changes, of=self)
        held = self._on_the_shelf()
        self._held.show(held)
        self._held_table.setVisible(bool(held))
        self._nothing_held.setVisible(not held)
        may = self._may_import()
        self._verbs.setVisible(may)
        self._where.setVisible(may)
        self._undo.setEnabled(bool(self._shelf and self._shelf.entries()))
        if may and self._inbox is not None:
            files = self._waiting()
            waiting = ", ".join(path.name for path in files) or "nothing yet"
            self._where.setText(
                f"Put downloaded releases of CMS, CDC or your licensors into {self._inbox}. Waiting there: {waiting}."
            )
            self._check.setEnabled(bool(files))
            self._import.setEnabled(bool(files))

    def _on_the_shelf(self) -> list[Held]:
        """What is imported, the newest first; what came since this unlock answers only after the next one."""
        answering = {str(each["file"]) for each in self._room.codebook.imports()}
        entries = self._shelf.entries() if self._shelf is not None else ()
        return [
            Held(
                entry.imported_on,
                entry.file[13:],
                " ".join(entry.summary) + ("" if entry.file in answering else "; answers from the next unlock on"),
            )
            for entry in reversed(entries)
        ]

    def _show_changes(self, found: tuple[Changed, ...]) -> None:
        self._changes.show(list(found))
        self._change_table.setVisible(bool(found))
        self._nothing_changes.setVisible(not found)
        self._nothing_changes.setText("None of the codes you used in the last three months changes on that day.")

    def _may_import(self) -> bool:
        if self._shelf is None:
            return False
        desk = self._room.open_desk
        policy = desk.policy()
        return _LEAD in desk.coder.roles or policy.allows(desk.coder.roles, IMPORT)

    def _waiting(self) -> list[Path]:
        if self._inbox is None or not self._inbox.is_dir():
            return []
        return sorted(path for path in self._inbox.iterdir() if path.is_file() and not path.name.startswith("."))

    # ------------------------------------------------------------------ bringing releases in

    def _bring(self, *, check: bool) -> None:
        shelf, files = self._shelf, self._waiting()
        if shelf is None or not files:
            return
        today = self._room.open_desk.now().date()

        def work() -> tuple[Diff, ...]:
            diffs = shelf.add(files, None, today, self.progressed.emit, check=check)
            if not check:
                for path in files:
                    path.unlink(missing_ok=True)  # the shelf keeps its own copy
            return diffs

        def done(diffs: tuple[Diff, ...]) -> None:
            told = "\n".join(f"{diff.name}: {diff.in_words()}." for diff in diffs)
            after = "Checked; nothing was changed." if check else "Imported. It answers from the next unlock on."
            say(self._said, f"{told}\n{after}", "success")

        self._run(work, done)

    def _take_back(self) -> None:
        shelf = self._shelf
        if shelf is None:
            return

        def done(gone: Entry | None) -> None:
            words = f"{gone.file[13:]} is taken back; from the next unlock on." if gone else "Nothing was imported."
            say(self._said, words, "success")

        self._run(lambda: shelf.undo(self.progressed.emit), done)

    def _run(self, work: Callable[[], T], done: Callable[[T], None]) -> None:
        """Long work beside the window; its buttons wait meanwhile. A lock cuts it off, and nothing is changed then."""
        for part in (self._check, self._import, self._undo):
            part.setEnabled(False)
        say(self._said, "Reading …", "info")
        pool = ThreadPoolExecutor(1, "codebook")
        future: Future[T] = pool.submit(work)
        pool.shutdown(wait=False)

        def finished(answer: T) -> None:
            done(answer)
            self._load()

        def failed(trouble: WorkstationError) -> None:
            say(self._said, f"{trouble} {trouble.remedy}", "danger")
            self._load()

        self._room.when_done(future, finished, failed, of=self)


def _what_happens(change: Changed) -> str:
    match change.after.state:
        case CodeState.HEADER:
            return "needs more characters"
        case CodeState.RETIRED:
            return "retired"
    return str(change.after.state.value)


def _instead(change: Changed) -> str:
    return ", ".join(str(code) for code in change.after.successors) or "search for it again"
