"""Audit events brought to the practice server on loopback, beside bare batches of the same size from a plain requests loop.

`--events N` (default 3,000). A real journal, the guard's own uplink, a practice server in a process of its own that
verifies chain and signatures and answers with receipts, which the uplink checks. The floor posts events of the same
size, prebuilt, that are no part of a journal: the server stores and indexes them, and verifies nothing.
The journal is filled without waiting for the disk; everything timed is as it ships.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.figures import show
from tests.practice.hospital import QUICK, Hospital, running
from workstation.domain.audit import Act, Intent, Outcome, Subject
from workstation.domain.trail import AuditSend
from workstation.fhir import device
from workstation.fhir.audit import AuditSource, audit_event
from workstation.fhir.backend import BackendTokens, register
from workstation.fhir.client import FhirClient
from workstation.fhir.discovery import get_json
from workstation.guard.audit_batch import MOST_ENTRIES
from workstation.guard.notary import Notary
from workstation.guard.uplink import Confirmed, Uplink, UplinkKind
from workstation.host.clock import SystemClock
from workstation.journal.store import Journal
from workstation.keys.device import DeviceKeys

FLOOR_BATCHES = 30


class Tail:
    """The journal without its thread: nobody else works on it here."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.counts = journal.counts

    def unsent(self, limit: int) -> tuple[AuditSend, ...]:
        self.journal.checkpoint()
        return self.journal.unsent(limit)

    def acknowledge(self, confirmed: Confirmed, proof: str = "") -> None:
        self.journal.acknowledge_each(confirmed, proof)


def filled(folder: Path, keys: DeviceKeys, events: int) -> Journal:
    """Nine views to one act, as a day of coding goes."""
    memory = Path("/dev/shm")  # noqa: S108  a disk of memory, where there is one: filling is not what is measured
    place = Path(tempfile.mkdtemp(dir=memory if memory.is_dir() else folder))
    journal = Journal.open(place / "journal.db", keys, SystemClock())
    subject = Subject("Patient/p-1", "Encounter/e-1", "DocumentReference/d-1", "1")
    began = time.perf_counter()
    for number in range(events):
        if number % 10:
            journal.append(Intent(Act.VIEW_DOCUMENT, subject), user="dana")
        else:
            act = journal.append(Intent(Act.CODE_ADD, subject), user="dana")
            journal.outcome(act.id, Outcome.DONE)
    journal.close()
    for part in place.iterdir():
        shutil.move(part, folder / part.name)
    place.rmdir()
    journal = Journal.open(folder / "journal.db", keys, SystemClock())
    print(f"filled {events} events in {time.perf_counter() - began:.1f} s", flush=True)
    return journal


def enrolled(hospital: Hospital, keys: DeviceKeys) -> tuple[FhirClient, str]:
    token = hospital.control("POST", "token", user="dana")["access_token"]
    coder = FhirClient(hospital.base, lambda: token)
    reference = device.enlist(coder, keys.device, "1.0", keys.verify_key)
    client_id = register(hospital.session(), f"{hospital.issuer}/oauth/register", keys, keys.device, token)
    coder.close()
    tokens = BackendTokens(hospital.session, f"{hospital.issuer}/oauth/token", client_id, keys)
    return FhirClient(hospital.base, tokens.token, fresh_token=tokens.fresh_token), reference


def floor(hospital: Hospital, sample: list[dict[str, Any]]) -> list[float]:
    """Events a second of bare batches: same count, same bytes, no chain to verify."""
    http = hospital.as_user("dana")
    http.headers["Content-Type"] = "application/fhir+json"
    bodies = []
    for _ in range(FLOOR_BATCHES):
        entries = []
        for event in sample:
            name = str(uuid.uuid4())
            chained = json.dumps(event["extension"])
            padded = [{"url": "https://coder.example/fhir/padding", "valueString": chained[: len(chained) - 60]}]
            tag = {"tag": [{**event["meta"]["tag"][0], "code": name}]}
            bare = {**event, "id": name, "meta": tag, "extension": padded}
            entries.append({"resource": bare, "request": {"method": "PUT", "url": f"AuditEvent/{name}"}})
        bodies.append(json.dumps({"resourceType": "Bundle", "type": "batch", "entry": entries}).encode())
    rates = []
    for body in bodies:
        began = time.perf_counter()
        answer = http.post(hospital.base, data=body, timeout=60)
        answer.raise_for_status()
        rates.append(len(sample) / (time.perf_counter() - began))
    return rates


