"""Who may see and write what: a coder reaches the encounters assigned to them, a device its own orders and events."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from workstation.fhir.device import journal_key_of
from workstation.fhir.systems import CODING_ROLE, SID_INSTALLATION
from workstation.practice import hand_over, teaching
from workstation.practice.links import arrival
from workstation.practice.outcomes import Refused
from workstation.practice.params import relative, values_at
from workstation.practice.store import Held, Store, Wanted

Resource = dict[str, Any]
Found = TypeVar("Found")

_LETTERS = {"create": "c", "read": "r", "update": "u", "delete": "d", "search": "s"}
_SCOPE = re.compile(r"(user|system)/([A-Z][A-Za-z]*|\*)\.(c?r?u?d?s?)")
_DIRECTORY = {"Practitioner", "PractitionerRole", "Organization", "Basic", "Device"}
_CODERS_MAY_WRITE = {"Task", "Claim", "CommunicationRequest", "Communication", "Device", "AuditEvent"}
_DEVICES_MAY_WRITE = {"Task", "Device", "AuditEvent"}
_LOST = {"cancelled", "rejected", "entered-in-error", "failed"}
_NEVER_THEIRS = ("identifier", "groupIdentifier", "focus", "for", "encounter", "code", "requester", "restriction")


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose token a request carries: a person, or a device (`client` with its installation)."""

    client: str
    scopes: tuple[str, ...]
    user: str = ""
    installation: str = ""

    @property
    def author(self) -> str:
        return f"Practitioner/{self.user}" if self.user else f"client/{self.client}"

    def demand(self, action: str, kind: str) -> None:
        """Raises Refused(403) when no scope allows it."""
        level = "user" if self.user else "system"
        for scope in self.scopes:
            found = _SCOPE.fullmatch(scope)
            if found and found[1] == level and found[2] in (kind, "*") and _LETTERS[action] in found[3]:
                return
        raise Refused(403, f"The token's scopes do not allow {action} of {kind}.")


