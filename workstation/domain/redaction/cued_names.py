"""Names nobody told us of, found by what stands beside them: titles, labels, credentials, relations, verbs."""

from __future__ import annotations

from workstation.domain.redaction.eponyms import DRUGS_LIKE_NAMES, EPONYMS
from workstation.domain.redaction.finding import Finding
from workstation.domain.redaction.kinds import Identifier
from workstation.domain.redaction.people_words import (
    BIRTH_NAME,
    CREDENTIALS,
    MEDIUM_CUES,
    PARTICLES,
    PATIENT_LABELS,
    PATIENT_TITLES,
    PROVIDER_LABELS,
    RELATIONS,
    RELATIVE_LABELS,
    ROLES,
    TITLES,
    VERBS,
    WEAK_CREDENTIALS,
)
from workstation.domain.redaction.plain_words import FUNCTION_WORDS, NOTE_WORDS
from workstation.domain.redaction.wording import word_set

_SPACES = (" ", "\n", "  ", " \n", "\n ", "\n  ")
_SPOKEN = word_set(
    "by w with attn cc told asked paged notified informed contacted called spoke saw thanks dear hi",
)
_MODAL = word_set("will may can might must should")
_POSSESSIVES = word_set("his her their pt's patients patient's pts my our your the")


def find(finding: Finding) -> None:
    note = finding.note
    for i in range(note.count):
        word = note.low[i]
        if not word:
            continue
        if word in TITLES:
            _after_title(finding, i, word)
        gap = note.gap(i)
        if ":" in gap or "=" in gap:
            _after_label(finding, i, word, gap)
        if word in CREDENTIALS or word.startswith("pgy"):
            _before_credential(finding, i, word)
        if word in RELATIONS:
            _beside_relation(finding, i, word)
        elif word in ROLES or word in PROVIDER_LABELS or word in RELATIVE_LABELS or word in PATIENT_LABELS:
            _after_role(finding, i, word)
        if word in MEDIUM_CUES:
            _after_cue(finding, i, word)
        if word in BIRTH_NAME and gap.strip(" :(\n") == "":
            _take(
                finding,
                i + 1,
                3
                if (word in ("née", "nee") and finding.lexicon.is_name(note.word(i + 1))) or word in ("nee", "maiden")
                else 2,
                Identifier.RELATIVE,
                "a name at birth",
            )
    _bare(finding)
    _quoted_names(finding)
    _company(finding)


_CALLED = word_set(
    "prefers preferred goes called known nickname nicknamed aka alias named name likes asks asking calling calls",
    "yelling shouting crying for about to infant baby female male boy girl as by himself herself newborn child",
    "pet",
)
_OPENING, _CLOSING = ('"', "“", "‘", " '", "('"), ('"', "”", "’", "'", ',"', '."')


def _quoted_names(finding: Finding) -> None:
    """One word in quotes behind a word of calling, or beside a name: `goes by "Buddy"`, `asks for "Earl"`."""
    note = finding.note
    for i in range(1, note.count):
        if i in finding.taken or not note.gap(i - 1).endswith(_OPENING) or not note.gap(i).startswith(_CLOSING):
            continue
        word, raw = note.low[i], note.raw[i]
        if not word.isalpha() or len(word) < 2 or word in FUNCTION_WORDS or (note.caps_mean and not raw[:1].isupper()):
            continue
        before = note.word(i - 1)
        called = before in _CALLED and not (
            before in ("about", "as", "to", "by")
            and note.word(i - 2) not in ("goes", "known", "referred", "asks", "asking", "preferred")
        )
        named = i - 1 in finding.persons and note.gap(i - 1).strip() in ('"', '("', "“", "(“", "('", "'")
        a_name = finding.lexicon.is_name(word) and (not finding.is_word(word) or note.caps_mean)
        alone = (
            note.caps_mean
            and raw[1:].islower()
            and len(word) > 2
            and note.gap(i - 1).endswith(' "')
            and (a_name or not finding.is_word(word))
            and word not in EPONYMS
            and word not in DRUGS_LIKE_NAMES
        )
        if (
            alone
            or (named and not finding.is_only_word(word))
            or (called and (a_name or not finding.is_word(word)))
            or (before in ("goes", "nickname", "nicknamed", "prefers") or note.word(i - 2) == "goes")
        ):
            finding.claim_person(i, i, Identifier.NAME, "a name in quotes")
            if (
                note.gap(i).strip(' "”)') == ""
                and finding.can_be_name(i + 1, 2)
                and finding.lexicon.is_name(note.word(i + 1))
                and (named or note.word(i + 1) in finding.index.names)
            ):
                finding.claim_person(i + 1, i + 1, Identifier.NAME, "a name behind a nickname")


