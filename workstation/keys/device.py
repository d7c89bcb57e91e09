"""What makes this installation this device: its keyring key, its signing key, its client key. Guard only."""

from __future__ import annotations

import base64
import json
import uuid
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA384
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from workstation.durable import destroy, read_whole, write_whole
from workstation.errors import DiskTrouble, KeyringTrouble
from workstation.keys.derive import KEY_BYTES, SealBroken, context, expand, expand_two, random_key, seal, unseal, zero
from workstation.keys.keyring import Backend, Keyring
from workstation.keys.vault import VaultIdentity

_DEVICE_FILE = "device.json"
_SIGNING_FILE = "signing.key"
_CLIENT_FILE = "client.key"


class DeviceKeys:
    """The device's keys, unwrapped in the guard's memory. Keyring calls may block up to ten seconds each.

    Without a folder everything lives in memory under throw-away keys: the online-only mode of a computer
    whose keyring cannot be used.
    """

    def __init__(self, device: str, folder: Path | None, keyring: Keyring | None, dk: bytearray) -> None:
        self.device = device  # the installation's id; not a secret
        self.fresh = False  # made by this start: the device must be enrolled and registered
        self._folder, self._keyring, self._dk = folder, keyring, dk
        self._throw_away: dict[str, str] = {}
        self._signing = ed25519.Ed25519PrivateKey.generate()
        self._client = ec.generate_private_key(ec.SECP384R1())

    @classmethod
    def open(cls, folder: Path, backend: Backend | None = None) -> DeviceKeys:
        """The keys of the device that lies in `folder`; made on the first start.

        A device whose keyring item is gone is a new device: its old files are set aside, `fresh` is True.
        Raises KeyringTrouble (nothing is stored then) and DiskTrouble.
        """
        device = _device_in(folder)
        if device is not None:
            keyring = Keyring(device, backend)
            held = keyring.get("device-key")
            if held is not None:
                keys = cls(device, folder, keyring, _key_of(held))
                keys._load(folder)
                return keys
            _set_aside(folder, device)
        return cls._create(folder, backend)

    @classmethod
    def existing(cls, folder: Path, backend: Backend | None = None) -> DeviceKeys:
        """The keys of the device in `folder`, for reading alone: none is made and nothing is set aside.

        Raises KeyringTrouble, also when the keyring has no key for this device, and DiskTrouble.
        """
        device = _device_in(folder)
        keyring = Keyring(device or "", backend)
        held = keyring.get("device-key") if device else None
        if device is None or held is None:
            raise KeyringTrouble("The keyring has no key for this device.")
        keys = cls(device, folder, keyring, _key_of(held))
        keys._load(folder)
        return keys

    @classmethod
    def throw_away(cls) -> DeviceKeys:
        """Keys of a device that exists only until the program ends."""
        keys = cls(str(uuid.uuid4()), None, None, random_key())
        keys.fresh = True
        return keys

    @classmethod
    def _create(cls, folder: Path, backend: Backend | None) -> DeviceKeys:
        device = str(uuid.uuid4())
        keyring, dk = Keyring(device, backend), random_key()
        keyring.set("device-key", dk.hex())
        keys = cls(device, folder, keyring, dk)
        keys.fresh = True
        keys._store(folder, _SIGNING_FILE, keys._signing)
        keys._store(folder, _CLIENT_FILE, keys._client)
        # Last: until this file is there the device does not exist, and the next start begins afresh.
        write_whole(folder / _DEVICE_FILE, json.dumps({"device": device}).encode())
        return keys

    @property
    def keyring_name(self) -> str:
        """The module of the keyring's backend; empty when there is none."""
        return self._keyring.name if self._keyring is not None else ""

    # ------------------------------------------------------------------ what is derived

    def journal_key(self) -> bytearray:
        """The raw SQLCipher key of the audit journal."""
        return expand(self._dk, context("journal", 1, self.device))

    def ratchet_seed(self) -> bytearray:
        """The first link of the journal's MAC ratchet."""
        return expand(self._dk, context("ratchet", 1, self.device))

    def device_half(self, lease_secret: bytearray, identity: VaultIdentity) -> bytearray:
        """This device's half of a coder's key: the desk needs it beside the password, and never sees DK."""
        return expand_two(self._dk, lease_secret, identity.bound("device-half"))

    # ------------------------------------------------------------------ signatures

    def sign_checkpoint(self, message: bytes) -> bytes:
        """Ed25519 over a checkpoint of the journal or a wipe receipt."""
        return self._signing.sign(message)

    @property
    def verify_key(self) -> bytes:
        """The 32 bytes that check `sign_checkpoint`; public."""
        return self._signing.public_key().public_bytes_raw()

    def sign_assertion(self, message: bytes) -> bytes:
        """ES384 as JWS wants it: r and s, 48 bytes each."""
        first, second = decode_dss_signature(self._client.sign(message, ec.ECDSA(SHA384())))
        return first.to_bytes(48, "big") + second.to_bytes(48, "big")

    def verify_jwk(self) -> dict[str, Any]:
        """The key that checks what this device signs (checkpoints, exports, wipe receipts), as RFC 8037 and 9864 write it."""
        jwk = {"crv": "Ed25519", "kty": "OKP", "x": _base64url(self.verify_key)}
        thumbprint = sha256(json.dumps(jwk, separators=(",", ":"), sort_keys=True).encode()).digest()
        return {**jwk, "kid": _base64url(thumbprint), "alg": "Ed25519", "use": "sig", "key_ops": ["verify"]}

    def public_jwk(self) -> dict[str, Any]:
        """The client key's public half, as a server or IT registers it."""
        numbers = self._client.public_key().public_numbers()
        jwk = {
            "crv": "P-384",
            "kty": "EC",
            "x": _base64url(numbers.x.to_bytes(48, "big")),
            "y": _base64url(numbers.y.to_bytes(48, "big")),
        }
        thumbprint = sha256(json.dumps(jwk, separators=(",", ":"), sort_keys=True).encode()).digest()
        return {**jwk, "kid": _base64url(thumbprint), "alg": "ES384", "use": "sig", "key_ops": ["verify"]}

    # ------------------------------------------------------------------ what else the keyring keeps

    def lease_secret(self, coder: str) -> bytearray | None:
        """The secret of a coder's lease (`coder` is their opaque folder name), or None when there is none."""
        held = self._get(f"lease/{coder}")
        try:
            return None if held is None else _key_of(held)
        except KeyringTrouble:
            return None  # a secret that is no secret opens nothing: the next sign-in begins anew

    def new_lease_secret(self, coder: str) -> bytearray:
        """A new epoch begins: wraps made with the old secret no longer open."""
        secret = random_key()
        self._set(f"lease/{coder}", secret.hex())
        return secret

    def destroy_lease_secret(self, coder: str) -> None:
        self._delete(f"lease/{coder}")

    def mark(self, name: str) -> int:
        """A number kept outside all files, 0 when never set: what a restored disk cannot turn back."""
        return int(self._get(f"mark/{name}") or "0")

    def set_mark(self, name: str, number: int) -> None:
        self._set(f"mark/{name}", str(number))

    def clear_mark(self, name: str) -> None:
        self._delete(f"mark/{name}")

    def secret(self, name: str) -> str | None:
        """Another small secret of the guard, such as a refresh token's wrapping key."""
        return self._get(f"secret/{name}")

    def set_secret(self, name: str, value: str) -> None:
        self._set(f"secret/{name}", value)

    def delete_secret(self, name: str) -> None:
        self._delete(f"secret/{name}")

    def seal(self, purpose: str, plain: bytearray | bytes) -> bytes:
        """Seal something of the guard's under the device key (a refresh token, a registration)."""
        key = expand(self._dk, context("seal", 1, purpose))
        try:
            return seal(key, plain, context(purpose, self.device))
        finally:
            zero(key)

    def unseal(self, purpose: str, sealed: bytes) -> bytearray:
        """The inverse of `seal`. Raises SealBroken."""
        key = expand(self._dk, context("seal", 1, purpose))
        try:
            return unseal(key, sealed, context(purpose, self.device))
        finally:
            zero(key)

    # ------------------------------------------------------------------ the end

    def destroy_device_key(self) -> None:
        """Without DK no wrap, journal or lease of this device opens. `destroy_files` is the last stroke."""
        self._delete("device-key")
        for name in ("mark/highest-seen", "secret/journal"):
            self._delete(name)

    def destroy_files(self) -> None:
        """The last stroke: the wrapped signing and client keys, and the device's name."""
        if self._folder is not None:
            for name in (_SIGNING_FILE, _CLIENT_FILE, _DEVICE_FILE):
                destroy(self._folder / name)

    def close(self) -> None:
        zero(self._dk)

    # ------------------------------------------------------------------ how it is kept

    def _store(self, folder: Path, name: str, key: ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey) -> None:
        plain = bytearray(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))
        write_whole(folder / name, self.seal(name, plain))
        zero(plain)

    def _load(self, folder: Path) -> None:
        signing, client = self._private(folder, _SIGNING_FILE), self._private(folder, _CLIENT_FILE)
        if not isinstance(signing, ed25519.Ed25519PrivateKey) or not isinstance(client, ec.EllipticCurvePrivateKey):
            raise DiskTrouble("A key file of this device is damaged.")
        self._signing, self._client = signing, client

    def _private(self, folder: Path, name: str) -> object:
        sealed = read_whole(folder / name)
        try:
            plain = self.unseal(name, sealed or b"")
        except SealBroken:
            raise DiskTrouble("A key file of this device is damaged.") from None
        try:
            return load_der_private_key(bytes(plain), None)
        finally:
            zero(plain)

    def _get(self, name: str) -> str | None:
        return self._throw_away.get(name) if self._keyring is None else self._keyring.get(name)

    def _set(self, name: str, value: str) -> None:
        if self._keyring is None:
            self._throw_away[name] = value
        else:
            self._keyring.set(name, value)

    def _delete(self, name: str) -> None:
        if self._keyring is None:
            self._throw_away.pop(name, None)
        else:
            self._keyring.delete(name)


def _key_of(held: str) -> bytearray:
    """The 32 bytes of a keyring item. Raises KeyringTrouble when it is no key: somebody changed it."""
    try:
        key = bytearray.fromhex(held)
    except ValueError:
        key = bytearray()
    if len(key) != KEY_BYTES:
        raise KeyringTrouble(
            "What the keyring keeps for this device is not a key any more.",
            remedy="Restore the keyring of your session from its backup, or ask your IT support to set this device up anew.",
        )
    return key


def _device_in(folder: Path) -> str | None:
    content = read_whole(folder / _DEVICE_FILE)
    if content is None:
        return None
    try:
        return str(uuid.UUID(json.loads(content)["device"]))
    except (ValueError, TypeError, KeyError):
        raise KeyringTrouble("The file that names this device is damaged.") from None


def _set_aside(folder: Path, device: str) -> None:
    """Keep what the lost key protected: IT may bring the keyring back, and an auditor may ask."""
    aside = folder / f"lost-{device}"
    aside.mkdir(mode=0o700, exist_ok=True)
    for name in (_SIGNING_FILE, _CLIENT_FILE, _DEVICE_FILE):
        if (folder / name).exists():
            (folder / name).replace(aside / name)


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
