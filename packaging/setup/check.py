"""Everything that can be said of the code without running it; each step is named, all are run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
HERE = Path("packaging/setup")
SCRIPTS = Path(sys.executable).parent
STEPS: tuple[tuple[str, list[str | Path]], ...] = (
    ("ruff check", [SCRIPTS / "ruff", "check", "--quiet", "."]),
    ("ruff format", [SCRIPTS / "ruff", "format", "--check", "--quiet", "."]),
    ("mypy", [SCRIPTS / "mypy", "--no-error-summary"]),
    ("imports", [sys.executable, HERE / "imports.py"]),
    ("sealed widgets", [sys.executable, HERE / "widgets.py"]),
    ("map of the code", [sys.executable, HERE / "map.py"]),
    ("marks of the stylesheet", [sys.executable, HERE / "controls.py"]),
    ("policies", [sys.executable, "packaging/policies/generate.py"]),
    ("lock", [sys.executable, HERE / "lock.py"]),
)


def main() -> int:
    failed = []
    for name, line in STEPS:
        done = subprocess.run(line, cwd=TOP, capture_output=True, text=True, check=False)
        print(f"check: {name}: {'ok' if done.returncode == 0 else 'FAILED'}", flush=True)
        if done.returncode != 0:
            failed.append(name)
            print(done.stdout + done.stderr, flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
