"""Telephone and fax numbers, e-mail and web addresses, addresses of machines, pictures' file names: known by shape."""

from __future__ import annotations

import re

from workstation.domain.redaction.finding import Finding
from workstation.domain.redaction.kinds import Identifier

_N = "[0-9OolI]"
_PHONE = re.compile(
    rf"(?<![^\W_])(?<![0-9][-.])(?:\+\s?\d{{1,3}}[-.\s]{{0,2}}|1[-.\s])?(?:\(\s?{_N}{{3}}\s?\)[-.\s]{{0,8}}|{_N}{{3}}\s?[-.–/\s]\s?){_N}{{3}}\s?[-.–\s]\s?{_N}{{4}}"
    rf"(?![0-9])(?!-[0-9]{{3}})"
    rf"|(?<![^\W_])(?<![0-9][-./])[2-9]{_N}{{2}}[-.–]\s?{_N}{{4}}(?![0-9])(?![-./][0-9])"
    rf"|(?<![^\W_])\+\d{{1,3}}[-.\s]?\d[\d\s.-]{{6,14}}\d(?![0-9])"
)
_EXTENSION = re.compile(r"[\s,;]{0,3}(?:x|ext\.?|extension|#)\s?#?\s?(\d{2,6})(?![0-9])", re.IGNORECASE)
_ALONE = re.compile(
    r"(?<![^\W_])(?:x|ext\.?|extension|pgr|pager|paged|beeper|pg|vocera|ascom|spectralink|voalte)[\s:#.(]{0,4}(?:no\.?|number|is)?\s{0,2}#?\s?(?P<n>\d[\d-]{2,7})(?![0-9a-z])",
    re.IGNORECASE,
)
_CALLED = re.compile(
    r"(?<![^\W_])(?:call|dial|phone|tel|cell|mobile|contact|reach\w*|p|ph|t|f|fax|office|ofc|voicemail|text|cb#?|callback)[\s:#.]{0,3}(?:at|me|us|back|no\.?|number|is|@|#)?\s{0,2}(?:at\s)?(?P<n>[0-9](?:[\s.-]?[0-9]){3,13})(?![0-9a-z/%])",
    re.IGNORECASE,
)
_FAX_BEFORE = re.compile(
    r"(?:fax|facsimile|telefax|(?<![^\W_])f|fx)[\s:#.)]*(?:no\.?|number|num|to|line|is|back|at|machine)?[\s:#.]*(?:\+?1[-.\s])?$",
    re.IGNORECASE,
)
_UNIT_AFTER = re.compile(
    r"\s?(?:mg|ml|cc|mcg|units?|iu|kcal|cal|k/|/ul|cells|cm|mm|kg|g\b|hz|meq|l\b|%|bpm|steps|ft|lbs?)", re.IGNORECASE
)
_TLD = re.compile(
    r"\.(?:com|org|net|edu|gov|mil|io|us|info|health|care|med|clinic|app|biz|co|tv|me|int|local|internal|example|test|invalid|ca|uk|mx|de)(?![^\W_])",
    re.IGNORECASE,
)
_SCHEME = re.compile(
    r"(?<![^\W_])(?:https?|ftps?|sftp|file)\s?:\s?//[^\s<>\"')\]]+|(?<![^\W_])www\.[^\s<>\"')\]]+", re.IGNORECASE
)
_IP = re.compile(
    r"(?<![^\W_])(?<![0-9]\.)(?:\d{1,3}\.){3}\d{1,3}(?:/\d{1,2}|:\d{2,5})?(?![^\W_])(?!\.[0-9])"
    r"|(?<![^\W_:])(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}(?![^\W_:])|(?<![^\W_:])(?:[0-9a-f]{1,4}:){1,6}:[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){0,5}(?![^\W_:])"
    r"|(?<![^\W_])fe80::[0-9a-f:]+",
    re.IGNORECASE,
)
_MACHINES = re.compile(r"[0-9]\.[0-9]{1,3}\.[0-9]|::|[0-9a-f][:-][0-9a-f]{1,4}[:-][0-9a-f]{1,4}[:-]", re.IGNORECASE)
_MAC = re.compile(r"(?<![^\W_])(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}(?![^\W_])", re.IGNORECASE)
_PICTURE = re.compile(
    r"\.(?:jpe?g|png|heic|heif|tiff?|bmp|gif|dcm|dicom|raw|webp|mov|mp4|avi|svg)(?![^\W_])", re.IGNORECASE
)
_LOCAL = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._%+-'")
_LONGEST = 80  # characters an address or file name is followed back


