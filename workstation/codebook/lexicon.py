"""The redactor's dictionary: census names and English words from resources/redaction, medicine from the built pack."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from workstation.domain.redaction.given_names import MORE_GIVEN
from workstation.domain.redaction.lexicon import Lexicon

WORDS = Path(__file__).resolve().parents[2] / "resources" / "redaction"


def read_lexicon(pack: Path | None, words: Path = WORDS) -> Lexicon:
    """The whole dictionary; without a pack its own words of medicine are missing and the rest serves."""
    lists = {name: _lines(words / f"{name}.txt") for name in ("given", "surnames", "english")}
    clinical = _vocabulary(pack) if pack is not None and pack.is_file() else frozenset()
    return Lexicon(lists["given"] | MORE_GIVEN, lists["surnames"], lists["english"], clinical)


def _lines(path: Path) -> frozenset[str]:
    return frozenset(path.read_text("ascii").split())


def _vocabulary(pack: Path) -> frozenset[str]:
    db = sqlite3.connect(f"{pack.absolute().as_uri()}?mode=ro", uri=True)
    try:
        rows = db.execute("select word from vocabulary where length(word) > 2 order by word")
        return frozenset(word for (word,) in rows if word.isalpha())
    finally:
        db.close()
