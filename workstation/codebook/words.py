"""Words as the search sees them: folded, ranges opened into numbers, endings cut to a stem."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Words that carry no choice between two codes. "without" and "no" do, and stay.
STOP_WORDS = frozenset({
    "an", "and", "are", "as", "at", "be", "by", "due", "eg", "for", "from", "has", "ie", "in", "into", "is",
    "it", "its", "nec", "nos", "of", "on", "or", "patient", "per", "pt", "s", "the", "this", "to", "using", "via", "w",
    "with",
})  # fmt: skip

_WORD = re.compile(r"[a-z0-9]+")

# Written with a slash or a sign, which the cut into words would lose.
_SIGNS = (
    (re.compile(r"\bw/o\b"), " without "), (re.compile(r"\bs\s?/\s?p\b|\bs p\b|\bstatus post\b"), " sp "),
    (re.compile(r"\bh/o\b|\bh o\b|\bhistory of\b|\bhx of\b"), " history "),
    (re.compile(r"\bf/h\b"), " family history "), (re.compile(r"\bb/l\b|\bb l\b"), " bilateral "),
    (re.compile(r"\bc/o\b|\br/o\b|\bd/t\b|\b2/2\b|\bw/"), " "),
    (re.compile(r"\bi\s?&\s?d\b"), " i d "), (re.compile(r"\bd\s?&\s?c\b"), " d c "),
    (re.compile(r"(?<=[0-9]),(?=[0-9]{3})"), ""), (re.compile(r">"), " over "), (re.compile(r"<"), " under "),
)  # fmt: skip
_HAS_SIGN = re.compile(r"[/&,<>]|\bof\b|status|\b[shb] ")
_RANGE = re.compile(r"\b(\d{1,4})(?:\.\d+)?\s*(?:-|to)\s*(\d{1,4})(?:\.\d+)?")
_APOSTROPHES = str.maketrans("", "", "'’‘`")
_WIDEST_RANGE = 260  # birth weights come in steps of 250 grams

# Longest first; what is left must have four letters, or short words would fall together.
_ENDINGS = (
    "ations", "ation", "ating", "ical", "ions", "ives", "ings", "ious", "ied", "ies", "ion", "ive", "ing", "ous",
    "ed", "es", "is", "ic", "al", "ia", "um", "us", "y", "e", "s", "a",
)  # fmt: skip


def fold(text: str) -> str:
    """Lower case, no accents, no apostrophes."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode() if not text.isascii() else text
    return plain.lower().translate(_APOSTROPHES)


def words(text: str, keep: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """The words of a text in order, stop words left out but those to keep."""
    plain = fold(text)
    if _HAS_SIGN.search(plain):
        for sign, meaning in _SIGNS:
            plain = sign.sub(meaning, plain)
    return tuple(w for w in _WORD.findall(plain) if w in keep or w not in STOP_WORDS)


def range_numbers(text: str) -> tuple[str, ...]:
    """Every whole number a printed range covers, so that `bmi 42` meets `40.0-44.9`."""
    numbers: list[str] = []
    for low, high in _RANGE.findall(text):
        first, last = int(low), int(high)
        if 0 < last - first <= _WIDEST_RANGE:
            numbers.extend(str(n) for n in range(first, last + 1))
    return tuple(dict.fromkeys(numbers))


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The beginning a word shares with its relatives: `hypertension` and `hypertensive` give `hypertens`."""
    if len(word) < 6 or word.isdigit():
        return word[:-1] if len(word) == 5 and word.endswith("s") and not word.endswith("ss") else word
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word
