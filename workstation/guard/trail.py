"""A coder's own trail: their journal entries in words, and which of them the server has acknowledged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workstation.messages import TrailPage, TrailWanted

if TYPE_CHECKING:
    from workstation.guard.house import House
    from workstation.journal.store import Journal


def page_of(wanted: TrailWanted, user: str, house: House) -> TrailPage:
    """One page, newest first. Blocks on the journal's thread."""

    def read(journal: Journal) -> tuple[list[dict[str, Any]], tuple[int, int]]:
        entries = journal.page(user, wanted.before, wanted.limit)
        received = journal.acknowledged(tuple(entry.id for entry in entries))
        rows = [
            {
                "position": entry.position,
                "id": entry.id,
                "time": entry.time,
                "act": entry.act.value,
                "phase": entry.phase.value,
                "outcome": entry.outcome.value if entry.outcome else "",
                "reason": entry.reason,
                "what": entry.subject.what or entry.subject.encounter,
                "acknowledged": entry.id in received,
            }
            for entry in entries
        ]
        return rows, journal.counts()

    rows, (waiting, acknowledged) = house.recorder.run(read).result()
    return TrailPage(wanted.request, rows, waiting, acknowledged, house.uplink_state.kind.value)
