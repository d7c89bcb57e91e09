"""Wipe: destroy what opens the caches, then the caches, then tell the server; resumed at every start until told."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from workstation.domain.audit import Act, Subject
from workstation.durable import destroy, read_whole, write_whole
from workstation.errors import ServerTrouble
from workstation.fhir.device import Command, DeviceServer, complete
from workstation.guard.recorder import Recorder
from workstation.host.paths import Home
from workstation.keys.device import DeviceKeys


class Wipe:
    """Each step can be repeated. A command counts once: by its task and version."""

    def __init__(self, home: Home, keys: DeviceKeys, recorder: Recorder, server: DeviceServer) -> None:
        self._home, self._keys, self._recorder, self._server = home, keys, recorder, server
        self._mark: Path = home.guard / "wipe.json"

    @property
    def is_pending(self) -> bool:
        """Begun and not yet confirmed by the server."""
        return self._mark.exists()

    def begin(self, command: Command | None) -> None:
        """Mark first, so that a crash from here on is a wipe that goes on."""
        if self.is_pending:
            return
        body = {"task": command.task, "version": command.version} if command else {}
        write_whole(self._mark, json.dumps({**body, "step": "destroy"}).encode())

    def go_on(self) -> None:
        """Destroy what is left to destroy, record it, and confirm the command when the server can be reached."""
        body = json.loads(read_whole(self._mark) or b"{}")
        if body.get("step") == "destroy":
            destroyed = self._destroy()
            subject = Subject(what=str(body.get("task", "")), version=str(body.get("version", "")))
            self._recorder.event(Act.WIPE, "", reason=f"{destroyed} caches destroyed", subject=subject).result()
            body["step"] = "confirm"
            write_whole(self._mark, json.dumps(body).encode())
        try:
            if body.get("task"):
                complete(self._server, Command(str(body["task"]), str(body.get("version", "")), "wipe"))
        except ServerTrouble:
            return
        destroy(self._mark)

    def _destroy(self) -> int:
        """Keys before files: from the first stroke on nothing opens, whatever happens to the rest."""
        folders = self._home.coders()
        for folder in folders:
            self._keys.destroy_lease_secret(folder.name)
        for folder in folders:
            for name in ("vault.json", "profile", "session", "lease.json", "step-up.json", "throttle.json"):
                destroy(folder / name)
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
        return len(folders)
