"""A warning for triggers that would open one follow-up after another, and for no others."""

from __future__ import annotations

import pytest
from support.playbook_texts import codes, with_body

STEPS = "steps: [{id: call, at: 0 days, do: [{task: {owner: csm}}]}]"


def warned(when: str, more: str = "", trigger: str = "") -> bool:
    body = f"""open: [{{id: t, when: "{when}"{trigger}}}]\n{more}\n{STEPS}"""
    found = codes(with_body("triggers", body))
    assert found in ([], ["opens-for-ever"])
    return bool(found)


@pytest.mark.parametrize(
    "when",
    [
        "payment_overdue",
        "health_score < 70",
        "change(health_score, 30 days) < -10",
        "changed(csm) or vip",
        "days_until(renewal_date) between 0 and 60",
        "months_since(signup_date) == 3",
    ],
)
def test_a_condition_that_lasts_is_warned_of(when: str) -> None:
    assert warned(when)
    assert warned(when, "outcomes: {over: {at: 45 days}}")


@pytest.mark.parametrize(
    "when",
    [
        "crossed_below(health_score, 70)",
        "changed(csm) or changed(champion)",
        "vip and changed(csm)",
        "health_score < previous(health_score) - 10",
        "days_until(renewal_date) == 30",
        "today == anniversary(signup_date)",
    ],
)
def test_an_event_is_not(when: str) -> None:
    assert not warned(when)


def test_rearm_and_apart_say_when_it_opens_again() -> None:
    assert not warned("payment_overdue", trigger=", rearm: not payment_overdue")
    assert not warned("payment_overdue", "apart: 45 days")


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [("0 6 * * 1", True), ("0 6 1 * *", False), ("0 6 1 1,4,7,10 *", False)],
)
def test_a_schedule_of_months_is_a_pace(schedule: str, expected: bool) -> None:
    body = f"open: [{{id: t, when: payment_overdue}}]\n{STEPS}"
    text = with_body("triggers", body).replace("0 6 * * *", schedule)
    assert ("opens-for-ever" in codes(text)) == expected


def test_a_cadence_has_its_own_pace() -> None:
    body = f"open: [{{id: t, every: 90 days, since: last_review_date, when: vip}}]\n{STEPS}"
    assert codes(with_body("triggers", body)) == []


def test_a_follow_up_that_ends_only_when_its_condition_does_is_not_warned_of() -> None:
    assert not warned("health_score < 70", "outcomes: {well: {when: health_score >= 75}}")
    assert not warned("vip", "outcomes: {away: {when: status != 'active'}}")  # because of `for`
    well_or_over = "outcomes: {well: {when: health_score >= 75}, over: {at: 45 days}}"
    assert warned("health_score < 70", well_or_over)
