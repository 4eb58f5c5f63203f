"""The deck of a review: up to twelve slides, PowerPoint's own charts and tables, and nothing that is not known."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from pptx import Presentation
from pptx.util import Emu
from support.review_account import ACTIONS, ON, PLAN, SEATS, review_workspace
from tenure.cli.main import main
from tenure.engine.core.problems import Problems
from tenure.engine.documents.deck.text_fit import cut_text, fit_text, wrap
from tenure.engine.documents.registry import DocumentRequest, NoLanguage, make_document
from tenure.engine.project.loading import load_project
from tenure.engine.text.input_files import MAX_BINARY_BYTES
from tenure.engine.text.problem_text import render

# "DECK QBR - STRUCTURE RECOMMANDÉE", slides 2 to 12; the cover comes first.
TITLES = {
    "en": [
        "Quarterly Business Review",
        "Agenda",
        "Your objectives",
        "Value delivered: highlights",
        "Value delivered: usage and adoption",
        "Value delivered: success stories",
        "Progress against objectives",
        "Challenges and resolutions",
        "Product roadmap",
        "Plan for next quarter",
        "Opportunities",
        "Recap and next steps",
    ],
    "fr": [
        "Revue trimestrielle (QBR)",
        "Agenda",
        "Vos objectifs",
        "Valeur délivrée : chiffres clés",
        "Valeur délivrée : usage et adoption",
        "Valeur délivrée : témoignages",
        "Progression vs objectifs",
        "Challenges et résolutions",
        "Roadmap produit",
        "Plan du prochain trimestre",
        "Opportunités",
        "Récap et prochaines étapes",
    ],
}
LONG = (
    "A sentence that goes on about everything that happened in every team and every country; " * 6
)


def content(root: Path, language: str = "en") -> bytes:
    paper = make_document(
        DocumentRequest(load_project(root), "review_deck", "007", ON, language, "pptx")
    )
    assert isinstance(paper.content, bytes)
    return paper.content


def deck(root: Path, language: str = "en") -> Any:
    return Presentation(io.BytesIO(content(root, language)))


def texts(slide: Any) -> str:
    """Every text on a slide, its tables' too."""
    found = [shape.text_frame.text for shape in slide.shapes if shape.has_text_frame]
    for table in tables(slide):
        found += [cell.text for row in table.rows for cell in row.cells]
    return "\n".join(found)


def tables(slide: Any) -> list[Any]:
    return [shape.table for shape in slide.shapes if shape.has_table]


def charts(slide: Any) -> list[Any]:
    return [shape.chart for shape in slide.shapes if shape.has_chart]


def rows(table: Any) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in table.rows]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_it_has_the_twelve_slides_of_the_source(tmp_path: Path, language: str) -> None:
    slides = deck(review_workspace(tmp_path / "w"), language).slides
    assert [slide.shapes.title.text_frame.text for slide in slides] == TITLES[language]


def test_the_cover_says_who_meets_whom_and_when(tmp_path: Path) -> None:
    cover = texts(deck(review_workspace(tmp_path / "w")).slides[0])
    assert "Delta <b>& Fils</b> × Acme" in cover
    assert "Q2 2026\n1 April 2026" in cover


def test_the_cover_has_the_date_of_the_review_that_is_planned(tmp_path: Path) -> None:
    root = review_workspace(tmp_path / "w", next_review_date="2026-07-02")
    assert "Q3 2026\n2 July 2026" in texts(deck(root).slides[0])


def test_tiles_have_the_return_of_the_source_and_the_account_s_own_figures(tmp_path: Path) -> None:
    tiles = texts(deck(review_workspace(tmp_path / "w")).slides[3]).split("\n")
    # "(184,800 - 24,000 - 10,000) / 34,000 = 443 %"; to a decimal, 443.5.
    assert "443.5%" in tiles
    assert "€184,800 saved for €34,000 invested" in tiles
    assert {"-30%", "89%", "+15"} <= set(tiles)
    assert "All three sites use it" in tiles


