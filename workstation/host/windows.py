"""Windows, as pure decoders of its messages and thin calls: session switch, suspend, lid, its clock."""

from __future__ import annotations

import ctypes
import uuid
from typing import Any

from workstation.host.dll import BOOL, DWORD, HANDLE, POINTER, function, library
from workstation.host.events import Armed, SessionEvent

WM_POWERBROADCAST, WM_WTSSESSION_CHANGE, WM_QUERYENDSESSION = 0x0218, 0x02B1, 0x0011
_PBT_SUSPEND, _PBT_RESUME_SUSPEND, _PBT_RESUME_AUTOMATIC, _PBT_SETTING = 0x4, 0x7, 0x12, 0x8013
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
LID = uuid.UUID("ba3e0f4d-b817-4094-a2d1-d56379e6a0f3").bytes_le  # GUID_LIDSWITCH_STATE_CHANGE
_SETTING_BYTES = 16 + 4 + 4  # POWERBROADCAST_SETTING of a DWORD: which, how long, its value


class Msg(ctypes.Structure):
    """MSG as 64-bit Windows lays it out."""

    _fields_ = [
        ("hwnd", ctypes.c_uint64),
        ("message", ctypes.c_uint32),
        ("wparam", ctypes.c_uint64),
        ("lparam", ctypes.c_uint64),
        ("time", ctypes.c_uint32),
        ("x", ctypes.c_int32),
        ("y", ctypes.c_int32),
    ]


def decode(message: int, wparam: int) -> SessionEvent | None:
    """What a window message means for the session; None when it is not about it."""
    if message == WM_WTSSESSION_CHANGE:
        return _WTS.get(wparam)
    if message == WM_POWERBROADCAST:
        return _POWER.get(wparam)
    if message == WM_QUERYENDSESSION:
        return SessionEvent.AWAY
    return None


def decode_msg(message: int | bytes) -> SessionEvent | None:
    """The same of a MSG, given as its bytes or as the address Qt hands to a native event filter."""
    msg = Msg.from_buffer_copy(message) if isinstance(message, bytes) else Msg.from_address(message)
    if msg.message == WM_POWERBROADCAST and msg.wparam == _PBT_SETTING:
        return decode_setting(ctypes.string_at(msg.lparam, _SETTING_BYTES)) if msg.lparam else None
    return decode(msg.message, msg.wparam)


def decode_setting(setting: bytes) -> SessionEvent | None:
    """A power setting that changed: a closed lid is a person who leaves, whatever the computer does then."""
    if setting[:16] == LID and int.from_bytes(setting[16:20], "little") == 4:
        return SessionEvent.AWAY if int.from_bytes(setting[20:24], "little") == 0 else SessionEvent.BACK
    return None


class Notices:
    """Asks Windows to tell one window of session and power; what it refused is not armed."""

    def __init__(self, window: int, wtsapi: Any = None, user32: Any = None) -> None:
        self._window = window
        wtsapi, user32 = wtsapi or library("wtsapi32.dll"), user32 or library("user32.dll")
        self._watch = function(wtsapi, "WTSRegisterSessionNotification", BOOL, HANDLE, DWORD)
        self._unwatch = function(wtsapi, "WTSUnRegisterSessionNotification", BOOL, HANDLE)
        self._sleep = function(user32, "RegisterSuspendResumeNotification", HANDLE, HANDLE, DWORD)
        self._no_sleep = function(user32, "UnregisterSuspendResumeNotification", BOOL, HANDLE)
        self._lid = function(user32, "RegisterPowerSettingNotification", HANDLE, HANDLE, POINTER, DWORD)
        self._no_lid = function(user32, "UnregisterPowerSettingNotification", BOOL, HANDLE)
        self._session = False
        self._suspend: int | None = None
        self._lids: int | None = None

    def arm(self) -> Armed:
        this_session, to_window = 0, 0
        self._session = bool(self._watch(self._window, this_session))
        # Without it a computer with modern standby tells no window that it goes to sleep.
        self._suspend = self._sleep(self._window, to_window)
        self._lids = self._lid(self._window, ctypes.cast(ctypes.create_string_buffer(LID, 16), POINTER), to_window)
        return Armed(session=self._session, suspend=bool(self._suspend))

    def disarm(self) -> None:
        if self._session:
            self._unwatch(self._window)
        if self._suspend:
            self._no_sleep(self._suspend)
        if self._lids:
            self._no_lid(self._lids)
        self._session, self._suspend, self._lids = False, None, None


def seconds_of_interrupt_time(hundred_nanoseconds: int) -> float:
    """QueryInterruptTime counts in 100 ns since boot, sleep included."""
    return hundred_nanoseconds / 10_000_000


def interrupt_seconds() -> float:
    """Seconds since boot, asleep or awake (Windows only)."""
    ticks = ctypes.c_ulonglong()
    function(library("kernelbase.dll"), "QueryInterruptTime", None, POINTER)(ctypes.byref(ticks))
    return seconds_of_interrupt_time(ticks.value)


def close_process_to_others(advapi: Any = None, kernel: Any = None) -> bool:
    """Replace this process's access list: its owner may only end and wait for it, not read its memory.

    SYSTEM and administrators can still take ownership; this stops programs of the same account.
    """
    advapi, kernel = advapi or library("advapi32.dll"), kernel or library("kernel32.dll")
    convert = function(
        advapi,
        "ConvertStringSecurityDescriptorToSecurityDescriptorW",
        BOOL,
        ctypes.c_wchar_p,
        DWORD,
        POINTER,
        POINTER,
    )
    protect = function(advapi, "SetKernelObjectSecurity", BOOL, HANDLE, DWORD, POINTER)
    myself = function(kernel, "GetCurrentProcess", HANDLE)
    free = function(kernel, "LocalFree", HANDLE, POINTER)
    terminate, query_limited, synchronize = 0x1, 0x1000, 0x100000
    sddl = f"D:P(A;;{hex(terminate | query_limited | synchronize)};;;OW)(A;;GA;;;SY)"
    descriptor, revision, dacl_information = ctypes.c_void_p(), 1, 0x4
    if not convert(sddl, revision, ctypes.byref(descriptor), None):
        return False
    armed = bool(protect(myself(), dacl_information, descriptor))
    free(descriptor)
    return armed
