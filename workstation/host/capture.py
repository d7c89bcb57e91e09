"""Keeping windows out of screenshots: what Windows is asked, and what its answer, read back, is worth."""

from __future__ import annotations

import ctypes
from enum import StrEnum
from typing import Any, Protocol

from workstation.host.dll import BOOL, DWORD, HANDLE, POINTER, function, library

NOT_HIDDEN, BLACK, LEFT_OUT = 0x0, 0x1, 0x11  # WDA_NONE, WDA_MONITOR, WDA_EXCLUDEFROMCAPTURE


class Capture(StrEnum):
    """Whether the screen of this desk can be captured, as far as the system says."""

    BLOCKED = "blocked"
    NOT_BLOCKED = "not blocked"
    NOT_POSSIBLE = "not possible"
    ALLOWED = "allowed"  # for a time, by policy


class User32(Protocol):
    """The two calls of Windows this rests on; a window is its native id."""

    def set_affinity(self, window: int, affinity: int) -> bool: ...
    def affinity(self, window: int) -> int | None: ...


class WindowsUser32:
    """The real ones."""

    def __init__(self, user32: Any = None) -> None:
        user32 = user32 or library("user32.dll")
        self._set = function(user32, "SetWindowDisplayAffinity", BOOL, HANDLE, DWORD)
        self._get = function(user32, "GetWindowDisplayAffinity", BOOL, HANDLE, POINTER)

    def set_affinity(self, window: int, affinity: int) -> bool:
        return bool(self._set(window, affinity))

    def affinity(self, window: int) -> int | None:
        found = ctypes.c_uint32()
        return found.value if self._get(window, ctypes.byref(found)) else None


def hide(user32: User32, window: int) -> bool:
    """Leave a window out of every capture, or black in it where Windows is older; whether the read-back holds."""
    if user32.affinity(window) == LEFT_OUT:
        return True
    return any(
        user32.set_affinity(window, affinity) and user32.affinity(window) == affinity for affinity in (LEFT_OUT, BLACK)
    )


def is_hidden(user32: User32, window: int) -> bool:
    return user32.affinity(window) in (LEFT_OUT, BLACK)


def unhide(user32: User32, window: int) -> None:
    user32.set_affinity(window, NOT_HIDDEN)
