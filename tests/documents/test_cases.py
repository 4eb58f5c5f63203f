"""Every bad template and every bad plan in `documents_cases` has its exact rendering beside it."""

from __future__ import annotations

from pathlib import Path

import pytest
from tenure.engine.core.problems import Problems
from tenure.engine.documents.document_context import list_parts
from tenure.engine.documents.document_templates import TemplateSource, render_document
from tenure.engine.documents.placeholders import Placeholders
from tenure.engine.fields.catalogue_loader import load_catalogue
from tenure.engine.text.problem_codes import PROBLEM_CODES
from tenure.engine.text.problem_text import render
from tenure.engine.workspace.plan_file import read_plan
from tenure.engine.workspace.plan_items import repeated_items

FOLDER = Path(__file__).parent / "documents_cases"
CASES = sorted([*FOLDER.glob("*.md"), *FOLDER.glob("*.yaml")])


def problems_of(path: Path) -> Problems:
    text = path.read_text("utf-8")
    with pytest.raises(Problems) as raised:
        read(path.name, text)
    return raised.value


def read(file: str, text: str) -> None:
    """As a plan, or as a template for an account of which little is known."""
    catalogue, _ = load_catalogue(None)
    if file.endswith(".yaml"):
        if problems := repeated_items(read_plan(text, file, "00012", catalogue)):
            raise Problems(problems)
        return
    gaps = Placeholders("en", "plans/00012.yaml")
    values = {
        "account_name": "Delta",
        "nps_score": gaps.of_field(catalogue.fields["nps_score"]),
        "renewal_date": gaps.of_field(catalogue.fields["renewal_date"]),
        "objectives": [{"objective": "Answer sooner", "achieved": None}],
    }
    render_document(TemplateSource(file, text), values, list_parts(), "en")


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.name)
def test_it_is_shown_as_documented(path: Path) -> None:
    found = problems_of(path).problems
    assert path.name.partition(".")[0] in {problem.code for problem in found}
    assert {problem.code for problem in found} <= PROBLEM_CODES.keys()
    shown = render(found, {path.name: path.read_text("utf-8")})
    assert shown == path.with_suffix(".txt").read_text("utf-8")