@dataclass
class Reach:
    """What one caller reaches, worked out once a request."""

    store: Store
    caller: Caller
    _known: dict[str, Any] = field(default_factory=dict, init=False)

    def _once(self, name: str, find: Callable[[], Found]) -> Found:
        """Remembered for this request. Not cached_property: before Python 3.12 all of its users share one lock."""
        if name not in self._known:
            self._known[name] = find()
        found: Found = self._known[name]
        return found

    @property
    def me(self) -> str:
        return f"Practitioner/{self.caller.user}"

    @property
    def roles(self) -> frozenset[str]:
        """The coding roles the hospital has issued and not withdrawn."""
        return self._once("roles", self._find_roles)

    @property
    def devices(self) -> frozenset[str]:
        """The Devices of the caller's installation."""
        return self._once("devices", self._find_devices)

    @property
    def tasks(self) -> tuple[Held, ...]:
        """The caller's tasks that stand."""
        return self.store.kept(f"tasks of {self.me}", "Task", self._find_tasks)

    @property
    def studied(self) -> tuple[Held, ...]:
        """The approved teaching copies this educator is to make: their encounters are seen while that stands."""
        return self._once("studied", lambda: teaching.standing(self.store, self.me, self.roles, self.store.now()))

    @property
    def encounters(self) -> frozenset[str]:
        return self._of_tasks("encounter", "focus")

    @property
    def patients(self) -> frozenset[str]:
        return self._of_tasks("for")

    @property
    def claims(self) -> frozenset[str]:
        return self._of_tasks("output.valueReference")

    def _of_tasks(self, *paths: str) -> frozenset[str]:
        return self.store.kept(
            f"{paths} of {self.me}",
            "Task",
            lambda: frozenset(name for task in self.tasks for path in paths for name in _named(task.body, path)),
        )

    def _find_roles(self) -> frozenset[str]:
        wanted = [Wanted("practitioner", (self.me,)), Wanted("active", ("true",))]
        held = self.store.find("PractitionerRole", wanted) if self.caller.user else []
        return frozenset(
            c["code"] for r in held for c in values_at(r.body, "code.coding") if c["system"] == CODING_ROLE
        )

    def _find_devices(self) -> frozenset[str]:
        if not self.caller.installation:
            return frozenset()
        identifier = f"{SID_INSTALLATION}|{self.caller.installation}"
        return frozenset(held.reference for held in self.store.find("Device", [Wanted("identifier", (identifier,))]))

    def _find_tasks(self) -> tuple[Held, ...]:
        held = self.store.find("Task", [Wanted("owner", (self.me,))])
        return tuple(
            task
            for task in held
            if task.body.get("status") not in _LOST
            and not _is_asked(task.body)
            and not _is_code(task.body, teaching.CODE)
            and not _is_code(task.body, hand_over.CODE)
        )  # coders write these themselves: nobody reaches a chart by one; a teaching copy is seen, never worked on

    # ---------------------------------------------------------------- seeing

    def sees(self, held: Held) -> bool:
        """Whether the caller may know of a resource at all."""
        body, kind = held.body, held.kind
        if not self.caller.user:
            return self._device_sees(held)
        if kind in _DIRECTORY:
            return True
        if kind == "AuditEvent":
            return bool(self.roles & {"auditor", "lead"})
        if kind == "Task":
            return self._sees_task(body)
        if kind == "Claim":
            return held.reference in self.claims or self.me in _named(body, "enterer")
        if kind == "ClaimResponse":
            return any(
                claim is not None and self.sees(claim) for claim in map(self.store.live, _named(body, "request"))
            )
        if self.studied and teaching.in_chart(self.studied, held):
            return True
        if kind == "Binary":
            return bool(self.encounters & set(_named(body, "securityContext")))
        if kind == "CommunicationRequest" and self.me in _named(body, "requester"):
            return True  # whoever asked may take the question back when the chart is no longer theirs
        return self._in_chart(body, held.reference)

    def _device_sees(self, held: Held) -> bool:
        if held.kind == "Basic":
            return True
        if held.kind == "Device":
            return held.reference in self.devices
        if held.kind == "Task":
            return bool(self.devices & set(_named(held.body, "owner")))
        return held.kind == "AuditEvent" and held.author == self.caller.author

    def _sees_task(self, body: Resource) -> bool:
        if "lead" in self.roles or self.me in _named(body, "owner"):
            return True
        if self._is_own_device(body):
            return True
        if self.me in _named(body, "requester"):
            return True
        if "owner" not in body:  # a pool to pull from
            return any(coding.get("code") in self.roles for coding in values_at(body, "performerType.coding"))
        return bool({task.reference for task in self.tasks} & set(_named(body, "partOf")))

    def _is_own_device(self, body: Resource) -> bool:
        """Whether it is an order to a device this coder enlisted: theirs to carry out while it has no key of its own."""
        devices = (self.store.live(name) for name in _named(body, "owner") if name.startswith("Device/"))
        return any(held is not None and held.author == self.caller.author for held in devices)

    def _in_chart(self, body: Resource, reference: str) -> bool:
        if reference in self.encounters or reference in self.patients:
            return True
        of_encounter = {*_named(body, "encounter"), *_named(body, "context"), *_named(body, "context.encounter")}
        if of_encounter:
            return bool(of_encounter & self.encounters)
        about = {*_named(body, "subject"), *_named(body, "patient"), *_named(body, "beneficiary")}
        return bool(about & self.patients)

    # ---------------------------------------------------------------- writing

    def demand_write(self, resource: Resource, before: Held | None) -> None:
        """Raises Refused(403) for what a coder or a device has no business to write."""
        kind = resource["resourceType"]
        if kind not in (_CODERS_MAY_WRITE if self.caller.user else _DEVICES_MAY_WRITE):
            raise Refused(403, f"{kind} is kept by the hospital's own systems.")
        if kind == "AuditEvent":
            self._demand_own_journal(resource)
        elif kind == "Task":
            self._demand_task(resource, before)
        elif kind == "Device" and before is not None:
            self._demand_same_device(resource, before)
        elif kind == "Claim":
            if not set(_named(resource, "patient")) <= self.patients or (before and not self.sees(before)):
                raise Refused(403, "The patient is not assigned to you.")
            if any(name != self.me for name in _named(resource, "enterer")):
                raise Refused(403, "A coded result names the coder who entered it.")
        elif kind in ("Communication", "CommunicationRequest"):
            about = set(_named(resource, "encounter"))
            goes_on = before is not None and about == set(_named(before.body, "encounter"))
            if not about or not (goes_on or about <= self.encounters):
                raise Refused(403, "The encounter is not assigned to you.")
            writer = "sender" if kind == "Communication" else "requester"
            written = (resource, before.body) if before is not None else (resource,)
            if any(list(_named(each, writer)) != [self.me] for each in written):
                raise Refused(403, "Nobody writes in another's name.", expression=f"{kind}.{writer}")

    def _demand_own_journal(self, resource: Resource) -> None:
        came = arrival(resource) if self.caller.installation else None
        if came is not None and came.device != self.caller.installation:
            raise Refused(403, "A device sends its own journal alone.", expression="AuditEvent.source.observer")

    def _demand_same_device(self, resource: Resource, before: Held) -> None:
        if resource.get("status") != before.body.get("status"):
            raise Refused(403, "Only the hospital sets a device's status.")
        if resource.get("identifier") != before.body.get("identifier"):
            raise Refused(403, "A device's identifier stays what it is.")
        self._demand_key(journal_key_of(resource), before)

    def _demand_key(self, key: bytes, before: Held) -> None:
        """The key its journal is signed by is said once, by the device or whoever enlisted it, and stays."""
        held = journal_key_of(before.body)
        if key == held:
            return
        if held:
            raise Refused(403, "A device's journal key stays what it is.", expression="Device.extension")
        if before.author != self.caller.author and before.reference not in self.devices:
            raise Refused(403, "Only a device, or who enlisted it, says by which key its journal is signed.")

    def _demand_new_task(self, resource: Resource) -> None:
        """Coders ask: a provider to answer, a colleague to read, a lead for a copy. All else the hospital assigns."""
        if self.caller.user and _is_code(resource, teaching.CODE):
            teaching.demand_new(resource, self.me, self.roles)
            return
        if self.caller.user and _is_code(resource, hand_over.CODE):
            hand_over.demand_new(self.store, resource, self.me)
            return
        if not self.caller.user or not _is_asked(resource):
            raise Refused(403, "Tasks are assigned by the hospital.")
        about = set(_named(resource, "encounter"))
        if not about or not about <= self.encounters:
            raise Refused(403, "The encounter is not assigned to you.")
        if not set(_named(resource, "for")) <= self.patients:
            raise Refused(403, "The patient is not assigned to you.", expression="Task.for")
        if list(_named(resource, "requester")) != [self.me]:
            raise Refused(403, "A question names the coder who asks it.", expression="Task.requester")

    def _demand_review(self, resource: Resource, before: Held) -> None:
        """A colleague answers an open review once, under their own name; whoever asked may take it back."""
        _demand_same(resource, before.body, _NEVER_THEIRS, but="focus")  # the draft leaves it with the answer
        if self.me in _named(before.body, "requester"):
            if resource.get("status") != "cancelled":
                raise Refused(403, "Nobody reviews their own query.")
            return
        if before.body.get("status") != "requested":
            raise Refused(403, "It is answered already.")
        if list(_named(resource, "owner")) != [self.me]:
            raise Refused(403, "A review names who read it.", expression="Task.owner")

    def _demand_task(self, resource: Resource, before: Held | None) -> None:
        if before is None:
            self._demand_new_task(resource)
            return
        if not self.sees(before):
            raise Refused(404, "There is no such Task.")
        if _is_code(before.body, "review-provider-query"):
            self._demand_review(resource, before)
            return
        if self.caller.user and _is_code(before.body, teaching.CODE):
            teaching.demand_change(self.store, resource, before, self.me, self.roles, self.store.now())
            return
        if self.caller.user and _is_code(before.body, hand_over.CODE):
            hand_over.demand_change(resource, before.body, self.me, self.roles)
            return
        if self.me in _named(before.body, "requester") and _is_code(before.body, "answer-provider-query"):
            # whoever asked may take back, hurry on or close, and say which request it is about
            _demand_same(resource, before.body, (*_NEVER_THEIRS, "owner"), but="focus")
            return
        if not self.caller.user or "lead" in self.roles:
            return
        _demand_same(resource, before.body, _NEVER_THEIRS)
        owner = _named(before.body, "owner")
        if list(_named(resource, "owner")) not in ([self.me], list(owner)):
            raise Refused(403, "Only a lead reassigns.", expression="Task.owner")
        if owner and self.me not in owner and not self._is_own_device(before.body):
            raise Refused(403, "The task is assigned to someone else.")


def _demand_same(resource: Resource, before: Resource, names: tuple[str, ...], *, but: str = "") -> None:
    changed = [name for name in names if name != but and resource.get(name) != before.get(name)]
    if changed:
        raise Refused(403, f"Task.{changed[0]} is the hospital's to change.", expression=f"Task.{changed[0]}")


def _is_asked(body: Resource) -> bool:
    """Whether it is a task a coder wrote: a question to a provider, a draft to a colleague."""
    return _is_code(body, "answer-provider-query") or _is_code(body, "review-provider-query")


def _is_code(body: Resource, code: str) -> bool:
    return any(coding.get("code") == code for coding in values_at(body, "code.coding"))


def _named(body: Resource, path: str) -> tuple[str, ...]:
    return tuple(relative(found) for found in _all(body, f"{path}.reference") if isinstance(found, str))


def _all(body: Resource, path: str) -> Iterator[Any]:
    yield from values_at(body, path)
