"""The people of the practice hospital: who may sign in, with which role, password and second factor."""

from __future__ import annotations

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


def person(user: str) -> Person | None:
    return next((one for one in PEOPLE if one.user == user), None)


def secret_of(store: Store, user: str) -> str:
    """The seed of a person's authenticator, made for this data folder alone."""
    return store.fact(f"totp/{user}", pyotp.random_base32)


def code_now(store: Store, user: str, now: datetime) -> str:
    """What the person's authenticator would show."""
    return pyotp.TOTP(secret_of(store, user)).at(now)


def is_let_in(store: Store, user: str, password: str, code: str, now: datetime) -> bool:
    """Password and second factor; one step of the code either side."""
    known = person(user)
    fits = (
        pyotp.TOTP(secret_of(store, user)).verify(code.replace(" ", ""), for_time=now, valid_window=1)
        if known
        else False
    )
    return known is not None and pyotp.utils.strings_equal(password, known.password) and fits
