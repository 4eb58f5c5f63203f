"""Variables of the workspace, as conditions read them: numbers, texts, dates, lengths of time, true and false."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..text.yaml_nodes import Entry, Node, Scalar
from .condition import load_condition
from .expressions import Alias, Constant, Duration, Expression
from .formatter import format_expression
from .scope import Scope
from .traversal import walk

Variables = Mapping[str, Expression]
"""The value of each variable, by its name."""


def read_variables(entries: Iterable[Entry]) -> dict[str, Expression]:
    """Return the values of the variables of `tenure.yaml`; of those that are not a single value, none."""
    values = {entry.key: _value(entry.value) for entry in entries}
    return {name: value for name, value in values.items() if value is not None}


def _value(node: Node) -> Expression | None:
    """Return a value as it would be written in a condition; any other text is a text."""
    if not isinstance(node, Scalar) or node.value is None:
        return None
    if not node.style:
        value, _ = load_condition(node, Scope({}), None)
        if isinstance(value, Duration) or (isinstance(value, Constant) and value.type != "text"):
            return value
    return Constant(node.text, "text", node.span) if isinstance(node.value, str) else None


def variables_read(expression: Expression, variables: Variables) -> dict[str, str]:
    """Return the variables that an expression reads, with their values as text."""
    aliases = (node for node in walk(expression) if isinstance(node, Alias))
    return {
        alias.name: format_expression(alias.expression)
        for alias in aliases
        if variables.get(alias.name) is alias.expression
    }
