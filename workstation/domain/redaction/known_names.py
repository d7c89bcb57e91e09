"""Known names found in a text: parts, initials, nicknames, slips of a scanner, wherever they are no other word.

A part that is also a word (Rose, Mark, Bishop) counts when something cues a person: another part beside it, a title,
a relation, a credential; or a capital where no sentence begins, unless medicine uses the word too.
"""

from __future__ import annotations

import re

from workstation.domain.redaction.eponyms import DRUGS_LIKE_NAMES, EPONYMS
from workstation.domain.redaction.finding import Finding
from workstation.domain.redaction.folding import folded, one_slip_apart, slips, unconfused
from workstation.domain.redaction.kinds import Identifier
from workstation.domain.redaction.known import Part, skeleton
from workstation.domain.redaction.note import Note
from workstation.domain.redaction.people_words import (
    CREDENTIALS,
    PARTICLES,
    PATIENT_LABELS,
    RELATIONS,
    RELATIVE_LABELS,
    TITLES,
    VERBS,
)
from workstation.domain.redaction.plain_words import FUNCTION_WORDS

_NOT_AFTER_A_NAME = frozenset({"may", "can", "will", "did", "does", "do", "cut", "was", "is", "has", "had"})

_ACTS = re.compile(r"[a-z]{2,}(?:[^s]s|[^e]ed)")  # called, wants: a person does


def find(finding: Finding) -> None:
    note, index = finding.note, finding.index
    if not index.names:
        return
    hits: dict[int, tuple[Part, int, bool]] = {}  # token: part, last token, certain
    for i in range(note.count):
        word = note.low[i]
        if not word or i in finding.taken:
            continue
        part = index.names.get(word)
        if part is not None:
            # short names are too like abbreviations to stand alone
            hits[i] = (part, i, len(word) > 2 and not finding.is_word(word))
        elif len(word) > 2:
            near = _near(finding, i, word)
            if near is not None:
                hits[i] = (near, i, word.isalpha() or not finding.is_word(unconfused(word)))
        if i not in hits and word in index.heads and i + 1 < note.count:
            joined = index.names.get(word + note.low[i + 1])
            if (
                joined is not None
                and _is_split(note.gap(i))
                and not (finding.is_word(word) and finding.is_word(note.low[i + 1]))
            ):
                hits[i] = (joined, i + 1, True)
    _nicknames(finding, hits)
    for i, (part, last, certain) in hits.items():
        if certain or _is_person(finding, hits, i):
            finding.claim_person(i, last, part.kind, part.why, known=True)
        elif note.caps_mean and note.is_capitalised(i) and not finding.is_medicine(i) and not _is_month(finding, i):
            finding.doubts[i] = f"also {part.why}"
    _initials(finding)


def _nicknames(finding: Finding, hits: dict[int, tuple[Part, int, bool]]) -> None:
    """What stands in quotes or brackets between two parts of one name: `Dawn "Buddy" Murphy`."""
    note = finding.note
    for i in list(hits):
        if i + 2 in hits and i + 1 not in hits and hits[i][0].person == hits[i + 2][0].person and i + 2 < note.count:
            if note.gap(i).strip(" \n") in ('"', "“", "(", "'", "‘") and note.gap(i + 1).strip(" \n") in (
                '"',
                "”",
                ")",
                "'",
                "’",
            ):
                for k in (i, i + 1, i + 2):
                    hits[k] = (hits[i][0], k, True)


def _near(finding: Finding, i: int, word: str) -> Part | None:
    """The known name this word is a scan, a slip or a compound of."""
    note, index = finding.note, finding.index
    raw = note.raw[i]
    if (
        not raw.isalpha()
        and not word.isalpha()
        and not raw.isalnum()
        and raw[:1].isdigit()
        and not any(c.isalpha() for c in raw[1:])
    ):
        return None
    if word.isdigit():
        return None
    if not raw.isalnum() and len(raw) > 4:  # one piece of a compound
        for piece in re.split(r"[-.'’‘`´]", raw):
            plain = folded(piece)
            if len(plain) > 2 and plain in index.names and not finding.is_word(plain):
                return index.names[plain]
    if finding.is_word(word) or (note.caps_mean and raw.islower() and len(word) < 6):
        return None
    if not word.isalpha():
        part = index.unconfused.get(unconfused(word))
        if part is not None:
            return part
    part = index.skeletons.get(skeleton(word))
    if part is not None and (len(word) > 3 or raw[:1].isupper()):
        return part
    if len(word) >= 5:
        for slip in slips(word):
            for name in index.slips.get(slip, ()):
                if one_slip_apart(word, name) and (len(word) > 5 or word[0] == name[0]):
                    return index.names[name]
    return None


