"""Whether an audit event can be written twice, changed or deleted: with the token given, on events of a probe's own."""

from __future__ import annotations

from collections.abc import Iterator

from workstation.conformance.findings import Finding, adapts, missing, not_asked, works
from workstation.conformance.line import Line, Reply, Resource
from workstation.conformance.probes import Probes, audit_probe, new_key
from workstation.fhir.capabilities import WriteStrategy, strategy_of
from workstation.fhir.systems import SID_AUDIT_EVENT

STORED = (200, 201)
REPEATED = (405, 409, 412)


def look(probes: Probes, said: Resource) -> Iterator[Finding]:
    """By the way the CapabilityStatement says, as the uplink goes it; then what must not be possible."""
    strategy = strategy_of(said)
    event = audit_probe(new_key())
    first = _write(probes, event, strategy)
    if first.status in (401, 403):
        yield not_asked("Writing AuditEvents", "the token may not")
        return
    if first.status not in STORED:
        yield missing(
            "Writing AuditEvents", f"by {strategy.value}: answers {first.status}", "No audit trail would arrive."
        )
        return
    name = first.name or f"AuditEvent/{event['id']}"
    yield _repeated(probes, event, strategy, name)
    yield _read_back(probes.line, event, needed=strategy is WriteStrategy.CHECK_FIRST)
    yield from _append_only(probes, name, event)


def _write(probes: Probes, event: Resource, strategy: WriteStrategy) -> Reply:
    if strategy is WriteStrategy.OWN_ID:
        return probes.write("PUT", f"AuditEvent/{event['id']}", event)
    if strategy is WriteStrategy.BY_TAG:
        return probes.write("POST", "AuditEvent", event, **{"If-None-Exist": f"_tag={SID_AUDIT_EVENT}|{event['id']}"})
    return probes.write("POST", "AuditEvent", event)


def _repeated(probes: Probes, event: Resource, strategy: WriteStrategy, name: str) -> Finding:
    feature = "Writing AuditEvents"
    if strategy is WriteStrategy.CHECK_FIRST:
        return adapts(
            feature, "stored; neither own ids nor conditions are declared", "Each is looked up before it is sent."
        )
    again = _write(probes, event, strategy)
    if again.status in REPEATED:
        return works(feature, f"by {strategy.value}: the repeat answers {again.status}", "Read back and compared.")
    if again.status not in STORED:
        return adapts(feature, f"by {strategy.value}: the repeat answers {again.status}", "An event may be parked.")
    if again.name and again.name != name:
        return missing(
            feature, f"by {strategy.value}: a repeat is stored twice", "Events whose answer was lost would be doubled."
        )
    return works(feature, f"by {strategy.value}: the repeat answers {again.status} and stores nothing new")


def _read_back(line: Line, event: Resource, *, needed: bool) -> Finding:
    feature = "AuditEvent found by _tag"
    reply = line.get("AuditEvent", [("_tag", f"{SID_AUDIT_EVENT}|{event['id']}")])
    if reply.status in (401, 403):
        return not_asked(feature, "the token may not search AuditEvents")
    if not reply.is_bundle:
        if needed:
            return missing(feature, f"answers {reply.status}", "No event could be sent without sending it twice.")
        return adapts(
            feature, f"answers {reply.status}", "An event whose answer was lost is read by its id, or parked."
        )
    if len(reply.matches) == 1:
        return works(feature, "one")
    words = "not found (yet)" if not reply.matches else f"{len(reply.matches)}"
    return adapts(
        feature, words, "A server that shows writes late makes an event be sent again; by its id that is harmless."
    )


def _append_only(probes: Probes, name: str, event: Resource) -> Iterator[Finding]:
    """Asked with this token only: another may be allowed more."""
    changed = probes.line.ask("PUT", name, body={**event, "id": name.partition("/")[2], "outcome": "8"})
    if changed.status in STORED:
        yield adapts(
            "Changing an AuditEvent", "possible with this token", "Make it append-only: the trail proves nothing else."
        )
    else:
        yield works("Changing an AuditEvent", f"refused ({changed.status})")
    gone = probes.line.ask("DELETE", name)
    if gone.status in (200, 202, 204):
        probes.there.remove(name)
        yield adapts("Deleting an AuditEvent", "possible with this token", "Take delete out of every client's scope.")
    else:
        probes.there.remove(name)
        probes.left.append(f"{name} (an audit event, which is to stay)")
        yield works("Deleting an AuditEvent", f"refused ({gone.status})")
