"""Orders of the organisation to the real guard: signed ones where a key is pinned, and a device that is withdrawn."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from PySide6.QtWidgets import QApplication

from tests.peers import Peer, practice
from tests.whole.workplace import Workplace
from ui.tour.steps import prove
from workstation.guard.states import State

__all__ = ["practice"]

pytestmark = [pytest.mark.keyring, pytest.mark.timeout(240)]


class Site:
    """Dana's computer under a practice server of its own process."""

    def __init__(self, app: QApplication, folder: Path, server: Peer, **settings: str) -> None:
        self.place = Workplace(app, folder, server=server.base)
        program = self.place.stage.program
        program.practice_child.ready = dict(server.about)
        program._settings = replace(program._settings, **settings)  # type: ignore[arg-type]

    def control(self, path: str, **body: Any) -> Any:
        return self.place.day.practice(path, body)

    def sign_in(self) -> str:
        """As far as an open desk; the device's id."""
        stage = self.place.stage
        stage.sign_in("dana")
        self.place.invited("Step 1 of 2")
        self.place.type_new_password()
        stage.until(lambda: "Step 2 of 2" in self.place.day.words(), "the step-up code", 30)
        prove(self.place.day)
        self.place.shown()
        return stage.program.house.keys.device

    def tasks(self, status: str) -> list[dict[str, Any]]:
        found = self.control("resource", type="Task")
        return [task for task in found if task.get("status") == status and "device-command" in json.dumps(task)]

    def hurry(self) -> None:
        self.place.stage.program.house.hurry()

    def became_another(self, device: str) -> None:
        """The wipe is at its end and the guard has begun anew."""
        program = self.place.stage.program

        def anew() -> bool:
            return program.guard is not None and program.house.keys.device != device

        self.place.stage.until(anew, "the device to be another", 60)
        assert program.house.home.coders() == ()


@contextmanager
def site(app: QApplication, folder: Path, server: Peer, **settings: str) -> Iterator[Site]:
    app.setQuitOnLastWindowClosed(False)
    made = Site(app, folder, server, **settings)
    try:
        made.place.open()
        yield made
    finally:
        made.place.stage.close()
        app.processEvents()


def command_key(server: Peer) -> str:
    import requests

    address = server.base.rsplit("/fhir", 1)[0] + "/practice/command-key"
    headers = {"Authorization": f"Bearer {server.about['control_token']}"}
    return str(requests.get(address, headers=headers, timeout=10).json()["command_key"])


def test_with_a_pinned_key_only_a_signed_order_erases(qapp: QApplication, tmp_path: Path, practice: Peer) -> None:
    with site(qapp, tmp_path / "data", practice, command_key=command_key(practice)) as here:
        device = here.sign_in()
        stage = here.place.stage
        key = Ed25519PublicKey.from_public_bytes(stage.program.house.keys.verify_key)
        here.control("acts/command", device=device, kind="wipe")
        here.hurry()
        stage.until(lambda: here.tasks("rejected"), "the refusal", 30)
        assert stage.program.house.keys.device == device
        assert stage.state is State.DESK
        assert here.tasks("rejected")[0]["statusReason"]["coding"][0]["code"] == "unsigned"
        here.control("acts/device", device=device, status="inactive")
        here.hurry()
        stage.until(lambda: stage.state is State.LOCKED, "the lock of a withdrawn device", 30)
        assert stage.program.house.keys.device == device, "without a signature it is no order to destroy"
        here.control("acts/device", device=device, status="active")
        here.control("acts/command", device=device, kind="wipe", signed=True)
        here.hurry()
        here.became_another(device)
        [told] = here.tasks("completed")
        receipt = json.loads(told["output"][0]["valueString"])
        key.verify(base64.b64decode(receipt["signature"]), b"wipe-receipt-v1\n" + receipt["body"].encode())
        events = here.control("resource", type="AuditEvent")
        refused = [event for event in events if "refused: unsigned" in json.dumps(event) and event["outcome"] == "8"]
        assert refused, "each refusal is on record, and the tail of the journal was sent before its end"


def test_a_withdrawn_device_is_erased(qapp: QApplication, tmp_path: Path, practice: Peer) -> None:
    with site(qapp, tmp_path / "data", practice) as here:
        device = here.sign_in()
        pid = here.place.guard.pids()[0]
        here.control("acts/device", device=device, status="inactive")
        here.hurry()
        here.place.wait_gone(pid, 30)
        here.became_another(device)
