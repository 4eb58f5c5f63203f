"""Catalogues: each has what the engine says, and a new file is a new language."""

import re
import tomllib
from importlib import resources
from pathlib import Path

import pytest
from tenure.engine.fields.standard_fields import STANDARD
from tenure.engine.text.translations import Translations, shipped, translate

FOLDER = resources.files("tenure.engine.text").joinpath("catalogues")
LANGUAGES = shipped().languages()
OTHERS = [language for language in LANGUAGES if language != "en"]


def catalogue(language: str) -> dict[str, dict[str, str]]:
    return tomllib.loads(FOLDER.joinpath(f"{language}.toml").read_text("utf-8"))


def test_english_french_and_german_ship() -> None:
    assert LANGUAGES == ("de", "en", "fr")


@pytest.mark.parametrize("language", OTHERS)
def test_every_catalogue_has_the_sections_and_keys_of_the_english_one(language: str) -> None:
    english, other = catalogue("en"), catalogue(language)
    assert {name: list(texts) for name, texts in other.items() if name != "fields"} == {
        name: list(texts) for name, texts in english.items()
    }
    assert other["fields"].keys() == catalogue("fr")["fields"].keys()
    assert other["fields"].keys() <= {spec.name for spec in STANDARD}


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_has_the_places_to_fill_of_the_english_one(language: str) -> None:
    other = catalogue(language)
    for name, texts in catalogue("en").items():
        for key, text in texts.items():
            assert other[name][key].strip(), (name, key)
            places = re.findall(r"\{.*?\}", text)
            assert re.findall(r"\{.*?\}", other[name][key]) == places, (name, key)


def test_a_file_more_is_a_language_more(tmp_path: Path) -> None:
    for language in LANGUAGES:
        (tmp_path / f"{language}.toml").write_bytes(
            FOLDER.joinpath(f"{language}.toml").read_bytes()
        )
    english = FOLDER.joinpath("en.toml").read_text("utf-8")
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
