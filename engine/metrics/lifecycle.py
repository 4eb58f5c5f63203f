"""Account lifecycle over snapshots: customers and revenue at both ends of a window, and terms that fall due.

The input is snapshot states in date order. The fold over them keeps one row per account. The state of an account on a
date depends on snapshots up to that date only, so later snapshots do not change figures of it. An account that is away
still counts as a customer within grace after its term, if the term expired without a word: the account has no
`churn_date` and did not leave before the term's end.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..core.in_memory import collect_in_memory
from ..core.schemas import empty_table, null_columns
from ..sources.convert import AMOUNT
from .account_index import AccountIndex
from .currency import Exchange
from .groups import Method
from .metric_snapshots import TERM, SnapshotState

MOVED_DAYS = 60
"""A renewal date that moves later by more than these is a renewed term."""
DAYS_A_MONTH = 28
"""The fewest days of a month: a term of n months is at least n times as long."""

_FLAGS: dict[str, pl.DataType] = {
    "is_there": pl.Boolean(),
    "present": pl.Boolean(),
    "has_paid": pl.Boolean(),
}
"""The columns that the fold has from the first snapshot on."""
_KNOWN: dict[str, tuple[str, pl.DataType]] = {
    "amount": ("amount", AMOUNT),
    "currency": ("currency", pl.String()),
    "ends_on": ("renewal_date", pl.Date()),
    "churned_on": ("churn_date", pl.Date()),
    "signup_date": ("signup_date", pl.Date()),
    "group": ("group", pl.String()),
}
"""The other columns of the fold: the column of `SnapshotState` that each is the last known value of, and its type.

