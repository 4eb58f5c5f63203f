"""Required fields: those of a snapshot, and earlier values, that a run needs. Nothing else is read or saved."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from ..core.ids import MERGED_INTO
from ..core.problems import Problem
from ..language.expressions import EventCall, Expression, Field
from ..language.look_back import Back
from ..language.traversal import (
    distinct_nodes,
    event_calls,
    fields_of_history,
    fields_read,
    history_among,
    written_children,
)
from ..machine.dates import followed_field
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
    """Return the fields that a playbook's conditions name; those of `ALWAYS_READ` may be read without a name."""
    nodes = distinct_nodes(expressions(playbook), written_children)
    return frozenset(node.name for node in nodes if isinstance(node, Field))


def history_of(playbook: Playbook) -> frozenset[tuple[str, Back]]:
    """Return the earlier values that a playbook reads: field, and how far back."""
    return history_among(distinct_nodes(expressions(playbook)))


def message_history(playbook: Playbook) -> frozenset[tuple[str, Back]]:
    """Return the earlier values that its messages may read when they are rendered."""
    return history_among(distinct_nodes(_of_messages(playbook)))


def _of_messages(playbook: Playbook) -> list[Expression]:
    """Return the expressions that the playbook's messages may evaluate when they are rendered."""
    choices = (item.when for choice in playbook.choices.values() for item in choice.items)
    return [*playbook.definitions.values(), *(when for when in choices if when is not None)]


def message_events(playbooks: Iterable[Playbook]) -> dict[str, EventCall]:
    """Return the functions of events that messages may read when they are rendered, by column."""
    return event_calls(e for playbook in playbooks for e in _of_messages(playbook))


def events_of(playbooks: Iterable[Playbook], workspace: WorkspaceSettings) -> dict[str, EventCall]:
    """Return the functions of events that a run of these playbooks reads, by the column of their values."""
    of_playbooks = [e for playbook in playbooks for e in expressions(playbook)]
    return event_calls([*of_playbooks, *(rule.when for rule in workspace.policy.suppress)])


def followed_history(playbook: Playbook, stands_days: int) -> frozenset[tuple[str, Back]]:
    """Return the earlier values by which the date that a playbook follows is doubted.

    Args:
        playbook: The playbook.
        stands_days: Days that a doubted date must last before it is taken; 0 doubts none.
    """
    field = followed_field(playbook.machine)
    if field is None or not stands_days:
        return frozenset()
    return frozenset({(field, None), (field, stands_days)})


def earlier_read(playbook: Playbook, stands_days: int) -> frozenset[tuple[str, Back]]:
    """Return the earlier values that a run reads for a playbook.

    They are those of its conditions, all that it compares with, and those by which its date is doubted.
    """
    by_messages = frozenset(item for item in message_history(playbook) if item[1] is None)
    return history_of(playbook) | by_messages | followed_history(playbook, stands_days)


def all_earlier(playbooks: Iterable[Playbook], stands_days: int) -> frozenset[tuple[str, Back]]:
    """Return the earlier values that runs of the playbooks, and their messages, read."""
    return frozenset[tuple[str, Back]]().union(
        *(earlier_read(p, stands_days) | message_history(p) for p in playbooks)
    )


def required_fields(playbooks: Iterable[Playbook], workspace: WorkspaceSettings) -> frozenset[str]:
    """Return the fields that a run of these playbooks reads."""
    playbooks = tuple(playbooks)
    earlier = all_earlier(playbooks, workspace.doubt.stands_days)
    return fields_of_run(map(fields_of, playbooks), earlier, workspace)


def fields_of_run(
    fields: Iterable[frozenset[str]],
    earlier: Iterable[tuple[str, Back]],
    workspace: WorkspaceSettings,
) -> frozenset[str]:
    """Return the fields that a run reads.

    Args:
        fields: The fields that each playbook's conditions name.
        earlier: The earlier values that the playbooks and their messages read.
        workspace: The settings, with fields of roles and of the contact policy.
    """
    names = set(ALWAYS_READ).union(fields_of_history(earlier), *fields)
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
