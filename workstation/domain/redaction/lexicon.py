"""What words are: names of people, ordinary English, words of medicine. A plain value the caller reads from a file."""

from __future__ import annotations

from dataclasses import dataclass

from workstation.domain.redaction.eponyms import DRUGS_LIKE_NAMES, EPONYMS
from workstation.domain.redaction.plain_words import FUNCTION_WORDS, NAMES_THAT_ARE_WORDS, NOTE_WORDS


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All words folded: lower case, no accents, no marks."""

    given: frozenset[str] = frozenset()  # given names
    surnames: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()  # ordinary English
    clinical: frozenset[str] = frozenset()  # the code book's words, drugs

    def is_name(self, word: str) -> bool:
        return word in self.given or word in self.surnames

    def is_word(self, word: str) -> bool:
        """Also means something else than a name."""
        return (
            word in self.words
            or word in self.clinical
            or word in NOTE_WORDS
            or word in FUNCTION_WORDS
            or word in NAMES_THAT_ARE_WORDS
            or word in EPONYMS
            or word in DRUGS_LIKE_NAMES
        )


BUILT_IN = Lexicon()
