"""`doctor` as IT runs it: a process of its own, exit codes, nothing changed, nothing secret printed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.fhir.test_client import FakeServer
from tests.peers import Peer, practice
from workstation.domain.audit import Act, Intent
from workstation.guard.doctor import examine
from workstation.guard.recorder import Recorder
from workstation.host.clock import SystemClock
from workstation.host.paths import Home
from workstation.journal.store import Journal
from workstation.keys.device import DeviceKeys
from workstation.keys.keyring import Keyring
from workstation.settings import ServerSettings

__all__ = ["practice"]

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.keyring


def doctor(home: Path, *words: str, server: str = "", **surroundings: str) -> subprocess.CompletedProcess[str]:
    """`--server` before the command is the one the installation works with; behind it, the one to look at."""
    line = [sys.executable, "main.py", "--server", server, "doctor", "--home", str(home), *words]
    environment = {**os.environ, **surroundings}
    return subprocess.run(line, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=90, check=False)


def facts(done: subprocess.CompletedProcess[str]) -> dict[str, dict[str, Any]]:
    return {fact["what"]: fact for fact in json.loads(done.stdout)["facts"]}


def enrolled(folder: Path) -> DeviceKeys:
    home = Home(folder)
    keys = DeviceKeys.open(home.guard)
    recorder = Recorder(lambda: Journal.open(home.journal(keys.device), keys, SystemClock()))
    recorder.record(Intent(Act.VIEW_WORKLIST), "dana").result()
    recorder.close()
    return keys


def test_before_the_first_start_nothing_is_made(practice: Peer, tmp_path: Path) -> None:
    home = tmp_path / "data"
    found = facts(doctor(home, "--json", server=practice.base))
    assert found["Device"]["state"] == "not enrolled yet"
    assert found["Server"]["state"] == "answers 200"
    assert found["Sign-in"]["state"] == "found"
    assert found["Clock"]["level"] == "good"
    assert not home.exists()


def test_an_enrolled_device_is_examined_and_left_as_it_was(practice: Peer, tmp_path: Path) -> None:
    keys = enrolled(tmp_path / "data")
    before = {path.name: path.read_bytes() for path in (tmp_path / "data" / "guard").iterdir()}
    done = doctor(tmp_path / "data", "--json", server=practice.base)
    found = facts(done)
    assert found["Device"]["state"] == keys.device[:8]
    assert found["Audit journal"]["level"] == "good"
    assert done.returncode in (0, 1), done.stdout  # 1 where the disk is not encrypted
    after = {path.name: path.read_bytes() for path in (tmp_path / "data" / "guard").iterdir()}
    assert {name: after[name] for name in before if not name.endswith(("-shm", "-wal"))} == {
        name: held for name, held in before.items() if not name.endswith(("-shm", "-wal"))
    }
    assert bytes(keys._dk).hex() not in done.stdout + done.stderr
    keys.close()


def test_the_public_key_is_printed_for_it(tmp_path: Path) -> None:
    keys = enrolled(tmp_path / "data")
    done = doctor(tmp_path / "data", "--jwk")
    assert json.loads(done.stdout) == {"device": keys.device, "keys": [keys.public_jwk()], "journal": keys.verify_jwk()}
    assert "d" not in keys.public_jwk()
    keys.close()
    assert doctor(tmp_path / "empty", "--jwk").returncode == 3


def test_a_server_that_is_not_there_is_red(tmp_path: Path) -> None:
    done = doctor(tmp_path / "data", server="http://127.0.0.1:9/fhir")
    assert done.returncode == 2
    assert "Server: not reached" in done.stdout
    assert "-> Check network" in done.stdout


def test_an_endless_answer_a_redirect_and_another_key_are_said(tmp_path: Path) -> None:
    server = FakeServer()
    try:
        settings = ServerSettings(base=f"http://127.0.0.1:{server.port}/fhir")

        def told() -> str:
            fact = next(
                f for f in examine(Home(tmp_path / "data"), settings, tmp_path / "no-pack") if f.what == "Server"
            )
            return f"{fact.level.name} {fact.state}: {fact.meaning}"

        server.answer = lambda path: (200, {}, b" " * (9 * 1024 * 1024))
        assert "larger than this workstation takes" in told()
        server.answer = lambda path: (302, {"Location": "http://127.0.0.1:9/x"}, b"")
        assert told().startswith("RED answers 302")
        settings = ServerSettings(base="http://fhir.example/r4")
        assert "must be https" in told()
    finally:
        server.close()


def test_a_keyring_that_is_not_trusted_is_red(tmp_path: Path) -> None:
    done = doctor(tmp_path / "data", "--json", PYTHON_KEYRING_BACKEND="keyring.backends.null.Keyring")
    assert facts(done)["Keyring"]["level"] == "red"
    assert done.returncode == 2


def test_a_device_whose_key_is_gone_is_red_and_nothing_is_set_aside(tmp_path: Path) -> None:
    keys = enrolled(tmp_path / "data")
    Keyring(keys.device).delete("device-key")
    keys.close()
    done = doctor(tmp_path / "data", "--json")
    assert facts(done)["Device"]["level"] == "red"
    assert (tmp_path / "data" / "guard" / "device.json").exists()
    assert not list((tmp_path / "data" / "guard").glob("lost-*"))


def test_a_data_folder_open_to_others_is_red(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o755)
    (tmp_path / "data").chmod(0o755)
    assert facts(doctor(tmp_path / "data", "--json"))["Data folder"]["level"] == "red"


def test_a_damaged_journal_is_red(tmp_path: Path) -> None:
    keys = enrolled(tmp_path / "data")
    journal = Home(tmp_path / "data").journal(keys.device)
    content = bytearray(journal.read_bytes())
    for at in range(len(content) // 2, len(content) // 2 + 64):
        content[at] ^= 0xFF
    journal.write_bytes(content)
    keys.close()
    assert facts(doctor(tmp_path / "data", "--json"))["Audit journal"]["level"] == "red"


def test_query_rules_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    (tmp_path / "own" / "query_rules" / "2030.1").mkdir(parents=True)
    (tmp_path / "own" / "query_rules" / "2030.1" / "rules.json").write_text("{", encoding="utf-8")

    def rules(own: str) -> tuple[str, str]:
        told = examine(Home(tmp_path / "data"), ServerSettings(query_packs=own), tmp_path / "no-pack")
        fact = next(each for each in told if each.what == "Query rules")
        return fact.level.name, fact.meaning

    assert rules("")[0] == "GOOD"
    level, meaning = rules(str(tmp_path / "own"))
    assert level == "RED"
    assert "rules.json" in meaning
