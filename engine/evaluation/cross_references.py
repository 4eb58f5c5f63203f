"""Accounts' states, row by row of the snapshot: of a playbook before the date, and of those that it reads.

A playbook that is read is evaluated before the playbooks that read it, so conditions see its states after this date's
transitions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import polars as pl

from ..core.account_values import with_values
from ..core.dependencies import dependency_order
from ..core.ids import ACCOUNT_ID
from ..core.in_memory import collect_in_memory
from ..core.schemas import STATE_COLUMNS, empty_table
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


class StatesBefore(NamedTuple):
    """The states of one playbook before a date.

    Attributes:
        rows: The states as `@` columns, row by row of the snapshot; null for an account that was never enrolled.
        absent: The number of open enrolments of accounts that the snapshot lacks.
    """

    rows: pl.DataFrame
    absent: int


@dataclass(frozen=True, slots=True)
class StateIndex:
    """All accounts' states in all playbooks, updated as each playbook of a date is evaluated.

    A playbook is read only after it was evaluated, so its states can be cached. A playbook that is not due keeps its
    states.

    Attributes:
        before: The states before the date, columns of STATES.
        moved: By playbook evaluated: the rows of STATES that changed.
        accounts: `account_id` of the snapshot.
    """

    before: pl.DataFrame
    moved: dict[str, pl.DataFrame] = field(default_factory=dict)
    accounts: pl.DataFrame = field(default_factory=lambda: empty_table({ACCOUNT_ID: pl.String()}))
    _before: dict[str, StatesBefore] = field(default_factory=dict)
    _states: dict[str, pl.DataFrame] = field(default_factory=dict)
    _joined: dict[str, pl.DataFrame] = field(default_factory=dict)

    def before_of(self, playbook: str) -> StatesBefore:
        """Return the states of a playbook before the date; the accounts are searched once."""
        if playbook not in self._before:
            columns = [pl.col(name).alias(column) for name, column in STATE_COLUMNS.items()]
            states = self.before.lazy().filter(pl.col("playbook") == playbook)
            states_before = collect_in_memory(states.select(ACCOUNT_ID, *columns))
            rows = with_values(self.accounts, states_before)
            absent = count_open(states_before) - count_open(rows)
            self._before[playbook] = StatesBefore(rows.drop(ACCOUNT_ID), absent)
        return self._before[playbook]

    def take_before(self, playbook: str) -> StatesBefore:
        """Return what `before_of` does for the last time, so that it is not held in memory any longer."""
        before = self.before_of(playbook)
        del self._before[playbook]
        return before

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
        of_playbook = self.before.lazy().filter(pl.col("playbook") == playbook)
        states = collect_in_memory(of_playbook.select(columns))
        changed = self.moved.get(playbook)
        if changed is not None and changed.height:
            states = upsert(states, changed.select(columns), [ACCOUNT_ID])
        readable: dict[str, pl.Expr] = {name: pl.col(name) for name in READABLE_COLUMNS}
        readable["opened_on"] = pl.when(pl.col("ended_on").is_null()).then("opened_on")
        return states.select(
            ACCOUNT_ID,
            *(each.alias(state_column(playbook, name)) for name, each in readable.items()),
        )


def count_open(states: pl.DataFrame) -> int:
    """Return the number of enrolled accounts."""
    # Accounts that were never enrolled have neither a state nor an end.
    return states["@ended_on"].null_count() - states["@state"].null_count()


def _columns_by_playbook(references: Iterable[Reference]) -> dict[str, list[str]]:
    """Return by playbook, in order, the columns that the references read, each once."""
    columns: dict[str, set[str]] = {}
    for reference in references:
        columns.setdefault(reference.playbook, set()).update(reference.columns)
    return {playbook: sorted(columns[playbook]) for playbook in sorted(columns)}
