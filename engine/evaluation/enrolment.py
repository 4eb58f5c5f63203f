"""Enrolment of accounts that are not enrolled now, by the playbook's enrolment rules in order.

Takes and returns frames of accounts with states as `@` columns. The first rule that is true opens the cycle.
"""

from __future__ import annotations

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..language.expressions import Call
from ..playbook.model import BY_HAND, ENROLLED, EnrolmentRule, held_mark
from .candidates import (
    ENROLMENT_STEP,
    again,
    armed,
    closed_while_true,
    enrolment_causes,
    is_over,
    triggered,
)
from .fact_columns import columns_of_cycle
from .opening_cap import OpeningRoom
from .prepare import PreparedEnrolment, all_rows, condition, is_true, outcomes
from .prior import FORGET
from .transitions import Transitions, due_dates_of


def enrol(
    transitions: Transitions, closed: pl.DataFrame, room: OpeningRoom | None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Open cycles among `closed` accounts that have room; return the rows still closed, and those newly enrolled."""
    opened: list[pl.DataFrame] = []
    for opening in transitions.prepared.enrolment_rules:
        if closed.height:
            rows = with_new_cycle(transitions, closed, opening.rule, opening.anchor.outcome)
            outcome = can_open(transitions, rows, opening)
            transitions.unknowns.note(rows, ENROLMENT_STEP, outcome, enrolment_causes(opening))
            opens = is_true(outcome)
            if room is not None:
                opens = room.admit(rows, opens)
            if opens.any():
                opened.append(open_cycle(transitions, rows.filter(opens), opening.rule))
                closed = closed.filter(~opens)
    return closed, pl.concat(opened) if opened else closed.head(0)


def enrol_by_hand(
    transitions: Transitions, closed: pl.DataFrame, room: OpeningRoom | None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Open cycles for the `closed` accounts that somebody enrols (`@enrol`); return the others, and the newly enrolled.

    The first rule whose anchor is known and whose cycle is new names the cycle. No condition counts, and no cap.
    An account whose enrolment ends on the same date stays closed.
    """
    on = pl.lit(transitions.day.on)
    chosen = outcomes(closed, pl.col("@enrol") & pl.col("@ended_on").ne_missing(on))
    if not chosen.any():
        return closed, closed.head(0)
    opened, rest = [], closed.filter(chosen)
    for opening in transitions.prepared.enrolment_rules:
        rule = opening.rule._replace(id=BY_HAND, rearm=None)
        rows = with_new_cycle(transitions, rest, rule, opening.anchor.outcome)
        opens = outcomes(rows, pl.col("@new_anchor").is_not_null() & _new(rule))
        opened.append(open_cycle(transitions, rows.filter(opens), rule))
        rest = rest.filter(~opens)
    enrolled = pl.concat(opened)
    if room is not None:
        room.waiting -= set(enrolled[ACCOUNT_ID])
    return pl.concat([closed.filter(~chosen), rest]), enrolled


def rearm(transitions: Transitions, frame: pl.DataFrame) -> pl.DataFrame:
    """Arm again the triggers whose `rearm:` is true, and those that are over since a follow-up was closed by hand."""
    for opening in transitions.prepared.enrolment_rules:
        id = opening.rule.id
        if opening.rule.rearm is not None:
            waits = ~armed(id) & opening.rearm.outcome.fill_null(False)
            frame = _without_mark(frame, waits, f";{id};")
        if opening.rule.cycle == "trigger":
            frame = _without_mark(frame, closed_while_true(id) & is_over(opening), held_mark(id))
    return frame


def _without_mark(frame: pl.DataFrame, where: pl.Expr, mark: str) -> pl.DataFrame:
    """Return the accounts without the mark in `disarmed`, for those that `where` names."""
    due = outcomes(frame, where)
    if not due.any():
        return frame
    return frame.with_columns(
        pl.when(due)
        .then(pl.col("@disarmed").str.replace(mark, "", literal=True))
        .otherwise("@disarmed")
        .alias("@disarmed"),
        (pl.col("@changed") | due).alias("@changed"),
    )


def with_new_cycle(
    transitions: Transitions, closed: pl.DataFrame, opening: EnrolmentRule, anchor: pl.Expr
) -> pl.DataFrame:
    """Add the anchor and the cycle that would open on this date; the last enrolment's columns stay."""
    rows = closed.with_columns(anchor.cast(pl.Date).alias("@new_anchor"))
    return rows.with_columns(_cycle(transitions, opening).alias("@new_cycle"))


def _cycle(transitions: Transitions, opening: EnrolmentRule) -> pl.Expr:
    if opening.cycle == "anchor":
        return pl.col("@new_anchor").dt.to_string("iso")
    if opening.cycle == "year":
        return anniversary_number(opening).cast(pl.String)
    if opening.cycle == "trigger":
        return pl.lit(f"{transitions.day.on.isoformat()} {opening.id}")
    return (pl.col("@cycle").cast(pl.Int64).fill_null(0) + 1).cast(pl.String)


def anniversary_number(opening: EnrolmentRule) -> pl.Expr:
    """Return the number of the anniversary on the new anchor: whole years since the first date."""
    if not isinstance(opening.anchor, Call):
        raise TypeError("a cycle by year has an anniversary as its anchor")
    start = condition(opening.anchor.arguments[0]).outcome
    return pl.col("@new_anchor").dt.year() - start.dt.year()


def can_open(transitions: Transitions, rows: pl.DataFrame, opening: PreparedEnrolment) -> pl.Series:
    """Return for each row Kleene's and of guard, `again`, arming, window and a new cycle.

    Args:
        transitions: The playbook on the date.
        rows: Accounts with the cycle that would open, as `with_new_cycle` returns them.
        opening: The enrolment rule.
    """
    dated = pl.when(pl.col("@new_anchor").is_not_null()).then(pl.lit(True))
    conditions = triggered(opening) & again(opening, transitions.day) & dated & _new(opening.rule)
    return outcomes(rows, conditions) & _in_window(transitions, rows, opening.rule)


def _new(opening: EnrolmentRule) -> pl.Expr:
    """Return the condition that the cycle is not the last one; an anniversary's number must be higher.

    True where the anchor is null.
    """
    if opening.cycle == "year":
        newer = pl.col("@new_cycle").cast(pl.Int64) > pl.col("@cycle").cast(pl.Int64)
    else:
        newer = pl.col("@new_cycle") != pl.col("@cycle")
    return newer.fill_null(True)


def _in_window(transitions: Transitions, rows: pl.DataFrame, opening: EnrolmentRule) -> pl.Series:
    if opening.first is None and opening.last is None:
        return all_rows(rows, True)
    frame = rows.with_columns(pl.col("@new_anchor").alias("@anchor"))
    inside = all_rows(rows, True)
    if opening.first is not None:
        inside &= due_dates_of(opening.first, frame, transitions.rules) <= transitions.day.on
    if opening.last is not None:
        inside &= due_dates_of(opening.last, frame, transitions.rules) >= transitions.day.on
    return inside


def open_cycle(
    transitions: Transitions, rows: pl.DataFrame, opening: EnrolmentRule
) -> pl.DataFrame:
    """Return the rows newly enrolled by a rule, in the cycle that `with_new_cycle` added."""
    on = pl.lit(transitions.day.on)
    disarmed = pl.col("@disarmed").fill_null("")
    of_cycle = columns_of_cycle(transitions.prepared.playbook)
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
        pl.lit(";").alias("@visited"),
        pl.lit(True).alias("@changed"),
        *FORGET,
        *(pl.lit(None, type).alias(name) for name, type in of_cycle.items()),
    ).drop("@new_anchor", "@new_cycle")
    if opening.cycle == "year":
        enrolled = enrolled.with_columns(pl.col("@cycle").cast(pl.Float64).alias("@year"))
    return enrolled
