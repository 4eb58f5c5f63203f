"""What a playbook compares with, for one account: the value that it knew, and since when."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from tenure.engine.evaluation.reference_history import AccountHistory

FIRST, SECOND, THIRD = (dt.date(2026, 3, day) for day in (1, 2, 3))


@pytest.mark.parametrize(
    ("before", "now", "undecided", "value", "known_on"),
    [
        (10.0, 12.0, False, 12.0, SECOND),
        # A change that could not be decided is compared again; what did not change has no other date for it.
        (10.0, 12.0, True, 10.0, FIRST),
        (10.0, 10.0, True, 10.0, SECOND),
        # An unknown value is no change: the one of before is the last known.
        (10.0, None, True, 10.0, FIRST),
        (10.0, None, False, 10.0, FIRST),
        # Nothing was known that could have changed.
        (None, 12.0, True, 12.0, SECOND),
        (None, None, True, None, None),
    ],
)
def test_a_playbook_compares_with_what_it_knew(
    before: Any, now: Any, undecided: bool, value: Any, known_on: dt.date | None
) -> None:
    history = AccountHistory({"p": frozenset({("arr", None)})})
    history.compared("p", FIRST, {"arr": before}, ())
    history.compared("p", SECOND, {"arr": now}, ["arr"] if undecided else ())
    found = history.values("p", THIRD, {"arr": 99.0}, None)
    assert found == {"arr@previous": value, "arr@previous@on": known_on}
