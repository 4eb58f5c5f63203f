"""Outcomes of actions, recorded in the store of a small workspace."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import polars as pl
from tenure.engine.core.schemas import HAND_MOVES, OUTCOMES
from tenure.engine.store import Reader, Store


def action_id(root: Path, step: str, action: str, occurrence: str = "1", **where: str) -> str:
    """Return the id of an action that the ledger has, such as of one playbook or cycle."""
    key = {"step": step, "action": action, "occurrence": occurrence, **where}
    found = Reader(root / "store").ledger().filter(**key)
    (id,) = found["action_id"].unique().to_list()
    return str(id)


def record(root: Path, action_id: str, outcome: str, on: dt.date, **more: Any) -> None:
    """Record an outcome of an action, on the day on which it happened."""
    row = {"action_id": action_id, "outcome": outcome, "on": on, "recorded_on": on, **more}
    outcomes = pl.DataFrame([row], schema={"number": pl.Int64(), **OUTCOMES})
    with Store.open(root / "store", root) as store:
        store.record(outcomes, pl.DataFrame(schema=HAND_MOVES))


def held_until(
    moves: list[dict[str, Any]], account: str, playbook: str, on: dt.date
) -> dt.date | None:
    """Return the last day of the hold that is in force on a date, as the page on moves by hand defines it."""
    last: dict[Any, dt.date] = {}
    for move in moves:
        concerns = move["account_id"] == account and move["playbook"] in (None, playbook)
        if concerns and move["on"] <= on and move["move"] == "hold":
            last[move["playbook"]] = move["until"] or dt.date.max
        if concerns and move["on"] <= on and move["move"] == "release":
            last = {}
    ends = [until for until in last.values() if until >= on]
    return max(ends, default=None)
