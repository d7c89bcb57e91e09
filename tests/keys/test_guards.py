"""Throttle, lease and step-up code: what bounds tries and time."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyotp import TOTP

from workstation.errors import LeaseExpired, TooManyTries
from workstation.keys.lease import LeaseFile
from workstation.keys.step_up import StepUpLedger, matching_time_code, provisioning_uri
from workstation.keys.throttle import Throttle

NOW = 1_795_000_000.0
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def test_waits_grow_and_ten_tries_end_it(tmp_path: Path) -> None:
    throttle, now, waits = Throttle(tmp_path / "tries"), NOW, []
    for _ in range(10):
        wait, _ = throttle.ask(now)
        waits.append(wait)
        if wait:
            assert throttle.ask(now + wait - 0.1)[0] > 0
            now += wait
            assert throttle.ask(now)[0] == 0
    assert waits == [0, 0, 1, 2, 5, 15, 60, 60, 60, 60]
    with pytest.raises(TooManyTries):
        Throttle(tmp_path / "tries").ask(now + 10_000)


def test_a_try_is_counted_before_it_is_made_so_a_kill_does_not_save_it(tmp_path: Path) -> None:
    assert Throttle(tmp_path / "tries").ask(NOW) == (0.0, 9)
    assert Throttle(tmp_path / "tries").ask(NOW) == (0.0, 8)


def test_success_clears_and_a_clock_set_back_shortens_nothing(tmp_path: Path) -> None:
    throttle = Throttle(tmp_path / "tries")
    for _ in range(2):
        throttle.ask(NOW)
    assert throttle.ask(NOW - 5_000) == (1.0, 8)
    throttle.clear()
    throttle.clear()
    assert throttle.ask(NOW) == (0.0, 9)


def test_a_spoilt_counter_is_no_amnesty(tmp_path: Path) -> None:
    (tmp_path / "tries").write_text("{")
    assert Throttle(tmp_path / "tries").ask(NOW)[1] == 1


def lease_file(folder: Path, secret: bytes = b"s" * 32) -> LeaseFile:
    return LeaseFile(folder / "lease", bytearray(secret))


def test_a_lease_lasts_its_time_and_no_longer(tmp_path: Path) -> None:
    leases = lease_file(tmp_path)
    leases.renew("dana", 1, NOW, 3_600)
    assert leases.check("dana", NOW + 3_599, NOW).epoch == 1
    for now, seen in ((NOW + 3_600, NOW), (NOW + 10, NOW + 20), (NOW - 1, 0.0)):
        with pytest.raises(LeaseExpired):
            leases.check("dana", now, seen)
    with pytest.raises(LeaseExpired):
        leases.check("miguel", NOW + 1, NOW)


def test_no_lease_exceeds_three_days_and_unlocked_time_uses_it_up(tmp_path: Path) -> None:
    leases = lease_file(tmp_path)
    assert leases.renew("dana", 1, NOW, 10**9).expires_at == NOW + 72 * 3_600
    leases.renew("dana", 1, NOW, 100)
    leases.spend(60)
    leases.check("dana", NOW + 1, NOW)
    leases.spend(40)
    with pytest.raises(LeaseExpired):
        leases.check("dana", NOW + 1, NOW)


def test_a_lease_that_was_edited_or_is_under_another_secret_does_not_count(tmp_path: Path) -> None:
    lease_file(tmp_path).renew("dana", 1, NOW, 100)
    with pytest.raises(LeaseExpired):
        lease_file(tmp_path, b"t" * 32).check("dana", NOW + 1, NOW)
    file = tmp_path / "lease"
    file.write_text(file.read_text().replace(str(NOW + 100), str(NOW + 9_999_999)))
    with pytest.raises(LeaseExpired):
        lease_file(tmp_path).check("dana", NOW + 1, NOW)
    lease_file(tmp_path).destroy()
    with pytest.raises(LeaseExpired):
        lease_file(tmp_path).check("dana", NOW + 1, NOW)


def test_a_code_fits_one_step_either_side() -> None:
    totp, present = TOTP(SECRET), int(NOW) // 30
    for step in (-1, 0, 1):
        assert matching_time_code(SECRET, totp.generate_otp(present + step), NOW) == present + step
    assert matching_time_code(SECRET, totp.generate_otp(present + 2), NOW) is None
    for typed in ("", "12345", "abcdef", "１２３４５６"):
        assert matching_time_code(SECRET, typed, NOW) is None
    assert "secret=" + SECRET in provisioning_uri(SECRET, "dana", "Lakemere")


class Mark:
    value = 0

    def read(self) -> int:
        return self.value

    def write(self, value: int) -> None:
        self.value = value


def test_a_code_counts_once_even_when_the_file_is_restored(tmp_path: Path) -> None:
    mark, present = Mark(), int(NOW) // 30
    ledger = StepUpLedger(tmp_path / "codes", mark.read, mark.write)
    assert ledger.use(present, NOW) == (True, 0.0)
    assert ledger.use(present, NOW) == (False, 0.0)
    assert ledger.use(present - 1, NOW) == (False, 0.0)
    (tmp_path / "codes").unlink()
    assert ledger.use(present, NOW) == (False, 0.0)
    assert ledger.use(present + 1, NOW) == (True, 0.0)
    assert ledger.used() == [present + 1]
    assert ledger.use(present + 1_000, NOW) == (False, 0.0)


def test_five_wrong_codes_wait_out_a_quarter_of_an_hour(tmp_path: Path) -> None:
    mark, present = Mark(), int(NOW) // 30
    ledger = StepUpLedger(tmp_path / "codes", mark.read, mark.write)
    waits = [ledger.failed(NOW + second) for second in range(5)]
    assert waits[:4] == [0, 0, 0, 0]
    assert waits[4] == 15 * 60 - 4
    assert ledger.use(present, NOW + 5) == (False, 15 * 60 - 5)
    assert ledger.use(present + 30, NOW + 15 * 60) == (True, 0.0)
