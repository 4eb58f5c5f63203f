"""Changes of a playbook, one at a time, to see whether its tests notice them.

Thresholds, lengths of time and operators of a playbook are changed in its text, each where it is written. A change that
no test notices is a rule that no test holds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from ..core.offsets import Offset, parse_offset
from ..core.problems import Span
from ..language.expressions import And, Compare, Constant, Duration, Expression, Not, Or
from ..language.traversal import distinct_nodes
from ..playbook.model import Playbook
from ..project.levels import states_of_levels, with_levels
from ..project.loading import Project
from ..project.project_reading import checked_playbook, symbols_of
from ..runs.required_fields import expressions
from ..text.yaml_nodes import Mapping, Node, Scalar
from ..text.yaml_nodes import Sequence as SequenceNode
from .case_model import PlaybookCase
from .case_run import CaseRunner

_TWINS = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "=="}
_OPERATOR = re.compile(r"<=|>=|==|!=|<|>")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_TIME_KEYS = frozenset({"at", "then", "otherwise", "due", "every", "after", "until", "within"})
"""Keys of a playbook under which lengths of time are written."""
_Other = Callable[[str], "str | None"]
"""Return another text for a written one; None where there is none."""


class Mutation(NamedTuple):
    """A change of a playbook's text: the place, and what is written there instead."""

    span: Span
    old: str
    new: str

    @property
    def text(self) -> str:
        """Return the change in words."""
        return f"`{self.old}` changed to `{self.new}`"


def mutations_of(playbook: Playbook, text: str) -> list[Mutation]:
    """Return the changes of a playbook that its tests should notice, in the order of the file.

    Args:
        playbook: The playbook.
        text: The text of its file.
    """
    lines = text.split("\n")
    found: dict[tuple[int, int, str], Mutation] = {}
    for mutation in (*_in_conditions(playbook, lines), *_in_times(playbook, lines)):
        if mutation.span.file == playbook.file:
            found.setdefault((mutation.span.line, mutation.span.column, mutation.new), mutation)
    return [found[key] for key in sorted(found)]


def _in_conditions(playbook: Playbook, lines: Sequence[str]) -> Iterator[Mutation]:
    for node in distinct_nodes(expressions(playbook)):
        if isinstance(node, Compare):
            yield from _between(node.left, node.right, lines, _OPERATOR, _TWINS)
        elif isinstance(node, And | Or):
            words = {"and": "or"} if isinstance(node, And) else {"or": "and"}
            word = re.compile(rf"\b{next(iter(words))}\b")
            for left, right in zip(node.operands, node.operands[1:], strict=False):
                yield from _between(left, right, lines, word, words)
        elif isinstance(node, Not):
            yield from _without_not(node, lines)
        elif isinstance(node, Constant) and node.type == "number":
            yield from _at(node.span, lines, _other_number)
        elif isinstance(node, Duration):
            yield from _at(node.span, lines, _other_time)


def _between(
    left: Expression,
    right: Expression,
    lines: Sequence[str],
    word: re.Pattern[str],
    other: dict[str, str],
) -> Iterator[Mutation]:
    """Yield the change of the operator between two expressions, where it is the only text between them."""
    a, b = left.span, right.span
    if a.file != b.file or a.end_line != b.line or a.end_column > b.column:
        return
    written = lines[a.end_line - 1][a.end_column - 1 : b.column - 1]
    match = word.search(written)
    if match is None or written.strip("() \t") != match[0]:
        return
    column = a.end_column + match.start()
    span = Span(a.file, a.end_line, column, a.end_line, column + len(match[0]))
    yield Mutation(span, match[0], other[match[0]])


def _without_not(node: Not, lines: Sequence[str]) -> Iterator[Mutation]:
    span = node.span
    written = _written(span, lines)
    if written is not None and written.startswith("not "):
        first = Span(span.file, span.line, span.column, span.line, span.column + 4)
        yield Mutation(first, "not ", "")


