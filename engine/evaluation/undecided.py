"""Changes that could not be decided: those of accounts whose condition on a change is unknown.

`crossed_below(health_score, 70) and arr > 5000` is unknown on the day of the fall if `arr` is missing then. The next
date must compare with the value before the fall again, or the fall is never seen. A comparison that is false saw no
change, and an account that moved or got an action has answered it. The same holds for a change that happens while a
doubted date or somebody holds the account, or while it waits for room to enrol: the enrolment sees it once it goes on.
"""

from __future__ import annotations

from collections import defaultdict

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..core.in_memory import collect_in_memory
from ..core.schemas import UNDECIDED, empty_table, stack
from .candidates import IS_OPEN, again, armed, can_leave_by
from .inputs import Day
from .prepare import Prepared, PreparedCondition


def undecided_changes(
    prepared: Prepared, frame: pl.LazyFrame, day: Day, answered: pl.Series, held: pl.Series
) -> pl.DataFrame:
    """Return `UNDECIDED` of one playbook.

    Args:
        prepared: The playbook.
        frame: All accounts with their fields, earlier values, and states before they move.
        day: The date evaluated.
        answered: The accounts that moved or got an action on this date.
        held: The accounts that are on hold, whose date is doubted, or that wait for room to enrol. Nothing of theirs is
            decided, so a true condition counts as well.
    """
    waits = pl.col(ACCOUNT_ID).is_in(held.implode()) if held.len() else pl.lit(False)
    asked: list[tuple[PreparedCondition, pl.Expr]] = []
    for opening in prepared.enrolment_rules:
        may_open = opening.guard.outcome & again(opening, day) & _true_if_known(opening.anchor)
        if opening.rule.rearm is not None:
            may_open &= armed(opening.rule.id)
        asked.append((opening.guard, ~IS_OPEN & _undecided(may_open, waits)))
    for edge in (
        *prepared.endings,
        *(edge for edges in prepared.leaving.values() for edge in edges),
    ):
        if edge.edge.moment is None:
            leaves = _undecided(edge.guard.outcome, waits)
            asked.append((edge.guard, can_leave_by(edge.edge) & leaves))
    # A change happened, or may have, while the whole is unknown.
    changes = [
        (event.fill_null(True), unknown, fields)
        for condition, unknown in asked
        for event, fields in condition.events
    ]
    if not changes:
        return empty_table(UNDECIDED)
    masks: dict[str, list[pl.Expr]] = defaultdict(list)
    for happened, unknown, fields in changes:
        for name in fields:
            masks[name].append((unknown & happened).fill_null(False))
    # Few accounts change on a date, and a comparison of two values takes less than the condition around it.
    changed = frame.filter(pl.any_horizontal(happened for happened, _, _ in changes))
    if answered.len():
        changed = changed.filter(~pl.col(ACCOUNT_ID).is_in(answered.implode()) | waits)
    columns = {name: pl.any_horizontal(conditions) for name, conditions in masks.items()}
    rows = collect_in_memory(changed.select(ACCOUNT_ID, **columns))
    named = [name for name in sorted(masks) if rows[name].any()]
    return stack((_of_field(rows, name, prepared.playbook.id) for name in named), UNDECIDED)


def _undecided(outcome: pl.Expr, waits: pl.Expr) -> pl.Expr:
    """Return the condition that an outcome is unknown, or true for an account that waits."""
    return outcome.is_null() | (waits & outcome)


def _true_if_known(condition: PreparedCondition) -> pl.Expr:
    return pl.when(condition.outcome.is_not_null()).then(pl.lit(True))


def _of_field(found: pl.DataFrame, name: str, playbook: str) -> pl.DataFrame:
    return found.filter(pl.col(name)).select(
        ACCOUNT_ID, pl.lit(playbook).alias("playbook"), pl.lit(name).alias("field")
    )
