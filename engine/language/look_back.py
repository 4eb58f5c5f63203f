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


Back = int | DayWindow | None
"""Some days ago, all values since some days ago, or (None) the playbook's last evaluation."""


def days_of_back(back: Back) -> int | None:
    """Return how many days ago the earliest value is; None for the playbook's last evaluation."""
    return back.days if isinstance(back, DayWindow) else back


def column_of_back(name: str, back: Back) -> str:
    """Return the column of an earlier value: `seats@previous`, `seats@30` or `seats@lowest30`.

    Args:
        name: The field, or the text of the condition that is evaluated on each day.
        back: How far back it is.
    """
    if isinstance(back, DayWindow):
        return f"{name}@{back.function}{back.days}"
    return f"{name}@{'previous' if back is None else back}"
