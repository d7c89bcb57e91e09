"""The control's door: faults, the clock, and what other people in the hospital do; for tests and the tour alone."""

from __future__ import annotations

import hmac
import ipaddress
import secrets
from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from flask import Blueprint, Flask, Response, jsonify, request

from workstation.fhir import systems
from workstation.practice.app import Practice
from workstation.practice.chart_resources import concept
from workstation.practice.command_signature import public_key, signature
from workstation.practice.hospital import Hospital
from workstation.practice.oauth import APP_CLIENT
from workstation.practice.outcomes import Refused
from workstation.practice.people import ORGANISATION, code_now, everyone, person, secret_of
from workstation.practice.seed import POLICY
from workstation.practice.store import Held, Wanted, stamp
from workstation.practice.tokens import Granted

Body = dict[str, Any]


def add_control(app: Flask, practice: Practice, hospital: Hospital, token: str) -> None:
    """Everything under /practice, for this machine and the holder of the control token only."""
    door = Blueprint("control", __name__, url_prefix="/practice")
    control = _Control(practice, hospital)

    def guarded(act: Callable[[Body], Any]) -> Callable[[], Response]:
        def view() -> Response:
            _demand(token)
            body = request.get_json(silent=True) or {}
            if not isinstance(body, dict):
                raise Refused(400, "A control call takes a JSON object.")
            return jsonify(act(body))

        return view

    for method, path, act in (
        ("GET", "state", control.state),
        ("GET", "requests", control.requests),
        ("GET", "people", control.people),
        ("GET", "journals", control.journals),
        ("GET", "faults", control.faults),
        ("POST", "faults", control.add_fault),
        ("DELETE", "faults", control.clear_faults),
        ("POST", "clock", control.clock),
        ("POST", "offline", control.offline),
        ("POST", "token", control.token),
        ("POST", "resource", control.resource),
        ("POST", "acts/cancel-task", control.cancel_task),
        ("POST", "acts/edit-task", control.edit_task),
        ("POST", "acts/reassign-task", control.reassign_task),
        ("POST", "acts/answer-query", control.answer_query),
        ("POST", "acts/look-at-query", control.look_at_query),
        ("POST", "acts/role", control.role),
        ("POST", "acts/device", control.device),
        ("POST", "acts/command", control.command),
        ("GET", "command-key", control.command_key),
        ("POST", "acts/policy", control.policy),
        ("POST", "acts/revoke", control.revoke),
    ):
        door.add_url_rule(f"/{path}", endpoint=f"{method}-{path}", view_func=guarded(act), methods=[method])
    app.register_blueprint(door)


def _demand(token: str) -> None:
    address = ipaddress.ip_address(request.remote_addr or "0.0.0.0")  # noqa: S104 - stands for nobody
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not address.is_loopback or not hmac.compare_digest(given.encode(), token.encode()):
        raise Refused(403, "The control's door is closed.")


