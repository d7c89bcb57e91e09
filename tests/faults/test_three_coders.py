"""Three coders on one machine, interleaved: nobody ever reaches a row, key, cache or audit of another."""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from tests.faults.conftest import Times
from workstation.cache import facts
from workstation.cache.database import Database
from workstation.domain.access import Coder
from workstation.domain.audit import Act, Intent, Outcome, Subject
from workstation.domain.policy import Policy
from workstation.errors import CacheDamaged, LeaseExpired, TooManyTries, WrongPassword
from workstation.guard.seat import Seat
from workstation.guard.vaults import CoderVaults, Left
from workstation.host.clock import SetClock
from workstation.host.paths import Home
from workstation.journal.store import Journal
from workstation.keys.derive import FLOOR, zero
from workstation.keys.device import DeviceKeys
from workstation.keys.vault import VaultIdentity, WrappedRecord, enrol, open_vault

BASE = "https://fhir.example/r4"
USERS = ("dana", "miguel", "priya")
coders = st.sampled_from(USERS)


def password(user: str) -> str:
    return f"tidy harbor of {user} nine lamps"


@dataclass
class Known:
    """What the machine knows of a coder, to compare with what the disk gives away."""

    rows: list[str] = field(default_factory=list)
    acts: int = 0
    has_vault: bool = False
    may_unlock_until: float = 0.0


