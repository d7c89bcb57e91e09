"""Wipe: what is clinical first, then the journal's tail and a signed receipt to the server, then the device itself."""

from __future__ import annotations

import base64
import contextlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from workstation.domain.audit import Act, Subject
from workstation.durable import destroy, is_there, read_whole, write_whole
from workstation.errors import ServerRefused, ServerTrouble, SignedOutByServer
from workstation.fhir.commands import Command, CommandServer, complete
from workstation.guard.recorder import Recorder
from workstation.guard.shred import shred
from workstation.host.paths import Home
from workstation.keys.device import DeviceKeys

_MARK = "wipe.json"


class Wipe:
    """Each step can be repeated, and the mark on the disk says which is next: a crash is a wipe that goes on.

    The order differs from "all keys first" in one point: the device key outlives the charts until the server has the
    journal's tail and the receipt, because no audit event may be lost. It opens the journal, which holds ids alone;
    what opens charts is gone with the first step.
    """

    def __init__(
        self,
        home: Home,
        keys: DeviceKeys,
        recorder: Recorder,
        server: CommandServer,
        *,
        send_tail: Callable[[], int],
        now: Callable[[], float],
        cover: Callable[[], None] = lambda: None,
    ) -> None:
        self._home, self._keys, self._recorder, self._server = home, keys, recorder, server
        self._send_tail, self._now = send_tail, now
        self.cover = cover  # returns when no desk lives any more
        self._mark: Path = home.guard / _MARK

    def is_pending(self) -> bool:
        """Begun and not yet at its end."""
        return is_there(self._mark)

    def begin(self, command: Command | None, why: str = "command") -> None:
        """Mark first. `why`: command, or retired where the server has withdrawn the Device."""
        if self.is_pending():
            return
        named = {"task": command.task, "version": command.version} if command else {"task": "", "version": ""}
        self._keep({**named, "why": why, "step": "clinical", "device": self._keys.device})

    def go_on(self) -> bool:
        """As far as it goes now; True at the end, when this device is no more."""
        mark = self._read()
        if mark.get("step") == "clinical":
            self.cover()
            mark["destroyed"] = mark.get("destroyed", 0) + self._destroy_clinical()
            mark["step"] = "tail"
            self._keep(mark)
        if mark.get("step") == "tail":
            subject = Subject(what=str(mark["task"]), version=str(mark["version"]))
            reason = f"{mark['why']}: {mark['destroyed']} coders' charts destroyed"
            self._recorder.event(Act.WIPE, "", reason=reason, subject=subject).result()
            mark["step"] = "receipt"
            self._keep(mark)
        if mark.get("step") == "receipt" and not self._hand_in(mark):
            return False
        if mark.get("step") in ("receipt", "device"):
            mark["step"] = "device"
            self._keep(mark)
            self._destroy_device()
        return True

    def _destroy_clinical(self) -> int:
        folders = self._home.coders()
        for folder in folders:
            shred(self._keys, folder)
        return len(folders)

    def _hand_in(self, mark: dict[str, Any]) -> bool:
        """The journal's tail, then the receipt. False when the server is to be tried again later."""
        try:
            waiting = self._send_tail()
            if waiting:
                return False
            if mark["task"]:
                command = Command(str(mark["task"]), str(mark["version"]), "wipe")
                complete(self._server, command, self._receipt(mark))
        except (SignedOutByServer, ServerRefused):
            return True  # a device that was withdrawn is not heard any more: nothing is won by waiting
        except ServerTrouble:
            return False
        return True

    def _receipt(self, mark: dict[str, Any]) -> str:
        """What was done, signed by the device: `{body, signature}` in JSON; no name of a person in it."""
        head = self._recorder.run(lambda journal: journal.head()).result()
        body = {
            "device": mark["device"],
            "task": mark["task"],
            "version": mark["version"],
            "coders": mark["destroyed"],
            "journal": str(head),
            "time": int(self._now()),
        }
        text = json.dumps(body, sort_keys=True, separators=(",", ":"))
        signature = self._keys.sign_checkpoint(b"wipe-receipt-v1\n" + text.encode())
        return json.dumps({"body": text, "signature": base64.b64encode(signature).decode()})

    def _destroy_device(self) -> None:
        """Device key, marks, journal, signing key: from here on this installation cannot prove who it was."""
        self._recorder.close()
        self._keys.destroy_device_key()
        _destroy_rest(self._home)
        self._keys.destroy_files()
        destroy(self._mark)

    def _read(self) -> dict[str, Any]:
        return read_mark(self._mark)

    def _keep(self, mark: dict[str, Any]) -> None:
        write_whole(self._mark, json.dumps(mark).encode())


def read_mark(path: Path) -> dict[str, Any]:
    """The mark of a wipe; one that cannot be read began, and nothing more is known of it."""
    content = read_whole(path)
    if content is None:
        return {}
    try:
        found = json.loads(content)
        return {"task": "", "version": "", "why": "command", "destroyed": 0, "device": "", **found}
    except (ValueError, TypeError):
        return {"task": "", "version": "", "why": "command", "destroyed": 0, "device": "", "step": "clinical"}


def finish_without_keys(home: Home) -> bool:
    """At the start, before any key is looked for: end a wipe that a crash stopped in its last step."""
    mark = home.guard / _MARK
    if read_mark(mark).get("step") != "device":
        return False
    with contextlib.suppress(OSError):
        _destroy_rest(home)
    for name in ("signing.key", "client.key", "device.json"):
        destroy(home.guard / name)
    destroy(mark)
    return True


def _destroy_rest(home: Home) -> None:
    for path in sorted(home.guard.glob("journal-*")):
        destroy(path)
    for folder in home.guard.glob("lost-*"):  # of a keyring that was lost: its keys are nobody's any more
        shutil.rmtree(folder, ignore_errors=True)
    for name in ("registration.json", "look.json", "commands.json"):
        destroy(home.guard / name)