def _is_split(gap: str) -> bool:
    return len(gap) <= 4 and all(letter in " -\n.'’" for letter in gap)


def _is_person(finding: Finding, hits: dict[int, tuple[Part, int, bool]], i: int) -> bool:
    """Does anything around this word that is also a name say that it is one here?"""
    note = finding.note
    word, raw = note.low[i], note.raw[i]
    if note.caps_mean and not raw[:1].isupper():
        return False
    if _beside(finding, hits, i, -1) or _beside(finding, hits, i, 1):
        return True
    before, gap = note.word(i - 1), note.gap(i - 1)
    if (
        before in PARTICLES
        and len(before) > 1
        and before not in ("do", "el", "la", "le", "san", "st")
        and gap.isspace()
    ) or (before in ("la", "las", "los", "der", "den") and note.word(i - 2) in PARTICLES):
        return True
    if (before in TITLES and gap in (" ", ". ", ".", "\n", ".\n")) or (before in PATIENT_LABELS and ":" in gap):
        return True
    if (
        not note.caps_mean
        and before in ("whether", "if")
        and after_word(note, i) in ("can", "will", "could", "is", "has")
    ):
        return True
    if (
        not note.caps_mean
        and hits[i][0].kind is not Identifier.PROVIDER
        and note.gap(i) == " "
        and (
            note.word(i + 1) in VERBS - _NOT_AFTER_A_NAME - {"present", "cut"}
            or _ACTS.fullmatch(note.raw[i + 1].lower())
        )
        and note.opens_sentence(i)
    ):
        return True
    if not note.caps_mean and "\n" in note.gap(i - 1) and note.gap(i).startswith(", i"):
        return True
    if (
        before in RELATIONS
        or before in RELATIVE_LABELS
        or before in ("named", "its", "it's")
        or (before in ("pt", "patient") and note.caps_mean)
    ) and gap in (" ", ": ", ", ", "\n"):
        if note.caps_mean:
            return not finding.has_head(i, noun=True)
        return word not in _NOT_AFTER_A_NAME and word not in FUNCTION_WORDS and not finding.has_head(i, noun=True)
    after, between = note.word(i + 1), note.gap(i)
    if (
        note.caps_mean
        and after in ("can", "will", "has", "is", "was", "to", "says", "said", "at", "by")
        and not note.opens_sentence(i)
        and before
        in (
            "whether",
            "that",
            "if",
            "for",
            "with",
            "when",
            "where",
            "and",
            "because",
            "asks",
            "ask",
            "see",
            "tell",
            "call",
        )
    ):
        return True
    if after in CREDENTIALS and between.startswith(",") and after not in ("do", "ma"):
        return True
    if after in RELATIONS and between.strip() == "(":
        return True
    if not note.caps_mean or (word in EPONYMS or word in DRUGS_LIKE_NAMES) or len(word) < 3:
        return len(word) == 2 and note.caps_mean and _stands_alone(finding, i)
    if finding.has_head(i) or _is_month(finding, i):
        return False
    if not note.opens_sentence(i) or note.gap(i - 1).endswith('"'):
        return not raw.isupper() or len(raw) > 3
    if after in ("c", "s", "p", "h", "w") and note.gap(i + 1) == "/":
        return True  # c/o
    acts = (
        hits[i][0].kind is Identifier.NAME and _ACTS.fullmatch(note.raw[i + 1]) is not None
        if i + 1 < note.count
        else False
    )
    spoken_of = (
        hits[i][0].kind is not Identifier.PROVIDER
        and between == " "
        and after in ("is", "was", "has", "had", "would", "can", "will", "did")
        and word not in ("may", "will", "iris")
    )
    return (
        _stands_alone(finding, i)
        or spoken_of
        or (acts and between == " ")
        or (after in VERBS and after not in _NOT_AFTER_A_NAME and word not in ("may", "will"))
    )