def upload(sender: Uplink, total: int) -> tuple[list[float], float]:
    """Events a second, batch by batch, and the seconds of the whole."""
    rates: list[float] = []
    began = last = time.perf_counter()
    done = 0
    while True:
        state = sender.step()
        now = time.perf_counter()
        if state.acknowledged > done:
            rates.append((state.acknowledged - done) / (now - last))
            if done // 50_000 != state.acknowledged // 50_000:
                print(f"{state.acknowledged} of {total} after {now - began:.0f} s", flush=True)
        done, last = state.acknowledged, now
        if state.kind is not UplinkKind.WORKING:
            assert state.kind is UplinkKind.IN_STEP, state
            return rates, now - began


def spent_by(pid: int) -> float:
    """CPU seconds of a process so far; zero where the system does not tell."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return 0.0
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def verification(hospital_events: list[dict[str, Any]], keys: DeviceKeys, folder: Path) -> float:
    """Seconds an event that the server's ledger takes by itself, in this process, on a store of its own."""
    from datetime import UTC, datetime

    from workstation.practice.engine import Engine
    from workstation.practice.store import Store

    store = Store(folder / "ledger.db", lambda: datetime.now(UTC))
    engine = Engine(store, "http://127.0.0.1/fhir")
    store.put(
        {
            "resourceType": "Device",
            "id": "d1",
            "identifier": [{"system": device.SID_INSTALLATION, "value": keys.device}],
            "extension": [device._key_extension(keys.verify_key)],
        }
    )
    began = time.process_time()
    for at in range(0, len(hospital_events), MOST_ENTRIES):
        (taken,) = engine.ledger.take(hospital_events[at : at + MOST_ENTRIES])
        engine.receipts.signature(taken)
        assert not taken.flagged
    spent = time.process_time() - began
    store.close()
    return spent / len(hospital_events)


def main() -> None:
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--events", type=int, default=3_000)
    events = reader.parse_args().events
    with tempfile.TemporaryDirectory() as name:
        folder, keys = Path(name), DeviceKeys.throw_away()
        journal = filled(folder, keys, events)
        with running(folder / "practice", *QUICK) as hospital:
            client, reference = enrolled(hospital, keys)
            source = AuditSource(keys.device, "1.0", "bench", hospital.base, reference)
            some = [audit_event(send, source) for send in journal.unsent(min(events, 2_000))]
            floors = floor(hospital, some[:MOST_ENTRIES])
            notary = Notary(
                folder / "receipts.json",
                base=lambda: hospital.base,
                device=keys.device,
                published=lambda url: get_json(hospital.session(), url)[1],
                hash_at=journal.hash_at,
            )
            here, there = time.process_time(), spent_by(hospital.pid)
            rates, spent = upload(Uplink(client, Tail(journal), lambda: source, notary), events)
            here, there = time.process_time() - here, spent_by(hospital.pid) - there
            assert notary.gives
            client.close()
            show("audit_upload", rates, floors, "events/s")
            print(
                f"name=audit_upload_whole events={events} seconds={spent:.1f} rate={events / spent:.0f} unit=events/s"
            )
            own, server = here / events * 1000, there / events * 1000
            alone = f"{1000 / (own + server):.0f} events/s with a core of their own, one after the other"
            print(f"name=audit_upload_cpu device={own:.3f} server={server:.3f} unit=ms an event: {alone}")
            share = verification(some, keys, folder) * 1000 / server if server else 0.0
            print(f"name=audit_upload_verification share={share:.3f} of the server's CPU time", flush=True)
            (standing,) = hospital.control("GET", "journals")
            assert not standing["missing"], standing
            assert standing["whole_to"] == journal.head().seq, standing
        journal.close()


if __name__ == "__main__":
    main()
