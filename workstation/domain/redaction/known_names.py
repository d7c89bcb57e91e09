"""Known names found in a text: parts, initials, nicknames, slips of a scanner, wherever they are no other word.

A part that is also a word (Rose, Mark, Bishop) counts when something cues a person: another part beside it, a title,
a relation, a credential; or a capital where no sentence begins, unless medicine uses the word too.
"""

from __future__ import annotations

import re

from workstation.domain.redaction.eponyms import DRUGS_LIKE_NAMES, EPONYMS
from workstation.domain.redaction.finding import LONGEST_NAME, Finding
from workstation.domain.redaction.folding import folded, one_slip_apart, slips, unconfused
from workstation.domain.redaction.kinds import Identifier
from workstation.domain.redaction.known import Part, skeleton
from workstation.domain.redaction.people_words import (
    CREDENTIALS,
    PARTICLES,
    PATIENT_LABELS,
    RELATIONS,
    RELATIVE_LABELS,
    SPEAKS,
    TITLES,
    VERBS,
)
from workstation.domain.redaction.plain_words import FUNCTION_WORDS, NOTE_WORDS
from workstation.domain.redaction.wording import word_set

Hits = dict[int, tuple[Part, int, bool]]  # token: part, last token, certain

_OPENING, _CLOSING = ('"', "“", "(", "'", "‘"), ('"', "”", ")", "'", "’")
_PIECES = re.compile(r"[-.'’‘`´]")
_ACTS = re.compile(r"[a-z]{2,}(?:[^s]s|[^e]ed)")  # called, wants: a person does
_AUXILIARIES = word_set("may can will did does do cut was is has had")
_SAYS = VERBS - _AUXILIARIES
_SPOKEN_TO = word_set(
    "toward towards against per told asked updated called contacted notified informed thanks saw met named misses",
    "loves trusts spoke calls seeing ask asking meeting telling helping visiting remind reminded reminds dear hi hello",
)
_ONE_SPACE = (" ", "\n", ".", "-")
_PREPOSITIONS = word_set("with w per for to by from named told called met seeing ask asked about")
_FINITE = word_set("is was has had")
_COMMON = NOTE_WORDS | FUNCTION_WORDS
_OWNS = ("'s", "’s", "'S", "’S")
_FELL = word_set("fell ate slept drank took got lost ran felt began stood woke")
_CLAUSE_OPENERS = word_set(
    "says said states stated reports reported that when if while because whether and but where how"
)
_IS = word_set("is was has had would can will did")
_GOES_ON = word_set("also just still again about here then now got went came told let who please")
_WORDS_AFTER_ALL = word_set("may will iris")  # May need, Will follow, Iris is round
_NOT_A_PARTICLE = word_set("do el la le san st")
_SECOND_PARTICLES = word_set("la las los der den")
_LINKS = PARTICLES - {"o", "do", "mc", "mac", "y", "d"}
_CALLED = word_set("named its it's")
_CLAUSE = word_set("whether that if for with when where and because asks ask see tell call")
_DOES_IN_A_CLAUSE = word_set("can will has is was to says said at by")
_ABBREVIATED = word_set("c s p h w")  # c/o, s/p, h/o, w/
_MONTHS = word_set("may april june august march")
_SIGNS = word_set("signed states stated denies reports reported verbalized understands")
_BEFORE_INITIALS = word_set("initials signed thx thanks pt patient love")


def find(finding: Finding) -> None:
    note, index = finding.note, finding.index
    if not index.names:
        return
    hits: Hits = {}
    for i, word in enumerate(note.low):
        if word and i not in finding.taken:
            hit = _hit(finding, i, word)
            if hit is not None:
                hits[i] = hit
    _nicknames(finding, hits)
    for i, (part, last, certain) in hits.items():
        if certain or _is_person(finding, hits, i):
            finding.claim_person(i, last, part.kind, part.why, known=True)
        elif note.caps_mean and note.is_capitalised(i) and not finding.is_medicine(i) and not _is_month(finding, i):
            finding.doubts[i] = f"also {part.why}"
    _initials(finding)


def _hit(finding: Finding, i: int, word: str) -> tuple[Part, int, bool] | None:
    note, index = finding.note, finding.index
    if word in index.heads and i + 1 < note.count and _is_split(note.gap(i)):
        second = note.low[i + 1]
        part = index.names.get(word + second)
        short = min(len(word), len(second)) < 3 and len(word + second) > 5
        if part is not None and (short or not (finding.is_word(word) and finding.is_word(second))):
            return part, i + 1, True
    if i + 1 < note.count and note.gap(i) in _ONE_SPACE and (not note.caps_mean or note.is_capitalised(i)):
        part = _hurt_and_split(finding, i, word)
        if part is not None:
            return part, i + 1, True
    part = index.names.get(word)
    if part is not None:
        # short names are too like abbreviations to stand alone
        return part, i, len(word) > 2 and not finding.is_word(word)
    if 2 < len(word) <= LONGEST_NAME and not word.isdigit():
        part = _near(finding, i, word)
        if part is not None:
            return part, i, word.isalpha() or not finding.is_word(unconfused(word))
    return None


