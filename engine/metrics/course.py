"""What becomes of accounts over snapshots: their stays, what they pay at both ends of a window, their terms.

A fold over states in the order of their dates that holds one row an account. A stay is a stretch of snapshots in which
an account is a customer; an absence that ends within grace is part of it. The rule: whether an absence was too long is
told by what came after it, so the ends of the window are read off the stays once all is known.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import polars as pl

from ..fields.load import KEY
from ..sources.convert import AMOUNT
from .beside import side_by_side
from .reading import State

MOVED = pl.duration(days=60)
"""A renewal date that moves on by more is a renewed term; any other move amends the same term."""

_HELD: dict[str, pl.DataType] = {
    KEY: pl.String(),
    "is_there": pl.Boolean(),
    "was_customer": pl.Boolean(),
    "amount": AMOUNT,
    "since": pl.Date(),
    "away_since": pl.Date(),
    "covered": pl.Date(),
    "signup_date": pl.Date(),
    "group": pl.String(),
    "due_on": pl.Date(),
    "due_amount": AMOUNT,
    "start": AMOUNT,
    "start_group": pl.String(),
    "end": AMOUNT,
    "end_group": pl.String(),
    "expansion": AMOUNT,
    "contraction": AMOUNT,
}
STAYS: dict[str, pl.DataType] = {KEY: pl.String(), "since": pl.Date(), "until": pl.Date()}
"""`since` is the first snapshot of a stay, `until` the first one after it; null: still there."""
TERMS: dict[str, pl.DataType] = {
    KEY: pl.String(),
    "due_on": pl.Date(),
    "amount": AMOUNT,
    "outcome": pl.String(),
}
"""A term that fell due, what it paid a month, and whether it was renewed, has lapsed, or is pending."""
_ZERO = pl.lit(0, AMOUNT)

is_there, now_is_there = pl.col("is_there"), pl.col("now_is_there")
since, covered, due_on = pl.col("since"), pl.col("covered"), pl.col("due_on")


@dataclass(frozen=True, slots=True)
class Ends:
    """The dates of the snapshots that a window's ends are read of, and between which dates terms fall due."""

    start: dt.date
    end: dt.date
    due_after: dt.date
    due_until: dt.date


@dataclass(slots=True)
class Course:
    """Accounts on their way: `step` takes the states in the order of their dates; then the rest can be asked."""

    ends: Ends
    grace: int
    on: dt.date = dt.date.min
    accounts: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=_HELD))
    _stays: list[pl.DataFrame] = field(default_factory=list)
    _terms: list[pl.DataFrame] = field(default_factory=list)

    def step(self, state: State) -> None:
        """Go on to the next snapshot."""
        before, on = self.on, state.on
        away = ~is_there & now_is_there & since.is_not_null()
        frame = _beside(self.accounts, state).with_columns(
            (is_there & ~now_is_there).alias("left"),
            (away & self._in_time(on, covered)).alias("resumed"),
            (away & ~self._in_time(on, covered)).alias("returned"),
        )
        self._stays.append(_ended(frame))
        self._terms.append(self._decided(frame, before, on))
        frame = frame.with_columns(
            *_presence(before, on), *_values(on, self.ends), *self._moves(on), *_term(on)
        )
        self.accounts = _marked(frame, on, self.ends).select(*_HELD)
        self.on = on

    def stays(self) -> pl.DataFrame:
        """Every stay, sorted; an account that may still come back in time is there."""
        lasting = self.accounts.filter(since.is_not_null()).select(
            KEY, "since", self._until().alias("until")
        )
        return pl.concat([*self._stays, lasting]).sort(KEY, "since")

    def terms(self) -> pl.DataFrame:
        """Every term that fell due between the dates asked, sorted."""
        late = pl.lit(self.on) - due_on > pl.duration(days=self.grace)
        outcome = pl.when(late).then(pl.lit("lapsed")).otherwise(pl.lit("pending"))
        waiting = self.accounts.filter(self._is_due()).select(
            KEY, "due_on", pl.col("due_amount").alias("amount"), outcome.alias("outcome")
        )
        return pl.concat([*self._terms, waiting]).sort(KEY, "due_on")

    def _in_time(self, on: dt.date, day: pl.Expr) -> pl.Expr:
        """Whether what is back on a date, or by the start of its contract before it, is back within grace of a day."""
        if not self.grace:
            return pl.lit(value=False)
        began = pl.col("now_contract_start")
        back_on = pl.when(began.is_between(day, on)).then(began).otherwise(pl.lit(on))
        return back_on - day <= pl.duration(days=self.grace)

    def _until(self) -> pl.Expr:
        pending = pl.lit(self.on) - covered <= pl.duration(days=self.grace)
        return pl.when(pending & (self.grace > 0)).then(None).otherwise("away_since")

    def _is_due(self) -> pl.Expr:
        return (due_on > self.ends.due_after) & (due_on <= self.ends.due_until)

    def _decided(self, frame: pl.DataFrame, before: dt.date, on: dt.date) -> pl.DataFrame:
        """The terms of which this snapshot tells that they were renewed, in time or not.

        Who was there in a snapshot up to the due date, and is renewed in the next, was not seen to be late.
        """
        unbroken = is_there & (due_on >= before)
        in_time = unbroken | self._in_time(on, due_on)
        outcome = pl.when(in_time).then(pl.lit("renewed")).otherwise(pl.lit("lapsed"))
        return frame.filter(_is_renewed() & self._is_due()).select(
            KEY, "due_on", pl.col("due_amount").alias("amount"), outcome.alias("outcome")
        )

    def _moves(self, on: dt.date) -> list[pl.Expr]:
        """What a stay that covers the window's start has gained and lost on the way, step by step."""
        if not self.ends.start < on <= self.ends.end:
            return []
        stays = now_is_there & (is_there | pl.col("resumed")) & (since <= self.ends.start)
        change = pl.col("now_amount") - pl.col("amount").fill_null(_ZERO)
        return [
            pl.when(stays & (change > 0)).then(pl.col("expansion") + change).otherwise("expansion"),
            pl.when(stays & (change < 0)).then(pl.col("contraction") - change).otherwise("contraction"),
        ]  # fmt: skip