def find(finding: Finding) -> None:
    text = finding.note.text
    _emails(finding, text)
    _urls(finding, text)
    for match in _PICTURE.finditer(text):
        start = match.start()
        while (
            start > 0
            and match.start() - start < _LONGEST
            and (text[start - 1].isalnum() or text[start - 1] in "_-./\\~")
        ):
            start -= 1
        if start < match.start():
            finding.claim(start, match.end(), Identifier.PHOTO, "a picture's file name")
    if _MACHINES.search(text):
        for match in _IP.finditer(text):
            parts = re.split(r"[./:]", match.group())
            four = "." in match.group() and all(part.isdigit() and int(part) < 256 for part in parts[:4])
            if four or match.group().count(":") > 3 or "::" in match.group():
                finding.claim(match.start(), match.end(), Identifier.IP, "an address of a machine")
        for match in _MAC.finditer(text):
            finding.claim(match.start(), match.end(), Identifier.DEVICE, "a network address of a device")
    _phones(finding, text)


def _emails(finding: Finding, text: str) -> None:
    at = text.find("@")
    while at >= 0:
        start, end = at, at + 1
        while start > 0 and at - start < _LONGEST and text[start - 1] in _LOCAL:
            start -= 1
        while start < at and text[start] in ".'-":
            start += 1
        while end < len(text) and end - at < _LONGEST and (text[end].isalnum() or text[end] in ".-_"):
            end += 1
            if (
                text[end - 1] == "."
                and text[end : end + 1] in ("\n", " ")
                and _TLD.match("." + text[end : end + 12].lstrip(" \n").split(" ")[0][:8])
            ):
                end += 1
                while text[end : end + 1] in (" ", "\n"):
                    end += 1
        while end > at and text[end - 1] in ".-_":
            end -= 1
        if start < at and end > at + 3 and "." in text[at:end] and not text[at + 1 : end].replace(".", "").isdigit():
            finding.claim(start, end, Identifier.EMAIL, "an e-mail address")
        at = text.find("@", at + 1)


def _urls(finding: Finding, text: str) -> None:
    if "//" in text or "www." in text.lower():
        for match in _SCHEME.finditer(text):
            end = match.end()
            while text[end - 1] in ".,;:":
                end -= 1
            finding.claim(match.start(), end, Identifier.URL, "a web address")
    for match in _TLD.finditer(text):
        start, end = match.start(), match.end()
        while (
            start > 0 and match.start() - start < _LONGEST and (text[start - 1].isalnum() or text[start - 1] in "-._")
        ):
            start -= 1
        if start == match.start() or text[start - 1 : start] == "@" or match.start() - start < 2:
            continue
        tail = text[end : end + 1]
        sure = tail == "/" or match.group().lower() in (
            ".com",
            ".org",
            ".net",
            ".edu",
            ".gov",
            ".io",
            ".health",
            ".mil",
            ".info",
            ".biz",
            ".app",
        )
        if not sure or text[start:end].lower().startswith(("e.g", "i.e")):
            continue
        if tail in ("/", ":", "?"):
            while end < len(text) and end - start < 300 and not text[end].isspace() and text[end] not in "<>\"')]},;|":
                end += 1
            while text[end - 1] in ".,;:":
                end -= 1
        finding.claim(start, end, Identifier.URL, "a web address")


def _phones(finding: Finding, text: str) -> None:
    for match in _PHONE.finditer(text):
        start, end = match.span()
        digits = sum(letter.isdigit() for letter in match.group())
        if (
            digits < 6
            or (digits < 9 and _UNIT_AFTER.match(text, end))
            or (text[start - 1 : start] in "$#<>≥≤~" and start and digits < 9)
        ):
            continue
        if match.group()[0] in "oOIl" and not match.group()[1:2].isdigit():
            continue
        fax = _FAX_BEFORE.search(text, max(0, start - 28), start)
        kind = Identifier.FAX if fax else Identifier.PHONE
        finding.claim(start, end, kind, "a fax number" if fax else "a telephone number")
        extension = _EXTENSION.match(text, end)
        if extension:
            finding.claim(extension.start(1), extension.end(1), kind, "an extension")
    for pattern in (_ALONE, _CALLED):
        for match in pattern.finditer(text):
            start, end = match.span("n")
            count = sum(letter.isdigit() for letter in match.group("n"))
            if pattern is _CALLED and (
                count < 5 or _UNIT_AFTER.match(text, end) or re.match(r"[/:.,]\d", text[end : end + 2])
            ):
                continue
            if pattern is _ALONE and (count < 3 or text[max(0, match.start() - 1) : match.start()].isdigit()):
                continue
            kind = Identifier.FAX if match.group().lower().startswith("f") else Identifier.PHONE
            finding.claim(start, end, kind, "a number to call")
