"""Tooltips that show server text as it is: Qt would take what looks like HTML for HTML."""

from __future__ import annotations

from html import escape


def plain_tip(text: str) -> str:
    """The same words, as a tooltip that shows them letter by letter."""
    if "<" not in text:
        return text
    return f'<p style="white-space:pre-wrap">{escape(text)}</p>'
