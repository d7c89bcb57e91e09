"""Documents of every kind as plain text, or a plain word why not."""

from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workstation.documents import reading
from workstation.domain.encounter import DocumentId
from workstation.domain.mirror import Attachment

CDA = b"""<?xml version="1.0"?><ClinicalDocument xmlns="urn:hl7-org:v3"><title>Discharge summary</title>
<recordTarget><patientRole><id extension="secret"/></patientRole></recordTarget>
<component><structuredBody><component><section><title>Hospital course</title><text>
<paragraph>Treated for <content styleCode="Bold">heart failure</content>.</paragraph>
<list><item>Furosemide</item><item>Low salt</item></list>
<table><tbody><tr><td>Creatinine</td><td>2.4</td></tr></tbody></table></text></section></component>
</structuredBody></component></ClinicalDocument>"""
BOMB = b"""<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<ClinicalDocument xmlns="urn:hl7-org:v3"><title>&b;</title></ClinicalDocument>"""
RTF = rb"{\rtf1\ansi{\fonttbl{\f0 Arial;}}\f0 PROGRESS NOTE\par Acute \b kidney\b0  injury, Cr 2.4.\par Temp 38\'b0C}"


def a_file(kind: str, body: bytes, **changes: object) -> Attachment:
    known: dict = {"url": "Binary/b", "charset": "", "size": len(body), "sha1": ""}
    return Attachment(DocumentId("d"), "1", media_type=kind, **{**known, **changes})


def read(kind: str, body: bytes, **changes: object):
    return reading.read(a_file(kind, body, **changes), body)


@pytest.mark.parametrize(
    ("kind", "body", "text"),
    [
        ("text/plain", "Caf\u00e9\r\nline\x07two".encode(), "Caf\u00e9\nlinetwo"),
        ("text/plain", "Temp 38\u00b0".encode("cp1252"), "Temp 38\u00b0"),
        ("text/plain", "wide".encode("utf-16"), "wide"),
        ("text/html", b"<p>A &lt; B</p><ul><li>one<li>two</ul><style>x{}</style>", "A < B\n\n- one\n- two\n"),
        ("text/html", b"<table><tr><td>Na</td><td>140</td></tr></table>", "Na 140\n"),
        ("text/html", b"<pre>a\n  b</pre><script>alert(1)</script>", "a\nb\n"),
        ("text/rtf", RTF, "PROGRESS NOTE\nAcute kidney injury, Cr 2.4.\nTemp 38\u00b0C\n"),
    ],
)
def test_text_comes_out_as_it_was_meant(kind: str, body: bytes, text: str) -> None:
    content = read(kind, body)
    assert (content.fault, content.text) == ("", text)


def test_a_ccda_is_its_narrative() -> None:
    text = read("application/xml", CDA).text
    assert text.startswith("Discharge summary\n")
    for line in ("Hospital course", "Treated for heart failure.", "- Furosemide", "- Low salt", "Creatinine 2.4"):
        assert f"\n{line}\n" in text
    assert "secret" not in text


@pytest.mark.parametrize(
    ("kind", "body", "why"),
    [
        ("application/xml", BOMB, "XML"),
        ("application/xml", b"<note/>", "XML"),
        ("text/rtf", b"hello", "RTF"),
        ("image/png", b"GIF89a", "image/png"),
        ("application/pdf", b"<html>", "application/pdf"),
        ("application/dicom", b"\x00" * 200, "application/dicom"),
        ("", b"?", "unknown"),
        ("text/plain", b"a" * 2_000_001, "longer"),
    ],
)
def test_what_cannot_be_shown_says_why(kind: str, body: bytes, why: str) -> None:
    content = read(kind, body)
    assert (content.text, content.body) == (None, None)
    assert why in content.fault


def test_images_and_pdfs_stay_what_they_are() -> None:
    png = b"\x89PNG\r\n\x1a\n" + b"\x00" * 20
    assert read("image/png", png).body == png
    assert read("application/pdf", b"%PDF-1.7 ...").body is not None


def test_a_document_that_is_not_the_one_of_the_chart_is_refused() -> None:
    body = b"words"
    good = base64.b64encode(hashlib.sha1(body, usedforsecurity=False).digest()).decode()
    assert read("text/plain", body, sha1=good).text == "words"
    assert "checksum" in read("text/plain", b"wordz", sha1=good).fault
    assert "size" in read("text/plain", body, size=4).fault
    assert "checksum" in read("text/plain", body, sha1="???").fault


@given(
    st.binary(max_size=400), st.sampled_from(["text/plain", "text/html", "text/rtf", "application/xml", "image/png"])
)
def test_no_bytes_break_the_reader(body: bytes, kind: str) -> None:
    content = read(kind, body)
    assert content.fault or content.text is not None or content.body is not None


@given(st.text(max_size=300))
def test_rtf_and_html_wrappers_of_any_words_are_read(words: str) -> None:
    assert read("text/html", f"<div>{words}".encode("utf-8", "replace")).text is not None
    assert read("text/rtf", b"{\\rtf1 " + words.encode("ascii", "ignore") + b"}").media_type == "text/rtf"
