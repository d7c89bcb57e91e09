"""What happens to what is written: versions, conditions, batches, transactions; on synthetic probes, taken away afterwards."""

from __future__ import annotations

from collections.abc import Iterator

from workstation.conformance.findings import Finding, Unreached, adapts, missing, not_asked, note, works
from workstation.conformance.line import Reply, Resource
from workstation.conformance.probes import KINDS, SID_PROBE, Probes, new_key, probe
from workstation.fhir.reading import each, text

NOWHERE = "999999"  # a version that is not there: no server may take it
LARGE = 500_000  # bytes: what an audit batch holds at most


def begin(probes: Probes) -> Iterator[Finding]:
    """The first probe, of the first kind the token may create, under the condition every later one is under."""
    for kind in KINDS:
        probes.kind = kind
        reply = _create(probes)
        if reply.status in (400, 405, 412, 501):  # perhaps the condition alone is what it does not know
            reply = probes.write("POST", kind, probe(kind, probes.key))
        if reply.status in (200, 201) and probes.there:
            yield works("Create", f"{reply.status}, tried with {kind}")
            return
    yield not_asked("Writes", f"the token may create neither {' nor '.join(KINDS)} (answers {reply.status})")


def _create(probes: Probes) -> Reply:
    condition = {"If-None-Exist": f"identifier={SID_PROBE}|{probes.key}"}
    return probes.write("POST", probes.kind, probe(probes.kind, probes.key), **condition)


def conditional_create(probes: Probes) -> Finding:
    """The first probe once more: it is there, so nothing may be stored."""
    feature, without = "Conditional create", "A result whose answer was lost would be stored twice."
    again = _create(probes)
    stored = probes.find(probes.key)
    if len(stored or ()) > 1 or again.status == 201 or again.name not in ("", probes.there[0]):
        return missing(feature, "the condition is ignored: stored twice", without)
    if again.status == 200:
        return works(feature, "stored once; the repeat answers 200")
    if again.status in (304, 409, 412):
        return adapts(feature, f"stored once; the repeat answers {again.status}", "Taken as a conflict and looked up.")
    return missing(feature, f"the repeat answers {again.status}", without)


def if_match(probes: Probes) -> Finding:
    feature, name = "If-Match on PUT", probes.there[0]
    held = probes.line.get(name)
    if held.status != 200 or not held.version:
        words = f"reading it answers {held.status}, its version is {'told' if held.version else 'not told'}"
        return missing(feature, words, "Nothing can be changed safely.")
    good = _replace(probes, name, "2", held.version)
    if good.status not in (200, 201):
        return missing(feature, f"the right version answers {good.status}", "Assignments could not be moved on.")
    stale = _replace(probes, name, "3", held.version)
    if stale.status in (409, 412):
        return works(feature, f"an old version answers {stale.status}")
    words = "an old version is taken" if stale.status in (200, 201) else f"an old version answers {stale.status}"
    return missing(feature, words, "Another's change would be overwritten unseen.")


def _replace(probes: Probes, name: str, word: str, version: str, padding: str = "") -> Reply:
    body = probe(probes.kind, probes.key, name=name.partition("/")[2], version_word=word, padding=padding)
    return probes.write("PUT", name, body, **{"If-Match": f'W/"{version}"'})


def update_as_create(probes: Probes) -> Finding:
    feature, name = "Update as create", new_key()
    reply = probes.write("PUT", f"{probes.kind}/{name}", probe(probes.kind, new_key(), name=name))
    if reply.status == 201:
        return works(feature, "PUT under an id of one's own answers 201")
    if reply.status == 200:
        return works(feature, "PUT under an id of one's own answers 200")
    return note(
        feature, f"answers {reply.status}, tried with {probes.kind}", "For audit events the way below is taken."
    )


def batch(probes: Probes) -> Finding:
    """One entry that is good and one that is not: each is to be answered for itself."""
    feature = "Batch"
    reply = _bundle(probes, "batch", [_post(probes, probes.key), _put(probes, NOWHERE)])
    statuses = _statuses(reply)
    if len(statuses) != 2:
        return adapts(feature, f"answers {reply.status}", "Audit events go one at a time.")
    if statuses[0] in (200, 201) and statuses[1] >= 400:
        return works(feature, "each entry answered for itself")
    return adapts(feature, f"entries answer {statuses[0]} and {statuses[1]}", "Each event is read back when in doubt.")


def transaction(probes: Probes) -> Iterator[Finding]:
    """As a coded result and its Task are sent; then one whose second entry fails: the first must not stay."""
    held = probes.line.get(probes.there[0])
    key = new_key()
    good = _bundle(probes, "transaction", [_post(probes, key), _put(probes, held.version)], key)
    if len(_statuses(good)) != 2 or any(status not in (200, 201) for status in _statuses(good)):
        yield missing("Transaction", f"answers {good.status}", "The coded result and its Task could not be sent.")
        return
    yield works("Transaction", "taken")
    key = new_key()
    reply = _bundle(probes, "transaction", [_post(probes, key), _put(probes, NOWHERE)], key)
    feature, client = "Transaction is atomic", "Each entry's answer is read, and what failed is sent again alone."
    stayed = probes.find(key)
    if stayed is None:
        yield not_asked(feature, f"answers {reply.status}; the token may not look whether anything stayed")
    elif stayed:
        yield adapts(feature, "no: run as a batch", client)
    elif reply.status >= 400:
        yield works(feature, f"all or nothing ({reply.status})")
    else:
        yield adapts(feature, f"answers {reply.status}, yet nothing stayed", client)


def large(probes: Probes) -> Finding:
    """As large as the largest batch of audit events."""
    feature = f"A request of {LARGE // 1000} kB"
    held = probes.line.get(probes.there[0])
    try:
        reply = _replace(probes, probes.there[0], "4", held.version, "x" * LARGE)
    except Unreached:
        return adapts(feature, "the connection was cut", "Batches are halved until they pass.")
    if reply.status in (200, 201):
        return works(feature, "taken")
    return adapts(feature, f"answers {reply.status}", "Batches are halved until they pass.")


# ---------------------------------------------------------------- bundles


def _post(probes: Probes, key: str) -> Resource:
    condition = f"identifier={SID_PROBE}|{key}"
    return {
        "resource": probe(probes.kind, key),
        "request": {"method": "POST", "url": probes.kind, "ifNoneExist": condition},
    }


def _put(probes: Probes, version: str) -> Resource:
    """A change of the first probe, if it is still at a version."""
    name = probes.there[0].partition("/")[2]
    return {
        "resource": probe(probes.kind, probes.key, name=name, version_word="5"),
        "request": {"method": "PUT", "url": f"{probes.kind}/{name}", "ifMatch": f'W/"{version}"'},
    }


def _bundle(probes: Probes, kind: str, entries: list[Resource], *keys: str) -> Reply:
    body = {"resourceType": "Bundle", "type": kind, "entry": entries}
    try:
        reply = probes.line.ask("POST", "", body=body)
    except Unreached:
        probes.unclear += [f"{probes.kind} {key}" for key in keys]
        raise
    for key in keys:
        probes.find(key)
    return reply


def _statuses(reply: Reply) -> list[int]:
    digits = [text(entry, "response", "status")[:3] for entry in each(reply.body, "entry")]
    return [int(one) if one.isdigit() else 0 for one in digits]
