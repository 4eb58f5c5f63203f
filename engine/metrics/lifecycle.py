"""Account lifecycle over snapshots: stays, revenue at both ends of a window, and terms that fall due.

The input is snapshot states in date order. The fold over them keeps one row per account. A stay is a run of snapshots
in which an account is a customer; an absence that ends within grace is part of the stay. The length of
an absence depends on later snapshots, so presence on a date is computed only after the last one.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..core.schemas import empty_table
from ..sources.convert import AMOUNT
from .groups import Method
from .metric_snapshots import TERM, SnapshotState

MOVED = pl.duration(days=60)
"""A renewal date that moves later by more than this is a renewed term."""
DAYS_A_MONTH = 28
"""The fewest days of a month: a term of n months is at least n times as long."""

_ROWS: dict[str, pl.DataType] = {
    ACCOUNT_ID: pl.String(),
    "was_customer": pl.Boolean(),
    "amount": AMOUNT,
    "since": pl.Date(),
    "away_since": pl.Date(),
    "covered": pl.Date(),
    "signup_date": pl.Date(),
    "group": pl.String(),
    "due_on": pl.Date(),
    "due_amount": AMOUNT,
}
_MOVES = {"expansion": AMOUNT, "contraction": AMOUNT}
_ENDED = {ACCOUNT_ID: pl.String(), "since": pl.Date(), "until": pl.Date()}
ACCOUNTS: dict[str, pl.DataType] = {
    ACCOUNT_ID: pl.String(),
    "group": pl.String(),
    "signup_date": pl.Date(),
    "start": AMOUNT,
    "end": AMOUNT,
    **_MOVES,
    "churned": pl.Boolean(),
    "joined": pl.Boolean(),
    "was_customer": pl.Boolean(),
}
TERMS: dict[str, pl.DataType] = {
    ACCOUNT_ID: pl.String(),
    "due_on": pl.Date(),
    "amount": AMOUNT,
    "outcome": pl.String(),
}
_ZERO = pl.lit(0, AMOUNT)

since, away_since, covered, due_on = (
    pl.col("since"),
    pl.col("away_since"),
    pl.col("covered"),
    pl.col("due_on"),
)
is_there = since.is_not_null() & away_since.is_null()
now_is_there = pl.col("now_is_there")


@dataclass(frozen=True, slots=True)
class WindowEnds:
    """The ends of a window.

    `start` and `end` are the dates of the snapshots that are read for the ends. Terms fall due after `due_after` and up
    to `due_until`.
    """

    start: dt.date
    end: dt.date
    due_after: dt.date
    due_until: dt.date


@dataclass(slots=True)
class Lifecycle:
    """The lifecycle of all accounts, built up by `step`.

    Call `step` with each state in date order, then read `accounts` and `terms`.

    Attributes:
        ends: The ends of the window.
        grace: Days within which a returning account has not left.
        method: True if to sum the movements between snapshots.
        on: The date of the last snapshot.
    """

    ends: WindowEnds
    grace: int
    method: Method
    on: dt.date = dt.date.min
    _rows: pl.DataFrame = field(default_factory=lambda: empty_table({**_ROWS, **_MOVES}))
    _ended: list[pl.DataFrame] = field(default_factory=lambda: [empty_table(_ENDED)])
    _terms: list[pl.DataFrame] = field(default_factory=list)
    _marks: list[pl.DataFrame] = field(default_factory=list)

    def step(self, state: SnapshotState) -> None:
        """Advance to the next snapshot."""
        before, on = self.on, state.on
        away = away_since.is_not_null() & now_is_there
        frame = _join_state(self._rows, state).with_columns(
            (is_there & ~now_is_there).alias("left"),
            (away & self._in_time(on, covered)).alias("resumed"),
            (away & ~self._in_time(on, covered)).alias("returned"),
        )
        ended = frame.filter("returned").select(ACCOUNT_ID, "since", away_since.alias("until"))
        self._ended.append(ended)
        self._terms.append(self._renewals(frame, before, on))
        changed = (*_presence(before, on), *_values(on, self.ends), *self._moves(on), *_term(on))
        self._rows = frame.with_columns(*changed).select(*_ROWS, *self._moving)
        self.on = on
        for end_on, name in ((self.ends.start, "start"), (self.ends.end, "end")):
            if on == end_on:
                amount = pl.col("amount").fill_null(_ZERO).alias(name)
                mark = self._rows.select(ACCOUNT_ID, amount, pl.col("group").alias(f"{name}_group"))
                self._marks.append(mark)

    @property
    def ids(self) -> pl.Series:
        """Return the ids of the accounts seen so far."""
        return self._rows[ACCOUNT_ID]

    def accounts(self) -> pl.DataFrame:
        """Return one row per account, as `WindowData.accounts` describes."""
        start, end = self.ends.start, self.ends.end
        accounts = self._rows.with_columns(self._until().alias("until"))
        for mark in self._marks:
            accounts = accounts.hstack(_align(accounts, mark)[1].drop(ACCOUNT_ID))
        until = pl.col("until")
        begun = (since <= start) & (until.is_null() | (until > start))
        at_start = self._any(begun)
        at_end = self._any((since <= end) & (until.is_null() | (until > end)))
        return accounts.select(
            ACCOUNT_ID,
            pl.coalesce(pl.when(at_start).then("start_group"), "end_group", "group").alias("group"),
            "signup_date",
            pl.when(at_start).then("start").alias("start"),
            pl.when(at_end).then("end").alias("end"),
            *(pl.col(name) if name in self._moving else _ZERO.alias(name) for name in _MOVES),
            self._any(begun & (until <= end)).alias("churned"),
            self._any((since > start) & (since <= end)).alias("joined"),
            _is_true(pl.coalesce("was_customer", pl.col("signup_date") < start)).alias("was_customer"),
        )  # fmt: skip

    def terms(self) -> pl.DataFrame:
        """Return every term that fell due in the window, with its monthly amount and its outcome."""
        late = pl.lit(self.on) - due_on > pl.duration(days=self.grace)
        outcome = pl.when(late).then(pl.lit("lapsed")).otherwise(pl.lit("pending"))
        waiting = self._rows.filter(self._is_due()).select(
            ACCOUNT_ID, "due_on", pl.col("due_amount").alias("amount"), outcome.alias("outcome")
        )
        return pl.concat([*self._terms, waiting]).sort(ACCOUNT_ID, "due_on")

    @property
    def _moving(self) -> tuple[str, ...]:
        """Return the columns summed from snapshot to snapshot. The method `snapshots` needs none."""
        return tuple(_MOVES) if self.method == "movements" else ()

    def _any(self, condition: pl.Expr) -> pl.Expr:
        """Return whether a condition is true of any stay of the account, the last one or an earlier one."""
        ended = pl.concat(self._ended).filter(condition)[ACCOUNT_ID].unique()
        return _is_true(condition) | pl.col(ACCOUNT_ID).is_in(ended.implode())

    def _until(self) -> pl.Expr:
        """Return the first snapshot date without the account; null where it is present or may still return in time."""
        pending = pl.lit(self.on) - covered <= pl.duration(days=self.grace)
        return pl.when(pending & (self.grace > 0)).then(None).otherwise(away_since)

    def _in_time(self, on: dt.date, after: pl.Expr) -> pl.Expr:
        """Return whether an account that is back in the snapshot of `on` came back within grace of `after`.

        A contract that started between the two counts as the return.
        """
        if not self.grace:
            return pl.lit(value=False)
        began = pl.col("now_contract_start")
        back_on = pl.when(began.is_between(after, on)).then(began).otherwise(pl.lit(on))
        return back_on - after <= pl.duration(days=self.grace)

    def _is_due(self) -> pl.Expr:
        return (due_on > self.ends.due_after) & (due_on <= self.ends.due_until)

    def _renewals(self, frame: pl.DataFrame, before: dt.date, on: dt.date) -> pl.DataFrame:
        """Return the terms that this snapshot shows as renewed, in time or not.

        An account that is present in the last snapshot up to the due date, and renewed in the next, is in time.
        """
        unbroken = is_there & (due_on >= before)
        in_time = unbroken | self._in_time(on, due_on)
        outcome = pl.when(in_time).then(pl.lit("renewed")).otherwise(pl.lit("lapsed"))
        return frame.filter(_is_renewed() & self._is_due()).select(
            ACCOUNT_ID, "due_on", pl.col("due_amount").alias("amount"), outcome.alias("outcome")
        )

    def _moves(self, on: dt.date) -> list[pl.Expr]:
        """Return the gains and losses up to now of stays that cover the window's start, summed by snapshot."""
        if not self._moving or not self.ends.start < on <= self.ends.end:
            return []
        stays = now_is_there & (is_there | pl.col("resumed")) & (since <= self.ends.start)
        change = pl.col("now_amount") - pl.col("amount").fill_null(_ZERO)
        gain, loss = pl.col("expansion").fill_null(_ZERO), pl.col("contraction").fill_null(_ZERO)
        return [
            pl.when(stays & (change > 0)).then(gain + change).otherwise(gain).alias("expansion"),
            pl.when(stays & (change < 0)).then(loss - change).otherwise(loss).alias("contraction"),
        ]


