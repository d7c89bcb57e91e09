"""Words several screens use for the same thing."""

from __future__ import annotations

from workstation.domain.encounter import EncounterClass

CLASS_WORDS = {
    EncounterClass.INPATIENT: "Inpatient",
    EncounterClass.EMERGENCY: "Emergency",
    EncounterClass.AMBULATORY: "Outpatient",
    EncounterClass.OBSERVATION: "Observation",
}
