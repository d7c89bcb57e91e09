"""The guard process: its window, its workers and its clock, joined around the guard's state machine."""

from __future__ import annotations

import logging
import platform
import threading
import webbrowser
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QThread, QTimer
from PySide6.QtWidgets import QApplication

from ui.background import Background
from ui.guard.window import GuardWindow
from ui.native_events import listen, native_id
from workstation.codebook.packs import for_desks
from workstation.domain.audit import Act, Outcome
from workstation.errors import KeyringTrouble, ServerTrouble, WorkstationError
from workstation.guard.deadline import Moment
from workstation.guard.desks import DeskProcess, desk_command
from workstation.guard.device_page import DeviceFacts, rows_of
from workstation.guard.guard import Guard
from workstation.guard.house import House, open_house
from workstation.guard.journal_check import rows_of_check
from workstation.guard.online import Arrived
from workstation.guard.practice_child import PracticeChild
from workstation.guard.seat import Seat
from workstation.guard.states import LockReason, State
from workstation.guard.trail import page_of
from workstation.host.clock import SystemClock
from workstation.host.events import SessionEvent
from workstation.host.manifest import program_folder
from workstation.host.paths import Home, NoHome
from workstation.host.sessions import SessionWatch, watch_session
from workstation.managed.inforce import Managed, unmanaged
from workstation.messages import TrailPage, TrailWanted
from workstation.settings import ServerSettings

if TYPE_CHECKING:
    from ui.guard.second_start import Door

log = logging.getLogger(__name__)

ERASED = "Your organisation has erased this device. Signing in sets it up anew, without anything that was here before."
WIPE_PATIENCE = 3.0  # seconds a wipe waits for the lock; what opens charts is destroyed then all the same


def open_page(url: str) -> None:
    """Show the identity provider's page in the system browser, which may keep its caller until it is closed."""
    threading.Thread(target=webbrowser.open, args=(url,), name="browser", daemon=True).start()


