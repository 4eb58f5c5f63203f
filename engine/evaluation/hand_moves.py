"""Moves by hand over columns: which enrolments are held, closed and opened, which steps skipped, and whose work it is.

Takes HAND_MOVES, of which there are few. Accounts without a move cost nothing.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..core.membership import is_one_of
from ..core.schemas import empty_table, null_series, table_of_rows
from ..playbook.model import CLOSED, LEFT
from .hand_orders import HandOrders, Move, hand_orders, hold_on, present_owner
from .inputs import FirstNames
from .prepare import Prepared, all_rows, outcomes
from .prior import remember
from .rescheduling import next_revision
from .transitions import Transitions

ORDERS: dict[str, pl.DataType] = {
    ACCOUNT_ID: pl.String(),
    "@on_hold": pl.Boolean(),
    "@quiet_from": pl.Date(),
    "@enrol": pl.Boolean(),
    "@close": pl.Boolean(),
    "@hand_why": pl.String(),
    "@done": pl.String(),
    "@past": pl.String(),
}
"""The moves by hand that count in one playbook, one row for each account that has some; see `HandOrders`."""

HOLDS: dict[str, pl.DataType] = {
    ACCOUNT_ID: pl.String(),
    "playbook": pl.String(),
    "@held_until": pl.Date(),
    "@held_why": pl.String(),
}


class HandMoves:
    """The moves by hand that count on a date, by account."""

    def __init__(self, moves: pl.DataFrame, on: dt.date) -> None:
        """Take HAND_MOVES; those of later dates are left out."""
        self.on = on
        self.reassigned: list[Move] = []
        self.by_account: dict[str, list[Move]] = defaultdict(list)
        counting = moves.filter(pl.col("on") <= on).sort("number") if len(moves) else moves
        for move in counting.iter_rows(named=True):
            if move["move"] == "reassign":
                self.reassigned.append(move)
            elif move[ACCOUNT_ID] is not None:
                self.by_account[move[ACCOUNT_ID]].append(move)

    def accounts(self) -> pl.Series:
        """Return the accounts that have moves, other than those whose work has another owner."""
        return pl.Series(ACCOUNT_ID, sorted(self.by_account), dtype=pl.String)

    def orders(
        self, playbook: str, states: pl.DataFrame, since: dt.date | None
    ) -> dict[str, HandOrders]:
        """Return by account the moves that count in a playbook, of accounts that have some.

        Args:
            playbook: The playbook's id.
            states: STATES before the date.
            since: The playbook's due date before this one.
        """
        if not self.by_account:
            return {}
        of_playbook = pl.col("playbook") == playbook
        known = states.filter(of_playbook, pl.col(ACCOUNT_ID).is_in(self.accounts().implode()))
        by_account = {row[ACCOUNT_ID]: row for row in known.iter_rows(named=True)}
        found = {}
        for account, moves in self.by_account.items():
            state = by_account.get(account)
            is_open = state is not None and state["ended_on"] is None
            by_hand = state["by_hand"] if state else None
            found[account] = hand_orders(moves, playbook, self.on, since, by_hand, is_open=is_open)
        return found

    def skips(self, rows: pl.DataFrame, states: pl.DataFrame, first_names: FirstNames) -> pl.Series:
        """Return who says that the step of each action is skipped, and why; null where it is not.

        Args:
            rows: Actions; needs `account_id`, `playbook` and `step`.
            states: STATES before the date.
            first_names: The first names of playbooks and steps.
        """
        skipping = [
            account
            for account, moves in self.by_account.items()
            if any(move["move"] == "skip" for move in moves)
        ]
        nothing = null_series("@skip", pl.String(), rows.height)
        if not skipping:
            return nothing
        mask = rows[ACCOUNT_ID].is_in(skipping)
        orders: dict[str, dict[str, HandOrders]] = {}
        why = []
        keys = rows.filter(mask).select(ACCOUNT_ID, "playbook", "step")
        for account, playbook, step in keys.iter_rows():
            if playbook not in orders:
                orders[playbook] = self.orders(playbook, states, None)
            skips = orders[playbook][account].skips
            names = (step, first_names.steps.get(f"{playbook}/{step}", step), None)
            why.append(next((skips[name] for name in names if name in skips), None))
        return nothing.scatter(mask.arg_true(), pl.Series(why, dtype=pl.String))

    def holds(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Return HOLDS of the rows' accounts and playbooks that are on hold."""
        held: list[tuple[str, str, dt.date, str]] = []
        if not self.by_account:
            return empty_table(HOLDS)
        pairs = rows.filter(pl.col(ACCOUNT_ID).is_in(self.accounts().implode()))
        for account, playbook in pairs.select(ACCOUNT_ID, "playbook").unique().iter_rows():
            hold = hold_on(self.by_account[account], playbook, self.on)
            if hold is not None:
                held.append((account, playbook, hold.until, hold.why))
        return table_of_rows(held, HOLDS)

    def held_accounts(self, snapshot: pl.DataFrame) -> int:
        """Return the number of accounts of the snapshot that are on hold, in all playbooks or in some."""
        if not self.by_account:
            return 0
        present = snapshot.filter(pl.col(ACCOUNT_ID).is_in(self.accounts().implode()))[ACCOUNT_ID]
        held = 0
        for account in present:
            moves = self.by_account[account]
            scopes = {move["playbook"] or "" for move in moves if move["move"] == "hold"}
            held += any(hold_on(moves, scope, self.on) is not None for scope in scopes)
        return held

    def reassign(self, rows: pl.DataFrame, owner: str = "owner") -> pl.Series:
        """Return the column of owners of these rows, after everything that was reassigned.

        Args:
            rows: Needs `account_id`, `playbook` and the owners.
            owner: The column of owners.
        """
        names = {move["owner"] for move in self.reassigned}
        owners = rows[owner]
        if not names or not owners.is_in(sorted(names)).any():
            return owners
        keys = rows.select(ACCOUNT_ID, "playbook", owner).iter_rows()
        present = [
            present_owner(name, self.reassigned, account, playbook) if name in names else name
            for account, playbook, name in keys
        ]
        return pl.Series(owner, present, dtype=pl.String)


