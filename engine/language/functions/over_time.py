"""Drift of values: how far they can move as time passes, while all of the account's own values stay.

`days_until(renewal_date)` falls by one a day. A result that jumps on single dates, as `years_since(signup_date)` does,
does not drift: the function's row has the date of its next step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

LARGEST_FACTOR = 1e6
"""Factor up to which multiples of drifting numbers are followed, and whose inverse is the smallest one."""


class Drift(NamedTuple):
    """The limits of how far a value moves: in n days, by `least * n - slack` to `most * n + slack`.

    Attributes:
        least: The least change a day, negative for a value that can fall.
        most: The greatest change a day.
        slack: How far the value can be off this course.
        size: How fast the numbers that it is made of move, which its rounding errors are relative to.
    """

    least: float = 0
    most: float = 0
    slack: float = 0
    size: float = 0


STILL = Drift()
"""The drift of a value that does not move."""
DAILY = Drift(1, 1, 0, 1)
"""The drift of `today`, in days."""

Drifts = Sequence[Drift]
DriftFunction = Callable[[Drifts], Drift | None]
"""Computes the drift of a result from those of the arguments; None where it is not known."""


def sum_of(a: Drift, b: Drift) -> Drift:
    """Return the drift of the sum of two values."""
    return Drift(a.least + b.least, a.most + b.most, a.slack + b.slack, a.size + b.size)


def difference_of(a: Drift, b: Drift) -> Drift:
    """Return the drift of a value minus another."""
    return Drift(a.least - b.most, a.most - b.least, a.slack + b.slack, a.size + b.size)


def multiple_of(drift: Drift, factor: float) -> Drift | None:
    """Return the drift of a value times a number; None where the number is very large or small."""
    if not 1 / LARGEST_FACTOR <= abs(factor) <= LARGEST_FACTOR:
        return None
    least, most = sorted((drift.least * factor, drift.most * factor))
    size = abs(factor)
    return Drift(least, most, drift.slack * size, drift.size * size)


def only_still(drifts: Drifts) -> Drift | None:
    """Return the drift of a result that moves with its arguments in no simple way."""
    return STILL if all(drift == STILL for drift in drifts) else None


def widest(drifts: Drifts) -> Drift:
    """Return the drift of a result that is one of its arguments."""
    return Drift(
        min(drift.least for drift in drifts),
        max(drift.most for drift in drifts),
        max(drift.slack for drift in drifts),
        max(drift.size for drift in drifts),
    )


def either_way(drifts: Drifts) -> Drift:
    """Return the drift of a size, which falls where its negative argument rises."""
    (drift,) = drifts
    most = max(abs(drift.least), abs(drift.most))
    return Drift(-most, most, drift.slack, drift.size)


def until_date(drifts: Drifts) -> Drift:
    """Return the drift of the days from today to the first argument."""
    return difference_of(drifts[0], DAILY)


def since_date(drifts: Drifts) -> Drift:
    """Return the drift of the days from the first argument to today."""
    return difference_of(DAILY, drifts[0])


def some_days_until(drifts: Drifts) -> Drift:
    """Return the drift of the number of some of the days from today to the first argument, such as working days."""
    date = drifts[0]
    return Drift(min(date.least, 0) - 1, max(date.most, 0), date.slack, date.size + 1)


def with_today(drifts: Drifts) -> Drift | None:
    """Return the drift of a day's number, which moves with a date that is as many days from today on every day."""
    (date,) = drifts
    return date if date == STILL or _moves_with_today(date) else None


def between_steps(drifts: Drifts) -> Drift | None:
    """Return the drift of a part of a date, such as its month, that stays until it jumps."""
    return None if with_today(drifts) is None else STILL


def _moves_with_today(date: Drift) -> bool:
    return date.least == date.most == 1 and not date.slack
