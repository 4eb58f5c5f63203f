"""Capacity: the days of tasks for people, spread over what their owners can do in a day.

A task that its owner has no room for is due on the first later working day with room, as long as its patience lasts.
Otherwise it stays on its day: no task is lost. Like the caps on openings, it compares accounts, so all of them must be
evaluated together.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping

import polars as pl

from ..calendar.working_days import PLACE
from ..core.ids import ACCOUNT_ID
from ..core.membership import is_one_of
from ..core.offsets import ONE_DAY
from ..core.upsert import without
from ..workspace.settings import Role
from .inputs import Day, Rules, Tables

_OWNER = ("owner_role", "owner")


def has_capacity(roles: Mapping[str, Role]) -> bool:
    """Return whether some role has a capacity."""
    return any(role.capacity is not None for role in roles.values())


def spread_tasks(
    entries: pl.DataFrame, pending: pl.DataFrame, day: Day, tables: Tables, rules: Rules
) -> pl.DataFrame:
    """Return the new entries with the days of their tasks spread, LEDGER.

    The tasks of higher priorities are given their days first; among equals, those due first, then by account id.

    Args:
        entries: New entries, LEDGER.
        pending: Actions of before that are still to come, LEDGER.
        day: The date evaluated.
        tables: The snapshot.
        rules: The roles, the priorities and the working days.
    """
    limits = {id: role.capacity for id, role in rules.roles.items() if role.capacity is not None}
    limited = (
        pl.col("planned_on").is_null()
        & (pl.col("status") == "issued")
        & pl.col("owner").is_not_null()
        & is_one_of(pl.col("owner_role"), limits)
    )
    if not limits or not entries.select(limited.any()).item():
        return entries
    ranks = {name: index for index, name in enumerate(rules.policy.priorities)}
    rank = pl.col("priority").replace_strict(ranks, default=len(ranks), return_dtype=pl.Int32)
    before = without(pending.filter(limited), entries, "action_id")
    taken = Counter(before.select(*_OWNER, "due_on").iter_rows())
    places = tables.snapshot.select(ACCOUNT_ID, PLACE)
    tasks = entries.filter(limited).join(places, on=ACCOUNT_ID, how="left")
    tasks = tasks.sort(rank, "due_on", ACCOUNT_ID, "action_id")
    moved: list[tuple[str, dt.date, str]] = []
    for task in tasks.iter_rows(named=True):
        owner = task["owner_role"], task["owner"]
        first = max(task["due_on"], day.run_on)
        days = _days(first, task["until"], task[PLACE], rules)
        on = next((on for on in days if taken[*owner, on] < limits[owner[0]]), first)
        if on != first:
            full = f"{task['owner']} has {taken[*owner, first]} tasks by then"
            moved.append((task["action_id"], on, f"; moved from {first.isoformat()}: {full}"))
        taken[*owner, on] += 1
    return _moved(entries, moved) if moved else entries


def _days(
    first: dt.date, last: dt.date | None, place: str | None, rules: Rules
) -> Iterator[dt.date]:
    """Yield the days on which a task may be due: the first one, and later working days until the last one."""
    yield first
    on = first + ONE_DAY
    while last is not None and on <= last:
        if rules.calendar.is_working(on, place, False):
            yield on
        on += ONE_DAY


def _moved(entries: pl.DataFrame, moved: list[tuple[str, dt.date, str]]) -> pl.DataFrame:
    schema = {"action_id": pl.String(), "@due": pl.Date(), "@why": pl.String()}
    days = pl.DataFrame(moved, schema=schema, orient="row")
    joined = entries.join(days, on="action_id", how="left", maintain_order="left")
    return joined.with_columns(
        pl.coalesce("@due", "due_on").alias("due_on"),
        pl.concat_str("reason", pl.col("@why").fill_null("")).alias("reason"),
    ).drop("@due", "@why")
