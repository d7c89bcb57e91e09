"""Windows' messages through Qt's filter, from structures built in memory; the watch behind it is the real one."""

from __future__ import annotations

import ctypes
import struct

import pytest
from PySide6.QtCore import QByteArray
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from ui.native_events import NativeEvents, listen, native_id
from workstation.host.events import SessionEvent
from workstation.host.sessions import DecodedWatch, watch_session
from workstation.host.windows import WM_POWERBROADCAST, WM_WTSSESSION_CHANGE


def in_memory(message: int, wparam: int) -> ctypes.Array[ctypes.c_char]:
    return ctypes.create_string_buffer(struct.pack("<QI4xQQIii4x", 1, message, wparam, 0, 0, 0, 0), 48)


@pytest.mark.parametrize("kind", [b"windows_generic_MSG", b"windows_dispatcher_MSG"])
def test_a_lock_reaches_the_watch_and_goes_on_to_windows(kind: bytes) -> None:
    heard: list[SessionEvent] = []
    filtered = NativeEvents(DecodedWatch(heard.append).tell)
    for message, wparam in [(WM_WTSSESSION_CHANGE, 7), (WM_POWERBROADCAST, 4), (0x000F, 0)]:
        raw = in_memory(message, wparam)
        assert filtered.nativeEventFilter(QByteArray(kind), ctypes.addressof(raw)) == (False, 0)
    assert heard == [SessionEvent.LOCKED, SessionEvent.SUSPENDING]


def test_messages_of_another_window_system_are_never_read_as_windows_ones() -> None:
    heard: list[SessionEvent] = []
    filtered = NativeEvents(DecodedWatch(heard.append).tell)
    raw = in_memory(WM_WTSSESSION_CHANGE, 7)
    assert filtered.nativeEventFilter(QByteArray(b"xcb_generic_event_t"), ctypes.addressof(raw)) == (False, 0)
    assert filtered.nativeEventFilter(QByteArray(b"windows_generic_MSG"), 0) == (False, 0)
    assert heard == []


def test_listening_is_for_windows_alone(qtbot: QtBot, qapp: QApplication) -> None:
    watch = DecodedWatch(lambda _: None)
    listen(qapp, watch, "linux")()
    deafen = listen(qapp, watch, "win32")
    qapp.processEvents()  # the platform's own messages pass the filter unread
    deafen()


def test_macos_says_honestly_that_nothing_is_armed() -> None:
    assert not watch_session(lambda _: None, platform="darwin").start()


def test_only_windows_is_given_a_window(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    assert native_id(window, "linux") == 0
    assert native_id(window, "win32") == window.winId() > 0
