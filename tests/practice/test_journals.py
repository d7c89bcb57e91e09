"""The server's side of the audit journal: what it takes, what its receipt says, and each attack it is to see."""

from __future__ import annotations

import base64
import json
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from joserfc import jws as joserfc_jws
from joserfc.jwk import OKPKey

from tests.faults.kept_files import readable
from tests.practice.hospital import QUICK, Hospital, running
from tests.practice.sender import Event, Sender, changed, claims, jws
from workstation.host.clock import SetClock
from workstation.journal.store import Journal
from workstation.keys.device import DeviceKeys
from workstation.practice.missing import Missing, Run

LATE = 11 * 60  # more than the server waits for an entry others were sent past
A_DAY = 25 * 3600


@pytest.fixture
def new_sender(hospital: Hospital) -> Iterator[Callable[..., Sender]]:
    made: list[Sender] = []

    def make(*arguments: Any) -> Sender:
        made.append(Sender(hospital, *arguments))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def sender(new_sender: Callable[..., Sender]) -> Sender:
    return new_sender()


def later(hospital: Hospital, seconds: int) -> None:
    hospital.control("POST", "clock", offset_seconds=seconds)


# ---------------------------------------------------------------------- what is taken


def test_a_receipt_says_what_was_taken_and_how_far_the_chain_is_whole(hospital: Hospital, sender: Sender) -> None:
    ids = sender.look(5)
    answer = sender.post(sender.events())
    (key,) = hospital.session().get(f"{hospital.base}/.well-known/journal-receipts", timeout=10).json()["keys"]
    token = joserfc_jws.deserialize_compact(jws(answer), OKPKey.import_key(key), algorithms=["Ed25519"])
    told = json.loads(token.payload)
    head = sender.journal.head()
    assert (told["device"], told["ids"], told["flagged"]) == (sender.keys.device, sorted(ids), [])
    [chain] = told["chains"]
    assert (chain["first"], chain["last"], chain["whole_to"], chain["signed"]) == (1, 5, 5, 5)
    assert chain["h"] == head.h.hex()
    assert sender.findings() == []


def test_events_may_come_in_any_order_and_again(sender: Sender) -> None:
    sender.look(30)
    events = sender.events()
    random.Random(7).shuffle(events)
    for event in events:
        sender.post([event])
    again = claims(sender.post(events))
    assert again["chains"][0]["whole_to"] == 30
    assert len(again["ids"]) == 30
    assert (sender.findings(), sender.standing()["missing"]) == ([], [])


def test_an_act_under_way_is_no_gap_however_long_it_takes(hospital: Hospital, sender: Sender) -> None:
    act = sender.begin()
    sender.look(3)
    assert sender.send()["chains"][0]["whole_to"] == 0
    later(hospital, LATE)
    sender.look(3)
    sender.send()
    later(hospital, A_DAY)
    sender.ask()
    sender.look(1)
    sender.send()
    assert sender.standing()["open"] == [1]
    assert sender.findings() == []
    sender.end(act)
    assert sender.send()["chains"][0]["whole_to"] == 9
    assert sender.findings() == []


def test_what_the_server_knows_of_a_journal_survives_its_restart(tmp_path: Path) -> None:
    with running(tmp_path / "data", *QUICK) as hospital:
        sender = Sender(hospital)
        sender.look(4)
        sender.send()
        first = hospital.session().get(f"{hospital.base}/.well-known/journal-receipts", timeout=10).json()
    with running(tmp_path / "data", *QUICK) as hospital:
        again = Sender(hospital, sender.keys, sender.journal)
        again.sent = sender.sent
        again.look(2)
        assert again.send()["chains"][0]["whole_to"] == 6
        second = hospital.session().get(f"{hospital.base}/.well-known/journal-receipts", timeout=10).json()
        assert first == second
        assert again.findings() == []
        sender.close()


def test_a_new_chain_after_damage_stands_beside_the_old_one(tmp_path: Path, new_sender: Callable[..., Sender]) -> None:
    keys = DeviceKeys.throw_away()
    journal = Journal.open(tmp_path / "journal.db", keys, SetClock())
    first = new_sender(keys, journal)
    first.look(3)
    first.send()
    journal.close()
    (tmp_path / "journal.db").unlink()
    second = new_sender(keys, Journal.open(tmp_path / "journal.db", keys, SetClock()))
    first.journal = second.journal  # closed once, at the end
    told = second.send()["chains"]
    assert told[0]["chain"] == 2
    assert told[0]["whole_to"] == second.journal.head().seq
    assert second.standing(1)["whole_to"] == 3
    assert second.findings() == []


# ---------------------------------------------------------------------- what is seen