def _hurt_and_split(finding: Finding, i: int, word: str) -> Part | None:
    """`Stal lworfh`: both wrong and in two, and no half of it a word."""
    note, index = finding.note, finding.index
    second = note.low[i + 1]
    if not 5 < len(word) + len(second) <= LONGEST_NAME or word in index.names or second in index.names:
        return None
    if note.caps_mean and not (note.is_capitalised(i) and (note.raw[i + 1].islower() or note.raw[i].isupper())):
        return None
    if (len(word) > 2 and finding.is_word(word)) or (len(second) > 2 and finding.is_word(second)):
        return None
    return index.skeletons.get(skeleton(word + second))


def _is_split(gap: str) -> bool:
    return len(gap) <= 4 and all(letter in " -\n.'’" for letter in gap)


def _nicknames(finding: Finding, hits: Hits) -> None:
    """What stands in quotes or brackets between two parts of one name: `Ray "Skip" Dolan`."""
    note = finding.note
    for i in list(hits):
        if i + 2 not in hits or i + 1 in hits or hits[i][0].person != hits[i + 2][0].person:
            continue
        if note.gap(i).strip(" \n") in _OPENING and note.gap(i + 1).strip(" \n") in _CLOSING:
            for k in (i, i + 1, i + 2):
                hits[k] = (hits[i][0], k, True)


def _near(finding: Finding, i: int, word: str) -> Part | None:
    """The known name this word is a scan, a slip or a compound of."""
    note, index = finding.note, finding.index
    raw = note.raw[i]
    if not raw.isalnum() and len(raw) > 4:  # one piece of a compound
        for piece in _PIECES.split(raw):
            plain = folded(piece)
            if len(plain) > 2 and plain in index.names and not finding.is_word(plain):
                return index.names[plain]
    if finding.is_word(word) or (note.caps_mean and raw.islower() and len(word) < 6):
        return None
    part = None if word.isalpha() else index.unconfused.get(unconfused(word))
    if part is None and (len(word) > 3 or raw[:1].isupper()):
        part = index.skeletons.get(skeleton(word))
    return part or (_one_slip_away(finding, word) if len(word) >= 5 else None)


def _one_slip_away(finding: Finding, word: str) -> Part | None:
    index = finding.index
    for slip in slips(word):
        for name in index.slips.get(slip, ()):
            if one_slip_apart(word, name) and (len(word) > 5 or word[0] == name[0]):
                return index.names[name]
    if len(word) >= 7:
        bone = skeleton(word)
        for slip in slips(bone):
            for name in index.bones.get(slip, ()):
                if one_slip_apart(bone, skeleton(name)):
                    return index.names[name]
    return None


def _is_person(finding: Finding, hits: Hits, i: int) -> bool:
    """Does anything around this word that is also a name say that it is one here?"""
    note = finding.note
    if note.caps_mean and not note.is_capitalised(i):
        return any(_is_part_beside(finding, hits, i, step) for step in (-1, 1))
    if _beside(finding, hits, i, -1) or _beside(finding, hits, i, 1) or _is_cued(finding, i):
        return True
    if _is_related(finding, i):
        ruled_out = note.low[i] in _AUXILIARIES or note.low[i] in FUNCTION_WORDS
        return not finding.has_head(i, noun=True) and (note.caps_mean or not ruled_out)
    patient_or_kin = hits[i][0].kind is not Identifier.PROVIDER
    if patient_or_kin and _is_somebody(finding, i):
        return True
    if not note.caps_mean:
        return _acts_without_capitals(finding, i, patient_or_kin=patient_or_kin)
    return _acts(finding, i, patient_or_kin=patient_or_kin, patient=hits[i][0].kind is Identifier.NAME)


def _is_part_beside(finding: Finding, hits: Hits, i: int, step: int) -> bool:
    """`thaddeus young` typed small among other words: two parts of one name, nothing but a space between."""
    other = _over_links(finding, hits, i, step)
    here, there = hits[i][0], hits.get(other)
    return there is not None and there[0].person == here.person and finding.note.gap(min(i, other)) in (" ", "\n", ", ")


