"""The pipe between guard and desk."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workstation import messages
from workstation.channel import LONGEST_FRAME, Channel


class Ends:
    """Two channels over two real pipes, and what each received."""

    def __init__(self) -> None:
        there_r, here_w = os.pipe()
        here_r, there_w = os.pipe()
        self.here, self.there = Channel(here_r, here_w), Channel(there_r, there_w)
        self.raw_write = here_w
        self.messages: queue.Queue[messages.Message] = queue.Queue()
        self.keys: queue.Queue[tuple[str, bytearray]] = queue.Queue()
        self.closed = threading.Event()
        self.here.start(lambda message: None, lambda name, key: None, lambda: None)
        self.there.start(self.messages.put, lambda name, key: self.keys.put((name, key)), self.closed.set)

    def close(self) -> None:
        # Each reader ends when the opposite writer closes, so both writers go before either reader is joined.
        ender = threading.Thread(target=self.here.close)
        ender.start()
        self.there.close()
        ender.join()


@pytest.fixture
def ends() -> Iterator[Ends]:
    both = Ends()
    yield both
    both.close()


def test_a_message_arrives_as_it_was_sent(ends: Ends) -> None:
    sent = messages.IntentAsked(7, {"act": "view-document", "subject": {"what": "DocumentReference/d1"}})
    assert ends.here.send(sent)
    assert ends.messages.get(timeout=5) == sent


def test_a_key_arrives_apart_from_messages_and_the_sender_keeps_its_own(ends: Ends) -> None:
    key = bytearray(range(32))
    assert ends.here.send_key("device-half", key)
    assert ends.keys.get(timeout=5) == ("device-half", bytearray(range(32)))
    assert key == bytearray(range(32))


def test_the_other_side_learns_when_a_channel_closes(ends: Ends) -> None:
    os.close(os.dup(ends.raw_write))
    ends.close()
    assert ends.closed.wait(5)
    assert not ends.here.send(messages.Ready())


@pytest.mark.parametrize(
    "frame",
    [
        (LONGEST_FRAME + 1).to_bytes(4, "big") + b"J",
        (2).to_bytes(4, "big") + b"J[]",
        (4).to_bytes(4, "big") + b"Jnull",
        (2).to_bytes(4, "big") + b"Q{}",
        (18).to_bytes(4, "big") + b'J{"kind":"Nobody"} ',
        (26).to_bytes(4, "big") + b'J{"kind":"Ready","more":1}  ',
        (3).to_bytes(4, "big") + b"J\xff\xfe\xfd",
        (3).to_bytes(4, "big") + b"Kabc",
    ],
)
def test_a_frame_nobody_sends_ends_the_channel(ends: Ends, frame: bytes) -> None:
    os.write(ends.raw_write, frame)
    assert ends.closed.wait(5)
    assert ends.messages.empty()


@given(request=st.integers(0, 2**53), why=st.text(max_size=200))
def test_every_text_survives_the_wire(request: int, why: str) -> None:
    both = Ends()
    try:
        sent = messages.NotRecorded(request, why)
        both.here.send(sent)
        assert both.messages.get(timeout=5) == sent
    finally:
        both.close()
