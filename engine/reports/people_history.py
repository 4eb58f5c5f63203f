"""Outcomes and moves by hand of one account, as lines for people and as data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..store import StoreView
from ..store.action_standing import valid_assignments, valid_outcomes

_WORDS = {
    "hold": "on hold",
    "release": "released",
    "enrol": "enrolled by hand",
    "close": "closed by hand",
    "skip": "skipped",
    "unskip": "not skipped any more",
}


@dataclass(frozen=True, slots=True)
class PeopleEntry:
    """One outcome or move by hand: when, what, of which action or step, by whom, and why.

    `playbook`, `step` and `action_id` are None where it is of all of them, or of none.
    """

    on: dt.date
    what: str
    playbook: str | None
    step: str | None
    action_id: str | None
    by: str | None
    note: str | None
    result: str | None
    until: dt.date | None
    to: str | None
    counts: bool
    """False if a later outcome of the action replaces it."""


def people_history(store: StoreView, account: str, on: dt.date) -> tuple[PeopleEntry, ...]:
    """Return the outcomes of the account's actions and its moves by hand up to a date, by date and number."""
    columns = ["action_id", "playbook", "step"]
    actions = store.ledger(accounts=[account], columns=columns)
    outcomes = store.outcomes(until=on, actions=actions["action_id"])
    valid = pl.concat([valid_outcomes(outcomes), valid_assignments(outcomes)])["number"]
    outcomes = outcomes.with_columns(pl.col("number").is_in(valid.implode()).alias("@counts"))
    joined = outcomes.join(actions, on="action_id", how="left", maintain_order="left")
    moves = store.hand_moves(until=on).filter(pl.col(ACCOUNT_ID) == account)
    found = [
        *(_entry(row, row["outcome"]) for row in joined.iter_rows(named=True)),
        *(_entry(row, row["move"]) for row in moves.iter_rows(named=True)),
    ]
    return tuple(sorted(found, key=lambda each: each.on))


def people_lines(entries: tuple[PeopleEntry, ...]) -> Iterator[str]:
    """Yield a line for each outcome and move."""
    for each in entries:
        place = "/".join(name for name in (each.playbook, each.step) if name)
        parts = [_WORDS.get(each.what, each.what)]
        parts += [f"to {each.to}"] if each.to else []
        parts += [f"until {each.until}"] if each.until else []
        parts += [f"by {each.by}"] if each.by else []
        remarks = [text for text in (each.result, each.note) if text]
        which = f"{place} " if place else ""
        action = f" ({each.action_id})" if each.action_id else ""
        yield f"{each.on} {which}{' '.join(parts)}{action}" + "".join(
            f"; {text}" for text in [*remarks, *([] if each.counts else ["replaced since"])]
        )


def _entry(row: dict[str, Any], what: str) -> PeopleEntry:
    return PeopleEntry(
        row["on"],
        what,
        row["playbook"],
        row["step"],
        row.get("action_id"),
        row["by"],
        row.get("note") or row.get("because"),
        row.get("result"),
        row["until"],
        row["to"],
        row.get("@counts", True),
    )
