"""Five years of a real subscription history: the engine by snapshots, and SQL on the invoice lines, to the cent.

A query makes the snapshots, one a month. The data is not part of the project: without it these tests skip.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from metrics_workspace import ask, values
from tenure.engine.metrics.customers import CUSTOMERS
from tenure.engine.metrics.revenue import REVENUE

WORKSPACE = Path(__file__).parent / "displayr_lines"
LINES = Path(__file__).parents[2] / "shared" / "data" / "displayr" / "invoice_lines_to_2013.csv"
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
    revenue = {name: value or Decimal(0) for name, value in values(REVENUE.find(asked)).items()}
    found = values(CUSTOMERS.find(asked))
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