def _company(finding: Finding) -> None:
    """Initials, particles and further names beside a found one: `A. Crohn`, `Li, April J.`, `de la Cruz`."""
    note = finding.note
    for i in sorted(finding.persons):
        kind = finding.persons[i]
        k = i
        while k > 0 and (
            (
                note.low[k - 1] in PARTICLES
                and len(note.low[k - 1]) > 1
                and note.gap(k - 1).isspace()
                and k - 1 not in finding.taken
                and note.low[k - 1] not in ("do", "o", "y", "al", "san", "la", "el", "d", "le")
            )
            or (note.low[k - 1] in ("la", "el", "le") and note.word(k - 2) in ("de", "du") and note.gap(k - 1) == " ")
        ):
            k -= 1
        if (
            k > 0
            and len(note.low[k - 1]) == 1
            and note.raw[k - 1].isalpha()
            and (note.raw[k - 1].isupper() or not note.caps_mean)
            and k - 1 not in finding.taken
        ):
            if note.gap(k - 1) in (". ", ".", ".\n") or (note.gap(k - 1) == " " and k > 1 and k - 2 in finding.persons):
                k -= 1
        before = note.word(k - 1)
        if (
            k > 0
            and k - 1 not in finding.taken
            and note.gap(k - 1) in (" ", "\n")
            and before in finding.lexicon.given
            and before not in NOTE_WORDS
            and before not in FUNCTION_WORDS
            and before not in TITLES
        ):
            if (
                note.caps_mean
                and note.is_capitalised(k - 1)
                and not (note.opens_sentence(k - 1) and finding.is_word(before))
            ) or (not note.caps_mean and not finding.is_word(before)):
                k -= 1
        if k < i:
            finding.claim_person(k, i, kind, "stands before a name")
        after = i + 1
        if (
            after < note.count
            and after not in finding.taken
            and len(note.low[after]) == 1
            and note.raw[after].isalpha()
            and note.gap(i) in (" ", ", ")
        ):
            mark = note.gap(after)[:1]
            if (note.raw[after].isupper() or not note.caps_mean) and (
                mark == "."
                or (
                    mark in (" ", "\n", ")", "|", ",", ";")
                    and (i - 1 in finding.persons or note.gap(i) == ", ")
                    and note.gap(after)[:2] in ("  ", "\n", " |", ") ", ")", ", ", "; ", " (")
                )
            ):
                finding.claim_person(i, after, kind, "an initial behind a name")


def _take(finding: Finding, first: int, strength: int, kind: Identifier, why: str, *, comma: bool = False) -> bool:
    end = finding.name_end(first, strength, comma=comma)
    if end == first:
        return False
    finding.claim_person(first, end - 1, kind, why)
    return True


def _quoted(finding: Finding, i: int) -> str:
    return f"follows “{finding.note.raw[i]}”"


def _after_title(finding: Finding, i: int, word: str) -> None:
    note = finding.note
    gap = note.gap(i)
    if gap.strip(" \n") not in ("", ".") or len(gap) > 4 or "\n\n" in gap or (gap.startswith(".") and len(word) > 4):
        return
    if word in ("ms", "mr", "fr", "sr", "col", "gen", "maj", "det") and (
        note.word(i - 1)[:1].isdigit()
        or (note.caps_mean and not note.is_capitalised(i) and not finding.lexicon.is_name(note.word(i + 1)))
    ):
        return  # milliseconds, French
    if (
        word == "mr"
        and not gap.startswith(".")
        and (not note.caps_mean or note.raw[i] == "MR")
        and not finding.lexicon.is_name(note.word(i + 1))
        and note.word(i + 1) not in finding.index.names
    ):
        return  # magnetic resonance
    if word == "doctor" and gap.startswith("."):
        return
    if (
        word
        in (
            "doctor",
            "nurse",
            "miss",
            "mister",
            "madam",
            "judge",
            "col",
            "hon",
            "fr",
            "det",
            "rev",
            "sr",
            "ms",
            "capt",
            "ofc",
            "dr",
            "drs",
            "officer",
            "deputy",
            "detective",
            "professor",
            "prof",
        )
        and note.caps_mean
    ):
        if not note.is_capitalised(i) and word not in ("dr", "drs") and not (finding.can_be_name(i + 1, 1)):
            return
    strength = 3 if gap else 2
    if word in ("nurse", "doctor", "judge", "miss", "sr", "hon", "col", "fr", "ms", "officer") and not (
        gap.startswith(".") or (note.caps_mean and note.is_capitalised(i))
    ):
        strength = 1
    kind = Identifier.NAME if word in PATIENT_TITLES else Identifier.PROVIDER
    if i + 1 < note.count and len(note.low[i + 1]) == 1 and note.gap(i + 1)[:1] in (".", ",", " ", ")", ":", ""):
        if note.raw[i + 1].isupper() or not note.caps_mean:
            end = (
                finding.name_end(i + 2, 2)
                if note.gap(i + 1) in (". ", " ", ".") and finding.can_be_name(i + 2, 2)
                else i + 2
            )
            finding.claim_person(i + 1, end - 1, kind, _quoted(finding, i))
        return
    if not _take(finding, i + 1, strength, kind, _quoted(finding, i)):
        return
    if word == "drs":  # Drs. Smith and Jones
        end = finding.name_end(i + 1, 3)
        while end + 1 < note.count and (note.low[end] == "and" or note.gap(end - 1).strip() in ("&", "/", ",")):
            start = end + 1 if note.low[end] == "and" else end
            if not _take(finding, start, 2, kind, _quoted(finding, i)):
                break
            end = finding.name_end(start, 2)


