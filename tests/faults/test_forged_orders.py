"""Orders and policies that are not the organisation's: a real guard refuses them, says so to the server, and has it on record."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.fakes.paper_server import Answer, PaperServer
from tests.faults.tally import counted
from workstation.domain.audit import Act
from workstation.domain.policy import LONGEST_IDLE_LOCK
from workstation.fhir import systems
from workstation.fhir.commands import Command, signed_bytes
from workstation.guard.house import House, open_house
from workstation.host.clock import SetClock
from workstation.host.paths import Home
from workstation.keys.device import DeviceKeys
from workstation.settings import ServerSettings

ROW = "forged, replayed, wrong-device, unsigned or stale orders and policies"
DEVICE = "Device/d"
OURS, THEIRS = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
WHEN = "2026-11-24T08:00:00Z"


class Site:
    """A guard whose organisation has pinned its command key, at a server on paper."""

    def __init__(self, folder: Path) -> None:
        self.server = PaperServer()
        self.keys = DeviceKeys.throw_away()
        home = Home(folder / "home")
        pinned = base64.b64encode(OURS.public_key().public_bytes_raw()).decode()
        settings = ServerSettings(base=self.server.base, command_key=pinned, organisation="lakemere")
        home.guard.mkdir(parents=True, exist_ok=True)
        known = {"base": settings.base, "installation": self.keys.device, "device": DEVICE, "client_id": "device-1"}
        (home.guard / "registration.json").write_text(json.dumps({**known, "organisation": "lakemere"}))
        installed = [{"system": systems.SID_INSTALLATION, "value": self.keys.device}]
        self.server.put({"resourceType": "Device", "id": "d", "status": "active", "identifier": installed})
        self.house: House = open_house(home, settings, SetClock(), practice=False, keys=self.keys)

    def close(self) -> None:
        self.house.close(look={})
        self.server.close()

    # ------------------------------------------------------------------ orders

    def order(
        self,
        name: str,
        kind: str,
        *,
        key: Ed25519PrivateKey | None = OURS,
        device: str = "",
        owner: str = DEVICE,
        said: str = "",
        identifier: str | None = None,
        when: str = WHEN,
    ) -> None:
        """A Task as the server hands it out; `said` is the kind that was signed where it is another."""
        named = f"cmd-{name}" if identifier is None else identifier
        plain = Command(f"Task/{name}", "1", said or kind, named, WHEN)
        task: dict[str, Any] = {
            "resourceType": "Task",
            "id": name,
            "status": "requested",
            "owner": {"reference": owner},
            "authoredOn": when,
            "code": {"coding": [{"system": systems.DEVICE_COMMAND, "code": kind}]},
            "identifier": [{"system": systems.SID_DEVICE_COMMAND, "value": named}] if named else [],
        }
        if key is not None:
            signature = base64.b64encode(key.sign(signed_bytes(plain, device or self.keys.device))).decode()
            task["extension"] = [{"url": systems.COMMAND_SIGNATURE, "valueBase64Binary": signature}]
        self.server.put(task)

    def look(self) -> str:
        """One look at the server: what came of it."""
        self.house._poll()
        news = self.house.news()
        self.server.kept["Device/d"]["status"] = "active"
        return "wiped" if news.wiped or self.house.wipe.is_pending() else "locked" if news.locked else ""

    def refusals(self) -> list[str]:
        """Why orders were refused, as the journal has it."""
        found = self.house.recorder.run(lambda journal: journal.page("", limit=500)).result()
        orders = [e for e in found if e.act in (Act.WIPE, Act.LOCK) and e.phase == "intent"]
        return [e.reason for e in orders if e.reason.startswith("refused")]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    made.close()


Case = tuple[str, Callable[[Site, str, str], None]]

CASES: tuple[Case, ...] = (
    ("forged", lambda s, name, kind: s.order(name, kind, key=THEIRS)),
    ("forged", lambda s, name, kind: s.order(name, kind, device="another-installation")),
    ("forged", lambda s, name, kind: s.order(name, kind, said="lock" if kind == "wipe" else "wipe")),
    ("forged", lambda s, name, kind: s.order(name, kind, when="2026-11-29T08:00:00Z")),
    ("unsigned", lambda s, name, kind: s.order(name, kind, key=None)),
    ("unnamed", lambda s, name, kind: s.order(name, kind, identifier="")),
    ("unknown", lambda s, name, kind: s.order(name, f"format-{kind}")),
    ("replayed", lambda s, name, kind: s.order(name, kind, identifier="cmd-true")),
)


def test_an_order_that_is_not_the_organisations_is_never_obeyed(site: Site) -> None:
    site.order("true", "lock")
    assert site.look() == "locked", "the true one is obeyed, once"
    assert site.server.kept["Task/true"]["status"] == "completed"
    with counted(ROW) as row:
        for number, (why, give) in enumerate(CASES):
            for kind in ("wipe", "lock"):
                name = f"{kind}-{number}"
                give(site, name, kind)
                row.tries += 1
                row.losses += site.look() != ""
                row.seen += site.refusals().count(f"refused: {why}") > 0
                assert site.server.kept[f"Task/{name}"]["status"] == "rejected", why
                said = site.server.kept[f"Task/{name}"]["statusReason"]["coding"][0]["code"]
                assert said == why
                before = len(site.refusals())
                site.look()
                assert len(site.refusals()) == before, "on record once, however long it waits"
        assert row.seen == row.tries


def test_an_order_for_another_device_is_not_looked_at(site: Site) -> None:
    with counted(ROW) as row:
        for kind in ("wipe", "lock"):
            site.order(f"far-{kind}", kind, owner="Device/another", device="another")
            row.tries += 1
            row.losses += site.look() != ""
            row.seen += site.server.kept[f"Task/far-{kind}"]["status"] == "requested"
        assert row.seen == 2
        assert site.refusals() == []


def test_an_order_obeyed_and_presented_again_is_reported_again_and_not_obeyed(site: Site) -> None:
    """A report that did not arrive once made the server show an order as rejected that had been carried out."""
    with counted(ROW) as row:
        site.order("again", "lock")
        asked = dict(site.server.kept["Task/again"])
        site.server.spoil = lambda answer: Answer("", 500, b"{}") if answer.label == "PUT Task" else answer
        assert site.look() == "locked"
        site.server.spoil = lambda answer: answer
        for version, ends in ((asked["meta"]["versionId"], "completed"), ("77", "rejected")):
            site.server.kept["Task/again"] = {**asked, "meta": {"versionId": version}}
            row.tries += 1
            row.losses += site.look() != ""
            row.seen += site.server.kept["Task/again"]["status"] == ends
        assert row.seen == 2
    assert site.refusals() == ["refused: replayed"]


def test_a_withdrawn_device_is_locked_and_not_erased_where_orders_are_signed(site: Site) -> None:
    with counted(ROW) as row:
        site.server.kept["Device/d"]["status"] = "inactive"
        row.tries += 1
        row.losses += site.look() == "wiped"
        row.seen += site.refusals() == ["refused: unsigned"]
        assert row.seen == 1


def policy(*parts: dict[str, Any], organisation: str = "lakemere") -> dict[str, Any]:
    return {
        "resourceType": "Basic",
        "id": f"policy-{organisation}",
        "identifier": [{"system": systems.SID_POLICY, "value": organisation}],
        "extension": [{"url": systems.WORKSTATION_POLICY, "extension": list(parts)}],
    }


LOOSE: tuple[dict[str, Any], ...] = (
    policy({"url": "idleLock", "valueDuration": {"value": 9, "code": "h"}}),
    policy({"url": "idleLock", "valueDuration": {"value": 1e300, "code": "d"}}),
    policy({"url": "idleLock", "valueDuration": {"value": -1, "code": "s"}}),
    policy({"url": "offlineMax", "valueDuration": {"value": 900, "code": "d"}}),
    policy({"url": "codeCopy", "valueBoolean": True}, organisation="another"),
    policy({"url": "codeCopy", "valueString": "true"}),
)


@pytest.mark.parametrize("asked", LOOSE, ids=lambda asked: json.dumps(asked["extension"][0]["extension"])[:60])
def test_a_policy_that_is_too_loose_misspelt_or_anothers_loosens_nothing(site: Site, asked: dict[str, Any]) -> None:
    with counted(ROW) as row:
        site.server.put(asked)
        site.look()
        now = site.house.last_policy
        row.tries += 1
        loose = now.idle_lock > LONGEST_IDLE_LOCK or now.lease > 72 * 3600 or now.code_copy
        row.losses += loose
        row.seen += not loose
