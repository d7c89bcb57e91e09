"""Functions of a system library with their types declared: an undeclared one cuts a 64-bit handle to 32 bits."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

# The same on every platform, so that what is built for Windows can be checked anywhere.
BOOL, DWORD, HANDLE, POINTER = ctypes.c_int32, ctypes.c_uint32, ctypes.c_void_p, ctypes.c_void_p


def library(name: str) -> Any:
    """A library of Windows; its functions keep what GetLastError said."""
    return ctypes.CDLL(name, use_last_error=True)


def function(of: Any, name: str, result: Any, *arguments: Any) -> Callable[..., Any]:
    """A function with its types."""
    found = getattr(of, name)
    found.restype, found.argtypes = result, list(arguments)
    called: Callable[..., Any] = found
    return called