def _after_label(finding: Finding, i: int, word: str, gap: str) -> None:
    note = finding.note
    stripped = gap.strip(" \t\n")
    if stripped not in (":", "=", ":-", ":=", ".:", "):", "(s):", ': "', "::") and not stripped.startswith(":"):
        return
    before = note.word(i - 1)
    if (
        word
        in (
            "name",
            "names",
            "by",
            "md",
            "provider",
            "physician",
            "nurse",
            "of",
            "person",
            "to",
            "from",
            "surgeon",
            "no",
            "phys",
            "mrn",
        )
        and i
    ):
        label = (
            before
            if before in PATIENT_LABELS or before in RELATIVE_LABELS or before in PROVIDER_LABELS or before in RELATIONS
            else word
        )
    else:
        label = word
    if word == "name" and before in (
        "hospital",
        "facility",
        "drug",
        "medication",
        "procedure",
        "brand",
        "generic",
        "test",
        "plan",
        "clinic",
        "file",
        "employer",
        "school",
        "pharmacy",
    ):
        return
    newline = "\n" in gap
    if newline and gap.count("\n") > 1:
        return
    if label in PATIENT_LABELS:
        kind, why = Identifier.NAME, f"follows “{note.raw[i]}:”"
    elif label in RELATIONS or label in RELATIVE_LABELS:
        kind, why = Identifier.RELATIVE, f"follows “{note.raw[i]}:”"
    elif label in PROVIDER_LABELS or label in ROLES:
        kind, why = Identifier.PROVIDER, f"follows “{note.raw[i]}:”"
    else:
        first = i + 1
        if (
            finding.can_be_name(first, 1)
            and finding.lexicon.is_name(note.low[first])
            and len(note.low[first]) > 3
            and note.gap(first)[:1] not in ("+", "-")
            and not note.word(first + 1)[:1].isdigit()
        ):
            end = finding.name_end(first, 1)
            if (
                end - first > 1
                or note.gap(first).strip(" ")[:1] in (",", "/", "|", ";", "(", "")
                or "  " in note.gap(first)
                or "\n" in note.gap(first)
            ):
                finding.claim_person(first, end - 1, Identifier.PROVIDER, f"follows “{note.raw[i]}:”")
        return
    strength = 2
    first = i + 1
    if note.word(first) in TITLES or (note.word(first) in ("rn", "np", "pa") and note.gap(first).isspace()):
        first += 1
        strength = 3
    # a label may open a sentence instead of a name: `PATIENT: Alert and oriented`
    if first < note.count and finding.is_word(note.low[first]) and not _looks_like_a_name(finding, first):
        return
    end = finding.name_end(first, strength, comma=True)
    if end == first:
        return
    finding.claim_person(first, end - 1, kind, why)
    _further(finding, end, kind, why)


def _further(finding: Finding, end: int, kind: Identifier, why: str) -> None:
    """More names in one list: `Surgeons: A. Smith / B. Jones`, `To: Smith; Jones`."""
    note = finding.note
    for _ in range(4):
        if end >= note.count:
            return
        gap = note.gap(end - 1).strip()
        start = end
        if note.low[end] in CREDENTIALS and gap in (",", ""):
            end += 1
            continue
        if note.low[end] in ("and", "w", "with"):
            start = end + 1
        elif gap not in ("/", ";", "&", "+"):
            return
        if note.word(start) in TITLES:
            start += 1
        stop = finding.name_end(start, 2)
        if stop == start or (finding.is_word(note.low[start]) and not _looks_like_a_name(finding, start)):
            return
        finding.claim_person(start, stop - 1, kind, why)
        end = stop


def _looks_like_a_name(finding: Finding, i: int) -> bool:
    """A word that is also a name has a name's company: a comma and another, an initial, a known part, a line's end."""
    note = finding.note
    word = note.low[i]
    if word in finding.index.names and word not in FUNCTION_WORDS:
        return True
    if not finding.lexicon.is_name(word) and not (note.caps_mean and note.is_capitalised(i)):
        return False
    gap, following = note.gap(i), note.word(i + 1)
    if i + 1 == note.count:
        return finding.lexicon.is_name(word)
    if gap in (", ", ",", "^") or gap.isspace():
        if "\n" in gap or "  " in gap or "\t" in gap:
            return finding.lexicon.is_name(word) and (
                word not in NOTE_WORDS or (note.raw[i][1:].islower() and word in finding.lexicon.surnames)
            )
        if following in CREDENTIALS and following not in WEAK_CREDENTIALS:
            return True
        if note.caps_mean and not note.raw[i + 1][:1].isupper():
            return False
        if len(following) == 1 and following.isalpha():
            return True
        return (
            (finding.lexicon.is_name(following) or not finding.is_word(following))
            and following not in NOTE_WORDS
            and (finding.lexicon.is_name(word) or gap != " " or finding.lexicon.is_name(following))
            and not following.isdigit()
        )
    return (
        finding.lexicon.is_name(word)
        and gap.strip()[:1] in (",", ";", "/", "|", ")", "(", ".", "&", "-", "<")
        and word not in NOTE_WORDS
    )


