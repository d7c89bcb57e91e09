"""A certificate authority of the test's own: every key is made when the test runs and gone with its folder."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

EXTENSIONS = """
[req]
distinguished_name=dn
[dn]
[root]
basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign
subjectKeyIdentifier=hash
[signer]
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=codeSigning
[server]
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=serverAuth
[stamper]
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=critical,timeStamping
"""


def run(*words: object, **more: object) -> None:
    subprocess.run([str(word) for word in words], check=True, capture_output=True, **more)  # type: ignore[call-overload]


class Authority:
    """Issues certificates by openssl."""

    def __init__(self, folder: Path, name: str = "Test Root") -> None:
        self.folder, self.name = folder, name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "extensions").write_text(EXTENSIONS)
        self.root, self._key = folder / "root.pem", folder / "root.key"
        run(
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", f"/O=Test/CN={name}",
            "-keyout", self._key, "-out", self.root, "-config", folder / "extensions", "-extensions", "root",
        )  # fmt: skip

    def issue(self, name: str, kind: str = "signer") -> tuple[Path, Path]:
        """A certificate with its chain, and its key."""
        key, ask = self.folder / f"{name}.key", self.folder / f"{name}.csr"
        run(
            "openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", f"/O=Test/CN={name}",
            "-keyout", key, "-out", ask, "-config", self.folder / "extensions",
        )  # fmt: skip
        return self.certify(name, ask, kind), key

    def certify(self, name: str, ask: Path, kind: str = "signer") -> Path:
        made = self.folder / f"{name}.pem"
        run(
            "openssl", "x509", "-req", "-in", ask, "-CA", self.root, "-CAkey", self._key, "-CAcreateserial", "-days", "20",
            "-out", made, "-extfile", self.folder / "extensions", "-extensions", kind, "-sha256",
        )  # fmt: skip
        made.write_bytes(made.read_bytes() + self.root.read_bytes())
        return made


class Token:
    """A SoftHSM token: the key is made in it and never leaves it."""

    MODULE = "/usr/lib/softhsm/libsofthsm2.so"
    PIN = "4711"

    def __init__(self, folder: Path, authority: Authority, name: str = "Token Signer") -> None:
        (folder / "tokens").mkdir(parents=True)
        settings = folder / "softhsm2.conf"
        settings.write_text(f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\n")
        self.environment = {**os.environ, "SOFTHSM2_CONF": str(settings), "PKCS11_MODULE_PATH": self.MODULE}
        self.pin_file = folder / "pin"
        self.pin_file.write_text(self.PIN)
        self.pin_file.chmod(0o600)
        self.key = "pkcs11:token=release;object=signer;type=private"
        run(
            "softhsm2-util", "--init-token", "--free", "--label", "release", "--pin", self.PIN, "--so-pin", "0815",
            env=self.environment,
        )  # fmt: skip
        run(
            "pkcs11-tool", "--module", self.MODULE, "--login", "--pin", self.PIN, "--token-label", "release",
            "--keypairgen", "--key-type", "rsa:2048", "--label", "signer", "--id", "01", env=self.environment,
        )  # fmt: skip
        ask = folder / "token.csr"
        run(
            "openssl", "req", "-new", "-engine", "pkcs11", "-keyform", "engine",
            "-key", f"{self.key}?pin-source=file:{self.pin_file}", "-subj", f"/O=Test/CN={name}", "-out", ask,
            "-config", authority.folder / "extensions", env=self.environment,
        )  # fmt: skip
        self.certificate = authority.certify("token", ask)


def gnupg(folder: Path, name: str) -> tuple[str, Path]:
    """A key of GnuPG in a home of its own: its fingerprint, and its public half in a file."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    environment = {**os.environ, "GNUPGHOME": str(folder)}
    quick = ["gpg", "--batch", "--passphrase", "", "--quick-generate-key", name, "rsa2048", "sign", "1y"]
    run(*quick, env=environment)
    listed = subprocess.run(
        ["gpg", "--batch", "--with-colons", "--list-keys", name],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    fingerprint = next(line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr:"))
    public = folder / f"{fingerprint}.asc"
    run("gpg", "--batch", "--armor", "--output", public, "--export", fingerprint, env=environment)
    return fingerprint, public


def stop_gnupg(folder: Path) -> None:
    """Its agent outlives its commands, and is an orphan of ours: end it, and wait for what ended."""
    environment = {**os.environ, "GNUPGHOME": str(folder)}
    subprocess.run(["gpgconf", "--kill", "all"], env=environment, check=False, capture_output=True)
    until = time.monotonic() + 5
    while time.monotonic() < until:
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                time.sleep(0.02)
        except ChildProcessError:
            return
