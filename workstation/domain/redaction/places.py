"""Facilities and employers: proper words before `Hospital`, `Clinic`, `& Sons`, `Inc`, or behind `works at`."""

from __future__ import annotations

from workstation.domain.redaction.eponyms import DRUGS_LIKE_NAMES, EPONYMS
from workstation.domain.redaction.finding import Finding
from workstation.domain.redaction.kinds import Identifier
from workstation.domain.redaction.known import acronyms_of
from workstation.domain.redaction.people_words import VERBS
from workstation.domain.redaction.place_words import (
    EMPLOYER_HEADS,
    FACILITY_HEADS,
    NO_PLACES,
    SERVICE_WORDS,
    SURE_FACILITY_HEADS,
)
from workstation.domain.redaction.plain_words import FUNCTION_WORDS, NOTE_WORDS
from workstation.domain.redaction.wording import word_set

K = Identifier
_INNER = word_set("of the and at in for on de la del")
_UNIT_WORDS = word_set(
    "l&d l ed er icu micu sicu ccu cath lab clinic labor neurology radiology cardiology surgery campus main unit",
    "floor",
)
_SAINTS = word_set("st saint ste our mount mt holy sacred santa san good blessed")


def find(finding: Finding) -> None:
    note = finding.note
    for i in range(note.count):
        word = note.low[i]
        if not word or i in finding.taken:
            continue
        if word in SURE_FACILITY_HEADS:
            _facility(finding, i)
        if word in EMPLOYER_HEADS:
            _company(finding, i)
        if word in _SAINTS:
            _saint(finding, i)
        if word in (
            "employer",
            "employed",
            "works",
            "work",
            "worked",
            "working",
            "retired",
            "job",
            "occupation",
            "employment",
            "laid",
            "drives",
            "teaches",
            "owns",
            "manages",
            "workplace",
            "school",
            "attends",
            "funeral",
            "coach",
            "coaches",
            "employee",
            "manager",
            "cashier",
            "clerk",
            "teacher",
        ):
            _after_work(finding, i, word)
        if word in _PLACE_LABELS and ":" in note.gap(i):
            _after_place_label(finding, i)
        if word in ("at", "to", "from", "facility", "hospital", "via", "by"):
            _after_at(finding, i, word)
    _unions(finding)
    _systems(finding)
    _again(finding)
    _acronyms(finding)


_PLACE_LABELS = word_set(
    "facility hospital church clinic ems agency employer snf practice congregation parish synagogue mosque",
    "dialysis pcf shelter provider organization",
)


def _after_place_label(finding: Finding, i: int) -> None:
    """`Church: Bethel Lutheran`, `Facility: Two Rivers`."""
    note = finding.note
    first = i + 1
    if first >= note.count or note.gap(i).strip(" ") != ":" or first in finding.taken or not note.low[first].isalpha():
        return
    end = _read_forward(finding, first)
    if not note.caps_mean:
        end = _trimmed(finding, first, min(end, first + 4))
    inside = [note.low[k] for k in range(first, end)]
    if not inside or note.low[first] in NOTE_WORDS or note.low[first] in FUNCTION_WORDS or note.low[first] in NO_PLACES:
        return
    if len(inside) > 1 or not finding.is_word(inside[0]):
        finding.claim_tokens(first, end - 1, K.FACILITY, f"follows “{note.raw[i]}:”")


def _is_proper(finding: Finding, i: int) -> bool:
    """Says which place, not what kind."""
    word = finding.note.low[i]
    return (
        bool(word)
        and word not in SERVICE_WORDS
        and word not in FACILITY_HEADS
        and word not in _INNER
        and word not in FUNCTION_WORDS
    )


