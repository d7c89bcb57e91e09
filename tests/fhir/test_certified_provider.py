"""Sign-in against a certified OpenID provider: the library of others, not our own reading of the standard."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

import pytest
import requests

from tests.peers import ROOT, end
from workstation.errors import SignedOutByServer
from workstation.fhir.sign_in import SignIn
from workstation.fhir.tokens import Tokens

HOME = Path(os.environ.get("OIDC_PROVIDER_HOME", ROOT / "build" / "npm"))


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    node = shutil.which("node")
    if node is None or not (HOME / "node_modules" / "oidc-provider").exists():
        pytest.skip("oidc-provider is not installed: npm install --prefix build/npm oidc-provider@8")
    script = Path(__file__).parent.parent / "fakes" / "oidc_provider.mjs"
    process = subprocess.Popen([node, script, HOME], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith(b"{"):
                yield json.loads(line)["issuer"]
                break
        else:
            pytest.fail("the provider did not start")
    finally:
        end(process)


class Person:
    """Fills in the provider's own pages: name and password, then consent."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._thread: threading.Thread | None = None

    def __call__(self, url: str) -> None:
        self._thread = threading.Thread(target=self._visit, args=(url,))
        self._thread.start()

    def _visit(self, url: str) -> None:
        with requests.Session() as browser:
            page = browser.get(url, timeout=10)
            for _ in range(3):
                action = re.search(r'action="([^"]+)"', page.text)
                if action is None:
                    return
                prompt = re.search(r'name="prompt" value="([^"]+)"', page.text)
                form = {"prompt": prompt.group(1) if prompt else "", "login": self._name, "password": "any"}
                page = browser.post(urljoin(page.url, action.group(1)), data=form, timeout=10)

    def close(self) -> None:
        if self._thread is not None:
            self._thread.join()


def test_a_certified_provider_signs_a_coder_in_renews_and_revokes(issuer: str) -> None:
    person, stored = Person("dana"), list[Tokens]()
    door = SignIn(f"{issuer}/fhir", issuer=issuer, scopes=("openid", "fhirUser", "offline_access"))
    done = door.run(person, seconds=30)
    person.close()
    assert (done.tokens.fhir_user, done.tokens.subject) == ("Practitioner/dana", "dana")
    session = door.session(done, stored.append)
    first = session.access()
    second = session.fresh(first)
    assert second != first
    assert len({tokens.refresh for tokens in stored}) == 2
    session.end()
    with pytest.raises(SignedOutByServer):
        door.resume(stored[-1].refresh, "Practitioner/dana", stored.append).access()


def test_a_refresh_token_used_twice_ends_the_session_as_it_should(issuer: str) -> None:
    person, stored = Person("miguel"), list[Tokens]()
    door = SignIn(f"{issuer}/fhir", issuer=issuer, scopes=("openid", "fhirUser", "offline_access"))
    session = door.session(door.run(person, seconds=30), stored.append)
    person.close()
    session.fresh()
    with pytest.raises(SignedOutByServer):
        door.resume(stored[0].refresh, "Practitioner/miguel", stored.append).access()
    with pytest.raises(SignedOutByServer):
        session.fresh()