def _at(span: Span, lines: Sequence[str], other: _Other) -> Iterator[Mutation]:
    written = _written(span, lines)
    changed = None if written is None else other(written)
    if written is not None and changed is not None:
        yield Mutation(span, written, changed)


def _written(span: Span, lines: Sequence[str]) -> str | None:
    """Return the text at a place on one line; None where it goes over several."""
    if span.line != span.end_line or span.line > len(lines):
        return None
    return lines[span.line - 1][span.column - 1 : span.end_column - 1]


def _other_number(written: str) -> str | None:
    """Return a number one step further in its last digit."""
    if not _NUMBER.fullmatch(written):
        return None
    whole, _, decimals = written.partition(".")
    if not decimals:
        return str(int(whole) + 1)
    return f"{float(written) + 10 ** -len(decimals):.{len(decimals)}f}"


def _other_time(written: str) -> str | None:
    """Return a length of time one unit further."""
    quote = written[0] if written[:1] in ("'", '"') else ""
    offset = parse_offset(written.strip(quote) if quote else written)
    if offset is None:
        return None
    step = -1 if offset.count < 0 else 1
    return f"{quote}{Offset(offset.count + step, offset.unit)}{quote}"


def _in_times(playbook: Playbook, lines: Sequence[str]) -> Iterator[Mutation]:
    body = playbook.document.node().get(playbook.body)
    for scalar in _times_under(body) if body is not None else ():
        yield from _at(scalar.span, lines, _other_time)


def _times_under(node: Node, key: str = "") -> Iterator[Scalar]:
    """Yield the scalars under keys that have lengths of time."""
    if isinstance(node, Mapping):
        for entry in node:
            yield from _times_under(entry.value, entry.key)
    elif isinstance(node, SequenceNode):
        for item in node.items:
            yield from _times_under(item, key)
    elif key in _TIME_KEYS and isinstance(node.value, str) and parse_offset(node.value):
        yield node


def mutated_text(text: str, mutation: Mutation) -> str:
    """Return the text with the change."""
    lines = text.split("\n")
    span = mutation.span
    line = lines[span.line - 1]
    lines[span.line - 1] = line[: span.column - 1] + mutation.new + line[span.end_column - 1 :]
    return "\n".join(lines)


def mutated_project(project: Project, playbook: Playbook, text: str) -> Project | None:
    """Return the workspace with another text of a playbook; None where that is not a good playbook."""
    around = symbols_of(project.workspace, project.catalogue)
    changed, problems = checked_playbook(text, playbook.file, around)
    if changed is None or any(problem.severity == "error" for problem in problems):
        return None
    others = [each for each in project.playbooks if each.id != playbook.id]
    levels = states_of_levels({each.id: each for each in (*others, changed)})
    every = sorted((*others, with_levels(changed, levels)), key=lambda each: each.id)
    return replace(project, playbooks=tuple(every))


class MutationResult(NamedTuple):
    """How many changes were tried, and those that no test noticed."""

    tried: int
    survivors: tuple[Mutation, ...]


def try_mutations(
    project: Project, playbook: Playbook, cases: Iterable[PlaybookCase]
) -> MutationResult:
    """Return which changes of a playbook the cases do not notice. All of them must pass without a change.

    A change that makes the playbook invalid is noticed by `tenure validate`, and not tried.
    """
    cases = [case for case in cases if playbook.id in (case.playbook, *case.others)]
    text = project.texts[playbook.file]
    tried, survivors = 0, []
    for mutation in mutations_of(playbook, text):
        changed = mutated_project(project, playbook, mutated_text(text, mutation))
        if changed is None:
            continue
        tried += 1
        runner = CaseRunner(changed)
        failed = next((case for case in cases if not runner.run(case).passed), None)
        if failed is None:
            survivors.append(mutation)
        else:
            # Changes near each other are mostly noticed by the same test.
            cases.remove(failed)
            cases.insert(0, failed)
    return MutationResult(tried, tuple(survivors))
