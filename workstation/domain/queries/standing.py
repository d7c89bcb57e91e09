"""What a writer says of a diagnosis they name: that it is there, was, may be, is not, or is somebody else's."""

from __future__ import annotations

import re
from collections import deque
from enum import Enum, auto

from workstation.domain.queries.mentions import Mention


class Standing(Enum):
    """What a writer says of the diagnosis they name."""

    STATED = auto()
    HISTORY = auto()
    UNCERTAIN = auto()
    RULED_OUT = auto()
    FAMILY = auto()


def _any(*cues: str) -> str:
    return "(?:" + "|".join(cues) + ")"


# Speak of everything after them in their clause.
_DENIES = _any(
    "denies", "denied", "denying", "negative for", "neg for", "absence of", "free of", "ruled out", "rules out", "excluded",
    "doubt", "never had", "without evidence of", "not consistent with", "no longer has", "does not have", "did not have",
    r"no (?:evidence|signs?|history|hx|documentation|indication|suspicion|features?) (?:of|for)",
)  # fmt: skip
_FAMILY = _any(
    "family history", "family hx", "fhx?", "father", "mother", "brother", "sister", "parents?", "sibling", r"grand\w+",
    "aunt", "uncle", "cousin", "son", "daughter", "wife", "husband",
)  # fmt: skip
# Speak of the next few words.
_DOUBTS = _any(
    "poss", "prob", "susp", "possible", "possibly", "probable", "probably", "suspected", "suspects?", "likely", "questionable",
    "suspicion (?:of|for)", "concern(?:ing|ed)? (?:for|of)", "ruled? out", "r/o", "consider(?:ing|ed)?", "thought about",
    "(?:cannot|can't) (?:exclude|rule out)", "(?:consistent|compatible) with", "suggest(?:s|ive|ing)?(?: of)?", "differential",
    "ddx", "(?:may|might|could) (?:have|be)", "could have", "if", "versus", r"vs\.?", "worrisome for", "queried", "query",
    "question of", "evaluat(?:e|ion) for", "work-?up (?:for|of)", "risks? (?:of|for|including|include)", "at risk",
    "prevent(?:ion of)?", "prophylaxis", "screen(?:ing|ed)? for", "questionnaire for", "watch(?:ing)? for",
    "monitor(?:ing)? for", "assess for", "test(?:ed|ing)? for", "immune to", r"vaccin\w+ (?:for|against)",
    "immuni[sz]ations?",
)  # fmt: skip
_HISTORY = _any("history of", "hx of", "h/o", "hx", "s/p", "status post")
# Stand after the name.
_DOUBT_AFTER = _any(
    r"\?", r"(?:to )?(?:rule out|be ruled out)\b",
    r"(?:is|was|were|are) (?:considered|raised|entertained|discussed|looked for)\b", r"mentioned (?:in|by)\b",
    r"(?:vs\.?|versus)\b", r"(?:(?:is|was|remains|still) )?(?:suspected|possible|likely|questionable)\b",
    r"(?:prophylaxis|ppx|precautions?|risk|vaccin\w*|immuni[sz]\w*|toxoid|boosters?|screen(?:ing)?|protocol|work-?up)\b",
    r"(?:pathway|prevention|education|bundle|criteria|score)\b",
)  # fmt: skip
_TESTED = r"(?:PCR |swabs? |screens? |tests? |antigens? )?"
_DENIED_AFTER = _any(
    rf"(?:(?:/|, | and | or )[\w-]+){{1,4}} {_TESTED}(?:(?:was|were|is|are) )?negative\b",
    r"(?:PCR|swab|screen|test|antigen)s? (?:(?:was|were|is|are) )?negative\b",
    r"(?:(?:is|was|were|(?:has|have|had) been) )?(?:ruled out|excluded|unlikely|negative|absent|denied)",
    r"(?:(?:is|was|were) )?not (?:favored|suspected|present|seen|identified|likely)",
    r":\s*(?:no|none|negative|denies)\b",
)  # fmt: skip

