"""What the guard keeps of each coder: profile, wrapped key, lease, throttle and server session, all in their folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Any

from workstation.domain.access import Coder
from workstation.domain.policy import Policy, policy_fields, policy_from
from workstation.domain.stricter import as_the_server_said
from workstation.durable import NOWHERE, destroy, is_there, read_whole, write_whole
from workstation.errors import LeaseExpired, TooManyTries
from workstation.guard.seat import Seat, vault_print
from workstation.guard.shred import SEALED, set_aside, shred
from workstation.host.clock import Clock
from workstation.host.paths import Home
from workstation.keys.derive import SealBroken, zero
from workstation.keys.device import DeviceKeys
from workstation.keys.lease import Lease, LeaseFile
from workstation.keys.step_up import StepUpLedger
from workstation.keys.throttle import Throttle
from workstation.keys.vault import VaultIdentity
from workstation.managed.inforce import Managed, unmanaged
from workstation.messages import Invite

_CONFIRM_SECONDS = 3600.0  # how exactly a profile says when the server last knew its coder
_HIGHEST = "highest-seen"  # the latest wall time this device has seen, in whole seconds


class Left(StrEnum):
    """What a sign-out left of a coder on this computer."""

    KEPT = "kept"  # their own workstation: the lease still opens the cache
    LOCKED_AWAY = "locked away"  # work the server lacks: kept, and only a sign-in brings it back
    SHREDDED = "shredded"  # nothing that can be read


class CoderVaults:
    """Every method may block on disk or keyring: call it on a worker."""

    def __init__(
        self,
        home: Home,
        keys: DeviceKeys,
        clock: Clock,
        server: dict[str, Any],
        *,
        practice: bool,
        managed: Callable[[], Managed] = unmanaged,
    ) -> None:
        self._home, self._keys, self._clock, self._managed = home, keys, clock, managed
        self._server, self._practice = server, practice
        self._seen = float(keys.mark(_HIGHEST))
        self._confirmed: dict[str, float] = {}

    # ------------------------------------------------------------------ who

    def welcome(self, tenant: str, coder: Coder, policy: Policy, *, renew_password: bool = False) -> Seat:
        """A coder has just signed in online: a seat with a fresh lease and no counted tries.

        With `renew_password` a new vault will be made; the old cache cannot be opened any more and is set aside.
        """
        folder = self._home.coder(tenant, coder.user)
        seat = Seat(coder, tenant, folder, policy, epoch=self._epoch(folder))
        there = is_there(folder / "vault.json")
        lost = there and self._keys.lease_secret(folder.name) is None  # without it no password opens the vault
        if there and (renew_password or lost):
            seat = Seat(coder, tenant, folder, policy, epoch=seat.epoch + 1)
            set_aside(folder, self._clock.wall())
            self._keys.destroy_lease_secret(folder.name)
        now = self._now()
        self._lease(seat, make=True).renew(coder.user, seat.epoch, now, policy.lease)
        Throttle(folder / "throttle.json").clear()
        self.keep_profile(seat)
        return seat

    def keep_profile(self, seat: Seat) -> None:
        """Remember the coder for an unlock without the server; sealed under the device key."""
        coder = {**asdict(seat.coder), "roles": sorted(seat.coder.roles)}
        body = {
            "coder": coder,
            "tenant": seat.tenant,
            "policy": policy_fields(seat.policy),
            "epoch": seat.epoch,
            "confirmed": int(self._now()),  # when the server last knew this coder
        }
        self._confirmed[seat.folder.name] = self._now()
        sealed = self._keys.seal("profile", json.dumps(body).encode())
        write_whole(seat.folder / "profile", sealed)

    def last_seat(self) -> Seat | None:
        """The one coder who may unlock without signing in: none on a shared workstation or when several could."""
        seats = [seat for seat in map(self._seat_in, self._home.coders()) if seat is not None]
        return seats[0] if len(seats) == 1 and not seats[0].policy.shared_workstation else None

    def last_heard(self) -> Policy:
        """What the server last said to anybody here; built-in values when it never did."""
        kept = [found for found in map(self._profile, self._home.coders()) if found is not None]
        return as_the_server_said(max(kept, key=lambda found: found[1])[0].policy) if kept else Policy()

    def _seat_in(self, folder: Path) -> Seat | None:
        kept = self._profile(folder)
        if kept is None or not is_there(folder / "vault.json"):
            return None
        seat, _ = kept
        return seat if self.holds(seat) else None

    def is_one_coders_own(self) -> bool:
        """Whether this computer is known to be one coder's own."""
        kept = [self._profile(folder) for folder in self._home.coders()]
        return len(kept) == 1 and kept[0] is not None and not kept[0][0].policy.shared_workstation

    def _profile(self, folder: Path) -> tuple[Seat, float] | None:
        """Whose folder it is and when the server last knew them; None when it does not say, or nobody can read it."""
        try:
            body = json.loads(bytes(self._keys.unseal("profile", read_whole(folder / "profile") or b"")))
            coder = Coder(**{**body["coder"], "roles": frozenset(body["coder"]["roles"])})
            policy = self._managed().over(as_the_server_said(policy_from(body["policy"])))
            seat = Seat(coder, body["tenant"], folder, policy, epoch=int(body["epoch"]))
            seat.only_here = json.loads(read_whole(folder / "only-here") or b"null")
            return seat, float(body.get("confirmed", 0))
        except (SealBroken, ValueError, KeyError, TypeError, AttributeError):
            return None

    # ------------------------------------------------------------------ unlocking

    def invitation(self, seat: Seat) -> tuple[Invite, bytearray]:
        """What a standby needs to let the coder in. Raises LeaseExpired and KeyringTrouble."""
        secret = self._secret(seat, make=False)
        lease = LeaseFile(seat.folder / "lease.json", secret).check(seat.coder.user, self._now(), self._seen)
        identity = self._identity(seat)
        try:
            half = self._keys.device_half(secret, identity)
        finally:
            zero(secret)
        vault = read_whole(seat.folder / "vault.json")
        coder = {**asdict(seat.coder), "roles": sorted(seat.coder.roles)}
        invite = Invite(
            mode="unlock" if vault else "enrol",
            coder=coder,
            identity=identity.to_json(),
            vault=json.loads(vault) if vault else None,
            server=self._server,
            folder="" if seat.folder.is_relative_to(NOWHERE) else str(seat.folder),
            policy=policy_fields(seat.policy),
            lease_until=min(lease.expires_at, self._now() + lease.budget - lease.spent),
            practice=self._practice,
            look={},
            lock_epoch=0,
            time_codes=self._ledger(seat).used(),
        )
        return invite, half

    def store_vault(self, seat: Seat, vault: dict[str, Any]) -> None:
        write_whole(seat.folder / "vault.json", json.dumps(vault).encode())

    def vault_print(self, seat: Seat) -> str:
        """Which vault lies on the disk, as `vault_print` names it; empty when none does."""
        kept = read_whole(seat.folder / "vault.json")
        return vault_print(json.loads(kept)) if kept else ""

    def count_try(self, seat: Seat) -> tuple[float, int]:
        """Count one try before it is made. Raises TooManyTries when ten were wrong; the lease is gone then."""
        try:
            return Throttle(seat.folder / "throttle.json").ask(self._now())
        except TooManyTries:
            destroy(seat.folder / "lease.json")
            raise

    def clear_tries(self, seat: Seat) -> None:
        Throttle(seat.folder / "throttle.json").clear()

    def spend(self, seat: Seat, seconds: float) -> None:
        """Charge unlocked time without the server to the lease."""
        self._lease(seat).spend(seconds)

    def holds(self, seat: Seat) -> bool:
        """Whether the coder may still work without the server."""
        try:
            self._lease(seat).check(seat.coder.user, self._now(), self._seen)
        except LeaseExpired:
            return False
        return True

    def lease_left(self, seat: Seat) -> float:
        """Seconds the coder can still unlock without the server; 0 when a sign-in is needed."""
        try:
            lease = self._lease(seat).check(seat.coder.user, self._now(), self._seen)
        except LeaseExpired:
            return 0.0
        return min(lease.expires_at - self._now(), lease.budget - lease.spent)

    def renew_lease(self, seat: Seat) -> Lease:
        """The server has just confirmed the coder: offline time begins anew."""
        if self._now() - self._confirmed.get(seat.folder.name, 0.0) > _CONFIRM_SECONDS:
            self.keep_profile(seat)
        return self._lease(seat).renew(seat.coder.user, seat.epoch, self._now(), seat.policy.lease)

    # ------------------------------------------------------------------ step-up codes

    def use_time_code(self, seat: Seat, time_code: int) -> tuple[bool, float]:
        return self._ledger(seat).use(time_code, self._now())

    def step_up_failed(self, seat: Seat) -> None:
        self._ledger(seat).failed(self._now())

    # ------------------------------------------------------------------ leaving

    def sign_out(self, seat: Seat) -> Left:
        """The server session ends. On a shared workstation all the coder's charts are crypto-shredded with it.

        Unless some of their work is nowhere else: then the lease alone goes, and a sign-in brings it back.
        """
        destroy(seat.folder / "session")
        if not seat.policy.shared_workstation:
            return Left.KEPT
        destroy(seat.folder / "lease.json")
        if seat.only_here != 0 or any(seat.folder.glob(f"{SEALED}*")):
            return Left.LOCKED_AWAY
        shred(self._keys, seat.folder)
        return Left.SHREDDED

    def note_only_here(self, seat: Seat) -> None:
        """How many encounters have work the server lacks; a crash must not forget that there were some."""
        if is_there(seat.folder / "profile"):
            write_whole(seat.folder / "only-here", json.dumps(seat.only_here).encode())

    # ------------------------------------------------------------------ whom nobody has seen for long

    def end_left_behind(self) -> int:
        """At the start: what a crash left open on a shared workstation ends as a sign-out would have ended it."""
        ended = 0
        for kept in map(self._profile, self._home.coders()):
            if kept is not None and kept[0].policy.shared_workstation and is_there(kept[0].folder / "lease.json"):
                self.sign_out(kept[0])
                ended += 1
        return ended

    def expire(self, present: Seat | None) -> int:
        """Destroy the charts of whoever the server has not known for the lifetime of a cache; how many coders'.

        Never under a coder who is at work, and never work that is nowhere else: that stays locked in, and only a
        sign-in brings it back. The vault stays: the next unlock begins with an empty cache.
        """
        expired = 0
        for folder in self._home.coders():
            cache, kept = folder / "cache.db", self._profile(folder)
            if kept is None or not cache.exists() or (present is not None and folder == present.folder):
                continue
            seat, confirmed = kept
            if self._now() - confirmed <= seat.policy.cache_lifetime + _CONFIRM_SECONDS or self.holds(seat):
                continue
            if seat.only_here == 0:
                for part in ("cache.db", "cache.db-wal", "cache.db-shm"):
                    destroy(folder / part)
                expired += 1
        return expired

    def purge_dormant(self, present: Seat | None) -> int:
        """Shred whoever the server has not known for `dormant_after`; how many.

        Only called when the server has just answered: a clock that runs years ahead must not destroy anything.
        """
        purged = 0
        for folder in self._home.coders():
            if present is not None and folder == present.folder:
                continue
            kept = self._profile(folder)
            if kept is not None and kept[1] and self._now() - kept[1] > kept[0].policy.dormant_after:
                shred(self._keys, folder)
                purged += 1
        return purged

    def keep_session(self, seat: Seat, refresh_token: str) -> None:
        """The refresh token, sealed under the device key."""
        write_whole(seat.folder / "session", self._keys.seal("session", refresh_token.encode()))

    def session(self, seat: Seat) -> str:
        """The refresh token kept, or an empty string."""
        sealed = read_whole(seat.folder / "session")
        try:
            return bytes(self._keys.unseal("session", sealed)).decode() if sealed else ""
        except ValueError:
            return ""

    # ------------------------------------------------------------------ parts

    def see_time(self) -> None:
        """Remember the latest wall time seen: an unlock with an earlier clock is refused."""
        now = self._clock.wall()
        if now > self._seen + 60:
            self._seen = now
            self._keys.set_mark(_HIGHEST, int(now))

    def _now(self) -> float:
        return self._clock.wall()

    def _identity(self, seat: Seat) -> VaultIdentity:
        return VaultIdentity(seat.tenant, seat.coder.user, self._keys.device, seat.epoch)

    def _epoch(self, folder: Path) -> int:
        vault = read_whole(folder / "vault.json")
        try:
            return int(json.loads(vault)["epoch"]) if vault else 1
        except (ValueError, KeyError, TypeError):
            return 1

    def _secret(self, seat: Seat, *, make: bool) -> bytearray:
        secret = self._keys.lease_secret(seat.folder.name)
        if secret is None and make:
            return self._keys.new_lease_secret(seat.folder.name)
        if secret is None:
            raise LeaseExpired
        return secret

    def _lease(self, seat: Seat, *, make: bool = False) -> LeaseFile:
        secret = self._secret(seat, make=make)
        try:
            return LeaseFile(seat.folder / "lease.json", secret)
        finally:
            zero(secret)

    def _ledger(self, seat: Seat) -> StepUpLedger:
        name = f"time-code/{seat.folder.name}"
        return StepUpLedger(
            seat.folder / "step-up.json", lambda: self._keys.mark(name), lambda code: self._keys.set_mark(name, code)
        )
