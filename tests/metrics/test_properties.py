"""Random lives through the real reading: the same figures by the slow oracle, and for any frequency of exports."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import NamedTuple

import duckdb
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
from tenure.engine.metrics.request import MetricRequest, compute_each_month
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
ANCHOR: Row = {
    **dict.fromkeys(COLUMNS, ""),
    "status": "active",
    "mrr": "10",
    "segment": "growth",
    "renewal_date": "2030-01-01",
}
"""In every snapshot, so that none is without a good row, or with an empty column."""
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
    end = draw(st.integers(1, len(days) - 1))
    start = draw(st.integers(0, end - 1))
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
        part: sum((each[part] for each in bridges), ZERO) for part in [*BRIDGE_PARTS, "kept"]
    }
    begun, kept = found["start"] or ZERO, found.pop("kept") or ZERO
    lost = [found[part] or ZERO for part in ("contraction", "churn")]
    found["arr_start"], found["arr_end"] = begun * 12, (found["end"] or ZERO) * 12
    found["nrr"] = ratio(begun + (found["expansion"] or ZERO) - sum(lost), begun)
    found["grr"] = ratio(kept, begun)
    counts = [account.customers(start, end, method == "movements") for account in accounts]
    n = {name: sum(each[name] for each in counts) for name in counts[0]}
    found |= {name: Decimal(count) for name, count in n.items()}
    found["customer_retention"] = ratio(
        n["customers_start"] - n["customers_lost"], n["customers_start"]
    )
    terms = [
        term
        for account in accounts
        for term in account.terms(start, end)
        if days[start] < term[0] <= days[end]
    ]
    count, worth = {}, {}
    for outcome in ("renewed", "lapsed", "pending"):
        amounts = [amount for _, become, amount, _ in terms if become == outcome]
        count[outcome], worth[outcome] = len(amounts), sum(amounts, ZERO)
        found[outcome], found[f"{outcome}_mrr"] = Decimal(len(amounts)), worth[outcome]
    found["renewal_rate"] = ratio(count["renewed"], count["renewed"] + count["lapsed"])
    kept = sum((kept for *_, kept in terms), ZERO)
    found["renewal_rate_by_value_retained"] = ratio(kept, worth["renewed"] + worth["lapsed"])
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


ENDS = (dt.date(2024, 12, 31), dt.date(2025, 12, 31))
"""The ends of the window of `test_figures_do_not_depend_on_how_often_one_exports`."""
LATER = dt.date(2026, 3, 1)
LEAVES = ("dropped", "lapsed", "declared", "expired", "early")


def a_history(draw: Random) -> dict[str, object]:
    """An account that pays, changes what it pays, and perhaps leaves and comes back, by the day."""
    came = dt.date(2024, 6, 1) + draw.randrange(700) * DAY
    left = came + draw.randrange(1, 700) * DAY if draw.random() < 0.6 else dt.date.max
    near_the_end = ENDS[1] - draw.randrange(20) * DAY
    left = draw.choice([left, left, near_the_end]) if came < near_the_end else left
    back = (
        left + draw.randrange(1, 90) * DAY if draw.random() < 0.4 and left < LATER else dt.date.max
    )
    raised = came + draw.randrange(600) * DAY
    # What an account within grace paid is known only where an export had it before.
    how = draw.choice(LEAVES if came <= ENDS[0] else [each for each in LEAVES if each != "expired"])
    mrr = draw.choice([100, 60, 250])
    now = mrr if how == "expired" else draw.choice([40, 100, 500])
    return {
        "came": came,
        "left": left,
        "back": back,
        "raised": raised,
        "how": how,
        "mrr": mrr,
        "now": now,
    }


def exported_on(number: int, life: dict[str, object], day: dt.date) -> Row | None:
    """The row of an account in the export of a day; None where the export does not list it."""
    came, left, back, raised = (life[name] for name in ("came", "left", "back", "raised"))
    if day < came:  # type: ignore[operator]
        return None
    how, away = life["how"], left < day < back  # type: ignore[operator]
    if away and how == "dropped":
        return None
    row = {"account_id": f"a{number}", "segment": "enterprise" if number % 2 else "growth"}
    row |= {"mrr": str(life["now"] if day >= raised else life["mrr"]), "status": "active"}  # type: ignore[operator]
    if how == "expired":
        row["renewal_date"] = str(left if day < back else LATER + 300 * DAY)  # type: ignore[operator]
    if how == "early":
        row["renewal_date"] = str(LATER + 300 * DAY)
    if away:
        row |= {"status": "lapsed", "mrr": "0"}
        row["churn_date"] = str(left) if how == "declared" else ""
    return row


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[dict[str, object]], list[dt.date]]:
    """Accounts by the day, and the dates of the exports between and after the window's ends."""
    seed, count = draw(st.integers(0, 10**9)), draw(st.integers(1, 30))
    lives = [a_history(Random(f"{seed} {number}")) for number in range(count)]
    months = [dt.date(2025, month, 1) - DAY for month in range(2, 13)]
    some_days = st.lists(
        st.integers(1, 364).map(lambda n: ENDS[0] + n * DAY), min_size=1, max_size=12
    )
    return lives, draw(st.one_of(st.just(months), some_days))


