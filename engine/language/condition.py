"""A condition or value in a YAML document, in either spelling, read and checked."""

from __future__ import annotations

from ..text.node import Node
from ..text.problem import Problem
from .check import check
from .scope import Scope
from .structure import read
from .tree import Expression, Type

__all__ = ["Scope", "parse"]


def parse(
    node: Node, scope: Scope, expect: Type | None = "boolean"
) -> tuple[Expression | None, list[Problem]]:
    """The tree of what the node says, of the type expected (None: any), and every problem found.

    The tree is None exactly if there are problems, which stand in the order of their places, or where it uses a
    name that the scope calls lost.
    """
    written, problems = read(node, scope)
    if written is None:
        return None, problems
    e, found = check(written, scope, expect)
    if problems:
        # What was read of a broken text is checked too, but says nothing of what was meant as a whole.
        found = [problem for problem in found if problem.code != "not-a-condition"]
    problems += found
    return (None if problems else e), sorted(problems, key=_position)


def _position(problem: Problem) -> tuple[int, int]:
    return (problem.span.line, problem.span.column) if problem.span else (0, 0)
