"""The guard's house: keys, journal, vaults, server and uplink, opened together and closed together."""

from __future__ import annotations

import base64
import contextlib
import json
import platform
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workstation import VERSION
from workstation.domain.audit import Act, Outcome, Subject
from workstation.domain.policy import Policy
from workstation.domain.stricter import as_the_server_said
from workstation.durable import read_whole, write_whole
from workstation.errors import (
    ServerTrouble,
    SignedOutByServer,
    SignInRefused,
    WorkstationError,
    WrongCertificate,
    WrongServerKey,
)
from workstation.fhir.audit import AuditSource
from workstation.fhir.commands import Command, complete, refusal, reject
from workstation.guard.connection import DeviceServer, RecordedTail
from workstation.guard.notary import Notary
from workstation.guard.online import Arrived, Online
from workstation.guard.online_only import ConfirmedRecorder
from workstation.guard.orders import Orders
from workstation.guard.recorder import Recorder
from workstation.guard.seat import Seat
from workstation.guard.upkeep import Upkeep
from workstation.guard.uplink import POLL_SECONDS, Uplink, UplinkKind, UplinkState, UplinkThread
from workstation.guard.vaults import CoderVaults, Left
from workstation.guard.verify_journal import judge
from workstation.guard.wipe import Wipe, finish_without_keys
from workstation.host.clock import Clock
from workstation.host.paths import Home, NoHome
from workstation.journal.store import Journal
from workstation.keys.device import DeviceKeys
from workstation.managed.inforce import Managed, unmanaged
from workstation.settings import ServerSettings

LONG_AFTER = 3600.0  # seconds until the next step of a device that was erased: the program has begun anew by then


@dataclass(frozen=True, slots=True)
class News:
    """What the server has said since the last look."""

    policy: Policy | None = None
    wiped: bool = False
    locked: bool = False
    signed_out: bool = False
    lease_over: bool = False
    erased: bool = False  # the wipe is at its end: this device is no more


