"""JSON of a pack taken apart with the place of whatever is wrong in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workstation.errors import WorkstationError

_LARGEST = 2_000_000  # bytes; a pack is some ten thousand


class QueryPackUnusable(WorkstationError):
    what = "The rules or templates for provider queries cannot be used."
    remedy = "Tell your IT support: the folder named here must be repaired or replaced. Nothing of your work is lost."


@dataclass(frozen=True, slots=True)
class Node:
    """One value of a pack's file, with where it stands."""

    file: str
    place: str
    value: Any

    def wrong(self, reason: str) -> QueryPackUnusable:
        return QueryPackUnusable(f"({self.file}, {self.place or 'whole file'}: {reason})")

    def get(self, key: str) -> Node:
        """A member that must be there."""
        found = self.maybe(key)
        if found is None:
            raise self.wrong(f"{key!r} is missing")
        return found

    def maybe(self, key: str) -> Node | None:
        if not isinstance(self.value, dict):
            raise self.wrong("an object is expected")
        if key not in self.value:
            return None
        return Node(self.file, f"{self.place}.{key}".lstrip("."), self.value[key])

    def only(self, *keys: str) -> Node:
        """Refuses a member nobody reads: a misspelt key would be a rule that silently does nothing."""
        if not isinstance(self.value, dict):
            raise self.wrong("an object is expected")
        unknown = sorted(set(self.value) - set(keys))
        if unknown:
            raise self.wrong(f"{unknown[0]!r} is not known here")
        return self

    def members(self) -> Iterator[tuple[str, Node]]:
        if not isinstance(self.value, dict):
            raise self.wrong("an object is expected")
        for key in self.value:
            yield key, self.get(key)

    def items(self) -> Iterator[Node]:
        if not isinstance(self.value, list):
            raise self.wrong("a list is expected")
        for at, value in enumerate(self.value):
            yield Node(self.file, f"{self.place}[{at}]", value)

    def text(self, *, empty: bool = False) -> str:
        if not isinstance(self.value, str) or not (empty or self.value.strip()):
            raise self.wrong("a text is expected")
        return self.value

    def texts(self) -> tuple[str, ...]:
        return tuple(each.text() for each in self.items())

    def number(self) -> int:
        if not isinstance(self.value, int) or isinstance(self.value, bool) or self.value <= 0:
            raise self.wrong("a number above zero is expected")
        return self.value

    def flag(self) -> bool:
        if not isinstance(self.value, bool):
            raise self.wrong("true or false is expected")
        return self.value


def open_json(path: Path) -> Node:
    """Raises QueryPackUnusable with the file's name and the line of a slip."""
    try:
        if path.stat().st_size > _LARGEST:
            raise QueryPackUnusable(f"({path.name}: larger than any pack)")
        value = json.loads(path.read_text("utf-8"))
    except OSError as trouble:
        raise QueryPackUnusable(f"({path.name}: {trouble.strerror or 'cannot be read'})") from trouble
    except UnicodeDecodeError:
        raise QueryPackUnusable(f"({path.name}: it is not UTF-8 text)") from None
    except json.JSONDecodeError as slip:
        raise QueryPackUnusable(f"({path.name}, line {slip.lineno}: {slip.msg})") from None
    except RecursionError:
        raise QueryPackUnusable(f"({path.name}: nested too deep)") from None
    return Node(path.name, "", value)


def version_key(version: str) -> tuple[tuple[int, str], ...]:
    """2022.10 is newer than 2022.9."""
    return tuple((int(piece), "") if piece.isdigit() else (0, piece) for piece in version.split("."))


def versions(folder: Path) -> tuple[str, ...]:
    """Versions that lie in a folder, the newest first; a version begins with a number."""
    found = (
        [each.name for each in folder.iterdir() if each.is_dir() and each.name[0].isdigit()] if folder.is_dir() else []
    )
    return tuple(sorted(found, key=version_key, reverse=True))
