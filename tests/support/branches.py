"""Which branches of a playbook were walked: enrolment_rules, edges, actions, and both outcomes of every condition.

A condition's parts are what its `and`s join; each has to be seen holding, and seen otherwise: not holding, or not
to be told, which fires nothing either. A part is known by its place in the file, so that a step's condition, which
all its actions share, counts once, and so does a case of `at:`, which the cases below it have with a `not` before it.

    PYTHONPATH=tests python -m support.branches        the table over all scenarios
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple
from unittest import mock

import polars as pl
from tenure.engine.columns.compiler import compile_expression
from tenure.engine.core.problems import Span
from tenure.engine.evaluation import enrolment as enrolling
from tenure.engine.evaluation.candidates import IS_OPEN, armed, candidates, in_states
from tenure.engine.evaluation.drafts import Drafts
from tenure.engine.evaluation.prepare import Prepared, PreparedAction, PreparedEdge
from tenure.engine.evaluation.transitions import Transitions
from tenure.engine.language.expressions import And, Call, Expression, Field, Name, Not
from tenure.engine.language.formatter import format_expression
from tenure.engine.language.traversal import walk
from tenure.engine.playbook.model import LEFT, Action, Edge, EnrolmentRule, Playbook, moment_text
from tenure.engine.text.yaml_nodes import Mapping

ENDS_AT_ONCE = frozenset({"anniversary", "expansion", "self_serve_review"})
"""Playbooks whose enrolments end on the date on which they open: no account is ever in them to leave."""

HOLDS, OTHERWISE = "holds", "otherwise"
KEEPS_APART = ("apart", "next_cycle", "again")
"""Keys of a body that say when an account may enrol once more."""


class Branch(NamedTuple):
    """One way through a playbook; the place sorts by line."""

    file: str
    line: int
    column: int
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}"


def branch(place: Span, what: str) -> Branch:
    return Branch(place.file, place.line, place.column, what)


class Look(NamedTuple):
    """Where a condition is looked at: over which rows, and its parts."""

    scope: pl.Expr
    parts: tuple[Expression, ...]


def parts_of(condition: Expression | None) -> tuple[Expression, ...]:
    """What a condition's `and`s join, without its `not`s, and less what is always the same."""
    if condition is None:
        return ()
    if isinstance(condition, Not):
        return parts_of(condition.operand)
    if isinstance(condition, And):
        return tuple(part for operand in condition.operands for part in parts_of(operand))
    varies = any(isinstance(node, Field | Name | Call) for node in walk(condition))
    return (condition,) if varies else ()


def branches_of(playbook: Playbook) -> frozenset[Branch]:
    """All there are."""
    machine = playbook.machine
    found = {opened(opening) for opening in machine.enrolment_rules}
    found |= {taken(edge) for edge in edges_of(playbook)}
    found |= {issued(action) for action in playbook.machine.actions()}
    looks = [*_looks(playbook)]
    for action in playbook.machine.actions():
        looks += [_action_look(action), *_issued_looks(action)]
    for look in looks:
        found |= {outcome(part, how) for part in look.parts for how in (HOLDS, OTHERWISE)}
    return frozenset(found)


def edges_of(playbook: Playbook) -> tuple[Edge, ...]:
    """The edges that can be taken."""
    edges = playbook.machine.edges
    return tuple(e for e in edges if e.target != LEFT or playbook.id not in ENDS_AT_ONCE)


def opened(opening: EnrolmentRule) -> Branch:
    return branch(opening.span, f"`{opening.id}` opens" if opening.id else "opens")


def taken(edge: Edge) -> Branch:
    moment = f", {moment_text(edge.moment)}" if edge.moment else ""
    return branch(edge.span, f"to `{edge.target}`{moment}")


def issued(action: Action) -> Branch:
    return branch(action.span, f"`{action.step}/{action.id}` issued")


def outcome(part: Expression, how: str) -> Branch:
    return branch(part.span, f"`{format_expression(part)}` {how}")


def _looks(playbook: Playbook) -> Iterator[Look]:
    """The conditions that accounts meet, whatever the date."""
    body = playbook.document.node().get(playbook.body)
    for opening in playbook.machine.enrolment_rules:
        yield Look(~IS_OPEN, parts_of(opening.guard))
        if opening.rearm is not None:
            yield Look(~armed(opening.id), parts_of(opening.rearm))
        if isinstance(body, Mapping) and any(body.get(key) for key in KEEPS_APART):
            yield Look(pl.col("@state").is_not_null() & ~IS_OPEN, parts_of(opening.again))
    for edge in edges_of(playbook):
        # Which year it is, the edges tell that were taken; the last of them has no otherwise.
        if playbook.body != "anniversaries":
            yield Look(in_states(edge.sources), parts_of(edge.guard))


def _action_look(action: Action) -> Look:
    return Look(pl.lit(True), parts_of(action.when))


