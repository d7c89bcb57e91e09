"""One workstation without a window: the guard's house with its journal and uplink, the desk with cache and sync, and a coder."""

from __future__ import annotations

import random
import threading
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pyotp
import requests

from tests.desks import KEY
from workstation.cache import documents as document_rows
from workstation.cache import encounters, outbox, queries, summaries, tasks, work
from workstation.cache.database import Database
from workstation.changes import Changes
from workstation.codebook.book import CodeBook
from workstation.desk import Desk
from workstation.domain.audit import Act, Outcome
from workstation.domain.codes import Code, CodeSystem
from workstation.domain.coding import PoaIndicator
from workstation.domain.encounter import EncounterId
from workstation.domain.queries.query import Form, Option, OptionKind, Trigger, in_order, revise
from workstation.domain.worklist import WorkState
from workstation.errors import WorkstationError
from workstation.fhir.client import FhirClient
from workstation.guard.house import open_house
from workstation.host.clock import SystemClock
from workstation.host.paths import Home
from workstation.keys.device import DeviceKeys
from workstation.operations import coding, documents, holds, query_life, worklist
from workstation.operations import encounters as opening
from workstation.operations import queries as writing
from workstation.operations.coding import Finalized
from workstation.operations.holds import HoldReason
from workstation.operations.query_bench import QueryBoard
from workstation.operations.query_life import Sent
from workstation.query_packs.shelf import read_books
from workstation.sealed_db import Connection
from workstation.settings import ServerSettings
from workstation.sync import Sync, SyncKind, SyncState

CODES = tuple(
    Code(CodeSystem.ICD10CM, value)
    for value in (
        "I50.23",
        "N17.9",
        "J96.01",
        "E87.1",
        "I10",
        "D62",
        "K92.1",
        "J18.9",
        "E11.9",
        "N39.0",
        "I48.91",
    )
)
WAIT = 60.0  # seconds an operation may take on a starved machine


@dataclass
class Left:
    """What a workstation says of itself at its end, to be compared with what the server has."""

    user: str
    events: list[str] = field(default_factory=list)  # ids of the journal
    unsent: int = 0
    letters: dict[str, int] = field(default_factory=dict)  # by state, all that is not confirmed
    encounters: dict[str, dict[str, Any]] = field(default_factory=dict)
    queries: list[str] = field(default_factory=list)  # identifiers of those that left
    decisions: dict[str, int] = field(default_factory=dict)
    troubles: list[str] = field(default_factory=list)  # operations that failed, by kind

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


