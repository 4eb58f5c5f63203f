"""Formatter: the canonical text of an expression, which parses to the same tree."""

from __future__ import annotations

import datetime as dt

from .expressions import (
    Alias,
    And,
    Arithmetic,
    Call,
    Compare,
    Constant,
    ConstantValue,
    Duration,
    EventCall,
    Expression,
    Field,
    In,
    IsMissing,
    Name,
    Not,
    Or,
)
from .functions import FUNCTIONS, INFIX

_OR, _AND, _NOT, _COMPARE, _ADD, _MULTIPLY, _ATOM = range(1, 8)


def format_expression(e: Expression) -> str:
    """Format an expression as canonical text; expressions with the same text have the same meaning."""
    return _format(e)[0]


def format_value(value: ConstantValue | None) -> str:
    """Format a value as it is written in a condition; None is `missing`."""
    if value is None:
        return "missing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    return format_number(value)


def format_number(value: float) -> str:
    """Format a number in digits, without an exponent."""
    if value == int(value):
        return str(int(value))
    text = repr(float(value))
    if "e" not in text:
        return text
    from decimal import Decimal

    return format(Decimal(text), "f")


def same_expression(a: Expression, b: Expression) -> bool:
    """Return whether two expressions are equal, apart from their spans."""
    return a is b or format_expression(a) == format_expression(b)


def _quoted(text: str) -> str:
    quote = '"' if "'" in text and '"' not in text else "'"
    return quote + text.replace(quote, quote * 2) + quote


def _format(e: Expression) -> tuple[str, int]:
    """Return the text of an expression, and the precedence of its outermost operator."""
    if isinstance(e, Field | Name | Alias):
        return e.name, _ATOM
    if isinstance(e, Constant):
        return format_value(e.value), _ATOM
    if isinstance(e, Duration):
        return str(e.offset), _ATOM
    if isinstance(e, Call):
        return _call_text(e)
    if isinstance(e, EventCall):
        return _event_text(e), _ATOM
    if isinstance(e, Arithmetic):
        precedence = _ADD if e.operator in "+-" else _MULTIPLY
        return (
            f"{_operand_text(e.left, precedence)} {e.operator} {_operand_text(e.right, precedence + 1)}",
            precedence,
        )
    if isinstance(e, Compare):
        return (
            f"{_operand_text(e.left, _ADD)} {e.operator} {_operand_text(e.right, _ADD)}",
            _COMPARE,
        )
    if isinstance(e, In):
        return _in_text(e, "in"), _COMPARE
    if isinstance(e, IsMissing):
        return f"{_operand_text(e.operand, _ADD)} is missing", _COMPARE
    if isinstance(e, Not):
        return _not_text(e)
    return _bool_op_text(e)


def _call_text(e: Call) -> tuple[str, int]:
    if e.function in INFIX:
        left, *parts = (_operand_text(argument, _ADD) for argument in e.arguments)
        takes_items = FUNCTIONS[e.function].parameters[-1] == "items"
        right = f"({', '.join(parts)})" if takes_items else parts[0]
        return f"{left} {e.function} {right}", _COMPARE
    return f"{e.function}({', '.join(_format(a)[0] for a in written_arguments(e))})", _ATOM


def written_arguments(call: Call) -> tuple[Expression, ...]:
    """Return the arguments of a call without those that the type checker has added."""
    row = FUNCTIONS[call.function]
    return call.arguments[: len(row.parameters)] if row.by_place else call.arguments


def _event_text(e: EventCall) -> str:
    subject = e.table if e.column is None else f"{e.table}.{e.column}"
    where = "" if e.where is None else f" where {format_expression(e.where)}"
    period = "" if e.period is None else f", {e.period.offset}"
    return f"{e.function}({subject}{where}{period})"


def _operand_text(e: Expression, precedence: int) -> str:
    """Return the text of an operand, in brackets where its precedence is lower than the one required."""
    text, actual = _format(e)
    return text if actual >= precedence else f"({text})"


def _in_text(e: In, word: str) -> str:
    options = ", ".join(format_value(option.value) for option in e.options)
    return f"{_operand_text(e.item, _ADD)} {word} ({options})"


def _not_text(e: Not) -> tuple[str, int]:
    if isinstance(e.operand, In):
        return _in_text(e.operand, "not in"), _COMPARE
    if isinstance(e.operand, IsMissing):
        return f"{_operand_text(e.operand.operand, _ADD)} is not missing", _COMPARE
    return f"not {_operand_text(e.operand, _NOT)}", _NOT


def _bool_op_text(e: And | Or) -> tuple[str, int]:
    word, precedence = ("and", _AND) if isinstance(e, And) else ("or", _OR)
    if not e.operands:
        return ("true" if word == "and" else "false"), _ATOM
    if len(e.operands) == 1:
        return _format(e.operands[0])
    if isinstance(e, And):
        chain = _chain_text(e.operands)
        if chain:
            return chain, _COMPARE
    return f" {word} ".join(
        _operand_text(operand, precedence + 1) for operand in e.operands
    ), precedence


def _chain_text(operands: tuple[Expression, ...]) -> str | None:
    """Return the text of comparisons that form a chain; None where they do not."""
    parts: list[str] = []
    last: Expression | None = None
    for operand in operands:
        if not isinstance(operand, Compare):
            return None
        if last is None:
            parts.append(_operand_text(operand.left, _ADD))
        elif not same_expression(last, operand.left):
            return None
        parts.append(f"{operand.operator} {_operand_text(operand.right, _ADD)}")
        last = operand.right
    return " ".join(parts)
