"""What becomes of accounts over snapshots: who stays, what each pays at both ends of a window, which terms fall due.

A fold over states in the order of their dates that holds one row an account. A stay is a stretch of snapshots in which
an account is a customer; an absence that ends within grace is part of it. The rule: whether an absence was too long is
told by what came after it, so who was there on a date is told once all is known.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..sources.convert import AMOUNT
from .groups import Method
from .metric_snapshots import SnapshotState

MOVED = pl.duration(days=60)
"""A renewal date that moves on by more is a renewed term; another move amends the same term, unless its contract starts
anew."""

_HELD: dict[str, pl.DataType] = {
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
    """The dates of the snapshots that a window's ends are read of, and between which dates terms fall due."""

    start: dt.date
    end: dt.date
    due_after: dt.date
    due_until: dt.date


@dataclass(slots=True)
class Lifecycle:
    """Accounts on their way: `step` takes the states in the order of their dates; then the rest can be asked."""

    ends: WindowEnds
    grace: int
    method: Method
    on: dt.date = dt.date.min
    _held: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema={**_HELD, **_MOVES}))
    _ended: list[pl.DataFrame] = field(default_factory=lambda: [pl.DataFrame(schema=_ENDED)])
    _terms: list[pl.DataFrame] = field(default_factory=list)
    _marks: list[pl.DataFrame] = field(default_factory=list)

    def step(self, state: SnapshotState) -> None:
        """Go on to the next snapshot."""
        before, on = self.on, state.on
        away = away_since.is_not_null() & now_is_there
        frame = _beside(self._held, state).with_columns(
            (is_there & ~now_is_there).alias("left"),
            (away & self._in_time(on, covered)).alias("resumed"),
            (away & ~self._in_time(on, covered)).alias("returned"),
        )
        ended = frame.filter("returned").select(ACCOUNT_ID, "since", away_since.alias("until"))
        self._ended.append(ended)
        self._terms.append(self._decided(frame, before, on))
        changed = (*_presence(before, on), *_values(on, self.ends), *self._moves(on), *_term(on))
        self._held = frame.with_columns(*changed).select(*_HELD, *self._moving)
        self.on = on
        for day, name in ((self.ends.start, "start"), (self.ends.end, "end")):
            if on == day:
                amount = pl.col("amount").fill_null(_ZERO).alias(name)
                mark = self._held.select(ACCOUNT_ID, amount, pl.col("group").alias(f"{name}_group"))
                self._marks.append(mark)

    @property
    def ids(self) -> pl.Series:
        """The accounts seen so far."""
        return self._held[ACCOUNT_ID]

    def accounts(self) -> pl.DataFrame:
        """See `Observed`."""
        start, end = self.ends.start, self.ends.end
        found = self._held.with_columns(self._until().alias("until"))
        for mark in self._marks:
            found = found.hstack(side_by_side(found, mark)[1].drop(ACCOUNT_ID))
        until = pl.col("until")
        begun = (since <= start) & (until.is_null() | (until > start))
        at_start = self._any(begun)
        at_end = self._any((since <= end) & (until.is_null() | (until > end)))
        return found.select(
            ACCOUNT_ID,
            pl.coalesce(pl.when(at_start).then("start_group"), "end_group", "group").alias("group"),
            "signup_date",
            pl.when(at_start).then("start").alias("start"),
            pl.when(at_end).then("end").alias("end"),
            *(pl.col(name) if name in self._moving else _ZERO.alias(name) for name in _MOVES),
            self._any(begun & (until <= end)).alias("churned"),
            self._any((since > start) & (since <= end)).alias("joined"),
            _known(pl.coalesce("was_customer", pl.col("signup_date") < start)).alias("was_customer"),
        )  # fmt: skip

    def terms(self) -> pl.DataFrame:
        """Every term that fell due between the dates asked, with what it paid a month and its outcome."""
        late = pl.lit(self.on) - due_on > pl.duration(days=self.grace)
        outcome = pl.when(late).then(pl.lit("lapsed")).otherwise(pl.lit("pending"))
        waiting = self._held.filter(self._is_due()).select(
            ACCOUNT_ID, "due_on", pl.col("due_amount").alias("amount"), outcome.alias("outcome")
        )
        return pl.concat([*self._terms, waiting]).sort(ACCOUNT_ID, "due_on")

    @property
    def _moving(self) -> tuple[str, ...]:
        """What is held of the way from one end to the other; by snapshots, nothing is asked of it."""
        return tuple(_MOVES) if self.method == "movements" else ()

    def _any(self, holds: pl.Expr) -> pl.Expr:
        """Whether it holds of a stay of the account: of the last one, or of one that ended before."""
        ended = pl.concat(self._ended).filter(holds)[ACCOUNT_ID].unique()
        return _known(holds) | pl.col(ACCOUNT_ID).is_in(ended.implode())

    def _until(self) -> pl.Expr:
        """The first snapshot without the account; none for one that is there, or may still come back in time."""
        pending = pl.lit(self.on) - covered <= pl.duration(days=self.grace)
        return pl.when(pending & (self.grace > 0)).then(None).otherwise(away_since)

    def _in_time(self, on: dt.date, day: pl.Expr) -> pl.Expr:
        """Whether what is back on a date, or by the start of its contract before it, is back within grace of a day."""
        if not self.grace:
            return pl.lit(value=False)
        began = pl.col("now_contract_start")
        back_on = pl.when(began.is_between(day, on)).then(began).otherwise(pl.lit(on))
        return back_on - day <= pl.duration(days=self.grace)

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
            ACCOUNT_ID, "due_on", pl.col("due_amount").alias("amount"), outcome.alias("outcome")
        )

    def _moves(self, on: dt.date) -> list[pl.Expr]:
        """What a stay that covers the window's start has gained and lost on the way, step by step."""
        if not self._moving or not self.ends.start < on <= self.ends.end:
            return []
        stays = now_is_there & (is_there | pl.col("resumed")) & (since <= self.ends.start)
        change = pl.col("now_amount") - pl.col("amount").fill_null(_ZERO)
        gain, loss = pl.col("expansion").fill_null(_ZERO), pl.col("contraction").fill_null(_ZERO)
        return [
            pl.when(stays & (change > 0)).then(gain + change).otherwise(gain).alias("expansion"),
            pl.when(stays & (change < 0)).then(loss - change).otherwise(loss).alias("contraction"),
        ]