def test_charts_are_powerpoint_s_own_and_show_the_snapshots(tmp_path: Path) -> None:
    usage = deck(review_workspace(tmp_path / "w")).slides[4]
    seats, actions = charts(usage)
    days = ["1 Jan 26", "1 Feb 26", "1 Mar 26", "1 Apr 26"]
    assert list(seats.plots[0].categories) == days
    assert [(each.name, tuple(each.values)) for each in seats.plots[0].series] == [
        ("active", SEATS),
        ("licensed", (60, 60, 60, 60)),
    ]
    assert tuple(actions.plots[0].series[0].values) == ACTIONS
    # 45 is 12 more than 33, and 2,340 a quarter more than 1,872: the snapshot of 1 January is 90 days old.
    assert "45 active users (+12 on Q-1)\n2,340 actions a month (+25% on Q-1)" in texts(usage)
    assert "14 of 18 features adopted (78%)" in texts(usage)


def test_a_month_without_the_account_leaves_a_gap_in_its_line(tmp_path: Path) -> None:
    root = review_workspace(tmp_path / "w")
    file = root / "data" / "accounts-2026-02-01.csv"
    file.write_text(file.read_text("utf-8").replace("\n007,", "\n008,"), encoding="utf-8")
    seats, _ = charts(deck(root).slides[4])
    assert tuple(seats.plots[0].series[0].values) == (33, None, 41, 45)


def test_one_snapshot_draws_no_course(tmp_path: Path) -> None:
    root = review_workspace(tmp_path / "w")
    for file in sorted((root / "data").iterdir())[:-1]:
        file.unlink()
    slides = deck(root).slides
    usage = slides[4]
    assert not charts(usage)
    assert "too few snapshots" not in texts(usage)
    notes = slides[len(slides) - 1].notes_slide.notes_text_frame.text
    assert "- Seats: too few snapshots to draw its course" in notes.split("\n")


def test_progress_is_green_yellow_and_red(tmp_path: Path) -> None:
    [table] = tables(deck(review_workspace(tmp_path / "w")).slides[6])
    assert rows(table) == [
        ["Objective", "Target", "Achieved", "Status"],
        ["Answer sooner", "< 2h", "1 h 40", "On track"],
        ["Happier users", "> 90%", "89%", "Behind"],
        ["More self-service", "> 40%", "12%", "At risk"],
    ]
    grounds = [table.cell(at, 3).fill.fore_color.rgb for at in (1, 2, 3)]
    red, green, blue = zip(*grounds, strict=True)
    assert green[0] > red[0]
    assert min(red[1], green[1]) > blue[1]
    assert red[2] > green[2]


def test_the_plan_s_lists_are_tables(tmp_path: Path) -> None:
    slides = deck(review_workspace(tmp_path / "w")).slides
    assert rows(tables(slides[2])[0])[1] == ["Answer sooner", "Average time", "< 2h", "Q2"]
    assert [row[2] for row in rows(tables(slides[7])[0])[1:]] == ["Solved", "With the engineers"]
    assert rows(tables(slides[8])[0])[1] == ["Suggested answers", "Q2", "Less typing"]
    action = ["A workshop on automation", "Bruno Keller", "20 April 2026", "no"]
    assert rows(tables(slides[9])[0])[1] == action
    assert "None for now" in texts(slides[10])
    done = ["Send the training plan", "Bruno Keller", "27 March 2026", "yes"]
    assert rows(tables(slides[11])[0])[1] == done
    assert "Look at single sign-on again in June" in texts(slides[11])
    assert "18 June 2026" in texts(slides[11])


def test_opportunities_have_their_amount(tmp_path: Path) -> None:
    more = "opportunities: [{opportunity: Automation, amount: 12000}]"
    root = review_workspace(tmp_path / "w", PLAN.replace("opportunities: []", more))
    [table] = tables(deck(root).slides[10])
    assert rows(table)[1] == ["Automation", "€12,000", ""]


def test_what_is_not_known_leaves_no_trace_but_in_the_last_notes(tmp_path: Path) -> None:
    root = review_workspace(tmp_path / "w", None, csat=None, roi_setup=None, tickets_open=None)
    slides = deck(root).slides
    titles = [slide.shapes.title.text_frame.text for slide in slides]
    assert titles == [TITLES["en"][at] for at in (0, 1, 3, 4)]
    agenda = texts(slides[1]).split("\n")
    assert agenda[2:4] == ["The value delivered", "Questions and discussion"]
    tiles = texts(slides[2]).split("\n")
    assert {"-30%", "+15"} <= set(tiles)
    assert not {"CSAT", "First year's ROI"} & set(tiles)
    for slide in slides:
        assert "to complete" not in texts(slide)
        assert "None for now" not in texts(slide)
    notes = slides[3].notes_slide.notes_text_frame.text.split("\n")
    assert "Data to complete before the review:" in notes
    for line in (
        "- CSAT: export, column csat",
        "- ROI: set-up: export, column roi_setup",
        "- Open tickets: export, column tickets_open",
        "- success stories: plans/007.yaml, stories",
        "- opportunities: plans/007.yaml, opportunities",
        "- reviews held: plans/007.yaml, reviews",
        "- Next review: export, column next_review_date",
    ):
        assert line in notes
    left_out = ", ".join(TITLES["en"][at] for at in (2, 5, 6, 7, 8, 9, 10, 11))
    assert f"Slides left out, because nothing is known for them: {left_out}." in notes


