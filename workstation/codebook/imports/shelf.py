"""The shelf: what was imported on this computer, and the pack made of the built-in one and all of it.

The pack is replaced in one step and names its own sources, so that an import that fails or is cut off changes nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from workstation.codebook.imports.apply import NAME, Applier, Diff, needs_day
from workstation.codebook.imports.files import BadFile, Member, members
from workstation.codebook.imports.kinds import Kind, effective_day, recognise
from workstation.codebook.reader import CodeBookUnusable, PackReader
from workstation.durable import sync_folder
from workstation.errors import DiskTrouble

PACK = "codebook.db"


@dataclass(frozen=True, slots=True)
class Entry:
    """One imported file."""

    file: str  # its name on the shelf
    sha256: str
    effective: str  # as given by hand, else empty
    imported_on: str
    summary: tuple[str, ...]  # what it changed, in words


class Shelf:
    """A folder with the imported files and the pack made of them."""

    def __init__(self, folder: Path, builtin: Path) -> None:
        self._folder = folder
        self._builtin = builtin
        self.pack = folder / PACK

    def current(self) -> Path:
        """The pack to open: the imported one while it was made from this program's own, else the built-in."""
        return self.pack if self.entries() else self._builtin

    def is_stale(self) -> bool:
        """Whether there is an imported pack that this version of the program cannot use."""
        return self.pack.exists() and not self.entries()

    def entries(self) -> tuple[Entry, ...]:
        """What the current pack was made of, oldest first."""
        if not self.pack.exists():
            return ()
        try:
            found = PackReader(self.pack).db.execute("select name, value from facts").fetchall()
            facts = dict(found)
            if facts.get("built on") != _mark(self._builtin):
                return ()
            return tuple(Entry(**{**e, "summary": tuple(e["summary"])}) for e in json.loads(facts["imports"]))
        except (CodeBookUnusable, sqlite3.Error, ValueError, KeyError, TypeError):
            return ()

    def add(
        self,
        paths: Sequence[Path],
        effective: date | None,
        on: date,
        say: Callable[[str], None],
        *,
        check: bool = False,
    ) -> tuple[Diff, ...]:
        """Import files: all of them or none. With `check` only the diff is made. Raises BadFile, DiskTrouble."""
        held = self._held_entries()
        known = {entry.sha256: entry for entry in held}
        fresh: list[tuple[Path, str, str]] = []
        for path in paths:
            digest = _digest(path)
            if digest in known or digest in (d for _, d, _ in fresh):
                raise BadFile(f"{path.name} is imported already.", remedy="Leave it out.")
            given = effective.isoformat() if effective else ""
            fresh.append((path, digest, given))
        _make(self._folder / "sources")
        old = [(self._folder / "sources" / e.file, e.sha256, e.effective) for e in held]
        part = self._folder / f"{PACK}.part"
        try:
            diffs = self._build(part, [*old, *fresh], say)
            mine = diffs[len(old) :]
            entries = [
                *held,
                *(
                    Entry(f"{digest[:12]}-{NAME.sub('_', path.name)}", digest, given, on.isoformat(),
                          tuple(d.in_words() for d in found))
                    for (path, digest, given), found in zip(fresh, mine, strict=True)
                ),
            ]  # fmt: skip
            if not check:
                for (path, *_), entry in zip(fresh, entries[len(held) :], strict=True):
                    self._keep(path, entry.file)
                self._replace(part, entries)
            return tuple(d for found in mine for d in found)
        except OSError as trouble:
            raise DiskTrouble(trouble.strerror or "") from trouble
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)

    def undo(self, say: Callable[[str], None]) -> Entry | None:
        """Take the last file away again and make the pack without it; None when the shelf is empty."""
        held = self._held_entries()
        if not held:
            return None
        *kept, last = held
        part = self._folder / f"{PACK}.part"
        try:
            if kept:
                self._build(part, [(self._folder / "sources" / e.file, e.sha256, e.effective) for e in kept], say)
                self._replace(part, kept)
            else:
                self.pack.unlink(missing_ok=True)
            (self._folder / "sources" / last.file).unlink(missing_ok=True)
        except OSError as trouble:
            raise DiskTrouble(trouble.strerror or "") from trouble
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)
        return last

    def rebuild(self, say: Callable[[str], None]) -> int:
        """Make the imported pack anew, after the program's own pack has changed; how many files it holds."""
        held = self._held_entries()
        part = self._folder / f"{PACK}.part"
        try:
            self._build(part, [(self._folder / "sources" / e.file, e.sha256, e.effective) for e in held], say)
            self._replace(part, held)
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)
        return len(held)

    def _held_entries(self) -> list[Entry]:
        """The entries of the pack, also of one made from another built-in pack: their files are here."""
        if not self.pack.exists():
            return []
        try:
            db = sqlite3.connect(f"{self.pack.absolute().as_uri()}?mode=ro", uri=True)
            try:
                found = json.loads(db.execute("select value from facts where name = 'imports'").fetchone()[0])
            finally:
                db.close()
            entries = [Entry(**{**e, "summary": tuple(e["summary"])}) for e in found]
        except (sqlite3.Error, ValueError, TypeError, KeyError):
            return []
        return [e for e in entries if (self._folder / "sources" / e.file).exists()]

    def _build(
        self, part: Path, sources: Sequence[tuple[Path, str, str]], say: Callable[[str], None]
    ) -> list[list[Diff]]:
        _make(part.parent)
        shutil.copyfile(self._builtin, part)
        db = sqlite3.connect(part)
        try:
            db.execute("pragma journal_mode = off")
            db.execute("pragma synchronous = off")
            applier = Applier(db, say)
            diffs = [self._apply(applier, path, given, say) for path, _, given in sources]
            applier.finish()
            db.execute("insert or replace into facts values ('built on', ?)", (_mark(self._builtin),))
            db.commit()
            db.execute("analyze")
            db.commit()
            if db.execute("pragma quick_check").fetchone()[0] != "ok":
                raise DiskTrouble("the new pack failed its check")
        finally:
            db.close()
        return diffs

    @staticmethod
    def _apply(applier: Applier, path: Path, given: str, say: Callable[[str], None]) -> list[Diff]:
        found: list[Diff] = []
        for member, kind in sorted(_recognised(path), key=lambda pair: list(Kind).index(pair[1])):
            say(f"{member.name}: {kind.value}")
            day = date.fromisoformat(given) if given else effective_day(member.name, kind) or _year_of(member, kind)
            if day is None:
                day = effective_day(path.name, kind)
            if day is None and needs_day(kind):
                raise BadFile(
                    f"{member.name} does not say from which day it counts.",
                    remedy="Give the day with --effective, such as --effective 2027-10-01.",
                )
            found.append(applier.apply(member, kind, day))
        return found

    def _keep(self, path: Path, name: str) -> None:
        target = self._folder / "sources" / name
        shutil.copyfile(path, target)
        with target.open("rb+") as stream:
            os.fsync(stream.fileno())

    def _replace(self, part: Path, entries: Sequence[Entry]) -> None:
        db = sqlite3.connect(part)
        try:
            text = json.dumps([asdict(e) for e in entries])
            db.execute("insert or replace into facts values ('imports', ?)", (text,))
            db.commit()
        finally:
            db.close()
        with part.open("rb+") as stream:
            os.fsync(stream.fileno())
        part.replace(self.pack)
        sync_folder(self._folder)


