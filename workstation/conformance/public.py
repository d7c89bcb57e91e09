"""What anybody may know of a server: its CapabilityStatement, how one signs in, its clock; no token is needed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime

from workstation.conformance.findings import Finding, adapts, declared, missing, not_asked, note, works
from workstation.conformance.line import Line, Reply, Resource
from workstation.conformance.needs import CREATE, NEEDS
from workstation.errors import ServerTrouble, SignInRefused
from workstation.fhir.capabilities import WriteStrategy, interactions, resources, strategy_of, system_interactions
from workstation.fhir.discovery import discover, get_json
from workstation.fhir.reading import plain, text
from workstation.fhir.transport import new_session

CLOCK_MAY_BE_OFF = 60.0  # seconds
_ES384 = "ES384"


def statement(line: Line) -> tuple[Resource, list[Finding]]:
    """The CapabilityStatement, and what it says of the server as a whole. Raises Unreached."""
    reply = line.ask("GET", "metadata", bare=True)
    if reply.status in (401, 403) and line.token:
        reply = line.get("metadata")
    found: list[Finding] = []
    if reply.status != 200 or reply.body.get("resourceType") != "CapabilityStatement":
        words = f"answers {reply.status}" + ("" if reply.status != 200 else ", which is no CapabilityStatement")
        found.append(missing("CapabilityStatement", words, "Check the base address: it is to answer /metadata."))
        return {}, [*found, *_clock(reply)]
    software = " ".join(filter(None, (text(reply.body, "software", "name"), text(reply.body, "software", "version"))))
    found.append(works("CapabilityStatement", software[:80] or "the server does not say what it is"))
    found.append(_version(text(reply.body, "fhirVersion")))
    found.append(
        works("JSON", reply.kind)
        if reply.kind in ("application/fhir+json", "application/json")
        else missing("JSON", plain(reply.kind)[:40] or "no content type", "Only JSON is read.")
    )
    return reply.body, [*found, *_clock(reply)]


def _version(said: str) -> Finding:
    if said.startswith("4.0"):
        return works("FHIR version", said)
    if said.startswith("4."):
        return adapts(
            "FHIR version", said, "Written for R4 (4.0.1): what changed since may be read wrongly. Try it first."
        )
    return missing("FHIR version", said or "not said", "This client speaks R4 (4.0.1).")


def _clock(reply: Reply) -> Iterator[Finding]:
    try:
        off = time.time() - parsedate_to_datetime(reply.headers.get("Date", "")).timestamp()
    except (ValueError, TypeError):
        yield note("Clock", "the server does not say its time")
        return
    if abs(off) > CLOCK_MAY_BE_OFF:
        way = "ahead of" if off > 0 else "behind"
        yield adapts(
            "Clock", f"this computer is {abs(off):.0f} s {way} it", "Sign-in and leases need the time: set it."
        )
    else:
        yield works("Clock", "agrees to the minute")


def declarations(said: Resource) -> Iterator[Finding]:
    """What the statement says of each thing this client needs. It is the server's word; nothing here was tried."""
    known = resources(said)
    if not known:
        yield not_asked("Resource types", "the CapabilityStatement lists none")
    for need in NEEDS if known else ():
        lacking = [code for code in need.interactions if code not in interactions(known.get(need.kind, {}))]
        if need.kind == "AuditEvent" and lacking == [CREATE] and "update" in interactions(known.get(need.kind, {})):
            lacking = []  # under an id of its own
        if need.kind not in known:
            words = "not declared"
        elif lacking:
            words = f"not declared: {', '.join(lacking)}"
        else:
            yield declared(need.kind, ", ".join(need.interactions))
            continue
        client = f"Needed for: {need.what_for}."
        if need.kind == "Binary":  # many serve it and do not say so; a document tells with a token
            yield adapts(need.kind, words, f"{client} See that documents open.")
        else:
            yield (missing if need.essential else adapts)(need.kind, words, client)
    yield from _bundles(system_interactions(said))
    yield from _conditions(known)


def _bundles(codes: frozenset[str]) -> Iterator[Finding]:
    for name, without in (
        ("transaction", "The coded result and its Task are sent as one transaction."),
        ("batch", "Audit events then go one at a time."),
    ):
        if name in codes:
            yield declared(name.capitalize(), "declared")
        else:
            yield not_asked(name.capitalize(), f"not declared, so perhaps not there. {without}")


def _conditions(known: dict[str, Resource]) -> Iterator[Finding]:
    claim = known.get("Claim", {})
    if claim.get("conditionalCreate") is True:
        yield declared("Conditional create of Claim", "declared")
    elif "conditionalCreate" in claim:
        yield missing("Conditional create of Claim", "declared absent", "A lost answer would store the result twice.")
    else:
        yield not_asked("Conditional create of Claim", "the CapabilityStatement does not say")


