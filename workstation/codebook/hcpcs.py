"""Build: the most used HCPCS Level II codes, in our own short wording."""

from __future__ import annotations

from importlib.resources import files


def hcpcs_codes() -> dict[str, str]:
    text = (files("workstation.codebook") / "data" / "hcpcs.txt").read_text("utf-8")
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return {code: title.strip() for code, _, title in (line.partition(" ") for line in lines)}
