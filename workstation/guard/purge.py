"""`main.py purge-user-data`: what the program keeps of an account is destroyed, keys first, then files; never without --yes."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from workstation.durable import destroy, read_whole
from workstation.errors import DiskTrouble, WorkstationError
from workstation.guard.facts import size
from workstation.guard.shred import SEALED, SMALL, shred
from workstation.host.instance import is_held
from workstation.host.paths import Home, default_root
from workstation.keys.device import DeviceKeys

if TYPE_CHECKING:
    import pwd

DONE, LEFT, NOT_ALLOWED, IN_USE = 0, 1, 2, 3
NOTHING = 9  # of one account among all: it has no such folder
FIRST_PERSON = 1000  # accounts of people begin here on Linux
HOMES = Path("/home")
LONGEST = 600.0  # seconds one account's data may take to destroy
_KEYS = ("signing.key", "client.key", "device.json")
#: Everything the program makes in a home. A folder that holds anything else is not ours to remove.
_OURS = {"guard", "coders", "logs", "codesets", "practice", "practice-home", "instance.lock", "instance.door"}


@dataclass(frozen=True, slots=True)
class Holding:
    """What one account's folder still holds, as far as it can be told without its keys."""

    coders: int
    unsent: int  # encounters with work the server lacks
    unknown: int  # coders of whom that is not known: a desk that was cut down, or sealed work of a lost password
    bytes: int

    def __str__(self) -> str:
        parts = [f"charts and work of {self.coders} coders, {size(self.bytes)}"]
        if self.unsent:
            parts.append(f"{self.unsent} encounters with work the server does not have")
        if self.unknown:
            parts.append(f"{self.unknown} coders of whom it is not known whether all their work was sent")
        return "; ".join(parts)


def run(home: Home, *, all_users: bool, yes: bool) -> int:
    """0 gone or nothing there, 1 something stayed, 2 not allowed or not yet said --yes, 3 the program runs."""
    if all_users:
        return _everybody(yes)
    return purge_account(home, yes=yes, keyring=True, say=sys.stdout.write)


def purge_account(home: Home, *, yes: bool, keyring: bool, say: Callable[[str], object]) -> int:
    """One account's folder. Without `keyring` (root, for another account) the keyring's items stay and open nothing."""
    try:
        homes = [one for one in (Home(home.root / "practice-home"), home) if one.root.exists()]
        if not homes:
            say("There is nothing here: nobody has used the program under this account.\n")
            return DONE
        foreign = sorted(path.name for path in home.root.iterdir() if path.name not in _OURS)
        if foreign:
            say(f"{home.root} holds what is not this program's ({', '.join(foreign[:5])}): nothing was touched.\n")
            return NOT_ALLOWED
        for one in homes:
            say(f"{one.root}: {look(one)}\n")
        if any(map(_runs, homes)):
            say("The program runs. End it first: `quit`. Nothing was touched.\n")
            return IN_USE
        if not yes:
            say("Nothing was touched. Say --yes to destroy all of it; nobody can bring it back.\n")
            return NOT_ALLOWED
        troubles = [trouble for one in homes for trouble in _purge(one, keyring=keyring)]
        _remove(home.root)
    except OSError as trouble:
        say(f"Not everything could be destroyed: {trouble.strerror}. Do it again.\n")
        return LEFT
    except WorkstationError as trouble:
        say(f"{trouble} {trouble.remedy}\n")
        return LEFT
    for words in troubles:
        say(f"{words}\n")
    say("Destroyed: keys first, then files.\n")
    return DONE


def look(home: Home) -> Holding:
    """What is there. Changes nothing."""
    folders = _folders(home)
    unsent = unknown = 0
    for folder in folders:
        only_here = _only_here(folder)
        if only_here is None or any(folder.glob(f"{SEALED}*")):
            unknown += 1
        unsent += only_here or 0
    held = sum(path.stat().st_size for folder in folders for path in folder.rglob("*") if path.is_file())
    return Holding(len(folders), unsent, unknown, held)


def _folders(home: Home) -> list[Path]:
    coders = home.root / "coders"
    return sorted(path for path in coders.iterdir() if path.is_dir()) if coders.is_dir() else []


def _only_here(folder: Path) -> int | None:
    """As the guard wrote it down; a coder without a cache has nothing to lose."""
    if not any(folder.glob("**/cache.db")):
        return 0
    try:
        found = json.loads(read_whole(folder / "only-here") or b"null")
    except (ValueError, DiskTrouble):
        return None
    return found if isinstance(found, int) else None


