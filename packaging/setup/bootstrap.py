"""From a fresh machine to a running program: what is missing is installed or named, then the work begins.

Called by start.sh with one word: setup, codesets, run, tour, check, test, faults or bench. Standard library only.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import debian
import environment
import peers
import session
from environment import PYTHON, TOP

CODE_PACK = TOP / "resources" / "codesets" / "codebook.db"
PACK_STAMP = CODE_PACK.with_suffix(".stamp")
SMALLER = {"journal_scale": ["--events", "100000"]}  # a million takes five minutes; the script alone does that
LABELLED = {"encoder": "encoder_dev.json", "redaction": "phi_dev.jsonl"}  # what some benchmarks measure on
TOUR = TOP / "build" / "tour"


def main(what: str) -> int:
    steps = {
        "setup": lambda: 0,
        "codesets": lambda: 0 if _codesets() else 1,
        "run": _run,
        "tour": _tour,
        "check": lambda: _call([PYTHON, "packaging/setup/check.py"]),
        "test": _test,
        "faults": lambda: _suite(f"--faults={os.environ.get('FAULTS', 'all')}"),
        "bench": _bench,
    }
    if what not in steps:
        print(f"Unknown: {what}. One of: {', '.join(steps)}")
        return 2
    os.chdir(TOP)
    if not environment.ready():
        return 1
    if sys.platform.startswith("linux") and not debian.install(debian.missing_libraries(), "Qt's windows"):
        print("Going on without them; Qt will say what it cannot load.", flush=True)
    return steps[what]()


def _codesets() -> bool:
    """Build the code pack when there is none or what it is made by has changed; a half-made one never takes its name."""
    made_by = _makers_of_the_pack()
    if CODE_PACK.is_file() and PACK_STAMP.is_file() and PACK_STAMP.read_text("utf-8").strip() == made_by:
        return True
    print("Building the code pack from the published code sets (a minute)...", flush=True)
    half = CODE_PACK.with_suffix(".building")
    half.unlink(missing_ok=True)
    if _call([PYTHON, "-m", "workstation.codebook.build", "--out", half]) != 0:
        print("The code pack could not be built; the lines above say why.")
        return False
    half.replace(CODE_PACK)
    PACK_STAMP.write_text(made_by + "\n", "utf-8")
    return True


def _makers_of_the_pack() -> str:
    """A digest of the program's part that builds the pack and of the packages it reads."""
    folder = TOP / "workstation" / "codebook"
    makers = sorted([*folder.glob("*.py"), *(folder / "data").glob("*.txt"), TOP / "requirements.lock"])
    digest = hashlib.sha256()
    for path in makers:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _run() -> int:
    if not session.has_display():
        print("No display here (neither DISPLAY nor WAYLAND_DISPLAY), so no window can open.")
        print("Taking the tour instead: pictures of every screen.", flush=True)
        return _tour()
    return _practice(["--practice"])


def _tour() -> int:
    code = _practice(["tour", "--out", TOUR], QT_QPA_PLATFORM="offscreen")
    if code == 0:
        print(f"The pictures are in {TOUR.relative_to(TOP)}/")
    return code


def _practice(words: Sequence[str | Path], **extra: str) -> int:
    """Run the program with the practice hospital, where no keyring answers with one of its own."""
    if not _codesets():
        return 1
    line = [PYTHON, "main.py", *words]
    if session.keyring_answers():
        return _call(line, {**os.environ, **extra})
    private = session.private_keyring()
    if private is None:
        print("No keyring answers on this session (a Secret Service, such as gnome-keyring), and none can be")
        print("started. The program keeps its keys nowhere else, so it does not start.")
        return 1
    print("No keyring answers on this session, so practice runs with a throw-away keyring in a throw-away home:")
    print("all of it is gone when you close the window.", flush=True)
    with session.throw_away_home() as home:
        return _call([*private, *line], {**home, **extra})


def _bench() -> int:
    """Every benchmark in turn; those that need the labelled queries say so when CORPORA_DIR is unset."""
    if not _codesets():
        return 1
    private = session.private_keyring() or []
    failed = 0
    for script in sorted((TOP / "benchmarks").glob("[a-z]*.py")):
        words = SMALLER.get(script.stem, [])
        if script.stem in LABELLED:
            labelled = Path(os.environ.get("CORPORA_DIR", "")) / LABELLED[script.stem]
            if not os.environ.get("CORPORA_DIR") or not labelled.is_file():
                print(f"== {script.stem}: left out, CORPORA_DIR names no folder with {labelled.name}", flush=True)
                continue
            words = [labelled]
        if script.stem != "figures":
            print(f"== {script.stem}", flush=True)
            with session.throw_away_home() as home:
                failed |= _call([*private, PYTHON, script, *words], {**home, "QT_QPA_PLATFORM": "offscreen"})
    return failed


def _test() -> int:
    peers.ready()
    if not _codesets():
        return 1
    checked = _call([PYTHON, "packaging/setup/check.py"])
    if checked != 0:
        print("\nmake check FAILED (above); the tests run all the same.", flush=True)
    tested = _suite()
    return checked or tested


def _suite(*words: str) -> int:
    """The tests under a keyring of their own: nothing they do reaches the developer's."""
    if not _codesets():
        return 1
    private = session.private_keyring()
    if private is None:
        print("WARNING: no dbus-run-session with gnome-keyring: the tests of the keyring are SKIPPED.", flush=True)
    return _call([*(private or []), PYTHON, "packaging/setup/suite.py", *words])


def _call(line: Sequence[str | Path], surroundings: Mapping[str, str] | None = None) -> int:
    try:
        return subprocess.run([str(word) for word in line], env=surroundings, check=False).returncode
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "setup"))