_END_OF_CLAUSE = re.compile(r"[.;!](?=\s|$)|\n\s*\n|\n\s*(?=\d{1,2}[.)]\s|[-•*]\s)|:\s")
# A heading whose colon does not end what it says.
_SPEAKS_ON = re.compile(
    r"(?:rule[ds]? out|excluded|considered|thought about|differential|ddx|family(?: history)?|f\.?hx?|denies|negative for|"
    r"immuni[sz]ations?|vaccin\w+|allerg\w+|risks?)(?: diagnos[ei]s)?\s*$",
    re.IGNORECASE,
)
_TURN = re.compile(r"\b(?:but|however|although|except|though|yet|instead|now with|presents with)\b", re.IGNORECASE)
_GOES_ON = re.compile(
    r"\b(?:is|was|are|were|has|had|have|shows?|showed|noted|found|given|continued?|started|presents?|remains?|will|came|with|"
    r"due|from|since|on|now)\b",
    re.IGNORECASE,
)
_FAR_DENIAL = re.compile(rf"\b{_DENIES}\b", re.IGNORECASE)
_NEAR_DENIAL = re.compile(
    r"\b(?:no|not|without|w/o|never|nor|neither|non)\b[\s-]*(?:[\w/-]+[\s,]+){0,4}$", re.IGNORECASE
)
_NO = re.compile(r"\b(?:no|without|not|never|denies|nor)\b", re.IGNORECASE)
_OF_FAMILY = re.compile(rf"\b{_FAMILY}\b", re.IGNORECASE)
_DOUBT = re.compile(rf"\b{_DOUBTS}(?<=\S)(?!\w)(?:[\s,]+[\w/'’-]+){{0,6}}[\s,:(\"“]*$", re.IGNORECASE)
_OF_HISTORY = re.compile(rf"\b{_HISTORY}\b(?:[\s,]+[\w/'’-]+){{0,5}}[\s,]*$", re.IGNORECASE)
_AFTER_DOUBT = re.compile(rf"[\s\"”'’,-]*{_DOUBT_AFTER}", re.IGNORECASE)
_AFTER_DENIAL = re.compile(rf"\s*{_DENIED_AFTER}", re.IGNORECASE)
_WINDOW = 160  # characters before a mention that may speak of it
_AHEAD = 40  # and after it
_LONGEST_LIST = 16  # words of a list after its one "no"


def standing(text: str, mention: Mention) -> Standing:
    """What the words around a mention make of it, within its own clause (headings apart)."""
    before = _clause_before(text, mention.start)
    after = text[mention.end : mention.end + _AHEAD]
    if _OF_FAMILY.search(before):
        return Standing.FAMILY
    if _AFTER_DENIAL.match(after) or _is_denied(before):
        return Standing.RULED_OUT
    if _AFTER_DOUBT.match(after) or _DOUBT.search(before):
        return Standing.UNCERTAIN
    if _OF_HISTORY.search(before):
        return Standing.HISTORY
    return Standing.STATED


def _is_denied(before: str) -> bool:
    far, near = _FAR_DENIAL.search(before), _NEAR_DENIAL.search(before)
    return far is not None or near is not None or _in_a_no_list(before)


def _in_a_no_list(before: str) -> bool:
    """`No fever, chills, night sweats, or` denies the last of the list too, as long as no verb begins something new."""
    last = deque(_NO.finditer(before), maxlen=1)
    if not last:
        return False
    rest = before[last[0].end() :]
    return "," in rest and len(rest.split()) <= _LONGEST_LIST and _GOES_ON.search(rest) is None


def _clause_before(text: str, start: int) -> str:
    window = text[max(0, start - _WINDOW) : start]
    cut = 0
    for match in _END_OF_CLAUSE.finditer(window):
        if not (match.group().startswith(":") and _SPEAKS_ON.search(window[: match.start()])):
            cut = match.end()
    for match in _TURN.finditer(window, cut):
        cut = match.end()
    return window[cut:]
