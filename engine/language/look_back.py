"""How far back an earlier value is, and the column that has it."""

from __future__ import annotations

from typing import NamedTuple


class DayWindow(NamedTuple):
    """All values of a field since some days ago, up to the day before, as one.

    Attributes:
        function: The function that combines them: `average`, `lowest` or `highest`.
        days: How many days ago the first one was known.
    """

    function: str
    days: int


Back = int | DayWindow | None
"""Some days ago, all values since some days ago, or (None) the playbook's last evaluation."""


def days_of_back(back: Back) -> int | None:
    """Return how many days ago the earliest value is; None for the playbook's last evaluation."""
    return back.days if isinstance(back, DayWindow) else back


def column_of_back(field: str, back: Back) -> str:
    """Return the column of a field's earlier value: `seats@previous`, `seats@30` or `seats@lowest30`."""
    if isinstance(back, DayWindow):
        return f"{field}@{back.function}{back.days}"
    return f"{field}@{'previous' if back is None else back}"
