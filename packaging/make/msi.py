"""The Windows installer: per machine, quiet, the same bytes for the same payload; wixl makes it, the gaps are closed here.

`python packaging/make/msi.py [--runtime ZIP --runtime-sha256 HASH] [--release] [--certificate ... --key ...]`
Without --runtime it takes a stand-in from the package index, fit for tests alone; --release refuses that.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import quoteattr

import builder
import signing
import windows
from builder import BUILD, CannotBuild, run
from signing import Identity

# Never changed: it is how Windows knows that one version replaces another.
UPGRADE_CODE = "B9F0C9A1-4B5E-5D0C-9C0B-7A3D5E1F2C64"
_NAMESPACE = uuid.UUID(UPGRADE_CODE)
VENDOR = "Coder Workstation"
KEY = r"Software\Coder Workstation"
_STAMP = r"""
import struct, sys
import olefile
file, code, moment = sys.argv[1], sys.argv[2], int(sys.argv[3])
with olefile.OleFileIO(file, write_mode=True) as ole:
    name = "\x05SummaryInformation"
    raw = bytearray(ole.openstream(name).read())
    section = struct.unpack_from("<I", raw, 44)[0]
    count = struct.unpack_from("<I", raw, section + 4)[0]
    filetime = struct.pack("<Q", (moment + 11644473600) * 10_000_000)
    for at in range(count):
        kind, place = struct.unpack_from("<II", raw, section + 8 + 8 * at)
        if kind in (11, 12, 13):
            raw[section + place + 4 : section + place + 12] = filetime
        elif kind == 9:
            raw[section + place + 8 : section + place + 8 + len(code)] = code.encode("ascii")
    ole.write_stream(name, bytes(raw))
"""


def guid(text: str) -> str:
    """The same for the same text: a component keeps its name through every version."""
    return str(uuid.uuid5(_NAMESPACE, text)).upper()


def source(folder: Path, version: str) -> str:
    """What wixl reads: one component a file, each with a name of its own."""
    features = []
    files = "".join(_directory(folder, folder, features, 4))
    references = "\n".join(f'      <ComponentRef Id="{one}"/>' for one in features)
    product = guid(f"product {version}")
    return f"""<?xml version="1.0" encoding="utf-8"?>
<Wix xmlns="http://schemas.microsoft.com/wix/2006/wi">
  <Product Id="{product}" Name="Coder Workstation" Language="1033" Version="{version}" Manufacturer="{VENDOR}"
           UpgradeCode="{UPGRADE_CODE}">
    <Package InstallerVersion="500" Compressed="yes" InstallScope="perMachine" Description="Coder Workstation"/>
    <Media Id="1" Cabinet="program.cab" EmbedCab="yes"/>
    <MajorUpgrade DowngradeErrorMessage="A newer version of Coder Workstation is installed."/>
    <Property Id="ARPNOMODIFY" Value="1"/>
    <Property Id="REINSTALLMODE" Value="amus"/>
    <Property Id="INSTALLDIR">
      <RegistrySearch Id="WhereItIs" Root="HKLM" Key="{KEY}" Name="InstallDir" Type="raw" Win64="yes"/>
    </Property>
    <Directory Id="TARGETDIR" Name="SourceDir">
      <Directory Id="ProgramFiles64Folder"><Directory Id="INSTALLDIR" Name="Coder Workstation">
{files}        <Component Id="WhereItIs" Guid="{guid("registry")}" Win64="yes">
          <RegistryValue Root="HKLM" Key="{KEY}" Name="InstallDir" Type="string" Value="[INSTALLDIR]" KeyPath="yes"/>
          <RegistryValue Root="HKLM" Key="{KEY}" Name="Version" Type="string" Value="{version}"/>
        </Component>
      </Directory></Directory>
      <Directory Id="ProgramMenuFolder"><Component Id="StartMenu" Guid="{guid("start menu")}" Win64="yes">
        <Shortcut Id="StartMenuShortcut" Name="Coder Workstation" Target="[INSTALLDIR]coder-workstation.exe"
                  WorkingDirectory="INSTALLDIR"/>
        <RegistryValue Root="HKLM" Key="{KEY}" Name="StartMenu" Type="integer" Value="1" KeyPath="yes"/>
      </Component></Directory>
    </Directory>
    <Feature Id="Program" Level="1" Title="Coder Workstation">
{references}
      <ComponentRef Id="WhereItIs"/>
      <ComponentRef Id="StartMenu"/>
    </Feature>
  </Product>
