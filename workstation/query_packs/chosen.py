"""Which packs a process works with: the organisation's own folder where one is named, else those that ship.

A folder of the organisation's own that cannot be read is never passed over for the built-in one: its rules may be
stricter, so queries wait until it is repaired.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from workstation.domain.queries.rules import RulePack
from workstation.domain.queries.templates import Template
from workstation.query_packs import rules, templates
from workstation.query_packs.reading import QueryPackUnusable

NAMED = "CODER_WORKSTATION_QUERY_PACKS"  # a folder that may hold `query_rules` and `templates`


@dataclass(frozen=True, slots=True)
class QueryPacks:
    """Rules and templates of one version each."""

    rules: RulePack
    templates: tuple[Template, ...]


def open_packs(environment: Mapping[str, str] = os.environ) -> QueryPacks:
    """The newest rules and templates. Raises QueryPackUnusable."""
    named = environment.get(NAMED, "")
    own = Path(named) if named else None
    if own is not None and not own.is_dir():
        raise QueryPackUnusable(f"(the folder {own.name} is not there)")
    return QueryPacks(
        rules.read_rules(_folder(own, rules.BUILT_IN)), templates.read_templates(_folder(own, templates.BUILT_IN))
    )


def _folder(own: Path | None, built_in: Path) -> Path:
    """The organisation may replace one of the two and keep the other."""
    replaced = own / built_in.name if own is not None else None
    return replaced if replaced is not None and replaced.is_dir() else built_in
