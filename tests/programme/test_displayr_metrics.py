"""Five years of a real subscription history: the engine by snapshots, and SQL on the invoice lines, to the cent.

A query makes the snapshots, one a month. The data is not part of the project: without it these tests skip.
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from pathlib import Path

import pytest
from support.metrics_workspace import ask, values
from support.workspaces import snapshot
from tenure.engine.metrics.customers import CUSTOMERS
from tenure.engine.metrics.revenue import REVENUE
from tenure.engine.project.loading import load_project

WORKSPACE = Path(__file__).parent / "displayr_lines"
LINES = Path(__file__).parents[3] / "shared" / "data" / "displayr" / "invoice_lines_to_2013.csv"
PAGE = (Path(__file__).parents[2] / "docs" / "evidence" / "real-revenue.md").read_text("utf-8")
CENT = Decimal("0.01")
POINT = Decimal("0.0001")

BY_HAND = """
WITH lines AS (
    SELECT name, ValidFrom, ValidTo, AUD / (ValidTo - ValidFrom) * 365 / 12 AS a_month FROM read_csv($lines)
    WHERE validInvoice = 1 AND AUD > 0 AND ValidTo > ValidFrom
),
months AS (SELECT m, CAST($last - to_months(12 - m) AS DATE) AS day FROM (SELECT unnest(range(13)) AS m)),
paid AS (
    SELECT name, m, sum(a_month) AS mrr FROM lines JOIN months ON day BETWEEN ValidFrom AND ValidTo GROUP BY ALL
),
years AS (
    SELECT coalesce(any_value(mrr) FILTER (m = 0), 0) AS s, coalesce(any_value(mrr) FILTER (m = 12), 0) AS e,
        count(*) = 13 AS stayed
    FROM paid GROUP BY name
)
SELECT sum(s), sum(e), sum(e) FILTER (stayed), sum(least(s, e)) FILTER (stayed),
    coalesce(sum(s) FILTER (s > 0 AND NOT stayed), 0),
    count(*) FILTER (s > 0), count(*) FILTER (stayed), count(*) FILTER (e > 0)
FROM years
"""
"""Who is not covered at the end of one of the months has left: no grace."""

pytestmark = pytest.mark.skipif(not LINES.exists(), reason="the Displayr history is not here")


@pytest.mark.parametrize("year", range(2009, 2014))
def test_a_year_is_to_the_cent_what_sql_makes_of_the_invoice_lines(year: int) -> None:
    duckdb = pytest.importorskip("duckdb")
    last = dt.date(year, 12, 31)
    row = duckdb.execute(BY_HAND, {"lines": str(LINES), "last": last}).fetchone()
    start, end, kept, capped, churn = (Decimal(repr(value)).quantize(CENT) for value in row[:5])
    customers, stayed, at_end = row[5:]
    asked = ask(WORKSPACE, f"{year - 1}-12-31", str(last), grace=0)
    revenue = {name: value or Decimal(0) for name, value in values(REVENUE.compute(asked)).items()}
    found = values(CUSTOMERS.compute(asked))
    assert revenue["start"].quantize(CENT) == start
    assert revenue["end"].quantize(CENT) == end
    assert revenue["churn"].quantize(CENT) == churn
    net = revenue["start"] + revenue["expansion"] - revenue["contraction"] - revenue["churn"]
    assert net.quantize(CENT) == kept
    assert revenue["nrr"].quantize(POINT) == (
        Decimal(repr(row[2])) * 100 / Decimal(repr(row[0]))
    ).quantize(POINT)
    assert revenue["grr"].quantize(POINT) == (
        Decimal(repr(row[3])) * 100 / Decimal(repr(row[0]))
    ).quantize(POINT)
    assert (revenue["grr"] * revenue["start"] / 100).quantize(CENT) == capped
    assert found["customers_start"] == customers
    assert found["customers_end"] == at_end
    assert found["customer_retention"] == Decimal(stayed * 100) / customers


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


def at_year_ends(root: Path) -> Path:
    """A workspace with a file for each year's end, as the query over the lines gives it."""
    duckdb = pytest.importorskip("duckdb")
    query = load_project(WORKSPACE).workspace.source.query
    database = duckdb.connect()
    database.read_csv(str(LINES), all_varchar=True).create_view("lines")
    (root / "data").mkdir(parents=True)
    for year in range(2008, 2014):
        on = dt.date(year, 12, 31)
        found = database.execute(query, {"on": on})
        columns = [name for name, *_ in found.description]
        rows = [dict(zip(columns, row, strict=True)) for row in found.fetchall()]
        snapshot(root, on, rows)
    settings = (WORKSPACE / "tenure.yaml").read_text("utf-8")
    dated = re.sub(r"^  tables:.*?(?=^metrics)", FILES, settings, flags=re.M | re.S)
    (root / "tenure.yaml").write_text(dated, "utf-8")
    return root


FILES = '  files: "data/accounts-{date}.csv"\n\n'


def test_year_ends_alone_give_what_sql_gives_and_the_docs_say(tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    root = at_year_ends(tmp_path / "years")
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
