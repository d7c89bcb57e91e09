"""Windows' structures from bytes built by hand, and its calls through libraries that check every type."""

from __future__ import annotations

import ctypes
import struct

import pytest

from tests.fakes.windows import FakeLibrary
from workstation.host import windows
from workstation.host.events import Armed, SessionEvent
from workstation.host.sessions import DecodedWatch
from workstation.host.windows import LID, Msg, Notices, close_process_to_others, decode_msg, decode_setting
from workstation.host.windows_job import DIE_ON_CRASH, KILL_ON_CLOSE, Job, Limits, limits

WINDOW = 0x7FF6_1234_5678  # does not fit into 32 bits
AWAY, BACK = SessionEvent.AWAY, SessionEvent.BACK


def msg_bytes(message: int, wparam: int, lparam: int = 0) -> bytes:
    """MSG of 64-bit Windows: hwnd, message (padded), wParam, lParam, time, point."""
    return struct.pack("<QI4xQQIii4x", WINDOW, message, wparam, lparam, 123, 10, 20)


def test_the_layout_of_a_msg_is_that_of_64_bit_windows() -> None:
    assert ctypes.sizeof(Msg) == 48
    assert [getattr(Msg, name).offset for name in ("message", "wparam", "lparam", "time", "x", "y")] == [
        8,
        16,
        24,
        32,
        36,
        40,
    ]
    read = Msg.from_buffer_copy(msg_bytes(1, 2, 3))
    assert (read.hwnd, read.message, read.wparam, read.lparam, read.x, read.y) == (WINDOW, 1, 2, 3, 10, 20)


@pytest.mark.parametrize(
    ("message", "wparam", "event"),
    [
        (windows.WM_WTSSESSION_CHANGE, 0x2, SessionEvent.AWAY),
        (windows.WM_WTSSESSION_CHANGE, 0x4, SessionEvent.AWAY),
        (windows.WM_WTSSESSION_CHANGE, 0x7, SessionEvent.LOCKED),
        (windows.WM_POWERBROADCAST, 0x4, SessionEvent.SUSPENDING),
        (windows.WM_POWERBROADCAST, 0x7, SessionEvent.RESUMED),
        (windows.WM_QUERYENDSESSION, 0, SessionEvent.AWAY),
        (windows.WM_POWERBROADCAST, 0x8013, None),  # a power setting without its value
        (0x000F, 0x7, None),  # WM_PAINT
    ],
)
def test_a_msg_means_the_same_from_bytes_and_from_its_address(
    message: int, wparam: int, event: SessionEvent | None
) -> None:
    raw = msg_bytes(message, wparam)
    kept = ctypes.create_string_buffer(raw, len(raw))
    assert decode_msg(raw) is event
    assert decode_msg(ctypes.addressof(kept)) is event


@pytest.mark.parametrize(("open_or_shut", "event"), [(0, SessionEvent.AWAY), (1, SessionEvent.BACK)])
def test_a_lid_is_read_through_the_pointer_of_its_message(open_or_shut: int, event: SessionEvent) -> None:
    setting = ctypes.create_string_buffer(LID + struct.pack("<II", 4, open_or_shut), 24)
    raw = msg_bytes(windows.WM_POWERBROADCAST, 0x8013, ctypes.addressof(setting))
    assert decode_msg(raw) is event


def test_another_power_setting_is_not_the_lid() -> None:
    assert decode_setting(bytes(16) + struct.pack("<II", 4, 0)) is None
    assert decode_setting(LID + struct.pack("<II", 1, 0)) is None


def test_a_window_is_registered_whole_and_let_go_at_the_end() -> None:
    sleep, lid = 0x1_0000_0001, 0x1_0000_0002
    wtsapi = FakeLibrary()
    user32 = FakeLibrary(
        RegisterSuspendResumeNotification=lambda *_: sleep, RegisterPowerSettingNotification=lambda *_: lid
    )
    notices = Notices(WINDOW, wtsapi, user32)
    watch = DecodedWatch(lambda _: None, notices.arm, notices.disarm)
    assert watch.start() == Armed(session=True, suspend=True)
    assert wtsapi.called("WTSRegisterSessionNotification") == [(WINDOW, 0)]
    watch.stop()
    watch.stop()
    assert wtsapi.called("WTSUnRegisterSessionNotification") == [(WINDOW,)]
    assert user32.called("UnregisterSuspendResumeNotification") == [(sleep,)]
    assert user32.called("UnregisterPowerSettingNotification") == [(lid,)]


def test_what_windows_refuses_is_not_armed() -> None:
    wtsapi = FakeLibrary(WTSRegisterSessionNotification=lambda *_: 0)
    user32 = FakeLibrary(
        RegisterSuspendResumeNotification=lambda *_: None, RegisterPowerSettingNotification=lambda *_: None
    )
    notices = Notices(WINDOW, wtsapi, user32)
    assert not notices.arm()
    notices.disarm()
    assert wtsapi.called("WTSUnRegisterSessionNotification") == []


def test_the_limits_of_the_job_are_laid_out_as_windows_reads_them() -> None:
    raw = bytes(limits())
    assert len(raw) == ctypes.sizeof(Limits) == 144
    assert struct.unpack_from("<I", raw, 16) == (KILL_ON_CLOSE | DIE_ON_CRASH,)
    assert raw[:16] == bytes(16)
    assert raw[20:] == bytes(124)


def test_a_desk_is_put_into_a_job_that_kills_it_with_the_guard() -> None:
    seen: list[bytes] = []

    def limit(job: int, kind: int, address: int, size: int) -> int:
        seen.append(ctypes.string_at(address, size))
        return int((job, kind) == (0x1_0000_0040, 9))

    kernel = FakeLibrary(CreateJobObjectW=lambda *_: 0x1_0000_0040, SetInformationJobObject=limit)
    assert Job(kernel).take(0x1_0000_0999)
    assert kernel.called("AssignProcessToJobObject") == [(0x1_0000_0040, 0x1_0000_0999)]
    assert seen == [bytes(limits())]
    assert kernel.called("CloseHandle") == []


def test_a_job_that_cannot_be_limited_is_none() -> None:
    kernel = FakeLibrary(CreateJobObjectW=lambda *_: 0x40, SetInformationJobObject=lambda *_: 0)
    assert not Job(kernel).take(0x99)
    assert kernel.called("CloseHandle") == [(0x40,)]
    assert kernel.called("AssignProcessToJobObject") == []


def test_the_owner_of_a_closed_process_may_end_it_and_not_read_it() -> None:
    def convert(sddl: str, revision: int, to: int, size: None) -> int:
        ctypes.c_void_p.from_address(to).value = 0x1_0000_0500
        return int(revision == 1 and size is None and sddl == "D:P(A;;0x101001;;;OW)(A;;GA;;;SY)")

    advapi = FakeLibrary(ConvertStringSecurityDescriptorToSecurityDescriptorW=convert)
    kernel = FakeLibrary(GetCurrentProcess=lambda: 2**64 - 1)
    assert close_process_to_others(advapi, kernel)
    assert advapi.called("SetKernelObjectSecurity") == [(2**64 - 1, 4, 0x1_0000_0500)]
    assert kernel.called("LocalFree") == [(0x1_0000_0500,)]
