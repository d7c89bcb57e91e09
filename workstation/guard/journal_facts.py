"""What a check of the journal found, in words: what holds, what does not, what it means and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256

from workstation.guard.facts import By, Fact, Level
from workstation.guard.proofs import Proofs
from workstation.journal.exported import Exported
from workstation.journal.standing import Standing
from workstation.journal.verdict import Fault, JournalFinding, Verdict

MOST_NAMED = 50  # findings told one by one; a file written over has one for each entry

KEEP = "Keep this device as it is and tell your privacy officer."

_FAULTS = {
    Fault.OTHER_DEVICE: ("belongs to another device", "Entries of another installation stand in this journal."),
    Fault.HEAD_MISSING: (
        "beginning missing",
        "The first entries are gone, and this device did not sign their deletion.",
    ),
    Fault.GAP: ("entries missing", "Entries are gone from the middle."),
    Fault.TAIL_MISSING: (
        "end missing",
        "There were more entries once: the end was cut off, or an older copy put back.",
    ),
    Fault.EDITED: ("text changed", "An entry does not say what was chained: it was changed after it was written."),
    Fault.MISPLACED: ("in the wrong place", "An entry stands where it was not written: swapped, copied or inserted."),
    Fault.NOT_AUTHENTIC: ("not this device's", "The chain was made anew from here on by someone without the key."),
    Fault.LATER_KEY: ("made with a later key", "Whoever wrote this had taken the journal's key later: it is forged."),
    Fault.UNSIGNED: ("signature missing", "A signature of this device is missing here, or does not hold."),
    Fault.FORK: ("signed in two versions", "This device signed something else at this place: the journal was copied."),
    Fault.UNREADABLE: ("cannot be read", "The file is damaged, or was encrypted with another key."),
}


def facts_of(verdict: Verdict, standing: Standing, proofs: Proofs) -> tuple[Fact, ...]:
    """The whole answer, the verdict first; the same for the terminal and the page."""
    return (
        _whole(verdict),
        *(_finding(one) for one in verdict.findings[:MOST_NAMED]),
        *_more(len(verdict.findings) - MOST_NAMED),
        _checked(verdict, standing),
        *_server(standing),
        *_proofs(proofs),
        *_pruned(standing),
    )


def _whole(verdict: Verdict) -> Fact:
    if verdict:
        return Fact(
            "The journal", "whole", Level.GOOD, By.CRYPTOGRAPHIC,
            f"{_count(verdict.entries, 'entry', 'entries')}; chain, codes and signatures hold. Nothing was changed, "
            "cut out, added or put in another order",
        )  # fmt: skip
    return Fact(
        "The journal", "not whole", Level.RED, By.CRYPTOGRAPHIC,
        f"{_count(len(verdict.findings), 'finding', 'findings')} in {_count(verdict.entries, 'entry', 'entries')}", KEEP,
    )  # fmt: skip


def _finding(found: JournalFinding) -> Fact:
    state, meaning = _FAULTS[found.fault]
    where = f"Chain {found.chain}, entry {found.seq}" if found.chain else "The file"
    return Fact(where, f"{state} ({found.fault.value})", Level.RED, By.CRYPTOGRAPHIC, meaning.rstrip("."), KEEP)


def _more(count: int) -> Iterator[Fact]:
    if count > 0:
        yield Fact("And", f"{count} more like these", Level.RED, By.CRYPTOGRAPHIC, "Only the first are named", KEEP)


def _checked(verdict: Verdict, standing: Standing) -> Fact:
    chains = f" in {_count(standing.chains, 'chain', 'chains')}" if standing.chains > 1 else ""
    said = f"{_count(verdict.entries, 'entry', 'entries')}{chains}, {_count(verdict.checkpoints, 'signature', 'signatures')}"
    meaning = (
        "Each entry's text against its link, each link against the one before, each code and signature against this "
        "device's keys, and the end against what was noted outside the file"
    )
    more = ". A second chain begins when damage was found; the first stays" if chains else ""
    return Fact("Checked", said, Level.NOTE, By.NOBODY, f"{meaning}{more}")


def _server(standing: Standing) -> Iterator[Fact]:
    yield Fact(
        "At the server", f"{_count(standing.acknowledged, 'event', 'events')} confirmed", Level.NOTE, By.SERVER, _how(standing)
    )  # fmt: skip
    if standing.waiting:
        yield Fact(
            "Waiting", _count(standing.waiting, "event", "events"), Level.NOTE, By.CLIENT,
            "Kept here until the server confirms them; they go when the program runs and reaches the server",
        )  # fmt: skip
    if standing.under_way:
        yield Fact(
            "Under way", _count(standing.under_way, "act", "acts"), Level.NOTE, By.CLIENT,
            "Begun and not ended yet; an act that was cut off is settled when its coder unlocks again",
        )  # fmt: skip


def _how(standing: Standing) -> str:
    kinds = (
        (standing.signed, "by receipts the server signed, kept here as proof"),
        (standing.read_back, "by its own copy, read back and the same; this server signed no receipt for them"),
        (standing.answered, "by its answer alone: it signed nothing, and its copy was not read back"),
    )
    return "; ".join(f"{count} {words}" for count, words in kinds if count) or "Nothing was sent yet"


def _proofs(proofs: Proofs) -> Iterator[Fact]:
    if not proofs.kept:
        return
    kept = f"{_count(proofs.kept, 'receipt', 'receipts')} kept"
    if proofs.bad:
        yield Fact(
            "Receipts", f"{kept}, {proofs.bad} not good", Level.RED, By.CRYPTOGRAPHIC,
            "Not what the server signed for these events and this chain: changed here, or its key is another now",
            KEEP,
        )  # fmt: skip
    elif not proofs.checked:
        yield Fact(
            "Receipts", f"{kept}, not checked", Level.ATTENTION, By.CRYPTOGRAPHIC,
            "The server's key is not known on this computer", "Set the policy receipt_key, or start the program once.",
        )  # fmt: skip
    else:
        yield Fact(
            "Receipts", f"{kept}, all good", Level.GOOD, By.CRYPTOGRAPHIC,
            "Each is signed by the server, names the events it is kept for, and the hash of this very chain",
        )  # fmt: skip


def _pruned(standing: Standing) -> Iterator[Fact]:
    for chain, to in standing.pruned:
        yield Fact(
            "Deleted by retention", f"chain {chain}, entries 1 to {to}", Level.NOTE, By.CRYPTOGRAPHIC,
            "The server had confirmed them; this device signed the deletion",
        )  # fmt: skip


def facts_of_export(found: Exported, *, given: bytes, opened_to: str = "") -> tuple[Fact, ...]:
    """The same of an export: what it shows stands on the device's key, so whose key it was comes with it."""
    whole = Fact(
        "The export", "not whole" if found.findings else "whole", Level.RED if found.findings else Level.GOOD,
        By.CRYPTOGRAPHIC,
        f"{_count(found.entries, 'entry', 'entries')} of device {found.device[:8]}, "
        f"{_count(found.checkpoints, 'signature', 'signatures')}; {_time_of(found)}",
        KEEP_EXPORT if found.findings else "",
    )  # fmt: skip
    named = (
        Fact(one.what, one.state, one.level, one.by, one.meaning, KEEP_EXPORT)
        for one in map(_finding_in_file, found.findings[:MOST_NAMED])
    )
    return whole, *named, *_more(len(found.findings) - MOST_NAMED), _whose(found, given), _texts(found, opened_to)


