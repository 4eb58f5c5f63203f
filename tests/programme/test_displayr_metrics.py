"""Five years of a real subscription history: the engine by snapshots, and SQL on the invoice lines, to the cent.

A query makes the snapshots, one a month, or files, one a year or a week. The data is not part of the project: without
it these tests skip.
"""

from __future__ import annotations

import datetime as dt
import re
import shutil
from decimal import Decimal
from pathlib import Path

import pytest
from support.metrics_workspace import ask, values
from support.workspaces import snapshot, workspace
from tenure.engine.metrics.customers import CUSTOMERS
from tenure.engine.metrics.revenue import REVENUE
from tenure.engine.project.loading import load_project

WORKSPACE = Path(__file__).parent / "displayr_lines"
LINES = Path(__file__).parents[3] / "shared" / "data" / "displayr" / "invoice_lines_to_2013.csv"
PAGE = (Path(__file__).parents[2] / "docs" / "evidence" / "real-revenue.md").read_text("utf-8")
CENT = Decimal("0.01")
POINT = Decimal("0.0001")

ON_THE_WAY = """
WITH lines AS (
    SELECT name, ValidFrom, ValidTo FROM read_csv($lines)
    WHERE validInvoice = 1 AND AUD > 0 AND ValidTo > ValidFrom
),
months AS (SELECT m, CAST($last - to_months(12 - m) AS DATE) AS day FROM (SELECT unnest(range(13)) AS m)),
paid AS (SELECT DISTINCT name, m FROM lines JOIN months ON day BETWEEN ValidFrom AND ValidTo),
years AS (SELECT name, bool_or(m = 0) AS began, count(*) = 13 AS stayed FROM paid GROUP BY name)
SELECT count(*) FILTER (began), count(*) FILTER (stayed) FROM years
"""
"""Who is not covered at the end of one of the months has left on the way: no grace."""

pytestmark = pytest.mark.skipif(not LINES.exists(), reason="the Displayr history is not here")


@pytest.mark.parametrize("year", range(2009, 2014))
def test_customers_that_never_left_on_the_way_are_those_of_sql(year: int) -> None:
    duckdb = pytest.importorskip("duckdb")
    last = dt.date(year, 12, 31)
    start, stayed = duckdb.execute(ON_THE_WAY, {"lines": str(LINES), "last": last}).fetchone()
    asked = ask(WORKSPACE, f"{year - 1}-12-31", str(last), grace=0, method="movements")
    found = values(CUSTOMERS.compute(asked))
    assert found["customers_start"] == start
    assert found["customer_retention"] == Decimal(stayed * 100) / start


AT_YEAR_ENDS = """
WITH lines AS (
    SELECT *, AUD / (ValidTo - ValidFrom) * 365 / 12 AS a_month FROM read_csv($lines)
    WHERE validInvoice = 1 AND AUD > 0 AND ValidTo > ValidFrom
),
years AS (
    SELECT coalesce(sum(a_month) FILTER ($first BETWEEN ValidFrom AND ValidTo), 0) AS s,
        coalesce(sum(a_month) FILTER ($last BETWEEN ValidFrom AND ValidTo), 0) AS e
    FROM lines GROUP BY name
)
SELECT sum(s), sum(e), sum(e) FILTER (s > 0), sum(least(s, e)),
    count(*) FILTER (s > 0), count(*) FILTER (s > 0 AND e > 0)
FROM years
"""
"""From one year's end to the next, with nothing between."""


YEAR_ENDS = [dt.date(year, 12, 31) for year in range(2008, 2014)]


def exported_on(root: Path, days: list[dt.date], *, last_day_paid: bool = True) -> Path:
    """A workspace with a file for each of the days, as the query over the lines gives it.

    Without `last_day_paid`, a term covers the days before its last one only.
    """
    duckdb = pytest.importorskip("duckdb")
    query = load_project(WORKSPACE).workspace.source.query
    if not last_day_paid:
        query = query.replace("valid_to >= $on", "valid_to > $on")
    database = duckdb.connect()
    database.read_csv(str(LINES), all_varchar=True).create_view("lines")
    (root / "data").mkdir(parents=True)
    for on in days:
        found = database.execute(query, {"on": on})
        columns = [name for name, *_ in found.description]
        rows = [dict(zip(columns, row, strict=True)) for row in found.fetchall()]
        snapshot(root, on, rows)
    settings = (WORKSPACE / "tenure.yaml").read_text("utf-8")
    dated = re.sub(r"^  tables:.*?(?=^metrics)", FILES, settings, flags=re.M | re.S)
    (root / "tenure.yaml").write_text(dated, "utf-8")
    return root


