"""A year of the example series has, for every shipped playbook, what moves accounts through it.

Each check reads the written files and counts with plain Python; the playbooks are not asked.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest
from tenure.engine.example.series import write_example

FIRST, LAST = dt.date(2026, 1, 5), dt.date(2027, 1, 4)
Row = dict[str, str]
History = dict[dt.date, Row]


@pytest.fixture(scope="module", params=[7, 8])
def year(request, tmp_path_factory) -> dict[str, History]:
    """By account, its rows by date."""
    folder = tmp_path_factory.mktemp("year")
    histories: dict[str, History] = {}
    for path in write_example(folder, seed=request.param, first=FIRST, last=LAST):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                on = dt.date.fromisoformat(path.stem[-10:])
                histories.setdefault(row["account_id"], {})[on] = row
    return histories


def number(row: Row, column: str) -> float | None:
    cell = row[column]
    return float(cell) if cell.replace(".", "").isdigit() else None


def date(row: Row, column: str) -> dt.date | None:
    cell = row[column]
    if "/" in cell:
        return dt.datetime.strptime(cell, "%d/%m/%Y").date()  # noqa: DTZ007
    return dt.date.fromisoformat(cell) if cell and not cell.endswith("02-30") else None


def accounts(year: dict[str, History], holds: Callable[[History], bool]) -> int:
    return sum(holds(history) for history in year.values())


def cells(history: History, column: str) -> list[str]:
    """The values one after another, each once."""
    values = [row[column] for row in history.values()]
    return values[:1] + [new for old, new in pairwise(values) if old != new]


def readiness(row: Row) -> bool:
    """Health above 80, a rating above 8, more than 80 % of the plan used."""
    least = (("health_score", 80), ("nps_rating", 8), ("plan_utilisation", 0.8))
    return all((number(row, column) or 0) > floor for column, floor in least)


def test_some_accounts_are_ready_to_grow_and_most_are_not(year):
    ready = [[row for row in history.values() if readiness(row)] for history in year.values()]
    assert 10 < sum(bool(rows) for rows in ready) < len(year) / 5
    rows = [row for rows in ready for row in rows]
    for column in ("premium_views", "invitations"):
        assert any(row[column] == "0" for row in rows)
        assert any(row[column] != "0" for row in rows)
    assert any(int(row["contract_term_months"] or 0) >= 24 for row in rows)
    assert any(row["renewal_outcome"] == "renewed" for row in rows)
    assert any(not row["renewal_outcome"] for row in rows)
    # Long enough for a second hand-off, half a year after the first.
    spans = [[on for on, row in history.items() if readiness(row)] for history in year.values()]
    assert any(days and (days[-1] - days[0]).days >= 180 for days in spans)


def test_reviews_are_booked_and_moved(year):
    def moved(history: History) -> bool:
        return any(
            (old := date(before, "next_review_date")) is not None
            and (new := date(row, "next_review_date")) is not None
            and old != new
            and min(old, new) > on
            and before["last_review_date"] == row["last_review_date"]
            for (_, before), (on, row) in pairwise(history.items())
        )

    assert accounts(year, lambda history: len(cells(history, "next_review_date")) > 4) > 80
    assert accounts(year, moved) > 20


def test_held_reviews_were_booked_on_their_day(year):
    booked = held = 0
    for history in year.values():
        planned: set[str] = set()
        for (_, before), (_, row) in pairwise(history.items()):
            planned.add(before["next_review_date"])
            if row["last_review_date"] != before["last_review_date"]:
                held += 1
                booked += row["last_review_date"] in planned
    assert held > 400
    assert held * 0.5 < booked < held


def test_some_reviews_are_not_held(year):
    def missed(history: History) -> bool:
        """A date that stood in the calendar a week after it, and no review was held since."""
        return any(
            (day := date(row, "next_review_date")) is not None
            and on >= day + dt.timedelta(7)
            and ((last := date(row, "last_review_date")) is None or last < day)
            for on, row in history.items()
        )

    assert accounts(year, missed) > 30


def test_reviews_lie_in_the_past_and_go_forward(year):
    for history in year.values():
        days = [(on, date(row, "last_review_date")) for on, row in history.items()]
        held = [(on, day) for on, day in days if day is not None]
        assert all(day < on for on, day in held)
        assert all(old <= new for (_, old), (_, new) in pairwise(held))


def test_every_kind_of_review_is_held_by_its_own_segment(year):
    kinds: dict[str, set[str]] = {}
    for history in year.values():
        for row in history.values():
            kinds.setdefault(row["last_review_type"], set()).add(row["account_id"])
    assert kinds.keys() == {"", "ebr", "qbr", "mbr", "success_call"}
    assert all(len(those) > 10 for those in kinds.values())
    assert not kinds["ebr"] & kinds["mbr"]


@pytest.mark.parametrize("column", ["customer_sponsor", "champion", "csm"])
def test_people_change(year, column):
    assert accounts(year, lambda history: len(cells(history, column)) > 1) > 8


def test_some_champions_leave_before_another_comes(year):
    assert accounts(year, lambda history: "" in cells(history, "champion")[1:-1]) > 5


def test_executives_look_after_some_enterprises_only(year):
    rows = [history[LAST] for history in year.values() if LAST in history]
    big = [row for row in rows if (number(row, "annual_value") or 0) > 100_000]
    assert 0.2 < sum(bool(row["executive_sponsor"]) for row in big) / len(big) < 0.9
    given = [cells(history, "executive_sponsor") for history in year.values()]
    assert sum(names[0] == "" and names[-1] != "" for names in given) > 2


def test_customers_go_live_for_the_first_time_and_again(year):
    def again(history: History) -> bool:
        return len(set(cells(history, "go_live_date")) - {""}) > 1

    assert accounts(year, lambda history: cells(history, "go_live_date")[0] == "") > 10
    assert accounts(year, again) > 40
    for history in year.values():
        assert all((date(row, "go_live_date") or on) <= on for on, row in history.items())


def falls(history: History) -> Iterator[dt.date]:
    """The dates on which health is 15 points or more below what it was four weeks before."""
    for on, row in history.items():
        before = history.get(on - dt.timedelta(28))
        now, then = number(row, "health_score"), before and number(before, "health_score")
        if now is not None and then is not None and then - now >= 15:
            yield on


def test_health_falls_and_recovers_above_75_and_falls_again(year):
    def recovered(history: History) -> bool:
        low = next((on for on in falls(history)), None)
        return low is not None and any(
            on > low and (number(row, "health_score") or 0) > 75 for on, row in history.items()
        )

    def again(history: History) -> bool:
        days = list(falls(history))
        up = [on for on, row in history.items() if (number(row, "health_score") or 0) > 75]
        return any(days[0] < on < days[-1] for on in up) if days else False

    assert accounts(year, lambda history: any(falls(history))) > 60
    assert accounts(year, recovered) > 25
    assert accounts(year, again) > 3


FIGURES = ("projects", "hours_saved", "collaborations")


def test_quarterly_figures_of_accounts_without_csm_change(year):
    alone = [
        [row for row in history.values() if not row["csm"]]
        for history in year.values()
        if any(not row["csm"] for row in history.values())
    ]
    assert len(alone) > 100
    for figure in FIGURES:
        values = [[number(row, f"{figure}_90d") for row in rows[::13]] for rows in alone]
        steps = [
            (old, new)
            for those in values
            for old, new in pairwise(those)
            if old is not None and new is not None
        ]
        assert sum(new > old for old, new in steps) > len(steps) / 5
        assert sum(new < old for old, new in steps) > len(steps) / 10
        assert any(None in those for those in values)


def test_a_quarter_is_never_more_than_the_term_it_lies_in(year):
    columns = {"projects": "projects_created", "hours_saved": "hours_saved"}
    columns["collaborations"] = "collaborations"
    checked = 0
    for history in year.values():
        for on, row in history.items():
            began = date(row, "contract_start")
            for figure, term in columns.items():
                part, whole = number(row, f"{figure}_90d"), number(row, term)
                if began and part is not None and whole is not None:
                    inside = (on - began).days >= 90
                    assert part <= whole if inside else part >= whole
                    checked += 1
    assert checked > 10_000


def test_features_are_used_by_some_and_taken_up_along_the_way(year):
    for feature in ("automation", "integrations", "reports", "templates", "mobile"):
        column = f"uses_{feature}"
        assert accounts(year, lambda history, c=column: cells(history, c) == ["false"]) > 30
        assert accounts(year, lambda history, c=column: cells(history, c) == ["true"]) > 30
        assert accounts(year, lambda history, c=column: cells(history, c) == ["false", "true"]) > 5
        assert accounts(year, lambda history, c=column: cells(history, c) == [""]) > 5


def reaching(year: dict[str, History], day: Callable[[dt.date], dt.date | None]) -> int:
    """How many accounts come to a day counted from their signup while they are in the series."""
    count = 0
    for history in year.values():
        signup = date(next(iter(history.values())), "signup_date")
        assert signup is not None
        reached = day(signup)
        count += reached is not None and min(history) < reached <= max(history)
    return count


@pytest.mark.parametrize("days", [90, 180, 365, 730])
def test_accounts_come_to_each_loyalty_tier(year, days):
    assert reaching(year, lambda signup: signup + dt.timedelta(days)) > 10


@pytest.mark.parametrize("years", [1, 2, 3, 4, 5])
def test_accounts_come_to_each_anniversary(year, years):
    def anniversary(signup: dt.date) -> dt.date | None:
        leap = (signup.month, signup.day) == (2, 29)
        return signup.replace(year=signup.year + years, day=28 if leap else signup.day)

    assert reaching(year, anniversary) > 10


def test_signups_on_a_29_february_are_two_years_old_and_older(year):
    days = {next(iter(history.values()))["signup_date"] for history in year.values()}
    assert {day for day in days if day.endswith("02-29")} == {"2024-02-29", "2020-02-29"}


def test_some_were_there_at_the_beginning(year):
    days = [date(next(iter(history.values())), "signup_date") for history in year.values()]
    assert 3 < sum(day is not None and day < dt.date(2018, 1, 1) for day in days) < 20


def test_seats_in_use_come_to_be_more_than_half_about_an_anniversary_and_at_other_times(year):
    """What holds a loyalty level back at first, and then no longer."""

    def share(row: Row) -> float:
        return (number(row, "seats_active") or 0) / (number(row, "seats_licensed") or 1)

    gaps = []
    for history in year.values():
        signup = date(next(iter(history.values())), "signup_date")
        rise = [
            on
            for (_, before), (on, row) in pairwise(history.items())
            if share(before) < 0.5 <= share(row)
        ]
        if rise and signup is not None:
            gaps.append(min((rise[0] - signup).days % 365, -(rise[0] - signup).days % 365))
    assert len(gaps) > 15
    assert sum(gap <= 14 for gap in gaps) > 4
    assert sum(gap > 14 for gap in gaps) > 4


@pytest.mark.parametrize("column", ["payment_overdue", "escalated"])
def test_troubles_begin_and_end(year, column):
    assert (
        accounts(year, lambda history: cells(history, column)[:3] == ["false", "true", "false"])
        > 15
    )


def test_objectives_come_to_be_at_risk_and_out_of_it(year):
    assert accounts(year, lambda history: "0" in cells(history, "plan_risks")[2:]) > 20
    assert accounts(year, lambda history: cells(history, "plan_risks") == [""]) > 100


def test_terms_are_of_one_year_or_several(year):
    found = {row["contract_term_months"] for history in year.values() for row in history.values()}
    assert {"6", "12", "24", "36"} <= found


def test_accounts_lapse_and_return_within_30_days_later_or_never(year):
    gaps = []
    for history in year.values():
        for (_, before), (_, row) in pairwise(history.items()):
            if (before["state"], row["state"]) == ("Lapsed", "Active"):
                ended, began = date(before, "renewal_date"), date(row, "contract_start")
                if ended is not None and began is not None:
                    gaps.append((began - ended).days)
    assert sum(8 <= gap <= 30 for gap in gaps) > 8
    assert sum(gap > 30 for gap in gaps) > 3
    assert accounts(year, lambda history: cells(history, "state")[-2:] == ["Active", "Lapsed"]) > 15


def test_an_account_among_the_first_tenth_by_revenue_falls_behind(year):
    """Of active accounts from 20,000 on; the tenth rounded up, as is the share it falls behind."""

    def ranked(on: dt.date) -> dict[str, float]:
        rows = [history[on] for history in year.values() if on in history]
        arr = {
            row["account_id"]: value
            for row in rows
            if row["state"] == "Active" and (value := number(row, "annual_value") or 0) >= 20_000
        }
        return {
            each: sum(other > value for other in arr.values()) / len(arr)
            for each, value in arr.items()
        }

    best: set[str] = set()
    fallen: set[str] = set()
    for on in sorted({on for history in year.values() for on in history})[::13]:
        ranks = ranked(on)
        fallen |= {each for each in best & ranks.keys() if ranks[each] >= 0.15}
        best |= {each for each, rank in ranks.items() if rank < 0.10}
    assert len(best) > 10
    assert fallen