def test_an_event_left_out_is_a_gap_once_and_not_before_it_has_had_its_time(hospital: Hospital, sender: Sender) -> None:
    sender.look(5)
    events = sender.events()
    sender.post(events[:2] + events[3:])
    assert sender.findings() == []
    for seconds in (LATE, LATE + 60, LATE + 120):
        later(hospital, seconds)
        sender.look(2)
        sender.send()
    assert sender.findings() == ["gap"]
    assert sender.standing()["missing"] == [[3, 3]]
    sender.post([events[2]])
    assert sender.standing()["missing"] == []


def test_entries_announced_and_never_sent_are_a_gap_after_a_day(hospital: Hospital, sender: Sender) -> None:
    sender.look(3)
    sender.send()
    sender.look(4)
    sender.ask()
    later(hospital, LATE)
    sender.ask()
    assert sender.findings() == []
    later(hospital, A_DAY)
    sender.ask()
    sender.ask()
    assert sender.findings() == ["gap"]


def cloned(tmp_path: Path, new_sender: Callable[..., Sender]) -> tuple[Sender, Sender]:
    """One device, then its copy, keyring and all; both have sent the same beginning."""
    keys, place = DeviceKeys.throw_away(), tmp_path / "one"
    place.mkdir()
    journal = Journal.open(place / "journal.db", keys, SetClock())
    one = new_sender(keys, journal)
    one.look(4)
    one.send()
    journal.close()
    keyring = keys.secret("journal")
    shutil.copytree(place, tmp_path / "two")
    one.journal = Journal.open(place / "journal.db", keys, SetClock())
    one.look(3)
    one.journal.checkpoint()
    one.send()
    now = keys.secret("journal")
    keys.set_secret("journal", keyring or "")
    two = new_sender(keys, Journal.open(tmp_path / "two" / "journal.db", keys, SetClock()))
    keys.set_secret("journal", now or "")
    two.sent = set(one.sent)
    return one, two


def test_a_cloned_device_is_a_fork_told_once_and_its_events_are_taken_and_flagged(
    tmp_path: Path, new_sender: Callable[..., Sender]
) -> None:
    one, two = cloned(tmp_path, new_sender)
    mine = two.look(2)
    told = two.send()
    assert told["ids"] == sorted(mine)
    assert told["flagged"] == sorted(mine)
    more = two.look(9)  # past the end of the other's
    assert two.send()["flagged"] == sorted(more)
    one.look(1)
    assert one.send()["flagged"] == []
    assert one.findings() == ["fork"]
    assert one.standing()["flagged"] == dict.fromkeys(mine + more, "fork")


def test_a_restored_snapshot_is_a_rollback_at_its_first_request(
    tmp_path: Path, new_sender: Callable[..., Sender]
) -> None:
    one, two = cloned(tmp_path, new_sender)
    one.ask()
    for _ in range(3):
        two.ask()
    assert one.findings() == ["rollback"]


def test_a_head_told_a_moment_late_within_a_session_is_no_rollback(sender: Sender) -> None:
    from workstation.guard.recorder import head_text

    sender.look(2)
    late = head_text(sender.journal)
    sender.look(3)
    sender.ask()
    sender.ask(late)
    assert sender.findings() == []


def test_a_head_that_is_not_the_entry_here_is_a_fork(tmp_path: Path, new_sender: Callable[..., Sender]) -> None:
    one, two = cloned(tmp_path, new_sender)
    two.look(2)
    two.ask()
    assert "fork" in one.findings()


def test_a_signature_that_is_not_the_devices_is_seen(sender: Sender) -> None:
    sender.look(2)
    first, second = sender.events()
    other = DeviceKeys.throw_away()
    body = next(
        part["valueString"]
        for one in first["extension"][0]["extension"]
        if one["url"] == "checkpoint"
        for part in one["extension"]
        if part["url"] == "body"
    )
    forged = base64.b64encode(other.sign_checkpoint(b"coder-workstation checkpoint v1\0" + body.encode())).decode()
    told = claims(sender.post(changed(one, "checkpoint", "signature", forged) for one in (first, second)))
    assert told["flagged"] == sorted([first["id"], second["id"]])
    assert told["chains"][0]["signed"] == 0
    assert sender.findings() == ["bad-signature"]


def test_a_checkpoint_of_another_device_proves_nothing(new_sender: Callable[..., Sender]) -> None:
    one, other = new_sender(), new_sender()
    one.look(1)
    other.look(1)
    [mine], [theirs] = one.events(), other.events()
    stolen = next(part for part in theirs["extension"][0]["extension"] if part["url"] == "checkpoint")
    parts = [part for part in mine["extension"][0]["extension"] if part["url"] != "checkpoint"]
    one.post([{**mine, "extension": [{**mine["extension"][0], "extension": [*parts, stolen]}]}])
    assert one.findings() == ["bad-signature"]


@pytest.mark.parametrize("field", ["bodyHash", "h"])
def test_an_entry_that_does_not_follow_from_the_one_before_is_seen(sender: Sender, field: str) -> None:
    sender.look(4)
    events = sender.events()
    lie = base64.b64encode(b"x" * 32).decode()
    told = claims(sender.post([*events[:2], changed(events[2], "link", field, lie), events[3]]))
    assert events[2]["id"] in told["flagged"]
    assert set(sender.findings()) <= {"unlinked", "fork"}
    assert "unlinked" in sender.findings()


