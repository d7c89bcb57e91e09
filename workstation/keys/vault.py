"""A coder's vault: the cache key wrapped by password and device, opened only in a process that dies."""

from __future__ import annotations

import base64
import os
from dataclasses import asdict, dataclass, field
from typing import Any

from workstation.errors import CacheDamaged, CacheTooNew, WrongPassword
from workstation.keys.derive import (
    FLOOR,
    SealBroken,
    StretchCost,
    calibrated,
    context,
    expand_two,
    random_key,
    seal,
    stretch,
    unseal,
    zero,
)
from workstation.keys.recovery import seal_to

VERSION = 1
SALT_BYTES = 16
SEED_BYTES = 20  # 32 base32 characters; pyotp refuses secrets under 112 bits


@dataclass(frozen=True, slots=True)
class VaultIdentity:
    """What a wrap is bound to: moved to another coder, device or epoch it does not open."""

    tenant: str
    user: str
    device: str
    epoch: int = 1

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> VaultIdentity:
        return cls(str(fields["tenant"]), str(fields["user"]), str(fields["device"]), int(fields["epoch"]))

    def bound(self, purpose: str, version: int = VERSION) -> bytes:
        """The bytes every key and seal of this vault is tied to."""
        return context(purpose, version, self.tenant, self.user, self.device, self.epoch)


@dataclass(frozen=True, slots=True)
class WrappedRecord:
    """What lies on disk: useless without the password, this device's half and an unexpired lease."""

    identity: VaultIdentity
    salt: bytes
    cost: StretchCost
    wrapped: bytes  # nonce and the DEK
    step_up: bytes  # nonce and the step-up seed
    recovery: bytes = b""  # the DEK sealed to the organisation, when policy names its key
    version: int = VERSION

    def to_json(self) -> dict[str, Any]:
        return {
            "version": self.version,
            **self.identity.to_json(),
            "salt": _text(self.salt),
            "argon2id": [self.cost.memory_kib, self.cost.passes, self.cost.lanes],
            "wrapped": _text(self.wrapped),
            "step_up": _text(self.step_up),
            "recovery": _text(self.recovery),
        }

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> WrappedRecord:
        """Raises CacheTooNew for a later version, CacheDamaged for anything that is no wrap."""
        try:
            version = int(fields["version"])
            if version > VERSION:
                raise CacheTooNew
            memory_kib, passes, lanes = (int(number) for number in fields["argon2id"])
            return cls(
                identity=VaultIdentity.from_json(fields),
                salt=base64.b64decode(fields["salt"], validate=True),
                cost=StretchCost(memory_kib, passes, lanes),
                wrapped=base64.b64decode(fields["wrapped"], validate=True),
                step_up=base64.b64decode(fields["step_up"], validate=True),
                recovery=base64.b64decode(fields.get("recovery", ""), validate=True),
                version=version,
            )
        except (KeyError, TypeError, ValueError, AttributeError):
            raise CacheDamaged("The wrapped key cannot be read.") from None


@dataclass(slots=True)
class OpenVault:
    """The cache key and the step-up secret, until `close` zeroes the first."""

    dek: bytearray = field(repr=False)
    step_up_secret: str = field(repr=False)

    def close(self) -> None:
        zero(self.dek)
        self.step_up_secret = ""


def enrol(
    password: bytearray,
    device_half: bytearray,
    identity: VaultIdentity,
    *,
    recovery_key: bytes = b"",
    cost: StretchCost | None = None,
) -> tuple[WrappedRecord, bytearray, str]:
    """A new vault: what to store, the DEK to open the cache with, the secret to show as a QR code once."""
    dek, seed = random_key(), random_key(SEED_BYTES)
    recovery = seal_to(recovery_key, dek, identity.bound("recovery")) if recovery_key else b""
    record = _wrap(password, device_half, identity, dek, seed, recovery, cost or calibrated())
    secret = base64.b32encode(seed).decode()
    zero(seed)
    return record, dek, secret


def open_vault(record: WrappedRecord, password: bytearray, device_half: bytearray) -> OpenVault:
    """Raises WrongPassword, also when the device half or a bound field is not the one it was wrapped with."""
    if record.cost.memory_kib < FLOOR.memory_kib or record.cost.passes < FLOOR.passes:
        raise CacheDamaged("The wrapped key was weakened.")
    kek = _kek(password, device_half, record.identity, record.salt, record.cost)
    try:
        dek = unseal(kek, record.wrapped, record.identity.bound("dek", record.version))
        seed = unseal(kek, record.step_up, record.identity.bound("step-up", record.version))
    except SealBroken:
        raise WrongPassword from None
    finally:
        zero(kek)
    secret = base64.b32encode(seed).decode()
    zero(seed)
    return OpenVault(dek, secret)


def rewrap(
    record: WrappedRecord,
    old: bytearray,
    new: bytearray,
    device_half: bytearray,
    *,
    cost: StretchCost | None = None,
) -> WrappedRecord:
    """The same key and step-up secret under a new password; nothing is re-encrypted. Raises WrongPassword."""
    opened = open_vault(record, old, device_half)
    seed = bytearray(base64.b32decode(opened.step_up_secret))
    try:
        return _wrap(new, device_half, record.identity, opened.dek, seed, record.recovery, cost or record.cost)
    finally:
        opened.close()
        zero(seed)


def renew_step_up(record: WrappedRecord, password: bytearray, device_half: bytearray) -> tuple[WrappedRecord, str]:
    """A new step-up secret after a lost phone (after an online sign-in). Raises WrongPassword."""
    opened = open_vault(record, password, device_half)
    seed = random_key(SEED_BYTES)
    try:
        renewed = _wrap(password, device_half, record.identity, opened.dek, seed, record.recovery, record.cost)
        return renewed, base64.b32encode(seed).decode()
    finally:
        opened.close()
        zero(seed)


def _wrap(
    password: bytearray,
    device_half: bytearray,
    identity: VaultIdentity,
    dek: bytearray,
    seed: bytearray,
    recovery: bytes,
    cost: StretchCost,
) -> WrappedRecord:
    salt = os.urandom(SALT_BYTES)
    kek = _kek(password, device_half, identity, salt, cost)
    try:
        return WrappedRecord(
            identity,
            salt,
            cost,
            wrapped=seal(kek, dek, identity.bound("dek")),
            step_up=seal(kek, seed, identity.bound("step-up")),
            recovery=recovery,
        )
    finally:
        zero(kek)


def _kek(
    password: bytearray, device_half: bytearray, identity: VaultIdentity, salt: bytes, cost: StretchCost
) -> bytearray:
    stretched = stretch(password, salt, cost)
    try:
        return expand_two(stretched, device_half, identity.bound("kek"))
    finally:
        zero(stretched)


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()
