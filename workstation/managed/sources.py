"""Where IT keeps policies on this computer, read without trust: what its own account could have written does not count."""

from __future__ import annotations

import json
import os
import plistlib
import stat
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LINUX = Path("/etc/opt/coder-workstation")
MACOS = Path("/Library/Managed Preferences/example.coder.workstation.plist")
MACOS_FILE = Path("/Library/Application Support/Coder Workstation/settings.json")
ROOT = 0  # who owns what counts
LARGEST = 1_000_000  # bytes of one file


@dataclass(frozen=True, slots=True)
class Said:
    """One value as it stands at its place."""

    name: str
    raw: object
    place: str
    recommended: bool = False


@dataclass(frozen=True, slots=True)
class Ill:
    """A place that cannot be read, or may not be believed."""

    place: str
    why: str
    remedy: str
    recommended: bool = False


@dataclass
class Sources:
    """All that was found, weakest first: a later value of one name wins."""

    said: list[Said] = field(default_factory=list)
    ill: list[Ill] = field(default_factory=list)
    places: list[str] = field(default_factory=list)  # what is there, readable or not
    old_file: str = ""  # settings.json, where releases before this one looked


def read_sources(platform: str = sys.platform) -> Sources:
    """Everything IT has set on this computer. No variable of the environment moves any of these places."""
    found = Sources()
    if platform == "win32":
        from workstation.managed.registry import POLICIES, WindowsKey, read_key

        read_key(WindowsKey(POLICIES), found)
    elif platform == "darwin":
        _file(MACOS_FILE, found, _json, owner=ROOT)
        found.old_file = str(MACOS_FILE) if str(MACOS_FILE) in found.places else ""
        _file(MACOS, found, _plist, owner=ROOT)
    elif platform == "linux":
        if not _owners_are_real():
            found.places.append(str(LINUX))
            found.ill.append(Ill(str(LINUX), "It is not believed: this runs in a user name space", _START_PLAINLY))
        read_folder(LINUX, found)
    return found


def read_folder(top: Path, found: Sources, *, owner: int = ROOT) -> None:
    """Linux: recommended files, the settings file of earlier releases, then managed files in the order of their names."""
    for path in _files(top / "policies" / "recommended", found, recommended=True):
        _file(path, found, _json, owner=owner, top=top, recommended=True)
    old = top / "settings.json"
    _file(old, found, _json, owner=owner, top=top)
    found.old_file = str(old) if str(old) in found.places else ""
    for path in _files(top / "policies" / "managed", found):
        _file(path, found, _json, owner=owner, top=top)


def _files(folder: Path, found: Sources, *, recommended: bool = False) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == ".json")
    except FileNotFoundError:
        return []
    except OSError as trouble:
        found.places.append(str(folder))
        found.ill.append(Ill(str(folder), f"It cannot be read: {trouble.strerror}", _READABLE, recommended))
        return []


_START_PLAINLY = "Start the program outside of it: in there anybody can lay files over these that look like root's."


def _owners_are_real(map_file: Path = Path("/proc/self/uid_map")) -> bool:
    """Whether root is root: within a user name space an account may appear as anybody. Unknown counts as real."""
    try:
        return map_file.read_text(encoding="ascii").split() == ["0", "0", "4294967295"]
    except OSError:
        return True


_READABLE = "Let every account read it: chmod 755 for folders, 644 for files."
_OWNED = "Give it to root and take writing from everybody else: chown root, chmod go-w, for the file and its folders."


def _file(
    path: Path,
    found: Sources,
    decode: Callable[[bytes], Iterable[tuple[str, object]]],
    *,
    owner: int,
    top: Path | None = None,
    recommended: bool = False,
) -> None:
    place = str(path)
    try:
        content = _trusted(path, owner, top)
    except FileNotFoundError:
        return
    except PermissionError:
        found.places.append(place)
        found.ill.append(Ill(place, "This account may not read it", _READABLE, recommended))
        return
    except OSError as trouble:
        found.places.append(place)
        found.ill.append(
            Ill(place, f"It cannot be read: {trouble.strerror}", "Check the file and its disk.", recommended)
        )
        return
    except _Distrusted as why:
        found.places.append(place)
        found.ill.append(Ill(place, f"It is not believed: {why}", _OWNED, recommended))
        return
    found.places.append(place)
    try:
        found.said += [Said(name, raw, place, recommended) for name, raw in decode(content)]
    except (ValueError, RecursionError) as trouble:
        where = f" in line {trouble.lineno}" if isinstance(trouble, json.JSONDecodeError) else ""
        words = str(trouble) if isinstance(trouble, _NotOurs) else f"it is damaged{where}"
        found.ill.append(Ill(place, f"It cannot be read: {words}", "Mend the file.", recommended))


class _Distrusted(Exception):
    """Somebody else than IT could have written this."""


class _NotOurs(ValueError):
    """Well-formed, and yet no policies."""


def _trusted(path: Path, owner: int, top: Path | None) -> bytes:
    """The content of a plain file that only `owner` could have written, its folders below `top` included."""
    if os.name == "posix":
        for folder in (path.parent, *path.parent.parents):
            _check(folder.lstat(), owner, f"the folder {folder.name}")
            if top is None or folder == top:
                break
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    if path.is_symlink():
        raise _Distrusted("it is a link")
    descriptor = os.open(path, flags)
    try:
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode):
            raise _Distrusted("it is no plain file")
        if os.name == "posix":
            _check(about, owner, "it")
        if about.st_size > LARGEST:
            raise _Distrusted("it is larger than any policy")
        with os.fdopen(os.dup(descriptor), "rb") as file:
            return file.read(LARGEST + 1)
    finally:
        os.close(descriptor)


def _check(about: os.stat_result, owner: int, what: str) -> None:
    if stat.S_ISLNK(about.st_mode):
        raise _Distrusted(f"{what} is a link")
    if about.st_uid not in (ROOT, owner):
        raise _Distrusted(f"{what} does not belong to root")
    if about.st_mode & 0o022:
        raise _Distrusted(f"{what} can be written by others than root")


def _json(content: bytes) -> list[tuple[str, object]]:
    """Names and values in their order, a name that stands twice twice."""

    def pairs(found: list[tuple[str, Any]]) -> Any:
        return _Pairs(found)

    read = json.loads(content.decode("utf-8-sig"), object_pairs_hook=pairs, parse_constant=_no_number)
    if not isinstance(read, _Pairs):
        raise _NotOurs("it does not hold names and values in { }")
    return list(read)


class _Pairs(list[tuple[str, object]]):
    """A JSON object, told from an array."""


def _no_number(word: str) -> object:
    raise _NotOurs(f"{word} is no value")


def _plist(content: bytes) -> list[tuple[str, object]]:
    try:
        read = plistlib.loads(content)
    except Exception:  # noqa: BLE001  expat, struct and the library itself raise half a dozen kinds
        raise _NotOurs("it is damaged") from None
    if not isinstance(read, dict):
        raise _NotOurs("it does not hold names and values")
    # What the system itself writes beside the payload.
    return [(str(name), raw) for name, raw in read.items() if not str(name).startswith("Payload")]