def _walk_back(finding: Finding, i: int, heads: frozenset[str]) -> int:
    """The first token of the name whose head is token i."""
    note = finding.note
    first = i
    while first > 0 and i - first < 7:
        gap = note.gap(first - 1)
        previous, raw = note.low[first - 1], note.raw[first - 1]
        stripped = gap.strip(" \n")
        if (
            stripped not in ("", "&", "-", "/", "'s", "’s", "'S", "’S")
            and not (stripped == "." and (previous in _SAINTS or len(previous) <= 2))
            and not (
                stripped == "'"
                or (stripped == "," and note.low[first] in ("inc", "llc", "llp", "corp", "co", "ltd", "plc"))
            )
        ):
            break
        if not previous or gap.count("\n") > 1 or ("  " in gap and "\n" not in gap) or ("\t" in gap):
            break
        if "\n" in gap and not note._looks_wrapped(first):
            break
        if note.caps_mean:
            if not raw[:1].isupper():
                if (
                    previous in _INNER
                    and first - 2 >= 0
                    and note.raw[first - 2][:1].isupper()
                    and note.gap(first - 2).isspace()
                    and previous in ("of", "the", "and", "for", "de", "del", "la")
                    and note.low[first - 2] not in FUNCTION_WORDS
                ):
                    first -= 1
                    continue
                if (
                    previous in ("of", "the")
                    and first - 3 >= 0
                    and note.low[first - 2] in ("of", "the")
                    and note.raw[first - 3][:1].isupper()
                ):
                    first -= 1
                    continue
                break
            if (note.opens_sentence(first - 1) and (previous in FUNCTION_WORDS or previous in VERBS)) or previous in (
                "dr",
                "mr",
                "mrs",
                "ms",
            ):
                break
            if raw.isdigit():
                break
        else:
            if (
                (
                    previous in FUNCTION_WORDS
                    and not (
                        previous in ("of", "the")
                        and note.word(first - 2) in ("lady", "sisters", "sons", "church", "university", "of")
                    )
                )
                or previous in VERBS
                or previous in ("dr", "mr", "mrs", "ms")
                or previous.isdigit()
            ):
                break
            if (
                previous in NOTE_WORDS
                and previous not in SERVICE_WORDS
                and previous not in heads
                and not finding.lexicon.is_name(previous)
            ):
                break
        first -= 1
    while first < i and (
        note.low[first] in _INNER or (note.low[first] in SERVICE_WORDS and note.low[first] in FUNCTION_WORDS)
    ):
        first += 1
    return first


def _facility(finding: Finding, i: int) -> None:
    note = finding.note
    if note.caps_mean and not note.is_capitalised(i):
        return
    word = note.low[i]
    if word in ("peds", "ortho") and ":" in note.gap(i):
        return
    if (word == "va" and not (note.raw[i] == "VA" or not note.caps_mean)) or (
        word == "va" and (i == 0 or "," in note.gap(i - 1))
    ):
        return
    if False:
        return
    first = _walk_back(finding, i, FACILITY_HEADS)
    last = i
    while last + 1 < note.count and last - i < 6:
        gap = note.gap(last)
        stripped = gap.strip(" \n")
        following = note.low[last + 1]
        if (
            (stripped not in ("", "&") and gap not in ("-", "/"))
            or following in ("department", "dept")
            or "  " in gap
            or (not stripped and "\n" in gap and not note._looks_wrapped(last + 1))
        ):
            break
        if following in FACILITY_HEADS and (not note.caps_mean or note.is_capitalised(last + 1)):
            last += 1
        elif (
            following in ("of", "at", "for")
            and note.caps_mean
            and last + 2 < note.count
            and note.is_capitalised(last + 2)
            and note.gap(last + 1).isspace()
            and _is_proper(finding, last + 2)
            and note.low[last + 2] not in NOTE_WORDS
        ):
            last += 2
            if (
                last + 1 < note.count
                and note.is_capitalised(last + 1)
                and note.gap(last) == " "
                and _is_proper(finding, last + 1)
                and note.low[last + 1] not in NOTE_WORDS
            ):
                last += 1
        else:
            break
    proper = [k for k in range(first, last + 1) if k != i and _is_proper(finding, k)]
    if not proper:
        return
    before_head = [k for k in proper if k < i]
    if not before_head and not (
        word in ("hospital", "university", "clinic", "college", "center", "institute")
        and note.low[i + 1 : i + 2] == ["of"]
    ):
        return
    if note.caps_mean:
        if all(
            note.low[k] in NOTE_WORDS or (finding.is_word(note.low[k]) and note.low[k] in EPONYMS and False)
            for k in proper
        ):
            return
        if (
            word
            in (
                "general",
                "health",
                "living",
                "medical",
                "center",
                "cancer",
                "nursing",
                "associates",
                "imaging",
                "regional",
                "dialysis",
                "church",
                "school",
                "mission",
                "rehab",
                "rehabilitation",
                "campus",
                "va",
                "institute",
                "group",
                "shelter",
                "snf",
            )
            and len(proper) == 1
            and (first == proper[0] and note.opens_sentence(first) and finding.is_word(note.low[first]))
            and word == i
        ):
            return
        if (
            all(note.raw[k].isupper() for k in proper)
            and not note.raw[i].isupper()
            and all(len(note.raw[k]) < 4 and finding.is_word(note.low[k]) for k in proper)
        ):
            return
        heading = (
            note.raw[first].isupper()
            and note.raw[i].isupper()
            and all(finding.is_only_word(note.low[k]) for k in proper)
        )
        if (
            heading
            and note.opens_sentence(first)
            and (last + 1 == note.count or note.gap(last).strip(" ")[:1] in (":", "\n", ""))
            and word in ("general", "health", "medical", "imaging", "rehab", "nursing", "cancer", "dialysis", "living")
        ):
            return
    else:
        # no capitals to go by: a word that is nothing else, or a name
        strange = [
            k
            for k in proper
            if (note.low[k].isalpha() and len(note.low[k]) > 2 and not finding.is_word(note.low[k]))
            or (finding.lexicon.is_name(note.low[k]) and note.low[k] not in NOTE_WORDS and note.low[k] not in EPONYMS)
        ]
        if not strange:
            return
        first = max(first, min(strange) - 2)
        while first < min(strange) and (
            note.low[first] in FUNCTION_WORDS or note.low[first] in NOTE_WORDS or note.low[first] in VERBS
        ):
            first += 1
        if (
            word in ("general", "living", "medical", "cancer", "health", "va", "church", "school")
            and strange[-1] != i - 1
        ):
            return
        if (
            word in ("general", "living", "medical", "cancer", "health", "nursing", "imaging")
            and last == i
            and finding.is_word(note.low[i - 1])
        ):
            return
    finding.claim_tokens(first, last, K.FACILITY, f"stands before “{note.raw[i]}”")