</Wix>
"""


def _directory(folder: Path, top: Path, features: list[str], depth: int) -> Iterator[str]:
    pad = "  " * depth
    for path in sorted(folder.iterdir()):
        name = path.relative_to(top).as_posix()
        ident = guid(name).replace("-", "")
        if path.is_dir():
            yield f'{pad}<Directory Id="D{ident}" Name={quoteattr(path.name)}>\n'
            yield from _directory(path, top, features, depth + 1)
            yield f"{pad}</Directory>\n"
        else:
            features.append(f"C{ident}")
            yield (
                f'{pad}<Component Id="C{ident}" Guid="{guid("file " + name)}" Win64="yes">'
                f'<File Id="F{ident}" Name={quoteattr(path.name)} Source={quoteattr(name)} KeyPath="yes"/></Component>\n'
            )


def make(payload: Path, who: Identity | None, out: Path = BUILD / "out", version: str = "") -> Path:
    """The .msi of a payload. Raises CannotBuild."""
    builder.tools("wixl", "msibuild", "msiinfo")
    version = version or builder.version()
    work = BUILD / "windows" / "work"
    work.mkdir(parents=True, exist_ok=True)
    out.mkdir(parents=True, exist_ok=True)
    listed, made = work / "program.wxs", out / f"coder-workstation-{version}-x64.msi"
    listed.write_text(source(payload, version), "utf-8")
    made.unlink(missing_ok=True)
    run(["wixl", "--arch", "x64", "--output", made, listed], env={**os.environ, "TZ": "UTC"}, cwd=payload)
    _close_the_gaps(made, payload)
    run(
        [
            builder.python(),
            "-c",
            _STAMP,
            made,
            "{" + guid(f"package {version} {_digest(payload)}") + "}",
            builder.epoch(),
        ]
    )
    if who is not None:
        signing.sign_authenticode(made, who)
    return made


def _digest(payload: Path) -> str:
    return (payload / "MANIFEST.sha256").read_text("utf-8")


def _close_the_gaps(made: Path, payload: Path) -> None:
    """What wixl 0.101 leaves out: file versions, or an update would keep old libraries; roll-back; the upgrade's property."""
    queries = [
        "UPDATE `InstallExecuteSequence` SET `Sequence` = 1501 WHERE `Action` = 'RemoveExistingProducts'",
    ]
    properties = table(made, "Property")
    secure = sorted({row[6] for row in table(made, "Upgrade") if len(row) > 6} | {"INSTALLDIR"})
    known = {row[0]: row[1] for row in properties if len(row) > 1}
    value = ";".join(sorted({*known.get("SecureCustomProperties", "").split(";"), *secure} - {""}))
    verb = (
        f"UPDATE `Property` SET `Value` = '{value}' WHERE `Property` = 'SecureCustomProperties'"
        if "SecureCustomProperties" in known
        else f"INSERT INTO `Property` (`Property`, `Value`) VALUES ('SecureCustomProperties', '{value}')"
    )
    queries.append(verb)
    hashed = {row[0] for row in table(made, "MsiFileHash")} if "MsiFileHash" in tables(made) else set()
    for path in windows.programs(payload):
        if version := windows.file_version(path):
            ident = "F" + guid(path.relative_to(payload).as_posix()).replace("-", "")
            queries.append(f"UPDATE `File` SET `Version` = '{version}', `Language` = '0' WHERE `File` = '{ident}'")
            if ident in hashed:
                queries.append(f"DELETE FROM `MsiFileHash` WHERE `File_` = '{ident}'")
    run(["msibuild", made, *(word for query in queries for word in ("-q", query))])


def tables(file: Path) -> set[str]:
    return set(_shown(["msiinfo", "tables", file]).split())


def table(file: Path, name: str) -> list[list[str]]:
    """The rows of a table, without its three lines of head."""
    return [line.split("\t") for line in _shown(["msiinfo", "export", file, name]).splitlines()[3:]]


def _shown(line: list) -> str:
    done = subprocess.run([str(word) for word in line], capture_output=True, text=True, errors="replace", check=False)
    if done.returncode != 0:
        raise CannotBuild(f"{line[0]}: {done.stderr[-500:]}")
    return done.stdout.replace("\r", "")


def runtime_arguments(reader: argparse.ArgumentParser) -> None:
    """Which Python goes into it."""
    reader.add_argument(
        "--runtime", type=Path, metavar="ZIP", help=f"python.org's python-{windows.PYTHON}.x-embed-amd64.zip"
    )
    reader.add_argument("--runtime-sha256", default="", metavar="HASH", help="its SHA-256, from python.org")
    reader.add_argument(
        "--release", action="store_true", help="for others: refuses the test runtime and what is unsigned"
    )


def main() -> int:
    reader = argparse.ArgumentParser(description="Make the Windows installer.")
    signing.arguments(reader)
    runtime_arguments(reader)
    options = reader.parse_args()
    try:
        if options.release and re.search(r"[a-z]", builder.version()):
            raise CannotBuild(f"{builder.version()} is no version Windows compares.")
        who = signing.identity(options)
        payload = windows.make(who, archive=options.runtime, sha256=options.runtime_sha256, release=options.release)
        made = make(payload, who)
    except (CannotBuild, OSError) as trouble:
        print(trouble, file=sys.stderr)
        return 1
    print(f"{made}: {made.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
