"""Real servers for tests, on loopback: sekmet-fhir in an environment of its own, and the practice server."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

ROOT = Path(__file__).resolve().parent.parent
SEKMET_HOME = Path(os.environ.get("SEKMET_HOME", ROOT / "build" / "sekmet"))
UP_SECONDS = 60


@dataclass(frozen=True)
class Peer:
    """A FHIR server that runs; `about` is what it said of itself when it was ready."""

    base: str
    about: dict[str, Any]
    process: subprocess.Popen[bytes]
    folder: Path


def free_port() -> int:
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            stream.close()


@pytest.fixture(scope="session")
def sekmet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    """A full FHIR R4 server from PyPI, in an environment of its own under build/sekmet."""
    program = SEKMET_HOME / "bin" / "sekmet"
    if not program.exists():
        pytest.skip("sekmet-fhir is not installed: python3.11 -m venv build/sekmet, then pip install sekmet-fhir")
    folder, port = tmp_path_factory.mktemp("sekmet"), free_port()
    base = f"http://127.0.0.1:{port}/fhir"
    log = (folder / "sekmet.log").open("wb")
    process = subprocess.Popen(
        [program, "serve", "--host", "127.0.0.1", "--port", str(port)],
        env={**os.environ, "SEKMET_BASE_URL": base, "SEKMET_DB": str(folder / "sekmet.db")},
        cwd=folder,
        stdout=log,
        stderr=log,
    )
    try:
        _wait(process, f"{base}/metadata", folder / "sekmet.log")
        yield Peer(base, {}, process, folder)
    finally:
        end(process)
        log.close()


@pytest.fixture
def practice(tmp_path: Path) -> Iterator[Peer]:
    """The practice server of the product with its own charts, fresh for each test."""
    folder = tmp_path / "practice"
    process = start_practice(folder)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            pytest.fail("the practice server did not start")
        about = json.loads(line)
        yield Peer(about["base"], about, process, folder)
    finally:
        end(process)


def start_practice(folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "workstation.practice", "--port", "0", "--data", str(folder), *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    until = time.monotonic() + UP_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            pytest.fail(f"the server ended: {log.read_text()[-2000:]}")
        with contextlib.suppress(requests.RequestException):
            if requests.get(url, timeout=2).ok:
                return
        time.sleep(0.1)
    pytest.fail("the server did not come up")