def _before_credential(finding: Finding, i: int, word: str) -> None:
    """Read back from `, MD`, `RN`, `PGY-3`."""
    note = finding.note
    raw = note.raw[i]
    gap = note.gap(i - 1) if i else ""
    stripped = gap.strip(" \n")
    if i == 0 or stripped not in ("", ",", ".,", "., ", "(") or gap.count("\n") > 1:
        _role_before(finding, i, word)
        return
    if stripped == "(" and note.caps_mean and not raw.isupper():
        return
    if stripped == "":
        if word in WEAK_CREDENTIALS and not word.startswith("pgy"):
            return
        if note.caps_mean and not raw[:2].isupper() and word not in ("attending", "resident", "pharmd"):
            return
    elif (
        word
        in (
            "do",
            "ma",
            "attending",
            "resident",
            "intern",
            "fellow",
            "hospitalist",
            "ms",
            "pt",
            "ot",
            "pa",
            "bs",
            "rt",
            "od",
            "rd",
        )
        and note.caps_mean
        and raw.islower()
    ):
        return
    first = _name_start(finding, i - 1, strong=stripped.endswith(",") or stripped == ".,")
    if first is None:
        if stripped == "":
            _role_before(finding, i, word)
        return
    finding.claim_person(first, i - 1, Identifier.PROVIDER, f"stands before “{raw}”")


def _role_before(finding: Finding, i: int, word: str) -> None:
    """`RN Smith`, `per NP Jones`: the credential as a title."""
    note = finding.note
    if (
        word
        in (
            "md",
            "rn",
            "np",
            "pa",
            "crna",
            "cnm",
            "lpn",
            "slp",
            "pt",
            "ot",
            "rt",
            "cna",
            "msw",
            "lcsw",
            "rd",
            "pharmd",
            "aprn",
        )
        and note.gap(i) in _SPACES
    ):
        if note.raw[i].isupper() or not note.caps_mean:
            finding_strength = 1
            name = note.word(i + 1)
            if (
                not note.caps_mean
                and word in ("rn", "np")
                and finding.lexicon.is_name(name)
                and name not in NOTE_WORDS
                and name not in FUNCTION_WORDS
                and name not in VERBS
                and note.word(i - 1) in ("per", "by", "with", "to", "from", "w")
            ):
                _take(finding, i + 1, 2, Identifier.PROVIDER, _quoted(finding, i))
                return
            if finding.can_be_name(i + 1, finding_strength) and note.word(i + 1) not in EPONYMS:
                _take(finding, i + 1, finding_strength, Identifier.PROVIDER, _quoted(finding, i))
            elif (
                note.caps_mean
                and finding.can_be_name(i + 1, 2)
                and finding.lexicon.is_name(note.low[i + 1])
                and not finding.has_head(i + 1)
                and word not in ("pt", "ot", "rt", "pa")
            ):
                _take(finding, i + 1, 2, Identifier.PROVIDER, _quoted(finding, i))


def _name_start(finding: Finding, last: int, *, strong: bool) -> int | None:
    """The first token of the name that ends at `last`."""
    note = finding.note
    while (
        last > 0
        and (note.low[last] in CREDENTIALS or note.low[last] in ("jr", "sr", "ii", "iii"))
        and note.gap(last - 1).strip() in (",", "")
    ):
        last -= 1  # MD, PhD
    if last in finding.persons:
        return last
    given = note.word(last - 1)
    if (
        note.caps_mean
        and note.is_capitalised(last)
        and note.gap(last - 1) == " "
        and note.is_capitalised(last - 1)
        and ((given in finding.lexicon.given and not finding.is_word(given)) or last - 1 in finding.persons)
        and note.low[last] not in FUNCTION_WORDS
        and note.low[last].isalpha()
    ):
        return last - 1
    if (
        not note.caps_mean
        and note.low[last].isalpha()
        and note.low[last] not in FUNCTION_WORDS
        and note.gap(last - 1) in (" ", "\n")
    ):
        # a given name and whatever stands between it and the cue
        if (
            given in finding.lexicon.given
            and given not in NOTE_WORDS
            and given not in FUNCTION_WORDS
            and (finding.lexicon.is_name(note.low[last]) or not finding.is_word(given))
            and note.low[last] not in CREDENTIALS
            and (strong or not finding.is_only_word(note.low[last]))
        ):
            return last - 1
        if (
            strong
            and not finding.is_word(given)
            and len(given) > 2
            and given.isalpha()
            and finding.lexicon.is_name(note.low[last])
        ):
            return last - 1
    if not finding.can_be_name(last, 2 if strong else 1) or (
        not note.caps_mean and finding.is_only_word(note.low[last])
    ):
        if not (
            strong
            and note.caps_mean
            and last > 0
            and note.is_capitalised(last)
            and note.gap(last - 1) == " "
            and finding.can_be_name(last - 1, 1)
            and note.low[last].isalpha()
        ):
            return None
    first = last
    while first > 0 and last - first < 4:
        gap = note.gap(first - 1)
        previous = note.low[first - 1]
        if gap in (". ", ".") and len(previous) == 1:
            first -= 1
            continue
        if not (gap == " " or (gap.isspace() and gap.count("\n") == 1)) or not previous:
            break
        if (
            previous in finding.lexicon.given
            and not finding.is_word(previous)
            and (not note.caps_mean or note.is_capitalised(first - 1))
        ):
            first -= 1
            continue
        if (
            previous in FUNCTION_WORDS
            or previous in TITLES
            or previous in CREDENTIALS
            or (
                previous in NOTE_WORDS
                and not (
                    note.caps_mean
                    and finding.lexicon.is_name(previous)
                    and note.is_capitalised(first - 1)
                    and not note.raw[first - 1].isupper()
                )
            )
        ):
            break
        if previous in ROLES or previous in PROVIDER_LABELS or previous in RELATIONS:
            break
        if note.caps_mean:
            if not note.is_capitalised(first - 1):
                break
            if finding.is_only_word(previous) and note.opens_sentence(first - 1) and last > first:
                break
        elif (
            len(previous) > 1
            and finding.is_word(previous)
            and not (finding.lexicon.is_name(previous) and first == last)
        ) or previous.isdigit():
            break
        if previous.isdigit():
            break
        first -= 1
    word = note.low[last]
    if first == last and not strong and finding.is_word(word):
        return None
    if (
        first == last
        and (word in EPONYMS or word in NOTE_WORDS)
        and finding.is_word(word)
        and not finding.lexicon.is_name(word)
    ):
        return None
    return first


