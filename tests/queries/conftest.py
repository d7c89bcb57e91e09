"""The rules, templates and diagnosis names as they ship, read once."""

from __future__ import annotations

import pytest

from tests.codebook.conftest import PACK, build
from workstation.codebook.diagnosis_terms import DiagnosisTrie, open_terms
from workstation.domain.queries.rules import RulePack
from workstation.domain.queries.templates import Template
from workstation.query_packs.rules import read_rules
from workstation.query_packs.templates import read_templates


@pytest.fixture(scope="session")
def terms() -> DiagnosisTrie:
    return open_terms(PACK if PACK.exists() else build(PACK))


@pytest.fixture(scope="session")
def pack() -> RulePack:
    return read_rules()


@pytest.fixture(scope="session")
def templates() -> tuple[Template, ...]:
    return read_templates()
