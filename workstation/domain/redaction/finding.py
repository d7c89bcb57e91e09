"""What the finders share while one text is read: its tokens, what words are, and who has been found so far."""

from __future__ import annotations

import re

from workstation.domain.redaction.eponyms import DRUGS_LIKE_NAMES, EPONYMS, EPONYMS_WITH_A_NOUN, HEADS, SIGN_STATES
from workstation.domain.redaction.folding import folded, unconfused
from workstation.domain.redaction.kinds import Claim, Identifier
from workstation.domain.redaction.known import KnownIndex
from workstation.domain.redaction.lexicon import Lexicon
from workstation.domain.redaction.note import Note
from workstation.domain.redaction.people_words import CREDENTIALS, PARTICLES, SUFFIXES
from workstation.domain.redaction.plain_words import FUNCTION_WORDS, NOTE_WORDS
from workstation.domain.redaction.wording import word_set

CALENDAR = word_set(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august",
    "september october november december mon tue tues wed thu thur thurs fri sat sun jan feb mar apr jun jul aug",
    "sep sept oct nov dec",
)
LONGEST_NAME = 24
_INITIALS = re.compile(r"[A-Z](?:\.[A-Z]){1,2}")


def is_initials(raw: str) -> bool:
    """`T.J`, the last point left to the gap."""
    return _INITIALS.fullmatch(raw) is not None