def _saint(finding: Finding, i: int) -> None:
    """`St. Brigid's`, `Our Lady of the Prairie`, `Mt. Hood`."""
    note = finding.note
    word = note.low[i]
    if i + 1 >= note.count or i in finding.taken or (note.caps_mean and not note.is_capitalised(i)):
        return
    following = note.low[i + 1]
    gap = note.gap(i)
    if word == "our" and following == "lady":
        last = i + 1
        while (
            last + 1 < note.count
            and last - i < 6
            and note.gap(last).isspace()
            and (
                note.low[last + 1] in ("of", "the")
                or note.raw[last + 1][:1].isupper()
                or (not note.caps_mean and note.low[last] in ("of", "the"))
            )
        ):
            last += 1
        finding.claim_tokens(i, last, K.FACILITY, "a place named for a saint")
    elif (
        word in ("st", "saint", "ste", "holy", "sacred", "mount", "mt")
        and gap in (" ", ". ")
        and following
        and (note.caps_mean and note.raw[i + 1][:1].isupper())
    ):
        if (
            finding.has_head(i + 1)
            or following in NOTE_WORDS
            or (
                i
                and note.gap(i - 1).strip() == ""
                and note.raw[i - 1][:1].isupper()
                and word == "st"
                and note.low[i - 1] not in NOTE_WORDS
            )
        ):
            return
        if (
            following == "jude"
            or following in FUNCTION_WORDS
            or (
                word in ("mount", "holy", "sacred")
                and finding.is_only_word(following)
                and following not in ("cross", "family", "heart", "name", "spirit")
            )
            or note.raw[i] == "ST"
        ):
            return
        last = i + 1
        while (
            last + 1 < note.count
            and note.low[last + 1] in FACILITY_HEADS
            and note.gap(last).strip(" \n") in ("", "'s", "’s", "'S", "&")
            and note.raw[last + 1][:1].isupper()
        ):
            last += 1
        finding.claim_tokens(i, last, K.FACILITY, "a place named for a saint")
    elif (
        not note.caps_mean
        and word in ("st", "saint", "mt", "mount")
        and gap in (" ", ". ")
        and following
        and following not in FUNCTION_WORDS
    ):
        last = i + 1
        while (
            last + 1 < note.count
            and note.low[last + 1] in FACILITY_HEADS
            and note.gap(last).strip(" \n") in ("", "'s", "’s", "'S", "&")
        ):
            last += 1
        if last > i + 1:
            finding.claim_tokens(i, last, K.FACILITY, "a place named for a saint")


