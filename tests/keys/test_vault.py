from __future__ import annotations

import base64
import json
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from workstation.errors import CacheDamaged, CacheTooNew, WrongPassword
from workstation.keys.derive import (
    FLOOR,
    SealBroken,
    StretchCost,
    calibrated,
    context,
    expand,
    random_key,
    seal,
    stretch,
    unseal,
    zero,
)
from workstation.keys.recovery import open_with
from workstation.keys.vault import VaultIdentity, WrappedRecord, enrol, open_vault, renew_step_up, rewrap

DANA = VaultIdentity("lakemere", "dana", "device-1", 1)


def half() -> bytearray:
    return bytearray(b"h" * 32)


def enrolled(password: str = "correct horse") -> tuple[WrappedRecord, bytearray, str]:
    return enrol(bytearray(password.encode()), half(), DANA, cost=FLOOR)


@settings(max_examples=4, deadline=None)
@given(password=st.text(min_size=1, max_size=40).filter(lambda text: text.isprintable()))
def test_what_a_password_sealed_it_opens_after_storing(password: str) -> None:
    record, dek, secret = enrolled(password)
    stored = WrappedRecord.from_json(json.loads(json.dumps(record.to_json())))
    opened = open_vault(stored, bytearray(password.encode()), half())
    assert (opened.dek, opened.step_up_secret) == (dek, secret)
    assert len(base64.b32decode(secret)) == 20


def test_another_password_or_device_half_does_not_open() -> None:
    record, _, _ = enrolled()
    with pytest.raises(WrongPassword):
        open_vault(record, bytearray(b"correct horsf"), half())
    with pytest.raises(WrongPassword):
        open_vault(record, bytearray(b"correct horse"), bytearray(b"x" * 32))


@pytest.mark.parametrize("moved", [{"user": "miguel"}, {"device": "device-2"}, {"tenant": "other"}, {"epoch": 2}])
def test_a_wrap_moved_to_another_identity_does_not_open(moved: dict[str, object]) -> None:
    record, _, _ = enrolled()
    with pytest.raises(WrongPassword):
        open_vault(replace(record, identity=replace(DANA, **moved)), bytearray(b"correct horse"), half())


def test_the_same_characters_unlock_from_any_keyboard() -> None:
    composed, decomposed = "caf\u00e9", "cafe\u0301"
    record, dek, _ = enrolled(composed)
    assert open_vault(record, bytearray(decomposed.encode()), half()).dek == dek


def test_a_password_change_keeps_the_cache_key_and_the_step_up_secret() -> None:
    record, dek, secret = enrolled()
    changed = rewrap(record, bytearray(b"correct horse"), bytearray(b"battery staple"), half())
    opened = open_vault(changed, bytearray(b"battery staple"), half())
    assert (opened.dek, opened.step_up_secret) == (dek, secret)
    assert changed.salt != record.salt
    with pytest.raises(WrongPassword):
        open_vault(changed, bytearray(b"correct horse"), half())
    with pytest.raises(WrongPassword):
        rewrap(record, bytearray(b"wrong"), bytearray(b"new"), half())


def test_a_lost_phone_gets_a_new_secret_and_keeps_the_cache_key() -> None:
    record, dek, secret = enrolled()
    renewed, fresh = renew_step_up(record, bytearray(b"correct horse"), half())
    opened = open_vault(renewed, bytearray(b"correct horse"), half())
    assert opened.dek == dek
    assert opened.step_up_secret == fresh != secret


def test_the_organisation_can_recover_the_key_and_nobody_else() -> None:
    private = X25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw()
    record, dek, _ = enrol(bytearray(b"pw"), half(), DANA, recovery_key=public, cost=FLOOR)
    bound = DANA.bound("recovery")
    assert open_with(private.private_bytes_raw(), record.recovery, bound) == dek
    with pytest.raises(SealBroken):
        open_with(X25519PrivateKey.generate().private_bytes_raw(), record.recovery, bound)
    with pytest.raises(SealBroken):
        open_with(private.private_bytes_raw(), record.recovery, replace(DANA, user="m").bound("recovery"))


def test_an_open_vault_is_zeroed_when_closed_and_never_printed() -> None:
    record, dek, secret = enrolled()
    opened = open_vault(record, bytearray(b"correct horse"), half())
    assert secret not in repr(opened)
    opened.close()
    assert opened.dek == bytearray(32) != dek
    buffer = random_key()
    zero(buffer)
    assert buffer == bytearray(32)


def test_a_weakened_or_later_wrap_is_refused() -> None:
    record, _, _ = enrolled()
    with pytest.raises(CacheDamaged):
        open_vault(replace(record, cost=StretchCost(8, 1, 1)), bytearray(b"correct horse"), half())
    with pytest.raises(CacheTooNew):
        WrappedRecord.from_json({**record.to_json(), "version": 2})
    with pytest.raises(CacheDamaged):
        WrappedRecord.from_json({**record.to_json(), "salt": "!"})
    with pytest.raises(ValueError, match="floor"):
        stretch(bytearray(b"pw"), bytes(16), StretchCost(1024, 3, 1))


def test_calibration_raises_the_passes_on_a_fast_computer_and_never_goes_under_the_floor() -> None:
    times = iter([0.0, 0.03, 0.0, 30.0])
    assert calibrated(0.6, lambda: next(times)).passes == 16
    assert calibrated(0.6, lambda: next(times)) == FLOOR


@given(st.binary(max_size=200), st.binary(max_size=20))
def test_what_is_sealed_opens_only_unchanged_and_in_its_place(plain: bytes, bound: bytes) -> None:
    key = bytearray(range(32))
    sealed = seal(key, plain, bound)
    assert unseal(key, sealed, bound) == plain
    spoilt = bytearray(sealed)
    spoilt[-1] ^= 1
    for changed, place in (
        (bytes(spoilt), bound),
        (sealed, bound + b"x"),
        (sealed[:-1], bound),
        (b"", bound),
    ):
        with pytest.raises(SealBroken):
            unseal(key, changed, place)


def test_hkdf_gives_the_published_bytes_for_the_published_input() -> None:
    # RFC 5869, test case 3 (no salt, no info)
    made = expand(bytearray(b"\x0b" * 22), b"", 42)
    assert made.hex() == ("8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8")


def test_parts_of_a_context_never_run_together() -> None:
    assert context("a", "b|c") != context("a|b", "c") != context("a", "b", "c")
