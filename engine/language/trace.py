"""Traces of conditions: why a condition is true, false or unknown for one account, as a tree for `explain`.

All values are computed by `evaluate_expression`, so the explanation is the decision itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from ..core.ids import UNREADABLE_FIELDS, unreadable_mark
from ..core.list_texts import readable_list, split_items
from ..core.problems import Span
from .expressions import (
    Alias,
    And,
    Call,
    Compare,
    Constant,
    ConstantValue,
    Duration,
    EventCall,
    Expression,
    In,
    IsMissing,
    Not,
    Or,
    Row,
    Type,
)
from .formatter import format_expression, format_value
from .functions import FUNCTIONS
from .functions.value_functions import chosen_value
from .interpreter import CallOnRow, evaluate_expression, is_unreadable
from .operands import days_of, unalias
from .traversal import history_calls, history_subject, walk
from .unknown_causes import unknown_causes

_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


@dataclass(frozen=True, slots=True)
class Trace:
    """A part of a condition, as evaluated for one account.

    Attributes:
        text: The canonical text of the part.
        value: Its value; None is unknown or missing.
        note: An explanation of the value, in words; may be empty.
        children: Traces of the parts that decide the value.
        span: The text of the part in its file.
    """

    text: str
    value: ConstantValue | None
    note: str
    children: tuple[Trace, ...]
    span: Span


def trace(e: Expression, row: Row) -> Trace:
    """Return the trace of an expression for one row, down to single comparisons."""
    value = evaluate_expression(e, row)
    shown = readable_list(str(value)) if e.type == "list" and value is not None else value
    children = _children(e, row)
    return Trace(format_expression(e), shown, _note(e, row, children), children, e.span)


def _children(e: Expression, row: Row) -> tuple[Trace, ...]:
    if isinstance(e, And | Or):
        return tuple(trace(operand, row) for operand in e.operands)
    if isinstance(e, Not):
        return (trace(e.operand, row),)
    if isinstance(e, Alias):
        inner = e.expression
        return (trace(inner, row),) if e.type == "boolean" or _has_trace(inner) else ()
    if isinstance(e, Compare):
        return tuple(trace(side, row) for side in (e.left, e.right) if _has_trace(side))
    return _choice_children(e, row) if isinstance(e, Call) and _chooses(e) else ()


def _has_trace(e: Expression) -> bool:
    """Return whether a value deserves a trace: an alias or a choice."""
    return isinstance(e, Alias) or (isinstance(e, Call) and _chooses(e))


def _chooses(call: Call) -> bool:
    return FUNCTIONS[call.function].unknown == "chosen"


def _choice_children(e: Call, row: Row) -> tuple[Trace, ...]:
    """Return the traces of a choice's condition and, where it has one, of the chosen value."""
    parts = [e.arguments[0]]
    value = chosen_value(CallOnRow(e, row))
    if value is not None and (value.type == "boolean" or _has_trace(value)):
        parts.append(value)
    return tuple(trace(part, row) for part in parts)


def _note(e: Expression, row: Row, children: tuple[Trace, ...]) -> str:
    """Return the note, with the date of each earlier value that it depends on and that no part notes."""
    note = _value_note(e, row)
    if children or (isinstance(e, Call) and FUNCTIONS[e.function].note):
        return note
    calls = (_NoteOnRow(call, row) for call in history_calls(e))
    dated = (call.earlier_text() for call in calls if call.known_on() is not None)
    periods = (_period_text(node, row) for node in walk(e) if isinstance(node, EventCall))
    became = (_value_note(call, row) for call in _calls_of_actions(e))
    return "; ".join(dict.fromkeys(each for each in (note, *dated, *periods, *became) if each))


def _calls_of_actions(e: Expression) -> list[Call]:
    """Return the calls in a comparison that ask what became of actions."""
    if not isinstance(e, Compare | In | IsMissing):
        return []
    calls = (node for node in walk(e) if isinstance(node, Call))
    return [call for call in calls if FUNCTIONS[call.function].reads_actions]


def _period_text(call: EventCall, row: Row) -> str:
    """Return which events a function reads, such as `tickets from 2026-03-03 to 2026-04-01`."""
    today, snapshot_date = row.get("@today"), row.get("@snapshot_date")
    if not isinstance(today, dt.date):
        return ""
    last = min(today, snapshot_date) if isinstance(snapshot_date, dt.date) else today
    if call.period is None:
        return f"{call.table} up to {last}"
    first = today - dt.timedelta(days=days_of(call.period) - 1)
    return f"{call.table} from {first} to {last}"


