"""Open an encounter to its painted chart, journal commit included, beside a bare viewer painting the same text.

And a worklist of 10,000 rows sorted and filtered to painted, beside a bare table sorting and painting as many.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from concurrent.futures import Future
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication, QTableWidget, QTableWidgetItem

from benchmarks.figures import show
from tests.desks import a_document, an_encounter, open_bench, put_chart
from ui.background import Background
from ui.encounter.page import EncounterPage
from ui.room import Room
from ui.sealed.viewer import Viewer
from ui.theme import apply_theme
from ui.worklist.page import WorklistPage
from workstation.cache import contents
from workstation.codebook.book import CodeBook
from workstation.domain.audit import Intent
from workstation.domain.encounter import DocumentId, EncounterClass, EncounterId, TaskId
from workstation.domain.mirror import Content
from workstation.domain.worklist import WorklistItem, WorkState
from workstation.errors import WorkstationError
from workstation.guard.recorder import Recorder
from workstation.host.clock import SystemClock
from workstation.journal.store import Journal
from workstation.keys.device import DeviceKeys

ROUNDS, ROWS = 15, 10_000
SENTENCE = "The patient was seen on the ward and examined; oxygen was weaned and the chest was clear. "


class Notices:
    def say(self, text: str, tone: str = "info") -> None:
        """Nothing is shown in a benchmark."""

    def trouble(self, error: WorkstationError) -> None:
        raise error


class Link:
    """The pages of this benchmark ask the guard for nothing but intents."""


def until(app: QApplication, check) -> None:
    while not check():
        app.processEvents()


def open_charts(app: QApplication, room: Room, folder: Path) -> None:
    """Two encounters, one whose document has 30 KB and one of 2 MB."""
    for name, size in (("open_encounter_30kb", 30_000), ("open_encounter_2mb", 2_000_000)):
        text = ("\n".join(SENTENCE * 4 for _ in range(size // len(SENTENCE * 4) + 1)))[:size]
        bench = open_bench(folder / f"{name}.db")
        encounters = []
        for number in (1, 2):
            document = replace(a_document(), id=DocumentId(f"{name}-{number}"), encounter_id=EncounterId(f"e{number}"))
            encounter = replace(
                an_encounter(), id=EncounterId(f"e{number}"), task_id=TaskId(f"t{number}"), documents=(document,)
            )
            put_chart(bench, encounter)
            content = Content(document.id, document.version, "text/plain", text, None)
            bench.desk.db.write(lambda db, content=content: contents.put(db, content)).result()
            encounters.append(encounter.id)
        recorder = Recorder(
            lambda name=name: Journal.open(folder / f"{name}-j.db", DeviceKeys.throw_away(), SystemClock())
        )
        recorder.opened().result()

        def ask(intent: Intent, recorder: Recorder = recorder) -> Future[str]:
            return recorder.record(intent, "coder1")

        room.desk = replace(bench.desk, codebook=room.codebook, ask=ask)
        page = EncounterPage(room)
        page.resize(1320, 720)
        page.show()
        values, floors = [], []
        for at in range(ROUNDS):
            wanted = encounters[at % 2]
            began = time.perf_counter()
            page.open(wanted, None)
            until(app, lambda wanted=wanted, page=page: page.encounter_id() == wanted and page.reader.text())
            page.repaint()
            values.append((time.perf_counter() - began) * 1000)
            page.leave()
            viewer = Viewer()
            viewer.resize(660, 640)
            viewer.show()
            app.processEvents()
            began = time.perf_counter()
            viewer.show_text(text)
            viewer.repaint()
            floors.append((time.perf_counter() - began) * 1000)
            viewer.close()
        show(name, values, floors)
        page.close()
        recorder.close()
        bench.desk.db.close()


def sort_worklist(app: QApplication, room: Room) -> None:
    bench = open_bench(None)
    room.desk = bench.desk
    now = bench.desk.now()
    items = tuple(
        WorklistItem(
            EncounterId(f"e{n}"), TaskId(f"t{n}"), f"26{n:08}", "H. B.", "•••••123", EncounterClass.INPATIENT, "Medicine",
            now - timedelta(days=n % 30), now + timedelta(hours=n % 200 - 20), "routine", WorkState.NOT_STARTED,
        )
        for n in range(ROWS)
    )  # fmt: skip
    page = WorklistPage(room)
    page.resize(1320, 720)
    page.show()
    page.show_items(items)
    app.processEvents()
    sorts, filters, floors = [], [], []
    bare = QTableWidget(ROWS, 11)
    for row in range(ROWS):
        for column in range(11):
            bare.setItem(row, column, QTableWidgetItem("2611090417"))
    bare.resize(1320, 640)
    bare.show()
    app.processEvents()
    for at in range(ROUNDS):
        began = time.perf_counter()
        page.sort_by(at % 4)
        page.repaint()
        sorts.append((time.perf_counter() - began) * 1000)
        began = time.perf_counter()
        page.filter_by(f"{at}")
        page.repaint()
        filters.append((time.perf_counter() - began) * 1000)
        page.filter_by("")
        began = time.perf_counter()
        bare.sortItems(at % 2)
        bare.viewport().repaint()
        floors.append((time.perf_counter() - began) * 1000)
    show("worklist_sort_10000", sorts, floors)
    show("worklist_filter_10000", filters, floors)
    bench.desk.db.close()


def main() -> None:
    app = QApplication([])
    theme = apply_theme(app, "light")
    book = CodeBook.open(Path(__file__).resolve().parents[1] / "resources/codesets/codebook.db")
    background = Background(lambda trouble: None)
    room = Room(theme, background, Notices(), Link(), book)
    with tempfile.TemporaryDirectory() as name:
        open_charts(app, room, Path(name))
    sort_worklist(app, room)
    os._exit(0)


if __name__ == "__main__":
    main()
