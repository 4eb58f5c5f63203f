"""Finds, over all accounts at once, the few that anything can happen to on a date.

Most accounts rest on most days: one pass over narrow columns leaves out all for which no edge, opening, repeat
or moved anchor is possible. It may keep an account too many, never one too few; whoever is kept is
worked through exactly. For those left out it counts what could not be told.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from ..columns.blame import Blames
from .day import Day
from .prepare import Condition, Prepared, PreparedOpening, earliest, latest
from .untold import Untold

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
    mask = frame.lazy().select(pl.any_horizontal(reasons).alias("wanted")).collect()["wanted"]
    _count_others(prepared, frame, day, slack, watches, mask, untold)
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
    prepared: Prepared,
    frame: pl.DataFrame,
    day: Day,
    slack: int,
    watches: list[_Watch],
    mask: pl.Series,
    untold: Untold,
) -> None:
    """Counts "cannot tell" among the accounts that are left out: once for a step and a field.

    Whose absence is to blame is asked only of the accounts that something can't be told of.
    """
    asked: dict[str, list[tuple[pl.Expr, Callable[[], Blames]]]] = {}
    for watch in watches:
        null = watch.scope & watch.condition.outcome.is_null()
        asked.setdefault(watch.step, []).append((null, _blame_of(watch.condition)))
    for opening in prepared.openings:
        null = _opening_untold(opening, day, slack)
        asked.setdefault(ENROLMENT_STEP, []).append((null, _blame_of_opening(opening)))
    if not asked:
        return
    unknown = frame.lazy().select(
        (pl.any_horizontal([null for null, _ in parts]).fill_null(False) & ~pl.lit(mask)).alias(
            step
        )
        for step, parts in asked.items()
    )
    for step, rows in zip(asked, unknown.collect(), strict=True):
        if rows.any():
            _count(frame.filter(rows), step, asked[step], untold)


def _count(
    rows: pl.DataFrame,
    step: str,
    parts: list[tuple[pl.Expr, Callable[[], Blames]]],
    untold: Untold,
) -> None:
    """Counts the accounts of one step by the fields whose absence is to blame."""
    found: dict[str, list[pl.Expr]] = {}
    for null, blame in parts:
        for name, blamed in blame().items():
            found.setdefault(name, []).append(null & blamed)
    if not found:
        return
    counted = rows.lazy().select(
        pl.any_horizontal(each).sum().alias(name) for name, each in found.items()
    )
    for name, accounts in zip(found, counted.collect().row(0), strict=True):
        untold.add(step, name, accounts)


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
