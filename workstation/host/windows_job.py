"""A job of Windows that ends every desk in it when the guard dies, however that happens."""

from __future__ import annotations

import ctypes
from typing import Any

from workstation.host.dll import BOOL, DWORD, HANDLE, POINTER, function, library

_EXTENDED_LIMITS = 9  # JobObjectExtendedLimitInformation
KILL_ON_CLOSE, DIE_ON_CRASH = 0x2000, 0x400  # the second: no crash dialog holds a desk and its memory open


class Limits(ctypes.Structure):
    """JOBOBJECT_EXTENDED_LIMIT_INFORMATION as 64-bit Windows lays it out; only the flags are ours."""

    _fields_ = [
        ("process_time", ctypes.c_int64),
        ("job_time", ctypes.c_int64),
        ("flags", ctypes.c_uint32),
        ("smallest_working_set", ctypes.c_uint64),
        ("largest_working_set", ctypes.c_uint64),
        ("active_processes", ctypes.c_uint32),
        ("affinity", ctypes.c_uint64),
        ("priority", ctypes.c_uint32),
        ("scheduling", ctypes.c_uint32),
        ("io_counters", ctypes.c_uint64 * 6),
        ("memory", ctypes.c_uint64 * 4),
    ]


def limits() -> Limits:
    """What holds for the desks: they die with the last handle of the job, which is the guard's."""
    return Limits(flags=KILL_ON_CLOSE | DIE_ON_CRASH)


class Job:
    """Made once by the guard and never closed: the end of the guard closes it."""

    def __init__(self, kernel: Any = None) -> None:
        kernel = kernel or library("kernel32.dll")
        make = function(kernel, "CreateJobObjectW", HANDLE, POINTER, ctypes.c_wchar_p)
        limit = function(kernel, "SetInformationJobObject", BOOL, HANDLE, DWORD, POINTER, DWORD)
        self._assign = function(kernel, "AssignProcessToJobObject", BOOL, HANDLE, HANDLE)
        close = function(kernel, "CloseHandle", BOOL, HANDLE)
        self._job: int | None = make(None, None)
        wanted = limits()
        limited = limit(self._job, _EXTENDED_LIMITS, ctypes.byref(wanted), ctypes.sizeof(wanted)) if self._job else 0
        if self._job and not limited:
            close(self._job)  # an unlimited job would only pretend
            self._job = None

    def take(self, child: int) -> bool:
        """Put a child, by its Windows process handle, into the job; whether it dies with the guard now."""
        return bool(self._job and self._assign(self._job, child))
