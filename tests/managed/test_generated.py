"""What is made from the table: current, well-formed, every reference resolved, and read back by the program's own reader."""

from __future__ import annotations

import json
import plistlib
import re
import runpy
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.managed.test_sources import BASE, Registry, of_registry, values
from workstation.managed.inforce import decode
from workstation.managed.registry import POLICIES, REG_DWORD, REG_SZ, Value
from workstation.managed.rules import Kind, Rule
from workstation.managed.sources import Said, Sources
from workstation.managed.table import BY_NAME, ON_COMPUTER, RULES

ROOT = Path(__file__).resolve().parents[2]
SPACE = "{http://schemas.microsoft.com/GroupPolicy/2006/07/PolicyDefinitions}"
WINDOWS = ROOT / "packaging" / "windows" / "policy"
MADE = {
    "docs/policies.md",
    "packaging/windows/policy/CoderWorkstation.admx",
    "packaging/windows/policy/en-US/CoderWorkstation.adml",
    "packaging/macos/coder-workstation.mobileconfig",
    "packaging/linux/policies/schema.json",
    "packaging/linux/policies/site.json",
    "packaging/linux/policies/shared-workstation.json",
}


def _generate(*words: str, top: Path = ROOT) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, str(top / "packaging/policies/generate.py"), *words]
    return subprocess.run(line, capture_output=True, text=True, check=False, timeout=60)


def test_everything_made_from_the_table_is_current() -> None:
    done = _generate()
    assert (done.returncode, done.stdout) == (0, "")


def test_a_file_that_is_not_current_is_named(tmp_path: Path) -> None:
    (tmp_path / "packaging").mkdir()
    (tmp_path / "packaging" / "policies").symlink_to(ROOT / "packaging" / "policies")
    found = runpy.run_path(str(ROOT / "packaging/policies/generate.py"))
    found["main"].__globals__["TOP"] = tmp_path
    assert set(found["made"]()) == MADE
    assert found["main"]() == 1
    for name, text in found["made"]().items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(text.encode())
    assert found["main"]() == 0
    (tmp_path / "docs" / "policies.md").write_text("older")
    assert found["main"]() == 1


def test_the_page_names_every_policy() -> None:
    text = (ROOT / "docs" / "policies.md").read_text(encoding="utf-8")
    for rule in RULES:
        assert f"| `{rule.name}` |" in text
        assert f"- **`{rule.name}`**: {rule.title}." in text


# ------------------------------------------------------------------ Group Policy

_NAME, _NUMBER, _BOOL = r"\w+", r"\d{1,10}", r"true|false"
_STRING, _PRESENTATION, _KEY = r"\$\(string\.\w+\)", r"\$\(presentation\.\w+\)", r"Software\\Policies\\[\w\\]+"
#: Of each element used: attributes ("!" is required) and children in their order, as the published schema 1.0 has them.
SHAPES: dict[str, tuple[dict[str, str], str]] = {
    "policyDefinitions": (
        {"!revision": r"\d{1,4}\.\d{1,5}", "!schemaVersion": r"1\.0"},
        "policyNamespaces resources supportedOn? categories? policies?",
    ),
    "policyNamespaces": ({}, "target using*"),
    "target": ({"!prefix": _NAME, "!namespace": r"\S+"}, ""),
    "resources": ({"!minRequiredRevision": r"\d{1,4}\.\d{1,5}"}, ""),
    "supportedOn": ({}, "definitions"),
    "definitions": ({}, "definition+"),
    "definition": ({"!name": _NAME, "!displayName": _STRING}, ""),
    "categories": ({}, "category+"),
    "category": ({"!name": _NAME, "!displayName": _STRING, "explainText": _STRING}, "parentCategory?"),
    "parentCategory": ({"!ref": _NAME}, ""),
    "policies": ({}, "policy+"),
    "policy": (
        {
            "!name": _NAME, "!class": r"Machine", "!displayName": _STRING, "explainText": _STRING,
            "presentation": _PRESENTATION, "!key": _KEY, "valueName": _NAME,
        },
        "parentCategory supportedOnRef enabledValue? disabledValue? elements?",
    ),
    "supportedOnRef": ({"!ref": _NAME}, ""),
    "enabledValue": ({}, "valueDecimal"),
    "disabledValue": ({}, "valueDecimal"),
    "valueDecimal": ({"!value": _NUMBER}, ""),
    "elements": ({}, "element+"),
    "decimal": (
        {"!id": _NAME, "!valueName": _NAME, "required": _BOOL, "minValue": _NUMBER, "!maxValue": _NUMBER}, "",
    ),
    "text": ({"!id": _NAME, "!valueName": _NAME, "required": _BOOL, "!maxLength": _NUMBER}, ""),
    "list": ({"!id": _NAME, "!key": _KEY, "valuePrefix": ""}, ""),
    "policyDefinitionResources": (
        {"!revision": r"\d{1,4}\.\d{1,5}", "!schemaVersion": r"1\.0"}, "displayName description resourceTables",
    ),
    "displayName": ({}, ""),
    "description": ({}, ""),
    "resourceTables": ({}, "stringTable? presentationTable?"),
    "stringTable": ({}, "string+"),
    "string": ({"!id": _NAME}, ""),
    "presentationTable": ({}, "presentation+"),
    "presentation": ({"!id": _NAME}, "box"),
    "decimalTextBox": ({"!refId": _NAME, "defaultValue": _NUMBER, "spinStep": _NUMBER}, ""),
    "listBox": ({"!refId": _NAME}, ""),
    "textBox": ({"!refId": _NAME}, "label"),
    "label": ({}, ""),
}  # fmt: skip
_AS = {
    ("policy", "supportedOn"): "supportedOnRef",
    ("enabledValue", "decimal"): "valueDecimal",
    ("disabledValue", "decimal"): "valueDecimal",
    ("policyDefinitionResources", "resources"): "resourceTables",
}
_ANY_OF = {"element": r"(?:decimal|text|list)", "box": r"(?:decimalTextBox|listBox|textBox)"}