_FILE_FAULTS = {
    Fault.EDITED: ("changed", "The file is not what it was when it was signed"),
    Fault.UNSIGNED: ("signature does not hold", "The signature over the whole file is not that of the device"),
    Fault.TAIL_MISSING: ("cut off", "The end of the file is missing"),
    Fault.UNREADABLE: ("cannot be read", "A line of it is no line of an export"),
    Fault.MISPLACED: ("something added", "A line stands where none belongs"),
}


def _finding_in_file(found: JournalFinding) -> Fact:
    """A finding about an entry, or about the file as a whole."""
    if found.chain or found.fault not in _FILE_FAULTS:
        return _finding(found)
    state, meaning = _FILE_FAULTS[found.fault]
    return Fact("The file", f"{state} ({found.fault.value})", Level.RED, By.CRYPTOGRAPHIC, meaning)


KEEP_EXPORT = "Keep the file as it is, and ask for a new export from the device."


def _time_of(found: Exported) -> str:
    def day(seconds: float) -> str:
        return datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M")

    since = f"from {day(found.since)}" if found.since is not None else "from the beginning"
    until = f"to {day(found.until)}" if found.until is not None else "to the moment it was made"
    ends = f"{found.told:,} of them {since} {until}, the others join them to a signature at either end"
    return f"made {day(found.made_at)}, {ends if found.told != found.entries else f'{since} {until}'}"


def _whose(found: Exported, given: bytes) -> Fact:
    mark = sha256(found.own_key).hexdigest()[:16]
    if given:
        return Fact("Key", "the one you gave", Level.GOOD, By.CRYPTOGRAPHIC, "Every signature was checked with it")
    return Fact(
        "Key", "the one in the file itself", Level.ATTENTION, By.CRYPTOGRAPHIC,
        f"Whoever made the file could have put it there. Its fingerprint is {mark}",
        "Check again with --public-key and the key from the server's Device, or from `doctor --jwk` on the device.",
    )  # fmt: skip


def _texts(found: Exported, opened_to: str) -> Fact:
    if found.opened:
        to = f", written to {opened_to}: protected health information, in clear" if opened_to else ""
        return Fact(
            "Full texts", f"{found.opened:,} opened", Level.NOTE, By.CRYPTOGRAPHIC,
            f"Each is the very text that was chained, and what stands in clear was taken from it{to}",
        )  # fmt: skip
    state = "sealed" if found.is_sealed else "not in it"
    meaning = (
        "To the organisation's recovery key: --open-with its private half opens them"
        if found.is_sealed
        else "It was made without a recovery key: nobody can turn its names back into patients"
    )
    return Fact("Full texts", state, Level.NOTE, By.CRYPTOGRAPHIC, meaning)


def in_lines(facts: tuple[Fact, ...]) -> str:
    """For a terminal: each fact with what it means, and what to do once at the end."""
    marks = {Level.GOOD: "ok  ", Level.NOTE: "    ", Level.ATTENTION: "look", Level.RED: "BAD "}
    lines = [f"{marks[fact.level]} {fact.what}: {fact.state}\n       {fact.meaning}.\n" for fact in facts]
    to_do = dict.fromkeys(fact.remedy for fact in facts if fact.remedy)
    return "".join(lines) + "".join(f"-> {remedy}\n" for remedy in to_do)


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
