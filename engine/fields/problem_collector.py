"""Collector of the problems of a settings file, without two problems at one position."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from ..core.problems import Problem, Span
from ..text.suggest import suggest
from ..text.yaml_nodes import Node
from .yaml_values import text_of


class ProblemCollector:
    """The problems of one file; a span with a problem of the schema check gets no other problem."""

    __slots__ = ("_marked", "problems")

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._marked: set[Span] = set()

    def of_shape(self, problems: Iterable[Problem]) -> None:
        """Add the problems of the schema check."""
        for problem in problems:
            self.problems.append(problem)
            if problem.span is not None:
                self._marked.add(problem.span)

    def add(self, code: str, message: str, span: Span, hint: str | None = None) -> None:
        """Add a problem, unless the schema check has reported this span."""
        if span not in self._marked:
            self.problems.append(Problem(code, message, span, hint))

    def known(self, node: Node, candidates: Collection[str], code: str, what: str) -> None:
        """Check that the node's text is one of `candidates`; `what` is their kind, for the message."""
        word = text_of(node)
        if word is None or word in candidates:
            return
        suggestion = suggest(word, candidates)
        listed = ", ".join(sorted(candidates)[:12]) or "none"
        hint = f"did you mean `{suggestion}`?" if suggestion else f"known: {listed}"
        self.add(code, f"there is no {what} `{word}`", node.span, hint)
