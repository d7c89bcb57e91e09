"""The stage of the tour: the guard in this process, its desks driven over loopback."""

from __future__ import annotations

import contextlib
import html.parser
import json
import secrets
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from PySide6.QtCore import QEventLoop
from PySide6.QtWidgets import QApplication

from ui.guard.program import GuardProgram
from ui.guard.window import first_window
from workstation.guard.states import State
from workstation.host.paths import Home
from workstation.settings import ServerSettings

MAIN = Path(__file__).resolve().parents[2] / "main.py"


class StepFailed(Exception):
    """A step of the tour did not show what it should."""


class Stage:
    """Everything a step needs. Runs Qt's event loop while it waits."""

    def __init__(self, app: QApplication, folder: Path, server: str = "", *, practice: bool | None = None) -> None:
        self._app = app
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._token = secrets.token_urlsafe(24)
        self._hands: list[Hands] = []
        self._accepting = threading.Thread(target=self._accept, name="tour-stage", daemon=True)
        self._accepting.start()
        self._who = ("", "", "")
        port = self._listener.getsockname()[1]
        program = [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, str(MAIN)]
        self.program = GuardProgram(
            app,
            Home(folder),
            ServerSettings(base=server),
            first_window(app, server, practice=not server),
            practice=not server if practice is None else practice,
            open_browser=self._browse,
            desk=[*program, "--tour-desk", str(port), self._token],
        )

    # ------------------------------------------------------------------ the loop

    def until(self, wanted: Callable[[], Any], what: str, seconds: float = 30.0) -> Any:
        """Run the event loop until something is so; its value."""
        end = time.monotonic() + seconds
        while True:
            self._app.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
            found = wanted()
            if found:
                return found
            if time.monotonic() > end:
                raise StepFailed(f"waited {seconds:.0f} s for {what}")
            time.sleep(0.002)

    def pause(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        self.until(lambda: time.monotonic() >= end, "a pause", seconds + 5)

    # ------------------------------------------------------------------ guard

    @property
    def state(self) -> State:
        guard = self.program.guard
        return guard.state if guard is not None else State.STARTING

    def ready(self) -> None:
        self.program.start()
        self.until(lambda: self.program.guard is not None and self._standby() is not None, "the guard", 90)

    def resize(self, width: int, height: int) -> None:
        """Guard and desks stand in one place: the size most coders have."""
        place = {"place": [0, 0, width, height], "maximized": False}
        self.program.window.look(place)
        if self.program.guard is not None:
            self.program.guard.look.update(place)

    def sign_in(self, user: str) -> None:
        """Press the button; the browser is played by posting the page's own form."""
        person = next(one for one in self.program.practice_child.people if one["user"] == user)
        self._who = (person["user"], person["password"], person["totp_secret"])
        self.program.sign_in()
        self.until(lambda: self.state is State.INVITING, "the unlock window after sign-in", 60)

    def _browse(self, url: str) -> None:
        threading.Thread(target=browse, args=(url, *self._who), name="tour-browser", daemon=True).start()

    def shot_guard(self, path: Path) -> None:
        self.pause(0.15)
        if not self.program.window.grab().save(str(path)):
            raise StepFailed(f"{path.name} could not be written")

    # ------------------------------------------------------------------ desk

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            stream = connection.makefile("rw", encoding="utf-8")
            try:
                known = json.loads(stream.readline()).get("token") == self._token
            except (OSError, ValueError):
                known = False  # a desk that was ended before it could say who it is
            if known:
                self._hands.append(Hands(connection, stream))
            else:
                connection.close()

    def _standby(self) -> Hands | None:
        return self._hands[-1] if self._hands else None

    def desk(self, command: str, **more: Any) -> Any:
        """Do something in the desk that is shown; waits for its answer while the guard goes on."""
        hands = self._current()
        done = hands.ask({"do": command, **more})
        answer = self.until(lambda: done[0] if done else None, f"the desk to {command}", 30)
        if "error" in answer:
            raise StepFailed(f"{command}: {answer['error']}")
        return answer["answer"]

    def desk_say(self, why: str) -> None:
        """Lock, switch or sign out from the desk's own menu; the desk does not live to answer."""
        self._current().ask({"do": "lock", "why": why})

    def standby_is_ready(self) -> bool:
        """A warm standby waits for an invitation."""
        return any(hands.is_open for hands in self._hands)

    def _current(self) -> Hands:
        """The oldest desk still alive: the standby that was invited, or the desk it became."""
        alive = [hands for hands in self._hands if hands.is_open]
        if not alive:
            raise StepFailed("no desk is alive")
        return alive[0]

    def shot(self, path: Path) -> None:
        self.pause(0.25)
        if not self.desk("shot", path=str(path)):
            raise StepFailed(f"{path.name} could not be written")

    def close(self) -> None:
        self.program.stop()
        self.program.window.close()
        self._listener.shutdown(socket.SHUT_RDWR)  # closing alone wakes nobody who accepts
        self._listener.close()
        for hands in self._hands:
            hands.close()
        self._accepting.join(2)


class Hands:
    """The tour's end of one desk's socket."""

    def __init__(self, connection: socket.socket, stream: Any) -> None:
        self._connection, self._stream = connection, stream
        self._ended = False
        self._waiting: list[list[Any]] = []
        self._reading = threading.Thread(target=self._read, name="tour-hands", daemon=True)
        self._reading.start()

    @property
    def is_open(self) -> bool:
        """Asks the kernel where it can: the reading thread learns of a killed desk a little later."""
        if self._ended or not hasattr(socket, "MSG_DONTWAIT"):
            return not self._ended
        try:
            return self._connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) != b""
        except BlockingIOError:
            return True
        except OSError:
            return False

    def ask(self, command: dict[str, Any]) -> list[Any]:
        """A list that will hold the answer."""
        answer: list[Any] = []
        self._waiting.append(answer)
        try:
            self._stream.write(json.dumps(command) + "\n")
            self._stream.flush()
        except OSError:
            answer.append({"error": "the desk is gone"})
        return answer

    def _read(self) -> None:
        try:
            for line in self._stream:
                self._waiting.pop(0).append(json.loads(line))
        except (OSError, ValueError):
            pass  # the desk died, as a desk does at a lock
        self._ended = True
        for answer in self._waiting:
            answer.append({"error": "the desk is gone"})

    def close(self) -> None:
        with contextlib.suppress(OSError):  # the desk has hung up already
            self._connection.shutdown(socket.SHUT_RDWR)
        self._reading.join(2)
        self._stream.close()
        self._connection.close()


class _Form(html.parser.HTMLParser):
    """The first form of a page: where it goes and what is filled in already."""

    def __init__(self) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form" and not self.action:
            self.action = found.get("action", "") or "."
        if tag == "input" and found.get("name"):
            self.fields[found["name"]] = found.get("value", "")


def browse(url: str, user: str, password: str, secret: str) -> str:
    """What a person does in the browser: fill in the sign-in page and send it. The last page's text."""
    import pyotp
    import requests

    with requests.Session() as session:
        session.trust_env = False
        page = session.get(url, timeout=20)
        form = _Form()
        form.feed(page.text)
        names = list(form.fields)
        filled = dict(form.fields)
        for name in names:
            lower = name.lower()
            if "user" in lower or lower == "login":
                filled[name] = user
            elif "pass" in lower:
                filled[name] = password
            elif "code" in lower or "otp" in lower:
                filled[name] = pyotp.TOTP(secret).now()
        target = url if form.action == "." else urljoin(page.url, form.action)
        return session.post(target, data=filled, timeout=20).text
