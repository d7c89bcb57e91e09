"""Whether what a person types about a copy (a topic, a reason) itself names somebody."""

from __future__ import annotations

from workstation.domain.redaction.kinds import Identifier, Profile
from workstation.domain.redaction.known import Known
from workstation.domain.redaction.lexicon import Lexicon
from workstation.domain.redaction.redactor import redact

_WORDS = {
    Identifier.NAME: "a name",
    Identifier.RELATIVE: "a name",
    Identifier.PROVIDER: "a name",
    Identifier.FACILITY: "a facility",
    Identifier.EMPLOYER: "an employer",
    Identifier.ADDRESS: "an address",
    Identifier.CITY: "a place",
    Identifier.ZIP: "a place",
    Identifier.DATE: "a date",
    Identifier.AGE: "an age over 89",
}


def names_somebody(text: str, lexicon: Lexicon) -> str:
    """What in a text could identify someone, in plain words; "" when nothing does."""
    if not any(map(str.isalnum, text)):
        return ""
    done = redact(text, Known(), Profile.TEACHING, lexicon)
    if done.removals:
        return _WORDS.get(done.removals[0].kind, "a number or address")
    return "a word no dictionary has, or a long number" if done.unsure else ""
