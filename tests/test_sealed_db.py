from __future__ import annotations

import os
import sqlite3
import stat
from pathlib import Path

import pytest
import sqlcipher3.dbapi2 as raw

from workstation.errors import CacheDamaged, DiskTrouble
from workstation.sealed_db import DatabaseError, open_sealed

MARKER = b"MARKER-e7c1"


def key() -> bytearray:
    return bytearray(range(32))


def test_a_database_opens_again_with_its_key_and_nothing_is_plain(tmp_path: Path) -> None:
    path = tmp_path / "cache.db"
    first = open_sealed(path, key())
    first.execute("create table t(a text) strict")
    first.execute("insert into t values(?)", (MARKER.decode() * 50,))
    assert not any(MARKER in file.read_bytes() for file in tmp_path.glob("cache*"))
    first.close()
    again = open_sealed(path, key())
    assert again.execute("select count(*) from t").fetchone() == (1,)
    again.close()
    assert not path.read_bytes().startswith(b"SQLite format 3")


def test_another_key_is_refused_without_a_word_on_stderr(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "cache.db"
    open_sealed(path, key()).close()
    with pytest.raises(CacheDamaged):
        open_sealed(path, bytearray(32))
    assert capfd.readouterr().err == ""


def test_the_key_is_raw_so_opening_costs_no_key_stretching(tmp_path: Path) -> None:
    path = tmp_path / "cache.db"
    open_sealed(path, key()).close()
    other = raw.connect(str(path))
    other.set_key(bytearray(b"x'" + bytes(key()).hex().encode() + b"'"))
    assert other.execute("select count(*) from sqlite_master").fetchone() == (0,)
    other.close()


def test_the_callers_key_is_left_for_the_caller_to_zero(tmp_path: Path) -> None:
    mine = key()
    open_sealed(tmp_path / "cache.db", mine).close()
    assert mine == key()


def test_a_plain_database_in_its_place_is_refused_and_left_untouched(tmp_path: Path) -> None:
    path = tmp_path / "cache.db"
    plain = sqlite3.connect(path)
    plain.execute("create table t(a)")
    plain.commit()
    plain.close()
    before = path.read_bytes()
    with pytest.raises(CacheDamaged, match="not encrypted"):
        open_sealed(path, key())
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "sql",
    [
        "attach '' as plain",
        "pragma temp_store = file",
        "pragma rekey = 'x'",
        "pragma key = 'x'",
        "pragma writable_schema = on",
        "pragma cipher_log = '/tmp/x'",
        "pragma journal_mode = off",
        "pragma synchronous = off",
        "select sqlcipher_export('main')",
        "vacuum into '/tmp/plain.db'",
    ],
)
def test_what_could_carry_plain_text_out_is_denied(tmp_path: Path, sql: str) -> None:
    connection = open_sealed(tmp_path / "cache.db", key())
    with pytest.raises(DatabaseError, match=r"authoriz|prohibited"):
        connection.execute(sql)
    connection.close()


def test_checks_and_full_text_search_still_work_under_the_authorizer(tmp_path: Path) -> None:
    connection = open_sealed(tmp_path / "cache.db", key())
    connection.execute("create virtual table words using fts5(text)")
    connection.execute("insert into words values('heart failure')")
    assert connection.execute("select count(*) from words where words match 'heart'").fetchone() == (1,)
    assert connection.execute("pragma integrity_check").fetchall() == [("ok",)]
    assert connection.execute("pragma cipher_integrity_check").fetchall() == []
    assert connection.execute("pragma journal_mode").fetchone() == ("wal",)
    assert connection.execute("pragma synchronous").fetchone() == (2,)
    connection.execute("pragma user_version = 3")
    connection.close()


def test_a_reader_sees_commits_and_cannot_write(tmp_path: Path) -> None:
    path = tmp_path / "cache.db"
    writer = open_sealed(path, key())
    writer.execute("create table t(a)")
    reader = open_sealed(path, key(), read_only=True)
    writer.execute("insert into t values(1)")
    assert reader.execute("select count(*) from t").fetchone() == (1,)
    with pytest.raises(DatabaseError):
        reader.execute("insert into t values(2)")
    with pytest.raises(DatabaseError):
        reader.execute("pragma query_only = off")
    reader.close()
    writer.close()


def test_only_the_owner_may_read_the_file(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        open_sealed(tmp_path / "cache.db", key()).close()
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "cache.db").stat().st_mode) == 0o600


def test_a_folder_that_is_not_there_is_disk_trouble(tmp_path: Path) -> None:
    with pytest.raises(DiskTrouble):
        open_sealed(tmp_path / "missing" / "cache.db", key())


def test_a_damaged_file_is_reported_as_damaged(tmp_path: Path) -> None:
    path = tmp_path / "cache.db"
    connection = open_sealed(path, key())
    connection.execute("create table t(a)")
    connection.close()
    spoilt = bytearray(path.read_bytes())
    spoilt[100] ^= 1
    path.write_bytes(spoilt)
    with pytest.raises(CacheDamaged):
        open_sealed(path, key())


def test_a_database_in_memory_leaves_no_file(tmp_path: Path) -> None:
    connection = open_sealed(None, key())
    connection.execute("create table t(a)")
    connection.close()
    assert not list(tmp_path.glob("*.db*"))
