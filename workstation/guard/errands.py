"""What an open desk asks of its guard beside the audit: tokens, step-up codes, its trail, the facts of the device."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Protocol

from workstation import messages as m
from workstation.domain.audit import Act, Intent, Outcome, Subject
from workstation.errors import ServerBusy, SignedOutByServer, WorkstationError
from workstation.guard.desks import DeskProcess
from workstation.guard.recorder import Recorder
from workstation.guard.seat import Seat, vault_print

CheckJournal = Callable[[Callable[[int, int], bool]], list[list[str]]]
Worker = Callable[[Callable[[], Any], Callable[[Any], None], Callable[[BaseException], None]], None]


class NobodyListens(Exception):
    """The desk was locked: the check it asked for ends with it."""


class Vaults(Protocol):
    """What the guard keeps of a coder on disk and in the keyring; every call may block, none is made on the GUI thread."""

    def invitation(self, seat: Seat) -> tuple[m.Invite, bytearray]:
        """An Invite and the device half of the key. Raises LeaseExpired, KeyringTrouble."""

    def store_vault(self, seat: Seat, vault: dict[str, Any]) -> None: ...
    def count_try(self, seat: Seat) -> tuple[float, int]:
        """Write down a try before it is made; (seconds to wait first, tries left). Raises TooManyTries."""

    def clear_tries(self, seat: Seat) -> None: ...
    def use_time_code(self, seat: Seat, time_code: int) -> tuple[bool, float]: ...
    def step_up_failed(self, seat: Seat) -> None: ...
    def note_only_here(self, seat: Seat) -> None: ...


class Errands:
    """Each is done on a worker and answered through the pipe; none of them can hold up a lock."""

    def __init__(
        self,
        vaults: Vaults,
        recorder: Recorder,
        work: Worker,
        *,
        give_token: Callable[[bool], tuple[str, float]],
        trail: Callable[[m.TrailWanted, str], m.TrailPage],
        device_page: Callable[[], list[list[str]]],
        check_journal: CheckJournal,
    ) -> None:
        self._vaults, self._recorder, self._work = vaults, recorder, work
        self._give_token, self._trail, self._device_page = give_token, trail, device_page
        self._check_journal = check_journal
        self._checking = threading.Lock()

    def run(self, desk: DeskProcess, message: m.Message, seat: Seat) -> None:
        """Answer `message` of a desk that `seat` has open."""
        match message:
            case m.TokenWanted(request, stale):
                self._token(desk, request, stale)
            case m.TimeCodeUsed(request, time_code):
                self._time_code(desk, request, time_code, seat)
            case m.StepUpFailed():
                self._audit(Act.STEP_UP_FAILED, seat, Outcome.ABORTED)
                self._work(lambda: self._vaults.step_up_failed(seat), lambda _: None, _bug)
            case m.TrailWanted():
                self._answer(desk, lambda: self._trail(message, seat.coder.user))
            case m.JournalCheckWanted(request):
                # minutes, where the journal is large: no worker may be held that long
                threading.Thread(target=self._check, args=(desk, request), name="journal-check", daemon=True).start()
            case m.DeviceWanted(request):
                self._answer(desk, lambda: m.DevicePage(request, self._device_page()))

    def change_password(self, desk: DeskProcess, message: m.HalfWanted | m.VaultChanged, seat: Seat) -> None:
        """The device half for an open desk; then its new vault, on record before and after it is kept."""
        if isinstance(message, m.HalfWanted):

            def none(error: BaseException) -> None:
                if not isinstance(error, WorkstationError):
                    raise error
                desk.send(m.HalfRefused(str(error)))

            self._work(lambda: self._vaults.invitation(seat)[1], lambda half: _send_half(desk, half), none)
            return
        request, vault = message.request, message.vault

        def keep() -> None:
            intent = Intent(Act.PASSWORD_CHANGE, Subject(version=vault_print(vault)))
            begun = self._recorder.record(intent, seat.coder.user).result()
            self._vaults.store_vault(seat, vault)
            self._recorder.outcome(begun, Outcome.DONE).result()
            self._vaults.clear_tries(seat)

        def refused(error: BaseException) -> None:
            if not isinstance(error, WorkstationError):
                raise error
            desk.send(m.VaultKept(request, str(error)))

        self._work(keep, lambda _: _tell(desk, m.VaultKept(request)), refused)

    def _token(self, desk: DeskProcess, request: int, stale: bool) -> None:
        def given(answer: tuple[str, float]) -> None:
            desk.send(m.TokenAnswer(request, answer[0], answer[1], head=self._recorder.head))

        def refused(error: BaseException) -> None:
            desk.send(_no_token(request, error))
            if not isinstance(error, WorkstationError):
                raise error

        self._work(lambda: self._give_token(stale), given, refused)

    def _time_code(self, desk: DeskProcess, request: int, time_code: int, seat: Seat) -> None:
        def used(answer: tuple[bool, float]) -> None:
            accepted, wait = answer
            self._audit(Act.STEP_UP if accepted else Act.STEP_UP_FAILED, seat)
            desk.send(m.TimeCodeAnswer(request, accepted, wait))

        self._work(lambda: self._vaults.use_time_code(seat, time_code), used, _bug)

    def _answer(self, desk: DeskProcess, make: Callable[[], m.Message]) -> None:
        def made(message: m.Message) -> None:
            desk.send(message)

        self._work(make, made, _bug)

    def _check(self, desk: DeskProcess, request: int) -> None:
        """One at a time; a desk that is gone ends it."""
        if not self._checking.acquire(blocking=False):
            desk.send(m.JournalReport(request, [], "The check before is still ending. Ask again in a moment."))
            return
        try:
            rows = self._check_journal(lambda done, of: desk.send(m.JournalProgress(request, done, of)))
            desk.send(m.JournalReport(request, rows))
        except WorkstationError as trouble:
            desk.send(m.JournalReport(request, [], f"{trouble} {trouble.remedy}"))
        except NobodyListens:
            pass  # whoever asked is gone, and the answer with them
        finally:
            self._checking.release()

    def _audit(self, act: Act, seat: Seat, outcome: Outcome = Outcome.DONE) -> None:
        self._recorder.event(act, seat.coder.user, outcome=outcome)


def _send_half(desk: DeskProcess, half: bytearray) -> None:
    try:
        desk.channel.send_key("device-half", half)
    finally:
        half[:] = bytes(len(half))


def _no_token(request: int, error: BaseException) -> m.TokenAnswer:
    """In the words the desk's link understands: what to do about it differs."""
    if isinstance(error, SignedOutByServer):
        return m.TokenAnswer(request, why="signed-out")
    if isinstance(error, ServerBusy):
        return m.TokenAnswer(request, why="busy", wait=error.retry_after or 0.0)
    return m.TokenAnswer(request, why="offline")


def _tell(desk: DeskProcess, message: m.Message) -> None:
    desk.send(message)


def _bug(error: BaseException) -> None:
    raise error
