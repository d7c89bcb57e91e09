"""The practice hospital as a child of the guard: it ends when its standard input closes, however the guard ends."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from workstation.errors import SignInRefused

_MAIN = Path(__file__).resolve().parents[2] / "main.py"


class PracticeChild:
    """Started once; `ready` is what it printed: base, people, the token of its control."""

    def __init__(self) -> None:
        self.ready: dict[str, Any] = {}
        self._child: subprocess.Popen[str] | None = None

    @property
    def people(self) -> list[dict[str, str]]:
        found = self.ready.get("people", [])
        return found if isinstance(found, list) else []

    def start(self, data: Path) -> str:
        """Its FHIR base; blocks until it listens. Raises SignInRefused."""
        program = [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, str(_MAIN)]
        data.mkdir(parents=True, exist_ok=True)
        command = [*program, "practice-server", "--port", "0", "--data", str(data), "--watch-stdin", "--quiet"]
        self._child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        line = self._child.stdout.readline() if self._child.stdout else ""
        try:
            self.ready = json.loads(line)
            return str(self.ready["base"])
        except (ValueError, KeyError, TypeError):
            self.stop()
            raise SignInRefused(
                "The practice server did not start.", remedy="Close the program and try again."
            ) from None

    def stop(self) -> None:
        """End it and reap it."""
        child, self._child = self._child, None
        if child is None:
            return
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                pipe.close()
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
