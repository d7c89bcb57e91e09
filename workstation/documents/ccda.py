"""C-CDA to plain text: the title and each section's narrative, which is what its author signed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from workstation.documents.html import lines_of
from workstation.errors import DocumentUnreadable

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_NS = "{urn:hl7-org:v3}"
_LINES = frozenset({"paragraph", "br", "list", "item", "table", "tr", "caption", "title", "thead", "tbody"})
_CELLS = frozenset({"td", "th"})
DEEPEST = 200


def text_of_ccda(body: bytes) -> str:
    """The narrative of a clinical document. Raises DocumentUnreadable for other or hostile XML."""
    from defusedxml import DefusedXmlException, ElementTree

    try:
        root: Element = ElementTree.fromstring(body, forbid_dtd=True)
    except (DefusedXmlException, ValueError, SyntaxError, LookupError, RecursionError):
        raise DocumentUnreadable("Its XML cannot be read.") from None
    if root.tag != f"{_NS}ClinicalDocument":
        raise DocumentUnreadable("It is XML of a kind this workstation does not know.")
    parts = [_words(title) for title in root.findall(f"{_NS}title")]
    structured = root.find(f"{_NS}component/{_NS}structuredBody")
    for section in structured.iter(f"{_NS}section") if structured is not None else ():
        parts += [f"\n\n{_words(title).strip()}\n" for title in section.findall(f"{_NS}title")]
        parts += ["".join(_narrative(text, 0)) for text in section.findall(f"{_NS}text")]
    return lines_of("\n".join(parts))


def _words(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def _narrative(element: Element, depth: int) -> Iterator[str]:
    if depth > DEEPEST:
        raise DocumentUnreadable("Its XML is nested too deeply.")
    name = str(element.tag).removeprefix(_NS)
    if name in _LINES:
        yield "\n- " if name == "item" else "\n"
    elif name in _CELLS:
        yield "  "
    yield _flat(element.text)
    for child in element:
        yield from _narrative(child, depth + 1)
        yield _flat(child.tail)
    if name in ("paragraph", "item", "tr", "caption"):
        yield "\n"


def _flat(text: str | None) -> str:
    if not text:
        return ""
    inner = " ".join(text.split())
    return f"{' ' if text[:1].isspace() else ''}{inner}{' ' if text[-1:].isspace() else ''}"
