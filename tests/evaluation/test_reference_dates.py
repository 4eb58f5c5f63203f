"""Which date of an account's next row its playbook believes, for looks ahead at one account."""

from __future__ import annotations

import datetime as dt
from typing import Any
from unittest import mock

import pytest
from support.lives import RULES
from tenure.engine.evaluation.candidates import UNBELIEVED
from tenure.engine.evaluation.reference_dates import believed_row

FORMER = dt.date(2026, 6, 15)
NEAR, FAR = dt.date(2026, 9, 1), dt.date(2036, 6, 15)


@pytest.mark.parametrize(
    ("former", "date", "prior", "is_open", "believed"),
    [
        (FORMER, NEAR, None, False, True),
        (FORMER, FORMER, None, False, True),
        (FORMER, FAR, None, False, False),
        # The date of a cycle that ended is back; or nothing is known to compare with.
        (FORMER, FAR, FAR, False, True),
        (FORMER, FAR, NEAR, False, False),
        (None, FAR, None, False, True),
        (FORMER, None, None, False, True),
        # Of an open enrolment, the evaluation doubts the date itself.
        (FORMER, FAR, None, True, True),
    ],
)
def test_a_date_that_is_not_believed_leaves_the_former_one(
    former: dt.date | None,
    date: dt.date | None,
    prior: dt.date | None,
    is_open: bool,
    believed: bool,
) -> None:
    executor: Any = mock.Mock(rules=RULES, row={"renewal_date": former})
    executor.machine = mock.Mock(followed="renewal_date", first=None)
    executor.day.on = dt.date(2026, 3, 2)
    executor.is_open.return_value = is_open
    executor.place.return_value = None
    executor.enrolment = None if prior is None else mock.Mock(prior_anchor=prior)
    row = {"renewal_date": date, "arr": 1.0}
    expected = row if believed else {"renewal_date": former, "arr": 1.0, UNBELIEVED: date}
    assert believed_row(executor, row) == expected
