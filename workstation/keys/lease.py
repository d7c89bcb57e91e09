"""The lease: how long a coder may unlock without the server. Its expiry moves, its secret does not."""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from workstation.domain.policy import LONGEST_LEASE
from workstation.durable import destroy, read_whole, write_whole
from workstation.errors import LeaseExpired
from workstation.keys.derive import context, expand, zero


@dataclass(frozen=True, slots=True)
class Lease:
    """Granted by an online sign-in. Times in POSIX seconds."""

    user: str
    epoch: int
    granted_at: float
    expires_at: float
    budget: float  # seconds of unlocked offline time
    spent: float = 0.0


class LeaseFile:
    """One coder's lease on disk, authenticated under a key from the lease secret.

    Client-enforced: whoever has the disk and the keyring may restore an older file, but never one that lasts
    longer than an online sign-in granted.
    """

    def __init__(self, path: Path, lease_secret: bytearray) -> None:
        self._path = path
        self._key = expand(lease_secret, context("lease", 1))

    def renew(self, user: str, epoch: int, now: float, seconds: float) -> Lease:
        """A new grant after an online sign-in or refresh; no password is needed. At most 72 hours."""
        seconds = min(seconds, float(LONGEST_LEASE))
        lease = Lease(user, epoch, now, now + seconds, budget=seconds)
        self._write(lease)
        return lease

    def check(self, user: str, now: float, highest_seen: float) -> Lease:
        """The lease in force. Raises LeaseExpired: run out, used up, forged, or the clock was set back."""
        lease = self._read()
        if lease is None or lease.user != user:
            raise LeaseExpired
        if now < max(highest_seen, lease.granted_at):
            raise LeaseExpired("The clock of this computer is behind the last time it was used.")
        if now >= lease.expires_at or lease.spent >= lease.budget:
            raise LeaseExpired
        return lease

    def spend(self, seconds: float) -> None:
        """Charge unlocked offline time, counted by a clock that cannot be set."""
        lease = self._read()
        if lease is not None and seconds > 0:
            self._write(replace(lease, spent=lease.spent + seconds))

    def destroy(self) -> None:
        """Ten wrong tries, a wipe, or the end on a shared workstation."""
        destroy(self._path)

    def close(self) -> None:
        zero(self._key)

    def _write(self, lease: Lease) -> None:
        body = [lease.user, lease.epoch, lease.granted_at, lease.expires_at, lease.budget, lease.spent]
        write_whole(self._path, json.dumps({"lease": body, "mac": self._mac(body)}).encode())

    def _read(self) -> Lease | None:
        content = read_whole(self._path)
        if content is None:
            return None
        try:
            fields = json.loads(content)
            body = fields["lease"]
            if not hmac.compare_digest(str(fields["mac"]), self._mac(body)):
                return None
            user, epoch, granted_at, expires_at, budget, spent = body
        except (ValueError, TypeError, KeyError):
            return None
        return Lease(user, epoch, granted_at, expires_at, budget, spent)

    def _mac(self, body: object) -> str:
        return hmac.new(self._key, json.dumps(body).encode(), sha256).hexdigest()
