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
from .functions import FUNCTIONS
from .functions.value_functions import chosen_value
from .interpreter import CallOnRow, Row, evaluate
from .operands import unalias
from .unknown_causes import unknown_causes

_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


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
    return _decided(e, row) if isinstance(e, Call) and _chooses(e) else ()


def _tells(e: Expression) -> bool:
    """Whether there is something to say of a value by itself."""
    return isinstance(e, Alias) or (isinstance(e, Call) and _chooses(e))


def _chooses(call: Call) -> bool:
    return FUNCTIONS[call.function].unknown == "chosen"


def _decided(e: Call, row: Row) -> tuple[Trace, ...]:
    """What decided for a value, and the value where more is to be said of it."""
    parts = [e.arguments[0]]
    value = chosen_value(CallOnRow(e, row))
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
    if isinstance(e, Call) and (note := FUNCTIONS[e.function].note):
        return note(_NoteOnRow(e, row))
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


class _NoteOnRow(CallOnRow):
    """A call on one account's row, with the words of explanations."""

    def text(self, expression: Expression) -> str:
        """Return an expression as it is written."""
        return format_expression(expression)

    def shown(self, value: ConstantValue | None, type: Type) -> str:
        """Return a value as `explain` prints it."""
        return trace_value(value, type)

    def unknown(self, expression: Expression) -> str:
        """Return which fields are missing, in words."""
        return _unknown(expression, self.row)
