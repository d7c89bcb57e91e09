"""Fifty workstations at one practice hospital for some minutes over a network that loses, delays and repeats.

Every workstation is the real client without its window: sign-in, guard's journal and uplink, desk's cache and sync, and a
script that opens, codes, holds, asks and finalizes. At the end every event and every decision is looked for on the server.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from tests.fleet.ledger import compare
from tests.fleet.network import Network
from tests.fleet.workstation import Workstation
from tests.practice.hospital import Hospital, running

ROOT = Path(__file__).resolve().parents[1]
PAUSES = (2.0, 12.0)  # seconds between two acts of a coder: about an encounter a minute
DRAIN = 180.0  # seconds the last letters may take
LAST_FAULTS = 60.0  # of which the network goes on failing


def worker(order: dict[str, Any]) -> None:
    """Some workstations of one kind, in a process of their own; the result is one line on standard output."""
    from workstation.codebook.book import CodeBook

    book = CodeBook.open(ROOT / "resources/codesets/codebook.db")
    network = Network(order["base"], 0.0, order["seed"])
    people = order["people"]
    fleet = []
    for number, person in enumerate(people):
        folder = Path(order["folder"]) / person["user"]
        folder.mkdir(parents=True)
        fleet.append(Workstation(folder, person, order["base"], network.address, book, order["seed"] * 1000 + number))
    began = time.monotonic()
    for one in fleet:  # everybody comes at nine
        one.start()
    network.share = order["faults"]
    while not all(one.is_in_step for one in fleet):
        time.sleep(0.2)
        assert time.monotonic() - began < 900, "the first sync did not end"
    first, morning = time.monotonic() - began, network.turn()
    tell({"ready": True})
    sys.stdin.readline()  # all processes begin together
    network.turn()
    began = time.monotonic()
    if order["active"]:
        for one in fleet:
            one.work(tuple(order["pauses"]))
    time.sleep(order["seconds"])
    day, lasted = network.turn(), time.monotonic() - began
    for one in fleet:
        one.rest()
    settled = drain(fleet, network)
    left = [one.leave().to_json() for one in fleet]
    last = network.turn()
    network.close()
    tell({
        "active": order["active"], "first_sync": first, "seconds": lasted, "settled": settled, "left": left,
        "morning": vars(morning), "day": vars(day), "last": vars(last), "cpu": time.process_time(),
    })  # fmt: skip
    os._exit(0)


def drain(fleet: list[Workstation], network: Network) -> float:
    """Until everything is sent, the network still failing for a while; then the desks stop and the last events go."""
    began = time.monotonic()
    for last in (False, True):
        if last:
            for one in fleet:
                one.stop_sync()
        while [one for one in fleet if not one.is_settled()]:  # each is asked, and hurried
            time.sleep(0.5)
            if time.monotonic() - began > LAST_FAULTS:
                network.share = 0.0
            if time.monotonic() - began > DRAIN:
                return -1.0
    return time.monotonic() - began


def tell(found: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()


def processor(pid: int) -> float:
    """Seconds of processor time a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def shares(clients: int, idle: int, processes: int) -> list[tuple[bool, int]]:
    """(active, how many workstations) of each process; the idle ones have one of their own."""
    active = clients - idle
    parts = [active // processes + (at < active % processes) for at in range(processes)]
    return [(True, part) for part in parts if part] + ([(False, idle)] if idle else [])


def run(hospital: Hospital, folder: Path, asked: argparse.Namespace) -> list[dict[str, Any]]:
    people = [one for name, one in sorted(hospital.people.items()) if name.startswith("crowd-")]
    workers = []
    for seed, (active, count) in enumerate(shares(asked.clients, asked.idle, asked.processes), start=asked.seed):
        mine, people = people[:count], people[count:]
        order = {
            "base": hospital.base, "people": mine, "folder": str(folder / "homes"), "seed": seed, "active": active,
            "seconds": asked.minutes * 60, "faults": asked.share, "pauses": asked.pauses,
        }  # fmt: skip
        workers.append(
            subprocess.Popen(
                [sys.executable, __file__, "--worker", json.dumps(order)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            )
        )  # fmt: skip
    lines = [json.loads(one.stdout.readline() or "{}") for one in workers]  # type: ignore[union-attr]
    assert all(line.get("ready") for line in lines), "a process of workstations ended early"
    for one in workers:
        one.stdin.write("go\n")  # type: ignore[union-attr]
        one.stdin.flush()  # type: ignore[union-attr]
    found = [json.loads(one.stdout.readline() or "{}") for one in workers]  # type: ignore[union-attr]
    for one in workers:
        one.wait(30)
    assert all(found), "a process of workstations ended early"
    return found


def report(found: list[dict[str, Any]], asked: argparse.Namespace, server_cpu: float, server_seconds: float) -> None:
    for active in (True, False):
        mine = [one for one in found if one["active"] is active]
        if not mine:
            continue
        minutes = sum(one["seconds"] * len(one["left"]) for one in mine) / 60
        kinds = sum((Counter(one["day"]["kinds"]) for one in mine), Counter())
        received = sum(one["day"]["received"] for one in mine)
        sent = sum(one["day"]["sent"] for one in mine)
        print(
            f"name=requests_per_client_minute_{'active' if active else 'idle'} value={kinds.total() / minutes:.2f} "
            f"received_KB={received / minutes / 1000:.1f} sent_KB={sent / minutes / 1000:.1f} "
            + " ".join(f"{kind.replace(' ', '_')}={count / minutes:.2f}" for kind, count in kinds.most_common()),
            flush=True,
        )
    times = sorted(one for part in found for one in part["day"]["milliseconds"])
    if times:
        p95, p99 = (times[min(len(times) - 1, int(len(times) * share))] for share in (0.95, 0.99))
        print(
            f"name=server_latency p50={statistics.median(times):.1f} p95={p95:.1f} p99={p99:.1f} max={times[-1]:.1f} "
            f"unit=ms n={len(times)}"
        )
    faults = sum((Counter(one[part]["faults"]) for one in found for part in ("morning", "day", "last")), Counter())
    total = sum(Counter(one[part]["kinds"]).total() for one in found for part in ("morning", "day", "last"))
    print(
        f"name=faults value={faults.total()} of={total} "
        + " ".join(f"{k.replace(' ', '_')}={v}" for k, v in faults.items())
    )
    print(
        f"name=first_sync value={max(one['first_sync'] for one in found):.1f} unit=s "
        f"requests={sum(Counter(one['morning']['kinds']).total() for one in found)}"
    )
    print(
        f"name=server_cpu value={server_cpu / server_seconds * 100:.1f} unit=%_of_one_core seconds={server_seconds:.0f}"
    )
    decisions = sum((Counter(each["decisions"]) for one in found for each in one["left"]), Counter())
    print("name=decisions " + " ".join(f"{k.replace(' ', '_')}={v}" for k, v in sorted(decisions.items())))
    troubles = Counter(word for one in found for each in one["left"] for word in each["troubles"])
    print("name=troubles " + (" ".join(f"{k}={v}" for k, v in troubles.items()) or "none"))
    letters = sum((Counter(each["letters"]) for one in found for each in one["left"]), Counter())
    print(
        f"name=left_unsent events={sum(each['unsent'] for one in found for each in one['left'])} letters={dict(letters)}"
    )
    print(
        f"name=drained value={max(one['settled'] for one in found):.1f} min={min(one['settled'] for one in found):.1f} unit=s"
    )


def main() -> None:
    if sys.argv[1:2] == ["--worker"]:
        worker(json.loads(sys.argv[2]))
        return
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--clients", type=int, default=50)
    reader.add_argument("--idle", type=int, default=10, help="of them only look on")
    reader.add_argument("--processes", type=int, default=4, help="for those who work")
    reader.add_argument("--minutes", type=float, default=5)
    reader.add_argument("--faults", default="5%", help="share of the requests that meet a fault")
    reader.add_argument("--each", type=int, default=8, help="charts for each")
    reader.add_argument("--pauses", type=float, nargs=2, default=PAUSES, help="seconds between two acts")
    reader.add_argument("--seed", type=int, default=int(time.time()) % 100_000)
    asked = reader.parse_args()
    asked.share = float(asked.faults.rstrip("%")) / (100 if asked.faults.endswith("%") else 1)
    print(f"clients={asked.clients} idle={asked.idle} minutes={asked.minutes} faults={asked.faults} seed={asked.seed}")
    options = (
        "--crowd",
        str(asked.clients),
        "--each",
        str(asked.each),
        "--access-seconds",
        "90",
        "--answer-after",
        "60",
    )
    with tempfile.TemporaryDirectory() as name, running(Path(name) / "practice", *options) as hospital:
        folder, pid = Path(name), hospital_pid(hospital)
        cpu, began = processor(pid), time.monotonic()
        found = run(hospital, folder, asked)
        report(found, asked, processor(pid) - cpu, time.monotonic() - began)
        verdict = compare(folder / "practice" / "practice.db", [each for one in found for each in one["left"]])
        for why in verdict.why[:20]:
            print(f"  {why}")
        print(
            f"name=fleet events={verdict.events} results={verdict.results} queries={verdict.queries} "
            f"standing={verdict.standing} losses={verdict.losses} duplicates={verdict.duplicates}"
        )
    sys.exit(bool(verdict.losses or verdict.duplicates))


def hospital_pid(hospital: Hospital) -> int:
    """The server's process: the one that listens at its port."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        words = path.read_bytes().split(b"\0")
        if (
            b"workstation.practice" in words
            and int(path.parent.joinpath("stat").read_text().rpartition(")")[2].split()[1]) == os.getpid()
        ):
            return int(path.parent.name)
    raise AssertionError("the practice hospital is not there")


if __name__ == "__main__":
    main()
