"""The brake: stop a run that would issue far more actions than usual, or whose dates moved beyond belief."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

import polars as pl

from ..core.problems import Problem
from ..store import RunRecord
from ..workspace.settings import Brake
from .plan import Stage

DATES_SHARE = 0.25
"""Share of a playbook's enrolments whose anchors may move on one date, unless the workspace says otherwise."""
FEWEST_DATES = 20
"""Fewer moved dates than this never stop a run: a share of few accounts says nothing."""
BRAKE_RUNS = 10
"""A jump is measured against the median of this many earlier runs."""


def too_many(issued: int, brake: Brake, records: Sequence[RunRecord]) -> str | None:
    """Return why the number of actions is too high after these runs; None if it is not."""
    if brake.actions is not None and issued > brake.actions:
        return f"the brake is set to {brake.actions}"
    earlier = [record.issued for record in records[-BRAKE_RUNS:] if record.issued]
    if brake.jump is None or len(earlier) < 3:
        return None
    usual = statistics.median(earlier)
    if issued <= brake.jump * usual:
        return None
    return f"{usual:g} are usual, and the brake allows {brake.jump:g} times that"


def dates_moved(counts: pl.DataFrame, standing: pl.DataFrame, brake: Brake) -> str | None:
    """Return what moved, where the anchors of too large a share of a playbook's enrolments did; None if none did.

    Args:
        counts: COUNTS of the date.
        standing: The number of open enrolments before it, by `playbook` and state (`accounts`).
        brake: The workspace's brake.
    """
    share = DATES_SHARE if brake.dates is None else brake.dates
    enrolled = standing.group_by("playbook").agg(pl.col("accounts").sum().alias("enrolled"))
    moved = counts.filter(what="dates").join(enrolled, on="playbook").sort("playbook")
    for playbook, accounts, of in moved.select("playbook", "accounts", "enrolled").iter_rows():
        if accounts >= FEWEST_DATES and accounts > share * of:
            dates = f"the dates of {accounts} of the {of} accounts in `{playbook}` moved"
            return f"{dates}, and the brake allows {share * 100:g} %"
    return None


def dates_problem(stage: Stage, what: str) -> Problem:
    """Return the problem of a date on which too many dates moved."""
    return Problem(
        "brake",
        f"on {stage.on.isoformat()} {what}: {_written(stage)}",
        hint="look at the export; if it is right, raise `brake: {dates: ...}` in tenure.yaml for this run",
    )


def _written(stage: Stage) -> str:
    """Say what was written. A run that catches up may have committed dates before this one."""
    return "nothing was written" if stage.on == stage.run_on else "nothing was written of it"


def brake_problem(stage: Stage, issued: int, why: str) -> Problem:
    """Return the brake's problem."""
    alone = stage.on == stage.run_on
    what = "this run" if alone else f"{stage.on.isoformat()}, which this run catches up with,"
    return Problem(
        "brake",
        f"{what} would issue {issued} actions; {why}: {_written(stage)}",
        hint="look at `tenure preview`; if it is right, raise `brake:` in tenure.yaml for this run",
    )
