"""What the portfolio page shows, read from a workspace's ledger, states and newest snapshot.

In: a project, a date, a language; out: plain records. A part that there is nothing to tell of from is None.
Nothing later than the date is used, but for the states: the store keeps those of the last run alone, and
`committed` says which that was.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from ...core.ids import ACCOUNT_ID
from ...playbook.model import Playbook
from ...reports.message_context import text_in_language
from ...sources import Snapshots
from ...store import Reader
from .renewals_due import AHEAD, RENEWAL_FIELDS, Renewals, read_renewals
from .workload import Load, issued, read_load

if TYPE_CHECKING:
    from ...project.loading import Project

RECOVERY_ACTION, RECOVERY_PRIORITY = "recovery_plan", "recovery"
"""An account is in recovery where such an action was issued for its term, or in a playbook of that priority."""


@dataclass(frozen=True, slots=True)
class StateCounts:
    """How many accounts stand in each state of a playbook, in the playbook's order, and in how many it has ended."""

    playbook: str
    title: str
    states: tuple[tuple[str, int], ...]
    ended: int

    @property
    def open(self) -> int:
        """The accounts that are in it."""
        return sum(count for _, count in self.states)


@dataclass(frozen=True, slots=True)
class Portfolio:
    """What a page is drawn from."""

    name: str
    on: dt.date
    snapshot_on: dt.date | None
    committed: dt.date | None
    load: Load | None
    standings: tuple[StateCounts, ...] | None
    renewals: Renewals | None


def read_portfolio(project: Project, on: dt.date, language: str) -> Portfolio:
    """Everything of a workspace that its portfolio page shows, but for the metrics."""
    reader = Reader(project.store)
    committed = reader.last_committed()
    states = reader.states(in_order=False)
    actions = issued(reader, on, on - AHEAD)
    snapshots = Snapshots(project.workspace, project.catalogue)
    snapshot_on = snapshots.newest(on)
    renewals = None
    if snapshot_on is not None:
        snapshot = snapshots.load(snapshot_on, RENEWAL_FIELDS)
        recovering = _recovering(project.playbooks, states, actions, snapshot.frame)
        left_out = snapshot.quarantined["row"].n_unique()
        renewals = read_renewals(snapshot.frame, on, recovering, left_out)
    return Portfolio(
        project.workspace.name,
        on,
        snapshot_on,
        committed,
        read_load(actions, on) if committed else None,
        tuple(_standings(project, states, language)) if committed else None,
        renewals,
    )


def _recovering(
    playbooks: Iterable[Playbook],
    states: pl.DataFrame,
    actions: pl.DataFrame,
    accounts: pl.DataFrame,
) -> set[str]:
    """The accounts in a recovery playbook, and those with a recovery plan for the term that they are in."""
    ids = [each.id for each in playbooks if each.priority == RECOVERY_PRIORITY]
    inside = states.filter(pl.col("playbook").is_in(ids), pl.col("ended_on").is_null())
    plans = actions.filter(pl.col("action") == RECOVERY_ACTION)
    terms = accounts.select(ACCOUNT_ID, anchor="renewal_date")
    planned = plans.join(terms, on=[ACCOUNT_ID, "anchor"], how="semi")
    return {*inside[ACCOUNT_ID], *planned[ACCOUNT_ID]}


def _standings(project: Project, states: pl.DataFrame, language: str) -> Iterator[StateCounts]:
    """Playbook by playbook; states and playbooks that the workspace no longer has are named by their ids."""
    counted = states.group_by("playbook", "state", ended=pl.col("ended_on").is_not_null()).len()
    known = {playbook.id: playbook for playbook in project.playbooks}
    for id in sorted({*known, *counted["playbook"]}):
        there, ended = Counter[str](), 0
        for _, state, over, number in counted.filter(pl.col("playbook") == id).iter_rows():
            ended += number if over else 0
            there[state] += 0 if over else number
        titles = _titles(known.get(id), project, language)
        order = sorted(there, key=lambda state: (_place(state, titles), state))
        named = tuple((titles.get(state, state), there[state]) for state in order if there[state])
        yield StateCounts(id, _title(known.get(id), project, language) or id, named, ended)


def _title(playbook: Playbook | None, project: Project, language: str) -> str | None:
    return playbook and text_in_language(playbook.title, language, project.workspace)


def _titles(playbook: Playbook | None, project: Project, language: str) -> dict[str, str]:
    """What the playbook's states are called, in its order."""
    states = playbook.machine.states if playbook else ()
    return {
        each.id: text_in_language(each.title, language, project.workspace) or each.id
        for each in states
    }


def _place(state: str, titles: dict[str, str]) -> int:
    return list(titles).index(state) if state in titles else len(titles)
