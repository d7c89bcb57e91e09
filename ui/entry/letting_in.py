"""From an invitation to an open cache: unlock, or the first enrolment, each a few steps that may fail and be repeated."""

from __future__ import annotations

import base64
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from ui.background import Background
from ui.entry.enrol import EnrolPage
from ui.entry.unlock import UnlockPage
from workstation import messages as m
from workstation.cache import acts
from workstation.cache.database import Database
from workstation.cache.quarantine import open_or_rebuild
from workstation.domain.policy import Policy
from workstation.errors import StepUpRefused, WorkstationError, WrongPassword
from workstation.host.clock import Clock
from workstation.keys.derive import zero
from workstation.keys.step_up import matching_time_code, provisioning_uri
from workstation.keys.vault import VaultIdentity, WrappedRecord, enrol, open_vault
from workstation.link import GuardLink


@dataclass(frozen=True)
class LetIn:
    """A coder who may see their charts: the open cache, their new vault if there is one, and what had to be rescued."""

    database: Database
    vault: dict[str, Any] | None
    rescued: str
    newest_act: str = ""


class LettingIn(QObject):
    """Owns every secret of the entry; keys are derived on its one worker, so that the page never stands still."""

    let_in = Signal(object)

    def __init__(
        self, link: GuardLink, background: Background, unlock: UnlockPage, enrolment: EnrolPage, clock: Clock
    ) -> None:
        super().__init__()
        self._link, self._background, self._clock = link, background, clock
        self._unlock, self._enrol = unlock, enrolment
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="vault")
        self._invite: m.Invite | None = None
        self._policy = Policy()
        self._half = bytearray()
        self._secret = ""
        self._vault: dict[str, Any] = {}
        self._pending: tuple[dict[str, Any], bytearray] | None = None  # a new vault whose code is not yet proven
        unlock.submitted.connect(self._try)
        unlock.left.connect(lambda: link.tell(m.GaveUp("cancel")))
        unlock.sign_in_instead.connect(lambda: link.tell(m.GaveUp("forgotten")))
        enrolment.password_chosen.connect(self._choose)
        enrolment.code_typed.connect(self._prove)
        enrolment.show_code.connect(self._show_practice_code)

    @property
    def vault(self) -> dict[str, Any]:
        """The wrapped record this desk was opened with."""
        return self._vault

    def begin(self, invite: m.Invite, half: bytearray, policy: Policy) -> EnrolPage | UnlockPage:
        """The page to show. `half` is this device's part of the key; it is zeroed once the cache is open."""
        self._invite, self._half, self._policy = invite, half, policy
        coder = str(invite.coder["name"])
        if invite.mode == "enrol":
            self._enrol.invite(coder, str(invite.coder["user"]), practice=invite.practice)
            return self._enrol
        until = datetime.fromtimestamp(invite.lease_until).astimezone()
        words = f"You can unlock without signing in until {until:%H:%M on %A}."
        self._unlock.invite(coder, words, wants_code=policy.step_up_at_unlock)
        return self._unlock

    # ------------------------------------------------------------------ unlock

    def _try(self, password: str, code: str) -> None:
        def allowed(answer: m.TryAnswer) -> None:
            if not answer.allowed:
                self._unlock.hold_off(answer.wait)
                return
            opened = self._worker.submit(self._open_vault, password)
            self._background.when_done(
                opened,
                lambda found: self._right(found[0], found[1], code),
                lambda trouble: self._wrong(trouble, answer.left),
                of=self,
            )

        self._background.when_done(self._link.ask_try(), allowed, of=self)

    def _open_vault(self, password: str) -> tuple[bytearray, str]:
        if self._invite is None or self._invite.vault is None:
            raise WrongPassword
        secret = bytearray(password.encode())
        try:
            vault = open_vault(WrappedRecord.from_json(self._invite.vault), secret, self._half)
        finally:
            zero(secret)
        return vault.dek, vault.step_up_secret

    def _wrong(self, trouble: WorkstationError, left: int) -> None:
        if isinstance(trouble, WrongPassword):
            self._link.tell(m.TryFailed())
            tries = f" {left} tries left before you must sign in again." if left <= 5 else ""
            self._unlock.refuse(f"{trouble} {trouble.remedy}{tries}")
        else:
            self._unlock.refuse(f"{trouble} {trouble.remedy}")

    def _right(self, dek: bytearray, secret: str, code: str) -> None:
        self._secret = secret
        if not self._policy.step_up_at_unlock:
            self._open_cache(dek, None)
            return

        def refused(trouble: WorkstationError) -> None:
            zero(dek)
            self._unlock.refuse(f"{trouble} {trouble.remedy}")

        self._background.when_done(self.check_code(code), lambda _: self._open_cache(dek, None), refused, of=self)

    def check_code(self, typed: str) -> Future[None]:
        """A step-up code: right, and counted by the guard as used. The future raises StepUpRefused."""
        done: Future[None] = Future()
        time_code = matching_time_code(self._secret, typed, self._clock.wall())
        if time_code is None:
            self._link.tell(m.StepUpFailed())
            done.set_exception(StepUpRefused())
            return done

        def answered(answer: m.TimeCodeAnswer) -> None:
            if answer.accepted:
                done.set_result(None)
            else:
                wait = f"Wait {round(answer.wait / 60) + 1} minutes." if answer.wait else "It was used before."
                done.set_exception(StepUpRefused(wait))

        self._background.when_done(self._link.ask_time_code(time_code), answered, of=self)
        return done

    # ------------------------------------------------------------------ first enrolment

    def _choose(self, password: str) -> None:
        invite = self._invite
        if invite is None:
            return

        def make() -> tuple[dict[str, Any], bytearray, str]:
            secret = bytearray(password.encode())
            try:
                record, dek, seed = enrol(
                    secret,
                    self._half,
                    VaultIdentity.from_json(invite.identity),
                    recovery_key=base64.b64decode(str(invite.server.get("recovery_key", ""))),
                )
            finally:
                zero(secret)
            return record.to_json(), dek, seed

        def made(answer: tuple[dict[str, Any], bytearray, str]) -> None:
            vault, dek, self._secret = answer
            self._pending = (vault, dek)
            uri = provisioning_uri(self._secret, str(invite.coder["user"]), "Coder Workstation")
            self._enrol.ask_code(uri, self._secret)

        self._background.when_done(self._worker.submit(make), made, of=self)

    def _prove(self, typed: str) -> None:
        pending = self._pending
        if pending is None:
            return
        self._background.when_done(
            self.check_code(typed),
            lambda _: self._open_cache(pending[1], pending[0]),
            lambda trouble: self._enrol.refuse(f"{trouble} {trouble.remedy}"),
            of=self,
        )

    def _show_practice_code(self) -> None:
        code = self.practice_code()
        if code:
            self._enrol.show_practice_code(code)

    def practice_code(self) -> str:
        """The code of now, in the practice hospital alone: nobody there has the coder's phone."""
        if self._invite is None or not self._invite.practice or not self._secret:
            return ""
        from pyotp import TOTP

        return TOTP(self._secret).now()

    def rewrapped(self, vault: dict[str, Any]) -> None:
        """The password was changed: from now on this is the record in force."""
        self._vault = vault

    # ------------------------------------------------------------------ the cache

    def _open_cache(self, dek: bytearray, vault: dict[str, Any] | None) -> None:
        invite = self._invite
        if invite is None:
            zero(dek)
            return
        cache = Path(invite.folder) / "cache.db" if invite.folder else None

        must_hold = invite.newest_act if vault is None else ""

        def open_it() -> tuple[Database, str, str]:
            try:
                if cache is None:  # online only: in memory, and gone with this process
                    return Database(None, dek), "", ""
                now = datetime.now().astimezone()
                database, salvage = open_or_rebuild(cache, dek, now, must_hold=must_hold)
                newest = database.read(acts.newest).result()
                return database, "" if salvage is None else str(salvage), newest
            finally:
                zero(dek)

        def opened(answer: tuple[Database, str, str]) -> None:
            zero(self._half)
            self._pending = None
            self._vault = vault or invite.vault or {}
            self.let_in.emit(LetIn(answer[0], vault, answer[1], answer[2]))
            self._unlock.forget()
            self._enrol.forget()

        self._background.when_done(self._worker.submit(open_it), opened, self._cannot_open, of=self)

    def _cannot_open(self, trouble: WorkstationError) -> None:
        page = self._enrol if self._pending else self._unlock
        page.refuse(f"{trouble} {trouble.remedy}")
