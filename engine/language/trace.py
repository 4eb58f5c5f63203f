"""Why a condition holds, does not hold, or cannot be told, for one account: a tree for `explain` to print.

The values are `evaluate`'s own, so that what is explained is what was decided.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import cast

from ..core.problems import Span
from .expressions import (
    Alias,
    And,
    Call,
    Compare,
    Constant,
    ConstantValue,
    Duration,
    Expression,
    In,
    IsMissing,
    Not,
    Or,
    Type,
)
from .formatter import format_expression, format_value
from .interpreter import Row, cell, choose_value, earlier_value, evaluate
from .traversal import asked_reference, standing_column, unalias
from .unknown_causes import unknown_causes

_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_CROSSINGS = frozenset({"crossed_above", "crossed_below"})


@dataclass(frozen=True, slots=True)
class Trace:
    """One part of a condition: its text, its value (None: cannot tell), what to say of it, and its parts."""

    text: str
    value: ConstantValue | None
    note: str
    children: tuple[Trace, ...]
    place: Span


def trace(e: Expression, row: Row) -> Trace:
    """The tree of what was found for one row, down to the single comparisons."""
    return Trace(format_expression(e), evaluate(e, row), _note(e, row), _children(e, row), e.place)


def _children(e: Expression, row: Row) -> tuple[Trace, ...]:
    if isinstance(e, And | Or):
        return tuple(trace(operand, row) for operand in e.operands)
    if isinstance(e, Not):
        return (trace(e.operand, row),)
    if isinstance(e, Alias):
        inner = e.expression
        return (trace(inner, row),) if e.type == "boolean" or _tells(inner) else ()
    if isinstance(e, Compare):
        return tuple(trace(side, row) for side in (e.left, e.right) if _tells(side))
    if isinstance(e, Call) and e.function == "choose":
        return _decided(e, row)
    return ()


def _tells(e: Expression) -> bool:
    """Whether there is something to say of a value by itself."""
    return isinstance(e, Alias) or (isinstance(e, Call) and e.function == "choose")


def _decided(e: Call, row: Row) -> tuple[Trace, ...]:
    """What decided for a value, and the value where more is to be said of it."""
    parts = [e.arguments[0]]
    value = choose_value(e, row)
    if value is not None and (value.type == "boolean" or _tells(value)):
        parts.append(value)
    return tuple(trace(part, row) for part in parts)


def _note(e: Expression, row: Row) -> str:
    if isinstance(e, Alias):
        return _defined(e, row)
    if isinstance(e, IsMissing):
        return f"{format_expression(e.operand)} is {_shown(e.operand, row)}"
    if isinstance(e, Not | And | Or):
        return "" if evaluate(e, row) is not None else _unknown(e, row)
    if isinstance(e, Call) and e.function == "choose":
        return _chosen(e, row)
    if isinstance(e, Call) and e.type == "boolean":
        return _call(e, row)
    if evaluate(e, row) is None:
        return _unknown(e, row)
    if isinstance(e, Compare):
        return _comparison(e, row)
    if isinstance(e, In):
        return _membership(e, row)
    if isinstance(e, Constant | Duration):
        return ""
    return f"{format_expression(e)} is {_shown(e, row)}"


def _unknown(e: Expression, row: Row) -> str:
    """What is missing, by name."""
    names = sorted(unknown_causes(e, row))
    if names == ["snapshot_date"]:
        return "the snapshot does not reach far enough"
    *most, last = names
    listed = f"{', '.join(most)} and {last}" if most else last
    return f"{listed} {'are' if most else 'is'} missing"


def _defined(e: Alias, row: Row) -> str:
    meaning = f"{e.name} means {format_expression(e.expression)}"
    return meaning if e.type == "boolean" else f"{meaning}, here {_shown(e, row)}"


def _chosen(e: Call, row: Row) -> str:
    """`30 days is chosen`, `seats is chosen, here 12`."""
    value = choose_value(e, row)
    if value is None:
        return _unknown(e.arguments[0], row)
    here = "" if isinstance(value, Constant | Duration) else f", here {_shown(value, row)}"
    return f"{format_expression(value)} is chosen{here}"


def _shown(e: Expression, row: Row) -> str:
    """An expression's value, with its unit."""
    return trace_value(evaluate(e, row), e.type)


