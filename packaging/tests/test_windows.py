"""The Windows installer: signed to the last file, the same bytes twice, and installed, started and removed under Wine."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import builder
import msi
import pytest
import windows
import wine
from signing import Identity
from timestamps import service
from verifying import State, Trust, judge

from tests.package.authority import Authority
from workstation.host.manifest import differences, read

pytestmark = [
    pytest.mark.timeout(1800),
    pytest.mark.skipif(
        not all(map(shutil.which, ("wixl", "msibuild", "osslsigncode", "x86_64-w64-mingw32-gcc"))),
        reason="wixl, msitools, osslsigncode and gcc-mingw-w64-x86-64 are not here",
    ),
]
needs_wine = pytest.mark.skipif(shutil.which("wine") is None, reason="wine is not here")


@dataclass
class Made:
    payload: Path
    installer: Path
    newer: Path
    who: Identity
    trust: Trust


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    """Signed by a test authority, stamped by a test service."""
    folder = tmp_path_factory.mktemp("windows")
    authority = Authority(folder / "authority")
    certificate, key = authority.issue("Release Signer")
    with service(authority) as url:
        who = Identity(certificate, str(key), timestamp=url)
        payload = windows.make(who)
        installer = msi.make(payload, who, folder / "out")
        newer = msi.make(payload, who, folder / "out", version="0.1.1")
        yield Made(payload, installer, newer, who, Trust(authority.root))


def _flipped(file: Path, into: Path, at: int) -> Path:
    raw = bytearray(file.read_bytes())
    raw[at] ^= 1
    (into / file.name).write_bytes(raw)
    return into / file.name


def test_every_windows_program_and_library_in_it_is_signed(made: Made) -> None:
    assert len(windows.programs(made.payload)) > 50
    assert windows.unsigned(made.payload) == []
    assert list(differences(made.payload)) == []


def test_the_launcher_is_ours_stamped_and_a_flipped_byte_is_found(made: Made, scratch: Path) -> None:
    launcher = made.payload / "coder-workstation.exe"
    verdict = judge(launcher, made.trust)
    assert verdict.state is State.GOOD, verdict.lines
    assert "with a timestamp" in verdict.lines[0][1]
    assert judge(_flipped(launcher, scratch, 5000), made.trust).state is State.BAD


def test_the_installer_is_good_and_a_flipped_byte_is_bad(made: Made, scratch: Path) -> None:
    verdict = judge(made.installer, made.trust)
    assert verdict.state is State.GOOD, verdict.lines
    size = made.installer.stat().st_size
    for at in (size // 3, size // 2):
        assert judge(_flipped(made.installer, scratch, at), made.trust).state is State.BAD, at


def test_a_property_edited_in_the_installer_is_found(made: Made, scratch: Path) -> None:
    copy = scratch / made.installer.name
    shutil.copyfile(made.installer, copy)
    query = "UPDATE `Property` SET `Value` = 'Evil' WHERE `Property` = 'Manufacturer'"
    subprocess.run(["msibuild", copy, "-q", query], check=True, capture_output=True)
    assert judge(copy, made.trust).state is State.BAD


def test_what_it_unpacks_is_the_payload(made: Made, scratch: Path) -> None:
    subprocess.run(["msiextract", "--directory", scratch, made.installer], check=True, capture_output=True)
    [manifest] = scratch.rglob("MANIFEST.sha256")
    assert read(manifest.parent) == read(made.payload)
    assert list(differences(manifest.parent)) == []


def test_its_tables_say_what_windows_needs(made: Made) -> None:
    rows = {row[0]: row for row in msi.table(made.installer, "Property") if len(row) > 1}
    assert rows["UpgradeCode"][1].strip("{}").upper() == msi.UPGRADE_CODE
    assert rows["ALLUSERS"][1] == "1"
    assert "INSTALLDIR" in rows["SecureCustomProperties"][1]
    order = {
        row[0]: int(row[2]) for row in msi.table(made.installer, "InstallExecuteSequence") if len(row) > 2 and row[2]
    }
    assert order["InstallInitialize"] < order["RemoveExistingProducts"] < order["InstallFiles"]
    versions = {row[0]: row[4] for row in msi.table(made.installer, "File") if len(row) > 4}
    with_version = [path for path in windows.programs(made.payload) if windows.file_version(path)]
    assert len(with_version) > 40
    for path in with_version:
        name = "F" + msi.guid(path.relative_to(made.payload).as_posix()).replace("-", "")
        assert versions[name] == windows.file_version(path), path.name


def test_unsigned_and_twice_built_it_is_the_same(made: Made, scratch: Path) -> None:
    first, second = (msi.make(made.payload, None, scratch / name) for name in ("one", "two"))
    assert hashlib.sha256(first.read_bytes()).digest() == hashlib.sha256(second.read_bytes()).digest()


def test_a_release_refuses_the_test_runtime_a_wrong_hash_and_no_signature(made: Made, scratch: Path) -> None:
    with pytest.raises(builder.CannotBuild, match="A release is signed"):
        windows.make(None, release=True)
    (scratch / "into").mkdir()
    with pytest.raises(builder.CannotBuild, match="A release needs --runtime"):
        windows.runtime(None, "", scratch / "into", release=True)
    (scratch / "python-3.13.9-embed-amd64.zip").write_bytes(b"PK")
    with pytest.raises(builder.CannotBuild, match="does not have the hash"):
        windows.runtime(scratch / "python-3.13.9-embed-amd64.zip", "00" * 32, scratch / "into", release=True)
    (scratch / "other.zip").write_bytes(b"PK")
    digest = hashlib.sha256(b"PK").hexdigest()
    with pytest.raises(builder.CannotBuild, match="not of other"):
        windows.runtime(scratch / "other.zip", digest, scratch / "into", release=True)


@needs_wine
def test_it_installs_quietly_runs_updates_refuses_an_older_one_and_leaves_nothing(made: Made, scratch: Path) -> None:
    place = wine.prefix(builder.BUILD / "wine-test", made.payload)
    installed = place / wine.PROGRAMS
    try:
        _install(place, made.installer)
        assert list(differences(installed)) == []
        kept = place / "drive_c/users" / os.environ.get("USER", "root") / "AppData/Local/Coder Workstation/kept"
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text("a coder's data")
        cli = installed / "coder-workstation-cli.exe"
        (installed / "runtime" / "_wmi.pyd").rename(scratch / "_wmi.pyd")  # Wine 8 hangs where it is asked
        # Hostile surroundings: none of them has a say.
        (scratch / "main.py").write_text("raise SystemExit('evil')")
        evil = {"PYTHONPATH": wine.windows_path(scratch), "PYTHONHOME": wine.windows_path(scratch)}
        assert wine.call(place, cli, "--version", **evil)[1].strip() == builder.version()
        assert "I50.33" in wine.call(place, cli, "code", "chf", "ac", "on", "chr", "diast")[1]
        said = wine.call(place, cli, "doctor", seconds=400)[1]  # minutes: Wine is slow at looking at 3,500 files
        assert "Program files: 1 differ" in said, said
        assert "missing: runtime/_wmi.pyd" in said
        assert "Code pack: ICD-10-CM" in said
        assert "keyring.backends.Windows" in said
        shutil.copyfile(scratch / "_wmi.pyd", installed / "runtime" / "_wmi.pyd")
        assert list(differences(installed)) == []  # it wrote nothing beside itself
        _install(place, made.newer)
        assert list(differences(installed)) == []
        assert wine.call(place, "msiexec", "/i", wine.windows_path(made.installer), "/qn", seconds=300)[0] != 0
        code, _ = wine.call(place, "msiexec", "/x", wine.windows_path(made.newer), "/qn", "/norestart", seconds=300)
        assert code == 0
        assert not installed.exists() or not any(path.is_file() for path in installed.rglob("*"))
        assert kept.read_text() == "a coder's data"
    finally:
        wine.stop(place)


def _install(place: Path, installer: Path) -> None:
    code, said = wine.call(place, "msiexec", "/i", wine.windows_path(installer), "/qn", "/norestart", seconds=300)
    assert code == 0, said


@needs_wine
@pytest.mark.skipif(shutil.which("Xvfb") is None or shutil.which("import") is None, reason="Xvfb or import is not here")
def test_the_window_opens(made: Made, scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The picture is for a person: build/package/windows/window.png."""
    place = wine.prefix(builder.BUILD / "wine-test", made.payload)
    reading, writing = os.pipe()
    screen = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-noreset", "-nolisten", "tcp"], pass_fds=[writing], stderr=-3
    )
    os.close(writing)
    with os.fdopen(reading) as told:
        monkeypatch.setenv("DISPLAY", ":" + told.readline().strip())
    try:
        _install(place, made.installer)
        (place / wine.PROGRAMS / "runtime" / "_wmi.pyd").unlink()  # Wine 8 hangs where it is asked
        program = place / wine.PROGRAMS / "coder-workstation.exe"
        line = ["timeout", "120", "wine", str(program)]
        started = subprocess.Popen(
            line, env=wine.environment(place), stdin=-3, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        try:
            look = ["xdotool", "search", "--onlyvisible", "--name", "Coder Workstation"]
            until = time.monotonic() + 110
            while subprocess.run(look, capture_output=True, check=False).returncode != 0:
                assert time.monotonic() < until, "no window"
                assert started.poll() is None, "it ended"
                time.sleep(0.5)
            time.sleep(5)
            picture = builder.BUILD / "windows" / "window.png"
            subprocess.run(["import", "-window", "root", picture], check=True, capture_output=True)
            assert picture.stat().st_size > 5000
        finally:
            started.kill()
            wine.stop(place)
            started.communicate()
    finally:
        screen.terminate()
        screen.wait()


def test_a_file_its_maker_signed_is_left_as_it_came(made: Made) -> None:
    qt = made.payload / "lib" / "PySide6" / "Qt6Core.dll"
    wheel = next(path for path in windows.wheels() if path.name.startswith("pyside6_essentials"))
    shown = subprocess.run(["unzip", "-p", wheel, "PySide6/Qt6Core.dll"], capture_output=True, check=True).stdout
    assert qt.read_bytes() == shown
