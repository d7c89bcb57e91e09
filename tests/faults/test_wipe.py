"""A wipe killed at each of its steps and resumed; nothing readable is left, and the server has a signed receipt."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tests.faults.conftest import Times
from workstation.domain.access import Coder
from workstation.domain.audit import Act, Intent
from workstation.domain.policy import Policy
from workstation.errors import ServerUnreachable
from workstation.fhir.client import Stored
from workstation.fhir.commands import Command, refusal, signed_bytes
from workstation.guard.recorder import Recorder
from workstation.guard.vaults import CoderVaults
from workstation.guard.wipe import Wipe, finish_without_keys
from workstation.host.clock import SystemClock
from workstation.host.paths import Home
from workstation.journal.store import Journal
from workstation.keys.device import DeviceKeys

ROOT = Path(__file__).resolve().parents[2]
BASE = "https://fhir.example/r4"
ORDER = Command("Task/w1", "1", "wipe")
COUNT = 300  # bytes of each old file that are looked for afterwards

DYING = """
import os, signal, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from tests.faults.test_wipe import Site
from workstation.guard import wipe as module
import shutil

site, step = Site(Path(sys.argv[2])), sys.argv[3]
def die(*_args, **_more): os.kill(os.getpid(), signal.SIGKILL)
def after(call):
    def both(*args, **more):
        call(*args, **more)
        die()
    return both
if step == "before the keys": module.shred = die
if step == "before the files": shutil.rmtree = die
if step == "after the charts": module.Wipe._destroy_clinical = after(module.Wipe._destroy_clinical)
if step == "before it is on record": site.recorder.event = die
if step == "before the tail": site.tail = die
if step == "before the receipt": site.server.update = die
if step == "after the receipt": site.server.update = after(site.server.update)
if step == "before the device key": site.keys.destroy_device_key = die
if step == "before the journal": module._destroy_rest = die
if step == "before the key files": site.keys.destroy_files = die
site.wipe().go_on()
"""

STEPS = (
    "before the keys",
    "before the files",
    "after the charts",
    "before it is on record",
    "before the tail",
    "before the receipt",
    "after the receipt",
    "before the device key",
    "before the journal",
    "before the key files",
)


class FileServer:
    """The one task of the organisation, kept in a file so that it outlives the process that completes it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.away = False

    def read(self, reference: str) -> Stored:
        if self.away:
            raise ServerUnreachable
        body = json.loads(self._path.read_text()) if self._path.exists() else {"resourceType": "Task", "id": "w1"}
        return Stored(status=200, location="", version="1", resource=body)

    def update(self, resource: dict[str, Any], *, if_match: str = "") -> Stored:
        self._path.write_text(json.dumps(resource))
        return self.read("")

    def search(self, kind: str, params: object) -> tuple[dict[str, Any], ...]:
        return ()


