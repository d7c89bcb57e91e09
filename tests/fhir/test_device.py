from __future__ import annotations

from typing import Any

import pytest

from workstation.domain.policy import LONGEST_IDLE_LOCK
from workstation.errors import Conflict
from workstation.fhir.client import Stored
from workstation.fhir.commands import Command, commands, complete
from workstation.fhir.device import KeyOnServer, enlist, is_retired, journal_key_of, policy, policy_from, publish_key
from workstation.fhir.systems import DEVICE_COMMAND, SID_INSTALLATION, SID_POLICY, WORKSTATION_POLICY


class FakeServer:
    """Keeps resources by reference; hands them out to any search of their type."""

    def __init__(self, *resources: dict[str, Any]) -> None:
        self.kept = {f"{one['resourceType']}/{one['id']}": one for one in resources}
        self.conflicts = 0

    def read(self, reference: str) -> Stored:
        return Stored(200, self.kept[reference], "3")

    def search(self, kind: str, params: Any) -> tuple[dict[str, Any], ...]:
        return tuple(one for one in self.kept.values() if one["resourceType"] == kind)

    def create(self, resource: dict[str, Any], *, if_none_exist: str = "") -> Stored:
        assert SID_INSTALLATION in if_none_exist
        self.kept["Device/d9"] = {**resource, "id": "d9"}
        return Stored(201, self.kept["Device/d9"], "1", "Device/d9")

    def update(self, resource: dict[str, Any], *, if_match: str = "") -> Stored:
        assert if_match == "3"
        if self.conflicts:
            self.conflicts -= 1
            raise Conflict
        self.kept[f"{resource['resourceType']}/{resource['id']}"] = resource
        return Stored(200, resource, "4")


def task(number: int, owner: str = "Device/d9", code: str = "wipe", status: str = "requested") -> dict[str, Any]:
    return {
        "resourceType": "Task",
        "id": f"t{number}",
        "meta": {"versionId": "2"},
        "identifier": [{"value": f"CMD-{number}"}],
        "status": status,
        "code": {"coding": [{"system": DEVICE_COMMAND, "code": code}]},
        "owner": {"reference": owner},
    }


def test_a_device_is_enlisted_once() -> None:
    server = FakeServer()
    assert enlist(server, "i-1", "0.1.0") == "Device/d9"
    assert enlist(server, "i-1", "0.1.0") == "Device/d9"
    assert len(server.kept) == 1
    assert not is_retired(server.kept["Device/d9"])
    server.kept["Device/d9"]["status"] = "inactive"
    assert is_retired(server.kept["Device/d9"])


def test_the_journals_key_is_published_and_one_enlisted_before_is_mended() -> None:
    server = FakeServer()
    enlist(server, "i-1", "0.1.0", bytes(32))
    assert journal_key_of(server.kept["Device/d9"]) == bytes(32)
    old = FakeServer({"resourceType": "Device", "id": "d9", "extension": [{"url": "https://other", "valueCode": "x"}]})
    assert journal_key_of(old.kept["Device/d9"]) == b""
    old.conflicts = 1
    assert publish_key(old, old.read("Device/d9"), bytes(32)) is KeyOnServer.UNKNOWN
    assert publish_key(old, old.read("Device/d9"), bytes(32)) is KeyOnServer.PUBLISHED
    assert journal_key_of(old.kept["Device/d9"]) == bytes(32)
    assert old.kept["Device/d9"]["extension"][0]["valueCode"] == "x"


def test_a_key_the_server_holds_for_this_device_is_never_replaced() -> None:
    server = FakeServer()
    enlist(server, "i-1", "0.1.0", b"a" * 32)
    assert publish_key(server, server.read("Device/d9"), b"b" * 32) is KeyOnServer.OTHER
    assert journal_key_of(server.kept["Device/d9"]) == b"a" * 32


def test_a_command_for_another_device_is_not_ours() -> None:
    other_code = {**task(3), "code": {"coding": [{"system": "other", "code": "wipe"}]}}
    server = FakeServer(task(1), task(2, owner="Device/other"), other_code, task(4, status="completed"))
    assert commands(server, "Device/d9") == (Command("Task/t1", "2", "wipe", "CMD-1"),)


def test_a_command_is_completed_and_completing_it_twice_is_harmless() -> None:
    server = FakeServer(task(1))
    (command,) = commands(server, "Device/d9")
    complete(server, command)
    complete(server, command)
    assert server.kept["Task/t1"]["status"] == "completed"
    server = FakeServer(task(1))
    server.conflicts = 1
    with pytest.raises(Conflict):
        complete(server, command)


def basic(*parts: dict[str, Any]) -> dict[str, Any]:
    return {
        "resourceType": "Basic",
        "id": "policy1",
        "meta": {"versionId": "5"},
        "identifier": [{"system": SID_POLICY, "value": "lakemere"}],
        "extension": [{"url": WORKSTATION_POLICY, "extension": list(parts)}],
    }


def test_a_policy_is_read_within_the_programs_floors() -> None:
    asked = basic(
        {"url": "idleLock", "valueDuration": {"value": 10, "code": "h"}},
        {"url": "offlineMax", "valueDuration": {"value": 4, "code": "h"}},
        {"url": "codeCopy", "valueBoolean": True},
        {
            "url": "feature",
            "extension": [{"url": "role", "valueCode": "lead"}, {"url": "allow", "valueCode": "reassign"}],
        },
    )
    found = policy(FakeServer(asked), "lakemere")
    assert found is not None
    assert found.version == "policy1/5"
    assert (found.idle_lock, found.lease, found.code_copy) == (LONGEST_IDLE_LOCK, 4 * 3600, True)
    assert found.allows(frozenset({"lead"}), "reassign")
    assert not found.allows(frozenset({"inpatient-coder"}), "reassign")


@pytest.mark.parametrize(
    "part",
    [
        {"url": "idleLock", "valueDuration": {"value": "soon", "code": "s"}},
        {"url": "idleLock", "valueDuration": {"value": -5, "code": "s"}},
        {"url": "idleLock", "valueDuration": {"value": 5, "code": "fortnight"}},
        {"url": "idleLock"},
        {"url": "codeCopy", "valueBoolean": "yes"},
    ],
)
def test_what_a_policy_misspells_stays_as_built_in(part: dict[str, Any]) -> None:
    found = policy_from(basic(part))
    assert found is not None
    assert (found.idle_lock, found.code_copy) == (300, False)


@pytest.mark.parametrize(
    ("instant", "until"),
    [
        ("2026-11-24T18:00:00Z", 1_795_543_200),
        ("2026-11-24T18:00:00+02:00", 1_795_536_000),
        ("2026-11-24T18:00:00", 0),  # no zone: no moment
        ("tomorrow", 0),
        (None, 0),
    ],
)
def test_captures_are_allowed_until_a_moment_and_no_longer(instant: object, until: int) -> None:
    found = policy_from(basic({"url": "captureUntil", "valueInstant": instant}))
    assert found is not None
    assert found.capture_until == until


def test_a_basic_that_is_no_policy_is_none() -> None:
    assert policy_from({"resourceType": "Basic", "id": "x"}) is None
    assert policy(FakeServer(), "lakemere") is None


def test_policy_raises_edits_and_lowers_none() -> None:
    def level(rule: str, name: str) -> dict[str, object]:
        return {
            "url": "editLevel",
            "extension": [{"url": "rule", "valueCode": rule}, {"url": "level", "valueCode": name}],
        }

    asked = policy_from(basic(level("excludes2", "error"), level("poa-missing", "information")))
    assert asked is not None
    assert asked.edit_levels == (("excludes2", "ERROR"),)