def ill_shaped(element: ET.Element, shape: str) -> Iterator[str]:
    """Where a document leaves its shape."""
    attributes, order = SHAPES[shape]
    allowed = {name.removeprefix("!"): pattern for name, pattern in attributes.items()}
    for name, value in element.attrib.items():
        if name not in allowed or not re.fullmatch(allowed[name], value):
            yield f"{shape}: {name}={value!r}"
    yield from (f"{shape}: no {name[1:]}" for name in attributes if name[0] == "!" and name[1:] not in element.attrib)
    below = []
    for child in element:
        tag = child.tag.removeprefix(SPACE)
        below.append(_AS.get((shape, tag), tag))
        if below[-1] not in SHAPES:
            yield f"{shape}: {tag}"
        else:
            yield from ill_shaped(child, below[-1])
    pattern = ""
    for part in order.split():
        name, count = re.fullmatch(r"(\w+)([?*+]?)", part).groups()  # type: ignore[union-attr]
        pattern += f"(?:{_ANY_OF.get(name, name)} ){count}"
    if not re.fullmatch(pattern, "".join(f"{name} " for name in below)):
        yield f"{shape}: {below} is not {order!r}"


def admx() -> ET.Element:
    return ET.parse(WINDOWS / "CoderWorkstation.admx").getroot()  # noqa: S314  ours


def adml() -> ET.Element:
    return ET.parse(WINDOWS / "en-US" / "CoderWorkstation.adml").getroot()  # noqa: S314  ours


def test_the_templates_have_the_shape_group_policy_reads() -> None:
    assert list(ill_shaped(admx(), "policyDefinitions")) == []
    assert list(ill_shaped(adml(), "policyDefinitionResources")) == []


def test_a_template_out_of_shape_is_seen() -> None:
    broken = admx()
    policies = broken.find(f"{SPACE}policies")
    assert policies is not None
    policies[0].set("class", "User")
    policies[1].remove(policies[1][0])
    policies[2].append(ET.Element(f"{SPACE}surprise"))
    found = "\n".join(ill_shaped(broken, "policyDefinitions"))
    assert "class='User'" in found
    assert "surprise" in found
    assert "parentCategory" in found


def test_every_reference_of_the_templates_resolves_and_every_id_is_one() -> None:
    definitions, words = admx(), adml()
    strings = [one.get("id") for one in words.iter(f"{SPACE}string")]
    presentations = [one.get("id") for one in words.iter(f"{SPACE}presentation")]
    asked = {
        found
        for one in definitions.iter()
        for value in one.attrib.values()
        for found in re.findall(r"string\.(\w+)\)", value)
    }
    shown = {
        found
        for one in definitions.iter()
        for value in one.attrib.values()
        for found in re.findall(r"presentation\.(\w+)\)", value)
    }
    assert len(strings) == len(set(strings))
    assert asked == set(strings)
    assert shown == set(presentations)
    assert all(one.text for one in words.iter(f"{SPACE}string"))
    categories = [one.get("name") for one in definitions.iter(f"{SPACE}category")]
    supported = [one.get("name") for one in definitions.iter(f"{SPACE}definition")]
    assert {one.get("ref") for one in definitions.iter(f"{SPACE}parentCategory")} <= set(categories)
    policies = list(definitions.iter(f"{SPACE}policy"))
    assert len({one.get("name") for one in policies}) == len(policies) == len(ON_COMPUTER)
    for policy in policies:
        reference = policy.find(f"{SPACE}supportedOn")
        assert reference is not None
        assert reference.get("ref") in supported
        assert policy.get("key") == POLICIES
        assert POLICIES.startswith("Software\\Policies\\")
        assert not POLICIES.startswith("Software\\Policies\\Microsoft"), "what may not be ingested by a device manager"
    for presentation in words.iter(f"{SPACE}presentation"):
        ids = {
            one.get("id")
            for policy in policies
            if policy.get("name") == presentation.get("id")
            for one in policy.iter()
        }
        assert {one.get("refId") for one in presentation} <= ids


