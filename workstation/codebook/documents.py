"""Build: what the search can find: one document for each title, inclusion term and default term."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from workstation.codebook.tabular import Heading, dotted
from workstation.codebook.words import range_numbers, words

DEFAULT, TITLE, INCLUSION, INDEX = 0, 1, 2, 3

# Chapters seldom meant when their words also name something else: injury, obstetrics, external causes.
_CHAPTER_PRIORITY = {"O": 2, "P": 2, "S": 1, "T": 2, "V": 4, "W": 4, "X": 4, "Y": 4, "Q": 1}
_SEVENTH_PRIORITY = {"A": 0, "D": 2, "S": 2}


@dataclass(frozen=True)
class Document:
    """Words that lead to a code; `phrase` is shown as the reason when it is not the title."""

    bare: str
    kind: int
    phrase: str | None
    words: tuple[str, ...]


def searchable(text: str) -> tuple[str, ...]:
    return words(text) + range_numbers(text)


def default_leaf(heading: str, leaves_below: Iterable[str], title_of: dict[str, str]) -> str | None:
    """The full code meant when a heading's term is documented and nothing more: its unspecified one."""

    def rank(bare: str) -> tuple[int, int, int, str]:
        title = title_of[bare].lower()
        initial = 0 if len(bare) < 7 or bare[6] in "A0" else 1
        unspecified = 0 if "unspecified" in title or " nos" in title else 1
        return (initial, unspecified, len(bare) if unspecified else len(title), bare)

    choices = list(leaves_below)
    return min(choices, key=rank) if choices else None


def diagnosis_documents(
    leaves: dict[str, str], headings: Iterable[Heading], defaults: Iterable[tuple[str, str]]
) -> Iterator[Document]:
    """Documents of ICD-10-CM: `leaves` are full codes with titles, `defaults` our own (phrase, code)."""
    for phrase, bare in defaults:
        yield Document(bare, DEFAULT, phrase, searchable(phrase))
    for bare, title in leaves.items():
        yield Document(bare, TITLE, None, searchable(title))
    below: dict[str, list[str]] = {}
    for bare in leaves:
        for length in range(3, len(bare) + 1):
            below.setdefault(bare[:length], []).append(bare)
    for heading in headings:
        if not heading.is_code:
            continue
        terms = [text for kind, text in heading.notes if kind in ("inclusion term", "includes")]
        if not terms:
            continue
        target = default_leaf(heading.name, below.get(heading.name.replace(".", ""), ()), leaves)
        if target is None:
            continue
        for term in terms:
            yield Document(target, INCLUSION, term, searchable(term))


def priority(document: Document, in_force: bool, said: int) -> tuple[int, int, int, int, int, int, int, str]:
    """Static order of documents: what coders say in the most ways comes first, retired codes last."""
    bare = document.bare
    seventh = _SEVENTH_PRIORITY.get(bare[6], 3) if len(bare) == 7 else 0
    unspecified = 0 if document.kind != TITLE or "unspecified" in document.words else 1
    return (
        0 if in_force else 1,
        0 if document.kind == DEFAULT else 1,
        -said,
        _CHAPTER_PRIORITY.get(bare[0], 0) + seventh,
        len(document.words),
        unspecified,
        document.kind,
        dotted(bare),
    )


def plain_documents(titles: dict[str, str], defaults: Iterable[tuple[str, str]]) -> Iterator[Document]:
    """Documents of the systems without notes: titles and our own default terms."""
    for phrase, bare in defaults:
        yield Document(bare, DEFAULT, phrase, searchable(phrase))
    for bare, title in titles.items():
        yield Document(bare, TITLE, None, searchable(title))