def _company(finding: Finding, i: int) -> None:
    note = finding.note
    word = note.low[i]
    if i == 0:
        return
    if note.caps_mean and not note.is_capitalised(i):
        if word in _SMALL_HEADS:
            _small_company(finding, i)
        return
    if not note.caps_mean and word not in ("inc", "llc", "llp", "corp", "bros", "sons"):
        if (note.low[i - 1] in ("sons", "brothers", "daughters", "bros") and note.gap(i - 2).strip() == "&") or (
            note.low[i - 1] == "sons" and note.word(i - 2) == "and"
        ):
            finding.claim_tokens(
                max(0, i - 2 - (note.word(i - 2) == "and")), i, K.EMPLOYER, f"stands before “{note.raw[i]}”"
            )
        return
    if word == "co" and note.raw[i] != "Co":
        return
    if word in ("sons", "brothers", "bros", "daughters") and not note.raw[i - 1][:1].isupper() and note.caps_mean:
        return
    first = _walk_back(finding, i, EMPLOYER_HEADS)
    if first == i:
        return
    proper = [
        k
        for k in range(first, i)
        if _is_proper(finding, k) and note.low[k] not in NOTE_WORDS and note.low[k] not in EMPLOYER_HEADS
    ]
    if not proper:
        return
    sure = word in (
        "inc",
        "llc",
        "llp",
        "corp",
        "ltd",
        "co",
        "bros",
        "foods",
        "brothers",
        "enterprises",
        "industries",
        "holdings",
        "corporation",
    )
    if not sure and (note.opens_sentence(first) or all(finding.is_medicine(k) for k in proper)):
        # a heading or a sentence's start: `Acute Pain Transport`
        if all(finding.is_word(note.low[k]) for k in proper):
            return
    if not sure and all(finding.is_only_word(note.low[k]) for k in proper) and i - first < 2 and note.raw[i].isupper():
        return
    if word in ("local", "union", "lead") and not note.raw[i + 1 : i + 2]:
        return
    if word in (
        "market",
        "oil",
        "gas",
        "tool",
        "steel",
        "paper",
        "glass",
        "power",
        "energy",
        "mill",
        "mine",
        "press",
        "express",
        "transport",
        "store",
        "painting",
        "media",
        "tube",
        "plate",
        "supply",
        "bank",
        "systems",
        "tech",
        "transit",
        "moving",
        "cleaning",
        "security",
        "ceramics",
        "tire",
        "distribution",
        "wireless",
        "local",
        "union",
        "machine",
    ) and all(finding.is_only_word(note.low[k]) and note.low[k] in finding.lexicon.clinical for k in proper):
        return
    last = i
    while (
        last + 1 < note.count
        and note.gap(last) in (" ", ", ", " & ")
        and note.low[last + 1] in EMPLOYER_HEADS
        and note.raw[last + 1][:1].isupper()
    ):
        last += 1
    while (
        last + 1 < note.count
        and note.gap(last) in (" ", ". ")
        and note.low[last + 1] in ("funeral", "home", "mortuary", "service", "services", "group")
        and note.raw[last + 1][:1].isupper()
    ):
        last += 1
    finding.claim_tokens(first, last, K.EMPLOYER, f"stands before “{note.raw[i]}”")


_SMALL_HEADS = word_set(
    "mill mine commissary factory plant foundry dairy farm farms ranch bakery warehouse shipyard brewery cannery",
    "quarry sawmill depot diner store garage cafe casino hotel motel refinery restaurant orchard orchards",
    "vineyard winery nursery greenhouse tannery distillery creamery grocery market yard",
)


