"""What a playbook compares with, for one account: the value that it knew, and since when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest
from tenure.engine.core.problems import Span
from tenure.engine.evaluation.reference_history import AccountHistory
from tenure.engine.language.expressions import Compare, Constant, Field
from tenure.engine.language.look_back import DayWindow

FIRST, SECOND, THIRD, FOURTH = (dt.date(2026, 3, day) for day in (1, 2, 3, 4))


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


SPAN = Span("p.yaml", 1, 1, 1, 1)
LOW = Compare("<", Field("arr", "number", SPAN), Constant(65.0, "number", SPAN), SPAN)
ABSENT = "absent"


@pytest.mark.parametrize(
    ("values", "lowest", "highest", "average", "low"),
    [
        ((50.0, 60.0, 64.0), 50.0, 64.0, 58.0, True),
        ((50.0, 70.0, 60.0), 50.0, 70.0, 60.0, False),
        # On a day without a snapshot, or without a value, what was known before it counts.
        ((50.0, ABSENT, 80.0), 50.0, 80.0, 60.0, False),
        ((60.0, None, 30.0), 30.0, 60.0, 50.0, True),
        # Of the first day nothing is known: that of the others decides only where it is false.
        ((ABSENT, 60.0, 50.0), None, None, None, None),
        ((ABSENT, 70.0, 50.0), None, None, None, False),
        ((None, 60.0, 50.0), None, None, None, None),
    ],
)
def test_the_values_of_some_days_are_one(
    values: Sequence[Any], lowest: Any, highest: Any, average: Any, low: bool | None
) -> None:
    windows = [DayWindow(function, 3) for function in ("lowest", "highest", "average")]
    held = ("arr < 65", DayWindow("held_for", 3, LOW))
    history = AccountHistory({"p": frozenset({held, *(("arr", each) for each in windows)})})
    for on, value in zip((FIRST, SECOND, THIRD), values, strict=True):
        if value != ABSENT:
            history.add(on, {"arr": value})
    assert history.values("p", FOURTH, {"arr": 99.0}, None) == {
        "arr@lowest3": lowest,
        "arr@highest3": highest,
        "arr@average3": average,
        "arr < 65@held_for3": low,
    }
