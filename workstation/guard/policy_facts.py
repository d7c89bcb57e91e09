"""Each policy in force and where it comes from, for the device page and `doctor`; what IT has to mend, first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

from workstation import VERSION
from workstation.domain.policy import Policy, require_current
from workstation.errors import ProgramTooOld
from workstation.guard.facts import By, Fact, Level, span
from workstation.managed.inforce import Held, Managed
from workstation.managed.rules import Kind, Rule
from workstation.managed.table import RULES
from workstation.settings import ServerSettings

_SETTINGS = frozenset(one.name for one in fields(ServerSettings))
_POLICY = frozenset(Policy.__dataclass_fields__)
_BUILT_IN = "built in"


@dataclass(frozen=True, slots=True)
class Line:
    """One policy as it is in force."""

    rule: Rule
    value: object
    source: str  # computer, recommended, command line, server, built in; or computer and server
    place: str = ""
    note: str = ""  # why it is not what one of them asked for

    def in_words(self) -> str:
        """One line of `doctor`."""
        where = ", ".join(part for part in (self.source, self.place, self.note) if part)
        return f"{self.rule.name}: {in_words(self.rule, self.value)} ({where})"

    def fields(self) -> dict[str, str]:
        """As `doctor --json` prints it."""
        return {
            "name": self.rule.name,
            "value": in_words(self.rule, self.value),
            "source": self.source,
            "place": self.place,
            "note": self.note,
        }


def in_force(managed: Managed, settings: ServerSettings, server: Policy, *, practice: bool) -> tuple[Line, ...]:
    """Every policy of the table; `server` is what the server last said."""
    effective = managed.over(server)
    return tuple(_line(rule, managed, settings, server, effective, practice) for rule in RULES)


def _line(
    rule: Rule, managed: Managed, settings: ServerSettings, server: Policy, effective: Policy, practice: bool
) -> Line:
    held = managed.held.get(rule.name)
    if rule.name in _POLICY:
        return _shared(rule, held, server, getattr(effective, rule.name))
    if held is not None:
        return Line(rule, held.value, "computer", held.place, held.note)
    if rule.name == "practice_allowed":
        return Line(rule, practice, _BUILT_IN)
    value = getattr(settings, rule.name) if rule.name in _SETTINGS else rule.built_in
    suggested = managed.recommended.get(rule.name)
    if suggested is not None and suggested.value == value:
        return Line(rule, value, "recommended", suggested.place, suggested.note)
    return Line(rule, value, _BUILT_IN if value == rule.built_in else "command line")


def _shared(rule: Rule, held: Held | None, server: Policy, value: object) -> Line:
    """A policy that computer and server may both set: who asked for what, and what became of it."""
    asked = getattr(server, rule.name)
    if held is None:
        return Line(rule, value, "server" if rule.name in server.said else _BUILT_IN)
    mine = frozenset(held.value) if isinstance(held.value, tuple) else held.value
    if rule.name not in server.said:
        return Line(rule, value, "computer", held.place, held.note or _moved(rule, mine, value))
    if mine == asked:
        return Line(rule, value, "computer and server", held.place, held.note or _moved(rule, mine, value))
    if value == asked:
        why = f"the computer says {in_words(rule, mine)}; the server's is the stricter"
        return Line(rule, value, "server", held.place, _both(held.note, why))
    if value == mine:
        better = "the computer's counts" if rule.wins == rule.wins.COMPUTER else "the computer's is the stricter"
        return Line(
            rule, value, "computer", held.place, _both(held.note, f"the server says {in_words(rule, asked)}; {better}")
        )
    why = f"the computer says {in_words(rule, mine)}, the server {in_words(rule, asked)}"
    return Line(rule, value, "computer and server", held.place, _both(held.note, why))


def _moved(rule: Rule, asked: object, value: object) -> str:
    """A limit that hangs on another policy, such as the warning on the lock."""
    return "" if asked == value else f"{in_words(rule, asked)} does not fit the other policies"


def _both(first: str, then: str) -> str:
    return f"{first}; {then}" if first else then


def in_words(rule: Rule, value: Any) -> str:
    """A value as a person reads it; of a key only its beginning."""
    match rule.kind:
        case Kind.SECONDS:
            return span(value) if value else "0 s"
        case Kind.SWITCH:
            return "on" if value else "off"
        case Kind.KEY:
            return f"{value[:8]}..." if value else "none"
        case Kind.MOMENT:
            return datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%d %H:%M UTC") if value else "never"
        case Kind.PORTS:
            return ", ".join(str(port) if port else "any" for port in value)
        case Kind.PINS:
            return ", ".join(f"{pin[:8]}..." for pin in value) or "none"
        case Kind.WORDS:
            if rule.name in ("features", "edit_levels"):
                return f"{len(value)} set" if value else "none"
            return ", ".join(sorted(value)) or "nothing"
    return str(value) or "none"


# ------------------------------------------------------------------ as facts


def policy_facts(managed: Managed, lines: tuple[Line, ...]) -> Iterator[Fact]:
    """What is amiss by name, who manages the computer, and each policy somebody set; the rest in one line."""
    yield from trouble_facts(managed)
    yield managing(managed)
    yield from age_fact(lines)
    yield from said_in_vain(lines)
    for line in lines:
        if line.source != _BUILT_IN:
            yield _fact(line)
    rest = [line.rule.name for line in lines if line.source == _BUILT_IN]
    if rest:
        yield Fact("Policy: all others", f"{len(rest)} built in", Level.NOTE, By.CLIENT, ", ".join(rest))


def trouble_facts(managed: Managed) -> Iterator[Fact]:
    """Each bad value and each place that cannot be read or believed."""
    for trouble in managed.troubles:
        level = Level.RED if trouble.red else Level.ATTENTION
        state = "stops the program" if trouble.stops else "cannot be used" if trouble.red else "not known"
        where = "" if trouble.place == trouble.what else f". In {trouble.place}"
        why = trouble.why[:1].upper() + trouble.why[1:]
        yield Fact(f"Policy: {trouble.what}", state, level, By.CLIENT, f"{why}{where}", f"For IT: {trouble.remedy}")


def managing(managed: Managed) -> Fact:
    """Whether IT has set anything on this computer, and where."""
    if not managed.is_managed:
        return Fact(
            "Policies of the computer",
            "none set",
            Level.NOTE,
            By.CLIENT,
            "The server's policy and built-in values count",
        )
    count = f"{len(managed.held)} set" if managed.held else "none that can be used"
    places = ", ".join(managed.places)
    old = f". {managed.old_file} is read as before; its place is policies/managed now" if managed.old_file else ""
    return Fact("Policies of the computer", count, Level.GOOD, By.CLIENT, f"{places}{old}")


def age_fact(lines: tuple[Line, ...]) -> Iterator[Fact]:
    """A program older than allowed is red, with whom to ask."""
    values = {line.rule.name: str(line.value) for line in lines}
    policy = Policy(
        minimum_version=values.get("minimum_version", ""), support_contact=values.get("support_contact", "")
    )
    try:
        require_current(policy, VERSION)
    except ProgramTooOld as old:
        yield Fact("Program", "too old: no new charts", Level.RED, By.CLIENT, str(old), old.remedy)


def said_in_vain(lines: tuple[Line, ...]) -> Iterator[Fact]:
    """The server's oldest version allowed, where it names none."""
    if any(line.rule.name == "minimum_version" and line.source == "server" and not line.value for line in lines):
        yield Fact(
            "Policy: minimum_version", "cannot be used", Level.ATTENTION, By.SERVER, "The server's names no version",
            "For IT: write minimumVersion in the server's policy as 1.4.2, or take it out. Until then none counts.",
        )  # fmt: skip


def _fact(line: Line) -> Fact:
    by = By.SERVER if line.source == "server" else By.CLIENT
    why = f"{line.note[:1].upper()}{line.note[1:]}. " if line.note else ""
    return Fact(
        f"Policy: {line.rule.title}", in_words(line.rule, line.value), Level.NOTE, by, f"{why}Set by {_source(line)}"
    )


def _source(line: Line) -> str:
    words = {"computer": line.place, "recommended": f"{line.place} (recommended)"}
    return words.get(
        line.source, f"the {line.source}" + (f", {line.place}" if line.source == "computer and server" else "")
    )
