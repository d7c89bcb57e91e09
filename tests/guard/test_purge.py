"""`purge-user-data`: nothing without --yes, keys before files, nothing of anybody else's, and no chart opens afterwards."""

from __future__ import annotations

import json
import os
import pwd
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from workstation.domain.access import Coder
from workstation.domain.policy import Policy
from workstation.errors import KeyringTrouble
from workstation.guard import purge
from workstation.guard.purge import DONE, IN_USE, LEFT, NOT_ALLOWED, look, purge_account
from workstation.guard.vaults import CoderVaults
from workstation.host.clock import SystemClock
from workstation.host.instance import Instance
from workstation.host.paths import Home
from workstation.keys.device import DeviceKeys
from workstation.keys.keyring import Keyring

ROOT = Path(__file__).resolve().parents[2]
BASE = "https://fhir.example/r4"


def filled(home: Home, keys: DeviceKeys, *, only_here: int | None = 0) -> Path:
    """A coder who enrolled and worked; their folder."""
    vaults = CoderVaults(home, keys, SystemClock(), {"base": BASE}, practice=False)
    seat = vaults.welcome(BASE, Coder("dana", "dana", "Dana"), Policy())
    vaults.store_vault(seat, {"epoch": seat.epoch, "wrapped": "c2VhbGVk"})
    (seat.folder / "cache.db").write_bytes(b"sealed pages " * 100)
    seat.only_here = only_here
    vaults.note_only_here(seat)
    home.journal(keys.device).write_bytes(b"sealed journal")
    (home.logs / "guard.log").write_text("ids and counts\n")
    return seat.folder


@pytest.mark.keyring
def test_keys_go_before_files_and_nothing_is_left(tmp_path: Path) -> None:
    home = Home(tmp_path / "data")
    keys = DeviceKeys.open(home.guard)
    folder = filled(home, keys, only_here=2)
    said: list[str] = []
    assert purge_account(home, yes=False, keyring=True, say=said.append) == NOT_ALLOWED
    assert "2 encounters with work the server does not have" in "".join(said)
    assert (folder / "cache.db").exists()
    assert keys.lease_secret(folder.name) is not None
    assert purge_account(home, yes=True, keyring=True, say=said.append) == DONE
    assert not home.root.exists()
    assert keys.lease_secret(folder.name) is None
    with pytest.raises(KeyringTrouble):
        DeviceKeys.existing(home.root / "guard")
    assert Keyring(keys.device).get("device-key") is None
    keys.close()
    assert purge_account(home, yes=True, keyring=True, say=said.append) == DONE, "again is nothing to do"


@pytest.mark.keyring
def test_a_crash_after_the_keys_leaves_nothing_that_opens_and_is_gone_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path / "data")
    keys = DeviceKeys.open(home.guard)
    folder = filled(home, keys)

    def full(path: Path) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as broken:
        broken.setattr(purge, "destroy", full)
        said: list[str] = []
        assert purge_account(home, yes=True, keyring=True, say=said.append) == LEFT
        assert "Do it again" in said[-1]
    assert keys.lease_secret(folder.name) is None
    assert Keyring(keys.device).get("device-key") is None
    keys.close()
    assert purge_account(home, yes=True, keyring=True, say=said.append) == DONE
    assert not home.root.exists()


def test_without_the_keyring_what_is_wrapped_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, keys = Home(tmp_path / "data"), DeviceKeys.throw_away()
    folder = filled(home, keys, only_here=None)
    for name in ("signing.key", "client.key", "device.json"):
        (home.guard / name).write_bytes(b"wrapped")
    order: list[str] = []
    real = purge.destroy

    def seen(path: Path) -> None:
        order.append(path.name)
        real(path)

    monkeypatch.setattr(purge, "destroy", seen)
    said: list[str] = []
    assert purge_account(home, yes=True, keyring=False, say=said.append) == DONE
    assert order.index("vault.json") < order.index("signing.key") < order.index("cache.db")
    assert not folder.exists()
    assert "1 coders of whom it is not known" in "".join(said)
    assert "open nothing any more" in "".join(said)
    keys.close()


def test_a_folder_that_is_not_the_programs_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "thesis.txt").write_text("years of work")
    said: list[str] = []
    assert purge_account(Home(tmp_path / "documents"), yes=True, keyring=False, say=said.append) == NOT_ALLOWED
    assert "thesis.txt" in said[-1]
    assert (tmp_path / "documents" / "thesis.txt").read_text() == "years of work"


def test_nothing_is_destroyed_under_a_running_program(tmp_path: Path) -> None:
    home, keys = Home(tmp_path / "data"), DeviceKeys.throw_away()
    folder = filled(home, keys)
    said: list[str] = []
    with Instance(home.lock_file) as instance:
        assert instance.claim()
        assert purge_account(home, yes=True, keyring=False, say=said.append) == IN_USE
    assert (folder / "cache.db").exists()
    assert "`quit`" in said[-1]
    keys.close()


