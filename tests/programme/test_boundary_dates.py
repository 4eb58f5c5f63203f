"""Each offset of the shipped playbooks, on the day before, on it and after; leap days, month ends, holidays.

What the scenario folders show so already is not repeated: the first days of quarters (`vip`, `self_serve_review`), EBRs
of contracts from 29 February (`reviews.leap`), reviews on weekends (`reviews`), hand-overs on holidays (`expansion`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest
from support.shipped import due_dates, enrolled, facts_on, on_date
from tenure.engine.evaluation.inputs import DayEvaluation

ON = dt.date(2026, 4, 15)
"""A Wednesday: the days around it are working days too."""
DAY = dt.timedelta(days=1)


class Offset(NamedTuple):
    """An action that is due days or years after the date in `field`, for an account that stands in the step before.

    `shift` says where it moves off a day on which nobody works. One that waits for something is due when that is known.
    """

    what: str
    field: str
    days: int
    shift: str
    account: Mapping[str, Any]
    state: str | None = None
    waits: bool = False
    years: int = 0

    def base(self, falls_on: dt.date) -> dt.date:
        """The date in the field of which it falls on that one."""
        return falls_on.replace(year=falls_on.year - self.years) - self.days * DAY


ACTIVE = {"status": "active", "csm": "Zoé", "health_score": 60, "arr": 10_000}
LOW = ACTIVE | {"auto_renew": False, "segment": "growth"}
ALONE = LOW | {"csm": None}
RENEWAL = [
    Offset("preparation.account_check", "renewal_date", -120, "later", LOW),
    Offset("preparation.standard_offer", "renewal_date", -120, "later", LOW),
    Offset("health_check.email", "renewal_date", -90, "later", LOW, "preparation"),
    Offset("value_report.email", "renewal_date", -60, "earlier", LOW, "health_check"),
    Offset("renewal_notice.email", "renewal_date", -30, "earlier", LOW, "value_report"),
    Offset("urgency.email", "renewal_date", -14, "earlier", LOW, "renewal_notice"),
    Offset("urgency.in_app", "renewal_date", -14, "earlier", LOW, "renewal_notice"),
    Offset("urgency.last_minute_offer", "renewal_date", -14, "earlier", LOW, "renewal_notice"),
    Offset("final_push.email", "renewal_date", -7, "earlier", LOW, "urgency"),
    Offset("final_push.retention_offer", "renewal_date", -7, "earlier", LOW, "urgency"),
    Offset("grace.read_only", "renewal_date", 0, "later", LOW, "final_push", waits=True),
    Offset("win_back.handoff", "renewal_date", 14, "later", LOW, "grace"),
    Offset("win_back.handoff", "renewal_date", 7, "later", ALONE, "grace"),
    Offset("in lapsed", "renewal_date", 30, "none", LOW, "win_back"),
]
WIN_BACK = [
    Offset("learn.task", "renewal_date", 14, "later", LOW, "enrolled"),
    Offset("learn.task", "renewal_date", 7, "later", ALONE, "enrolled"),
    Offset("first_offer.email", "renewal_date", 14, "later", LOW, "learn"),
    Offset("better_offer.email", "renewal_date", 21, "earlier", LOW, "first_call"),
    Offset("last_offer.email", "renewal_date", 28, "earlier", LOW, "better_offer"),
    Offset("lost.handoff", "renewal_date", 30, "later", LOW, "last_offer"),
]
# The booked date is the review's; it was opened on the first of January.
QUARTERLY = ACTIVE | {"segment": "strategic", "objectives_at_risk": 1}
MONTHLY = QUARTERLY | {"segment": "growth"}
REVIEWS = [
    Offset("invitation.qbr_invitation", "next_review_date", -14, "later", QUARTERLY, "enrolled"),
    Offset("invitation.data", "next_review_date", -14, "later", QUARTERLY, "enrolled"),
    Offset("final_preparation.logistics", "next_review_date", -7, "later", QUARTERLY, "invitation"),
    Offset("meeting.qbr", "next_review_date", 0, "none", QUARTERLY, "final_preparation"),
    Offset("recap.qbr_recap", "last_review_date", 0, "later", QUARTERLY, "meeting", waits=True),
    Offset("mid_quarter.call", "last_review_date", 45, "later", QUARTERLY, "follow_up"),
    Offset("invitation.check_in_invitation", "next_review_date", -7, "later", MONTHLY, "enrolled"),
    Offset("final_preparation.logistics", "next_review_date", -3, "later", MONTHLY, "invitation"),
    Offset("in done", "last_review_date", 20, "none", MONTHLY, "follow_up"),
]
EARNED = ACTIVE | {"health_score": 90, "seats_active": 9, "seats_licensed": 10}
EARNED |= {"features_used": 9, "features_total": 10}
LOYALTY = [
    Offset("bronze_notice.email", "signup_date", 60, "later", EARNED),
    Offset("bronze.features", "signup_date", 90, "none", EARNED, "enrolled_notified"),
    Offset("bronze.email", "signup_date", 90, "later", EARNED, "enrolled_notified"),
    Offset("silver_notice.email", "signup_date", 150, "later", EARNED, "bronze"),
    Offset("silver.features", "signup_date", 180, "none", EARNED, "bronze_notified", waits=True),
    Offset("silver.email", "signup_date", 180, "later", EARNED, "bronze_notified", waits=True),
    Offset("gold_notice.email", "signup_date", 335, "later", EARNED, "silver"),
    Offset("gold.features", "signup_date", 365, "none", EARNED, "silver_notified", waits=True),
    Offset("platinum_notice.email", "signup_date", 700, "later", EARNED, "gold"),
    Offset("platinum.features", "signup_date", 730, "none", EARNED, "gold_notified", waits=True),
]
ANNIVERSARY = [
    Offset("first_year.badge", "signup_date", 0, "none", EARNED, years=1),
    Offset("first_year.email", "signup_date", 0, "later", EARNED, years=1),
    Offset("second_year.badge", "signup_date", 0, "none", EARNED, years=2),
    Offset("second_year.email", "signup_date", 0, "later", EARNED, years=2),
    Offset("later_years.benefits", "signup_date", 0, "none", EARNED, years=3),
    Offset("later_years.email", "signup_date", 0, "later", EARNED, years=3),
]
OFFSETS = {
    "anniversary": ANNIVERSARY,
    "loyalty": LOYALTY,
    "renewal": RENEWAL,
    "reviews": REVIEWS,
    "win_back": WIN_BACK,
}


class Place(NamedTuple):
    """An account that an offset is tried on: the date in its field, and its country."""

    offset: Offset
    base: dt.date
    country: str = "FR"


def evaluated(playbook: str, on: dt.date, places: Mapping[str, Place]) -> DayEvaluation:
    accounts, states = {}, []
    for id, (offset, base, country) in places.items():
        accounts[id] = {**offset.account, offset.field: base, "country": country}
        if offset.state is not None:
            opened = {"opened_by": "cadence", "opened_on": dt.date(2020, 1, 1)}
            states.append(enrolled(id, playbook, offset.state, anchor=base, **opened))
    return on_date(playbook, on, accounts, states)


def given(
    playbook: str, on: dt.date, places: Mapping[str, Place]
) -> dict[str, dict[str, dt.date | None]]:
    """By account what came of it on a date, with the date on which it is due; an outcome has none."""
    evaluation = evaluated(playbook, on, places)
    found: dict[str, dict[str, dt.date | None]] = {id: {} for id in places}
    for id, facts in facts_on(evaluation).items():
        found[id] = {**dict.fromkeys(facts), **due_dates(evaluation).get(id, {})}
    return found


@pytest.mark.parametrize("playbook", OFFSETS)
def test_nothing_comes_a_day_early_nor_is_it_dated_a_day_late(playbook: str) -> None:
    places = {
        f"{number:02} {offset.what} {n:+}": Place(offset, offset.base(ON - n * DAY))
        for number, offset in enumerate(OFFSETS[playbook])
        for n in (-1, 0, 1)
    }
    found = given(playbook, ON, places)
    for number, offset in enumerate(OFFSETS[playbook]):
        before, at, after = (found[f"{number:02} {offset.what} {n:+}"] for n in (-1, 0, 1))
        assert offset.what not in before, offset
        assert offset.what in at, offset
        assert offset.what in after, offset
        if not offset.what.startswith("in "):
            assert at[offset.what] == ON, offset
            assert after[offset.what] == (ON if offset.waits else ON - DAY), offset


# What is seen late is done within these days, and skipped after them; what is owed has no such days.
LATE = [
    ("renewal", "value_report.email", 7),
    ("renewal", "renewal_notice.email", 7),
    ("win_back", "better_offer.email", 7),
    ("reviews", "invitation.data", 14),
    ("reviews", "mid_quarter.call", 14),
    ("loyalty", "bronze.email", 7),
    ("loyalty", "bronze.features", None),
    ("anniversary", "first_year.email", 7),
    ("anniversary", "first_year.badge", None),
]


@pytest.mark.parametrize(("playbook", "what", "within"), LATE)
def test_what_is_late_is_done_while_it_is_worth_it(
    playbook: str, what: str, within: int | None
) -> None:
    offset = next(each for each in OFFSETS[playbook] if each.what == what)
    late = (6, 7, 8, 13, 14, 15)
    places = {str(n): Place(offset, offset.base(ON - n * DAY)) for n in late}
    step, action = what.split(".")
    rows = evaluated(playbook, ON, places).entries.filter(step=step, action=action)
    found = dict(rows.select("account_id", "status").iter_rows())
    done = {n: "issued" if within is None or n <= within else "skipped" for n in late}
    assert found == {str(n): status for n, status in done.items()}


# How many days from a date the working day before it is, and the one after; countries that are not named work on it. Of
# the United Kingdom's holidays those count that all of it keeps: not Easter Monday, nor 2 January.
OFF = {
    "2026-01-01": {"FR": (-1, 1), "US": (-1, 1), "GB": (-1, 1)},
    "2026-01-19": {"US": (-3, 1)},  # Martin Luther King's Day
    "2026-04-03": {"GB": (-1, 3)},  # Good Friday
    "2026-04-06": {"FR": (-3, 1)},  # Easter Monday
    "2026-04-18": {"FR": (-1, 2), "US": (-1, 2), "GB": (-1, 2)},  # a Saturday
    "2026-04-19": {"FR": (-2, 1), "US": (-2, 1), "GB": (-2, 1)},  # a Sunday
    "2026-05-01": {"FR": (-1, 3)},  # Labour Day, a Friday
    "2026-05-04": {"GB": (-3, 1)},  # the first Monday of May
    "2026-05-25": {"FR": (-3, 1), "US": (-3, 1), "GB": (-3, 1)},  # Whit Monday, Memorial Day
    "2026-07-03": {"US": (-1, 3)},  # Independence Day is a Saturday
    "2026-07-14": {"FR": (-1, 1)},
    "2026-11-26": {"US": (-1, 1)},  # Thanksgiving
    "2026-12-25": {
        "FR": (-1, 3),
        "US": (-1, 3),
        "GB": (-1, 4),
    },  # a Friday; Boxing Day is kept on the Monday
}


ON_MONDAY = ("health_check.email",)
"""What waits over a weekend: a review may open on Monday, and take its place."""


class Fall(NamedTuple):
    """What is tried on a date that may be off: when it is due, and first seen to be."""

    place: Place
    due: dt.date
    seen: dt.date


def falls_of(playbook: str, on: dt.date, off: Mapping[str, tuple[int, int]]) -> dict[str, Fall]:
    found = {}
    for number, offset in enumerate(OFFSETS[playbook]):
        for country in ("FR", "US", "GB"):
            before, after = off.get(country, (0, 0))
            due = on + {"earlier": before, "later": after, "none": 0}[offset.shift] * DAY
            place = Place(offset, offset.base(on), country)
            seen = due if on.weekday() > 4 and offset.what in ON_MONDAY else min(on, due)
            found[f"{number:02} {offset.what} {country}"] = Fall(place, due, seen)
    return {id: fall for id, fall in found.items() if not fall.place.offset.what.startswith("in ")}


@pytest.mark.parametrize("playbook", OFFSETS)
def test_who_is_off_is_not_written_to(playbook: str) -> None:
    for written, off in OFF.items():
        on = dt.date.fromisoformat(written)
        if playbook == "reviews" and on.weekday() > 4:
            continue  # reviews run on working days
        falls = falls_of(playbook, on, off)
        places = {id: fall.place for id, fall in falls.items()}
        for seen in {fall.seen for fall in falls.values()}:
            today = given(playbook, seen, places)
            own = {id: fall for id, fall in falls.items() if fall.seen == seen}
            assert {id: today[id].get(fall.place.offset.what) for id, fall in own.items()} == {
                id: fall.due for id, fall in own.items()
            }, written


# From a date to when something is due, counted by hand: over leap days, and from and to the ends of months.
CALENDAR = [
    ("renewal", "preparation.account_check", "2028-06-28", "2028-02-29"),
    ("renewal", "preparation.account_check", "2027-06-29", "2027-03-01"),
    ("renewal", "renewal_notice.email", "2028-03-30", "2028-02-29"),
    ("renewal", "renewal_notice.email", "2029-03-31", "2029-03-01"),
    ("renewal", "urgency.email", "2028-03-14", "2028-02-29"),
    ("renewal", "urgency.email", "2027-03-15", "2027-03-01"),
    ("win_back", "lost.handoff", "2028-01-30", "2028-02-29"),
    ("win_back", "lost.handoff", "2027-01-30", "2027-03-01"),
    ("reviews", "invitation.qbr_invitation", "2028-03-14", "2028-02-29"),
    ("reviews", "mid_quarter.call", "2028-01-15", "2028-02-29"),
    ("reviews", "mid_quarter.call", "2027-01-15", "2027-03-01"),
    ("loyalty", "bronze.features", "2023-12-31", "2024-03-30"),
    ("loyalty", "bronze.features", "2024-02-29", "2024-05-29"),
    ("loyalty", "silver.features", "2024-02-29", "2024-08-27"),
    ("loyalty", "gold.features", "2024-02-29", "2025-02-28"),
    ("loyalty", "gold.features", "2023-03-01", "2024-02-29"),
    ("loyalty", "platinum.features", "2024-02-29", "2026-02-28"),
    # 29 February is kept on the 28th.
    ("anniversary", "first_year.badge", "2024-02-29", "2025-02-28"),
    ("anniversary", "second_year.badge", "2024-02-29", "2026-02-28"),
    ("anniversary", "later_years.benefits", "2024-02-29", "2027-02-28"),
    ("anniversary", "later_years.benefits", "2024-02-29", "2028-02-29"),
    ("anniversary", "first_year.badge", "2027-02-28", "2028-02-28"),
    ("anniversary", "first_year.badge", "2027-03-01", "2028-03-01"),
    ("anniversary", "first_year.badge", "2025-08-31", "2026-08-31"),
]


@pytest.mark.parametrize(("playbook", "what", "base", "due"), CALENDAR)
def test_leap_days_and_the_ends_of_months(playbook: str, what: str, base: str, due: str) -> None:
    offset = next(each for each in OFFSETS[playbook] if each.what == what)
    places = {"a": Place(offset, dt.date.fromisoformat(base))}
    on = dt.date.fromisoformat(due)
    assert given(playbook, on, places)["a"].get(what) == on
    assert what not in given(playbook, on - DAY, places)["a"]
