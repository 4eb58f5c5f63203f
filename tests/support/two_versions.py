"""What two versions of a workspace do over the same days, each with a run on each of them, and how they differ."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tenure.engine.project.loading import load_project
from tenure.engine.runs.running import run
from tenure.engine.store import Reader

LIVE = ("issued", "postponed")


class Standing(NamedTuple):
    """What became of an action: whether it comes, when, and what the ledger says of it."""

    live: bool
    on: dt.date | None
    said: tuple[str | None, ...]


NOTHING = Standing(False, None, ())


def lived(root: Path, days: Sequence[dt.date]) -> dict[str, Standing]:
    """What a workspace has done after a run on each of the days: by action."""
    for on in days:
        run(load_project(root), on)
    found = {}
    for row in Reader(root / "store").ledger().iter_rows(named=True):
        on = row["contact_on"] or row["planned_on"] or row["due_on"]
        said = tuple(row[name] for name in ("owner", "kind", "title", "priority", "status"))
        found[row["action_id"]] = Standing(row["status"] in LIVE, on, said)
    return found


def differing(before: dict[str, Standing], after: dict[str, Standing]) -> dict[str, str]:
    """How each action differs that one of them has otherwise than the other: by action."""
    found = {}
    for id in before | after:
        one, other = before.get(id, NOTHING), after.get(id, NOTHING)
        if one.live != other.live:
            found[id] = "comes" if other.live else "goes"
        elif one.live and one.on != other.on:
            assert one.on
            assert other.on
            found[id] = "earlier" if other.on < one.on else "later"
        elif one.live and one.said != other.said:
            found[id] = "changes"
    return found
