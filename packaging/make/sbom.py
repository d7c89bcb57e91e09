"""The bill of materials of a package, CycloneDX 1.6: what is in the payload and the hash it came with, nothing else."""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime

_NAMESPACE = uuid.UUID("6f2f7f0e-52c8-5d0b-9a7b-6b0f3f1d7a10")
# What the CycloneDX schema takes as an expression; anything else is a name in the author's own words.
_EXPRESSION = re.compile(r"[A-Za-z0-9.+-]+( (OR|AND|WITH) [A-Za-z0-9.+-]+)*")
_NAMES = frozenset(
    (
        "MIT", "MIT-0", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MPL-2.0", "LGPL-3.0-only", "GPL-2.0-only",
        "GPL-3.0-only", "PSF-2.0", "OFL-1.1", "Zlib",
    )
)  # fmt: skip


@dataclass(frozen=True, order=True)
class Component:
    """Something in the payload that has a name, a version and a maker of its own."""

    name: str
    version: str
    kind: str = field(default="library", compare=False)  # as CycloneDX names types
    purl: str = field(default="", compare=False)
    sha256: str = field(default="", compare=False)  # of the file it came in
    file: str = field(default="", compare=False)
    licence: str = field(default="", compare=False)
    supplier: str = field(default="", compare=False)
    description: str = field(default="", compare=False)
    files: int = field(default=0, compare=False)  # how many files of the payload are its

    def as_json(self) -> dict:
        found: dict = {"type": self.kind, "bom-ref": self.purl or f"{self.name}@{self.version}", "name": self.name}
        if self.version:
            found["version"] = self.version
        if self.description:
            found["description"] = self.description
        if self.supplier:
            found["supplier"] = {"name": self.supplier}
        if self.sha256:
            found["hashes"] = [{"alg": "SHA-256", "content": self.sha256}]
        if self.licence:
            found["licenses"] = [_licence(self.licence)]
        if self.purl:
            found["purl"] = self.purl
        about = {"package:file": self.file, "package:payloadFiles": str(self.files) if self.files else ""}
        if properties := [{"name": name, "value": value} for name, value in about.items() if value]:
            found["properties"] = properties
        return found


def _licence(text: str) -> dict:
    if _EXPRESSION.fullmatch(text) and set(re.split(r" (?:OR|AND|WITH) ", text)) <= _NAMES:
        return {"license": {"id": text}} if " " not in text else {"expression": text}
    return {"license": {"name": text}}


def bill(what: str, version: str, licence: str, epoch: int, components: list[Component]) -> str:
    """The document as text; the same payload at the same moment gives the same text."""
    inside = [component.as_json() for component in sorted(components)]
    serial = uuid.uuid5(_NAMESPACE, json.dumps([what, version, epoch, inside], sort_keys=True))
    root = {"type": "application", "bom-ref": what, "name": what, "version": version, "licenses": [_licence(licence)]}
    document = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {"timestamp": datetime.fromtimestamp(epoch, UTC).isoformat(), "component": root},
        "components": inside,
        "dependencies": [{"ref": what, "dependsOn": sorted(one["bom-ref"] for one in inside)}],
    }
    return json.dumps(document, indent=1) + "\n"


def sources(text: str) -> list[Component]:
    """The rows of resources/SOURCES.md that come from elsewhere: fonts, icons, words and code sets."""
    found = []
    for line in text.splitlines():
        cells = [cell.strip().replace("`", "") for cell in line.strip().strip("|").split("|")]
        if not line.startswith("| ") or len(cells) < 5 or cells[0] in ("files", "what", "file", "where"):
            continue
        if cells[-1] == "as the program":
            continue
        # Two shapes: files, what, version, maker, licence; and what or files, then where from, version, maker, licence.
        name, described, version, maker, licence = cells[0], cells[-4], cells[-3], cells[-2], cells[-1]
        found.append(Component(name, version, "data", licence=licence, supplier=maker, description=described))
    return found
