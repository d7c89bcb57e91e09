"""Where someone lives, in order: roads and boxes, streets, corners, what the demographics say, towns before states."""

from __future__ import annotations

from workstation.domain.redaction import known_places, street_forms, streets, towns
from workstation.domain.redaction.finding import Finding


def find(finding: Finding) -> None:
    street_forms.find_roads(finding)
    streets.find(finding)
    street_forms.find_corners(finding)
    known_places.find(finding)
    towns.find_before_states(finding)
