"""A condition or value in a YAML document, in either spelling, read and checked."""

from __future__ import annotations

from ..core.problems import Problem
from ..text.yaml_nodes import Node
from .expressions import Expression, Type
from .scope import Scope
from .type_checker import type_check
from .yaml_conditions import read_condition

__all__ = ["Scope", "parse_condition"]


def parse_condition(
    node: Node, scope: Scope, expect: Type | None = "boolean"
) -> tuple[Expression | None, list[Problem]]:
    """The tree of what the node says, of the type expected (None: any), and every problem found.

    The tree is None exactly if there are problems, which stand in the order of their places, or where it uses a
    name that the scope calls lost.
    """
    written, problems = read_condition(node, scope)
    if written is None:
        return None, problems
    e, found = type_check(written, scope, expect)
    if problems:
        # What was read of a broken text is checked too, but says nothing of what was meant as a whole.
        found = [problem for problem in found if problem.code != "not-a-condition"]
    problems += found
    return (None if problems else e), sorted(problems, key=_position)


def _position(problem: Problem) -> tuple[int, int]:
    return (problem.span.line, problem.span.column) if problem.span else (0, 0)
