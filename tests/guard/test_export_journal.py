"""The export for an investigator: what it holds, what it does not tell, and each way of tampering with it seen."""

from __future__ import annotations

import base64
import json
import stat
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from workstation.domain.audit import Act, Intent, Outcome, Subject
from workstation.errors import ExportTrouble
from workstation.guard import export_journal, verify_journal
from workstation.guard.export_journal import Asked
from workstation.host.clock import SetClock
from workstation.host.paths import Home
from workstation.journal import export
from workstation.journal.exported import Exported, is_export, public_key_from, read_export
from workstation.journal.store import Journal
from workstation.journal.verdict import Fault
from workstation.keys.derive import random_key
from workstation.keys.device import DeviceKeys
from workstation.keys.recovery import seal_to

RECOVERY = X25519PrivateKey.generate()
WHOLE = export.Wanted()
SECRETS = ("p-417", "e-9902", "d-77", "pr-5")


class Made:
    """A journal in memory and an export of it."""

    def __init__(self, folder: Path, *, recovery: bool = True, count: int = 25) -> None:
        self.keys, self.clock = DeviceKeys.throw_away(), SetClock()
        self.journal = Journal.open(None, self.keys, self.clock)
        self.path = folder / "journal.export"
        self.recovery = RECOVERY.public_key().public_bytes_raw() if recovery else b""
        subject = Subject("Patient/p-417", "Encounter/e-9902", "DocumentReference/d-77", "1", "Practitioner/pr-5")
        for _ in range(count):
            self.clock.wall_seconds += 60
            self.journal.append(Intent(Act.VIEW_DOCUMENT, subject, "of Task/t-1"), user="dana")
        act = self.journal.append(Intent(Act.DISCLOSE, subject), user="dana")
        self.journal.outcome(act.id, Outcome.DONE)
        self.journal.checkpoint()

    def write(self, wanted: export.Wanted = WHOLE) -> Path:
        key = random_key()
        sealed = seal_to(self.recovery, key, export.bound_key(self.keys.device)) if self.recovery else b""
        whose = export.Exporter(
            self.keys.device, self.keys.verify_key, self.keys.sign_checkpoint, key, sealed, self.recovery, 1.0
        )
        with self.path.open("wb") as file:
            export.write_export(self.journal._connection, file, whose, wanted, lambda done, of: None)
        return self.path

    def read(self, **more: Any) -> Exported:
        return read_export(self.path, public_key=self.keys.verify_key, **more)

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.path.read_text().splitlines()]

    def close(self) -> None:
        self.journal.close()


@pytest.fixture
def made(tmp_path: Path) -> Any:
    found = Made(tmp_path)
    yield found
    found.close()


def test_an_export_is_checked_with_the_devices_public_key_alone(made: Made) -> None:
    made.write()
    found = made.read()
    assert (found.findings, found.entries, found.told, found.chains) == ([], 27, 27, [(1, 1, 27)])
    assert is_export(made.path)


def test_no_identifier_stands_in_clear_and_none_can_be_guessed(made: Made) -> None:
    text = made.write().read_text()
    assert not [secret for secret in SECRETS if secret in text]
    assert "Task/t-1" not in text
    said = made.lines()[2]["said"]
    assert (said["act"], said["user"]) == ("view-document", "dana")
    assert said["patient"].startswith("Patient/~")
    body = made.journal._connection.execute("select body from entries where seq = 1").fetchone()[0]
    for name in ("intent", "session"):  # random, and not in the file: the text's hash tells nothing of the rest
        assert json.loads(body)[name] not in text


def test_the_same_patient_has_another_name_in_another_export(made: Made) -> None:
    first = made.write() and made.lines()[2]["said"]
    again = made.lines()[3]["said"]
    second = made.write() and made.lines()[2]["said"]
    assert first["patient"] == again["patient"] != second["patient"]


def test_whoever_holds_the_recovery_key_reads_the_very_texts(made: Made) -> None:
    made.write()
    told: list[dict[str, Any]] = []
    found = made.read(private_key=RECOVERY.private_bytes_raw(), tell=told.append)
    assert (found.findings, found.opened) == ([], 27)
    assert json.loads(told[0]["body"])["subject"]["patient"] == "Patient/p-417"
    with pytest.raises(ExportTrouble):
        made.read(private_key=X25519PrivateKey.generate().private_bytes_raw())


