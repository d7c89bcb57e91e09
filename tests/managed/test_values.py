"""One value as IT wrote it: usable, tightened, or refused by name; and the table says what the program does."""

from __future__ import annotations

import base64
from dataclasses import fields, replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workstation.domain.policy import Policy, within_floors
from workstation.domain.versions import is_older, is_version, key
from workstation.managed.rules import By, Kind, Rule, Wins
from workstation.managed.table import BY_NAME, ON_COMPUTER, RULES
from workstation.managed.values import Unusable, usable
from workstation.settings import ServerSettings

KEY = base64.b64encode(bytes(32)).decode()
POLICY_FIELDS = set(Policy.__dataclass_fields__) - {"version", "said", "here"}


def test_the_table_names_every_setting_and_every_policy_once() -> None:
    assert len(BY_NAME) == len(RULES)
    assert {one.name for one in fields(ServerSettings)} | POLICY_FIELDS <= set(BY_NAME)
    for rule in RULES:
        assert rule.title
        assert rule.meaning.endswith("."), rule.name
        assert (By.SERVER in rule.by) == bool(rule.server), rule.name
        assert (rule.wins is Wins.ONLY) == (not {By.SERVER, By.COMPUTER} <= set(rule.by)), rule.name


def test_the_table_has_the_built_in_values_of_the_program() -> None:
    settings, policy = ServerSettings(), Policy()
    for rule in RULES:
        if rule.name in POLICY_FIELDS:
            own = getattr(policy, rule.name)
            assert rule.built_in == (tuple(sorted(own)) if isinstance(own, frozenset) else own), rule.name
        elif rule.name in {one.name for one in fields(ServerSettings)}:
            assert rule.built_in == getattr(settings, rule.name), rule.name


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.kind is Kind.SECONDS], ids=lambda rule: rule.name)
def test_the_limits_of_the_table_are_those_the_program_holds(rule: Rule) -> None:
    """Where nothing else is in the way: the widest lock lets every other time reach its own limit."""
    wide = replace(Policy(), idle_lock=15 * 60, idle_sign_out=15 * 60)
    for asked, held in ((10**9, rule.high), (-1, rule.low)):
        asks: Any = {rule.name: asked, **({"idle_lock": 30} if rule.name == "idle_sign_out" and asked < 0 else {})}
        assert getattr(within_floors(replace(wide, **asks)), rule.name) == held, rule.name


@pytest.mark.parametrize(
    ("name", "raw", "value", "note"),
    [
        ("idle_lock", 120, 120, ""),
        ("idle_lock", 3600, 900, "lowered to the most allowed, 900 s"),
        ("idle_lock", 1, 30, "raised to the least allowed, 30 s"),
        ("shared_workstation", True, True, ""),
        ("shared_workstation", 1, True, ""),
        ("shared_workstation", 0, False, ""),
        ("redirect_ports", [49200, "49201"], (49200, 49201), ""),
        ("step_up_for", ["reveal", "password"], ("password", "reveal"), ""),
        ("step_up_for", ["none"], (), ""),
        ("capture_until", "2027-03-01T17:00:00+00:00", int(datetime(2027, 3, 1, 17, tzinfo=UTC).timestamp()), ""),
        ("capture_until", datetime(2027, 3, 1, 17), int(datetime(2027, 3, 1, 17, tzinfo=UTC).timestamp()), ""),  # noqa: DTZ001  as plistlib gives it
        ("minimum_version", "1.4.2", "1.4.2", ""),
        ("command_key", KEY, KEY, ""),
        ("pin", KEY, (KEY,), ""),
        ("base", " https://fhir.example/r4 ", "https://fhir.example/r4", ""),
        ("base", "http://127.0.0.1:8000/fhir", "http://127.0.0.1:8000/fhir", ""),
        ("proxy", "http://proxy.example:3128", "http://proxy.example:3128", ""),
        ("support_contact", "x" * 300, "x" * 200, "cut to 200 characters"),
    ],
)
def test_a_usable_value(name: str, raw: object, value: object, note: str) -> None:
    assert usable(BY_NAME[name], raw) == (value, note)


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("idle_lock", "300"),
        ("idle_lock", True),
        ("idle_lock", 1.5),
        ("idle_lock", None),
        ("shared_workstation", "yes"),
        ("shared_workstation", 2),
        ("redirect_ports", []),
        ("redirect_ports", [70000]),
        ("redirect_ports", 49200),
        ("redirect_ports", ["\u0663"]),
        ("step_up_for", "reveal"),
        ("step_up_for", ["revael"]),
        ("step_up_for", []),
        ("step_up_for", ["none", "reveal"]),
        ("capture_until", "2027-03-01T17:00:00"),
        ("capture_until", "tomorrow"),
        ("minimum_version", "latest"),
        ("command_key", "c2hvcnQ="),
        ("command_key", "no base64!"),
        ("pin", []),
        ("pin", [""]),
        ("pin", ["c2hvcnQ="]),
        ("base", "ftp://fhir.example"),
        ("base", "https://"),
        ("base", "http://fhir.example/r4"),
        ("issuer", "http://login.example"),
        ("base", "https://[fhir.example"),
        ("base", "fhir.example/r4"),
        ("organisation", "a\nb"),
        ("organisation", 5),
        ("organisation", "x" * 3000),
    ],
)
def test_an_unusable_value_says_why_and_nothing_of_itself(name: str, raw: object) -> None:
    with pytest.raises(Unusable) as caught:
        usable(BY_NAME[name], raw)
    assert str(caught.value)
    if isinstance(raw, str) and len(raw) > 8 and raw[0] != "2":
        assert raw not in str(caught.value)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(ON_COMPUTER), _JSON)
def test_whatever_is_written_a_value_is_usable_or_refused(rule: Rule, raw: object) -> None:
    try:
        value, _ = usable(rule, raw)
    except Unusable:
        return
    assert usable(rule, raw) == (value, usable(rule, raw)[1])
    if rule.kind is Kind.SECONDS:
        assert isinstance(value, int)
        assert rule.low <= value <= rule.high


IN_ORDER = [
    "0.9",
    "1.0.dev1",
    "1.0a1",
    "1.0b2",
    "1.0rc1",
    "1.0",
    "1.0.post1",
    "1.0.1",
    "1.2",
    "1.9.9",
    "1.10",
    "2",
    "10.0",
]
SHUFFLED = IN_ORDER[::2] + IN_ORDER[1::2]


def test_versions_are_compared_as_numbers() -> None:
    assert sorted(SHUFFLED, key=key) == IN_ORDER
    for before, after in pairwise(IN_ORDER):
        assert is_older(before, after)
        assert not is_older(after, before)
    assert not is_older("1.2", "1.2.0")
    assert not is_older("1.2.0", "1.2")
    assert not is_older("v1.2", "1.2")


def test_versions_sort_as_the_library_of_python_packages_has_it() -> None:
    version = pytest.importorskip("packaging.version").Version
    assert sorted(SHUFFLED, key=version) == IN_ORDER


@pytest.mark.parametrize("text", ["", "latest", "1.x", "1..2", "-1", "1.2+local", "1" * 20, "\u0661.2"])
def test_what_names_no_version_is_none(text: str) -> None:
    assert not is_version(text)
