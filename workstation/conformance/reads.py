"""What a token may read: searches, pages, versions and documents. Of a chart only shapes are looked at; nothing is shown."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from urllib.parse import urljoin

from workstation.conformance.findings import Finding, Unreached, adapts, missing, not_asked, note, works
from workstation.conformance.line import Line, Reply, Resource
from workstation.conformance.needs import SEARCHES, Search
from workstation.errors import MalformedAnswer
from workstation.fhir.client import FHIR_JSON, LARGEST_DOCUMENT
from workstation.fhir.origin import is_loopback, is_under, rebased, same_origin
from workstation.fhir.reading import at, each, moment, reference, text

PAGED = ("Task", "PractitionerRole", "Practitioner", "Observation", "Encounter")
FAR = "9999-01-01T00:00:00Z"


class TokenRefused(Exception):
    """The server does not take the token: nothing that needs one can be said."""


def accepted(line: Line) -> Finding:
    """Raises TokenRefused."""
    reply = line.get("Task", [("_count", "1"), ("_elements", "status")])
    if reply.status == 401:
        raise TokenRefused
    if reply.status == 403:
        return adapts("Token", "taken, but may not search Task", "Use a token with the scopes of a coder.")
    return works("Token", "taken")


def searches(line: Line) -> Iterator[Finding]:
    """Each search this client sends, by an id nobody has."""
    for search in SEARCHES:
        yield _search(line, search)
    yield from _changed_since(line)


def _search(line: Line, search: Search) -> Finding:
    name = f"{search.kind}?{search.parameter}"
    asked = (search.parameter, search.value.format(id=uuid.uuid4()))
    reply = line.get(search.kind, [asked, ("_count", "1"), ("_elements", "id")])
    if reply.status == 403:
        return not_asked(name, "the token may not")
    if not reply.is_bundle:
        return (missing if search.essential else adapts)(name, f"answers {reply.status}", search.without)
    if reply.matches:
        words = "ignored: entries came that do not match"
        return missing(name, words, "What belongs elsewhere would be shown as this coder's.")
    return works(name, "filtered")


def _changed_since(line: Line) -> Iterator[Finding]:
    feature = "Search by _lastUpdated"
    none = line.get("Task", [("_lastUpdated", f"ge{FAR}"), ("_count", "1"), ("_elements", "status")])
    if none.status == 403:
        yield not_asked(feature, "the token may not search Task")
        return
    if not none.is_bundle:
        yield missing(feature, f"answers {none.status}", "What has changed cannot be asked for.")
        return
    if none.matches:
        yield adapts(feature, "ignored", "Every look fetches all assignments anew: slow with many.")
    else:
        yield works(feature, "filtered")
    yield _sorted(line.get("Task", [("_sort", "_lastUpdated"), ("_count", "20"), ("_elements", "status")]))


def _sorted(reply: Reply) -> Finding:
    if not reply.is_bundle:
        return missing("_sort=_lastUpdated", f"answers {reply.status}", "The worklist asks for this order.")
    stamps = [m for r in reply.matches if (m := moment(text(r, "meta", "lastUpdated")))]
    if len(stamps) < len(reply.matches):
        return missing("meta.lastUpdated", "left out of a search", "The mark up to which is known could not move.")
    if len(stamps) < 2:
        return not_asked("_sort=_lastUpdated", "too few Tasks to see an order")
    if stamps != sorted(stamps):
        return adapts(
            "_sort=_lastUpdated", "another order", "All pages are read before the mark moves, so nothing is lost."
        )
    return works("_sort=_lastUpdated", f"{len(stamps)} Tasks in order")


def pages(line: Line) -> Iterator[Finding]:
    """The next link: whether there is one, where it leads, and whether it brings the next page."""
    for kind in PAGED:
        first = line.get(kind, [("_count", "1"), ("_elements", "id")])
        if not first.is_bundle:
            continue
        if len(first.matches) > 1:
            yield adapts("_count", "ignored", "Pages are as large as the server likes; 8 MB is the most.")
            return
        link = next((text(one, "url") for one in each(first.body, "link") if one.get("relation") == "next"), "")
        if not link:
            continue
        yield from _follow(line, first, link)
        yield _total(first)
        return
    yield not_asked("Next page", "nothing readable has more than one entry")


def _follow(line: Line, first: Reply, link: str) -> Iterator[Finding]:
    absolute = urljoin(line.base + "/", link)
    inside = is_under(absolute, line.base)
    try:
        target = rebased(link, line.base)
    except MalformedAnswer:
        yield missing(
            "Next page", "leads outside the base address", "It is not followed: only first pages would be seen."
        )
        return
    second = line.get(target)
    names = {text(one, "id") for one in first.matches} & {text(one, "id") for one in second.matches}
    if not second.is_bundle or names or not second.matches:
        words = f"answers {second.status}" if not second.is_bundle else "the same entries again" if names else "empty"
        yield missing("Next page", words, "Only first pages would be seen.")
    elif inside:
        yield works("Next page", "on the base address")
    else:
        where = "another host or port" if not same_origin(absolute, line.base) else "another path"
        yield adapts(
            "Next page", f"names {where}", "Its path and query are asked of the base address; no token leaves it."
        )


def _total(reply: Reply) -> Finding:
    return note("Bundle.total", "present" if isinstance(reply.body.get("total"), int) else "left out", "Not used.")


def versions(line: Line) -> Iterator[Finding]:
    """ETag and 304, on a Task of the token's owner."""
    task = _a_task(line)
    if task is None:
        yield not_asked("Versions", "the token sees no Task")
        return
    path = f"Task/{task['id']}"
    read = line.get(path)
    if read.status != 200 or not read.version:
        yield missing("Versions", "no ETag and no versionId", "A change could not be told from another's.")
        return
    yield works("Versions", "ETag" if read.headers.get("ETag") else "meta.versionId alone")
    again = line.ask("GET", path, headers={"If-None-Match": f'W/"{read.version}"'})
    if again.status == 304:
        yield works("If-None-Match", "304")
    else:
        yield note("If-None-Match", f"{again.status}, the whole resource", "Not relied on.")


