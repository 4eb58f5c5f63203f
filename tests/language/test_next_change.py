"""When time alone can change a condition's outcome: never later than it does."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.shipped import shipped
from support.strategies import SCOPE, columns, expressions, read, rows, scalar
from support.time_conditions import condition, near_row
from tenure.engine.language.condition import load_condition
from tenure.engine.language.expressions import Expression
from tenure.engine.language.functions import FUNCTIONS
from tenure.engine.language.functions.over_time import only_still
from tenure.engine.language.interpreter import evaluate_expression
from tenure.engine.language.next_change import next_change
from tenure.engine.runs.required_fields import expressions as conditions_of

TODAY = dt.date(2026, 3, 10)
"""A Tuesday."""
TOMORROW = dt.date(2026, 3, 11)
HORIZON = 400
"""Days within which a change is looked for."""
WORDS = replace(SCOPE, actions=True, events={"tickets": {}})
ACCOUNT: dict[str, Any] = {
    **dict.fromkeys(columns(SCOPE)),
    "@today": TODAY,
    "@snapshot_date": TODAY,
    "@anchor": dt.date(2026, 6, 30),
    "@opened_on": dt.date(2026, 3, 1),
    "@renewal.state": "notice",
    "@renewal.opened_on": dt.date(2026, 1, 1),
    "@renewal.entered_on": dt.date(2026, 3, 8),
    "@meeting/review.done_on": dt.date(2026, 2, 1),
    "@count(tickets, 30 days)": 5.0,
    "renewal_date": dt.date(2026, 6, 30),  # in 112 days
    "signup_date": dt.date(2024, 2, 29),
    "segment": "growth",
    "auto_renew": False,
    "health_score": 60.0,
    "seats": 30.0,
}


def changes_before(e: Expression, row: dict[str, Any], date: dt.date | None) -> dt.date | None:
    """The first day before a date on which the value is another one, by evaluating each of them.

    The newest snapshot may stay that of today, or be of that day.
    """
    today, now = row["@today"], evaluate_expression(e, row)
    days = HORIZON if date is None else min((date - today).days - 1, HORIZON)
    for on in (today + dt.timedelta(days=n) for n in range(1, days + 1)):
        for snapshot in (row["@snapshot_date"], on):
            if evaluate_expression(e, {**row, "@today": on, "@snapshot_date": snapshot}) != now:
                return on
    return None


@given(seed=st.integers(0, 2**32))
def test_no_outcome_changes_before_its_date(seed: int) -> None:
    random = Random(seed)
    text = condition(random)
    e, problems = load_condition(scalar(text), SCOPE)
    if e is None:
        refused = {"wrong-number", "date-out-of-range", "not-a-field", "deep-condition"}
        assert {problem.code for problem in problems} <= refused, text
        return
    for row in (near_row(random) for _ in range(3)):
        assert changes_before(e, row, next_change(e, row)) is None, text


@pytest.mark.slow
@given(data=st.data(), row=rows(SCOPE))
def test_no_outcome_of_any_condition_changes_before_its_date(
    data: st.DataObject, row: dict[str, Any]
) -> None:
    e = data.draw(expressions(SCOPE))
    row["@snapshot_date"] = min(row["@snapshot_date"] or row["@today"], row["@today"])
    assert changes_before(e, row, next_change(e, row)) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # The days until a date, compared with a number.
        ("days_until(renewal_date) < 90", "2026-04-02"),
        ("days_until(renewal_date) <= 90", "2026-04-01"),
        ("days_until(renewal_date) == 90", "2026-04-01"),
        ("days_until(renewal_date) > 90", "2026-04-01"),
        ("days_until(renewal_date) >= 112", "2026-03-11"),
        ("days_until(renewal_date) > 112", None),
        ("0 <= days_until(renewal_date) <= 90", "2026-04-01"),
        ("91 <= days_until(renewal_date) <= 120", "2026-04-01"),
        ("days_until(renewal_date) not between 0 and 90", "2026-04-01"),
        ("days_until(renewal_date) in (90, 60, 30)", "2026-04-01"),
        ("days_until(renewal_date) * 2 < 61", "2026-05-31"),
        ("days_until(renewal_date) is missing", None),
        # A field may have a fraction: a day early for `<`.
        ("days_until(renewal_date) < seats", "2026-05-31"),
        ("days_until(renewal_date) <= seats", "2026-05-31"),
        ("choose(auto_renew, 30, 60) >= days_until(renewal_date)", "2026-05-01"),
        ("abs(days_until(renewal_date)) <= 7", "2026-06-23"),
        ("business_days_until(renewal_date) < 60", "2026-03-26"),  # 75 now: 5 holidays
        # The days since a date.
        ("days_since(renewal_date) > 0", "2026-07-01"),
        ("days_since(signup_date) >= 30", None),
        ("days_since(opened_on) / 7 >= 3", "2026-03-22"),
        ("round(days_since(opened_on) / 7) >= 3", "2026-03-11"),
        ("days_since_done('meeting/review') >= 90", "2026-05-02"),
        ("days_since(standing_since('renewal/notice')) <= 7", "2026-03-16"),
        ("days_since(opened_on) + days_until(renewal_date) <= 120", None),
        ("days_until(renewal_date) - days_until(anchor) >= seats * 28", None),
        # Dates compared with today.
        ("today >= renewal_date - 90 days", "2026-04-01"),
        ("today >= anchor + 30 days", "2026-07-30"),
        ("today < renewal_date - 3 months", "2026-03-30"),
        ("renewal_date <= today + 3 months", "2026-03-25"),  # months differ by up to five days
        ("renewal_date - today <= 30 days", "2026-05-31"),
        ("today == renewal_date", "2026-06-30"),
        ("today in (2026-03-10, 2026-05-01)", "2026-03-11"),
        ("2026-02-01 <= today <= 2026-04-30", "2026-05-01"),
        ("opened_on <= signup_date <= today", None),
        # Whole months and years, and what comes back.
        ("years_since(signup_date) >= 3", "2027-02-28"),
        ("months_since(signup_date) >= 25", "2026-03-29"),
        ("days_since(anniversary(signup_date)) between 1 and 7", "2027-02-28"),
        ("days_until(next_anniversary(signup_date)) <= 7", "2027-02-21"),
        ("anniversary(renewal_date) is missing", "2027-06-30"),
        ("recurrence(opened_on, 2 weeks) == today", "2026-03-15"),
        ("recurrence(signup_date, 1 month) >= opened_on", "2026-03-29"),
        # Parts of today's date.
        ("month(today) == 6", "2026-04-01"),
        ("quarter_start(today) >= 2026-04-01", "2026-04-01"),
        ("day(today) == 15", "2026-03-15"),
        ("day(today) == 5", "2026-04-01"),
        ("weekday(today) == 1", "2026-03-16"),
        ("weekday(today) <= 5", "2026-03-14"),
        ("weekday(anchor - 90 days) == 6", None),
        # The snapshot.
        ("snapshot_reaches(anchor)", "2026-06-30"),
        ("snapshot_reaches(signup_date)", None),
        ("snapshot_date >= renewal_date", "2026-03-11"),
        # Only what can matter: false and anything is false, true or anything is true.
        ("auto_renew and days_until(renewal_date) <= 90", None),
        ("not auto_renew and days_until(renewal_date) <= 90", "2026-04-01"),
        ("today < anchor and today >= anchor - 30 days", "2026-05-31"),
        ("segment == 'growth' or today >= anchor", None),
        ("opt_out or days_until(renewal_date) <= 90", "2026-04-01"),
        ("csm is missing or today >= anchor", None),
        # Without time.
        ("health_score < 70 and segment in ('growth', 'strategic')", None),
        ("previous(health_score) < 50", None),
        ("change_since(opened_on, seats) > 3", None),
        ("stands_in('renewal/notice')", None),
        ("count(tickets, 30 days) >= 3", None),
        ("done('meeting/review')", None),
    ],
)
def test_the_date_is_the_one_on_which_something_can_happen(text: str, expected: str | None) -> None:
    e = read(text, WORDS)
    date = expected and dt.date.fromisoformat(expected)
    assert next_change(e, ACCOUNT) == date
    assert changes_before(e, ACCOUNT, next_change(e, ACCOUNT)) is None


@pytest.mark.parametrize("text", ["renewal_date - 90 days", "anniversary(signup_date)", "today"])
def test_a_value_changes_too(text: str) -> None:
    expected = {"today": TOMORROW, "anniversary(signup_date)": dt.date(2027, 2, 28)}
    assert next_change(read(text, SCOPE, "date"), ACCOUNT) == expected.get(text)


def test_an_unknown_condition_stays_unknown() -> None:
    nothing = {**dict.fromkeys(columns(SCOPE)), "@today": TODAY}
    for text in ("days_until(renewal_date) < 90", "months_since(signup_date) > 3 or opt_out"):
        assert next_change(read(text, SCOPE), nothing) is None


def test_each_function_of_the_time_says_when_it_changes() -> None:
    for function in FUNCTIONS.values():
        if function.reads & {"today", "snapshot_date"}:
            assert function.next_step is not None or function.drift is not only_still


def test_no_condition_of_the_shipped_playbooks_is_due_every_day() -> None:
    nothing = {"@today": TODAY, "@snapshot_date": TODAY}
    for playbook in shipped().playbooks:
        for e in conditions_of(playbook):
            # The anchor of a review that opens is days after its opening, so another one on each day.
            assert next_change(e, nothing) != TOMORROW or e.type == "date"
