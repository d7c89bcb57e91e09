"""Makes resources/redaction/*.txt again from three pinned packages; run by hand, in an environment of its own.

The lists change once in ten years, so they are kept in the repository, and nobody who builds the program needs these
packages: `pip install names==0.3.0 zxcvbn==4.5.0 english-words==2.0.2`, then run this with that environment's Python.
"""

from __future__ import annotations

import sys
from pathlib import Path

OUT = Path(__file__).resolve().parents[2] / "resources" / "redaction"
SURNAMES = 12_000  # the commonest; they cover nine people of ten
ENDINGS = ("s", "es", "ed", "d", "ing", "ly", "er", "ers", "ings", "n't")


def names(kind: str, limit: int | None = None) -> list[str]:
    """A list of the 1990 census, the commonest first."""
    import names as package

    lines = Path(package.FILES[kind]).read_text("ascii").splitlines()
    return [line.split()[0].lower() for line in lines][:limit]


def english() -> set[str]:
    """Frequent words that Webster's of 1934 (public domain) has in lower case, or their stem."""
    from english_words import get_english_words_set
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    webster = {word for word in get_english_words_set(["web2"]) if word.islower()}
    frequent = [*FREQUENCY_LISTS["english_wikipedia"], *FREQUENCY_LISTS["us_tv_and_film"]]
    return {word for word in frequent if len(word) > 1 and word.isalpha() and _is_webster(word, webster)}


def _is_webster(word: str, webster: set[str]) -> bool:
    if word in webster:
        return True
    for ending in ENDINGS:
        stem = word.removesuffix(ending)
        if stem != word and len(stem) > 2:
            doubled = stem[:-1] if stem[-1] == stem[-2] else stem
            ied = stem[:-1] + "y" if stem.endswith("i") else stem
            if {stem, stem + "e", doubled, ied} & webster:
                return True
    return False


def main() -> int:
    OUT.mkdir(parents=True, exist_ok=True)
    surnames = names("last", SURNAMES)
    given = sorted({*names("first:male"), *names("first:female")})
    for name, words in (("surnames", sorted(surnames)), ("given", given), ("english", sorted(english()))):
        (OUT / f"{name}.txt").write_text("\n".join(words) + "\n", "ascii")
        print(f"{name}: {len(words)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