def _beside_relation(finding: Finding, i: int, word: str) -> None:
    note = finding.note
    _before_relation(finding, i)
    gap = note.gap(i)
    stripped = gap.strip(" \n")
    first = i + 1
    if stripped not in ("", ",", "(", "-", ', "', '"', ":", "=", "--", "“", ',"', "/") or gap.count("\n") > 1:
        return
    while (
        note.word(first) in ("the", "is", "named", "name", "called", "s", "of", "who", "on", "and", "also", "law", "in")
        and first - i < 4
    ):
        if note.word(first) in ("of", "who", "on", "and", "also", "in", "law"):
            if note.word(first) in ("in", "law"):
                first += 1
                continue
            return
        if note.gap(first).strip(" \n") not in ("", ":", '"', "“", "("):
            return
        first += 1
    if note.word(first) in TITLES:
        return
    why = f"follows “{note.raw[i]}”"
    if not 0 <= first < note.count:
        return
    name = note.low[first]
    if note.caps_mean:
        # a comma often goes on with something else: `mother, Medicaid pending`
        strength = (
            2
            if stripped in ("", "(", '"', "“", ":", "=")
            and not (finding.is_word(name) and finding.has_head(first, noun=True))
            else 1
        )
        if strength == 2 and finding.is_word(name) and not finding.lexicon.is_name(name):
            strength = 1
        if (
            strength == 1
            and finding.is_word(name)
            and finding.lexicon.is_name(name)
            and stripped == ","
            and note.is_capitalised(first)
            and name not in NOTE_WORDS
        ):
            strength = 2
        title_case = note.raw[first][1:].islower() and note.raw[first][:1].isupper()
        if (
            title_case
            and gap in (" ", ' "', "\n")
            and name not in NOTE_WORDS
            and name not in FUNCTION_WORDS
            and name not in VERBS
            and name not in EPONYMS
            and not (finding.is_only_word(name) and finding.has_head(first, noun=True))
            and not note.opens_sentence(first)
        ):
            strength = 2
        if name in DRUGS_LIKE_NAMES and not finding.lexicon.is_name(name):
            return
        if strength == 2 and name in NOTE_WORDS and not finding.lexicon.is_name(name):
            return
        if _take(finding, first, strength, Identifier.RELATIVE, why):
            _further_relatives(finding, finding.name_end(first, strength), why)
        return
    if (
        stripped in ("", "(", ",", '"', "“", ":", "=", ', "')
        and name not in _MODAL
        and name not in VERBS
        and name not in FUNCTION_WORDS
    ):
        if name not in NOTE_WORDS and (finding.lexicon.is_name(name) or not finding.is_word(name)):
            if finding.is_word(name) and stripped == "," and not finding.lexicon.is_name(note.word(first + 1)):
                return
            _take(finding, first, 2, Identifier.RELATIVE, why)


def _further_relatives(finding: Finding, end: int, why: str) -> None:
    """The rest of a list: `Ilse, Anneke & Truus`, `Juno (8) and Caspian (2)`."""
    note = finding.note
    for _ in range(6):
        if end >= note.count:
            return
        gap = note.gap(end - 1).strip(" \n")
        if gap == "(" and note.low[end].isdigit() and note.gap(end).strip(" \n").startswith(")"):
            gap = note.gap(end).strip(" \n)")
            end += 1
            if end >= note.count:
                return
        start = end
        if note.low[end] == "and" and gap in ("", ","):
            start = end + 1
        elif gap not in (",", "&", "/"):
            return
        stop = finding.name_end(start, 1)
        if stop == start:
            return
        finding.claim_person(start, stop - 1, Identifier.RELATIVE, why)
        end = stop


