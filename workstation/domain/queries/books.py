"""What a query is written with: rule pack, templates, diagnosis names, and the words the redactor keeps."""

from __future__ import annotations

from dataclasses import dataclass

from workstation.domain.queries.mentions import DiagnosisTerms
from workstation.domain.queries.rules import RulePack
from workstation.domain.queries.templates import Template
from workstation.domain.redaction.lexicon import Lexicon


@dataclass(frozen=True, slots=True)
class QueryBooks:
    """Loaded once for a desk, when the first query is begun."""

    rules: RulePack
    templates: tuple[Template, ...]
    terms: DiagnosisTerms
    lexicon: Lexicon
