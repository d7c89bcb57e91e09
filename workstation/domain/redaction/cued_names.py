"""Names nobody told us of, found by what stands beside them; one pass over the words, each with its own finder."""

from __future__ import annotations

from workstation.domain.redaction import bare_names, people_around, quoted_names, spreading
from workstation.domain.redaction.credentials import before_credential
from workstation.domain.redaction.cues import after_cue
from workstation.domain.redaction.finding import Finding
from workstation.domain.redaction.kinds import Identifier
from workstation.domain.redaction.labels import after_label
from workstation.domain.redaction.people_words import (
    BIRTH_NAME,
    CREDENTIALS,
    MEDIUM_CUES,
    PATIENT_LABELS,
    PROVIDER_LABELS,
    RELATIONS,
    RELATIVE_LABELS,
    ROLES,
    TITLES,
)
from workstation.domain.redaction.reading import take
from workstation.domain.redaction.relations import beside_relation
from workstation.domain.redaction.roles import after_role
from workstation.domain.redaction.titles import after_title

_ROLES = ROLES | PROVIDER_LABELS | RELATIVE_LABELS | PATIENT_LABELS

_CUES = _ROLES | TITLES | CREDENTIALS | RELATIONS | MEDIUM_CUES | BIRTH_NAME | {"initials"}


def find(finding: Finding) -> None:
    note = finding.note
    for i, word in enumerate(note.low):
        gap = note.gap(i)
        if not word or (word not in _CUES and ":" not in gap and "=" not in gap and not word.startswith("pgy")):
            continue
        if word in TITLES:
            after_title(finding, i, word)
        if ":" in gap or "=" in gap:
            after_label(finding, i, word, gap)
        if word in CREDENTIALS or word.startswith("pgy"):
            before_credential(finding, i, word)
        if word in RELATIONS:
            beside_relation(finding, i)
        elif word in _ROLES:
            after_role(finding, i, word)
        if word in MEDIUM_CUES:
            after_cue(finding, i, word)
        if word == "initials" and i + 1 < note.count and 1 < len(note.low[i + 1]) < 5 and note.raw[i + 1].isupper():
            finding.claim_person(i + 1, i + 1, Identifier.NAME, "said to be initials")
        if word in BIRTH_NAME and gap.strip(" :(\n") == "":
            sure = word == "maiden" or (word == "nee" and finding.lexicon.is_name(note.word(i + 1)))
            take(finding, i + 1, 3 if sure else 2, Identifier.RELATIVE, "a name at birth")
    bare_names.find(finding)
    quoted_names.find(finding)
    people_around.find(finding)
    spreading.widen(finding)