def test_without_a_recovery_key_nothing_is_sealed_and_it_says_so(tmp_path: Path) -> None:
    made = Made(tmp_path, recovery=False)
    made.write()
    assert not made.read().is_sealed
    assert "sealed" not in made.lines()[2]
    with pytest.raises(ExportTrouble):
        made.read(private_key=RECOVERY.private_bytes_raw())
    made.close()


def test_a_part_of_the_time_is_joined_to_a_signature_at_either_end(tmp_path: Path) -> None:
    made = Made(tmp_path, count=350)
    times = [
        json.loads(row[0])["time"] for row in made.journal._connection.execute("select body from entries order by seq")
    ]
    made.write(export.Wanted(times[149], times[159]))
    found = made.read()
    assert (found.findings, found.told, found.chains) == ([], 10, [(1, 101, 200)])
    assert found.entries == 100
    made.close()


def rewritten(change: Callable[[list[dict[str, Any]]], object]) -> Callable[[Made], None]:
    """Change lines of the file, and make its own digest fit again, as far as one can without the device's key."""

    def attack(made: Made) -> None:
        lines = made.lines()
        change(lines)
        whole = b"".join(export.links.canonical(line).encode() + b"\n" for line in lines[:-1])
        if "end" in lines[-1]:
            lines[-1]["end"]["sha256"] = sha256(whole).hexdigest()
            lines[-1]["end"]["entries"] = sum("entry" in line for line in lines)
            lines[-1]["end"]["checkpoints"] = sum("checkpoint" in line for line in lines)
        made.path.write_bytes(whole + export.links.canonical(lines[-1]).encode() + b"\n")

    return attack


def other(text: str) -> str:
    return base64.b64encode(bytes(reversed(base64.b64decode(text)))).decode()


def set_in(line: dict[str, Any], name: str, value: Any) -> None:
    line[name] = value


ATTACKS: list[tuple[str, Callable[[Made], None], Fault]] = [
    ("a word in clear", rewritten(lambda lines: set_in(lines[4]["said"], "user", "miguel")), Fault.UNSIGNED),
    ("a link", rewritten(lambda lines: set_in(lines[4], "h", "00" * 32)), Fault.EDITED),
    ("a text's hash", rewritten(lambda lines: set_in(lines[4], "body_hash", "11" * 32)), Fault.EDITED),
    ("an entry left out", rewritten(lambda lines: lines.pop(6)), Fault.GAP),
    ("two swapped", rewritten(lambda lines: lines.insert(4, lines.pop(5))), Fault.GAP),
    ("the beginning left out", rewritten(lambda lines: lines.__delitem__(slice(2, 5))), Fault.GAP),
    ("the end left out", rewritten(lambda lines: lines.__delitem__(slice(-4, -1))), Fault.UNSIGNED),
    ("the last line cut off", lambda made: cut(made, 1), Fault.TAIL_MISSING),
    ("half a line cut off", lambda made: made.path.write_bytes(made.path.read_bytes()[:-30]), Fault.UNREADABLE),
    (
        "a signature",
        rewritten(lambda lines: set_in(lines[-2], "signature", other(lines[-2]["signature"]))),
        Fault.UNSIGNED,
    ),
    ("another device's name", rewritten(lambda lines: set_in(lines[0], "device", "other")), Fault.OTHER_DEVICE),
    ("something added", lambda made: made.path.write_bytes(made.path.read_bytes() + b'{"entry":1}\n'), Fault.MISPLACED),
    ("no JSON", lambda made: made.path.write_bytes(made.path.read_bytes()[:900] + b"\x00\xff\n"), Fault.UNREADABLE),
]


def cut(made: Made, lines: int) -> None:
    made.path.write_bytes(b"".join(made.path.read_bytes().splitlines(keepends=True)[:-lines]))


@pytest.mark.parametrize(
    ("attack", "fault"), [(one, fault) for _, one, fault in ATTACKS], ids=[name for name, *_ in ATTACKS]
)
def test_each_way_of_tampering_is_seen(made: Made, attack: Callable[[Made], None], fault: Fault) -> None:
    made.write()
    attack(made)
    assert fault in {one.fault for one in made.read().findings}


def test_a_word_in_clear_that_the_sealed_text_does_not_say_is_seen_by_who_opens_it(made: Made) -> None:
    made.write()
    key = random_key()
    rewritten(lambda lines: set_in(lines[4]["said"], "act", "unlock"))(made)
    found = made.read(private_key=RECOVERY.private_bytes_raw())
    assert Fault.EDITED in {one.fault for one in found.findings}
    assert key


