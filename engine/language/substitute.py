"""Substitution of a name in a condition by another name or by a constant."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any, cast

from .expressions import Constant, Expression, Name


def substitute(expression: Expression, old: str, new: str | Constant) -> Expression:
    """Return an expression with one name replaced.

    Args:
        expression: The expression; it is not changed.
        old: The name to replace.
        new: Another name, or a constant, of the same type.
    """
    if isinstance(expression, Name):
        if expression.name != old:
            return expression
        return replace(expression, name=new) if isinstance(new, str) else new
    changed = {
        field.name: _substitute_child(getattr(expression, field.name), old, new)
        for field in fields(expression)
        if field.name in ("left", "right", "operand", "operands", "arguments", "item", "expression")
    }
    return replace(cast(Any, expression), **changed) if changed else expression


def _substitute_child(value: Any, old: str, new: str | Constant) -> Any:
    if isinstance(value, tuple):
        return tuple(substitute(item, old, new) for item in value)
    return substitute(value, old, new)
