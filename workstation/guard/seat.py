"""The seat: the coder this guard works for now, their folder, and the policy in force."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from workstation.domain.access import Coder
from workstation.domain.policy import Policy


@dataclass
class Seat:
    """Changes hands only through a sign-in or an unlock within the lease."""

    coder: Coder
    tenant: str  # the FHIR base the coder belongs to
    folder: Path
    policy: Policy
    only_here: int | None = None  # encounters with work the server lacks, when the desk closed; None is unknown
    epoch: int = 1  # of the wrapped key; a new unlock password after a forgotten one begins another


def vault_print(vault: dict[str, Any]) -> str:
    """What tells one wrapped record from another after a crash: a short hash of what lies on disk anyway."""
    return sha256(json.dumps(vault).encode()).hexdigest()[:16]
