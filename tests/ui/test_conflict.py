"""A conflict on the screen: what was before, theirs and mine in a coder's words, and a side chosen for each line."""

from __future__ import annotations

import json
from dataclasses import replace

from PySide6.QtWidgets import QLabel, QRadioButton

from tests.desks import E1, I50_23, N17_0, Z79_4, a_task, an_encounter
from tests.ui.test_encounter_page import Screen, screen
from workstation.cache import outbox, tasks
from workstation.cache.outbox import Letter, Post
from workstation.domain.access import Coder
from workstation.domain.codes import Code, CodeSystem
from workstation.domain.coding import CodingSummary, Line, LineId, LineKind, PoaIndicator
from workstation.domain.worklist import WorkState
from workstation.fhir.outgoing import Stamps, claim
from workstation.operations import coding, worklist
from workstation.operations import encounters as opening

__all__ = ["screen"]

CODER = Coder("other", "other", "Other Coder", "CCS", frozenset({"inpatient-coder"}))
I50_33 = Code(CodeSystem.ICD10CM, "I50.33")


def line(code: Code, poa: PoaIndicator | None, name: str) -> Line:
    return Line(LineId(name), LineKind.DIAGNOSIS, code, f"Title of {code}", poa)


def their_claim(screen: Screen, *lines: Line, principal: str) -> dict:
    summary = CodingSummary(E1, LineId(principal), lines)
    return claim(an_encounter(), summary, CODER, "theirs", Stamps("FY2027", "1"), screen.bench.desk.now())


def in_conflict(screen: Screen, their: dict) -> None:
    """As sync leaves it: mine finalized and refused as a conflict, with the server's side beside it."""
    desk = screen.bench.desk
    done = coding.finalize(desk, E1).result()
    letter = done.letter_id  # type: ignore[union-attr]
    answer = {
        "task": {**json.loads(a_task().raw), "status": "completed"},
        "version": "9",
        "claim": their,
        "reason": "x",
    }

    def write(db):
        for each in outbox.open_of(db, E1):
            if each.id == letter:
                outbox.settle(db, each.id, Post.CONFLICT, json.dumps(answer), desk.now())
            else:
                outbox.settle(db, each.id, Post.CONFIRMED, "{}", desk.now())

    desk.db.write(write).result()
    screen.page._reload()
    screen.until(screen.page._conflict.isVisible)


def test_what_one_side_changed_is_chosen_and_what_both_changed_is_asked(screen: Screen) -> None:
    """Before was nothing: they coded I50.33 as principal, I coded I50.23; both have N17.0, with another POA."""
    desk = screen.bench.desk
    coding.add(desk, E1, I50_23, principal=True, poa=PoaIndicator.YES).result()
    coding.add(desk, E1, N17_0, poa=PoaIndicator.YES).result()
    theirs = their_claim(
        screen,
        line(I50_33, PoaIndicator.YES, "a"),
        line(N17_0, PoaIndicator.NO, "b"),
        line(Z79_4, None, "c"),
        principal="a",
    )
    in_conflict(screen, theirs)
    bar = screen.page._conflict
    words = [part.text() for part in bar.findChildren(QLabel)]
    assert any(text == "Before" for text in words)
    assert "both changed it: choose" in words
    assert "you added it" in words
    assert "the server added it" in words
    choices = {radio.accessibleName(): radio for radio in bar.findChildren(QRadioButton)}
    assert choices["N17.0 Title of N17.0, on the server: coded, POA N"].isChecked() is False
    assert choices["N17.0 Title of N17.0, mine: coded, POA Y"].isChecked() is False
    assert not bar._combine.isEnabled()
    choices["Principal diagnosis, mine: I50.23"].click()
    assert not bar._combine.isEnabled()
    choices["N17.0 Title of N17.0, on the server: coded, POA N"].click()
    assert bar._combine.isEnabled()
    bar._combine.click()
    screen.until(lambda: not bar.isVisible())
    opened = opening.refresh(desk, E1).result()
    coded = {str(one.code): one.poa for one in opened.summary.lines}
    assert opened.summary.principal.code == I50_23
    assert coded == {"I50.23": PoaIndicator.YES, "N17.0": PoaIndicator.NO, "Z79.4": None, "I50.33": PoaIndicator.YES}
    assert (opened.work_state, opened.can_undo) == (WorkState.IN_PROGRESS, True)
    assert "resolve-conflict" in screen.bench.guard.acts
    assert coding.undo(desk, E1).result().lines[1].poa is PoaIndicator.YES  # mine is one undo away


