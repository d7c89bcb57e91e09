"""A word that is nothing else with people around it: a relation nearby, a list of names, what people do, own or call."""

from __future__ import annotations

from workstation.domain.redaction.finding import Finding
from workstation.domain.redaction.kinds import Identifier
from workstation.domain.redaction.people_words import (
    CREDENTIALS,
    MODALS,
    PROVIDER_LABELS,
    RELATIONS,
    RELATIVE_LABELS,
    ROLES,
    SPEAKS,
    TITLES,
)
from workstation.domain.redaction.plain_words import FUNCTION_WORDS, NOTE_WORDS
from workstation.domain.redaction.wording import word_set

_REACH = 5
# What may stand between a relation and the name: `friend from temple`, `their girl, whose name is`.
_BETWEEN = word_set(
    "a an the this that from at in of is was named called name names her his their my our who and also with class",
    "temple church work school mosque synagogue gym team group unit next door closest best old new current longtime",
    "by marriage years yrs girl boy girls boys kid child close good dear late",
    "only other eldest oldest youngest younger older first second nearest next",
)
_ENDS = (".", ";", ":", "|", "\n\n", "?", "!")
_CALLS = word_set("named naming names called name call")
_PRONOUNS = word_set("her him them it baby is are was were as")
_OWNS = ("'s", "’s", "'S", "’S")
_BELONGINGS = word_set(
    "phone cell number truck car van house home place apartment trailer own room chart wishes family side voice birthday",
    "death passing absence help cooking work job boss school class office bed things belongings purse wallet dog cat visit",
    "name insurance request questions concerns lawyer attorney story account report permission consent signature",
)
_TOWARD = word_set(
    "toward towards against between told asked calls called calling call contact reached ask saw meet met visit per",
    "updated update notify notified texted informed phoned emailed mention mentions mentioned misses missed loves",
    "took takes married divorced raised adopted dating blames fears trusts trust custody of about",
)
_ASKED = word_set("ask asks asked asking wait waits waiting try look looks looking call calls cares caring")
_BEFORE_INITIALED = word_set("by with and peer per told named")
_MEETING = word_set(
    "spoke speak speaking talked talk lives live living message met meeting discussed discussing here visited stays staying",
    "came arrived moved voicemail conversation call sat resides confirmed verified reviewed",
)
_CUES = frozenset(
    [
        *(("by", word) for word in ("accompanied", "brought", "escorted", "driven", "translated", "transported")),
        *(("from", word) for word in ("collateral", "history", "information")),
        *(("is", word) for word in ("name", "poa", "hcp", "proxy", "contact", "nok")),
        *(("with", word) for word in ("left", "spoke", "lives")),
    ]
)
_UPDATE = word_set("update updated contact called call phoned texted notified")
_WILL_DO = word_set("pick drive call bring stay visit transport accompany help provide come take assist")
_SURELY_SPEAKS = word_set(
    "says said states stated asks asked agrees agreed thinks thought drove wants wanted told tells worries babysits visits",
    "visited reported insists believes brought",
)
_TRADES = word_set(
    "chaplain scribe exercise physiologist dietitian social worker therapist counselor navigator coordinator technician",
    "technologist nurse student intern fellow resident interpreter volunteer advocate paralegal coach instructor genetic",
    "physical occupational speech respiratory medical case lactation child music art recreation certified registered",
)
_NAMELESS = CREDENTIALS | TITLES | RELATIONS
_SOMEBODY = ROLES | PROVIDER_LABELS | RELATIVE_LABELS
_DOSES = word_set(
    "mg mcg ml units unit tab tabs cap caps po iv bid tid qid daily qd qhs prn gtt drip patch puffs score"
)
_LISTS = (", ", " & ", "/", ", and ", " + ", ",\n", " / ", "; ")


def find(finding: Finding) -> None:
    note = finding.note
    near = _relations_near(finding)
    for i in range(note.count):
        if i in near and i not in finding.taken and _is_pointed(finding, i):
            finding.claim_person(i, i, Identifier.RELATIVE, "initials near a relation")
        if i not in finding.taken and _is_nothing_else(finding, i):
            why = _why(finding, i, near)
            if why:
                last = max(finding.name_end(i, 1) - 1, i)
                finding.claim_person(i, last, Identifier.RELATIVE, why)
        elif i not in finding.taken and _is_sure(finding, i):
            finding.claim_person(i, i, Identifier.RELATIVE, "a name by what stands on both sides")
    _lists(finding, range(note.count))
    _lists(finding, range(note.count - 1, -1, -1))