def _join_state(earlier: pl.DataFrame, state: SnapshotState) -> pl.DataFrame:
    """Return the rows of all accounts, with the columns of the snapshot added as `now_…`."""
    now = state.frame.drop("currency").rename(
        lambda name: name if name == ACCOUNT_ID else f"now_{name}"
    )
    earlier, now = _align(earlier, now)
    unknown = pl.lit(value=False)
    if len(state.unknown):
        unknown = pl.col(ACCOUNT_ID).is_in(state.unknown.implode())
    return earlier.hstack(now.drop(ACCOUNT_ID)).with_columns(
        _is_true(pl.coalesce(now_is_there, unknown & is_there))
    )


def _is_true(condition: pl.Expr) -> pl.Expr:
    """Return the condition, with unknown as false."""
    return condition.fill_null(value=False)


def _presence(before: dt.date, on: dt.date) -> list[pl.Expr]:
    """Return the columns of the current stay.

    The last day that a stay covers lies between its last snapshot and the first one without the account.
    """
    begins = pl.col("returned") | (now_is_there & since.is_null())
    stated = pl.coalesce("now_churn_date", "now_renewal_date", due_on, pl.lit(before))
    left = pl.col("left")
    return [
        pl.when(begins).then(pl.lit(on)).otherwise(since).alias("since"),
        pl.when(left).then(pl.lit(on)).when(~now_is_there).then(away_since).alias("away_since"),
        pl.when(left).then(stated.clip(before, on)).otherwise(covered).alias("covered"),
    ]