def test_an_event_told_anew_with_other_words_is_refused(sender: Sender) -> None:
    sender.look(1)
    [event] = sender.events()
    sender.post([event])
    answer = sender.post([{**event, "outcome": "8"}])
    assert answer["entry"][0]["response"]["status"].startswith("409")
    assert "signature" not in answer


def test_a_device_cannot_send_the_journal_of_another(hospital: Hospital, new_sender: Callable[..., Sender]) -> None:
    from workstation.fhir.backend import BackendTokens, register

    one, other = new_sender(), new_sender()
    token = hospital.control("POST", "token", user="dana")["access_token"]
    client_id = register(hospital.session(), f"{hospital.issuer}/oauth/register", one.keys, one.keys.device, token)
    own = BackendTokens(hospital.session, f"{hospital.issuer}/oauth/token", client_id, one.keys)
    other.look(1)
    other.http.headers["Authorization"] = f"Bearer {own.token()}"
    answer = other.post(other.events())
    assert answer["entry"][0]["response"]["status"].startswith("403")


def test_whatever_stands_in_the_chain_the_server_goes_on(sender: Sender) -> None:
    sender.look(1)
    [event] = sender.events()
    for part, inner, value in (
        ("link", "seq", 10**18), ("link", "h", "AAAA"), ("checkpoint", "body", "{"), ("checkpoint", "body", '{"size":"x"}'),
    ):  # fmt: skip
        odd: Event = changed(event, part, inner, value)
        odd["id"] = odd["meta"]["tag"][0]["code"] = f"{event['id'][:-4]}{random.randrange(1000, 9999)}"
        assert sender.post([odd])["entry"][0]["response"]["status"].startswith(("201", "422"))
    sender.ask("device=;chain=x")
    assert sender.findings() == []


# ---------------------------------------------------------------------- runs of missing entries


def test_runs_are_cut_at_what_comes_and_at_what_is_under_way() -> None:
    missing = Missing(0, ())
    missing.extend(10, [4, 5, 12], now=1.0)
    assert missing.runs == [Run(1, 3, 1.0), Run(6, 10, 1.0)]
    missing.came(8)
    missing.came(2)
    assert [(run.first, run.last) for run in missing.runs] == [(1, 1), (3, 3), (6, 7), (9, 10)]
    assert missing.whole_to == 0
    assert list(missing.overdue(0.5, frozenset())) == []
    late = list(missing.overdue(1.0, frozenset({9, 1})))
    assert [(run.first, run.last) for run in late] == [(3, 3), (6, 7), (10, 10)]
    assert list(missing.overdue(1.0, frozenset({1}))) == [Run(9, 9, 1.0)]
    for seq in (1, 3, 6, 7, 9, 10):
        missing.came(seq)
    assert (missing.runs, missing.whole_to) == ([], 10)


def test_events_of_a_damaged_journal_arrive_under_their_own_chain(
    hospital: Hospital, new_sender: Callable[..., Sender], tmp_path: Path
) -> None:
    """One page of the file is lost: what stands on the others is sent, proves itself, and only the lost is missing."""
    keys, path = DeviceKeys.throw_away(), tmp_path / "journal.db"
    before = new_sender(keys, Journal.open(path, keys, SetClock()))
    ids = before.look(150)
    events = before.events()
    before.post(events[:50])
    before.journal.acknowledge(tuple(ids[:50]), "201")
    before.journal.close()
    lose_the_page_of(path, keys, 100)
    after = new_sender(keys, Journal.open(path, keys, SetClock()))
    after.look(3)
    receipt = after.send()
    assert {one["chain"] for one in receipt["chains"]} == {1, 2}
    saved = set(receipt["ids"]) & set(ids[50:])
    assert 80 <= len(saved) < 100
    assert receipt["flagged"] == []
    lost = [place + 1 for place, one in enumerate(ids) if place >= 50 and one not in saved]
    missing = [seq for first, last in after.standing(1)["missing"] for seq in range(first, last + 1)]
    assert missing == lost
    assert after.standing(2)["missing"] == []
    later(hospital, LATE)
    after.ask()
    assert set(after.findings()) <= {"journal-gap"}


def lose_the_page_of(path: Path, keys: DeviceKeys, position: int) -> None:
    """Flip one bit on the page that holds an entry."""
    whole, query = path.read_bytes(), "select body from entries where position = ?"
    for page in range(1, len(whole) // 4096):
        content = bytearray(whole)
        content[page * 4096 + 100] ^= 1
        path.write_bytes(content)
        if readable(path, keys.journal_key(), query, [(1,), (position,)]) == {0}:
            return
    raise AssertionError("no page holds it")
