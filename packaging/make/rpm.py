"""The RPM package of the same tree: it asks for libraries by name, as each distribution has them.

`python packaging/make/rpm.py [--compress 1..19]`
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path

import builder
import stage
import tree
from builder import BUILD, CannotBuild, run
from stage import NAME


def make(source: Path = tree.TREE, out: Path = BUILD / "out", compress: int = 10, release: int = 1) -> Path:
    """The .rpm of a tree, byte for byte the same for the same tree and moment."""
    builder.tools("rpmbuild", "readelf")
    root, work = stage.stage(source, BUILD / "rpm" / "root"), BUILD / "rpm" / "work"
    stage.settle(root)
    builder.sweep(work)
    (work / "SPECS").mkdir(parents=True)
    spec = work / "SPECS" / f"{NAME}.spec"
    spec.write_text(_spec(source, root, release))
    defines = {
        "_topdir": work, "_buildhost": "builder", "use_source_date_epoch_as_buildtime": 1, "_build_id_links": "none",
        "clamp_mtime_to_source_date_epoch": 1, "_binary_payload": f"w{compress}.zstdio", "__os_install_post": "%{nil}",
        "__brp_mangle_shebangs": "%{nil}", "debug_package": "%{nil}", "_tmppath": work / "tmp",
    }  # fmt: skip
    (work / "tmp").mkdir()
    line: list[object] = ["rpmbuild", "-bb", "--target", "x86_64", "--quiet"]
    for name, value in defines.items():
        line += ["--define", f"{name} {value}"]
    # Through a shell for its umask: rpm takes the modes of the folders it makes from there.
    run([*line, "--buildroot", work / "root", spec], env={**os.environ, "SOURCE_DATE_EPOCH": str(builder.epoch())})
    out.mkdir(parents=True, exist_ok=True)
    [built] = (work / "RPMS").rglob("*.rpm")
    made = out / built.name
    shutil.move(built, made)
    builder.sweep(BUILD / "rpm")
    return made


def requires(source: Path) -> list[str]:
    """By soname, as RPM's own finder would write them, and the glibc floor."""
    floor = stage.glibc_floor(source)
    found = [f"{name}()(64bit)" for name in stage.sonames_needed(source) if not name.startswith("ld-linux")]
    return [*found, f"libc.so.6(GLIBC_{floor})(64bit)"]


def _spec(source: Path, root: Path, release: int) -> str:
    needs = "\n".join(f"Requires: {one}" for one in requires(source))
    policies = "\n".join(f"%dir /{one}" for one in stage.POLICIES)
    return f"""\
Name: {NAME}
Version: {builder.version()}
Release: {release}
Summary: {stage.SUMMARY}
License: Apache-2.0
URL: {stage.HOMEPAGE}
Packager: {stage.MAINTAINER}
AutoReqProv: no
{needs}
Recommends: gnome-keyring

%description
{stage.DESCRIPTION}

%install
mkdir -p %{{buildroot}}
cp -a {root}/. %{{buildroot}}/

%preun
{stage.ASK_TO_END}exit 0

%pre
{stage.ASK_TO_END}exit 0

%postun
if [ "$1" = 0 ]; then
    {stage.LEAVE_NOTHING}fi
exit 0

%files
%defattr(-,root,root,-)
/{stage.OPT}
/usr/bin/{NAME}
/usr/share/applications/{NAME}.desktop
/usr/share/icons/hicolor/scalable/apps/{NAME}.svg
%dir /etc/opt/{NAME}
%dir /etc/opt/{NAME}/policies
{policies}
"""


def main() -> int:
    reader = argparse.ArgumentParser(description="Make the RPM package.")
    reader.add_argument("--compress", type=int, default=10, metavar="1..19")
    try:
        made = make(compress=reader.parse_args().compress)
    except CannotBuild as trouble:
        print(trouble, file=sys.stderr)
        return 1
    print(f"{made}: {made.stat().st_size / 1e6:.1f} MB, glibc {stage.glibc_floor(tree.TREE)} or newer")
    return 0


if __name__ == "__main__":
    sys.exit(main())
