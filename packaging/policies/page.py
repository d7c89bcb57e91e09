"""docs/policies.md: every policy with its type, default, limits and who may set it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

from workstation.managed.registry import POLICIES
from workstation.managed.rules import By, Group, Kind, Rule, Wins
from workstation.managed.sources import LINUX, MACOS
from workstation.managed.table import RULES

HEAD = f"""# Policies

Made from the table in `workstation/managed/table.py` by `make policies`; `make check` says when it is not current. How they
are deployed stands in [deploy.md](deploy.md).

A policy has one name everywhere: in a file, in the registry, in a property list and here. Times are whole seconds.

| where | place |
|---|---|
| Linux | `{LINUX}/policies/managed/*.json`, merged in the order of their names; a later file wins |
| Windows | `HKLM\\{POLICIES}`: numbers and switches REG_DWORD, texts REG_SZ, lists REG_MULTI_SZ or numbered values in a subkey |
| macOS | `{MACOS}`, written by a configuration profile |
| server | the `Basic` of the organisation, read at sign-in and every minute ([deploy.md](deploy.md#policy-of-the-server)) |

- **Who counts.** What IT sets on the computer beats what a coder chooses. Where computer and server both set a policy the
  stricter counts, as the last column has it. Within the limits the program never goes beyond, whoever asks.
- **A value that cannot be used** is named in the log, on the page This device and by `doctor`; the strict value stands in its
  place and every other value counts. Where a laxer value would be worse than none (marked *stops*) nothing is connected until
  it is mended. The same holds for a managed file or key that cannot be read or is not believed: it may have held pins and keys.
- **Who is believed.** A file counts only when it and its folders belong to root and nobody else can write them. No variable
  of the environment, no option and no file of the account moves or replaces any of these places. Inside a user name space of
  Linux, where anybody may look like root, nothing is believed. A path is written whole, from the root or the drive on.
- A change on the computer takes effect within about a minute, the server's address and keys at the next start.
- `{LINUX}/policies/recommended/*.json` may hold `base`: a server for whoever names none with `--server`.
- A file `{LINUX}/settings.json` of an earlier release is read as the weakest managed file.
"""


def text() -> str:
    return HEAD + "".join(_section(group) for group in Group)


def _section(group: Group) -> str:
    rules = [rule for rule in RULES if rule.group is group]
    lines = [
        f"\n## {group.value}\n",
        "| policy | type | default | held within | set by | together |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| `{rule.name}` | {rule.kind.value} | {default_in_words(rule)} | {limits_in_words(rule)} "
        f"| {_setters(rule)} | {together(rule)} |"
        for rule in rules
    ]
    lines += ["", *(line for rule in rules for line in _words(rule)), ""]
    return "\n".join(lines)


def _words(rule: Rule) -> Iterator[str]:
    yield from textwrap.wrap(f"- **`{rule.name}`**: {rule.title}. {rule.meaning}", 125, subsequent_indent="  ")
    more = []
    if rule.stops:
        more.append("*stops*")
    elif rule.on_computer and rule.strict != rule.built_in:
        more.append(f"unusable: {in_words(rule, rule.strict)}")
    if rule.choices:
        more.append("one of " + ", ".join(f"`{word}`" for word in rule.choices))
    if rule.example:
        more.append(f"for example `{rule.example}`")
    if more:
        yield f"  ({'; '.join(more)})"


def _setters(rule: Rule) -> str:
    names = [f"server (`{rule.server}`)" if by is By.SERVER else by.value for by in rule.by]
    return ", ".join(names)


def default_in_words(rule: Rule) -> str:
    if rule.name == "practice_allowed":
        return "off where policies are set or the program is installed"
    return in_words(rule, rule.built_in)


def limits_in_words(rule: Rule) -> str:
    if rule.kind is Kind.SECONDS:
        return f"{_span(rule.low)} to {_span(rule.high)}"
    return f"{rule.low} to {rule.high}" if rule.high else ""


def together(rule: Rule) -> str:
    return "" if rule.wins is Wins.ONLY else rule.wins.value


def in_words(rule: Rule, value: Any) -> str:
    if rule.kind is Kind.SECONDS:
        return f"{value} ({_span(value)})" if value >= 60 else str(value)
    if rule.kind is Kind.SWITCH:
        return "on" if value else "off"
    if rule.kind is Kind.MOMENT:
        return "never"
    if isinstance(value, tuple):
        return ", ".join(f"`{one}`" for one in value) or "none"
    return f"`{value}`" if value else "none"


def _span(seconds: int) -> str:
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size and seconds % size == 0:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
