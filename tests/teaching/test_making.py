"""The making of a copy: dates by year and by shift, ages over 89, ZIP prefixes, doubts asked once, a last clean reading."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.desks import a_document, an_encounter
from workstation.codebook.lexicon import read_lexicon
from workstation.domain.encounter import DocumentId, Encounter, Problem, Result
from workstation.domain.mirror import Content
from workstation.domain.policy import Policy, policy_fields, policy_from
from workstation.domain.redaction.kinds import DateRule, Profile
from workstation.domain.redaction.known import Known, known_of
from workstation.domain.redaction.place_words import RESTRICTED_ZIP3
from workstation.domain.redaction.redactor import redact
from workstation.domain.teaching import making as made_here
from workstation.domain.teaching.copy import Section
from workstation.domain.teaching.dates import FEWEST_WEEKS, MOST_WEEKS, DateWords, shift_of
from workstation.domain.teaching.headings import HEADINGS, heading_of
from workstation.domain.teaching.making import Making, clean, mended
from workstation.domain.teaching.sources import Source, pooled_age, sources
from workstation.domain.teaching.wording import names_somebody
from workstation.errors import CopyRefused
from workstation.fhir import device
from workstation.fhir.systems import WORKSTATION_POLICY

LEXICON = read_lexicon(None)
ON = date(2026, 11, 14)
# The 17 prefixes of HHS's guidance on de-identification (26 November 2012), from the 2000 census.
HHS_2000 = {"036", "059", "063", "102", "203", "556", "692", "790", "821", "823", "830", "831", "878", "879", "884",
            "890", "893"}  # fmt: skip


def making(*texts: str, known: Known | None = None, rule: DateRule | None = None, on: date | None = ON) -> Making:
    found = tuple(Source("Progress note", "", text) for text in texts)
    return Making(found, known or Known(), LEXICON, rule or DateRule(), on)


def finished(made: Making) -> str:
    made.take_out_rest()
    done = made.finished()
    while done is None:
        made.take_out_rest()
        done = made.finished()
    return "\n".join(section.text for section in done.sections)


# ---------------------------------------------------------------- dates


def test_dates_are_years_and_their_days_and_months_are_gone() -> None:
    text = finished(making("Admitted 11/09/2026, seen on March 3, 2025; last dose 2026-11-10.\n"))
    assert re.findall(r"\[DATE[^]]*\]", text) == ["[DATE 2026]", "[DATE 2025]", "[DATE 2026]"]
    assert not re.search(r"March|11/0|-11-", text)


def test_a_month_alone_is_no_less_a_date() -> None:
    text = finished(
        making("The August value was 7.4. Two courses (February and July). Better since that May. He may go.\n")
    )
    assert not re.search(r"August|February|July|May", text)
    assert "He may go." in text


@cache
def _whole(first: date, second: date, weeks: int) -> list[date]:
    rule = shift_of(weeks)
    texts = [f"Admitted {first:%m/%d/%Y} with pain.\n", f"Discharged on {second:%Y-%m-%d} in good state.\n"]
    text = finished(making(*texts, rule=rule, on=None))
    return [date.fromisoformat(found) for found in re.findall(r"\[DATE (\d{4}-\d\d-\d\d)\]", text)]


@settings(max_examples=25, deadline=None)
@given(
    st.dates(date(2015, 1, 1), date(2026, 12, 1)), st.integers(0, 400), st.integers(FEWEST_WEEKS, MOST_WEEKS)
)  # fmt: skip
def test_a_shift_keeps_every_interval_and_every_weekday_across_documents(first: date, days: int, weeks: int) -> None:
    second = first + timedelta(days=days)
    moved = _whole(first, second, weeks)
    assert len(moved) == 2
    assert moved[1] - moved[0] == second - first
    assert [day.weekday() for day in moved] == [first.weekday(), second.weekday()]
    assert first - moved[0] == timedelta(weeks=weeks)


@pytest.mark.parametrize("weeks", [0, FEWEST_WEEKS - 1, MOST_WEEKS + 1, -8])
def test_a_shift_out_of_its_bounds_is_a_bug(weeks: int) -> None:
    with pytest.raises(ValueError, match=str(weeks)):
        shift_of(weeks)


def test_moments_of_the_chart_say_a_year_and_a_day_of_the_stay_and_no_time() -> None:
    words = DateWords(DateRule(), date(2026, 11, 9))
    assert words.of(datetime(2026, 11, 11, 16, 5, tzinfo=UTC)) == "[DATE 2026] day 3"
    assert words.of(datetime(2019, 1, 1, tzinfo=UTC)) == "[DATE 2019]"
    assert words.of(None) == ""
    assert DateWords(shift_of(5), None).of(datetime(2026, 11, 11, 16, 5, tzinfo=UTC)) == "[DATE 2026-10-07]"


# ---------------------------------------------------------------- ages


@pytest.mark.parametrize(("born", "age"), [
    (date(1936, 11, 14), "90 or older"), (date(1936, 11, 15), "89"), (date(1920, 1, 1), "90 or older"),
    (date(1952, 3, 14), "74"), (date(2026, 11, 1), "0"), (None, ""),
])  # fmt: skip
def test_ages_over_89_are_one_category(born: date | None, age: str) -> None:
    assert pooled_age(born, ON) == age


def test_no_year_is_left_that_tells_an_age_over_89() -> None:
    known = Known(patient=("Harold Brannigan",), birth_date=date(1931, 5, 2))
    text = finished(
        making("A 95-year-old man, DOB 05/02/1931, born in 1931, married since 1955. BP 193/80.\n", known=known)
    )
    assert "[AGE 90 or older]" in text
    assert "1931" not in text
    assert "95" not in text.replace("1955", "")
    assert "1955" in text  # a year that tells no such age may stay
    assert "193/80" in text


def test_a_birth_year_is_not_left_by_a_shift_either() -> None:
    known = Known(birth_date=date(1931, 5, 2))
    text = finished(making("DOB 05/02/1931.\n", known=known, rule=shift_of(9)))
    assert not re.search(r"19[23]\d", text)


# ---------------------------------------------------------------- places


def test_the_table_of_restricted_zip_prefixes_is_that_of_hhs() -> None:
    assert HHS_2000 == RESTRICTED_ZIP3


@pytest.mark.parametrize("prefix", sorted(HHS_2000))
def test_a_restricted_prefix_becomes_000(prefix: str) -> None:
    known = Known(zips=(f"{prefix}01",))
    text = redact(f"Lives at 12 Elm Street, Springfield, VT {prefix}01.\n", known, Profile.TEACHING, LEXICON).text
    assert f"{prefix}01" not in text
    assert "[ZIP 000]" in text


def test_any_other_prefix_keeps_three_digits() -> None:
    text = redact("ZIP code: 44302\n", Known(zips=("44302",)), Profile.TEACHING, LEXICON).text
    assert "[ZIP 443]" in text
    assert "44302" not in text


def test_a_word_of_the_hospital_or_the_town_goes_wherever_it_stands() -> None:
    known = Known(facilities=("Zelmere Regional Medical Center",), cities=("Quarnford",))
    text = finished(making("Brought by Zelmere Fire. Home to quarnford by van.\n", known=known))
    assert "zelmere" not in text.casefold()
    assert "quarnford" not in text.casefold()


def test_who_is_named_with_a_title_in_one_document_stands_bare_in_none() -> None:
    text = finished(making("Seen by Dr. Kowalczyk today.\n", "Discussed with Kowalczyk; agrees.\n"))
    assert "kowalczyk" not in text.casefold()


# ---------------------------------------------------------------- doubts


def doubtful(monkeypatch: pytest.MonkeyPatch, *words: str) -> None:
    """A redactor that doubts some words and knows nothing else, whatever the real one has learned."""
    from workstation.domain.redaction.kinds import Identifier, Redacted, Removal, Unsure

    def fake(text: str, known: object, profile: object, *rest: object, also: object = (), **more: object) -> Redacted:
        spans = sorted(also)  # type: ignore[call-overload]
        removals = tuple(Removal(a, b, Identifier.ADDED, "", "[REMOVED]") for a, b in spans if text[a:b] != "REMOVED")
        parts, at = [], 0
        for r in removals:
            parts += [text[at : r.start], r.shown]
            at = r.end
        unsure = tuple(Unsure(text.index(w), text.index(w) + len(w), "unknown") for w in words if w in text)
        return Redacted("".join((*parts, text[at:])), removals, unsure)

    monkeypatch.setattr(made_here, "redact", fake)


def test_a_doubt_is_asked_once_and_goes_everywhere_or_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    doubtful(monkeypatch, "Zorvane", "Quillby")
    made = making("Given Zorvane and Quillby.\n", "More zorvane at night.\n", on=None)
    assert [(doubt.word, doubt.count) for doubt in made.doubts] == [("zorvane", 2), ("quillby", 1)]
    assert made.finished() is None
    made.settle("zorvane", keep=False)
    assert made.finished() is None
    made.settle("quillby", keep=True)
    done = made.finished()
    assert done is not None
    assert [section.text for section in done.sections] == [
        "Given [REMOVED] and Quillby.\n",
        "More [REMOVED] at night.\n",
    ]


def test_a_doubt_is_shown_without_the_other_doubts_beside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    doubtful(monkeypatch, "Zorvane", "Quillby")
    made = making("Given Zorvane and Quillby.\n", on=None)
    [first, second] = made.doubts
    assert (first.places[0].before, first.places[0].word, first.places[0].after) == ("Given", "Zorvane", "and [?].")
    assert second.places[0].before == "Given [?] and"


def test_a_redactor_that_never_ends_refuses_the_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    from workstation.domain.redaction.kinds import Identifier, Redacted, Removal

    def restless(text: str, *_: object, **__: object) -> Redacted:
        return Redacted(text, (Removal(0, 1, Identifier.NAME, "", text[:1]),), ())

    monkeypatch.setattr(made_here, "redact", restless)
    with pytest.raises(CopyRefused):
        clean("Anything.", Known(), LEXICON, DateRule(), None)


WORDS = st.sampled_from(
    ["Brannigan", "Harold", "00482913", "11/09/2026", "(330) 555-0142", "h.brannigan@example.org", "123-45-6789", "pain",
     "Dr. Ortiz", "creatinine 2.4", "95-year-old", "12 Elm Street", "wife Moira", "sepsis", "Room 12", "\n", ",", "03/14/1952"]
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(WORDS, min_size=1, max_size=14))
def test_a_finished_copy_holds_nothing_known_and_a_second_reading_finds_nothing(parts: list[str]) -> None:
    encounter = an_encounter(
        patient=replace(an_encounter().patient, phones=("330-555-0142", "h.brannigan@example.org"),
                        addresses=("12 Elm Street, Akron, OH 44302",), relatives=("Moira Brannigan, wife",)),
    )  # fmt: skip
    known = known_of(encounter)
    text = finished(making(f"Note: {' '.join(parts)}\n", known=known))
    for word in (
        "Brannigan",
        "00482913",
        "555-0142",
        "example.org",
        "123-45-6789",
        "Ortiz",
        "11/09/2026",
        "03/14/1952",
    ):
        assert word not in text
    assert redact(text, known, Profile.TEACHING, LEXICON).removals == ()
    assert redact(text, Known(), Profile.TEACHING, LEXICON).removals == ()


# ---------------------------------------------------------------- sources, mending, wording, policy


def a_chart() -> tuple[Encounter, dict[DocumentId, Content]]:
    note = a_document(id=DocumentId("d1"), title="Brannigan H&P", type_name="Brannigan's note")
    scan = a_document(id=DocumentId("d2"), media_type="image/png", title="scan")
    encounter = an_encounter(
        documents=(note, scan),
        labs=(Result("Creatinine", "2.4", "mg/dL", "0.7 to 1.3", "H", datetime(2026, 11, 10, 6, tzinfo=UTC)),),
        problems=(Problem("Heart failure", "2019-03-02", "active"),),
    )
    return encounter, {
        note.id: Content(note.id, "1", "text/plain", "Acute heart failure.\n", None),
        scan.id: Content(scan.id, "1", "image/png", None, b"\x89PNG"),
    }


def test_scans_are_left_out_and_counted_and_headings_are_ours() -> None:
    encounter, contents = a_chart()
    found, left_out = sources(encounter, contents, DateWords(DateRule(), date(2026, 11, 9)))
    assert left_out == 1
    assert [source.heading for source in found] == [
        "About this encounter", "History and physical", "Laboratory results", "Problem list",
    ]  # fmt: skip
    everything = " ".join(f"{s.heading} {s.when} {s.text}" for s in found)
    for gone in ("Brannigan", "Ortiz", "Lakemere", "2611090417", "00482913", "2019-03", "H&P", "06:00"):
        assert gone not in everything
    assert "[DATE 2026] day 2  Creatinine: 2.4 mg/dL  H  (reference 0.7 to 1.3)" in everything


def test_a_server_s_own_words_for_a_kind_are_never_a_heading() -> None:
    strange = a_document(type_code="x-1", type_name="Note of Harold Brannigan", author_is_provider=False)
    assert heading_of(strange) == "Clinical document (not by a provider)"
    assert all("Brannigan" not in heading for heading in HEADINGS.values())


def test_a_mending_goes_through_lines_and_spares_placeholders() -> None:
    section = Section("Note", "", "He drives the school\nbus. [NAME] left. School bus again.\n")
    after, count = mended(section, "school bus", LEXICON, None)
    assert count == 2
    assert "bus" not in after.text
    assert "[NAME]" in after.text
    assert mended(section, "NAME", LEXICON, None) == (section, 0)


@pytest.mark.parametrize(
    "words", ["I50.23 on hypertensive heart disease", "sepsis with organ failure", "new codes for sepsis"]
)
def test_a_topic_of_codes_and_plain_words_names_nobody(words: str) -> None:
    assert names_somebody(words, LEXICON) == ""


@pytest.mark.parametrize("words", ["", "-", "…"])
def test_a_topic_without_a_word_names_nobody(words: str) -> None:
    assert names_somebody(words, LEXICON) == ""


@pytest.mark.parametrize("words", ["Mr. Brannigan", "call 330-555-0142", "seen 03/14/2026", "MRN 00482913"])
def test_a_topic_that_names_somebody_says_what_it_holds(words: str) -> None:
    assert names_somebody(words, LEXICON)


def test_the_server_sets_the_teaching_fields() -> None:
    def days(url: str, value: int) -> dict:
        return {"url": url, "valueDuration": {"value": value, "code": "d"}}

    parts = [days("teachingKeep", 30), days("teachingApproval", 7), {"url": "teachingDates", "valueCode": "shift"}]
    found = device.policy_from({"id": "p", "extension": [{"url": WORKSTATION_POLICY, "extension": parts}]})
    assert found is not None
    assert (found.teaching_dates, found.teaching_keep, found.teaching_approval) == ("shift", 2_592_000, 604_800)


def test_policy_holds_the_teaching_fields_within_their_bounds() -> None:
    asked = Policy(teaching_dates="guess", teaching_keep=10**9, teaching_approval=1)
    held = policy_from(policy_fields(asked))
    assert (held.teaching_dates, held.teaching_keep, held.teaching_approval) == ("year", 365 * 24 * 3600, 3600)
    assert policy_from(policy_fields(Policy(teaching_dates="shift"))).teaching_dates == "shift"
