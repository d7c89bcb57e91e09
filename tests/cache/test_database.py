"""The cache: sealed, transactional, two threads, and honest when it is damaged."""

from __future__ import annotations

import contextlib
import random
import shutil
import threading
from pathlib import Path

import pytest

from tests.desks import E1, I50_23, KEY, NOW, open_bench, put_chart
from workstation.cache import acts, drafts, facts, outbox, summaries
from workstation.cache.database import Database
from workstation.cache.quarantine import Why, open_or_rebuild
from workstation.domain.coding import PoaIndicator
from workstation.errors import CacheDamaged, CacheTooNew, DiskTrouble, NotHere
from workstation.operations import coding
from workstation.operations import drafts as typing_


def key() -> bytearray:
    return bytearray(KEY)


def test_nothing_of_a_chart_is_on_the_disk_in_clear(tmp_path: Path) -> None:
    bench = open_bench(tmp_path / "cache.db")
    put_chart(bench)
    typing_.keep(bench.desk, E1, "comment", "Brannigan has systolic failure").result()
    bench.desk.db.close()
    for file in tmp_path.rglob("*"):
        if file.is_file():
            body = file.read_bytes()
            assert b"Brannigan" not in body
            assert b"systolic" not in body
            assert not body.startswith(b"SQLite format 3")


def test_the_key_is_not_needed_after_opening(tmp_path: Path) -> None:
    own = key()
    database = Database(tmp_path / "cache.db", own)
    own[:] = bytes(32)
    database.write(lambda db: facts.put(db, "a", "b")).result()
    assert database.read(lambda db: facts.get(db, "a")).result() == "b"
    database.close()


def test_a_write_that_fails_leaves_nothing(tmp_path: Path) -> None:
    database = Database(tmp_path / "cache.db", key())

    def fail(db) -> None:
        facts.put(db, "a", "b")
        raise LookupError

    with pytest.raises(LookupError):
        database.write(fail).result()
    assert database.read(lambda db: facts.get(db, "a")).result() == ""
    database.close()


def test_the_reader_cannot_write(tmp_path: Path) -> None:
    database = Database(tmp_path / "cache.db", key())
    with pytest.raises(DiskTrouble):
        database.read(lambda db: facts.put(db, "a", "b")).result()
    database.close()


def test_reads_and_writes_run_on_threads_of_their_own(tmp_path: Path) -> None:
    database = Database(tmp_path / "cache.db", key())
    names = {
        database.read(lambda db: threading.current_thread().name).result(),
        database.write(lambda db: threading.current_thread().name).result(),
    }
    assert names == {"cache-reader", "cache-writer"}
    database.close()
    with pytest.raises(NotHere):
        database.read(lambda db: None).result()


def test_what_was_asked_before_closing_is_still_done(tmp_path: Path) -> None:
    database = Database(tmp_path / "cache.db", key())
    written = [database.write(lambda db, n=n: facts.put(db, f"n{n}", "x")) for n in range(50)]
    database.close()
    assert all(future.result() is None for future in written)
    again = Database(tmp_path / "cache.db", key())
    assert again.read(lambda db: facts.get(db, "n49")).result() == "x"
    again.close()


def test_a_cache_of_a_newer_program_is_refused_and_untouched(tmp_path: Path) -> None:
    database = Database(tmp_path / "cache.db", key())
    database.write(lambda db: db.execute("pragma user_version = 99")).result()
    database.close()
    before = (tmp_path / "cache.db").read_bytes()
    with pytest.raises(CacheTooNew):
        open_or_rebuild(tmp_path / "cache.db", key(), NOW)
    assert (tmp_path / "cache.db").read_bytes() == before


def worked_on(path: Path) -> None:
    bench = open_bench(path)
    put_chart(bench)
    coding.add(bench.desk, E1, I50_23, principal=True, poa=PoaIndicator.YES).result()
    coding.finalize(bench.desk, E1).result()
    typing_.keep(bench.desk, E1, "comment", "half a thought").result()
    bench.desk.db.close()


def test_another_key_is_damage_not_an_empty_cache(tmp_path: Path) -> None:
    worked_on(tmp_path / "cache.db")
    with pytest.raises(CacheDamaged):
        Database(tmp_path / "cache.db", bytearray(32))


def test_a_sound_cache_is_opened_as_it_is(tmp_path: Path) -> None:
    worked_on(tmp_path / "cache.db")
    database, salvage = open_or_rebuild(tmp_path / "cache.db", key(), NOW)
    assert salvage is None
    assert database.read(lambda db: summaries.get(db, E1)).result().principal.code == I50_23
    database.close()


def pages_of(path: Path, tables: tuple[str, ...]) -> set[int]:
    from workstation.sealed_db import open_sealed

    db = open_sealed(path, key())
    names = ",".join(f"'{name}'" for name in tables)
    found = {row[0] for row in db.execute(f"select rootpage from sqlite_master where tbl_name in ({names})")}
    db.close()
    return found


def test_damage_in_the_mirror_costs_no_work(tmp_path: Path) -> None:
    path = tmp_path / "cache.db"
    worked_on(path)
    body = bytearray(path.read_bytes())
    for page in pages_of(path, ("documents", "encounters", "contents")):
        body[(page - 1) * 4096 + 2000] ^= 0xFF
    path.write_bytes(bytes(body))
    database, salvage = open_or_rebuild(path, key(), NOW)
    assert salvage is not None
    assert salvage.letters == 2
    assert salvage.aside is not None
    assert salvage.aside.exists()
    assert database.read(lambda db: summaries.get(db, E1)).result().principal.code == I50_23
    assert [x.kind.value for x in database.read(lambda db: outbox.open_of(db, E1)).result()] == ["task", "result"]
    assert database.read(lambda db: drafts.of_encounter(db, E1)).result() == {"comment": "half a thought"}
    database.close()


