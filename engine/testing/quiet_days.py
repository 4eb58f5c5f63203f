"""Days on which nothing can happen to an account: they need no evaluation.

After a day on which nothing changed, the next one that matters is the first on which a date comes, an earlier value
changes, or a part of a condition turns as the days go by.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from ..core.offsets import FIXED_DAYS, ONE_DAY
from ..evaluation.reference_executor import ReferenceExecutor
from ..evaluation.reference_follow_ups import next_follow_ups
from ..evaluation.reference_history import AccountHistory
from ..language.expressions import (
    Alias,
    And,
    Arithmetic,
    Call,
    Compare,
    ConstantValue,
    Duration,
    Expression,
    Name,
    Not,
    Or,
    Row,
)
from ..language.functions import FUNCTIONS
from ..language.interpreter import evaluate_expression
from ..language.look_back import AsOfDate, DayWindow
from ..language.traversal import children, walk
from ..playbook.model import EnrolmentRule

_DATES = frozenset({"today", "snapshot_date"})
_ONE_WAY = frozenset(
    {
        *("anniversary", "business_days_until", "days_since", "days_until", "months_since"),
        *("next_anniversary", "recurrence", "years_since", "days_since_done"),
        "snapshot_reaches",
    }
)
"""Functions whose value, as the days go by, only rises or only falls; it may be missing at first."""


_SLOPES = {"days_since": 1, "days_until": -1}
"""By function of a date: by how much it grows in a day."""


class Turning(NamedTuple):
    """The parts of a condition that turn as the days go by.

    Attributes:
        one_way: Numbers and dates that only rise or only fall, and comparisons of them with something fixed.
        others: Parts that may turn on any day.
    """

    one_way: tuple[Expression, ...]
    others: tuple[Expression, ...]


class _Holder:
    """An expression, compared as an object: comparing long expressions takes longer than what is saved."""

    __slots__ = ("expression",)

    def __init__(self, expression: Expression) -> None:
        self.expression = expression

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Holder) and other.expression is self.expression

    def __hash__(self) -> int:
        return id(self.expression)


def turning(expression: Expression) -> Turning:
    """Return the parts of an expression that turn as the days go by."""
    return _turning(_Holder(expression))


@lru_cache(maxsize=16384)
def _turning(holder: _Holder) -> Turning:
    e = holder.expression
    if not _reads_dates(e):
        return Turning((), ())
    if isinstance(e, And | Or | Not | Alias) and e.type == "boolean":
        parts = [turning(part) for part in children(e)]
        return Turning(
            tuple(each for part in parts for each in part.one_way),
            tuple(each for part in parts for each in part.others),
        )
    if isinstance(e, Compare):
        sides = [side for side in (e.left, e.right) if _reads_dates(side)]
        linear = _slope(e.left) is not None and _slope(e.right) is not None
        if linear or (len(sides) == 1 and _is_one_way(sides[0])):
            below = Compare("<", e.left, e.right, e.span)
            return Turning((below, Compare("<=", e.left, e.right, e.span)), ())
        return Turning((), (e,))
    return Turning((e,), ()) if _is_one_way(e) else Turning((), (e,))


def _slope(e: Expression) -> int | None:
    """Return by how many days a date or a number of days grows in a day; None where that is not always the same."""
    if not _reads_dates(e):
        return 0
    if isinstance(e, Alias):
        return _slope(e.expression)
    if isinstance(e, Name):
        return 1
    if isinstance(e, Call) and e.function in _SLOPES and not _reads_dates(e.arguments[0]):
        return _SLOPES[e.function]
    # Months differ in length, so a date and a month later do not move alike.
    uneven = any(isinstance(n, Duration) and n.offset.unit not in FIXED_DAYS for n in walk(e))
    if isinstance(e, Arithmetic) and e.operator in ("+", "-") and not uneven:
        left, right = _slope(e.left), _slope(e.right)
        if left is not None and right is not None:
            return left + right if e.operator == "+" else left - right
    return None


def _reads_dates(e: Expression) -> bool:
    return any(
        (isinstance(node, Name) and node.name in _DATES)
        or (isinstance(node, Call) and bool(FUNCTIONS[node.function].reads & _DATES))
        for node in walk(e)
    )


def _is_one_way(e: Expression) -> bool:
    """Return whether a number or date only rises or only falls as the days go by."""
    if isinstance(e, Alias):
        return _is_one_way(e.expression)
    if isinstance(e, Name):
        return True
    if isinstance(e, Call):
        return e.function in _ONE_WAY and not any(_reads_dates(a) for a in e.arguments)
    if isinstance(e, Arithmetic) and e.operator in ("+", "-"):
        sides = [side for side in (e.left, e.right) if _reads_dates(side)]
        return len(sides) == 1 and _is_one_way(sides[0])
    return False


def next_day_that_matters(
    executors: Sequence[ReferenceExecutor],
    history: AccountHistory,
    changes: Sequence[dt.date],
    policy: Iterable[Expression],
    policy_row: Row,
    last: dt.date,
    *,
    snapshots_move: bool,
) -> dt.date:
    """Return the first day after this one on which something can happen, at most the day after `last`.

    Args:
        executors: The evaluations of this day, of all playbooks, in which nothing changed.
        history: The earlier values of the account.
        changes: The dates from which the account's fields are as they are, latest last.
        policy: The conditions of the contact policy, where a contact is to come.
        policy_row: The values that those read.
        last: The last day of interest.
        snapshots_move: True if each day has a snapshot.
    """
    on = executors[0].day.on
    tomorrow = on + ONE_DAY
    found = [last + ONE_DAY]
    conditions: list[tuple[Expression, Row]] = [(each, policy_row) for each in policy]
    for executor in executors:
        dates = _dates(executor)
        if dates is None:
            return tomorrow
        found += dates
        found += _history_dates(history, executor.playbook.id, changes, executor, on)
        here = executor.values()
        conditions += [(each, here) for each in _conditions(executor)]
    parts: dict[int, tuple[Expression, Row]] = {}
    others: dict[int, tuple[Expression, Row]] = {}
    for condition, values in conditions:
        turns = turning(condition)
        parts |= {id(part): (part, values) for part in turns.one_way}
        others |= {id(part): (part, values) for part in turns.others}
    soonest = min(day for day in found if day > on)
    if parts:
        soonest = _first_turn([*parts.values()], on, soonest, moves=snapshots_move)
    if others:
        soonest = _first_other([*others.values()], on, soonest, moves=snapshots_move)
    return soonest


def _values(
    parts: Sequence[tuple[Expression, Row]], day: dt.date, *, moves: bool
) -> list[ConstantValue | None]:
    """Return the values of parts on another day, on which everything else is as it is."""
    moved: dict[str, ConstantValue | None] = {"@today": day}
    if moves:
        moved["@snapshot_date"] = day
    rows: dict[int, dict[str, ConstantValue | None]] = {}
    found = []
    for part, row in parts:
        if id(row) not in rows:
            rows[id(row)] = {**row, **moved}
        found.append(evaluate_expression(part, rows[id(row)]))
    return found


def _first_other(
    parts: Sequence[tuple[Expression, Row]], on: dt.date, before: dt.date, *, moves: bool
) -> dt.date:
    """Return the first day on which a part has another value than on `on`, looking at each day before `before`."""
    now = _values(parts, on, moves=moves)
    day = on + ONE_DAY
    while day < before and _values(parts, day, moves=moves) == now:
        day += ONE_DAY
    return day


def _first_turn(
    parts: Sequence[tuple[Expression, Row]], on: dt.date, before: dt.date, *, moves: bool
) -> dt.date:
    """Return the first day on which a part has another value than on `on`, or `before` where none has until then.

    A part that only rises or falls, and is the same on two days, is the same between them.
    """
    now = _values(parts, on, moves=moves)
    same, other = 0, (before - on).days
    step = 1
    while same + step < other:
        if _values(parts, on + dt.timedelta(days=same + step), moves=moves) != now:
            other = same + step
            break
        same, step = same + step, step * 2
    while other - same > 1:
        middle = (same + other) // 2
        if _values(parts, on + dt.timedelta(days=middle), moves=moves) == now:
            same = middle
        else:
            other = middle
    return on + dt.timedelta(days=other)


def _conditions(executor: ReferenceExecutor) -> Iterator[Expression]:
    """Yield what decides over the account's next moves: of its state, and of the enrolment rules."""
    machine = executor.playbook.machine
    found: list[Expression | None] = [machine.entry]
    if executor.enrolment is not None:
        found.append(machine.anchor)
    if executor.is_open():
        for ending in (True, False):
            found += [edge.guard for edge in executor.edges(ending=ending)]
    for rule in machine.enrolment_rules:
        found += [rule.guard, rule.again, rule.rearm]
        if _may_open(executor, rule):
            found.append(rule.anchor)
    yield from (each for each in found if each is not None)


