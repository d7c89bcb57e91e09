"""`python -m tests.faults.dying_writer`: forks a guard and desk that write until they are killed; told what on its input.

Lines in: `write FOLDER`, `journal FOLDER STEP`, `cache FOLDER STEP` (a migration killed at a step). Lines out: `pid N`,
`kept decision ID`, `kept typed NUMBER`, `steps N` when a migration came to its end, and `dead` when the fork is gone.
"""

from __future__ import annotations

import os
import signal
import sys
from concurrent.futures import Future
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.desks import KEY, FakeBook
from tests.faults.kept_files import CODER, DECISION, VIEW, Device
from workstation.cache import acts, database, drafts, outbox
from workstation.cache.quarantine import open_or_rebuild
from workstation.desk import Desk
from workstation.domain.access import Coder
from workstation.domain.audit import Intent
from workstation.domain.policy import Policy
from workstation.guard.recorder import Recorder
from workstation.ids import uuid7
from workstation.journal import store


def now() -> datetime:
    return datetime.now(UTC)


def tell(words: str) -> None:
    os.write(1, f"{words}\n".encode())


def write(device: Device) -> None:
    """A coder who decides and types without a pause: said to be kept only when it is."""
    recorder = Recorder(device.journal)
    recorder.opened().result()
    must_hold = recorder.run(lambda journal: journal.newest_done(CODER)).result()
    cache, _ = open_or_rebuild(device.cache_path, bytearray(KEY), now(), must_hold=must_hold)
    desk = Desk(
        db=cache,
        ask=lambda intent: recorder.record(intent, CODER),
        tell=lambda intent_id, outcome, reason: _ignored(recorder.outcome(intent_id, outcome, reason)),
        codebook=FakeBook(),
        coder=Coder(CODER, CODER, "Casey Coder", "CCS", frozenset({"inpatient-coder"})),
        policy=Policy,
        now=now,
        changed=lambda _: None,
    )
    typed = len(cache.read(lambda db: drafts.of_encounter(db, "e1").get("comment", "")).result())
    tell("at work")
    while True:
        intent_id = uuid7()

        def decide(db: Any, intent_id: str = intent_id) -> None:
            outbox.put(db, f"letter-{intent_id}", outbox.Letter.TASK, "e1", "t", "1", "{}", "kept", now())

        desk.act(Intent(DECISION.act, DECISION.subject, id=intent_id), decide).result()
        tell(f"kept decision {intent_id}")
        desk.look(Intent(VIEW.act, VIEW.subject), lambda db: None).result()
        for _ in range(3):
            typed += 1
            cache.write(lambda db, text="x" * typed: drafts.put(db, "e1", "comment", text, now())).result()
            tell(f"kept typed {typed}")


def _ignored(_future: Future[Any]) -> None:
    """An outcome is told and not waited for."""


class Dying:
    """A connection that ends this process before its nth statement."""

    def __init__(self, real: Any, at: int) -> None:
        self._real, self._at, self.asked = real, at, 0

    def execute(self, *words: Any) -> Any:
        if self.asked == self._at:
            os.kill(os.getpid(), signal.SIGKILL)
        self.asked += 1
        return self._real.execute(*words)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


def migrating(module: Any, name: str, at: int) -> None:
    real = getattr(module, name)

    def dying(connection: Any) -> None:
        watched = Dying(connection, at)
        real(watched)
        tell(f"steps {watched.asked}")

    setattr(module, name, dying)


def work(words: list[str]) -> None:
    device = Device(Path(words[1]))
    if words[0] == "write":
        write(device)
    elif words[0] == "journal":
        migrating(store, "prepare", int(words[2]))
        device.journal().close()
    else:
        migrating(database, "migrate", int(words[2]))
        opened = database.Database(device.cache_path, bytearray(KEY))
        opened.read(acts.newest).result()
        opened.close()


def main() -> None:
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            work(line.split())
            os._exit(0)
        tell(f"pid {child}")
        os.waitpid(child, 0)
        tell("dead")


if __name__ == "__main__":
    main()