def _small_company(finding: Finding, i: int) -> None:
    """`the Amherst paper mill`, `Fort Braddock commissary`: the head noun in small letters."""
    note = finding.note
    first = i
    while (
        first > 0
        and i - first < 4
        and note.gap(first - 1) in (" ", "\n")
        and note.low[first - 1] not in FUNCTION_WORDS
        and note.low[first - 1]
    ):
        if note.raw[first - 1][:1].islower() and first < i - 1:
            break
        first -= 1
    while first < i and note.raw[first][:1].islower():
        first += 1
    capitals = [k for k in range(first, i) if note.raw[k][:1].isupper()]
    if (
        capitals
        and not note.raw[first].isupper()
        and not (note.opens_sentence(first) and finding.is_word(note.low[first]))
        and not finding.is_medicine(first)
        and note.low[first] not in NOTE_WORDS
    ):
        finding.claim_tokens(first, i, K.EMPLOYER, f"stands before “{note.raw[i]}”")


def _systems(finding: Finding) -> None:
    """A health system's letters before a place: `UHS Binghurst`."""
    note = finding.note
    for i in range(note.count - 1):
        raw, following = note.raw[i], note.raw[i + 1]
        if (
            not 3 <= len(raw) <= 4
            or not raw.isalpha()
            or i in finding.taken
            or i + 1 in finding.taken
            or not note.caps_mean
            or not raw.isupper()
        ):
            continue
        if (
            finding.is_word(note.low[i])
            or note.gap(i) != " "
            or not (following[:1].isupper() and following[1:].islower())
            or len(following) < 4
            or finding.is_word(note.low[i + 1])
        ):
            continue
        if note.word(i - 1) in ("at", "to", "from", "of", "outside") or note.gap(i - 1).strip()[-1:] in (
            ",",
            "(",
            ":",
            "/",
        ):
            finding.claim_tokens(i, i + 1, K.FACILITY, "a health system and a place")


def _read_forward(finding: Finding, first: int) -> int:
    """The end of a run of proper words that begins at `first`: capitals, `&`, `of`, numbers of a local."""
    note = finding.note
    end = first
    while end < note.count and end - first < 7:
        word, raw = note.low[end], note.raw[end]
        if end > first:
            gap = note.gap(end - 1)
            stripped = gap.strip(" \n")
            if (
                stripped not in ("", "&")
                and gap != "-"
                and not (stripped == "." and (note.low[end - 1] in _SAINTS or len(note.low[end - 1]) == 1))
                and not (stripped == "," and word in ("inc", "llc", "corp", "ltd", "co"))
            ):
                break
            if "  " in gap or gap.count("\n") > 1:
                break
        if not word:
            break
        if note.caps_mean:
            if (
                not raw[:1].isupper()
                and not (raw.isdigit() and end > first)
                and not (word in EMPLOYER_HEADS and end > first and gap == " ")
                and not (word in EMPLOYER_HEADS or (end > first and _head_follows(finding, end)))
                and not (
                    word in ("of", "the", "and", "for", "at")
                    and end > first
                    and end + 1 < note.count
                    and note.raw[end + 1][:1].isupper()
                    and note.gap(end) == " "
                    and ((word != "at" and word != "and" and word != "for") or False)
                )
            ):
                break
        elif (word in FUNCTION_WORDS and not (word == "of" and end > first)) or word in VERBS:
            break
        end += 1
    while end > first and note.low[end - 1] in ("of", "the", "and", "at", "for"):
        end -= 1
    return end


def _head_follows(finding: Finding, i: int) -> bool:
    """`Amherst paper mill`: small letters up to a head noun."""
    note = finding.note
    return note.gap(i) == " " and note.word(i + 1) in EMPLOYER_HEADS and note.low[i] not in FUNCTION_WORDS


