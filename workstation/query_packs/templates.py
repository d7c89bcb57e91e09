"""Reads query templates: every JSON file of one version, checked word by word, into frozen values."""

from __future__ import annotations

import re
from pathlib import Path
from types import MappingProxyType

from workstation.domain.queries.query import Form, OptionKind, Trigger
from workstation.domain.queries.templates import Asking, Template, TemplateOption
from workstation.query_packs.reading import Node, QueryPackUnusable, open_json, versions

BUILT_IN = Path(__file__).resolve().parents[2] / "resources" / "templates"
_PLACEHOLDER = re.compile(r"\{[^{}]*\}")
_KNOWN = frozenset({"{concern}", "{sources}"})
# Every choice ends with these; a template cannot leave them out.
_WAYS_OUT = (
    TemplateOption("Other (please specify)", OptionKind.OTHER),
    TemplateOption("Unable to determine", OptionKind.UNDETERMINED),
)
_YES_NO = (TemplateOption("Yes", OptionKind.YES), TemplateOption("No", OptionKind.NO), *_WAYS_OUT)


def template_versions(folder: Path = BUILT_IN) -> tuple[str, ...]:
    """The versions an installation or an organisation keeps, the newest first."""
    return versions(folder)


def read_templates(folder: Path = BUILT_IN, version: str = "") -> tuple[Template, ...]:
    """The templates of a version, the newest when none is named. Raises QueryPackUnusable with file, place, reason."""
    there = versions(folder)
    chosen = version or (there[0] if there else "")
    if chosen not in there:
        raise QueryPackUnusable(f"(no version {chosen or 'at all'} in {folder.name})")
    found: dict[str, Template] = {}
    for path in sorted((folder / chosen).glob("*.json")):
        top = open_json(path).only("templates")
        for each in top.get("templates").items():
            template = _template(each, chosen)
            if template.id in found:
                raise each.wrong(f"the template {template.id!r} is there twice")
            found[template.id] = template
    if not found:
        raise QueryPackUnusable(f"(there is no template in {chosen})")
    return tuple(found.values())


def _template(node: Node, pack: str) -> Template:
    node.only("id", "version", "trigger", "name", "families", "words", "forms")
    trigger = node.get("trigger")
    forms = {_form(each, key): _asking(each, _form(each, key)) for key, each in node.get("forms").members()}
    if not {Form.MULTIPLE_CHOICE, Form.OPEN} <= set(forms):
        raise node.get("forms").wrong("a template has a multiple-choice and an open-ended form")
    families, words = node.maybe("families"), node.maybe("words")
    try:
        reason = Trigger(trigger.text())
    except ValueError:
        raise trigger.wrong(f"one of {', '.join(each.value for each in Trigger)} is expected") from None
    return Template(
        id=node.get("id").text(),
        version=f"{pack}-{node.get('version').number()}",
        trigger=reason,
        name=node.get("name").text(),
        asking=MappingProxyType(forms),
        families=frozenset(families.texts()) if families else frozenset(),
        words=frozenset(word.casefold() for word in words.texts()) if words else frozenset(),
    )


def _form(node: Node, key: str) -> Form:
    try:
        return Form(key)
    except ValueError:
        raise node.wrong(f"one of {', '.join(each.value for each in Form)} is expected") from None


def _asking(node: Node, form: Form) -> Asking:
    node.only("about", "plain", "options", "not_significant")
    about, plain = _worded(node.get("about")), _worded(node.get("plain"))
    if "{concern}" in plain:
        raise node.get("plain").wrong("it is for drafts without a concern, so it cannot name one")
    if form is Form.OPEN:
        return Asking(about, plain)
    if form is Form.YES_NO:
        return Asking(about, plain, _YES_NO)
    options = [_option(each) for each in node.get("options").items()]
    apt = node.maybe("not_significant")
    if apt:
        options.append(TemplateOption(apt.text(), OptionKind.NOT_SIGNIFICANT))
    return Asking(about, plain, (*options, *_WAYS_OUT))


def _option(node: Node) -> TemplateOption:
    node.only("text", "needs")
    needs = node.maybe("needs")
    return TemplateOption(_worded(node.get("text")), needs=needs.text() if needs else "")


def _worded(node: Node) -> str:
    text = node.text()
    unknown = [each for each in _PLACEHOLDER.findall(text) if each not in _KNOWN]
    if unknown:
        raise node.wrong(f"the placeholder {unknown[0]} is not known")
    return text