def _as_group_policy_writes(policy: ET.Element, rule: Rule) -> tuple[list[Value], dict[str, list[Value]]]:
    """What the editor puts into the registry for a policy that is enabled with its default or a usable value."""
    element = next(iter(policy.find(f"{SPACE}elements") or ()), None)
    if element is None:
        return [(policy.get("valueName") or "", 1, REG_DWORD)], {}
    tag = element.tag.removeprefix(SPACE)
    if tag == "decimal":
        return [(element.get("valueName") or "", int(element.get("maxValue") or "0"), REG_DWORD)], {}
    key = "mHVYHhtTWFJuqjRGHyeAuFVOpDkwVBzr1nDR8ZaLjBo="
    texts = {
        Kind.URL: BASE,
        Kind.KEY: key,
        Kind.PATH: "C:\\ca.pem",
        Kind.VERSION: "1.4.2",
        Kind.MOMENT: "2027-03-01T17:00:00+00:00",
    }
    if tag == "text":
        return [(element.get("valueName") or "", texts.get(rule.kind, "words"), REG_SZ)], {}
    name = (element.get("key") or "").removeprefix(POLICIES + "\\")
    items = {Kind.PORTS: ["49200"], Kind.PINS: [key], Kind.WORDS: ["reveal", "password"]}[rule.kind]
    return [], {name: [(str(number), item, REG_SZ) for number, item in enumerate(items, 1)]}


@pytest.mark.parametrize("policy", list(admx().iter(f"{SPACE}policy")), ids=lambda policy: policy.get("name"))
def test_what_the_editor_writes_is_what_the_program_reads(policy: ET.Element) -> None:
    rule = BY_NAME[policy.get("name") or ""]
    plain, lists = _as_group_policy_writes(policy, rule)
    managed = of_registry(Registry(plain, lists))
    assert not managed.troubles
    assert set(values(managed)) == {rule.name}
    assert managed.held[rule.name].note == ""


# ------------------------------------------------------------------ macOS and Linux


def read_back(said: dict[str, object]) -> set[str]:
    """The names that are in force when these values stand in a managed file, none of them amiss."""
    found = Sources([Said(name, raw, "example") for name, raw in said.items()], [], ["example"])
    managed = decode(found, exists=lambda path: True)
    assert not managed.troubles
    assert not [held.note for held in managed.held.values() if held.note]
    return set(managed.held)


def test_the_profile_is_one_the_program_reads() -> None:
    profile = plistlib.loads((ROOT / "packaging/macos/coder-workstation.mobileconfig").read_bytes())
    [payload] = profile["PayloadContent"]
    said = {name: raw for name, raw in payload.items() if not name.startswith("Payload")}
    assert read_back(said) == set(said)
    assert payload["PayloadType"] == "example.coder.workstation"
    assert profile["PayloadScope"] == "System"


@pytest.mark.parametrize("name", ["site", "shared-workstation"])
def test_the_examples_are_ones_the_program_reads(name: str) -> None:
    said = json.loads((ROOT / f"packaging/linux/policies/{name}.json").read_text(encoding="utf-8"))
    assert read_back(said) == set(said)


def test_the_schema_names_what_the_computer_may_set_and_nothing_else() -> None:
    schema = json.loads((ROOT / "packaging/linux/policies/schema.json").read_text(encoding="utf-8"))
    assert set(schema["properties"]) == {rule.name for rule in ON_COMPUTER}
    assert schema["additionalProperties"] is False
    kinds = {
        Kind.SWITCH: "boolean",
        Kind.SECONDS: "integer",
        Kind.PORTS: "array",
        Kind.WORDS: "array",
        Kind.PINS: "array",
    }
    for rule in ON_COMPUTER:
        assert schema["properties"][rule.name]["type"] == kinds.get(rule.kind, "string")
