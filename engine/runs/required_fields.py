"""Which fields a run needs of a snapshot, and which earlier values: nothing else is read or kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from ..core.problems import Problem
from ..language.expressions import Expression
from ..language.traversal import fields_read, history_read
from ..playbook.model import Playbook
from ..sources import Snapshots
from ..workspace.settings import Workspace

ALWAYS_READ = ("account_name", "country")
"""Fields that the ledger and the calendar need, whatever the playbooks."""


def expressions(playbook: Playbook) -> Iterator[Expression]:
    """Every condition of a playbook that evaluation looks at."""
    machine = playbook.machine
    found = [machine.anchor, *(edge.guard for edge in machine.edges)]
    for action in machine.actions():
        found += [action.when, *(when for when, _ in (*action.priorities, *action.because))]
    for opening in machine.openings:
        found += [opening.guard, opening.anchor, opening.again, opening.rearm]
    return (expression for expression in found if expression is not None)


def fields_of(playbook: Playbook) -> frozenset[str]:
    """The fields that a playbook's conditions read."""
    return frozenset(name for e in expressions(playbook) for name in fields_read(e))


def history_of(playbook: Playbook) -> frozenset[tuple[str, int | None]]:
    """The earlier values that a playbook reads: field, and days back (None: its previous date)."""
    return frozenset(item for e in expressions(playbook) for item in history_read(e))


def message_history(playbook: Playbook) -> frozenset[tuple[str, int | None]]:
    """The earlier values that its messages may read, when they are written."""
    asked = [*playbook.definitions.values()]
    asked += [i.when for c in playbook.choices.values() for i in c.items if i.when is not None]
    return frozenset(item for e in asked for item in history_read(e))


def look_backs(playbooks: Iterable[Playbook]) -> frozenset[int | None]:
    """How many days back the playbooks and their messages read; None for their previous date."""
    return frozenset(days for p in playbooks for _, days in history_of(p) | message_history(p))


def _looked_back_at(playbook: Playbook) -> frozenset[str]:
    return frozenset(name for name, _ in history_of(playbook) | message_history(playbook))


def required_fields(playbooks: Iterable[Playbook], workspace: Workspace) -> frozenset[str]:
    """The fields that a run of these playbooks reads."""
    names = set(ALWAYS_READ)
    for playbook in playbooks:
        names |= fields_of(playbook) | _looked_back_at(playbook)
    names |= {role.field for role in workspace.roles.values() if role.field}
    for suppression in workspace.policy.suppress:
        names |= fields_read(suppression.when)
    return frozenset(names)


def kept_fields(playbooks: Iterable[Playbook]) -> frozenset[str]:
    """The fields whose values the store keeps, for those who look back."""
    return frozenset(name for playbook in playbooks for name in _looked_back_at(playbook))


def unfilled_warnings(
    reads: Mapping[str, Collection[str]], snapshots: Snapshots, day: dt.date
) -> list[Problem]:
    """A warning for each field that a playbook reads and nothing fills: its conditions can't be told.

    `reads` has the fields by playbook id.
    """
    found: dict[str, tuple[Problem, list[str]]] = {}
    for id, fields in reads.items():
        for problem in snapshots.unfilled(day, fields):
            found.setdefault(problem.message, (problem, []))[1].append(id)
    return [
        replace(problem, message=f"{problem.message}; read by {', '.join(readers)}")
        for problem, readers in found.values()
    ]
