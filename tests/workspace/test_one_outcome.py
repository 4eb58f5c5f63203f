"""Conditions that no account can meet, or that every account meets: warned about, and nothing else is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from support.workspaces import workspace
from tenure.engine.project.loading import load_project

PLAYBOOK = """\
playbook: renewal
schedule: "0 6 * * *"
for: status == 'active'
catch_up: {within: 3 days, then: skip}
timeline:
  anchor: renewal_date
  steps:
    - {id: notice, at: -30 days, do: [{task: {owner: csm}}]}
  outcomes:
    renewed: {when: "CONDITION"}
"""


def codes(root: Path, condition: str) -> list[str]:
    workspace(root, {"renewal": PLAYBOOK.replace("CONDITION", condition)})
    return [problem.code for problem in load_project(root).problems]


NEVER = (
    "nps_rating > 80",
    "nps_rating == 11",
    "nps_rating between 70 and 80",
    "nps_rating in (70, 80)",
    "80 < nps_rating",
    "health_score > 100",
    "health_score < 0",
    "health_score between 70 and 50",
    "health_score < 50 and health_score > 70",
    "csm == ''",
    "previous(nps_rating) > 80",
    "ago(nps_rating, 30 days) > 80",
    "change(health_score, 30 days) > 100",
    "change(health_score, 30 days) < -100",
    "crossed_above(nps_rating, 80)",
    "crossed_below(health_score, 0)",
    "weekday(today) == 0",
    "weekday(today) > 7",
    "abs(nps_score) < 0",
    "segment not in (SEGMENTS)",
    "not health_score <= 100",
    "month(today) > 12",
    "month(renewal_date) == 0",
    "day(today) == 32",
    "round(health_score) > 100",
    "round(health_score, 2) < 0",
    "average(health_score, 30 days) > 100",
    "lowest(nps_rating, 30 days) > 10",
    "highest(nps_rating, 30 days) < 0",
    "max(health_score, nps_rating) > 100",
    "min(health_score, 200) > 200",
    "first(health_score, 5) > 100",
    "choose(auto_renew, health_score, nps_rating) < 0",
    "abs(health_score - 50) > 100",
    "health_score + 10 > 110",
    "health_score * 2 > 200",
    "5 - nps_rating > 5",
    "previous(health_score) - health_score > 100",
    "csm != csm",
    "renewal_date < renewal_date",
    "health_score > health_score",
    "lower(csm) == 'Ann'",
    "lower(csm) in ('Ann', 'BOB')",
    "lower(csm) contains 'Ann'",
    "lower(csm) starts_with 'A'",
    "lower(segment) == 'growing'",
    "lower(segment) contains 'xyz'",
    "not csm contains ''",
)
ALWAYS = (
    "health_score <= 100",
    "health_score >= 0",
    "health_score between 0 and 100",
    "health_score < 101",
    "health_score != 200",
    "health_score not in (200, 300)",
    "100 >= health_score",
    "nps_rating < 80",
    "csm != ''",
    "previous(health_score) >= 0",
    "weekday(today) >= 1",
    "abs(nps_score) >= 0",
    "health_score < 50 or health_score >= 50",
    "segment in (SEGMENTS)",
    "change(health_score, 30 days) <= 100",
    "not nps_rating > 80",
    "month(today) >= 1",
    "day(renewal_date) <= 31",
    "round(health_score) <= 100",
    "average(health_score, 30 days) >= 0",
    "health_score + 10 >= 10",
    "csm == csm",
    "csm contains ''",
    "lower(csm) != 'Ann'",
    "not lower(csm) contains 'Ann'",
)
NEITHER = (
    "0 <= health_score < 50",
    "health_score between 50 and 100",
    "health_score >= 0 and health_score < 50",
    "health_score > 0",
    "health_score < 100",
    "health_score == 100",
    "health_score < 50 or health_score > 50",
    "change(health_score, 30 days) == -100",
    "crossed_above(health_score, 99)",
    "weekday(today) in (1, 7)",
    "weekday(today) < 6",
    "csm is missing",
    "csm != 'Ann'",
    "csm is missing or csm == 'Ann'",
    "arr > 10000000",
    "days_until(renewal_date) < 100000",
    "nps_score < 0",
    "segment in ('enterprise')",
    "true or health_score < 50",
    "month(today) in (1, 12)",
    "day(today) == 31",
    "round(health_score) == 100",
    "average(health_score, 30 days) >= 100",
    "max(health_score, 200) > 100",
    "health_score + 10 > 109.9",
    "health_score * 0.1 >= 10",
    "arr * 0 > 5",
    "arr / health_score > 100",
    "health_score + arr > 100",
    "arr - arr > 5",
    "lower(csm) == 'ann'",
    "lower(csm) in ('Ann', 'bob')",
    "lower(csm) != 'ann'",
    "csm contains 'Ann'",
    "csm == lower(csm)",
    "segment contains 'e'",
    "abs(nps_score) > 50",
)


def written(condition: str) -> str:
    from support.playbook_texts import FIELDS

    return condition.replace("SEGMENTS", ", ".join(f"'{v}'" for v in FIELDS["segment"][1]))


@pytest.mark.parametrize("condition", NEVER)
def test_never_true(condition: str, tmp_path: Path) -> None:
    assert codes(tmp_path, written(condition)) == ["never-true"]


@pytest.mark.parametrize("condition", ALWAYS)
def test_always_true(condition: str, tmp_path: Path) -> None:
    assert codes(tmp_path, written(condition)) == ["always-true"]


@pytest.mark.parametrize("condition", NEITHER)
def test_other_conditions_are_fine(condition: str, tmp_path: Path) -> None:
    assert codes(tmp_path, condition) == []


def test_conditions_of_the_settings_and_of_the_fields_are_checked_too(tmp_path: Path) -> None:
    workspace(tmp_path, {"renewal": PLAYBOOK.replace("CONDITION", "auto_renew")})
    settings = tmp_path / "tenure.yaml"
    text = settings.read_text("utf-8")
    settings.write_text(text.replace("status == 'lapsed'", "nps_rating > 80"), "utf-8")
    (tmp_path / "fields.yaml").write_text(
        "fields:\n  loud:\n    type: boolean\n    derive:\n"
        "      - {when: nps_rating <= 10, then: true}\n      - {otherwise: false}\n",
        "utf-8",
    )
    found = [(p.code, p.span.file) for p in load_project(tmp_path).problems if p.span]
    assert sorted(found) == [("always-true", "fields.yaml"), ("never-true", "tenure.yaml")]


def test_texts_of_the_engine_are_not_read_in_every_language() -> None:
    code = (
        "import sys; from pathlib import Path; from tenure.engine.project.project_reading import read_folder\n"
        "from tenure.engine.text.translations import shipped\n"
        "read_folder(Path(sys.argv[1])); print(shipped()._read)"
    )
    folder = Path(__file__).parents[2] / "docs" / "examples" / "short_renewal"
    done = subprocess.run(
        [sys.executable, "-c", code, folder], capture_output=True, text=True, check=True
    )
    assert done.stdout == "{}\n"
