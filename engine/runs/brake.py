"""The brake: stop a run that would issue far more actions than usual."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from ..core.problems import Problem
from ..store import RunRecord
from ..workspace.settings import Brake
from .plan import Stage

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


def brake_problem(stage: Stage, issued: int, why: str) -> Problem:
    """Return the brake's problem. A run that catches up may have committed dates before this one."""
    alone = stage.on == stage.run_on
    what = "this run" if alone else f"{stage.on.isoformat()}, which this run catches up with,"
    written = "nothing was written" if alone else "nothing was written of it"
    return Problem(
        "brake",
        f"{what} would issue {issued} actions; {why}: {written}",
        hint="look at `tenure preview`; if it is right, raise `brake:` in tenure.yaml for this run",
    )