def _purge(home: Home, *, keyring: bool) -> Iterator[str]:
    """Keyring items, then what is wrapped with them, then the rest: from the first stroke on no chart opens."""
    guard, folders = home.root / "guard", _folders(home)
    if keyring and (guard / "device.json").exists():
        try:
            keys = DeviceKeys.existing(guard)
        except WorkstationError as trouble:
            yield f"The keyring's items stay and open nothing any more: {trouble}"
        else:
            try:
                for folder in folders:
                    shred(keys, folder)
                keys.destroy_device_key()
            finally:
                keys.close()
    elif not keyring:
        yield 'Items "Coder Workstation" stay in the account\'s keyring and open nothing any more.'
    for folder in folders:
        for path in [folder / name for name in SMALL] + list(folder.glob(f"{SEALED}*/vault.json")):
            destroy(path)
    for name in _KEYS:
        destroy(guard / name)
    for path in guard.rglob("*.key"):  # of a keyring that was lost
        destroy(path)
    for pattern in ("coders/**/cache.db*", "guard/journal-*"):
        for path in home.root.glob(pattern):
            destroy(path)


def _remove(root: Path) -> None:
    for name in _OURS:
        path = root / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            with contextlib.suppress(FileNotFoundError):
                path.unlink()
    root.rmdir()


def _runs(home: Home) -> bool:
    return is_held(home.root / "instance.lock")


# ------------------------------------------------------------------ every account of the computer


def _everybody(yes: bool) -> int:
    """Each account's folder under that account's own rights: a link it has laid leads root nowhere."""
    if os.name != "posix" or os.getuid() != 0:
        sys.stderr.write("The data of other accounts is destroyed by root alone, on Linux and macOS.\n")
        return NOT_ALLOWED
    import pwd

    accounts = {account.pw_uid: account for account in (*pwd.getpwall(), *_owners_of_homes())}
    codes = []
    for _, account in sorted(accounts.items()):
        if account.pw_dir.startswith("/"):
            codes.append(_as_account(account, default_root(environment={}, home=Path(account.pw_dir)), yes))
    found = [code for code in codes if code != NOTHING]
    sys.stdout.write(
        f"{len(found)} accounts with data. A folder moved by XDG_DATA_HOME or --home is not found this way, nor an "
        "account that is neither listed by this computer nor has a folder beside the other homes.\n"
    )
    return _of_all(found)


def _of_all(codes: list[int]) -> int:
    """One word for all: where something was destroyed and something was not, something stayed."""
    if not codes or all(code == DONE for code in codes):
        return DONE
    if LEFT in codes or DONE in codes:
        return LEFT
    return max(codes)


def _owners_of_homes() -> Iterator[pwd.struct_passwd]:
    """Accounts of a domain are often not listed: who owns a folder beside the homes of those that are, has one."""
    import pwd

    beside = {Path(account.pw_dir).parent for account in pwd.getpwall() if account.pw_uid >= FIRST_PERSON}
    for folder in sorted(beside | {HOMES}):
        deeper = [folder, *_folders_in(folder)] if folder == HOMES else [folder]  # /home/<domain>/<account>
        for home in {home for place in deeper for home in _folders_in(place)}:
            with contextlib.suppress(OSError, KeyError):
                yield pwd.getpwuid(home.lstat().st_uid)


def _folders_in(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.is_dir() and not path.is_symlink())
    except OSError:
        return []


def _as_account(account: object, root: Path, yes: bool) -> int:
    """In a child that has become the account for good."""
    name, uid, gid = (getattr(account, f"pw_{part}") for part in ("name", "uid", "gid"))
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        code = LEFT
        try:
            if uid != 0:
                os.initgroups(name, gid)
                os.setgid(gid)
                os.setuid(uid)
            # judged under the account's own rights: root may not see into a home on a network
            code = (
                NOTHING
                if not root.exists()
                else purge_account(
                    Home(root), yes=yes, keyring=False, say=lambda words: sys.stdout.write(f"{name}: {words}")
                )
            )
            sys.stdout.flush()
        finally:
            os._exit(code)
    return _outcome(child, name)


def _outcome(child: int, name: str) -> int:
    """Of a child that its account could have ended or stopped: then nothing is known to be gone."""
    until = time.monotonic() + LONGEST
    while time.monotonic() < until:
        gone, status = os.waitpid(child, os.WNOHANG)
        if gone:
            code = os.waitstatus_to_exitcode(status)
            if code in (DONE, LEFT, NOT_ALLOWED, IN_USE, NOTHING):
                return code
            break
        time.sleep(0.02)
    else:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    sys.stdout.write(f"{name}: it was broken off. Do it again.\n")
    return LEFT