def orders_table(orders: Mapping[str, HandOrders]) -> pl.DataFrame:
    """Return ORDERS of these accounts."""
    rows = [
        (
            account,
            each.hold is not None,
            each.quiet_from,
            each.decision == "enrol",
            each.decision == "close",
            each.why,
            each.done,
            each.past,
        )
        for account, each in orders.items()
    ]
    return table_of_rows(rows, ORDERS)


def with_orders(rows: pl.DataFrame, orders: pl.DataFrame) -> pl.DataFrame:
    """Add the columns of ORDERS to accounts; false, empty or null where no move counts."""
    if orders.is_empty():
        return rows.with_columns(
            pl.lit(None, kind).alias(name) if name == "@quiet_from" else _nothing(name, kind)
            for name, kind in ORDERS.items()
            if name != ACCOUNT_ID
        )
    joined = rows.join(orders, on=ACCOUNT_ID, how="left", maintain_order="left")
    return joined.with_columns(
        pl.col(name).fill_null(_nothing(name, kind))
        for name, kind in ORDERS.items()
        if name not in (ACCOUNT_ID, "@quiet_from")
    )


def _nothing(name: str, kind: pl.DataType) -> pl.Expr:
    return pl.lit(False if kind == pl.Boolean() else "").alias(name)


def on_hold(accounts: pl.DataFrame, orders: pl.DataFrame) -> pl.Series:
    """Return the mask of accounts on hold."""
    held = orders.filter("@on_hold")[ACCOUNT_ID]
    return accounts[ACCOUNT_ID].is_in(held.implode()) if held.len() else all_rows(accounts, False)


def concerned(accounts: pl.DataFrame, orders: pl.DataFrame) -> pl.Series | None:
    """Return the mask of accounts that a move by hand may change on the date; None without moves."""
    if orders.is_empty():
        return None
    some = orders.filter(
        (pl.col("@done") != "") | (pl.col("@past") != "") | pl.col("@quiet_from").is_not_null()
    )
    return accounts[ACCOUNT_ID].is_in(some[ACCOUNT_ID].implode())