def _relations_near(finding: Finding) -> frozenset[int]:
    """Tokens a relation speaks of: behind it, with nothing but small words between."""
    note = finding.note
    near: set[int] = set()
    for i, word in enumerate(note.low):
        if word not in RELATIONS and word not in RELATIVE_LABELS:
            continue
        for k in range(i + 1, min(i + 1 + _REACH, note.count)):
            gap = note.gap(k - 1)
            if any(mark in gap for mark in _ENDS):
                break
            near.add(k)
            if note.low[k] not in _BETWEEN and not note.low[k].isdigit():
                break
    return frozenset(near)


def _is_nothing_else(finding: Finding, i: int) -> bool:
    """A word of letters that is no word; where capitals mean anything, with one."""
    note = finding.note
    word, raw = note.low[i], note.raw[i]
    if note.caps_mean and not (raw[:1].isupper() and raw[1:2].islower()):
        return False
    if len(word) < 3 or not word.isalpha() or finding.is_word(word) or word in _NAMELESS:
        return False
    if finding.has_head(i, noun=True) or finding.is_compound_eponym(i):
        return False
    following = note.word(i + 1)
    if following[:1].isdigit() and note.gap(i).strip() in ("", "+", "-", "=", "~", "<", ">", ":"):
        return False  # a dose, a score
    return following not in _DOSES and any(letter in "aeiouy" for letter in word)


def _why(finding: Finding, i: int, near: frozenset[int]) -> str:
    note, lexicon = finding.note, finding.lexicon
    word, after, following = note.low[i], note.word(i + 1), note.gap(i)
    if i in near:
        return "a name near a relation"
    if _is_pair(finding, i):
        return "two names together"
    if following == ", " and after in _TRADES and (note.opens_sentence(i) or i - 1 in finding.persons):
        return "a name before what its bearer does"
    if following == " " and after in SPEAKS and (note.caps_mean or len(word) > 3):
        return "does what people do"
    is_name = lexicon.is_name(word)
    if following[:2] in _OWNS and (after in _BELONGINGS or after in RELATIONS):
        return "somebody's"
    if following == " " and after in ("will", "can") and note.word(i + 2) in _WILL_DO and (note.caps_mean or is_name):
        return "does what people do"
    numbered = after in ("i", "ii", "iii", "iv", "v", "vi")
    return _why_before(finding, i) or ("" if numbered else _why_alone(finding, word))


def _why_before(finding: Finding, i: int) -> str:
    """What stands before the word says that it is somebody."""
    note = finding.note
    before, second, gap = note.word(i - 1), note.word(i - 2), note.gap(i - 1)
    if gap not in (" ", "\n", ": "):
        return ""
    if before in _CALLS and second not in ("brand", "trade", "generic", "drug"):
        return "a name that was given"
    if gap == ": ":
        return ""
    if before == "told" or (before == "and" and (second in RELATIONS or second in ("pt", "patient"))):
        return "somebody spoken of"
    if before in _PRONOUNS and second in _CALLS:
        return "a name that was given"
    if before in ("is", "was") and second in _SOMEBODY:
        return f"follows “{second} {before}”"
    spoken_of = before in _TOWARD or (before == "for" and second in _ASKED)
    if spoken_of and (note.caps_mean or finding.lexicon.is_name(note.low[i])):
        return "somebody spoken of"
    return ""


def _why_alone(finding: Finding, word: str) -> str:
    """Where capitals say nothing a name that is nothing else needs no company."""
    if finding.note.caps_mean:
        return ""
    if word in finding.lexicon.given and len(word) > 3:
        return "a given name and no other word"
    return "a surname and no other word" if word in finding.lexicon.surnames and len(word) > 4 else ""


def _is_sure(finding: Finding, i: int) -> bool:
    """A word that is also a name: `custody of Wren`, `Wren (age 4)`, `hit by Royal B.`, `asking for Hope`."""
    note = finding.note
    word, before = note.low[i], note.word(i - 1)
    listed = word in finding.lexicon.given or word in finding.lexicon.surnames
    if not listed or len(word) < 3 or word in NOTE_WORDS or word in FUNCTION_WORDS:
        return False
    if note.caps_mean and not _is_title_case(note.raw[i]):
        return False
    if before == "for" and note.word(i - 2) in _ASKED and word in finding.lexicon.given:
        return note.caps_mean or note.gap(i)[:1] in ('"', "”", ".", ",")
    if finding.is_medicine(i) or word in MODALS:
        return False
    if word in finding.lexicon.given and (_is_met(finding, i) or _does_as_people(finding, i)):
        return True
    if before == "of" and note.word(i - 2) in ("custody", "widow", "widower"):
        return True
    if note.gap(i) == " (" and note.word(i + 1) in ("age", "aged"):
        return True
    if before in RELATIONS and note.gap(i - 1) == note.gap(i) == ", ":
        return True
    return note.caps_mean and not note.opens_sentence(i) and before in _BEFORE_INITIALED and _has_initial(finding, i)