class Machine(RuleBasedStateMachine):
    """One installation; its guard's vaults, keys and journal, and each coder's cache."""

    met = 0  # unlocks that found rows of before

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="three-coders-"))
        self.home, self.clock = Home(self.root), SetClock()
        self.keys = DeviceKeys.throw_away()
        self.vaults = CoderVaults(self.home, self.keys, self.clock, {"base": BASE}, practice=False)
        self.journal = Journal.open(self.home.journal(self.keys.device), self.keys, self.clock)
        self.known = {user: Known() for user in USERS}
        self.policy = Policy()
        self.seat: Seat | None = None
        self.dek = bytearray()
        self.open: Database | None = None  # the desk of the coder in the seat

    def teardown(self) -> None:
        self._lock()
        self.journal.close()
        self.keys.close()
        shutil.rmtree(self.root)

    # ------------------------------------------------------------------ what coders do

    @rule(user=coders)
    def sign_in(self, user: str) -> None:
        """Online, after whoever was there: the guard locks first."""
        self._lock()
        coder = Coder(user, user, user.capitalize(), "", frozenset({"inpatient-coder"}))
        self.seat = self.vaults.welcome(BASE, coder, self.policy)
        self.known[user].may_unlock_until = self.clock.wall() + self.policy.lease
        self._audit(Act.SIGN_IN)

    @precondition(lambda self: self.seat is not None and self.open is None)
    @rule()
    def unlock(self) -> None:
        seat, mine = self._mine()
        if self.clock.wall() >= mine.may_unlock_until:
            with pytest.raises(LeaseExpired):
                self.vaults.invitation(seat)
            self.seat = None  # the guard frees the seat
            return
        invite, half = self.vaults.invitation(seat)
        secret = bytearray(password(seat.coder.user).encode())
        assert (invite.vault is not None) is mine.has_vault
        if invite.vault is None:
            wrap, self.dek, _ = enrol(secret, half, VaultIdentity.from_json(invite.identity), cost=FLOOR)
            self.vaults.store_vault(seat, wrap.to_json())
            mine.has_vault = True
        else:
            self.dek = open_vault(WrappedRecord.from_json(invite.vault), secret, half).dek
        self.open = Database(seat.folder / "cache.db", self.dek)
        held = self.open.read(lambda db: facts.get(db, "marker")).result()
        Machine.met += bool(mine.rows)
        assert held.split() == mine.rows, "a coder finds their own rows, all of them, and nobody else's"
        self.vaults.clear_tries(seat)
        self._audit(Act.UNLOCK)

    @precondition(lambda self: self.seat is not None and self.open is None)
    @rule(other=coders)
    def unlock_as_someone_else(self, other: str) -> None:
        """Another's password on my vault, and my half on another's vault: neither opens."""
        seat, mine = self._mine()
        if other == seat.coder.user or self.clock.wall() >= mine.may_unlock_until or not mine.has_vault:
            return
        invite, half = self.vaults.invitation(seat)
        try:
            wait, _left = self.vaults.count_try(seat)
        except TooManyTries:
            mine.may_unlock_until = 0.0
            return
        assert invite.vault is not None
        if wait <= 0:
            with pytest.raises(WrongPassword):
                open_vault(WrappedRecord.from_json(invite.vault), bytearray(password(other).encode()), half)
        theirs = self.home.coder(BASE, other) / "vault.json"
        if theirs.exists():
            record = WrappedRecord.from_json(json.loads(theirs.read_text()))
            with pytest.raises(WrongPassword):
                open_vault(record, bytearray(password(other).encode()), half)

    @precondition(lambda self: self.open is not None)
    @rule()
    def write(self) -> None:
        seat, mine = self._mine()
        assert self.open is not None
        mine.rows.append(f"marker-of-{seat.coder.user}-{len(mine.rows)}")
        self.open.write(lambda db: facts.put(db, "marker", " ".join(mine.rows))).result()
        self._audit(Act.VIEW_ENCOUNTER)

    @precondition(lambda self: self.open is not None)
    @rule(other=coders)
    def open_anothers_cache(self, other: str) -> None:
        """Whoever is in with their own key takes a copy of the next folder's cache."""
        seat, _ = self._mine()
        theirs = self.home.coder(BASE, other) / "cache.db"
        if other == seat.coder.user or not theirs.exists() or not theirs.stat().st_size:
            return
        copy = self.root / "copy.db"
        shutil.copy(theirs, copy)
        with pytest.raises(CacheDamaged):
            Database(copy, bytearray(self.dek))
        copy.unlink()

    @rule(user=coders, anew=st.booleans())
    def work(self, user: str, anew: bool) -> None:
        """What a machine sees most: a coder comes, works a little, and is followed by the next."""
        if anew or self.seat is None or self.seat.coder.user != user:
            self.sign_in(user=user)
        if self.open is None:
            self.unlock()
        if self.open is not None:
            self.write()

    @rule()
    def lock(self) -> None:
        self._lock()

    @rule()
    def switch(self) -> None:
        self._lock()
        self.seat = None

    @precondition(lambda self: self.seat is not None)
    @rule(unsent=st.sampled_from([None, 0, 2]))
    def sign_out(self, unsent: int | None) -> None:
        seat, mine = self._mine()
        self._lock()
        self._audit(Act.SIGN_OUT)
        seat.only_here = unsent
        self.vaults.note_only_here(seat)
        left = self.vaults.sign_out(seat)
        if left is not Left.KEPT:
            mine.may_unlock_until = 0.0
        if left is Left.SHREDDED:
            mine.rows, mine.has_vault = [], False
            assert not seat.folder.exists()
        self.seat = None

    @rule(shared=st.booleans())
    def policy_says(self, shared: bool) -> None:
        self.policy = replace(self.policy, shared_workstation=shared)
        if self.seat is not None:
            self.seat.policy = self.policy
            self.vaults.keep_profile(self.seat)

    @rule(seconds=st.sampled_from([1.0, 61.0, 3_600.0, 13 * 3_600.0]))
    def time_passes(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.vaults.see_time()

    # ------------------------------------------------------------------ what must always hold

    @invariant()
    def the_disk_says_nothing_of_anybody(self) -> None:
        for path in self.root.rglob("*"):
            words = str(path.relative_to(self.root))
            assert not any(user in words for user in USERS), words
            if path.is_file():
                content = path.read_bytes()
                assert b"marker-of" not in content, words
                assert b"nine lamps" not in content, words

    @invariant()
    def everybody_reads_their_own_trail(self) -> None:
        for user, known in self.known.items():
            entries = self.journal.page(user)
            assert {entry.user for entry in entries} <= {user}
            assert sum(entry.phase == "intent" for entry in entries) == known.acts

    @invariant()
    def nobody_is_offered_the_seat_among_several(self) -> None:
        seat = self.vaults.last_seat()
        able = [user for user, known in self.known.items() if known.has_vault and self._leased(known)]
        if seat is not None:
            assert able == [seat.coder.user]
            assert not seat.policy.shared_workstation

    # ------------------------------------------------------------------ parts

    def _leased(self, known: Known) -> bool:
        return self.clock.wall() < known.may_unlock_until

    def _mine(self) -> tuple[Seat, Known]:
        assert self.seat is not None
        return self.seat, self.known[self.seat.coder.user]

    def _audit(self, act: Act) -> None:
        seat, mine = self._mine()
        entry = self.journal.append(Intent(act, Subject()), user=seat.coder.user)
        self.journal.outcome(entry.id, Outcome.DONE)
        mine.acts += 1

    def _lock(self) -> None:
        if self.open is not None:
            self.open.close()
            self.open = None
            zero(self.dek)


def test_three_coders_on_one_machine_never_meet(times: Times) -> None:
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=times(200),
            stateful_step_count=14,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    runs = times(200)  # a few runs may meet nobody by chance; what must hold was held in each of them
    assert Machine.met > runs // 4 or runs < 50, "somebody came back to their own rows"