The fold has each of them from the first snapshot that fills it on.
"""
_KNOWN_OF_TERMS: dict[str, tuple[str, pl.DataType]] = {
    "due_on": ("renewal_date", pl.Date()),
    "due_amount": ("amount", AMOUNT),
}
_MOVEMENTS: dict[str, pl.DataType] = {
    "expansion": AMOUNT,
    "contraction": AMOUNT,
    "churned": pl.Boolean(),
    "joined": pl.Boolean(),
}
_MOVING = {"was_customer": pl.Boolean(), **_MOVEMENTS}
"""The columns that are summed from snapshot to snapshot, and whether an account is a customer at the start."""
ACCOUNTS: dict[str, pl.DataType] = {
    ACCOUNT_ID: pl.String(),
    "group": pl.String(),
    "start": AMOUNT,
    "end": AMOUNT,
    **_MOVEMENTS,
    "has_paid": pl.Boolean(),
}
TERMS: dict[str, pl.DataType] = {
    ACCOUNT_ID: pl.String(),
    "due_on": pl.Date(),
    "amount": AMOUNT,
    "kept": AMOUNT,
    "outcome": pl.String(),
}
_ZERO = pl.lit(0, AMOUNT)
_status = pl.col("status")
_STATUSES = (
    (_status == "lapsed").alias("has_lapsed"),
    (_status == "suspended").alias("is_suspended"),
    (_status == "trial").alias("is_trial"),
)
"""The conditions on a status that the fold reads. Texts take longest to gather, so statuses are compared before."""

start, end, due_on, ends_on = (pl.col(name) for name in ("start", "end", "due_on", "ends_on"))
was_customer = pl.col("was_customer")
is_there, present = pl.col("is_there"), pl.col("present")
now_is_there, now_present = pl.col("now_is_there"), pl.col("now_present")
now_is_renewed = pl.col("now_is_renewed")


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

    Call `step` with each state in date order, then read `accounts`, and `terms` if it was built `with_terms`.

    Attributes:
        ends: The ends of the window.
        grace: Days after its term in which an account that is away has not left.
        method: How gains and losses are counted: between the ends, or summed over the snapshots.
        exchange: The rates that amounts are converted at.
        with_terms: True if the terms that fall due are followed too.
        on: The date of the last snapshot.
        currencies: The last known currencies of the accounts that paid in the window.
    """

    ends: WindowEnds
    grace: int
    method: Method
    exchange: Exchange
    with_terms: bool = True
    on: dt.date = dt.date.min
    currencies: set[str] = field(default_factory=set)
    _index: AccountIndex = field(default_factory=AccountIndex)
    _rows: pl.DataFrame = field(default_factory=lambda: empty_table(_FLAGS))
    _at_start: pl.DataFrame = field(default_factory=lambda: empty_table(_FLAGS))
    _at_end: pl.DataFrame = field(default_factory=lambda: empty_table(_FLAGS))
    _terms: list[pl.DataFrame] = field(default_factory=list)

    def step(self, state: SnapshotState) -> None:
        """Advance to the next snapshot."""
        before, on = self.on, state.on
        filled = self._filled(state)
        known = [
            name
            for name, (source, _) in self._known.items()
            if source in filled or name in self._rows.columns
        ]
        joined = self._join(state, filled)
        frame = self._converted(joined).with_columns(
            (now_is_there | self._in_grace(on)).alias("now_present")
        )
        changed = [*_values(on, self.ends), *self._movements(on)]
        plans = []
        if self.with_terms:
            frame = frame.with_columns(_is_renewed().alias("now_is_renewed"))
            changed += _term(on)
            plans.append(self._renewals(frame, before, on))
        if "currency" in known and self.ends.start <= on <= self.ends.end:
            plans.append(_currencies_paid(joined))
        columns = (*_FLAGS, *known, *(self._moving if on >= self.ends.start else ()))
        rows = frame.with_columns(*changed).select(*columns)
        self._rows, *others = pl.collect_all([rows, *plans], engine="in-memory")
        if self.with_terms:
            self._terms.append(others.pop(0))
        self.currencies.update(*(paid.to_series() for paid in others))
        self.on = on
        if on == self.ends.start:
            self._at_start = self._rows
        if on == self.ends.end:
            self._at_end = self._rows

    @property
    def ids(self) -> pl.Series:
        """Return the ids of the accounts seen so far."""
        return self._index.ids

    def accounts(self) -> pl.DataFrame:
        """Return one row per account seen up to the window's end, as `WindowData.accounts` describes."""
        later = self._at_end.height - self._at_start.height
        at_start = pl.concat([self._at_start, self._at_start.clear(later)])
        first, last = self._complete(at_start), self._complete(self._at_end)
        paid = pl.when(present).then(pl.col("amount").fill_null(_ZERO))
        at_ends = pl.concat(
            [
                last.select("group", "signup_date", paid.alias("end"), *self._moving),
                first.select(paid.alias("start"), pl.col("group").alias("start_group"), "has_paid"),
            ],
            how="horizontal",
        )
        started, ended = start.is_not_null(), end.is_not_null()
        movements = {
            "expansion": _ZERO,
            "contraction": _ZERO,
            "churned": started & ~ended,
            "joined": ended & ~started,
        }
        at_both = at_ends.select(
            self.ids.head(self._at_end.height),
            pl.when(started).then("start_group").otherwise("group").alias("group"),
            "start",
            "end",
            *(
                pl.col(name) if name in self._moving else by_ends.alias(name)
                for name, by_ends in movements.items()
            ),
            _is_true(pl.coalesce("has_paid", pl.col("signup_date") < self.ends.start)).alias(
                "has_paid"
            ),
        )
        return collect_in_memory(at_both)

    def terms(self) -> pl.DataFrame:
        """Return every term that fell due in the window, as `WindowData.terms` describes."""
        late = pl.lit(self.on) - due_on > pl.duration(days=self.grace)
        lapsed = late | ~present
        outcome = pl.when(lapsed).then(pl.lit("lapsed")).otherwise(pl.lit("pending"))
        waiting = collect_in_memory(
            self._complete(self._rows)
            .with_columns(self.ids)
            .filter(self._is_due())
            .select(
                ACCOUNT_ID,
                "due_on",
                pl.col("due_amount").alias("amount"),
                _ZERO.alias("kept"),
                outcome.alias("outcome"),
            )
        )
        return pl.concat([*self._terms, waiting]).sort(ACCOUNT_ID, "due_on")

    @property
    def _moving(self) -> tuple[str, ...]:
        """Return the columns that sum movements. The method `snapshots` needs none."""
        return tuple(_MOVING) if self.method == "movements" else ()

    @property
    def _known(self) -> dict[str, tuple[str, pl.DataType]]:
        """Return the columns of last known values, each with its source and type."""
        return {**_KNOWN, **(_KNOWN_OF_TERMS if self.with_terms else {})}

    def _complete(self, rows: pl.DataFrame) -> pl.LazyFrame:
        """Return the rows with all columns; those that no snapshot has filled are null."""
        types = {name: dtype for name, (_, dtype) in self._known.items()}
        types |= {name: _MOVING[name] for name in self._moving}
        return rows.lazy().with_columns(null_columns(types, rows.columns))

    def _filled(self, state: SnapshotState) -> list[str]:
        """Return the columns of the snapshot that the fold reads, but not those without any value."""
        read = [*dict.fromkeys(source for source, _ in _KNOWN.values())]
        if self.with_terms or self._moving:
            read.append("contract_start")
        if self.with_terms:
            read.append(TERM)
        counts = state.frame.select(pl.col(*read).count()).row(0, named=True)
        return [name for name, count in counts.items() if count]

    def _join(self, state: SnapshotState, filled: Sequence[str]) -> pl.LazyFrame:
        """Return the rows of all accounts, with the columns of the snapshot added as `now_…`.

        An account whose row does not say whether it is a customer, or has a bad value, keeps its last state.
        """
        listed_at = self._index.locate(state.frame[ACCOUNT_ID])
        silent = listed_at.is_not_null()
        if len(state.unknown):
            silent |= self.ids.is_in(state.unknown.implode())
        new = len(self.ids) - self._rows.height
        earlier = pl.concat([self._rows, self._rows.clear(new)], rechunk=True)
        read = state.frame.lazy().select("is_there", *filled, *_STATUSES)
        now = read.select(pl.all().gather(listed_at)).rename(lambda name: f"now_{name}")
        unfilled = {f"now_{name}": dtype for name, dtype in state.frame.schema.items()}
        read_now = ("now_is_there", *(f"now_{name}" for name in filled))
        churned_on = pl.coalesce("now_churn_date", "churned_on")
        joined = pl.concat([self._complete(earlier), now], how="horizontal")
        return joined.with_columns(null_columns(unfilled, read_now)).with_columns(
            _is_true(pl.coalesce(now_is_there, pl.lit(silent) & is_there)).alias("now_is_there"),
            pl.coalesce("now_currency", "currency").alias("now_currency"),
            pl.coalesce("now_renewal_date", "ends_on").alias("now_ends_on"),
            # A customer again has not churned.
            pl.when(now_is_there)
            .then("now_churn_date")
            .otherwise(churned_on)
            .alias("now_churned_on"),
        )

    def _converted(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """Return the frame with the snapshot's amounts in the reporting currency."""
        rate = self.exchange.rate(pl.col("now_currency"))
        return frame if rate is None else frame.with_columns(pl.col("now_amount") * rate)

    def _in_grace(self, on: dt.date) -> pl.Expr:
        """Return whether an account that is away is still within grace: its term ended without a word."""
        if not self.grace:
            return pl.lit(value=False)
        # An account first seen as lapsed was a customer before the first snapshot.
        was_present = pl.coalesce(present, pl.col("now_has_lapsed"))
        first = on - dt.timedelta(days=self.grace)
        ended = pl.col("now_ends_on").is_between(first, on)
        return _is_true(was_present & pl.col("now_churned_on").is_null() & ended)

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

    def _renewals(self, frame: pl.LazyFrame, before: dt.date, on: dt.date) -> pl.LazyFrame:
        """Return the terms that this snapshot shows as renewed, in time or not.

        An account that is present in the last snapshot up to the due date, and renewed in the next, is in time.
        """
        unbroken = is_there & (due_on >= before)
        in_time = unbroken | self._in_time(on, due_on)
        outcome = pl.when(in_time).then(pl.lit("renewed")).otherwise(pl.lit("lapsed"))
        next_amount = pl.coalesce("now_amount", "amount")
        paid = pl.col("due_amount").fill_null(_ZERO)
        kept = pl.when(in_time).then(pl.min_horizontal(paid, next_amount)).otherwise(_ZERO)
        ids = self._index.ids
        return (
            frame.with_columns(ids)
            .filter(now_is_renewed & self._is_due())
            .select(
                ACCOUNT_ID,
                "due_on",
                pl.col("due_amount").alias("amount"),
                kept.alias("kept"),
                outcome.alias("outcome"),
            )
        )

    def _movements(self, on: dt.date) -> list[pl.Expr]:
        """Return who is a customer at the window's start; then the gains and losses since, and who left or came.

        Gains and losses are those of accounts that have not left since the start.
        """
        if self._moving and on == self.ends.start:
            return [now_present.alias("was_customer")]
        if not self._moving or not self.ends.start < on <= self.ends.end:
            return []
        away_too_long = present & ~is_there & now_is_there & ~_is_true(self._in_time(on, ends_on))
        left = _is_true(present & (~now_present | away_too_long))
        came = now_present & (~_is_true(present) | _is_true(away_too_long))
        churned = _is_true(pl.col("churned")) | _is_true(left & was_customer)
        change = pl.coalesce("now_amount", "amount") - pl.col("amount").fill_null(_ZERO)
        stays = now_is_there & was_customer & ~churned
        gain, loss = pl.col("expansion").fill_null(_ZERO), pl.col("contraction").fill_null(_ZERO)
        return [
            pl.when(stays & (change > 0)).then(gain + change).otherwise(gain).alias("expansion"),
            pl.when(stays & (change < 0)).then(loss - change).otherwise(loss).alias("contraction"),
            churned.alias("churned"),
            (_is_true(pl.col("joined")) | came).alias("joined"),
        ]


def _currencies_paid(frame: pl.LazyFrame) -> pl.LazyFrame:
    """Return the last known currencies of the accounts that pay now."""
    pays = now_is_there & (pl.col("now_amount") > 0)
    return frame.select(pl.col("now_currency").filter(pays).drop_nulls().unique())


def _is_true(condition: pl.Expr) -> pl.Expr:
    """Return the condition, with unknown as false."""
    return condition.fill_null(value=False)


def _values(on: dt.date, ends: WindowEnds) -> list[pl.Expr]:
    """Return the last known values. A value that is missing in the snapshot stays as it was."""
    amount = pl.when(now_is_there).then(pl.coalesce("now_amount", "amount")).otherwise("amount")
    columns = [
        now_is_there.alias("is_there"),
        now_present.alias("present"),
        pl.col("now_ends_on").alias("ends_on"),
        pl.col("now_churned_on").alias("churned_on"),
        amount.alias("amount"),
        pl.col("now_currency").alias("currency"),
        pl.coalesce("now_signup_date", "signup_date").alias("signup_date"),
        pl.coalesce("now_group", "group").alias("group"),
    ]
    return [*columns, _has_paid().alias("has_paid")] if on <= ends.start else columns


def _has_paid() -> pl.Expr:
    """Return whether an account has paid up to now; null where no snapshot says so.

    A lapsed account has paid, unless it is known to have been a trial, or a customer that paid nothing.
    """
    paid = now_is_there & (pl.col("now_amount") > 0)
    free = pl.col("now_is_trial") | (now_is_there & (pl.col("now_amount") <= 0))
    guess = pl.when(pl.col("now_has_lapsed")).then(True).when(free).then(False)
    certain = _is_true(paid) | _is_true(pl.col("now_is_suspended"))
    return pl.when(certain).then(True).otherwise(pl.coalesce("has_paid", guess))


def _is_renewed() -> pl.Expr:
    """Return whether a new term began: the shipped renewal playbook's `new_term`.

    The date moved later by more than `MOVED_DAYS` or by a whole term, or a new contract began at the old date or later.
    """
    stated, months = pl.col("now_renewal_date"), pl.col(f"now_{TERM}")
    later = stated.to_physical() - due_on.to_physical()
    whole_term = _is_true((months >= 1) & (later >= months * DAYS_A_MONTH))
    next_contract = _is_true(pl.col("now_contract_start") >= due_on)
    return now_is_there & ((later > MOVED_DAYS) | ((later > 0) & (whole_term | next_contract)))


def _term(on: dt.date) -> list[pl.Expr]:
    """Return the due date and monthly amount of the current term, as of the newest snapshot up to its end."""
    stated = pl.when(now_is_there).then(pl.coalesce("now_renewal_date", due_on)).otherwise(due_on)
    runs = now_is_there & (now_is_renewed | (stated >= on) | due_on.is_null())
    amount = pl.when(runs).then(pl.coalesce("now_amount", "amount")).otherwise("due_amount")
    return [stated.alias("due_on"), amount.alias("due_amount")]