class Site:
    """A device with two coders, its journal and its server."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.home = folder, Home(folder / "home")
        self.clock = SystemClock()
        self.keys = DeviceKeys.open(self.home.guard)
        self.recorder = Recorder(lambda: Journal.open(self.home.journal(self.keys.device), self.keys, self.clock))
        self.server = FileServer(folder / "task.json")
        self.tail = lambda: 0

    def furnish(self) -> list[bytes]:
        """Enrolled coders and a journal; a piece of each file, to be looked for later."""
        vaults = CoderVaults(self.home, self.keys, self.clock, {"base": BASE}, practice=False)
        for user in ("dana", "miguel"):
            seat = vaults.welcome(BASE, Coder(user, user, user.title()), Policy())
            vaults.store_vault(seat, {"epoch": 1, "wrapped": base64.b64encode(os.urandom(60)).decode()})
            (seat.folder / "cache.db").write_bytes(os.urandom(20_000))
        for _ in range(20):
            self.recorder.record(Intent(Act.VIEW_WORKLIST), "dana").result()
        pieces = []
        for path in self.home.root.rglob("*"):
            content = path.read_bytes() if path.is_file() else b""
            if len(content) >= 40 and path.name != "instance.lock":
                pieces += [content[:COUNT], content[len(content) // 2 :][:COUNT]]
        return [piece for piece in pieces if len(set(piece)) > 8]

    def wipe(self) -> Wipe:
        def tail() -> int:
            return self.tail()

        return Wipe(self.home, self.keys, self.recorder, self.server, send_tail=tail, now=self.clock.wall)


def left_of(folder: Path, pieces: list[bytes]) -> list[str]:
    """Files under `folder` that hold any of the pieces."""
    found = []
    for path in folder.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        found += [path.name] if any(piece in content for piece in pieces) else []
    return found


def resume(folder: Path) -> None:
    """What the next start does."""
    home = Home(folder / "home")
    if finish_without_keys(home):
        return
    if not (home.guard / "wipe.json").exists():
        return
    site = Site(folder)
    assert site.wipe().go_on()


@pytest.mark.keyring
@pytest.mark.parametrize("step", STEPS)
def test_killed_at_a_step_the_next_start_ends_it(tmp_path: Path, step: str, times: Times) -> None:
    for turn in range(times(3)):
        folder = tmp_path / str(turn)
        folder.mkdir()
        site = Site(folder)
        pieces, verify_key, device = site.furnish(), site.keys.verify_key, site.keys.device
        assert left_of(folder / "home", pieces), "the pieces can be found while they are there"
        site.wipe().begin(ORDER)
        site.recorder.close()
        died = subprocess.run(
            [sys.executable, "-c", DYING, str(ROOT), str(folder), step], cwd=ROOT, timeout=60, check=False
        )
        assert died.returncode == -9
        resume(folder)
        resume(folder)  # again changes nothing
        home = Home(folder / "home")
        assert left_of(folder / "home", pieces) == []
        assert home.coders() == ()
        assert [path.name for path in home.guard.iterdir()] == []
        told = json.loads((folder / "task.json").read_text())
        assert told["status"] == "completed"
        receipt = json.loads(told["output"][0]["valueString"])
        key = Ed25519PublicKey.from_public_bytes(verify_key)
        key.verify(base64.b64decode(receipt["signature"]), b"wipe-receipt-v1\n" + receipt["body"].encode())
        assert json.loads(receipt["body"])["device"] == device
        assert "dana" not in told["output"][0]["valueString"]
        fresh = DeviceKeys.open(home.guard)
        assert fresh.fresh
        assert fresh.device != device
        fresh.close()


@pytest.mark.keyring
def test_away_from_the_network_the_charts_are_gone_and_the_receipt_waits(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.furnish()
    site.server.away = True
    wipe = site.wipe()
    wipe.begin(ORDER)
    assert not wipe.go_on()
    assert site.home.coders() == ()
    assert wipe.is_pending()
    site.server.away = False
    assert wipe.go_on()
    assert not wipe.is_pending()


@pytest.mark.keyring
def test_the_device_stays_until_the_server_has_every_event(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.furnish()
    site.tail = lambda: 3
    wipe = site.wipe()
    wipe.begin(ORDER)
    assert not wipe.go_on()
    assert site.home.journal(site.keys.device).exists()
    assert not (tmp_path / "task.json").exists()
    site.tail = lambda: 0
    assert wipe.go_on()
    assert not site.home.journal(site.keys.device).exists()


def test_a_forged_replayed_unsigned_or_foreign_order_is_refused(times: Times) -> None:
    ours, theirs = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    public, nobody = ours.public_key().public_bytes_raw(), frozenset[str]()

    def order(number: int, key: Ed25519PrivateKey, device: str = "this-device", kind: str = "wipe") -> Command:
        plain = Command(f"Task/{number}", "1", kind, f"cmd-{number}", "2026-11-24T08:00:00Z")
        return Command(
            plain.task, "1", plain.kind, plain.identifier, plain.authored_on, key.sign(signed_bytes(plain, device))
        )

    for number in range(times(20)):
        good = order(number, ours)
        assert refusal(good, "this-device", public, nobody) == ""
        assert refusal(good, "this-device", public, frozenset({f"Task/{number}/1"})) == "replayed"
        again = Command(f"Task/{number}x", "9", good.kind, good.identifier, good.authored_on, good.signature)
        assert refusal(again, "this-device", public, frozenset({good.identifier})) == "replayed"
        assert refusal(order(number, theirs), "this-device", public, nobody) == "forged"
        assert refusal(order(number, ours, "another"), "this-device", public, nobody) == "forged"
        turned = Command(good.task, "1", "lock", good.identifier, good.authored_on, good.signature)
        assert refusal(turned, "this-device", public, nobody) == "forged"
        bare = Command(good.task, "1", "wipe", good.identifier, good.authored_on)
        assert refusal(bare, "this-device", public, nobody) == "unsigned"
        assert refusal(bare, "this-device", b"", nobody) == "", "without a pinned key the server's word counts"
        assert refusal(order(number, ours, kind="format"), "this-device", public, nobody) == "unknown"
    with pytest.raises(InvalidSignature):
        ours.public_key().verify(order(1, theirs).signature, signed_bytes(order(1, ours), "this-device"))
