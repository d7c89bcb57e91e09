"""Answers that make no sense, of every kind this client reads: refused or shown as plain text, and the next round mends all."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.faults.conftest import Times
from tests.faults.tally import counted

ROOT = Path(__file__).resolve().parents[2]
MOST_MB = 300.0
SECONDS_A_TRY = 4.0
SEED = "1"
FEW = 25  # among the tests: each costs four rounds of everything
#: What has to be met among many tries: each kind of resource, token and document that is read.
READ = {
    "GET Task", "GET Task?", "GET Encounter", "GET Patient", "GET DocumentReference?", "GET Binary", "GET Claim",
    "GET CommunicationRequest", "GET Communication?", "GET Observation?", "GET Condition?", "GET Coverage?",
    "GET Practitioner", "GET PractitionerRole?", "GET Organization", "GET Device", "GET Device?", "GET Basic?",
    "GET discovery", "GET metadata", "POST transaction", "PUT Task", "PUT AuditEvent", "POST register",
    "POST token refresh_token", "POST token client_credentials",
}  # fmt: skip


def test_a_server_that_answers_nonsense_costs_nothing_but_the_answer(tmp_path: Path, times: Times) -> None:
    """In a process of its own: its memory is measured, and what would end a thread of the program is counted."""
    with counted("malformed answers") as row:
        count = FEW if times(1000) < 1000 else times(1000)
        done = subprocess.run(
            [sys.executable, "-m", "tests.faults.malformed_day", SEED, str(count), str(tmp_path)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60 + SECONDS_A_TRY * count,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        report = json.loads(done.stdout)
        row.tries, row.seen = report["tries"], report["refused"]
        row.losses = len(report["bugs"]) + len(report["unhealed"])
        row.duplicates = len(report["wrong"])
        assert report["bugs"] == []
        assert report["unhealed"] == []
        assert report["wrong"] == []
        assert report["tries"] >= count
        print(f"memory grew by {report['grown_mb']} MB")  # noqa: T201  the figure is the point
        assert report["grown_mb"] < MOST_MB
        if count >= 1000:
            assert set(report["labels"]) >= READ
