"""Signs what leaves this house, by one interface: a key in a PKCS#11 token or in a file, and a GnuPG key for Linux.

`python packaging/make/signing.py --certificate CHAIN --key KEY [--gpg FINGERPRINT] [--timestamp URL] ARTIFACT...`

KEY is a PEM file, or a `pkcs11:` URI with `--module` and `--pin-file`: a token's PIN stands in no command line.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import builder
from builder import TOP, CannotBuild, run

sys.path.insert(0, str(TOP))
from workstation.host.manifest import MANIFEST, SIGNATURE

ENGINE = "/usr/lib/x86_64-linux-gnu/engines-3/pkcs11.so"
SIGNED_BY = "Coder Workstation"
_HEADER = 60  # bytes before each member of an ar archive


@dataclass(frozen=True)
class Identity:
    """Who signs: a certificate with its chain, and where its key lies."""

    certificate: Path
    key: str  # a PEM file, or a pkcs11: URI
    module: str = ""
    pin_file: str = ""
    timestamp: str = ""  # URL of an RFC 3161 service; without one a signature ends with its certificate

    @property
    def in_token(self) -> bool:
        return self.key.startswith("pkcs11:")

    @property
    def uri(self) -> str:
        """The key as OpenSSL's engine finds it."""
        if self.pin_file:
            return f"{self.key}?pin-source=file:{Path(self.pin_file).resolve()}"
        return self.key


def sign_manifest(folder: Path, who: Identity) -> Path:
    """A detached CMS signature over the manifest of a folder; the files it lists are as good as it."""
    builder.tools("openssl")
    signature = folder / SIGNATURE
    line = ["openssl", "cms", "-sign", "-binary", "-md", "sha256", "-outform", "DER", "-nosmimecap"]
    line += ["-signer", who.certificate, "-in", folder / MANIFEST, "-out", signature]
    line += ["-engine", "pkcs11", "-keyform", "engine", "-inkey", who.uri] if who.in_token else ["-inkey", who.key]
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as chain:
        chain.write("".join(_certificates(who.certificate)[1:]))
        chain.flush()
        with_chain = [*line, "-certfile", chain.name] if len(_certificates(who.certificate)) > 1 else line
        run(with_chain, env={**os.environ, "PKCS11_MODULE_PATH": who.module} if who.in_token else dict(os.environ))
    signature.chmod(0o644)
    moment = int((folder / MANIFEST).stat().st_mtime)
    for path in (signature, folder):
        os.utime(path, (moment, moment))
    return signature


