"""A proxy of bytes between real sockets that cuts, delays, drips, repeats and mixes up; it knows no HTTP, and passes TLS on.

A flight is what goes one way until the other side begins to speak: a question, then its answer. Harm is done to one
flight, counted over all connections since it was asked for, and once.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import struct
import threading
import time
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit

QUIET = 0.03  # seconds without a byte after which a flight is over
KEPT = 60  # answers remembered, to be given again to somebody else
ALIKE = 14  # first bytes by which two questions are of one kind
RESET = struct.pack("ii", 1, 0)  # linger: the next close is a reset


class How(StrEnum):
    """What is done to a flight."""

    CUT_REQUEST = "cut the request"
    CUT_ANSWER = "cut the answer"
    RESET_ANSWER = "reset within the answer"
    HALF_CLOSE = "close one way within the answer"
    REFUSE = "hang up on every connection"
    DELAY = "delay the answer"
    DRIP = "drip the answer"
    REPEAT_REQUEST = "repeat the request at once"
    REPEAT_REQUEST_LATER = "repeat the request after others"
    LATE_REQUEST = "cut, and bring the request late"
    REPEAT_ANSWER = "answer twice"
    REPEAT_ANSWER_LATE = "answer twice, into the next question"
    STALE_PASSED = "carry it out, and give an old answer"
    STALE_SWALLOWED = "swallow it, and give an old answer"


@dataclass(frozen=True, slots=True)
class Harm:
    """One fault: to which flight, from which byte on, for how long."""

    how: How
    flight: int = 0
    at: int = 0
    seconds: float = 0.3


@dataclass
class _Flight:
    number: int
    harm: Harm | None
    question: bytearray = field(default_factory=bytearray)
    answer: bytearray = field(default_factory=bytearray)
    swallowed: bool = False


class _Over(Exception):
    """This connection ends here."""


class TcpProxy:
    """Listens on loopback for one target. `harm` arms a fault; `met` says how often one struck."""

    def __init__(self, target: str) -> None:
        self._target = urlsplit(target)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._harm: Harm | None = None
        self._flights = 0
        self._old: list[tuple[bytes, bytes]] = []  # questions and their answers
        self._later: list[bytes] = []  # questions to be brought after the next
        self._threads: list[threading.Thread] = []
        self.met = 0
        self.refusing = False
        self._thread = threading.Thread(target=self._accept, name="tcp-proxy")
        self._thread.start()

    @property
    def base(self) -> str:
        """The target's address, through this proxy."""
        port = self._listener.getsockname()[1]
        return f"{self._target.scheme}://127.0.0.1:{port}{self._target.path}"

    @property
    def flights(self) -> int:
        """How many there were since the last harm was asked for."""
        return self._flights

    def arm(self, harm: Harm | None) -> None:
        with self._lock:
            self._harm, self._flights, self.met = harm, 0, 0
            self.refusing = harm is not None and harm.how is How.REFUSE

    def settle(self) -> None:
        """What is still to be brought late is brought now."""
        with self._lock:
            late, self._later = self._later, []
        for question in late:
            self._ask_aside(question)

    def close(self) -> None:
        self._closing.set()
        self._thread.join()
        self._listener.close()
        for thread in self._threads:
            thread.join()

    # ------------------------------------------------------------------ connections

    def _accept(self) -> None:
        while not self._closing.is_set():
            ready, _, _ = select.select([self._listener], [], [], 0.05)
            if not ready:
                continue
            client, _ = self._listener.accept()
            if self.refusing:
                self.met += 1
                _reset(client)
                continue
            thread = threading.Thread(target=self._carry, args=(client,), name="tcp-proxy-line")
            thread.start()
            self._threads = [each for each in self._threads if each.is_alive()] + [thread]

    def _carry(self, client: socket.socket) -> None:
        server = self._reach()
        if server is None:
            _reset(client)
            return
        flight: _Flight | None = None
        try:
            while not self._closing.is_set():
                ready, _, _ = select.select([client, server], [], [], QUIET)
                if client in ready:
                    data = client.recv(65_536)
                    if not data:
                        break
                    if flight is None or flight.answer or flight.swallowed:
                        flight = self._begin(flight, client)
                    self._ask(flight, data, client, server)
                if server in ready:
                    data = server.recv(65_536)
                    if not data:
                        break
                    self._answer(flight, data, client)
                if not ready and flight is not None:
                    self._quiet(flight, client)
        except (OSError, _Over):
            pass  # either side hung up, or this one did on purpose
        finally:
            self._end(flight)
            for one in (client, server):
                with contextlib.suppress(OSError):
                    one.close()

    def _reach(self) -> socket.socket | None:
        with contextlib.suppress(OSError):
            return socket.create_connection((self._target.hostname or "", self._target.port or 0), timeout=20)
        return None

    # ------------------------------------------------------------------ flights

    def _begin(self, before: _Flight | None, client: socket.socket) -> _Flight:
        self._end(before)
        with self._lock:
            harm = self._harm
            strikes = harm is not None and harm.flight == self._flights and not self.refusing
            flight = _Flight(self._flights, harm if strikes else None)
            self._flights += 1
            if strikes:
                self.met += 1
        if before is not None and before.harm is not None and before.harm.how is How.REPEAT_ANSWER_LATE:
            client.sendall(before.answer)
        self.settle()
        return flight

    def _end(self, flight: _Flight | None) -> None:
        if flight is None or not flight.answer:
            return
        with self._lock:
            self._old = [*self._old[-KEPT:], (bytes(flight.question), bytes(flight.answer))]

    def _ask(self, flight: _Flight, data: bytes, client: socket.socket, server: socket.socket) -> None:
        flight.question += data
        how = flight.harm.how if flight.harm else None
        if how is How.CUT_REQUEST and flight.harm:
            left = flight.harm.at - (len(flight.question) - len(data))
            server.sendall(data[: max(0, left)])
            if left < len(data):
                raise _Over
        elif how in (How.LATE_REQUEST, How.STALE_SWALLOWED):
            return  # kept until it is whole
        else:
            server.sendall(data)

    def _answer(self, flight: _Flight | None, data: bytes, client: socket.socket) -> None:
        if flight is None:
            client.sendall(data)
            return
        harm, before = flight.harm, len(flight.answer)
        flight.answer += data
        if harm is None:
            client.sendall(data)
            return
        if harm.how is How.CUT_REQUEST:  # it was shorter than that
            raise _Over
        if harm.how in (How.CUT_ANSWER, How.RESET_ANSWER, How.HALF_CLOSE):
            left = max(0, harm.at - before)
            client.sendall(data[:left])
            if left < len(data):
                _hang_up(client, harm.how)
                raise _Over
        elif harm.how is How.REPEAT_REQUEST and not before:
            self._ask_aside(bytes(flight.question))
            client.sendall(data)
        elif harm.how is How.REPEAT_REQUEST_LATER and not before:
            client.sendall(data)
            with self._lock:
                self._later.append(bytes(flight.question))
        elif harm.how is How.DELAY and not before:
            self._closing.wait(harm.seconds)
            client.sendall(data)
        elif harm.how is How.DRIP and not before:
            _drip(client, data, harm.seconds)
        elif harm.how is not How.STALE_PASSED:
            client.sendall(data)

    def _quiet(self, flight: _Flight, client: socket.socket) -> None:
        """Nobody has said anything for a while."""
        harm = flight.harm
        if harm is None:
            return
        if harm.how is How.LATE_REQUEST and flight.question:
            with self._lock:
                self._later.append(bytes(flight.question))
            raise _Over
        if harm.how is How.REPEAT_ANSWER and flight.answer:
            flight.harm = None
            client.sendall(flight.answer)
        stale = harm.how is How.STALE_SWALLOWED or (harm.how is How.STALE_PASSED and flight.answer)
        if stale and not flight.swallowed:
            flight.swallowed = True
            client.sendall(self._stale(bytes(flight.question)))

    def _stale(self, question: bytes) -> bytes:
        """An answer from before, to a question that begins alike where there was one."""
        with self._lock:
            alike = [answer for asked, answer in self._old if asked[:ALIKE] == question[:ALIKE] and asked != question]
            found = alike or [answer for _, answer in self._old]
        return found[int.from_bytes(os.urandom(2)) % len(found)] if found else b""

    def _ask_aside(self, question: bytes) -> None:
        """The same bytes once more, on a line of its own; nobody hears the answer."""
        server = self._reach()
        if server is None:
            return
        with server, contextlib.suppress(OSError):
            server.sendall(question)
            until = time.monotonic() + 5
            heard = False
            while time.monotonic() < until and not self._closing.is_set():
                ready, _, _ = select.select([server], [], [], QUIET)
                if ready and not server.recv(65_536):
                    return
                if heard and not ready:
                    return
                heard = heard or bool(ready)


def _hang_up(client: socket.socket, how: How) -> None:
    if how is How.RESET_ANSWER:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    elif how is How.HALF_CLOSE:
        client.shutdown(socket.SHUT_WR)
        client.settimeout(0.2)
        with contextlib.suppress(OSError):
            client.recv(1)  # the other way stays open for a while


def _reset(client: socket.socket) -> None:
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    client.close()


def _drip(client: socket.socket, data: bytes, seconds: float) -> None:
    """The first bytes one by one, the rest at once."""
    for byte in data[:40]:
        client.sendall(bytes([byte]))
        time.sleep(seconds / 40)
    client.sendall(data[40:])
