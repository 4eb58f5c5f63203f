"""Cohorts of a real subscription history: the product's, from a snapshot a month, against SQL on the invoice lines.

The data is not part of the project: without it these tests skip.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from support.workspaces import snapshot, workspace
from tenure.engine.metrics.cohorts import compute_cohorts
from tenure.engine.metrics.metric_value import Window
from tenure.engine.metrics.request import MetricRequest
from tenure.engine.project.loading import Project, load_project

LINES = Path(__file__).parents[3] / "shared/data/displayr/invoice_lines_to_2013.csv"
LAST = dt.date(2013, 12, 31)
pytestmark = pytest.mark.skipif(not LINES.exists(), reason="the Displayr history is not here")
duckdb = pytest.importorskip("duckdb")

SHIFT = 300
"""Days. Nobody leaves in the first year: counted from ten months into it, the first renewals lie on the curve."""

SETUP = f"""
CREATE TABLE terms AS SELECT name, ValidFrom AS first, ValidTo AS last FROM read_csv('{LINES}')
WHERE validInvoice = 1 AND AUD > 0 AND ValidTo > ValidFrom;
CREATE TABLE ends AS SELECT last_day(CAST(month AS DATE)) AS day
FROM range(TIMESTAMP '2008-01-01', TIMESTAMP '2013-12-02', INTERVAL 1 MONTH) AS months(month);
CREATE TABLE accounts AS SELECT name, min(first) + INTERVAL {SHIFT} DAY AS signup FROM terms GROUP BY name;
"""
EXPORT = f"""
SELECT day, name, CAST(min(first) + INTERVAL {SHIFT} DAY AS DATE) AS signup, bool_or(last >= day) AS active
FROM ends JOIN terms ON first <= day GROUP BY day, name ORDER BY day, name
"""
BY_SQL = """
WITH targets AS (
    SELECT name, CAST(signup AS DATE) AS signup, CAST(signup + {period} AS DATE) AS target
    FROM accounts WHERE last_day(signup) + {period} <= DATE '2013-12-31'
),
asked AS (
    SELECT name, min_by(day, abs(day - target) * 2 + CAST(day < target AS INT)) AS day
    FROM targets JOIN ends ON day >= signup AND day BETWEEN target - {reach} AND target + {reach}
    GROUP BY name
)
SELECT count(*), count(*) FILTER (EXISTS (
    SELECT 1 FROM terms WHERE terms.name = asked.name AND terms.first <= day AND terms.last >= day))
FROM asked
"""
"""By the snapshot nearest to the day; of two equally near, by the later one."""


@pytest.fixture(scope="module")
def history(tmp_path_factory):
    """The lines in a database, and a workspace with a snapshot at each month's end since 2008."""
    database = duckdb.connect()
    database.execute(SETUP)
    root = workspace(tmp_path_factory.mktemp("displayr") / "w", {})
    by_day: dict[dt.date, list[dict[str, object]]] = {}
    for day, name, signup, active in database.execute(EXPORT).fetchall():
        row = {
            "account_id": name,
            "signup_date": signup,
            "status": "active" if active else "lapsed",
        }
        by_day.setdefault(day, []).append(row)
    for day, rows in by_day.items():
        snapshot(root, day, rows)
    return database, load_project(root)


@pytest.mark.parametrize(
    ("unit", "counts"), [("days", (1, 7, 14, 30, 60, 90, 180, 365)), ("months", range(1, 13))]
)
def test_cohorts_are_those_of_the_lines(history, unit, counts):
    database, project = history
    found = _told(project, unit)
    expected = {}
    for count in counts:
        period = f"INTERVAL {count} {unit}"
        days = 1 if count <= 14 else 3 if count <= 90 else 7
        reach = f"INTERVAL {days} days" if unit == "days" else "INTERVAL 1 month"
        told, active = database.execute(BY_SQL.format(period=period, reach=reach)).fetchone()
        expected[f"{'J' if unit == 'days' else 'M'}{count}"] = (active, told)
    assert found == expected
    assert min(active / told for active, told in expected.values()) < 0.9, "hardly anybody leaves"


def _told(project: Project, unit) -> dict[str | None, tuple[object, int | None]]:
    asked = MetricRequest(project, LAST, Window(dt.date(2012, 12, 31), LAST), periods=unit)
    return {
        figure.period: (figure.value, figure.accounts)
        for figure in compute_cohorts(asked)
        if figure.metric.id == "cohort_active" and figure.period not in ("J0", "M0")
    }
