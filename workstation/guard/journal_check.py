"""The whole journal checked for an open desk: read-only, on a thread of its own, given up when nobody listens any more."""

from __future__ import annotations

import time
from collections.abc import Callable

from workstation.guard.errands import NobodyListens
from workstation.guard.facts import By, Fact, Level
from workstation.guard.house import House
from workstation.guard.journal_facts import facts_of
from workstation.guard.proofs import Proofs
from workstation.guard.uplink import UplinkKind, UplinkState
from workstation.guard.verify_journal import judge
from workstation.journal.standing import Standing
from workstation.journal.store import Journal
from workstation.journal.verdict import Verdict

SECONDS_PER_WORD = 0.2

Tell = Callable[[int, int], bool]  # (done, of); False when whoever asked is gone


def rows_of_check(house: House, tell: Tell) -> list[list[str]]:
    """Each fact as `Fact.row`. Reads every entry: call it on a thread that nobody waits for. Raises NobodyListens."""
    told_at = 0.0

    def progress(done: int, of: int) -> None:
        nonlocal told_at
        now = time.monotonic()
        if now - told_at >= SECONDS_PER_WORD or done == of:
            told_at = now
            if not tell(done, of):
                raise NobodyListens

    if house.online_only:  # the journal lies in the guard's memory: its own thread reads it
        verdict, standing = house.recorder.run(lambda journal: _in_memory(journal, progress)).result()
        proofs = Proofs()  # each was checked when it came, and lies in this memory alone
    else:
        verdict, standing, proofs = judge(house.home, house.keys, progress=progress, receipt_keys=house.receipt_keys())
    found = facts_of(verdict, standing, proofs)
    return [fact.row() for fact in (*found, *_sending(house.uplink_state))]


def _in_memory(journal: Journal, progress: Callable[[int, int], None]) -> tuple[Verdict, Standing]:
    return journal.verify(progress=progress), journal.standing()


def _sending(uplink: UplinkState) -> tuple[Fact, ...]:
    """Why what waits does not go, where it does not."""
    if uplink.parked:
        return (
            Fact(
                "Refused by the server", f"{uplink.parked} events", Level.RED, By.SERVER,
                "Kept here, and tried again at each start", "Tell IT: the server refuses events it should take.",
            ),
        )  # fmt: skip
    words = {
        UplinkKind.NO_RECEIPT: (
            "no good receipt",
            "The server is to sign for each event, and what it signed does not hold",
        ),
        UplinkKind.NO_ACCESS: ("not let in", "The server does not let this device send"),
        UplinkKind.REFUSED: ("refused", "The server refuses what is sent"),
    }
    if uplink.kind in words:
        state, meaning = words[uplink.kind]
        remedy = "Tell IT: nothing is lost, and all events stay here until it is mended."
        return (Fact("Sending", state, Level.RED, By.SERVER, meaning, remedy),)
    if uplink.kind in (UplinkKind.OFFLINE, UplinkKind.BUSY):
        return (Fact("Sending", "later", Level.NOTE, By.SERVER, "The server cannot be reached, or asks to wait"),)
    return ()