class Workstation:
    """`start` signs in for real; `work` is a coder's loop; `leave` ends it and says what should be on the server."""

    def __init__(self, folder: Path, person: dict[str, str], base: str, proxy: str, book: CodeBook, seed: int) -> None:
        self._person, self._book = person, book
        self._settings = ServerSettings(base=base, proxy=proxy)
        self._chance = random.Random(seed)
        self._house = open_house(
            Home(folder), self._settings, SystemClock(), practice=True, keys=DeviceKeys.throw_away()
        )
        self._folder = folder
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self.left = Left(person["user"])
        self.state: SyncState | None = None
        self.first_sync: float | None = None

    # ------------------------------------------------------------------ the guard's part

    def start(self) -> None:
        """Sign in, open the desk, begin to sync and to send the audit."""
        coder = self._sign_in()
        recorder = self._house.recorder
        self._desk = Desk(
            db=Database(self._folder / "cache.db", bytearray(KEY)),
            ask=lambda intent: recorder.record(intent, coder.user),
            tell=self._tell,
            codebook=self._book,
            coder=coder,
            policy=lambda: self._house.last_policy,
            now=lambda: datetime.now().astimezone(),
            changed=self._changed,
        )
        self._board = QueryBoard(self._desk, read_books)
        online = self._house.online
        self._client = FhirClient(
            self._settings.base,
            lambda: online.token(False)[0],
            fresh_token=lambda: online.token(True)[0],
            proxies=self._settings.proxies,
        )
        self._sync = Sync(self._desk, self._client, self._synced)
        self._house.uplink.start()
        self._sync.start()

    def _sign_in(self) -> Any:
        """In a browser of its own, as a coder does."""

        def open_browser(url: str) -> None:
            threading.Thread(target=_browse, args=(url, self._person), daemon=True).start()

        for last in (False, False, True):
            try:
                arrived = self._house.online.sign_in(open_browser, prompt_login=True, cancelled=threading.Event())
                break
            except WorkstationError:  # a coder presses the button again
                if last:
                    raise
        seat = self._house.seat_for(arrived, renew_password=False)
        self._house.at_desk = seat
        self._house.recorder.event(Act.SIGN_IN, arrived.coder.user)
        return arrived.coder

    def _tell(self, intent_id: str, outcome: Outcome, reason: str) -> None:
        self._house.recorder.outcome(intent_id, outcome, reason)

    def _changed(self, changes: Changes) -> None:
        if changes.outbox:
            self._sync.nudge()

    def _synced(self, state: SyncState) -> None:
        self.state = state

    @property
    def is_in_step(self) -> bool:
        return self.state is not None and self.state.last_in_step is not None

    # ------------------------------------------------------------------ the coder's part

    def work(self, pause: tuple[float, float]) -> None:
        """Begin to code: one encounter after the other, with the time a person takes between two acts."""
        self._pause = pause
        self._thread = threading.Thread(target=self._work, name=f"coder {self._person['user']}")
        self._thread.start()

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                self._sign_in_again()
                self._one_encounter()
            except WorkstationError as trouble:
                self.left.troubles.append(type(trouble).__name__)
            self._think()

    def _sign_in_again(self) -> None:
        """Where a token's renewal was lost on its way the session is over: the coder signs in, and goes on."""
        if self.state is not None and self.state.kind is SyncKind.SIGNED_OUT:
            self.left.troubles.append("signed out")
            self._sign_in()
            self._sync.nudge()

    def _think(self) -> None:
        self._stopping.wait(self._chance.uniform(*self._pause))

    def _one_encounter(self) -> None:
        self._of(query_life.tend(self._desk))
        items = self._of(worklist.load(self._desk))
        open_ones = [
            i for i in items if i.work_state not in (WorkState.FINALIZED, WorkState.WITHDRAWN) and i.is_complete
        ]
        done = [i for i in items if i.work_state is WorkState.FINALIZED]
        if done and (not open_ones or self._chance.random() < 0.1):
            again = self._chance.choice(done).encounter_id
            self._of(coding.reopen(self._desk, again))
            self._decided("reopen")
            self._think()
            self._code_and_end(again)
            return
        if not open_ones:
            return
        encounter = self._chance.choice(open_ones[:6]).encounter_id
        opened = self._of(opening.open(self._desk, encounter))
        self._sync.nudge(encounter)
        for document in self._chance.sample(opened.encounter.documents, min(2, len(opened.encounter.documents))):
            if document.is_here:
                self._think()
                self._of(documents.open(self._desk, document.id))
        if self._of(self._desk.db.read(lambda db: work.get(db, encounter))).state is WorkState.ON_HOLD:
            if self._chance.random() < 0.5:
                self._of(holds.release(self._desk, encounter))
                self._decided("release")
            return
        self._code_and_end(encounter)

    def _code_and_end(self, encounter: EncounterId) -> None:
        summary = self._of(self._desk.db.read(lambda db: summaries.get(db, encounter)))
        used = {line.code for line in summary.lines}
        for code in self._chance.sample([code for code in CODES if code not in used], 2):
            principal = summary.principal is None
            poa = self._chance.choice((PoaIndicator.YES, PoaIndicator.NO)) if not principal else PoaIndicator.YES
            summary = self._of(coding.add(self._desk, encounter, code, principal=principal, poa=poa))
            self._decided("code")
            self._think()
        chance = self._chance.random()
        if chance < 0.12:
            self._of(holds.hold(self._desk, encounter, HoldReason.DOCUMENT))
            self._decided("hold")
        elif chance < 0.30:
            self._query(encounter)
        else:
            answer = self._of(coding.finalize(self._desk, encounter))
            self._decided("finalize" if isinstance(answer, Finalized) else "finalize stopped")

    def _query(self, encounter_id: EncounterId) -> None:
        """Ask about a laboratory value, where the chart has one that may be asked about."""
        chart = self._of(self._desk.db.read(lambda db: encounters.get(db, encounter_id)))
        labs = [lab for lab in chart.labs if lab.flag] if chart is not None else []
        if chart is None or not labs or not chart.providers:
            return
        file = self._of(writing.add_result(self._desk, encounter_id, self._chance.choice(labs), "labs"))
        indicator = file.query.indicators[0].id
        query = revise(
            file.query,
            trigger=Trigger.INDICATORS_WITHOUT_DIAGNOSIS,
            form=Form.MULTIPLE_CHOICE,
            question="Please clarify the clinical significance, if any, of the finding below.",
            options=in_order((
                Option("Clinically significant: a diagnosis is associated (please specify)", OptionKind.ANSWER, (indicator,)),
                Option("Not clinically significant", OptionKind.ANSWER, (indicator,)),
                Option("Other (please specify)", OptionKind.OTHER),
                Option("Unable to determine", OptionKind.UNDETERMINED),
            )),
            recipient_id=chart.providers[0].id,
            template_id="own-words",
            template_version="1",
        )  # fmt: skip
        self._of(writing.keep(self._desk, query))
        self._think()
        answer = self._of(query_life.send(self._board, encounter_id, query.id))
        if isinstance(answer, Sent):
            self._decided("query")
        else:
            self._of(writing.discard(self._desk, query.id))
            self._decided("query stopped: " + ", ".join(sorted(f.rule for f in answer.stopping)))

    def _decided(self, what: str) -> None:
        self.left.decisions[what] = self.left.decisions.get(what, 0) + 1

    def _of(self, future: Future[Any]) -> Any:
        return future.result(WAIT)

    # ------------------------------------------------------------------ the end

    def rest(self) -> None:
        """No more decisions; what was decided goes on its way."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(WAIT)

    def is_settled(self) -> bool:
        """Whether the server is said to have everything, letters and events."""
        self._sign_in_again()
        waiting, _ = self._desk.db.read(outbox.counts).result(WAIT)
        unsent, _ = self._house.recorder.run(lambda journal: journal.counts()).result(WAIT)
        if waiting:
            self._sync.nudge()
        if unsent:
            self._house.uplink.nudge()
        return not waiting and not unsent

    def stop_sync(self) -> None:
        """First, so that the last events are of before the last step of the uplink."""
        self._sync.stop()

    def leave(self) -> Left:
        """Close everything and say what the server should have."""
        self._house.uplink.stop()
        left = self.left
        left.events = self._house.recorder.run(_ids).result(WAIT)
        left.unsent, _ = self._house.recorder.run(lambda journal: journal.counts()).result(WAIT)
        left.encounters, left.letters, left.queries = self._desk.db.read(_decisions).result(WAIT)
        self._desk.db.close()
        self._client.close()
        with suppress(WorkstationError):
            self._house.close(look={})
        return left


def _browse(url: str, person: dict[str, str]) -> None:
    """Fill in the sign-in page and follow it back to the program."""
    code = pyotp.TOTP(person["totp_secret"]).now()
    with requests.Session() as session:
        session.trust_env = False
        session.get(url, timeout=60)
        session.post(url, data={"username": person["user"], "password": person["password"], "otp": code}, timeout=60)


def _ids(journal: Any) -> list[str]:
    """Every event of the journal; an act and its outcome are one."""
    return [row[0] for row in journal._connection.execute("select distinct id from entries order by id")]


def _decisions(db: Connection) -> tuple[dict[str, dict[str, Any]], dict[str, int], list[str]]:
    found: dict[str, dict[str, Any]] = {}
    for task in tasks.all_of(db):
        standing, summary = work.get(db, task.encounter_id), summaries.get(db, task.encounter_id)
        found[task.encounter_id] = {
            "task": task.id,
            "state": standing.state.value,
            "result": standing.result_id,
            "codes": [str(line.code) for line in summary.lines],
            "documents": len(document_rows.of_encounter(db, task.encounter_id)),
            "withdrawn": task.withdrawn,
        }
    letters = dict(
        db.execute("select state, count(*) from outbox where state <> 'confirmed' group by state order by state")
    )
    sent = [f.standing.result_id for f in queries.all_of(db) if f.standing.result_id and f.standing.sent_at]
    return found, letters, sent
