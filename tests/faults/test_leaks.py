"""No screen lets a word out: every gesture on every screen of the real program, then every selection and every file."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from tests.faults.conftest import Times
from tests.faults.test_memory_after_lock import chart_markers
from tests.whole import memory
from tests.whole.reader import Reader
from tests.whole.screen import Keyboard, screen
from tests.whole.selections import FOREIGN, Selections, needs_selections
from ui.tour import steps
from ui.tour.day import Day
from ui.tour.stage import Stage
from workstation.guard.states import State

ROOT = Path(__file__).resolve().parents[2]
LABELS = 2  # of each screen: they are all made by one function
OPENS = ("Worklist",)  # a double click opens what stands there
SCREENS = {
    "step-up", "worklist", "document", "identifiers shown", "results", "codes found", "hits", "activity", "device", "password",
    "scanned picture", "scanned pages", "region", "painted out", "captured picture", "unlock", "query", "query preview",
    "queries", "disclosures", "comment",
}  # fmt: skip

pytestmark = [pytest.mark.keyring, pytest.mark.xcb, pytest.mark.timeout(240)]


def identifiers() -> list[str]:
    """Record numbers and family names of the practice patients."""
    found: set[str] = set()
    for chart in (ROOT / "workstation/practice/charts").glob("*/chart.toml"):
        patient = tomllib.loads(chart.read_text(encoding="utf-8")).get("patient", {})
        found |= {str(patient[name]) for name in ("mrn", "family") if len(str(patient.get(name, ""))) >= 6}
    return sorted(found)


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> QApplication:
    """The guard of these tests has no screen; its desks have."""
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    made: QApplication = request.getfixturevalue("qapp")
    return made


class Seat:
    """A coder at the real desk on a real screen."""

    def __init__(self, day: Day, keyboard: Keyboard, selections: Selections, folder: Path) -> None:
        self.day, self.keyboard, self.selections, self.folder = day, keyboard, selections, folder
        self.tried: dict[str, int] = {}

    def do(self, command: str, **more: Any) -> Any:
        return self.day.stage.desk(command, **more)

    def areas(self) -> list[dict[str, Any]]:
        """What can be clicked: everything but labels, and some of those."""
        found = [area for area in self.do("areas") if min(area["size"]) >= 12]
        labels = [area for area in found if area["kind"] == "QLabel"]
        return [area for area in found if area["kind"] != "QLabel"] + labels[:: max(1, len(labels) // LABELS)]

    def attack(self, name: str, kind: str, back: Callable[[], object]) -> None:
        """Every gesture on every area of the screen that is shown, one of a kind; `back` comes back to it."""
        self.selections.fill()
        areas = self.areas()
        assert kind in {area["kind"] for area in areas}, f"{name} is not shown: {areas}"
        for area in areas:
            self.selections.try_everything(tuple(area["at"]), tuple(area["size"]), opens=area["name"] in OPENS)
            self.do("state")  # what was pressed has been answered
            assert self.selections.leaked() == {}, f"{name}: {area['kind']} {area['name']}"
            self.keyboard.press("Escape")
            back()
        self._unhurt(name, len(areas))

    def attack_only(self, name: str, kinds: tuple[str, ...]) -> None:
        """Areas of some kinds, with the keyboard left in them: what is typed there stays."""
        self.selections.fill()
        areas = [area for area in self.areas() if area["kind"] in kinds]
        assert set(kinds) <= {area["kind"] for area in areas}, f"{name} is not shown: {areas}"
        for area in areas:
            self.selections.try_everything(tuple(area["at"]), tuple(area["size"]), opens=True)
            self.do("state")
            assert self.selections.leaked() == {}, f"{name}: {area['kind']} {area['name']}"
        self._unhurt(name, len(areas))

    def _unhurt(self, name: str, areas: int) -> None:
        assert FOREIGN not in "\n".join(self.do("texts")), f"{name}: another program's words were pasted"
        self.keyboard.press("Escape")  # the window manager's own menu, where a click went beside the window
        assert self.keyboard.title() in ("Coder Workstation", ""), name
        self.tried[name] = areas


@contextmanager
def seat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, app: QApplication) -> Iterator[Seat]:
    """Signed in as Dana, at the enrolment."""
    temp, folder = tmp_path / "temp", tmp_path / "data"
    temp.mkdir()
    with screen(tmp_path) as keyboard:
        for name in ("DISPLAY", "QT_QPA_PLATFORM"):
            monkeypatch.setenv(name, keyboard.environment[name])
        monkeypatch.setenv("TMPDIR", str(temp))
        monkeypatch.setenv("QT_LINUX_ACCESSIBILITY_ALWAYS_ON", "1")
        stage, selections = Stage(app, folder), Selections(keyboard)
        try:
            stage.ready()
            yield Seat(Day(stage, {}), keyboard, selections, folder)
        finally:
            selections.close()
            stage.close()
            app.processEvents()


def enter(here: Seat, tmp_path: Path, *, attack: bool) -> None:
    """Through the enrolment to the worklist."""
    day, shot = here.day, tmp_path / "shot.png"
    steps.enrol_password(day, shot)
    if attack:
        here.attack("step-up", "SealedLine", lambda: None)
    steps.enrol_step_up(day, shot)
    steps.worklist(day, shot)
    day.practice("acts/policy", {"idleLock": 900, "stepUpGrace": 900})


def open_chart(here: Seat, tmp_path: Path) -> str:
    steps.chart(here.day, tmp_path / "shot.png")
    return str(here.day.before["encounter"])


def walk_chart(here: Seat) -> None:
    """Every pane of an encounter."""
    do, day = here.do, here.day

    def at_chart() -> None:
        do("press", keys="Ctrl+2")

    here.attack("document", "Viewer", at_chart)
    do("reveal", reason="verify-patient")
    day.stage.until(lambda: "MRN" in day.words(), "the identifiers", 10)
    here.attack("identifiers shown", "Viewer", at_chart)
    do("focus", name="Chart")
    do("press", keys="End")
    day.stage.until(lambda: "SealedTable" in {area["kind"] for area in do("areas")}, "a table of the chart", 10)
    here.attack("results", "SealedTable", at_chart)
    here.attack_only("comment", ("SealedText",))
    do("press", keys="Ctrl+K")
    do("type", text="chf ac on chr diast")
    day.stage.until(lambda: "_Answers" in {area["kind"] for area in do("areas")}, "codes", 10)
    here.attack_only("codes found", ("_Answers", "SealedLine"))  # the comment gives them its room
    do("press", keys="Ctrl+Shift+F")
    do("type", text="room air")
    day.stage.until(lambda: re.search(r"\d+ in \d+ documents", day.words()), "hits in the chart", 20)
    here.attack_only("hits", ("SealedTree", "SealedLine"))


def walk_query(here: Seat) -> None:
    """The query dock, the preview of what would leave, and the page of queries."""
    do, day = here.do, here.day
    do("press", keys="Ctrl+D")
    assert do("mark_any", texts=["CHF exacerbation, after high salt intake", "heart failure"])
    do("press", keys="Q")
    day.wait(lambda state: state["query"]["indicators"] == 1, "the indicator")
    day.wait(lambda state: state["query"]["checked"] == state["query"]["revision"], "the check")
    here.attack_only("query", ("Viewer", "SealedLine", "SealedText"))
    while do("settle"):
        day.wait(lambda state: state["query"]["checked"] == state["query"]["revision"], "the check")

    def preview() -> None:
        do("press", keys="Ctrl+2")
        if "Exactly what will leave" not in day.words():
            do("focus", name="What the query is about")
            do("press", keys="Ctrl+Return")
        day.stage.until(lambda: "Exactly what will leave" in day.words(), "the preview", 10)

    preview()
    here.attack("query preview", "QScrollArea", preview)
    do("press", keys="Ctrl+6")
    here.attack("queries", "SealedTable", lambda: do("press", keys="Ctrl+6"))
    do("click", name="Disclosures")
    here.attack("disclosures", "QLabel", lambda: do("press", keys="Ctrl+6"))
    do("click", name="My queries")
    do("press", keys="Ctrl+2")
    if "Exactly what will leave" in day.words():
        do("click", name="Back (Esc)")
    do("click", name="Discard")
    day.wait(lambda state: state["query"]["indicators"] == 0, "the discarded draft")
    do("click", name="Close the query dock")


def open_account(here: Seat, account: str) -> None:
    here.do("press", keys="Ctrl+1")
    here.do("focus", name="Filter the worklist")
    here.do("press", keys="Escape")
    here.do("type", text=account)
    here.day.stage.until(lambda: len(here.do("rows")) == 1, "the one account", 10)
    here.do("press", keys="Return")
    here.day.wait(lambda state: state["page"] == "encounter" and state["document"], "the chart")


def attack_scan(here: Seat, name: str, account: str) -> None:
    """A document that is a picture: found by turning the pages of its chart."""
    open_account(here, account)

    def shown() -> bool:
        return "PageView" in {area["kind"] for area in here.do("areas")}

    for _ in range(15):
        if shown():
            break
        here.do("press", keys="Ctrl+Down")
        here.day.stage.pause(0.3)
    here.day.stage.until(shown, name, 10)
    here.attack_only(name, ("PageView",))


def attack_capture(here: Seat) -> None:
    """Each step of a capture from the scan that is shown; what is captured may go into a query and nowhere else."""

    def at(kind: str, *keys: str) -> None:
        for key in keys:
            here.do("press", keys=key)
        here.day.stage.until(lambda: kind in {area["kind"] for area in here.do("areas")}, kind, 10)

    for name, kind, keys in (
        ("region", "RegionPicker", ("X",)),
        ("painted out", "PaintOut", ("X", "Return")),
        ("captured picture", "Preview", ("X", "Return", "Space", "Return")),
    ):
        here.do("focus", name="Scanned pages")
        at(kind, *keys)
        here.attack_only(name, (kind,))
        here.do("press", keys="Escape")  # the window manager may have had the one before


def attack_unlock(here: Seat) -> None:
    """The lock, the cover, and the window that asks for the password."""
    stage = here.day.stage
    here.do("press", keys="Ctrl+1")
    stage.desk_say("key")
    stage.until(lambda: stage.state is State.LOCKED, "the lock", 20)
    stage.until(stage.standby_is_ready, "a standby", 30)
    stage.program.unlock()
    stage.until(lambda: stage.state is State.INVITING, "the unlock window", 20)
    stage.until(lambda: "Unlock" in here.day.words(), "the unlock page", 20)
    here.attack_only("unlock", ("PasswordLine",))


def test_nothing_can_be_taken_out_of_any_screen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, app: QApplication, times: Times
) -> None:
    needs_selections()
    with seat(tmp_path, monkeypatch, app) as here:
        enter(here, tmp_path, attack=True)
        for _ in range(times(20)):
            here.attack("worklist", "SealedTable", lambda: here.do("press", keys="Ctrl+1"))
            open_chart(here, tmp_path)
            walk_chart(here)
            walk_query(here)
            for page, keys in (("activity", "Ctrl+3"), ("device", "Ctrl+4")):
                here.do("press", keys=keys)
                here.attack(page, "SealedTable", lambda keys=keys: here.do("press", keys=keys))
            here.do("password")
            here.attack("password", "PasswordLine", lambda: here.do("password"))
            here.do("press", keys="Ctrl+3")
            here.do("press", keys="F5")
            told = "\n".join(row for line in here.do("rows") for row in line)
            assert told.count("Copying was blocked") >= 20, "every attempt is on record"
            here.do("press", keys="Ctrl+1")
            here.do("focus", name="Filter the worklist")
            here.do("press", keys="Escape")
        attack_scan(here, "scanned pages", "2611130155")
        attack_scan(here, "scanned picture", "2611150072")
        attack_capture(here)
        attack_unlock(here)
    assert set(here.tried) == SCREENS
    places = {"data": here.folder, "home": tmp_path / "home", "temp": tmp_path / "temp"}
    for name, place in places.items():
        found = memory.files_with(place, [*chart_markers(300), *identifiers(), FOREIGN])
        own = {path: words for path, words in found.items() if not path.startswith("practice/")}
        assert own == {}, name
        assert list(place.rglob("recently-used.xbel")) == []


def test_the_same_hands_do_take_words_out_of_ordinary_widgets(tmp_path: Path) -> None:
    needs_selections()
    with screen(tmp_path) as keyboard:
        selections = Selections(keyboard)
        program = [sys.executable, str(ROOT / "tests/whole/plain_widgets.py"), "Brannigan 00482913"]
        window = subprocess.Popen(program, env=keyboard.environment, stdout=subprocess.PIPE, text=True)
        assert window.stdout is not None
        try:
            for kind in ("line", "text", "table"):
                area = json.loads(window.stdout.readline())
                selections.fill()
                selections.copy(tuple(area["at"]), tuple(area["size"]))
                assert selections.leaked().get("clipboard") == {f"{kind} Brannigan 00482913"}, kind
                if kind != "table":
                    selections.act(["mousemove", *map(str, area["at"]), "mousemove_relative", "60", "12"])
                    selections.act(["click", "--repeat", "3", "--delay", "30", "1"])
                    assert "Brannigan" in "".join(selections.leaked().get("primary", set())), kind
        finally:
            selections.close()
            window.kill()
            window.wait()
            window.stdout.close()


def test_a_screen_reader_reads_the_open_desk_and_nothing_after_the_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, app: QApplication
) -> None:
    needs_selections()
    with seat(tmp_path, monkeypatch, app) as here:
        try:
            reader = Reader()
        except (OSError, LookupError):
            pytest.skip("at-spi2-core not installed: what a screen reader reads is NOT tested")
        try:
            enter(here, tmp_path, attack=False)
            account = here.do("rows")[0]
            day, heard = here.day, reader.everything
            words = heard()
            unread = [cell for at, cell in enumerate(account) if cell and at != 2 and cell not in words]
            assert unread == [], "each cell of the worklist can be read"
            assert "Patient " in words, "and that of the patient in words"
            open_chart(here, tmp_path)
            state = day.wait(lambda state: state["document"], "a document")
            assert state["encounter"]
            marks = chart_markers(2000)

            def readable() -> list[str]:
                words = heard()
                return [mark for mark in marks if mark in words]

            read = day.stage.until(readable, "the document's words", 30)
            here.selections.fill()
            for node in reader.tree():
                reader.call(node, "EditableText", "CopyText", "ii", (0, 5))
                reader.call(node, "EditableText", "CutText", "ii", (0, 5))
            here.do("state")
            assert here.selections.leaked() == {}, "a screen reader's copy reaches no clipboard"
            desk = day.stage.program.guard.pids()[0]  # type: ignore[union-attr]
            day.stage.desk_say("key")
            day.stage.until(lambda: not Path(f"/proc/{desk}").exists(), "the desk to die", 10)
            day.stage.until(day.stage.standby_is_ready, "the next standby", 30)
            left = heard()
            assert left.strip(), "the cover can be read"
            assert [mark for mark in [*marks, *read, *identifiers()] if mark in left] == []
        finally:
            reader.close()