@examples(25)
@given(histories(), st.sampled_from([0, 14]))
def test_figures_do_not_depend_on_how_often_one_exports(
    history: tuple[list[dict[str, object]], list[dt.date]], grace: int
) -> None:
    """The window's ends alone, with exports between them, and computed two months later."""
    lives, between = history
    found = []
    for days in ([*ENDS], [*ENDS, *between], [*ENDS, *between, LATER]):
        with tempfile.TemporaryDirectory() as folder:
            rows = {
                str(day): [{"account_id": "anchor", **ANCHOR}]
                + [row for n, life in enumerate(lives) if (row := exported_on(n, life, day))]
                for day in sorted({*days})
            }
            root = lay_out(Path(folder) / "w", rows)
            on = str(max(days))
            asked = ask(root, str(ENDS[0]), str(ENDS[1]), on, grace=grace, by="segment")
            figures = [*REVENUE.compute(asked), *CUSTOMERS.compute(asked)]
            found.append({(each.metric.id, each.group): each.value for each in figures})
    for name in ("new", "reactivation"):
        # Who paid before, and left again, is known only where an export has it.
        for some in found:
            for group in ("enterprise", "growth", None):
                some.pop((name, group), None)
    assert found[0] == found[1] == found[2]
    for some in found:
        assert (some["grr", None] or 0) <= min(some["nrr", None] or 0, 100)


AT_BOTH_ENDS = """
WITH first AS (SELECT * FROM read_csv($first, all_varchar = true) WHERE status = 'active'),
     last AS (SELECT * FROM read_csv($last, all_varchar = true) WHERE status = 'active'),
     stayed AS (
       SELECT first.mrr::DECIMAL(18, 2) AS before, coalesce(last.mrr::DECIMAL(18, 2), 0) AS after,
              last.account_id IS NOT NULL AS stays
       FROM first LEFT JOIN last USING (account_id))
SELECT sum(before), sum(after), sum(least(before, after)), count(*), count(*) FILTER (stays) FROM stayed
"""


def test_year_ends_month_ends_and_daily_exports_give_the_figures_of_sql_at_the_two_ends(
    tmp_path: Path,
) -> None:
    """One history of a year in three forms, without grace, and a query of the two files of its ends, to the cent."""
    lives = [a_history(Random(f"year {number}")) for number in range(40)]
    year = [ENDS[0] + n * DAY for n in range((ENDS[1] - ENDS[0]).days + 1)]
    forms = {
        "years": [*ENDS],
        "months": [day for day in year if (day + DAY).day == 1],
        "days": year,
    }
    found = []
    for name, days in forms.items():
        rows = {
            str(day): [
                {**row, "mrr": f"{row['mrr']}.{37 * number % 100:02}"} if row["mrr"] != "0" else row
                for number, life in enumerate(lives)
                if (row := exported_on(number, life, day))
            ]
            for day in days
        }
        root = lay_out(tmp_path / name, rows)
        asked = ask(root, str(ENDS[0]), str(ENDS[1]), grace=0)
        figures = values([*REVENUE.compute(asked), *CUSTOMERS.compute(asked)])
        # Who paid before, and left again, is known only where an export has it.
        figures["come"] = (figures.pop("new") or ZERO) + (figures.pop("reactivation") or ZERO)
        found.append(figures)
    assert found[0] == found[1] == found[2]
    files = {
        end: str(tmp_path / "years" / "data" / f"accounts-{day}.csv")
        for end, day in zip(("first", "last"), ENDS, strict=True)
    }
    before, after, capped, customers, stay = duckdb.execute(AT_BOTH_ENDS, files).fetchone() or ()
    one = found[0]
    assert (one["start"], one["customers_start"]) == (before, customers)
    assert one["customers_lost"] == customers - stay
    assert (one["nrr"], one["grr"]) == (ratio(after, before), ratio(capped, before))
    assert one["customer_retention"] == ratio(stay, customers)
    assert 0 < stay < customers
    assert capped < min(before, after)


@examples(25)
@given(histories(), st.sampled_from([0, 14]), st.integers(1, 10))
def test_months_that_are_over_do_not_change_and_lead_into_each_other(
    history: tuple[list[dict[str, object]], list[dt.date]], grace: int, month: int
) -> None:
    """Two months in a row, computed on their last day and again when the later exports are there."""
    lives, between = history
    first, middle, last = (dt.date(2025, month + at, 1) for at in range(3))
    found = []
    every = sorted({*ENDS, *between})
    for days, on in (([day for day in every if day <= last], last), ([*every, LATER], LATER)):
        with tempfile.TemporaryDirectory() as folder:
            rows = {
                str(day): [{"account_id": "anchor", **ANCHOR}]
                + [row for n, life in enumerate(lives) if (row := exported_on(n, life, day))]
                for day in days
            }
            root = lay_out(Path(folder) / "w", rows)
            asked = ask(root, str(first), str(last), str(on), grace=grace)
            figures = [
                figure
                for family in (REVENUE, CUSTOMERS)
                for figure in compute_each_month(family, asked)
            ]
            found.append({(each.metric.id, each.period): each.value for each in figures})
    assert found[0] == found[1]
    for end, start in (("end", "start"), ("customers_end", "customers_start")):
        # A month in which nothing was exported is n/a.
        values = {found[0][start, str(last)], found[0][end, str(middle)]}
        assert len(values - {None}) < 2