class _Control:
    def __init__(self, practice: Practice, hospital: Hospital) -> None:
        self._practice, self._hospital = practice, hospital
        self._store = practice.engine.store

    # ---------------------------------------------------------------- looking

    def state(self, body: Body) -> Body:
        counts = self._store.counts()
        offset = self._practice.clock.offset.total_seconds()
        now = stamp(self._practice.clock.now())
        return {"counts": counts, "offline": self._practice.faults.offline, "clock_offset": offset, "now": now}

    def requests(self, body: Body) -> list[Body]:
        return list(self._practice.requests)

    def journals(self, body: Body) -> list[Body]:
        """Each device's chains as the server has them: whole to where, what is missing, what is flagged."""
        return self._practice.engine.ledger.state()

    def people(self, body: Body) -> list[Body]:
        now = self._practice.clock.now()
        return [
            {
                "user": one.user,
                "name": one.name,
                "password": one.password,
                "totp_secret": secret_of(self._store, one.user),
                "code": code_now(self._store, one.user, now),
                "role": one.roles[0],
                "roles": list(one.roles),
            }
            for one in everyone(self._store)
        ]

    def resource(self, body: Body) -> list[Body]:
        """`{"type", "id"?}`: what is stored, whoever may see it."""
        kind = _word(body, "type")
        ids = (_word(body, "id"),) if "id" in body else ()
        return [held.body for held in self._store.find(kind, ids=ids)]

    # ---------------------------------------------------------------- the world

    def faults(self, body: Body) -> list[Body]:
        return [asdict(rule) for rule in self._practice.faults.rules()]

    def add_fault(self, body: Body) -> Body:
        return asdict(self._practice.faults.add(body))

    def clear_faults(self, body: Body) -> Body:
        self._practice.faults.clear()
        return {}

    def clock(self, body: Body) -> Body:
        seconds = body.get("offset_seconds", 0)
        if isinstance(seconds, bool) or not isinstance(seconds, int | float):
            raise Refused(400, "offset_seconds is a number.")
        self._practice.clock.offset = timedelta(seconds=seconds)
        return {"now": stamp(self._practice.clock.now())}

    def offline(self, body: Body) -> Body:
        self._practice.faults.offline = body.get("offline") is True
        return {"offline": self._practice.faults.offline}

    # ---------------------------------------------------------------- tokens without a browser

    def token(self, body: Body) -> Body:
        """`{"user", "scope"?, "seconds"?}`: an access token as a sign-in would bring it."""
        user = _word(body, "user")
        if person(user) is None or self._store.live(f"Practitioner/{user}") is None:
            raise Refused(404, "There is no such person.")
        scope = str(body.get("scope") or "openid fhirUser user/*.cruds")
        seconds = float(body.get("seconds") or self._practice.provider.access_seconds)
        token = secrets.token_urlsafe(32)
        granted = Granted(APP_CLIENT, user, scope, secrets.token_hex(8))
        self._practice.provider.tokens.keep_token(token, "access", granted, seconds)
        return {"access_token": token, "token_type": "Bearer", "expires_in": seconds, "scope": scope}

    def revoke(self, body: Body) -> Body:
        """`{"user"}`: every session of a person ends."""
        self._practice.provider.tokens.revoke_user(_word(body, "user"))
        return {}

    # ---------------------------------------------------------------- what others do

    def cancel_task(self, body: Body) -> Body:
        return self._hospital.cancel(_id(body, "task")).body

    def edit_task(self, body: Body) -> Body:
        """`{"task", "set"?}`: by default another system moves it on, so that whoever writes it next is in conflict."""
        moved = {
            "status": "in-progress",
            "businessStatus": concept(systems.CODING_STATUS, "second-coder", "Opened by another coder"),
        }
        fields = body.get("set", moved)
        if not isinstance(fields, dict):
            raise Refused(400, "set holds elements of the task.")
        return self._hospital.edit(_id(body, "task"), fields).body

    def reassign_task(self, body: Body) -> Body:
        owner = {"reference": f"Practitioner/{_id(body, 'owner')}"}
        return self._hospital.edit(_id(body, "task"), {"owner": owner}).body

    def answer_query(self, body: Body) -> Body:
        return self._hospital.answer(_id(body, "query"), str(body.get("text") or "")).body

    def look_at_query(self, body: Body) -> Body:
        """`{"query"}`: the provider opens it without answering."""
        held = self._hospital.look(_id(body, "query"))
        return held.body if held else {}

    def role(self, body: Body) -> Body:
        """`{"user", "active"}`"""
        return self._set(f"PractitionerRole/role-{_word(body, 'user')}", {"active": body.get("active") is True})

    def device(self, body: Body) -> Body:
        """`{"device", "status"}`; the device by its id or its installation."""
        return self._set(self._device(body).reference, {"status": _word(body, "status")})

    def command_key(self, _: Body) -> Body:
        """What belongs into the policies for commands to be obeyed only when signed."""
        return {"command_key": public_key(self._store)}

    def command(self, body: Body) -> Body:
        """`{"device", "kind": "wipe" | "lock", "signed"?: true}`: an order to one device."""
        device, kind = self._device(body), _word(body, "kind")
        if kind not in ("wipe", "lock"):
            raise Refused(400, "A command is wipe or lock.")
        name = f"cmd-{secrets.token_hex(6)}"
        reference = {"reference": device.reference}
        task = {
            "resourceType": "Task",
            "id": name,
            "identifier": [{"system": systems.SID_DEVICE_COMMAND, "value": name}],
            "status": "requested",
            "intent": "order",
            "priority": "stat",
            "code": concept(systems.DEVICE_COMMAND, kind),
            "focus": reference,
            "owner": reference,
            "requester": {"reference": f"Organization/{ORGANISATION}"},
            "authoredOn": stamp(self._practice.clock.now()),
        }
        if body.get("signed") is True:
            task["extension"] = [signature(self._store, task, device.body)]
        return self._store.put(task).body

    def policy(self, body: Body) -> Body:
        """`{"idleLock"?, "cacheTtl"?, "offlineMax"?, ...}` in seconds, true and false for switches, or a code."""
        with self._store.whole():
            held = self._found(f"Basic/{POLICY}")
            root = held.body["extension"][0]
            parts = [part for part in root["extension"] if part["url"] not in body]
            for url, value in body.items():
                parts.insert(0, {"url": url, **({"valueString": value} if url in _IN_WORDS else _setting(value))})
            return self._store.put({**held.body, "extension": [{**root, "extension": parts}]}).body

    def _set(self, reference: str, fields: Body) -> Body:
        with self._store.whole():
            held = self._found(reference)
            return self._store.put({**held.body, **fields}, held.author).body

    def _device(self, body: Body) -> Held:
        named = _id(body, "device")
        held = self._store.live(f"Device/{named}")
        if held is None:
            installed = [Wanted("identifier", (f"{systems.SID_INSTALLATION}|{named}",))]
            held = next(iter(self._store.find("Device", installed)), None)
        if held is None:
            raise Refused(404, "There is no such Device.")
        return held

    def _found(self, reference: str) -> Held:
        held = self._store.live(reference)
        if held is None:
            raise Refused(404, f"There is no such {reference.partition('/')[0]}.")
        return held


def _word(body: Body, name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise Refused(400, f"{name} is missing.")
    return value


def _id(body: Body, name: str) -> str:
    """`x` of `x` or `Type/x`."""
    return _word(body, name).rpartition("/")[2]


_IN_WORDS = ("minimumVersion", "supportContact")


def _setting(value: Any) -> Body:
    if isinstance(value, bool):
        return {"valueBoolean": value}
    if isinstance(value, str):
        return {"valueCode": value}
    if not isinstance(value, int | float):
        raise Refused(400, "A setting is a number of seconds, true or false, or a code.")
    return {"valueDuration": {"value": value, "unit": "s", "system": "http://unitsofmeasure.org", "code": "s"}}
