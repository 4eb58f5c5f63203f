"""Random lives through the real reading: what always holds, and the same figures by the slow oracle."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from support.metrics_workspace import ask, lay_out, values
from support.profiles import examples
from support.retention_oracle import BAD, ZERO, Account, Life, Row
from tenure.engine.metrics.customers import CUSTOMERS
from tenure.engine.metrics.groups import METHODS, Method
from tenure.engine.metrics.metric_value import Figure, ratio
from tenure.engine.metrics.renewal_rates import RENEWALS
from tenure.engine.metrics.request import MetricRequest
from tenure.engine.metrics.revenue import BRIDGE_PARTS, REVENUE

BASE = dt.date(2025, 1, 1)
COLUMNS = (
    "status",
    "mrr",
    "arr",
    "segment",
    "signup_date",
    "contract_start",
    "renewal_date",
    "churn_date",
)
ANCHOR: Row = {**dict.fromkeys(COLUMNS, ""), "status": "active", "mrr": "10", "segment": "growth"}
"""In every snapshot, so that none is without a good row."""
DAY = dt.timedelta(days=1)


def a_life(draw: Random, days: list[dt.date]) -> Life:
    """Terms that end near a snapshot, and whatever may befall them, mostly within a day of what decides."""
    term = draw.choice(days) + draw.choice([-16, -15, -14, -1, 0, 0, 1, 5, 40]) * DAY
    life: Life = []
    for _ in days:
        kind = draw.choice(["customer"] * 9 + ["lapsed"] * 3 + ["gone"] * 3 + ["bad", "odd"])
        if kind == "customer" and draw.random() < 0.3:
            term += draw.choice([-61, -60, 14, 60, 61, 365]) * DAY
        row = {
            "status": {"customer": draw.choice(["active", "active", "suspended", ""])}.get(
                kind, kind
            ),
            "mrr": draw.choice(["100", "100", "60", "99.99", "0", "-5", ""]),
            "arr": draw.choice(["1000", "1", ""]),
            "segment": draw.choice(["enterprise", "growth"]),
            "signup_date": draw.choice(["", "", str(BASE), str(days[-1]), str(BASE - DAY)]),
            "contract_start": _near(draw, term),
            "renewal_date": draw.choice([str(term), str(term), ""]),
            "churn_date": "" if kind == "customer" else _near(draw, term),
        }
        if kind == "odd":
            row["status"] = draw.choice(["trial", "trial", ""])
        life.append({"bad": BAD, "gone": None}.get(kind, row))
    return life


def _near(draw: Random, day: dt.date) -> str:
    shift = draw.choice([None, -2, 0, 1, 13, 14, 15, 16, 30])
    return "" if shift is None else str(day + shift * DAY)


class Case(NamedTuple):
    """Lives over the days of some snapshots, and what is asked of them."""

    days: list[dt.date]
    lives: list[Life]
    start: int
    end: int
    grace: int
    method: Method


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Fewer lives are the same ones as of more."""
    days = [BASE]
    for gap in draw(st.lists(st.sampled_from([1, 7, 13, 14, 15, 30, 90]), min_size=1, max_size=6)):
        days.append(days[-1] + gap * DAY)
    place = st.integers(0, len(days) - 1)
    start, end = sorted((draw(place), draw(place)))
    grace = draw(st.sampled_from([0, 14]))
    method: Method = draw(st.sampled_from(METHODS))
    seed, count = draw(st.integers(0, 10**9)), draw(st.integers(1, 60))
    lives = [a_life(Random(f"{seed} {number}"), days) for number in range(count)]
    return Case(days, lives, start, end, grace, method)


def written(root: Path, days: list[dt.date], lives: list[Life]) -> Path:
    def exported(row: Row) -> Row:
        return {**dict.fromkeys(COLUMNS, ""), "signup_date": "no date"} if row is BAD else row

    def snapshot(place: int) -> Iterable[Row]:
        yield {"account_id": "anchor", **ANCHOR}
        for number, life in enumerate(lives):
            row = life[place]
            if row is not None:
                yield {"account_id": f"a{number}", **exported(row)}

    return lay_out(root, {str(day): list(snapshot(place)) for place, day in enumerate(days)})


