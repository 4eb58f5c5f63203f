"""The entry that records what becomes of a contact: the same of one account as over columns."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest
from support.store_rows import entry, table
from tenure.engine.core.schemas import LEDGER
from tenure.engine.evaluation import plan_entries
from tenure.engine.evaluation.inputs import Day
from tenure.engine.evaluation.reference_plan import Verdict, with_verdict

PLANNED = dt.date(2026, 3, 4)
DAY = dt.timedelta(days=1)
LATER, UNTIL = PLANNED + DAY, PLANNED + 5 * DAY
TODAY = Day(PLANNED - DAY, PLANNED, PLANNED - DAY)
"""Evaluated on the day before the contact, by the run of its day."""
POSTPONED = "due; postponed from 2026-03-04: no room"
PLACED = {"status": "issued", "due_on": PLANNED, "contact_on": PLANNED}
WAITS = {"status": "postponed", "due_on": PLANNED, "contact_on": None}
WITHHELD = {
    "status": "withheld",
    "due_on": PLANNED,
    "contact_on": None,
    "planned_on": None,
    "until": None,
}
LATE = {"late_days": 2}
NEW, GIVEN = {"@new": True}, {"@reassigned": True}
SAID, HELD = {"reason": POSTPONED}, {"reason": "due; postponed from 2026-03-04: a hold"}
AGAIN = {"reason": "due; no longer postponed"}
ON_LATER = {"contact_on": LATER}
AT_LATER = ON_LATER | {"due_on": LATER}
ON_TIME = {"contact_on": PLANNED}


def contact(**more: Any) -> dict[str, Any]:
    fixed = {"planned_on": PLANNED, "until": UNTIL, "due_on": PLANNED, "late_days": 0}
    row = entry("1", 4) | fixed | {"reason": "due", "contact_on": None}
    return dict.fromkeys(LEDGER) | row | {"@new": False, "@reassigned": False} | more


def over_columns(row: dict[str, Any], verdict: Verdict) -> dict[str, Any]:
    moved = row["@new"] or verdict.day != row["contact_on"]
    columns = {
        "@day": pl.lit(verdict.day, pl.Date),
        "@over": pl.lit(verdict.over),
        "@why": pl.lit(verdict.why, pl.String),
        "@moved": pl.lit(moved),
        "@new": pl.lit(row["@new"]),
        "@reassigned": pl.lit(row["@reassigned"]),
    }
    known = {name: row[name] for name in LEDGER}
    rows = table(LEDGER, [known]).with_columns(**columns)
    return plan_entries._with_verdict(rows, TODAY).select(list(LEDGER)).to_dicts()[0]


@pytest.mark.parametrize(
    ("row", "day", "why", "over", "expected"),
    [
        (NEW, PLANNED, None, False, PLACED | {"reason": "due", "revision": 4}),
        (NEW, LATER, "no room", False, PLACED | AT_LATER | SAID),
        (NEW, None, "no room", False, WAITS | SAID),
        (NEW, None, "no room", True, WITHHELD | {"reason": "due; withheld: no room"}),
        # One that a late run places has the playbook's date; one that waits, or is withheld, too.
        (LATE | NEW, PLANNED, None, False, PLACED | {"due_on": PLANNED - 2 * DAY}),
        (LATE, None, "no room", False, WAITS | {"due_on": PLANNED - 2 * DAY, "revision": 5}),
        (LATE, None, "no room", True, WITHHELD | {"due_on": PLANNED - 2 * DAY, "revision": 5}),
        # What was postponed and has its day again says so, once.
        (SAID, PLANNED, None, False, PLACED | AGAIN | {"revision": 5}),
        (SAID, None, "a hold", False, WAITS | SAID),
        (SAID | ON_LATER, None, "a hold", False, WAITS | HELD),
        (SAID | ON_LATER, LATER, "a hold", False, AT_LATER | SAID),
        # Without a reason against its day, the reason of before stays.
        (SAID | ON_LATER, LATER + DAY, None, False, SAID | {"contact_on": LATER + DAY}),
        (
            AGAIN | ON_TIME | GIVEN,
            PLANNED,
            None,
            False,
            PLACED | {"reason": "due; the owner changed; no longer postponed"},
        ),
        (ON_TIME | GIVEN, PLANNED, None, False, PLACED | {"reason": "due; the owner changed"}),
        # An owner who changes again is not said again.
        (
            ON_TIME | GIVEN | {"reason": "due; the owner changed; no longer postponed"},
            PLANNED,
            None,
            False,
            PLACED | {"reason": "due; the owner changed; no longer postponed"},
        ),
    ],
)
def test_the_entry_says_what_became_of_a_contact(
    row: dict[str, Any], day: dt.date | None, why: str | None, over: bool, expected: dict[str, Any]
) -> None:
    verdict = Verdict(day, why, over, unreachable=False)
    dates = {"issued_on": TODAY.run_on, "evaluated_on": TODAY.on}
    stays = {} if over else {"planned_on": PLANNED, "until": UNTIL}
    found = with_verdict(contact(**row), verdict, TODAY)
    assert {name: found[name] for name in (expected | dates | stays)} == expected | dates | stays
    assert over_columns(contact(**row), verdict) == {name: found[name] for name in LEDGER}


def test_a_task_whose_owner_changed_has_the_next_revision_and_its_dates() -> None:
    row = contact(planned_on=None, until=None) | {"@reassigned": True}
    found = with_verdict(row, None, TODAY)
    changed = {"revision": 5, "reason": "due; the owner changed"}
    dates = {"issued_on": TODAY.run_on, "evaluated_on": TODAY.on}
    assert found == row | changed | dates
