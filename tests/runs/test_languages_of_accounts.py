"""Languages of accounts that are not known: whatever reads them warns once, with their number and values."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
import tenure
from click.testing import CliRunner, Result
from support.one_account import DAY, DROP, MONDAY, row, text
from support.workspaces import snapshot, workspace
from tenure.cli.main import main
from tenure.engine.core.problems import Problem
from tenure.engine.project.loading import load_project
from tenure.engine.runs.running import preview, run

LANGUAGES = ["fr", "Deutsch", "", "Frensh", "Frensh", "xx", "Klingonish"]
WARNING = "the language of 4 accounts is not known: `Frensh`, `Klingonish`, `xx`"
ONE = "the language of 1 account is not known: `Frensh`"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = workspace(tmp_path / "w", {"p": text(DROP)})
    rows = [
        row(account_id=f"a{n}", language=language, health_score=80, csm="Ann")
        for n, language in enumerate(LANGUAGES)
    ]
    snapshot(root, MONDAY, rows)
    return root


def command(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def test_a_run_and_a_preview_count_and_name_them(root: Path) -> None:
    project = load_project(root)
    for result in (preview(project, MONDAY), run(project, MONDAY)):
        [problem] = result.warnings
        assert (problem.code, problem.severity) == ("unknown-language", "warning")
        assert problem.message == WARNING


def test_days_that_are_caught_up_warn_once(root: Path) -> None:
    run(load_project(root), MONDAY)
    result = run(load_project(root), MONDAY + 3 * DAY)
    assert [problem.message for problem in result.warnings] == [WARNING]


@pytest.mark.parametrize("words", [["run"], ["preview"], ["preview", "--messages"]])
def test_the_command_warns_once_and_ends_well(root: Path, words: list[str]) -> None:
    result = command(*words, "--workspace", root, "--on", MONDAY, "--today", MONDAY)
    assert result.exit_code == 0
    assert result.stderr.count("unknown-language") == 1
    assert f"warning[unknown-language]: {WARNING}" in result.stderr


@pytest.mark.parametrize(
    "document", ["recap_email", "success_plan", "success_plan --format yaml", "review_deck"]
)
def test_a_document_for_such_an_account_warns(root: Path, tmp_path: Path, document: str) -> None:
    name, *options = document.split()
    where = ["--workspace", root, "--on", MONDAY]
    if name == "review_deck":
        options = ["--output", str(tmp_path / "deck.pptx")]
    result = command("report", name, "a3", *where, *options)
    assert result.exit_code == 0
    assert result.stderr.count(ONE) == 1
    assert "`Frensh` may be `fr`" in result.stderr
    assert "unknown-language" not in command("report", name, "a0", *where, *options).stderr
    in_french = command("report", name, "a3", *where, *options, "--language", "fr")
    assert "unknown-language" not in in_french.stderr


def test_a_document_for_the_team_does_not_read_the_accounts_language(root: Path) -> None:
    result = command("report", "qbr_prep", "a3", "--workspace", root, "--on", MONDAY)
    assert result.exit_code == 0
    assert "unknown-language" not in result.stderr


def test_a_new_plan_warns_and_one_that_exists_does_not(root: Path) -> None:
    words = ["report", "success_plan", "a3", "--update", "--workspace", root, "--on", MONDAY]
    assert ONE in command(*words).stderr
    assert "unknown-language" not in command(*words).stderr


def test_a_report_of_the_api_has_the_warning(root: Path) -> None:
    report = tenure.open(root, today=MONDAY).report("recap_email", "a3", on=MONDAY)
    assert [problem.message for problem in report.problems] == [ONE]


MESSAGES = """\
messages:
  help:
    en: {subject: Help, body: Hello}
    fr: {subject: Aide, body: Bonjour}
  thanks:
    en: {subject: Thanks, body: Thanks}
    fr: {subject: Merci, body: Merci}
    de: {subject: Danke, body: Danke}
"""
TRANSLATED = text(DROP) + MESSAGES
FROM_FIELDS = "fields: {language: {values: [fr, de, en-GB]}}\n"


def untranslated(root: Path, on: dt.date) -> Problem:
    warnings = preview(load_project(root), on).warnings
    [found] = (problem for problem in warnings if problem.code == "untranslated-message")
    return found


def test_languages_that_messages_lack_are_counted_once(root: Path) -> None:
    (root / "playbooks" / "p.yaml").write_text(TRANSLATED, encoding="utf-8")
    more = [row(account_id=f"b{n}", language=tag) for n, tag in enumerate(("de", "es-MX", "fr-CA"))]
    snapshot(root, MONDAY + DAY, more)
    found = untranslated(root, MONDAY)
    assert (found.code, found.severity) == ("untranslated-message", "warning")
    assert found.message == "1 account reads a language that messages lack: `de`"
    assert "under `messages` of `p`" in (found.hint or "")
    assert (
        untranslated(root, MONDAY + DAY).message
        == "2 accounts read a language that messages lack: `de`, `es-MX`"
    )


def test_languages_that_the_catalogue_lists_are_checked_without_data(root: Path) -> None:
    (root / "playbooks" / "p.yaml").write_text(TRANSLATED, encoding="utf-8")
    (root / "fields.yaml").write_text(FROM_FIELDS, encoding="utf-8")
    [found] = load_project(root).problems
    assert found.message == "accounts may read a language that messages lack: `de`"
    assert found.span is not None
    assert found.span.file == "fields.yaml"
    assert untranslated(root, MONDAY) == found
    disabled = TRANSLATED.replace("for: status", "enabled: false\nfor: status")
    (root / "playbooks" / "p.yaml").write_text(disabled, encoding="utf-8")
    assert load_project(root).problems == ()
