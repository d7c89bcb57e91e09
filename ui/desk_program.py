"""The desk process: standby, unlock, desk. Everything secret it ever holds dies with it."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime
from typing import Any

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from ui.background import Background
from ui.capture import block_capture
from ui.desk_window import DeskWindow
from ui.entry.change_password import ChangingPassword
from ui.entry.letting_in import LetIn, LettingIn
from ui.qt_messages import hear_qt
from ui.refusals import Refusals
from ui.retint import retint
from ui.room import Room
from ui.sealed.seal import Seal
from ui.sealed.vigil import Vigil
from ui.steady import steady
from ui.step_up import StepUp
from ui.sync_words import words_of
from ui.theme import apply_theme
from workstation import VERSION
from workstation import messages as m
from workstation.cache import work
from workstation.cache.database import Database
from workstation.changes import Changes
from workstation.channel import Channel
from workstation.codebook.book import CodeBook
from workstation.codebook.grouper import MsDrgGrouper
from workstation.codebook.packs import open_book
from workstation.desk import Desk
from workstation.domain.access import Coder
from workstation.domain.encounter import EncounterId
from workstation.domain.policy import Policy, allows_capture, policy_from, require_current
from workstation.errors import KeyringTrouble, ProgramTooOld, WorkstationError
from workstation.host.clock import SystemClock
from workstation.host.crash import install
from workstation.host.hardening import die_with_parent, harden
from workstation.keys.derive import zero
from workstation.link import GuardLink
from workstation.operations import audit, place, query_life, teaching, teaching_copies
from workstation.operations.query_bench import QueryBoard
from workstation.query_packs.shelf import read_books
from workstation.sync import Sync, SyncKind, SyncState
from workstation.sync.teaching_bench import TeachingBench
from workstation.wire import client_for

log = logging.getLogger(__name__)


class DeskProgram(QObject):
    """Joins link, window and cache. All methods run on the GUI thread."""

    def __init__(self, link: GuardLink, app: QApplication, codebook: CodeBook) -> None:
        super().__init__()
        self._link, self._app = link, app
        self._clock = SystemClock()
        self._background = Background(self._trouble, self)
        theme = apply_theme(app, "light")
        self._room = Room(theme, self._background, self, link, codebook)
        self.window = DeskWindow(self._room)
        self.entry = LettingIn(link, self._background, self.window.unlock, self.window.enrol, self._clock)
        self._step_up = StepUp(
            self.window.main.step_up,
            self._background,
            self._clock,
            lambda: self._policy,
            self.entry.check_code,
            self.entry.practice_code,
        )
        self._changing = ChangingPassword(
            self.window.main.password, link, self._background, lambda: self.entry.vault, self._password_changed
        )
        self._seal = Seal(app)
        self._refusals = Refusals(self._seal, self._room, lambda: self._policy, self)
        self._capture = block_capture(app)
        self._last_input = self._clock.boot()
        self._policy = Policy()
        self._vigil = Vigil(app, self._clock.boot, self._idle_left)
        self._invite: m.Invite | None = None
        self._database: Database | None = None
        self._sync: Sync | None = None
        self._signed_out = False
        self.shown = False  # the main page has painted
        self._pulse = QTimer(self)
        self._pulse.setInterval(1000)
        self._pulse.timeout.connect(self._alive)
        self._minute = QTimer(self)
        self._minute.setInterval(60_000)
        self._minute.timeout.connect(self._tend_queries)
        self._look = QTimer(self)
        self._look.setSingleShot(True)
        self._look.setInterval(400)
        self._look.timeout.connect(self._tell_look)
        self._connect()

    def _connect(self) -> None:
        window = self.window
        self.entry.let_in.connect(self._let_in)
        window.main.lock.connect(self._lock)
        window.main.theme_chosen.connect(self._choose_theme)
        window.main.sync_now.connect(self._sync_now)
        window.main.encounter.opened.connect(self._opened_encounter)
        window.moved.connect(self._look.start)
        window.closed.connect(lambda: self._lock("key"))
        self._seal.touched.connect(self.touched)
        self._vigil.lapsed.connect(self._lapse)
        self._capture.changed.connect(self._tell_capture)

    def post(self, work: Callable[[], None]) -> None:
        """Run something on the GUI thread; from any thread."""
        self._background.post(work)

    @property
    def invited(self) -> bool:
        return self._invite is not None

    @property
    def practice(self) -> bool:
        """This very guard started the practice server."""
        return self._room.practice

    # ------------------------------------------------------------------ what the guard says

    def heard(self, message: m.Message) -> None:
        match message:
            case m.Invite():
                self._invite = message
                self._room.practice = message.practice
            case m.Countdown(seconds):
                self.window.main.countdown.show_seconds(seconds)
            case m.PolicyIs(policy):
                before, self._policy = self._policy.minimum_version, policy_from(policy)
                if self._policy.minimum_version != before:
                    self._say_if_too_old()
                    self._look_now()
            case m.HalfRefused(why):
                self._changing.half_refused(why)
            case m.StandDown():
                self._stand_down()
            case m.Raise():
                self.window.raise_()
                self.window.activateWindow()

    def key(self, name: str, key: bytearray) -> None:
        """The device half comes right after its invitation."""
        invite = self._invite
        if name != "device-half" or invite is None:
            zero(key)
            return
        if self._room.desk is not None:
            self._changing.half_came(key)
            return
        self._policy = policy_from(invite.policy)
        self._choose_theme(str(invite.look.get("theme", "light")), tell=False)
        self.window.stand(invite.look)
        page = self.entry.begin(invite, key, self._policy)
        self.window.show_page(page, lambda: self._link.tell(m.Shown(invite.mode)))

    # ------------------------------------------------------------------ the desk

    def _let_in(self, let_in: LetIn) -> None:
        invite = self._invite
        if invite is None:
            return
        self._link.tell(m.Opened(invite.lock_epoch, let_in.vault, let_in.newest_act))
        if let_in.rescued:
            self._link.tell(m.CacheAside(let_in.rescued))
        self._enter(invite, let_in.database)
        if let_in.vault is not None or self._policy.step_up_at_unlock:
            self._step_up.proven()
        if let_in.rescued:
            self.say(
                "The charts on this computer could not be trusted and come anew. Unsent work was recovered where possible.",
                "warning",
            )

    def _enter(self, invite: m.Invite, database: Database) -> None:
        self._database = database
        fields = dict(invite.coder)
        coder = Coder(**{**fields, "roles": frozenset(fields["roles"])})
        desk = Desk(
            db=database,
            ask=self._link.ask_intent,
            tell=self._link.tell_outcome,
            codebook=self._room.codebook,
            coder=coder,
            policy=lambda: self._policy,
            now=lambda: datetime.now().astimezone(),
            changed=self._changed,
            grouper=MsDrgGrouper(self._room.codebook),
        )
        self._room.desk = desk
        packs = str(invite.server.get("query_packs", ""))
        self._room.queries = QueryBoard(desk, lambda: read_books(packs))
        self._room.step_up = self._step_up.ask
        self.touched()
        self._pulse.start()
        self._vigil.begin()
        self._alive()
        self._tell_capture(self._capture.state.value)
        self._background.when_done(place.last(desk), self._show_desk, of=self)
        self._background.when_done(audit.settle(database, invite.open_intents), self._settled, of=self)

    def _show_desk(self, where: place.Place | None) -> None:
        invite = self._invite
        if invite is None:
            return
        self.window.main.enter(where)
        self.window.main.header.online_only(not invite.folder)
        self.window.watermark.name(self._room.open_desk.coder.name, str(invite.identity["device"])[:8])
        self.window.show_page(self.window.main, self._desk_shown)
        self._background.post(self._start_sync)
        self._tend_queries()
        self._minute.start()

    def _desk_shown(self) -> None:
        self.shown = True
        self._link.tell(m.Shown("desk"))
        self._say_if_too_old()

    def _say_if_too_old(self) -> None:
        """No new charts for an old program: said at once and not only where one is missed."""
        try:
            require_current(self._policy, VERSION)
        except ProgramTooOld as old:
            self.trouble(old)

    def _settled(self, outcomes: dict[str, Any]) -> None:
        for intent_id, outcome in outcomes.items():
            self._link.tell_outcome(intent_id, outcome, "settled at the next unlock")

    def _start_sync(self) -> None:
        invite = self._invite
        if invite is None or self._sync is not None:
            return
        client = client_for(invite.server, self._link)
        desk, board = self._room.open_desk, self._room.query_board
        if teaching.concerns(desk):
            self._room.teaching = TeachingBench(desk, client, lambda: board.books().lexicon)
        self._sync = Sync(desk, client, self._synced)
        self._sync.start()

    def _synced(self, state: SyncState) -> None:
        self._background.post(lambda: self._show_sync(state))

    def _show_sync(self, state: SyncState) -> None:
        self._signed_out = state.kind is SyncKind.SIGNED_OUT
        self.window.main.header.show_sync(state.kind.value, words_of(state), state.message)

    def _sync_now(self) -> None:
        if self._signed_out:
            self._lock("renew")  # sign in again; the place is kept
        else:
            self._look_now()

    def _look_now(self) -> None:
        if self._sync is not None:
            self._sync.nudge()

    def _opened_encounter(self, encounter_id: str) -> None:
        """What the server has new of an encounter is fetched while it is read."""
        if self._sync is not None:
            self._sync.nudge(EncounterId(encounter_id))

    def _changed(self, changes: Changes) -> None:
        """On the cache's or the sync's thread."""
        self._background.post(lambda: self.window.main.changed(changes))
        if changes.queries or changes.teaching:
            self._background.post(self._tend_queries)
        if changes.outbox and self._sync is not None:
            self._sync.nudge()

    def _tend_queries(self) -> None:
        """Holds end with their query, time escalates or ends what nobody answered, and old teaching copies go."""
        if self._room.desk is not None:
            self._background.when_done(query_life.tend(self._room.desk), lambda _: None, of=self)
            self._background.when_done(teaching_copies.tend(self._room.desk), lambda _: None, of=self)

    def _password_changed(self, vault: dict[str, Any]) -> None:
        self.entry.rewrapped(vault)
        self.window.main.leave_password()
        self.say("The unlock password is changed. Use the new one from now on.", "success")

    # ------------------------------------------------------------------ notices

    def say(self, text: str, tone: str = "info", *, passing: bool = False) -> None:
        self.window.main.notices.say(text, tone, passing=passing)

    def trouble(self, error: WorkstationError) -> None:
        self.window.main.notices.trouble(error)

    def _trouble(self, error: WorkstationError) -> None:
        if isinstance(error, KeyringTrouble):
            log.warning("keyring trouble")
        self.trouble(error)

    # ------------------------------------------------------------------ small things

    def touched(self) -> None:
        """A person moved, typed or scrolled."""
        self._last_input = self._clock.boot()
        if self.window.main.countdown.isVisible():
            self._alive()

    def _tell_capture(self, state: str) -> None:
        if self._database is not None:  # a standby's windows hold nothing
            self._link.tell(m.CaptureIs(state))

    def _alive(self) -> None:
        self._capture.allow(allows_capture(self._policy, self._clock.wall()))
        self._link.tell(m.Alive(self._last_input))

    def _idle_left(self) -> float:
        return self._policy.idle_lock - (self._clock.boot() - self._last_input)

    def _lapse(self, why: str) -> None:
        """The computer slept, or the coder was away too long: be gone before the guard has looked."""
        self._lock(why)
        self._background.post(self.window.hide)

    def _lock(self, why: str) -> None:
        self._flush()
        self._link.tell(m.LockWanted(why))

    def _stand_down(self) -> None:
        """Commit what is being typed and be gone; the guard kills whoever takes longer than 50 ms."""
        self._flush()
        if self._database is None:
            os._exit(0)
        self._database.write(work.only_here).add_done_callback(self._last_words)

    def _last_words(self, counted: Future[int]) -> None:
        """On the cache's thread: what was typed is committed; say what only this computer has, and end."""
        if counted.exception() is None:
            self._link.tell(m.OnlyHere(counted.result()))
        os._exit(0)

    def _flush(self) -> None:
        """Commit what is being typed; what was committed before needs nothing."""
        self.window.main.encounter.flush()

    def _choose_theme(self, name: str, *, tell: bool = True) -> None:
        if name in ("light", "dark") and name != self._room.theme.name:
            before = self._room.theme.colours
            self._room.theme.become(apply_theme(self._app, "dark" if name == "dark" else "light"))
            retint(before, self._room.theme)
            self.window.main.encounter.themed()
            self.window.main.teaching.themed()
        if tell:
            self._link.tell(m.LookChosen({"theme": name}))

    def _tell_look(self) -> None:
        place_now = self.window.geometry()
        sides = [place_now.x(), place_now.y(), place_now.width(), place_now.height()]
        self._link.tell(m.LookChosen({"place": sides, "maximized": self.window.isMaximized()}))


def run(join: Callable[[DeskProgram], None] | None = None) -> int:
    """`main.py --desk`: started by the guard only, which speaks through stdin and stdout."""
    harden()
    install()
    die_with_parent(os.getppid())
    if sys.stdin.isatty() or sys.stdout.isatty():
        sys.stderr.write("A desk is started by the guard. Run the program without --desk.\n")
        return 2
    from_guard, to_guard = _take_pipes()
    link = GuardLink(Channel(from_guard, to_guard))
    hear_qt()
    app = QApplication(["Coder Workstation"])
    app.setQuitOnLastWindowClosed(False)
    program = DeskProgram(link, app, open_book())
    link.start(
        lambda message: program.post(lambda: program.heard(message)),
        lambda name, key: program.post(lambda: program.key(name, key)),
    )
    program.window.ensurePolished()
    if join is not None:
        join(program)
    steady()
    link.tell(m.Ready())
    return app.exec()


def _take_pipes() -> tuple[int, int]:
    """The pipes move to numbers of their own, so that no stray print can speak to the guard."""
    from_guard, to_guard = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    os.close(nothing)
    return from_guard, to_guard
