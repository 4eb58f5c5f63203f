"""Finds, over all accounts at once, the few that anything can happen to on a date.

Most accounts rest on most days: one pass over narrow columns leaves out all for which no edge, opening, repeat
or moved anchor is possible. It may keep an account too many, never one too few; whoever is kept is
worked through exactly. For those left out it counts what could not be told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import polars as pl

from ..columns.unknown_columns import UnknownCauses
from ..core.ids import ACCOUNT_ID
from .inputs import Day
from .prepare import Condition, Prepared, PreparedEnrolment, earliest_days, latest_days, outcomes
from .unknowns import Causes, UnknownCounts, rows_by_cause

IS_OPEN = pl.col("@state").is_not_null() & pl.col("@ended_on").is_null()
"""The account is enrolled now."""
ENROLMENT_STEP = "for"
"""The step under which an opening's "cannot tell" is counted."""


@dataclass(frozen=True, slots=True)
class _Watch:
    """A condition that rows in `scope` wait for, and the step it is counted under."""

    step: str
    scope: pl.Expr
    condition: Condition


@dataclass(frozen=True, slots=True)
class _Look:
    """What is looked at for every account: it may hold, not hold, or be unknown, which is counted under the step.

    Where there is a window, an account inside it that can't be told of is worked through all the same.
    """

    step: str
    outcome: pl.Expr
    blame: Causes
    window: pl.Expr | None = None


def candidates(
    prepared: Prepared, frame: pl.DataFrame, day: Day, slack: int, untold: UnknownCounts
) -> pl.Series:
    """A mask over `frame` (fields, and states as `@` columns) of the accounts to work through."""
    watches = [
        _Look(w.step, w.scope & w.condition.outcome, partial(_own_blame, w.condition))
        for w in _watches(prepared)
    ]
    openings = [_opening(each, day, slack) for each in prepared.openings]
    near = _dates_near(prepared, day, slack)
    if prepared.anchor is not None:
        near.append((prepared.anchor.outcome != pl.col("@anchor")).fill_null(False))
    enrolled = outcomes(frame, IS_OPEN)
    mask = outcomes(frame, _waiting(prepared))
    unknown = []
    # An account is enrolled or it is not: each is asked only what concerns it.
    for rows, looks, come in ((enrolled, watches, near), (~enrolled, openings, [])):
        chosen, untellable = _looked(frame.lazy().filter(rows), looks, come)
        mask |= _spread(chosen, rows)
        unknown += [_spread(each, rows) for each in untellable]
    _count_others(frame, [*watches, *openings], [rows & ~mask for rows in unknown], untold)
    return mask


def _looked(
    rows: pl.LazyFrame, looks: Sequence[_Look], near: Sequence[pl.Expr]
) -> tuple[pl.Series, list[pl.Series]]:
    """Which of the rows to work through; and for each look, where it can't be told."""
    # Each once, in one pass: what they have in common, such as `for:`, is worked out once for all.
    found = rows.select(
        ACCOUNT_ID,  # so that there are as many rows where all else is constant
        pl.any_horizontal(pl.lit(False), *near).alias("near"),
        *(look.outcome.alias(f"{place}") for place, look in enumerate(looks)),
        *(
            look.window.alias(f"in {place}")
            for place, look in enumerate(looks)
            if look.window is not None
        ),
    ).collect()
    mask = found["near"]
    unknown = []
    for place, look in enumerate(looks):
        outcome = found[f"{place}"]
        if look.window is None:
            mask |= outcome.fill_null(False)
        else:
            inside = found[f"in {place}"]
            mask |= outcome.fill_null(True) & inside.fill_null(False)
            outcome &= inside
        unknown.append(outcome.is_null())
    return mask, unknown


def _spread(values: pl.Series, rows: pl.Series) -> pl.Series:
    """The values of these rows among all; false for the others."""
    return (rows & ~rows).scatter(rows.arg_true(), values)


def in_states(states: tuple[str, ...] | list[str]) -> pl.Expr:
    """The account is enrolled and stands in one of these states."""
    return IS_OPEN & pl.col("@state").is_in(list(states))


def _watches(prepared: Prepared) -> list[_Watch]:
    """Guards that are looked at every day, whatever the date: of endings, and of edges without a moment."""
    found = [
        _Watch(edge.edge.target, in_states(edge.edge.sources), edge.guard)
        for edge in prepared.endings
    ]
    for state, edges in prepared.leaving.items():
        found += [
            _Watch(edge.edge.target, in_states([state]), edge.guard)
            for edge in edges
            if edge.edge.moment is None
        ]
    return found


