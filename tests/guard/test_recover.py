"""Unsent work saved by the organisation: sealed to its key alone, opened by its tool alone."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from tests.desks import E1, I50_23, NOW, Bench, FakeBook, FakeGuard, put_chart
from workstation.cache.database import Database
from workstation.desk import Desk
from workstation.domain.access import Coder
from workstation.domain.policy import Policy
from workstation.guard import recover
from workstation.guard.vaults import CoderVaults
from workstation.host.clock import SetClock
from workstation.host.paths import Home
from workstation.keys.derive import FLOOR
from workstation.keys.device import DeviceKeys
from workstation.keys.vault import VaultIdentity, enrol
from workstation.operations import coding

BASE = "https://fhir.example/r4"
DANA = Coder("dana", "dana", "Dana")


class Place:
    """A device on which Dana coded something the server never got."""

    def __init__(self, folder: Path, recovery_key: bytes) -> None:
        self.home, self.keys = Home(folder), DeviceKeys.throw_away()
        self.vaults = CoderVaults(self.home, self.keys, SetClock(), {"base": BASE}, practice=False)
        seat = self.vaults.welcome(BASE, DANA, Policy())
        _, half = self.vaults.invitation(seat)
        identity = VaultIdentity(BASE, "dana", self.keys.device, seat.epoch)
        record, dek, _ = enrol(
            bytearray(b"seven quiet lanterns"), half, identity, recovery_key=recovery_key, cost=FLOOR
        )
        self.vaults.store_vault(seat, record.to_json())
        self.folder = seat.folder
        guard, changes = FakeGuard(), []
        desk = Desk(
            db=Database(seat.folder / "cache.db", dek), ask=guard.ask, tell=guard.tell, codebook=FakeBook(), coder=DANA,
            policy=Policy, now=lambda: NOW, changed=changes.append,
        )  # fmt: skip
        put_chart(Bench(desk, guard, changes))
        coding.add(desk, E1, I50_23, principal=True).result()
        desk.db.close()

    def forget_password(self) -> None:
        self.vaults.welcome(BASE, DANA, Policy(), renew_password=True)


@pytest.fixture
def keys(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> tuple[Path, bytes]:
    """(file of the private half, public half)"""
    assert recover.make_key(tmp_path / "recovery.key") == 0
    public = json.loads("{" + capsys.readouterr().out + "}")["recovery_key"]
    return tmp_path / "recovery.key", base64.b64decode(public)


def test_work_under_a_forgotten_password_is_saved_with_the_organisations_key(
    tmp_path: Path, keys: tuple[Path, bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    private, public = keys
    place = Place(tmp_path / "home", public)
    place.forget_password()
    assert not (place.folder / "vault.json").exists()
    assert recover.run(tmp_path / "home", private, tmp_path / "out.json") == 0
    [saved] = json.loads((tmp_path / "out.json").read_bytes())["saved"]
    assert saved["user"] == "dana"
    assert "I50.23" in json.dumps(saved["unfinished"])
    assert (tmp_path / "out.json").stat().st_mode & 0o077 == 0
    assert "not encrypted" in capsys.readouterr().out


def test_what_is_set_aside_holds_nothing_a_password_could_open(tmp_path: Path, keys: tuple[Path, bytes]) -> None:
    place = Place(tmp_path / "home", keys[1])
    place.forget_password()
    [aside] = place.folder.glob("sealed-*")
    assert set(json.loads((aside / "vault.json").read_bytes())) == {
        "version", "tenant", "user", "device", "epoch", "recovery",
    }  # fmt: skip


def test_another_key_opens_nothing(
    tmp_path: Path, keys: tuple[Path, bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    place = Place(tmp_path / "home", keys[1])
    place.forget_password()
    recover.make_key(tmp_path / "other.key")
    assert recover.run(tmp_path / "home", tmp_path / "other.key", tmp_path / "out.json") == 1
    assert not (tmp_path / "out.json").exists()
    assert "not sealed to this key" in capsys.readouterr().err


def test_without_a_recovery_key_nothing_unreadable_is_kept(tmp_path: Path, keys: tuple[Path, bytes]) -> None:
    place = Place(tmp_path / "home", b"")
    place.forget_password()
    assert not list(place.folder.glob("cache.db*"))
    assert not list(place.folder.glob("sealed-*"))
    assert recover.run(tmp_path / "home", keys[0], tmp_path / "out.json") == 0


def test_a_lost_lease_secret_is_a_new_enrolment_and_not_a_password_that_never_fits(
    tmp_path: Path, keys: tuple[Path, bytes]
) -> None:
    place = Place(tmp_path / "home", keys[1])
    place.keys.destroy_lease_secret(place.folder.name)
    seat = place.vaults.welcome(BASE, DANA, Policy())
    assert place.vaults.invitation(seat)[0].mode == "enrol"
    assert recover.run(tmp_path / "home", keys[0], tmp_path / "out.json") == 0


@pytest.mark.parametrize("content", [b"", b"not base64!", base64.b64encode(b"short")])
def test_a_file_that_is_no_key_is_said(tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "key").write_bytes(content)
    assert recover.run(tmp_path, tmp_path / "key", tmp_path / "out.json") == 2
    assert "key" in capsys.readouterr().err


def test_a_key_file_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("precious")
    assert recover.make_key(tmp_path / "key") == 2
    assert (tmp_path / "key").read_text() == "precious"
