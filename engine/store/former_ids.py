"""Former ids of playbooks: rows that the store has under a former id are read under the present one.

Committed rows are never rewritten, so a renamed playbook names its former ids (`was:`) for good.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

import polars as pl

from ..core.schemas import STATE_KEY
from .filters import Filter
from .run_record import RunRecord

FormerIds = Mapping[str, str]
"""By former id, the present one; of several former ids of a playbook, the newest comes first."""

NO_FORMER_IDS: FormerIds = {}


def with_present_ids(
    table: pl.DataFrame, former: FormerIds, column: str = "playbook"
) -> pl.DataFrame:
    """Return the table with present ids in place of former ones, where it has the column."""
    if not former or column not in table.columns:
        return table
    return table.with_columns(pl.col(column).replace(former))


def present_states(states: pl.DataFrame, former: FormerIds) -> pl.DataFrame:
    """Return `STATES` under present ids; of an account's rows of one playbook, that of the newest id is valid."""
    if not states["playbook"].is_in(list(former)).any():
        return states
    age = {id: number for number, id in enumerate(former, 1)}
    aged = pl.col("playbook").replace_strict(age, default=0, return_dtype=pl.Int32)
    in_order = states.with_columns(aged.alias("@age")).sort("@age", maintain_order=True)
    renamed = with_present_ids(in_order.drop("@age"), former)
    return renamed.unique(STATE_KEY, keep="first", maintain_order=True)


def with_former_ids(filters: Iterable[Filter], former: FormerIds) -> list[Filter]:
    """Return the filters, those of playbooks with the former ids too."""
    return [
        each._replace(value=all_ids(each.value, former))
        if each.column == "playbook" and isinstance(each.value, Collection)
        else each
        for each in filters
    ]


def all_ids(playbooks: Collection[str], former: FormerIds) -> list[str]:
    """Return the ids and their former ones."""
    return [*playbooks, *(old for old, new in former.items() if new in playbooks)]


def present_record(record: RunRecord, former: FormerIds) -> RunRecord:
    """Return the record of a run under present ids."""
    if former.keys().isdisjoint(record.playbooks):
        return record
    counts = [
        {**count, "playbook": former.get(str(count["playbook"]), count["playbook"])}
        for count in record.counts
    ]
    hashes = {former.get(id, id): each for id, each in record.playbooks.items()}
    schedules = {former.get(id, id): each for id, each in record.schedules.items()}
    return replace(record, playbooks=hashes, schedules=schedules, counts=counts)