class House:
    """Everything the guard keeps. Methods block: call them on workers, but `news` and `uplink_state`."""

    def __init__(
        self,
        home: Home,
        keys: DeviceKeys,
        vaults: CoderVaults,
        online: Online,
        recorder: Recorder,
        clock: Clock,
        managed: Callable[[], Managed] = unmanaged,
    ) -> None:
        self.managed = managed  # what IT has set on this computer, read anew at each call
        self._held = managed().held
        self.home, self.keys, self.vaults, self.online, self.recorder = home, keys, vaults, online, recorder
        self._clock = clock
        online.head = lambda: recorder.head
        self._server = DeviceServer(online)
        tail = RecordedTail(recorder)
        self._notary = Notary(
            home.guard / "receipts.json",
            base=lambda: online.settings.base,
            device=keys.device,
            published=online.published,
            pinned=base64.b64decode(online.settings.receipt_key),
            hash_at=tail.hash_at,
        )
        self._uplink = Uplink(self._server, tail, self._source, self._notary)
        self.uplink_state = UplinkState(UplinkKind.WORKING)
        self.uplink = UplinkThread(self._step, self._may_hurry)
        self.upkeep = Upkeep(
            recorder, clock, lambda told: judge(home, keys, progress=told, gently=True)[0], self.uplink.is_ending
        )
        self._poll_at = 0.0
        self._leased_at = 0.0
        self.at_desk: Seat | None = None  # whose desk is open now
        self.left = False  # a coder has signed out or given the seat to another since the start
        self.wipe = Wipe(home, keys, recorder, self._server, send_tail=self._send_tail, now=clock.wall)
        self.online_only = isinstance(recorder, ConfirmedRecorder)  # no keyring: nothing is kept on this computer
        if isinstance(recorder, ConfirmedRecorder):
            recorder.hurry = self.uplink.nudge
        self._heard_at: float | None = None  # boot seconds of the server's last answer
        self.last_policy = Policy()  # as the server said it
        self._orders = Orders(home.guard / "commands.json")
        self._ended = False
        self._news = News()
        self._lock = threading.Lock()

    # ------------------------------------------------------------------ coders

    def seat_for(self, arrived: Arrived, *, renew_password: bool) -> Seat:
        """A coder has signed in: their folder, lease and session on this device."""
        self.last_policy = arrived.policy
        policy = self.managed().over(arrived.policy)
        seat = self.vaults.welcome(self.online.settings.base, arrived.coder, policy, renew_password=renew_password)
        self.left = False
        self.recorder.run(lambda journal: journal.introduce(arrived.coder)).result()
        self.online.keep_for(lambda refresh: self.vaults.keep_session(seat, refresh))
        return seat

    def take_seat(self, seat: Seat) -> None:
        """A coder comes back within the lease: the session of their last sign-in goes on."""
        self.last_policy = as_the_server_said(seat.policy)
        self.recorder.run(lambda journal: journal.introduce(seat.coder)).result()
        self.online.resume(
            self.vaults.session(seat),
            f"Practitioner/{seat.coder.practitioner_id}",
            lambda refresh: self.vaults.keep_session(seat, refresh),
        )

    def sign_out(self, seat: Seat, *, revoke: bool = True) -> str:
        """Revoke the server session (RFC 7009), then forget it here; what the coder should know of what is left."""
        if revoke:
            self.online.leave()
        left = self.vaults.sign_out(seat)
        if left is Left.SHREDDED:
            self.recorder.event(Act.PURGE, seat.coder.user, reason="signed out of a shared workstation")
        if left is not Left.LOCKED_AWAY:
            return ""
        return "Signed out. Work the server does not have yet stays here, encrypted, until its coder signs in again."

    def open_intents(self, seat: Seat) -> list[str]:
        """Acts of this coder whose outcome a crash cut off; their next desk says whether they were done.

        A change of password is the guard's own: which vault lies there says whether it was kept.
        """
        found = self.recorder.run(lambda journal: journal.open_intents()).result(5)
        mine = [entry for entry in found if entry.user == seat.coder.user]
        for entry in mine:
            if entry.act is Act.PASSWORD_CHANGE:
                kept = self.vaults.vault_print(seat) == entry.subject.version
                outcome = Outcome.DONE if kept else Outcome.ABORTED
                self.recorder.outcome(entry.id, outcome, "settled at the next unlock")
        return [entry.id for entry in mine if entry.act is not Act.PASSWORD_CHANGE]

    def newest_act(self, seat: Seat) -> str:
        """The last act of this coder that is done: a cache without it was put back to an earlier state."""
        return self.recorder.run(lambda journal: journal.newest_done(seat.coder.user)).result(5)

    def asks_anew(self) -> bool:
        """Whether the identity provider must ask who is there: a browser may still know the coder before.

        On a coder's own computer its session may be used: at most one coder, and no policy that says `shared`.
        """
        return self.left or not self.vaults.is_one_coders_own()

    def tidy(self) -> None:
        """At the start: end on a shared workstation what a crash left open."""
        ended = self.vaults.end_left_behind()
        if ended:
            self.recorder.event(Act.SIGN_OUT, "", reason=f"{ended} left behind")
        self._expire()

    def _expire(self) -> None:
        """Charts the server has not confirmed for the cache's lifetime are destroyed, server or no server."""
        expired = self.vaults.expire(self.at_desk)
        if expired:
            self.recorder.event(Act.PURGE, "", reason=f"{expired} caches outlived their time")

    # ------------------------------------------------------------------ the uplink's thread

    def _source(self) -> AuditSource:
        return AuditSource(
            installation=self.keys.device,
            version=VERSION,
            host_name=platform.node(),
            base=self.online.settings.base,
            device=self.online.device_reference,
        )

    def _step(self) -> float:
        """Commands and policy when they are due, then one batch of events; seconds until the next step."""
        now = self._clock.boot()
        if now >= self._poll_at:
            self._poll()
            self._poll_at = now + POLL_SECONDS
            if self._ended:
                return LONG_AFTER
            self._expire()
            self.vaults.see_time()
            self.recorder.run(lambda journal: journal.tick())
            if not self.online_only and not self.wipe.is_pending():
                self.upkeep.step(None if self._heard_at is None else self.last_policy.journal_retention)
        self.uplink_state = self._uplink.step()
        if self.uplink_state.kind not in (UplinkKind.IN_STEP, UplinkKind.WORKING):
            self.recorder.unconfirmed(self.uplink_state.message)
        return self.uplink_state.next_in

    def receipt_keys(self) -> tuple[bytes, ...]:
        """The keys a receipt of this server may be signed by."""
        return self._notary.keys

    def heard_ago(self) -> float | None:
        """Seconds since the server last answered this device; None when it has not since the start."""
        return None if self._heard_at is None else self._clock.boot() - self._heard_at

    def hurry(self) -> None:
        """Ask for commands and policy with the next step, which comes now."""
        self._poll_at = 0.0
        self.uplink.nudge()

    def _may_hurry(self) -> bool:
        return self.online_only or self.uplink_state.kind not in (
            UplinkKind.BUSY,
            UplinkKind.REFUSED,
            UplinkKind.NO_RECEIPT,
        )

    def _poll(self) -> None:
        if self.wipe.is_pending():
            self._go_on_wiping()
            return
        try:
            retired, commands, policy = self.online.poll(self._server.client())
            self._heard_at = self._clock.boot()
            self.last_policy = policy or self.last_policy
            self._lease(reached=True)
            purged = self.vaults.purge_dormant(self.at_desk)
            if purged:
                self.recorder.event(Act.PURGE, "", reason=f"{purged} dormant")
        except SignedOutByServer:
            self._tell(News(signed_out=not self.online.can_send_while_locked()))
            return
        except ServerTrouble as trouble:
            wrong = isinstance(trouble, WrongCertificate | WrongServerKey)
            if wrong and self._orders.first(f"certificate {time.strftime('%j', time.gmtime(self._clock.wall()))}"):
                self.recorder.event(Act.WRONG_SERVER, "", reason=type(trouble).__name__, outcome=Outcome.ABORTED)
            self._lease(reached=False)
            self._apply(None)
            return
        for command in commands:
            self._obey(command)
        if retired:
            self._retire()
        if self.wipe.is_pending():
            self._go_on_wiping()
            return
        self._apply(policy)

    def _apply(self, policy: Policy | None) -> None:
        """What the server has just said, and what IT has changed on this computer, also while no server answers."""
        managed = self.managed()
        changed, self._held = managed.held != self._held, managed.held
        if policy is not None or changed:
            self._tell(News(policy=managed.over(self.last_policy)))

    # ------------------------------------------------------------------ commands

    def _obey(self, command: Command) -> None:
        """Once, and only where the organisation's signature is right or none is required; each refusal is on record."""
        if self._orders.was_refused(command):
            return
        act = Act.WIPE if command.kind == "wipe" else Act.LOCK
        why = refusal(command, self.keys.device, self.online.settings.command_key_bytes, self._orders.spent())
        if why == "replayed" and command.kind == "lock" and self._orders.has_obeyed(command):
            with contextlib.suppress(ServerTrouble):
                complete(self._server, command)  # it was obeyed, and only the report did not arrive
            return
        if why:
            self._orders.refuse(command)
            subject = Subject(what=command.task, version=command.version)
            self.recorder.event(act, "", reason=f"refused: {why}", outcome=Outcome.FAILED, subject=subject)
            with contextlib.suppress(ServerTrouble):
                reject(self._server, command, why)
            return
        if command.kind == "wipe":
            self.wipe.begin(command)  # marked first: a crash here is a wipe that goes on
            self._orders.spend(command)
        else:
            self._orders.spend(command)
            self._tell(News(locked=True))
            with contextlib.suppress(ServerTrouble):
                complete(self._server, command)

    def _retire(self) -> None:
        """The server withdrew this Device. With a command key pinned that is no order to destroy: only a lock."""
        if not self.online.settings.command_key:
            self.wipe.begin(None, "retired")
        elif self._orders.first("retired"):
            self.recorder.event(Act.WIPE, "", reason="refused: unsigned", outcome=Outcome.FAILED)
            self._tell(News(locked=True))

    def _go_on_wiping(self) -> None:
        self._tell(News(wiped=True))
        if self.wipe.go_on():
            self._ended = True
            self._tell(News(erased=True))

    def _send_tail(self) -> int:
        """Bring what the journal still has to the server; how much is left to try. Raises SignedOutByServer."""
        for _ in range(1000):
            state = self._uplink.step()
            if state.kind is not UplinkKind.WORKING:
                break
        if state.kind is UplinkKind.NO_ACCESS:
            raise SignedOutByServer
        if state.kind in (UplinkKind.IN_STEP, UplinkKind.REFUSED):
            return state.waiting - state.parked
        return max(state.waiting, 1)

    def _lease(self, *, reached: bool) -> None:
        """Offline time: begun anew while the server answers, charged by the boot clock while it does not."""
        seat, now = self.at_desk, self._clock.boot()
        since, self._leased_at = self._leased_at, now
        if seat is None:
            return
        if reached:
            self.vaults.renew_lease(seat)
        elif since:
            self.vaults.spend(seat, now - since)
            if not self.vaults.holds(seat):
                self._tell(News(lease_over=True))

    def _tell(self, news: News) -> None:
        with self._lock:
            held = self._news
            self._news = News(
                news.policy or held.policy,
                news.wiped or held.wiped,
                news.locked or held.locked,
                news.signed_out or held.signed_out,
                news.lease_over or held.lease_over,
                news.erased or held.erased,
            )

    def news(self) -> News:
        """What is new, once."""
        with self._lock:
            found, self._news = self._news, News()
        return found

    # ------------------------------------------------------------------ look, end

    def look(self) -> dict[str, Any]:
        """Theme and place of the window, as they were left."""
        try:
            found = json.loads(read_whole(self.home.guard / "look.json") or b"{}")
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    def close(self, *, look: dict[str, Any]) -> None:
        self.uplink.stop()
        if self._ended:  # nothing of this device is left to close, and nothing may be written again
            self.keys.close()
            return
        write_whole(self.home.guard / "look.json", json.dumps(look).encode())
        self.recorder.close()
        self.keys.close()