def test_what_is_there_is_told_without_changing_it(tmp_path: Path) -> None:
    home, keys = Home(tmp_path / "data"), DeviceKeys.throw_away()
    filled(home, keys, only_here=3)
    before = sorted((path, path.stat().st_mtime_ns) for path in home.root.rglob("*"))
    found = look(home)
    assert (found.coders, found.unsent, found.unknown) == (1, 3, 0)
    assert sorted((path, path.stat().st_mtime_ns) for path in home.root.rglob("*")) == before
    keys.close()


@pytest.fixture
def accounts(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Two accounts' homes, of uids nobody else has, where every account can reach them."""
    with tempfile.TemporaryDirectory() as name:
        top = Path(name)
        top.chmod(0o755)
        made = []
        for uid, user in ((61001, "ann"), (61002, "bob")):
            (top / user).mkdir(mode=0o700)
            os.chown(top / user, uid, uid)
            made.append(pwd.struct_passwd((user, "x", uid, uid, "", str(top / user), "/bin/false")))
        monkeypatch.setattr(pwd, "getpwall", lambda: made)
        monkeypatch.setattr(purge, "HOMES", top)  # never the homes of whoever runs the tests
        yield top


def _data_of(top: Path, user: str) -> Home:
    return Home(top / user / ".local" / "share" / "coder-workstation")


def _give(top: Path, uid: int) -> None:
    for path in (top, *top.rglob("*")):
        os.lchown(path, uid, uid)


@pytest.mark.skipif(os.getuid() != 0, reason="only root may purge every account")
def test_root_purges_every_account_under_its_own_rights(accounts: Path, capfd: pytest.CaptureFixture[str]) -> None:
    keys = DeviceKeys.throw_away()
    for user, uid in (("ann", 61001), ("bob", 61002)):
        filled(_data_of(accounts, user), keys, only_here=1)
        _give(accounts / user, uid)
    keys.close()
    assert purge.run(Home(Path("unused")), all_users=True, yes=False) == NOT_ALLOWED
    assert _data_of(accounts, "ann").root.exists()
    assert purge.run(Home(Path("unused")), all_users=True, yes=True) == DONE
    told = capfd.readouterr().out
    assert "ann: Destroyed" in told
    assert "bob: Destroyed" in told
    assert "2 accounts with data" in told
    assert not _data_of(accounts, "ann").root.exists()
    assert not _data_of(accounts, "bob").root.exists()


@pytest.mark.skipif(os.getuid() != 0, reason="only root may purge every account")
def test_a_link_an_account_has_laid_leads_root_nowhere(accounts: Path, tmp_path: Path) -> None:
    """As root, following it would overwrite what belongs to somebody else."""
    keys = DeviceKeys.throw_away()
    filled(_data_of(accounts, "bob"), keys)
    keys.close()
    victim = accounts / "precious"
    victim.mkdir()
    (victim / "vault.json").write_text("root's own")
    ann = _data_of(accounts, "ann").root
    (ann / "coders" / "x").mkdir(parents=True)
    (ann / "coders" / "x" / "vault.json").symlink_to(victim / "vault.json")
    (ann / "guard").symlink_to(victim)
    _give(accounts / "ann", 61001)
    _give(accounts / "bob", 61002)
    assert purge.run(Home(Path("unused")), all_users=True, yes=True) == LEFT
    assert (victim / "vault.json").read_text() == "root's own"
    assert not _data_of(accounts, "bob").root.exists(), "another account's trouble is nobody else's"


def test_the_command_demands_yes(tmp_path: Path) -> None:
    home, keys = Home(tmp_path / "data"), DeviceKeys.throw_away()
    filled(home, keys)
    keys.close()
    line = [sys.executable, "main.py", "purge-user-data", "--home", str(home.root)]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == NOT_ALLOWED
    assert "--yes" in done.stdout
    assert json.loads((next(iter(home.coders())) / "only-here").read_bytes()) == 0


@pytest.mark.skipif(os.getuid() != 0, reason="only root may purge every account")
def test_an_account_that_ends_its_own_purge_is_not_called_gone(
    accounts: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    keys = DeviceKeys.throw_away()
    for user, uid in (("ann", 61001), ("bob", 61002)):
        filled(_data_of(accounts, user), keys)
        _give(accounts / user, uid)
    keys.close()
    real = purge.purge_account

    def killed(home: Home, **others: object) -> int:
        if "ann" in str(home.root):
            os.kill(os.getpid(), signal.SIGKILL)
        return real(home, **others)  # type: ignore[arg-type]

    monkeypatch.setattr(purge, "purge_account", killed)
    assert purge.run(Home(Path("unused")), all_users=True, yes=True) == LEFT
    assert "ann: it was broken off" in capfd.readouterr().out
    assert _data_of(accounts, "ann").root.exists()
    assert not _data_of(accounts, "bob").root.exists()


def test_one_word_for_all_accounts() -> None:
    assert purge._of_all([]) == DONE
    assert purge._of_all([DONE, DONE]) == DONE
    assert purge._of_all([DONE, IN_USE]) == LEFT  # not "nothing was touched"
    assert purge._of_all([NOT_ALLOWED, IN_USE]) == IN_USE
