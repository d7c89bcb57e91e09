"""Who may do what with a teaching copy's Task: an educator asks and makes, a lead decides, and nobody their own."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from workstation.fhir.systems import CODING_ROLE
from workstation.practice.outcomes import Refused
from workstation.practice.params import relative, values_at
from workstation.practice.store import Held, Store, Wanted

Resource = dict[str, Any]

CODE = "teaching-copy"
_STANDS = ("accepted", "in-progress")
_LINKS = ("focus", "for", "encounter")
_FIXED = (
    "identifier", "code", "description", "requester", "reasonCode", "authoredOn", "performerType", "intent",
)  # fmt: skip


def standing(store: Store, me: str, roles: frozenset[str], now: datetime) -> tuple[Held, ...]:
    """The approvals that let this person see an encounter now."""
    if "educator" not in roles:
        return ()
    wanted = [Wanted("owner", (me,)), Wanted("code", (CODE,))]
    return tuple(held for held in store.find("Task", wanted) if _stands(held.body, now))


def in_chart(approved: tuple[Held, ...], held: Held) -> bool:
    """Whether a resource belongs to an approved encounter, or says who its patient is. Other encounters do not."""
    encounters = {name for task in approved for name in _named(task.body, "encounter")}
    patients = {name for task in approved for name in _named(task.body, "for")}
    body = held.body
    if held.kind == "Encounter":
        return held.reference in encounters
    if held.kind == "Binary":
        return bool(encounters & set(_named(body, "securityContext")))
    of_encounter = {*_named(body, "encounter"), *_named(body, "context"), *_named(body, "context.encounter")}
    if of_encounter:
        return bool(of_encounter & encounters)
    about = {held.reference, *_named(body, "subject"), *_named(body, "beneficiary")}
    return bool(about & patients)


def demand_new(resource: Resource, me: str, roles: frozenset[str]) -> None:
    """A request names a need, its author and no chart. Raises Refused(403, 422)."""
    if not roles & {"educator", "auditor"}:
        raise Refused(403, "Only an educator or an auditor asks for a teaching copy.")
    if _named(resource, "requester") != (me,):
        raise Refused(403, "A request names who asks.", expression="Task.requester")
    if resource.get("status") != "requested":
        raise Refused(403, "A teaching copy is asked for before it is approved.", expression="Task.status")
    for name in (*_LINKS, "owner", "output"):
        if name in resource:
            raise Refused(403, f"Task.{name} is the lead's to set.", expression=f"Task.{name}")
    if not list(values_at(resource, "reasonCode.coding")):
        raise Refused(422, "A teaching copy has a need code.", expression="Task.reasonCode")


def demand_change(
    store: Store, resource: Resource, before: Held, me: str, roles: frozenset[str], now: datetime
) -> None:
    """Raises Refused(403) for a step that is not this person's to take."""
    changed = [name for name in _FIXED if resource.get(name) != before.body.get(name)]
    if changed:
        raise Refused(403, f"Task.{changed[0]} stays as it was asked.", expression=f"Task.{changed[0]}")
    was, becomes = str(before.body.get("status")), str(resource.get("status"))
    asked_by_me = me in _named(before.body, "requester")
    if asked_by_me and was == "requested":
        if becomes != "cancelled":
            raise Refused(403, "Nobody decides on their own request.")
        _demand_no_links(resource)
    elif "lead" in roles and not asked_by_me and was == "requested":
        _demand_decision(store, resource, becomes, now)
    elif "lead" in roles and not asked_by_me and becomes == "cancelled" and was in (*_STANDS, "completed"):
        _demand_no_links(resource)
    elif me in _named(before.body, "owner") and was in _STANDS:
        _demand_making(resource, before, becomes, roles, now)
    else:
        raise Refused(403, "This step of a teaching copy is not yours to take.")


def _demand_decision(store: Store, resource: Resource, becomes: str, now: datetime) -> None:
    if becomes == "rejected":
        _demand_no_links(resource)
        if not list(values_at(resource, "statusReason")):
            raise Refused(422, "A refusal says why.", expression="Task.statusReason")
        return
    if becomes != "accepted":
        raise Refused(403, "A request is approved or refused.", expression="Task.status")
    owner = next(iter(_named(resource, "owner")), "")
    if not _is_educator(store, owner):
        raise Refused(422, "An educator makes the copy.", expression="Task.owner")
    named = set(_named(resource, "encounter")) | set(_named(resource, "focus"))
    encounter = store.live(next(iter(named), "")) if len(named) == 1 else None
    if encounter is None or encounter.kind != "Encounter":
        raise Refused(422, "An approval names one encounter.", expression="Task.encounter")
    if _named(resource, "for") != _named(encounter.body, "subject"):
        raise Refused(422, "The patient is not the encounter's.", expression="Task.for")
    end = next((found for found in values_at(resource, "restriction.period.end")), "")
    if not end or datetime.fromisoformat(str(end)) <= now:
        raise Refused(422, "An approval has an end.", expression="Task.restriction.period.end")


def _demand_making(resource: Resource, before: Held, becomes: str, roles: frozenset[str], now: datetime) -> None:
    if "educator" not in roles:
        raise Refused(403, "Only an educator makes a teaching copy.")
    if not _stands(before.body, now):
        raise Refused(403, "The approval is over.")
    if _named(resource, "owner") != _named(before.body, "owner"):
        raise Refused(403, "Only a lead reassigns.", expression="Task.owner")
    if becomes in _STANDS:
        kept = (*_LINKS, "restriction")
        if any(resource.get(name) != before.body.get(name) for name in kept):
            raise Refused(403, "The encounter of an approval stays what it is.")
    elif becomes in ("completed", "cancelled"):
        _demand_no_links(resource)
    else:
        raise Refused(403, "A copy is made, or given back.", expression="Task.status")


def _demand_no_links(resource: Resource) -> None:
    for name in _LINKS:
        if name in resource:
            raise Refused(422, "What is over leads to no chart.", expression=f"Task.{name}")


def _stands(body: Resource, now: datetime) -> bool:
    end = next((str(found) for found in values_at(body, "restriction.period.end")), "")
    return body.get("status") in _STANDS and bool(end) and now < datetime.fromisoformat(end)


def _is_educator(store: Store, owner: str) -> bool:
    held = store.find("PractitionerRole", [Wanted("practitioner", (owner,)), Wanted("active", ("true",))])
    return bool(owner) and any(
        coding.get("code") == "educator" and coding.get("system") == CODING_ROLE
        for role in held
        for coding in values_at(role.body, "code.coding")
    )


def _named(body: Resource, path: str) -> tuple[str, ...]:
    found = values_at(body, f"{path}.reference")
    return tuple(relative(name) for name in found if isinstance(name, str))
