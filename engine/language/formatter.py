"""An expression as text, in the one canonical spelling: parsing it gives the same tree back."""

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
    Expression,
    Field,
    In,
    IsMissing,
    Name,
    Not,
    Or,
)

_OR, _AND, _NOT, _COMPARE, _ADD, _MULTIPLY, _ATOM = range(1, 8)


def format_expression(e: Expression) -> str:
    """The canonical text; two expressions with the same text mean the same."""
    return _format(e)[0]


def format_value(value: ConstantValue | None) -> str:
    """A value as it is written in a condition; None is `missing`."""
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
    """A number in digits, never with an exponent."""
    if value == int(value):
        return str(int(value))
    text = repr(float(value))
    if "e" not in text:
        return text
    from decimal import Decimal

    return format(Decimal(text), "f")


def same_expression(a: Expression, b: Expression) -> bool:
    """Whether two expressions are equal but for their places."""
    return a is b or format_expression(a) == format_expression(b)


def _quoted(text: str) -> str:
    quote = '"' if "'" in text and '"' not in text else "'"
    return quote + text.replace(quote, quote * 2) + quote


def _format(e: Expression) -> tuple[str, int]:
    """The text, and how tightly its outermost sign binds."""
    if isinstance(e, Field | Name | Alias):
        return e.name, _ATOM
    if isinstance(e, Constant):
        return format_value(e.value), _ATOM
    if isinstance(e, Duration):
        return str(e.offset), _ATOM
    if isinstance(e, Call):
        return f"{e.function}({', '.join(_format(a)[0] for a in e.arguments)})", _ATOM
    if isinstance(e, Arithmetic):
        power = _ADD if e.operator in "+-" else _MULTIPLY
        return f"{_at(e.left, power)} {e.operator} {_at(e.right, power + 1)}", power
    if isinstance(e, Compare):
        return f"{_at(e.left, _ADD)} {e.operator} {_at(e.right, _ADD)}", _COMPARE
    if isinstance(e, In):
        return _member(e, "in"), _COMPARE
    if isinstance(e, IsMissing):
        return f"{_at(e.operand, _ADD)} is missing", _COMPARE
    if isinstance(e, Not):
        return _negation(e)
    return _junction(e)


def _at(e: Expression, power: int) -> str:
    """The text, in brackets where it binds less tightly than its place asks for."""
    text, own = _format(e)
    return text if own >= power else f"({text})"


def _member(e: In, word: str) -> str:
    options = ", ".join(format_value(option.value) for option in e.options)
    return f"{_at(e.item, _ADD)} {word} ({options})"


def _negation(e: Not) -> tuple[str, int]:
    if isinstance(e.operand, In):
        return _member(e.operand, "not in"), _COMPARE
    if isinstance(e.operand, IsMissing):
        return f"{_at(e.operand.operand, _ADD)} is not missing", _COMPARE
    return f"not {_at(e.operand, _NOT)}", _NOT


def _junction(e: And | Or) -> tuple[str, int]:
    word, power = ("and", _AND) if isinstance(e, And) else ("or", _OR)
    if not e.operands:
        return ("true" if word == "and" else "false"), _ATOM
    if len(e.operands) == 1:
        return _format(e.operands[0])
    if isinstance(e, And):
        chain = _chain(e.operands)
        if chain:
            return chain, _COMPARE
    return f" {word} ".join(_at(operand, power + 1) for operand in e.operands), power


def _chain(operands: tuple[Expression, ...]) -> str | None:
    """Comparisons of which each begins with what the one before ends with."""
    parts: list[str] = []
    last: Expression | None = None
    for operand in operands:
        if not isinstance(operand, Compare):
            return None
        if last is None:
            parts.append(_at(operand.left, _ADD))
        elif not same_expression(last, operand.left):
            return None
        parts.append(f"{operand.operator} {_at(operand.right, _ADD)}")
        last = operand.right
    return " ".join(parts)
