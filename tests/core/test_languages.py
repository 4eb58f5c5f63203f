"""Languages: which text a reader gets, and what a person may call a language."""

import subprocess
import sys

import pytest
from tenure.engine.core.languages import choose_language, choose_text, language_tag


@pytest.mark.parametrize(
    ("there", "preferred", "chosen"),
    [
        ("de en fr", ("fr", "en"), "fr"),
        ("en fr fr-CA", ("fr-CA", "en"), "fr-CA"),
        ("en fr", ("fr-CA", "en"), "fr"),
        ("en fr", ("fr_CA", "en"), "fr"),
        ("en fr", ("FR", "en"), "fr"),
        ("en zh", ("zh-Hans-CN", "en"), "zh"),
        ("en zh zh-Hans", ("zh-Hans-CN", "en"), "zh-Hans"),
        ("de en fr-CA", ("fr", "de"), "de"),
        ("de en fr", ("pt", "fr-CA"), "fr"),
        ("de en fr", (None, "fr-CA"), "fr"),
        ("de en fr", ("pt", "es"), "en"),
        ("de fr", ("pt", "es"), "de"),
        ("fr de", (), "de"),
    ],
)
def test_the_readers_language_comes_before_the_workspaces(there, preferred, chosen):
    assert choose_language(there.split(), *preferred) == chosen


def test_text_without_a_language_comes_before_english():
    assert choose_text({"": "plain", "en": "English", "fr": "French"}, "de") == "plain"
    assert choose_text({"": "plain", "en": "English", "fr": "French"}, "fr-BE") == "French"
    assert choose_text({}, "de") == ""


@pytest.mark.parametrize(
    ("written", "tag"),
    [
        *(
            (text, "fr")
            for text in (
                "fr",
                "FR",
                " fr ",
                "Fr",
                "fra",
                "fre",
                "French",
                "french",
                "Français",
                "FRANCAIS",
                "français",
                "Französisch",
            )
        ),
        *((text, "fr-FR") for text in ("fr-FR", "fr_FR", "fr-fr", "fr_FR.UTF-8", "FR_fr@euro")),
        *(
            (text, "fr-CA")
            for text in (
                "fr-CA",
                "FR-ca",
                "French (Canada)",
                "Canadian French",
                "Français (Canada)",
                "français - Canada",
            )
        ),
        *((text, "de") for text in ("de", "DE", "ger", "deu", "German", "Deutsch", "allemand")),
        *((text, "en-GB") for text in ("en_GB", "English (UK)", "English (United Kingdom)")),
        *((text, "zh-Hans") for text in ("zh-Hans", "zh_hans", "Simplified Chinese")),
        ("es-419", "es-419"),
        ("Español", "es"),
        ("Nederlands", "nl"),
        ("svenska", "sv"),
        ("Русский", "ru"),
        ("日本語", "ja"),
        ("gsw", "gsw"),
        ("iw", "he"),
    ],
)
def test_a_language_is_understood_in_each_spelling(written, tag):
    assert language_tag(written) == tag


@pytest.mark.parametrize(
    "written",
    [
        "",
        " ",
        "Frnch",
        "xx",
        "zz-ZZ",
        "Klingonese",
        "und",
        "mul",
        "fr-Q9",
        "en-ZZZ",
        "42",
        "fr,en",
        "french " * 40,
        "../fr",
        "fr\n---",
    ],
)
def test_what_is_no_language_is_none(written):
    assert language_tag(written) is None


def test_a_plain_tag_does_not_need_the_data_of_babel():
    code = (
        "import sys; from tenure.engine.core.languages import language_tag as tag;"
        "assert (tag('fr'), tag('fr-CA')) == ('fr', 'fr-CA'); sys.exit('babel' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