def test_the_last_result_the_server_had_of_ours_is_what_both_began_with(screen: Screen) -> None:
    desk = screen.bench.desk
    coding.add(desk, E1, I50_23, principal=True, poa=PoaIndicator.YES).result()
    coding.add(desk, E1, N17_0, poa=PoaIndicator.YES).result()
    coding.finalize(desk, E1).result()
    first = opening.refresh(desk, E1).result().summary

    def confirmed(db):
        for each in outbox.open_of(db, E1):
            outbox.settle(db, each.id, Post.CONFIRMED, '{"claim": "Claim/c1"}', desk.now())
        tasks.put(db, a_task(version="2"))

    desk.db.write(confirmed).result()
    coding.reopen(desk, E1).result()
    coding.add(desk, E1, Z79_4).result()  # mine since
    theirs = their_claim(
        screen,
        *(replace(one, poa=PoaIndicator.NO) if one.code == N17_0 else one for one in first.lines),
        principal=first.principal_id,
    )
    in_conflict(screen, theirs)
    rows = {row.key: row for row in opening.refresh(desk, E1).result().conflict.rows}
    changed = rows["diagnosis:N17.0"]
    assert (changed.before, changed.theirs, changed.mine) == ("coded, POA Y", "coded, POA N", "coded, POA Y")
    assert changed.told == "the server changed it"
    assert rows["diagnosis:Z79.4"].told == "you added it"
    assert rows["diagnosis:I50.23"].is_same
    # nothing is left to choose: one press takes their POA and keeps my line
    bar = screen.page._conflict
    assert bar._combine.isEnabled()
    bar._combine.click()
    screen.until(lambda: not bar.isVisible())
    coded = {str(one.code): one.poa for one in opening.refresh(desk, E1).result().summary.lines}
    assert coded == {"I50.23": PoaIndicator.YES, "N17.0": PoaIndicator.NO, "Z79.4": PoaIndicator.EXEMPT}


def test_a_refusal_shows_the_servers_reason_and_can_be_sent_again(screen: Screen) -> None:
    desk = screen.bench.desk
    coding.add(desk, E1, I50_23, principal=True, poa=PoaIndicator.YES).result()
    coding.finalize(desk, E1).result()

    def refused(db):
        for each in outbox.open_of(db, E1):
            if each.kind is Letter.RESULT:
                outbox.settle(db, each.id, Post.REFUSED, '{"reason": "Coverage is not active"}', desk.now())
            else:
                outbox.settle(db, each.id, Post.CONFIRMED, "{}", desk.now())

    desk.db.write(refused).result()
    screen.page._reload()
    bar = screen.page._conflict
    screen.until(bar.isVisible)
    assert bar._words.text() == "The server refused it: Coverage is not active"
    assert not bar.sides.isVisible()
    bar._again.click()
    screen.until(lambda: not bar.isVisible())
    assert [row.send_state.value for row in worklist.load(desk).result()] == ["waiting"]


def test_nothing_chosen_is_lost_while_the_chart_is_read(screen: Screen) -> None:
    desk = screen.bench.desk
    coding.add(desk, E1, N17_0, principal=True, poa=PoaIndicator.YES).result()
    in_conflict(screen, their_claim(screen, line(N17_0, PoaIndicator.NO, "a"), principal="a"))
    bar = screen.page._conflict
    mine = next(r for r in bar.findChildren(QRadioButton) if ", mine" in r.accessibleName())
    mine.click()
    screen.page._reload()
    screen.bot.wait(100)
    again = next(r for r in bar.findChildren(QRadioButton) if ", mine" in r.accessibleName())
    assert again.isChecked()
    screen.page.leave()
    screen.bot.wait(50)
    assert not bar.isVisible()
    assert not any("N17" in part.text() for kind in (QLabel, QRadioButton) for part in bar.findChildren(kind))
