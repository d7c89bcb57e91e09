"""What `packaging/verify` says of a .deb, .rpm, .msi, .exe or installed folder: whose signature, good or bad, whole or not.

It needs Python and the system's own tools (openssl, gpgv, rpm, osslsigncode) and trusts only what it is given:
`--roots` for certificates, `--keyring` for GnuPG keys. Exit code 0: good; 1: bad; 2: it cannot be judged here.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path

from signing import archive

from workstation.host.manifest import MANIFEST, SIGNATURE, ManifestUnusable, differences, read

_NAMED = 20


class State(IntEnum):
    """As exit codes; what is bad stays bad whatever else could not be told."""

    GOOD = 0
    BAD = 1
    CANNOT = 2


@dataclass
class Verdict:
    """What was found, line by line, and what follows from it."""

    lines: list[tuple[State, str]] = field(default_factory=list)

    def say(self, state: State, words: str) -> None:
        self.lines.append((state, words))

    @property
    def state(self) -> State:
        states = {state for state, _ in self.lines}
        if State.BAD in states:
            return State.BAD
        return State.CANNOT if State.CANNOT in states or not states else State.GOOD


@dataclass(frozen=True)
class Trust:
    """What the reader of the verdict believes in, and nothing else."""

    roots: Path | None = None
    timestamps: Path | None = None
    keyring: Path | None = None
    signers: tuple[str, ...] = ()  # names or fingerprints: each signature has to be one's of these

    def takes(self, *known_as: str) -> bool:
        """Whether a signer known by these names is one that was asked for; anybody trusted, when nobody was."""
        return not self.signers or bool({one.lower() for one in self.signers} & {one.lower() for one in known_as})

    @property
    def asked_for(self) -> str:
        return " or ".join(self.signers)


def judge(artifact: Path, trust: Trust) -> Verdict:
    """Never raises for what an attacker could have put there."""
    verdict = Verdict()
    if not artifact.exists():
        verdict.say(State.CANNOT, f"{artifact} is not there.")
        return verdict
    kinds = {
        ".deb": _deb,
        ".rpm": _rpm,
        ".msi": _msi,
        ".exe": _authenticode,
        ".dll": _authenticode,
        ".pyd": _authenticode,
    }
    if artifact.is_dir():
        _folder(artifact, trust, verdict)
    elif artifact.suffix.lower() in kinds:
        kinds[artifact.suffix.lower()](artifact, trust, verdict)
    else:
        verdict.say(State.CANNOT, f"{artifact.name} is no package this tool knows (.deb, .rpm, .msi, .exe, a folder).")
    return verdict


# ---------------------------------------------------------------- an installed folder


def _folder(folder: Path, trust: Trust, verdict: Verdict) -> None:
    _signature(folder, trust, verdict)
    try:
        listed, found = len(read(folder)), list(differences(folder))
    except ManifestUnusable as trouble:
        verdict.say(State.BAD, str(trouble))
        return
    if not found:
        verdict.say(State.GOOD, f"Whole: {listed} files, each as the manifest lists it.")
    for line in found[:_NAMED]:
        verdict.say(State.BAD, line)
    if len(found) > _NAMED:
        verdict.say(State.BAD, f"... and {len(found) - _NAMED} more files differ.")


def _signature(folder: Path, trust: Trust, verdict: Verdict) -> None:
    if not (folder / SIGNATURE).is_file():
        verdict.say(State.BAD, f"Unsigned: there is no {SIGNATURE}; anybody could have written the manifest.")
        return
    if trust.roots is None or not _there("openssl", verdict):
        verdict.say(State.CANNOT, "Whose signature it is cannot be told: name the trusted certificates with --roots.")
        return
    with tempfile.TemporaryDirectory() as place:
        signer = Path(place) / "signer.pem"
        line = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-purpose", "any", "-out", "/dev/null"]
        line += ["-in", folder / SIGNATURE, "-content", folder / MANIFEST, "-CAfile", trust.roots, "-signer", signer]
        done = _run(line)
        if done.returncode != 0:
            verdict.say(State.BAD, f"Bad signature over {MANIFEST}: {_reason(done.stderr)}")
            return
        about = ["openssl", "x509", "-in", signer, "-noout", "-nameopt", "utf8,esc_ctrl,sep_multiline"]
        about += ["-subject", "-fingerprint", "-sha256", "-ext", "extendedKeyUsage"]
        _whose(_run(about).stdout, trust, verdict)


def _whose(text: str, trust: Trust, verdict: Verdict) -> None:
    parts = _parts(text)
    subject = ", ".join(parts)
    fingerprint = "".join(re.findall(r"(?i)fingerprint=([0-9A-F:]+)", text)).replace(":", "")
    if "Code Signing" not in text:
        verdict.say(State.BAD, f"Signed by {subject}, whose certificate is not for signing programs.")
    elif not trust.takes(fingerprint, subject, *_common_names(parts)):
        verdict.say(State.BAD, f"Signed by {subject}, not by {trust.asked_for}.")
    else:
        verdict.say(State.GOOD, f"Signed by {subject} ({fingerprint[:16]}...).")


def _parts(text: str) -> list[str]:
    """A subject part by part, one a line as openssl gives it: a name may hold commas, and what looks like another name."""
    lines = text.partition("subject=")[2].split("\n")
    first = [lines[0].strip()] if lines and lines[0].strip() else []
    rest = []
    for line in lines[1:]:
        if not line.startswith(" "):
            break
        rest.append(line.strip())
    return first + rest


def _common_names(parts: list[str]) -> list[str]:
    """An organisation of that name is not the signer of that name."""
    return [part.partition("=")[2].strip().lower() for part in parts if part.partition("=")[0].strip() == "CN"]


# ---------------------------------------------------------------- Linux packages


def _deb(file: Path, trust: Trust, verdict: Verdict) -> None:
    try:
        members = archive(file.read_bytes())
    except ValueError as trouble:
        verdict.say(State.BAD, f"{file.name} is {trouble}.")
        return
    names = [name for name, _ in members]
    bodies = dict(members)
    if names[:1] != ["debian-binary"] or len(set(names)) != len(names) or len(names) > 4:
        verdict.say(State.BAD, f"{file.name} has parts no package has: {', '.join(names)}.")
        return
    if "_gpgorigin" not in bodies:
        verdict.say(State.BAD, "Unsigned: it has no _gpgorigin.")
    elif trust.keyring is None or not _there("gpgv", verdict):
        verdict.say(State.CANNOT, "Whose signature it is cannot be told: name the trusted keys with --keyring.")
    else:
        with tempfile.TemporaryDirectory() as place:
            signature, signed = Path(place) / "signature", Path(place) / "signed"
            signature.write_bytes(bodies["_gpgorigin"])
            signed.write_bytes(b"".join(body for name, body in members if name != "_gpgorigin"))
            keyring = _binary(trust.keyring, Path(place))
            done = _run(["gpgv", "--status-fd", "1", "--keyring", keyring, signature, signed])
        _gpg_verdict(done, trust, verdict)
    _inside(file, ["dpkg-deb", "-x", file, "."], trust, verdict)


def _binary(keyring: Path, place: Path) -> Path:
    """gpgv reads no armoured keys."""
    if not keyring.read_bytes().startswith(b"-----BEGIN"):
        return keyring.resolve()
    _run(["gpg", "--homedir", place, "--batch", "--yes", "--output", place / "keys.gpg", "--dearmor", keyring])
    return place / "keys.gpg"


def _gpg_verdict(done: subprocess.CompletedProcess[str], trust: Trust, verdict: Verdict) -> None:
    valid = re.search(r"VALIDSIG (\S+)", done.stdout)
    good = re.search(r"GOODSIG \S+ (.+)", done.stdout)
    if done.returncode != 0 or valid is None or good is None:
        unknown = "NO_PUBKEY" in done.stdout
        verdict.say(
            State.BAD, "Signed with a key you do not trust." if unknown else "Bad signature: the package was changed."
        )
    elif not trust.takes(valid[1], good[1]):
        verdict.say(State.BAD, f"Signed by {good[1]}, not by {trust.asked_for}.")
    else:
        verdict.say(State.GOOD, f"Signed by {good[1]} ({valid[1]}).")


def _rpm(file: Path, trust: Trust, verdict: Verdict) -> None:
    if trust.keyring is None or not _there("rpmkeys", verdict):
        verdict.say(State.CANNOT, "Whose signature it is cannot be told: name the trusted keys with --keyring.")
        return
    with tempfile.TemporaryDirectory() as place:
        _run(["rpmkeys", "--dbpath", place, "--import", trust.keyring])
        # Without `all` rpm is content with checksums and calls an unsigned package well.
        done = _run(["rpmkeys", "--dbpath", place, "--define", "_pkgverify_level all", "-Kv", file])
    text = done.stdout + done.stderr
    signer = re.search(r"Header V\d \w+/(SHA256|SHA384|SHA512) Signature, key ID (\w+): OK", text)
    if done.returncode != 0 or signer is None:
        lines = [line.strip() for line in text.splitlines() if re.search(r"BAD|NOKEY|NOT|no signature|not found", line)]
        verdict.say(
            State.BAD,
            f"Unsigned, changed, or signed with a key you do not trust: {'; '.join(lines[:3]) or 'no signature'}",
        )
    elif not trust.takes(signer[2], *(one for one in trust.signers if one.lower().endswith(signer[2].lower()))):
        verdict.say(State.BAD, f"Signed with the key {signer[2]}, not by {trust.asked_for}.")
    else:
        verdict.say(State.GOOD, f"Signed with the trusted key {signer[2]}.")
    if shutil.which("rpm2cpio") and shutil.which("cpio"):
        unpack = 'rpm2cpio "$1" | cpio --extract --make-directories --quiet --no-absolute-filenames'
        _inside(file, ["sh", "-c", unpack, "sh", file], trust, verdict)
    else:
        verdict.say(State.CANNOT, "Its manifest was not read: rpm2cpio and cpio are needed.")


# ---------------------------------------------------------------- Windows


def _msi(file: Path, trust: Trust, verdict: Verdict) -> None:
    _authenticode(file, trust, verdict)
    _inside(file, ["msiextract", "--directory", ".", file], trust, verdict)


def _authenticode(file: Path, trust: Trust, verdict: Verdict) -> None:
    if trust.roots is None or not _there("osslsigncode", verdict):
        verdict.say(State.CANNOT, "Whose signature it is cannot be told: name the trusted certificates with --roots.")
        return
    line = ["osslsigncode", "verify", "-ignore-crl", "-ignore-cdp", "-CAfile", trust.roots]
    done = _run([*line, "-TSA-CAfile", trust.timestamps or trust.roots, "-in", file])
    text = done.stdout + done.stderr
    subject = re.search(r"Subject: (.+)", text)
    if done.returncode != 0:
        unsigned = re.search(r"No signature found|not signed|MSI file has no signature", text)
        why = "Unsigned." if unsigned else f"Bad signature: {_authenticode_reason(text)}"
        verdict.say(State.BAD, f"{file.name}: {why}")
        return
    name = subject[1].strip() if subject else "?"
    if not trust.takes(*_only_common_name(name)):
        verdict.say(State.BAD, f"{file.name}: signed by {name}, not by {trust.asked_for}.")
        return
    stamped = re.search(r"Timestamp Server Signature verification: ok|The signature is timestamped: (.+)", text)
    verdict.say(
        State.GOOD, f"{file.name}: signed by {name}" + (", with a timestamp." if stamped else ", without timestamp.")
    )


def _only_common_name(subject: str) -> list[str]:
    """Of one line, where a slash or comma may be part of a name: none where it could be read in two ways."""
    return re.findall(r"CN=([^/]+)", subject) if subject.count("CN=") == 1 else []


def _authenticode_reason(text: str) -> str:
    if "MISMATCH" in text or ("digest" in text.lower() and "mismatch" in text.lower()):
        return "the file was changed after it was signed."
    found = re.findall(r"(?:Error|error)[^\n]*: ([^\n]+)", text)
    return (found[0] if found else "it does not lead to a trusted certificate.").strip()


# ---------------------------------------------------------------- what is inside


def _inside(file: Path, unpack: list, trust: Trust, verdict: Verdict) -> None:
    """Unpack, find the installed folder by its manifest, and judge it too."""
    if not _there(str(unpack[0]), verdict):
        return
    with tempfile.TemporaryDirectory() as place:
        done = _run([word.resolve() if isinstance(word, Path) else word for word in unpack], cwd=place)
        manifests = [path for path in Path(place).rglob(MANIFEST) if path.is_file()]
        if done.returncode != 0 or len(manifests) != 1:
            verdict.say(State.BAD, f"{file.name} cannot be unpacked to one program with a manifest.")
            return
        _folder(manifests[0].parent, trust, verdict)


def _there(tool: str, verdict: Verdict) -> bool:
    if shutil.which(tool) is None:
        verdict.say(State.CANNOT, f"{tool} is needed and not installed.")
        return False
    return True


def _reason(text: str) -> str:
    """OpenSSL's own words, the last and most telling."""
    found = re.findall(r"Verify error: ?(.+)|error:[0-9A-F]+:[^:]*:[^:]*:([^:]+)", text)
    words = [one or other for one, other in found]
    return (words[-1] if words else "it does not belong to it").strip() + "."


