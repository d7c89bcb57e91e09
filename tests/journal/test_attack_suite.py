"""Each attack of the design at fifty places, the first and the last among them: rejected there, and for the right reason.

The attacker has the file and its database key, so may write any row, but neither the device key nor the signing key.
One journal is built; each attack happens inside a transaction that is rolled back.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.faults.tally import counted
from tests.journal.fakes import Backend
from workstation.domain.audit import Act, Intent
from workstation.errors import CacheDamaged
from workstation.host.clock import SetClock
from workstation.journal import chain as links
from workstation.journal.store import Journal
from workstation.journal.verdict import Anchor, Fault, Verdict
from workstation.journal.verify import verify
from workstation.keys.device import DeviceKeys
from workstation.sealed_db import Connection, open_sealed

SIZE, SIGNED_EVERY, PLACES = 300, 5, 50
EVERYWHERE = sorted({1 + round(number * (SIZE - 1) / (PLACES - 1)) for number in range(PLACES)})
SIGNED = [SIGNED_EVERY * (1 + round(number * (SIZE // SIGNED_EVERY - 1) / (PLACES - 1))) for number in range(PLACES)]

Expected = tuple[Fault, int]


@dataclass
class Scene:
    """A sound journal of three hundred entries, and what it was at each of the fifty places."""

    path: Path
    keys: DeviceKeys
    clock: SetClock
    snapshots: dict[int, Path]
    anchors: dict[int, str]
    connection: Connection

    def verdict(self) -> Verdict:
        return verify(
            self.connection,
            device=self.keys.device,
            seed=self.keys.ratchet_seed(),
            verify_key=self.keys.verify_key,
            anchor=Anchor(1, SIZE),
        )


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("attacks")
    (folder / "guard").mkdir()
    keys, clock = DeviceKeys.open(folder / "guard", Backend()), SetClock()
    path = folder / "journal.db"
    journal = Journal.open(path, keys, clock)
    snapshots, anchors = {}, {}
    for number in range(1, SIZE + 1):
        journal.append(Intent(Act.VIEW_ENCOUNTER), user="dana")
        if number % SIGNED_EVERY == 0:
            journal.checkpoint()
        if number in EVERYWHERE:
            snapshots[number] = folder / f"at-{number}.db"
            anchors[number] = f"1:{number // SIGNED_EVERY * SIGNED_EVERY}"
            for end in ("", "-wal"):
                shutil.copy(f"{path}{end}", f"{snapshots[number]}{end}")
    journal.close()
    connection = open_sealed(path, keys.journal_key())
    yield Scene(path, keys, clock, snapshots, anchors, connection)
    connection.close()
    keys.close()


# ------------------------------------------------------------------ what the attacker can do


def edit(db: Connection, at: int, **changes: object) -> None:
    (body,) = db.execute("select body from entries where seq = ?", (at,)).fetchone()
    db.execute("update entries set body = ? where seq = ?", (links.canonical({**json.loads(body), **changes}), at))


def rechain(db: Connection, start: int, device: str, code: Callable[[bytes], bytes] | None) -> None:
    """Recompute every link from an entry on, and its MAC if there is a key for it."""
    row = db.execute("select h from entries where seq = ?", (start - 1,)).fetchone()
    h = row[0] if row else links.genesis(device, 1)
    for seq, body in db.execute("select seq, body from entries where seq >= ? order by seq", (start,)).fetchall():
        h = links.link(h, seq, links.body_hash(body))
        db.execute("update entries set h = ? where seq = ?", (h, seq))
        if code is not None:
            db.execute("update entries set mac = ? where seq = ?", (code(h), seq))


def make_room(db: Connection, at: int) -> None:
    """Every entry from here on moves one place back."""
    db.execute("update entries set seq = -seq where seq >= ?", (at,))
    db.execute("update entries set seq = 1 - seq where seq < 0")


def edited(scene: Scene, at: int) -> Expected:
    edit(scene.connection, at, user="somebody")
    return Fault.EDITED, at


def column_edited(scene: Scene, at: int) -> Expected:
    scene.connection.execute("update entries set user = 'somebody' where seq = ?", (at,))
    return Fault.EDITED, at


def one_deleted(scene: Scene, at: int) -> Expected:
    scene.connection.execute("delete from entries where seq = ?", (at,))
    return (Fault.HEAD_MISSING if at == 1 else Fault.TAIL_MISSING if at == SIZE else Fault.GAP), at


def head_deleted(scene: Scene, at: int) -> Expected:
    scene.connection.execute("delete from entries where seq <= ?", (at,))
    return (Fault.HEAD_MISSING, 1) if at < SIZE else (Fault.TAIL_MISSING, SIGNED_EVERY)


def middle_deleted(scene: Scene, at: int) -> Expected:
    """Up to seven, from here on."""
    scene.connection.execute("delete from entries where seq between ? and ?", (at, at + 6))
    if at == 1:
        return Fault.HEAD_MISSING, 1
    last = min(at + 6, SIZE)
    signed = -(-at // SIGNED_EVERY) * SIGNED_EVERY
    return (Fault.TAIL_MISSING, signed) if last == SIZE else (Fault.GAP, at)


def tail_deleted(scene: Scene, at: int) -> Expected:
    """With the signatures that spoke of it: only the keyring remembers."""
    scene.connection.execute("delete from entries where seq >= ?", (at,))
    scene.connection.execute("delete from checkpoints where size >= ?", (at,))
    return Fault.TAIL_MISSING, SIZE


def head_said_to_be_pruned(scene: Scene, at: int) -> Expected:
    (h,) = scene.connection.execute("select h from entries where seq = ?", (at,)).fetchone()
    scene.connection.execute("delete from entries where seq <= ?", (at,))
    scene.connection.execute("update chains set pruned_to = ?, pruned_h = ?", (at, h))
    return Fault.HEAD_MISSING, at


def swapped(scene: Scene, at: int) -> Expected:
    other = at + 1 if at < SIZE else at - 1
    for one, to in ((at, -1), (other, at), (-1, other)):
        scene.connection.execute("update entries set seq = ? where seq = ?", (to, one))
    return Fault.MISPLACED, min(at, other)


def duplicated(scene: Scene, at: int) -> Expected:
    """The same entry once more, right behind itself."""
    make_room(scene.connection, at + 1)
    scene.connection.execute(
        "insert into entries select 9999, chain, seq + 1, 'copy', phase, user, body, h, mac from entries where seq = ?",
        (at,),
    )
    return Fault.MISPLACED, at + 1


def inserted(scene: Scene, at: int) -> Expected:
    """A new entry, well linked, before the one that stood here."""
    db = scene.connection
    make_room(db, at)
    source = at + 1
    db.execute(
        "insert into entries select 9999, chain, ?, 'new', phase, user, body, h, mac from entries where seq = ?",
        (at, source),
    )
    edit(db, at, seq=at, intent="new")
    rechain(db, at, scene.keys.device, lambda h: links.mac(b"guessed" * 5, h))
    return Fault.NOT_AUTHENTIC, at


def rechained_without_the_key(scene: Scene, at: int) -> Expected:
    edit(scene.connection, at, reason="nothing happened")
    rechain(scene.connection, at, scene.keys.device, None)
    return Fault.NOT_AUTHENTIC, at


def with_the_present_key(scene: Scene, at: int) -> Expected:
    (present,) = scene.connection.execute("select key from ratchet").fetchone()
    edit(scene.connection, at, reason="nothing happened")
    rechain(scene.connection, at, scene.keys.device, lambda h: links.mac(present, h))
    return Fault.LATER_KEY, at


def with_a_key_taken_a_little_later(scene: Scene, at: int) -> Expected:
    """Somebody read the database three entries later, and rewrites what was before that."""
    seed = scene.keys.ratchet_seed()
    later = next(key for number, key in enumerate(links.keys_from(seed, 1), start=1) if number == at + 3)
    edit(scene.connection, at, reason="nothing happened")
    rechain(scene.connection, at, scene.keys.device, lambda h: links.mac(later, h))
    return Fault.LATER_KEY, at


def with_another_devices_key(scene: Scene, at: int) -> Expected:
    foreign = bytes(links.first_key(b"another seed of thirty-two bytes", 1))
    edit(scene.connection, at, reason="nothing happened")
    rechain(scene.connection, at, scene.keys.device, lambda h: links.mac(foreign, h))
    return Fault.NOT_AUTHENTIC, at


def other_devices_entry(scene: Scene, at: int) -> Expected:
    edit(scene.connection, at, device="another")
    rechain(scene.connection, at, scene.keys.device, None)
    return Fault.OTHER_DEVICE, at


def signature_blank(scene: Scene, at: int) -> Expected:
    scene.connection.execute("update checkpoints set signature = zeroblob(64) where size = ?", (at,))
    return Fault.UNSIGNED, at


def signed_by_another(scene: Scene, at: int) -> Expected:
    (body,) = scene.connection.execute("select body from checkpoints where size = ?", (at,)).fetchone()
    signature = Ed25519PrivateKey.generate().sign(links.signed_part(body))
    scene.connection.execute("update checkpoints set signature = ? where size = ?", (signature, at))
    return Fault.UNSIGNED, at


def signature_taken_away(scene: Scene, at: int) -> Expected:
    """The next one names the one before it; the last is missed by the keyring."""
    scene.connection.execute("delete from checkpoints where size = ?", (at,))
    return Fault.UNSIGNED, min(at + SIGNED_EVERY, SIZE)


def signature_moved(scene: Scene, at: int) -> Expected:
    """A true signature over another size."""
    other = at - SIGNED_EVERY if at > SIGNED_EVERY else at + SIGNED_EVERY
    scene.connection.execute(
        "update checkpoints set (head, body, signature) = (select head, body, signature from checkpoints where size = ?) "
        "where size = ?",
        (other, at),
    )
    return Fault.MISPLACED, at


ON_ENTRIES = (
    edited,
    column_edited,
    one_deleted,
    head_deleted,
    middle_deleted,
    tail_deleted,
    head_said_to_be_pruned,
    swapped,
    duplicated,
    inserted,
    rechained_without_the_key,
    with_the_present_key,
    with_a_key_taken_a_little_later,
    with_another_devices_key,
    other_devices_entry,
)
ON_SIGNATURES = (signature_blank, signed_by_another, signature_taken_away, signature_moved)


def test_the_untouched_journal_is_accepted(scene: Scene) -> None:
    assert scene.verdict()
    assert len(EVERYWHERE) == len(SIGNED) == len(set(SIGNED)) == PLACES
    assert (EVERYWHERE[0], EVERYWHERE[-1], SIGNED[0], SIGNED[-1]) == (1, SIZE, SIGNED_EVERY, SIZE)


@pytest.mark.parametrize("attack", [*ON_ENTRIES, *ON_SIGNATURES], ids=lambda attack: attack.__name__)
def test_it_is_rejected_where_it_was_done_and_for_the_right_reason(
    attack: Callable[[Scene, int], Expected], scene: Scene
) -> None:
    wrong = []
    with counted(f"attack on the journal: {attack.__name__.replace('_', ' ')}") as row:
        for at in EVERYWHERE if attack in ON_ENTRIES else SIGNED:
            row.tries += 1
            scene.connection.execute("begin")
            try:
                expected = attack(scene, at)
                verdict = scene.verdict()
            finally:
                scene.connection.execute("rollback")
            row.seen += not verdict
            row.losses += bool(verdict)
            first = verdict.findings[0] if verdict.findings else None
            if first is None or (first.fault, first.seq) != expected:
                wrong.append((at, first, expected))
        assert not wrong
    assert scene.verdict(), "and all of it was taken back"


def test_a_fork_at_any_place_is_seen_where_both_histories_are_signed(scene: Scene, tmp_path: Path) -> None:
    """A clone of the device goes its own way from here; its signature is put into our file."""
    wrong = []
    with counted("attack on the journal: fork") as row:
        for at in EVERYWHERE[:-1]:
            clone = tmp_path / f"clone-{at}.db"
            for end in ("", "-wal"):
                shutil.copy(f"{scene.snapshots[at]}{end}", f"{clone}{end}")
            scene.keys.set_secret("journal", scene.anchors[at])
            theirs = Journal.open(clone, scene.keys, scene.clock)
            size = (at // SIGNED_EVERY + 1) * SIGNED_EVERY
            while theirs.head().seq < size:
                theirs.append(Intent(Act.REVEAL), user="miguel")
            signed = theirs.checkpoint()
            theirs.close()
            assert signed is not None
            row.tries += 1
            scene.connection.execute("begin")
            scene.connection.execute(
                "update checkpoints set head = ?, body = ?, signature = ? where size = ?",
                (signed.head, signed.body, signed.signature, size),
            )
            verdict = scene.verdict()
            scene.connection.execute("rollback")
            row.seen += not verdict
            row.losses += bool(verdict)
            first = verdict.findings[0] if verdict.findings else None
            if first is None or (first.fault, first.seq) != (Fault.FORK, size):
                wrong.append((at, first))
        assert not wrong


def test_a_clones_entries_put_into_our_file_do_not_fit_what_follows(scene: Scene, tmp_path: Path) -> None:
    """Its next entry has a true code, for a clone holds the key of that moment; what came after ours does not follow."""
    with counted("attack on the journal: a clone's entry in place of ours") as row:
        for at in EVERYWHERE[:-2]:
            clone = tmp_path / f"clone-{at}.db"
            for end in ("", "-wal"):
                shutil.copy(f"{scene.snapshots[at]}{end}", f"{clone}{end}")
            scene.keys.set_secret("journal", scene.anchors[at])
            theirs = Journal.open(clone, scene.keys, scene.clock)
            entry = theirs.append(Intent(Act.REVEAL), user="miguel")
            columns = theirs._connection.execute(
                "select id, phase, user, body, h, mac from entries where seq = ?", (entry.seq,)
            ).fetchone()
            theirs.close()
            row.tries += 1
            scene.connection.execute("begin")
            scene.connection.execute(
                "update entries set id = ?, phase = ?, user = ?, body = ?, h = ?, mac = ? where seq = ?",
                (*columns, entry.seq),
            )
            verdict = scene.verdict()
            scene.connection.execute("rollback")
            first = verdict.findings[0]
            assert (first.fault, first.seq) == (Fault.EDITED, entry.seq + 1)
            row.seen += 1


def test_another_devices_file_and_another_key_open_nothing(scene: Scene, tmp_path: Path) -> None:
    with counted("attack on the journal: the wrong key") as row:
        for _ in range(PLACES):
            other = DeviceKeys.throw_away()
            row.tries += 1
            with pytest.raises(CacheDamaged):
                open_sealed(scene.path, other.journal_key(), read_only=True)
            row.seen += 1
            other.close()
