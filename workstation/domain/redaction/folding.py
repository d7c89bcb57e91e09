"""Letters as they are compared: lower case, without accents and stray marks, scanner confusions undone."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

# What a scanner or a tired typist makes of a letter, in one class each; used for whole known words only.
_CONFUSED = str.maketrans("01582634i|", "olsbzgeall")


@lru_cache(maxsize=20_000)
def folded(word: str) -> str:
    """`O’Brien-López` becomes `obrienlopez`."""
    if not word.isascii():
        plain = unicodedata.normalize("NFKD", word.replace("đ", "d").replace("Đ", "D").replace("ø", "o"))
        word = "".join(letter for letter in plain if not unicodedata.combining(letter))
    if not word.isalnum():
        word = "".join(letter for letter in word if letter.isalnum())
    return word.lower()


def unconfused(word: str) -> str:
    """A folded word with digits read as the letters they are mistaken for, i read as l: `5andoval`, `hil1`."""
    return word.translate(_CONFUSED)


def slips(word: str) -> set[str]:
    """The word and all it becomes by losing one letter: two words one slip apart share one of these."""
    return {word, *(word[:place] + word[place + 1 :] for place in range(len(word)))}


def one_slip_apart(one: str, other: str) -> bool:
    """At most one letter changed, lost, added, or two neighbours swapped."""
    if one == other:
        return True
    short, long = sorted((one, other), key=len)
    if len(long) - len(short) > 1:
        return False
    start = 0
    while start < len(short) and short[start] == long[start]:
        start += 1
    if len(short) != len(long):
        return short[start:] == long[start + 1 :]
    swapped = short[start : start + 2] == long[start : start + 2][::-1] and short[start + 2 :] == long[start + 2 :]
    return short[start + 1 :] == long[start + 1 :] or swapped