def _value_note(e: Expression, row: Row) -> str:
    if isinstance(e, Alias):
        return _alias_note(e, row)
    if isinstance(e, IsMissing):
        if is_unreadable(e.operand, row) and evaluate_expression(e.operand, row) is None:
            return _missing_note(e.operand, row)
        return f"{format_expression(e.operand)} is {_value_text(e.operand, row)}"
    if isinstance(e, Not | And | Or):
        return "" if evaluate_expression(e, row) is not None else _missing_note(e, row)
    if isinstance(e, Call) and (note := FUNCTIONS[e.function].note):
        return note(_NoteOnRow(e, row))
    if evaluate_expression(e, row) is None:
        return _missing_note(e, row)
    if isinstance(e, Compare):
        return _comparison_note(e, row)
    if isinstance(e, In):
        return _in_note(e, row)
    if isinstance(e, Constant | Duration):
        return ""
    return f"{format_expression(e)} is {_value_text(e, row)}"


def _missing_note(e: Expression, row: Row) -> str:
    """Return the names of the missing and unreadable values that make an expression unknown, as a sentence."""
    names = sorted(unknown_causes(e, row))
    if names == ["snapshot_date"]:
        return "the snapshot does not reach far enough"
    marks = str(row.get(UNREADABLE_FIELDS) or "")
    unreadable = [name for name in names if unreadable_mark(name) in marks]
    missing = [name for name in names if name not in unreadable]
    notes = (
        [f"{_listed(missing)} {'is' if len(missing) == 1 else 'are'} missing"] if missing else []
    )
    notes += [f"{_listed(unreadable)} cannot be read"] if unreadable else []
    return ", and ".join(notes)


def _listed(names: Sequence[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def _alias_note(e: Alias, row: Row) -> str:
    meaning = f"{e.name} means {format_expression(e.expression)}"
    is_literal = isinstance(unalias(e), Constant | Duration)
    return (
        meaning if e.type == "boolean" or is_literal else f"{meaning}, here {_value_text(e, row)}"
    )


def _value_text(e: Expression, row: Row) -> str:
    """Return an expression's value, with its unit."""
    return trace_value(evaluate_expression(e, row), e.type)


def trace_value(value: ConstantValue | None, type: Type) -> str:
    """Format a value as `explain` prints it: durations in days, numbers with at most 12 significant digits."""
    if value is None:
        return "missing"
    if type == "list":
        return ", ".join(map(format_value, split_items(str(value)))) or "an empty list"
    if type == "duration":
        return _days(cast(int, value))
    if type == "number":
        return format_value(float(f"{value:.12g}"))
    return format_value(value)


def _days(count: int) -> str:
    return f"{count} day" if abs(count) == 1 else f"{count} days"


def _in_note(e: In, row: Row) -> str:
    listed = "in the list" if evaluate_expression(e, row) else "not in the list"
    return f"{format_expression(e.item)} is {_value_text(e.item, row)}: {listed}"


def _comparison_note(e: Compare, row: Row) -> str:
    """Return a note such as `health_score is 72: 2 above what < 70 needs`."""
    left, right, operator = e.left, e.right, str(e.operator)
    if isinstance(unalias(left), Constant | Duration) and not isinstance(
        right, Constant | Duration
    ):
        left, right, operator = right, left, _FLIPPED[operator]
    actual = f"{format_expression(left)} is {_value_text(left, row)}"
    target = format_expression(right)
    if not isinstance(right, Constant | Duration):
        target += f" ({_value_text(right, row)})"
    if evaluate_expression(e, row):
        return (
            actual if isinstance(right, Constant | Duration) else f"{actual}, {operator} {target}"
        )
    if operator == "==":
        return f"{actual}, not {target}"
    if operator == "!=":
        return f"{actual}, and must not be"
    return f"{actual}: {_distance(left, right, row)} what {operator} {target} needs"


def _distance(left: Expression, right: Expression, row: Row) -> str:
    """Return the distance of the left value from the right one, in words."""
    a, b = evaluate_expression(left, row), evaluate_expression(right, row)
    if isinstance(a, dt.date) and isinstance(b, dt.date):
        distance: float = (a - b).days
        words = ("later than", "earlier than")
    else:
        distance = cast(float, a) - cast(float, b)
        words = ("above", "below")
    if evaluate_expression(Compare("==", left, right, left.span), row):
        return "exactly on the limit, which is not"
    unit: Type = "number" if left.type == "number" else "duration"
    amount = trace_value(abs(distance) if unit == "number" else int(abs(distance)), unit)
    return f"{amount} {words[0] if distance > 0 else words[1]}"


class _NoteOnRow(CallOnRow):
    """A function call on one account's row, with the texts that explanations need."""

    def text(self, expression: Expression) -> str:
        """Return the canonical text of an expression."""
        return format_expression(expression)

    def value_text(self, value: ConstantValue | None, type: Type) -> str:
        """Return a value as `explain` prints it."""
        return trace_value(value, type)

    def earlier_text(self) -> str:
        """Return the earlier value with its date, such as `health_score was 80 on 2026-03-02`."""
        field = history_subject(self.call)
        was = f"{self.text(field)} was {self.value_text(self.earlier(), field.type)}"
        on = self.known_on()
        return was if on is None else f"{was} on {format_value(on)}"

    def unknown(self, expression: Expression) -> str:
        """Return the names of the missing values, as a sentence."""
        return _missing_note(expression, self.row)
