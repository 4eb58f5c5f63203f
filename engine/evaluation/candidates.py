"""Selection of the accounts that can change on a date, by one pass over columns.

Takes all accounts with their fields and states. Returns a mask, and counts unknown conditions of the accounts that
the mask leaves out. Most accounts don't change on most days. The mask may select too many accounts, never too few:
each selected account is evaluated exactly afterwards.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from ..columns.compiler import combine
from ..core.ids import ACCOUNT_ID
from ..core.in_memory import collect_in_memory
from ..core.membership import is_one_of
from ..playbook.model import BY_HAND, CLOSED, LEFT, Edge, held_mark
from .follow_ups import is_awaited
from .inputs import Day
from .prepare import (
    Prepared,
    PreparedCondition,
    PreparedEdge,
    PreparedEnrolment,
    earliest_days,
    latest_days,
    outcomes,
)
from .unknowns import Causes, UnknownCounts, rows_by_cause

IS_OPEN = pl.col("@state").is_not_null() & pl.col("@ended_on").is_null()
"""Condition: the account is enrolled now."""
DATE_DIFFERS = (pl.col("@date") != pl.col("@anchor")).fill_null(False)
"""Condition: the account's present date is known, and is not the enrolment's anchor."""
MOVED_BACK = IS_OPEN & (
    (pl.col("@date") == pl.col("@prior_anchor")) & (pl.col("@anchor") != pl.col("@prior_anchor"))
).fill_null(False)
"""Condition: the account's date is again the one before its anchor last moved."""
UNBELIEVED = "@unbelieved"
"""Column: the account's date in the snapshot where the playbook goes on by the former one; else null."""
ENROLMENT_STEP = "for"
"""Step under which unknown conditions of an enrolment rule are counted."""


@dataclass(frozen=True, slots=True)
class _Watch:
    """A guard that is evaluated on every date for the rows in `scope`.

    Attributes:
        step: The step under which unknown outcomes are counted.
        scope: The rows that the guard concerns.
        condition: The guard.
    """

    step: str
    scope: pl.Expr
    condition: PreparedCondition


@dataclass(frozen=True, slots=True)
class _Check:
    """A condition that is evaluated for every account, with the causes of unknown outcomes.

    Attributes:
        step: The step under which unknown outcomes are counted.
        outcome: True, false or unknown (null).
        causes: The conditions that make the outcome unknown.
        window: Rows inside it are selected also where the outcome is unknown; None selects only true outcomes.
    """

    step: str
    outcome: pl.Expr
    causes: Causes
    window: pl.Expr | None = None


def candidates(
    prepared: Prepared,
    frame: pl.DataFrame,
    day: Day,
    slack: int,
    unknowns: UnknownCounts,
    also: pl.Series | None = None,
) -> pl.Series:
    """Return a mask of the accounts to evaluate on this date.

    Args:
        prepared: The playbook.
        frame: One row an account: its fields, and its state as `@` columns.
        day: The date evaluated.
        slack: Days by which days off can move a date, at most.
        unknowns: Takes the counts of unknown conditions among the accounts left out.
        also: Mask of other accounts to evaluate.
    """
    watches = [
        _Check(w.step, w.scope & w.condition.outcome, [(None, w.condition)])
        for w in _watches(prepared)
    ]
    slow = [each for each in prepared.enrolment_rules if each.guard.first is not None]
    quick = [each for each in prepared.enrolment_rules if each.guard.first is None]
    near = _triggers_turned(prepared)
    if prepared.repeats:
        near.append(in_states(list(prepared.repeats)))
    near += [is_awaited(each) for each in prepared.machine.follow_ups]
    if prepared.anchor is not None:
        near.append((prepared.anchor.outcome != pl.col("@anchor")).fill_null(False))
        near.append(pl.col("@doubted").is_not_null())
    enrolled = outcomes(frame, IS_OPEN)
    mask = outcomes(frame, _waiting(prepared, frame)) | _date_has_come(prepared, frame, day, slack)
    mask = mask if also is None else mask | also
    unknown: list[tuple[_Check, pl.Series]] = []
    # An account is enrolled or it is not: each group evaluates only the conditions that concern it.
    back = [may_resume(prepared)]
    back += [pl.col(name).is_not_null() for name in ("@doubted", UNBELIEVED)]
    may_open = ~enrolled & outcomes(frame, _may_open(slow, day))
    groups: tuple[tuple[pl.Series, list[_Check], list[pl.Expr]], ...] = (
        (enrolled, watches, near),
        (~enrolled, [_opening(each, day, slack) for each in quick], back),
        (may_open, [_opening(each, day, slack) for each in slow], []),
    )
    for rows, checks, due in groups:
        positions = rows.arg_true()
        if positions.len():
            selected, nulls = _evaluate_checks(frame.lazy().filter(rows), checks, due)
            mask = mask.scatter(positions.filter(selected), True)
            unknown += [
                (check, positions.filter(null))
                for check, null in zip(checks, nulls, strict=True)
                if null.any()
            ]
    _count_others(frame, mask, unknown, unknowns)
    return mask


