"""The builder: one draft as a form, each change handed over at once; the rules answer below it as one types."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from ui.identifier_check import IdentifierCheck
from ui.parts import label, row
from ui.query.choice import Choice
from ui.query.findings import FindingRows
from ui.query.indicators import IndicatorCard
from ui.query.options import OptionRows
from ui.query.words import FORM_WORDS, TRIGGER_WORDS
from ui.room import Room
from ui.sealed.fields import SealedLine, SealedText
from workstation.domain.encounter import Encounter, Provider, ProviderId
from workstation.domain.own_words import finder, nobody
from workstation.domain.queries.indicators import recipients
from workstation.domain.queries.query import (
    Channel,
    Form,
    IndicatorId,
    Option,
    ProviderQuery,
    Span,
    Trigger,
    change_indicator,
    justify,
    remove_indicator,
    revise,
)
from workstation.domain.queries.templates import Template, start, suggest
from workstation.operations.query_bench import Excerpt, Prepared

_QUESTION_HEIGHT = 84


class Builder(QScrollArea):
    """Shows a draft and what the program makes of it; emits the draft as the coder changes it."""

    changed = Signal(object)  # ProviderQuery
    jump = Signal(object)  # ClinicalIndicator

    def __init__(self, room: Room) -> None:
        super().__init__()
        self._room = room
        self.query: ProviderQuery | None = None
        self._encounter: Encounter | None = None
        self._templates: tuple[Template, ...] = ()
        self._excerpts: tuple[Excerpt, ...] = ()
        self._cards: list[IndicatorCard] = []
        self._editable = True
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setProperty("kind", "bare")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._build()

    def _build(self) -> None:
        inside = QWidget()
        inside.setObjectName("summary")
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 8, 8)
        column.setSpacing(8)
        self._trigger = Choice("Reason for the query", "Why do you ask?")
        self._trigger.chosen.connect(self._choose_trigger)
        self._template = Choice("Template", "Choose a template")
        self._template.chosen.connect(self._choose_template)
        self._form = Choice("Form of the answer", "Form")
        self._form.chosen.connect(self._choose_form)
        self._recipient = Choice("Recipient", "Whom do you ask?")
        self._recipient.chosen.connect(lambda provider: self._edit(recipient_id=ProviderId(provider)))
        self._channel = Choice("Way", "Written")
        self._channel.chosen.connect(lambda channel: self._edit(channel=channel))
        column.addLayout(row(label("Reason", "caption"), self._trigger, None, spacing=6))
        column.addLayout(row(label("Template", "caption"), self._template, None, spacing=6))
        column.addLayout(
            row(label("Answer", "caption"), self._form, label("Way", "caption"), self._channel, None, spacing=6)
        )
        column.addLayout(row(label("To", "caption"), self._recipient, None, spacing=6))
        self._concern = SealedLine()
        self._concern.setPlaceholderText("What is it about? A word or two of the chart")
        self._concern.setAccessibleName("What the query is about")
        self._concern.textEdited.connect(lambda text: self._edit(concern=text))
        column.addLayout(row(label("About", "caption"), self._concern, spacing=6))
        self._checks = [IdentifierCheck(self._concern, lambda: self._room.theme)]
        column.addWidget(self._checks[0].hint)
        column.addWidget(label("Clinical indicators", "subheading"))
        self._none = label(
            "Mark a passage in the chart and press Q. Results are added from their table.", "muted", wrap=True
        )
        column.addWidget(self._none)
        self._indicators = QVBoxLayout()
        self._indicators.setSpacing(6)
        column.addLayout(self._indicators)
        column.addWidget(label("Question", "subheading"))
        self._title = SealedLine()
        self._title.setAccessibleName("Title of the query")
        self._title.setPlaceholderText("Title")
        self._title.textEdited.connect(lambda text: self._edit(title=text))
        column.addWidget(self._title)
        self._question = SealedText()
        self._question.setAccessibleName("Question")
        self._question.setPlaceholderText("The question, in your own words or from a template")
        self._question.setFixedHeight(_QUESTION_HEIGHT)
        self._question.textChanged.connect(self._question_typed)
        column.addWidget(self._question)
        for field in (self._title, self._question):
            check = IdentifierCheck(field, lambda: self._room.theme)
            self._checks.append(check)
            column.addWidget(check.hint)
        self._answers = label("Answers to choose from", "subheading")
        column.addWidget(self._answers)
        self._options = OptionRows(self._room.theme)
        self._options.changed.connect(self._options_changed)
        column.addWidget(self._options)
        self.findings = FindingRows(lambda: self._room.theme)
        self.findings.mended.connect(self._mend)
        self.findings.justified.connect(self._justify)
        self.findings.attested.connect(lambda words: self._edit(attestation=words))
        column.addWidget(label("What the rules say", "subheading"))
        self._fine = label("", "muted", wrap=True)
        column.addWidget(self._fine)
        column.addWidget(self.findings)
        column.addStretch()
        self.setWidget(inside)

    # ------------------------------------------------------------------ showing

    def show_query(
        self, query: ProviderQuery, encounter: Encounter, templates: tuple[Template, ...], *, editable: bool
    ) -> None:
        """The draft as it stands; what is being typed keeps its caret."""
        same = self.query is not None and self.query.id == query.id
        self.query, self._encounter, self._templates, self._editable = query, encounter, templates, editable
        self._offer(query, encounter, templates)
        if not same:
            find = finder(encounter.patient, encounter.account_number)
            for check in self._checks:
                check.use(find)
            self.findings.names = find
        for field, text in ((self._concern, query.concern), (self._title, query.title)):
            if (not same or not field.hasFocus()) and field.text() != text:
                field.setText(text)
            field.setReadOnly(not editable)
        if (not same or not self._question.hasFocus()) and self._question.toPlainText() != query.question:
            self._question.blockSignals(True)
            self._question.setPlainText(query.question)
            self._question.blockSignals(False)
        self._question.setReadOnly(not editable)
        self._answers.setVisible(query.form is not Form.OPEN)
        self._options.setVisible(query.form is not Form.OPEN)
        self._options.show_options(query, editable=editable)
        self._none.setVisible(not query.indicators)

    def show_prepared(self, prepared: Prepared, *, reviewed: bool) -> None:
        """What would leave, and what the rules say of it."""
        if self.query is None or prepared.file.id != self.query.id:
            return
        if prepared.excerpts != self._excerpts:
            self._show_excerpts(prepared.excerpts)
        self.findings.show_findings(prepared.findings, self.query, reviewed=reviewed)
        self._fine.setText("" if prepared.findings else "Nothing to mend.")
        self._fine.setVisible(not prepared.findings)

    def has_templates(self) -> bool:
        return bool(self._templates)

    def forget(self) -> None:
        """Nothing of a chart stays."""
        self.query, self._encounter, self._templates = None, None, ()
        self._show_excerpts(())
        for check in self._checks:
            check.use(nobody)
        self.findings.names = nobody
        self.findings.forget()
        for field in (self._concern, self._title):
            field.clear()
        self._question.blockSignals(True)
        self._question.clear()
        self._question.blockSignals(False)
        for choice in (self._recipient, self._template, self._trigger, self._form):
            choice.offer((), None)

    def focus_first(self) -> None:
        """Where the next thing is to do: a doubt, else the question."""
        doubtful = next((card for card in self._cards if card.excerpt.unsure), None)
        (doubtful or self._trigger).setFocus()

    def focus_finding(self) -> None:
        """To what keeps the query from leaving: the next finding, after a doubt."""
        if any(card.excerpt.unsure for card in self._cards):
            self.focus_doubt()
            return
        target = self.findings.next_stop()
        if target is not None:
            target.setFocus()
            self.ensureWidgetVisible(target)

    def focus_doubt(self) -> None:
        card = next((card for card in self._cards if card.excerpt.unsure), None)
        if card is not None:
            card.setFocus()
            self.ensureWidgetVisible(card)

    def _offer(self, query: ProviderQuery, encounter: Encounter, templates: tuple[Template, ...]) -> None:
        self._trigger.offer(((words, each) for each, words in TRIGGER_WORDS.items()), query.trigger)
        fitting = suggest(templates, query, self._room.query_board.books().terms) if templates else ()
        chosen = next((t for t in templates if t.id == query.template_id), None)
        self._template.offer(((t.name, t.id) for t in fitting), query.template_id or None)
        forms = chosen.forms if chosen is not None else tuple(Form)
        self._form.offer(((FORM_WORDS[form], form) for form in forms), query.form)
        self._recipient.offer(((_called(p), p.id) for p in recipients(encounter)), query.recipient_id)
        self._channel.offer((("Written", Channel.WRITTEN), ("Verbal", Channel.VERBAL)), query.channel)
        for choice in (self._trigger, self._template, self._form, self._recipient, self._channel):
            choice.setEnabled(self._editable)

    def _show_excerpts(self, excerpts: tuple[Excerpt, ...]) -> None:
        focused = next((card.excerpt.indicator.id for card in self._cards if card.hasFocus()), None)
        self._excerpts = excerpts
        while (old := self._indicators.takeAt(0)) is not None:
            widget = old.widget()
            if widget is not None:
                widget.setParent(None)  # at once: deleteLater alone leaves its words until the next turn
                widget.deleteLater()
        self._cards = []
        for number, excerpt in enumerate(excerpts, 1):
            card = IndicatorCard(self._room.theme, number, excerpt, editable=self._editable)
            card.removed.connect(self._remove_indicator)
            card.jump.connect(self._jump)
            card.taken_out.connect(self._take_out)
            card.settled.connect(self._settle)
            self._indicators.addWidget(card)
            self._cards.append(card)
            if excerpt.indicator.id == focused:
                card.setFocus()

    # ------------------------------------------------------------------ changing

    def _edit(self, **changes: object) -> None:
        if self.query is not None and self._editable:
            self._put(revise(self.query, **changes))

    def _put(self, query: ProviderQuery) -> None:
        self.query = query
        self.changed.emit(query)

    def _question_typed(self) -> None:
        if self.query is not None and self._question.toPlainText() != self.query.question:
            self._edit(question=self._question.toPlainText())

    def _choose_trigger(self, trigger: Trigger) -> None:
        if self.query is not None:
            self._put(revise(self.query, trigger=trigger))
            self._refresh()

    def _choose_template(self, template_id: str) -> None:
        template = next((each for each in self._templates if each.id == template_id), None)
        if template is not None and self.query is not None:
            form = self.query.form if self.query.form in template.forms else template.forms[0]
            self._put(start(template, form, self.query))
            self._refresh()

    def _choose_form(self, form: Form) -> None:
        if self.query is None:
            return
        template = next((each for each in self._templates if each.id == self.query.template_id), None)
        if template is not None and form in template.forms:
            self._put(start(template, form, self.query))
        else:
            self._put(revise(self.query, form=form))
        self._refresh()

    def _options_changed(self, options: tuple[Option, ...]) -> None:
        if self.query is not None and options != self.query.options:
            self._put(revise(self.query, options=options))
            self._options.show_options(self.query, editable=self._editable)

    def _mend(self, mended: ProviderQuery) -> None:
        self._put(mended)
        self._question.clearFocus()
        self._refresh()

    def _justify(self, rule: str, words: str) -> None:
        if self.query is not None and self.query.justification(rule) != words.strip():
            self._put(justify(self.query, rule, words))

    def _refresh(self) -> None:
        if self.query is not None and self._encounter is not None:
            self.show_query(self.query, self._encounter, self._templates, editable=self._editable)

    def _remove_indicator(self, indicator_id: str) -> None:
        if self.query is not None:
            self._put(remove_indicator(self.query, IndicatorId(indicator_id)))
            self._refresh()

    def _jump(self, indicator_id: str) -> None:
        found = self.query.indicator(IndicatorId(indicator_id)) if self.query else None
        if found is not None:
            self.jump.emit(found)

    def _take_out(self, indicator_id: str, span: Span) -> None:
        found = self.query.indicator(IndicatorId(indicator_id)) if self.query else None
        if found is not None and self.query is not None:
            self._put(change_indicator(self.query, replace(found, also_removed=(*found.also_removed, span))))

    def _settle(self, indicator_id: str, span: Span, is_identifier: bool) -> None:
        """A doubt is settled by hand: taken out, or left because it identifies nobody."""
        found = self.query.indicator(IndicatorId(indicator_id)) if self.query else None
        if found is None or self.query is None:
            return
        if is_identifier:
            settled = replace(found, also_removed=(*found.also_removed, span))
        else:
            settled = replace(found, not_identifiers=(*found.not_identifiers, span))
        self._put(change_indicator(self.query, settled))


def _called(provider: Provider) -> str:
    named = ", ".join(part for part in (provider.name, provider.credential) if part)
    return f"{named} ({provider.role})" if provider.role else named
