"""Simulation of days to come: what the playbooks issue, whose weeks it fills, and how often customers are contacted.

Every day is evaluated as a run would, in one process and in memory; nothing is written. Accounts stay as they are, or
change as stated assumptions say, in one or several runs.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import polars as pl

from ..calendar.working_days import Calendar
from ..core.ids import ACCOUNT_ID
from ..core.offsets import ONE_DAY
from ..core.problems import Problem
from ..project.loading import Project
from ..runs.running import RunOutcome, preview_days
from ..store import Reader
from ..workspace.settings import Role
from .assumed_world import AssumedWorld
from .assumptions import Assumptions
from .dated_actions import TO_COME, as_last_revised

DayDone = Callable[[int, int], None]
"""Called with the number of days evaluated, and of all days."""
COUNTED = ("week", "playbook", "owner", "kind")
"""The keys by which actions are counted: the Monday of their week, and columns of the ledger."""
_CONTACT = (ACCOUNT_ID, "playbook", "cycle", "step", "contact_on")


class OwnerWeek(NamedTuple):
    """A week in which a person has more tasks than their role's capacity."""

    owner: str
    role: str
    week: dt.date
    tasks: int
    room: int


@dataclass(frozen=True, slots=True)
class SimulatedRun:
    """The result of one run over the days.

    Attributes:
        actions: The number of actions by `COUNTED`, of those whose day is among the days.
        contacts: The number of accounts by how many contacts they get, none included.
        beyond: The weeks of people beyond capacity, in order.
        warnings: The problems of the data and the playbooks.
    """

    actions: Counter[tuple[dt.date, str, str | None, str]]
    contacts: Counter[int]
    beyond: tuple[OwnerWeek, ...]
    warnings: tuple[Problem, ...] = ()
    terms: Mapping[str, int] = field(default_factory=dict)
    """By what became of them under assumptions, the number of customers: renewed, lost."""

    def by(self, *names: str) -> Counter[tuple[Any, ...]]:
        """Return the number of actions by some of `COUNTED`."""
        places = [COUNTED.index(name) for name in names]
        counts = Counter[tuple[Any, ...]]()
        for key, number in self.actions.items():
            counts[tuple(key[at] for at in places)] += number
        return counts


def simulate_days(
    project: Project,
    first: dt.date,
    last: dt.date,
    *,
    today: dt.date | None = None,
    progress: DayDone | None = None,
    world: AssumedWorld | None = None,
) -> SimulatedRun:
    """Return what one run over the days issues, if accounts stay as they are or as the world says.

    Args:
        project: The workspace.
        first: The first day.
        last: The last one.
        today: The present date.
        progress: Called after each day.
        world: The assumed events of the days, not used before.

    Raises:
        Problems: The days cannot be evaluated.
    """
    before = Reader.of(project).pending(first - ONE_DAY)
    outcomes = []
    for outcome in preview_days(project, first, last, today=today, world=world):
        outcomes.append(outcome)
        if progress is not None:
            progress(len(outcomes), (last - first).days + 1)
    counted = count_run(project, before, outcomes, first, last)
    if world is None:
        return counted
    return replace(counted, terms={"renewed": world.renewed, "lost": world.lost})


def simulate_runs(
    project: Project,
    first: dt.date,
    last: dt.date,
    assumptions: Assumptions,
    *,
    runs: int,
    seed: int,
    today: dt.date | None = None,
    progress: DayDone | None = None,
) -> list[SimulatedRun]:
    """Return several runs over the days under assumptions; the same seed gives the same runs.

    Args:
        project: The workspace.
        first: The first day.
        last: The last one.
        assumptions: The assumptions.
        runs: The number of runs.
        seed: The seed of their chances.
        today: The present date.
        progress: Called after each day of each run.

    Raises:
        Problems: The days cannot be evaluated, or the data lacks a field that an assumption is about.
    """
    days = (last - first).days + 1
    found = []
    for number in range(runs):

        def day_done(done: int, _: int, before: int = number * days) -> None:
            if progress is not None:
                progress(before + done, runs * days)

        world = AssumedWorld(project, assumptions, first, f"{seed}/{number}")
        found.append(
            simulate_days(project, first, last, today=today, progress=day_done, world=world)
        )
    return found


def count_run(
    project: Project,
    before: pl.DataFrame,
    outcomes: list[RunOutcome],
    first: dt.date,
    last: dt.date,
) -> SimulatedRun:
    """Return the figures of evaluated days.

    Args:
        project: The workspace.
        before: The actions that were still to come before the first day, LEDGER.
        outcomes: The results of the days, in order.
        first: The first day.
        last: The last one.
    """
    entries = pl.concat([before, *(each.entries for each in outcomes)])
    actions = actions_between(entries, first, last)
    counted = actions.select(pl.col("@on").dt.truncate("1w").alias("week"), *COUNTED[1:])
    records = outcomes[-1].store.latest_runs(1)
    accounts = records[0].snapshot_rows if records else 0
    return SimulatedRun(
        Counter(counted.iter_rows()),
        _contacts(actions, accounts),
        tuple(_beyond(actions, project.workspace.roles, project.workspace.calendar(), first, last)),
        outcomes[0].warnings,
    )


def actions_between(entries: pl.DataFrame, first: dt.date, last: dt.date) -> pl.DataFrame:
    """Return the actions that are to come, as last revised, and whose day `@on` is between the dates."""
    to_come = pl.col("status").is_in(list(TO_COME))
    return as_last_revised(entries).filter(to_come, pl.col("@on").is_between(first, last))


def _contacts(actions: pl.DataFrame, accounts: int) -> Counter[int]:
    """Return the number of accounts by their contacts: what one step sends one account on one day."""
    sent = actions.filter(pl.col("contact_on").is_not_null(), status="issued")
    by_account = sent.select(_CONTACT).unique().group_by(ACCOUNT_ID).len()
    counts = Counter[int](by_account["len"].to_list())
    without = max(accounts - by_account.height, 0)
    return counts + Counter({0: without})


def _beyond(
    actions: pl.DataFrame,
    roles: Mapping[str, Role],
    calendar: Calendar,
    first: dt.date,
    last: dt.date,
) -> Iterator[OwnerWeek]:
    """Yield the weeks in which a person has more tasks than fit on the working days that are among the days."""
    limits = {id: role.capacity for id, role in roles.items() if role.capacity is not None}
    tasks = actions.filter(
        pl.col("planned_on").is_null(),
        pl.col("owner").is_not_null(),
        pl.col("owner_role").is_in(list(limits)),
    )
    keys = ["owner", "owner_role", pl.col("@on").dt.truncate("1w").alias("week")]
    for owner, role, week, number in sorted(tasks.group_by(keys).len().iter_rows()):
        days = (week + at * ONE_DAY for at in range(7))
        within = [day for day in days if first <= day <= last]
        room = limits[role] * sum(calendar.is_working(day, None, False) for day in within)
        if number > room:
            yield OwnerWeek(owner, role, week, number, room)
