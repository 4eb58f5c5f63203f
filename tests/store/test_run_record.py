"""The record of a run: which dates are committed, and what is read back of its row."""

from __future__ import annotations

import datetime as dt

import pytest
from support.store_rows import record
from tenure.engine.store.run_record import (
    RUN_COLUMNS,
    RunRecord,
    date_refusal,
    run_from_row,
    run_to_row,
)

ON = dt.date(2026, 1, 5)
DAY = dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("last", "attempt", "attempts", "belated", "refused"),
    [
        (None, 1, 0, False, None),
        (ON, 2, 1, False, None),
        (ON - DAY, 1, 0, False, None),
        (ON + DAY, 1, 0, False, "lies before 2026-01-06"),
        (ON + DAY, 1, 0, True, None),
        (ON, 1, 1, False, "is committed already (attempt 1)"),
        (ON, 2, 3, False, "is committed already (attempt 3)"),
        (ON + DAY, 1, 1, True, "is committed already (attempt 1)"),
    ],
)
def test_a_date_is_committed_once_and_in_order(
    last: dt.date | None, attempt: int, attempts: int, belated: bool, refused: str | None
) -> None:
    found = date_refusal(ON, attempt, last, attempts, belated=belated)
    if refused is None:
        assert found is None
    else:
        assert found is not None
        assert refused in found.message


def test_a_record_is_read_back_as_it_was_written() -> None:
    written = record(0, filled={"arr": 3}, events={"nps": "ab"}, passed=["actions"], outcomes_to=4)
    row = run_to_row(written)
    assert len(row) == len(RUN_COLUMNS)
    assert row[RUN_COLUMNS.index("evaluated_on")] == "2026-01-01"
    assert row[RUN_COLUMNS.index("passed")] == '["actions"]'
    assert run_from_row(row) == written


def test_of_what_a_run_did_not_do_there_is_none() -> None:
    on = dt.date(2026, 1, 5)
    made = RunRecord(on, 1, on, on, "", 0, 0, {}, "", [])
    numbers = ("issued", "postponed", "skipped", "withheld", "superseded", "withdrawn")
    assert [getattr(made, name) for name in (*numbers, "outcomes_to", "moves_to")] == [0] * 8
    tables = ("schedules", "libraries", "filled", "events")
    assert [getattr(made, name) for name in tables] == [{}] * 4
    assert (made.passed, made.force_reason) == ([], "")
    assert run_from_row(run_to_row(made)) == made
