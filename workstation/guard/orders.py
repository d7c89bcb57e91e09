"""Which commands were obeyed, for ever, and which were refused, until the next start: each counts once."""

from __future__ import annotations

import json
from pathlib import Path

from workstation.durable import read_whole, write_whole
from workstation.fhir.commands import Command

_MOST = 1000


class Orders:
    """A small file of ids, and what was refused since the start."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._refused: set[str] = set()

    def spent(self) -> frozenset[str]:
        """`task/version`s and identifiers that were obeyed."""
        try:
            found = json.loads(read_whole(self._path) or b"[]")
        except ValueError:
            return frozenset()
        return frozenset(str(one) for one in found) if isinstance(found, list) else frozenset()

    def spend(self, command: Command) -> None:
        """Before it is obeyed: a crash in between leaves it obeyed once or not at all, never twice."""
        names = [*sorted(self.spent()), f"{command.task}/{command.version}"]
        if command.identifier:
            names.append(command.identifier)
        write_whole(self._path, json.dumps(names[-_MOST:]).encode())

    def has_obeyed(self, command: Command) -> bool:
        """This very task, at this version: not another one that carries its identifier."""
        return f"{command.task}/{command.version}" in self.spent()

    def refuse(self, command: Command) -> None:
        self._refused.add(f"{command.task}/{command.version}")

    def was_refused(self, command: Command) -> bool:
        """A refused command may wait on the server for ever; it is on record once."""
        return f"{command.task}/{command.version}" in self._refused

    def first(self, name: str) -> bool:
        """Whether something happens for the first time since the start."""
        if name in self._refused:
            return False
        self._refused.add(name)
        return True
