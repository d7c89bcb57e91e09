"""A device's own access: its key registered by a coder, short tokens by signed assertion, and a narrow reach."""

from __future__ import annotations

import base64
import uuid
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from tests.practice.builders import audit_event
from tests.practice.hospital import Hospital
from workstation.errors import ServerRefused, SignedOutByServer
from workstation.fhir import commands as orders
from workstation.fhir import device
from workstation.fhir.backend import BackendTokens, register
from workstation.fhir.client import FhirClient


class Key:
    """A P-384 key as the device keeps it."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP384R1())
        self.kid = uuid.uuid4().hex

    def sign_assertion(self, message: bytes) -> bytes:
        r, s = decode_dss_signature(self._key.sign(message, ec.ECDSA(hashes.SHA384())))
        return r.to_bytes(48, "big") + s.to_bytes(48, "big")

    def public_jwk(self) -> dict[str, Any]:
        numbers = self._key.public_key().public_numbers()
        x, y = (base64.urlsafe_b64encode(n.to_bytes(48, "big")).rstrip(b"=").decode() for n in (numbers.x, numbers.y))
        return {"kty": "EC", "crv": "P-384", "x": x, "y": y, "kid": self.kid, "use": "sig", "alg": "ES384"}


@pytest.fixture
def coder_token(hospital: Hospital) -> str:
    return str(hospital.control("POST", "token", user="dana")["access_token"])


class Installed:
    """A device that is enlisted and registered."""

    def __init__(self, hospital: Hospital, coder_token: str) -> None:
        self.installation, self.key = str(uuid.uuid4()), Key()
        self.coder = FhirClient(hospital.base, lambda: coder_token)
        self.reference = device.enlist(self.coder, self.installation, "1.0")
        url = f"{hospital.issuer}/oauth/register"
        self.client_id = register(hospital.session(), url, self.key, self.installation, coder_token)
        self.tokens = BackendTokens(hospital.session, f"{hospital.issuer}/oauth/token", self.client_id, self.key)
        self.server = FhirClient(hospital.base, self.tokens.token)

    def close(self) -> None:
        self.coder.close()
        self.server.close()


@pytest.fixture
def installed(hospital: Hospital, coder_token: str) -> Any:
    found = Installed(hospital, coder_token)
    yield found
    found.close()


def test_a_device_reads_itself_its_orders_and_the_policy(hospital: Hospital, installed: Installed) -> None:
    assert not device.is_retired(installed.server.read(installed.reference).resource)
    hospital.control("POST", "acts/command", device=installed.reference, kind="wipe")
    hospital.control("POST", "acts/command", device=other_device(hospital), kind="lock")
    [command] = orders.commands(installed.server, installed.reference)
    assert command.kind == "wipe"
    orders.complete(installed.server, command)
    assert orders.commands(installed.server, installed.reference) == ()
    policy = device.policy(installed.server, "lakemere")
    assert policy is not None
    assert (policy.idle_lock, policy.lease) == (300, 12 * 3600)
    assert policy.allows(frozenset({"inpatient-coder"}), "query")
    hospital.control("POST", "acts/device", device=installed.installation, status="inactive")
    assert device.is_retired(installed.server.read(installed.reference).resource)


def test_a_signed_order_is_believed_and_no_other(hospital: Hospital, installed: Installed) -> None:
    key = base64.b64decode(hospital.control("GET", "command-key")["command_key"])
    hospital.control("POST", "acts/command", device=installed.reference, kind="wipe", signed=True)
    hospital.control("POST", "acts/command", device=installed.reference, kind="lock")
    found = {one.kind: one for one in orders.commands(installed.server, installed.reference)}
    mine, nobody = installed.installation, frozenset[str]()
    assert orders.refusal(found["wipe"], mine, key, nobody) == ""
    assert orders.refusal(found["lock"], mine, key, nobody) == "unsigned"
    assert orders.refusal(found["wipe"], "another-device", key, nobody) == "forged"
    orders.reject(installed.server, found["lock"], "unsigned")
    orders.complete(installed.server, found["wipe"], '{"body":"x"}')
    told = installed.server.read(found["wipe"].task).resource
    assert (told["status"], told["output"][0]["valueString"]) == ("completed", '{"body":"x"}')
    assert installed.server.read(found["lock"].task).resource["status"] == "rejected"


def test_a_coder_may_add_audit_events_and_nothing_more(hospital: Hospital) -> None:
    narrow = hospital.as_user("dana", "user/AuditEvent.c")
    event = audit_event(str(uuid.uuid4()))
    url = hospital.url(f"AuditEvent/{event['id']}")
    assert [narrow.put(url, json=event).status_code for _ in range(2)] == [201, 200]
    assert narrow.get(url).status_code == 403


def other_device(hospital: Hospital) -> str:
    token = hospital.control("POST", "token", user="miguel")["access_token"]
    client = FhirClient(hospital.base, lambda: token)
    try:
        return device.enlist(client, str(uuid.uuid4()), "1.0")
    finally:
        client.close()


def test_without_a_key_of_its_own_a_device_hears_its_orders_through_the_coder(
    hospital: Hospital, installed: Installed
) -> None:
    hospital.control("POST", "acts/command", device=installed.reference, kind="lock")
    theirs = other_device(hospital)
    hospital.control("POST", "acts/command", device=theirs, kind="wipe")
    [command] = orders.commands(installed.coder, installed.reference)
    orders.complete(installed.coder, command)
    assert orders.commands(installed.coder, installed.reference) == ()
    assert orders.commands(installed.coder, theirs) == ()


def test_a_device_sees_no_chart_and_no_other_device(hospital: Hospital, installed: Installed) -> None:
    assert installed.server.search("Task", []) == ()
    with pytest.raises(ServerRefused):
        installed.server.search("Encounter", [])
    with pytest.raises(ServerRefused):
        installed.server.read(other_device(hospital))


def test_a_device_writes_audit_events_and_reads_back_its_own(
    hospital: Hospital, installed: Installed, dana: requests.Session
) -> None:
    event, theirs = audit_event(str(uuid.uuid4())), audit_event(str(uuid.uuid4()))
    dana.put(hospital.url(f"AuditEvent/{theirs['id']}"), json=theirs)
    assert installed.server.update(event).status == 201
    assert installed.server.update(event).status == 200
    assert installed.server.read(f"AuditEvent/{event['id']}").resource["action"] == "E"
    with pytest.raises(ServerRefused):
        installed.server.read(f"AuditEvent/{theirs['id']}")


def test_the_journals_key_is_said_once_by_the_device_or_whoever_enlisted_it(
    hospital: Hospital, installed: Installed
) -> None:
    held = installed.server.read(installed.reference)
    assert device.publish_key(installed.server, held, b"k" * 32) is device.KeyOnServer.PUBLISHED
    held = installed.server.read(installed.reference)
    assert device.journal_key_of(held.resource) == b"k" * 32
    changed = {**held.resource, "extension": []}
    with pytest.raises(ServerRefused):
        installed.server.update(changed, if_match=held.version)
    token = hospital.control("POST", "token", user="miguel")["access_token"]
    stranger = FhirClient(hospital.base, lambda: token)
    try:
        mine = installed.coder.read(device.enlist(installed.coder, str(uuid.uuid4()), "1.0"))
        assert device.publish_key(stranger, mine, b"s" * 32) is device.KeyOnServer.REFUSED
    finally:
        stranger.close()


def test_another_key_signs_in_vain(hospital: Hospital, installed: Installed) -> None:
    thief = Key()
    thief.kid = installed.key.kid
    url = f"{hospital.issuer}/oauth/token"
    with pytest.raises((ServerRefused, SignedOutByServer)):
        BackendTokens(hospital.session, url, installed.client_id, thief).token()


def test_an_assertion_is_good_once(hospital: Hospital, installed: Installed) -> None:
    form = {
        "grant_type": "client_credentials",
        "scope": "system/AuditEvent.crus",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": installed.tokens.assertion(),
    }
    url = f"{hospital.issuer}/oauth/token"
    first, second = (requests.post(url, data=form, timeout=10) for _ in range(2))
    assert first.status_code == 200
    assert first.json()["scope"] == "system/AuditEvent.crus"
    assert "refresh_token" not in first.json()
    assert second.status_code in (400, 401)


def test_a_device_is_registered_by_a_signed_in_coder_with_a_public_p384_key(
    hospital: Hospital, coder_token: str
) -> None:
    url = f"{hospital.issuer}/oauth/register"
    with pytest.raises((ServerRefused, SignedOutByServer)):
        register(hospital.session(), url, Key(), "installation-1", "no-token")
    weak = Key()
    weak._key = ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(ServerRefused):
        register(hospital.session(), url, weak, "installation-1", coder_token)
    jwk = {**Key().public_jwk(), "d": "AAAA"}
    body = {
        "software_statement_id": "installation-1",
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks": {"keys": [jwk]},
        "scope": "system/AuditEvent.crus",
    }
    answer = hospital.session(coder_token).post(url, json=body)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client_metadata")


def test_a_new_registration_replaces_the_one_before(hospital: Hospital, installed: Installed, coder_token: str) -> None:
    old = installed.tokens.token()
    register(hospital.session(), f"{hospital.issuer}/oauth/register", Key(), installed.installation, coder_token)
    assert hospital.session(old).get(hospital.url(installed.reference)).status_code == 401
    with pytest.raises((ServerRefused, SignedOutByServer)):
        installed.tokens.fresh_token()
