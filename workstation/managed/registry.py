"""Policies in the Windows registry: a decoder of its values, and the thin call that lists them (not run yet on Windows)."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from typing import Any, Protocol

from workstation.managed.sources import Ill, Said, Sources

POLICIES = r"Software\Policies\CoderWorkstation"  # of HKEY_LOCAL_MACHINE alone: an account can write its own hive
REG_SZ, REG_DWORD, REG_MULTI_SZ, REG_QWORD = 1, 4, 7, 11
Value = tuple[str, object, int]  # name, what winreg makes of it, its kind


class Key(Protocol):
    """One key of the registry."""

    @property
    def path(self) -> str: ...
    def values(self) -> Iterable[Value]:
        """Raises FileNotFoundError when there is no such key, OSError when it cannot be read."""

    def subkeys(self) -> Iterable[Key]: ...


class WindowsKey:
    """A key under HKEY_LOCAL_MACHINE, in its 64-bit view."""

    def __init__(self, path: str, winreg: Any = None) -> None:
        self._path, self._winreg = path, winreg or _winreg()

    @property
    def path(self) -> str:
        return rf"HKLM\{self._path}"

    def values(self) -> Iterable[Value]:
        reg = self._winreg
        with self._open() as key:
            return [reg.EnumValue(key, i) for i in range(reg.QueryInfoKey(key)[1])]

    def subkeys(self) -> Iterable[Key]:
        reg = self._winreg
        with self._open() as key:
            names = [reg.EnumKey(key, i) for i in range(reg.QueryInfoKey(key)[0])]
        return [WindowsKey(rf"{self._path}\{name}", reg) for name in names]

    def _open(self) -> Any:
        reg = self._winreg
        return reg.OpenKey(reg.HKEY_LOCAL_MACHINE, self._path, 0, reg.KEY_READ | reg.KEY_WOW64_64KEY)


def _winreg() -> Any:
    """The registry's module, which Windows alone has."""
    return importlib.import_module("winreg")


def read_key(key: Key, found: Sources) -> None:
    """The key's values, and its subkeys as lists of numbered values."""
    try:
        values, lists = list(key.values()), list(key.subkeys())
    except FileNotFoundError:
        return
    except OSError as trouble:
        found.places.append(key.path)
        found.ill.append(Ill(key.path, f"It cannot be read: {trouble.strerror}", "Check the permissions of the key."))
        return
    if values or lists:
        found.places.append(key.path)
    for name, data, kind in values:
        if not name.startswith("**"):  # what a policy editor leaves to say that something was deleted
            found.said.append(Said(name.lower(), decoded(data, kind), key.path))
    for one in lists:
        name = one.path.rpartition("\\")[2].lower()
        try:
            numbered = sorted(one.values(), key=lambda value: (len(value[0]), value[0]))
        except OSError as trouble:
            found.ill.append(
                Ill(one.path, f"It cannot be read: {trouble.strerror}", "Check the permissions of the key.")
            )
            continue
        found.said.append(Said(name, [decoded(data, kind) for _, data, kind in numbered], one.path))


def decoded(data: object, kind: int) -> object:
    """A registry value as files write it; a kind that is not read stays what no policy takes.

    REG_EXPAND_SZ is one: the variables in it are the account's own.
    """
    if kind == REG_SZ and isinstance(data, str):
        return data.rstrip("\0")
    if kind in (REG_DWORD, REG_QWORD) and isinstance(data, int):
        return data
    if kind == REG_MULTI_SZ:
        return [line for line in data if isinstance(line, str) and line] if isinstance(data, list) else []
    return None