def _evaluate_checks(
    rows: pl.LazyFrame, checks: Sequence[_Check], near: Sequence[pl.Expr]
) -> tuple[pl.Series, list[pl.Series]]:
    """Return the mask of rows to evaluate, and for each check the mask of its unknown outcomes."""
    # One pass for all checks: Polars computes their common parts, such as `for:`, once.
    outcomes = rows.select(
        ACCOUNT_ID,  # keeps the number of rows where everything else is constant
        pl.any_horizontal(pl.lit(False), *near).alias("near"),
        *(check.outcome.alias(f"{index}") for index, check in enumerate(checks)),
        *(
            check.window.alias(f"in {index}")
            for index, check in enumerate(checks)
            if check.window is not None
        ),
    )
    selected, unknown = [pl.col("near")], []
    for index, check in enumerate(checks):
        outcome = pl.col(f"{index}")
        if check.window is None:
            selected.append(outcome.fill_null(False))
        else:
            inside = pl.col(f"in {index}")
            selected.append(outcome.fill_null(True) & inside.fill_null(False))
            outcome &= inside
        unknown.append(outcome.is_null().alias(f"{index}"))
    found = outcomes.select(combine(selected, False).alias("near"), *unknown)
    mask, *masks = collect_in_memory(found).get_columns()
    return mask, masks


def in_states(states: tuple[str, ...] | list[str]) -> pl.Expr:
    """Return the condition that the account is enrolled and in one of these states."""
    return IS_OPEN & is_one_of(pl.col("@state"), states)


def can_leave_by(edge: Edge) -> pl.Expr:
    """Return the condition that the account is in a state that the edge leaves.

    An enrolment that somebody opened by hand does not end because the playbook is not for its account.
    """
    inside = in_states(edge.sources)
    return inside & (pl.col("@opened_by") != BY_HAND) if edge.target == LEFT else inside


def _watches(prepared: Prepared) -> list[_Watch]:
    """Return the guards to evaluate on every date: of ending edges, and of edges without a date."""
    watches = [
        _Watch(edge.edge.target, can_leave_by(edge.edge), edge.guard) for edge in prepared.endings
    ]
    for state, edges in prepared.leaving.items():
        watches += [
            _Watch(edge.edge.target, in_states([state]), edge.guard)
            for edge in edges
            if edge.edge.moment is None
        ]
    return watches


def _date_has_come(prepared: Prepared, frame: pl.DataFrame, day: Day, slack: int) -> pl.Series:
    """Return the mask of enrolled accounts whose next date may have come.

    An account whose date has come but whose guard is false does not move, so it is left out. On some dates that is
    half of all accounts, such as those below a tier's criteria. An unknown guard selects the account.

    Guards take most of the time: each is evaluated only in the state that it leaves, where a date has come.
    """
    edges_of: dict[str, list[tuple[pl.Expr, PreparedEdge]]] = {}
    for state, edges in prepared.leaving.items():
        for edge in edges:
            if edge.edge.moment is not None:
                base = pl.col(f"@{edge.edge.moment.base}")
                due = _on_or_before(base, day, earliest_days(edge.edge.moment, slack))
                edges_of.setdefault(state, []).append((due.fill_null(False), edge))
    some_due = {
        state: in_states([state]) & combine([due for due, _ in edges], False)
        for state, edges in edges_of.items()
    }
    mask = outcomes(frame, pl.lit(False))
    for rows in frame.select(**some_due):
        if rows.any():
            leaves = [due & e.guard.outcome.fill_null(True) for due, e in edges_of[rows.name]]
            found = frame.lazy().filter(rows).select(combine(leaves, False).alias("leaves"))
            mask = mask.scatter(rows.arg_true().filter(collect_in_memory(found).to_series()), True)
    return mask


def may_resume(prepared: Prepared) -> pl.Expr:
    """Return the condition that an enrolment that ended may go on: the account or its date is back."""
    known = is_one_of(pl.col("@prior_state"), sorted(prepared.running))
    date = pl.lit(None, pl.Date) if prepared.anchor is None else prepared.anchor.outcome
    came_back = (
        pl.when(pl.col("@state") == LEFT)
        .then(prepared.entry.outcome)
        .otherwise(date == pl.col("@prior_anchor"))
    )
    ended = pl.col("@ended_on").is_not_null() & (pl.col("@state") != CLOSED)
    return (ended & known & came_back).fill_null(False)


def _waiting(prepared: Prepared, frame: pl.DataFrame) -> pl.Expr:
    """Return the condition that some trigger of the account, enrolled or not, waits to be rearmed."""
    rules = prepared.enrolment_rules
    waiting = [~armed(each.rule.id) for each in rules if each.rule.rearm is not None]
    triggers = [each for each in rules if each.rule.cycle == "trigger"]
    if triggers and (frame["@state"] == CLOSED).any():
        waiting += [closed_while_true(each.rule.id) & is_over(each) for each in triggers]
    return pl.any_horizontal(waiting) if waiting else pl.lit(False)