def _certificates(chain: Path) -> list[str]:
    """The signer's own first."""
    return re.findall(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----\n", chain.read_text("ascii"), re.DOTALL)


def sign_authenticode(file: Path, who: Identity) -> None:
    """An .exe, .dll, .pyd or .msi, in place, with a timestamp where there is a service."""
    builder.tools("osslsigncode")
    if not who.timestamp:
        print(f"{file.name}: no timestamp; the signature ends with its certificate.", flush=True)
    with tempfile.TemporaryDirectory(dir=file.parent) as folder:
        signed = Path(folder) / file.name
        line: list[object] = ["osslsigncode", "sign", "-certs", who.certificate, "-h", "sha256", "-n", SIGNED_BY]
        if who.in_token:
            line += ["-pkcs11engine", ENGINE, "-pkcs11module", who.module]
        line += ["-key", who.uri, *(["-ts", who.timestamp] if who.timestamp else []), "-in", file, "-out", signed]
        run(line)
        mode = file.stat().st_mode
        signed.replace(file)
        file.chmod(mode)


def sign_deb(file: Path, fingerprint: str) -> None:
    """As debsig-verify reads it, with SHA-512: Debian 12's own debsigs signs with SHA-1, which gpg then refuses."""
    builder.tools("gpg")
    members = [(name, body) for name, body in archive(file.read_bytes()) if not name.startswith("_gpg")]
    signature = _gpg(fingerprint, b"".join(body for _, body in members), ["--detach-sign"])
    members.append(("_gpgorigin", signature))
    half = file.with_suffix(".half")
    half.write_bytes(b"!<arch>\n" + b"".join(_member(name, body) for name, body in members))
    half.replace(file)


def sign_rpm(file: Path, fingerprint: str) -> None:
    """Checked at once: rpmsign goes on unsigned where it does not find gpg, and `rpm -K` calls that well."""
    builder.tools("rpmsign", "gpg")
    gpg = shutil.which("gpg")
    defines = [f"__gpg {gpg}", f"_gpg_name {fingerprint}", "_gpg_digest_algo sha512"]
    run(["rpmsign", *(word for one in defines for word in ("--define", one)), "--addsign", file])
    shown = subprocess.run(
        ["rpm", "-qp", "--nosignature", "--qf", "%{RSAHEADER:pgpsig}%{DSAHEADER:pgpsig}", file],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    if "Key ID" not in shown:
        raise CannotBuild(f"{file.name} is not signed after signing it.")


def sign_repository(folder: Path, fingerprint: str) -> None:
    """An apt repository's Release as InRelease and Release.gpg, or an RPM repository's repomd.xml."""
    for release in folder.rglob("Release"):
        text = release.read_bytes()
        (release.parent / "InRelease").write_bytes(_gpg(fingerprint, text, ["--clearsign"]))
        (release.parent / "Release.gpg").write_bytes(_gpg(fingerprint, text, ["--armor", "--detach-sign"]))
    for listing in folder.rglob("repomd.xml"):
        (listing.parent / "repomd.xml.asc").write_bytes(
            _gpg(fingerprint, listing.read_bytes(), ["--armor", "--detach-sign"])
        )


def _gpg(fingerprint: str, text: bytes, how: list[str]) -> bytes:
    line = ["gpg", "--batch", "--no-tty", "--digest-algo", "SHA512", "--local-user", fingerprint, "--output", "-", *how]
    done = subprocess.run(line, input=text, capture_output=True, check=False)
    if done.returncode != 0:
        raise CannotBuild(f"gpg did not sign: {done.stderr.decode(errors='replace')[-500:]}")
    return done.stdout


def archive(raw: bytes) -> list[tuple[str, bytes]]:
    """The members of an ar archive, which is what a .deb is. Raises ValueError."""
    if not raw.startswith(b"!<arch>\n"):
        raise ValueError("no ar archive")
    at, found = 8, []
    while at + _HEADER <= len(raw):
        header = raw[at : at + _HEADER]
        if header[58:60] != b"`\n" or not header[48:58].strip().isdigit():
            raise ValueError("a damaged ar archive")
        size = int(header[48:58])
        if at + _HEADER + size > len(raw):
            raise ValueError("an ar archive that was cut off")
        found.append(
            (header[:16].decode("ascii", "replace").rstrip().rstrip("/"), raw[at + _HEADER : at + _HEADER + size])
        )
        at += _HEADER + size + size % 2
    return found


def _member(name: str, body: bytes) -> bytes:
    header = f"{name:<16}{builder.epoch():<12}{0:<6}{0:<6}{'100644':<8}{len(body):<10}`\n"
    return header.encode("ascii") + body + b"\n" * (len(body) % 2)


def sign(artifact: Path, who: Identity | None, fingerprint: str) -> None:
    """Whatever it is, in the way its system reads."""
    if artifact.suffix in (".deb", ".rpm"):
        if not fingerprint:
            raise CannotBuild(f"{artifact.name} is signed with a GnuPG key: --gpg FINGERPRINT.")
        (sign_deb if artifact.suffix == ".deb" else sign_rpm)(artifact, fingerprint)
    elif who is None:
        raise CannotBuild(f"{artifact.name} is signed with a certificate: --certificate and --key.")
    elif artifact.is_dir():
        sign_manifest(artifact, who)
    else:
        sign_authenticode(artifact, who)


def arguments(reader: argparse.ArgumentParser) -> None:
    """What every maker that signs asks for."""
    reader.add_argument(
        "--certificate", type=Path, metavar="CHAIN", help="PEM: the signer's certificate, then its chain"
    )
    reader.add_argument("--key", default="", help="a PEM file or a pkcs11: URI without a PIN")
    reader.add_argument("--module", default="", metavar="LIBRARY", help="the PKCS#11 library of the token")
    reader.add_argument("--pin-file", default="", metavar="FILE", help="the token's PIN, readable by its owner alone")
    reader.add_argument("--timestamp", default="", metavar="URL", help="an RFC 3161 service")
    reader.add_argument("--gpg", default="", metavar="FINGERPRINT", help="the GnuPG key of the Linux packages")


def identity(options: argparse.Namespace) -> Identity | None:
    """Raises CannotBuild for half an identity, and for a PIN others can read."""
    if not options.certificate and not options.key:
        return None
    if not options.certificate or not options.key:
        raise CannotBuild("--certificate and --key belong together.")
    if "pin-value" in options.key:
        raise CannotBuild("A PIN in the URI shows in the list of processes: put it into --pin-file.")
    if options.key.startswith("pkcs11:") and not options.module:
        raise CannotBuild("A key in a token needs --module, the token's PKCS#11 library.")
    if options.pin_file and Path(options.pin_file).stat().st_mode & 0o077:
        raise CannotBuild(f"{options.pin_file} can be read by others: chmod 600.")
    return Identity(options.certificate, options.key, options.module, options.pin_file, options.timestamp)


def main() -> int:
    reader = argparse.ArgumentParser(description="Sign packages, programs and installed trees.")
    arguments(reader)
    reader.add_argument("artifacts", nargs="+", type=Path, metavar="ARTIFACT")
    options = reader.parse_args()
    try:
        who = identity(options)
        for artifact in options.artifacts:
            sign(artifact, who, options.gpg)
            print(f"signed: {artifact.name}")
    except (CannotBuild, OSError, ValueError) as trouble:
        print(trouble, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
