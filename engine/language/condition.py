"""Conditions and values of YAML documents: read and type-check them, as text or as a YAML structure."""

from __future__ import annotations

from ..core.problems import Problem, by_position
from ..text.yaml_nodes import Node
from .expressions import Expression, Type
from .scope import Scope
from .syntax_errors import without_follow_ups
from .type_checker import type_check
from .yaml_conditions import read_condition

__all__ = ["Scope", "load_condition"]


def load_condition(
    node: Node, scope: Scope, expect: Type | None = "boolean"
) -> tuple[Expression | None, list[Problem]]:
    """Parse and type-check a condition or a value.

    Args:
        node: The YAML node.
        scope: The names that it may use.
        expect: The type that it must have; None allows any.

    Returns:
        The expression, and all problems in the order of their spans. The expression is None where there are
        problems, or where it uses a name in `scope.invalid`.
    """
    surface, problems = read_condition(node, scope)
    if surface is None:
        return None, problems
    e, type_problems = type_check(surface, scope, expect)
    problems, type_problems = without_follow_ups(problems, type_problems)
    if problems:
        # The readable parts of a broken text are checked too, but the type of the whole is not reliable.
        type_problems = [problem for problem in type_problems if problem.code != "not-a-condition"]
    problems = problems + type_problems
    return (None if problems else e), by_position(problems)
