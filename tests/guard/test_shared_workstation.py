"""Many coders, one computer: what a sign-out, a crash and a long absence leave of each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from workstation.domain.access import Coder
from workstation.domain.policy import Policy
from workstation.errors import LeaseExpired
from workstation.guard.seat import Seat
from workstation.guard.vaults import CoderVaults, Left
from workstation.host.clock import SetClock
from workstation.host.paths import Home
from workstation.keys.device import DeviceKeys

BASE = "https://fhir.example/r4"
SHARED = Policy(version="p/1", shared_workstation=True)
DAY = 24 * 3600


class Place:
    """One computer, its keys and its clock."""

    def __init__(self, folder: Path) -> None:
        self.home, self.clock, self.keys = Home(folder), SetClock(), DeviceKeys.throw_away()
        self.vaults = self.restart()

    def restart(self) -> CoderVaults:
        self.vaults = CoderVaults(self.home, self.keys, self.clock, {"base": BASE}, practice=False)
        return self.vaults

    def sign_in(self, user: str, policy: Policy = SHARED, *, only_here: int | None = 0) -> Seat:
        """A coder who enrolled, worked and locked."""
        seat = self.vaults.welcome(BASE, Coder(user, user, user.title()), policy)
        self.vaults.store_vault(seat, {"epoch": seat.epoch, "wrapped": "c2VhbGVk"})
        (seat.folder / "cache.db").write_bytes(b"sealed pages " * 100)
        seat.only_here = only_here
        self.vaults.note_only_here(seat)
        return seat


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path / "home")
    yield made
    made.keys.close()


def test_signing_out_of_a_shared_workstation_shreds_everything_of_the_coder(place: Place) -> None:
    seat = place.sign_in("dana")
    assert place.vaults.sign_out(seat) is Left.SHREDDED
    assert place.home.coders() == ()
    assert place.keys.lease_secret(seat.folder.name) is None


def test_signing_out_of_ones_own_computer_keeps_the_cache_and_ends_the_session(place: Place) -> None:
    seat = place.sign_in("dana", Policy())
    place.vaults.keep_session(seat, "refresh")
    assert place.vaults.sign_out(seat) is Left.KEPT
    assert place.vaults.session(seat) == ""
    assert place.vaults.holds(seat)


@pytest.mark.parametrize("only_here", [1, None])
def test_work_that_is_nowhere_else_survives_but_needs_a_sign_in(place: Place, only_here: int | None) -> None:
    seat = place.sign_in("dana", only_here=only_here)
    assert place.vaults.sign_out(seat) is Left.LOCKED_AWAY
    assert (seat.folder / "cache.db").exists()
    with pytest.raises(LeaseExpired):
        place.vaults.invitation(seat)
    back = place.vaults.welcome(BASE, seat.coder, SHARED)
    invite, _ = place.vaults.invitation(back)
    assert invite.mode == "unlock"


def test_another_coder_keeps_theirs(place: Place) -> None:
    dana, miguel = place.sign_in("dana"), place.sign_in("miguel")
    place.vaults.sign_out(dana)
    assert place.home.coders() == (miguel.folder,)
    assert place.vaults.holds(miguel)


def test_what_a_crash_left_open_is_ended_at_the_next_start(place: Place) -> None:
    done, open_work = place.sign_in("dana"), place.sign_in("miguel", only_here=None)
    vaults = place.restart()
    assert vaults.end_left_behind() == 2
    assert place.home.coders() == (open_work.folder,)
    assert not vaults.holds(open_work)
    assert place.keys.lease_secret(done.folder.name) is None


def test_ones_own_computer_goes_on_where_it_was_after_a_crash(place: Place) -> None:
    place.sign_in("dana", Policy())
    vaults = place.restart()
    assert vaults.end_left_behind() == 0
    seat = vaults.last_seat()
    assert seat is not None
    assert (seat.coder.user, seat.only_here) == ("dana", 0)


def test_a_dormant_coder_is_purged_and_the_present_one_is_not(place: Place) -> None:
    away, here = place.sign_in("dana"), place.sign_in("miguel")
    place.clock.advance(29 * DAY)
    assert place.vaults.purge_dormant(None) == 0
    place.clock.advance(2 * DAY)
    assert place.vaults.purge_dormant(here) == 1
    assert place.home.coders() == (here.folder,)
    assert place.keys.lease_secret(away.folder.name) is None


def test_a_coder_the_server_knew_lately_is_not_dormant(place: Place) -> None:
    seat = place.sign_in("dana")
    for _ in range(20):
        place.clock.advance(2 * DAY)
        place.vaults.renew_lease(seat)
    assert place.vaults.purge_dormant(None) == 0


def test_a_shorter_dormancy_is_the_organisations_to_set(place: Place) -> None:
    seat = place.sign_in("dana", replace(SHARED, dormant_after=2 * DAY))
    place.clock.advance(3 * DAY)
    assert place.vaults.purge_dormant(None) == 1
    assert not seat.folder.exists()


def test_a_profile_nobody_can_read_stops_nobody(place: Place) -> None:
    seat = place.sign_in("dana", Policy())
    (seat.folder / "profile").write_bytes(b"not sealed by this device")
    vaults = place.restart()
    assert vaults.last_seat() is None
    assert vaults.end_left_behind() == 0
    assert vaults.purge_dormant(None) == 0
    assert seat.folder.exists()


def test_only_one_coders_own_computer_may_reuse_a_browser_session(place: Place) -> None:
    assert not place.vaults.is_one_coders_own()
    place.sign_in("dana", Policy())
    assert place.vaults.is_one_coders_own()
    place.sign_in("dana", SHARED)
    assert not place.vaults.is_one_coders_own()
    place.sign_in("dana", Policy())
    place.sign_in("miguel", Policy())
    assert not place.vaults.is_one_coders_own()


def test_a_folder_says_nothing_of_whose_it_is(place: Place) -> None:
    seat = place.sign_in("dana")
    names = [path.name for path in seat.folder.rglob("*")] + [seat.folder.name]
    assert not any("dana" in name.lower() for name in names)
    for path in seat.folder.rglob("*"):
        content = path.read_bytes().lower()
        assert path.name in ("vault.json", "lease.json") or b"dana" not in content
    assert json.loads((seat.folder / "only-here").read_bytes()) == 0


def test_a_cache_the_server_has_not_confirmed_for_its_lifetime_is_destroyed(place: Place) -> None:
    policy = Policy(lease=12 * 3600, cache_lifetime=DAY)
    seat, worked = place.sign_in("dana", policy), place.sign_in("miguel", policy, only_here=2)
    place.clock.advance(DAY)
    assert place.vaults.expire(None) == 0
    place.clock.advance(2 * 3600)
    assert place.vaults.expire(seat) == 0, "never under a coder who is at work"
    assert place.vaults.expire(None) == 1
    assert not (seat.folder / "cache.db").exists()
    assert (seat.folder / "vault.json").exists(), "the next sign-in unlocks with the same password"
    assert (worked.folder / "cache.db").exists(), "work that is nowhere else stays, locked in"
    assert not place.vaults.holds(worked)


def test_a_cache_whose_lease_still_holds_is_kept(place: Place) -> None:
    seat = place.sign_in("dana", Policy(lease=72 * 3600, cache_lifetime=3600))
    place.clock.advance(DAY)
    assert place.vaults.expire(None) == 0
    assert (seat.folder / "cache.db").exists()


def test_a_step_up_code_counts_once_across_restarts_and_an_older_file(place: Place) -> None:
    seat = place.sign_in("dana", Policy())
    step = int(place.clock.wall()) // 30
    ledger = seat.folder / "step-up.json"
    assert place.vaults.use_time_code(seat, step - 1) == (True, 0.0)
    older = ledger.read_bytes()
    assert place.vaults.use_time_code(seat, step) == (True, 0.0)
    vaults = place.restart()
    assert vaults.use_time_code(seat, step) == (False, 0.0)
    ledger.write_bytes(older)  # the file turned back: the keyring's mark still knows
    assert place.restart().use_time_code(seat, step) == (False, 0.0)
    ledger.unlink()
    assert place.restart().use_time_code(seat, step) == (False, 0.0)
    assert place.restart().use_time_code(seat, step + 1) == (True, 0.0)
