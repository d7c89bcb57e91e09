"""Windows, as pure decoders of its messages and thin calls: session switch, suspend, its clock."""

from __future__ import annotations

import ctypes

from workstation.host.events import SessionEvent

WM_POWERBROADCAST, WM_WTSSESSION_CHANGE, WM_QUERYENDSESSION = 0x0218, 0x02B1, 0x0011
_PBT_SUSPEND, _PBT_RESUME_SUSPEND, _PBT_RESUME_AUTOMATIC = 0x4, 0x7, 0x12
_WTS = {
    0x2: SessionEvent.AWAY,  # console disconnect: user switch
    0x4: SessionEvent.AWAY,  # remote disconnect
    0x6: SessionEvent.AWAY,  # logoff
    0x7: SessionEvent.LOCKED,
    0x8: SessionEvent.UNLOCKED,
}
_POWER = {
    _PBT_SUSPEND: SessionEvent.SUSPENDING,
    _PBT_RESUME_SUSPEND: SessionEvent.RESUMED,
    _PBT_RESUME_AUTOMATIC: SessionEvent.RESUMED,
}


def decode(message: int, wparam: int) -> SessionEvent | None:
    """What a window message means for the session; None when it is not about it."""
    if message == WM_WTSSESSION_CHANGE:
        return _WTS.get(wparam)
    if message == WM_POWERBROADCAST:
        return _POWER.get(wparam)
    if message == WM_QUERYENDSESSION:
        return SessionEvent.AWAY
    return None


def seconds_of_interrupt_time(hundred_nanoseconds: int) -> float:
    """QueryInterruptTime counts in 100 ns since boot, sleep included."""
    return hundred_nanoseconds / 10_000_000


def interrupt_seconds() -> float:
    """Seconds since boot, asleep or awake (Windows only)."""
    ticks = ctypes.c_ulonglong()
    ctypes.CDLL("kernelbase.dll").QueryInterruptTime(ctypes.byref(ticks))
    return seconds_of_interrupt_time(ticks.value)


def watch_session(window: int) -> bool:
    """Ask Windows to tell this window of session changes; True when armed."""
    return bool(ctypes.CDLL("wtsapi32.dll").WTSRegisterSessionNotification(ctypes.c_void_p(window), 0))


def unwatch_session(window: int) -> None:
    ctypes.CDLL("wtsapi32.dll").WTSUnRegisterSessionNotification(ctypes.c_void_p(window))


def close_process_to_others() -> bool:
    """Replace this process's access list: its owner may only end and wait for it, not read its memory.

    SYSTEM and administrators can still take ownership; this stops programs of the same account.
    """
    advapi, kernel = ctypes.CDLL("advapi32.dll"), ctypes.CDLL("kernel32.dll")
    terminate, query_limited, synchronize = 0x1, 0x1000, 0x100000
    sddl = f"D:P(A;;{hex(terminate | query_limited | synchronize)};;;OW)(A;;GA;;;SY)"
    descriptor = ctypes.c_void_p()
    made = advapi.ConvertStringSecurityDescriptorToSecurityDescriptorW(sddl, 1, ctypes.byref(descriptor), None)
    if not made:
        return False
    dacl_information = 0x4
    kernel.GetCurrentProcess.restype = ctypes.c_void_p
    process = ctypes.c_void_p(kernel.GetCurrentProcess())
    armed = bool(advapi.SetKernelObjectSecurity(process, dacl_information, descriptor))
    kernel.LocalFree(descriptor)
    return armed
