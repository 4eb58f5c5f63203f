"""Checks of a workspace's newest snapshot and events before any run: their columns, or all that a run would read.

Errors are those for which no run can take the data. The check of columns needs no Polars.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from ..core.problems import Problem, Problems
from ..fields.catalogue import Catalogue
from ..playbook.model import Playbook
from ..project.essential import mark_essential
from ..sources import Snapshots
from ..workspace.settings import SnapshotSource, WorkspaceSettings
from .required_fields import OPTIONAL, events_of, fields_of, required_fields, unfilled_warnings

if TYPE_CHECKING:
    from ..sources import Snapshot

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
    workspace: WorkspaceSettings,
    catalogue: Catalogue,
    playbooks: Sequence[Playbook],
    on: dt.date,
    *,
    closely: bool = True,
) -> list[Problem]:
    """Return what is wrong in the newest snapshot and in the events: columns and values together.

    Errors are those for which a run stops.

    Args:
        workspace: The settings.
        catalogue: The field catalogue.
        playbooks: The playbooks that are evaluated.
        on: The date of the run.
        closely: True to ask a database, storage or lake what it has now, and to warn of all that a run warns of. Else
            what it gave last is read, and of values only the errors are returned.
    """
    snapshots = Snapshots(workspace, catalogue := mark_essential(catalogue, playbooks))
    source = workspace.source
    try:
        warnings = snapshots.arrive(on) if closely or not source.fetched else []
        # The columns of a lake's table are read as they are now, its rows only if it is asked.
        day = None if source.lake and not closely else _day_to_read(snapshots, on)
    except Problems as error:
        return list(error.problems)
    if day is None:
        return check_columns(workspace, catalogue, playbooks, on)
    problems = _of_snapshot(snapshots, workspace, playbooks, day, on, closely)
    return [*warnings, *problems, *_of_events(workspace, catalogue, playbooks)]


def _of_events(
    workspace: WorkspaceSettings, catalogue: Catalogue, playbooks: Sequence[Playbook]
) -> Sequence[Problem]:
    """Read the events that playbooks ask about, and return the problems of the first table that cannot be read."""
    calls = events_of(playbooks, workspace)
    if not calls:
        return []
    from ..sources.events import EventTables

    try:
        EventTables(workspace, catalogue.events, calls).check()
    except Problems as error:
        return error.problems
    return []


def _day_to_read(snapshots: Snapshots, on: dt.date) -> dt.date | None:
    """Return the date of the newest snapshot that a run reads; of those to come if there is no other."""
    return snapshots.newest(on) or max(snapshots.dates(), default=None)


def _of_snapshot(
    snapshots: Snapshots,
    workspace: WorkspaceSettings,
    playbooks: Sequence[Playbook],
    day: dt.date,
    on: dt.date,
    closely: bool,
) -> list[Problem]:
    """Return the problems of a snapshot; those of single values only if it is looked at closely."""
    catalogue = snapshots.catalogue
    fields = _fields(playbooks, workspace, catalogue)
    problems, snapshot = _read(snapshots, day, fields, closely)
    problems += _age(snapshots, day, on, closely)
    # Where the header cannot be read, that is the problem, and it is said already.
    with suppress(Problems):
        problems += _unfilled(snapshots, day, playbooks)
    if snapshot is None:
        return problems
    excess = [*_too_many_left_out(snapshot, workspace, catalogue)]
    if excess and not closely:
        # The values that are bad say why, and which setting would read them.
        problems += snapshots.inspect(day, fields)[0]
    problems += excess
    if not closely:
        return problems
    from .entry_checks import count_members, membership_warnings
    from .unknown_values import unknown_values

    accounts = snapshot.accounts()
    members = count_members(accounts, playbooks, on, day)
    return [
        *problems,
        *unknown_values(accounts, workspace.place, catalogue).warnings(
            workspace, catalogue, playbooks
        ),
        *membership_warnings(members, playbooks, accounts.height),
    ]


def _read(
    snapshots: Snapshots, day: dt.date, fields: frozenset[str], closely: bool
) -> tuple[list[Problem], Snapshot | None]:
    """Return the problems of reading a snapshot, and what was read; single bad values only if looked at closely."""
    if not closely:
        # A snapshot that a run can take is read once; only another is looked at for all that is wrong.
        with suppress(Problems):
            return [], snapshots.load(day, fields)
    problems, snapshot = snapshots.inspect(day, fields)
    return [each for each in problems if closely or each.severity == "error"], snapshot


def _age(snapshots: Snapshots, day: dt.date, on: dt.date, closely: bool) -> list[Problem]:
    """Return the problem of a snapshot that is too new for a run, or too old, if it is looked at closely."""
    if day > on:
        message = f"the first snapshot is of {day}: no run of a date before it has one"
        return [Problem("no-snapshot", message, snapshots.source.span, severity="warning")]
    # Otherwise the age is a note: playbooks are also checked where no export arrives.
    return snapshots.check_age(day, on) if closely else []


def _too_many_left_out(
    snapshot: Snapshot, workspace: WorkspaceSettings, catalogue: Catalogue
) -> Iterator[Problem]:
    """Yield the problems of more bad values than a brake allows."""
    from ..sources.left_out import bad_values_by_field, rows_left_out
    from .input_brakes import many_left_out, many_values_left_out

    bad, limit = snapshot.quarantined, workspace.brake.left_out
    out, wrong = rows_left_out(bad, catalogue), bad_values_by_field(bad, catalogue)
    for excess in (
        *many_left_out(snapshot.on, out, snapshot.rows, limit),
        *many_values_left_out(snapshot.on, wrong, snapshot.rows, limit),
    ):
        yield excess.problem


def _fields(
    playbooks: Sequence[Playbook], workspace: WorkspaceSettings, catalogue: Catalogue
) -> frozenset[str]:
    """Return the fields that a run reads of any snapshot, and those that it reads if they are mapped.

    A field that a role names and the catalogue lacks is an error of the settings already.
    """
    mapped = {name for name in OPTIONAL if catalogue.fields[name].column is not None}
    return required_fields(playbooks, workspace) & catalogue.fields.keys() | mapped


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
