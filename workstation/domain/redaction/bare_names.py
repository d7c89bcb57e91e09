"""Names with nothing beside them but one another, or that are nothing but names."""

from __future__ import annotations

from workstation.domain.redaction.eponyms import DRUGS_LIKE_NAMES, EPONYMS
from workstation.domain.redaction.finding import Finding
from workstation.domain.redaction.kinds import Identifier
from workstation.domain.redaction.people_words import MEDIUM_CUES, ROLES, VERBS
from workstation.domain.redaction.plain_words import FUNCTION_WORDS, NOTE_WORDS
from workstation.domain.redaction.wording import word_set

_GRADED = word_set("twin class stage grade type hepatitis vitamin group influenza flu bed")
_BEARERS = word_set("woman man lady gentleman male female girl boy named child veteran")
_COMMON = NOTE_WORDS | FUNCTION_WORDS


def find(finding: Finding) -> None:
    note, lexicon = finding.note, finding.lexicon
    if not lexicon.given:
        return
    for i in range(note.count):
        word = note.low[i]
        if i in finding.taken or not word or word in EPONYMS or word in DRUGS_LIKE_NAMES:
            continue
        if len(word) == 1:
            if _is_initial(finding, i) if note.caps_mean else _is_small_initial(finding, i):
                finding.claim_person(i, i + 1, Identifier.PROVIDER, "an initial and a name")
        elif word in lexicon.given or word in lexicon.surnames:
            if word not in _COMMON:
                _listed(finding, i)
        elif note.caps_mean and len(word) > 3 and (_does_what_people_do(finding, i) or _is_bracketed(finding, i)):
            finding.claim_person(i, i, Identifier.PROVIDER, "a word no dictionary has, where a person stands")


def _is_initial(finding: Finding, i: int) -> bool:
    """`K. Oyelowo` anywhere, `-- K. Mason` where it opens a phrase."""
    note = finding.note
    if i + 1 >= note.count or i + 1 in finding.taken or note.gap(i) not in (". ", ".") or not note.raw[i].isupper():
        return False
    last, raw = note.low[i + 1], note.raw[i + 1]
    if note.gap(i) != "." and is_a_grade(finding, i):
        return False
    if not raw[:1].isupper() or len(last) < 3 or finding.has_head(i + 1) or last in FUNCTION_WORDS:
        return False
    pieces = raw.lower().split("-")
    if all(map(finding.is_word, pieces)) and any(map(finding.is_only_word, pieces)):
        return False  # hepatitis B. Long-term
    if not finding.is_word(last):
        return not (raw.isupper() and len(last) < 5)
    before = note.gap(i - 1) if i else "\n"
    opens = "\n" in before or before.strip(" ")[-1:] in ("-", "–", "—", "(", "/", ";", "|", "~")
    return finding.lexicon.is_name(last) and (opens or note.word(i - 1) in MEDIUM_CUES or note.word(i - 1) in ROLES)


def is_a_grade(finding: Finding, i: int) -> bool:
    """`Child-Pugh C. Ada called`, `boot R. Ada`, `twin B`: the letter belongs to what stands before it."""
    note = finding.note
    if i == 0 or not note.gap(i - 1).isspace() or i - 1 in finding.persons:
        return False
    before = note.low[i - 1]
    side = note.low[i] in ("l", "r", "b") and note.caps_mean and note.raw[i - 1].islower() and finding.is_word(before)
    cued = before in FUNCTION_WORDS or before in VERBS or before in _BEARERS
    return before in EPONYMS or finding.is_compound_eponym(i - 1) or before in _GRADED or (side and not cued)


def _is_small_initial(finding: Finding, i: int) -> bool:
    """`given by d. castellaw`, where capitals say nothing."""
    note = finding.note
    if i + 1 >= note.count or i + 1 in finding.taken or note.gap(i) != ". " or not note.low[i].isalpha():
        return False
    last = note.low[i + 1]
    cued = i == 0 or "\n" in note.gap(i - 1) or note.word(i - 1) in MEDIUM_CUES or note.word(i - 1) in ROLES
    return len(last) > 3 and last.isalpha() and not finding.is_word(last) and (cued or finding.lexicon.is_name(last))


def _does_what_people_do(finding: Finding, i: int) -> bool:
    note = finding.note
    if not _is_title_case(note.raw[i]) or note.gap(i) != " " or note.word(i + 1) not in VERBS:
        return False
    return not finding.is_word(note.low[i]) and not note.opens_sentence(i)


def _is_bracketed(finding: Finding, i: int) -> bool:
    """`Hematology (Abramov)`: alone in brackets, ending as families' names end."""
    note = finding.note
    alone = note.gap(i - 1).endswith("(") and note.gap(i).startswith(")")
    name = finding.lexicon.is_name(note.low[i]) and not finding.is_word(note.low[i])
    return alone and name and _is_title_case(note.raw[i])