def _issued_looks(action: Action) -> Iterator[Look]:
    """What is looked at once it is sure to be issued: its class, and what speaks for it."""
    for when, _ in (*action.priorities, *action.because):
        yield Look(pl.lit(True), parts_of(when))


class _Watch:
    """Notes branches as evaluation walks them; what was seen both ways is not looked at again."""

    def __init__(self, seen: set[Branch]) -> None:
        self.seen = seen
        self._known: dict[int, tuple[Playbook, list[Look]]] = {}

    def looks(self, playbook: Playbook) -> list[Look]:
        if id(playbook) not in self._known:
            self._known[id(playbook)] = (playbook, list(_looks(playbook)))
        return self._known[id(playbook)][1]

    def look(self, frame: pl.DataFrame, looks: Iterable[Look]) -> None:
        """Notes the outcomes of conditions over the rows that meet them."""
        for scope, parts in looks:
            for part in parts:
                both = {how: outcome(part, how) for how in (HOLDS, OTHERWISE)}
                if self.seen.issuperset(both.values()):
                    continue
                value = compile_expression(part).fill_null(False)
                rows = frame.select(value.alias("value"), scope.alias("scope"))
                found = set(rows.filter("scope")["value"].to_list())
                self.seen |= {both[HOLDS if value else OTHERWISE] for value in found}


def issued_by(playbooks: Iterable[Playbook], ledger: pl.DataFrame) -> set[Branch]:
    """The actions that a ledger has as issued: neither skipped for their lateness each time, nor withheld."""
    there = ledger.filter(pl.col("status") == "issued")
    keys = set(there.select("playbook", "step", "action").iter_rows())
    return {
        issued(action)
        for playbook in playbooks
        for action in playbook.machine.actions()
        if (playbook.id, action.step, action.id) in keys
    }


@contextmanager
def watched() -> Iterator[set[Branch]]:
    """The branches that every run in here walks, but for what is issued: the ledger has that."""
    seen: set[Branch] = set()
    watch = _Watch(seen)
    take, applicable, enrol = Transitions._take, Drafts.applicable, enrolling.open_cycle

    def looking(prepared: Prepared, frame: pl.DataFrame, *rest: Any) -> pl.Series:
        watch.look(frame, watch.looks(prepared.playbook))
        return candidates(prepared, frame, *rest)

    def taking(stepping: Transitions, pools: Any, state: str, edge: PreparedEdge) -> Any:
        if state in pools:
            watch.look(pools[state], [Look(pl.lit(True), parts_of(edge.edge.guard))])
        moved = take(stepping, pools, state, edge)
        if moved is not None:
            seen.add(taken(edge.edge))
        return moved

    def opening(stepping: Transitions, rows: pl.DataFrame, opening: EnrolmentRule) -> pl.DataFrame:
        if rows.height:
            seen.add(opened(opening))
        return enrol(stepping, rows, opening)

    def applying(drafts: Drafts, frame: pl.DataFrame, action: PreparedAction) -> pl.DataFrame:
        watch.look(frame, [_action_look(action.action)])
        rows = applicable(drafts, frame, action)
        watch.look(rows, _issued_looks(action.action))
        return rows

    patches = {
        "evaluation.evaluator.candidates": looking,
        "evaluation.transitions.Transitions._take": taking,
        "evaluation.enrolment.open_cycle": opening,
        "evaluation.drafts.Drafts.applicable": applying,
    }
    with ExitStack() as stack:
        for name, patch in patches.items():
            stack.enter_context(mock.patch(f"tenure.engine.{name}", patch))
        yield seen


def report() -> Iterator[str]:
    """The table, then each branch that no scenario walks."""
    from support.scenario import read, scenario_names, walks_of

    walked = sorted({id for name in scenario_names() for id in read(name).walks})
    yield f"{'playbook':<24}{'branches':>10}{'covered':>10}{'per cent':>10}"
    missing: list[Branch] = []
    for id in walked:
        all_of_it, seen = coverage(id, walks_of(id))
        missing += sorted(all_of_it - seen)
        covered = len(all_of_it & seen)
        share = 100 * covered / len(all_of_it)
        yield f"{id:<24}{len(all_of_it):>10}{covered:>10}{share:>10.1f}"
    yield from (f"not covered: {branch}" for branch in missing)


def coverage(id: str, walks: Iterable[Any]) -> tuple[frozenset[Branch], frozenset[Branch]]:
    """A playbook's branches, and those that these walks went through."""
    walks = list(walks)
    playbooks = [p for walk in walks for p in walk.project.playbooks if p.id == id]
    found = frozenset(branch for playbook in playbooks for branch in branches_of(playbook))
    return found, frozenset(branch for walk in walks for branch in walk.seen)


if __name__ == "__main__":
    print("\n".join(report()))