def test_no_damage_is_silent_and_none_keeps_the_program_from_opening(tmp_path: Path) -> None:
    worked_on(tmp_path / "sound.db")
    sound = (tmp_path / "sound.db").read_bytes()
    chance = random.Random(20261124)
    for trial in range(60):
        path = tmp_path / f"cache{trial}.db"
        body = bytearray(sound)
        if trial % 3 == 0:
            body = body[: chance.randrange(1, len(body))]
        else:
            for _ in range(chance.randrange(1, 4)):
                body[chance.randrange(len(body))] ^= 1 << chance.randrange(8)
        path.write_bytes(bytes(body))
        database, salvage = open_or_rebuild(path, key(), NOW)
        assert salvage is not None, f"trial {trial} was silent"
        assert database.write(lambda db: facts.put(db, "a", "b")).result() is None
        database.close()


# ------------------------------------------------------------------ put back, cut off, taken away


def copied(path: Path, to: Path) -> Path:
    """The files of a cache as a crash, or somebody's copy, finds them."""
    to.mkdir()
    for file in path.parent.glob(f"{path.stem}.*"):
        shutil.copy(file, to / file.name)
    return to / path.name


def test_a_cache_without_its_newest_writes_is_not_taken_for_whole(tmp_path: Path) -> None:
    bench = open_bench(tmp_path / "cache.db")
    put_chart(bench)
    typing_.keep(bench.desk, E1, "comment", "half").result()
    path = copied(tmp_path / "cache.db", tmp_path / "killed")
    bench.desk.db.close()
    log = path.with_name("cache.db-wal")
    log.write_bytes(log.read_bytes()[:-4096])  # the end of the log is gone: the file is sound, and older
    database, salvage = open_or_rebuild(path, key(), NOW)
    assert salvage is not None
    assert salvage.why is Why.DAMAGED
    assert database.write(lambda db: facts.put(db, "a", "b")).result() is None
    database.close()
    again, nothing = open_or_rebuild(path, key(), NOW)
    assert nothing is None
    again.close()


def test_a_cache_put_back_to_an_earlier_state_is_known_by_the_journals_last_act(tmp_path: Path) -> None:
    path = tmp_path / "cache.db"
    worked_on(path)
    earlier = copied(path, tmp_path / "earlier")
    database = Database(path, key())
    last = "01990000-0000-7000-8000-000000000001"
    database.write(lambda db: acts.put(db, last, NOW)).result()
    database.close()
    database, salvage = open_or_rebuild(path, key(), NOW, must_hold=last)
    assert salvage is None
    database.close()
    database, salvage = open_or_rebuild(earlier, key(), NOW, must_hold=last)
    assert salvage is not None
    assert salvage.why is Why.OLDER
    assert salvage.letters == 2
    assert salvage.aside is not None
    assert salvage.aside.exists()
    assert database.read(lambda db: summaries.get(db, E1)).result().principal.code == I50_23
    database.close()
    again, nothing = open_or_rebuild(earlier, key(), NOW, must_hold=last)
    assert nothing is None, "it is said once"
    again.close()


def test_a_cache_taken_away_is_said_and_begins_anew(tmp_path: Path) -> None:
    database, salvage = open_or_rebuild(tmp_path / "cache.db", key(), NOW, must_hold="an-act")
    assert salvage is not None
    assert salvage.why is Why.GONE
    database.close()
    again, nothing = open_or_rebuild(tmp_path / "cache.db", key(), NOW, must_hold="an-act")
    assert nothing is None
    again.close()


def test_a_crash_while_the_cache_is_rebuilt_loses_no_work(tmp_path: Path) -> None:
    path = tmp_path / "cache.db"
    worked_on(path)
    body = bytearray(path.read_bytes())
    for page in pages_of(path, ("documents", "contents")):
        body[(page - 1) * 4096 + 2000] ^= 0xFF
    path.write_bytes(bytes(body))

    class Killed(BaseException):
        pass

    for step in ("replace", "unlink"):
        for number in range(8):
            here = copied(path, tmp_path / f"{step}{number}")
            calls = [0]
            real = getattr(Path, step)

            def dying(self: Path, *words: object, real=real, number=number, calls=calls, **more: object) -> object:
                calls[0] += 1
                if calls[0] > number:
                    raise Killed
                return real(self, *words, **more)

            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(Path, step, dying)
                with contextlib.suppress(Killed):
                    open_or_rebuild(here, key(), NOW)[0].close()
            database, _ = open_or_rebuild(here, key(), NOW)
            kept = [x.kind.value for x in database.read(lambda db: outbox.open_of(db, E1)).result()]
            assert kept == ["task", "result"], f"{step} {number}"
            database.close()


def test_every_row_on_a_page_that_can_be_read_is_rescued(tmp_path: Path) -> None:
    """One page is lost; what stood before it and behind it comes back."""
    path = tmp_path / "cache.db"
    database = Database(path, key())

    def write(db) -> None:
        for number in range(400):
            outbox.put(db, f"letter-{number}", outbox.Letter.TASK, f"e{number}", "t", "1", "{}", "x" * 300, NOW)
            drafts.put(db, f"e{number:04}", "comment", "y" * 300, NOW)

    database.write(write).result()
    database.close()
    body = bytearray(path.read_bytes())
    body[len(body) // 2] ^= 1
    path.write_bytes(bytes(body))
    database, salvage = open_or_rebuild(path, key(), NOW)
    assert salvage is not None
    kept = database.read(lambda db: db.execute("select (select count(*) from outbox), (select count(*) from drafts)"
                                               ).fetchone()).result()  # fmt: skip
    assert min(kept) >= 385
    assert sum(kept) < 800
    database.close()
