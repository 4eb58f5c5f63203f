"""Playbooks that go on writing to a customer whatever happens: without `for`, `while`, an outcome or a condition."""

from __future__ import annotations

from collections.abc import Iterator

from ..core.problems import Problem
from ..language.expressions import Constant
from ..playbook.model import Action, Edge, Playbook


def missing_exit(playbook: Playbook) -> list[Problem]:
    """Return a warning if nothing can end the playbook between its beginning and a later contact."""
    if any(_can_end(playbook, edge) for edge in playbook.machine.edges):
        return []
    later = next(_later_contacts(playbook), None)
    if later is None:
        return []
    return [
        Problem(
            "no-exit",
            f"nothing ends this playbook before `{later.step}`: it reaches customers who left, too",
            later.span,
            "say with `for:` whom the playbook is for, or with an outcome and its `when:` what ends it",
            severity="warning",
        )
    ]


def _can_end(playbook: Playbook, edge: Edge) -> bool:
    """Return whether an edge ends the enrolment, or leads past its contacts, because of a condition."""
    if edge.guard is None or isinstance(edge.guard, Constant):
        return False
    return edge.ending or playbook.body in ("machine", "tiers", "anniversaries")


def _later_contacts(playbook: Playbook) -> Iterator[Action]:
    """Yield the contacts without a condition that come some time after the enrolment opens."""
    openings = {rule.first.offset for rule in playbook.machine.enrolment_rules if rule.first}
    for edge in playbook.machine.edges:
        offset = None if edge.moment is None else edge.moment.offset
        if offset is not None and offset.count and offset not in openings:
            yield from (each for each in edge.actions if each.customer and each.when is None)
    for state in playbook.machine.states:
        yield from (each for each in state.repeats if each.customer and each.when is None)
