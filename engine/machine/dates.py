"""Dates of a machine: which edges depend on the anchor, when a cycle opens, and until when it is ahead."""

from __future__ import annotations

from ..language.expressions import Constant, Field
from ..language.operands import unalias
from ..language.traversal import fields_read, names_read
from ..playbook.model import DueOffset, Edge, Machine, moment_days


def first_moment(machine: Machine) -> DueOffset | None:
    """Return the first date of a cycle's window to open, by the anchor; None where some rule opens at any time."""
    windows = [opening.first for opening in machine.enrolment_rules]
    dated = [moment for moment in windows if moment is not None]
    return min(dated, key=moment_days) if dated and len(dated) == len(windows) else None


def last_moment(machine: Machine) -> DueOffset | None:
    """Return the last of a cycle's dates; None where no date is counted from the anchor, or an enrolment is for life.

    Until then, an account that is back can go on.
    """
    if any(opening.again is None for opening in machine.enrolment_rules):
        return None
    moments = [e.moment for e in machine.edges if e.moment and e.moment.base == "anchor"]
    last = max(moments, key=moment_days, default=None)
    return last._replace(early=False) if last else None


def moments_into(machine: Machine, state: str) -> tuple[DueOffset, ...]:
    """Return the dates, counted from the anchor, on which edges lead to the state."""
    return tuple(
        edge.moment
        for edge in machine.edges
        if edge.target == state and edge.moment and edge.moment.base == "anchor"
    )


def followed_field(machine: Machine) -> str | None:
    """Return the field that the anchor is; None where there is no anchor or it is computed."""
    anchor = None if machine.anchor is None else unalias(machine.anchor)
    return anchor.name if isinstance(anchor, Field) else None


def depends_on_date(edge: Edge, machine: Machine) -> bool:
    """Return whether an edge is taken because of the anchor, or of the fields that give it."""
    if edge.moment is not None and edge.moment.base == "anchor":
        return True
    if edge.guard is None or machine.anchor is None:
        return False
    reads_anchor = "anchor" in names_read(edge.guard)
    return reads_anchor or bool(fields_read(edge.guard) & fields_read(machine.anchor))


def ends_by_condition(edge: Edge) -> bool:
    """Return whether an edge to a final state is an outcome or an exit: taken on a condition, not on a date."""
    return edge.moment is None and edge.guard is not None and not isinstance(edge.guard, Constant)
