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
