"""`packaging/verify`: whose it is, whole or not, and never good for what was changed, unsigned or signed by another."""

from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import signing
from signing import Identity
from verifying import State, Trust, judge

from tests.package.authority import Authority, Token, gnupg, stop_gnupg
from workstation.host.manifest import MANIFEST, SIGNATURE, written

ROOT = Path(__file__).resolve().parents[2]
GOOD, BAD, CANNOT = 0, 1, 2

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not here")
needs_packages = pytest.mark.skipif(
    not all(map(shutil.which, ("dpkg-deb", "gpg", "gpgv"))), reason="dpkg-deb, gpg and gpgv are not here"
)
needs_token = pytest.mark.skipif(
    not (Path(Token.MODULE).exists() and shutil.which("pkcs11-tool") and Path(signing.ENGINE).exists()),
    reason="softhsm2, opensc and libengine-pkcs11-openssl are not here",
)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def who(authority: Authority) -> Identity:
    certificate, key = authority.issue("Release Signer")
    return Identity(certificate, str(key))


@pytest.fixture
def program(tmp_path: Path) -> Path:
    folder = tmp_path / "program"
    (folder / "lib").mkdir(parents=True)
    (folder / "coder-workstation").write_bytes(b"\x7fELF" + bytes(range(256)) * 40)
    (folder / "lib" / "one.so").write_bytes(b"one" * 900)
    (folder / MANIFEST).write_text(written(folder))
    return folder


def _verify(*words: object) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, ROOT / "packaging" / "verify", *words]
    return subprocess.run([str(word) for word in line], capture_output=True, text=True, check=False)


def test_a_signed_and_whole_program_is_good_and_says_whose_it_is(
    program: Path, who: Identity, authority: Authority
) -> None:
    signing.sign_manifest(program, who)
    asked = _verify(program, "--roots", authority.root, "--signer", "Release Signer")
    assert asked.returncode == GOOD, asked.stdout
    assert "Signed by O=Test, CN=Release Signer" in asked.stdout
    assert "Whole: 2 files" in asked.stdout


def test_any_changed_byte_of_any_file_is_found(program: Path, who: Identity, authority: Authority) -> None:
    signing.sign_manifest(program, who)
    trust = Trust(authority.root)
    for name in ("coder-workstation", "lib/one.so", MANIFEST, SIGNATURE):
        path = program / name
        whole = path.read_bytes()
        # Of the signature only its value counts: it carries the root along, which the reader has and does not take.
        middle = () if name == SIGNATURE else (len(whole) // 3, len(whole) // 2)
        for at in (0, *middle, len(whole) - 100, len(whole) - 1):
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x10]) + whole[at + 1 :])
            assert judge(program, trust).state is State.BAD, (name, at)
        path.write_bytes(whole)
    assert judge(program, trust).state is State.GOOD


def test_a_manifest_written_anew_over_changed_files_is_no_longer_signed(
    program: Path, who: Identity, authority: Authority
) -> None:
    signing.sign_manifest(program, who)
    (program / "lib" / "one.so").write_bytes(b"evil")
    (program / MANIFEST).write_text(written(program))
    asked = _verify(program, "--roots", authority.root)
    assert asked.returncode == BAD
    assert f"Bad signature over {MANIFEST}" in asked.stdout


def test_a_file_that_was_added_is_named(program: Path, who: Identity, authority: Authority) -> None:
    signing.sign_manifest(program, who)
    (program / "sitecustomize.py").write_text("import os")
    asked = _verify(program, "--roots", authority.root)
    assert (asked.returncode, "added: sitecustomize.py" in asked.stdout) == (BAD, True)


def test_an_unsigned_program_is_bad_however_whole(program: Path, authority: Authority) -> None:
    asked = _verify(program, "--roots", authority.root)
    assert (asked.returncode, "Unsigned" in asked.stdout) == (BAD, True)


