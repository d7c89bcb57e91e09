"""Computer and server together: the stricter counts, whichever set it, and what neither set is built in."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workstation.domain.policy import Policy, policy_fields, policy_from, require_current, within_floors
from workstation.domain.stricter import as_the_server_said, changes, is_of_the_computer, stricter
from workstation.errors import ProgramTooOld
from workstation.fhir.device import policy_from as server_policy
from workstation.fhir.systems import WORKSTATION_POLICY
from workstation.managed.rules import By, Wins
from workstation.managed.table import RULES

BOTH = [rule for rule in RULES if {By.COMPUTER, By.SERVER} <= set(rule.by)]


def said(**fields: Any) -> Policy:
    return within_floors(replace(Policy(version="p/1"), said=frozenset(fields), **fields))


@pytest.mark.parametrize(
    ("name", "here", "there", "counts"),
    [
        ("idle_lock", 120, 600, 120),
        ("idle_lock", 600, 120, 120),
        ("lease", 3600, 7200, 3600),
        ("cache_lifetime", 7200, 3600, 3600),
        ("shared_workstation", True, False, True),
        ("shared_workstation", False, True, True),
        ("step_up_at_unlock", True, False, True),
        ("code_copy", True, False, False),
        ("code_copy", False, True, False),
        ("code_copy", True, True, True),
        ("capture_until", 0, 2_000_000_000, 0),
        ("capture_until", 2_000_000_000, 1_900_000_000, 1_900_000_000),
        ("step_up_for", ("password",), frozenset({"reveal"}), frozenset({"password", "reveal"})),
        ("step_up_grace", 60, 120, 60),
        ("minimum_version", "1.9", "1.10", "1.10"),
        ("minimum_version", "2.0", "1.10", "2.0"),
        ("minimum_version", "", "1.10", "1.10"),
        ("support_contact", "here", "there", "here"),
        ("idle_warning", 60, 20, 60),
    ],
)
def test_the_stricter_counts(name: str, here: Any, there: Any, counts: Any) -> None:
    assert getattr(stricter(said(**{name: there}), {name: here}), name) == counts


@pytest.mark.parametrize("rule", BOTH, ids=lambda rule: rule.name)
def test_each_of_these_has_its_rule(rule: Any) -> None:
    assert rule.wins is not Wins.ONLY


def test_where_the_server_is_silent_the_computer_counts() -> None:
    found = stricter(Policy(version="p/1"), {"idle_lock": 600, "code_copy": True})
    assert (found.idle_lock, found.code_copy) == (600, True)
    assert stricter(Policy(version="p/1"), {}) == Policy(version="p/1")


TIMES = st.integers(-10, 10**9)


@given(st.fixed_dictionaries({}, optional={rule.name: TIMES for rule in BOTH if rule.wins is Wins.LESS}), st.data())
def test_no_time_is_ever_longer_than_either_of_them_says(here: dict[str, int], data: st.DataObject) -> None:
    names = st.dictionaries(st.sampled_from([rule.name for rule in BOTH if rule.wins is Wins.LESS]), TIMES)
    server = said(**data.draw(names))
    found = stricter(server, here)
    assert found == within_floors(found)
    for name, value in here.items():
        alone = getattr(
            within_floors(replace(Policy(), **{"idle_lock": 900, "idle_sign_out": 12 * 3600, name: value})), name
        )
        if name != "idle_sign_out":  # never before the lock
            assert getattr(found, name) <= alone
            if name in server.said:
                assert getattr(found, name) <= getattr(server, name)


def test_a_policy_kept_for_an_offline_start_is_the_servers_again() -> None:
    server = said(idle_lock=120, shared_workstation=True)
    kept = policy_from(policy_fields(stricter(server, {"lease": 3600, "idle_lock": 60})))
    back = as_the_server_said(kept)
    assert back.lease == Policy().lease, "what the computer alone said is not kept beyond its policy"
    assert (back.idle_lock, back.shared_workstation) == (60, True)
    assert stricter(back, {}).version == "p/1"
    assert stricter(stricter(server, {"lease": 1}), {"lease": 1}).version == stricter(server, {"lease": 1}).version


def test_a_profile_of_an_earlier_release_loses_nothing() -> None:
    fields = policy_fields(Policy(version="p/1", idle_lock=60, shared_workstation=True))
    del fields["said"], fields["here"], fields["minimum_version"], fields["support_contact"]
    back = as_the_server_said(policy_from(fields))
    assert (back.version, back.idle_lock, back.shared_workstation) == ("p/1", 60, True)


def test_the_server_may_set_the_oldest_version_and_whom_to_ask() -> None:
    parts = [{"url": "minimumVersion", "valueString": "99.0"}, {"url": "supportContact", "valueString": " Desk\n5 "}]
    found = server_policy({"id": "p", "extension": [{"url": WORKSTATION_POLICY, "extension": parts}]})
    assert found is not None
    assert (found.minimum_version, found.support_contact) == ("99.0", "Desk 5")
    assert found.said == {"minimum_version", "support_contact"}
    with pytest.raises(ProgramTooOld) as caught:
        require_current(found, "1.0")
    assert "99.0" in str(caught.value)
    assert "Desk 5" in caught.value.remedy
    require_current(found, "99.0.1")
    parts[0]["valueString"] = "newest"
    unusable = server_policy({"id": "p", "extension": [{"url": WORKSTATION_POLICY, "extension": parts}]})
    assert unusable is not None
    require_current(unusable, "0.1")


def test_a_change_is_told_to_the_audit_by_name_and_number() -> None:
    before = said(idle_lock=300, support_contact="somebody's name")
    after = stricter(
        before,
        {"idle_lock": 90, "shared_workstation": True, "support_contact": "another name", "minimum_version": "2.0"},
    )
    words = changes(before, after)
    assert "idle_lock 300 to 90" in words
    assert "shared_workstation off to on" in words
    assert "minimum_version none to 2.0" in words
    assert "support_contact changed" in words
    assert "name" not in words.replace("support_contact changed", "")
    assert (is_of_the_computer(before), is_of_the_computer(after)) == (False, True)
    assert changes(after, after) == ""
