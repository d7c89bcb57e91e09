"""Where everything lies: one private folder of this OS account, with no name of a person or patient in it."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from workstation.durable import NOWHERE, folders_in_memory
from workstation.errors import DiskTrouble

_NAME = "coder-workstation"


@dataclass(frozen=True, slots=True)
class Home:
    """The program's folder. Every folder is made on first use, for its owner alone."""

    root: Path

    @property
    def guard(self) -> Path:
        """Device keys, journal, throttle: the guard's own."""
        return _private(self.root, "guard")

    @property
    def logs(self) -> Path:
        return _private(self.root, "logs")

    @property
    def codesets(self) -> Path:
        """Code sets imported by IT or a lead, nothing of a patient; made by the first import."""
        return self.root / "codesets"

    @property
    def lock_file(self) -> Path:
        return _private(self.root) / "instance.lock"

    def journal(self, device: str) -> Path:
        """A new device keeps a new journal: the old one cannot be opened without its key."""
        return self.guard / f"journal-{device}.db"

    def coder(self, tenant: str, user: str) -> Path:
        """A coder's folder under an opaque name (also the name of their lease in the keyring)."""
        return _private(self.root, "coders", opaque(tenant, user))

    def coders(self) -> tuple[Path, ...]:
        """Every coder's folder on this device, for a wipe."""
        folder = _private(self.root, "coders")
        return tuple(sorted(path for path in folder.iterdir() if path.is_dir()))


@dataclass(frozen=True, slots=True)
class NoHome(Home):
    """The home of a computer on which nothing may be kept: the same names, in memory, gone with the process."""

    root: Path = NOWHERE

    @property
    def guard(self) -> Path:
        return self.root / "guard"

    def coder(self, tenant: str, user: str) -> Path:
        return self.root / "coders" / opaque(tenant, user)

    def coders(self) -> tuple[Path, ...]:
        return folders_in_memory(self.root / "coders")


def opaque(tenant: str, user: str) -> str:
    """A stable name for a coder that says nothing about them at a glance."""
    from hashlib import sha256  # 3 ms that the first paint does not wait for

    return sha256(f"{len(tenant)}:{tenant}{user}".encode()).hexdigest()[:24]


def default_root(
    platform: str = sys.platform, environment: Mapping[str, str] | None = None, home: Path | None = None
) -> Path:
    """Local, never roaming, never synchronised: an encrypted cache belongs to one device."""
    variables = os.environ if environment is None else environment
    home = home or Path.home()
    if platform == "win32":
        return Path(variables.get("LOCALAPPDATA") or home / "AppData" / "Local") / "Coder Workstation"
    if platform == "darwin":
        return home / "Library" / "Application Support" / "Coder Workstation"
    base = variables.get("XDG_DATA_HOME") or ""
    return (Path(base) if os.path.isabs(base) else home / ".local" / "share") / _NAME


def _private(root: Path, *names: str) -> Path:
    """Each folder on the way is made private: `parents=True` alone would leave them open to others."""
    folder = root
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in ("", *names):
            folder = folder / name
            folder.mkdir(mode=0o700, exist_ok=True)
            if os.name == "posix" and folder.stat().st_mode & 0o077:
                folder.chmod(0o700)
    except OSError as error:
        raise DiskTrouble(error.strerror or "") from None
    return folder
