"""Data of the portfolio page, read from a workspace's ledger, states and newest snapshot.

Takes a project, a date and a language, and returns plain records; a part without data is None. Nothing later than
the date is used, except the states: the store has only those of the last run, and `committed` is that run's date.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from ...core.ids import ACCOUNT_ID
from ...core.languages import choose_text
from ...metrics.currency import read_exchange
from ...metrics.metric_snapshots import with_merged, without_merged
from ...playbook.model import Playbook
from ...sources import Snapshots
from ...sources.left_out import rows_left_out
from ...store import Reader
from .renewals_due import HORIZON, RENEWAL_FIELDS, Renewals, read_renewals
from .workload import Load, issued, read_load

if TYPE_CHECKING:
    from ...project.loading import Project

RECOVERY_ACTION, RECOVERY_PRIORITY = "recovery_plan", "recovery"
"""Action and priority that mark a recovery: issued for the account's term, or of a playbook that it is in."""


@dataclass(frozen=True, slots=True)
class StateCounts:
    """Accounts in each state of a playbook, in the playbook's order, and the number that ended it."""

    playbook: str
    title: str
    states: tuple[tuple[str, int], ...]
    ended: int

    @property
    def open(self) -> int:
        """Return the number of accounts in the playbook."""
        return sum(count for _, count in self.states)


@dataclass(frozen=True, slots=True)
class Portfolio:
    """Data that a portfolio page is drawn from, except its metrics."""

    name: str
    on: dt.date
    snapshot_on: dt.date | None
    committed: dt.date | None
    load: Load | None
    state_counts: tuple[StateCounts, ...] | None
    renewals: Renewals | None


def read_portfolio(project: Project, on: dt.date, language: str) -> Portfolio:
    """Return a workspace's data for its portfolio page, except the metrics."""
    reader = Reader.of(project)
    committed = reader.last_committed()
    states = reader.states(in_order=False)
    actions = issued(reader, on, on - HORIZON)
    snapshots = Snapshots(project.workspace, project.catalogue)
    snapshot_on = snapshots.newest(on)
    renewals = None
    if snapshot_on is not None:
        fields = with_merged(snapshots, snapshot_on, RENEWAL_FIELDS)
        snapshot = snapshots.load(snapshot_on, fields)
        accounts = without_merged(snapshot)
        recovering = _recovering(project.playbooks, states, actions, accounts)
        left_out = rows_left_out(snapshot.quarantined, project.catalogue)
        exchange = read_exchange(project.workspace, snapshot_on)
        renewals = read_renewals(accounts, on, recovering, exchange, left_out)
    return Portfolio(
        project.workspace.name,
        on,
        snapshot_on,
        committed,
        read_load(actions, on) if committed else None,
        tuple(_state_counts(project, states, language)) if committed else None,
        renewals,
    )


def _recovering(
    playbooks: Iterable[Playbook],
    states: pl.DataFrame,
    actions: pl.DataFrame,
    accounts: pl.DataFrame,
) -> set[str]:
    """Return the accounts in a recovery playbook, and those with a recovery plan for their current term."""
    ids = [each.id for each in playbooks if each.priority == RECOVERY_PRIORITY]
    inside = states.filter(pl.col("playbook").is_in(ids), pl.col("ended_on").is_null())
    plans = actions.filter(pl.col("action") == RECOVERY_ACTION)
    terms = accounts.select(ACCOUNT_ID, anchor="renewal_date")
    planned = plans.join(terms, on=[ACCOUNT_ID, "anchor"], how="semi")
    return {*inside[ACCOUNT_ID], *planned[ACCOUNT_ID]}


def _state_counts(project: Project, states: pl.DataFrame, language: str) -> Iterator[StateCounts]:
    """Yield the counts by playbook; states and playbooks no longer in the workspace are named by their ids."""
    counted = states.group_by("playbook", "state", ended=pl.col("ended_on").is_not_null()).len()
    known = {playbook.id: playbook for playbook in project.playbooks}
    for id in sorted({*known, *counted["playbook"]}):
        open_counts, ended = Counter[str](), 0
        for _, state, has_ended, number in counted.filter(pl.col("playbook") == id).iter_rows():
            ended += number if has_ended else 0
            open_counts[state] += 0 if has_ended else number
        titles = _titles(known.get(id), project, language)
        order = sorted(open_counts, key=lambda state: (_index(state, titles), state))
        counts = tuple(
            (titles.get(state, state), open_counts[state]) for state in order if open_counts[state]
        )
        yield StateCounts(id, _title(known.get(id), project, language) or id, counts, ended)


def _title(playbook: Playbook | None, project: Project, language: str) -> str | None:
    return playbook and choose_text(playbook.title, language, project.workspace.language)


def _titles(playbook: Playbook | None, project: Project, language: str) -> dict[str, str]:
    """Return the titles of the playbook's states by id, in its order."""
    states = playbook.machine.states if playbook else ()
    return {
        each.id: choose_text(each.title, language, project.workspace.language) or each.id
        for each in states
    }


def _index(state: str, titles: dict[str, str]) -> int:
    return list(titles).index(state) if state in titles else len(titles)
