"""Languages where people write them: settings, playbooks, accounts and options."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from support.workspaces import SETTINGS, snapshot, workspace
from tenure.cli.main import main
from tenure.engine.core.problems import Span
from tenure.engine.language.condition_schema import LANGUAGE_SHAPE
from tenure.engine.runs.language_checks import language_warnings, unknown_languages
from tenure.engine.text.yaml_nodes import Scalar

MONDAY = dt.date(2026, 3, 2)

PLAYBOOK = """\
playbook: renewal
schedule: "0 6 * * *"
for: status == 'active'
catch_up: {within: 7 days, then: skip}
timeline:
  anchor: renewal_date
  steps:
    - id: notice
      at: -30 days
      do:
        - email:
            owner: csm
            message: notice
            title: {en: Renewal notice, fr: Avis d'échéance}
messages:
  notice:
    en: {subject: "{{ title }}", body: "Ends on {{ anchor | date }}, {{ arr | money }}"}
    fr: {subject: "{{ title }}", body: "Échéance le {{ anchor | date }}, {{ arr | money }}"}
    de: {subject: "{{ title }}", body: "Endet am {{ anchor | date }}, {{ arr | money }}"}
"""

ENDS = "2026-04-01"
BODIES = {
    "fr": "Échéance le 1er avril 2026, 9\u202f086,57\u00a0€",
    "en": "Ends on 1 April 2026, €9,086.57",
    "de": "Endet am 1. April 2026, 9.086,57\u00a0€",
}


def accounts(languages: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "account_id": id,
            "account_name": f"{id} SA",
            "status": "active",
            "renewal_date": ENDS,
            "arr": 9086.57,
            "currency": "EUR",
            "csm": "Zoé",
            "language": language,
        }
        for id, language in languages.items()
    ]


def preview(root: Path, settings: str, languages: dict[str, str]) -> tuple[dict[str, Any], str]:
    """The action of each account, and what standard error shows."""
    workspace(root, {"renewal": PLAYBOOK}, settings)
    snapshot(root, MONDAY, accounts(languages))
    words = ["preview", "--workspace", str(root), "--on", str(MONDAY), "--messages"]
    result = CliRunner().invoke(main, [*words, "--format", "jsonl"], catch_exceptions=False)
    assert result.exit_code == 0, result.stderr
    entries = [json.loads(line) for line in result.stdout.splitlines()]
    return {entry["account_id"]: entry for entry in entries}, result.stderr


def test_a_workspace_in_a_regional_french_has_french_titles_and_messages(tmp_path: Path) -> None:
    settings = SETTINGS.replace("language: en", "language: fr-CA")
    found, _ = preview(tmp_path, settings, {"a": "", "b": "en"})
    assert {entry["title"] for entry in found.values()} == {"Avis d'échéance"}
    assert found["a"]["subject"] == "Avis d'échéance"
    assert {id: entry["body"] for id, entry in found.items()} == {
        "a": BODIES["fr"],
        "b": BODIES["en"],
    }


def test_an_accounts_language_is_understood_in_each_spelling(tmp_path: Path) -> None:
    wanted = {
        "French": "fr", "fr-CA": "fr", "français": "fr", "FR": "fr", "fr_FR": "fr", "Deutsch": "de",
        "German": "de", "de-AT": "de", "": "en", "Spanish": "en",
    }  # fmt: skip
    ids = {f"a{n}": language for n, language in enumerate(wanted)}
    found, told = preview(tmp_path, SETTINGS, ids)
    assert {ids[id]: entry["body"] for id, entry in found.items()} == {
        language: BODIES[tag] for language, tag in wanted.items()
    }
    assert "unknown-language" not in told


def test_unknown_languages_of_accounts_are_a_warning(
    tmp_path: Path,
) -> None:
    languages = {"a": "Frensh", "b": "Frensh", "c": "xx", "d": "fr"}
    found, told = preview(tmp_path, SETTINGS, languages)
    assert found["a"]["body"] == BODIES["en"]
    assert found["d"]["body"] == BODIES["fr"]
    assert told == (
        "warning[unknown-language]: the language of 3 accounts is not known: `Frensh`, `xx`\n"
        " = help: messages and documents for them are in the workspace's language; `Frensh` may be `fr`\n"
        "\n"
        "1 warning\n"
    )


def test_many_unknown_languages_are_named_in_part() -> None:
    counts = {f"q{n}": 1 for n in range(7)} | {"fr": 1, " ": 1}
    [problem] = language_warnings(unknown_languages(counts))
    assert problem.code == "unknown-language"
    assert problem.message == (
        "the language of 7 accounts is not known: `q0`, `q1`, `q2`, `q3`, `q4` and 2 more"
    )
    assert language_warnings(unknown_languages({"fr": 2, None: 3, 3.0: 1})) == []


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("French", "write `fr`"),
        ("FR", "write `fr`"),
        ("fr_FR", "write `fr-FR`"),
        ("fra", "write `fr`"),
        ("Frnch", "write `fr`"),
        ("Deutsch", "write `de`"),
        ("français", "write `fr`"),
        ("pt-br", "write `pt-BR`"),
        ("xx", "write a language, such as `en`, `fr` or `pt-BR`"),
        # As short as a tag: Ao is a language, but a text of three letters is not its name misspelt.
        ("abo", "write a language, such as `en`, `fr` or `pt-BR`"),
    ],
)
def test_settings_and_playbooks_name_the_right_tag(written: str, hint: str) -> None:
    [problem] = LANGUAGE_SHAPE.problems(Scalar(written, written, Span("tenure.yaml", 1, 1, 1, 2)))
    assert (problem.code, problem.hint) == ("bad-text", hint)


@pytest.mark.parametrize("tag", ["fr", "fr-CA", "zh-Hans", "zh-Hant-TW", "es-419", "gsw"])
def test_known_tags_are_good(tag: str) -> None:
    assert not list(LANGUAGE_SHAPE.problems(Scalar(tag, tag, Span("t.yaml", 1, 1, 1, 2))))


def test_the_settings_language_is_checked(tmp_path: Path) -> None:
    workspace(tmp_path, {}, SETTINGS.replace("language: en", "language: French"))
    result = CliRunner().invoke(main, ["validate", "--workspace", str(tmp_path)])
    assert result.exit_code == 1
    assert "`French` is not a language" in result.output
    assert "write `fr`" in result.output


def test_keys_of_titles_and_messages_are_checked(tmp_path: Path) -> None:
    text = PLAYBOOK.replace("fr: Avis", "French: Avis").replace("    de: {", "    deu: {")
    workspace(tmp_path, {"renewal": text})
    result = CliRunner().invoke(main, ["validate", "--workspace", str(tmp_path)])
    assert "`French` is not a language" in result.output
    assert "`deu` is not a language" in result.output
    assert "write `de`" in result.output


@pytest.mark.parametrize(("asked", "tag"), [("Deutsch", "de"), ("fr_CA", "fr"), ("EN", "en")])
def test_the_language_option_of_metrics_is_understood(tmp_path: Path, asked: str, tag: str) -> None:
    workspace(tmp_path, {})
    for n, month in enumerate((1, 2)):
        snapshot(tmp_path, dt.date(2026, month, 1), accounts({"a": "", "b": ""})[: 2 - n])
    words = ["metrics", "customers", "--workspace", str(tmp_path), "--on", "2026-02-01"]
    lead = {"de": "k. A.:", "fr": "n. d.\u00a0:", "en": "n/a:"}[tag]
    result = CliRunner().invoke(main, [*words, "--language", asked])
    assert result.exit_code == 0, result.output
    assert f"\n{lead} " in result.stdout
    refused = CliRunner().invoke(main, [*words, "--language", "Spanish"])
    assert refused.exit_code == 2
    assert "'Spanish' is not one of the languages de, en, fr." in refused.stderr


def test_a_graph_has_the_titles_of_a_regional_language(tmp_path: Path) -> None:
    text = PLAYBOOK.replace(
        "      at: -30 days\n", "      at: -30 days\n      title: {en: Notice, fr: Avis}\n"
    )
    workspace(tmp_path, {"renewal": text}, SETTINGS.replace("language: en", "language: fr-CA"))
    drawn = CliRunner().invoke(main, ["graph", "renewal", "--workspace", str(tmp_path)])
    assert drawn.exit_code == 0, drawn.output
    assert "Avis" in drawn.stdout
    assert "Notice" not in drawn.stdout


@pytest.mark.parametrize("words", [["--help"], ["validate"], ["preview", "--on", "2026-03-02"]])
def test_commands_that_write_no_values_do_not_import_babel(
    tmp_path: Path, words: list[str]
) -> None:
    settings = SETTINGS.replace("language: en", "language: fr-CA")
    workspace(tmp_path, {"renewal": PLAYBOOK}, settings)
    snapshot(tmp_path, MONDAY, accounts({"a": "fr", "b": "pt-BR"}))
    code = (
        "import sys\nfrom tenure.cli.main import main\n"
        "try: main(sys.argv[1:])\nexcept SystemExit: pass\n"
        "sys.exit('babel' in sys.modules)"
    )
    folder = [] if words == ["--help"] else ["--workspace", str(tmp_path)]
    command = [sys.executable, "-c", code, *words, *folder]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