def test_an_account_of_which_nothing_is_known_has_a_cover_and_an_agenda(tmp_path: Path) -> None:
    root = review_workspace(tmp_path / "w", None)
    (root / "tenure.yaml").write_text(
        (root / "tenure.yaml").read_text("utf-8").replace("variables: {product: Acme}\n", "")
    )
    for file in sorted((root / "data").iterdir()):
        file.write_text("account_id\n007\n", "utf-8")
    slides = deck(root).slides
    assert len(slides) == 2
    shown = "".join(texts(slide) for slide in slides)
    assert "×" not in shown
    assert "to complete" not in shown
    assert "Questions and discussion" in shown


def test_a_missing_part_of_an_item_is_a_dash_and_is_listed(tmp_path: Path) -> None:
    plan = 'account: "007"\nobjectives: [{objective: Answer sooner}]\nstories: [{quote: I find.}]\n'
    slides = deck(review_workspace(tmp_path / "w", plan)).slides
    [table] = tables(slides[2])
    assert rows(table)[1] == ["Answer sooner", "–", "–", "–"]
    notes = slides[len(slides) - 1].notes_slide.notes_text_frame.text
    assert "plans/007.yaml, objectives[1].kpi" in notes
    assert "plans/007.yaml, stories[1].by" in notes


def test_the_command_writes_it_whole_and_says_what_is_missing(tmp_path: Path) -> None:
    root = review_workspace(tmp_path / "w", csat=None)
    file = tmp_path / "deck.pptx"
    asked = ["report", "review_deck", "007", "--workspace", str(root), "--on", ON.isoformat()]
    refused = CliRunner().invoke(main, asked)
    assert refused.exit_code == 2
    assert "name a file with --output" in refused.stderr
    done = CliRunner().invoke(main, [*asked, "--output", str(file)])
    assert (done.exit_code, done.stdout) == (0, "")
    assert "the last slide's notes say where to put what is missing" in done.stderr
    assert file.read_bytes() == content(root)


def test_nothing_to_complete_is_not_listed(tmp_path: Path) -> None:
    last = deck(review_workspace(tmp_path / "w")).slides[11]
    assert not last.has_notes_slide


def test_the_same_inputs_give_the_same_bytes(tmp_path: Path) -> None:
    root = review_workspace(tmp_path / "w")
    first = content(root)
    assert content(root) == first
    properties = Presentation(io.BytesIO(first)).core_properties
    assert properties.created.date() == properties.modified.date() == ON


def test_text_that_has_no_room_is_cut_and_whole_in_the_notes(tmp_path: Path) -> None:
    many = "".join(f"  - {{objective: {LONG}{n}, target: x}}\n" for n in range(12))
    plan = f'account: "007"\nvision: {LONG}{LONG}\nobjectives:\n{many}highlights: [{LONG}, {LONG}b, {LONG}c]\n'
    presentation = deck(review_workspace(tmp_path / "w", plan, account_name=LONG[:200]))
    for slide in presentation.slides:
        for shape in slide.shapes:
            right, bottom = shape.left + shape.width, shape.top + shape.height
            assert right <= presentation.slide_width + Emu(12700)
            assert bottom <= presentation.slide_height + Emu(12700)
    [progress] = [
        slide
        for slide in presentation.slides
        if slide.shapes.title.text_frame.text == "Progress against objectives"
    ]
    notes = progress.notes_slide.notes_text_frame.text
    shown = texts(progress)
    # The header, and as many as fit; the last of them says how many more there are.
    seen = len(rows(tables(progress)[0])) - 2
    assert f"… (+{12 - seen})" in shown
    assert f"{LONG}11".strip() not in shown
    assert " ".join(f"{LONG}11".split()) in " ".join(notes.split())


