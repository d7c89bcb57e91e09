"""What the Tabular List says beside a code: Excludes1 and 2, code first, use additional code, code also."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import combinations

from workstation.domain.codes import Code, CodeNote
from workstation.domain.coding import Line
from workstation.domain.edits.finding import Case, Finding, Level

_CONDITION = re.compile(r"with fifth or sixth character ([0-9](?:\s*(?:-|to|,|or)\s*[0-9])*)")
_LISTED = 4  # codes named in one finding


def covers(printed: str, code: Code) -> bool:
    """Whether a code or range as the Tabular List prints it (`I50.1-`, `O00-O07`, `K65`) holds a code."""
    low, dash, high = printed.replace(".", "").partition("-")
    bare = code.bare
    if dash and high:
        return low <= bare[: len(low)] and bare[: len(high)] <= high
    return bare.startswith(low)


def names(note: CodeNote, code: Code) -> bool:
    """Whether a note names a code, its condition on the fifth or sixth character included."""
    if not any(covers(printed, code) for printed in note.codes):
        return False
    condition = _CONDITION.search(note.text)
    if condition is None:
        return True
    digits = [int(d) for d in re.findall(r"[0-9]", condition[1])]
    if len(digits) == 2 and re.search(r"-|to", condition[1]):
        digits = list(range(digits[0], digits[1] + 1))
    return any(character.isdigit() and int(character) in digits for character in code.bare[4:6])


def rules(case: Case) -> Iterator[Finding]:
    notes = {line.id: case.reference.notes(line.code, case.on) for line in case.diagnoses}
    for first, second in combinations(case.diagnoses, 2):
        yield from _pair(first, second, notes[first.id], notes[second.id])
    for at, line in enumerate(case.diagnoses):
        yield from _order(case, at, line, notes[line.id])


def _pair(
    first: Line, second: Line, of_first: tuple[CodeNote, ...], of_second: tuple[CodeNote, ...]
) -> Iterator[Finding]:
    if first.code == second.code:
        return
    for kind in ("excludes1", "excludes2"):
        # what whole chapters do not include is shown beside the code; said each time it would bury the rest
        own = kind == "excludes2"
        note = _naming(_of(first, of_first, own), kind, second.code) or _naming(
            _of(second, of_second, own), kind, first.code
        )
        if note is None:
            continue
        if kind == "excludes1":
            yield Finding("excludes1", Level.ERROR, f"{second.code} and {first.code} exclude one another.",
                          f"{note.from_code}: {note.text}. Keep one; if the two are unrelated, write why both stand.",
                          "ICD-10-CM Guidelines I.A.12.a", second.id, overridable=True)  # fmt: skip
        else:
            yield Finding("excludes2", Level.INFORMATION, f"{second.code} is not part of {first.code} or the reverse.",
                          "Both may be reported when the record has both.", "ICD-10-CM Guidelines I.A.12.b",
                          second.id)  # fmt: skip
        return


def _of(line: Line, notes: tuple[CodeNote, ...], own: bool) -> tuple[CodeNote, ...]:
    return tuple(note for note in notes if _near(note, line)) if own else notes


def _naming(notes: Iterable[CodeNote], kind: str, code: Code) -> CodeNote | None:
    return next((note for note in notes if note.kind == kind and names(note, code)), None)


def _order(case: Case, at: int, line: Line, notes: tuple[CodeNote, ...]) -> Iterator[Finding]:
    before, after = case.diagnoses[:at], case.diagnoses[at + 1 :]
    first = [note for note in notes if note.kind == "code first"]
    late = next((other for note in first for other in after if names(note, other.code)), None)
    if late is not None:
        is_manifestation = "manifestation" in case.reference.flags(line.code, case.on)
        level = Level.ERROR if is_manifestation else Level.WARNING
        yield Finding("code-first", level, f"{late.code} must come before {line.code}.",
                      f"Move {late.code} up, or write why the order stands.", "ICD-10-CM Guidelines I.A.13", line.id,
                      overridable=True)  # fmt: skip
    elif first and not any(names(note, other.code) for note in first for other in before):
        is_manifestation = "manifestation" in case.reference.flags(line.code, case.on)
        if is_manifestation and at > 0 and any(note.codes for note in first):
            yield Finding("code-first", Level.WARNING, f"{line.code} follows no disease the Tabular List names before it.",
                          _say(first), "ICD-10-CM Guidelines I.A.13", line.id)  # fmt: skip
        elif not is_manifestation:
            yield Finding("code-first", Level.INFORMATION, f"{line.code} may need another code before it.",
                          _say(first), "ICD-10-CM Guidelines I.A.13", line.id)  # fmt: skip
    additional = [note for note in notes if note.kind == "use additional" and note.codes]
    early = next((other for note in additional for other in before if names(note, other.code)), None)
    if early is not None and at > 0 and early is case.summary.principal:
        yield Finding("use-additional", Level.WARNING, f"{early.code} is an additional code of {line.code}.",
                      f"{line.code} usually comes before it.", "ICD-10-CM Guidelines I.A.13", early.id)  # fmt: skip
    others = [other for other in case.diagnoses if other is not line]
    for kind, rule, words in (
        ("use additional", "use-additional", "may need an additional code"),
        ("code also", "code-also", "may need another code beside it"),
    ):
        asked = [note for note in notes if note.kind == kind and note.codes and _near(note, line)]
        if asked and not any(names(note, other.code) for note in asked for other in others):
            yield Finding(rule, Level.INFORMATION, f"{line.code} {words}.", _say(asked), "ICD-10-CM Guidelines I.A.17"
                          if kind == "code also" else "ICD-10-CM Guidelines I.A.13", line.id)  # fmt: skip


def _near(note: CodeNote, line: Line) -> bool:
    """A category's own note; those of whole chapters and blocks are shown beside the code, not said each time."""
    return line.code.value.startswith(note.from_code)


def _say(notes: list[CodeNote]) -> str:
    listed = "; ".join(note.text for note in notes[:_LISTED])
    more = f" and {len(notes) - _LISTED} more" if len(notes) > _LISTED else ""
    return f"{notes[0].kind.capitalize()}: {listed}{more}."
