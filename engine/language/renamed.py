"""A condition with one of its names put in another's place."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any, cast

from .tree import Expression, Name


def renamed(expression: Expression, old: str, new: str) -> Expression:
    """The same tree with the name `new` (of the same type) wherever `old` stood."""
    if isinstance(expression, Name):
        return replace(expression, name=new) if expression.name == old else expression
    changed = {
        field.name: _renamed(getattr(expression, field.name), old, new)
        for field in fields(expression)
        if field.name in ("left", "right", "operand", "operands", "arguments", "item", "expression")
    }
    return replace(cast(Any, expression), **changed) if changed else expression


def _renamed(value: Any, old: str, new: str) -> Any:
    if isinstance(value, tuple):
        return tuple(renamed(each, old, new) for each in value)
    return renamed(value, old, new)
