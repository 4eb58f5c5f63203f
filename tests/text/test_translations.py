"""Catalogues: each has what the engine says, and a new file is a new language."""

import shutil
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from babel import Locale
from tenure.engine.fields.standard_fields import STANDARD
from tenure.engine.text.translations import (
    CATALOGUES,
    Translations,
    catalogue_text,
    shipped,
    translate,
)

LANGUAGES = shipped().languages()
OTHERS = [language for language in LANGUAGES if language != "en"]


def catalogue(language: str) -> dict[str, str]:
    """The texts of a catalogue by section and key, such as `values.yes`."""
    return dict(flat(tomllib.loads((CATALOGUES / f"{language}.toml").read_text("utf-8"))))


def flat(table: Mapping[str, Any], section: str = "") -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from flat(value, f"{section}{key}.")
        else:
            yield f"{section}{key}", value


def without(texts: Mapping[str, str], section: str) -> dict[str, str]:
    """The texts in other sections."""
    return {name: text for name, text in texts.items() if not name.startswith(f"{section}.")}


def test_english_french_and_german_ship() -> None:
    assert LANGUAGES == ("de", "en", "fr")


@pytest.mark.parametrize("language", OTHERS)
def test_every_catalogue_has_the_sections_and_keys_of_the_english_one(language: str) -> None:
    english, other = catalogue("en"), catalogue(language)
    assert list(without(other, "counts")) == list(without(english, "counts"))


def test_english_has_the_titles_of_the_field_catalogue() -> None:
    titles = {spec.name: spec.title for spec in STANDARD}
    assert shipped().section("fields", "en").items() <= titles.items()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_noun_has_the_plural_forms_of_its_language(language: str) -> None:
    """French has a third one, for whole millions; it is that of many."""
    forms = set(Locale(language).plural_form.tags) | {"other"}
    nouns = shipped().section("counts", language)
    assert nouns.keys() == shipped().section("counts", "en").keys()
    for noun, written in nouns.items():
        assert forms - {"many"} <= written.keys() <= forms, noun


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_has_the_places_to_fill_of_the_english_one(language: str) -> None:
    english = without(catalogue("en"), "counts")
    for name, text in without(catalogue(language), "counts").items():
        assert text.strip(), name
        assert places(text) == places(english[name]), name
    for name, text in catalogue(language).items():
        if name.startswith("counts."):
            assert places(text) == {"number"}, name


def places(text: str) -> set[str]:
    """The names of the places to fill; literal braces are doubled, as `str.format` wants them."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


GERMAN_TOO = {
    "describe.conditions.+": "a word of arithmetic",
    "describe.conditions.-": "a word of arithmetic",
    "values.quarter": "Q1 is used in German too",
    "measures.nrr": "an abbreviation of the trade",
    "measures.grr": "an abbreviation of the trade",
    "deck.quarter": "Q1 is used in German too",
    "fields.go_live_date": "a word of the trade",
    "fields.region": "a German word too",
    "fields.status": "a German word too",
    "fields.vip": "an abbreviation of the trade",
    "fields.arr": "an abbreviation of the trade",
    "fields.csat": "an abbreviation of the trade",
    "fields.csm": "an abbreviation of the trade",
    "fields.mrr": "an abbreviation of the trade",
    "fields.nps_score": "an abbreviation of the trade",
    "plan.kpi": "an abbreviation of the trade",
    "deck.kpi": "an abbreviation of the trade",
    "deck.csat": "an abbreviation of the trade",
    "deck.nps": "an abbreviation of the trade",
    "portfolio.arr": "an abbreviation of the trade",
    "portfolio.csm": "an abbreviation of the trade",
    "portfolio.playbooks": "a word of the trade",
    "roles.champion": "a word of the trade",
    "fields.champion": "a word of the trade",
    "fields.account_name": "a German word too",
    "fields.segment": "a German word too",
    "portfolio.title": "a German word too",
    "deck.agenda": "a German word too",
    "deck.status": "a German word too",
    "metrics.expansion.title": "a German word too",
    "punctuation.colon": "no letters",
    "punctuation.semicolon": "no letters",
    "deck.missing_value": "no letters",
}
"""Texts that are the same in German as in English, each with the reason."""


def test_german_is_not_english() -> None:
    english, german = catalogue("en"), catalogue("de")
    same = {name for name in english if english[name] == german.get(name)}
    assert same == GERMAN_TOO.keys()


def test_a_file_more_is_a_language_more(tmp_path: Path) -> None:
    for language in LANGUAGES:
        shutil.copy(CATALOGUES / f"{language}.toml", tmp_path)
    english = (CATALOGUES / "en.toml").read_text("utf-8")
    (tmp_path / "tlh.toml").write_text(english.replace('yes = "yes"', 'yes = "HIja"'), "utf-8")
    words = Translations(tmp_path)
    assert words.languages() == ("de", "en", "fr", "tlh")
    assert words.section("values", "tlh")["yes"] == "HIja"
    assert words.section("values", "de-AT")["yes"] == "ja"
    assert words.section("values", "pt")["yes"] == "yes"


def test_a_language_without_a_catalogue_gets_english() -> None:
    assert [translate("values", "yes", tag) for tag in ("fr-CA", "de", "pt", "")] == [
        "oui",
        "ja",
        "yes",
        "yes",
    ]


def test_an_unknown_key_is_an_error_of_the_program() -> None:
    with pytest.raises(KeyError):
        translate("values", "maybe", "en")


def test_values_are_put_in_the_places_of_a_text() -> None:
    assert translate("figures", "from", "de", first="1", last="2") == "vom 1 bis 2"


def test_a_text_by_language_has_every_language_and_chooses_that_of_its_values() -> None:
    level = {"en": "Gold", "fr": "Or"}
    title = catalogue_text("states", "below", level=level)
    assert dict(title) == {"de": "Gold, darunter", "en": "Gold, below", "fr": "Or, en dessous"}
    with pytest.raises(KeyError):
        title["pt"]
