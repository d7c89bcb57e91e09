"""What an attacker does to a journal, each rejected for the right reason.

The attacker has the file and even its database key (so may write any row), but neither DK nor the
signing key.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.journal.fakes import Backend
from workstation.domain.audit import Act, Intent
from workstation.host.clock import SetClock
from workstation.journal import chain as links
from workstation.journal.store import Journal
from workstation.journal.verify import Anchor, Fault, Verdict, verify
from workstation.keys.device import DeviceKeys
from workstation.sealed_db import Connection, open_sealed

SIZE = 30
Attack = Callable[[Connection], None]


@pytest.fixture
def file(tmp_path: Path, keys: DeviceKeys, clock: SetClock) -> Path:
    path = tmp_path / "journal.db"
    journal = Journal.open(path, keys, clock)
    for _ in range(SIZE):
        journal.append(Intent(Act.VIEW_ENCOUNTER), user="dana")
        if journal.head().seq % 10 == 0:
            journal.checkpoint()
    journal.close()
    return path


def attacked(file: Path, keys: DeviceKeys, attack: Attack) -> Verdict:
    """The verdict on the file after the attack, by the very road `verify-journal` goes."""
    connection = open_sealed(file, keys.journal_key())
    attack(connection)
    try:
        return verify(
            connection,
            device=keys.device,
            seed=keys.ratchet_seed(),
            verify_key=keys.verify_key,
            anchor=Anchor.parse(keys.secret("journal")),
        )
    finally:
        connection.close()


def first(verdict: Verdict) -> tuple[Fault, int]:
    assert verdict.findings
    return verdict.findings[0].fault, verdict.findings[0].seq


def edit(connection: Connection, at: int, **changes: object) -> str:
    (body,) = connection.execute("select body from entries where seq = ?", (at,)).fetchone()
    changed = links.canonical({**json.loads(body), **changes})
    connection.execute("update entries set body = ? where seq = ?", (changed, at))
    return changed


def rechain(connection: Connection, start: int, device: str, sign: Callable[[int, bytes], bytes | None]) -> None:
    """Recompute every link from `start`; `sign` gives a MAC or None to leave the old one."""
    row = connection.execute("select h from entries where seq = ?", (start - 1,)).fetchone()
    previous = row[0] if row else links.genesis(device, 1)
    rows = connection.execute("select seq, body from entries where seq >= ? order by seq", (start,)).fetchall()
    for seq, body in rows:
        previous = links.link(previous, seq, links.body_hash(body))
        connection.execute("update entries set h = ? where seq = ?", (previous, seq))
        mac = sign(seq, previous)
        if mac is not None:
            connection.execute("update entries set mac = ? where seq = ?", (mac, seq))


def test_an_untouched_journal_is_accepted(file: Path, keys: DeviceKeys) -> None:
    verdict = attacked(file, keys, lambda connection: None)
    assert verdict
    assert (verdict.entries, verdict.checkpoints) == (SIZE, 3)


def test_an_edited_entry_is_seen(file: Path, keys: DeviceKeys) -> None:
    verdict = attacked(file, keys, lambda connection: edit(connection, 7, user="somebody"))
    assert first(verdict) == (Fault.EDITED, 7)


def test_an_edited_column_is_seen_even_when_the_text_is_whole(file: Path, keys: DeviceKeys) -> None:
    def attack(connection: Connection) -> None:
        connection.execute("update entries set user = 'somebody' where seq = 7")

    assert first(attacked(file, keys, attack)) == (Fault.EDITED, 7)


@pytest.mark.parametrize(
    ("gone", "fault", "seq"),
    [("seq <= 5", Fault.HEAD_MISSING, 1), ("seq = 15", Fault.GAP, 15), ("seq > 25", Fault.TAIL_MISSING, 30)],
)
def test_deleted_entries_are_missed(gone: str, fault: Fault, seq: int, file: Path, keys: DeviceKeys) -> None:
    verdict = attacked(file, keys, lambda connection: connection.execute(f"delete from entries where {gone}"))
    assert first(verdict) == (fault, seq)


def test_a_tail_deleted_with_its_signatures_is_missed_by_the_anchor(file: Path, keys: DeviceKeys) -> None:
    def attack(connection: Connection) -> None:
        connection.execute("delete from entries where seq > 20")
        connection.execute("delete from checkpoints where size > 20")

    assert first(attacked(file, keys, attack)) == (Fault.TAIL_MISSING, SIZE)


def test_a_head_that_claims_to_be_pruned_needs_the_devices_signature(file: Path, keys: DeviceKeys) -> None:
    def attack(connection: Connection) -> None:
        (h,) = connection.execute("select h from entries where seq = 5").fetchone()
        connection.execute("delete from entries where seq <= 5")
        connection.execute("update chains set pruned_to = 5, pruned_h = ?", (h,))

    assert first(attacked(file, keys, attack)) == (Fault.HEAD_MISSING, 5)


def test_swapped_entries_are_seen(file: Path, keys: DeviceKeys) -> None:
    def attack(connection: Connection) -> None:
        for one, other in ((8, 108), (9, 8), (108, 9)):
            connection.execute("update entries set seq = ? where seq = ?", (other, one))

    assert first(attacked(file, keys, attack)) == (Fault.MISPLACED, 8)


def test_a_duplicated_entry_is_seen(file: Path, keys: DeviceKeys) -> None:
    def attack(connection: Connection) -> None:
        connection.execute(
            "insert into entries select 99, chain, 31, 'copy', phase, user, body, h, mac from entries where seq = 30"
        )

    assert first(attacked(file, keys, attack)) == (Fault.MISPLACED, 31)


def test_an_inserted_entry_is_seen(file: Path, keys: DeviceKeys) -> None:
    def attack(connection: Connection) -> None:
        connection.execute(
            "insert into entries select 99, chain, 31, 'new', phase, user, body, h, mac from entries where seq = 30"
        )
        edit(connection, 31, seq=31, intent="new")
        rechain(connection, 31, keys.device, lambda seq, h: links.mac(b"guessed" * 5, h))

    assert first(attacked(file, keys, attack)) == (Fault.NOT_AUTHENTIC, 31)


def test_a_chain_made_anew_without_the_key_is_rejected(file: Path, keys: DeviceKeys) -> None:
    def attack(connection: Connection) -> None:
        edit(connection, 12, reason="nothing happened")
        rechain(connection, 12, keys.device, lambda seq, h: None)

    verdict = attacked(file, keys, attack)
    assert first(verdict) == (Fault.NOT_AUTHENTIC, 12)
    assert Fault.FORK in {finding.fault for finding in verdict.findings}  # and no signature fits any more


def test_the_ratchets_present_key_cannot_rewrite_the_past(file: Path, keys: DeviceKeys) -> None:
    def attack(connection: Connection) -> None:
        (present,) = connection.execute("select key from ratchet").fetchone()
        edit(connection, 12, reason="nothing happened")
        rechain(connection, 12, keys.device, lambda seq, h: links.mac(present, h))
        connection.execute("delete from checkpoints where size >= 12")

    assert first(attacked(file, keys, attack)) == (Fault.LATER_KEY, 12)


def test_two_signed_histories_of_one_device_are_a_fork(
    file: Path, keys: DeviceKeys, clock: SetClock, tmp_path: Path
) -> None:
    clone = tmp_path / "clone.db"
    shutil.copy(file, clone)
    anchor = keys.secret("journal")
    journal = Journal.open(clone, keys, clock)
    journal.append(Intent(Act.REVEAL), user="miguel")
    theirs = journal.checkpoint()
    journal.close()
    keys.set_secret("journal", anchor or "")
    mine = Journal.open(file, keys, clock)
    mine.append(Intent(Act.VIEW_ENCOUNTER), user="dana")
    mine.close()
    assert theirs is not None

    def attack(connection: Connection) -> None:
        connection.execute(
            "update checkpoints set head = ?, body = ?, signature = ? where size = 31",
            (theirs.head, theirs.body, theirs.signature),
        )

    assert first(attacked(file, keys, attack)) == (Fault.FORK, 31)


@pytest.mark.parametrize(
    "sql",
    [
        "update checkpoints set signature = zeroblob(64) where size = 20",
        "delete from checkpoints where size = 20",
    ],
)
def test_a_checkpoint_without_its_signature_is_seen(sql: str, file: Path, keys: DeviceKeys) -> None:
    verdict = attacked(file, keys, lambda connection: connection.execute(sql))
    assert first(verdict)[0] is Fault.UNSIGNED


def test_all_signatures_removed_are_missed(file: Path, keys: DeviceKeys) -> None:
    verdict = attacked(file, keys, lambda connection: connection.execute("delete from checkpoints"))
    assert first(verdict) == (Fault.UNSIGNED, SIZE)


def test_another_devices_entries_are_not_ours(file: Path, keys: DeviceKeys) -> None:
    verdict = attacked(file, keys, lambda connection: edit(connection, 3, device="another"))
    assert first(verdict) == (Fault.OTHER_DEVICE, 3)


def test_another_devices_file_does_not_open_and_is_set_aside_not_deleted(
    file: Path, tmp_path: Path, clock: SetClock
) -> None:
    (tmp_path / "other").mkdir()
    other = DeviceKeys.open(tmp_path / "other", Backend())
    before = file.read_bytes()
    journal = Journal.open(file, other, clock)
    assert journal.findings[0].fault is Fault.UNREADABLE
    assert journal.page("")[0].act is Act.AUDIT_FAILURE
    journal.close()
    assert (tmp_path / "journal.db.damaged-1").read_bytes() == before


def test_an_old_snapshot_restored_is_seen_and_a_new_chain_says_so(
    file: Path, keys: DeviceKeys, clock: SetClock, tmp_path: Path
) -> None:
    snapshot = file.read_bytes()
    journal = Journal.open(file, keys, clock)
    journal.append(Intent(Act.REVEAL), user="dana")
    journal.close()
    file.write_bytes(snapshot)
    again = Journal.open(file, keys, clock)
    assert [(finding.fault, finding.seq) for finding in again.findings] == [(Fault.TAIL_MISSING, SIZE + 1)]
    assert again.head().chain == 2
    assert "tail-missing" in again.page("")[0].reason
    assert len(again.unsent(1_000)) == SIZE + 1  # what is left is still sent
    again.close()


def test_a_whole_journal_deleted_is_seen(file: Path, keys: DeviceKeys, clock: SetClock) -> None:
    file.unlink()
    journal = Journal.open(file, keys, clock)
    assert journal.findings[0].fault is Fault.TAIL_MISSING
    assert journal.head().chain == 2
    journal.close()


@pytest.mark.parametrize("offset", [20, 5_000, 20_000, 30_000])
def test_a_flipped_byte_is_never_silent(offset: int, file: Path, keys: DeviceKeys, clock: SetClock) -> None:
    content = bytearray(file.read_bytes())
    content[offset % len(content)] ^= 0x40
    file.write_bytes(content)
    journal = Journal.open(file, keys, clock)
    assert journal.findings
    journal.append(Intent(Act.VIEW_ENCOUNTER), user="dana")
    journal.close()


def test_the_quick_arithmetic_is_the_standard_one() -> None:
    key = links.first_key(b"seed" * 8, 1)
    for length in range(0, 200, 7):
        message = bytes(range(length))
        assert links.quick_mac(bytes(key), message) == links.mac(key, message)
        assert links.quick_next_key(bytes(key)) == links.next_key(key)
        key = links.next_key(key)


def test_a_text_that_is_no_text_is_an_edit_and_no_error(file: Path, keys: DeviceKeys) -> None:
    def attack(connection: Connection) -> None:
        connection.execute(
            "update entries set body = cast(x'7bff7d' as text), user = cast(x'ff' as text) where seq = 7"
        )

    verdict = attacked(file, keys, attack)
    assert first(verdict) == (Fault.OTHER_DEVICE, 7)
    assert verdict.entries == SIZE
