"""`main.py doctor --server URL`: what a FHIR server can do for this client, in words or JSON, with exit codes for scripts."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workstation import VERSION
from workstation.conformance import audit_writes, public, reads, tls, writes
from workstation.conformance.findings import (
    NOT_REACHED,
    UNUSABLE,
    Finding,
    Unreached,
    Verdict,
    adapts,
    exit_code,
    missing,
    not_asked,
)
from workstation.conformance.line import Line, Resource
from workstation.conformance.probes import LABEL, Probes
from workstation.errors import WorkstationError, WrongKindOfUse, WrongServerKey
from workstation.managed.inforce import Reader

LONGEST_TOKEN = 16_384


@dataclass
class Report:
    """What has been found so far; complete or not."""

    server: str
    findings: list[Finding] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    stopped: str = ""  # why it ended before the end
    requests: int = 0

    def take(self, found: Finding | Iterable[Finding]) -> None:
        for one in (found,) if isinstance(found, Finding) else found:
            self.findings.append(one)

    @property
    def code(self) -> int:
        return NOT_REACHED if self.stopped and exit_code(self.findings) != UNUSABLE else exit_code(self.findings)


def run(server: str, *, token_file: str = "", write_probe: bool = False, as_json: bool = False) -> int:
    """0 all well, 1 with less than there could be, 2 it will not work, 3 it could not be found out."""
    try:
        settings = Reader()().toward(server)
        token, loose = read_token(Path(token_file)) if token_file else ("", None)
        if write_probe and not token:
            raise WrongKindOfUse("Writing needs a token.", remedy="Give `--token-file FILE` with `--write-probe`.")
        line = Line(settings, token)
    except WorkstationError as trouble:
        sys.stderr.write(f"{trouble} {trouble.remedy}\n")
        return NOT_REACHED
    report = Report(line.base)
    if loose is not None:
        report.take(loose)
    try:
        examine(line, report, write=write_probe)
    finally:
        line.close()
    sys.stdout.write(_as_json(report) if as_json else "".join(_as_text(report)))
    return report.code


def read_token(file: Path) -> tuple[str, Finding | None]:
    """The token, and a finding when others can read the file. Raises WrongKindOfUse, which never quotes it."""
    remedy = "The file holds one access token and nothing else."
    try:
        mode = file.stat().st_mode
        with file.open(encoding="ascii") as opened:
            token = opened.read(LONGEST_TOKEN + 1).strip()
    except OSError as error:
        raise WrongKindOfUse(f"The token file cannot be read ({type(error).__name__}).", remedy=remedy) from None
    except ValueError:
        raise WrongKindOfUse("The token file holds no token.", remedy=remedy) from None
    if not token or len(token) > LONGEST_TOKEN or not all("!" <= sign <= "~" for sign in token):
        raise WrongKindOfUse("The token file holds no token.", remedy=remedy)
    if os.name == "posix" and mode & 0o077:
        return token, adapts(
            "Token file", f"can be read by others ({mode & 0o777:o})", "chmod 600, and take a new token."
        )
    return token, None


def examine(line: Line, report: Report, *, write: bool) -> None:
    """Ask everything that may be asked, in order; stops where the server stops answering."""
    try:
        _examine(line, report, write=write)
    except Unreached as why:
        report.stopped = str(why)
    except WrongServerKey as wrong:
        report.take(missing("Pin", str(wrong), wrong.remedy))
        report.stopped = "Nothing more was asked."
    except reads.TokenRefused:
        report.stopped = "The token was refused (401): what needs one was not asked. It may have ended."
    report.requests = line.asked


def _examine(line: Line, report: Report, *, write: bool) -> None:
    said, found = public.statement(line)
    report.take(found)
    report.take(tls.look(line.settings))
    report.take(public.sign_in(line))
    report.take(public.without_token(line))
    if said:
        report.take(public.declarations(said))
        if not write:
            report.take(public.audit_strategy(said))
    if line.token:
        report.take(reads.accepted(line))
        for part in (reads.searches, reads.pages, reads.versions, reads.documents, reads.small_things):
            report.take(part(line))
    else:
        report.take(not_asked("Searches, pages, versions, documents", "give a token with `--token-file`"))
    if write:
        _write(line, report, said)
    else:
        report.take(not_asked("What becomes of writes", "give `--write-probe` with a token"))
    report.take(public.throttling(line))


def _write(line: Line, report: Report, said: Resource) -> None:
    probes = Probes(line)
    try:
        report.take(writes.begin(probes))
        if probes.there:
            report.findings = _without(report.findings, ("Transaction", "Batch", "Conditional create of Claim"))
            parts: tuple[Callable[[Probes], Finding | Iterator[Finding]], ...] = (
                writes.conditional_create, writes.if_match, writes.update_as_create, writes.batch, writes.transaction,
                writes.large,
            )  # fmt: skip
            for part in parts:
                report.take(part(probes))
        report.take(audit_writes.look(probes, said))
    finally:
        report.take(probes.clean())
        report.left = probes.left


def _without(findings: list[Finding], tried: tuple[str, ...]) -> list[Finding]:
    """What was only declared gives way to what was tried, but for what is declared absent."""
    word = (Verdict.DECLARED, Verdict.NOT_ASKED)
    return [one for one in findings if one.feature not in tried or one.verdict not in word]


# ---------------------------------------------------------------- telling

_MARKS = {
    Verdict.WORKS: "ok  ", Verdict.DECLARED: "said", Verdict.ADAPTS: "look", Verdict.MISSING: "BAD ",
    Verdict.NOT_ASKED: "?   ", Verdict.NOTE: "    ",
}  # fmt: skip


def verdict(report: Report) -> str:
    """One sentence."""
    counts = {kind: sum(one.verdict is kind for one in report.findings) for kind in Verdict}
    if counts[Verdict.MISSING]:
        return f"This client will not work with this server: {counts[Verdict.MISSING]} needed features are missing."
    if report.stopped:
        return f"It could not be found out. {report.stopped}"
    less = f"; {counts[Verdict.ADAPTS]} to look at" if counts[Verdict.ADAPTS] else ""
    said = f", {counts[Verdict.DECLARED]} on the server's word" if counts[Verdict.DECLARED] else ""
    asked = f", {counts[Verdict.NOT_ASKED]} not asked" if counts[Verdict.NOT_ASKED] else ""
    return (
        f"This client will work with this server as far as was asked: {counts[Verdict.WORKS]} tried{said}{asked}{less}."
    )


def _as_text(report: Report) -> Iterator[str]:
    yield f"{report.server}\n"
    for one in report.findings:
        client = f"\n       -> {one.client}" if one.client else ""
        yield f"{_MARKS[one.verdict]} {one.feature}: {one.found}{client}\n"
    if report.stopped:
        yield f"stop {report.stopped}\n"
    if report.left:
        yield f"\nLeft behind, labelled {LABEL!r}:\n"
        yield from (f"     {name}\n" for name in report.left)
    yield f"\n{verdict(report)}\n"


def _as_json(report: Report) -> str:
    told: dict[str, Any] = {
        "version": VERSION,
        "server": report.server,
        "exit": report.code,
        "verdict": verdict(report),
        "stopped": report.stopped,
        "requests": report.requests,
        "findings": [one.to_json() for one in report.findings],
        "left_behind": report.left,
    }
    return json.dumps(told, indent=1) + "\n"
