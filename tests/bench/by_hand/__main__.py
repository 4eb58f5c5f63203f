"""Decides one day and writes where accounts stand and the actions."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

import polars as pl

from . import (
    anniversary,
    expansion,
    loyalty,
    renewal,
    reviews,
    self_serve_review,
    vip,
    win_back,
)
from .day import Day

PLAYBOOKS = (reviews, renewal, win_back, loyalty, anniversary, vip, expansion, self_serve_review)
"""Those that others read before those that read them."""


def main(snapshots: str, before: str, date: str, folder: str) -> None:
    """One day."""
    day = Day(Path(snapshots), dt.date.fromisoformat(date))
    Path(folder).mkdir(parents=True, exist_ok=True)
    for playbook in PLAYBOOKS:
        name = playbook.__name__.rpartition(".")[2]
        path = Path(before) / f"{name}.parquet"
        states = pl.read_parquet(path) if path.exists() else pl.DataFrame(schema=playbook.STATES)
        playbook.decide(day, states).write_parquet(Path(folder) / f"{name}.parquet")
    actions = day.actions()
    actions.write_parquet(Path(folder) / "actions.parquet")
    print(actions.height)


if __name__ == "__main__":
    main(*sys.argv[1:])
