"""A Windows of Wine's for tests: its own prefix, and stand-ins for what Wine does not have and a real Windows has."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import builder
from builder import BUILD, run

PREFIX = BUILD / "wine"
PROGRAMS = "drive_c/Program Files/Coder Workstation"
_IMPORTS = re.compile(r"DLL Name: (\S+)\n(.*?)\n\n", re.DOTALL)


# Rust's programs draw their randomness here; Wine 8 has it under its older name alone.
_PRNG = """
#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);
__declspec(dllexport) BOOL ProcessPrng(PBYTE bytes, SIZE_T count) { return SystemFunction036(bytes, (ULONG)count); }
"""


def prefix(into: Path, payload: Path) -> Path:
    """A fresh Windows 10, made once and copied."""
    if not (PREFIX / "ready").exists():
        builder.tools("wine", "wineserver", "x86_64-w64-mingw32-gcc", "x86_64-w64-mingw32-objdump")
        builder.sweep(PREFIX)
        PREFIX.mkdir(parents=True)
        call(PREFIX, "wineboot", "--init", seconds=180)
        call(PREFIX, "winecfg", "-v", "win10")
        stop(PREFIX)
        (PREFIX / "ready").touch()
    builder.sweep(into)
    shutil.copytree(PREFIX, into, symlinks=True)
    _stand_ins(payload, into / "drive_c" / "windows" / "system32")
    return into


def _stand_ins(payload: Path, system: Path) -> None:
    """icuuc.dll is part of Windows 10 and not of Wine: every function Qt asks of it answers nothing."""
    names = set()
    for library in (payload / "lib" / "PySide6").glob("Qt6*.dll"):
        line = ["x86_64-w64-mingw32-objdump", "-p", str(library)]
        shown = subprocess.run(line, capture_output=True, text=True, check=True).stdout
        for dll, body in _IMPORTS.findall(shown):
            if dll.lower() == "icuuc.dll":
                names |= set(re.findall(r"^\s+[0-9a-f]+\s+\d+\s+(\w+)$", body, re.MULTILINE))
    code = "".join(f"__declspec(dllexport) void *{name}(void) {{ return 0; }}\n" for name in sorted(names))
    _library(system / "icuuc.dll", code)
    if not (system / "bcryptprimitives.dll").exists():
        _library(system / "bcryptprimitives.dll", _PRNG, "-ladvapi32")


def _library(made: Path, code: str, *words: str) -> None:
    text = made.with_suffix(".c")
    text.write_text(code)
    run(["x86_64-w64-mingw32-gcc", "-shared", "-w", "-o", made, text, *words])
    text.unlink()


def environment(place: Path, **more: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "DISPLAY") if name in os.environ}
    quiet = {"WINEPREFIX": str(place), "WINEARCH": "win64", "WINEDEBUG": "-all", "WINEDLLOVERRIDES": "mscoree,mshtml="}
    return {**kept, **quiet, **more}


def call(place: Path, *words: str | Path, seconds: int = 120, **more: str) -> tuple[int, str]:
    """Exit code and output of a Windows program. A pipe, never a file: Wine's consoles hang on those."""
    line = ["timeout", "--kill-after=5", str(seconds), "wine", *map(str, words)]
    with subprocess.Popen(
        line, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment(place, **more)
    ) as started:
        out, _ = started.communicate()
    return started.returncode, out.replace(b"\0", b"").decode("utf-8", "replace")


def stop(place: Path) -> None:
    """Ends every process of the prefix."""
    subprocess.run(["timeout", "60", "wineserver", "-k"], env=environment(place), check=False, capture_output=True)


def windows_path(path: Path) -> str:
    return "Z:" + str(path).replace("/", "\\")
