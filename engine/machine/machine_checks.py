"""Checks of a playbook's state machine: each is a function that returns its problems.

`transitions` accepts unreachable states and endless loops; these checks report them before anything runs.
"""

from __future__ import annotations

from itertools import pairwise

from ..core.offsets import offset_days
from ..core.problems import Problem, ProblemList
from ..language.expressions import Constant, Expression
from ..language.implication import implies, never_both
from ..playbook.model import ENROLLED, LEFT, Edge, Machine, Playbook, State
from .topology import reachable, successors


def check_machine(playbook: Playbook, conditions: bool = True) -> list[Problem]:
    """Return the problems of a playbook's machine; repeated ids hide all other problems.

    Args:
        playbook: The playbook to check.
        conditions: True if all conditions could be read. If not, checks that need conditions are skipped.
    """
    if repeated := _repeated_ids(playbook):
        return repeated
    checks = [_unreachable, _dead_ends]
    if conditions:
        checks += [_never_rests, _never_due, _tiers_overlap, _never_followed_up]
    return [problem for check in checks for problem in check(playbook)]


def _written_states(machine: Machine) -> list[State]:
    return [state for state in machine.states if state.id != ENROLLED]


def _repeated_ids(playbook: Playbook) -> list[Problem]:
    """Return the problems of ids used twice; one of the two states may be one that lowering adds."""
    first_by_id: dict[str, State] = {}
    problems = []
    playbook_span = playbook.machine.states[0].span  # States that lowering adds have this span.
    for state in playbook.machine.states:
        first = first_by_id.setdefault(state.id, state)
        if first is state:
            continue
        if playbook_span in (first.span, state.span):
            problems.append(_reserved_id(first if state.span == playbook_span else state))
        else:
            problems.append(_repeated_id(first, state))
    return problems


def _reserved_id(state: State) -> Problem:
    return Problem(
        "reserved-id",
        f"`{state.id}` is a state that every playbook of this kind has by itself",
        state.span,
        f"choose another id, such as `{state.id}_step`",
    )


def _repeated_id(first: State, second: State) -> Problem:
    return Problem(
        "repeated-id",
        f"`{second.id}` is the id of something else already",
        second.span,
        "every step, outcome, level and state of a playbook needs a unique id",
        ((first.span, "first used here"),),
    )


def _unreachable(playbook: Playbook) -> list[Problem]:
    reached = reachable(playbook.machine)
    return [
        Problem(
            "unreachable-state",
            f"nothing leads to `{state.id}`: no account ever gets there",
            state.span,
            "add a transition to it, or take it out",
        )
        for state in _written_states(playbook.machine)
        if state.id not in reached
    ]


def _dead_ends(playbook: Playbook) -> list[Problem]:
    """Return the problems of states that are not final and have no edges out; levels of `tiers` may have none."""
    if playbook.body == "tiers":
        return []
    following = successors(playbook.machine)
    return [
        Problem(
            "dead-end",
            f"nothing leaves `{state.id}`, and it does not end the playbook: accounts stay in it for ever",
            state.span,
            "add a transition or an outcome with `at:` that leaves it, or mark it `final: true`",
        )
        for state in playbook.machine.states
        if not state.final and not set(following[state.id]) - {LEFT}
    ]


def _never_rests(playbook: Playbook) -> list[Problem]:
    """Return the problems of loops that an account could follow endlessly within one date.

    Such a loop has only edges that need no time and whose conditions can be true together.
    """
    problems = ProblemList()
    reported: set[frozenset[str]] = set()
    for loop in _loops(playbook.machine):
        states = frozenset(edge.target for edge in loop)
        if states in reported or not _can_hold_together(loop):
            continue
        reported.add(states)
        names = " → ".join([loop[-1].target, *(edge.target for edge in loop)])
        problems.report(
            "never-rests",
            f"an account could go round {names} without end within one day",
            loop[0].span,
            "give one of these transitions an `after:`, or conditions that can't hold together, "
            "such as `health_score < 70` and `health_score >= 75`",
            tuple((edge.span, "and on by this one") for edge in loop[1:]),
        )
    return problems


