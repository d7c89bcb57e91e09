"""Journals cut off, put back, damaged and older than the program: each is seen, and nothing readable is left unsent."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from uuid import UUID

import pytest

from tests.faults.kept_files import as_first_made
from tests.journal.fakes import Backend
from workstation.domain.audit import Act, Intent, Outcome
from workstation.domain.trail import Phase
from workstation.errors import AuditUnavailable
from workstation.host.clock import SetClock
from workstation.journal import chain as links
from workstation.journal import schema, waypoints
from workstation.journal.store import Journal
from workstation.journal.verdict import Fault
from workstation.keys.device import DeviceKeys
from workstation.sealed_db import open_sealed

VIEW, ACT = Intent(Act.VIEW_ENCOUNTER), Intent(Act.CODE_ADD)
PAGE = 4096
Open = Callable[..., Journal]


def reasons(journal: Journal) -> list[str]:
    return [one.reason for one in journal.page("") if one.act is Act.AUDIT_FAILURE and one.phase is Phase.INTENT]


def filled(journal: Journal, count: int) -> list[str]:
    """Views and acts by turns; the ids of the events."""
    ids = []
    for number in range(count):
        entry = journal.append(ACT if number % 3 == 0 else VIEW, user="dana")
        ids.append(entry.id)
        if number % 3 == 0:
            journal.outcome(entry.id, Outcome.DONE)
    return ids


def files(path: Path, to: Path) -> None:
    """What a crash leaves: the journal's files as they lie on the disk, while it is open."""
    to.mkdir()
    for file in path.parent.glob(f"{path.stem}.*"):
        shutil.copy(file, to / file.name)


def test_a_journal_of_the_first_release_is_brought_up_to_date(
    open_journal: Open, tmp_path: Path, keys: DeviceKeys
) -> None:
    journal = open_journal()
    ids = filled(journal, 9)
    journal.acknowledge(tuple(ids[:4]), "201")
    journal.close()
    as_first_made(tmp_path / "journal.db", keys.journal_key())
    again = open_journal()
    assert again.findings == ()
    assert again.counts() == (5, 4)
    assert [send.id for send in again.unsent()] == ids[4:]
    again.acknowledge((ids[4],), "201")
    assert again.counts() == (4, 5)
    assert again.verify()