def open_house(
    home: Home,
    settings: ServerSettings,
    clock: Clock,
    *,
    practice: bool,
    keys: DeviceKeys | None = None,
    managed: Callable[[], Managed] = unmanaged,
) -> House:
    """Open keys, then journal, then the rest. Raises KeyringTrouble, AuditUnavailable, SignInRefused."""
    if not settings.base:
        raise SignInRefused(
            "No server is set up on this computer.",
            remedy="Ask your IT support for the address, or start with --practice to try the program.",
        )
    if isinstance(home, NoHome):
        return _open_online_only(home, settings, clock, practice, managed)
    folder: Path = home.guard
    finish_without_keys(home)
    opened = keys or DeviceKeys.open(folder)
    journal_path = home.journal(opened.device)
    recorder = Recorder(lambda: Journal.open(journal_path, opened, clock))
    try:
        recorder.opened().result()
    except WorkstationError:
        recorder.close()  # its thread: the coder may try again without a restart
        raise
    vaults = CoderVaults(home, opened, clock, settings.to_json(), practice=practice, managed=managed)
    online = Online(settings, opened, folder, VERSION)
    return House(home, opened, vaults, online, recorder, clock, managed)


def _open_online_only(
    home: NoHome, settings: ServerSettings, clock: Clock, practice: bool, managed: Callable[[], Managed]
) -> House:
    """The same house with throw-away keys, everything in memory: a computer whose keyring cannot be used."""
    keys = DeviceKeys.throw_away()
    recorder = ConfirmedRecorder(lambda: Journal.open(None, keys, clock))
    recorder.opened().result()
    vaults = CoderVaults(home, keys, clock, settings.to_json(), practice=practice, managed=managed)
    online = Online(settings, keys, home.guard, VERSION, throw_away=True)
    return House(home, keys, vaults, online, recorder, clock, managed)
