"""HTML to plain text: blocks become lines, cells are parted, scripts and styles are left out."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_BLOCKS = frozenset(
    {"address", "article", "aside", "blockquote", "caption", "dd", "div", "dl", "dt", "figcaption", "footer", "form"}
    | {"h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section", "table"}
    | {"tbody", "tfoot", "thead", "tr", "ul", "body", "title"}
)
_SILENT = frozenset({"script", "style", "head", "template", "noscript", "iframe", "object", "svg"})
_PARTED = frozenset({"td", "th"})


def text_of_html(markup: str) -> str:
    """The words of a page in reading order; no address in it is ever followed."""
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    return lines_of("".join(reader.parts))


def lines_of(text: str) -> str:
    """Lines without stray blanks, at most one empty line in a row."""
    lines = [re.sub(r"[ \t\xa0]+", " ", line).strip() for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n") + "\n"


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent: list[str] = []
        self._exact = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent.append(tag)
        elif tag == "br":
            self.parts.append("\n")
        elif tag in _PARTED:
            self.parts.append("  ")
        elif tag in _BLOCKS:
            self.parts.append("\n")
            self._exact += tag == "pre"
            if tag == "li":
                self.parts.append("- ")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("br", "hr"):
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT and tag in self._silent:
            while self._silent.pop() != tag:
                pass
        elif tag in _BLOCKS:
            self.parts.append("\n")
            self._exact -= tag == "pre" and self._exact > 0

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(data if self._exact else re.sub(r"\s+", " ", data))
