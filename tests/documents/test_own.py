"""A workspace's own templates are checked by `tenure validate`, before anybody asks for a document."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from support.papers import FULL, ON, papers
from tenure.cli.main import main
from tenure.engine.documents import document_templates
from tenure.engine.documents.account_facts import AccountFacts
from tenure.engine.documents.document_context import account_names, account_values
from tenure.engine.documents.placeholders import Placeholders
from tenure.engine.documents.template_checks import check_own_templates
from tenure.engine.project.loading import load_project
from tenure.engine.text.problem_text import render

CASES = Path(__file__).parent / "documents_cases" / "own"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = papers(tmp_path / "w")
    (made / "documents").mkdir()
    return made


def own(root: Path, file: str, text: str) -> None:
    (root / "documents" / file).write_text(text, "utf-8")


def validate(root: Path) -> Any:
    return CliRunner().invoke(main, ["validate", "--workspace", str(root)])


def test_every_bad_template_is_shown_at_once(root: Path) -> None:
    own(root, "qbr_prep.en.md", "# Hello\n{{ helth_score }}\n")
    own(root, "recap_email.fr.md", "{{ arr | mony }}\n")
    own(root, "retention_programme.en.md", "{% if yearly %}\n")
    result = validate(root)
    assert result.exit_code == 1
    assert "documents/qbr_prep.en.md:2:4" in result.stderr
    assert "did you mean `health_score`?" in result.stderr
    assert "documents/recap_email.fr.md:1:10" in result.stderr
    assert "did you mean `money`?" in result.stderr
    assert "`{% if %}` is not closed by `{% endif %}`" in result.stderr


def test_values_are_checked_against_their_types(root: Path) -> None:
    own(
        root,
        "qbr_prep.en.md",
        "# Hello {account_name}\n{{ arr * 1.05 | money }}\n{{ renewal_date | date('%d/%m') }}\n"
        "{% if segment == 'entreprise' %}x{% endif %}\n{% if health_score_change > '5' %}x{% endif %}\n",
    )
    result = validate(root)
    assert result.exit_code == 1
    places = re.findall(
        r"(error|warning)\[([a-z-]+)\].*\n +--> .*documents/qbr_prep.en.md:([0-9:]+)", result.stderr
    )
    assert sorted(places, key=lambda place: place[2]) == [
        ("warning", "single-brace", "1:9"),
        ("error", "template-type", "2:4"),
        ("error", "template-type", "3:4"),
        ("error", "template-type", "4:7"),
        ("error", "template-type", "5:7"),
    ]


def test_a_list_is_not_repeated(root: Path) -> None:
    own(root, "qbr_prep.en.md", "{{ [1] * 1000000000 }}\n")
    result = validate(root)
    assert result.exit_code == 1
    assert "`*` does not take a list and a number" in result.stderr


def test_a_file_that_no_document_is_written_from_is_a_warning(root: Path) -> None:
    own(root, "qbr_prp.en.md", "{{ whatever }}\n")
    own(root, "README.md", "Notes of ours: {{ whatever }}\n")
    result = validate(root)
    assert result.exit_code == 0
    assert "README" not in result.stderr
    found, texts = check_own_templates(root, load_project(root).catalogue, ())
    assert render(found, texts) == (CASES / "unknown-document.txt").read_text("utf-8")


def test_what_ships_is_good(root: Path) -> None:
    for file, text in document_templates.shipped_templates().items():
        own(root, file, text)
    result = validate(root)
    assert (result.exit_code, result.stderr) == (0, "0 playbooks, 0 steps: no problems\n")


def test_a_template_may_name_what_every_account_has_and_nothing_else(root: Path) -> None:
    project = load_project(root)
    facts = AccountFacts("A-7", ON, ON, FULL, {}, None, {})
    values = account_values(project, facts, None, Placeholders("en", "plans/A-7.yaml"))
    assert account_names(project.catalogue, project.workspace.variables) == values.keys()
