"""Names and texts of any length and with any characters: every document is made, and its file can be opened."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner
from pptx import Presentation
from support.review_account import ON, review_workspace
from tenure.cli.main import main
from tenure.engine.documents.registry import BINARY, DOCUMENTS, DocumentRequest, make_document
from tenure.engine.project.loading import load_project
from tenure.engine.workspace.plan_paths import plan_file

TEXTS = {
    "217 letters": "W" * 217,
    "218 letters": "W" * 218,
    "1000 letters": "word " * 200,
    "controls": "a\x00b\x01c\x0bd\x1b[31me\x7ff\x85g",
    "not in XML": "a\ufffeb\uffffc",
    "line breaks": "a\r\nb\u2028c\td",
    "directions": "a\u202eb\u2066c\u200bd",
    "markup": "<script>&amp;]]></script>|*_`{{ x }}",
    "wide": "\U0001f469\u200d\U0001f469\u200d\U0001f467" * 60,
}
FIELDS = (
    "account_name",
    "csm",
    "account_manager",
    "executive_sponsor",
    "customer_sponsor",
    "champion",
    "contact_name",
    "contact_first_name",
    "contact_email",
    "industry",
    "plan",
    "country",
    "churn_reason",
)
MADE = [
    (name, form)
    for name, document in DOCUMENTS.items()
    for form in document.formats
    if name != "self_serve_review"
]

PLAN = """\
account: "007"
vision: TEXT
objectives: [{objective: TEXT, kpi: TEXT, target: TEXT, due: TEXT, achieved: TEXT, status: green}]
milestones: [{quarter: TEXT, title: TEXT, steps: [{step: TEXT, note: TEXT}]}]
team: [{role: TEXT, name: TEXT, responsibility: TEXT}]
risks: [{risk: TEXT, impact: high, mitigation: TEXT}]
participants: [{name: TEXT, role: TEXT}]
highlights: [TEXT]
challenges: [{challenge: TEXT, resolution: TEXT}, {challenge: TEXT, status: TEXT}]
stories: [{quote: TEXT, by: TEXT}]
proposed_objectives: [TEXT]
actions: [{action: TEXT, owner: TEXT}]
resources: [TEXT]
roadmap: [{feature: TEXT, due: TEXT, benefit: TEXT}]
opportunities: [{opportunity: TEXT, amount: 3, note: TEXT}]
notes: TEXT
reviews: [{on: 2026-03-20, points: [TEXT], decisions: [TEXT], questions: [TEXT]}]
"""


def workspace(root: Path, text: str) -> Path:
    """A workspace in which every text is this one: the export's, the plan's, the product's and its own name."""
    quoted = json.dumps(text)
    found = review_workspace(root, PLAN.replace("TEXT", quoted))
    rewrite(found, dict.fromkeys(FIELDS, text.replace("\x00", "")))
    settings = found / "tenure.yaml"
    written = settings.read_text("utf-8").replace("product: Acme", f"product: {quoted}")
    settings.write_text(written.replace("workspace: Test", f"workspace: {quoted}"), "utf-8")
    return found


def rewrite(root: Path, values: dict[str, str]) -> None:
    """Write these values into every row of the export."""
    for file in (root / "data").iterdir():
        with file.open(encoding="utf-8", newline="") as written:
            rows = [{**row, **values} for row in csv.DictReader(written)]
        with file.open("w", encoding="utf-8", newline="") as written:
            writer = csv.DictWriter(written, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_every_document_is_made_of_any_text(tmp_path: Path, text: str) -> None:
    project = load_project(workspace(tmp_path / "w", text))
    for name, form in MADE:
        subject = "007" if DOCUMENTS[name].needs_subject else None
        content = make_document(DocumentRequest(project, name, subject, ON, None, form)).content
        if form in BINARY:
            assert isinstance(content, bytes)
            presentation = Presentation(io.BytesIO(content))
            assert len(presentation.slides) == 12
            assert len(presentation.core_properties.title) <= 255
            for slide in presentation.slides:
                ElementTree.fromstring(slide.part.blob)
        else:
            assert isinstance(content, str)
            assert content.encode("utf-8")
            assert not {"\x00", "\x01", "\x0b", "\x1b", "\x7f", "\ufffe"} & set(content)


IDS = ["W" * 300, "é" * 90, "a\x01b\x1b[31m", "../../x", "..", "a\nb", "a\u202eb", 'a:b*?"<>|']


@pytest.mark.parametrize("id", IDS)
def test_an_account_of_any_id_has_its_documents_and_its_plan(tmp_path: Path, id: str) -> None:
    root = review_workspace(tmp_path / "w", None)
    rewrite(root, {"account_id": id})
    common = ["--workspace", str(root), "--on", ON.isoformat()]
    for name, form in MADE:
        subject = [id] if DOCUMENTS[name].needs_subject else []
        output = ["--output", str(tmp_path / f"{name}.{form}"), "--format", form]
        done = CliRunner().invoke(main, ["report", name, *common, *output, "--", *subject])
        assert done.exit_code == 0, done.stderr
    update = ["report", "success_plan", *common, "--update", "--", id]
    assert "is made" in CliRunner().invoke(main, update).stderr
    assert "is up to date" in CliRunner().invoke(main, update).stderr
    assert [file.name for file in (root / "plans").iterdir()] == [plan_file(id).partition("/")[2]]
    assert load_project(root).problems == ()


def test_long_ids_that_begin_alike_have_a_plan_each() -> None:
    files = {plan_file("W" * 300 + end) for end in ("", "a", "b")}
    assert len(files) == 3
    assert all(len(file.partition("/")[2]) <= 205 for file in files)
    assert plan_file("W" * 200) == f"plans/{'W' * 200}.yaml"
    assert plan_file("W" * 201) != f"plans/{'W' * 201}.yaml"