def _values(on: dt.date, ends: WindowEnds) -> list[pl.Expr]:
    """Return the last known values. A value that is missing in the snapshot stays as it was."""
    amount = pl.when(now_is_there).then(pl.coalesce("now_amount", "amount")).otherwise("amount")
    columns = [
        amount.alias("amount"),
        pl.coalesce("now_signup_date", "signup_date").alias("signup_date"),
        pl.coalesce("now_group", "group").alias("group"),
    ]
    if on <= ends.start:
        columns.append(pl.max_horizontal("was_customer", "now_was_customer").alias("was_customer"))
    return columns


def _is_renewed() -> pl.Expr:
    """Return whether a new term began: the shipped renewal playbook's `new_term`.

    The date moved later by more than `MOVED` or by a whole term, or a new contract began at the old date or after it.
    """
    stated, months = pl.col("now_renewal_date"), pl.col(f"now_{TERM}")
    days = (stated - due_on).dt.total_days()
    whole_term = _is_true((months >= 1) & (days >= months * DAYS_A_MONTH))
    next_contract = _is_true(pl.col("now_contract_start") >= due_on)
    next_term = (stated > due_on) & (whole_term | next_contract)
    return now_is_there & ((stated > due_on + MOVED) | next_term)


def _term(on: dt.date) -> list[pl.Expr]:
    """Return the due date and monthly amount of the current term, as of the newest snapshot up to its end."""
    stated = pl.when(now_is_there).then(pl.coalesce("now_renewal_date", due_on)).otherwise(due_on)
    runs = now_is_there & (_is_renewed() | (stated >= on) | due_on.is_null())
    amount = pl.when(runs).then(pl.coalesce("now_amount", "amount")).otherwise("due_amount")
    return [stated.alias("due_on"), amount.alias("due_amount")]


def _align(earlier: pl.DataFrame, now: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return both tables with the accounts of either, in order; null where a table lacks an account.

    Both inputs are sorted by id without repeats. Merging sorted keys takes a fifth of the time of a join, and equal
    keys take none.
    """
    if earlier[ACCOUNT_ID].equals(now[ACCOUNT_ID]):
        return earlier, now
    indexes = _row_indexes(earlier[ACCOUNT_ID], now[ACCOUNT_ID])
    return _gather(earlier, indexes, "earlier"), _gather(now, indexes, "now")


def _row_indexes(earlier: pl.Series, now: pl.Series) -> pl.DataFrame:
    """Return the row index of each account in each table; null where it is absent."""
    index, none = pl.int_range(pl.len(), dtype=pl.UInt32), pl.lit(None, pl.UInt32)
    merged = (
        earlier.to_frame()
        .select(ACCOUNT_ID, index.alias("earlier"), none.alias("now"))
        .merge_sorted(
            now.to_frame().select(ACCOUNT_ID, none.alias("earlier"), index.alias("now")),
            key=ACCOUNT_ID,
        )
    )
    # The merge lists an account of both tables twice.
    again = pl.col(ACCOUNT_ID) == pl.col(ACCOUNT_ID).shift(1)
    twice = again.shift(-1, fill_value=False)
    return merged.select(
        ACCOUNT_ID,
        *(
            pl.coalesce(side, pl.when(twice).then(pl.col(side).shift(-1)))
            for side in ("earlier", "now")
        ),
        again.alias("again"),
    ).filter(~pl.col("again").fill_null(value=False))


def _gather(table: pl.DataFrame, indexes: pl.DataFrame, side: str) -> pl.DataFrame:
    return indexes.select(ACCOUNT_ID).hstack(
        table.drop(ACCOUNT_ID).select(pl.all().gather(indexes[side]))
    )
