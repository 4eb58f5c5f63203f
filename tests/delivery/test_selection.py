"""The actions that a channel gets on a date."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from support.deliveries import DAY
from tenure.engine.delivery.selection import recent_actions


@pytest.mark.parametrize(
    ("issued", "contact", "standing", "expected"),
    [
        (0, None, "open", True),
        (-2, None, "overdue", True),
        (-3, None, "open", False),
        # A contact counts from its contact day.
        (-9, 0, "open", True),
        (-9, -2, "open", True),
        (-9, -3, "open", False),
        (-9, 1, "open", False),
        (0, 0, "done", False),
        (0, None, "snoozed", False),
        (0, None, None, False),
    ],
)
def test_recent_actions(
    issued: int, contact: int | None, standing: str | None, expected: bool
) -> None:
    days = {"issued_on": issued, "contact_on": contact}
    dates = {
        name: None if count is None else DAY + dt.timedelta(days=count)
        for name, count in days.items()
    }
    schema = {"issued_on": pl.Date(), "contact_on": pl.Date(), "standing": pl.String()}
    actions = pl.DataFrame([{**dates, "standing": standing}], schema=schema)
    assert (recent_actions(actions, DAY).height == 1) is expected
