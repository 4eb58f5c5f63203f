"""Each document in each language has no word of another language, but for those that both languages use."""

from __future__ import annotations

import io
import re
from html import unescape
from itertools import combinations
from pathlib import Path

import pytest
from pptx import Presentation
from support.review_account import ON, review_workspace
from tenure.engine.documents.document_templates import languages
from tenure.engine.documents.registry import BINARY, DOCUMENTS, DocumentRequest, make_document
from tenure.engine.project.loading import load_project
from tenure.engine.runs.running import run

PLAN = """\
account: "007"
vision: Xy
objectives:
  - {objective: Xy, kpi: Xy, target: "1", due: Xy, achieved: "1", status: green}
  - {objective: Xy, kpi: Xy, target: "1", due: Xy, field: csat, status: yellow}
  - {objective: Xy, kpi: Xy, target: "1", due: Xy, achieved: "1", status: red}
risks: [{risk: Xy, impact: high, mitigation: Xy}]
highlights: [Xy]
challenges: [{challenge: Xy, resolution: Xy}, {challenge: Xy}]
stories: [{quote: Xy, by: Xy}]
actions: [{action: Xy, owner: Xy, due: 2026-04-20}]
roadmap: [{feature: Xy, due: Xy, benefit: Xy}]
opportunities: []
reviews:
  - on: 2026-03-20
    actions: [{action: Xy, owner: Xy, due: 2026-03-27, done: true}]
    next_review: 2026-06-18
"""
"""A plan whose texts are of no language."""

TIERS = """\
playbook: loyalty
title: {en: Xy, fr: Xy, de: Xy}
schedule: "0 6 * * *"
for: account_id == '007'
catch_up: {within: 7 days, then: skip}
tiers:
  since: signup_date
  levels:
    - {id: bronze, title: {en: Xy, fr: Xy, de: Xy}, after: 400 days}
"""

WRITTEN_IN_FRENCH = frozenset(
    """
    benchmark business challenge challenges communications deck feedback health highlights impact integration
    loyalty mitigation mitigations notes owner phase plan points prep program programme programmes questions rate
    renewal retention roadmap score segment sponsor status success support tenure tickets timeline timing vision
    anniversary items
    """.split()  # noqa: SIM905
)
"""Words of the source documents, which are in French, and of the trade."""

SAME = {
    ("de", "en"): """
        active adoption agenda april benchmark expansion feedback health name phase plan playbook playbooks portfolio
        programme review reviews roadmap score segment snapshot status strategic support team tickets vision
    """,
    ("de", "fr"): """
        active adoption agenda expansion playbook playbooks strategic
    """,
    ("en", "fr"): """
        action actions active adoption agenda churn contact contacts contraction date discussion expansion licence
        participants playbook playbooks strategic usage
    """,
}
"""Words that both languages use: cognates, words of the trade, and values of the export."""

KEYS = "review last date csat export plans yaml column colonne spalte contact first name reviews points usage"
"""Columns of the export and keys of the plan, which a document names where a value is missing."""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = review_workspace(
        tmp_path_factory.mktemp("languages") / "w",
        PLAN,
        account_name="Xy",
        signup_date="2026-01-01",
        health_score=60,
        renewal_date="2026-06-01",
    )
    settings = found / "tenure.yaml"
    text = settings.read_text("utf-8").replace("product: Acme", "product: Xy")
    settings.write_text(text.replace("workspace: Test", "workspace: Xy"), "utf-8")
    (found / "playbooks" / "loyalty.yaml").write_text(TIERS, "utf-8")
    run(load_project(found), ON)
    return found


def made(root: Path, name: str, language: str) -> str:
    document = DOCUMENTS[name]
    subject = "007" if document.needs_subject else None
    form = document.formats[0]
    request = DocumentRequest(load_project(root), name, subject, ON, language, form)
    content = make_document(request).content
    if isinstance(content, bytes):
        return "\n".join(slide_texts(content))
    text = re.sub(r"<style.*?</style>|`[^`]*`", " ", content, flags=re.DOTALL)
    return unescape(re.sub(r"<[^>]*>", " ", text))


def slide_texts(content: bytes) -> list[str]:
    shapes = [shape for slide in Presentation(io.BytesIO(content)).slides for shape in slide.shapes]
    texts = [shape.text_frame.text for shape in shapes if shape.has_text_frame]
    tables = [shape.table for shape in shapes if shape.has_table]
    return texts + [cell.text for table in tables for row in table.rows for cell in row.cells]


def words(text: str) -> set[str]:
    return {word.lower() for word in re.findall(r"[^\W\d_]{4,}", text)}


def in_languages(root: Path, name: str) -> dict[str, str]:
    known = ["de", "en", "fr"] if name not in TEMPLATES else languages(root, name)
    return {language: made(root, name, language) for language in known}


TEMPLATES = ("qbr_prep", "success_plan", "recap_email", "retention_programme")
SENT = [name for name in DOCUMENTS if name != "self_serve_review"]
"""The email of a playbook has that playbook's texts."""


@pytest.mark.parametrize("name", SENT)
def test_a_document_has_no_words_of_another_language(root: Path, name: str) -> None:
    texts = in_languages(root, name)
    assert texts.keys() == {"de", "en", "fr"}
    for one, other in combinations(sorted(texts), 2):
        common = words(texts[one]) & words(texts[other])
        allowed = {*SAME[one, other].split(), *KEYS.split()}
        if "fr" in (one, other):
            allowed |= WRITTEN_IN_FRENCH
        assert common <= allowed, (one, other)


@pytest.mark.parametrize(
    ("name", "language", "not_there"),
    [
        ("portfolio", "fr", ["No level", "Enrolled", "Owner", "Status", "Level"]),
        ("portfolio", "de", ["No level", "Enrolled", "Owner", "Level", "niveau"]),
        ("review_deck", "fr", ["Owner", "Status", "next steps", "Q1", "Q2", "Q3", "Q4", "Next"]),
        ("review_deck", "de", ["Owner", "next steps", "Next", "Objective", "Action"]),
    ],
)
def test_words_that_stood_in_the_wrong_language_are_gone(
    root: Path, name: str, language: str, not_there: list[str]
) -> None:
    text = made(root, name, language)
    found = [word for word in not_there if re.search(rf"\b{re.escape(word)}\b", text)]
    assert found == []


def test_a_level_that_is_not_reached_has_its_name_in_each_language(root: Path) -> None:
    for language, name in (
        ("en", "No level"),
        ("fr", "Pas encore de niveau|Sans niveau"),
        ("de", "Keine Stufe|Noch keine Stufe"),
    ):
        assert re.search(name, made(root, "portfolio", language)), language


def test_binary_documents_are_read(root: Path) -> None:
    assert {DOCUMENTS[name].formats[0] for name in SENT} & BINARY
