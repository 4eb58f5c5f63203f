"""Cadences count from their date: what comes late, or on the wrong weekday, moves nothing after it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from support.lives import DAY, Lives
from support.one_account import row, text
from support.playbook_texts import with_body
from support.workspaces import snapshot, workspace
from tenure.engine.project.loading import load_project
from tenure.engine.runs.running import run
from tenure.engine.store import Reader

BODY = """
open: [{{id: t, every: {every}, since: last_review_date}}]
steps: [{{id: call, at: 0 days, do: [{{task: {{owner: csm, shift: none}}}}]}}]
{more}
"""
JANUARY_31 = dt.date(2026, 1, 31)


def opened(
    every: str, since: dt.date, first: dt.date, days: int, step: int = 1, more: str = ""
) -> list[str]:
    """The dates on which a follow-up opens, of those evaluated."""
    life = Lives(with_body("triggers", BODY.format(every=every, more=more)))
    life.put(last_review_date=since)
    for n in range(0, days, step):
        life.day(first + n * DAY)
    return [on.isoformat()[5:] for on in life.ledger["due_on"].to_list()]


@pytest.mark.parametrize(
    ("every", "dates"),
    [
        ("1 month", ["02-28", "03-31", "04-30", "05-31"]),
        ("2 months", ["03-31", "05-31"]),
        ("1 week", [f"{JANUARY_31 + 7 * n * DAY}"[5:] for n in range(1, 18)]),
        ("50 days", ["03-22", "05-11"]),
    ],
)
def test_periods_count_from_the_date(every: str, dates: list[str]) -> None:
    assert opened(every, JANUARY_31, JANUARY_31, 122) == dates


def test_a_monthly_cadence_evaluated_on_mondays_stays_monthly() -> None:
    monday = dt.date(2026, 2, 2)
    # The first Mondays on or after 28 February, 31 March, 30 April, 31 May and 30 June.
    dates = ["03-02", "04-06", "05-04", "06-01", "07-06"]
    assert opened("1 month", JANUARY_31, monday, 160, step=7) == dates


def test_yearly_since_29_february_comes_back_to_it() -> None:
    life = Lives(with_body("triggers", BODY.format(every="1 year", more="")))
    life.put(last_review_date=dt.date(2024, 2, 29))
    for year in (2025, 2026, 2027, 2028):
        for n in range(4):
            life.day(dt.date(year, 2, 26) + n * DAY)
    dates = [on.isoformat() for on in life.ledger["due_on"].to_list()]
    assert dates == ["2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"]


def test_a_date_that_is_updated_begins_the_periods_again() -> None:
    life = Lives(with_body("triggers", BODY.format(every="30 days", more="")))
    life.put(last_review_date=dt.date(2026, 3, 1))
    life.until(dt.date(2026, 3, 1), dt.date(2026, 4, 4))
    life.put(last_review_date=dt.date(2026, 4, 5))
    life.until(dt.date(2026, 4, 5), dt.date(2026, 5, 10))
    assert life.ledger["due_on"].to_list() == [dt.date(2026, 3, 31), dt.date(2026, 5, 5)]


def test_a_follow_up_that_takes_longer_than_a_period_misses_none_that_is_not_over() -> None:
    # Open from 10 to 34 days after the date: the third period is under way when it ends, the second is past.
    more = "outcomes: {over: {at: 24 days}}"
    first = dt.date(2026, 3, 2)
    assert opened("10 days", first, first, 36, more=more) == ["03-12", "04-05"]


@pytest.mark.parametrize("off", [range(20, 40), range(28, 29), range(58, 95)])
def test_a_machine_that_was_off_opens_the_same_ones(tmp_path: Path, off: range) -> None:
    body = "triggers:\n" + BODY.format(every="1 month", more="").strip().replace("\n", "\n  ")
    body = body.replace("triggers:\nopen", "triggers:\n  open")
    root = workspace(tmp_path / "w", {"p": text(body)})
    snapshot(root, JANUARY_31, [row(last_review_date=JANUARY_31)])
    for n in (0, off.start - 1, off.stop, 100):
        run(load_project(root), JANUARY_31 + n * DAY)
    cycles = Reader(root / "store").ledger()["cycle"].to_list()
    assert sorted(cycles) == ["2026-02-28 t", "2026-03-31 t", "2026-04-30 t"]