def _beside(accounts: pl.DataFrame, state: State) -> pl.DataFrame:
    """The accounts held, and beside them what the snapshot says of each."""
    now = state.frame.rename(lambda name: name if name == KEY else f"now_{name}")
    held, now = side_by_side(accounts, now.with_columns(pl.lit(value=True).alias("seen")))
    unknown = (
        pl.col(KEY).is_in(state.unknown.implode()) if len(state.unknown) else pl.lit(value=False)
    )
    return held.hstack(now.drop(KEY)).with_columns(
        is_there.fill_null(value=False),
        pl.col("seen").fill_null(value=False),
        pl.coalesce(now_is_there, unknown & is_there).fill_null(value=False).alias("now_is_there"),
        pl.col("expansion", "contraction").fill_null(_ZERO),
    )


def _ended(frame: pl.DataFrame) -> pl.DataFrame:
    """The stays that ended for good: their accounts are back, too late."""
    return frame.filter("returned").select(KEY, "since", pl.col("away_since").alias("until"))


def _presence(before: dt.date, on: dt.date) -> list[pl.Expr]:
    """Where a stay stands; its last day covered lies between the last snapshot with it and the first without."""
    begins = pl.col("returned") | (now_is_there & since.is_null())
    told = pl.coalesce("now_churn_date", "now_renewal_date", due_on, pl.lit(before))
    left = pl.col("left")
    return [
        now_is_there.alias("is_there"),
        pl.when(begins).then(pl.lit(on)).otherwise(since).alias("since"),
        pl.when(left).then(pl.lit(on)).when(~now_is_there).then("away_since").alias("away_since"),
        pl.when(left).then(told.clip(before, on)).otherwise(covered).alias("covered"),
    ]


def _values(on: dt.date, ends: Ends) -> list[pl.Expr]:
    """What is known by now; what the export does not say stays as it was."""
    customer = (
        pl.max_horizontal("was_customer", "now_was_customer")
        if on <= ends.start
        else pl.col("was_customer")
    )
    return [
        pl.when(now_is_there).then(pl.coalesce("now_amount", "amount")).otherwise("amount").alias("amount"),
        pl.coalesce("now_signup_date", "signup_date").alias("signup_date"),
        pl.coalesce("now_group", "group").alias("group"),
        customer.alias("was_customer"),
    ]  # fmt: skip


def _is_renewed() -> pl.Expr:
    return now_is_there & (pl.col("now_renewal_date") > due_on + MOVED)


def _term(on: dt.date) -> list[pl.Expr]:
    """The term that runs, and what it pays: by the newest snapshot not later than its end."""
    told = pl.when(now_is_there).then(pl.coalesce("now_renewal_date", due_on)).otherwise(due_on)
    amount = pl.coalesce("now_amount", "amount")
    runs = now_is_there & (_is_renewed() | (told >= on) | due_on.is_null())
    return [
        told.alias("due_on"),
        pl.when(runs).then(amount).otherwise("due_amount").alias("due_amount"),
    ]


def _marked(frame: pl.DataFrame, on: dt.date, ends: Ends) -> pl.DataFrame:
    """What there is to know at the ends of the window, once they are reached."""
    for day, name in ((ends.start, "start"), (ends.end, "end")):
        if on == day:
            frame = frame.with_columns(
                pl.col("amount").fill_null(_ZERO).alias(name),
                pl.col("group").alias(f"{name}_group"),
            )
    return frame
