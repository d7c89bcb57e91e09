"""The Linux packages in a clean Debian: built twice, signed, verified, broken, installed, used, updated, purged."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import builder
import deb
import pytest
import root as roots
import rpm
import signing
import stage
from signing import Identity
from verifying import State, Trust, judge

from tests.package.authority import Authority, gnupg, stop_gnupg

pytestmark = [
    pytest.mark.timeout(1800),
    pytest.mark.skipif(os.geteuid() != 0, reason="a root of its own needs root"),
]
TOUR = """
useradd --create-home --home-dir /srv/coder coder
cat > /srv/coder/tour.sh <<'END'
printf practice | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1
QT_QPA_PLATFORM=offscreen coder-workstation tour --out /srv/coder/tour --until device
END
chmod 755 /srv/coder/tour.sh
su coder -c 'dbus-run-session -- sh /srv/coder/tour.sh' 2>&1
find /srv/coder/tour -name '*.png' | wc -l
"""
USER_RUNS = """
cat > /srv/coder/session.sh <<'END'
printf practice | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1
export QT_QPA_PLATFORM=offscreen
coder-workstation --practice >/srv/coder/printed 2>&1 &
while [ ! -e /tmp/updated ]; do sleep 0.2; done
coder-workstation doctor --practice --json > /srv/coder/doctor.json || true
END
chmod 755 /srv/coder/session.sh
su coder -c 'dbus-run-session -- sh /srv/coder/session.sh' &
session=$!
data=/srv/coder/.local/share/coder-workstation
n=0
while [ -z "$(find $data -name 'journal-*.db' 2>/dev/null)" ]; do
    n=$((n+1))
    [ $n -lt 300 ] || { cat /srv/coder/printed; exit 9; }
    sleep 0.2
done
"""


@dataclass
class House:
    """Who signs in these tests, and who believes it."""

    who: Identity
    fingerprint: str
    public: Path
    trust: Trust


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    authority = Authority(folder / "authority")
    certificate, key = authority.issue("Release Signer")
    fingerprint, public = gnupg(folder / "gnupg", "Release Key <release@example.org>")
    os.environ["GNUPGHOME"] = str(folder / "gnupg")
    yield House(Identity(certificate, str(key)), fingerprint, public, Trust(authority.root, keyring=public))
    del os.environ["GNUPGHOME"]
    stop_gnupg(folder / "gnupg")


@pytest.fixture(scope="module")
def signed_tree(tree: Path, house: House, tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = builder.copy_of(tree, tmp_path_factory.mktemp("tree") / "coder-workstation")
    signing.sign_manifest(copy, house.who)
    return copy


@pytest.fixture(scope="module")
def debs(signed_tree: Path, house: House, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A release, and the one after it."""
    out = tmp_path_factory.mktemp("debs")
    first, second = (deb.make(signed_tree, out, compress="gzip1", release=release) for release in (1, 2))
    for one in (first, second):
        shutil.copyfile(one, one.with_suffix(".unsigned"))
        signing.sign_deb(one, house.fingerprint)
    return first, second