class GuardProgram(QObject):
    """Lives as long as the program. `open_browser` and `desk` are given by who starts it."""

    def __init__(
        self,
        app: QApplication,
        home: Home,
        settings: ServerSettings,
        window: GuardWindow,
        *,
        practice: bool = False,
        open_browser: Callable[[str], None] = open_page,
        desk: Sequence[str] = (),
        managed: Callable[[], Managed] = unmanaged,
        asked: str | None = None,
    ) -> None:
        """`managed` reads what IT has set here. With `asked`, the command line's server, settings are read from it."""
        super().__init__()
        self._managed, self._asked = managed, asked
        self._app, self._home, self._settings, self._practice = app, home, settings, practice
        self._kept = home  # where the door and the practice hospital lie, also while nothing else is kept
        self._open_browser, self._desk = open_browser, list(desk) or desk_command()
        self._clock = SystemClock()
        self.practice_child = PracticeChild()
        self._background = Background(self._trouble, self)
        self._pool = ThreadPoolExecutor(max_workers=4, thread_name_prefix="guard")
        self._cancel_sign_in = threading.Event()
        self._renew_password = False
        self._first_note = ""  # what the sign-in page says once it can be used
        self._house: House | None = None
        self._watch: SessionWatch | None = None
        self._deafen: Callable[[], None] = lambda: None
        self._door: Door | None = None
        self.guard: Guard | None = None
        self.device = DeviceFacts()
        self.window = window
        self.window.sign_in.connect(self.sign_in)
        self.window.cancel.connect(self._cancel)
        self.window.unlock.connect(self.unlock)
        self.window.someone_else.connect(self._someone_else)
        self.window.closed.connect(self._closed)
        self.window.online_only.connect(self.work_online_only)
        self._second = QTimer(self)
        self._second.setInterval(1000)
        self._second.timeout.connect(self._tick)

    # ------------------------------------------------------------------ start and end

    def start(self) -> None:
        """Show the window, then open keys, journal and server beside it."""
        note = "Starting the practice hospital on this computer." if self._practice else ""
        self.window.show_sign_in(note, busy=False, can_unlock=False)
        self.window.set_ready(False)
        self._second.start()  # also while nothing can be opened: a signal is heard when it ticks
        self._work(self._open, self._opened, self._not_opened)

    def _open(self) -> House:
        managed = self._managed()
        self.device.practice, _ = managed.practice(installed=program_folder() is not None)
        if self._asked is not None and not self._practice:
            self._settings = managed.server(self._asked)
        if managed.switch("online_only"):
            self._home = NoHome()
        if self._practice and not self._settings.base:
            self._settings = ServerSettings(base=self.practice_child.start(self._kept.root / "practice"))
        return open_house(self._home, self._settings, self._clock, practice=self._practice, managed=self._managed)

    def _opened(self, house: House) -> None:
        self._house = house
        self.guard = Guard(
            face=self.window,
            vaults=house.vaults,
            recorder=house.recorder,
            start_desk=self._start_desk,
            give_token=house.online.token,
            trail=self._trail,
            device_page=self._device_rows,
            check_journal=lambda tell: rows_of_check(house, tell),
            now=self._now,
            post=self._background.post,
            work=self._work,
            on_state=self._state,
            open_intents=house.open_intents,
            newest_act=house.newest_act,
            sign_out=house.sign_out,
            locks_unrecorded=not house.online_only,
        )
        if house.online_only:
            self.window.say_online_only()
        house.wipe.cover = self._cover_for_wipe
        house.uplink.start()
        self._watch = watch_session(self._told, window=native_id(self.window))
        self._deafen = listen(self._app, self._watch)
        self._work(self._watch.start, self._armed, self._background_trouble)
        managed = self._managed()
        self.guard.look = {**house.look(), "full_screen": managed.switch("full_screen")}
        self.window.look(self.guard.look)
        self.window.set_ready(True)
        contact = managed.held.get("support_contact")
        self.window.where(self._settings.base + (f"\nHelp: {contact.value}" if contact else ""))
        self.guard.warm()
        self._open_door()
        house.recorder.event(Act.APP_START, "")

        def last_seat() -> Seat | None:
            house.tidy()
            return house.vaults.last_seat()

        self._work(last_seat, self._welcome_back, self._background_trouble)

    def _open_door(self) -> None:
        """From now on a second start finds this one."""
        from ui.guard.second_start import Door, door_of  # Qt's network module: not needed for the first paint

        if self._door is None:
            self._door = Door(door_of(self._kept.lock_file), self.come_forward, self, self.leave)

    def come_forward(self) -> None:
        """The program was started again: show what there is, cover or desk; nothing is unlocked by it."""
        if self.guard is not None and self.guard.raise_desk():
            return
        self.window.show()
        self.window.raise_()
        self.window.activateWindow()

    def leave_soon(self) -> None:
        """The same, asked for by a signal: the program is in the middle of something."""
        self._background.post(self.leave)

    def leave(self) -> None:
        """An update or an uninstall asks for it: lock, then end. What is not sent stays and is sent another day."""
        if self.guard is not None:
            self.guard.lock(LockReason.UPDATE)
        self._app.quit()

    def _welcome_back(self, seat: Seat | None) -> None:
        """One coder with a lease on their own device unlocks without signing in."""
        if self.guard is None or self._house is None or seat is None:
            note, self._first_note = self._first_note, ""
            self.window.show_sign_in(note, busy=False, can_unlock=False)
            if self.guard is not None:
                self.guard.state = State.SIGNED_OUT
            return
        house = self._house
        self.guard.sit(seat)
        self._work(lambda: house.take_seat(seat), lambda _: None, self._background_trouble)
        self.window.show_cover(seat.coder.name, "Your lease lets you unlock without signing in.")

    def work_online_only(self) -> None:
        """The coder chose it: from now on nothing is kept on this computer, until the next start."""
        self._home = NoHome()
        self.window.offer_online_only(False)
        self.start()

    def _not_opened(self, trouble: BaseException) -> None:
        if not isinstance(trouble, WorkstationError):
            raise trouble
        self.window.set_ready(False)
        self.window.show_sign_in(f"{trouble} {trouble.remedy}", busy=False, can_unlock=False)
        self.window.offer_retry(self.start)
        self.window.offer_online_only(isinstance(trouble, KeyringTrouble))

    def stop(self) -> None:
        """End every process, thread and timer this program began."""
        self._second.stop()
        self._cancel_sign_in.set()
        if self._door is not None:
            self._door.close()
        if self.guard is not None:
            self.guard.stop()
        self._deafen()
        if self._watch is not None:
            self._watch.stop()
        if self._house is not None:
            if self.guard is not None and self.guard.seat is not None and self.guard.seat.policy.shared_workstation:
                self._house.sign_out(
                    self.guard.seat, revoke=False
                )  # nobody else's to unlock; the network is not waited for
            self._house.recorder.event(Act.APP_STOP, "")
            self._house.close(look=self.guard.look if self.guard else {})
        self._pool.shutdown(wait=True)
        self.practice_child.stop()

    def _closed(self) -> None:
        self._app.quit()

    @property
    def house(self) -> House:
        """Keys, journal, vaults and server, once they are open."""
        if self._house is None:
            raise RuntimeError("the house is not open yet")
        return self._house

    # ------------------------------------------------------------------ sign-in

    def sign_in(self) -> None:
        """In the system browser; pressing again opens another page and forgets the first."""
        house = self._house
        if house is None:
            return
        self._cancel_sign_in.set()
        cancelled = self._cancel_sign_in = threading.Event()
        self.window.show_sign_in("", busy=True, can_unlock=False)
        renew, self._renew_password = self._renew_password, False

        def go() -> Seat:
            arrived: Arrived = house.online.sign_in(
                self._open_browser, prompt_login=house.asks_anew() or renew, cancelled=cancelled
            )
            return house.seat_for(arrived, renew_password=renew)

        def arrived(seat: Seat) -> None:
            if self.guard is not None and not cancelled.is_set():
                self.window.raise_()
                self.guard.sit(seat)
                house.recorder.event(Act.SIGN_IN, seat.coder.user)
                house.uplink.nudge()
                self.guard.invite()

        def refused(trouble: BaseException) -> None:
            if not isinstance(trouble, WorkstationError):
                raise trouble
            if cancelled is not self._cancel_sign_in:
                return  # another sign-in has begun meanwhile
            self._renew_password = renew
            house.recorder.event(Act.SIGN_IN_FAILED, "", reason=type(trouble).__name__, outcome=Outcome.ABORTED)
            self.window.show_sign_in(f"{trouble} {trouble.remedy}", busy=False, can_unlock=self._can_unlock())

        self._work(go, arrived, refused)

    def _cancel(self) -> None:
        self._cancel_sign_in.set()
        self._cancel_sign_in = threading.Event()
        self.window.show_sign_in("", busy=False, can_unlock=self._can_unlock())

    def _can_unlock(self) -> bool:
        return self.guard is not None and self.guard.seat is not None

    def unlock(self) -> None:
        """Enter on the cover: the standby's unlock window comes."""
        if self.guard is not None:
            self.guard.invite()

    def _someone_else(self) -> None:
        if self.guard is not None:
            self.guard.vacate(sign_out=False)

    def forgotten(self) -> None:
        """The unlock password is forgotten: the next sign-in sets a new one."""
        self._renew_password = True
        self.window.show_sign_in(
            "Sign in to set a new unlock password. Work on this device that the server does not have yet "
            + (
                "stays here, sealed: tell your IT support, who can save it with the organisation's recovery key."
                if self._settings.recovery_key
                else "is lost then: nobody can open it without the old one. Try the old one again if you can."
            ),
            busy=False,
            can_unlock=False,
        )

    # ------------------------------------------------------------------ what the guard asks

    def _code_sets(self) -> dict[str, str]:
        """The code sets IT imported here; looked for anew for each desk."""
        return {} if isinstance(self._home, NoHome) else for_desks(self._home.codesets)

    def _start_desk(
        self, heard: Callable[[DeskProcess, Any], None], gone: Callable[[DeskProcess], None]
    ) -> DeskProcess:
        return DeskProcess(self._desk, heard, gone, self._code_sets())

    def _now(self) -> Moment:
        return Moment(self._clock.wall(), self._clock.boot())

    def _trail(self, wanted: TrailWanted, user: str) -> TrailPage:
        if self._house is None:
            raise RuntimeError("a trail before the journal")
        return page_of(wanted, user, self._house)

    def _device_rows(self) -> list[list[str]]:
        if self.guard is not None:
            self.device.capture = self.guard.capture
        guard = self.guard
        seat = guard.seat if guard is not None else None
        return rows_of(self.device, self._house, seat, guard.idle_lock if guard is not None else 0)

    def _state(self, state: State) -> None:
        house, guard = self._house, self.guard
        if house is None or guard is None:
            return
        if guard.forgotten:
            guard.forgotten = False
            self._background.post(self.forgotten)
        house.at_desk = guard.seat if state is State.DESK else None
        house.left = house.left or state is State.SIGNED_OUT
        if state in (State.DESK, State.LOCKED):
            house.uplink.nudge()

    # ------------------------------------------------------------------ clocks and sessions

    def _tick(self) -> None:
        house, guard = self._house, self.guard
        if guard is None or house is None:
            return
        guard.tick()
        news = house.news()
        seat = guard.seat
        if news.policy is not None and seat is not None and news.policy != seat.policy:
            guard.apply(news.policy)
            self._work(lambda: house.vaults.keep_profile(seat), lambda _: None, self._background_trouble)
        if news.erased:
            self._begin_anew()
        elif news.wiped:
            guard.lock(LockReason.WIPED)
            guard.vacate(sign_out=False, note=ERASED)
        elif news.lease_over:
            guard.lock(LockReason.LEASE)
            guard.vacate(sign_out=False, note="Your offline time is used up. Sign in again; your work is kept.")
        elif news.locked:
            guard.lock(LockReason.COMMAND)
        elif news.signed_out and guard.state is State.DESK:
            guard.lock(LockReason.SERVER)
            guard.vacate(sign_out=True)

    def _told(self, event: SessionEvent) -> None:
        """On any thread. On this one at once: Windows sleeps when its message has been answered."""
        if QThread.currentThread() is self.thread():
            self._session(event)
        else:
            self._background.post(lambda: self._session(event))

    def _cover_for_wipe(self) -> None:
        """On the uplink's thread: returns when no desk lives any more."""
        done = threading.Event()

        def lock() -> None:
            if self.guard is not None:
                self.guard.lock(LockReason.WIPED)
            done.set()

        self._background.post(lock)
        done.wait(WIPE_PATIENCE)

    def _begin_anew(self) -> None:
        """This device is no more. What a next sign-in makes is another one."""
        house, guard, self._house, self.guard = self._house, self.guard, None, None
        self._second.stop()
        if guard is not None:
            guard.stop()
        if self._watch is not None:
            self._watch.stop()
        if house is not None:
            house.close(look={})
        self._first_note = ERASED
        self.start()

    def _session(self, event: SessionEvent) -> None:
        if self.guard is not None:
            if event.locks:
                self.guard.lock(LockReason.SUSPEND if event is SessionEvent.SUSPENDING else LockReason.SYSTEM)
            else:
                self.guard.tick()  # before the first paint after a resume
        if self._watch is not None:
            if event is SessionEvent.SUSPENDING:
                self._watch.release_sleep()  # the desk is gone, or there was none
            elif event is SessionEvent.LOST:
                self._armed(self._watch.armed)

    def _armed(self, armed: Any) -> None:
        self.device.armed = armed
        self.device.platform = platform.system()
        if self.guard is not None:
            self.guard.watch(armed=bool(armed))

    # ------------------------------------------------------------------ workers

    def _work(
        self, call: Callable[[], Any], then: Callable[[Any], None], failed: Callable[[BaseException], None]
    ) -> None:
        def home(done: Future[Any]) -> None:
            def settle() -> None:
                error = done.exception()
                if error is None:
                    then(done.result())
                else:
                    failed(error)

            self._background.post(settle)

        try:
            self._pool.submit(call).add_done_callback(home)
        except RuntimeError:
            log.info("work was asked for while the program ends")

    def _background_trouble(self, error: BaseException) -> None:
        if not isinstance(error, ServerTrouble):
            raise error

    def _trouble(self, error: WorkstationError) -> None:
        self.window.show_sign_in(f"{error} {error.remedy}", busy=False, can_unlock=False)
