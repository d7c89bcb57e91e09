"""Receipts as the client takes them: good ones are kept as proof, all others keep the events here and are said aloud."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.guard.test_uplink import Tail
from tests.practice.hospital import QUICK, Hospital, running
from tests.practice.sender import Sender, unpadded
from workstation.errors import BadReceipt, ServerRefused
from workstation.fhir.client import EntryAnswer, FhirClient
from workstation.fhir.discovery import get_json
from workstation.fhir.receipts import read_receipt
from workstation.guard.notary import Notary
from workstation.guard.online import Online
from workstation.guard.proofs import Proofs, proofs_of
from workstation.guard.uplink import Uplink, UplinkKind
from workstation.host.clock import SetClock
from workstation.journal.store import Journal
from workstation.keys.device import DeviceKeys
from workstation.settings import ServerSettings


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hospital]:
    with running(tmp_path_factory.mktemp("practice") / "data", *QUICK) as found:
        yield found


class Tampering:
    """The real server, with a hand on its answers."""

    def __init__(self, client: FhirClient) -> None:
        self._client = client
        self.hand: Callable[[str], str] = lambda jws: jws
        self.statement: Callable[[dict[str, Any]], dict[str, Any]] = lambda said: said

    def signed_bundle(self, bundle: dict[str, Any], *, minimal: bool) -> tuple[tuple[EntryAnswer, ...], str]:
        answers, jws = self._client.signed_bundle(bundle, minimal=minimal)
        return answers, self.hand(jws)

    def capabilities(self) -> dict[str, Any]:
        return self.statement(self._client.capabilities())

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


class Desk:
    """A device with its uplink at the practice server."""

    def __init__(self, hospital: Hospital, folder: Path, pinned: bytes = b"") -> None:
        self.hospital, self.folder = hospital, folder
        self.sender = Sender(hospital)
        self.client = FhirClient(hospital.base, lambda: str(self.sender.http.headers["Authorization"])[7:])
        self.server = Tampering(self.client)
        self.begin(pinned)

    def begin(self, pinned: bytes = b"") -> None:
        """As the program starts: what was learnt lies in the folder."""
        self.notary = Notary(
            self.folder / "receipts.json",
            base=lambda: self.hospital.base,
            device=self.sender.keys.device,
            published=lambda url: get_json(self.hospital.session(), url)[1],
            pinned=pinned,
            hash_at=self.sender.journal.hash_at,
        )
        self.uplink = Uplink(
            self.server, Tail(self.sender.journal), lambda: self.sender.source, self.notary, chance=lambda: 0.0
        )

    def proofs(self) -> list[tuple[str, str]]:
        """(how, receipt) of each acknowledged event."""
        rows = self.sender.journal._connection.execute(
            "select u.receipt, r.jws from uploads u left join receipts r on r.number = u.proof "
            "where acknowledged_at is not null order by position"
        )
        return [(how, jws or "") for how, jws in rows]

    def close(self) -> None:
        self.client.close()
        self.sender.close()
        while self.hospital.sessions:
            self.hospital.sessions.pop().close()


@pytest.fixture
def desk(hospital: Hospital, tmp_path: Path) -> Iterator[Desk]:
    made = Desk(hospital, tmp_path)
    yield made
    made.close()


def test_a_good_receipt_is_kept_as_proof_once_for_all_it_names(desk: Desk) -> None:
    ids = desk.sender.look(7)
    state = desk.uplink.step()
    assert (state.kind, state.signs, state.waiting, state.acknowledged) == (UplinkKind.IN_STEP, True, 0, 7)
    [(how, jws)] = set(desk.proofs())
    assert how == "signed"
    kept = read_receipt(jws, desk.notary.keys)
    assert kept.ids == frozenset(ids)
    assert kept.chains[0].h == desk.sender.journal.head().h


def flipped(jws: str) -> str:
    head, body, signature = jws.split(".")
    return f"{head}.{body}.{signature[:-3]}{'A' if signature[-3] != 'A' else 'B'}{signature[-2:]}"


def other_words(jws: str) -> str:
    head, body, signature = jws.split(".")
    said = {**json.loads(unpadded(body)), "flagged": []}
    said["ids"] = said["ids"][:1]
    return f"{head}.{part(said)}.{signature}"


def part(fields: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(fields).encode()).rstrip(b"=").decode()


def not_signed_at_all(jws: str) -> str:
    return f"{part({'alg': 'none', 'typ': 'journal-receipt+jwt'})}.{jws.split('.')[1]}."


def signed_by_another(jws: str) -> str:
    head, body, _ = jws.split(".")
    signature = Ed25519PrivateKey.generate().sign(f"{head}.{body}".encode())
    return f"{head}.{body}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


@pytest.mark.parametrize(
    "hand", [flipped, other_words, not_signed_at_all, signed_by_another, lambda jws: "", lambda jws: "a.b", lambda jws: "é"]
)  # fmt: skip
def test_a_receipt_that_does_not_hold_keeps_the_events_here(desk: Desk, hand: Callable[[str], str]) -> None:
    desk.sender.look(3)
    desk.server.hand = hand
    state = desk.uplink.step()
    assert (state.kind, state.waiting, state.acknowledged) == (UplinkKind.NO_RECEIPT, 3, 0)
    assert "receipt" in state.message
    assert state.next_in > 0
    desk.server.hand = lambda jws: jws
    assert desk.uplink.step().acknowledged == 3  # the server has them already, and signs for them again


def test_a_receipt_for_other_events_or_another_device_confirms_nothing(desk: Desk, tmp_path: Path) -> None:
    kept: list[str] = []
    desk.server.hand = lambda jws: kept.append(jws) or jws
    desk.sender.look(2)
    desk.uplink.step()
    desk.sender.look(2)
    desk.server.hand = lambda jws: kept[0]  # replayed: good, and for what was sent before
    assert desk.uplink.step().kind is UplinkKind.NO_RECEIPT
    assert desk.sender.journal.counts() == (2, 2)
    (tmp_path / "other").mkdir()
    other = Desk(desk.hospital, tmp_path / "other")
    other.sender.look(1)
    other.server.hand = lambda jws: kept[0]
    assert other.uplink.step().kind is UplinkKind.NO_RECEIPT
    assert other.sender.journal.counts() == (1, 0)
    other.close()


def test_a_receipt_that_leaves_some_out_confirms_the_rest_alone(desk: Desk) -> None:
    ids = desk.sender.look(3)
    kept: list[str] = []
    desk.server.hand = lambda jws: kept.append(jws) or ""
    desk.uplink._most = 1
    desk.uplink.step()  # the server has signed for the first alone; that answer is lost
    desk.uplink._most = 100
    desk.server.hand = lambda jws: kept[0]
    assert desk.uplink.step().kind is UplinkKind.NO_RECEIPT
    assert [send.id for send in desk.sender.journal.unsent()] == ids[1:]


def test_what_a_server_with_another_history_of_this_journal_took_stays_here(desk: Desk) -> None:
    desk.sender.look(2)
    desk.notary._hash_at = lambda chain, seq: b"x" * 32
    state = desk.uplink.step()
    assert (state.kind, state.waiting, state.parked, state.flagged) == (UplinkKind.REFUSED, 2, 2, 2)
    desk.sender.look(1)  # what comes later is sent all the same, and stays here too
    assert desk.uplink.step().parked == 3
    assert desk.sender.standing()["highest"] == 3


def test_the_key_is_learnt_once_and_another_is_not_taken_for_it(desk: Desk) -> None:
    desk.sender.look(1)
    desk.uplink.step()
    stranger = base64.b64encode(Ed25519PrivateKey.generate().public_key().public_bytes_raw()).decode()
    (desk.folder / "receipts.json").write_text(json.dumps({"base": desk.hospital.base, "keys": [stranger]}))
    desk.begin()
    desk.sender.look(1)
    assert desk.uplink.step().kind is UplinkKind.NO_RECEIPT
    assert desk.sender.journal.counts() == (1, 1)


def test_a_pinned_key_wins_over_what_the_server_publishes(desk: Desk) -> None:
    desk.begin(Ed25519PrivateKey.generate().public_key().public_bytes_raw())
    desk.sender.look(1)
    assert desk.uplink.step().kind is UplinkKind.NO_RECEIPT
    [published] = get_json(desk.hospital.session(), f"{desk.hospital.base}/.well-known/journal-receipts")[1]["keys"]
    desk.begin(unpadded(published["x"]))
    assert desk.uplink.step().acknowledged == 1
    assert not (desk.folder / "receipts.json").exists()


def test_a_server_that_gave_receipts_cannot_stop_to(desk: Desk) -> None:
    desk.sender.look(1)
    desk.uplink.step()
    desk.server.statement = lambda said: {name: value for name, value in said.items() if name != "extension"}
    desk.begin()
    desk.sender.look(1)
    state = desk.uplink.step()
    assert state.kind is UplinkKind.NO_RECEIPT
    assert "offers none now" in state.message
    assert desk.sender.journal.counts() == (1, 1)


def test_a_server_that_signs_for_nothing_is_taken_by_its_answer(desk: Desk) -> None:
    desk.server.statement = lambda said: {name: value for name, value in said.items() if name != "extension"}
    desk.sender.look(2)
    state = desk.uplink.step()
    assert (state.kind, state.signs, state.acknowledged) == (UplinkKind.IN_STEP, False, 2)
    assert all(how.endswith("the same in the answer") and not jws for how, jws in desk.proofs())


def test_what_the_server_flags_is_sent_and_stays_here_for_the_auditor(desk: Desk) -> None:
    clone = Sender(desk.hospital, desk.sender.keys, Journal.open(None, desk.sender.keys, SetClock()))
    clone.look(1)
    clone.send()
    clone.close()
    desk.notary._hash_at = lambda chain, seq: None  # as far as this device still knows: pruned
    desk.sender.look(2)
    state = desk.uplink.step()
    assert (state.waiting, state.acknowledged, state.parked, state.flagged) == (2, 0, 2, 2)


def test_the_receipts_kept_are_held_against_the_journal(desk: Desk) -> None:
    desk.sender.look(3)
    desk.uplink.step()
    desk.sender.look(2)
    desk.uplink.step()
    db, keys, device = desk.sender.journal._connection, desk.notary.keys, desk.sender.keys.device
    assert proofs_of(db, device, keys) == Proofs(2, 0)
    assert proofs_of(db, device, ()) == Proofs(2, 0, checked=False)
    assert proofs_of(db, device, (b"k" * 32,)).bad == 2
    assert proofs_of(db, "another", keys).bad == 2
    db.execute("update uploads set proof = 2 where proof = 1")  # a receipt said to be for other events
    assert proofs_of(db, device, keys).bad == 1
    db.execute("update receipts set jws = substr(jws, 1, 60) where number = 1")
    assert proofs_of(db, device, keys).bad == 2


def test_a_receipt_of_another_history_of_this_journal_is_seen(desk: Desk) -> None:
    desk.sender.look(2)
    desk.uplink.step()
    db = desk.sender.journal._connection
    db.execute("update entries set h = zeroblob(32) where seq = 2")
    assert proofs_of(db, desk.sender.keys.device, desk.notary.keys) == Proofs(1, 1)


def test_receipt_keys_are_asked_of_the_servers_own_base_alone(tmp_path: Path) -> None:
    online = Online(ServerSettings("https://fhir.example/r4"), DeviceKeys.throw_away(), tmp_path, "1")
    with pytest.raises(ServerRefused):
        online.published("https://elsewhere.example/keys")
    with pytest.raises(ServerRefused):
        online.published("https://fhir.example/r4.evil.example/keys")


def test_a_receipt_without_a_known_key_is_none(desk: Desk) -> None:
    with pytest.raises(BadReceipt):
        read_receipt("", ())
