"""Check at `validate` that a run can take the snapshot and the events, and that they have what playbooks read."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from ..engine.core.problems import Problem, Problems

if TYPE_CHECKING:
    from ..engine.project.content import ReadProject


def check_sources(
    read: ReadProject, *, headers: bool = False, closely: bool = False, on: dt.date | None = None
) -> list[Problem]:
    """Return the problems of the newest snapshot and of the tables of events.

    Args:
        read: The workspace and its playbooks.
        headers: True to read only which columns there are, which is quick.
        closely: True to ask a database or storage, and to warn of single values, as a run does.
        on: The date of that run; today if left out.
    """
    from ..engine.runs.data_check import check_columns, check_values
    from .options import today

    workspace = read.workspace
    if workspace is None or unjudged_snapshot(read):
        return []
    playbooks = [playbook for playbook in read.playbooks if playbook.enabled]
    on = on or today(workspace)
    if headers and not closely:
        return check_columns(workspace, read.catalogue, playbooks, on)
    return check_values(workspace, read.catalogue, playbooks, on, closely=closely)


def unjudged_snapshot(read: ReadProject) -> str | None:
    """Return a sentence about errors by which no snapshot can be judged; None if there are none."""
    from ..engine.workspace.settings import FIELDS_FILE

    source = read.workspace.source.span if read.workspace is not None else None
    for problem in read.problems:
        span = problem.span
        if problem.severity != "error" or span is None:
            continue
        if span.file == FIELDS_FILE:
            return f"The newest snapshot was not checked: correct {FIELDS_FILE} first."
        if source and span.file == source.file and source.line <= span.line <= source.end_line:
            return (
                f"The newest snapshot was not checked: correct `snapshots:` in {span.file} first."
            )
    return None


def old_snapshot(read: ReadProject, on: dt.date | None) -> str | None:
    """Return a sentence about a snapshot that is too old for a run of today; None if there is none."""
    from ..engine.sources import Snapshots
    from .options import today

    if read.workspace is None:
        return None
    on = on or today(read.workspace)
    snapshots = Snapshots(read.workspace, read.catalogue)
    try:
        day = None if snapshots.any_date else snapshots.newest(on)
        old = [] if day is None else snapshots.check_age(day, on)
    except Problems:
        return None
    return f"A run on {on} would stop: {old[0].message}." if old else None


def unasked_source(read: ReadProject) -> str | None:
    """Return a sentence about a source that only runs and `validate --data` read; None if it is a file here."""
    source = read.workspace.source if read.workspace is not None else None
    if source is None or not source.fetched:
        return None
    if source.database is not None:
        return "The database was not asked: `tenure validate --data` asks it, as a run does."
    return f"{source.path} was not read: `tenure validate --data` reads it, as a run does."


def has_no_snapshot(read: ReadProject) -> bool:
    """Return whether the workspace keeps a snapshot file for each date, and has none yet."""
    from ..engine.sources import Snapshots
    from ..engine.workspace.settings import PLACEHOLDER

    if read.workspace is None or PLACEHOLDER not in (read.workspace.source.path or ""):
        return False
    try:
        return not Snapshots(read.workspace, read.catalogue).dates()
    except Problems:
        return False
