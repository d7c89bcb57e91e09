from __future__ import annotations

import os
import threading
import uuid
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.journal.fakes import Backend
from workstation.errors import DiskTrouble, KeyringTrouble
from workstation.keys.derive import SealBroken
from workstation.keys.device import DeviceKeys
from workstation.keys.keyring import Keyring, choose_backend
from workstation.keys.vault import VaultIdentity

DANA = VaultIdentity("lakemere", "dana", "device-1", 1)


def secret_service() -> bool:
    try:
        Keyring("probe").get("nothing")
    except KeyringTrouble:
        return False
    return True


real_keyring = pytest.mark.skipif(
    not os.environ.get("DBUS_SESSION_BUS_ADDRESS") or not secret_service(),
    reason="NO SECRET SERVICE on the session bus: run under dbus-run-session with gnome-keyring-daemon",
)


def test_a_device_is_the_same_at_the_next_start(tmp_path: Path) -> None:
    backend = Backend()
    first, again = DeviceKeys.open(tmp_path, backend), DeviceKeys.open(tmp_path, backend)
    assert (first.fresh, again.fresh) == (True, False)
    assert (first.device, first.verify_key) == (again.device, again.verify_key)
    assert first.public_jwk() == again.public_jwk()
    assert first.journal_key() == again.journal_key()


def test_no_key_lies_in_clear_on_the_disk(tmp_path: Path) -> None:
    backend = Backend()
    keys = DeviceKeys.open(tmp_path, backend)
    (held,) = [value for (_, name), value in backend.kept.items() if name.endswith("device-key")]
    for file in (path for path in tmp_path.iterdir() if path.is_file()):
        content = file.read_bytes()
        assert bytes.fromhex(held) not in content
        assert held.encode() not in content
        assert b"\x30\x2e\x02\x01" not in content  # how an unwrapped Ed25519 key would begin
        assert bytes(keys.journal_key()) not in content


def test_each_coder_device_epoch_and_lease_has_its_own_half(tmp_path: Path) -> None:
    keys, other = DeviceKeys.throw_away(), DeviceKeys.throw_away()
    lease = keys.new_lease_secret("c1")
    halves = {
        bytes(half)
        for half in (
            keys.device_half(lease, DANA),
            keys.device_half(lease, VaultIdentity("lakemere", "dana", "device-1", 2)),
            keys.device_half(lease, VaultIdentity("lakemere", "miguel", "device-1", 1)),
            keys.device_half(keys.new_lease_secret("c1"), DANA),
            other.device_half(lease, DANA),
        )
    }
    assert len(halves) == 5


def test_a_lost_keyring_item_means_a_new_device_and_keeps_the_old_files(tmp_path: Path) -> None:
    backend = Backend()
    old = DeviceKeys.open(tmp_path, backend)
    backend.kept.clear()
    new = DeviceKeys.open(tmp_path, backend)
    assert new.fresh
    assert new.device != old.device
    assert (tmp_path / f"lost-{old.device}" / "signing.key").exists()


def test_a_key_file_that_was_changed_is_refused(tmp_path: Path) -> None:
    backend = Backend()
    DeviceKeys.open(tmp_path, backend)
    spoilt = bytearray((tmp_path / "signing.key").read_bytes())
    spoilt[30] ^= 1
    (tmp_path / "signing.key").write_bytes(spoilt)
    with pytest.raises(DiskTrouble):
        DeviceKeys.open(tmp_path, backend)


def test_a_wipe_leaves_nothing_that_opens_and_still_signs_its_receipt(tmp_path: Path) -> None:
    backend = Backend()
    keys = DeviceKeys.open(tmp_path, backend)
    keys.new_lease_secret("c1")
    keys.destroy_lease_secret("c1")
    keys.destroy_device_key()
    receipt = keys.sign_checkpoint(b"wiped")
    Ed25519PublicKey.from_public_bytes(keys.verify_key).verify(receipt, b"wiped")
    keys.destroy_files()
    keys.destroy_files()  # resumed: harmless
    assert backend.kept == {}
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == []


def test_what_is_sealed_for_one_purpose_does_not_open_for_another() -> None:
    keys = DeviceKeys.throw_away()
    sealed = keys.seal("refresh", b"token")
    assert keys.unseal("refresh", sealed) == b"token"
    with pytest.raises(SealBroken):
        keys.unseal("other", sealed)


# ------------------------------------------------------------------ the keyring


class Silent(Backend):
    """Loses what it is given, as a null backend does."""

    def set_password(self, service: str, username: str, password: str) -> None:
        pass


class Hanging(Backend):
    def __init__(self) -> None:
        super().__init__()
        self.answer = threading.Event()

    def get_password(self, service: str, username: str) -> str | None:
        self.answer.wait(20)
        return None


def test_a_backend_that_loses_data_is_found_out_and_nothing_is_stored(tmp_path: Path) -> None:
    with pytest.raises(KeyringTrouble, match="read back"):
        DeviceKeys.open(tmp_path, Silent())
    assert not [path for path in tmp_path.iterdir() if path.is_file()]


def test_a_keyring_that_hangs_behind_a_prompt_is_given_up() -> None:
    backend = Hanging()
    with pytest.raises(KeyringTrouble, match="did not answer"):
        Keyring("d", backend, limit=0.05).get("x")
    backend.answer.set()


@pytest.mark.parametrize("asked", ["keyrings.alt.file.PlaintextKeyring", "keyring.backends.null.Keyring"])
def test_an_environment_that_points_elsewhere_is_refused(asked: str) -> None:
    with pytest.raises(KeyringTrouble, match="does not trust"):
        choose_backend("linux", {"PYTHON_KEYRING_BACKEND": asked})


def test_what_a_backend_says_is_not_repeated() -> None:
    class Talking(Backend):
        def get_password(self, service: str, username: str) -> str | None:
            raise RuntimeError(f"no item {username}")

    with pytest.raises(KeyringTrouble) as caught:
        Keyring("scope-1", Talking()).get("lease/abc")
    assert "abc" not in str(caught.value)


@pytest.mark.keyring
@real_keyring
def test_the_real_secret_service_keeps_a_device(tmp_path: Path) -> None:
    first = DeviceKeys.open(tmp_path)
    first.set_mark("seen", 7)
    again = DeviceKeys.open(tmp_path)
    assert (again.device, again.verify_key, again.mark("seen")) == (first.device, first.verify_key, 7)
    ring = Keyring(again.device)
    ring.delete("mark/seen")
    ring.delete("mark/seen")
    again.destroy_device_key()
    assert ring.get("device-key") is None
    assert ring.get(str(uuid.uuid4())) is None