def audit_strategy(said: Resource) -> Finding:
    """How the audit trail will be written."""
    strategy = strategy_of(said)
    if strategy is WriteStrategy.OWN_ID:
        return declared(
            "Writing AuditEvents", "updateCreate", "PUT under the event's own id: a repeat stores nothing twice."
        )
    if strategy is WriteStrategy.BY_TAG:
        return declared("Writing AuditEvents", "conditionalCreate", "POST unless its tag is there already.")
    return adapts(
        "Writing AuditEvents",
        "neither updateCreate nor conditionalCreate is declared",
        "One at a time, looked up by tag before: slow, and the device's scope must let it search.",
    )


def sign_in(line: Line) -> Iterator[Finding]:
    """Where people and devices sign in, as it is published."""
    settings = line.settings
    session = new_session(settings.verify, settings.proxies, settings.pin)
    try:
        provider = discover(session, line.base, settings.issuer)
        published = _published(line, session, settings.issuer)
    except SignInRefused as trouble:
        yield missing("Sign-in", str(trouble), "Nobody can sign in. Name the provider as `issuer` in the settings.")
        return
    except ServerTrouble as trouble:
        yield missing("Sign-in", str(trouble), "Nobody can sign in while the identity provider does not answer.")
        return
    finally:
        session.close()
    lacking = [name for name, there in (("issuer", provider.issuer), ("jwks_uri", provider.keys)) if not there]
    if lacking:
        words = f"published without {' and '.join(lacking)}"
        yield missing(
            "Sign-in", words, "The id_token cannot be checked: nobody can sign in. Name `issuer` in the settings."
        )
    else:
        yield works("Sign-in", f"published; issuer {plain(provider.issuer)[:120]}")
    methods = published.get("code_challenge_methods_supported")
    if isinstance(methods, list) and "S256" in methods:
        yield works("PKCE", "S256")
    else:
        yield adapts("PKCE", "not declared", "S256 is sent all the same; make sure the provider checks it.")
    if (
        isinstance(published.get("grant_types_supported"), list)
        and "refresh_token" not in published["grant_types_supported"]
    ):
        yield adapts("Refresh tokens", "not declared", "Each end of an access token asks the coder to sign in again.")
    if not provider.revocation:
        yield adapts("Revocation", "no endpoint", "Signing out leaves the refresh token to end by itself.")
    yield from _device_credential(published, registers=bool(provider.registration))


def _published(line: Line, session: object, issuer: str) -> Resource:
    for address in (
        f"{line.base}/.well-known/smart-configuration",
        f"{(issuer or line.base).rstrip('/')}/.well-known/openid-configuration",
    ):
        status, body = get_json(session, address)  # type: ignore[arg-type]
        if status == 200 and body.get("token_endpoint"):
            return body
    return {}


def _device_credential(published: Resource, *, registers: bool) -> Iterator[Finding]:
    methods = published.get("token_endpoint_auth_methods_supported")
    algorithms = published.get("token_endpoint_auth_signing_alg_values_supported")
    if not isinstance(methods, list) or "private_key_jwt" not in methods:
        yield adapts(
            "Device's own credential",
            "private_key_jwt is not declared",
            "Events leave and orders arrive only while a coder is signed in.",
        )
        return
    signed = "" if not isinstance(algorithms, list) or _ES384 in algorithms else f"; {_ES384} is not declared"
    who = "The device registers itself." if registers else "IT registers each device's key (`doctor --jwk`)."
    client = f"{who} It signs with {_ES384} alone." if signed else who
    yield (adapts if signed else works)("Device's own credential", f"private_key_jwt{signed}", client)


def without_token(line: Line) -> Finding:
    """Whether charts are given to whoever asks. Only the status is looked at."""
    reply = line.ask("GET", "Task", [("_count", "1"), ("_elements", "status")], bare=True)
    if reply.status in (401, 403):
        return works("Asks for a token", f"{reply.status} without one")
    if reply.status == 200:
        return adapts("Asks for a token", "200 without one", "Anybody on this network can read it. For tests only.")
    return note("Asks for a token", f"{reply.status} without one")


def throttling(line: Line) -> Finding:
    """What was seen of limits while asking."""
    limits = ", ".join(f"{name}: {plain(value)}" for name, value in sorted(line.limits.items()))
    if line.throttled:
        told = f"{len(line.throttled)} answers asked to wait ({line.throttled[0]})"
        return works("Throttling", told, limits or "Without a word on how long: the wait doubles each time.")
    return note("Throttling", limits or f"no limit seen in {line.asked} requests")
