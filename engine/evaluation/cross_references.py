"""Accounts' states in other playbooks, as columns for conditions that read them.

A playbook that is read is evaluated before the playbooks that read it, so conditions see its states after this date's
transitions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from ..core.dependencies import dependency_order
from ..core.ids import ACCOUNT_ID
from ..core.upsert import upsert
from ..language.expressions import ConstantValue
from ..language.states_read import Reference, state_column
from ..playbook.model import Playbook

READABLE_COLUMNS = ("state", "opened_on", "entered_on")
"""Columns of an enrolment that conditions of other playbooks may read."""


def reading_order(playbooks: Sequence[Playbook]) -> list[Playbook]:
    """Return the playbooks with each after those that it reads, otherwise by id.

    Args:
        playbooks: Playbooks without circular references.
    """
    by_id = {playbook.id: playbook for playbook in playbooks}
    read = {id: {each.playbook for each in by_id[id].references} & by_id.keys() for id in by_id}
    return [by_id[id] for id in dependency_order(read.__getitem__, by_id)]


def standing_values(
    playbook: str, state: Mapping[str, Any] | None
) -> dict[str, ConstantValue | None]:
    """Return the values of one account's last enrolment, by the names that conditions read.

    Args:
        playbook: The playbook's id.
        state: A row of STATES; None where the account was never enrolled.
    """
    values = {name: state[name] if state else None for name in READABLE_COLUMNS}
    if state and state["ended_on"] is not None:
        values["opened_on"] = None
    return {state_column(playbook, name): value for name, value in values.items()}


@dataclass(frozen=True, slots=True)
class StateIndex:
    """All accounts' states in all playbooks, updated as each playbook of a date is evaluated.

    A playbook is read only after it was evaluated, so its states can be cached. A playbook that is not due keeps its
    states.

    Attributes:
        before: The states before the date, columns of STATES.
        moved: By playbook evaluated: the rows of STATES that changed.
    """

    before: pl.DataFrame
    moved: dict[str, pl.DataFrame] = field(default_factory=dict)
    _states: dict[str, pl.DataFrame] = field(default_factory=dict)
    _joined: dict[str, pl.DataFrame] = field(default_factory=dict)

    def with_references_cached(
        self, snapshot: pl.DataFrame, references: Iterable[Reference]
    ) -> pl.DataFrame:
        """Return the snapshot with the columns that the references read; joins each playbook once.

        Args:
            snapshot: The same frame on every call.
            references: The references of one playbook.
        """
        names_of = _columns_by_playbook(references)
        for playbook in names_of.keys() - self._joined.keys():
            self._joined[playbook] = self._join(snapshot, playbook)
        # hstack instead of a join: the snapshot has many columns, and none of them is copied.
        return snapshot.hstack(
            [self._joined[playbook][name] for playbook, names in names_of.items() for name in names]
        )

    def with_references(self, frame: pl.DataFrame, references: Iterable[Reference]) -> pl.DataFrame:
        """Return a frame of some accounts with the columns that the references read, rows in the same order."""
        names_of = _columns_by_playbook(references)
        joined = {playbook: self._join(frame, playbook) for playbook in names_of}
        return frame.hstack(
            [joined[playbook][name] for playbook, names in names_of.items() for name in names]
        )

    def _join(self, frame: pl.DataFrame, playbook: str) -> pl.DataFrame:
        """Return the states of the frame's accounts in a playbook, row by row."""
        if playbook not in self._states:
            self._states[playbook] = self._current(playbook)
        accounts = frame[ACCOUNT_ID].to_frame()
        return accounts.join(
            self._states[playbook], on=ACCOUNT_ID, how="left", maintain_order="left"
        )

    def _current(self, playbook: str) -> pl.DataFrame:
        """Return all accounts' last enrolments in a playbook."""
        columns = [ACCOUNT_ID, *READABLE_COLUMNS, "ended_on"]
        states = self.before.lazy().filter(pl.col("playbook") == playbook).select(columns).collect()
        changed = self.moved.get(playbook)
        if changed is not None and changed.height:
            states = upsert(states, changed.select(columns), [ACCOUNT_ID])
        readable: dict[str, pl.Expr] = {name: pl.col(name) for name in READABLE_COLUMNS}
        readable["opened_on"] = pl.when(pl.col("ended_on").is_null()).then("opened_on")
        return states.select(
            ACCOUNT_ID,
            *(each.alias(state_column(playbook, name)) for name, each in readable.items()),
        )


def _columns_by_playbook(references: Iterable[Reference]) -> dict[str, list[str]]:
    """Return by playbook, in order, the columns that the references read, each once."""
    columns: dict[str, set[str]] = {}
    for reference in references:
        columns.setdefault(reference.playbook, set()).update(reference.columns)
    return {playbook: sorted(columns[playbook]) for playbook in sorted(columns)}
