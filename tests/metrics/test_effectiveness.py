"""What each step gave: five accounts lived through a renewal, counted by hand."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from support.workspaces import RENEWAL, snapshot, workspace
from tenure.engine.metrics.effectiveness import PLAYBOOK_FAMILY, compute_playbooks
from tenure.engine.metrics.metric_value import Window
from tenure.engine.metrics.request import MetricRequest
from tenure.engine.project.loading import Project, load_project
from tenure.engine.runs.running import run

WINDOW = Window(dt.date(2025, 12, 31), dt.date(2026, 3, 31))
LAST = dt.date(2026, 3, 20)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(f"2026-{text}")


def rows(**renewals: str) -> list[dict[str, object]]:
    return [
        {"account_id": id, "account_name": id, "status": "active", "renewal_date": on, "csm": "Zoé"}
        for id, on in renewals.items()
    ]


@pytest.fixture(scope="module")
def lived(tmp_path_factory) -> Project:
    """Daily runs from 2 January to 20 March.

    `a` and `e` renew on 5 February, `b` and `d` lapse, `c` is open; `d` is first seen when its notice is late.
    """
    root: Path = workspace(tmp_path_factory.mktemp("lived") / "w", {"renewal": RENEWAL})
    before = {"a": "2026-02-10", "b": "2026-02-10", "c": "2026-03-15", "e": "2026-03-01"}
    snapshot(root, day("01-02"), rows(**before))
    snapshot(root, day("02-01"), rows(**before, d="2026-02-08"))
    renewed = {"a": "2027-02-10", "e": "2027-03-01"}
    snapshot(root, day("02-05"), rows(**before | renewed, d="2026-02-08"))
    project = load_project(root)
    on = day("01-02")
    while on <= LAST:
        run(project, on)
        on += dt.timedelta(days=1)
    return project


def told(project: Project, on: dt.date) -> dict[tuple[str, str, str | None], tuple[Decimal, int]]:
    """Value and accounts by step, metric and period, noughts left out."""
    return {
        (figure.group, figure.metric.id, figure.period): (figure.value, figure.accounts)
        for figure in compute_playbooks(MetricRequest(project, on, WINDOW))
        if figure.value and figure.group and figure.accounts is not None
    }


def test_each_step_is_counted_by_status_and_by_how_it_ended(lived):
    assert told(lived, LAST) == {
        # Emails and tasks of a, b and c; e's email, for its task was called off; d's were too late.
        ("renewal/notice", "issued", None): (7, 4),
        ("renewal/notice", "withdrawn", None): (1, 1),
        ("renewal/notice", "skipped", None): (2, 1),
        ("renewal/notice", "step_outcome", "renewed"): (50, 4),
        ("renewal/notice", "step_outcome", "lapsed"): (25, 4),
        ("renewal/notice", "step_outcome", "open"): (25, 4),
        # e renewed before its push.
        ("renewal/push", "issued", None): (4, 4),
        ("renewal/push", "step_outcome", "renewed"): (25, 4),
        ("renewal/push", "step_outcome", "lapsed"): (50, 4),
        ("renewal/push", "step_outcome", "open"): (25, 4),
        ("renewal/renewed", "issued", None): (2, 2),
    }


def test_what_came_later_is_not_known(lived):
    # On 4 February nobody has renewed, nothing is called off, and c's notice is to come.
    assert told(lived, day("02-04")) == {
        ("renewal/notice", "issued", None): (6, 3),
        ("renewal/notice", "skipped", None): (2, 1),
        ("renewal/notice", "step_outcome", "open"): (100, 3),
        ("renewal/push", "issued", None): (3, 3),
        ("renewal/push", "step_outcome", "open"): (100, 3),
    }


def test_steps_stand_in_the_playbooks_order(lived):
    groups = [figure.group for figure in compute_playbooks(MetricRequest(lived, LAST, WINDOW))]
    order = ["renewal/notice", "renewal/push", "renewal/renewed"]
    assert list(dict.fromkeys(groups)) == order


def test_outside_of_the_window_there_is_nothing(lived):
    def issued(first: str, last: str) -> list[Decimal | None]:
        found = compute_playbooks(MetricRequest(lived, LAST, Window(day(first), day(last))))
        return [figure.value for figure in found if figure.metric.id == "issued"]

    # a's and b's emails fall on Sunday 11 January, so they are due on Friday 9: the window's first date is not in it.
    assert issued("01-02", "01-08") == [None]
    assert issued("01-08", "01-09") == [2]
    assert issued("01-09", "01-12") == [None]


def test_a_workspace_that_never_ran_has_no_figures(tmp_path):
    root = workspace(tmp_path / "w", {"renewal": RENEWAL})
    snapshot(root, day("01-02"), rows(a="2026-02-10"))
    found = compute_playbooks(MetricRequest(load_project(root), LAST, WINDOW))
    assert all(figure.value is None and figure.why for figure in found)
    assert [figure.metric for figure in found] == list(PLAYBOOK_FAMILY.metrics)
