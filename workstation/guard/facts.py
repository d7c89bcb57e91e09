"""What protects this device, judged: each fact with its state, who enforces it, and what to do when it is not well."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from workstation.domain.policy import Policy
from workstation.host.disk import Seen
from workstation.host.events import Armed


class Level(StrEnum):
    """How a fact stands. Worse is never hidden behind better."""

    GOOD = "good"
    NOTE = "note"  # as it is here, nothing to do
    ATTENTION = "attention"
    RED = "red"


class By(StrEnum):
    """Who holds a promise up, as docs/threat-model.md has it."""

    CRYPTOGRAPHIC = "cryptographic"
    SERVER = "server-enforced"
    CLIENT = "client-enforced"
    SYSTEM = "operating system"
    NOBODY = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the page."""

    what: str
    state: str
    level: Level
    by: By
    meaning: str
    remedy: str = ""  # what to do; only where the level asks for something

    def row(self) -> list[str]:
        """As it travels to the desk, and as `doctor --json` prints it."""
        return [self.what, self.state, self.level.value, self.by.value, self.meaning, self.remedy]


@dataclass(frozen=True)
class Situation:
    """Everything the page judges; times in seconds."""

    platform: str = ""
    disk: Seen = Seen.UNKNOWN
    swap: Seen = Seen.UNKNOWN
    keyring: str = ""  # module of the backend; empty: none
    online_only: bool = False
    armed: Armed = field(default_factory=Armed)
    idle_lock: int = 0
    capture: str = ""  # a value of host.capture.Capture; empty: not known
    hardened: tuple[str, ...] = ()
    policy: Policy = field(default_factory=Policy)
    lease_left: float = 0.0
    cache_bytes: int = 0
    heard_ago: float | None = None  # since the server last answered this device; None: never
    uplink: str = ""
    waiting: int = 0
    acknowledged: int = 0
    parked: int = 0
    refusal: str = ""  # what the server said of the first of them
    head: str = ""
    own_credential: bool = False
    signed_commands: bool = False
    wiping: bool = False
    anchor_trouble: str = ""
    signs: bool = False  # the server signs for the events it takes
    flagged: int = 0  # events it took and finds at odds with others of this device
    key_on_server: str = ""  # a value of fhir.device.KeyOnServer


_KEYRINGS = {
    "keyring.backends.SecretService": "Secret Service",
    "keyring.backends.kwallet": "KWallet",
    "keyring.backends.Windows": "Windows Credential Manager",
    "keyring.backends.macOS": "macOS Keychain",
}


def judge(now: Situation) -> tuple[Fact, ...]:
    """The facts in the order they are read: what is stored, what is shown, what the server has."""
    return (
        *([_wiping()] if now.wiping else []),
        _disk(now),
        _swap(now),
        _keyring(now),
        _cache(now),
        _lease(now),
        _idle(now),
        *_session(now),
        _capture(now),
        Fact("Copy, drag, print, export", "off", Level.GOOD, By.CLIENT, "Each try is recorded"),
        _memory(now),
        Fact(
            "Accessibility", "on", Level.GOOD, By.SYSTEM,
            "A screen reader may read what is shown; when locked there is nothing to read",
        ),
        _journal(now),
        _key(now),
        _heard(now),
        _credential(now),
        _commands(now),
        Fact("Rules in force", now.policy.version, Level.NOTE, By.SERVER, _rules(now.policy)),
    )  # fmt: skip


def worst(facts: tuple[Fact, ...]) -> Level:
    """The level of the worst fact."""
    order = list(Level)
    return max((fact.level for fact in facts), key=order.index, default=Level.GOOD)


def _wiping() -> Fact:
    return Fact(
        "Erasing", "under way", Level.RED, By.SERVER, "The organisation has ordered this device to be erased",
        "Keep it connected to the network until it says that it is done.",
    )  # fmt: skip


def _disk(now: Situation) -> Fact:
    meaning = "A second wall around the encrypted cache, and the only one around swap and the system's own files"
    if now.disk is Seen.ENCRYPTED:
        return Fact("Disk encryption", "seen", Level.GOOD, By.SYSTEM, meaning)
    tool = {"Windows": "BitLocker", "Darwin": "FileVault"}.get(now.platform, "LUKS")
    return Fact(
        "Disk encryption", "not seen" if now.disk is Seen.NOT_SEEN else "cannot be seen from here",
        Level.ATTENTION, By.SYSTEM, meaning, f"Ask IT whether {tool} is on for this disk.",
    )  # fmt: skip


def _swap(now: Situation) -> Fact:
    meaning = "Memory the system moves to disk while a desk is open"
    if now.swap is Seen.NOT_SEEN:
        return Fact(
            "Swap", "in clear", Level.ATTENTION, By.SYSTEM, meaning, "Ask IT to encrypt the swap, or to turn it off."
        )
    state = "encrypted or none" if now.swap is Seen.ENCRYPTED else "as the disk"
    return Fact("Swap", state, Level.GOOD if now.swap is Seen.ENCRYPTED else Level.NOTE, By.SYSTEM, meaning)