@pytest.fixture(scope="module")
def rpms(signed_tree: Path, house: House, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    out = tmp_path_factory.mktemp("rpms")
    first, second = (rpm.make(signed_tree, out, compress=1, release=release) for release in (1, 2))
    for one in (first, second):
        shutil.copyfile(one, one.with_suffix(".unsigned"))
        signing.sign_rpm(one, house.fingerprint)
    return first, second


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = roots.copy_of_root(builder.BUILD / "tests-root")
    yield folder
    builder.sweep(folder)


def _flipped(file: Path, into: Path, at: int) -> Path:
    raw = bytearray(file.read_bytes())
    raw[at] ^= 1
    made = into / file.name
    made.write_bytes(raw)
    return made


# ---------------------------------------------------------------- .deb


def test_a_deb_built_twice_is_the_same(signed_tree: Path, debs: tuple[Path, Path], scratch: Path) -> None:
    again = deb.make(signed_tree, scratch, compress="gzip1")
    assert again.read_bytes() == debs[0].with_suffix(".unsigned").read_bytes()


def test_the_deb_asks_for_the_glibc_its_libraries_need(tree: Path, debs: tuple[Path, Path]) -> None:
    asked = subprocess.run(["dpkg-deb", "-f", debs[0], "Depends"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"libc6 \(>= ([0-9.]+)\)", asked)
    assert found is not None
    assert found[1] == stage.glibc_floor(tree)


@pytest.mark.skipif(shutil.which("lintian") is None, reason="lintian is not here")
def test_lintian_finds_no_error(debs: tuple[Path, Path]) -> None:
    line = ["lintian", "--allow-root", "--fail-on", "error", debs[0].with_suffix(".unsigned")]
    copy = debs[0].parent / "lintian" / debs[0].name
    copy.parent.mkdir()
    shutil.copyfile(line[-1], copy)
    ran = subprocess.run([*line[:-1], copy], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout


def test_a_signed_deb_is_good_and_a_flipped_byte_or_no_signature_is_bad(
    debs: tuple[Path, Path], house: House, scratch: Path
) -> None:
    assert judge(debs[0], house.trust).state is State.GOOD
    size = debs[0].stat().st_size
    for at in (200, size // 2, size - 60):
        assert judge(_flipped(debs[0], scratch, at), house.trust).state is State.BAD, at
    unsigned = scratch / "unsigned.deb"
    shutil.copyfile(debs[0].with_suffix(".unsigned"), unsigned)
    assert judge(unsigned, house.trust).state is State.BAD


@pytest.fixture(scope="module")
def repository(debs: tuple[Path, Path], house: House, place: Path) -> Path:
    """A signed apt repository inside the root, with the first release alone."""
    builder.tools("apt-ftparchive")
    folder = place / "srv" / "apt"
    folder.mkdir(parents=True)
    shutil.copyfile(house.public, place / "srv" / "release.asc")
    (place / "etc/apt/sources.list.d/cw.list").write_text("deb [signed-by=/srv/release.asc] file:/srv/apt ./\n")
    _publish(folder, debs[0], house)
    return folder


def _publish(folder: Path, file: Path, house: House) -> None:
    shutil.copyfile(file, folder / file.name)
    packages = subprocess.run(["apt-ftparchive", "packages", "."], cwd=folder, capture_output=True, check=True).stdout
    (folder / "Packages").write_bytes(packages)
    (folder / "Release").unlink(missing_ok=True)
    release = subprocess.run(["apt-ftparchive", "release", "."], cwd=folder, capture_output=True, check=True).stdout
    (folder / "Release").write_bytes(release)
    signing.sign_repository(folder, house.fingerprint)
    for path in folder.iterdir():
        path.chmod(0o644)


def test_install_use_update_while_it_runs_and_purge(
    repository: Path, debs: tuple[Path, Path], house: House, place: Path, signed_tree: Path
) -> None:
    installed = place / stage.OPT
    roots.within(place, "apt-get update -q && apt-get install -q -y --no-install-recommends coder-workstation", 900)
    assert judge(installed, house.trust).state is State.GOOD
    assert installed.stat().st_uid == 0
    assert [path for path in installed.rglob("*") if not path.is_symlink() and path.stat().st_mode & 0o022] == []
    assert roots.within(place, "coder-workstation --version").strip() == builder.version()
    assert roots.within(place, "dpkg --verify coder-workstation").strip() == ""
    assert "I50.33" in roots.within(place, "coder-workstation code chf ac on chr diast")

    policy = place / stage.POLICIES[0] / "site.json"
    policy.write_text('{"practice_allowed": true}')
    policy.chmod(0o644)
    pictures = roots.within(place, TOUR, 900)
    assert int(pictures.split()[-1]) >= 25, pictures  # the whole day, with desks of its own
    _publish(repository, debs[1], house)
    updated = roots.within(
        place,
        f"{USER_RUNS}\napt-get update -q && apt-get install -q -y coder-workstation && touch /tmp/updated && wait $session",
    )
    assert "1 ended" in updated  # the running program was asked and went
    assert "0.1.0-2" in roots.within(place, "dpkg-query -W coder-workstation")
    facts = {one["what"]: one for one in json.loads((place / "srv/coder/doctor.json").read_text())["facts"]}
    assert facts["Device"]["level"] == "good"  # the data outlived the update, and opens
    assert facts["Audit journal"]["level"] == "good", facts["Audit journal"]
    assert facts["Program files"]["level"] == "good"

    data = place / "srv/coder/.local/share/coder-workstation"
    assert data.is_dir()
    roots.within(place, "coder-workstation purge-user-data --all-users --yes")
    roots.within(place, "apt-get purge -q -y coder-workstation")
    assert not installed.exists()
    assert not (place / "usr/bin/coder-workstation").is_symlink()
    left = [path for path in data.rglob("*") if path.is_file()] if data.exists() else []
    assert left == []
    assert policy.is_file()  # IT's own file is IT's
    policy.unlink()


def test_a_file_changed_on_disk_is_told_by_everyone(
    repository: Path, debs: tuple[Path, Path], house: House, place: Path
) -> None:
    roots.within(place, "apt-get update -q && apt-get install -q -y --no-install-recommends coder-workstation", 900)
    style = place / stage.OPT / "_internal/resources/style.qss"
    style.write_bytes(style.read_bytes() + b" ")
    assert judge(place / stage.OPT, house.trust).state is State.BAD
    assert "style.qss" in roots.within(place, "dpkg --verify coder-workstation || true")
    assert "style.qss" in roots.within(place, "coder-workstation doctor || true")
    roots.within(place, "apt-get install -q -y --reinstall coder-workstation")
    assert judge(place / stage.OPT, house.trust).state is State.GOOD
    roots.within(place, "apt-get purge -q -y coder-workstation")


def test_apt_refuses_a_changed_package_and_a_changed_listing(
    repository: Path, debs: tuple[Path, Path], house: House, place: Path
) -> None:
    [name] = [path.name for path in repository.glob("*-2_amd64.deb")]
    whole = (repository / name).read_bytes()
    roots.within(place, "apt-get update -q && apt-get clean")
    (repository / name).write_bytes(whole[:-2] + bytes([whole[-2] ^ 1]) + whole[-1:])
    with pytest.raises(builder.CannotBuild, match=r"Hash Sum mismatch|Hashes of expected file|different size|mismatch"):
        roots.within(place, "apt-get install -q -y --no-install-recommends coder-workstation")
    (repository / name).write_bytes(whole)
    listing = repository / "InRelease"
    text = listing.read_text()
    listing.write_text(text.replace("Date:", "Date: ", 1))
    with pytest.raises(builder.CannotBuild, match=r"BADSIG|invalid|not signed"):
        roots.within(
            place,
            "rm -rf /var/lib/apt/lists/*srv*; apt-get update -q --error-on=any -o Dir::Etc::sourcelist=sources.list.d/cw.list",
        )
    listing.write_text(text)


# ---------------------------------------------------------------- .rpm


def test_an_rpm_built_twice_is_the_same(signed_tree: Path, rpms: tuple[Path, Path], scratch: Path) -> None:
    again = rpm.make(signed_tree, scratch, compress=1)
    assert again.read_bytes() == rpms[0].with_suffix(".unsigned").read_bytes()


def test_a_signed_rpm_is_good_and_a_flipped_byte_or_no_signature_is_bad(
    rpms: tuple[Path, Path], house: House, scratch: Path
) -> None:
    assert judge(rpms[0], house.trust).state is State.GOOD
    size = rpms[0].stat().st_size
    for at in (size // 2, size - 10):
        assert judge(_flipped(rpms[0], scratch, at), house.trust).state is State.BAD, at
    unsigned = scratch / "unsigned.rpm"
    shutil.copyfile(rpms[0].with_suffix(".unsigned"), unsigned)
    assert judge(unsigned, house.trust).state is State.BAD


def test_the_rpm_installs_updates_and_goes(rpms: tuple[Path, Path], house: House, scratch: Path) -> None:
    """In a bare root: what it needs of a distribution is not asked here, no RPM distribution being at hand."""
    place = scratch / "root"
    (place / "srv/coder/.local/share/coder-workstation").mkdir(parents=True)
    kept = place / "srv/coder/.local/share/coder-workstation/kept"
    kept.write_text("a coder's data")
    for words in (["--initdb"], ["--import", house.public]):
        subprocess.run(["rpm", "--root", place, *words], check=True)
    line = ["rpm", "--root", place, "--nodeps", "--noscripts"]
    level = ["--define", "_pkgverify_level all"]
    refused = scratch / "unsigned.rpm"
    shutil.copyfile(rpms[0].with_suffix(".unsigned"), refused)
    assert subprocess.run([*line, *level, "-i", refused], capture_output=True, check=False).returncode != 0
    subprocess.run([*line, *level, "-i", rpms[0]], check=True, capture_output=True)
    installed = place / stage.OPT
    assert judge(installed, house.trust).state is State.GOOD
    ran = subprocess.run([installed / stage.NAME, "--version"], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == builder.version()
    style = installed / "_internal/resources/style.qss"
    style.write_bytes(style.read_bytes() + b" ")
    shown = subprocess.run(
        ["rpm", "--root", place, "-V", "--nodeps", stage.NAME], capture_output=True, text=True, check=False
    )
    assert "style.qss" in shown.stdout
    subprocess.run([*line, *level, "-U", rpms[1]], check=True, capture_output=True)
    assert judge(installed, house.trust).state is State.GOOD
    subprocess.run([*line, "-e", stage.NAME], check=True, capture_output=True)
    assert not (installed / stage.NAME).exists()
    assert kept.read_text() == "a coder's data"
