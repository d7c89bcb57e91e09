"""The Group Policy templates: definitions (ADMX) and their English words (ADML), from the table of policies."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from workstation.managed.registry import POLICIES
from workstation.managed.rules import Group, Kind, Rule
from workstation.managed.table import ON_COMPUTER

SPACE = "http://schemas.microsoft.com/GroupPolicy/2006/07/PolicyDefinitions"
HEAD = '<?xml version="1.0" encoding="utf-8"?>\n'
REVISION = 'revision="1.0" schemaVersion="1.0"'
ROOT = "coder_workstation"
LISTS = (Kind.PINS, Kind.PORTS, Kind.WORDS)
LONGEST_TEXT = 2000


def _category(group: Group) -> str:
    return f"group_{group.name.lower()}"


def _groups() -> list[Group]:
    used = {rule.group for rule in ON_COMPUTER}
    return [group for group in Group if group in used]


def definitions() -> str:
    lines = [
        f'<policyDefinitions xmlns="{SPACE}" {REVISION}>',
        "  <policyNamespaces>",
        '    <target prefix="coder_workstation" namespace="CoderWorkstation.Policies"/>',
        "  </policyNamespaces>",
        '  <resources minRequiredRevision="1.0"/>',
        "  <supportedOn>",
        "    <definitions>",
        '      <definition name="supported" displayName="$(string.supported)"/>',
        "    </definitions>",
        "  </supportedOn>",
        "  <categories>",
        f'    <category name="{ROOT}" displayName="$(string.{ROOT})"/>',
    ]
    for group in _groups():
        name = _category(group)
        lines += [
            f'    <category name="{name}" displayName="$(string.{name})">',
            f'      <parentCategory ref="{ROOT}"/>',
            "    </category>",
        ]
    lines += ["  </categories>", "  <policies>"]
    for rule in ON_COMPUTER:
        lines += _policy(rule)
    lines += ["  </policies>", "</policyDefinitions>", ""]
    return HEAD + "\n".join(lines)


def _policy(rule: Rule) -> list[str]:
    name = rule.name
    shown = f'displayName="$(string.{name})" explainText="$(string.{name}_explain)"'
    about = f'      <parentCategory ref="{_category(rule.group)}"/>\n      <supportedOn ref="supported"/>'
    if rule.kind is Kind.SWITCH:
        return [
            f'    <policy name="{name}" class="Machine" {shown} key="{POLICIES}" valueName="{name}">',
            about,
            '      <enabledValue><decimal value="1"/></enabledValue>',
            '      <disabledValue><decimal value="0"/></disabledValue>',
            "    </policy>",
        ]
    if rule.kind is Kind.SECONDS:
        limits = f'minValue="{rule.low}" maxValue="{rule.high}"'
        element = f'<decimal id="{name}" valueName="{name}" required="true" {limits}/>'
    elif rule.kind in LISTS:
        element = f'<list id="{name}" key="{POLICIES}\\{name}" valuePrefix=""/>'
    else:
        element = f'<text id="{name}" valueName="{name}" required="true" maxLength="{LONGEST_TEXT}"/>'
    return [
        f'    <policy name="{name}" class="Machine" {shown} key="{POLICIES}" presentation="$(presentation.{name})">',
        about,
        "      <elements>",
        f"        {element}",
        "      </elements>",
        "    </policy>",
    ]


def resources() -> str:
    strings = {ROOT: "Coder Workstation", "supported": "Coder Workstation 0.1 and newer, Windows 10 1703 and newer"}
    strings |= {_category(group): group.value for group in _groups()}
    for rule in ON_COMPUTER:
        strings |= {rule.name: rule.title, f"{rule.name}_explain": explained(rule)}
    lines = [
        f'<policyDefinitionResources xmlns="{SPACE}" {REVISION}>',
        "  <displayName>Coder Workstation</displayName>",
        "  <description>What IT sets on computers with Coder Workstation</description>",
        "  <resources>",
        "    <stringTable>",
        *(f"      <string id={quoteattr(name)}>{escape(words)}</string>" for name, words in strings.items()),
        "    </stringTable>",
        "    <presentationTable>",
        *(line for rule in ON_COMPUTER if rule.kind is not Kind.SWITCH for line in _presentation(rule)),
        "    </presentationTable>",
        "  </resources>",
        "</policyDefinitionResources>",
        "",
    ]
    return HEAD + "\n".join(lines)


def explained(rule: Rule) -> str:
    """What stands beside a policy in the editor."""
    from page import default_in_words, limits_in_words, together

    parts = [rule.meaning, f"Type: {rule.kind.value}.", f"Not configured: {default_in_words(rule)}."]
    if limits_in_words(rule):
        parts.append(f"Held within: {limits_in_words(rule)}.")
    if together(rule):
        parts.append(f"Where the server sets it too: {together(rule)} counts.")
    return "\n".join(parts)


def _presentation(rule: Rule) -> list[str]:
    name, title = rule.name, escape(rule.title)
    if rule.kind is Kind.SECONDS:
        default = rule.built_in if isinstance(rule.built_in, int) else rule.low
        box = (
            f'<decimalTextBox refId="{name}" defaultValue="{default}" spinStep="30">{title} (seconds)</decimalTextBox>'
        )
    elif rule.kind in LISTS:
        box = f'<listBox refId="{name}">{title}</listBox>'
    else:
        box = f'<textBox refId="{name}"><label>{title}</label></textBox>'
    return [f'      <presentation id="{name}">', f"        {box}", "      </presentation>"]
