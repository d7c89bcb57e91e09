"""The teaching page by keyboard alone: ask, settle doubts, judge, release, read; a lead decides; a coder sees no tab."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from tests.desks import NOW, Bench, open_bench
from ui.background import Background
from ui.room import Room
from ui.teaching.page import TeachingPage
from ui.theme import apply_theme
from workstation.cache import outbox, teaching
from workstation.cache.outbox import Letter
from workstation.changes import Changes
from workstation.codebook.lexicon import read_lexicon
from workstation.domain.access import Coder
from workstation.domain.policy import Policy
from workstation.domain.redaction.kinds import Identifier
from workstation.domain.teaching.copy import Section, TeachingCopy
from workstation.domain.teaching.making import Doubt, Place
from workstation.domain.teaching.request import Candidate, NeedCode, TeachingTask
from workstation.domain.teaching.risk import QUESTIONS, Risk
from workstation.errors import WorkstationError
from workstation.sync.teaching_bench import Asked

LEXICON = read_lexicon(None)
NOTE = "[NAME] was seen with Quillby signs. Acute heart failure, treated with Zorvane. He drives a snow plough.\n"
DOUBTS = tuple(
    Doubt(
        word.casefold(), "a capitalised word no dictionary has", 1, (Place("Progress note", "before", word, "after"),)
    )
    for word in ("Quillby", "Zorvane")
)


class Books:
    """What of a query board is asked here."""

    lexicon = LEXICON


@dataclass
class Board:
    desk: object

    def books(self) -> type[Books]:
        return Books


@dataclass
class FakeBench:
    """Makes a copy of one note, at once and without a server."""

    bench: Bench
    answers: dict[str, bool] | None = None  # None while nothing is being made
    forgotten: int = 0
    offered: tuple[Candidate, ...] = field(default=(
        Candidate("CT-1", "INPT-MEDICINE", "Final coded", "dana", NOW, "Encounter/e1", "Patient/p1"),
        Candidate("CT-2", "OUTPT-CLINIC", "Not started", "miguel", NOW, "Encounter/e2", "Patient/p2"),
    ))  # fmt: skip

    def _done(self, value: object) -> Future:
        future: Future = Future()
        future.set_result(value)
        return future

    def candidates(self) -> Future:
        return self._done(self.offered)

    def educators(self) -> Future:
        return self._done(("omar", "olga"))

    def make(self, task_id: str) -> Future:
        self.answers = {}
        return self._done(self._asked())

    def settle(self, word: str, *, keep: bool | None) -> Future:
        assert self.answers is not None
        self.answers[word] = bool(keep)
        return self._done(self._asked())

    def take_out_rest(self) -> Future:
        assert self.answers is not None
        for doubt in DOUBTS:
            self.answers.setdefault(doubt.word, False)
        return self._done(self._asked())

    def keep(self) -> Future:
        assert self.answers is not None
        text = NOTE
        for doubt in DOUBTS:
            if not self.answers[doubt.word]:
                text = text.replace(doubt.places[0].word, "[REMOVED]")
        copy = replace(a_copy(), sections=(Section("Progress note", "[DATE 2026]", text),))
        self.bench.desk.db.write(lambda db: teaching.put_copy(db, copy, "checking", NOW)).result()
        self.answers = None
        return self._done(copy)

    def forget(self) -> None:
        self.answers = None
        self.forgotten += 1

    def _asked(self) -> Asked:
        answers = self.answers or {}
        return Asked("t1", "heart failure", tuple(replace(d, keep=answers.get(d.word)) for d in DOUBTS), 1, 2)


def a_task(**changes: object) -> TeachingTask:
    made = TeachingTask(
        id="t1", version="2", key="k1", status="accepted", need=NeedCode.ONBOARDING.value, topic="heart failure",
        requester="omar", owner="omar", asked_at=NOW, until=NOW + timedelta(days=14),
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def a_copy(**changes: object) -> TeachingCopy:
    made = TeachingCopy(
        id="c1", task_id="t1", need="onboarding", topic="heart failure",
        sections=(Section("Progress note", "[DATE 2026] day 2", "[NAME] has acute heart failure.\n"),
                  Section("Discharge summary", "", "Went home. Ran the lighthouse.\n")),
        removed={Identifier.NAME: 1}, left_out=2, dates="year", passes=2, made_at=NOW,
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


@dataclass
class Screen:
    page: TeachingPage
    bench: Bench
    making: FakeBench
    said: list[str]
    bot: QtBot

    def put(self, *tasks: TeachingTask, copies: tuple[tuple[TeachingCopy, str], ...] = ()) -> None:
        def write(db: object) -> None:
            for task in tasks:
                teaching.put_task(db, task, NOW)  # type: ignore[arg-type]
            for copy, state in copies:
                teaching.put_copy(db, copy, state, NOW)  # type: ignore[arg-type]

        self.bench.desk.db.write(write).result()
        self.page.shown()
        self.bot.waitUntil(lambda: bool(self.page._model.values) or self.page.deciding.request() is not None)

    def letters(self) -> list[Letter]:
        kinds = (Letter.TEACHING_ASKED, Letter.TEACHING_CHANGE)
        return [one.kind for one in self.bench.desk.db.read(lambda db: outbox.open_of_kinds(db, kinds)).result()]

    def press(
        self, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier, text: str = ""
    ) -> None:
        self.bot.keyClick(QApplication.focusWidget() or self.page, key, modifiers)

    def words(self) -> str:
        return " ".join(part.text() for part in self.page.findChildren(QLabel) if part.isVisible())


def screens(tmp_path: Path, qtbot: QtBot, qapp: QApplication, user: str, role: str) -> Iterator[Screen]:
    bench = open_bench(tmp_path / "cache.db", coder=user)
    bench.clock[0] = NOW
    said: list[str] = []

    class Notices:
        def say(self, text: str, tone: str = "info", *, passing: bool = False) -> None:
            said.append(text)

        def trouble(self, error: WorkstationError) -> None:
            said.append(str(error))

    notices = Notices()
    background = Background(notices.trouble)
    room = Room(apply_theme(qapp, "light"), background, notices, None, None)  # type: ignore[arg-type]
    page = TeachingPage(room)

    def changed(changes: Changes) -> None:
        background.post(lambda: page.changed(changes))

    who = Coder(user, user, user.capitalize(), "CCS", frozenset({role}))
    room.desk = bench.desk = replace(bench.desk, coder=who, changed=changed)
    room.queries = Board(bench.desk)  # type: ignore[assignment]
    making = FakeBench(bench)
    room.teaching = making  # type: ignore[assignment]
    qtbot.addWidget(page)
    page.resize(1366, 716)
    page.show()
    page.enter()
    page.shown()
    qtbot.waitExposed(page)
    page.activateWindow()
    yield Screen(page, bench, making, said, qtbot)
    page.hide()
    qtbot.wait(50)
    bench.desk.db.close()


@pytest.fixture
def omar(tmp_path: Path, qtbot: QtBot, qapp: QApplication) -> Iterator[Screen]:
    yield from screens(tmp_path, qtbot, qapp, "omar", "educator")


@pytest.fixture
def lena(tmp_path: Path, qtbot: QtBot, qapp: QApplication) -> Iterator[Screen]:
    yield from screens(tmp_path, qtbot, qapp, "lena", "lead")


@pytest.fixture
def ruth(tmp_path: Path, qtbot: QtBot, qapp: QApplication) -> Iterator[Screen]:
    yield from screens(tmp_path, qtbot, qapp, "ruth", "auditor")


def test_an_empty_page_says_what_to_do_and_a_topic_that_names_somebody_stays_here(omar: Screen) -> None:
    assert "No request yet" in omar.words()
    omar.page.ask._chips[NeedCode.ERROR_TREND].click()
    omar.page.ask.topic.setFocus()
    omar.bot.keyClicks(omar.page.ask.topic, "the Brannigan case")
    omar.press(Qt.Key.Key_Return)
    omar.bot.waitUntil(lambda: "The topic holds" in omar.words())
    assert omar.letters() == []
    omar.page.ask.topic.setText("sepsis with organ failure")
    omar.press(Qt.Key.Key_Return)
    omar.bot.waitUntil(lambda: omar.letters() == [Letter.TEACHING_ASKED])
    omar.bot.waitUntil(lambda: omar.page.texts() == ("On its way | sepsis with organ failure",))


def test_a_copy_is_made_judged_released_and_read_by_keyboard(omar: Screen) -> None:
    page = omar.page
    omar.put(a_task())
    page.table.setFocus()
    omar.press(Qt.Key.Key_Return)
    omar.bot.waitUntil(lambda: page.settling.doubt() is not None)
    first = page.settling.doubt()
    assert first is not None
    omar.press(Qt.Key.Key_K)
    omar.bot.waitUntil(lambda: page.settling.doubt() != first)
    while page.settling.doubt() is not None:
        before = page.settling.doubt()
        omar.press(Qt.Key.Key_T)
        omar.bot.waitUntil(lambda before=before: page.settling.doubt() != before)
    omar.press(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    omar.bot.waitUntil(lambda: page.judging._copy is not None)
    for risk in QUESTIONS:
        omar.bot.waitUntil(lambda risk=risk: page.judging.risk() is risk)
        omar.press(Qt.Key.Key_N if risk is not Risk.OCCUPATION else Qt.Key.Key_Y)
        if risk is Risk.OCCUPATION:
            omar.bot.waitUntil(lambda: "press X" in omar.words())
            assert not page.judging.go.isEnabled()
            at = page.judging._text.index("snow plough")
            page.judging.viewer.mark_passage(at, at + len("snow plough"))
            page.judging.viewer.setFocus()
            omar.press(Qt.Key.Key_X)
    omar.bot.waitUntil(page.judging.go.isEnabled)
    omar.press(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    omar.bot.waitUntil(lambda: page.pane() == "copies" and page.copies._copy is not None)
    assert page.judging._text == ""
    read = page.copies._copy
    assert read is not None
    text = " ".join(section.text for section in read.sections)
    assert "Acute heart failure" in text
    assert "Quillby signs" in text  # the person said that it stays
    for gone in ("snow plough", "Zorvane"):
        assert gone not in text
    assert omar.letters() == [Letter.TEACHING_CHANGE]


def test_leaving_a_copy_that_is_being_made_forgets_the_chart(omar: Screen) -> None:
    omar.put(a_task())
    omar.page.next_step()
    omar.bot.waitUntil(lambda: omar.page.settling.doubt() is not None)
    omar.press(Qt.Key.Key_Escape)
    omar.bot.waitUntil(lambda: omar.page.pane() == "requests")
    assert omar.making.forgotten
    assert omar.making.answers is None
    assert "Quillby" not in omar.words()


def test_what_is_known_of_the_patient_is_never_argued_away(omar: Screen) -> None:
    omar.put(a_task(), copies=((a_copy(), "checking"),))
    omar.page.judge("c1")
    omar.bot.waitUntil(lambda: omar.page.judging._copy is not None)
    omar.page.judging.table.selectRow(list(QUESTIONS).index(Risk.ACTUAL_KNOWLEDGE))
    omar.press(Qt.Key.Key_Y)
    omar.bot.waitUntil(lambda: "Mark what gives it away" in omar.words())
    assert omar.page.judging.reason.isHidden()
    omar.page.judging.table.selectRow(list(QUESTIONS).index(Risk.NEWS))
    omar.press(Qt.Key.Key_Y)
    omar.bot.waitUntil(omar.page.judging.reason.isVisible)


def test_a_released_copy_is_opened_by_enter_on_record_and_copied_never(omar: Screen, qapp: QApplication) -> None:
    until = NOW + timedelta(days=90)
    omar.put(a_task(status="completed"), copies=((a_copy(released_at=NOW, until=until), "released"),))
    omar.page.show_tab("copies")
    omar.bot.waitUntil(lambda: bool(omar.page.copies._list.values))
    omar.page.copies.table.setFocus()
    assert "view-teaching-copy" not in omar.bench.guard.acts
    omar.press(Qt.Key.Key_Return)
    omar.bot.waitUntil(lambda: omar.page.copies._copy is not None)
    assert "view-teaching-copy" in omar.bench.guard.acts
    viewer = omar.page.copies.viewer
    viewer.mark_passage(0, 30)
    qapp.clipboard().clear()
    QApplication.sendEvent(viewer, QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier))
    assert qapp.clipboard().text() == ""
    omar.page.copies.step(1)
    assert omar.page.copies.sections.currentIndex().row() == 1


def test_a_lead_approves_from_opaque_ids_and_refuses_with_a_reason(lena: Screen) -> None:
    asked = a_task(status="requested", owner="", until=None)
    lena.put(asked, a_task(id="t2", key="k2", topic="own", requester="lena", status="requested", owner="", until=None))
    pane = lena.page.deciding
    lena.bot.waitUntil(lambda: len(pane._choices.values) == 2)
    pane.table.selectRow(next(at for at, r in enumerate(pane._requests.values) if r.mine))
    assert pane.ok.isHidden()
    assert "another lead decides" in lena.words()
    pane.table.selectRow(next(at for at, r in enumerate(pane._requests.values) if not r.mine))
    pane.no.click()
    lena.bot.waitUntil(lambda: "needs a reason" in lena.words())
    pane.finder.setText("clinic")
    assert [c.number for c in pane._choices.values] == ["CT-2"]
    pane.finder.setFocus()
    lena.press(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    lena.bot.waitUntil(lambda: lena.letters() == [Letter.TEACHING_CHANGE])
    [letter] = lena.bench.desk.db.read(lambda db: outbox.open_of_kinds(db, (Letter.TEACHING_CHANGE,))).result()
    assert '"encounter": "Encounter/e2"' in letter.body
    assert '"owner": "omar"' in letter.body


def test_an_auditor_proposes_and_is_offered_nothing_else(ruth: Screen) -> None:
    assert ruth.page.is_offered()
    assert "Propose a teaching copy" in ruth.words()
    assert not any(tab.isVisible() for tab in ruth.page._tabs.values())
    ruth.put(a_task(requester="ruth", owner="omar"))
    assert ruth.page._next.isHidden()


@pytest.mark.parametrize(("role", "verbs", "offered"), [
    ("inpatient-coder", (), False), ("inpatient-coder", ("teaching",), False), ("vendor-coder", (), False),
    ("educator", (), True), ("educator", ("teaching",), True), ("educator", ("encode",), False),
    ("lead", ("grant",), True), ("auditor", ("propose",), True), ("auditor", ("review",), False),
])  # fmt: skip
def test_the_page_is_offered_by_role_and_by_policy(
    tmp_path: Path, role: str, verbs: tuple[str, ...], offered: bool
) -> None:
    from workstation.operations.teaching import concerns

    bench = open_bench(tmp_path / "cache.db")
    policy = Policy(features=((role, verbs),)) if verbs else Policy()
    who = replace(bench.desk.coder, roles=frozenset({role}))
    try:
        assert concerns(replace(bench.desk, coder=who, policy=lambda: policy)) is offered
    finally:
        bench.desk.db.close()