def _before_relation(finding: Finding, i: int) -> None:
    """`April Begay (wife`, `April, his wife`, `April Begay - daughter`."""
    note = finding.note
    back = i - 1
    if back >= 0 and note.low[back] in _POSSESSIVES and note.gap(back).isspace():
        back -= 1
    if back >= 0 and note.low[back] in (
        "older",
        "younger",
        "adult",
        "eldest",
        "oldest",
        "youngest",
        "ex",
        "step",
        "half",
        "twin",
        "life",
        "domestic",
        "foster",
        "adoptive",
        "biological",
        "maternal",
        "paternal",
        "great",
    ):
        back -= 1
    if back >= 0 and note.low[back] in _POSSESSIVES and note.gap(back).isspace():
        back -= 1
    if back < 0:
        return
    gap = note.gap(back).strip(" \n")
    if gap not in ("(", ",", "-", "--", "–", "—", "/", ", (", "["):
        return
    if gap == "," and not (
        back < i - 1
        or note.gap(i).strip()[:1] in (",", ".", ";", ")", "(")
        or note.word(i + 1) in VERBS
        or note.word(i + 1) in ("at", "and", "who", "to", "phone", "cell", "tel")
    ):
        return
    if back in finding.persons:
        return
    start = _name_start(finding, back, strong=gap in ("(", ", (", "[") or back < i - 1)
    if start is not None and (
        note.caps_mean or finding.lexicon.is_name(note.low[back]) or not finding.is_word(note.low[back])
    ):
        if (
            not finding.is_only_word(note.low[back])
            and note.low[back] not in NOTE_WORDS
            and not finding.is_medicine(back)
        ):
            finding.claim_person(start, back, Identifier.RELATIVE, f"stands before “{note.raw[i]}”")


def _after_role(finding: Finding, i: int, word: str) -> None:
    """`PCP Smith`, `Certifier Jane Doe`, `renal (Moreira)`, `family (Vera Foley)`."""
    note = finding.note
    gap = note.gap(i)
    stripped = gap.strip(" \n")
    if stripped not in ("", "(", "/", ",", "-", "@") or gap.count("\n") > 1:
        return
    first = i + 1
    if first >= note.count or (word in MEDIUM_CUES and stripped == ""):
        return
    if word in RELATIVE_LABELS or word in PATIENT_LABELS:
        kind = Identifier.NAME if word in PATIENT_LABELS else Identifier.RELATIVE
    else:
        kind = Identifier.PROVIDER
    if "\n" in gap and note.opens_sentence(first):
        return
    name = note.low[first]
    if note.caps_mean:
        if finding.can_be_name(first, 1) and not (stripped in (",", "-", "/") and not finding.lexicon.is_name(name)):
            end = finding.name_end(first, 1)
            if stripped == "(" or finding.lexicon.is_name(name) or end - first > 1 or not note.raw[first].isupper():
                finding.claim_person(first, end - 1, kind, _quoted(finding, i))
        elif (
            (stripped in ("", "("))
            and finding.can_be_name(first, 2)
            and finding.lexicon.is_name(name)
            and name not in NOTE_WORDS
        ):
            end = finding.name_end(first, 2)
            alone = (
                stripped == "(" and end == first + 1 and note.gap(first)[:1] == ")" and not finding.is_medicine(first)
            )
            full = end - first > 1 and not (finding.is_medicine(end - 1) and finding.is_medicine(first))
            if (
                alone
                or full
                or (
                    stripped == ""
                    and not finding.is_medicine(first)
                    and note.low[first] not in VERBS
                    and not note.opens_sentence(first)
                    and word not in ("pt", "patient", "and")
                )
            ):
                finding.claim_person(first, end - 1, kind, _quoted(finding, i))
        return
    if stripped == "(" and word in RELATIVE_LABELS:
        last = first
        while last + 1 < note.count and last - first < 2 and note.gap(last) == " ":
            last += 1
        inside = [note.low[k] for k in range(first, last + 1)]
        if note.gap(last).startswith(")") and all(
            one.isalpha() and one not in FUNCTION_WORDS and one not in RELATIONS for one in inside
        ):
            if finding.lexicon.is_name(name) or not finding.is_word(name):
                finding.claim_person(first, last, kind, _quoted(finding, i))
                return
    if stripped in ("", "(") and not finding.is_word(name) and finding.can_be_name(first, 1):
        if (
            finding.lexicon.is_name(name)
            or stripped == "("
            or finding.lexicon.is_name(note.word(first + 1))
            or (len(name) > 3 and name.isalpha() and word in ROLES)
        ):
            _take(finding, first, 1, kind, _quoted(finding, i))
    elif (
        stripped == ""
        and finding.lexicon.is_name(name)
        and name not in NOTE_WORDS
        and name not in VERBS
        and finding.lexicon.is_name(note.word(first + 1))
        and note.gap(first) == " "
        and not finding.is_word(note.low[first + 1])
    ):
        _take(finding, first, 2, kind, _quoted(finding, i))


