"""The summaries table: each encounter's coding as it stands, and the way to and from JSON (written by operations)."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from workstation.cache.columns import day, day_of, moment
from workstation.domain.codes import Code, CodeSystem
from workstation.domain.coding import CodingSummary, Line, LineId, LineKind, PoaIndicator
from workstation.domain.encounter import DocumentId, EncounterId, Passage
from workstation.sealed_db import Connection


def get(db: Connection, encounter_id: EncounterId) -> CodingSummary:
    """The summary; an empty one while nothing was coded."""
    row = db.execute("select body from summaries where encounter_id = ?", (encounter_id,)).fetchone()
    return from_json(row[0]) if row else CodingSummary(encounter_id)


def put(db: Connection, summary: CodingSummary, at: datetime) -> None:
    db.execute(
        "insert or replace into summaries (encounter_id, body, revision, changed_at) values (?, ?, ?, ?)",
        (summary.encounter_id, to_json(summary), summary.revision, moment(at)),
    )


def to_json(summary: CodingSummary) -> str:
    return json.dumps(
        {
            "encounter": summary.encounter_id,
            "principal": summary.principal_id,
            "comment": summary.comment,
            "revision": summary.revision,
            "lines": [_line_json(line) for line in summary.lines],
        },
        ensure_ascii=False,
    )


def from_json(text: str) -> CodingSummary:
    body = json.loads(text)
    return CodingSummary(
        EncounterId(body["encounter"]),
        LineId(body["principal"]) if body["principal"] else None,
        tuple(_line(line) for line in body["lines"]),
        body["comment"],
        body["revision"],
    )


def passage_json(passage: Passage) -> dict[str, Any]:
    return {"document": passage.document_id, "start": passage.start, "end": passage.end, "text": passage.text}


def passage_of(body: dict[str, Any]) -> Passage:
    return Passage(DocumentId(body["document"]), body["start"], body["end"], body["text"])


def _line_json(line: Line) -> dict[str, Any]:
    return {
        "id": line.id,
        "kind": line.kind.value,
        "system": line.code.system.value,
        "code": line.code.value,
        "title": line.title,
        "poa": line.poa.value if line.poa else None,
        "performed_on": day(line.performed_on),
        "modifiers": list(line.modifiers),
        "units": line.units,
        "evidence": [passage_json(passage) for passage in line.evidence],
        "rationale": line.rationale,
        "overrides": list(line.overrides),
        "ndc": line.ndc,
    }


def _line(body: dict[str, Any]) -> Line:
    return Line(
        LineId(body["id"]),
        LineKind(body["kind"]),
        Code(CodeSystem(body["system"]), body["code"]),
        body["title"],
        PoaIndicator(body["poa"]) if body["poa"] else None,
        day_of(body["performed_on"]),
        tuple(body["modifiers"]),
        body["units"],
        tuple(passage_of(passage) for passage in body["evidence"]),
        body["rationale"],
        tuple(body.get("overrides", ())),  # absent in what an earlier version wrote
        body.get("ndc", ""),
    )
