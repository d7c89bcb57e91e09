"""Which diagnoses are exempt from POA reporting: rules by code prefix and 7th character."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files


@lru_cache(maxsize=1)
def _rules() -> dict[str, str]:
    """Prefix -> the 7th characters it holds for; empty for every code under it."""
    text = (files("workstation.codebook") / "data" / "poa_exempt.txt").read_text("utf-8")
    rules: dict[str, str] = {}
    for line in text.splitlines():
        for rule in line.partition("#")[0].split():
            prefix, _, sevenths = rule.partition("/")
            rules[prefix] = sevenths
    return rules


def is_poa_exempt(bare: str) -> bool:
    """Whether a code, given without its dot, needs no POA indicator."""
    rules = _rules()
    for length in range(len(bare), 0, -1):
        sevenths = rules.get(bare[:length])
        if sevenths is None:
            continue
        if not sevenths or (len(bare) == 7 and bare[6] in sevenths):
            return True
    return False
