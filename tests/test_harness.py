"""The harness itself: each kind of leftover fails the test that left it, and a tidy test passes."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def inner(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A test folder that uses the same harness, run in a process of its own."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    pytester.makeini("[pytest]\nfilterwarnings = error\naddopts = -p no:randomly -p no:cacheprovider")
    pytester.makeconftest(
        "import tests.conftest\n"
        "tests.conftest.GRACE_SECONDS = 0.2\n"
        "from tests.conftest import *\n"
        "from tests.conftest import _nothing_left_running\n"
    )
    return pytester


@pytest.fixture
def inner_qt(inner: pytest.Pytester) -> pytest.Pytester:
    with (inner.path / "conftest.py").open("a") as conftest:
        conftest.write("\nfrom tests.harness.qt import qt_said, _no_qt_leftovers\n")
    return inner


LEFT = {
    "a log warning": ("import logging; logging.getLogger('x').warning('odd')", "*WARNING x: odd*"),
    "a warning of a quiet logger": (
        (
            "import logging; quiet = logging.getLogger('q'); quiet.propagate = False\n"
            "    quiet.addHandler(logging.NullHandler()); quiet.error('odd')"
        ),
        "*ERROR q: odd*",
    ),
    "a thread": (
        "import threading, time; threading.Thread(target=time.sleep, args=(5,), name='tail', daemon=True).start()",
        "*thread tail*",
    ),
    "a child": (
        "import subprocess; global kept; kept = subprocess.Popen(['sleep', '31.5'])",
        "*sleep 31.5*",
    ),
    "a grandchild that lost its parent": (
        "import subprocess; subprocess.run(['sh', '-c', 'sleep 32.5 >/dev/null 2>&1 &'])",
        "*sleep 32.5*",
    ),
    "a child nobody waited for": (
        "import os; os.posix_spawn('/bin/true', ['true'], {})",
        "*nobody waited*",
    ),
}


@pytest.mark.parametrize("what", LEFT)
def test_a_test_fails_for_leaving(what: str, inner: pytest.Pytester) -> None:
    line, named = LEFT[what]
    inner.makepyfile(f"def test_it():\n    {line}\n\ndef test_next():\n    pass\n")
    result = inner.runpytest_subprocess("-p", "no:pytest-qt")
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*ERROR at teardown of test_it*", named])


LEFT_IN_QT = {
    "a Qt warning": ("from PySide6.QtCore import qWarning; qWarning('odd')", "*QtWarningMsg*odd*"),
    "a timer": (
        (
            "from PySide6.QtCore import QTimer; global kept; kept = QTimer(); kept.setObjectName('beat')\n"
            "    kept.start(1000)"
        ),
        "*timer QTimer 'beat' started at *test_a_screen*:3*",
    ),
    "a window": (
        "from PySide6.QtWidgets import QDialog; global kept; kept = QDialog(); kept.setObjectName('stray')",
        "*window QDialog 'stray'*",
    ),
}


@pytest.mark.parametrize("what", LEFT_IN_QT)
def test_a_screen_test_fails_for_leaving(what: str, inner_qt: pytest.Pytester) -> None:
    line, named = LEFT_IN_QT[what]
    inner_qt.makepyfile(f"def test_it(qapp):\n    {line}\n\ndef test_next(qapp):\n    pass\n")
    result = inner_qt.runpytest_subprocess()
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines([named])


def test_a_tidy_test_passes(inner_qt: pytest.Pytester) -> None:
    inner_qt.makepyfile(
        "import logging, os, subprocess, threading\n"
        "from PySide6.QtCore import QTimer, qWarning\n"
        "from PySide6.QtWidgets import QWidget\n"
        "def test_it(qtbot, warned, qt_said, home, tmp_path):\n"
        "    assert os.path.expanduser('~') == str(home) and tmp_path in home.parents\n"
        "    thread = threading.Thread(target=print); thread.start(); thread.join()\n"
        "    subprocess.run(['true'], check=True)\n"
        "    logging.getLogger('x').warning('odd')\n"
        "    assert warned.take() == ['WARNING x: odd']\n"
        "    qWarning('odd')\n"
        "    assert 'odd' in qt_said.take()[0]\n"
        "    window = QWidget(); qtbot.addWidget(window); window.show()\n"
        "    timer = QTimer(window); timer.start(1000)\n"
    )
    inner_qt.runpytest_subprocess().assert_outcomes(passed=1)


def test_a_test_that_fails_is_not_blamed_twice(inner_qt: pytest.Pytester) -> None:
    inner_qt.makepyfile(
        "from PySide6.QtWidgets import QWidget\ndef test_it(qapp):\n    window = QWidget()\n    assert window is None\n"
    )
    inner_qt.runpytest_subprocess().assert_outcomes(failed=1)


def test_the_harness_imports_no_qt_for_tests_without_it(inner: pytest.Pytester) -> None:
    inner.makepyfile("import sys\ndef test_it():\n    assert not [name for name in sys.modules if 'PySide6' in name]\n")
    inner.runpytest_subprocess("-p", "no:pytest-qt").assert_outcomes(passed=1)