def _after_work(finding: Finding, i: int, word: str) -> None:
    """`works at Zeller Dairy`, `Employer: …`, `retired from …`, `Occupation: welder, …`."""
    note = finding.note
    k = i + 1
    if word == "funeral":
        if note.word(k) not in ("home", "director"):
            return
        k += 1
    labelled = word in ("employer", "occupation", "employment", "workplace", "funeral")
    if (
        (labelled and k < note.count and ":" in note.gap(k - 1))
        or (word == "employer" and note.gap(i).isspace())
        or (word in ("work", "job") and note.gap(i).strip() == "(")
    ):
        pass
    elif word in ("school", "attends"):
        if not (word == "attends" or ":" in note.gap(i)):
            return
    else:
        for _ in range(7):  # works night shift as a welder for …
            if (
                k >= note.count
                or any(mark in note.gap(k - 1) for mark in ".;\n\n" if mark != "\n")
                or note.gap(k - 1).count("\n") > 1
            ):
                return
            if note.low[k] in ("at", "for", "from", "with", "by"):
                break
            if note.low[k] in ("and", "but", "who", "to", "in", "on", "due", "because", "until", "since"):
                return
            k += 1
        else:
            return
        k += 1
        while note.word(k) in ("the", "a", "an", "local"):
            k += 1
    if k >= note.count:
        return
    if word in ("occupation", "employment") and not note.caps_mean:
        for step in range(1, 5):
            if (
                k + step < note.count
                and note.gap(k + step - 1).strip() in (",", "@", "-")
                and note.word(k + step) not in FUNCTION_WORDS - {"the"}
            ):
                k += step
                break
        else:
            return
        if note.word(k) == "the":
            k += 1
    if word in ("occupation", "employment") and note.caps_mean:
        # the trade first, then the firm
        for step in range(6):
            if k + step >= note.count or (
                "\n" in note.gap(k + step - 1) and step and not note._looks_wrapped(k + step)
            ):
                return
            if note.raw[k + step][:1].isupper() and (
                (step == 0 and not finding.is_only_word(note.low[k]))
                or (step and note.gap(k + step - 1).strip() in (",", "@", "-", "("))
                or note.word(k + step - 1) in ("at", "for", "with")
            ):
                k += step
                break
        else:
            return
    if not note.low[k] or (note.caps_mean and not note.raw[k][:1].isupper()):
        return
    if (
        note.low[k] in NO_PLACES
        or note.low[k] in FUNCTION_WORDS
        or (note.raw[k].isupper() and len(note.raw[k]) < 3)
        or note.low[k]
        in (
            "none",
            "unknown",
            "retired",
            "disabled",
            "self",
            "unemployed",
            "student",
            "home",
            "n",
            "na",
            "least",
            "times",
            "night",
            "nights",
            "full",
            "part",
            "age",
            "months",
            "years",
        )
    ):
        return
    if (
        not note.caps_mean
        and not labelled
        and note.low[k] in ("home", "baseline", "rest", "present", "time", "all", "night")
    ):
        return
    end = _read_forward(finding, k)
    if not note.caps_mean:
        end = _trimmed(finding, k, end)
    if (end > k and word != "work") or (end > k and (end - k > 1 or not finding.is_only_word(note.low[k]))):
        finding.claim_tokens(k, end - 1, K.EMPLOYER, f"follows “{note.raw[i]}”")


def _trimmed(finding: Finding, first: int, end: int) -> int:
    """Without capitals a name ends at its head noun, or with its last word that is nothing else."""
    note = finding.note
    for k in range(end - 1, first - 1, -1):
        if (
            note.low[k] in EMPLOYER_HEADS
            or note.low[k] in SURE_FACILITY_HEADS
            or not finding.is_word(note.low[k])
            or note.low[k].isdigit()
        ):
            return k + 1
    return first