def is_over(opening: PreparedEnrolment) -> pl.Expr:
    """Return the condition that the rule's condition is false: neither true nor unknown."""
    return (~opening.guard.outcome).fill_null(False)


def _on_or_before(base: pl.Expr, day: Day, days: int) -> pl.Expr:
    """Return the condition that `base` plus `days` is not after the date, compared as day numbers for speed."""
    return base.to_physical() <= pl.lit(day.on).to_physical() - days


def _window(opening: PreparedEnrolment, day: Day, slack: int) -> pl.Expr | None:
    """Return whether the date is in the rule's window, widened by `slack`; null where the anchor is missing.

    Return None where the rule has no window.
    """
    first, last = opening.rule.first, opening.rule.last
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
    """Return the condition that the trigger is armed: it never opened, or its `rearm:` has been true since."""
    return ~_is_noted(f";{id};")


def triggered(opening: PreparedEnrolment) -> pl.Expr:
    """Return the condition that the trigger is true and armed; null where it is unknown."""
    outcome = opening.guard.outcome
    if opening.rule.cycle == "trigger":
        outcome &= ~closed_while_true(opening.rule.id)
    return outcome if opening.rule.rearm is None else outcome & armed(opening.rule.id)


def closed_while_true(id: str) -> pl.Expr:
    """Return the condition that a follow-up was closed by hand while the trigger was true, as it has been since."""
    return (pl.col("@state") == CLOSED).fill_null(False) & held(id)


def held(id: str) -> pl.Expr:
    """Return the condition that the trigger was true on the last date of the open follow-up."""
    return _is_noted(held_mark(id))


def _is_noted(mark: str) -> pl.Expr:
    """Return the condition that a mark is noted of the account's triggers; never null."""
    return pl.col("@disarmed").str.contains(mark, literal=True).fill_null(False)


def came(opening: PreparedEnrolment) -> pl.Expr:
    """Return the condition that the trigger has become true since the last date; never null."""
    return triggered(opening).fill_null(False) & ~held(opening.rule.id)


def _triggers_turned(prepared: Prepared) -> list[pl.Expr]:
    """Return the conditions that select open follow-ups in which a trigger became true or false."""
    return [
        (triggered(opening) != held(opening.rule.id)).fill_null(False)
        for opening in prepared.enrolment_rules
        if opening.rule.cycle == "trigger"
    ]


def again(opening: PreparedEnrolment, day: Day) -> pl.Expr:
    """Return the condition that the account was never enrolled, or may be enrolled again.

    Never true on the date on which the last enrolment opened: evaluating a date again must not open a second one.
    """
    earlier = pl.col("@opened_on") != pl.lit(day.on)
    return pl.col("@state").is_null() | (earlier & opening.again.outcome)


def _opening(opening: PreparedEnrolment, day: Day, slack: int) -> _Check:
    """Return the check of whether an enrolment may open on this date."""
    can_open = ~IS_OPEN & triggered(opening) & again(opening, day)
    window = _window(opening, day, slack)
    return _Check(ENROLMENT_STEP, can_open, enrolment_causes(opening), window)


def _may_open(enrolment_rules: Sequence[PreparedEnrolment], day: Day) -> pl.Expr:
    """Return the condition that some rule may be true, by the quick parts of the rules that have slow ones."""
    parts = [
        (each.guard.first & again(each, day)).fill_null(True)
        for each in enrolment_rules
        if each.guard.first is not None
    ]
    return combine(parts, False)


def _count_others(
    frame: pl.DataFrame,
    chosen: pl.Series,
    unknown: Sequence[tuple[_Check, pl.Series]],
    unknowns: UnknownCounts,
) -> None:
    """Count unknown conditions of the accounts that are not chosen: each account once for a step and a field.

    Computes the causes only for the rows with unknown outcomes, check by check. For all rows that takes many times
    longer than evaluating the conditions.
    """
    rows_of: dict[tuple[str, str], list[pl.Series]] = defaultdict(list)
    for check, positions in unknown:
        left_out = positions.filter(~chosen.gather(positions))
        if left_out.len():
            for name, rows in rows_by_cause(frame, left_out, check.causes).items():
                rows_of[check.step, name].append(rows)
    for (step, name), accounts in rows_of.items():
        counted = accounts[0].len() if len(accounts) == 1 else pl.concat(accounts).n_unique()
        unknowns.add(step, name, counted)


def enrolment_causes(opening: PreparedEnrolment) -> Causes:
    """Return the conditions that make an enrolment rule unknown."""
    return [
        (opening.guard.outcome.is_null(), opening.guard),
        (pl.col("@state").is_not_null() & opening.again.outcome.is_null(), opening.again),
        (opening.anchor.outcome.is_null(), opening.anchor),
    ]
