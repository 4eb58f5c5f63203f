"""Warnings of a run about dates that it doubts."""

from __future__ import annotations

import polars as pl

from ..core.problems import Problem
from ..core.schemas import counted
from ..workspace.settings import Doubt


def doubt_warnings(counts: pl.DataFrame, doubt: Doubt) -> list[Problem]:
    """Return a warning for each playbook in which accounts wait because their dates moved beyond belief.

    Args:
        counts: COUNTS of the date.
        doubt: The workspace's settings.
    """
    return [
        _warning(playbook, accounts, doubt) for playbook, accounts in counted(counts, "doubted")
    ]


def _warning(playbook: str, accounts: int, doubt: Doubt) -> Problem:
    one = accounts == 1
    what = "the date of 1 account" if one else f"the dates of {accounts} accounts"
    waits = "it waits until it has" if one else "they wait until they have"
    days = "1 day" if doubt.stands_days == 1 else f"{doubt.stands_days} days"
    return Problem(
        "doubtful-date",
        f"{what} in `{playbook}` moved beyond belief: {waits} lasted for {days}",
        hint="their owners have a task to check the date; `tenure explain ACCOUNT` says why it is doubted",
        severity="warning",
    )
