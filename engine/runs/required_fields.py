"""Required fields: those of a snapshot, and earlier values, that a run needs. Nothing else is read or saved."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from ..core.ids import MERGED_INTO
from ..core.problems import Problem
from ..language.expressions import Expression, Field
from ..language.traversal import distinct_nodes, fields_read, history_among
from ..playbook.model import Playbook
from ..sources import Snapshots
from ..text.email_address import CONTACT_EMAIL
from ..workspace.settings import WorkspaceSettings

ALWAYS_READ = ("account_name", "country", "region", "language")
"""Fields that the ledger, the calendar and the check of languages need, with any playbooks."""

OPTIONAL = (CONTACT_EMAIL, MERGED_INTO)
"""Fields that evaluation reads where the snapshot has them."""


def expressions(playbook: Playbook) -> Iterator[Expression]:
    """Yield every condition of a playbook that evaluation uses."""
    machine = playbook.machine
    conditions = [machine.anchor, *(edge.guard for edge in machine.edges)]
    for action in machine.actions():
        conditions += [action.when, *(when for when, _ in (*action.priorities, *action.because))]
    for opening in machine.enrolment_rules:
        conditions += [opening.guard, opening.anchor, opening.again, opening.rearm]
    return (expression for expression in conditions if expression is not None)


def fields_of(playbook: Playbook) -> frozenset[str]:
    """Return the fields that a playbook's conditions read."""
    nodes = distinct_nodes(expressions(playbook))
    return frozenset(node.name for node in nodes if isinstance(node, Field))


def history_of(playbook: Playbook) -> frozenset[tuple[str, int | None]]:
    """Return the earlier values that a playbook reads: field, and days back (None: its last evaluation)."""
    return history_among(distinct_nodes(expressions(playbook)))


def message_history(playbook: Playbook) -> frozenset[tuple[str, int | None]]:
    """Return the earlier values that its messages may read when they are rendered."""
    conditions = [*playbook.definitions.values()]
    conditions += [i.when for c in playbook.choices.values() for i in c.items if i.when is not None]
    return history_among(distinct_nodes(conditions))


def earlier_read(playbook: Playbook) -> frozenset[tuple[str, int | None]]:
    """Return the earlier values that a run reads for a playbook: those of its conditions, and all it compares with."""
    by_messages = frozenset(item for item in message_history(playbook) if item[1] is None)
    return history_of(playbook) | by_messages


def dated_fields(playbooks: Iterable[Playbook]) -> frozenset[str]:
    """Return the fields whose values of some days ago the playbooks and their messages read."""
    wanted = (item for p in playbooks for item in history_of(p) | message_history(p))
    return frozenset(name for name, days in wanted if days is not None)


def look_backs(playbooks: Iterable[Playbook]) -> frozenset[int | None]:
    """Return the days that the playbooks and their messages read back; None for their last evaluation."""
    return frozenset(days for p in playbooks for _, days in history_of(p) | message_history(p))


def _looked_back_at(playbook: Playbook) -> frozenset[str]:
    return frozenset(name for name, _ in history_of(playbook) | message_history(playbook))


def required_fields(playbooks: Iterable[Playbook], workspace: WorkspaceSettings) -> frozenset[str]:
    """Return the fields that a run of these playbooks reads."""
    names = set(ALWAYS_READ)
    for playbook in playbooks:
        names |= fields_of(playbook) | _looked_back_at(playbook)
    names |= {role.field for role in workspace.roles.values() if role.field}
    for suppression in workspace.policy.suppress:
        names |= fields_read(suppression.when)
    return frozenset(names)


def with_optional(fields: frozenset[str], snapshots: Snapshots, on: dt.date) -> frozenset[str]:
    """Return the fields, with the contact address and what accounts were merged into, if the snapshot has them.

    Where it lacks the address, addresses are known elsewhere, and no email waits for one.
    """
    filled = {name for name in OPTIONAL if not snapshots.unfilled(on, (name,))}
    return fields | filled


def history_fields(playbooks: Iterable[Playbook]) -> frozenset[str]:
    """Return the fields whose values the store saves, for conditions that look back."""
    return frozenset(name for playbook in playbooks for name in _looked_back_at(playbook))


def unfilled_warnings(
    reads: Mapping[str, Collection[str]], snapshots: Snapshots, on: dt.date
) -> list[Problem]:
    """Return a warning for each field that a playbook reads and nothing fills: its conditions are unknown.

    `reads` has the fields by playbook id.
    """
    unfilled: dict[str, tuple[Problem, list[str]]] = {}
    for id, fields in reads.items():
        for problem in snapshots.unfilled(on, fields):
            unfilled.setdefault(problem.message, (problem, []))[1].append(id)
    return [
        replace(problem, message=f"{problem.message}; read by {', '.join(readers)}")
        for problem, readers in unfilled.values()
    ]
