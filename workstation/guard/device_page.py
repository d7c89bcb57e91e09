"""What this device protects and what is armed, gathered from the house: the honest page IT and coders read."""

from __future__ import annotations

import platform
from dataclasses import dataclass, field

from workstation import VERSION
from workstation.guard.facts import By, Fact, Level, Situation, judge
from workstation.guard.house import House
from workstation.guard.policy_facts import in_force as policies_in_force
from workstation.guard.policy_facts import policy_facts
from workstation.guard.seat import Seat
from workstation.host.disk import disk_encryption, swap_encryption
from workstation.host.events import Armed
from workstation.host.hardening import in_force


@dataclass
class DeviceFacts:
    """Learnt at the start, and from the desk."""

    armed: Armed = field(default_factory=Armed)
    platform: str = ""
    practice: bool = False  # whether the practice hospital may be used here
    capture: str = ""  # a value of host.capture.Capture, as the desk read it back; empty before the first desk


def rows_of(facts: DeviceFacts, house: House | None, seat: Seat | None = None, idle_lock: int = 0) -> list[list[str]]:
    """Each fact as `Fact.row`, in the order they are read. Blocks on disk and journal: call it on a worker."""
    if house is None:
        return []
    who = [
        Fact("Version", VERSION, Level.NOTE, By.NOBODY, "Coder Workstation"),
        Fact(
            "Device", house.keys.device[:8], Level.NOTE, By.NOBODY,
            house.online.device_reference or "Not known to the server yet",
        ),
        Fact("Server address", house.online.settings.base, Level.NOTE, By.NOBODY, "Where charts come from and coding goes"),
    ]  # fmt: skip
    managed = house.managed()
    lines = policies_in_force(managed, house.online.settings, house.last_policy, practice=facts.practice)
    return [
        fact.row() for fact in (*judge(situation(facts, house, seat, idle_lock)), *who, *policy_facts(managed, lines))
    ]


def situation(facts: DeviceFacts, house: House, seat: Seat | None, idle_lock: int) -> Situation:
    """What is so now, from the parts that know it."""
    uplink = house.uplink_state
    head, trouble = house.recorder.run(lambda journal: (str(journal.head()), journal.anchor_trouble)).result(10)
    return Situation(
        platform=facts.platform or platform.system(),
        disk=disk_encryption(house.home.root),
        swap=swap_encryption(),
        keyring=house.keys.keyring_name,
        online_only=house.online_only,
        armed=facts.armed,
        idle_lock=idle_lock,
        capture=facts.capture,
        hardened=in_force(),
        policy=seat.policy if seat is not None else house.managed().over(house.last_policy),
        lease_left=house.vaults.lease_left(seat) if seat is not None else 0.0,
        cache_bytes=sum(path.stat().st_size for path in seat.folder.glob("cache.db*")) if seat is not None else 0,
        heard_ago=house.heard_ago(),
        uplink=uplink.kind.value,
        waiting=uplink.waiting,
        acknowledged=uplink.acknowledged,
        parked=uplink.parked,
        refusal=uplink.refusal,
        head=head,
        own_credential=house.online.can_send_while_locked(),
        signed_commands=bool(house.online.settings.command_key),
        wiping=house.wipe.is_pending(),
        anchor_trouble=trouble,
        signs=uplink.signs,
        flagged=uplink.flagged,
        key_on_server=house.online.key_on_server.value,
    )
