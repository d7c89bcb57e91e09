"""The bill of materials says what is in a package, the same way each time, in a form others read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sbom
from sbom import Component

ROOT = Path(__file__).resolve().parents[2]
FLASK = Component(
    "flask", "3.1.3", purl="pkg:pypi/flask@3.1.3", sha256="ab" * 32, file="flask-3.1.3-py3-none-any.whl",
    licence="BSD-3-Clause", supplier="Pallets", files=29,
)  # fmt: skip
ODD = Component("odd", "1", licence="as the author likes")
EITHER = Component("either", "2", licence="MIT OR Apache-2.0")


def _bill(*components: Component) -> dict:
    return json.loads(sbom.bill("coder-workstation", "0.1.0", "Apache-2.0", 1_790_000_000, list(components)))


def test_a_wheel_stands_with_its_version_its_hash_and_its_licence() -> None:
    [found] = _bill(FLASK)["components"]
    assert (found["name"], found["version"], found["purl"]) == ("flask", "3.1.3", "pkg:pypi/flask@3.1.3")
    assert found["hashes"] == [{"alg": "SHA-256", "content": "ab" * 32}]
    assert found["licenses"] == [{"license": {"id": "BSD-3-Clause"}}]


def test_a_licence_in_its_authors_words_is_not_passed_off_as_a_known_one() -> None:
    found = {one["name"]: one["licenses"] for one in _bill(ODD, EITHER)["components"]}
    assert found == {
        "odd": [{"license": {"name": "as the author likes"}}],
        "either": [{"expression": "MIT OR Apache-2.0"}],
    }


def test_the_same_payload_gives_the_same_text_and_another_another_number() -> None:
    moment = ("coder-workstation", "0.1.0", "Apache-2.0", 1_790_000_000)
    assert sbom.bill(*moment, [FLASK, ODD]) == sbom.bill(*moment, [ODD, FLASK])
    assert _bill(FLASK)["serialNumber"] != _bill(FLASK, ODD)["serialNumber"]


def test_another_program_reads_it() -> None:
    bom = pytest.importorskip("cyclonedx.model.bom")
    read = bom.Bom.from_json(_bill(FLASK, ODD, EITHER))  # type: ignore[attr-defined]
    assert {component.name for component in read.components} == {"flask", "odd", "either"}


def test_fonts_icons_and_code_sets_are_listed_from_their_sources_and_our_own_files_are_not() -> None:
    found = {one.name: one for one in sbom.sources((ROOT / "resources" / "SOURCES.md").read_text("utf-8"))}
    assert found["fonts/Inter-*.ttf"].licence.startswith("SIL OFL")
    assert found["icons/*.svg"].version == "npm lucide-static 1.62.0"
    assert any(name.startswith("ICD-10-CM titles") for name in found)
    assert all(one.licence and one.supplier for one in found.values() if "RESTRICTED" not in one.name)
    assert "style.qss" not in found
