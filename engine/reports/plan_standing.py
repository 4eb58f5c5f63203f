"""Actions of an account's success plan, with what became of them, as lines for people and as data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import polars as pl

from ..core.ids import PLAN_PLAYBOOK
from ..store import StoreView
from ..store.action_standing import with_standing


class PlanAction(NamedTuple):
    """An action of a success plan. `standing` is that of an issued action, else its status."""

    due_on: dt.date
    title: str
    owner: str | None
    standing: str
    action_id: str
    reason: str


def plan_actions(store: StoreView, account: str, on: dt.date) -> tuple[PlanAction, ...]:
    """Return the actions of the account's success plan on a date, those due first."""
    entries = store.ledger(accounts=[account], playbooks=[PLAN_PLAYBOOK])
    outcomes = store.outcomes(until=on, actions=entries["action_id"])
    standing = pl.coalesce("standing", "status").alias("standing")
    rows = with_standing(entries, outcomes, on).with_columns(standing)
    ordered = rows.sort("due_on", "action_id").select(list(PlanAction._fields))
    return tuple(PlanAction(*row) for row in ordered.iter_rows())


def plan_lines(actions: Sequence[PlanAction]) -> Iterator[str]:
    """Yield a line for each action."""
    for each in actions:
        owner = each.owner or "without an owner"
        yield f"{each.due_on} {each.standing}: {each.title}; {owner} ({each.action_id}); {each.reason}"
