"""Every fault the practice hospital can inject, at every interaction: one effect, and nothing lost."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.faults.conftest import Times
from tests.faults.tally import counted
from tests.faults.test_exactly_once import go_round
from tests.faults.ward import Ward, at_practice
from tests.practice.builders import charts
from tests.practice.hospital import QUICK, Browser, Hospital, running
from workstation.errors import ServerTrouble, SignInRefused
from workstation.fhir.backend import BackendTokens, register
from workstation.fhir.sign_in import SignIn
from workstation.fhir.tokens import Session, Tokens
from workstation.fhir.transport import new_session
from workstation.keys.device import DeviceKeys
from workstation.practice.faults import KINDS

ROW = "each fault of the practice hospital at each interaction"
#: What is asked for, the errand that needs it, and the request the fault meets.
INTERACTIONS: dict[str, tuple[str, str, str]] = {
    "search": ("read_anew", "GET", "/fhir/Task"),
    "read": ("read_anew", "GET", "/fhir/Encounter/*"),
    "documents": ("read_anew", "GET", "/fhir/DocumentReference"),
    "results": ("read_anew", "GET", "/fhir/Observation"),
    "write": ("hold", "PUT", "/fhir/Task/*"),
    "writes in order": ("hold_and_release", "PUT", "/fhir/Task/*"),
    "transaction": ("hand_in", "POST", "/fhir"),
    "query": ("ask", "POST", "/fhir"),
    "audit": ("tell", "POST", "/fhir"),
}
HOW: dict[str, dict[str, Any]] = {
    "status": {"status": 503, "retry_after": "7"},
    "latency": {"seconds": 0.2},
    "cut": {"after_bytes": 30},
}


def test_each_fault_at_each_interaction(tmp_path: Path, times: Times) -> None:
    cells = [(kind, name) for kind in KINDS for name in INTERACTIONS]
    if times(20) == 1:  # among the tests each kind and each interaction once
        names = random.sample(list(INTERACTIONS), len(INTERACTIONS))
        cells = [(KINDS[number % len(KINDS)], name) for number, name in enumerate(names)]
    with counted(ROW) as row, at_practice(tmp_path, len(cells)) as ward:
        assert ward.control is not None
        wrong: list[str] = []
        for kind, name in cells:
            errand, method, path = INTERACTIONS[name]
            effect = getattr(ward, errand)(ward.waiting.pop())
            ward.control("POST", "faults", kind=kind, method=method, path=path, count=2, **HOW.get(kind, {}))
            row.seen += go_round(ward)
            settle(ward)
            ward.control("DELETE", "faults")
            found = effect()
            found.holds("everything is settled", ward.is_settled())
            row.tries += 1
            row.losses += bool(found.losses)
            # a server that runs a transaction as a batch has the task written once more, to mend its reference
            mended = kind == "batch" and found.duplicates == ["the task was written 3 times instead of 2"]
            row.duplicates += bool(found.duplicates) and not mended
            if found.losses or (found.duplicates and not mended):
                wrong.append(f"{kind} at {name}: {found}")
        assert wrong == [], "\n".join(wrong)


def settle(ward: Ward) -> None:
    for _ in range(12):
        ward.later()
        said = go_round(ward)
        if ward.is_settled() and ward.journal.counts()[0] == 0 and not said:
            return


# ---------------------------------------------------------------- its identity provider


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hospital]:
    place = tmp_path_factory.mktemp("identity")
    shelf = charts(place / "charts", dana=1, miguel=0)
    with running(place / "practice", "--charts", str(shelf), *QUICK) as made:
        yield made


class Coder:
    """Signs in again and again; and what the sessions store."""

    def __init__(self, hospital: Hospital, kind: str) -> None:
        self.hospital, self.kind = hospital, kind
        self.door, self.http = SignIn(hospital.base), new_session(True, None)
        self.stored: list[Tokens] = []
        self._readers: list[threading.Thread] = []

    def close(self) -> None:
        for reader in self._readers:
            reader.join()
        self.http.close()
        self.door._http().close()

    def sign_in(self) -> Session:
        return self.door.session(self.door.run(self._browse, seconds=10), self.stored.append)

    def _browse(self, url: str) -> None:
        browser = Browser(self.hospital)
        answer = browser.sign_in("dana", url)
        browser.http.close()
        back = answer.headers["Location"]
        reader = threading.Thread(target=requests.get, args=(back,), kwargs={"timeout": 5})
        reader.start()
        self._readers.append(reader)

    @contextmanager
    def fault(self, method: str, path: str) -> Iterator[None]:
        """Once, at one address."""
        self.hospital.control("POST", "faults", kind=self.kind, method=method, path=path, **HOW.get(self.kind, {}))
        yield
        self.hospital.control("DELETE", "faults")

    def is_told(self, attempt: Callable[[], object]) -> bool:
        """Whether it failed with words and a remedy; a late answer is none the worse."""
        try:
            attempt()
        except (SignInRefused, ServerTrouble) as trouble:
            return bool(str(trouble) and trouble.remedy) and self.kind != "latency"
        return self.kind == "latency"


@pytest.fixture(params=[kind for kind in KINDS if kind != "batch"])
def coder(hospital: Hospital, request: pytest.FixtureRequest) -> Iterator[Coder]:
    made = Coder(hospital, request.param)
    yield made
    made.close()


def test_each_fault_at_sign_in_renewal_registration_and_device_token(coder: Coder) -> None:
    """It is said in words, no refresh token is used twice, and the next try works."""
    issuer, keys = coder.hospital.issuer, DeviceKeys.throw_away()
    with counted(ROW) as row:
        for method, path in (("GET", "*/smart-configuration"), ("POST", "/oauth/token"), ("GET", "/oauth/jwks")):
            with coder.fault(method, path):
                row.tries += 1
                falls_back = coder.kind == "garbage" and method == "GET" and "smart" in path  # to OpenID discovery
                row.seen += coder.is_told(coder.sign_in) or falls_back
        session = coder.sign_in()
        with coder.fault("POST", "/oauth/token"):
            row.tries += 1
            row.seen += coder.is_told(session.fresh)
        if coder.kind in ("status", "latency"):
            row.losses += not session.fresh()  # nothing had been carried out, and the session stands
        session = coder.sign_in()
        refreshes = [tokens.refresh for tokens in coder.stored]
        row.duplicates += len(refreshes) - len(set(refreshes))

        def registered() -> str:
            return register(coder.http, f"{issuer}/oauth/register", keys, keys.device, session.access())

        with coder.fault("POST", "/oauth/register"):
            row.tries += 1
            row.seen += coder.is_told(registered)
        device = BackendTokens(lambda: coder.http, f"{issuer}/oauth/token", registered(), keys)
        with coder.fault("POST", "/oauth/token"):
            row.tries += 1
            row.seen += coder.is_told(device.token)
        row.losses += not device.token()
        assert row.seen == row.tries