def _year_of(member: Member, kind: Kind) -> date | None:
    """The `version` a CDC file names in its XML; none other says its year inside."""
    if kind not in (Kind.TABULAR, Kind.INDEX, Kind.TABLE):
        return None
    found = re.search(rb"<version>\s*(20\d\d)", member.body[:2000])
    return date(int(found[1]) - 1, 10, 1) if found else None


def _recognised(path: Path) -> list[tuple[Member, Kind]]:
    found: list[tuple[Member, Kind]] = []
    names: list[str] = []
    for member in members(path):
        names.append(member.name)
        kind = recognise(member)
        if kind is not None and kind is not Kind.ADDENDUM:
            found.append((member, kind))
    if not found:
        inside = f" It holds {', '.join(names[:6])}." if names != [path.name] else ""
        raise BadFile(
            f"{path.name} is no code-set release this program knows.{inside}",
            remedy="docs/codesets.md lists what can be imported and where it comes from. Nothing was changed.",
        )
    # archives hold the same list as text and as a workbook: one is enough
    once: dict[Kind, tuple[Member, Kind]] = {}
    several: list[tuple[Member, Kind]] = []
    for member, kind in found:
        if kind in (Kind.POA, Kind.CONVERSION, Kind.WEIGHTS, Kind.HCPCS):
            once.setdefault(kind, (member, kind))
        else:
            several.append((member, kind))
    return [*once.values(), *several]


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as trouble:
        raise BadFile(f"{path.name} cannot be read ({trouble.strerror}).") from trouble


def _mark(builtin: Path) -> str:
    """Names a built-in pack: its release, and its size, which changes with anything in it."""
    release = PackReader(builtin).db.execute("select value from facts where name = 'release'").fetchone()[0]
    return f"{release} {builtin.stat().st_size}"


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as trouble:
        raise DiskTrouble(trouble.strerror or "") from trouble
