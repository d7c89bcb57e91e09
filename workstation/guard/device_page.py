"""What this device protects and what is armed, in plain words: the honest page IT and coders read."""

from __future__ import annotations

from dataclasses import dataclass, field

from workstation import VERSION
from workstation.guard.house import House
from workstation.guard.uplink import UplinkKind
from workstation.host.events import Armed

_UPLINK = {
    UplinkKind.IN_STEP: "In step",
    UplinkKind.WORKING: "Sending",
    UplinkKind.OFFLINE: "Offline",
    UplinkKind.BUSY: "Server busy",
    UplinkKind.REFUSED: "Partly refused",
    UplinkKind.NO_ACCESS: "No access",
}


@dataclass
class DeviceFacts:
    """Learnt at the start."""

    armed: Armed = field(default_factory=Armed)
    platform: str = ""
    capture: str = ""  # a value of host.capture.Capture, as the desk read it back; empty before the first desk


def rows_of(facts: DeviceFacts, house: House | None) -> list[list[str]]:
    """(what, state, explanation) in the order they are read."""
    if house is None:
        return []
    armed, uplink = facts.armed, house.uplink_state
    captured = {
        "Windows": (
            "Not blocked",
            "This release does not ask Windows to; the watermark names coder, device and minute.",
        ),
        "Darwin": ("Not blocked", "macOS offers no reliable way; the watermark names coder, device and minute."),
    }.get(
        facts.platform, ("Not possible", "Linux has no way to forbid it; the watermark names coder, device and minute.")
    )
    locked = "Events are sent also while locked." if house.online.can_send_while_locked() else (
        "Nothing is sent while locked: this device has no credential of its own."
    )  # fmt: skip
    return [
        ["Version", VERSION, "Coder Workstation"],
        ["Device", house.keys.device[:8], house.online.device_reference or "Not known to the server yet"],
        ["Server", house.online.settings.base, "Where charts come from and coding goes"],
        ["Device key", "In the system keyring", "Without it nothing on this disk opens"],
        ["Cache", "Encrypted", "SQLCipher under a key only your password and this device open together"],
        ["Audit journal", _UPLINK[uplink.kind], f"{uplink.waiting} waiting, {uplink.acknowledged} acknowledged. {locked}"],
        ["Operating system lock", _yes(armed.session), "The desk locks when the computer is locked or the user switched"],
        ["Sleep", _yes(armed.suspend), "The desk is gone before the computer sleeps" if armed.delay else
         "The desk is gone at the latest on waking, before anything is shown"],
        ["Screen saver", _yes(armed.screensaver), "The desk locks when the screen saver starts"],
        ["Copy, drag, print, export", "Off", "Each try is recorded"],
        ["Screen capture", *captured],
        ["Accessibility", "On", "A screen reader may read what is shown; when locked there is nothing to read"],
    ]  # fmt: skip


def _yes(armed: bool) -> str:
    return "Armed" if armed else "Not armed"
