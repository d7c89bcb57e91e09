"""The dictionary the tests redact with: the built pack's words, where it is built, and the lists of the repository."""

from __future__ import annotations

from pathlib import Path

from workstation.codebook.lexicon import read_lexicon

PACK = Path(__file__).resolve().parents[2] / "resources" / "codesets" / "codebook.db"
LEXICON = read_lexicon(PACK)
