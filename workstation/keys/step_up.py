"""The step-up code: which time code a typed code belongs to, and that each time code counts once."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from workstation.durable import read_whole, write_whole

STEP_SECONDS = 30
STEPS_EITHER_SIDE = 1
MOST_FAILURES = 5
FAILURE_WINDOW = 15 * 60.0


def matching_time_code(secret: str, typed: str, now: float) -> int | None:
    """Desk side: the time code whose digits were typed, one step either side of now; None when none fits."""
    from pyotp import TOTP  # 47 ms to import, and most unlocks never ask for a code
    from pyotp.utils import strings_equal

    digits = typed.replace(" ", "")
    if len(digits) != 6 or not (digits.isascii() and digits.isdigit()):
        return None
    totp, present = TOTP(secret, interval=STEP_SECONDS), int(now) // STEP_SECONDS
    found = None
    for code in range(present - STEPS_EITHER_SIDE, present + STEPS_EITHER_SIDE + 1):
        if strings_equal(digits, totp.generate_otp(code)):  # every step is compared: time tells nothing
            found = code
    return found


def provisioning_uri(secret: str, user: str, organisation: str) -> str:
    """What the QR code of an enrolment says to an authenticator."""
    from pyotp import TOTP

    return TOTP(secret, interval=STEP_SECONDS).provisioning_uri(name=user, issuer_name=organisation)


class StepUpLedger:
    """Guard side: the last accepted time code, kept in a file and in a second place, and the recent failures.

    `mark` gives the second place's number and `set_mark` raises it (the keyring): a restored old file alone
    does not let a seen code through again.
    """

    def __init__(self, path: Path, mark: Callable[[], int], set_mark: Callable[[int], None]) -> None:
        self._path, self._mark, self._set_mark = path, mark, set_mark

    def use(self, time_code: int, now: float) -> tuple[bool, float]:
        """(accepted, seconds to wait): recorded as used before it counts; refused when seen or throttled."""
        last, failures = self._read(now)
        wait = _wait(failures, now)
        if wait > 0:
            return False, wait
        present = int(now) // STEP_SECONDS
        fits = abs(time_code - present) <= STEPS_EITHER_SIDE + 1  # the desk matched it a moment ago
        if not fits or time_code <= max(last, self._mark()):
            self._write(last, [*failures, now])
            return False, 0.0
        self._write(time_code, [])
        self._set_mark(time_code)
        return True, 0.0

    def failed(self, now: float) -> float:
        """Count a code that matched nothing; the seconds until another may be tried."""
        last, failures = self._read(now)
        failures = [*failures, now]
        self._write(last, failures)
        return _wait(failures, now)

    def wait(self, now: float) -> float:
        """Seconds until a code may be tried; 0 when now."""
        return _wait(self._read(now)[1], now)

    def used(self) -> list[int]:
        """The time code that was accepted last, as the desk wants it; empty when none was."""
        last = max(self._read(0.0)[0], self._mark())
        return [last] if last else []

    def _read(self, now: float) -> tuple[int, list[float]]:
        content = read_whole(self._path)
        if content is None:
            return 0, []
        try:
            fields = json.loads(content)
            last, failures = int(fields["last"]), [min(float(at), now) for at in fields["failures"]]
        except (ValueError, TypeError, KeyError):
            return 0, [now] * MOST_FAILURES  # a spoilt ledger waits out the window; the mark still stands
        return last, [at for at in failures if at > now - FAILURE_WINDOW][-MOST_FAILURES:]

    def _write(self, last: int, failures: list[float]) -> None:
        write_whole(self._path, json.dumps({"last": last, "failures": failures[-MOST_FAILURES:]}).encode())


def _wait(failures: list[float], now: float) -> float:
    if len(failures) < MOST_FAILURES:
        return 0.0
    return max(failures[-MOST_FAILURES] + FAILURE_WINDOW - now, 0.0)
