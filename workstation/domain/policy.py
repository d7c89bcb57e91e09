"""Policy: what the organisation sets, held within floors the program never lowers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from workstation.domain.versions import is_older, is_version
from workstation.errors import ProgramTooOld

LONGEST_IDLE_LOCK = 15 * 60  # seconds; a server may shorten it, never lengthen it
SHORTEST_IDLE_LOCK = 30
UNWATCHED_IDLE_LOCK = 5 * 60  # the longest where nothing tells of a lock or of sleep; half the policy's if that is less
LONGEST_LEASE = 72 * 3600
SHORTEST_RETENTION = 24 * 3600  # of confirmed audit events: time to compare device and server
LONGEST_RETENTION = 7 * 365 * 24 * 3600
LONGEST_CAPTURE = 24 * 3600  # an end further away opens nothing yet: a forgotten relaxation ends by itself
LONGEST_CONTACT = 200  # characters
STEP_UP_FOR = frozenset({"reveal", "reopen", "retract"})
TEACHING_DATES = ("year", "shift")
RETENTION_CLASSES = ("business-record", "health-record")


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules in force on this device. Times in seconds."""

    version: str = "built-in"
    idle_lock: int = 5 * 60
    idle_warning: int = 30  # the countdown is shown this long before the lock
    idle_sign_out: int = 60 * 60
    lease: int = 12 * 3600
    cache_lifetime: int = 24 * 3600
    shared_workstation: bool = False
    dormant_after: int = 30 * 24 * 3600  # a coder the server has not known for this long is gone from the computer
    journal_retention: int = 30 * 24 * 3600  # audit events stay here so long after the server has confirmed them
    step_up_at_unlock: bool = False
    step_up_for: frozenset[str] = STEP_UP_FOR  # verbs that ask for a step-up code
    step_up_grace: int = 5 * 60  # one code covers what follows within this time
    code_copy: bool = False  # whether a bare code may be copied
    capture_until: int = 0  # POSIX seconds: screenshots are not blocked until then, in its last 24 hours
    features: tuple[tuple[str, tuple[str, ...]], ...] = ()  # (role, allowed verbs)
    query_due: int = 2 * 24 * 3600  # a provider has this long to answer
    query_escalate: int = 3 * 24 * 3600  # then the query is escalated
    query_expire: int = 14 * 24 * 3600  # then it ends without an answer
    query_retention: str = "business-record"  # or health-record: what an answered query becomes a part of
    teaching_dates: str = "year"  # or shift: what stands in place of a date in a teaching copy
    teaching_approval: int = 14 * 24 * 3600  # an approved copy is made within this time
    teaching_keep: int = 90 * 24 * 3600  # a released one is read within this time, then it goes
    edit_levels: tuple[tuple[str, str], ...] = ()  # (rule, WARNING or ERROR): raises an edit, never lowers one
    minimum_version: str = ""  # an older program gets no new charts; it sends what it has
    support_contact: str = ""  # whom a coder asks: a name, a number, an address
    said: frozenset[str] = frozenset()  # the fields the server has set
    here: frozenset[str] = frozenset()  # the fields this computer alone has set; the rest is built in

    def allows(self, roles: frozenset[str], verb: str) -> bool:
        """Whether any of the coder's roles is issued a verb."""
        return any(role in roles and verb in verbs for role, verbs in self.features)

    def permits(self, roles: frozenset[str], verb: str) -> bool:
        """The same, and everyone while policy names no role's verbs."""
        return not self.features or self.allows(roles, verb)


def require_current(policy: Policy, version: str) -> None:
    """Nothing new for a program older than the organisation allows. Raises ProgramTooOld, which says whom to ask."""
    if policy.minimum_version and is_older(version, policy.minimum_version):
        raise ProgramTooOld(
            f"Version {version} is older than {policy.minimum_version}, the oldest your organisation allows.",
            remedy=f"{who_helps(policy)} for the update. What is on this computer can be finished, and all of it is sent.",
        )


def who_helps(policy: Policy) -> str:
    """`Ask the service desk, 555 0100`"""
    return f"Ask {policy.support_contact or 'your IT support'}"