def close_by_hand(
    transitions: Transitions, rows: pl.DataFrame, pending: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """End the enrolments that somebody closed.

    Args:
        transitions: The playbook on the date.
        rows: The accounts, with the columns of ORDERS.
        pending: The playbook's LEDGER rows that are still to come.

    Returns:
        The accounts, and the ledger entries that withdraw their promises.
    """
    closing = outcomes(rows, pl.col("@close"))
    if not closing.any():
        return rows, pending.head(0)
    on = pl.lit(transitions.day.on)
    closed = remember(rows.filter(closing), pl.lit(True)).with_columns(
        pl.lit(CLOSED).alias("@state"),
        *(on.alias(name) for name in ("@entered_on", "@due_on", "@ended_on")),
        pl.col("@moves") + 1,
        pl.lit(True).alias("@changed"),
    )
    transitions.moves[CLOSED] = transitions.moves.get(CLOSED, 0) + closed.height
    transitions.ended.append(closed)
    cycles = closed.select(ACCOUNT_ID, pl.col("@cycle").alias("cycle"), "@hand_why")
    promised = pending.join(cycles, on=[ACCOUNT_ID, "cycle"])
    withdrawn = next_revision(promised, transitions.day, "withdrawn", pl.col("@hand_why"))
    rows = pl.concat([rows.filter(~closing), closed.select(rows.columns)])
    return rows, withdrawn.select(pending.columns)


def resumes_by_hand(prepared: Prepared) -> pl.Expr:
    """Return the condition that an enrolment goes on where it was as somebody enrols its account again.

    It was left or closed by hand, and the account's date is not another one.
    """
    same = pl.col("@date").is_null() | (pl.col("@date") == pl.col("@prior_anchor")).fill_null(False)
    known = is_one_of(pl.col("@prior_state"), sorted(prepared.running)).fill_null(False)
    ended = is_one_of(pl.col("@state"), (LEFT, CLOSED)).fill_null(False)
    return pl.col("@enrol") & ended & known & same


def with_marks_done(rows: pl.DataFrame, ended: list[pl.Series]) -> pl.DataFrame:
    """Mark the moves by hand that are carried out, or past since an enrolment ended on the date.

    Args:
        rows: The accounts after the date, with the columns of ORDERS.
        ended: The accounts whose enrolments ended on the date.
    """
    ends = pl.col(ACCOUNT_ID).is_in(pl.concat(ended).implode()) if ended else pl.lit(False)
    is_open = pl.col("@state").is_not_null() & pl.col("@ended_on").is_null()
    is_open &= ~pl.col("@on_hold")
    before = pl.col("@by_hand").fill_null("")
    marks = pl.when(ends).then("@past").when(is_open).then("@done").otherwise(pl.lit(""))
    marked = rows.with_columns(pl.concat_str(before, marks).alias("@by_hand"), marks.alias("@mark"))
    changed = pl.col("@changed") | (pl.col("@mark") != "")
    return marked.with_columns(changed.alias("@changed")).drop("@mark")


def skip_by_hand(
    entries: pl.DataFrame, moves: HandMoves, states: pl.DataFrame, first_names: FirstNames
) -> pl.DataFrame:
    """Return the new entries with those of skipped steps as skipped.

    Args:
        entries: New entries before the plan.
        moves: The moves by hand.
        states: STATES before the date.
        first_names: The first names of playbooks and steps.
    """
    why = moves.skips(entries, states, first_names)
    if why.null_count() == entries.height:
        return entries
    skipped = pl.col("@skip").is_not_null() & (pl.col("status") == "issued")
    marked = entries.with_columns(why.alias("@skip")).with_columns(
        pl.concat_str("reason", pl.lit("; skipped: "), "@skip").alias("@reason")
    )
    return marked.with_columns(
        pl.when(skipped).then(pl.lit("skipped")).otherwise("status").alias("status"),
        pl.when(skipped).then("@reason").otherwise("reason").alias("reason"),
        *(pl.when(~skipped).then(name).alias(name) for name in ("planned_on", "until")),
    ).drop("@skip", "@reason")
