"""Every test in a home of its own; what it leaves behind fails it, by name. No Qt here: see harness/qt."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness import log, processes, secrets, threads
from tests.harness.outcome import FAILED, has_failed

GRACE_SECONDS = 2.0


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--faults", choices=("few", "all", "thorough"), default="few", help="how often tests/faults breaks each thing"
    )


def pytest_configure() -> None:
    processes.adopt_orphans()


def pytest_runtest_setup(item: pytest.Item) -> None:
    secrets.demand(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    if report.failed:
        item.stash[FAILED] = True
    return report


@pytest.fixture(autouse=True)
def warned() -> Iterator[log.Warned]:
    """Fails the test that logged a warning and did not take it: `assert ... in warned.take()`."""
    with log.listening() as heard:
        yield heard
    if heard.lines:
        pytest.fail("The log warned:\n  " + "\n  ".join(heard.lines), pytrace=False)


@pytest.fixture(autouse=True)
def _nothing_left_running(request: pytest.FixtureRequest, warned: log.Warned) -> Iterator[None]:
    threads_before = frozenset(threading.enumerate())
    children_before = processes.children()
    yield
    grace = 0.0 if has_failed(request.node) else GRACE_SECONDS
    pids = processes.leftovers(children_before, grace)
    left = [processes.describe(pid) for pid in sorted(pids)]
    processes.end(pids)
    left += [threads.describe(thread) for thread in threads.leftovers(threads_before, grace)]
    if left and not has_failed(request.node):
        pytest.fail("The test left behind:\n  " + "\n  ".join(left), pytrace=False)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, _nothing_left_running: None) -> Path:
    """A home of the test's own; the keyring's choice of backend stays as it is."""
    place = tmp_path / "home"
    place.mkdir()
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(place))
    for name in ("CONFIG", "DATA", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(place / name.lower()))
    return place
