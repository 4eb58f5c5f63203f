"""Problems of a settings file, without two problems at one position."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from ..core.problems import Problem, ProblemList
from ..text.suggest import suggest
from ..text.yaml_nodes import Node
from .yaml_values import text_of


def settings_problems(of_shape: Iterable[Problem] = ()) -> ProblemList:
    """Return the problems of the schema check; at their spans, no other problem can be reported."""
    of_shape = list(of_shape)
    spans = {problem.span for problem in of_shape}
    return ProblemList(of_shape, lambda problem: problem.span not in spans)


_MOST_LISTED = 12
"""Names that a hint lists."""


def check_known(
    problems: ProblemList, node: Node, candidates: Collection[str], code: str, what: str
) -> None:
    """Check that the node's text is one of `candidates`; `what` is their kind, for the message."""
    word = text_of(node)
    if word is None or word in candidates:
        return
    suggestion = suggest(word, candidates)
    listed = ", ".join(sorted(candidates)[:_MOST_LISTED]) or "none"
    if (more := len(candidates) - _MOST_LISTED) > 0:
        listed += f" and {more} more"
    hint = f"did you mean `{suggestion}`?" if suggestion else f"known: {listed}"
    problems.report(code, f"there is no {what} `{word}`", node.span, hint)
