"""A condition with another name, or a value, in the place of one of its names."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any, cast

from .expressions import Constant, Expression, Name


def substitute(expression: Expression, old: str, new: str | Constant) -> Expression:
    """The same tree with `new` (of the same type) wherever the name `old` stood."""
    if isinstance(expression, Name):
        if expression.name != old:
            return expression
        return replace(expression, name=new) if isinstance(new, str) else new
    changed = {
        field.name: _renamed(getattr(expression, field.name), old, new)
        for field in fields(expression)
        if field.name in ("left", "right", "operand", "operands", "arguments", "item", "expression")
    }
    return replace(cast(Any, expression), **changed) if changed else expression


def _renamed(value: Any, old: str, new: str | Constant) -> Any:
    if isinstance(value, tuple):
        return tuple(substitute(each, old, new) for each in value)
    return substitute(value, old, new)