def figures(asked: MetricRequest) -> list[Figure]:
    return [*REVENUE.compute(asked), *CUSTOMERS.compute(asked), *RENEWALS.compute(asked)]


def expected(case: Case) -> dict[str, Decimal | None]:
    """Every figure by the oracle; it looks no farther ahead than tells who came back in time."""
    days, lives, start, end, grace, method = case
    beyond = [i for i, day in enumerate(days) if day > days[end] + dt.timedelta(days=grace)]
    known = beyond[0] + 1 if beyond else len(days)
    anchor: Life = [ANCHOR] * len(days)
    accounts = [Account(days[:known], life[:known], grace) for life in [*lives, anchor]]
    bridges = [account.parts(start, end, method == "movements") for account in accounts]
    found: dict[str, Decimal | None] = {
        part: sum((each[part] for each in bridges), ZERO) for part in [*BRIDGE_PARTS, "capped"]
    }
    begun, capped = found["start"] or ZERO, found.pop("capped") or ZERO
    lost = [found[part] or ZERO for part in ("contraction", "churn")]
    found["nrr"] = ratio(begun + (found["expansion"] or ZERO) - sum(lost), begun)
    found["grr"] = ratio(begun - sum(lost) if method == "movements" else capped, begun)
    counts = [account.customers(start, end) for account in accounts]
    n = {name: sum(each[name] for each in counts) for name in counts[0]}
    found |= {name: Decimal(count) for name, count in n.items()}
    found["customer_retention"] = ratio(
        n["customers_start"] - n["customers_lost"], n["customers_start"]
    )
    found["customer_retention_by_formula"] = ratio(
        n["customers_end"] - n["customers_joined"], n["customers_start"]
    )
    terms = [
        term
        for account in accounts
        for term in account.terms(case.start)
        if days[start] < term[0] <= days[end]
    ]
    count, worth = {}, {}
    for outcome in ("renewed", "lapsed", "pending"):
        amounts = [amount for _, become, amount in terms if become == outcome]
        count[outcome], worth[outcome] = len(amounts), sum(amounts, ZERO)
        found[outcome], found[f"{outcome}_mrr"] = Decimal(len(amounts)), worth[outcome]
    found["renewal_rate"] = ratio(count["renewed"], count["renewed"] + count["lapsed"])
    found["renewal_rate_by_value"] = ratio(worth["renewed"], worth["renewed"] + worth["lapsed"])
    return found


@pytest.mark.slow
# Without shrinking: it would take minutes, and a life says enough.
@settings(examples(100), phases=(Phase.generate,))
@given(cases())
def test_figures_are_those_of_the_definitions_and_add_up(case: Case) -> None:
    days = case.days
    with tempfile.TemporaryDirectory() as folder:
        root = written(Path(folder) / "w", days, case.lives)
        window = (str(days[case.start]), str(days[case.end]), str(days[-1]))
        options = {"grace": case.grace, "method": case.method}
        split = figures(ask(root, *window, **options, by="segment"))
        found = values(figures(ask(root, *window, **options)))
    assert found == expected(case)
    assert values(split) == found
    holds(found)
    for group in {figure.group for figure in split}:
        holds(values(split, group))
    groups = sorted({figure.group for figure in split if figure.group})
    sums = [name for name in found if figure_unit(split, name) in ("amount", "count")]
    for name in sums:
        parts = [values(split, group).get(name) or ZERO for group in groups]
        assert sum(parts, ZERO) == found[name], name


def figure_unit(found: list[Figure], name: str) -> str:
    return next(figure.metric.unit for figure in found if figure.metric.id == name)


def holds(found: dict[str, Decimal | None]) -> None:
    """The bridge adds up, and GRR is neither above NRR nor above 100 %."""
    if "start" in found:
        start, expansion, contraction, churn, new, back, end = (
            found[part] or ZERO for part in BRIDGE_PARTS
        )
        assert start + expansion - contraction - churn + new + back == end
        if found["grr"] is not None and found["nrr"] is not None:
            assert found["grr"] <= min(found["nrr"], Decimal(100))
