"""The program itself under policies: what it refuses and who decided, and what `doctor` says of each value."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.managed.test_sources import Etc
from tests.peers import practice
from workstation.domain.access import Coder
from workstation.domain.policy import Policy
from workstation.fhir.device import policy_from
from workstation.fhir.systems import WORKSTATION_POLICY
from workstation.guard.facts import Level
from workstation.guard.policy_facts import in_force, policy_facts
from workstation.guard.program_place import place_fact
from workstation.guard.vaults import CoderVaults
from workstation.host.clock import SystemClock
from workstation.host.paths import Home
from workstation.keys.device import DeviceKeys
from workstation.managed.inforce import Managed
from workstation.settings import ServerSettings

__all__ = ["practice"]

ROOT = Path(__file__).resolve().parents[2]
# The program as it is, but for the folder IT writes: nothing a coder can set moves that one.
PROGRAM = """
import sys
from pathlib import Path
from workstation.managed import sources
sources.LINUX, sources.ROOT = Path(sys.argv[1]), int(sys.argv[2])
import main
sys.exit(main.main(sys.argv[3:]))
"""


def start(etc: Etc, *words: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-c", PROGRAM, str(etc.top), str(os.getuid()), *words]
    surroundings = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    return subprocess.run(line, cwd=ROOT, env=surroundings, capture_output=True, text=True, timeout=90, check=False)


@pytest.fixture
def etc(tmp_path: Path) -> Etc:
    return Etc(tmp_path)


@pytest.mark.parametrize(
    "words", [["--practice"], ["practice-server", "--port", "0"], ["tour"], ["--practice", "--server", "x"]]
)
def test_practice_is_off_where_anything_is_managed_and_who_decided_is_said(etc: Etc, words: list[str]) -> None:
    file = etc.write("policies/managed/10.json", {"practice_allowed": False})
    refused = start(etc, *words)
    assert refused.returncode == 2
    assert str(file) in refused.stderr
    assert "practice_allowed to true" in refused.stderr
    etc.write("policies/managed/10.json", {"idle_lock": 60})
    assert "none of them allows it" in start(etc, *words).stderr


def test_who_decides_about_practice() -> None:
    assert Managed().practice(installed=False)[0] is True
    assert Managed().practice(installed=True)[0] is False
    assert Managed(places=("x",)).practice(installed=False)[0] is False


def test_doctor_names_each_policy_with_its_place_and_what_is_amiss(etc: Etc, tmp_path: Path) -> None:
    file = etc.write(
        "policies/managed/10.json", {"idle_lock": 7200, "lease": "long", "base": "http://127.0.0.1:9/fhir"}
    )
    done = start(etc, "doctor", "--home", str(tmp_path / "data"), "--json")
    found = json.loads(done.stdout)
    policies = {one["name"]: one for one in found["policies"]}
    assert policies["idle_lock"]["value"] == "15 min"
    assert policies["idle_lock"]["place"] == str(file)
    assert "lowered to the most allowed" in policies["idle_lock"]["note"]
    assert policies["lease"]["value"] == "12 h"
    assert "not a whole number" in policies["lease"]["note"]
    assert (policies["base"]["source"], policies["ca"]["source"]) == ("computer", "built in")
    facts = {fact["what"]: fact for fact in found["facts"]}
    assert facts["Policy: lease"]["level"] == "red"
    assert facts["Settings"]["state"] == "server from a policy"
    assert facts["Session events"]["state"]
    assert done.returncode == 2
    assert not (tmp_path / "data").exists(), "nothing is made"
    text = start(etc, "doctor", "--home", str(tmp_path / "data"))
    assert f"idle_lock: 15 min (computer, {file}, lowered to the most allowed, 900 s)" in text.stdout
    assert "code_copy: off (built in)" in text.stdout


@pytest.mark.keyring
def test_doctor_tells_the_servers_policy_of_the_last_sign_in(etc: Etc, tmp_path: Path) -> None:
    etc.write("policies/managed/10.json", {"idle_lock": 600, "code_copy": True, "minimum_version": "99.0"})
    home = Home(tmp_path / "data")
    keys = DeviceKeys.open(home.guard)
    said = Policy(version="p/1", idle_lock=120, code_copy=True, said=frozenset({"idle_lock", "code_copy"}))
    CoderVaults(home, keys, SystemClock(), {}, practice=False).welcome("b", Coder("dana", "dana", "Dana"), said)
    keys.close()
    found = json.loads(start(etc, "doctor", "--home", str(home.root), "--json").stdout)
    policies = {one["name"]: one for one in found["policies"]}
    assert (policies["idle_lock"]["value"], policies["idle_lock"]["source"]) == ("2 min", "server")
    assert policies["idle_lock"]["note"] == "the computer says 10 min; the server's is the stricter"
    assert policies["code_copy"]["source"] == "computer and server"
    assert {fact["what"]: fact["level"] for fact in found["facts"]}["Program"] == "red"


def test_the_page_has_a_line_for_each_policy_somebody_set(etc: Etc) -> None:
    etc.write(
        "policies/managed/10.json",
        {"idle_lock": 60, "shared_workstation": False, "code_copy": "x", "step_up_for": ["password"]},
    )
    parts: list[dict[str, Any]] = [
        {"url": "idleLock", "valueDuration": {"value": 10, "code": "min"}},
        {"url": "sharedWorkstation", "valueBoolean": True},
        {"url": "stepUpFor", "valueCode": "reveal"},
        {"url": "dormantAfter", "valueDuration": {"value": 2, "code": "d"}},
    ]
    server = policy_from({"id": "p", "extension": [{"url": WORKSTATION_POLICY, "extension": parts}]})
    assert server is not None
    managed = etc.read()
    facts = {
        fact.what: fact for fact in policy_facts(managed, in_force(managed, ServerSettings(), server, practice=False))
    }
    assert facts["Policy: Lock without input after"].state == "1 min"
    assert "The server says 10 min; the computer's is the stricter" in facts["Policy: Lock without input after"].meaning
    assert facts["Policy: Shared workstation"].state == "on"
    assert "The computer says off; the server's is the stricter" in facts["Policy: Shared workstation"].meaning
    assert facts["Policy: Step-up code for"].state == "password, reveal"
    assert facts["Policy: Purge a coder not seen for"].meaning == "Set by the server"
    assert facts["Policy: code_copy"].level is Level.RED
    assert "built in" in facts["Policy: all others"].state
    assert all(fact.meaning for fact in facts.values())
    assert all(bool(fact.remedy) == (fact.level in (Level.RED, Level.ATTENTION)) for fact in facts.values())


def test_what_the_server_says_in_vain_is_told() -> None:
    parts = [{"url": "minimumVersion", "valueString": "newest"}]
    server = policy_from({"id": "p", "extension": [{"url": WORKSTATION_POLICY, "extension": parts}]})
    assert server is not None
    told = list(policy_facts(Managed(), in_force(Managed(), ServerSettings(), server, practice=True)))
    assert [fact.level for fact in told if fact.what == "Policy: minimum_version"] == [Level.ATTENTION]


def test_the_old_file_is_told_where_its_place_is_now(etc: Etc) -> None:
    old = etc.write("settings.json", {"base": "https://fhir.example/r4"})
    managed = etc.read()
    facts = policy_facts(managed, in_force(managed, managed.server(), Policy(), practice=False))
    assert any(f"{old} is read as before; its place is policies/managed now" in fact.meaning for fact in facts)


def test_a_program_its_user_can_change_is_red(tmp_path: Path) -> None:
    shared = tmp_path / "opt" / "coder-workstation"
    (shared / "lib").mkdir(parents=True)
    (shared / "lib" / "one.py").write_text("x")
    [own] = place_fact(shared, root=False)
    assert own.level is Level.RED
    [judged_by_root] = place_fact(shared, root=True)
    assert judged_by_root.level is Level.NOTE
    assert list(place_fact()) == [], "from a source checkout there is nothing to judge"


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_a_program_nobody_but_root_can_change_is_good() -> None:
    [found] = place_fact(Path("/usr/lib/python3"))
    assert found.level is Level.GOOD