def trace_value(value: ConstantValue | None, type: Type) -> str:
    """A value as `explain` prints it: durations in days, numbers without the noise of their last digits."""
    if value is None:
        return "missing"
    if type == "duration":
        return _days(cast(int, value))
    if type == "number":
        return format_value(float(f"{value:.12g}"))
    return format_value(value)


def _days(count: int) -> str:
    return f"{count} day" if abs(count) == 1 else f"{count} days"


def _membership(e: In, row: Row) -> str:
    held = evaluate(e, row)
    listed = "in the list" if held else "not in the list"
    return f"{format_expression(e.item)} is {_shown(e.item, row)}: {listed}"


def _comparison(e: Compare, row: Row) -> str:
    """`health_score is 72: 2 above what < 70 needs`."""
    left, right, operator = e.left, e.right, str(e.operator)
    if isinstance(unalias(left), Constant | Duration) and not isinstance(
        right, Constant | Duration
    ):
        left, right, operator = right, left, _FLIPPED[operator]
    said = f"{format_expression(left)} is {_shown(left, row)}"
    target = format_expression(right)
    if not isinstance(right, Constant | Duration):
        target += f" ({_shown(right, row)})"
    if evaluate(e, row):
        return said if isinstance(right, Constant | Duration) else f"{said}, {operator} {target}"
    if operator == "==":
        return f"{said}, not {target}"
    if operator == "!=":
        return f"{said}, and must not be"
    return f"{said}: {_gap(left, right, row)} what {operator} {target} needs"


def _gap(left: Expression, right: Expression, row: Row) -> str:
    """How far the left value is from the right one, which it ought to pass."""
    a, b = evaluate(left, row), evaluate(right, row)
    if isinstance(a, dt.date) and isinstance(b, dt.date):
        distance: float = (a - b).days
        words = ("later than", "earlier than")
    else:
        distance = cast(float, a) - cast(float, b)
        words = ("above", "below")
    if distance == 0:
        return "exactly on the limit, which is not"
    unit: Type = "number" if left.type == "number" else "duration"
    amount = trace_value(abs(distance) if unit == "number" else int(abs(distance)), unit)
    return f"{amount} {words[0] if distance > 0 else words[1]}"


def _call(e: Call, row: Row) -> str:
    if e.function == "snapshot_reaches":
        return _reaches(e, row)
    if e.function == "changed" or e.function in _CROSSINGS:
        before, now = (
            trace_value(earlier_value(e, row), e.arguments[0].type),
            _shown(e.arguments[0], row),
        )
        return f"{format_expression(e.arguments[0])} was {before} and is {now}"
    if e.function == "stands_in":
        playbooks = dict.fromkeys(reference.playbook for reference in asked_reference(e))
        return "; ".join(_standing(playbook, row) for playbook in playbooks)
    if evaluate(e, row) is None:
        return _unknown(e, row)
    return f"{format_expression(e)} is {_shown(e, row)}"


def _standing(playbook: str, row: Row) -> str:
    """Where the account stands in another playbook, whatever was asked: `stands in renewal/grace since 2026-06-03`."""
    state = cell(row, standing_column(playbook, "state"), "text")
    since = trace_value(cell(row, standing_column(playbook, "entered_on"), "date"), "date")
    if state is None:
        return f"was never enrolled in {playbook}"
    if row.get(standing_column(playbook, "opened_on")) is None:
        return f"ended in {playbook}/{state} on {since}"
    return f"stands in {playbook}/{state} since {since}"


def _reaches(e: Call, row: Row) -> str:
    date = evaluate(e.arguments[0], row)
    if date is None:
        return _unknown(e.arguments[0], row)
    snapshot = trace_value(row.get("@snapshot_date"), "date")
    verb = "reaches" if evaluate(e, row) else "does not reach"
    return f"the snapshot of {snapshot} {verb} {trace_value(date, 'date')}"