class Finding:
    """Grows while the finders run, each over the tokens of one note; thrown away with its claims taken."""

    __slots__ = ("_words", "claims", "doubts", "index", "lexicon", "note", "persons", "taken")

    def __init__(self, note: Note, index: KnownIndex, lexicon: Lexicon) -> None:
        self.note = note
        self.index = index
        self.lexicon = lexicon
        self.claims: list[Claim] = []
        self.persons: dict[int, Identifier] = {}  # tokens that are part of a person's name
        self.taken: set[int] = set()  # tokens that are any identifier
        self.doubts: dict[int, str] = {}
        self._words: dict[str, bool] = {}

    def claim(self, start: int, end: int, kind: Identifier, why: str, *, known: bool = False) -> None:
        self.claims.append(Claim(start, end, kind, why, known))

    def claim_tokens(self, first: int, last: int, kind: Identifier, why: str, *, known: bool = False) -> None:
        """Claim tokens first to last, last included."""
        self.claims.append(Claim(self.note.start[first], self.note.end[last], kind, why, known))
        self.taken.update(range(first, last + 1))

    def claim_person(self, first: int, last: int, kind: Identifier, why: str, *, known: bool = False) -> None:
        self.claim_tokens(first, last, kind, why, known=known)
        for i in range(first, last + 1):
            self.persons.setdefault(i, kind)

    def is_word(self, word: str) -> bool:
        """Also means something else than a name; remembered, for a note repeats itself."""
        known = self._words.get(word)
        if known is None:
            known = self._words[word] = self.lexicon.is_word(word)
        return known

    def is_only_word(self, word: str) -> bool:
        return self.is_word(word) and not self.lexicon.is_name(word)

    def is_medicine(self, i: int) -> bool:
        """An eponym or a brand, or a name before a noun that makes it one: `Murphy sign`, `Bishop score`."""
        word = self.note.low[i]
        return word in EPONYMS or word in DRUGS_LIKE_NAMES or self.has_head(i)

    def has_head(self, i: int, *, noun: bool = False) -> bool:
        """What makes the name before it a word of medicine follows; `noun`: people are present or positive too."""
        gap = self.note.gap(i)
        if not noun and self.note.word(i + 1) in SIGN_STATES and gap.isspace():
            return len(self.note.word(i + 1)) > 1 or self.note.gap(i + 1)[:1] != "."
        return (gap.isspace() or gap[:2] in ("'s", "’s", "-")) and (
            self.note.word(i + 1) in HEADS or self.note.word(i + 1).removesuffix("s") in HEADS
        )

    def is_compound_eponym(self, i: int) -> bool:
        """`House-Brackmann`, `Creutzfeldt-Jakob`: one half of it is a word of medicine."""
        raw = self.note.raw[i]
        return "-" in raw and any(
            folded(piece) in EPONYMS or folded(piece) in EPONYMS_WITH_A_NOUN or folded(piece) in self.lexicon.clinical
            for piece in raw.split("-")
        )

    def can_be_name(self, i: int, strength: int) -> bool:
        """May token i be a name? 3: anything after a title; 2: after a label; 1: only what no dictionary has."""
        note = self.note
        if not 0 <= i < note.count or not note.low[i]:
            return False
        word, raw = note.low[i], note.raw[i]
        capital = note.caps_mean and raw[:1].isupper()
        if len(word) > LONGEST_NAME or (
            word in FUNCTION_WORDS and not (capital and strength > 1 and word in self.index.names)
        ):
            return False
        if not word.isalpha() and any(map(str.isdigit, word)):
            return self._is_scanned_name(i)
        if self._is_particle(i):
            return strength > 1 or word not in ("do", "la", "o")
        if note.caps_mean:
            return capital and (is_initials(raw) or self._capital_can_be_name(i, word, raw, strength))
        return word in self.index.names or self._small_can_be_name(i, word, strength)

    def _is_particle(self, i: int) -> bool:
        note = self.note
        behind = i + 1 < note.count and note.gap(i).isspace() and note.is_capitalised(i + 1)
        return note.low[i] in PARTICLES and len(note.low[i]) > 1 and behind

    def _small_can_be_name(self, i: int, word: str, strength: int) -> bool:
        if strength == 1 and self.is_compound_eponym(i):
            return False
        if strength == 3:
            return word not in NOTE_WORDS or self.lexicon.is_name(word)
        if strength == 2:
            return self.lexicon.is_name(word) or not self.is_word(word)
        return not self.is_word(word) and len(word) > 2

    def _capital_can_be_name(self, i: int, word: str, raw: str, strength: int) -> bool:
        if strength == 3:
            return word not in CREDENTIALS or word in ("do", "ma", "dc", "jd")
        if strength == 2:
            return not (word in NOTE_WORDS or word in CREDENTIALS) or (
                self.lexicon.is_name(word) and not (raw.isupper() and len(raw) < 4)
            )
        if word in CREDENTIALS or (len(raw) < 5 and raw.isupper()):
            return word in self.index.names
        return not self.is_word(word) and not self.has_head(i)

    def _is_scanned_name(self, i: int) -> bool:
        """A name in which a scanner read a digit: mostly letters, and a name once the digits are letters."""
        word = self.note.low[i]
        digits = sum(letter.isdigit() for letter in word)
        if digits > 1 or len(word) < 4 or self.note.raw[i][-1].isdigit():
            return unconfused(word) in self.index.unconfused and digits * 2 < len(word)
        meant = unconfused(word)
        return not self.is_word(meant) or self.lexicon.is_name(meant)

    def name_end(self, first: int, strength: int, *, comma: bool = False) -> int:
        """The index after the last token of the name that begins at `first`; `first` itself when none does."""
        if not self.can_be_name(first, strength):
            return first
        note, end = self.note, first + 1
        used_comma = not comma
        while end < note.count and end - first < 6:
            gap = note.gap(end - 1)
            word, raw = note.low[end], note.raw[end]
            if not used_comma and gap in (", ", ",", " , ", ",\n", ", \n") and word not in CREDENTIALS:
                if not self._joins(end):
                    break
                used_comma = True
            elif word in SUFFIXES and gap in (" ", ", ", ",", ". "):
                end += 1
                break
            elif (
                gap == "^"
                or (
                    gap in (". ", ".")
                    and (
                        len(note.raw[end - 1]) == 1 or is_initials(note.raw[end - 1]) or note.low[end - 1] in PARTICLES
                    )
                )
                or self._is_blank(gap, end)
            ):
                if len(word) == 1 and raw.isalpha():
                    if (raw.islower() and note.caps_mean) or note.gap(end)[:1] == "/":
                        break  # w/ rsv
                    if not (
                        note.gap(end)[:1] == "."
                        or (end + 1 < note.count and self._joins(end + 1))
                        or not note.gap(end)[:1].isspace()
                        or note.caps_mean
                    ):
                        break
                elif not self._joins(end):
                    break
            else:
                break
            end += 1
        while (
            end - 1 > first
            and note.low[end - 1] in PARTICLES
            and len(note.low[end - 1]) > 1
            and note.low[end - 1] not in self.index.names
            and note.raw[end - 1].islower()
        ):
            end -= 1
        return end

    def _is_blank(self, gap: str, i: int) -> bool:
        """A space or one wrapped line; two spaces or a label on the next line end a name."""
        if gap in (" ", "-\n", "- "):
            return True
        if gap.strip() or not gap or gap.count("\n") != 1:
            return False
        following = self.note.gap(i)
        return following.lstrip(" ")[:1] not in (":", "#")

    def _joins(self, i: int) -> bool:
        """May token i go on a name that has begun?"""
        note = self.note
        word, raw = note.low[i], note.raw[i]
        if not word:
            return False
        if word in self.index.names and (not note.caps_mean or raw[:1].isupper()):
            return True
        if (
            word in PARTICLES
            and i + 1 < note.count
            and note.gap(i).isspace()
            and note.low[i] not in ("do", "la", "o", "y")
        ):
            return note.raw[i + 1][:1].isupper() if note.caps_mean else self.lexicon.is_name(note.low[i + 1])
        if word in FUNCTION_WORDS or word in CREDENTIALS:
            return False
        if any(letter.isdigit() for letter in word):
            return self._is_scanned_name(i)
        if len(word) == 1:
            return raw.isupper() and note.gap(i)[:1] in (".", " ", ",", "\n", "")
        if note.caps_mean and not raw[:1].isupper():
            return False
        if word in NOTE_WORDS and not (self.lexicon.is_name(word) and not raw.isupper() and note.caps_mean):
            return False
        scored = word in EPONYMS and "\n" in note.gap(i - 1) and note.word(i + 1)[:1].isdigit()
        if scored or (self.has_head(i, noun=True) and self.is_word(word)):
            return False
        if word in CALENDAR and note.gap(i - 1).strip():
            return False
        if note.caps_mean and word in EPONYMS and not raw.isupper() and not self.is_word(note.low[i - 1]):
            return True
        return self.lexicon.is_name(word) or not self.is_word(word)
