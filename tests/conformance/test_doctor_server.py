"""`doctor --server` as IT runs it: against a full server, the practice hospital, lesser servers, and none."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import trustme

from tests import charts
from tests.conformance.limited import Limited, Request, answer, changed_json, without_header
from tests.fakes.proxy import Fault
from tests.fhir.test_client import FakeServer
from tests.peers import Peer, free_port, sekmet
from tests.practice.builders import charts as few_charts
from tests.practice.hospital import QUICK, Hospital, as_new, running
from workstation.conformance.findings import Verdict
from workstation.conformance.line import Line
from workstation.conformance.terminal import Report, examine
from workstation.fhir.pins import pin_of
from workstation.settings import ServerSettings

__all__ = ["sekmet"]

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "a-token-nobody-may-see"  # sekmet takes any


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hospital]:
    place = tmp_path_factory.mktemp("practice")
    with running(place / "data", "--charts", str(few_charts(place / "charts")), *QUICK) as hospital:
        yield hospital


@pytest.fixture
def hospital(served: Hospital) -> Iterator[Hospital]:
    with as_new(served) as put_back:
        yield put_back


@pytest.fixture(scope="module")
def full(sekmet: Peer) -> str:
    """sekmet with one chart, so that documents and pages can be looked at."""
    charts.put(sekmet.base, *charts.chart("conf-", "coder-conf"))
    return sekmet.base


def look(base: str, *, token: str = TOKEN, write: bool = True, **settings: Any) -> Report:
    line = Line(ServerSettings(base=base, **settings), token)
    report = Report(line.base)
    try:
        examine(line, report, write=write)
    finally:
        line.close()
    return report


def verdicts(report: Report) -> dict[str, str]:
    return {one.feature: one.verdict.value for one in report.findings}


def found(report: Report, feature: str) -> str:
    return next(one.found for one in report.findings if one.feature == feature)


def doctor(*words: str, home: Path | None = None) -> subprocess.CompletedProcess[str]:
    """As a process: no keyring, and no home that could be made."""
    environment = {key: value for key, value in os.environ.items() if key not in ("DBUS_SESSION_BUS_ADDRESS", "HOME")}
    environment |= {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring", "HOME": str(home or "/nowhere")}
    line = [sys.executable, "main.py", "doctor", *words]
    return subprocess.run(line, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=90, check=False)


def token_file(folder: Path, token: str, mode: int = 0o600) -> str:
    file = folder / "token"
    file.write_text(token + "\n", encoding="ascii")
    file.chmod(mode)
    return str(file)


# ---------------------------------------------------------------- whole servers


def test_the_practice_hospital_is_examined_as_a_process_with_its_writes(hospital: Hospital, tmp_path: Path) -> None:
    token = str(hospital.control("POST", "token", user="dana")["access_token"])
    done = doctor("--server", hospital.base, "--token-file", token_file(tmp_path, token), "--write-probe", "--json")
    told = json.loads(done.stdout)
    by_name = {one["feature"]: one for one in told["findings"]}
    assert token not in done.stdout + done.stderr
    assert told["exit"] == done.returncode == 1, done.stdout
    for feature in (
        "Sign-in", "PKCE", "Asks for a token", "Task?owner", "MedicationAdministration?context", "Communication?based-on",
        "Search by _lastUpdated", "Next page", "If-None-Match", "_include", "Attachments", "Conditional create",
        "If-Match on PUT", "Batch", "Transaction", "Transaction is atomic", "Writing AuditEvents", "Deleting an AuditEvent",
        "Changing an AuditEvent", "Clock",
    ):  # fmt: skip
        assert by_name[feature]["verdict"] == "works", by_name[feature]
    shown = (
        (ROOT / "docs" / "server-check.md").read_text(encoding="utf-8").partition("```text\n")[2].partition("```")[0]
    )
    marks = ("ok  ", "said", "look", "BAD ", "?   ", "    ")
    lines = [line[5:].partition(": ")[0] for line in shown.splitlines() if line[:4] in marks and line[4:5] == " "]
    told_here = [one["feature"] for one in told["findings"]]
    assert [line for line in lines if line in told_here] == told_here  # the example in the handbook is what comes
    # this server deletes nothing: what was written is named, and lies there with its label
    assert by_name["Cleaning up"]["verdict"] == "adapts"
    coder = hospital.session(token)
    devices = [name for name in told["left_behind"] if name.startswith("Device/")]
    assert len(devices) == 3
    for name in devices:
        body = coder.get(f"{hospital.base}/{name}").json()
        assert "SYNTHETIC CONFORMANCE PROBE" in body["deviceName"][0]["name"]


def test_without_a_token_only_public_facts_are_asked_and_no_more_is_claimed(hospital: Hospital) -> None:
    done = doctor("--server", hospital.base, "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["exit"]) == (0, 0), done.stdout
    verdicts_of = {one["feature"]: one["verdict"] for one in told["findings"]}
    assert verdicts_of["Task"] == verdicts_of["Transaction"] == "declared"
    assert verdicts_of["Searches, pages, versions, documents"] == verdicts_of["What becomes of writes"] == "not asked"
    assert not {"Task?owner", "If-Match on PUT", "Attachments"} & set(verdicts_of)
    assert "on the server's word" in told["verdict"]


def test_a_full_server_is_found_out_and_left_clean(full: str) -> None:
    before = requests.get(f"{full}/Device?_summary=count", timeout=10).json().get("total")
    report = look(full)
    now = verdicts(report)
    for feature in ("Conditional create", "If-Match on PUT", "Update as create", "Batch", "Transaction", "Cleaning up"):
        assert now[feature] == "works", found(report, feature)
    assert (now["Transaction is atomic"], now["AuditEvent found by _tag"]) == ("works", "works")
    assert found(report, "Attachments").endswith("a Binary in JSON")
    # it gives charts without a token, and lets the trail be changed: both are said
    assert now["Asks for a token"] == now["Deleting an AuditEvent"] == now["Changing an AuditEvent"] == "adapts"
    assert now["Sign-in"] == "missing"  # it publishes no issuer
    assert report.code == 2
    assert report.left == []
    assert requests.get(f"{full}/Device?_summary=count", timeout=10).json().get("total") == before
    assert requests.get(f"{full}/AuditEvent?_tag=synthetic", timeout=10).json().get("entry", []) == []


# ---------------------------------------------------------------- lesser servers


def no_304(asked: Request) -> Request:
    return without_header("If-None-Match")(asked)


def no_own_ids(asked: Request) -> Request | requests.Response:
    """A PUT without If-Match is a creation here: the probe makes no other."""
    creates = asked[0] == "PUT" and not any(name.lower() == "if-match" for name in asked[2])
    return answer(404) if creates and "/Device/" in asked[1] else asked


def refuse_bundles(kind: str) -> Callable[[Request], Request | requests.Response]:
    def before(asked: Request) -> Request | requests.Response:
        is_one = asked[0] == "POST" and b'"Bundle"' in asked[3] and json.loads(asked[3]).get("type") == kind
        return answer(400) if is_one else asked

    return before


def as_batch(asked: Request) -> Request:
    method, path, headers, body = asked
    return method, path, headers, body.replace(b'"type":"transaction"', b'"type":"batch"')


def refuse_large(asked: Request) -> Request | requests.Response:
    return answer(413) if len(asked[3]) > 100_000 else asked


def ignore_parameter(name: str) -> Callable[[Request], Request]:
    def before(asked: Request) -> Request:
        method, path, headers, body = asked
        place, _, query = path.partition("?")
        kept = "&".join(part for part in query.split("&") if not part.startswith(f"{name}="))
        return method, f"{place}?{kept}", headers, body

    return before


LESSER = [
    (no_304, "If-None-Match", "note", "the whole resource"),
    (no_own_ids, "Update as create", "note", "answers 404"),
    (without_header("If-Match"), "If-Match on PUT", "missing", "old version is taken"),
    (without_header("If-None-Exist"), "Conditional create", "missing", "stored twice"),
    (refuse_bundles("batch"), "Batch", "adapts", "answers 400"),
    (refuse_bundles("transaction"), "Transaction", "missing", "answers 400"),
    (as_batch, "Transaction is atomic", "adapts", "run as a batch"),
    (refuse_large, "A request of 500 kB", "adapts", "answers 413"),
    (ignore_parameter("encounter"), "Observation?encounter", "missing", "entries came that do not match"),
    (ignore_parameter("_lastUpdated"), "Search by _lastUpdated", "adapts", "ignored"),
]


@pytest.mark.parametrize(("before", "feature", "verdict", "words"), LESSER)
def test_what_a_lesser_server_lacks_is_found(full: str, before: Any, feature: str, verdict: str, words: str) -> None:
    proxy = Limited(full, before)
    try:
        report = look(proxy.base)
    finally:
        proxy.close()
    assert verdicts(report)[feature] == verdict, found(report, feature)
    assert words in found(report, feature)
    assert report.left == []


def test_a_next_link_on_another_host_is_asked_of_the_base_address(full: str) -> None:
    def elsewhere(asked: Request, reply: requests.Response) -> None:
        if reply.content.startswith(b"{") and b'"next"' in reply.content:
            reply._content = reply.content.replace(full.encode(), b"https://elsewhere.example/fhir")

    proxy = Limited(full, after=elsewhere)
    try:
        report = look(proxy.base, write=False)
    finally:
        proxy.close()
    assert (verdicts(report)["Next page"], found(report, "Next page")) == ("adapts", "names another host or port")
    assert any("page" in path or "_count=1" in path for _, path, _ in proxy.seen)


def test_a_server_without_totals_or_order_is_told(full: str) -> None:
    def bare(asked: Request, reply: requests.Response) -> None:
        if b'"searchset"' in reply.content:
            changed_json(reply, lambda body: (body.pop("total", None), body.get("entry", []).reverse()))

    charts.put(full, *(charts.task("conf-", "coder-conf", id=f"conf-t{n}") for n in range(3)))
    proxy = Limited(full, after=bare)
    try:
        report = look(proxy.base, write=False)
    finally:
        proxy.close()
    assert found(report, "Bundle.total") == "left out"
    assert verdicts(report)["_sort=_lastUpdated"] == "adapts"


def test_a_server_of_another_fhir_version_is_refused(full: str) -> None:
    def r5(asked: Request, reply: requests.Response) -> None:
        if asked[1].endswith("/metadata"):
            changed_json(reply, lambda body: body.update(fhirVersion="5.0.0"))

    proxy = Limited(full, after=r5)
    try:
        assert verdicts(look(proxy.base, write=False))["FHIR version"] == "missing"
    finally:
        proxy.close()


def test_a_presigned_address_gets_no_token_and_plain_http_elsewhere_is_not_followed(full: str) -> None:
    store = FakeServer()
    store.answer = lambda path: (200, {"Content-Type": "text/plain"}, b"words")
    place = [f"http://127.0.0.1:{store.port}/x?sig=1"]

    def presign(asked: Request, reply: requests.Response) -> None:
        if "/DocumentReference" in asked[1]:

            def change(body: dict[str, Any]) -> None:
                for entry in body.get("entry", []):
                    for content in entry["resource"].get("content", []):
                        content["attachment"]["url"] = place[0]

            changed_json(reply, change)

    proxy = Limited(full, after=presign)
    try:
        report = look(proxy.base, write=False)
        assert found(report, "Attachments") == "on another address (presigned); the bytes themselves"
        assert "Authorization" not in store.seen[0][2]
        place[0] = "http://store.example/x?sig=1"
        assert verdicts(look(proxy.base, write=False))["Attachments"] == "missing"
    finally:
        proxy.close()
        store.close()


# ---------------------------------------------------------------- faults


def test_a_server_that_throttles_is_waited_for_and_told(hospital: Hospital) -> None:
    token = str(hospital.control("POST", "token", user="dana")["access_token"])
    hospital.control("POST", "faults", kind="status", status=429, retry_after="1", path="/fhir/Observation", count=1)
    report = look(hospital.base, token=token, write=False)
    assert verdicts(report)["Observation?encounter"] == "works"
    assert verdicts(report)["Throttling"] == "works"
    assert "429, wait 1 s" in found(report, "Throttling")
    assert "Retry-After: 1" in next(one.client for one in report.findings if one.feature == "Throttling")


def test_a_server_that_is_busy_for_longer_is_not_called_lacking(hospital: Hospital) -> None:
    token = str(hospital.control("POST", "token", user="dana")["access_token"])
    hospital.control("POST", "faults", kind="status", status=429, retry_after="90", path="/fhir/Observation", count=0)
    report = look(hospital.base, token=token, write=False)
    assert report.stopped.startswith("It is busy (429, wait 90 s)")
    assert report.code == 3
    assert "missing" not in verdicts(report).values()


def test_a_practice_server_that_runs_transactions_as_batches_is_found_out(hospital: Hospital) -> None:
    token = str(hospital.control("POST", "token", user="dana")["access_token"])
    hospital.control("POST", "faults", kind="batch", path="/fhir", count=0)
    report = look(hospital.base, token=token)
    assert verdicts(report)["Transaction is atomic"] == "adapts"
    assert report.code == 1


def test_a_server_that_is_not_there_is_not_reached(hospital: Hospital) -> None:
    done = doctor("--server", f"http://127.0.0.1:{free_port()}/fhir")
    assert done.returncode == 3
    assert "Nothing listens at that address and port." in done.stdout
    hospital.control("POST", "offline", offline=True)
    assert doctor("--server", hospital.base).returncode == 3


def test_a_server_that_goes_away_half_way_leaves_an_honest_report(full: str) -> None:
    proxy = Limited(full)
    gone: list[str] = []

    def rule(method: str, path: str) -> Fault | None:
        if method == "POST" and path.endswith("/fhir"):
            gone.append(path)
            return Fault(cut=True, after=True) if len(gone) == 2 else None  # the transaction's answer is lost
        return Fault(cut=True) if len(gone) > 1 else None

    proxy.rule = rule
    try:
        report = look(proxy.base, token=TOKEN)
    finally:
        proxy.close()
    assert report.stopped.startswith("The connection ended")
    assert "Transaction is atomic" not in verdicts(report)
    assert verdicts(report)["Cleaning up"] == "adapts"
    assert len(report.left) == 3
    assert all(name.startswith(("Device/", "perhaps Device ")) for name in report.left)
    for name in report.left:
        if name.startswith("Device/"):
            requests.delete(f"{full}/{name.partition(' ')[0]}", timeout=10)


def test_a_token_the_server_refuses_is_said_and_not_shown(hospital: Hospital, tmp_path: Path) -> None:
    done = doctor("--server", hospital.base, "--token-file", token_file(tmp_path, TOKEN), "--write-probe")
    assert done.returncode == 3
    assert "The token was refused (401)" in done.stdout
    assert TOKEN not in done.stdout + done.stderr


def test_the_token_file_is_looked_at_before_the_server(hospital: Hospital, tmp_path: Path) -> None:
    open_file = token_file(tmp_path, TOKEN, 0o644)
    assert "can be read by others (644)" in doctor("--server", hospital.base, "--token-file", open_file).stdout
    (tmp_path / "empty").touch()
    (tmp_path / "two").write_text("one two\n", encoding="ascii")
    for name in ("missing", "empty", "two"):
        done = doctor("--server", hospital.base, "--token-file", str(tmp_path / name))
        assert (done.returncode, done.stdout) == (3, "")
        assert "token file" in done.stderr
    assert doctor("--server", hospital.base, "--write-probe").returncode == 3
    assert doctor("--token-file", open_file).returncode == 3


def test_a_bearer_never_goes_to_plain_http_elsewhere() -> None:
    done = doctor("--server", "http://fhir.example/r4")
    assert done.returncode == 3
    assert "must be https" in done.stderr


# ---------------------------------------------------------------- TLS


def test_version_roots_end_and_pins_of_a_tls_server_are_told(tmp_path: Path) -> None:
    authority = trustme.CA()
    roots = tmp_path / "roots.pem"
    authority.cert_pem.write_to_path(str(roots))
    issued = authority.issue_cert("127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issued.configure_cert(context)
    server = FakeServer(context)
    server.answer = lambda path: (404, {}, b"{}")
    pin = pin_of(ssl.PEM_cert_to_DER_cert(issued.cert_chain_pems[0].bytes().decode()))
    base = f"https://127.0.0.1:{server.port}/fhir"
    try:
        report = look(base, token="", write=False, ca=str(roots), pin=(pin,))
        now = verdicts(report)
        assert found(report, "TLS").startswith("TLSv1.3")
        assert found(report, "Pin of the server's key") == pin
        assert now["Pin"] == now["Certificate"] == "works"
        wrong = look(base, token="", write=False, ca=str(roots), pin=("A" * 43 + "=",))
        assert (verdicts(wrong)["Pin"], wrong.code) == ("missing", 2)
        strange = look(base, token="", write=False)
        assert (strange.code, strange.findings) == (3, [])
        assert "certificate is not trusted" in strange.stopped
    finally:
        server.close()


def test_nothing_is_called_good_that_was_not_asked(full: str) -> None:
    report = look(full, token="", write=False)
    tried = {one.feature for one in report.findings if one.verdict is Verdict.WORKS}
    assert tried <= {
        "CapabilityStatement",
        "FHIR version",
        "JSON",
        "Clock",
        "Sign-in",
        "PKCE",
        "Device's own credential",
    }
