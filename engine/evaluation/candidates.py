"""Finds, over all accounts at once, the few that anything can happen to on a date.

Most accounts rest on most days: one pass over narrow columns leaves out all for which no edge, opening, repeat
or moved anchor is possible. It may keep an account too many, never one too few; whoever is kept is
worked through exactly. For those left out it counts what could not be told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

from ..columns.blame import Blames
from .day import Day
from .prepare import Condition, Prepared, PreparedOpening, earliest, latest
from .untold import Untold, blamed_rows

OPEN = pl.col("@state").is_not_null() & pl.col("@ended_on").is_null()
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
class _Unknown:
    """Rows for which something can't be told: the step it is counted under, and what says for want of what."""

    step: str
    rows: pl.Expr
    blame: Callable[[], Blames]


def candidates(
    prepared: Prepared, frame: pl.DataFrame, day: Day, slack: int, untold: Untold
) -> pl.Series:
    """A mask over `frame` (fields, and states as `@` columns) of the accounts to work through."""
    watches = _watches(prepared)
    reasons = [watch.scope & watch.condition.outcome.fill_null(False) for watch in watches]
    reasons += _dates_near(prepared, day, slack)
    reasons += [_opening(opening, day, slack) for opening in prepared.openings]
    if prepared.anchor is not None:
        reasons.append(OPEN & (prepared.anchor.outcome != pl.col("@anchor")).fill_null(False))
    unknown = [
        _Unknown(w.step, w.scope & w.condition.outcome.is_null(), _blame_of(w.condition))
        for w in watches
    ]
    unknown += [
        _Unknown(ENROLMENT_STEP, _opening_untold(each, day, slack), _blame_of_opening(each))
        for each in prepared.openings
    ]
    found = (
        frame.lazy()
        .select(
            pl.any_horizontal(reasons).alias("wanted"),
            *(each.rows.alias(str(number)) for number, each in enumerate(unknown)),
        )
        .collect()
    )
    mask = found["wanted"]
    rows = [found[str(number)] & ~mask for number in range(len(unknown))]
    _count_others(frame, unknown, rows, untold)
    return mask


def standing(states: tuple[str, ...] | list[str]) -> pl.Expr:
    """The account is enrolled and stands in one of these states."""
    return OPEN & pl.col("@state").is_in(list(states))


def _watches(prepared: Prepared) -> list[_Watch]:
    """Guards that are looked at every day, whatever the date: of endings, and of edges without a moment."""
    found = [
        _Watch(edge.edge.target, standing(edge.edge.sources), edge.guard)
        for edge in prepared.endings
    ]
    for state, edges in prepared.leaving.items():
        found += [
            _Watch(edge.edge.target, standing([state]), edge.guard)
            for edge in edges
            if edge.edge.moment is None
        ]
    return found


def _dates_near(prepared: Prepared, day: Day, slack: int) -> list[pl.Expr]:
    """Enrolled accounts whose next date may have come, whose actions repeat, or who may be armed again."""
    found = []
    for state, edges in prepared.leaving.items():
        for moment in [edge.edge.moment for edge in edges if edge.edge.moment]:
            base = pl.col(f"@{moment.base}")
            due = _on_or_before(base, day, earliest(moment, slack))
            found.append(standing([state]) & due.fill_null(False))
    if prepared.repeats:
        found.append(standing(list(prepared.repeats)))
    if any(opening.opening.rearm is not None for opening in prepared.openings):
        found.append((pl.col("@disarmed").str.len_bytes() > 0).fill_null(False))
    return found


def _on_or_before(base: pl.Expr, day: Day, days: int) -> pl.Expr:
    """`base` plus `days` is not after the date: compared as day numbers, which is fast."""
    return base.to_physical() <= pl.lit(day.on).to_physical() - days


def _window(opening: PreparedOpening, day: Day, slack: int) -> pl.Expr | None:
    """The dates in which it may open, widened by what days off may do; null where the anchor is missing."""
    first, last = opening.opening.first, opening.opening.last
    anchor = opening.anchor.outcome
    parts = []
    if first is not None:
        parts.append(_on_or_before(anchor, day, earliest(first, slack)))
    if last is not None:
        parts.append(anchor.to_physical() >= pl.lit(day.on).to_physical() - latest(last, slack))
    return pl.all_horizontal(parts) if parts else None


def armed(id: str) -> pl.Expr:
    """The trigger is armed: it never opened, or its `rearm:` held since."""
    return ~pl.col("@disarmed").fill_null("").str.contains(f";{id};", literal=True)


def again(opening: PreparedOpening, day: Day) -> pl.Expr:
    """There was no enrolment yet, or another may follow it; never on the date that it opened, which a redo sees."""
    earlier = pl.col("@opened_on") != pl.lit(day.on)
    return pl.col("@state").is_null() | (earlier & opening.again.outcome)


def _opening(opening: PreparedOpening, day: Day, slack: int) -> pl.Expr:
    """May open today; where that can't be told, only accounts inside the window are kept for a closer look."""
    may = ~OPEN & opening.guard.outcome & again(opening, day)
    if opening.opening.rearm is not None:
        may = may & armed(opening.opening.id)
    window = _window(opening, day, slack)
    if window is None:
        return may.fill_null(False)
    return may.fill_null(True) & window.fill_null(False)


def _count_others(
    frame: pl.DataFrame, unknown: Sequence[_Unknown], masks: Sequence[pl.Series], untold: Untold
) -> None:
    """Counts "cannot tell" among the accounts that are left out: once for a step and a field.

    For want of what is only asked of the few rows for which something can't be told: of all rows, it takes
    many times what it takes to find them.
    """
    found: dict[tuple[str, str], list[pl.Series]] = defaultdict(list)
    for each, mask in zip(unknown, masks, strict=True):
        if mask.any():
            positions = mask.arg_true()
            for name, blamed in blamed_rows(frame, mask, each.blame()).items():
                found[each.step, name].append(positions.filter(blamed))
    for (step, name), accounts in found.items():
        counted = accounts[0].len() if len(accounts) == 1 else pl.concat(accounts).n_unique()
        untold.add(step, name, counted)


def _blame_of(condition: Condition) -> Callable[[], Blames]:
    return lambda: condition.blame


def _blame_of_opening(opening: PreparedOpening) -> Callable[[], Blames]:
    return lambda: opening_blame(opening)


def _opening_untold(opening: PreparedOpening, day: Day, slack: int) -> pl.Expr:
    may = ~OPEN & opening.guard.outcome & again(opening, day)
    if opening.opening.rearm is not None:
        may = may & armed(opening.opening.id)
    window = _window(opening, day, slack)
    return (may if window is None else may & window).is_null()


def opening_blame(opening: PreparedOpening) -> dict[str, pl.Expr]:
    """For each field, whether its absence keeps an opening from being told."""
    parts = [
        (opening.guard.outcome.is_null(), opening.guard.blame),
        (pl.col("@state").is_not_null() & opening.again.outcome.is_null(), opening.again.blame),
        (opening.anchor.outcome.is_null(), opening.anchor.blame),
    ]
    found: dict[str, pl.Expr] = {}
    for null, blame in parts:
        for name, blamed in blame.items():
            own = null & blamed
            found[name] = found[name] | own if name in found else own
    return found
