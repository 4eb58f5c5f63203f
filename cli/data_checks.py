"""Check at `validate` that snapshot and events have what playbooks read; only the headers of files are read."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

from ..engine.core.problems import Problem, Problems

if TYPE_CHECKING:
    from ..engine.project.loading import ReadProject
    from ..engine.sources import Snapshots
    from ..engine.workspace.settings import SnapshotSource


def warn_unfilled(read: ReadProject) -> list[Problem]:
    """Return a warning for each field that playbooks read and the newest snapshot does not fill.

    `validate` does not judge data: problems of the snapshot itself are warnings too.
    """
    from ..engine.project.loading import unread
    from ..engine.runs.required_fields import fields_of, unfilled_warnings
    from ..engine.sources import Snapshots
    from ..engine.workspace.settings_loader import FIELDS_FILE

    if read.workspace is None or unread(read.problems, FIELDS_FILE):
        return []
    try:
        snapshots = Snapshots(read.workspace, read.catalogue)
        day = _newest(snapshots, read.workspace.source)
        reads = {p.id: fields_of(p) for p in read.playbooks if p.enabled}
        return unfilled_warnings(reads, snapshots, day) if day else []
    except Problems as error:
        return [replace(problem, severity="warning") for problem in error.problems]


def has_no_snapshot(read: ReadProject) -> bool:
    """Return whether the workspace keeps a snapshot file for each date, and has none yet."""
    from ..engine.sources import Snapshots
    from ..engine.workspace.source_settings import PLACEHOLDER

    if read.workspace is None or PLACEHOLDER not in (read.workspace.source.path or ""):
        return False
    try:
        return not Snapshots(read.workspace, read.catalogue).dates()
    except Problems:
        return False


def warn_unread_events(read: ReadProject) -> list[Problem]:
    """Return a warning for each file of events that is not there or lacks a column that is read."""
    from ..engine.runs.required_fields import events_of
    from ..engine.sources.event_files import check_event_files

    if read.workspace is None:
        return []
    enabled = [playbook for playbook in read.playbooks if playbook.enabled]
    calls = events_of(enabled, read.workspace)
    problems = check_event_files(read.workspace, read.catalogue, calls.values())
    return [replace(problem, severity="warning") for problem in problems]


def _newest(snapshots: Snapshots, source: SnapshotSource) -> dt.date | None:
    """Return the date to check; None if finding it would need a query."""
    if source.query is not None:
        return None
    if source.date_column is not None:
        return dt.date.min  # one file has one header for all dates
    return max(snapshots.dates(), default=None)