def test_a_size_is_chosen_at_which_the_text_fits() -> None:
    assert fit_text(["short"], 5, 1, (24, 12)) == 24
    assert fit_text([LONG], 3, 1, (24, 12)) == 12
    assert cut_text("short", 5, 1, 24) == "short"
    assert cut_text(LONG, 3, 2, 12).endswith("…")
    assert len(wrap(cut_text(LONG, 3, 2, 12), 3, 12)) == 2
    assert "".join(wrap("x" * 200, 1, 12)) == "x" * 200


def test_there_is_no_deck_in_another_language(tmp_path: Path) -> None:
    with pytest.raises(NoLanguage, match="'es'; there are: de, en, fr"):
        content(review_workspace(tmp_path / "w"), "es")


def test_without_python_pptx_it_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pptx", None)
    with pytest.raises(Problems) as raised:
        content(review_workspace(tmp_path / "w"))
    assert [each.code for each in raised.value.problems] == ["pptx-missing"]
    assert render(raised.value.problems, {}) == (
        "error[pptx-missing]: a presentation is drawn by python-pptx, which is not installed\n"
        " = help: install it where Tenure is installed: pip install python-pptx, or the extra tenure[deck]\n"
        "\n1 error\n"
    )


def own_template(root: Path, change: Callable[[Any], object] = lambda _presentation: None) -> Path:
    """A presentation of the workspace's own, with a slide that shows how it looks."""
    presentation: Any = Presentation()
    presentation.slide_master.name = "Acme's master"
    presentation.slides.add_slide(presentation.slide_layouts[0]).shapes.title.text = "An example"
    change(presentation)
    path = root / "documents" / "review_deck.pptx"
    path.parent.mkdir(exist_ok=True)
    presentation.save(str(path))
    return path


def test_a_presentation_of_the_workspace_gives_the_deck_its_master(tmp_path: Path) -> None:
    root = review_workspace(tmp_path / "w")
    own_template(root)
    made = deck(root)
    assert made.slide_master.name == "Acme's master"
    assert [slide.shapes.title.text for slide in made.slides][1:] == TITLES["en"][1:]
    assert "An example" not in "".join(map(texts, made.slides))
    assert content(root) == content(root)


def test_a_presentation_that_is_no_good_is_refused(tmp_path: Path) -> None:
    root = review_workspace(tmp_path / "w")
    own_template(root).write_bytes(b"not a presentation")
    with pytest.raises(Problems) as raised:
        content(root)
    assert render(raised.value.problems, {}) == (
        "error[bad-deck]: review_deck.pptx cannot be read as a PowerPoint presentation\n"
        " = help: save it again as .pptx, or remove it: Tenure has a plain one\n"
        "\n1 error\n"
    )
    assert [each.code for each in raised.value.problems] == ["bad-deck"]


def test_a_presentation_too_large_is_not_read(tmp_path: Path) -> None:
    root = review_workspace(tmp_path / "w")
    os.truncate(own_template(root), MAX_BINARY_BYTES + 1)
    with pytest.raises(Problems, match="the file has more than 50,000,000 bytes"):
        content(root)


def test_a_presentation_that_unpacks_to_too_much_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = review_workspace(tmp_path / "w")
    own_template(root)
    monkeypatch.setattr("tenure.engine.documents.deck.draw_deck.MAX_UNPACKED_BYTES", 1_000)
    with pytest.raises(Problems, match="unpacks to more than 1,000 bytes"):
        content(root)


def test_a_pipe_in_place_of_a_presentation_is_refused(tmp_path: Path) -> None:
    root = review_workspace(tmp_path / "w")
    own_template(root).unlink()
    os.mkfifo(root / "documents" / "review_deck.pptx")
    with pytest.raises(Problems, match="is a pipe"):
        content(root)


def test_a_presentation_without_a_layout_for_titles_is_refused(tmp_path: Path) -> None:
    root = review_workspace(tmp_path / "w")

    def without(presentation: Any) -> None:
        presentation.slide_layouts.remove(presentation.slide_layouts[5])

    own_template(root, without)
    with pytest.raises(Problems, match="no layout with a title and nothing else"):
        content(root)


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_opens_it_and_prints_twelve_pages(tmp_path: Path) -> None:
    file = tmp_path / "deck.pptx"
    file.write_bytes(content(review_workspace(tmp_path / "w")))
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path)]
    subprocess.run([*command, str(file)], check=True, capture_output=True, timeout=120)
    pages = re.findall(rb"/Type\s*/Page\b", (tmp_path / "deck.pdf").read_bytes())
    assert len(pages) == 12