def test_a_signer_of_another_house_is_bad(program: Path, authority: Authority, tmp_path: Path) -> None:
    certificate, key = Authority(tmp_path / "other", "Other Root").issue("Release Signer")
    signing.sign_manifest(program, Identity(certificate, str(key)))
    assert _verify(program, "--roots", authority.root).returncode == BAD


def test_a_certificate_for_web_servers_signs_no_program(program: Path, authority: Authority) -> None:
    certificate, key = authority.issue("www.example.org", "server")
    signing.sign_manifest(program, Identity(certificate, str(key)))
    asked = _verify(program, "--roots", authority.root)
    assert (asked.returncode, "not for signing programs" in asked.stdout) == (BAD, True)


def test_another_signer_of_the_same_house_is_refused_where_one_is_named(
    program: Path, who: Identity, authority: Authority
) -> None:
    signing.sign_manifest(program, who)
    assert _verify(program, "--roots", authority.root, "--signer", "Release").returncode == BAD


def test_without_roots_nothing_is_called_good_but_a_change_is_still_found(program: Path, who: Identity) -> None:
    signing.sign_manifest(program, who)
    assert _verify(program).returncode == CANNOT
    (program / "lib" / "one.so").unlink()
    assert _verify(program).returncode == BAD


def test_what_is_no_package_cannot_be_judged(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    assert _verify(tmp_path / "notes.txt").returncode == CANNOT
    assert _verify(tmp_path / "nowhere.deb").returncode == CANNOT


@needs_token
def test_a_key_that_never_leaves_its_token_signs_too(
    program: Path, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = Token(tmp_path / "token", authority)
    monkeypatch.setenv("SOFTHSM2_CONF", token.environment["SOFTHSM2_CONF"])
    line = [ROOT / "packaging/make/signing.py", "--certificate", token.certificate, "--key", token.key]
    line += ["--module", token.MODULE, "--pin-file", token.pin_file, program]
    ran = subprocess.run([sys.executable, *map(str, line)], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    asked = _verify(program, "--roots", authority.root, "--signer", "Token Signer")
    assert asked.returncode == GOOD, asked.stdout
    token.pin_file.write_text("0000")
    ran = subprocess.run([sys.executable, *map(str, line)], capture_output=True, text=True, check=False)
    assert ran.returncode == 1


def test_a_pin_that_others_can_see_is_refused(who: Identity, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    tool = [sys.executable, ROOT / "packaging/make/signing.py", "--certificate", who.certificate, tmp_path]
    shown = [*tool, "--key", "pkcs11:token=a;object=b?pin-value=1234", "--module", "x"]
    assert subprocess.run([str(word) for word in shown], check=False).returncode == 1
    assert "list of processes" in capfd.readouterr().err
    (tmp_path / "pin").write_text("1234")
    (tmp_path / "pin").chmod(0o644)
    shown = [*tool, "--key", "pkcs11:token=a;object=b", "--module", "x", "--pin-file", tmp_path / "pin"]
    assert subprocess.run([str(word) for word in shown], check=False).returncode == 1
    assert "can be read by others" in capfd.readouterr().err


# ---------------------------------------------------------------- a Debian package


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path, Path]:
    folder = tmp_path_factory.mktemp("gnupg")
    fingerprint, public = gnupg(folder, "Release Key <release@example.org>")
    stop_gnupg(folder)
    return fingerprint, public, folder


@pytest.fixture
def package(
    program: Path, who: Identity, keys: tuple[str, Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    monkeypatch.setenv("GNUPGHOME", str(keys[2]))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790000000")
    signing.sign_manifest(program, who)
    root = tmp_path / "root"
    shutil.copytree(program, root / "opt" / "coder-workstation")
    (root / "DEBIAN").mkdir()
    (root / "DEBIAN" / "control").write_text(
        "Package: small\nVersion: 1\nArchitecture: all\nMaintainer: T <t@example.org>\nDescription: small\n"
    )
    for made_here in (root, root / "DEBIAN"):
        made_here.chmod(0o755)  # whatever the umask is by now: dpkg-deb takes no less
    made = tmp_path / "small.deb"
    line = ["dpkg-deb", "--root-owner-group", "-Zgzip", "--build", root, made]
    subprocess.run([str(word) for word in line], check=True, capture_output=True)
    yield made
    stop_gnupg(keys[2])


@needs_packages
def test_a_signed_package_is_good_and_each_flipped_byte_is_bad(
    package: Path, keys: tuple[str, Path, Path], authority: Authority
) -> None:
    signing.sign_deb(package, keys[0])
    trust = Trust(authority.root, keyring=keys[1])
    assert judge(package, trust).state is State.GOOD
    whole = package.read_bytes()
    for at in (len(whole) // 2, len(whole) - 100, 200, 8):
        package.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert judge(package, trust).state is State.BAD, at
    package.write_bytes(whole[: len(whole) // 2])
    assert judge(package, trust).state is State.BAD


@needs_packages
def test_unsigned_signed_by_another_and_untrusted_are_not_good(
    package: Path, keys: tuple[str, Path, Path], authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trust = Trust(authority.root, keyring=keys[1])
    assert judge(package, trust).state is State.BAD
    other = tmp_path / "other-gnupg"
    fingerprint, _ = gnupg(other, "Other <other@example.org>")
    try:
        monkeypatch.setenv("GNUPGHOME", str(other))
        signing.sign_deb(package, fingerprint)
    finally:
        stop_gnupg(other)
    assert judge(package, trust).state is State.BAD
    monkeypatch.setenv("GNUPGHOME", str(keys[2]))
    signing.sign_deb(package, keys[0])
    assert judge(package, trust).state is State.GOOD
    assert judge(package, dataclasses.replace(trust, signers=(keys[0], "Release Signer"))).state is State.GOOD
    assert judge(package, dataclasses.replace(trust, signers=(keys[0],))).state is State.BAD
    assert judge(package, Trust(authority.root)).state is State.CANNOT


@needs_packages
def test_a_second_data_part_slipped_into_a_package_is_bad(
    package: Path, keys: tuple[str, Path, Path], authority: Authority
) -> None:
    signing.sign_deb(package, keys[0])
    members = signing.archive(package.read_bytes())
    slipped = [*members[:2], ("data.tar", b"evil"), *members[2:]]
    package.write_bytes(b"!<arch>\n" + b"".join(signing._member(name, body) for name, body in slipped))
    assert judge(package, Trust(authority.root, keyring=keys[1])).state is State.BAD


@needs_packages
@pytest.mark.skipif(shutil.which("debsig-verify") is None, reason="debsig-verify is not here")
def test_debians_own_verifier_reads_the_signature(package: Path, keys: tuple[str, Path, Path], tmp_path: Path) -> None:
    signing.sign_deb(package, keys[0])
    short = keys[0][-16:]
    policies, rings = tmp_path / "policies" / short, tmp_path / "rings" / short
    policies.mkdir(parents=True)
    rings.mkdir(parents=True)
    (policies / "release.pol").write_text(
        '<?xml version="1.0"?><!DOCTYPE Policy SYSTEM "https://www.debian.org/debsig/1.0/policy.dtd">'
        '<Policy xmlns="https://www.debian.org/debsig/1.0/">'
        f'<Origin Name="T" id="{short}" Description="T"/>'
        f'<Selection><Required Type="origin" File="keys.gpg" id="{short}"/></Selection>'
        f'<Verification MinOptional="0"><Required Type="origin" File="keys.gpg" id="{short}"/></Verification></Policy>'
    )
    line = ["gpg", "--batch", "--output", rings / "keys.gpg", "--export", keys[0]]
    subprocess.run([str(word) for word in line], check=True, env={**os.environ, "GNUPGHOME": str(keys[2])})
    asked = ["debsig-verify", "--policies-dir", policies.parent, "--keyrings-dir", rings.parent, package]
    ran = subprocess.run([str(word) for word in asked], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
