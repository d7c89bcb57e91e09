"""A practice server as a process of its own, its control's door, and a browser that signs in by hand."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pyotp
import requests

ROOT = Path(__file__).parents[2]
CALLBACK = "http://127.0.0.1:49152/callback"
FHIR = {"Content-Type": "application/fhir+json"}
QUICK = ("--claim-after", "0", "--answer-after", "3600", "--cancel-after", "0")


@dataclass
class Hospital:
    """A running server. `control` is its control's door; `as_user` a session with a person's token."""

    base: str
    issuer: str
    control_token: str
    people: dict[str, dict[str, str]]
    sessions: list[requests.Session] = field(default_factory=list)
    pid: int = 0

    def control(self, method: str, path: str, /, **body: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.control_token}"}
        answer = requests.request(method, f"{self.issuer}/practice/{path}", json=body, headers=headers, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def session(self, token: str = "") -> requests.Session:
        session = requests.Session()
        session.trust_env = False
        session.headers["Accept"] = "application/fhir+json"
        if token:
            session.headers["Authorization"] = f"Bearer {token}"
        self.sessions.append(session)
        return session

    def as_user(self, user: str, scope: str = "") -> requests.Session:
        return self.session(self.control("POST", "token", user=user, scope=scope)["access_token"])

    def url(self, path: str) -> str:
        return f"{self.base}/{path}"

    def code(self, user: str) -> str:
        return pyotp.TOTP(self.people[user]["totp_secret"]).now()


@contextmanager
def running(data: Path, *arguments: str, port: int = 0) -> Iterator[Hospital]:
    """Start `python -m workstation.practice` on a folder; ended by closing its standard input."""
    command = [sys.executable, "-m", "workstation.practice", "--port", str(port), "--data", str(data)]
    process = subprocess.Popen(
        [*command, "--quiet", "--watch-stdin", *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        ready = json.loads(process.stdout.readline())
        people = {person["user"]: person for person in ready["people"]}
        hospital = Hospital(ready["base"], ready["issuer"], ready["control_token"], people, pid=ready["pid"])
        yield hospital
        for session in hospital.sessions:
            session.close()
    finally:
        process.stdin.close()
        try:
            process.wait(20)
        finally:
            process.kill()
            process.wait()
            process.stdout.close()


@dataclass
class Browser:
    """Goes through the sign-in page as a person would; keeps its cookies."""

    hospital: Hospital
    http: requests.Session = field(default_factory=requests.Session)
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))

    def address(self, **changes: str) -> str:
        """The authorization request of the workstation."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": "coder-workstation",
            "redirect_uri": CALLBACK,
            "scope": "openid fhirUser offline_access user/*.cruds",
            "state": "a-state",
            "nonce": "a-nonce",
            "aud": self.hospital.base,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
            **changes,
        }
        return f"{self.hospital.issuer}/oauth/authorize?{urlencode({k: v for k, v in asked.items() if v})}"

    def sign_in(self, user: str, address: str = "", **typed: str) -> requests.Response:
        form = {
            "username": user,
            "password": self.hospital.people[user]["password"],
            "otp": self.hospital.code(user),
            **typed,
        }
        return self.http.post(address or self.address(), data=form, allow_redirects=False, timeout=10)

    def code(self, user: str = "dana") -> str:
        return returned(self.sign_in(user))["code"]

    def exchange(self, code: str, **changes: str) -> requests.Response:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
            "client_id": "coder-workstation",
            "code_verifier": self.verifier,
            **changes,
        }
        return self.http.post(f"{self.hospital.issuer}/oauth/token", data=form, timeout=10)

    def refresh(self, token: str) -> requests.Response:
        form = {"grant_type": "refresh_token", "refresh_token": token, "client_id": "coder-workstation"}
        return self.http.post(f"{self.hospital.issuer}/oauth/token", data=form, timeout=10)


def returned(answer: requests.Response) -> dict[str, str]:
    """What the redirect back to the workstation carries."""
    assert answer.status_code == 302, re.sub(r"<style>.*?</style>", "", answer.text, flags=re.DOTALL)[:400]
    assert answer.headers["Location"].startswith(CALLBACK)
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))


def found(session: requests.Session, hospital: Hospital, path: str) -> list[dict[str, Any]]:
    """The resources of the first page of a search."""
    bundle = session.get(hospital.url(path))
    assert bundle.status_code == 200, bundle.text
    return [entry["resource"] for entry in bundle.json().get("entry", [])]


def tasks(session: requests.Session, hospital: Hospital, user: str = "dana") -> list[dict[str, Any]]:
    return found(session, hospital, f"Task?owner=Practitioner/{user}&_sort=_lastUpdated")


@contextmanager
def as_new(served: Hospital) -> Iterator[Hospital]:
    """One server for a whole file: faults, clock and sessions are put back after each test."""
    yield served
    served.control("DELETE", "faults")
    served.control("POST", "clock", offset_seconds=0)
    served.control("POST", "offline", offline=False)
    while served.sessions:
        served.sessions.pop().close()
