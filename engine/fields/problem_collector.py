"""Problems on their way out of a settings file, without saying one thing twice."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from ..core.problems import Problem, Span
from ..text.suggest import suggest
from ..text.yaml_nodes import Node
from .yaml_values import text_of


class ProblemCollector:
    """The problems of one file; a place that the shape check has marked is not marked again."""

    __slots__ = ("_marked", "problems")

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._marked: set[Span] = set()

    def of_shape(self, problems: Iterable[Problem]) -> None:
        """Take over what the shape check found."""
        for problem in problems:
            self.problems.append(problem)
            if problem.span is not None:
                self._marked.add(problem.span)

    def add(self, code: str, message: str, span: Span, hint: str | None = None) -> None:
        """Note a problem and go on."""
        if span not in self._marked:
            self.problems.append(Problem(code, message, span, hint))

    def known(self, node: Node, candidates: Collection[str], code: str, what: str) -> None:
        """The node's text must be one of `candidates`; `what` is what they are called."""
        word = text_of(node)
        if word is None or word in candidates:
            return
        near = suggest(word, candidates)
        listed = ", ".join(sorted(candidates)[:12]) or "none"
        hint = f"did you mean `{near}`?" if near else f"known: {listed}"
        self.add(code, f"there is no {what} `{word}`", node.span, hint)
