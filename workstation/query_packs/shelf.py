"""Everything a query is written with, read together: rule pack, templates, diagnosis names, the redactor's dictionary."""

from __future__ import annotations

from pathlib import Path

from workstation.codebook.diagnosis_terms import open_terms
from workstation.codebook.lexicon import read_lexicon
from workstation.codebook.packs import BUILT_IN
from workstation.domain.queries.books import QueryBooks
from workstation.domain.queries.rules import RulePack
from workstation.domain.queries.templates import Template
from workstation.query_packs.reading import QueryPackUnusable
from workstation.query_packs.rules import BUILT_IN as RULES
from workstation.query_packs.rules import read_rules
from workstation.query_packs.templates import BUILT_IN as TEMPLATES
from workstation.query_packs.templates import read_templates


def read_books(own: str = "", pack: Path = BUILT_IN) -> QueryBooks:
    """Some two seconds: for a thread that may take them. Raises QueryPackUnusable.

    `own` is the organisation's folder: its `query_rules` and `templates` stand in place of ours, each where it is there.
    A folder that is gone or damaged never gives way to ours, for its rules may be stricter: queries wait.
    """
    rules, templates = read_packs(own)
    return QueryBooks(rules, templates, open_terms(pack), read_lexicon(pack))


def read_packs(own: str = "") -> tuple[RulePack, tuple[Template, ...]]:
    """Rules and templates alone. Raises QueryPackUnusable."""
    if own and not Path(own).is_dir():
        raise QueryPackUnusable(f"(the folder {Path(own).name} is not there)")
    rules, templates = (_of(own, name, ours) for name, ours in (("query_rules", RULES), ("templates", TEMPLATES)))
    return read_rules(rules), read_templates(templates)


def _of(own: str, name: str, ours: Path) -> Path:
    theirs = Path(own) / name
    return theirs if own and theirs.is_dir() else ours