def test_another_devices_key_does_not_hold(made: Made) -> None:
    made.write()
    found = read_export(made.path, public_key=DeviceKeys.throw_away().verify_key)
    assert Fault.UNSIGNED in {one.fault for one in found.findings}


def test_a_public_key_is_read_in_each_form_it_is_printed_in(made: Made) -> None:
    keys = made.keys
    raw = base64.b64encode(keys.verify_key).decode()
    device = {
        "resourceType": "Device",
        "extension": [
            {"url": "https://coder.example/fhir/StructureDefinition/journal-key", "valueBase64Binary": raw},
        ],
    }
    for text in (raw, json.dumps(keys.verify_jwk()), json.dumps({"journal": keys.verify_jwk()}), json.dumps(device)):
        assert public_key_from(text) == keys.verify_key
    for text in ("", "AAAA", "{}", json.dumps(keys.public_jwk()), '{"resourceType":"Device"}'):
        with pytest.raises(ExportTrouble):
            public_key_from(text)


# ---------------------------------------------------------------------- the commands


@pytest.fixture
def used(tmp_path: Path) -> Home:
    found = Home(tmp_path / "used")
    keys = DeviceKeys.open(found.guard)
    journal = Journal.open(found.journal(keys.device), keys, SetClock())
    for _ in range(5):
        journal.append(Intent(Act.VIEW_DOCUMENT, Subject("Patient/p-417")), user="dana")
    journal.close()
    keys.close()
    return found


@pytest.mark.keyring
def test_an_export_is_recorded_private_and_never_written_over(
    used: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, public = tmp_path / "out.export", base64.b64encode(RECOVERY.public_key().public_bytes_raw()).decode()
    assert export_journal.run(used, Asked(out), lambda: public) == 0
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert "sealed to the organisation's recovery key" in capsys.readouterr().out
    before = out.read_bytes()
    assert export_journal.run(used, Asked(out), lambda: public) == 2
    assert "--force" in capsys.readouterr().err
    assert out.read_bytes() == before
    assert export_journal.run(used, Asked(out, since="2020-01-01", force=True), lambda: "") == 0
    assert "No recovery key" in capsys.readouterr().out
    keys = DeviceKeys.existing(used.guard)
    journal = Journal.open(used.journal(keys.device), keys, SetClock())
    acts = [(entry.act, entry.phase.value) for entry in journal.page("", limit=10) if entry.act is Act.EXPORT]
    assert acts == [(Act.EXPORT, "outcome"), (Act.EXPORT, "intent")] * 2
    assert journal.verify()
    journal.close()
    keys.close()
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".new")] == []


@pytest.mark.keyring
def test_both_verifiers_say_in_words_what_holds(used: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify_journal.run(used, None) == 0
    told = capsys.readouterr().out
    assert "ok   The journal: whole" in told
    assert "Waiting: 5 events" in told
    out, keys = tmp_path / "out.export", DeviceKeys.existing(used.guard)
    public = base64.b64encode(RECOVERY.public_key().public_bytes_raw()).decode()
    assert export_journal.run(used, Asked(out), lambda: public) == 0
    capsys.readouterr()
    assert verify_journal.run_export(out, None, None, None) == 0
    assert "the one in the file itself" in capsys.readouterr().out
    (tmp_path / "key").write_text(json.dumps(keys.verify_jwk()))
    (tmp_path / "private").write_bytes(base64.b64encode(RECOVERY.private_bytes_raw()))
    texts = tmp_path / "texts"
    assert verify_journal.run_export(out, tmp_path / "key", tmp_path / "private", texts) == 0
    assert "6 opened" in capsys.readouterr().out
    assert stat.S_IMODE(texts.stat().st_mode) == 0o600
    assert "Patient/p-417" in texts.read_text()
    assert verify_journal.run_export(out, tmp_path / "private", None, None) == 1  # another key than the device's
    assert "BAD" in capsys.readouterr().out
    assert verify_journal.run_export(out, None, tmp_path / "key", None) == 2
    keys.close()


def test_a_bad_day_or_an_empty_home_is_said_and_nothing_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = Home(tmp_path / "none")
    assert export_journal.run(empty, Asked(tmp_path / "x", since="yesterday"), lambda: "") == 2
    assert "2026-11-30" in capsys.readouterr().err
    assert export_journal.run(empty, Asked(tmp_path / "x"), lambda: "") == 2
    assert export_journal.run(empty, Asked(tmp_path / "no" / "x"), lambda: "") == 2
    assert not (tmp_path / "none").exists()
    assert not (tmp_path / "x").exists()
