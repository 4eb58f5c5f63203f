"""Notes and warnings of a run about moves by hand, and the numbers up to which a run has read them."""

from __future__ import annotations

import polars as pl

from ..core.problems import Problem
from ..core.schemas import counted


def last_number(rows: pl.DataFrame) -> int:
    """Return the highest `number` of moves; 0 without any."""
    return int(rows["number"].max() or 0)  # type: ignore[arg-type]


def held_note(counts: pl.DataFrame) -> str:
    """Return how many accounts are on hold; empty where none is.

    Args:
        counts: COUNTS of the last date evaluated.
    """
    held = next((accounts for playbook, accounts in counted(counts, "held") if not playbook), 0)
    if not held:
        return ""
    one = held == 1
    return f"{held} account{'' if one else 's'} {'is' if one else 'are'} on hold by hand"


def enrolment_warnings(counts: pl.DataFrame) -> list[Problem]:
    """Return a warning for each playbook in which accounts could not be enrolled by hand.

    Args:
        counts: COUNTS of the date.
    """
    return [_warning(playbook, n) for playbook, n in counted(counts, "not_enrolled")]


def _warning(playbook: str, accounts: int) -> Problem:
    one = accounts == 1
    what = "1 account" if one else f"{accounts} accounts"
    return Problem(
        "not-enrolled",
        f"{what} could not be enrolled in `{playbook}` by hand: {'its' if one else 'their'} date"
        " is missing, or its cycle has ended already",
        hint="add the date, or take it back with `tenure close`; `tenure explain ACCOUNT` shows the enrolment",
        severity="warning",
    )