def _after_cue(finding: Finding, i: int, word: str) -> None:
    """`by Smith`, `d/w Jones`, `attn Wen`: a capitalised word no dictionary has, or two with a given name first."""
    note = finding.note
    gap = note.gap(i)
    first = i + 1
    if (
        first >= note.count
        or (gap.strip(" \n") not in ("", "/", ":", "@", ",") and not (gap == ". " and word in ("attn", "cc", "w")))
        or gap.count("\n") > 1
        or len(gap) > 8
    ):
        return
    if gap.strip() == "," and word not in ("hi", "hello", "dear", "thanks", "thank", "regards"):
        return
    if (
        word in ("to", "from", "for", "and", "or", "in", "via")
        and note.caps_mean
        and not finding.lexicon.is_name(note.low[first])
        and not finding.lexicon.is_name(note.word(first + 1))
    ):
        return
    name = note.low[first]
    if note.low[first] == "the":
        return
    if name in EPONYMS or name in DRUGS_LIKE_NAMES:
        if not (
            note.caps_mean
            and name in finding.lexicon.given
            and finding.can_be_name(first + 1, 1)
            and note.gap(first) == " "
        ):
            return
    if finding.can_be_name(first, 1):
        if not note.caps_mean and not finding.lexicon.is_name(name):
            second = note.word(first + 1)
            alone = word in _SPOKEN and len(name) > 3 and name.isalpha() and any(vowel in name for vowel in "aeiouy")
            pair = alone or (
                note.gap(first) == " "
                and (
                    finding.lexicon.is_name(second)
                    or second in CREDENTIALS
                    or (len(second) > 2 and second.isalpha() and not finding.is_word(second))
                )
            )
            if not (word in ("by", "attn", "dr", "cc", "w", "with", "per") and len(name) > 2 and pair):
                return
        _take(finding, first, 1, Identifier.PROVIDER, _quoted(finding, i))
        return
    if not finding.can_be_name(first, 2) or name in NOTE_WORDS or name in FUNCTION_WORDS:
        return
    second = note.word(first + 1)
    if (
        finding.lexicon.is_name(name)
        and note.gap(first) == " "
        and second not in NOTE_WORDS
        and finding.lexicon.is_name(second)
        and not finding.has_head(first + 1)
    ):
        capital = note.caps_mean and note.is_capitalised(first) and note.is_capitalised(first + 1)
        if (capital and not (finding.is_medicine(first) and finding.is_medicine(first + 1))) or (
            not note.caps_mean and name in finding.lexicon.given and not finding.is_word(second)
        ):
            _take(finding, first, 2, Identifier.PROVIDER, _quoted(finding, i))
            return
    if (
        word in ("by", "attn", "hi", "dear", "cc", "thanks", "hello")
        and note.caps_mean
        and note.is_capitalised(first)
        and finding.lexicon.is_name(name)
        and not note.raw[first].isupper()
    ):
        _take(finding, first, 2, Identifier.PROVIDER, _quoted(finding, i))


def _signs(finding: Finding, i: int) -> bool:
    """`-- K. Bishop`: an initial that opens a phrase and a name that is also a word."""
    note = finding.note
    if (
        i + 1 >= note.count
        or note.gap(i) not in (". ", ".")
        or not note.raw[i].isupper()
        or not note.raw[i + 1][:1].isupper()
    ):
        return False
    if (
        not finding.lexicon.is_name(note.low[i + 1])
        or finding.has_head(i + 1)
        or note.low[i + 1] in FUNCTION_WORDS
        or len(note.low[i + 1]) < 3
    ):
        return False
    before = note.gap(i - 1) if i else "\n"
    return (
        "\n" in before
        or before.strip(" ")[-1:] in ("-", "–", "—", "(", "/", ";", "|", "~")
        or note.word(i - 1) in MEDIUM_CUES
        or note.word(i - 1) in ROLES
    )