def _is_cued(finding: Finding, i: int) -> bool:
    """By a particle, a title, a label, a credential, a relation in brackets."""
    note = finding.note
    before, gap = note.word(i - 1), note.gap(i - 1)
    if before in PARTICLES and len(before) > 1 and before not in _NOT_A_PARTICLE and gap.isspace():
        return True
    if before in _SECOND_PARTICLES and note.word(i - 2) in PARTICLES:
        return True
    if (before in TITLES and gap in (" ", ". ", ".", "\n", ".\n")) or (before in PATIENT_LABELS and ":" in gap):
        return True
    after, between = note.word(i + 1), note.gap(i)
    if after in CREDENTIALS and between.startswith(",") and after not in ("do", "ma"):
        return True
    return after in RELATIONS and between.strip() == "("


def _is_related(finding: Finding, i: int) -> bool:
    note = finding.note
    before = note.word(i - 1)
    related = before in RELATIONS or before in RELATIVE_LABELS or before in _CALLED
    said = note.low[i] in _AUXILIARIES or note.low[i] in VERBS or note.low[i] in finding.lexicon.clinical
    patient = before in ("pt", "patient") and (note.caps_mean or not said)
    return (related or patient) and note.gap(i - 1) in (" ", ": ", ", ", "\n")


def _is_somebody(finding: Finding, i: int) -> bool:
    """`Hope's pain`, `Hope and husband`, `the Banks family`, `Hope: doing well`: of the patient and kin, by what follows."""
    note = finding.note
    word, gap, after = note.low[i], note.gap(i), note.word(i + 1)
    if word in ("will", "may"):
        return _is_no_modal(finding, i)
    plain = (
        word not in _COMMON and word not in EPONYMS and word not in DRUGS_LIKE_NAMES and word not in _WORDS_AFTER_ALL
    )
    if not plain or len(word) < 3 or finding.has_head(i) or _is_month(finding, i):
        return False
    sure = note.caps_mean or word not in finding.lexicon.clinical
    if gap[:2] in _OWNS:
        return sure or word in finding.lexicon.given
    if after == "and" and gap == " " and note.word(i + 2) in RELATIONS:
        return True
    if gap == " " and after in ("family", "household") and note.word(i + 2) != "history":
        return sure
    opens = note.opens_sentence(i)
    if gap[:2] == ": " and opens and "\n" in (note.gap(i - 1) or "\n"):
        return sure and not after[:1].isdigit() and word in finding.lexicon.given
    if note.caps_mean:
        return False
    quoted = note.gap(i - 1)[-1:] in ('"', "“") and gap[:1] in ('"', "”")
    acts = after in SPEAKS or after in _IS or after in _FELL or _ACTS.fullmatch(after) is not None
    said = note.word(i - 1) in _CLAUSE_OPENERS and acts and gap == " "
    return (
        quoted
        or said
        or (sure and opens and gap == " " and after in ("is", "was", "has") and word in finding.lexicon.given)
    )


def _is_no_modal(finding: Finding, i: int) -> bool:
    """`with Will`, `Will has`: what may do comes before no `is`, and behind no preposition."""
    note = finding.note
    gap, after = note.gap(i), note.word(i + 1)
    if after[:1].isdigit() or note.gap(i - 1) not in (" ", "\n", "/", "/ ", ". ", ".\n", ": "):
        return False
    if note.word(i - 1) in _PREPOSITIONS and note.gap(i - 1) in (" ", "\n", "/", "/ "):
        return True
    does = after in _FINITE or (after in SPEAKS and after.endswith("s"))
    return gap == " " and does and (note.low[i] == "will" or note.opens_sentence(i))


def _acts_without_capitals(finding: Finding, i: int, *, patient_or_kin: bool) -> bool:
    note = finding.note
    between, after = note.gap(i), note.word(i + 1)
    spoken_to = note.word(i - 1) in _SPOKEN_TO and note.gap(i - 1) in (" ", "\n", "/ ", "/")
    if patient_or_kin and spoken_to and note.low[i] not in FUNCTION_WORDS and not finding.has_head(i, noun=True):
        return after[:1].isdigit() is False
    if patient_or_kin and note.gap(i - 1).endswith(('"', "“")) and after in _IS:
        return True
    if "\n" in note.gap(i - 1) and between.startswith(", i"):
        return True
    if between != " ":
        return False
    if note.word(i - 1) in ("whether", "if") and after in _IS:
        return True
    acts = (after in _SAYS and after != "present") or _ACTS.fullmatch(after) is not None
    return patient_or_kin and acts and note.opens_sentence(i)


