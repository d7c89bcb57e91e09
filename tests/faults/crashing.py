"""A program that fails in every way a program can, each time with words that must not be written; run by a test."""

from __future__ import annotations

import gc
import logging
import sys
import threading
import warnings
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from PySide6.QtCore import QCoreApplication, QEvent, QTimer, qCritical, qWarning
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from ui.background import Background
from ui.qt_messages import hear_qt
from workstation.domain.audit import Act, Intent, Outcome
from workstation.guard.recorder import Recorder
from workstation.host.clock import SystemClock
from workstation.host.crash import install
from workstation.host.hardening import harden
from workstation.journal.store import Journal
from workstation.keys.device import DeviceKeys


class Told(Exception):
    """Carries words in its text, its arguments and its notes."""


def fail(words: str) -> None:
    """The words are an argument, a local, the text, a note, a cause and the context."""
    local = {"chart": words}
    try:
        raise KeyError(local["chart"])
    except KeyError as error:
        told = Told(f"could not read {words}", local)
        told.add_note(words)
        raise told from error


def grouped(words: str) -> None:
    raise ExceptionGroup(words, [ValueError(words), OSError(2, words, words)])


class Dying:
    def __init__(self, words: str) -> None:
        self.words = words

    def __del__(self) -> None:
        fail(self.words)


class Screen(QWidget):
    """Its event handlers fail."""

    words = ""

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.User:
            fail(self.words)
        return super().event(event)


def main() -> None:  # noqa: C901  one small function a way
    folder, count = Path(sys.argv[1]), int(sys.argv[2])
    harden()
    install()
    hear_qt()
    app = QApplication([])
    background = Background(lambda trouble: fail(str(trouble)))
    pool = ThreadPoolExecutor(2)
    keys = DeviceKeys.throw_away()
    recorder = Recorder(lambda: Journal.open(folder / "journal.db", keys, SystemClock()))
    log, foreign = logging.getLogger("workstation.sync.pull"), logging.getLogger("urllib3.connectionpool")
    button, screen = QPushButton(), Screen()
    words = [""]
    button.clicked.connect(lambda: fail(words[0]))

    def in_a_slot() -> None:
        button.click()

    def in_an_event() -> None:
        Screen.words = words[0]
        QCoreApplication.postEvent(screen, QEvent(QEvent.Type.User))

    def in_a_timer() -> None:
        said = words[0]
        QTimer.singleShot(0, lambda: fail(said))

    def in_a_thread() -> None:
        thread = threading.Thread(target=fail, args=(words[0],), name=words[0])
        thread.start()
        thread.join()

    def in_a_pool() -> None:
        said = words[0]
        background.when_done(pool.submit(fail, said))

    def in_a_callback() -> None:
        said, future = words[0], Future[str]()
        future.add_done_callback(lambda done: fail(done.result()))
        future.set_result(said)

    def in_the_journal() -> None:
        intent = recorder.record(Intent(Act.FINALIZE), "dana").result()
        failed: Future[None] = Future()
        background.when_done(recorder.run(lambda _journal, said=words[0]: fail(said)))
        try:
            fail(words[0])
        except Told as error:
            recorder.outcome(intent, Outcome.FAILED, type(error).__name__)
            failed.set_exception(error)
        background.when_done(failed)

    def in_the_log() -> None:
        try:
            grouped(words[0])
        except ExceptionGroup:
            log.exception("the chart was not fetched")
        foreign.warning("Retrying after %s", words[0])
        log.warning("%d charts", words[0])  # a line that cannot be formatted

    def in_a_destructor() -> None:
        dying = Dying(words[0])
        del dying
        gc.collect()

    def in_a_warning() -> None:
        warnings.warn(words[0], ResourceWarning, source=None, stacklevel=1)

    def in_qt() -> None:
        qWarning(f"QLabel::setText: {words[0]}")
        qCritical(words[0])

    warnings.simplefilter("always")
    ways = (in_a_slot, in_an_event, in_a_timer, in_a_thread, in_a_pool, in_a_callback, in_the_journal)
    ways += (in_the_log, in_a_destructor, in_a_warning, in_qt)
    for turn in range(count):
        words[0] = f"MARKER{turn} Brannigan"
        for way in ways:
            way()
            QTimer.singleShot(0, app.quit)
            app.exec()
    pool.shutdown(wait=True)
    QTimer.singleShot(50, app.quit)  # what came home last
    app.exec()
    trail = recorder.run(lambda journal: repr(journal.page("dana", limit=3 * count))).result()
    recorder.close()
    sys.stdout.write(f"{'MARKER' in trail} {trail.count('Told')} {len(ways)}\n")
    sys.stdout.flush()
    Screen.words = "MARKER at the end"
    fail("MARKER at the end")


if __name__ == "__main__":
    main()