FILES = '  files: "data/accounts-{date}.csv"\n\n'


@pytest.mark.parametrize("often", ["a snapshot a month", "year ends alone"])
def test_a_year_is_what_sql_makes_of_its_two_ends_however_often_one_exports(
    tmp_path: Path, often: str
) -> None:
    duckdb = pytest.importorskip("duckdb")
    root = (
        WORKSPACE if often == "a snapshot a month" else exported_on(tmp_path / "years", YEAR_ENDS)
    )
    for year in range(2009, 2014):
        first, last = dt.date(year - 1, 12, 31), dt.date(year, 12, 31)
        named = {"lines": str(LINES), "first": first, "last": last}
        row = duckdb.execute(AT_YEAR_ENDS, named).fetchone()
        start, end, kept, capped = (Decimal(repr(value)) for value in row[:4])
        asked = ask(root, str(first), str(last), grace=0)
        found = values(REVENUE.compute(asked)) | values(CUSTOMERS.compute(asked))
        assert found["start"].quantize(CENT) == start.quantize(CENT)
        assert found["end"].quantize(CENT) == end.quantize(CENT)
        assert found["nrr"].quantize(POINT) == (kept * 100 / start).quantize(POINT)
        assert found["grr"].quantize(POINT) == (capped * 100 / start).quantize(POINT)
        assert (found["nrr"] * found["start"] / 100).quantize(CENT) == kept.quantize(CENT)
        assert found["customers_start"] == row[4]
        assert found["customer_retention"] == Decimal(row[5] * 100) / row[4]
        told = f"| {year} | {row[4]} | {start:,.2f} | {end:,.2f} | {kept * 100 / start:.1f} % |"
        told += f" {capped * 100 / start:.1f} % | {row[5] * 100 / row[4]:.1f} % |"
        assert told in PAGE


WEEKS = sorted(LINES.parent.glob("accounts-*.csv"))
FIELDS = WORKSPACE.parent / "displayr" / "fields.yaml"
TWO_ENDS = """
SELECT sum(e) * 100 / sum(s) AS nrr, sum(least(s, coalesce(e, 0))) * 100 / sum(s) AS grr,
    count(e) * 100 / count(s) AS kept
FROM (SELECT account_id AS id, arr_aud AS s FROM read_csv($first) WHERE status = 'active')
LEFT JOIN (SELECT account_id AS id, arr_aud AS e FROM read_csv($last) WHERE status = 'active') USING (id)
"""
EVERY = {"two ends": 51, "a month": 4, "a week": 1}


@pytest.mark.parametrize("often", EVERY)
def test_weekly_files_of_2013_give_the_figures_of_their_two_ends(
    tmp_path: Path, often: str
) -> None:
    """As SQL gives for the first and the last file, account by account."""
    duckdb = pytest.importorskip("duckdb")
    root = workspace(tmp_path / "w", {})
    shutil.copy(FIELDS, root)
    (root / "data").mkdir(exist_ok=True)
    for place, file in enumerate(WEEKS):
        if place % EVERY[often] == 0 or file == WEEKS[-1]:
            shutil.copy(file, root / "data")
    first, last = WEEKS[0].stem[-10:], WEEKS[-1].stem[-10:]
    asked = ask(root, first, last, grace=0)
    found = values([*REVENUE.compute(asked), *CUSTOMERS.compute(asked)])
    shown = [f"{found[name]:.2f}" for name in ("nrr", "grr", "customer_retention")]
    row = duckdb.execute(TWO_ENDS, {"first": str(WEEKS[0]), "last": str(WEEKS[-1])}).fetchone()
    assert shown == [f"{value:.2f}" for value in row]


@pytest.mark.parametrize("often", ["year ends", "month ends"])
def test_2013_is_the_same_by_year_ends_and_by_month_ends(tmp_path: Path, often: str) -> None:
    """As SQL gives for the two ends, where a term does not cover its last day: 193 customers at the start."""
    days = [each for each in YEAR_ENDS if each.year > 2011]
    if often == "month ends":
        days += [dt.date(2013, month, 1) - dt.timedelta(days=1) for month in range(2, 13)]
    root = exported_on(tmp_path / "w", days, last_day_paid=False)
    asked = ask(root, "2012-12-31", "2013-12-31", grace=0)
    found = values([*REVENUE.compute(asked), *CUSTOMERS.compute(asked)])
    shown = [f"{found[name]:.2f}" for name in ("nrr", "grr", "customer_retention")]
    assert shown == ["97.97", "83.15", "84.97"]