def _run(line: list, cwd: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(word) for word in line], capture_output=True, text=True, errors="replace", check=False, cwd=cwd,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip


def main() -> int:
    reader = argparse.ArgumentParser(
        prog="packaging/verify", description="Whose is it, and is it whole? 0: good; 1: bad; 2: cannot be judged here."
    )
    reader.add_argument("artifacts", nargs="+", type=Path, metavar="ARTIFACT")
    reader.add_argument("--roots", type=Path, metavar="PEM", help="certificates you trust to name who signs")
    reader.add_argument(
        "--timestamp-roots", type=Path, metavar="PEM", help="the same for timestamps; --roots when left out"
    )
    reader.add_argument("--keyring", type=Path, metavar="FILE", help="GnuPG keys you trust, binary or armoured")
    reader.add_argument(
        "--signer",
        action="append",
        default=[],
        help="who each signature has to be of: a name or a fingerprint; repeat it",
    )
    options = reader.parse_args()
    for path in (options.roots, options.timestamp_roots, options.keyring):
        if path is not None and not path.is_file():
            print(f"{path} is not there.", file=sys.stderr)
            return int(State.CANNOT)
    trust = Trust(options.roots, options.timestamp_roots, options.keyring, tuple(options.signer))
    worst = State.GOOD
    for artifact in options.artifacts:
        verdict = judge(artifact, trust)
        print(f"{artifact}: {verdict.state.name.lower().replace('cannot', 'cannot be judged')}")
        for state, words in verdict.lines:
            print(f"  {'ok ' if state is State.GOOD else 'BAD' if state is State.BAD else '?  '} {words}")
        worst = State.BAD if State.BAD in (worst, verdict.state) else max(worst, verdict.state)
    return int(worst)


if __name__ == "__main__":
    sys.exit(main())
