"""Build: our own table of what coders type for the words a title uses: abbreviations, lay words, brands."""

from __future__ import annotations

from importlib.resources import files

from workstation.codebook.shorthand import TELLING, spell_out
from workstation.codebook.words import STOP_WORDS, words

FILES = {"ICD-10-CM": "synonyms_cm.txt", "ICD-10-PCS": "synonyms_pcs.txt", "HCPCS": "synonyms_hcpcs.txt"}


def synonym_rows() -> list[tuple[str, str, int, str]]:
    """(system, phrase, place, meaning); a line reads `sob; short of breath = shortness breath | dyspnea`.

    A meaning's word that ends in `?` need not be found, it only lifts what holds it.
    """
    rows: dict[tuple[str, str], list[str]] = {}
    for system, name in FILES.items():
        text = (files("workstation.codebook") / "data" / name).read_text("utf-8")
        for line in text.splitlines():
            phrases, equals, meanings = line.partition("#")[0].partition("=")
            if not equals:
                continue
            for phrase in phrases.split(";"):
                key = (system, " ".join(spell_out(words(phrase, TELLING))))
                for meaning in meanings.split("|"):
                    asked = [w for w in meaning.split() if w.rstrip("?") not in STOP_WORDS]
                    rows.setdefault(key, []).append(" ".join(asked))
    return [
        (system, phrase, place, meaning)
        for (system, phrase), meanings in sorted(rows.items())
        for place, meaning in enumerate(dict.fromkeys(meanings))
        if phrase
    ]
