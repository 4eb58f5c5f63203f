"""A bad value has no value that can be used, but nothing takes its place: not by `first`, and not in derived fields."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from support.one_account import DAY, MONDAY, row, text
from support.workspaces import snapshot, workspace
from tenure.cli.main import main
from tenure.engine.project.loading import load_project
from tenure.engine.runs.running import preview, run
from tenure.engine.store import Reader

FIELDS = """\
fields:
  tier_score: {type: number, derive: [{when: nps_rating > 5, then: 1}, {when: nps_rating <= 5, then: 2}]}
  nps_rank: {type: number, rank: {of: nps_rating}}
"""


def opens(condition: str) -> str:
    """A playbook that opens for accounts which meet the condition."""
    return text(
        f"""\
triggers:
  open: [{{id: met, when: "{condition}"}}]
  steps: [{{id: call, at: 0 days, do: [{{task: {{owner: csm}}}}]}}]
"""
    )


def lived(root: Path, condition: str, *values: object) -> list[int]:
    """The days on which the condition holds; each day has its own value of `nps_rating`."""
    workspace(root, {"p": opens(condition)})
    (root / "fields.yaml").write_text(FIELDS, encoding="utf-8")
    for n, value in enumerate(values):
        on = MONDAY + n * DAY
        good = row(account_id="b", nps_rating=5, last_review_date="2026-01-05")
        snapshot(root, on, [row(nps_rating=value, last_review_date="2026-01-05"), good])
        ahead = preview(load_project(root), on)
        done = run(load_project(root), on)
        assert ahead.entries.equals(done.entries)
    called = Reader(root / "store").ledger(accounts=["a"]).filter(step="call")
    return [(on - MONDAY).days for on in called["due_on"]]


@pytest.mark.parametrize(
    ("condition", "day"),
    [
        ("nps_rating is missing", 1),
        ("nps_rating is missing and csm == 'Zoé'", 1),
        ("first(nps_rating, 0) == 0", 2),
        ("first(nps_rating, 0) + 0 < 1", 2),
        ("first(tier_score, 5) == 5", 2),
        ("first(nps_rank, 1) == 1", 2),
        ("first(nps_rating, 0) is missing", 1),
        ("nps_rating < 5", None),
    ],
)
def test_nothing_takes_the_place_of_a_bad_value(
    tmp_path: Path, condition: str, day: int | None
) -> None:
    """Day 0 has a good value, day 1 a bad one, and on day 2 the value is missing; the first day on which it is true."""
    found = lived(tmp_path / "w", condition, 9, "soon", None)
    assert found[:1] == ([] if day is None else [day])


@pytest.mark.parametrize("condition", ["nps_rating is not missing", "first(nps_rating, 0) == 3"])
def test_it_is_no_value_that_can_be_used(tmp_path: Path, condition: str) -> None:
    assert lived(tmp_path / "w", f"{condition} and csm == 'Zoé'", "soon", 3) == [1]


def test_other_values_and_earlier_ones_are_read_as_ever(tmp_path: Path) -> None:
    condition = "previous(nps_rating) is not missing and last_review_date is not missing"
    assert lived(tmp_path / "w", condition, 9, "soon") == [1]


def test_a_value_before_the_bad_one_is_chosen(tmp_path: Path) -> None:
    assert lived(tmp_path / "w", "first(7, nps_rating) == 7", "soon") == [0]


def test_explain_says_that_the_value_cannot_be_read(tmp_path: Path) -> None:
    lived(tmp_path / "w", "first(nps_rating, 0) == 0", 9, "soon")
    args = ["explain", "a", "--workspace", str(tmp_path / "w"), "--on", str(MONDAY + DAY)]
    shown = CliRunner().invoke(main, args, catch_exceptions=False).output
    assert "nps_rating cannot be read" in shown
    data = json.loads(CliRunner().invoke(main, [*args, "--format", "json"]).stdout)
    assert data["bad_values"] == "nps_rating 'soon', not a plain number"
