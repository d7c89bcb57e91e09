"""What IT has set on this computer, decoded: each value with its place, each trouble by name, and how both are applied."""

from __future__ import annotations

import difflib
import logging
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace

from workstation.domain.policy import Policy
from workstation.domain.stricter import stricter
from workstation.errors import WrongKindOfUse
from workstation.managed.rules import By, Kind, Rule
from workstation.managed.sources import Said, Sources, read_sources
from workstation.managed.table import BY_NAME
from workstation.managed.values import Unusable, usable
from workstation.settings import ServerSettings

log = logging.getLogger(__name__)

_SETTINGS = frozenset(one.name for one in fields(ServerSettings))
_POLICY = frozenset(Policy.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Held:
    """One policy IT has set here."""

    rule: Rule
    value: object
    place: str
    note: str = ""  # why it is not what was written


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something IT has to mend."""

    what: str
    place: str
    why: str
    remedy: str
    red: bool = True
    stops: bool = False


@dataclass(frozen=True)
class Managed:
    """All of it. Nothing set anywhere is `Managed()`."""

    held: Mapping[str, Held] = field(default_factory=dict)
    recommended: Mapping[str, Held] = field(default_factory=dict)
    troubles: tuple[Trouble, ...] = ()
    places: tuple[str, ...] = ()
    old_file: str = ""

    @property
    def is_managed(self) -> bool:
        """Whether IT has set anything here, readable or not."""
        return bool(self.places)

    def over(self, policy: Policy) -> Policy:
        """The policy in force where the server said `policy`."""
        return stricter(policy, {name: held.value for name, held in self.held.items() if name in _POLICY})

    def server(self, asked: str = "") -> ServerSettings:
        """The server and how it is reached; `asked` of the command line counts where IT has set no server.

        Raises WrongKindOfUse naming what cannot be used: nothing laxer is put in its place.
        """
        found = self._reach()
        if asked and found.base and asked.rstrip("/") != found.base.rstrip("/"):
            raise WrongKindOfUse(
                "Your organisation has set another server on this computer.",
                remedy=f"Start without --server. {self.held['base'].place} says which it is.",
            )
        suggested = self.recommended.get("base")
        return found if found.base else replace(found, base=asked or (str(suggested.value) if suggested else ""))

    def toward(self, server: str) -> ServerSettings:
        """How this computer would reach that server, to look at it; nobody works with it. Raises WrongKindOfUse."""
        return replace(self._reach(), base=server)

    def _reach(self) -> ServerSettings:
        stopping = [trouble for trouble in self.troubles if trouble.stops]
        if stopping:
            first = stopping[0]
            what = "policies in" if first.what == first.place else "policy"
            raise WrongKindOfUse(f"The {what} {first.what} cannot be used: {first.why}.", remedy=first.remedy)
        return ServerSettings(**{name: held.value for name, held in self.held.items() if name in _SETTINGS})  # type: ignore[arg-type]

    def switch(self, name: str) -> bool:
        """A switch of the program itself."""
        held, rule = self.held.get(name), BY_NAME[name]
        if held is None:
            return bool(rule.strict if self._hides_something else rule.built_in)
        return bool(held.value)

    @property
    def _hides_something(self) -> bool:
        """Whether a whole place cannot be used: what it would have said is unknown."""
        return any(trouble.stops and trouble.what == trouble.place for trouble in self.troubles)

    def practice(self, *, installed: bool) -> tuple[bool, str]:
        """Whether the practice hospital may be used, and who decided."""
        held = self.held.get("practice_allowed")
        if held is not None:
            return bool(held.value), f"practice_allowed in {held.place}" + (f" ({held.note})" if held.note else "")
        if self.is_managed:
            return False, "policies are set on this computer, and none of them allows it (practice_allowed)"
        if installed:
            return False, "the program is installed, and no policy allows it (practice_allowed)"
        return True, "nothing forbids it: a source checkout, and no policies on this computer"


def decode(found: Sources, *, exists: Callable[[str], bool] = os.path.exists) -> Managed:
    """Each value by itself: a bad one never voids the others."""
    held: dict[str, Held] = {}
    recommended: dict[str, Held] = {}
    troubles: dict[str, Trouble] = {}
    for said in found.said:
        rule, trouble = _rule_of(said)
        if rule is None:
            troubles[f"{said.place} {said.name}"] = trouble
            continue
        into = recommended if said.recommended else held
        troubles.pop(rule.name, None)  # a later place speaks for this name now
        before = into.get(rule.name)
        try:
            if before is not None and before.place == said.place:
                raise Unusable("it stands there twice")
            value, note = usable(rule, said.raw)
            if rule.kind is Kind.PATH and value and not exists(str(value)):
                raise Unusable("there is nothing at that path")
            into[rule.name] = Held(rule, value, said.place, note)
        except Unusable as why:
            troubles[rule.name] = _bad(rule, said, str(why))
            into[rule.name] = Held(rule, rule.strict, said.place, f"{why}; the strict value stands in its place")
    # What stood there nobody knows: a server, pins and keys may have. Nothing laxer takes their place.
    ill = [Trouble(one.place, one.place, one.why, one.remedy, stops=not one.recommended) for one in found.ill]
    return Managed(held, recommended, (*ill, *troubles.values()), tuple(found.places), found.old_file)


def _rule_of(said: Said) -> tuple[Rule, Trouble] | tuple[None, Trouble]:
    rule, wanted = BY_NAME.get(said.name), By.RECOMMENDED if said.recommended else By.COMPUTER
    nothing = Trouble("", "", "", "")
    if rule is not None and wanted in rule.by:
        return rule, nothing
    name = said.name[:60]
    if rule is None:
        near = difflib.get_close_matches(name, BY_NAME, 1)
        why = "no policy of this version has that name"
        remedy = f"Write {near[0]} if that is meant." if near else "Take it out, or update the program."
        return None, Trouble(name, said.place, why, remedy, red=False)
    why = "it cannot only be recommended" if said.recommended else "it is the server's to set"
    remedy = "Move it to managed." if said.recommended and rule.on_computer else "Set it in the server's policy."
    return None, Trouble(name, said.place, why, remedy, red=False)


def _bad(rule: Rule, said: Said, why: str) -> Trouble:
    stops = rule.stops and not said.recommended
    then = "Until then nothing is connected." if stops else "Until then the strict value counts."
    if said.recommended:
        then = "Until then nothing is recommended."
    return Trouble(rule.name, said.place, why, f"Mend {rule.name} in {said.place}. {then}", stops=stops)


class Reader:
    """Reads anew each time it is asked, so that a change by IT counts within a minute; a trouble is logged once."""

    def __init__(self, sources: Callable[[], Sources] = read_sources) -> None:
        self._sources = sources
        self._told: set[tuple[str, str, str]] = set()
        self._lock = threading.Lock()

    def __call__(self) -> Managed:
        now = decode(self._sources())
        with self._lock:
            for trouble in now.troubles:
                mark = (trouble.what, trouble.place, trouble.why)
                if mark not in self._told:
                    self._told.add(mark)
                    log.info("policy %s of %s: %s", *mark)
        return now


def unmanaged() -> Managed:
    """No policies: practice, tests, and whoever knows of none."""
    return Managed()
