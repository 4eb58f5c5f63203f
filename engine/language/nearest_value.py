"""The value nearest to another one that does: a search among dates and numbers, for any test of a value.

Values farther and farther away are tried, and those next to others that are given; then the nearest of those between.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence

from .functions.function_row import FIRST_DATE, LAST_DATE

MOST_DOUBLINGS = 50
_MOST_DECIMALS = 6
MOST_LIKELY = 60
"""Values that are tried next to others."""


def nearest_date(
    start: dt.date, does: Callable[[dt.date], bool], others: Iterable[dt.date] = ()
) -> dt.date | None:
    """Return the date nearest to one that does; None where none was found.

    Args:
        start: The date.
        does: Returns whether a date does.
        others: Dates at which the outcome may change.
    """

    def does_after(days: int) -> bool:
        number = start.toordinal() + days
        in_range = FIRST_DATE.toordinal() <= number <= LAST_DATE.toordinal()
        return in_range and does(dt.date.fromordinal(number))

    near = [(other - start).days for other in others]
    days = _nearest_step(does_after, near)
    return None if days is None else start + dt.timedelta(days=days)


def nearest_number(
    start: float, does: Callable[[float], bool], others: Sequence[float] = ()
) -> float | None:
    """Return the number nearest to one that does, with as many decimals as the numbers have; None without one.

    Args:
        start: The number.
        does: Returns whether a number does.
        others: Numbers at which the outcome may change.
    """
    decimals = max(map(_decimals, (start, *others)), default=0)
    unit = 10.0**-decimals

    def number(steps: int) -> float:
        return round(start + steps * unit, decimals)

    near = [round((other - start) / unit) for other in others if abs(other - start) < 1e15 * unit]
    steps = _nearest_step(lambda n: does(number(n)), near)
    return None if steps is None else number(steps)


def _decimals(number: float) -> int:
    return next(
        n for n in range(_MOST_DECIMALS + 1) if n == _MOST_DECIMALS or round(number, n) == number
    )


def _nearest_step(does: Callable[[int], bool], near: Iterable[int]) -> int | None:
    """Return the smallest number of steps, up or down, that does; None without one."""
    likely = {steps + more for steps in near for more in (-1, 0, 1)}
    found = [steps for steps in sorted(likely, key=abs)[:MOST_LIKELY] if does(steps)][:1]
    for sign in (1, -1):
        tried = 0
        for doubling in range(MOST_DOUBLINGS):
            if does(sign * 2**doubling):
                found.append(sign * _first_that_does(does, sign, tried, 2**doubling))
                break
            tried = 2**doubling
    return min(found, key=abs, default=None)


def _first_that_does(does: Callable[[int], bool], sign: int, too_few: int, enough: int) -> int:
    while enough - too_few > 1:
        middle = (too_few + enough) // 2
        if does(sign * middle):
            enough = middle
        else:
            too_few = middle
    return enough
