"""How values lie in columns: moments as ISO text with their offset, tuples as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, datetime


def moment(value: datetime | None) -> str | None:
    return value.isoformat() if value else None


def moment_of(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def day(value: date | None) -> str | None:
    return value.isoformat() if value else None


def day_of(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def words(values: Iterable[str]) -> str:
    return json.dumps(list(values), ensure_ascii=False)


def words_of(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))
