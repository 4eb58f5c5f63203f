"""Where accounts stand in the playbooks that other conditions ask about: each seen after it moved on the date."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..language.expressions import ConstantValue
from ..language.states_read import Reference, state_column
from ..playbook.model import Playbook
from ..text.circles import in_order

ASKED_COLUMNS = ("state", "opened_on", "entered_on")
"""What of an enrolment conditions of other playbooks may read."""


def reading_order(playbooks: Sequence[Playbook]) -> list[Playbook]:
    """Those that are read before those that read them, otherwise by id; of playbooks that read in no circle."""
    here = {playbook.id: playbook for playbook in playbooks}
    read = {id: {each.playbook for each in here[id].references} & here.keys() for id in here}
    return [here[id] for id in in_order(read.__getitem__, here)]


def standing_values(
    playbook: str, state: Mapping[str, Any] | None
) -> dict[str, ConstantValue | None]:
    """The columns of one account's last enrolment, a row of STATES or None, under the names conditions read."""
    values = {name: state[name] if state else None for name in ASKED_COLUMNS}
    if state and state["ended_on"] is not None:
        values["opened_on"] = None
    return {state_column(playbook, name): value for name, value in values.items()}


@dataclass(frozen=True, slots=True)
class StateIndex:
    """Where everybody stands in every playbook, as the playbooks of a date move one after the other.

    `before` has the columns of STATES; a playbook that is not due stays as it was. None is asked of before it has
    moved, so what was found of one is kept.
    """

    before: pl.DataFrame
    moved: dict[str, pl.DataFrame] = field(default_factory=dict)
    """By playbook that moved: the rows that changed."""
    _seen: dict[str, pl.DataFrame] = field(default_factory=dict)
    _found: dict[str, pl.DataFrame] = field(default_factory=dict)

    def beside_all(self, snapshot: pl.DataFrame, references: Iterable[Reference]) -> pl.DataFrame:
        """The snapshot, the same each time, with the columns that these references read."""
        wanted = _wanted(references)
        for playbook in wanted.keys() - self._found.keys():
            self._found[playbook] = self._join(snapshot, playbook)
        columns = [self._found[playbook].select(names) for playbook, names in wanted.items()]
        # Beside the frame and not joined to it: its columns are many, and none has to be copied.
        return snapshot.hstack([column for found in columns for column in found])

    def beside(self, frame: pl.DataFrame, references: Iterable[Reference]) -> pl.DataFrame:
        """A frame of some accounts with the columns that these references read, rows as they are."""
        columns = [self._join(frame, id).select(names) for id, names in _wanted(references).items()]
        return frame.hstack([column for found in columns for column in found])

    def _join(self, frame: pl.DataFrame, playbook: str) -> pl.DataFrame:
        """Where the accounts of a frame stand, row by row."""
        if playbook not in self._seen:
            self._seen[playbook] = self._now(playbook)
        asked = frame.select(ACCOUNT_ID)
        return asked.join(
            self._seen[playbook], on=ACCOUNT_ID, how="left", maintain_order="left"
        ).drop(ACCOUNT_ID)

    def _now(self, playbook: str) -> pl.DataFrame:
        """Everybody's last enrolment in a playbook."""
        asked = [ACCOUNT_ID, *ASKED_COLUMNS, "ended_on"]
        own = self.before.lazy().filter(pl.col("playbook") == playbook).select(asked).collect()
        changed = self.moved.get(playbook)
        if changed is not None and changed.height:
            changed = changed.select(asked)
            own = pl.concat([own.join(changed, on=ACCOUNT_ID, how="anti"), changed])
        ended = pl.col("ended_on").is_not_null()
        own = own.with_columns(pl.when(~ended).then("opened_on").alias("opened_on"))
        names = {name: state_column(playbook, name) for name in ASKED_COLUMNS}
        return own.select(ACCOUNT_ID, *ASKED_COLUMNS).rename(names)


def _wanted(references: Iterable[Reference]) -> dict[str, list[str]]:
    """By playbook, in order: the columns that the references read of it, each once."""
    found: dict[str, set[str]] = {}
    for reference in references:
        found.setdefault(reference.playbook, set()).update(reference.columns)
    return {playbook: sorted(found[playbook]) for playbook in sorted(found)}