def _acts(finding: Finding, i: int, *, patient_or_kin: bool, patient: bool) -> bool:
    note = finding.note
    word, raw = note.low[i], note.raw[i]
    between, after = note.gap(i), note.word(i + 1)
    opens = note.opens_sentence(i)
    if after in _DOES_IN_A_CLAUSE and not opens and note.word(i - 1) in _CLAUSE:
        return True
    if word in EPONYMS or word in DRUGS_LIKE_NAMES or len(word) < 3:
        return len(word) == 2 and _stands_alone(finding, i)
    if finding.has_head(i) or _is_month(finding, i):
        return False
    if not opens or note.gap(i - 1).endswith('"'):
        return not raw.isupper() or len(raw) > 3
    if _stands_alone(finding, i) or (after in _ABBREVIATED and note.gap(i + 1) == "/"):
        return True
    plain = word not in _WORDS_AFTER_ALL
    if between == " " and patient_or_kin and plain and (after in _IS or after in _GOES_ON):
        return True
    acts = after != "" and _ACTS.fullmatch(note.raw[i + 1]) is not None
    if between == " " and acts and (patient or (patient_or_kin and plain)):
        return True
    return (after in _SAYS or (after in SPEAKS and patient_or_kin)) and word not in ("may", "will")


def _stands_alone(finding: Finding, i: int) -> bool:
    """A line of its own, or spoken to: `Hope,` at a sentence's start."""
    note = finding.note
    before, after = note.gap(i - 1), note.gap(i)
    opens = i == 0 or "\n" in before
    closes = i + 1 == note.count or "\n" in after
    return (opens and closes) or (opens and after.startswith(",") and not finding.is_medicine(i))


def _is_month(finding: Finding, i: int) -> bool:
    """May, June, April: a figure beside it makes it a date."""
    note = finding.note
    return note.low[i] in _MONTHS and (note.word(i + 1)[:1].isdigit() or note.word(i - 1)[:1].isdigit())


def _beside(finding: Finding, hits: Hits, i: int, step: int) -> bool:
    """Another part of a known name, or an initial, stands beside token i."""
    note = finding.note
    other = _over_links(finding, hits, i, step)
    gap = note.gap(other - 1) if step > 0 else note.gap(i - 1)
    if not 0 <= other < note.count or len(gap) > 6 or "\n\n" in gap:
        return False
    stripped = gap.strip(" \n")
    if stripped not in ("", ",", ".", "-", "^", '"', "“", "”", "(", ")"):
        return False
    if stripped == "." and len(note.raw[min(i, other)]) > 1:
        return False
    if note.caps_mean and not note.is_capitalised(other):
        return False
    if other in hits:
        part, here = hits[other][0], hits[i][0]
        alike = part.person == here.person or (here.kind is not Identifier.PROVIDER and part.kind is here.kind)
        return alike or stripped in ("", "^")
    if len(note.raw[other]) == 1 and note.raw[other].isalpha():
        return stripped == "." if step < 0 else _is_initial_behind(finding, other, stripped, i)
    # a name beside it that is nothing else
    return stripped == "" and finding.lexicon.is_name(note.low[other]) and not finding.is_word(note.low[other])


def _over_links(finding: Finding, hits: Hits, i: int, step: int) -> int:
    """The token beside i, past `de la`."""
    other = i + step
    while abs(other - i) < 3 and finding.note.word(other) in _LINKS and other not in hits:
        other += step
    return other


def _is_initial_behind(finding: Finding, other: int, between: str, i: int) -> bool:
    note = finding.note
    capital = note.caps_mean and note.raw[other].isupper() and note.low[i] not in ("may", "will")
    return capital and between == "" and note.gap(other)[:1] in (".", " ", ")", "(")


def _initials(finding: Finding) -> None:
    """The patient's initials as a signature, in brackets, or said to be initials."""
    note = finding.note
    initials = finding.index.initials
    for i, word in enumerate(note.low if initials else ()):
        if len(word) != 1 and word not in initials:
            continue
        last = i
        if len(word) == 1:
            while (
                last - i < 3
                and last + 1 < note.count
                and note.gap(last) in (".", ". ")
                and len(note.low[last + 1]) == 1
            ):
                last += 1
        letters = "".join(note.low[i : last + 1])
        capital = note.raw[i].isupper() or not note.caps_mean
        if capital and letters in initials and _are_initials(finding, i, last):
            end = note.end[last] + (note.gap(last)[:1] == "." and last > i)
            finding.claim(note.start[i], end, Identifier.NAME, "the patient's initials", known=True)
            finding.taken.update(range(i, last + 1))


def _are_initials(finding: Finding, i: int, last: int) -> bool:
    note = finding.note
    before, after = note.gap(i - 1), note.gap(last)
    opens = i == 0 or "\n" in before
    if opens and (last + 1 == note.count or "\n" in after):
        return True
    if note.caps_mean and after == " " and note.word(last + 1) in _SIGNS:
        return True
    if before.endswith("(") and after.startswith((")", ".)")):
        return True
    if note.word(i - 1) in PATIENT_LABELS and after.strip(" .")[:1] in ("", "(", ",", ";", "|", "\n"):
        return True
    return note.word(i - 1) in _BEFORE_INITIALS and after.strip(" ")[:1] in ("", ".", ",", "\n", ")")