def unwatched(policy: Policy) -> Policy:
    """The same where no session source is armed: locks after half the time, for a closed lid is not noticed."""
    idle_lock = max(SHORTEST_IDLE_LOCK, min(policy.idle_lock // 2, UNWATCHED_IDLE_LOCK))
    return replace(policy, idle_lock=idle_lock, idle_warning=min(policy.idle_warning, idle_lock // 2))


def allows_capture(policy: Policy, now: float) -> bool:
    """Whether screenshots may be made at this moment, for training or support."""
    return 0 < policy.capture_until - now <= LONGEST_CAPTURE


def within_floors(asked: Policy) -> Policy:
    """The stricter of what was asked and what the program allows."""
    idle_lock = max(SHORTEST_IDLE_LOCK, min(asked.idle_lock, LONGEST_IDLE_LOCK))
    return Policy(
        version=asked.version,
        idle_lock=idle_lock,
        idle_warning=max(5, min(asked.idle_warning, idle_lock // 2)),
        idle_sign_out=max(idle_lock, min(asked.idle_sign_out, 12 * 3600)),
        lease=max(60, min(asked.lease, LONGEST_LEASE)),
        cache_lifetime=max(60, min(asked.cache_lifetime, 30 * 24 * 3600)),
        shared_workstation=asked.shared_workstation,
        dormant_after=max(24 * 3600, min(asked.dormant_after, 365 * 24 * 3600)),
        journal_retention=max(SHORTEST_RETENTION, min(asked.journal_retention, LONGEST_RETENTION)),
        step_up_at_unlock=asked.step_up_at_unlock,
        step_up_for=asked.step_up_for,
        step_up_grace=max(0, min(asked.step_up_grace, idle_lock)),
        code_copy=asked.code_copy,
        capture_until=max(0, asked.capture_until),
        query_due=max(3600, min(asked.query_due, 90 * 24 * 3600)),
        query_escalate=max(3600, min(asked.query_escalate, 90 * 24 * 3600)),
        query_expire=max(3600, min(asked.query_expire, 365 * 24 * 3600)),
        query_retention=asked.query_retention if asked.query_retention in RETENTION_CLASSES else RETENTION_CLASSES[0],
        teaching_dates=asked.teaching_dates if asked.teaching_dates in TEACHING_DATES else TEACHING_DATES[0],
        teaching_approval=max(3600, min(asked.teaching_approval, 30 * 24 * 3600)),
        teaching_keep=max(24 * 3600, min(asked.teaching_keep, 365 * 24 * 3600)),
        features=asked.features,
        edit_levels=tuple((rule, level) for rule, level in asked.edit_levels if level in ("WARNING", "ERROR")),
        minimum_version=asked.minimum_version if is_version(asked.minimum_version) else "",
        support_contact=" ".join(asked.support_contact.split())[:LONGEST_CONTACT],
        said=asked.said,
        here=asked.here,
    )


def policy_fields(policy: Policy) -> dict[str, Any]:
    """A policy as JSON values, for the pipe and the sealed profile."""
    fields = {name: getattr(policy, name) for name in Policy.__dataclass_fields__}
    fields["features"] = [[role, list(verbs)] for role, verbs in policy.features]
    fields["edit_levels"] = [list(pair) for pair in policy.edit_levels]
    fields["step_up_for"] = sorted(policy.step_up_for)
    fields["said"], fields["here"] = sorted(policy.said), sorted(policy.here)
    return fields


def policy_from(fields: dict[str, Any]) -> Policy:
    """The inverse; floors apply again, so that a doctored file lengthens nothing. Raises TypeError, ValueError."""
    features = tuple((role, tuple(verbs)) for role, verbs in fields.get("features", ()))
    step_up_for = frozenset(fields.get("step_up_for", STEP_UP_FOR))
    levels = tuple((str(rule), str(level)) for rule, level in fields.get("edit_levels", ()))
    given = {"edit_levels": levels, "features": features, "step_up_for": step_up_for}
    # An earlier program kept no such list: all of it was the server's.
    said, here = fields.get("said", set(fields) - {"version"}), fields.get("here", ())
    return within_floors(Policy(**{**fields, **given, "said": frozenset(said), "here": frozenset(here)}))