def _loops(machine: Machine) -> list[list[Edge]]:
    """Return simple loops of edges that need no time, each beginning at its first state; at most 50."""
    immediate = [edge for edge in machine.edges if _is_immediate(edge) and not edge.ending]
    order = [state.id for state in machine.states]
    loops: list[list[Edge]] = []

    def follow(start: str, state: str, path: list[Edge], visited: set[str]) -> None:
        if len(loops) >= 50:
            return
        for edge in immediate:
            if state not in edge.sources:
                continue
            if edge.target == start:
                loops.append([*path, edge])
            elif edge.target not in visited and order.index(edge.target) > order.index(start):
                follow(start, edge.target, [*path, edge], visited | {edge.target})

    for state in order:
        follow(state, state, [], {state})
    return loops


def _is_immediate(edge: Edge) -> bool:
    """Return whether an edge can need no time: a due date counted from the anchor may have passed already."""
    return edge.moment is None or edge.moment.base == "anchor"


def _can_hold_together(loop: list[Edge]) -> bool:
    guards = [edge.guard for edge in loop if edge.guard is not None]
    return not any(
        never_both(one, other) for index, one in enumerate(guards) for other in guards[index + 1 :]
    )


def _never_due(playbook: Playbook) -> list[Problem]:
    """Return the problems of steps whose condition is the constant false."""
    return [
        Problem(
            "step-never-due",
            f"this never holds: no account ever gets to `{edge.target}`",
            edge.guard.span,
            "correct the condition, or remove the step",
        )
        for edge in playbook.machine.edges
        if isinstance(edge.guard, Constant) and edge.guard.value is False
    ]


def _tiers_overlap(playbook: Playbook) -> list[Problem]:
    """Return the problems of levels that are always empty, because reaching them implies reaching the next one."""
    if playbook.body != "tiers":
        return []
    levels = [e for e in playbook.machine.edges if ENROLLED in e.sources and not e.ending]
    # The last edge into a level is the one for accounts enrolled on an earlier date.
    by_level = {e.target: e for e in levels if not e.target.startswith(f"{ENROLLED}_")}
    problems = ProblemList()
    for higher, lower in pairwise(by_level.values()):
        if _not_sooner(lower, higher) and _implied(lower.guard, higher.guard):
            problems.report(
                "overlapping-tiers",
                f"every account that reaches `{lower.target}` has reached `{higher.target}` too: "
                "no account is ever in it",
                lower.span,
                "levels go from the lowest to the highest: raise the criteria of the higher one",
                ((higher.span, "the next level"),),
            )
    return problems


def _not_sooner(lower: Edge, higher: Edge) -> bool:
    """Return whether the higher level's date is not after the lower one's."""
    days = [offset_days(edge.moment.offset) if edge.moment else 0.0 for edge in (lower, higher)]
    return days[1] <= days[0]


def _implied(lower: Expression | None, higher: Expression | None) -> bool:
    return higher is None or (lower is not None and implies(lower, higher))


def _never_followed_up(playbook: Playbook) -> list[Problem]:
    """Return the follow-ups of steps at which the enrolment ends at once: they would never come."""
    machine, found = playbook.machine, ProblemList()
    final = {state.id for state in machine.states if state.final}
    ending = {
        source
        for edge in machine.edges
        if edge.target in final and edge.moment is None and edge.guard is None
        for source in edge.sources
    }
    for follow_up in machine.follow_ups:
        if follow_up.action.step in final | ending:
            name = "again" if follow_up.again else "escalate"
            found.report(
                "repeat-at-end",
                f"the playbook ends for the account at `{follow_up.action.step}`: `{name}` never comes",
                follow_up.action.span,
                "add an outcome with a date, such as `over: {at: 30 days}`, or take it out",
            )
    return found
