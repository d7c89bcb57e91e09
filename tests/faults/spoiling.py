"""Ways to spoil an answer: wrong types, no JSON, no end, too deep, too many, and words that try to be more than words."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from tests.fakes.paper_server import Answer

BIDI = "\u202eevil\u202c \u2066hidden\u2069"
HTML = "<img src=x onerror=alert(1)><b>bold</b><script>alert(2)</script>"
ANY: tuple[Any, ...] = (
    None, True, 0, -1, 1e308, 10**300, "", "x" * 70_000, [], {}, [None], [[]], [{}], {"a": 1}, [1, "a", None, [[]]],
    "\ud800", "\x00nul", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "2026-13-45",
    "../../Patient/p", "Practitioner/../x", "http://[", "Task/\u202e", "²", HTML, BIDI, "a" * 300, "' or 1=1 --",
)  # fmt: skip
WORDS = frozenset({"display", "text", "title", "description", "family", "name", "value", "valueString", "diagnostics"})
HEADERS: tuple[tuple[str, str], ...] = (
    ("ETag", 'W/"²"'), ("ETag", "x" * 9_000), ("Location", "http://["), ("Location", "/../../x"), ("Retry-After", "²"),
    ("Retry-After", "-5"), ("Retry-After", "9" * 400), ("Retry-After", "Thu, 99 Foo 99999 99:99:99 GMT"),
    ("RateLimit", "t=²"), ("x-ms-retry-after-ms", "9" * 5_000), ("x-ms-retry-after-ms", "²"), ("Content-Type", "²;²"),
)  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of everything in a JSON value but its root."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, child in children:
        yield (*path, name)
        yield from places(child, (*path, name))


def put(value: Any, path: tuple[Any, ...], new: Any) -> None:
    """Replace what lies at a path, where the path still leads anywhere."""
    for step in path[:-1]:
        value = value[step]
    value[path[-1]] = new


def _types(body: bytes, dice: random.Random) -> bytes:
    whole = json.loads(body)
    found = sorted(places(whole), key=len, reverse=True)
    for path in sorted(dice.sample(found, min(len(found), dice.choice((1, 1, 1, 2, 5)))), key=len, reverse=True):
        put(whole, path, dice.choice(ANY))
    return json.dumps(whole).encode()


def _infinite(body: bytes, dice: random.Random) -> bytes:
    """Numbers that are JSON and no number a program likes."""
    whole = json.loads(body)
    for path in dice.sample(found := list(places(whole)), min(len(found), 3)):
        try:
            put(whole, path, "@@")
        except (KeyError, TypeError, IndexError):
            continue
    return json.dumps(whole).encode().replace(b'"@@"', dice.choice((b"1e999", b"-1e999", b"NaN", b"9" * 4_000)))


def _missing(body: bytes, dice: random.Random) -> bytes:
    whole = json.loads(body)
    for path in (
        dice.sample(found := list(places(whole)), max(1, len(found) // 8)) if (found := list(places(whole))) else ()
    ):
        holder = whole
        try:
            for step in path[:-1]:
                holder = holder[step]
            del holder[path[-1]]
        except (KeyError, IndexError, TypeError):
            continue
    return json.dumps(whole).encode()


def _words(body: bytes, dice: random.Random) -> bytes:
    """Every word that is shown says something else."""
    whole = json.loads(body)
    for path in [path for path in places(whole) if path[-1] in WORDS and isinstance(_at(whole, path), str)]:
        put(whole, path, f"{dice.choice((BIDI, HTML))} {path[-1]}")
    return json.dumps(whole).encode()


def _many_times(body: bytes, dice: random.Random) -> bytes:
    """A list that holds the same thing a thousand times."""
    whole = json.loads(body)
    lists = [path for path in places(whole) if isinstance(_at(whole, path), list)]
    if lists:
        path = dice.choice(lists)
        put(whole, path, (_at(whole, path) or [{}]) * 1_000)
    return json.dumps(whole).encode()


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


def _nested(body: bytes, dice: random.Random) -> bytes:
    """Deep, at one place of an answer that is right otherwise."""
    depth = dice.choice((200, 600, 900, 950, 980, 20_000))
    opened, closed = dice.choice((("[", "]"), ('{"extension":[', "]}")))
    whole = json.loads(body)
    found = list(places(whole))
    if not found:
        return (opened * depth + closed * depth).encode()
    put(whole, dice.choice(found), "@@")
    return json.dumps(whole).encode().replace(b'"@@"', (opened * depth + closed * depth).encode())


def _no_json(body: bytes, dice: random.Random) -> bytes:
    return dice.choice(
        (
            b"", b"null", b"[]", b"3", b'"x"', b"{}", b"<html>gateway</html>", body[: len(body) // 2], b"\xff\xfe" + body,
            body.decode().encode("utf-16"), b"\x00" * 500, b'{"resourceType":"Bundle"}', b'{"resourceType":"Patient"}',
            b'{"resourceType":["Task"]}', b'{"resourceType":"OperationOutcome","issue":5}', body + body, b"[" * 100_000,
        )
    )  # fmt: skip


#: Fifty megabytes, or a million entries: (before, what is repeated, how often, after). Sent piece by piece.
TOO_MUCH: tuple[tuple[bytes, bytes, int, bytes], ...] = (
    (b"", b" ", 50 * 1024 * 1024, b"{}"),
    (b'{"resourceType":"Bundle","note":"', b"x", 50 * 1024 * 1024, b'"}'),
    (b'{"resourceType":"Binary","data":"', b"eHh4", 9 * 1024 * 1024, b'"}'),
    (b'{"resourceType":"Binary","data":"', b"eHh4", 13 * 1024 * 1024, b'"}'),
    (b'{"resourceType":"Bundle","entry":[', b"{},", 1_000_000, b"{}]}"),
    (b'{"resourceType":"Bundle","entry":[', b'{"":0},', 1_000_000, b"{}]}"),
    (b'{"resourceType":"Bundle","entry":[', b'{"resource":{"resourceType":"Task"}},', 220_000, b"{}]}"),
    (b'{"resourceType":"Bundle","entry":[', b"[],", 2_600_000, b"[]]}"),
    (b'{"resourceType":"Bundle","entry":[', b'"",', 2_600_000, b'""]}'),
    (b'{"resourceType":"Bundle","entry":[', b"1.5,", 1_900_000, b"1.5]}"),
)


#: (name, how often among a hundred, what it does to a body)
KINDS: tuple[tuple[str, int, Callable[[bytes, random.Random], bytes]], ...] = (
    ("wrong types", 40, _types),
    ("numbers without end", 6, _infinite),
    ("missing", 10, _missing),
    ("words", 12, _words),
    ("a thousand times", 4, _many_times),
    ("deep", 10, _nested),
    ("no JSON", 12, _no_json),
)


TOO_MUCH_EVERY = 0.03


def spoilt(answer: Answer, dice: random.Random) -> tuple[str, Answer]:
    """An answer of this kind as no server should give it, and what is wrong with it."""
    if dice.random() < 0.08:
        name, value = dice.choice(HEADERS)
        status = dice.choice((answer.status, 429, 503, 500, 422, 301, 204))
        return f"header {name}", replace(answer, status=status, headers={**answer.headers, name: value})
    if dice.random() < TOO_MUCH_EVERY:
        before, unit, times, after = dice.choice(TOO_MUCH)
        return f"too much {before[-12:]!r}", replace(answer, body=before, more=(unit, times), after=after)
    [(name, _, change)] = dice.choices(KINDS, [weight for _, weight, _ in KINDS])
    status = dice.choice((answer.status,) * 8 + (201, 400, 422, 500))
    return name, replace(answer, status=status, body=change(answer.body, dice))