def _keyring(now: Situation) -> Fact:
    if now.online_only or not now.keyring:
        return Fact(
            "Device key", "no keyring", Level.RED, By.CRYPTOGRAPHIC, "Nothing is kept on this computer without one",
            "Unlock the keyring of your session, or ask IT to enable one, and start again.",
        )  # fmt: skip
    name = _KEYRINGS.get(now.keyring, now.keyring)
    return Fact("Device key", f"in {name}", Level.GOOD, By.CRYPTOGRAPHIC, "Without it nothing on this disk opens")


def _cache(now: Situation) -> Fact:
    state = "in memory only" if now.online_only else f"encrypted, {size(now.cache_bytes)}"
    meaning = (
        "SQLCipher, under a key only your password and this device open together. "
        f"Destroyed when the server has not confirmed it for {span(now.policy.cache_lifetime)}"
    )
    return Fact("Charts on this device", state, Level.GOOD, By.CRYPTOGRAPHIC, meaning)


def _lease(now: Situation) -> Fact:
    meaning = "How long you can unlock without the server; each answer of it begins the time anew"
    if now.lease_left <= 0:
        return Fact("Lease", "over", Level.ATTENTION, By.CLIENT, meaning, "Sign in again.")
    short = now.lease_left < 1800
    return Fact(
        "Lease", f"{span(now.lease_left)} left", Level.ATTENTION if short else Level.GOOD, By.CLIENT, meaning,
        "Connect to the network before you go on." if short else "",
    )  # fmt: skip


def _idle(now: Situation) -> Fact:
    meaning = f"Without input the desk is ended, and after {span(now.policy.idle_sign_out)} you are signed out"
    return Fact("Automatic logoff", f"after {span(now.idle_lock)}", Level.GOOD, By.CLIENT, meaning)


def _session(now: Situation) -> tuple[Fact, ...]:
    armed = now.armed
    remedy = "" if armed else "Until a source is armed the desk locks after half the time. Lock it yourself: Ctrl+L."

    def fact(what: str, on: bool, meaning: str) -> Fact:
        level = Level.GOOD if on else Level.NOTE if armed else Level.ATTENTION
        return Fact(what, "armed" if on else "not armed", level, By.CLIENT, meaning, "" if on else remedy)

    sleep = (
        "The desk is gone before the computer sleeps"
        if armed.delay
        else "The desk is gone at the latest on waking, before anything is shown"
    )
    return (
        fact("Operating system lock", armed.session, "The desk locks when the computer is locked or the user switched"),
        fact("Sleep", armed.suspend, sleep),
        fact("Screen saver", armed.screensaver, "The desk locks when the screen saver starts"),
    )


def _capture(now: Situation) -> Fact:
    marked = "the watermark names coder, device and minute"
    match now.capture:
        case "blocked":
            return Fact("Screen capture", "blocked", Level.GOOD, By.SYSTEM, f"Asked of Windows and read back; {marked}")
        case "allowed":
            return Fact("Screen capture", "allowed for a time", Level.NOTE, By.SERVER, f"Policy allows it; {marked}")
        case "not blocked":
            return Fact(
                "Screen capture", "not blocked", Level.RED, By.SYSTEM, f"Windows did not do what was asked; {marked}",
                "Tell IT: remote-control or old graphics software often prevents it.",
            )  # fmt: skip
        case _:
            why = {"Linux": "Linux has no way to forbid it", "Darwin": "macOS offers no reliable way"}
            words = why.get(now.platform, "Known once a desk was open")
            return Fact("Screen capture", "not possible to block", Level.NOTE, By.NOBODY, f"{words}; {marked}")


def _memory(now: Situation) -> Fact:
    words = {
        "no-core-dumps": "no core dumps",
        "not-readable-by-others": "not readable by other programs",
        "private-files": "private files",
    }
    held = [words[name] for name in now.hardened if name in words]
    meaning = "An administrator of this computer can still read it while a desk is open"
    if "not-readable-by-others" in now.hardened:
        return Fact("Program memory", ", ".join(held), Level.GOOD, By.SYSTEM, meaning)
    return Fact(
        "Program memory", ", ".join(held) or "not protected", Level.ATTENTION, By.SYSTEM, meaning,
        "Tell IT: this system did not take the protection the program asks for.",
    )  # fmt: skip


