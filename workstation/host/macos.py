"""macOS, as pure decoders of its notifications and thin calls: screen lock, user switch, sleep, its clock."""

from __future__ import annotations

import ctypes

from workstation.host.events import SessionEvent

_MEANING = {
    "com.apple.screenIsLocked": SessionEvent.LOCKED,
    "com.apple.screenIsUnlocked": SessionEvent.UNLOCKED,
    "NSWorkspaceWillSleepNotification": SessionEvent.SUSPENDING,
    "NSWorkspaceScreensDidSleepNotification": SessionEvent.LOCKED,
    "NSWorkspaceDidWakeNotification": SessionEvent.RESUMED,
    "NSWorkspaceSessionDidResignActiveNotification": SessionEvent.AWAY,
    "NSWorkspaceSessionDidBecomeActiveNotification": SessionEvent.BACK,
    "NSWorkspaceWillPowerOffNotification": SessionEvent.AWAY,
}


def decode(notification: str) -> SessionEvent | None:
    """What a notification's name means for the session; None when it is not about it."""
    return _MEANING.get(notification)


def seconds_of_ticks(ticks: int, numerator: int, denominator: int) -> float:
    """Mach time in the ratio the kernel gives."""
    return ticks * numerator / denominator / 1_000_000_000


class _Timebase(ctypes.Structure):
    _fields_ = [("numer", ctypes.c_uint32), ("denom", ctypes.c_uint32)]  # ctypes reads a list


def continuous_seconds() -> float:
    """Seconds since boot, asleep or awake (macOS only)."""
    system = ctypes.CDLL("/usr/lib/libSystem.dylib")
    system.mach_continuous_time.restype = ctypes.c_uint64
    base = _Timebase()
    system.mach_timebase_info(ctypes.byref(base))
    return seconds_of_ticks(int(system.mach_continuous_time()), base.numer, base.denom)
