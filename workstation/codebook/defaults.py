"""Build: our own table of everyday terms and the code each means when nothing more is said."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files

FILES = {"ICD-10-CM": "defaults_cm.txt", "ICD-10-PCS": "defaults_pcs.txt", "HCPCS": "defaults_hcpcs.txt"}


def default_terms() -> Iterator[tuple[str, str, str]]:
    """(system, phrase, code without its dot); a line reads `I50.9  heart failure; cardiac failure`."""
    for system, name in FILES.items():
        text = (files("workstation.codebook") / "data" / name).read_text("utf-8")
        for line in text.splitlines():
            code, _, phrases = line.partition("#")[0].strip().partition(" ")
            for phrase in phrases.split(";"):
                if phrase.strip():
                    yield system, phrase.strip(), code.replace(".", "")
