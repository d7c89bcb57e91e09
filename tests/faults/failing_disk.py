"""`python -m tests.faults.failing_disk HOW FOLDER COUNT SEED`: journal and cache on a disk that refuses; a line of JSON a try.

`full` and `read-only` expect FOLDER to be a small file system of their own; `limit` uses the process's own limit on file
sizes; `injected` runs under strace, which makes every so-many-th call of the kernel fail or wait.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.desks import KEY
from tests.faults.kept_files import CODER, DECISION, Device, failures
from workstation.cache import drafts
from workstation.cache.database import Database
from workstation.cache.quarantine import open_or_rebuild
from workstation.domain.audit import Act, Intent, Outcome
from workstation.errors import AuditUnavailable, DiskTrouble
from workstation.journal import commits
from workstation.journal.space import Stage
from workstation.journal.store import Journal

PAGE = 4096


def now() -> datetime:
    return datetime.now(UTC)


class Try:
    """One device on the disk, and what was said to be kept."""

    def __init__(self, folder: Path) -> None:
        self.device = Device(folder)
        folder.mkdir()
        self.journal = self.device.journal()
        self.cache = Database(self.device.cache_path, bytearray(KEY))
        self.events: list[str] = []
        self.typed = 0

    def event(self) -> None:
        entry = self.journal.append(Intent(DECISION.act, DECISION.subject), user=CODER)
        self.journal.outcome(entry.id, Outcome.DONE)
        self.events.append(entry.id)

    def key(self) -> None:
        text = "x" * (self.typed + 1)
        self.cache.write(lambda db: drafts.put(db, "e1", "comment", text, now())).result()
        self.typed += 1

    def until_refused(self) -> bool:
        """Write until the disk refuses both; whether the journal failed closed."""
        refused = [False, False]
        for _ in range(2000):
            with contextlib.suppress(DiskTrouble):
                self.key()
                continue
            refused[0] = True
            break
        for _ in range(2000):
            try:
                self.event()
            except AuditUnavailable:
                refused[1] = True
                break
        return all(refused) and self.journal.stage is Stage.CLOSED and self._lock_is_refused()

    def _lock_is_refused(self) -> bool:
        """The lock itself cannot be recorded either: the reserve has to take it."""
        try:
            self.journal.append(Intent(Act.LOCK), user=CODER)
        except AuditUnavailable:
            return True
        return False

    def lost(self) -> int:
        """The disk has room again: everything goes on by itself, and nothing that was kept is gone."""
        self.event()
        self.key()
        said = " ".join(failures(self.journal))
        gone = len(set(self.events) - {send.id for send in self.journal.unsent(100_000)})
        gone += not self.journal.verify()
        locked = "lock" in said or any(entry.act is Act.LOCK for entry in self.journal.page(CODER))
        gone += "audit-failure" not in said or not locked
        self.journal.close()
        self.cache.close()
        again = self.device.journal()
        gone += bool(again.findings) + (again.stage is Stage.CLOSED)
        again.close()
        cache, salvage = open_or_rebuild(self.device.cache_path, bytearray(KEY), now())
        kept = cache.read(lambda db: drafts.of_encounter(db, "e1")["comment"]).result()
        gone += salvage is not None or len(kept) < self.typed
        cache.close()
        return gone


def tell(seen: bool, lost: int) -> None:
    sys.stdout.write(json.dumps({"seen": seen, "lost": lost}) + "\n")
    sys.stdout.flush()


def fill(ballast: Path, left: int) -> None:
    """Take the whole disk but for some pages."""
    with ballast.open("wb", buffering=0) as file:
        for size in (64 * PAGE, PAGE):
            with contextlib.suppress(OSError):
                while file.write(bytes(size)) == size:
                    pass
        file.truncate(max(file.tell() - left * PAGE, 0))


def full(folder: Path, chance: random.Random, number: int) -> None:
    ballast = folder / "ballast"
    if number % 5 == 4:
        return full_at_the_start(folder / f"n{number}", ballast, chance)
    one = Try(folder / f"n{number}")
    for _ in range(chance.randrange(5)):
        one.event()
    fill(ballast, chance.randrange(60))
    seen = one.until_refused()
    ballast.unlink()
    tell(seen, one.lost())
    return None


def full_at_the_start(folder: Path, ballast: Path, chance: random.Random) -> None:
    """Not even the reserve finds room: the journal does not open, and nothing is done without it."""
    folder.mkdir()
    device = Device(folder)
    keys = device.keys()
    keys.close()
    fill(ballast, chance.randrange(8))
    seen = False
    try:
        device.journal().close()
    except AuditUnavailable:
        seen = True
    ballast.unlink()
    journal = device.journal()
    journal.append(Intent(Act.APP_START), user="")
    tell(seen, bool(journal.findings) + (not journal.verify()))
    journal.close()


def limited(folder: Path, chance: random.Random, number: int) -> None:
    one = Try(folder / f"n{number}")
    for _ in range(chance.randrange(1, 5)):
        one.event()
        one.key()
    logs = [
        path.with_name(f"{path.name}-wal").stat().st_size for path in (one.device.journal_path, one.device.cache_path)
    ]
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (max(*logs, 40_000) + chance.randrange(30 * PAGE), hard))
    try:
        seen = one.until_refused()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    tell(seen, one.lost())


@contextlib.contextmanager
def read_only_disk(folder: Path) -> Iterator[None]:
    subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["mount", "-o", "remount,rw", str(folder)], check=True)


def read_only(folder: Path, _chance: random.Random, number: int) -> None:
    one = Try(folder / f"n{number}")
    one.event()
    one.key()
    one.journal.close()
    one.cache.close()
    seen = [False, False]
    with read_only_disk(folder):
        try:
            one.device.journal().close()
        except AuditUnavailable:
            seen[0] = True
        try:
            open_or_rebuild(one.device.cache_path, bytearray(KEY), now())[0].close()
        except DiskTrouble:
            seen[1] = True
    one.journal, one.cache = one.device.journal(), Database(one.device.cache_path, bytearray(KEY))
    one.event()
    one.key()
    gone = bool(one.journal.findings) + (not one.journal.verify())
    gone += len(set(one.events) - {send.id for send in one.journal.unsent(1000)})
    gone += one.typed != len(one.cache.read(lambda db: drafts.of_encounter(db, "e1")["comment"]).result())
    one.journal.close()
    one.cache.close()
    tell(all(seen), gone)


def injected(folder: Path, count: int) -> None:
    """The kernel's calls fail or wait now and then, as strace was told: go on until it was seen often enough."""
    commits.SLOWEST_COMMIT = 0.25  # the kernel is told to wait a little longer than this
    device = Device(folder / "injected")
    device.root.mkdir()
    journal, events, seen = _opened(device), list[str](), 0
    for _ in range(200 * count):
        try:
            entry = journal.append(Intent(Act.VIEW_WORKLIST), user=CODER)
        except AuditUnavailable:
            seen += journal.stage is Stage.CLOSED
            if seen == count:
                break
            continue
        events.append(entry.id)
    for _ in range(20):  # whatever still fails now and then
        try:
            journal.append(Intent(Act.VIEW_WORKLIST), user=CODER)
            break
        except AuditUnavailable:
            continue
    gone = len(set(events) - {send.id for send in journal.unsent(100_000)}) + (not journal.verify())
    gone += not any("audit-failure" in reason for reason in failures(journal))
    for number in range(seen):
        tell(True, gone if number == 0 else 0)
    with contextlib.suppress(AuditUnavailable):
        journal.close()


def _opened(device: Device) -> Journal:
    """The opening itself may be hit."""
    for _ in range(20):
        with contextlib.suppress(AuditUnavailable):
            return device.journal()
    raise SystemExit("it never opens")


WAYS: dict[str, Callable[[Path, random.Random, int], None]] = {
    "full": full,
    "limit": limited,
    "read-only": read_only,
}


def main() -> None:
    how, folder, count, seed = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    os.umask(0o077)
    if how == "injected":
        injected(folder, count)
        return
    chance = random.Random(seed)
    for number in range(count):
        WAYS[how](folder, chance, number)
        for left in sorted((folder / f"n{number}").rglob("*"), reverse=True):
            left.rmdir() if left.is_dir() else left.unlink()


if __name__ == "__main__":
    main()
