"""Replacement of parts of a condition: of a name, or of whatever a function returns another expression for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any, cast

from .expressions import Constant, Expression, Name

_PARTS = ("left", "right", "operand", "operands", "arguments", "item", "expression")


def rewrite(
    expression: Expression, change: Callable[[Expression], Expression | None]
) -> Expression:
    """Return an expression with parts replaced; it is not changed itself.

    Args:
        expression: The expression.
        change: Returns what takes the place of a node and its parts; None looks at its parts instead.
    """
    changed = change(expression)
    if changed is not None:
        return changed
    parts = {
        field.name: _rewrite_part(getattr(expression, field.name), change)
        for field in fields(expression)
        if field.name in _PARTS
    }
    return replace(cast(Any, expression), **parts) if parts else expression


def _rewrite_part(value: Any, change: Callable[[Expression], Expression | None]) -> Any:
    if isinstance(value, tuple):
        return tuple(rewrite(item, change) for item in value)
    return rewrite(value, change)


def substitute(expression: Expression, old: str, new: str | Constant) -> Expression:
    """Return an expression with one name replaced.

    Args:
        expression: The expression; it is not changed.
        old: The name to replace.
        new: Another name, or a constant, of the same type.
    """

    def change(node: Expression) -> Expression | None:
        if not isinstance(node, Name) or node.name != old:
            return None
        return replace(node, name=new) if isinstance(new, str) else new

    return rewrite(expression, change)
