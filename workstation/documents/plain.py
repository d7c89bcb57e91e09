"""Bytes to text, and text to lines a viewer can trust."""

from __future__ import annotations

import codecs
import re

_ALLOWED = {"utf-8", "ascii", "iso8859-1", "cp1252", "utf-16", "utf-16-le", "utf-16-be", "iso8859-15"}
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_BREAKS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
# controls would be drawn as boxes, bidirectional overrides would show another order than the words have
_UNSEEN = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def decoded(body: bytes, charset: str) -> str:
    """Text in its declared character set, else UTF-8, else Windows-1252; what cannot be read is marked."""
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if body.startswith(mark):
            return body.decode(name, "replace")
    for name in (_known(charset), "utf-8"):
        try:
            if name:
                return body.decode(name)
        except UnicodeDecodeError:
            continue
    return body.decode("cp1252", "replace")


def _known(charset: str) -> str:
    try:
        name = codecs.lookup(charset).name if charset else ""
    except LookupError:
        return ""
    return name if name in _ALLOWED else ""


def tidied(text: str) -> str:
    """Every line break a newline, nothing unseen. Offsets of evidence count in this text."""
    return _UNSEEN.sub("", _BREAKS.sub("\n", text))
