"""Check at `validate` that snapshot and events have what playbooks read: the columns alone, or all values."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from ..engine.core.problems import Problem, Problems

if TYPE_CHECKING:
    from ..engine.project.loading import ReadProject


def check_sources(read: ReadProject, *, values: bool, on: dt.date | None = None) -> list[Problem]:
    """Return the problems of the newest snapshot and of the tables of events.

    Args:
        read: The workspace and its playbooks.
        values: True to read all values as a run would, not only the columns.
        on: The date of that run; today if left out.
    """
    from ..engine.project.loading import unread
    from ..engine.runs.data_check import check_columns, check_values
    from ..engine.workspace.settings_loader import FIELDS_FILE
    from .options import today

    workspace = read.workspace
    if workspace is None or unread(read.problems, FIELDS_FILE):
        return []
    playbooks = [playbook for playbook in read.playbooks if playbook.enabled]
    if values:
        return check_values(workspace, read.catalogue, playbooks, on or today(workspace))
    return check_columns(workspace, read.catalogue, playbooks, on or today(workspace))


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
