"""How far back an earlier value is, and the column that has it."""

from __future__ import annotations

from typing import NamedTuple

from .expressions import Expression


class DayWindow(NamedTuple):
    """All values of a field since some days ago, up to the day before, as one.

    Attributes:
        function: The function that combines them: `average`, `lowest`, `highest` or `held_for`.
        days: How many days ago the first one was known.
        condition: The condition that is evaluated on each day, for `held_for`.
    """

    function: str
    days: int
    condition: Expression | None = None


class AsOfDate(NamedTuple):
    """The value known on a date of each account's own.

    Attributes:
        date: The column that has the date: that of a field, or `@opened_on`.
    """

    date: str


Back = int | DayWindow | AsOfDate | None
"""Some days ago, all values since some days ago, a date, or (None) the playbook's last evaluation."""

AS_OF_DAYS = 400
"""Days that values read as of dates stay: a cycle of a year, and a month."""

AS_OF = "@as_of"
"""Suffix of the column with the date that a value was read for, such as `seats@since_signup_date@as_of`."""


def days_of_back(back: Back) -> int | None:
    """Return how many days ago the earliest value is; None for the playbook's last evaluation."""
    if isinstance(back, AsOfDate):
        return AS_OF_DAYS
    return back.days if isinstance(back, DayWindow) else back


def column_of_back(name: str, back: Back) -> str:
    """Return the column of an earlier value: `seats@previous`, `seats@30`, `seats@lowest30` or `seats@since_x`.

    Args:
        name: The field, or the text of the condition that is evaluated on each day.
        back: How far back it is.
    """
    if isinstance(back, DayWindow):
        return f"{name}@{back.function}{back.days}"
    if isinstance(back, AsOfDate):
        return f"{name}@since_{back.date.removeprefix('@')}"
    return f"{name}@{'previous' if back is None else back}"