def _dates_near(prepared: Prepared, day: Day, slack: int) -> list[pl.Expr]:
    """Of enrolled accounts: those whose next date may have come, or whose actions repeat.

    Whose date has come though the guard does not hold stays where it is: accounts below a level's criteria, say, day
    by day half of all. Where that can't be told, it is looked at closer.
    """
    found = []
    dated = {id(e): e for edges in prepared.leaving.values() for e in edges if e.edge.moment}
    for edge in dated.values():
        if edge.edge.moment is None:
            continue
        base = pl.col(f"@{edge.edge.moment.base}")
        due = _on_or_before(base, day, earliest_days(edge.edge.moment, slack))
        come = in_states(edge.edge.sources) & due.fill_null(False)
        found.append(come & edge.guard.outcome.fill_null(True))
    if prepared.repeats:
        found.append(in_states(list(prepared.repeats)))
    return found


def _waiting(prepared: Prepared) -> pl.Expr:
    """Accounts, enrolled or not, of whom a trigger waits to be armed again."""
    if any(opening.opening.rearm is not None for opening in prepared.openings):
        return (pl.col("@disarmed").str.len_bytes() > 0).fill_null(False)
    return pl.lit(False)


def _on_or_before(base: pl.Expr, day: Day, days: int) -> pl.Expr:
    """`base` plus `days` is not after the date: compared as day numbers, which is fast."""
    return base.to_physical() <= pl.lit(day.on).to_physical() - days


def _window(opening: PreparedEnrolment, day: Day, slack: int) -> pl.Expr | None:
    """The dates in which it may open, widened by what days off may do; null where the anchor is missing."""
    first, last = opening.opening.first, opening.opening.last
    anchor = opening.anchor.outcome
    parts = []
    if first is not None:
        parts.append(_on_or_before(anchor, day, earliest_days(first, slack)))
    if last is not None:
        parts.append(
            anchor.to_physical() >= pl.lit(day.on).to_physical() - latest_days(last, slack)
        )
    return pl.all_horizontal(parts) if parts else None


def armed(id: str) -> pl.Expr:
    """The trigger is armed: it never opened, or its `rearm:` held since."""
    return ~pl.col("@disarmed").fill_null("").str.contains(f";{id};", literal=True)


def again(opening: PreparedEnrolment, day: Day) -> pl.Expr:
    """There was no enrolment yet, or another may follow it; never on the date that it opened, which a redo sees."""
    earlier = pl.col("@opened_on") != pl.lit(day.on)
    return pl.col("@state").is_null() | (earlier & opening.again.outcome)


def _opening(opening: PreparedEnrolment, day: Day, slack: int) -> _Look:
    """Whether it may open today."""
    may = ~IS_OPEN & opening.guard.outcome & again(opening, day)
    if opening.opening.rearm is not None:
        may = may & armed(opening.opening.id)
    blame = partial(enrolment_unknowns, opening)
    return _Look(ENROLMENT_STEP, may, blame, _window(opening, day, slack))


def _count_others(
    frame: pl.DataFrame, looks: Sequence[_Look], masks: Sequence[pl.Series], untold: UnknownCounts
) -> None:
    """Counts "cannot tell" among the accounts that are left out: once for a step and a field.

    For want of what is only asked of the rows that something can't be told of, and for each look by itself: of all
    rows, it takes many times what it takes to find them.
    """
    found: dict[tuple[str, str], list[pl.Series]] = defaultdict(list)
    for look, mask in zip(looks, masks, strict=True):
        if mask.any():
            positions = mask.arg_true()
            for name, blamed in rows_by_cause(frame, mask, look.blame).items():
                found[look.step, name].append(positions.filter(blamed))
    for (step, name), accounts in found.items():
        counted = accounts[0].len() if len(accounts) == 1 else pl.concat(accounts).n_unique()
        untold.add(step, name, counted)


def _own_blame(condition: Condition, rows: pl.LazyFrame) -> UnknownCauses:
    del rows
    return condition.blame


def enrolment_unknowns(opening: PreparedEnrolment, rows: pl.LazyFrame) -> UnknownCauses:
    """For each field, whether its absence keeps an opening from being told; of what is unknown in some of the rows."""
    parts = [
        (opening.guard.outcome.is_null(), opening.guard),
        (pl.col("@state").is_not_null() & opening.again.outcome.is_null(), opening.again),
        (opening.anchor.outcome.is_null(), opening.anchor),
    ]
    asked = rows.select(null.any().alias(f"{place}") for place, (null, _) in enumerate(parts))
    found: UnknownCauses = {}
    for unknown, (null, condition) in zip(asked.collect().row(0), parts, strict=True):
        for name, blamed in condition.blame.items() if unknown else ():
            own = null & blamed
            found[name] = found[name] | own if name in found else own
    return found
