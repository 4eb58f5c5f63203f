"""Moves by hand: their rows, and what prevents one from being recorded."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..core.schemas import HAND_MOVES

if TYPE_CHECKING:
    from ..store.store_view import StoreView

_UNDOES = {"release": "hold", "close": "enrol", "unskip": "skip"}
"""By move: the one that it undoes; the last of both is valid."""


def move_row(
    move: str,
    on: dt.date,
    today: dt.date,
    source: str,
    *,
    account: str | None = None,
    playbook: str | None = None,
    step: str | None = None,
    owner: str | None = None,
    to: str | None = None,
    until: dt.date | None = None,
    by: str | None = None,
    because: str | None = None,
) -> pl.DataFrame:
    """Return one row of `HAND_MOVES`, without its number."""
    row = {
        "number": None,
        "move": move,
        ACCOUNT_ID: account,
        "playbook": playbook,
        "step": step,
        "owner": owner,
        "to": to,
        "on": on,
        "until": until,
        "by": by,
        "because": because,
        "source": source,
        "recorded_on": today,
    }
    return pl.DataFrame([row], schema=HAND_MOVES, orient="row")


def is_move_recorded(store: StoreView, row: pl.DataFrame) -> bool:
    """Return whether the valid move of the same kind says the same already, on the same date or before.

    It does not where a later one of another scope undid it: a hold of one playbook after a release of the account, or
    work that went back to its first owner.
    """
    moves = store.hand_moves()
    last = _last(moves, row)
    if last.is_empty() or bool((last["on"] > row["on"]).any()):
        return False
    later = moves.filter(pl.col("number") > last["number"][0])
    move, account, to = row.select("move", ACCOUNT_ID, "to").row(0)
    if move in ("hold", "release"):
        undone = later.filter(
            pl.col(ACCOUNT_ID) == account, pl.col("move").is_in(["hold", "release"])
        )
    else:
        undone = later.filter(pl.col("owner").eq_missing(pl.lit(to)), pl.col("move") == "reassign")
    if undone.height and move in ("hold", "release", "reassign"):
        return False
    names = ("move", "owner", "to", "until", "by", "because")
    return last.select(names).equals(row.select(names))


def move_refusal(store: StoreView, row: pl.DataFrame) -> str | None:
    """Return why there is nothing that a move could undo or do; None if there is."""
    move, account, playbook, step, on = row.select(
        "move", ACCOUNT_ID, "playbook", "step", "on"
    ).row(0)
    if move == "release" and not _is_held(store.hand_moves(), account, playbook, on):
        return f"{account} is not on hold{f' in {playbook}' if playbook else ''}"
    if move not in ("enrol", "close", "unskip"):
        return None
    last = _last(store.hand_moves(), row)
    before = last["move"][0] if last.height else None
    if move == "unskip":
        return None if before == "skip" else f"{playbook}/{step} is not skipped for {account}"
    states = store.states(playbook)
    mine = states.filter((pl.col(ACCOUNT_ID) == account) & pl.col("ended_on").is_null())
    # A move that no run has read yet counts as done.
    waits = last.height and not _was_read(store, last)
    enrolled = before == "enrol" if waits else mine.height > 0
    if move == "enrol" and enrolled:
        return f"{account} is in {playbook} already"
    if move == "close" and not enrolled:
        return f"{account} is not in {playbook}"
    return None


def _was_read(store: StoreView, move: pl.DataFrame) -> bool:
    """Return whether a run evaluated a date after the move was recorded."""
    committed = store.last_committed()
    return committed is not None and bool((move["recorded_on"] < committed).all())


def _last(moves: pl.DataFrame, row: pl.DataFrame) -> pl.DataFrame:
    """Return the last move of the same kind, account, playbook and step; empty without one."""
    kind = row["move"][0]
    names = [kind, _UNDOES.get(kind, ""), *(new for new, old in _UNDOES.items() if old == kind)]
    same = row.select(ACCOUNT_ID, "playbook", "step", "owner")
    found = moves.filter(pl.col("move").is_in(names))
    return found.join(same, on=same.columns, how="semi", nulls_equal=True).sort("number").tail(1)


def _is_held(moves: pl.DataFrame, account: str, playbook: str | None, on: dt.date) -> bool:
    """Return whether a hold of the account, or of the playbook of it, is in force."""
    mine = moves.filter(
        (pl.col(ACCOUNT_ID) == account) & pl.col("move").is_in(["hold", "release"])
    ).sort("number")
    if playbook is not None:
        mine = mine.filter(pl.col("playbook").is_null() | (pl.col("playbook") == playbook))
    held: set[str | None] = set()
    for move, each, until in mine.select("move", "playbook", "until").iter_rows():
        if move == "hold" and until >= on:
            held.add(each)
        elif move == "release":
            held = {other for other in held if each is not None and other != each}
    return bool(held)
