"""The one pipe between guard and desk: length-prefixed frames of typed messages, and keys that are zeroed."""

from __future__ import annotations

import json
import os
import struct
import threading
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from workstation.messages import KINDS, Message

LONGEST_FRAME = 8 * 1024 * 1024  # a trail page is the largest message; anything longer is an attack or a bug
_HEAD = struct.Struct(">IB")
_JSON, _KEY = ord("J"), ord("K")


class ChannelBroken(Exception):
    """The other side sent what no version of this program sends."""


class Channel:
    """Frames over two file descriptors. `send` may be called from any thread; messages arrive on one reader thread.

    A frame is a 4-byte big-endian length, one kind byte, and the body: `J` is a JSON message, `K` is a name, a zero
    byte and key material, read into a bytearray that the receiver must zero.
    """

    def __init__(self, read_fd: int, write_fd: int) -> None:
        self._read_fd, self._write_fd = read_fd, write_fd
        self._writing = threading.Lock()
        self._closed = False
        self._reader: threading.Thread | None = None

    def start(
        self,
        on_message: Callable[[Message], None],
        on_key: Callable[[str, bytearray], None],
        on_closed: Callable[[], None],
    ) -> None:
        """Begin reading on a thread of its own; `on_closed` comes last, whatever ended the stream."""

        def read() -> None:
            try:
                while self._receive(on_message, on_key):
                    pass
            except (OSError, ChannelBroken):
                pass  # a broken stream and a closed one end the same way: the receiver is told once
            finally:
                on_closed()

        self._reader = threading.Thread(target=read, name="channel", daemon=True)
        self._reader.start()

    def send(self, message: Message) -> bool:
        """Write one message; False when the other side is gone."""
        body = {"kind": type(message).__name__, **asdict(message)}
        return self._write(_JSON, json.dumps(body, separators=(",", ":")).encode())

    def send_key(self, name: str, key: bytearray) -> bool:
        """Write key bytes; the caller still owns and zeroes `key`."""
        frame = bytearray(name.encode()) + b"\0" + key
        try:
            return self._write(_KEY, frame)
        finally:
            frame[:] = bytes(len(frame))

    def close(self) -> None:
        """Close both ends and wait for the reader."""
        with self._writing:
            if self._closed:
                return
            self._closed = True
            os.close(self._write_fd)
        reader = self._reader
        if reader is not None and reader is not threading.current_thread():
            reader.join(timeout=5)
        os.close(self._read_fd)

    def _write(self, kind: int, body: bytes | bytearray) -> bool:
        frame = bytearray(_HEAD.pack(len(body), kind)) + body
        with self._writing:
            if self._closed:
                return False
            try:
                view = memoryview(frame)
                while view:
                    view = view[os.write(self._write_fd, view) :]
            except OSError:
                return False
            finally:
                del view
                frame[:] = bytes(len(frame))
        return True

    def _receive(self, on_message: Callable[[Message], None], on_key: Callable[[str, bytearray], None]) -> bool:
        head = self._exactly(_HEAD.size)
        if head is None:
            return False
        length, kind = _HEAD.unpack(head)
        if length > LONGEST_FRAME:
            raise ChannelBroken(f"frame of {length} bytes")
        body = self._exactly(length)
        if body is None:
            return False
        if kind == _KEY:
            on_key(*_read_key(body))
        elif kind == _JSON:
            on_message(_read_message(body))
        else:
            raise ChannelBroken(f"frame kind {kind}")
        return True

    def _exactly(self, length: int) -> bytearray | None:
        """`length` bytes, or None at the end of the stream; read in place so that no copy of a key is left."""
        body = bytearray(length)
        with memoryview(body) as whole:
            got = 0
            while got < length:
                count = os.readv(self._read_fd, [whole[got:]]) if _READV else _read_into(self._read_fd, whole[got:])
                if count == 0:
                    return None
                got += count
        return body


_READV = hasattr(os, "readv")


def _read_into(fd: int, view: memoryview) -> int:
    part = os.read(fd, len(view))  # Windows has no readv
    view[: len(part)] = part
    return len(part)


def _read_key(body: bytearray) -> tuple[str, bytearray]:
    split = body.find(0)
    if split < 0:
        raise ChannelBroken("key without a name")
    name, key = body[:split].decode("ascii", "replace"), body[split + 1 :]
    body[:] = bytes(len(body))
    return name, key


def _read_message(body: bytearray) -> Message:
    try:
        fields: Any = json.loads(bytes(body))
        return KINDS[fields.pop("kind")](**fields)
    except (ValueError, TypeError, KeyError, AttributeError) as wrong:
        raise ChannelBroken("not a message of this program") from wrong