def _may_open(executor: ReferenceExecutor, rule: EnrolmentRule) -> bool:
    """Return whether the condition of a rule is not false: while it is, the rule's dates have no effect."""
    if rule.guard is None:
        return True
    return evaluate_expression(rule.guard, executor.values()) is not False


def _dates(executor: ReferenceExecutor) -> list[dt.date] | None:
    """Return the dates that come to the account, and the days after them; None where each day has to be looked at."""
    on, machine = executor.day.on, executor.playbook.machine
    found: list[dt.date | None] = [each.on for each in next_follow_ups(executor)]
    if executor.is_open():
        for ending in (True, False):
            for edge in executor.edges(ending=ending):
                found += [executor.date(edge.moment) if edge.moment else None]
        current = executor.enrolment
        for action in machine.state(current.state).repeats if current else ():
            most = action.repeat.at_most if action.repeat else 0
            numbers = range(1, most + 1)
            found.append(
                next((d for n in numbers if (d := executor.occurrence(action, n)) > on), None)
            )
        return [day for day in found if day is not None]
    for rule in machine.enrolment_rules:
        if (rule.first is None and rule.last is None) or not _may_open(executor, rule):
            continue
        if rule.anchor is None:
            return None
        fresh = executor.fresh_enrolment(rule)
        if fresh.anchor is None:
            continue
        found += [executor.date(rule.first, fresh) if rule.first else None]
        last = executor.date(rule.last, fresh) if rule.last else None
        found.append(last + ONE_DAY if last else None)
    return [day for day in found if day is not None]


def _history_dates(
    history: AccountHistory,
    playbook: str,
    changes: Sequence[dt.date],
    executor: ReferenceExecutor,
    on: dt.date,
) -> Iterator[dt.date]:
    """Yield the days on which earlier values of a playbook change."""
    for _, back in history.wanted[playbook]:
        if isinstance(back, AsOfDate):
            opened = executor.enrolment.opened_on if executor.enrolment else None
            date = opened if back.date == "@opened_on" else executor.row.get(back.date)
            yield from (date, date + ONE_DAY) if isinstance(date, dt.date) else ()
            continue
        if isinstance(back, DayWindow):
            if changes and on <= changes[-1] + dt.timedelta(days=back.days + 1):
                yield on + ONE_DAY
            continue
        days = 1 if back is None else back
        for change in changes:
            yield change + dt.timedelta(days=days)
            yield change + dt.timedelta(days=days + 1)