def _a_task(line: Line) -> Resource | None:
    found = line.get("Task", [("_count", "20")])
    tasks = [task for task in found.matches if text(task, "id")] if found.is_bundle else []
    with_chart = [task for task in tasks if _encounter_of(task)]
    return next(iter(with_chart or tasks), None)


def _encounter_of(task: Resource) -> str:
    return reference(at(task, "encounter"), "Encounter") or reference(at(task, "focus"), "Encounter")


def small_things(line: Line) -> Iterator[Finding]:
    """`:missing`, and what becomes of a parameter the server does not know."""
    pool = line.get("Task", [("owner:missing", "true"), ("_count", "5")])
    if not pool.is_bundle:
        yield note(":missing", f"answers {pool.status}", "Not used yet.")
    elif any("owner" in task for task in pool.matches):
        yield note(":missing", "ignored", "Not used yet.")
    else:
        yield note(":missing", "filtered", "Not used yet.")
    odd = line.get("Task", [("x-nobody-knows", "1"), ("_count", "1"), ("_elements", "status")])
    yield note("Unknown parameter", "refused" if odd.status == 400 else "ignored" if odd.is_bundle else f"{odd.status}")


def documents(line: Line) -> Iterator[Finding]:
    """How documents come: on the first document of one chart this token may see. Its content is measured and dropped."""
    task = _a_task(line)
    encounter = _encounter_of(task) if task else ""
    if not encounter:
        yield not_asked("Documents", "the token sees no Task with an Encounter")
        return
    asked = [("encounter", encounter), ("_include", "DocumentReference:author"), ("_count", "20")]
    reply = line.get("DocumentReference", asked)
    if not reply.is_bundle:
        yield missing("Documents", f"answers {reply.status}", "No chart can be fetched.")
        return
    yield _included(reply)
    attachment = next((a for d in reply.matches for c in each(d, "content") if (a := at(c, "attachment"))), None)
    if not isinstance(attachment, dict):
        yield not_asked("Attachments", "the chart has no document")
        return
    yield _checked_by(attachment)
    yield from _attachment(line, attachment)


def _included(reply: Reply) -> Finding:
    authors = {reference(a, "Practitioner") for d in reply.matches for a in each(d, "author")} - {""}
    if not authors:
        return not_asked("_include", "no document names its author by reference")
    entries = each(reply.body, "entry")
    came = {f"{text(e, 'resource', 'resourceType')}/{text(e, 'resource', 'id')}" for e in entries}
    if authors <= came:
        return works("_include", "brings the authors")
    return note("_include", "does not bring all", "What did not come is read by its id.")


def _checked_by(attachment: Resource) -> Finding:
    has = [name for name in ("hash", "size") if attachment.get(name)]
    if "hash" in has:
        return works("Attachment.hash", "given", "Every document is checked against it.")
    words = "size alone" if has else "neither hash nor size"
    return note("Attachment.hash", words, "A document damaged on the way can hardly be told.")


def _attachment(line: Line, attachment: Resource) -> Iterator[Finding]:
    url = text(attachment, "url")
    if not url:
        yield note("Attachments", "inline" if attachment.get("data") else "without an address")
        return
    target = urljoin(line.base + "/", url)
    own = is_under(target, line.base)
    if own:
        words = "absolute, on the base address" if url.startswith("http") else "relative"
    elif target.startswith("https://") or is_loopback(target):
        words = "on another address (presigned)"
    else:
        yield missing("Attachments", "on another address without TLS", "Not followed: no document would be shown.")
        return
    kind = text(attachment, "contentType").partition(";")[0].strip().lower() or "*/*"
    accept = f"{kind}, {FHIR_JSON};q=0.5"
    try:
        reply = line.ask(
            "GET", target, headers={"Accept": accept if own else "*/*"}, outside=not own, most=LARGEST_DOCUMENT * 2
        )
    except Unreached as why:
        yield missing("Attachments", f"{words}; {why}", "No document would be shown.")
        return
    if reply.status != 200:
        yield missing("Attachments", f"{words}; answers {reply.status}", "No document would be shown.")
    else:
        as_json = reply.kind in (FHIR_JSON, "application/json") and reply.kind != kind
        yield works("Attachments", f"{words}; {'a Binary in JSON' if as_json else 'the bytes themselves'}")