def after_word(note: Note, i: int) -> str:
    return note.word(i + 1) if note.gap(i) == " " else ""


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
    if note.low[i] not in ("may", "april", "june", "august", "march"):
        return False
    return note.word(i + 1)[:1].isdigit() or note.word(i - 1)[:1].isdigit()


def _beside(finding: Finding, hits: dict[int, tuple[Part, int, bool]], i: int, step: int) -> bool:
    """Another part of a known name, or an initial, stands beside token i."""
    note = finding.note
    other = i + step
    gap = note.gap(i) if step > 0 else note.gap(i - 1)
    if not 0 <= other < note.count or len(gap) > 6 or "\n\n" in gap:
        return False
    stripped = gap.strip(" \n")
    if stripped not in ("", ",", ".", "-", "^", '"', "“", "”", "(", ")") or (
        stripped == "." and len(note.raw[min(i, other)]) > 1
    ):
        return False
    if note.caps_mean and not note.raw[other][:1].isupper():
        return False
    hit = hits.get(other)
    if hit is not None:
        here = hits[i][0]
        alike = hit[0].person == here.person or (here.kind is not Identifier.PROVIDER and hit[0].kind is here.kind)
        return alike or (hit[2] and stripped in ("", "^")) or stripped in ("", "^")
    first = min(i, other)
    if len(note.raw[other]) == 1 and note.raw[other].isalpha():
        return (step < 0 and stripped == ".") or (
            step > 0
            and stripped == ""
            and note.gap(other)[:1] in (".", " ", ")", "(")
            and note.caps_mean
            and note.raw[other].isupper()
            and note.low[first] not in ("may", "will")
        )
    if stripped not in ("", ","):
        return False
    # a name beside it that is nothing else
    return finding.lexicon.is_name(note.low[other]) and not finding.is_word(note.low[other]) and stripped == ""


def _initials(finding: Finding) -> None:
    """The patient's initials as a signature, or said to be initials."""
    note = finding.note
    for i in range(note.count):
        word, raw = note.low[i], note.raw[i]
        if len(word) == 1 and i + 1 < note.count and note.gap(i) in (".", ". ") and len(note.low[i + 1]) == 1:
            last = i + 1
            while last + 1 < note.count and note.gap(last) in (".", ". ") and len(note.low[last + 1]) == 1:
                last += 1
            pair = "".join(note.low[i : last + 1])
        else:
            last, pair = i, word
        if pair not in finding.index.initials or not (raw.isupper() or not note.caps_mean):
            continue
        before, after = note.gap(i - 1), note.gap(last)
        alone = (
            (i == 0 or "\n" in before)
            and (last + 1 == note.count or "\n" in after)
            and not before.strip(" \n\r-–—~.")[:1].isalnum()
        )
        verb = (
            after == " "
            and note.caps_mean
            and note.word(last + 1)
            in ("signed", "states", "stated", "denies", "reports", "reported", "verbalized", "understands")
        )
        labelled = note.word(i - 1) in PATIENT_LABELS and after.strip(" .")[:1] in ("", "(", ",", ";", "|", "\n")
        bracketed = before.endswith("(") and after.startswith((")", ".)"))
        if (
            alone
            or verb
            or labelled
            or bracketed
            or (
                note.word(i - 1) in ("initials", "signed", "thx", "thanks", "pt", "patient", "love")
                and (after.strip(" ")[:1] in ("", ".", ",", "\n", ")"))
            )
        ):
            end = note.end[last] + (1 if after[:1] == "." and last > i else 0)
            finding.claim(note.start[i], end, Identifier.NAME, "the patient's initials", known=True)
            finding.taken.update(range(i, last + 1))