def _beside(held: pl.DataFrame, state: SnapshotState) -> pl.DataFrame:
    """The accounts held, and beside them what the snapshot says of each."""
    now = state.frame.drop("currency").rename(
        lambda name: name if name == ACCOUNT_ID else f"now_{name}"
    )
    held, now = side_by_side(held, now)
    unknown = pl.lit(value=False)
    if len(state.unknown):
        unknown = pl.col(ACCOUNT_ID).is_in(state.unknown.implode())
    return held.hstack(now.drop(ACCOUNT_ID)).with_columns(
        _known(pl.coalesce(now_is_there, unknown & is_there))
    )


def _known(condition: pl.Expr) -> pl.Expr:
    """What cannot be told does not hold."""
    return condition.fill_null(value=False)


def _presence(before: dt.date, on: dt.date) -> list[pl.Expr]:
    """Where a stay stands; its last day covered lies between the last snapshot with it and the first without."""
    begins = pl.col("returned") | (now_is_there & since.is_null())
    told = pl.coalesce("now_churn_date", "now_renewal_date", due_on, pl.lit(before))
    left = pl.col("left")
    return [
        pl.when(begins).then(pl.lit(on)).otherwise(since).alias("since"),
        pl.when(left).then(pl.lit(on)).when(~now_is_there).then(away_since).alias("away_since"),
        pl.when(left).then(told.clip(before, on)).otherwise(covered).alias("covered"),
    ]


def _values(on: dt.date, ends: WindowEnds) -> list[pl.Expr]:
    """What is known by now; what the export does not say stays as it was."""
    amount = pl.when(now_is_there).then(pl.coalesce("now_amount", "amount")).otherwise("amount")
    found = [
        amount.alias("amount"),
        pl.coalesce("now_signup_date", "signup_date").alias("signup_date"),
        pl.coalesce("now_group", "group").alias("group"),
    ]
    if on <= ends.start:
        found.append(pl.max_horizontal("was_customer", "now_was_customer").alias("was_customer"))
    return found


def _is_renewed() -> pl.Expr:
    """The date moved on by more than an amendment moves it, or is that of a term that began when this one ended."""
    told = pl.col("now_renewal_date")
    next_term = (told > due_on) & _known(pl.col("now_contract_start") >= due_on)
    return now_is_there & ((told > due_on + MOVED) | next_term)


def _term(on: dt.date) -> list[pl.Expr]:
    """The term that runs, and what it pays: by the newest snapshot not later than its end."""
    told = pl.when(now_is_there).then(pl.coalesce("now_renewal_date", due_on)).otherwise(due_on)
    runs = now_is_there & (_is_renewed() | (told >= on) | due_on.is_null())
    amount = pl.when(runs).then(pl.coalesce("now_amount", "amount")).otherwise("due_amount")
    return [told.alias("due_on"), amount.alias("due_amount")]


def side_by_side(held: pl.DataFrame, now: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Both with the accounts of either, in order; null where a table does not have one."""
    if held[ACCOUNT_ID].equals(now[ACCOUNT_ID]):
        return held, now
    places = _places(held[ACCOUNT_ID], now[ACCOUNT_ID])
    return _placed(held, places, "held"), _placed(now, places, "now")


def _places(held: pl.Series, now: pl.Series) -> pl.DataFrame:
    """For each account where it stands in each of the tables; where it stands in both, merging has put it twice."""
    place, none = pl.int_range(pl.len(), dtype=pl.UInt32), pl.lit(None, pl.UInt32)
    merged = (
        held.to_frame()
        .select(ACCOUNT_ID, place.alias("held"), none.alias("now"))
        .merge_sorted(
            now.to_frame().select(ACCOUNT_ID, none.alias("held"), place.alias("now")),
            key=ACCOUNT_ID,
        )
    )
    again = pl.col(ACCOUNT_ID) == pl.col(ACCOUNT_ID).shift(1)
    twice = again.shift(-1, fill_value=False)
    return merged.select(
        ACCOUNT_ID,
        *(
            pl.coalesce(side, pl.when(twice).then(pl.col(side).shift(-1)))
            for side in ("held", "now")
        ),
        again.alias("again"),
    ).filter(~pl.col("again").fill_null(value=False))


def _placed(table: pl.DataFrame, places: pl.DataFrame, side: str) -> pl.DataFrame:
    return places.select(ACCOUNT_ID).hstack(
        table.drop(ACCOUNT_ID).select(pl.all().gather(places[side]))
    )