def _is_met(finding: Finding, i: int) -> bool:
    """`spoke w/ Hope`, `lives with Hope`, `accompanied by Hope`, `mother of Hope`, `patient and Hope`: the cue is two words."""
    note = finding.note
    before, second, gap = note.word(i - 1), note.word(i - 2), note.gap(i - 1)
    if gap not in (" ", "\n", "/", "/ ") or note.word(i + 1)[:1].isdigit():
        return False
    if before in ("with", "w"):
        return second in _MEETING or note.word(i - 3) in _MEETING
    if before in ("of", "and"):
        return second in RELATIONS or (before == "and" and second in ("pt", "patient"))
    if before == "per":
        return note.gap(i)[:1] == "," or note.caps_mean
    return before == "told" or (before, second) in _CUES or (before in _UPDATE and note.caps_mean)


def _does_as_people(finding: Finding, i: int) -> bool:
    """`Hope states`, `Hope will drive`, `Hope's phone`."""
    note = finding.note
    gap, after = note.gap(i), note.word(i + 1)
    if gap[:2] in _OWNS:
        return after in _BELONGINGS or after in RELATIONS
    will_do = after in ("will", "can", "to") and note.word(i + 2) in _WILL_DO
    return gap == " " and (after in _SURELY_SPEAKS or will_do) and not note.gap(i - 1).endswith(" (")


def _is_title_case(raw: str) -> bool:
    return raw[:1].isupper() and raw[1:].islower()


def _has_initial(finding: Finding, i: int) -> bool:
    note = finding.note
    one = len(note.word(i + 1)) == 1 and note.gap(i) == " " and note.raw[i + 1].isupper()
    return one and note.gap(i + 1)[:1] == "."


def _is_pair(finding: Finding, i: int) -> bool:
    """`Nkechi Obiora`: two capitals that are no words, whatever list they are missing from."""
    note, lexicon = finding.note, finding.lexicon
    if i + 1 >= note.count or note.gap(i) != " " or i + 1 in finding.taken or not _is_nothing_else(finding, i + 1):
        return False
    if note.caps_mean:
        return True
    first, second = note.low[i], note.low[i + 1]
    return len(first) > 3 and len(second) > 3 and (lexicon.is_name(first) or lexicon.is_name(second))


def _lists(finding: Finding, order: range) -> None:
    """`Hodan & Ifrah`, `Rigoberto and T.J.`: beside somebody, in one list."""
    note = finding.note
    persons = finding.persons
    for i in order:
        if i in finding.taken or not (i - 1 in persons or i + 1 in persons or i - 2 in persons or i + 2 in persons):
            continue
        if not _is_listed(finding, i):
            continue
        before = _before_in_list(finding, i)
        after = _after_in_list(finding, i)
        for other in (before, after):
            if 0 <= other < note.count and other in finding.persons:
                finding.claim_person(i, i, finding.persons[other], "in a list of names")
                break


def _is_listed(finding: Finding, i: int) -> bool:
    """No other word, or a capital that is a name among other things, joined by a word: `Corwin and Banks`."""
    note = finding.note
    word, raw = note.low[i], note.raw[i]
    if _is_nothing_else(finding, i) or _is_pointed(finding, i):
        return True
    if not note.caps_mean or len(raw) < 3 or not _is_title_case(raw) or note.opens_sentence(i):
        return False
    joined = note.word(i - 1) in ("and", "&") or note.gap(i - 1).strip() == "&"
    plain = word not in NOTE_WORDS and word not in FUNCTION_WORDS and not finding.is_medicine(i)
    return joined and plain and finding.lexicon.is_name(word) and word not in finding.lexicon.clinical


def _is_pointed(finding: Finding, i: int) -> bool:
    """`T.J`: initials one is called by."""
    raw = finding.note.raw[i]
    return len(raw) == 3 and raw[1] == "." and raw[0].isalpha() and raw[2].isalpha()


def _before_in_list(finding: Finding, i: int) -> int:
    note = finding.note
    gap = note.gap(i - 1)
    if note.word(i - 1) in ("and", "or", "y") and gap.isspace() and note.gap(i - 2) in (" ", ", ", "\n"):
        return i - 2
    return i - 1 if i and gap in _LISTS and _is_listable(finding, i, gap) else -1


def _after_in_list(finding: Finding, i: int) -> int:
    note = finding.note
    gap = note.gap(i)
    if note.word(i + 1) in ("and", "or", "y") and gap in (" ", ", ", "\n") and note.gap(i + 1).isspace():
        return i + 2
    return i + 1 if gap in _LISTS and _is_listable(finding, i, gap) else -1


def _is_listable(finding: Finding, i: int, gap: str) -> bool:
    """A comma joins other things than names too: without a capital it takes a name that is known as one."""
    note = finding.note
    sure = "&" in gap or "/" in gap or finding.lexicon.is_name(note.low[i])
    return sure or note.caps_mean or note.gap(i)[:1] == ")"
