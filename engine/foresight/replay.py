"""The past again: what the present playbooks would have done over the snapshots of then, next to the ledger.

The days are evaluated in memory from an empty store, with what people recorded of actions and by hand. Days before them
are evaluated first, from the first run on, so that accounts are where they would have been. An action that both have is
one action: it has the same id.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import polars as pl

from ..core.offsets import ONE_DAY
from ..core.problems import Problem, Problems
from ..core.schemas import LEDGER, empty_table
from ..project.loading import Project
from ..runs.plan import MOST_AHEAD
from ..runs.running import preview_days
from ..sources import Snapshots
from ..store import Overlay, Reader
from .simulation import DayDone, SimulatedRun, actions_between, count_run

REPLAYED = ("playbook", "step", "would", "did", "both")

WARM_UP = dt.timedelta(days=92)
"""How long before the first day the evaluation begins where no run was committed: a cycle of most playbooks."""
EARLIER = dt.timedelta(days=31)
"""The most by which a contact is assumed to go out before its due date."""


@dataclass(frozen=True, slots=True)
class Replay:
    """The past evaluated again.

    Attributes:
        first: The first day.
        last: The last one.
        begun: The day on which the evaluation began, with no account enrolled; the days before `first` do not count.
        run: The figures of what would have been issued.
        steps: REPLAYED: by playbook and step, the number of actions that would have come, that came, and that are both.
        ran: True if the ledger has an action of the days.
    """

    first: dt.date
    last: dt.date
    begun: dt.date
    run: SimulatedRun
    steps: pl.DataFrame
    ran: bool


class _Past:
    """A `World` of the snapshots as they are, in which nothing more happens."""

    def __init__(self, project: Project) -> None:
        self._snapshots = Snapshots(project.workspace, project.catalogue)

    def snapshots(self, on: dt.date) -> Snapshots | None:
        """Return the snapshots; None on a date without one that is new enough."""
        newest = self._snapshots.newest(on)
        if newest is None or self._snapshots.check_age(newest, on):
            return None
        return self._snapshots

    def earliest(self, since: dt.date) -> dt.date | None:
        """Return the date of the first snapshot that is not earlier than a date."""
        return min((on for on in self._snapshots.dates() if on >= since), default=None)

    def act(self, store: Overlay, on: dt.date) -> None:
        """Record nothing: what people did is known from the start, by its date."""


def replay_days(
    project: Project,
    first: dt.date,
    last: dt.date,
    *,
    today: dt.date | None = None,
    progress: DayDone | None = None,
) -> Replay:
    """Return what the playbooks would have done over past days, next to what was done.

    Args:
        project: The workspace.
        first: The first day that counts.
        last: The last one.
        today: The present date.
        progress: Called after each day.

    Raises:
        Problems: The days cannot be evaluated, or none of them has a snapshot.
    """
    reader = Reader.of(project)
    store = Overlay()
    store.record(reader.outcomes(), reader.hand_moves())
    outcomes = []
    past = _Past(project)
    begun = _begin(reader, past, first, last)
    for outcome in preview_days(project, begun, last, today=today, world=past, store=store):
        outcomes.append(outcome)
        if progress is not None:
            progress((outcome.on - begun).days + 1, (last - begun).days + 1)
    if not any(outcome.on >= first for outcome in outcomes):
        message = f"no day from {first} to {last} has a snapshot that is new enough to evaluate"
        hint = "snapshots of the past are needed; `tenure import --date` adds one, and `max_age` says how old it may be"
        raise Problems([Problem("no-snapshot", message, hint=hint)])
    run = count_run(project, empty_table(LEDGER), outcomes, first, last)
    would = actions_between(pl.concat([each.entries for each in outcomes]), first, last)
    did = actions_between(reader.ledger(date_to=last + EARLIER), first, last)
    return Replay(first, last, begun, run, _steps(would, did), did.height > 0)


def _begin(reader: Reader, past: _Past, first: dt.date, last: dt.date) -> dt.date:
    """Return the day from which the days are evaluated: that of the first run, when no account was enrolled either."""
    runs = [record.on for record in reader.runs()]
    known = min(runs) if runs else past.earliest(first - WARM_UP)
    return min(first, max(known or first, last - MOST_AHEAD * ONE_DAY))


def _steps(would: pl.DataFrame, did: pl.DataFrame) -> pl.DataFrame:
    """Return REPLAYED, the steps that differ most first."""
    key = ["action_id", "playbook", "step"]
    sides = [
        each.select(*key, pl.lit(True).alias(name))
        for each, name in ((would, "would"), (did, "did"))
    ]
    both = sides[0].join(sides[1], on=key, how="full", coalesce=True).fill_null(False)
    counts = both.with_columns((pl.col("would") & pl.col("did")).alias("both"))
    steps = counts.group_by("playbook", "step").agg(
        pl.col("would", "did", "both").sum().cast(pl.Int64)
    )
    differing = pl.col("would") + pl.col("did") - 2 * pl.col("both")
    return steps.sort(differing, "playbook", "step", descending=[True, False, False]).select(
        REPLAYED
    )