def _after_at(finding: Finding, i: int, word: str) -> None:
    """`transferred from Cedar Hollow`: two capitals, or one no dictionary has, after words of going and being."""
    note = finding.note
    first = i + 1
    if word in ("facility", "hospital"):
        if ":" not in note.gap(i) or first >= note.count:
            return
    elif word in ("via", "by") or not note.gap(i).isspace():
        return
    if word in ("at", "to", "from") and note.word(first) == "the":
        first += 1
    if (
        not note.caps_mean
        and word in ("at", "from", "to")
        and first + 1 < note.count
        and note.gap(first) == " "
        and first not in finding.taken
    ):
        pair = (note.low[first], note.low[first + 1])
        if (
            all(len(one) > 2 and one.isalpha() and not finding.is_word(one) for one in pair)
            and not finding.lexicon.is_name(pair[0])
            and not any(k in finding.persons for k in (first, first + 1))
        ):
            finding.claim_tokens(first, first + 1, K.FACILITY, f"follows “{note.raw[i]}”")
            return
    if not note.caps_mean or first >= note.count or first in finding.taken or not note.raw[first][:1].isupper():
        if (
            word in ("facility", "hospital")
            and first < note.count
            and not note.caps_mean
            and not finding.is_only_word(note.low[first])
        ):
            end = _read_forward(finding, first)
            if end > first:
                finding.claim_tokens(first, end - 1, K.FACILITY, f"follows “{note.raw[i]}”")
        return
    name, raw = note.low[first], note.raw[first]
    if (
        not name
        or not raw[0].isalpha()
        or name in NO_PLACES
        or name in EPONYMS
        or name in DRUGS_LIKE_NAMES
        or name in FUNCTION_WORDS
        or name in NOTE_WORDS
        or finding.has_head(first)
    ):
        return
    end = _read_forward(finding, first)
    proper = [k for k in range(first, end) if note.low[k] not in NOTE_WORDS and note.low[k] not in FUNCTION_WORDS]
    strange = [k for k in proper if note.low[k].isalpha() and len(note.low[k]) > 2 and not finding.is_word(note.low[k])]
    if raw.isupper() and end - first == 1 and len(raw) < 6:
        return
    if (
        (
            len(proper) > 1
            and not all(note.low[k] in finding.lexicon.clinical and finding.is_only_word(note.low[k]) for k in proper)
        )
        or (strange and word != "to")
        or word in ("facility", "hospital")
    ):
        if any(k in finding.persons for k in range(first, end)):
            return
        finding.claim_tokens(first, end - 1, K.FACILITY, f"follows “{note.raw[i]}”")


def _again(finding: Finding) -> None:
    """A place named once, wherever its first words stand again: `Three Oaks Rehab`, then `Three Oaks`."""
    note = finding.note
    short: dict[str, set[tuple[str, ...]]] = {}
    for claim in finding.claims:
        if claim.kind in (K.FACILITY, K.EMPLOYER) and not claim.known:
            words = tuple(
                word for word, start in zip(note.low, note.start, strict=True) if claim.start <= start < claim.end
            )
            while words and (words[-1] in FACILITY_HEADS or words[-1] in SERVICE_WORDS or words[-1] in EMPLOYER_HEADS):
                words = words[:-1]
            if len(words) > 1 or (words and not finding.is_word(words[0]) and len(words[0]) > 3):
                short.setdefault(words[0], set()).add(words)
    if not short:
        return
    for i in range(note.count):
        for words in short.get(note.low[i], ()):
            if (
                i not in finding.taken
                and tuple(note.low[i : i + len(words)]) == words
                and (not note.caps_mean or note.is_capitalised(i))
            ):
                finding.claim_tokens(i, i + len(words) - 1, K.FACILITY, "a place found elsewhere in the text")
                break


def _unions(finding: Finding) -> None:
    note = finding.note
    for i in range(note.count - 1):
        if (
            note.low[i] == "local"
            and note.raw[i + 1].isdigit()
            and note.gap(i) in (" ", " #")
            and len(note.raw[i + 1]) < 5
        ):
            finding.claim_tokens(i, i + 1, K.EMPLOYER, "a union's local")


def _acronyms(finding: Finding) -> None:
    """The initials of a facility named here or in the demographics."""
    note = finding.note
    known = set(finding.index.acronyms)
    for claim in finding.claims:
        if claim.kind is K.FACILITY:
            known |= acronyms_of(note.text[claim.start : claim.end])
    for i in range(note.count):
        if (
            note.low[i] not in known
            or i in finding.taken
            or not (note.raw[i].isupper() or not note.caps_mean)
            or len(note.low[i]) < 3
        ):
            continue
        following, gap = note.word(i + 1), note.gap(i)
        placed = (
            note.word(i - 1) in ("at", "to", "from", "of")
            or following in _UNIT_WORDS
            or "^" in note.gap(i - 1)
            or "|" in note.gap(i - 1)
            or gap[:1] == "&"
        )
        if placed or not finding.is_word(note.low[i]):
            finding.claim_tokens(i, i, K.FACILITY, "a facility's initials")
