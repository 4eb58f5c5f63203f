"""Which actions of one account are still to come, and for which date the playbook meant them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from support.store_rows import commit, entry, record
from tenure.engine.core.schemas import LEDGER
from tenure.engine.evaluation.inputs import Day
from tenure.engine.evaluation.reference_promises import (
    playbook_date_of,
    revise,
    still_to_come,
)
from tenure.engine.store import Overlay

ON = dt.date(2026, 3, 2)
DAY = dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("entry_of", "comes"),
    [
        ({"due_on": ON}, True),
        ({"due_on": ON - DAY}, False),
        ({"due_on": ON - DAY, "contact_on": ON}, True),
        ({"due_on": ON - DAY, "contact_on": ON - DAY}, False),
        ({"due_on": ON, "contact_on": ON - DAY}, True),
        ({"due_on": ON - DAY, "status": "postponed"}, True),
        ({"due_on": ON, "contact_on": ON, "status": "withdrawn"}, False),
    ],
)
def test_what_went_out_before_the_date_is_not_to_come(
    entry_of: dict[str, Any], comes: bool
) -> None:
    row = dict.fromkeys(LEDGER) | entry("1") | entry_of
    assert still_to_come([row], Day(ON, ON, ON)) == [row] * comes
    # A run asks the store the same.
    store = Overlay()
    commit(store, record(0), [], [row])
    assert store.pending(ON - DAY).height == comes


def test_a_date_that_is_over_already_is_said() -> None:
    row = dict.fromkeys(LEDGER) | entry("1") | {"due_on": ON}
    assert still_to_come([row], Day(ON, ON, ON, over_until=ON)) == []
    assert still_to_come([row], Day(ON, ON, ON, over_until=ON - 2 * DAY)) == [row]


@pytest.mark.parametrize(
    ("planned_on", "late_days", "expected"),
    [
        (None, 3, ON),
        (ON + 4 * DAY, 0, ON + 4 * DAY),
        (ON + 4 * DAY, 3, ON + DAY),
    ],
)
def test_the_playbooks_date_is_without_lateness_and_plan(
    planned_on: dt.date | None, late_days: int, expected: dt.date
) -> None:
    row = {"due_on": ON, "planned_on": planned_on, "late_days": late_days}
    assert playbook_date_of(row) == expected


def test_a_revision_has_no_day_of_the_plan_any_more() -> None:
    row = entry("1", 3, contact_on=ON, planned_on=ON, until=ON, late_days=2)
    day = Day(ON, ON + DAY, ON)
    assert revise(row, day, "withdrawn", "it is over") == row | {
        "status": "withdrawn",
        "reason": "it is over",
        "revision": 4,
        "issued_on": ON + DAY,
        "evaluated_on": ON,
        "contact_on": None,
        "planned_on": None,
        "until": None,
        "late_days": 0,
    }
