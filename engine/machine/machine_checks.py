"""What is wrong with a machine, beyond what its text shows: a plain list of checks, each returning its problems.

`transitions` accepts unreachable states and loops without end; here they are found before anything runs.
"""

from __future__ import annotations

from itertools import pairwise

from ..core.problems import Problem
from ..language.expressions import Constant, Expression
from ..language.implication import implies, never_both
from ..playbook.model import ENROLLED, Edge, Machine, Playbook, State
from ..playbook.timeline import offset_days
from .topology import reachable, successors


def check_machine(playbook: Playbook, conditions: bool = True) -> list[Problem]:
    """Every problem of a playbook's machine; where states share an id, that is told before all else.

    Without `conditions`, some of which may have been unreadable, only what needs none of them is checked.
    """
    if repeated := _states_unique(playbook):
        return repeated
    checks = [_unreachable, _dead_ends]
    if conditions:
        checks += [_never_rests, _never_due, _tiers_overlap]
    return [problem for check in checks for problem in check(playbook)]


def _own_states(machine: Machine) -> list[State]:
    return [state for state in machine.states if state.id != ENROLLED]


def _states_unique(playbook: Playbook) -> list[Problem]:
    """Ids that stand twice; one of the two may be a state that the lowering itself puts in."""
    seen: dict[str, State] = {}
    problems = []
    own = playbook.machine.states[0].span
    for state in playbook.machine.states:
        first = seen.setdefault(state.id, state)
        if first is state:
            continue
        if own in (first.span, state.span):
            problems.append(_reserved(first if state.span == own else state))
        else:
            problems.append(_twice(first, state))
    return problems


def _reserved(state: State) -> Problem:
    return Problem(
        "reserved-id",
        f"`{state.id}` is a state that every playbook of this kind has by itself",
        state.span,
        f"choose another id, such as `{state.id}_step`",
    )


def _twice(first: State, second: State) -> Problem:
    return Problem(
        "repeated-id",
        f"`{second.id}` is the id of something else already",
        second.span,
        "every step, outcome, level and state of a playbook needs an id of its own",
        ((first.span, "it stands here first"),),
    )


def _unreachable(playbook: Playbook) -> list[Problem]:
    found = reachable(playbook.machine)
    return [
        Problem(
            "unreachable-state",
            f"nothing leads to `{state.id}`: no account ever gets there",
            state.span,
            "add a transition to it, or take it out",
        )
        for state in _own_states(playbook.machine)
        if state.id not in found
    ]


def _dead_ends(playbook: Playbook) -> list[Problem]:
    """A state that is not final and that nothing leaves; a level of `tiers` may well be for life."""
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
        if not state.final and not following[state.id]
    ]


def _never_rests(playbook: Playbook) -> list[Problem]:
    """A loop of edges that need no time and can hold together would turn for ever within one date."""
    problems = []
    seen: set[frozenset[str]] = set()
    for loop in _loops(playbook.machine):
        states = frozenset(edge.target for edge in loop)
        if states in seen or not _can_hold_together(loop):
            continue
        seen.add(states)
        names = " → ".join([loop[-1].target, *(edge.target for edge in loop)])
        problems.append(
            Problem(
                "never-rests",
                f"an account could go round {names} without end within one day",
                loop[0].span,
                "give one of these transitions an `after:`, or conditions that can't hold together, "
                "such as `health_score < 70` and `health_score >= 75`",
                tuple((edge.span, "and on by this one") for edge in loop[1:]),
            )
        )
    return problems


def _loops(machine: Machine) -> list[list[Edge]]:
    """Simple loops of edges that need no time, each found from its first state."""
    quick = [edge for edge in machine.edges if _at_once(edge) and not edge.ending]
    order = [state.id for state in machine.states]
    loops: list[list[Edge]] = []

    def follow(start: str, state: str, path: list[Edge], visited: set[str]) -> None:
        if len(loops) >= 50:
            return
        for edge in quick:
            if state not in edge.sources:
                continue
            if edge.target == start:
                loops.append([*path, edge])
            elif edge.target not in visited and order.index(edge.target) > order.index(start):
                follow(start, edge.target, [*path, edge], visited | {edge.target})

    for state in order:
        follow(state, state, [], {state})
    return loops


def _at_once(edge: Edge) -> bool:
    """A date counted from the anchor holds nobody up any more once it has passed."""
    return edge.moment is None or edge.moment.base == "anchor"


def _can_hold_together(loop: list[Edge]) -> bool:
    guards = [edge.guard for edge in loop if edge.guard is not None]
    return not any(
        never_both(one, other) for place, one in enumerate(guards) for other in guards[place + 1 :]
    )


def _never_due(playbook: Playbook) -> list[Problem]:
    """A step whose condition is plainly false."""
    return [
        Problem(
            "step-never-due",
            f"this never holds: no account ever gets to `{edge.target}`",
            edge.guard.place,
            "mend the condition, or take the step out",
        )
        for edge in playbook.machine.edges
        if isinstance(edge.guard, Constant) and edge.guard.value is False
    ]


def _tiers_overlap(playbook: Playbook) -> list[Problem]:
    """A lower level that never holds anybody, because whoever earns it earns the next one too."""
    if playbook.body != "tiers":
        return []
    levels = [edge for edge in playbook.machine.edges if ENROLLED in edge.sources]
    # The last way into a level is the one for an account that was seen before.
    rising = {e.target: e for e in levels if not e.target.startswith(f"{ENROLLED}_")}
    problems = []
    for higher, lower in pairwise(rising.values()):
        if _not_sooner(lower, higher) and _implied(lower.guard, higher.guard):
            problems.append(
                Problem(
                    "overlapping-tiers",
                    f"whoever reaches `{lower.target}` has reached `{higher.target}` too: nobody is ever in it",
                    lower.span,
                    "levels go from the lowest to the highest: raise the criteria of the higher one",
                    ((higher.span, "the next level"),),
                )
            )
    return problems


def _not_sooner(lower: Edge, higher: Edge) -> bool:
    """The higher level's date does not come after the lower one's."""
    days = [offset_days(edge.moment.offset) if edge.moment else 0.0 for edge in (lower, higher)]
    return days[1] <= days[0]


def _implied(lower: Expression | None, higher: Expression | None) -> bool:
    return higher is None or (lower is not None and implies(lower, higher))
