"""Build: the ICD-10-CM Tabular List as CDC's XML holds it: titles, hierarchy, notes, 7th characters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, parse

from workstation.codebook.packaged import package_folder

NOTE_KINDS = {
    "includes": "includes",
    "inclusionTerm": "inclusion term",
    "excludes1": "excludes1",
    "excludes2": "excludes2",
    "codeFirst": "code first",
    "useAdditionalCode": "use additional",
    "codeAlso": "code also",
    "notes": "note",
    "sevenChrNote": "7th character",
}

# Codes and ranges inside a note's parentheses: (I50.1-), (K65.-), (O00-O07, O08.8), (T36-T50 with ...).
_CODE = r"[A-Z][0-9A][0-9A-Z](?:\.[0-9A-Z]{1,4})?"
_MENTION = re.compile(rf"\b(?:{_CODE}-{_CODE}|{_CODE}(?:\.?-)?)")


@dataclass(frozen=True)
class Heading:
    """One chapter, block, category or code of the Tabular List."""

    name: str  # "Chapter 9", "I30-I5A", "I50", "I50.33"
    title: str
    parent: str | None
    notes: tuple[tuple[str, str], ...] = ()
    sevenths: dict[str, str] = field(default_factory=dict)

    @property
    def is_code(self) -> bool:
        return bool(re.fullmatch(r"[A-Z][0-9A][0-9A-Z](\.[0-9A-Z]{1,4})?", self.name))


def clean(text: str | None) -> str:
    """One line without the stray tabs and doubled blanks of the source."""
    return " ".join((text or "").split())


def mentioned(text: str) -> tuple[str, ...]:
    """The codes and ranges a note names, as printed."""
    return tuple(dict.fromkeys(m.rstrip(",") for m in _MENTION.findall(text)))


def _notes(element: Element) -> tuple[tuple[str, str], ...]:
    return tuple(
        (NOTE_KINDS[child.tag], clean("".join(note.itertext())))
        for child in element
        if child.tag in NOTE_KINDS
        for note in child.findall("note")
        if clean("".join(note.itertext()))
    )


def _sevenths(element: Element) -> dict[str, str]:
    definition = element.find("sevenChrDef")
    if definition is None:
        return {}
    return {clean(e.get("char")): clean(e.text) for e in definition.findall("extension")}


def _walk(element: Element, parent: str) -> Iterator[Heading]:
    name = clean(element.findtext("name"))
    yield Heading(name, clean(element.findtext("desc")), parent, _notes(element), _sevenths(element))
    for child in element.findall("diag"):
        yield from _walk(child, name)


def read_tabular() -> tuple[Heading, ...]:
    """Every heading of the packaged XML, parents before children."""
    source = next(iter(sorted((package_folder("simple_icd_10_cm") / "data").glob("*.xml"))))
    with source.open("rb") as stream:
        return headings_of(parse(stream).getroot())  # noqa: S314 - a build-time source pinned by hash, not input


def headings_of(root: Element) -> tuple[Heading, ...]:
    """Every heading of a Tabular List in CDC's XML."""
    headings: list[Heading] = []
    for chapter in root.findall("chapter"):
        chapter_name = f"Chapter {clean(chapter.findtext('name'))}"
        title = re.sub(r"\s*\([A-Z]\d.*\)$", "", clean(chapter.findtext("desc")))
        headings.append(Heading(chapter_name, title, None, _notes(chapter)))
        for block in chapter.findall("section"):
            # Some blocks hold one category and bear its name: a block's own name keeps them apart.
            block_name = f"Block {clean(block.get('id'))}"
            block_title = re.sub(r"\s*\([A-Z]\d.*\)$", "", clean(block.findtext("desc")))
            headings.append(Heading(block_name, block_title, chapter_name, _notes(block)))
            for category in block.findall("diag"):
                headings.extend(_walk(category, block_name))
    return tuple(headings)


def dotted(bare: str) -> str:
    """`I5033` as `I50.33`."""
    return f"{bare[:3]}.{bare[3:]}" if len(bare) > 3 else bare


class TabularTitles:
    """Titles of full codes: the heading's own, or its base title with the 7th character's meaning."""

    def __init__(self, headings: tuple[Heading, ...]) -> None:
        self._by_name = {h.name: h for h in headings}

    def base_of(self, bare: str) -> Heading | None:
        """The heading a seven-character code extends, padding X taken off."""
        stem = bare[:6]
        while len(stem) >= 3:
            heading = self._by_name.get(dotted(stem))
            if heading is not None:
                return heading
            if not stem.endswith("X"):
                return None
            stem = stem[:-1]
        return None

    def sevenths_of(self, heading: Heading) -> dict[str, str]:
        """The 7th characters in force at a heading: its own or the nearest ancestor's."""
        here: Heading | None = heading
        while here is not None:
            if here.sevenths:
                return here.sevenths
            here = self._by_name.get(here.parent or "")
        return {}

    def title(self, bare: str) -> str | None:
        own = self._by_name.get(dotted(bare))
        if own is not None:
            return own.title
        if len(bare) != 7:
            return None
        base = self.base_of(bare)
        if base is None:
            return None
        meaning = self.sevenths_of(base).get(bare[6])
        return f"{base.title}, {meaning}" if meaning else None
