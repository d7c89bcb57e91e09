"""The guard: one state machine over sign-in, standby, desk, deadline and journal. It never sees a password or a chart."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from workstation import messages as m
from workstation.domain.audit import Act, Intent, Outcome, Subject
from workstation.domain.policy import Policy, policy_fields, unwatched
from workstation.domain.stricter import changes, is_of_the_computer
from workstation.errors import LeaseExpired, TooManyTries, WorkstationError
from workstation.guard.deadline import Deadline, Due, Moment, moved
from workstation.guard.desks import DeskProcess
from workstation.guard.errands import CheckJournal, Errands, Vaults, Worker
from workstation.guard.recorder import Recorder
from workstation.guard.seat import Seat
from workstation.guard.states import Face, LockReason, State
from workstation.host.capture import Capture

log = logging.getLogger(__name__)

HUNG_SECONDS = 6.0  # a desk whose event loop is silent this long is killed
INVITE_SECONDS = 60.0  # an unlock window without success goes away
SUSPEND_GAP = 30.0  # a tick that comes this late means the computer slept

_ACTS = {
    LockReason.IDLE: Act.AUTO_LOGOFF,
    LockReason.CLOCK: Act.CLOCK_CHANGED,
    LockReason.SIGN_OUT: Act.SIGN_OUT,
    LockReason.WIPED: Act.WIPE,
}


class Guard:
    """All methods run on the main thread, but for `_heard`, which answers what must not wait for it.

    `post` runs a function on the main thread; `work` runs one on a worker and brings its answer back to the main thread.
    """

    def __init__(
        self,
        *,
        face: Face,
        vaults: Vaults,
        recorder: Recorder,
        start_desk: Callable[..., DeskProcess],
        give_token: Callable[[bool], tuple[str, float]],
        trail: Callable[[m.TrailWanted, str], m.TrailPage],
        device_page: Callable[[], list[list[str]]],
        check_journal: CheckJournal = lambda tell: [],
        now: Callable[[], Moment],
        post: Callable[[Callable[[], None]], None],
        work: Worker,
        on_state: Callable[[State], None] = lambda state: None,
        open_intents: Callable[[Seat], list[str]] = lambda seat: [],
        newest_act: Callable[[Seat], str] = lambda seat: "",
        sign_out: Callable[[Seat], str],
        locks_unrecorded: bool = True,
    ) -> None:
        self._face, self._vaults, self._recorder = face, vaults, recorder
        self._start_desk = start_desk
        self._errands = Errands(
            vaults,
            recorder,
            work,
            give_token=give_token,
            trail=trail,
            device_page=device_page,
            check_journal=check_journal,
        )
        self._now, self._post, self._work, self._on_state = now, post, work, on_state
        self.open_intents, self._newest_act = open_intents, newest_act
        self._sign_out = sign_out
        self._locks_unrecorded = (
            locks_unrecorded  # online only a lock would lose work: what is not recorded is not shown
        )
        self.state = State.STARTING
        self.seat: Seat | None = None
        self.lock_epoch = 0
        self._standby: DeskProcess | None = None
        self._desk: DeskProcess | None = None
        self._waiting_invite: Callable[[], None] | None = None
        policy = Policy()
        self._deadline = Deadline(
            now(),
            idle_lock=policy.idle_lock,
            idle_warning=policy.idle_warning,
            idle_sign_out=policy.idle_sign_out,
        )
        self._watched = True  # until the watch has asked
        self._last_tick = now()
        self._last_alive = now().boot
        self._invited_at = now()
        self._warned = 0
        self._unstored: dict[str, Any] | None = None  # a new vault that may not be on the disk yet
        self.look: dict[str, Any] = {}
        self.capture = ""  # whether the desk's windows can be captured, as the last desk read it back
        self.forgotten = False  # the coder asked to set a new unlock password

    # ------------------------------------------------------------------ what happens to the guard

    def warm(self) -> None:
        """Keep one standby: imported, keyless, waiting."""
        if self._standby is None and self.state is not State.STOPPED:
            self._standby = self._start_desk(self._heard, lambda desk: self._post(lambda: self._gone(desk)))

    def sit(self, seat: Seat) -> None:
        """A coder has signed in (or has a lease from before): their unlock window comes next."""
        self.seat = seat
        self.apply(seat.policy)
        if is_of_the_computer(seat.policy):  # the server's own can be read there by its version; this one cannot
            self._audit(Act.POLICY_CHANGE, f"{seat.policy.version}: {changes(Policy(), seat.policy)}")
        self._enter(State.LOCKED)

    def watch(self, *, armed: bool) -> None:
        """Whether anything tells of an OS lock or of sleep. Where nothing does, the deadline is shorter."""
        if armed is not self._watched:
            self._watched = armed
            self._audit(Act.POLICY_CHANGE, "session sources armed" if armed else "no session source is armed")
            self._set_deadline(self.seat.policy if self.seat is not None else Policy())

    @property
    def idle_lock(self) -> int:
        """Seconds without input until the lock, as it is now."""
        policy = self.seat.policy if self.seat is not None else Policy()
        return (policy if self._watched else unwatched(policy)).idle_lock

    def _set_deadline(self, policy: Policy) -> None:
        now = policy if self._watched else unwatched(policy)
        self._deadline.change(idle_lock=now.idle_lock, idle_warning=now.idle_warning, idle_sign_out=now.idle_sign_out)

    def apply(self, policy: Policy) -> None:
        """A policy takes effect at once."""
        self._set_deadline(policy)
        if self.seat is not None and policy != self.seat.policy:
            self._audit(Act.POLICY_CHANGE, f"{policy.version}: {changes(self.seat.policy, policy)}")
        if self.seat is not None:
            self.seat.policy = policy
        if self._desk is not None:
            self._desk.send(m.PolicyIs(policy_fields(policy)))

    def invite(self) -> None:
        """Show the unlock (or enrolment) window: the standby's, so that the password lives in a process that dies."""
        seat = self.seat
        if seat is None or self.state is not State.LOCKED:
            return
        self._enter(State.INVITING)
        self._invited_at = self._now()
        self.warm()
        standby, epoch = self._standby, self.lock_epoch

        def invited(answer: tuple[m.Invite, bytearray]) -> None:
            invite, half = answer
            try:
                still = self.lock_epoch == epoch and self._standby is standby and self.state is State.INVITING
                if still and standby is not None:
                    standby.send(
                        replace(
                            invite,
                            lock_epoch=epoch,
                            look=dict(self.look),
                            open_intents=self.open_intents(seat),
                            newest_act=self._newest_act(seat),
                        )
                    )
                    standby.channel.send_key("device-half", half)
            finally:
                half[:] = bytes(len(half))

        def refused(error: BaseException) -> None:
            if not isinstance(error, WorkstationError):
                raise error
            if isinstance(error, LeaseExpired):
                self.vacate(sign_out=False, note=f"{error} {error.remedy}")
            else:
                self._enter(State.LOCKED)
                self._cover(f"{error} {error.remedy}")

        unstored = self._unstored

        def invitation() -> tuple[m.Invite, bytearray]:
            if unstored is not None:  # locked a moment after the enrolment: its vault must not be missed
                self._vaults.store_vault(seat, unstored)
            return self._vaults.invitation(seat)

        self._work(invitation, invited, refused)

    def lock(self, reason: LockReason) -> None:
        """Cover, then end whatever holds a key. Nothing may delay this: no dialog, no network, no answer."""
        was = self.state
        self.lock_epoch += 1
        if was in (State.DESK, State.INVITING):
            self._cover(reason.value)
            desk, self._desk = self._desk, None
            if desk is not None:
                desk.kill(flush=reason is not LockReason.HUNG)
                self._note_only_here(desk.only_here)
            if was is State.INVITING and self._standby is not None:
                standby, self._standby = self._standby, None
                standby.kill()
            self._enter(State.LOCKED)
            if was is State.DESK or reason is LockReason.CLOCK:
                self._audit(_ACTS.get(reason, Act.LOCK), reason.name.lower())
            self._post(self.warm)  # after the cover is up and the desk is gone

    def tick(self) -> None:
        """Once a second and at each resume: the deadline, the heart of the desk, the patience of the unlock window."""
        now = self._now()
        slept = now.boot - self._last_tick.boot > SUSPEND_GAP
        self._last_tick = now
        if self.state is State.DESK:
            verdict = self._deadline.check(now)
            if verdict.due is Due.CLOCK:
                self.lock(LockReason.CLOCK)
            elif verdict.due in (Due.LOCK, Due.SIGN_OUT):
                self.lock(LockReason.IDLE)
            elif slept:
                self.lock(LockReason.SUSPEND)
            elif now.boot - self._last_alive > HUNG_SECONDS:
                self.lock(LockReason.HUNG)
            else:
                self._warn(verdict.seconds_left if verdict.due is Due.WARN else 0)
        elif self.state is State.INVITING:
            if moved(self._invited_at, now):
                self.lock(LockReason.CLOCK)
            elif slept or now.boot - self._invited_at.boot > INVITE_SECONDS:
                self.lock(LockReason.TIMEOUT)
        if self.state is State.LOCKED and self._deadline.is_over(now):
            self.vacate()

    def raise_desk(self) -> bool:
        """Bring the desk's window forward; False when the guard's own stands in front."""
        shown = self._desk if self.state is State.DESK else self._standby if self.state is State.INVITING else None
        return shown is not None and shown.send(m.Raise())

    def pids(self) -> list[int]:
        """The desk and the standby that live now."""
        return [desk.pid for desk in (self._desk, self._standby) if desk is not None]

    def stop(self) -> None:
        """End of the program: no process of ours outlives it."""
        self.lock_epoch += 1
        for desk in (self._desk, self._standby):
            if desk is not None:
                desk.kill(flush=desk is self._desk)
        self._desk = self._standby = None
        self._enter(State.STOPPED)

    # ------------------------------------------------------------------ what desks say

    def _heard(self, desk: DeskProcess, message: m.Message) -> None:
        """On the channel's thread: audit is answered from the journal's thread without passing the main one."""
        seat = self.seat
        if isinstance(message, m.IntentAsked) and seat is not None and desk is self._desk:
            self._record(desk, message, seat.coder.user)
        elif isinstance(message, m.OnlyHere):
            desk.only_here = message.encounters
        elif isinstance(message, m.OutcomeTold):
            self._recorder.outcome(message.intent_id, Outcome(message.outcome), message.reason)
        else:
            self._post(lambda: self._said(desk, message))

    def _record(self, desk: DeskProcess, message: m.IntentAsked, user: str) -> None:
        intent = intent_from(message.intent)

        def answer(done: Any) -> None:
            error = done.exception()
            if error is None:
                desk.send(m.Recorded(message.request, done.result(), self._recorder.head))
            else:
                desk.send(m.NotRecorded(message.request, str(error)))
                if self._locks_unrecorded:
                    self._post(lambda: self.lock(LockReason.AUDIT))

        self._recorder.record(intent, user).add_done_callback(answer)

    def _said(self, desk: DeskProcess, message: m.Message) -> None:  # noqa: C901  one line a message
        if desk is not self._desk and desk is not self._standby:
            return  # the last words of a process already given up
        match message:
            case m.Ready():
                desk.is_ready = True
            case m.Shown():
                self._face.step_aside()
            case m.Alive(last_input):
                now = self._now()
                self._last_alive = now.boot
                self._deadline.touched(last_input, now)
            case m.TryWanted(request):
                self._count_try(desk, request)
            case m.TryFailed():
                self._audit(Act.UNLOCK_FAILED, "password", Outcome.ABORTED)
            case m.IntentAsked() if desk is self._desk and self.seat is not None:
                self._record(desk, message, self.seat.coder.user)  # asked in the moment of unlocking
            case m.Opened(lock_epoch, vault, newest_act):
                self._recorder.compare(newest_act)
                self._opened(desk, lock_epoch, vault)
            case m.GaveUp(why):
                self._gave_up(why)
            case m.LockWanted(why):
                self._lock_wanted(why)
            case m.HalfWanted() | m.VaultChanged() if desk is self._desk and self.seat is not None:
                self._errands.change_password(desk, message, self.seat)
            case (
                m.TokenWanted()
                | m.TimeCodeUsed()
                | m.StepUpFailed()
                | m.TrailWanted()
                | m.DeviceWanted()
                | m.JournalCheckWanted()
            ):
                if self.seat is not None:
                    self._errands.run(desk, message, self.seat)
            case m.CaptureIs(state):
                self._captured(state)
            case m.LookChosen(look):
                self.look = {**self.look, **look}
                self._face.look(self.look)
            case m.CacheAside(why):
                self._audit(Act.CACHE_DAMAGED, why, Outcome.FAILED)
            case _:
                log.error("a desk sent a message only a guard sends: %s", type(message).__name__)

    def _opened(self, desk: DeskProcess, lock_epoch: int, vault: dict[str, Any] | None) -> None:
        seat = self.seat
        if seat is None or lock_epoch != self.lock_epoch or desk is not self._standby:
            desk.kill()  # an unlock that finished after a lock is thrown away with its key
            return
        now = self._now()
        if moved(self._invited_at, now):
            self.lock(LockReason.CLOCK)  # the lease was judged by another clock
            return
        self._standby, self._desk = None, desk
        self._deadline.restart(now)
        self._last_alive, self._warned = now.boot, 0
        self._enter(State.DESK)
        if vault is not None:
            self._unstored = vault
            self._work(lambda: self._vaults.store_vault(seat, vault), lambda _: self._stored(vault), self._disk_trouble)
        self._work(lambda: self._vaults.clear_tries(seat), lambda _: None, self._disk_trouble)
        self._note_only_here(None)  # until its last words: a desk that is cut down may have had some
        self._audit(Act.ENROL if vault is not None else Act.UNLOCK)
        self._post(self.warm)

    def _captured(self, state: str) -> None:
        """A window that can be captured is on record, and so is the policy that allows it."""
        was, self.capture = self.capture, state
        if state == Capture.ALLOWED or (was == Capture.ALLOWED and state == Capture.BLOCKED):
            self._audit(Act.POLICY_CHANGE, f"screen capture {state}")
        elif state == Capture.NOT_BLOCKED and was != state:
            self._audit(Act.POLICY_CHANGE, "screen capture cannot be blocked", Outcome.FAILED)

    def _count_try(self, desk: DeskProcess, request: int) -> None:
        seat = self.seat
        if seat is None:
            return

        def counted(answer: tuple[float, int]) -> None:
            wait, left = answer
            desk.send(m.TryAnswer(request, wait <= 0, wait, left))

        def refused(error: BaseException) -> None:
            if not isinstance(error, TooManyTries):
                return self._bug(error)
            self._audit(Act.UNLOCK_FAILED, "lease destroyed", Outcome.FAILED)
            return self.vacate(sign_out=False, note=f"{error} Sign in again to unlock. Unsent work is kept.")

        self._work(lambda: self._vaults.count_try(seat), counted, refused)

    def _gave_up(self, why: str) -> None:
        self.lock(LockReason.TIMEOUT)
        if why == "forgotten":
            self.forgotten = True
            self.vacate(sign_out=False)

    def _lock_wanted(self, why: str) -> None:
        if why in ("switch", "sign-out"):
            self.vacate(sign_out=why == "sign-out")
        elif why == "renew":
            self.vacate(sign_out=False, note="The server has ended your session. Sign in to send what waits.")
        else:
            self.lock({"idle": LockReason.IDLE, "suspend": LockReason.SUSPEND}.get(why, LockReason.KEY))

    def vacate(self, *, sign_out: bool = True, note: str = "") -> None:
        """The seat becomes free for the next coder; with `sign_out` the server session is revoked."""
        self.lock(LockReason.SIGN_OUT if sign_out else LockReason.SWITCH)
        seat, self.seat, self._unstored = self.seat, None, None
        self._enter(State.SIGNED_OUT)
        self._face.show_sign_in(note, busy=False, can_unlock=False)
        if seat is not None and sign_out:
            self._work(lambda: self._sign_out(seat), self._signed_out, self._bug)

    def _signed_out(self, words: str) -> None:
        """What the sign-out left on this computer, if the coder is to know and nobody has gone on meanwhile."""
        if words and self.state is State.SIGNED_OUT:
            self._face.show_sign_in(words, busy=False, can_unlock=False)

    def _gone(self, desk: DeskProcess) -> None:
        """A process ended by itself: a crash of the desk is a lock, a crash of the standby is replaced."""
        if desk is self._desk:
            self.lock(LockReason.CRASHED)
        elif desk is self._standby:
            self._standby = None
            desk.kill()
            if self.state is State.INVITING:
                self.lock(LockReason.TIMEOUT)
            else:
                self._post(self.warm)

    # ------------------------------------------------------------------ small things

    def _enter(self, state: State) -> None:
        if state is not self.state:
            self.state = state
            self._on_state(state)

    def _cover(self, note: str) -> None:
        self._face.show_cover(self.seat.coder.name if self.seat else "", note)

    def _note_only_here(self, encounters: int | None) -> None:
        seat = self.seat
        if seat is not None:
            seat.only_here = encounters
            self._work(lambda: self._vaults.note_only_here(seat), lambda _: None, self._disk_trouble)

    def _warn(self, seconds: int) -> None:
        if self._desk is not None and (seconds or self._warned):
            self._desk.send(m.Countdown(seconds))
        self._warned = seconds

    def _audit(self, act: Act, reason: str = "", outcome: Outcome = Outcome.DONE) -> None:
        user = self.seat.coder.user if self.seat else ""
        self._recorder.event(act, user, reason=reason, outcome=outcome)

    def _stored(self, vault: dict[str, Any]) -> None:
        if self._unstored is vault:
            self._unstored = None

    def _disk_trouble(self, error: BaseException) -> None:
        """What must be kept cannot be: locked, and the cover says why. The next unlock tries again."""
        if not isinstance(error, WorkstationError):
            raise error
        self.lock(LockReason.DISK)

    def _bug(self, error: BaseException) -> None:
        raise error


def intent_from(fields: dict[str, Any]) -> Intent:
    """An intent as the channel carries it. Raises ValueError for an act nobody knows."""
    subject = Subject(**fields.get("subject", {}))
    return Intent(
        Act(fields["act"]),
        subject,
        fields.get("reason", ""),
        fields.get("request_id", ""),
        fields.get("id", ""),
    )
