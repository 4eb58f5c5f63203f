"""Cohorts whose activity goes by a table of events."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner
from support.workspaces import SETTINGS, snapshot, workspace
from tenure.cli.main import main
from tenure.engine.metrics.cohorts import COHORTS
from tenure.engine.metrics.metric_value import Figure, Window
from tenure.engine.metrics.request import MetricRequest
from tenure.engine.project.loading import load_project

DAY = dt.timedelta(days=1)
SIGNUP = dt.date(2025, 1, 1)
FIELDS = "events:\n  logins: {file: logins.csv, date: day}\n"
TABLE = {
    "J0": 1000,
    "J1": 650,
    "J7": 350,
    "J14": 280,
    "J30": 220,
    "J60": 180,
    "J90": 160,
    "J180": 140,
    "J365": 120,
}
"""Active users of the January cohort of 1,000: retention.md, `Retention Curves par Cohorte`."""


def book(root: Path, logins: Iterable[tuple[object, dt.date]], active: str = "logins") -> Path:
    """Return a workspace with these logins."""
    workspace(root, {}, f"{SETTINGS}metrics: {{active: {active}}}\n")
    (root / "fields.yaml").write_text(FIELDS, encoding="utf-8")
    lines = "".join(f"{account},{day}\n" for account, day in logins)
    (root / "logins.csv").write_text(f"account_id,day\n{lines}", encoding="utf-8")
    return root


def shares(root: Path, on: dt.date, **choices: str) -> Mapping[str | None, Decimal | None]:
    """Return the retention of all accounts by period."""
    request = MetricRequest(load_project(root), on, Window(SIGNUP, on), **choices)
    figures: list[Figure] = COHORTS.compute(request)
    return {f.period: f.value for f in figures if f.metric.id == "cohort_retention"}


def users(root: Path, *days: dt.date, count: int = 1000) -> None:
    """Write snapshots of users who signed up on one day."""
    rows = [
        {"account_id": f"u{n}", "signup_date": str(SIGNUP), "status": "active"}
        for n in range(count)
    ]
    for day in days:
        snapshot(root, day, rows)


def test_the_table_of_the_retention_document_comes_out_of_events(tmp_path: Path) -> None:
    logins = [
        (f"u{n}", SIGNUP + int(period[1:]) * DAY)
        for period, active in TABLE.items()
        for n in range(active)
    ]
    root = book(tmp_path / "w", logins)
    last = SIGNUP + 400 * DAY
    users(root, SIGNUP, last)
    found = shares(root, last)
    assert found == {period: Decimal(active) / 10 for period, active in TABLE.items()}


def test_an_account_is_active_on_the_day_or_on_it_and_later(tmp_path: Path) -> None:
    """Of four users one logs in on day 7, one on day 8, one on day 20, and one never."""
    days = {"u0": 7, "u1": 8, "u2": 20, "u3": 0}
    root = book(tmp_path / "w", [(id, SIGNUP + day * DAY) for id, day in days.items()])
    users(root, SIGNUP, SIGNUP + 61 * DAY, count=4)
    assert shares(root, SIGNUP + 61 * DAY)["J7"] == 25
    assert shares(root, SIGNUP + 61 * DAY, counting="on_or_after")["J7"] == 75
    assert shares(root, SIGNUP + 61 * DAY, counting="on_or_after")["J14"] == 25


def test_a_month_is_the_one_that_ends_so_many_months_after_signup(tmp_path: Path) -> None:
    """M1 is 2 January to 1 February, M2 is 2 February to 1 March."""
    dates = {"u0": (1, 1), "u1": (1, 2), "u2": (2, 1), "u3": (2, 2)}
    root = book(tmp_path / "w", [(id, dt.date(2025, *day)) for id, day in dates.items()])
    users(root, SIGNUP, SIGNUP + 120 * DAY, count=4)
    found = shares(root, SIGNUP + 120 * DAY, periods="months")
    assert (found["M0"], found["M1"], found["M2"], found["M3"]) == (100, 50, 25, 0)


def test_before_the_first_event_and_after_the_last_snapshot_nothing_is_known(
    tmp_path: Path,
) -> None:
    root = book(tmp_path / "w", [("u0", SIGNUP + 10 * DAY), ("u0", SIGNUP + 200 * DAY)])
    users(root, SIGNUP, SIGNUP + 70 * DAY, count=2)
    found = shares(root, SIGNUP + 70 * DAY)
    assert (found["J7"], found["J14"], found["J90"]) == (None, 0, None)


def test_logins_of_a_merged_account_are_of_the_one_that_goes_on(tmp_path: Path) -> None:
    root = book(tmp_path / "w", [("u1", SIGNUP), ("u1", SIGNUP + 7 * DAY)])
    rows = [
        {"account_id": f"u{n}", "signup_date": str(SIGNUP), "status": "active", "merged_into": into}
        for n, into in enumerate(["", "u0"])
    ]
    for days in (0, 61):
        snapshot(root, SIGNUP + days * DAY, rows)
    assert shares(root, SIGNUP + 61 * DAY)["J7"] == 100


def test_a_condition_may_call_functions_of_events(tmp_path: Path) -> None:
    """Within a week before J30, one of two users logs in."""
    logins = [("u0", SIGNUP), ("u0", SIGNUP + 25 * DAY), ("u1", SIGNUP + 20 * DAY)]
    root = book(tmp_path / "w", logins, '"count(logins, 7 days) > 0"')
    users(root, SIGNUP, SIGNUP + 30 * DAY, SIGNUP + 62 * DAY, count=2)
    assert shares(root, SIGNUP + 62 * DAY)["J30"] == 50


@pytest.mark.parametrize(
    ("active", "message"),
    [("login", "did you mean `logins`?"), ("logins > 0", "write count(logins, 30 days)")],
)
def test_a_table_that_is_misspelt_or_compared_has_help(
    tmp_path: Path, active: str, message: str
) -> None:
    from tenure.engine.core.problems import Problems

    root = book(tmp_path / "w", [], active)
    with pytest.raises(Problems) as raised:
        load_project(root)
    assert message in (raised.value.problems[0].hint or "")


def test_bad_rows_of_events_are_counted_and_give_exit_code_4(tmp_path: Path) -> None:
    root = book(tmp_path / "w", [("u0", SIGNUP), ("u0", SIGNUP + 7 * DAY), ("", SIGNUP)])
    users(root, SIGNUP, SIGNUP + 61 * DAY, count=2)
    on = str(SIGNUP + 61 * DAY)
    arguments = ["metrics", "cohorts", "--workspace", str(root), "--on", on]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 4
    assert "warning: rows of events with bad values, in logins: 1" in result.output
    settings = root / "tenure.yaml"
    settings.write_text(settings.read_text("utf-8") + "tolerate: 1\n", encoding="utf-8")
    assert CliRunner().invoke(main, arguments).exit_code == 0


def test_validate_looks_for_the_file(tmp_path: Path) -> None:
    root = book(tmp_path / "w", [])
    (root / "logins.csv").unlink()
    result = CliRunner().invoke(main, ["validate", "--workspace", str(root)])
    assert "warning[no-events]: `logins` cannot be read: logins.csv is not there" in result.output