def _is_title_case(raw: str) -> bool:
    return raw[:1].isupper() and raw[1:].islower()


def _listed(finding: Finding, i: int) -> None:
    """A word of the census lists."""
    note = finding.note
    word, raw = note.low[i], note.raw[i]
    if note.caps_mean and (not raw[:1].isupper() or (raw.isupper() and len(raw) < 4)):
        return
    if _is_filed(finding, i):
        finding.claim_person(i, i + 1, Identifier.NAME, "a surname and a given name")
    elif _is_full(finding, i):
        end = finding.name_end(i, 2)
        finding.claim_person(i, max(end - 1, i + 1), Identifier.PROVIDER, "a given name and a surname")
    elif note.caps_mean and finding.is_word(word):
        _also_a_word(finding, i)
    elif note.caps_mean and _is_nothing_else(finding, i):
        finding.claim_person(i, i, Identifier.PROVIDER, "a name and no other word")


def _is_filed(finding: Finding, i: int) -> bool:
    """`Stone, Garland T`: surname, comma, given name, both nothing else or an initial behind."""
    note, lexicon = finding.note, finding.lexicon
    following = note.word(i + 1)
    if not note.caps_mean or note.low[i] not in lexicon.surnames or note.gap(i) != ", ":
        return False
    if following not in lexicon.given or following in _COMMON or not note.raw[i + 1][:1].isupper():
        return False
    pure = not finding.is_word(note.low[i]) and not finding.is_word(following)
    return pure or (len(note.word(i + 2)) == 1 and note.raw[i + 2].isupper())


def _is_full(finding: Finding, i: int) -> bool:
    note, lexicon = finding.note, finding.lexicon
    following = note.word(i + 1)
    if note.low[i] not in lexicon.given or note.gap(i) != " " or len(following) < 2 or following in _COMMON:
        return False
    nothing_else, pure = not finding.is_word(note.low[i]), not finding.is_word(following)
    a_surname = following in lexicon.surnames
    if finding.has_head(i + 1) or (following in EPONYMS and not nothing_else):
        return False
    if not note.caps_mean:
        return nothing_else and a_surname and pure
    if not note.raw[i + 1][:1].isupper():
        return False
    return (nothing_else and (pure or a_surname)) or (pure and a_surname)


def _is_nothing_else(finding: Finding, i: int) -> bool:
    note = finding.note
    word, raw, gap, following = note.low[i], note.raw[i], note.gap(i), note.word(i + 1)
    is_given = word in finding.lexicon.given
    shortest = 3 if is_given and (raw[1:].islower() or "-" in raw) else 4
    if len(word) < shortest or finding.has_head(i) or (raw.isupper() and len(raw) < 6):
        return False
    if (following[:1].isdigit() and not is_given) or gap.strip()[:1] in ("+", "-"):
        return False  # a score or a test has a figure behind it
    before = note.word(i - 1)
    split_after = gap == " " and len(following) < 4 and finding.is_word(word + following)
    split_before = note.gap(i - 1) == " " and len(before) < 3 and finding.is_word(before + word)
    return not split_after and not split_before  # a word a scanner split


def _also_a_word(finding: Finding, i: int) -> None:
    """Two together (`Autumn Price`), alone in brackets (`(Marsh)`), or somebody's (`at Rose's`)."""
    note, lexicon = finding.note, finding.lexicon
    word, raw, gap = note.low[i], note.raw[i], note.gap(i)
    if not (raw[1:].islower() or "-" in raw) or finding.has_head(i) or i + 1 >= note.count:
        return
    following = note.low[i + 1]
    both = word in lexicon.given and following in lexicon.surnames and _is_title_case(note.raw[i + 1])
    if both and gap in (" ", "\n") and following not in _COMMON:
        plain = following not in EPONYMS and word not in ("may", "will") and not finding.has_head(i + 1)
        if plain and not note.opens_sentence(i):
            finding.claim_person(i, i + 1, Identifier.PROVIDER, "a given name and a surname")
        return
    bracketed = note.gap(i - 1).strip() == "(" and note.gap(i - 1).endswith("(") and gap.startswith(")")
    if bracketed and word in lexicon.surnames and len(word) > 3:
        finding.claim_person(i, i, Identifier.PROVIDER, "a surname alone in brackets")
        return
    somebodys = gap.startswith(("'s", "’s")) and note.word(i - 1) in ("at", "in", "with", "from", "to")
    if somebodys and not note.opens_sentence(i):
        finding.claim_person(i, i, Identifier.RELATIVE, "somebody's place")
