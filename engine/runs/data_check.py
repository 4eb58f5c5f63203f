"""Checks of a workspace's newest snapshot and events before any run: their columns, or all that a run would read.

Errors are those for which no run can take the data. The check of columns needs no Polars.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import replace

from ..core.problems import Problem, Problems
from ..fields.catalogue import Catalogue
from ..playbook.model import Playbook
from ..project.essential import mark_essential
from ..sources import Snapshots
from ..workspace.settings import SnapshotSource, WorkspaceSettings
from .required_fields import OPTIONAL, events_of, fields_of, required_fields, unfilled_warnings

_BARE_MONEY = re.compile(r"\|\s*money\b(?!\s*\(\s*[\"'])")
"""In a template: an amount in the account's currency."""


def check_columns(
    workspace: WorkspaceSettings, catalogue: Catalogue, playbooks: Sequence[Playbook], on: dt.date
) -> list[Problem]:
    """Return what is missing in the newest snapshot and the files of events; only their headers are read.

    A database or a storage is not asked: what it gave last is looked at. Of a Delta or Iceberg table the columns are
    read, without its rows; one that cannot be read is a warning, since a run may be where it can.
    """
    from ..sources.event_files import check_event_files

    snapshots = Snapshots(workspace, catalogue)
    problems: list[Problem] = []
    day = None
    try:
        if not workspace.source.fetched:
            problems += snapshots.arrive(on)
        if workspace.source.lake:
            problems += _columns_of_lake(snapshots, on)
        day = _newest(snapshots, workspace.source)
        if day is not None:
            problems += snapshots.missing_columns(day, _fields(playbooks, workspace, catalogue))
            problems += _unfilled(snapshots, day, playbooks)
            # Of a lake's table, only the columns are there.
            problems += [] if workspace.source.lake else snapshots.check_filled(day)
    except Problems as error:
        problems += error.problems
    events = check_event_files(workspace, catalogue, events_of(playbooks, workspace).values())
    # Before the first export, the events need not be there either.
    return [*problems, *(each if day else replace(each, severity="warning") for each in events)]


def _columns_of_lake(snapshots: Snapshots, on: dt.date) -> list[Problem]:
    """Look at the columns of a lake's table; return a warning if it cannot be read."""
    try:
        snapshots.arrive_columns(on)
    except Problems as error:
        return [replace(each, severity="warning") for each in error.problems]
    return []


def check_values(
    workspace: WorkspaceSettings, catalogue: Catalogue, playbooks: Sequence[Playbook], on: dt.date
) -> list[Problem]:
    """Return all that is wrong in the newest snapshot on a date and in the events: columns and values together."""
    from ..sources.events import EventTables

    catalogue = mark_essential(catalogue, playbooks)
    problems: list[Problem] = []
    try:
        problems = _of_snapshot(workspace, catalogue, playbooks, on)
        EventTables(workspace, catalogue.events, events_of(playbooks, workspace)).check()
    except Problems as error:
        problems += error.problems
    return problems


def _of_snapshot(
    workspace: WorkspaceSettings, catalogue: Catalogue, playbooks: Sequence[Playbook], on: dt.date
) -> list[Problem]:
    snapshots = Snapshots(workspace, catalogue)
    warnings = snapshots.arrive(on)
    day = snapshots.newest(on)
    if day is None:
        return []
    fields = _fields(playbooks, workspace, catalogue)
    problems = [*warnings, *snapshots.problems(day, fields)]
    problems += _unfilled(snapshots, day, playbooks)
    if any(problem.severity == "error" for problem in problems):
        return problems
    # What a run would warn of: values that are not known, on another scale, or in no playbook's `for`.
    from .entry_checks import count_members, membership_warnings
    from .unknown_values import unknown_values

    accounts = snapshots.load(day, fields).accounts()
    members = count_members(accounts, playbooks, on, day)
    return [
        *problems,
        *unknown_values(accounts, workspace.place, catalogue).warnings(
            workspace, catalogue, playbooks
        ),
        *membership_warnings(members, playbooks, accounts.height),
    ]


def _fields(
    playbooks: Sequence[Playbook], workspace: WorkspaceSettings, catalogue: Catalogue
) -> frozenset[str]:
    """Return the fields that a run reads of any snapshot, and those that it reads if they are mapped."""
    mapped = {name for name in OPTIONAL if catalogue.fields[name].column is not None}
    return required_fields(playbooks, workspace) | mapped


def _newest(snapshots: Snapshots, source: SnapshotSource) -> dt.date | None:
    """Return the date to check; None if finding it would need a query."""
    if source.query is not None and not source.arrives:
        return None
    if source.date_column is not None:
        return dt.date.min  # one file has one header for all dates
    return max(snapshots.dates(), default=None)


def _unfilled(snapshots: Snapshots, day: dt.date, playbooks: Sequence[Playbook]) -> list[Problem]:
    """Return a warning for each field that playbooks or their messages need and nothing fills."""
    reads = {
        playbook.id: fields_of(playbook)
        for playbook in playbooks
        if not snapshots.missing_columns(day, fields_of(playbook))
    }
    warnings = unfilled_warnings(reads, snapshots, day)
    showing = [playbook.id for playbook in playbooks if _shows_amounts(playbook)]
    currency = ("currency",)
    if (
        showing
        and not snapshots.missing_columns(day, currency)
        and snapshots.unfilled(day, currency)
    ):
        message = (
            f"messages of {', '.join(showing)} show amounts, and nothing says in which currency"
        )
        hint = "say `currency: EUR` in tenure.yaml, or map the field `currency` in fields.yaml"
        warnings.append(Problem("no-currency", message, hint=hint, severity="warning"))
    return warnings


def _shows_amounts(playbook: Playbook) -> bool:
    """Return whether a message of the playbook shows an amount in the account's currency."""
    texts = [
        text
        for by_language in playbook.messages.values()
        for each in by_language.values()
        for text in (each.subject, each.body)
    ]
    for choices in playbook.choices.values():
        texts += [text for item in choices.items for text in item.say.values()]
    return any(_BARE_MONEY.search(text) for text in texts)
