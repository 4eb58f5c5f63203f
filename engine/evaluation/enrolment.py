"""Enrols accounts: openings tried in order, for accounts that are not enrolled now."""

from __future__ import annotations

from functools import partial

import polars as pl

from ..language.expressions import Call
from ..playbook.model import ENROLLED, EnrolmentRule
from .candidates import ENROLMENT_STEP, again, armed, enrolment_unknowns
from .prepare import PreparedEnrolment, condition, outcomes
from .transitions import Transitions, due_dates_of


def enrol(stepping: Transitions, closed: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Opens cycles among `closed` accounts: the rows still closed, and the rows newly enrolled."""
    opened: list[pl.DataFrame] = []
    for opening in stepping.prepared.openings:
        if closed.height:
            rows = _with_new_cycle(stepping, closed, opening)
            may = _may_open(stepping, rows, opening)
            opened.append(_open(stepping, rows.filter(may), opening.opening))
            closed = closed.filter(~may)
    return closed, pl.concat(opened) if opened else closed.head(0)


def rearm(stepping: Transitions, frame: pl.DataFrame) -> pl.DataFrame:
    """Arms the triggers whose `rearm:` holds again."""
    for opening in stepping.prepared.openings:
        if opening.opening.rearm is None:
            continue
        mark = f";{opening.opening.id};"
        due = ~armed(opening.opening.id) & opening.rearm.outcome.fill_null(False)
        frame = frame.with_columns(
            pl.when(due)
            .then(pl.col("@disarmed").str.replace(mark, "", literal=True))
            .otherwise("@disarmed")
            .alias("@disarmed"),
            (pl.col("@changed") | due).alias("@changed"),
        )
    return frame


def _with_new_cycle(
    stepping: Transitions, closed: pl.DataFrame, opening: PreparedEnrolment
) -> pl.DataFrame:
    """Adds the anchor and cycle that would open today, beside the last enrolment's."""
    anchors = outcomes(closed, opening.anchor.outcome)
    rows = closed.with_columns(anchors.cast(pl.Date).alias("@new_anchor"))
    return rows.with_columns(_cycle(stepping, opening.opening).alias("@new_cycle"))


def _cycle(stepping: Transitions, opening: EnrolmentRule) -> pl.Expr:
    if opening.cycle == "anchor":
        return pl.col("@new_anchor").dt.to_string("iso")
    if opening.cycle == "year":
        return anniversary_number(opening).cast(pl.String)
    if opening.cycle == "trigger":
        return pl.lit(f"{stepping.day.on.isoformat()} {opening.id}")
    return (pl.col("@cycle").cast(pl.Int64).fill_null(0) + 1).cast(pl.String)


def anniversary_number(opening: EnrolmentRule) -> pl.Expr:
    """Which anniversary the new anchor is: whole years since the date it returns to."""
    if not isinstance(opening.anchor, Call):
        raise TypeError("a cycle by year has an anniversary as its anchor")
    start = condition(opening.anchor.arguments[0]).outcome
    return pl.col("@new_anchor").dt.year() - start.dt.year()


def _may_open(stepping: Transitions, rows: pl.DataFrame, opening: PreparedEnrolment) -> pl.Series:
    """Kleene's and of guard, window, arming and what must lie between two cycles."""
    dated = pl.when(pl.col("@new_anchor").is_not_null()).then(pl.lit(True))
    may = opening.guard.outcome & again(opening, stepping.day) & dated
    if opening.opening.rearm is not None:
        may = may & armed(opening.opening.id)
    told = outcomes(rows, may) & _in_window(stepping, rows, opening.opening)
    told &= outcomes(rows, _new(opening.opening))
    stepping.untold.look(rows, ENROLMENT_STEP, told, partial(enrolment_unknowns, opening))
    return told.fill_null(False)


def _new(opening: EnrolmentRule) -> pl.Expr:
    """The cycle is not the one that ended last; an anniversary's number is higher. Null anchors are new."""
    if opening.cycle == "year":
        newer = pl.col("@new_cycle").cast(pl.Int64) > pl.col("@cycle").cast(pl.Int64)
    else:
        newer = pl.col("@new_cycle") != pl.col("@cycle")
    return newer.fill_null(True)


def _in_window(stepping: Transitions, rows: pl.DataFrame, opening: EnrolmentRule) -> pl.Series:
    frame = rows.with_columns(pl.col("@new_anchor").alias("@anchor"))
    inside = outcomes(rows, pl.lit(True))
    if opening.first is not None:
        inside &= due_dates_of(opening.first, frame, stepping.rules) <= stepping.day.on
    if opening.last is not None:
        inside &= due_dates_of(opening.last, frame, stepping.rules) >= stepping.day.on
    return inside


def _open(stepping: Transitions, rows: pl.DataFrame, opening: EnrolmentRule) -> pl.DataFrame:
    on = pl.lit(stepping.day.on)
    disarmed = pl.col("@disarmed").fill_null("")
    if opening.rearm is not None:
        disarmed = pl.concat_str(disarmed, pl.lit(f";{opening.id};"))
    enrolled = rows.with_columns(
        pl.lit(ENROLLED).alias("@state"),
        pl.col("@new_cycle").alias("@cycle"),
        pl.col("@new_anchor").alias("@anchor"),
        on.alias("@opened_on"),
        pl.lit(opening.id).alias("@opened_by"),
        on.alias("@entered_on"),
        on.alias("@due_on"),
        pl.lit(0, pl.Int32).alias("@moves"),
        disarmed.alias("@disarmed"),
        pl.lit(None, pl.Date).alias("@ended_on"),
        pl.lit(f";{ENROLLED};").alias("@visited"),
        pl.lit(True).alias("@changed"),
    ).drop("@new_anchor", "@new_cycle")
    if opening.cycle == "year":
        enrolled = enrolled.with_columns(pl.col("@cycle").cast(pl.Float64).alias("@year"))
    return enrolled
