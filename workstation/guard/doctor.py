"""`main.py doctor`: what protects this installation and what is amiss, without a window, with exit codes IT can script."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from workstation import VERSION
from workstation.domain.policy import Policy
from workstation.errors import ServerTrouble, SignInRefused, WorkstationError, WrongKindOfUse
from workstation.fhir.client import LARGEST_JSON
from workstation.fhir.discovery import discover
from workstation.fhir.origin import safe_base
from workstation.fhir.transport import new_session, read_body
from workstation.guard.facts import By, Fact, Level, span, worst
from workstation.guard.policy_facts import Line, age_fact, managing, said_in_vain, trouble_facts
from workstation.guard.policy_facts import in_force as policies_in_force
from workstation.guard.program_files import program_files
from workstation.guard.program_place import place_fact
from workstation.guard.vaults import CoderVaults
from workstation.host.clock import SystemClock
from workstation.host.disk import Seen, disk_encryption, swap_encryption
from workstation.host.hardening import in_force
from workstation.host.instance import Instance
from workstation.host.manifest import program_folder
from workstation.host.paths import Home
from workstation.host.sessions import watch_session
from workstation.journal.space import LOW_BYTES, NO_NEW_CHARTS_BYTES
from workstation.keys.device import DeviceKeys
from workstation.keys.keyring import Keyring
from workstation.managed.inforce import Managed, Reader
from workstation.settings import ServerSettings

WELL, ATTENTION, RED, NOT_RUN = 0, 1, 2, 3
CLOCK_MAY_BE_OFF = 60.0  # seconds; sign-in and leases go wrong beyond
_LIMIT = 5.0
_LONGEST_ANSWER = 20.0


def run(home: Home, server: str, *, as_json: bool, jwk: bool, pack: Path) -> int:
    """0 all well, 1 something to look at, 2 something does not work, 3 it could not be found out."""
    if jwk:
        return _print_jwk(home)
    managed = Reader()()
    try:
        settings = managed.server("")
    except WrongKindOfUse:  # the policy that cannot be used is named among the facts
        settings = ServerSettings()
    if server:
        settings = replace(settings, base=server)
    practice, _ = managed.practice(installed=program_folder() is not None)
    lines = policies_in_force(managed, settings, last_heard(home), practice=practice)
    facts = tuple(examine(home, settings, pack, managed, lines))
    if as_json:
        names = ("what", "state", "level", "by", "meaning", "remedy")
        found = [dict(zip(names, fact.row(), strict=True)) for fact in facts]
        policies = [line.fields() for line in lines]
        told = {"version": VERSION, "worst": worst(facts).value, "facts": found, "policies": policies}
        sys.stdout.write(json.dumps(told, indent=1) + "\n")
    else:
        for fact in facts:
            sys.stdout.write(_line(fact))
        sys.stdout.write("\nPolicies in force; the server's as of the last sign-in on this computer:\n")
        for line in lines:
            sys.stdout.write(f"     {line.in_words()}\n")
    return {Level.ATTENTION: ATTENTION, Level.RED: RED}.get(worst(facts), WELL)


def examine(
    home: Home, settings: ServerSettings, pack: Path, managed: Managed | None = None, lines: tuple[Line, ...] = ()
) -> Iterator[Fact]:
    """Every fact that can be known with nobody signed in. Changes nothing, and makes no device."""
    yield Fact("Version", VERSION, Level.NOTE, By.NOBODY, f"Python {sys.version.split()[0]}, {_sqlcipher()}")
    yield program_files()
    yield from place_fact()
    managed = managed or Managed()
    yield _settings(settings, managed)
    yield from trouble_facts(managed)
    yield managing(managed)
    yield from age_fact(lines)
    yield from said_in_vain(lines)
    yield from _home(home)
    yield _disk(home)
    yield _swap()
    yield _session()
    yield from _device(home)
    yield _hardening()
    yield _pack(pack)
    yield _query_packs(settings)
    if settings.base:
        yield from _server(settings)


def last_heard(home: Home) -> Policy:
    """The server's policy as the device's last coder was given it; built-in values where nobody has signed in."""
    guard = home.root / "guard"
    if not (guard / "device.json").exists() or not (home.root / "coders").exists():
        return Policy()
    try:
        keys = DeviceKeys.existing(guard)
    except WorkstationError:
        return Policy()  # the device's own fact says so
    try:
        return CoderVaults(home, keys, SystemClock(), {}, practice=False).last_heard()
    finally:
        keys.close()


def _line(fact: Fact) -> str:
    mark = {Level.GOOD: "ok  ", Level.NOTE: "    ", Level.ATTENTION: "look", Level.RED: "BAD "}[fact.level]
    by = f" [{fact.by.value}]" if fact.by is not By.NOBODY else ""
    remedy = f"\n       -> {fact.remedy}" if fact.remedy else ""
    meaning = f"\n       {fact.meaning}" if fact.meaning else ""
    return f"{mark} {fact.what}: {fact.state}{by}{meaning}{remedy}\n"


def _sqlcipher() -> str:
    from workstation.sealed_db import sqlcipher_version

    return f"SQLCipher {sqlcipher_version()}"


def _settings(settings: ServerSettings, managed: Managed) -> Fact:
    if not settings.base:
        return Fact(
            "Settings", "no server", Level.RED, By.CLIENT, "Neither a policy nor the command line names one",
            "Set the policy base, or start with --server or --practice.",
        )  # fmt: skip
    held = managed.held.get("base")
    if held is None or held.value != settings.base:
        return Fact("Settings", "server from the command line", Level.NOTE, By.CLIENT, settings.base)
    return Fact("Settings", "server from a policy", Level.GOOD, By.CLIENT, f"{settings.base}, {held.place}")


def _session() -> Fact:
    """Linux can be asked beforehand; Windows tells a window alone."""
    what, meaning = "Session events", "A lock, a switch of user or sleep ends the desk"
    if sys.platform != "linux":
        return Fact(
            what, "asked once the program runs", Level.NOTE, By.CLIENT, f"{meaning}; the page This device says which"
        )
    watch = watch_session(lambda event: None)
    armed = watch.start()
    watch.stop()
    names = ("session", "suspend", "delay", "screensaver")
    found = ", ".join(name for name in names if getattr(armed, name))
    if armed:
        return Fact(what, f"armed: {found}", Level.GOOD, By.CLIENT, meaning)
    return Fact(
        what, "none armed", Level.ATTENTION, By.CLIENT, f"{meaning}; where none is told of, the desk locks after half the time",
        "Run this in a coder's graphical session; there logind or the screen saver has to answer.",
    )  # fmt: skip


def _home(home: Home) -> Iterator[Fact]:
    if not home.root.exists():
        yield Fact("Data folder", "not there yet", Level.NOTE, By.CLIENT, "Made at the first start")
        return
    mode = home.root.stat().st_mode & 0o777
    if os.name == "posix" and mode & 0o077:
        yield Fact(
            "Data folder", f"open to others ({mode:o})", Level.RED, By.CLIENT, "It is to be its owner's alone",
            "Start the program once: it closes the folder; then find out what opened it.",
        )  # fmt: skip
    else:
        yield Fact("Data folder", "private", Level.GOOD, By.CLIENT, "Only this account may read it")
    free = shutil.disk_usage(home.root).free
    level = Level.RED if free < NO_NEW_CHARTS_BYTES else Level.ATTENTION if free < LOW_BYTES else Level.GOOD
    remedy = "" if level is Level.GOOD else "Make room: without it the audit cannot be written, and no chart is opened."
    meaning = "The audit journal and the charts need room"
    yield Fact("Free space", f"{free // 1_000_000} MB", level, By.NOBODY, meaning, remedy)
    running = home.root / "instance.lock"
    if running.exists():
        instance = Instance(running)
        free_now = instance.claim()
        instance.release()
        yield Fact(
            "Program", "not running" if free_now else "running", Level.NOTE, By.NOBODY, "In this account's session"
        )


def _disk(home: Home) -> Fact:
    seen = disk_encryption(home.root if home.root.exists() else Path.home())
    if seen is Seen.ENCRYPTED:
        return Fact("Disk encryption", "seen", Level.GOOD, By.SYSTEM, "Under the data folder")
    return Fact(
        "Disk encryption", seen.value, Level.ATTENTION, By.SYSTEM, "Under the data folder, as far as this account can see",
        "Check BitLocker, FileVault or LUKS for this disk.",
    )  # fmt: skip


def _swap() -> Fact:
    seen = swap_encryption()
    if seen is Seen.NOT_SEEN:
        return Fact("Swap", "in clear", Level.ATTENTION, By.SYSTEM, "Memory can reach it", "Encrypt it or turn it off.")
    return Fact("Swap", "encrypted or none" if seen is Seen.ENCRYPTED else "as the disk", Level.NOTE, By.SYSTEM, "")


def _device(home: Home) -> Iterator[Fact]:
    keyring = Keyring("doctor", limit=_LIMIT)
    try:
        keyring.get("probe")
    except WorkstationError as trouble:
        yield Fact("Keyring", "does not answer", Level.RED, By.CRYPTOGRAPHIC, str(trouble), trouble.remedy)
        return
    yield Fact("Keyring", keyring.name, Level.GOOD, By.CRYPTOGRAPHIC, "Keeps this device's key")
    guard = home.root / "guard"
    if (guard / "wipe.json").exists():
        yield Fact(
            "Erasing", "under way", Level.RED, By.SERVER, "The organisation has ordered it",
            "Start the program with a network until it is done.",
        )  # fmt: skip
    if not (guard / "device.json").exists():
        yield Fact("Device", "not enrolled yet", Level.NOTE, By.CRYPTOGRAPHIC, "Made at the first start")
        return
    try:
        keys = DeviceKeys.existing(guard)
    except WorkstationError as trouble:
        yield Fact("Device", "its key is missing or damaged", Level.RED, By.CRYPTOGRAPHIC, str(trouble), trouble.remedy)
        return
    try:
        yield Fact(
            "Device", keys.device[:8], Level.GOOD, By.CRYPTOGRAPHIC, "Its key opens; `--jwk` prints the public half"
        )
        yield _journal(home, keys)
    finally:
        keys.close()


def _journal(home: Home, keys: DeviceKeys) -> Fact:
    from workstation.guard.verify_journal import judge

    if not home.journal(keys.device).exists():
        return Fact(
            "Audit journal", "not there yet", Level.NOTE, By.CRYPTOGRAPHIC, "Made when the program first starts"
        )
    try:
        verdict, standing, _ = judge(home, keys)
    except WorkstationError as trouble:
        return Fact(
            "Audit journal", "cannot be read", Level.RED, By.CRYPTOGRAPHIC, str(trouble),
            "Keep this device as it is and tell your privacy officer.",
        )  # fmt: skip
    state = f"{verdict.entries} entries, {standing.acknowledged} acknowledged, {standing.waiting} waiting"
    if verdict:
        return Fact("Audit journal", state, Level.GOOD, By.CRYPTOGRAPHIC, "Whole: chain, codes and signatures hold")
    return Fact(
        "Audit journal", f"not whole: {len(verdict.findings)} findings", Level.RED, By.CRYPTOGRAPHIC, state,
        "`verify-journal` says what; keep this device as it is and tell your privacy officer.",
    )  # fmt: skip


def _hardening() -> Fact:
    held = in_force()
    level = Level.GOOD if "not-readable-by-others" in held else Level.ATTENTION
    remedy = "" if level is Level.GOOD else "This system did not take the protection the program asks for."
    return Fact(
        "Program memory", ", ".join(held) or "not protected", level, By.SYSTEM, "As this very process has it", remedy
    )


def _pack(pack: Path) -> Fact:
    from workstation.codebook.book import CodeBook

    if not pack.exists():
        return Fact("Code pack", "missing", Level.RED, By.NOBODY, pack.name, "Install the program again.")
    try:
        book = CodeBook.open(pack)
        imported = len(book.imports())
        size = f"{pack.stat().st_size // 1_000_000} MB" + (f", {imported} files imported" if imported else "")
        return Fact("Code pack", book.release, Level.GOOD, By.NOBODY, size)
    except Exception as broken:  # noqa: BLE001  whatever a broken file makes SQLite raise
        return Fact(
            "Code pack", "cannot be opened", Level.RED, By.NOBODY, type(broken).__name__, "Install the program again."
        )


def _query_packs(settings: ServerSettings) -> Fact:
    """The rules provider queries are checked by: a damaged pack stops every query, so IT hears of it here."""
    from workstation.query_packs.reading import QueryPackUnusable
    from workstation.query_packs.shelf import read_packs

    whose = f"From {settings.query_packs}" if settings.query_packs else "Built in"
    try:
        rules, templates = read_packs(settings.query_packs)
    except QueryPackUnusable as trouble:
        return Fact("Query rules", "cannot be used", Level.RED, By.CLIENT, f"{whose}. {trouble}", trouble.remedy)
    state = f"{rules.version}, {len(templates)} templates"
    return Fact("Query rules", state, Level.GOOD, By.CLIENT, f"{whose}; by {rules.publisher}")


def _server(settings: ServerSettings) -> Iterator[Fact]:
    session = new_session(settings.verify, settings.proxies, settings.pin)
    try:
        with session.get(
            f"{safe_base(settings.base)}/metadata",
            timeout=_LIMIT,
            headers={"Accept": "application/fhir+json"},
            allow_redirects=False,
            stream=True,
        ) as answer:
            read_body(answer, LARGEST_JSON, time.monotonic() + _LONGEST_ANSWER)
    except WorkstationError as trouble:
        yield Fact("Server", "not usable", Level.RED, By.SERVER, f"{settings.base}: {trouble}", trouble.remedy)
        return
    except Exception as trouble:  # noqa: BLE001  requests and its libraries raise a dozen kinds
        yield Fact(
            "Server", "not reached", Level.RED, By.SERVER, f"{settings.base}: {type(trouble).__name__}",
            "Check network, proxy and certificate; the policies below name them.",
        )  # fmt: skip
        return
    level = Level.GOOD if answer.status_code == 200 else Level.RED
    remedy = (
        ""
        if level is Level.GOOD
        else "Check the base address: it is to answer /metadata; `doctor --server URL` says more."
    )
    yield Fact("Server", f"answers {answer.status_code}", level, By.SERVER, settings.base, remedy)
    yield from _clock(answer.headers.get("Date", ""))
    try:
        provider = discover(session, settings.base, settings.issuer)
        state = "registers itself" if provider.registration else "IT registers the key: `doctor --jwk`"
        yield Fact("Sign-in", "found", Level.GOOD, By.SERVER, f"{provider.issuer}; device credential: {state}")
    except (ServerTrouble, SignInRefused) as trouble:
        yield Fact("Sign-in", "not found", Level.RED, By.SERVER, str(trouble), trouble.remedy)
    finally:
        session.close()


def _clock(date: str) -> Iterator[Fact]:
    try:
        off = time.time() - parsedate_to_datetime(date).timestamp()
    except (ValueError, TypeError):
        return
    if abs(off) > CLOCK_MAY_BE_OFF:
        way = "ahead of" if off > 0 else "behind"
        yield Fact(
            "Clock", f"{span(abs(off))} {way} the server", Level.ATTENTION, By.SYSTEM, "Sign-in and leases need the time",
            "Set this computer's clock by the network.",
        )  # fmt: skip
    else:
        yield Fact("Clock", "agrees with the server", Level.GOOD, By.SYSTEM, "To the minute")


def _print_jwk(home: Home) -> int:
    """The device's public keys: the client's, where devices do not register themselves, and the one its journal is signed by."""
    guard = home.root / "guard"
    if not (guard / "device.json").exists():
        sys.stderr.write("Nobody has started the program here yet: there is no device and no key.\n")
        return NOT_RUN
    try:
        keys = DeviceKeys.existing(guard)
    except WorkstationError as trouble:
        sys.stderr.write(f"{trouble} {trouble.remedy}\n")
        return NOT_RUN
    shown: dict[str, Any] = {"device": keys.device, "keys": [keys.public_jwk()], "journal": keys.verify_jwk()}
    keys.close()
    sys.stdout.write(json.dumps(shown, indent=1) + "\n")
    return WELL
