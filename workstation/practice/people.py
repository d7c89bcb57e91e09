"""The people of the practice hospital: who may sign in, with which role, password and second factor."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

import pyotp

from workstation.practice.store import Store

ORGANISATION = "lakemere"
HOSPITAL = "Lakemere Regional Medical Center"


@dataclass(frozen=True, slots=True)
class Person:
    """One account. The password is no secret: it stands on the sign-in page."""

    user: str
    given: str
    family: str
    credential: str
    title: str
    roles: tuple[str, ...]
    password: str

    @property
    def name(self) -> str:
        return f"{self.given} {self.family}"


PEOPLE = (
    Person("dana", "Dana", "Whitfield", "CCS", "Inpatient coder", ("inpatient-coder",), "harbor-quilt-41"),
    Person(
        *("miguel", "Miguel", "Santos", "CPC", "Inpatient and outpatient coder"),
        roles=("inpatient-coder", "outpatient-coder"),
        password="maple-lantern-27",
    ),
    Person("ruth", "Ruth", "Adeyemi", "CCS", "Coding auditor", ("auditor",), "copper-willow-63"),
    Person("lena", "Lena", "Fischer", "RHIA", "Coding lead", ("lead",), "summit-orchid-18"),
    Person("omar", "Omar", "Haddad", "CCS", "Coding educator", ("educator",), "pebble-heron-52"),
    Person("vera", "Vera", "Lind", "CPC", "Vendor coder", ("vendor-coder",), "cedar-anchor-36"),
)

DISPLAYS = {
    "inpatient-coder": "Inpatient coder",
    "outpatient-coder": "Outpatient coder",
    "auditor": "Auditor",
    "lead": "Lead",
    "educator": "Educator",
    "vendor-coder": "Vendor coder",
}


_CROWD = re.compile(r"crowd-([0-9]{3})")


def crowd(size: int) -> tuple[Person, ...]:
    """Coders beyond those of the house, for tests and benchmarks with many of them: `crowd-001` and so on."""
    return tuple(_one_of_many(number) for number in range(1, size + 1))


def _one_of_many(number: int) -> Person:
    name = f"crowd-{number:03}"
    return Person(
        name, "Coder", f"Number {number}", "CCS", "Inpatient coder", ("inpatient-coder",), f"walnut-{number:03}"
    )


def person(user: str) -> Person | None:
    """Somebody by their user name; of the crowd also when this hospital has none: `is_let_in` asks the store."""
    many = _CROWD.fullmatch(user)
    return _one_of_many(int(many[1])) if many else next((one for one in PEOPLE if one.user == user), None)


def everyone(store: Store) -> tuple[Person, ...]:
    """All who may sign in here."""
    return PEOPLE + crowd(int(store.fact("crowd") or 0))


def secret_of(store: Store, user: str) -> str:
    """The seed of a person's authenticator, made for this data folder alone."""
    return store.fact(f"totp/{user}", pyotp.random_base32)


def code_now(store: Store, user: str, now: datetime) -> str:
    """What the person's authenticator would show."""
    return pyotp.TOTP(secret_of(store, user)).at(now)


def is_let_in(store: Store, user: str, password: str, code: str, now: datetime) -> bool:
    """Password and second factor; one step of the code either side."""
    known = person(user) if store.live(f"Practitioner/{user}") else None
    fits = (
        pyotp.TOTP(secret_of(store, user)).verify(code.replace(" ", ""), for_time=now, valid_window=1)
        if known
        else False
    )
    return known is not None and pyotp.utils.strings_equal(password, known.password) and fits