def _bare(finding: Finding) -> None:
    """Names with nothing beside them but one another, or that are nothing but names."""
    note, lexicon = finding.note, finding.lexicon
    given, surnames = lexicon.given, lexicon.surnames
    if not given:
        return
    for i in range(note.count):
        word = note.low[i]
        if i in finding.taken or not word or word in EPONYMS or word in DRUGS_LIKE_NAMES:
            continue
        is_given, is_surname = word in given, word in surnames
        if len(word) == 1 and note.caps_mean and _signs(finding, i):
            finding.claim_person(i, i + 1, Identifier.PROVIDER, "an initial and a name")
            continue
        if (
            len(word) == 1
            and note.raw[i].isupper()
            and note.caps_mean
            and note.gap(i) in (". ", ".")
            and i + 1 < note.count
            and i + 1 not in finding.taken
        ):
            last = note.low[i + 1]
            if (
                note.raw[i + 1][:1].isupper()
                and len(last) > 2
                and not finding.has_head(i + 1)
                and not finding.is_word(last)
                and not (note.raw[i + 1].isupper() and len(last) < 5)
            ):
                finding.claim_person(i, i + 1, Identifier.PROVIDER, "an initial and a name")
                continue
        if (
            not (is_given or is_surname)
            and note.caps_mean
            and len(word) > 3
            and note.raw[i][:1].isupper()
            and note.raw[i][1:].islower()
            and note.word(i + 1) in VERBS
            and note.gap(i) == " "
        ):
            if not finding.is_word(word) and not note.opens_sentence(i):
                finding.claim_person(i, i, Identifier.PROVIDER, "a word no dictionary has, that does what people do")
                continue
        if not (is_given or is_surname) or word in NOTE_WORDS or word in FUNCTION_WORDS:
            continue
        raw = note.raw[i]
        if note.caps_mean and (not raw[:1].isupper() or (raw.isupper() and len(raw) < 4)):
            continue
        following = note.word(i + 1)
        if len(word) < 2:
            continue
        nothing_else = not finding.is_word(word)
        if (
            is_surname
            and note.gap(i) == ", "
            and following in given
            and note.caps_mean
            and note.raw[i + 1][:1].isupper()
            and following not in NOTE_WORDS
            and following not in FUNCTION_WORDS
        ):
            third = note.word(i + 2)
            if (nothing_else and not finding.is_word(following)) or (len(third) == 1 and note.raw[i + 2].isupper()):
                finding.claim_person(i, i + 1, Identifier.NAME, "a surname and a given name")
                continue
        if (
            is_given
            and note.gap(i) == " "
            and len(following) > 1
            and following not in NOTE_WORDS
            and following not in FUNCTION_WORDS
        ):
            goes_on = (note.caps_mean and note.raw[i + 1][:1].isupper()) or (
                not note.caps_mean and following in surnames
            )
            pure = not finding.is_word(following)
            if (
                goes_on
                and (nothing_else or (pure and following in surnames))
                and (pure or (following in surnames and note.caps_mean))
                and not finding.has_head(i + 1)
            ):
                if not (following in EPONYMS and not nothing_else) and (note.caps_mean or nothing_else):
                    finding.claim_person(
                        i,
                        finding.name_end(i, 2) - 1 if finding.name_end(i, 2) > i + 1 else i + 1,
                        Identifier.PROVIDER,
                        "a given name and a surname",
                    )
                    continue
        if not note.caps_mean:
            continue
        title_case = raw[1:].islower() or "-" in raw
        if not nothing_else:
            _pair_or_bracketed(
                finding, i, word, following, is_given=is_given, is_surname=is_surname, title_case=title_case
            )
            continue
        if len(word) < (3 if is_given and title_case else 4) or finding.has_head(i):
            continue
        if (
            (raw.isupper() and len(raw) < 6)
            or (following[:1].isdigit() and not is_given)
            or note.gap(i).strip()[:1] in ("+", "-")
        ):
            continue  # a score or a test has a figure behind it
        if (note.gap(i) == " " and len(following) < 4 and finding.is_word(word + following)) or (
            note.gap(i - 1) == " " and len(note.word(i - 1)) < 3 and finding.is_word(note.word(i - 1) + word)
        ):
            continue  # a word a scanner split
        finding.claim_person(i, i, Identifier.PROVIDER, "a name and no other word")


def _pair_or_bracketed(
    finding: Finding, i: int, word: str, following: str, *, is_given: bool, is_surname: bool, title_case: bool
) -> None:
    """Names that are words, two together (`Summer Price`), alone in brackets (`(Strand)`), or somebody's (`at Rose's`)."""
    note = finding.note
    gap = note.gap(i)
    if not title_case or finding.has_head(i) or i + 1 >= note.count:
        return
    next_title = note.raw[i + 1][:1].isupper() and note.raw[i + 1][1:].islower()
    if (
        is_given
        and gap in (" ", "\n")
        and next_title
        and following in finding.lexicon.surnames
        and following not in NOTE_WORDS | FUNCTION_WORDS
    ):
        if (
            not note.opens_sentence(i)
            and not finding.has_head(i + 1)
            and following not in EPONYMS
            and word not in ("may", "will")
        ):
            finding.claim_person(i, i + 1, Identifier.PROVIDER, "a given name and a surname")
    elif (
        is_surname
        and note.gap(i - 1).endswith("(")
        and gap.startswith(")")
        and note.gap(i - 1).strip() == "("
        and len(word) > 3
    ):
        finding.claim_person(i, i, Identifier.PROVIDER, "a surname alone in brackets")
    elif (
        gap.startswith(("'s", "’s"))
        and note.word(i - 1) in ("at", "in", "with", "from", "to")
        and not note.opens_sentence(i)
    ):
        finding.claim_person(i, i, Identifier.RELATIVE, "somebody's place")


def propagate(finding: Finding) -> None:
    """A name found once is taken wherever it stands; one that is also a word where its capital or company says so."""
    note = finding.note
    found: dict[str, Identifier] = {}
    for i, kind in finding.persons.items():
        word = note.low[i]
        if len(word) > 2 and word not in FUNCTION_WORDS and word not in TITLES and word not in CREDENTIALS:
            found.setdefault(word, kind)
    for i in range(note.count):
        if i in finding.taken:
            continue
        again = found.get(note.low[i])
        if again is None:
            continue
        word, raw = note.low[i], note.raw[i]
        if note.caps_mean and not raw[:1].isupper():
            continue
        beside = (i - 1 in finding.persons and note.gap(i - 1) in (" ", ", ")) or (
            i + 1 in finding.persons and note.gap(i) in (" ", ", ", ". ")
        )
        if finding.is_word(word) and not beside:
            acts = (
                note.word(i + 1) in VERBS
                and note.word(i + 1) not in _MODAL
                and note.gap(i) == " "
                and word not in _MODAL
            )
            if (
                not note.caps_mean
                or finding.is_medicine(i)
                or (note.opens_sentence(i) and note.gap(i - 1)[-1:] != "(" and not acts)
                or raw.isupper()
            ):
                continue
        finding.claim_person(i, i, again, "a name found elsewhere in the text")