def test_a_step_that_fails_leaves_the_journal_as_it_was(
    open_journal: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = open_journal()
    filled(journal, 3)
    journal.close()
    broken = (*schema.STEPS, ("create table more(x)", "create table totals(x)"))
    monkeypatch.setattr(schema, "STEPS", broken)
    with pytest.raises(AuditUnavailable):
        open_journal()
    monkeypatch.undo()
    again = open_journal()
    assert again.findings == ()
    assert again.verify()


def test_entries_lost_after_the_last_signature_are_seen_by_the_mark(
    open_journal: Open, tmp_path: Path, keys: DeviceKeys, clock: SetClock
) -> None:
    journal = open_journal()
    filled(journal, 30)
    journal.checkpoint()
    files(tmp_path / "journal.db", tmp_path / "before")
    filled(journal, 4)  # not signed yet: the keyring knows nothing of them
    last = journal.head().seq
    files(tmp_path / "journal.db", tmp_path / "after")
    for name in ("journal.db", "journal.db-wal"):
        shutil.copy(tmp_path / "before" / name, tmp_path / "after" / name)
    (tmp_path / "after" / "journal.db-shm").unlink()
    cut = Journal.open(tmp_path / "after" / "journal.db", keys, clock)
    assert [(one.fault, one.seq) for one in cut.findings] == [(Fault.TAIL_MISSING, last)]
    assert cut.head().chain == 2
    assert "tail-missing" in reasons(cut)[0]
    cut.close()


def test_a_mark_that_is_gone_or_says_nothing_accuses_nobody(open_journal: Open, tmp_path: Path) -> None:
    journal = open_journal()
    filled(journal, 5)
    journal.close()
    mark = tmp_path / "journal.mark"
    assert mark.stat().st_mode & 0o077 == 0
    mark.write_bytes(b"nonsense")
    again = open_journal()
    assert again.findings == ()
    again.close()
    mark.unlink()
    assert open_journal().findings == ()


def test_a_keyring_put_back_is_said_and_does_not_accuse_the_journal(
    open_journal: Open, tmp_path: Path, clock: SetClock
) -> None:
    backend = Backend()
    (tmp_path / "other").mkdir()
    keys = DeviceKeys.open(tmp_path / "other", backend)
    journal = open_journal(keys=keys)
    filled(journal, 5)
    journal.close()
    old = dict(backend.kept)
    journal = open_journal(keys=keys)
    filled(journal, 5)
    journal.close()
    backend.kept = old
    again = open_journal(keys=keys)
    assert again.findings == ()
    assert again.head().chain == 1
    assert [reason.split()[0] for reason in reasons(again)] == ["keyring-older"]
    again.close()
    once = open_journal(keys=keys)
    assert len(reasons(once)) == 1
    assert once.verify()


def damaged(path: Path, at: list[int]) -> None:
    content = bytearray(path.read_bytes())
    for page in at:
        content[page * PAGE + 777] ^= 0x10
    path.write_bytes(content)


def test_what_can_be_read_of_a_damaged_journal_is_sent_under_its_own_chain(
    open_journal: Open, tmp_path: Path, keys: DeviceKeys, clock: SetClock
) -> None:
    journal = open_journal()
    ids = filled(journal, 300)
    journal.acknowledge(tuple(ids[:100]), "201")
    journal.close()
    path = tmp_path / "journal.db"
    pages = path.stat().st_size // PAGE
    damaged(path, [pages // 2])
    again = open_journal()
    assert [one.fault for one in again.findings] == [Fault.UNREADABLE]
    assert again.head().chain == 2
    sent = again.unsent(1_000)
    saved = [send for send in sent if send.intent.chain == 1]
    assert {send.id for send in saved} <= set(ids[100:])
    assert [send.id for send in saved] == [one for one in ids if one in {send.id for send in saved}]  # in order
    assert len(saved) > 150  # one page held a dozen rows
    assert all(send.checkpoint is not None and send.checkpoint.chain == 1 for send in saved)
    assert all((send.outcome is None) is (send.intent.act is Act.VIEW_ENCOUNTER) for send in saved)
    assert any("events saved" in reason for reason in reasons(again))
    waiting = again.counts()[0]
    again.close()
    once = open_journal()
    assert once.findings == ()
    assert once.counts()[0] == waiting, "a journal set aside is looked through once"
    once.acknowledge(tuple(send.id for send in once.unsent(1_000)), "201")
    clock.advance(1_000)
    while once.prune(clock.wall() - 1):
        pass
    assert once.unsent() == ()
    assert once.verify()


def test_a_crash_between_setting_aside_and_saving_loses_nothing(open_journal: Open, tmp_path: Path) -> None:
    journal = open_journal()
    ids = filled(journal, 60)
    journal.close()
    path = tmp_path / "journal.db"
    path.replace(tmp_path / "journal.db.damaged-1")  # the program ended right here
    again = open_journal()
    assert again.findings[0].fault is Fault.TAIL_MISSING
    assert [send.id for send in again.unsent(1_000) if send.intent.chain == 1] == ids


def test_nothing_that_the_chains_key_did_not_make_is_saved(
    open_journal: Open, tmp_path: Path, keys: DeviceKeys
) -> None:
    journal = open_journal()
    ids = filled(journal, 60)
    journal.close()
    path = tmp_path / "journal.db"
    forger = open_sealed(path, keys.journal_key())
    forger.execute("update entries set body = replace(body, 'dana', 'eve') where id = ?", (ids[20],))
    forger.execute("update entries set mac = zeroblob(32) where id = ?", (ids[40],))
    forger.close()
    path.replace(tmp_path / "journal.db.damaged-1")
    again = open_journal()
    saved = {send.id for send in again.unsent(1_000) if send.intent.chain == 1}
    # what follows the entry without its code is linked to something nobody vouches for
    assert saved == set(ids) - {ids[20], ids[40], ids[41]}
    assert "entries not authentic" in " ".join(reasons(again))


def test_an_act_cut_off_with_its_journal_is_told_as_failed(open_journal: Open, tmp_path: Path) -> None:
    journal = open_journal()
    act = journal.append(ACT, user="dana")
    filled(journal, 10)
    journal.close()
    (tmp_path / "journal.db").replace(tmp_path / "journal.db.damaged-1")
    again = open_journal()
    (told,) = [send for send in again.unsent(100) if send.outcome and send.outcome.outcome is Outcome.FAILED
               and send.intent.user == "dana"]  # fmt: skip
    assert told.intent.act is Act.CODE_ADD
    assert told.intent.reason == f"cut off with journal entry 1.{act.seq}"
    assert again.open_intents() == ()


def test_damage_is_never_pruned_away(open_journal: Open, keys: DeviceKeys, tmp_path: Path, clock: SetClock) -> None:
    journal = open_journal()
    ids = filled(journal, 30)
    journal.acknowledge(tuple(ids), "201")
    journal.close()
    forger = open_sealed(tmp_path / "journal.db", keys.journal_key())
    forger.execute("update entries set body = replace(body, 'dana', 'anna') where seq = 9")
    forger.close()
    again = open_journal()
    assert [(one.fault, one.seq) for one in again.findings] == [(Fault.EDITED, 9)]
    clock.advance(1_000)
    while again.prune(clock.wall() - 1):
        pass
    assert [(one.fault, one.seq) for one in again.verify().findings] == [(Fault.EDITED, 9)]


def test_an_entry_written_over_with_nonsense_keeps_no_other_from_the_server(
    open_journal: Open, keys: DeviceKeys, tmp_path: Path
) -> None:
    journal = open_journal()
    ids = filled(journal, 12)
    journal.close()
    forger = open_sealed(tmp_path / "journal.db", keys.journal_key())
    forger.execute("update entries set body = 'nonsense' where id = ?", (ids[4],))
    forger.execute("update entries set body = '{}' where id = ?", (ids[5],))
    forger.close()
    again = open_journal()
    assert again.findings
    sent = [send.id for send in again.unsent(100) if send.intent.user == "dana"]
    assert sent == [one for one in ids if one not in ids[4:6]]
    assert "2 lost" in " ".join(reasons(again))
    assert len(again.page("dana")) > 10


def test_the_newest_act_is_what_a_cache_must_hold(journal: Journal) -> None:
    assert journal.newest_done("dana") == ""
    first = journal.append(ACT, user="dana")
    journal.outcome(first.id, Outcome.DONE)
    aborted = journal.append(ACT, user="dana")
    journal.outcome(aborted.id, Outcome.ABORTED)
    other = journal.append(ACT, user="miguel")
    journal.outcome(other.id, Outcome.DONE)
    locked = journal.append(Intent(Act.LOCK), user="dana")
    journal.outcome(locked.id, Outcome.DONE)
    assert journal.newest_done("dana") == first.id
    enrolled = journal.append(Intent(Act.ENROL), user="dana")
    journal.outcome(enrolled.id, Outcome.DONE)
    assert journal.newest_done("dana") == "", "a new cache begins with its enrolment"


def test_a_cache_that_knows_more_than_the_journal_shows_the_journal_was_put_back(
    journal: Journal, clock: SetClock
) -> None:
    known = journal.append(ACT, user="dana")
    assert not journal.misses(known.id)
    assert journal.misses(made_at(clock.wall() + 10))
    assert not journal.misses(made_at(clock.wall() - 10)), "before its first entry there was another journal"


def made_at(moment: float) -> str:
    return str(UUID(int=int(moment * 1000) << 80 | 7 << 76 | 0b10 << 62))


def test_waypoints_give_the_very_keys_of_the_ratchet_and_a_forged_one_none(
    journal: Journal, keys: DeviceKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waypoints, "STRIDE", 10)
    for _ in range(35):
        journal.append(VIEW, user="dana")
        if journal.head().seq % 10 == 0:
            journal.checkpoint()
    connection, seed = journal._connection, keys.ratchet_seed()
    marked = [row[0] for row in connection.execute("select seq from waypoints order by seq")]
    assert marked == [10, 20, 30]

    def keys_of(start: int) -> list[bytes]:
        return list(islice(waypoints.keys_after(connection, seed, 1, start), 5))

    true = list(islice(links.keys_from(seed, 1), 40))
    assert all(keys_of(start) == true[start : start + 5] for start in range(34))
    assert journal.verify({1: 25})
    connection.execute("update waypoints set sealed = (select sealed from waypoints where seq = 10)")
    assert all(keys_of(start) == true[start : start + 5] for start in range(34))
    assert journal.verify({1: 25})
