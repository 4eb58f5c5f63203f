"""Explains one account: for each playbook where it stands, what holds, what does not and what is missing.

In: a project, an account and a date; out: an explanation. It reads the store and the newest
snapshot, decides nothing and writes nothing.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from ..calendar.working_days import Calendar
from ..core.ids import ACCOUNT_ID
from ..evaluation.cross_references import standing_values
from ..evaluation.inputs import Day, Rules
from ..evaluation.reference_executor import Enrolment, ReferenceExecutor
from ..playbook.model import Playbook
from ..runs.history import days_kept, earlier_values, previous_due
from ..runs.required_fields import history_of, required_fields
from ..sources import Snapshots
from ..store import Overlay, Reader
from .explain_model import AccountValues, Standing, StateRow, explain_standing

if TYPE_CHECKING:
    from ..project.loading import Project


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that `explain` says of an account; `row` is None where the snapshot lacks it."""

    account: str
    on: dt.date
    snapshot_on: dt.date | None
    committed: dt.date | None
    row: AccountValues | None
    left_out: str
    """Why its row in the snapshot could not be used; empty where it could."""
    standings: tuple[Standing, ...]


def explain_account(
    project: Project, account: str, on: dt.date, playbooks: tuple[Playbook, ...]
) -> Explanation | None:
    """The account in these playbooks; None where neither snapshot nor store knows it."""
    reader = Overlay(Reader(project.store))
    snapshot_on, row, left_out = _row(project, account, on)
    states = reader.states().filter(pl.col(ACCOUNT_ID) == account)
    if row is None and not left_out and states.is_empty():
        return None
    by_playbook: dict[str, StateRow] = {s["playbook"]: s for s in states.iter_rows(named=True)}
    workspace = project.workspace
    calendar = Calendar(workspace.country, workspace.policy.quiet)
    rules = Rules(workspace.roles, workspace.policy, calendar, workspace.language)
    day = Day(on, on, snapshot_on)
    standings = []
    for playbook in playbooks:
        values = {**(row or {}), **_earlier(playbook, reader, on, account)}
        for other in {reference.playbook for reference in playbook.references}:
            values |= standing_values(other, by_playbook.get(other))
        state = by_playbook.get(playbook.id)
        enrolment = Enrolment.of_row(state) if state is not None else None
        executor = ReferenceExecutor(playbook, rules, day, values, enrolment)
        standings.append(explain_standing(executor, state))
    last = reader.last_committed()
    return Explanation(account, on, snapshot_on, last, row, left_out, tuple(standings))


def _row(
    project: Project, account: str, on: dt.date
) -> tuple[dt.date | None, AccountValues | None, str]:
    """The newest snapshot's date, the account's values in it, and why its row was left out."""
    snapshots = Snapshots(project.workspace, project.catalogue)
    day = snapshots.newest(on)
    if day is None:
        return None, None, ""
    fields = required_fields(project.playbooks, project.workspace)
    snapshot = snapshots.load(day, fields)
    here = pl.col(ACCOUNT_ID) == account
    frame, bad = snapshot.frame.filter(here), snapshot.quarantined.filter(here)
    reasons = [f"{r['field']} {r['value']!r}, {r['reason']}" for r in bad.iter_rows(named=True)]
    return day, frame.row(0, named=True) if frame.height else None, "; ".join(reasons)


def _earlier(playbook: Playbook, reader: Overlay, on: dt.date, account: str) -> AccountValues:
    """The account's earlier values, under the names that conditions read them by."""
    since = previous_due(playbook.schedule, on)
    frame = earlier_values(history_of(playbook), reader, days_kept(reader, on), on, since)
    if frame is None:
        return {}
    found = frame.filter(pl.col(ACCOUNT_ID) == account)
    return found.drop(ACCOUNT_ID).row(0, named=True) if found.height else {}