def _journal(now: Situation) -> Fact:
    meaning = "Chained and signed: what is changed, cut or turned back is seen"
    state = f"{now.acknowledged} acknowledged, {now.waiting} waiting"
    if now.anchor_trouble:
        return Fact(
            "Audit journal", state, Level.ATTENTION, By.CRYPTOGRAPHIC, f"{meaning}. {now.anchor_trouble}",
            "Unlock the keyring of your session.",
        )  # fmt: skip
    if now.flagged:
        return Fact(
            "Audit journal", f"{state}; {now.flagged} contradict others", Level.RED, By.CRYPTOGRAPHIC,
            f"{meaning}. The server has other events of this device under the same numbers",
            "Tell IT: this device may have been copied. Keep it as it is.",
        )  # fmt: skip
    if now.parked or now.uplink == "no-access":
        told = f" ({now.refusal})" if now.refusal else ""
        why = f"the server refuses {now.parked}{told}" if now.parked else "the server does not let this device send"
        return Fact(
            "Audit journal", f"{state}; {why}", Level.RED, By.CRYPTOGRAPHIC, meaning,
            "Tell IT: nothing is lost and it is tried again each hour, but the server does not take it.",
        )  # fmt: skip
    if now.uplink == "no-receipt":
        return Fact(
            "Audit journal", f"{state}; no good receipt", Level.RED, By.CRYPTOGRAPHIC,
            f"{meaning}. The server is to sign for each event, and what it signed does not hold",
            "Tell IT: nothing is lost, and all events stay here until a good receipt comes.",
        )  # fmt: skip
    proof = (
        "The server signs for what it takes" if now.signs
        else "The server signs no receipts: its answer is the proof, or reading the event back"
    )  # fmt: skip
    head = f" Head {now.head[:24]}" if now.head else ""
    return Fact("Audit journal", state, Level.GOOD, By.CRYPTOGRAPHIC, f"{meaning}. {proof}.{head}")


def _key(now: Situation) -> Fact:
    """Whether the server has what it needs to check this device's signatures."""
    meaning = "With it the server checks what this device signs"
    match now.key_on_server:
        case "published":
            return Fact("Journal key", "known to the server", Level.GOOD, By.CRYPTOGRAPHIC, meaning)
        case "other":
            return Fact(
                "Journal key", "the server has another", Level.RED, By.CRYPTOGRAPHIC, meaning,
                "Tell IT: another installation may pass itself off as this device.",
            )  # fmt: skip
        case "refused":
            return Fact(
                "Journal key", "not taken by the server", Level.ATTENTION, By.CRYPTOGRAPHIC, meaning,
                "Ask IT to add it to this device's record: `doctor --jwk` prints it.",
            )  # fmt: skip
        case _:
            return Fact("Journal key", "not told yet", Level.NOTE, By.CRYPTOGRAPHIC, meaning)


def _heard(now: Situation) -> Fact:
    meaning = "When the server last answered this device"
    if now.heard_ago is None:
        return Fact(
            "Server", "not heard yet", Level.ATTENTION, By.SERVER, meaning, "Check the network; work goes on meanwhile."
        )
    late = now.heard_ago > 15 * 60
    return Fact(
        "Server", f"heard {span(now.heard_ago)} ago", Level.ATTENTION if late else Level.GOOD, By.SERVER, meaning,
        "Check the network; work goes on meanwhile." if late else "",
    )  # fmt: skip


def _credential(now: Situation) -> Fact:
    if now.own_credential:
        return Fact("Device credential", "registered", Level.GOOD, By.SERVER, "Events are sent also while locked")
    return Fact(
        "Device credential", "none", Level.ATTENTION, By.SERVER, "Nothing is sent while nobody is signed in",
        "Ask IT to register this device's key: `doctor --jwk` prints it.",
    )  # fmt: skip


def _commands(now: Situation) -> Fact:
    if now.signed_commands:
        return Fact("Orders to erase or lock", "signed ones only", Level.GOOD, By.CRYPTOGRAPHIC, "Each counts once")
    meaning = "Each counts once; with a command key in the settings the organisation's signature is required too"
    return Fact("Orders to erase or lock", "the server's word counts", Level.NOTE, By.SERVER, meaning)


def _rules(policy: Policy) -> str:
    kind = (
        "Shared workstation: signing out destroys the charts here" if policy.shared_workstation else "One coder's own"
    )
    codes = ", ".join(sorted(policy.step_up_for)) or "nothing"
    return f"{kind}. Step-up code for: {codes}"


def span(seconds: float) -> str:
    """`5 min`, `2 h 30 min`, `3 d`: as short as it stays true."""
    minutes, seconds = divmod(int(seconds), 60)
    if minutes < 1:
        return f"{seconds} s"
    hours, minutes = divmod(minutes, 60)
    if hours < 1:
        return f"{minutes} min" + (f" {seconds} s" if seconds and minutes < 5 else "")
    days, hours = divmod(hours, 24)
    if days < 1:
        return f"{hours} h" + (f" {minutes} min" if minutes else "")
    return f"{days} d" + (f" {hours} h" if hours else "")


def size(count: int) -> str:
    """`12.4 MB`"""
    return f"{count / 1_000_000:.1f} MB" if count >= 100_000 else f"{count / 1000:.0f} kB"
