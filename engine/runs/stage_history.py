"""History of one date: the earlier values that its playbooks compare with, and those to save for later dates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..evaluation.inputs import DayEvaluation
from ..project.loading import Project
from ..store import RunRecord, StoreView
from .carried_values import carry, compared_values, merge_carried
from .compiled import CompiledPlaybooks
from .history import LookBack, earlier_values, history_dates, known_values
from .parts import Part
from .plan import Stage
from .values_as_of import account_dates


@dataclass(frozen=True, slots=True)
class StageHistory:
    """The values that a date reads of earlier snapshots, and those that it saves of this one.

    Attributes:
        store: The store, read by several threads.
        compiled: The playbooks.
        day: The date of the snapshot.
        look_backs: By playbook of the date that looks back: where its earlier values are.
        keep: The fields to save of the snapshot, apart from the ids of its accounts; None if they are saved already.
        before: The date of the snapshot before this one.
        dated: The fields of which values of some days ago are read.
    """

    store: StoreView
    compiled: CompiledPlaybooks
    day: dt.date
    look_backs: dict[str, LookBack]
    keep: tuple[str, ...] | None
    before: dt.date | None
    dated: tuple[str, ...]

    def earlier(self, part: Part, states: pl.DataFrame) -> dict[str, pl.DataFrame]:
        """Return by playbook the earlier values of the part's accounts; see `earlier_values`.

        Args:
            part: The accounts.
            states: Their STATES before the date.
        """
        found = {}
        for id, back in self.look_backs.items():
            wanted = self.compiled.earlier[id]
            enrolments = states.lazy().filter(pl.col("playbook") == id)
            dates = account_dates(wanted, part.accounts, enrolments)
            found[id] = earlier_values(wanted, self.store, back, part.stretch, dates)
        return {id: part.of_part(values) for id, values in found.items() if values is not None}

    def kept(self, part: Part) -> pl.DataFrame | None:
        """Return the values to save of what was read for the part; None if they are saved already."""
        if self.keep is None or part.read is None:
            return None
        return part.read.select(ACCOUNT_ID, *self.keep)

    def carried(
        self, part: Part, earlier: dict[str, pl.DataFrame], evaluation: DayEvaluation
    ) -> pl.DataFrame | None:
        """Return the older values to save with the part; None where no playbook looks back."""
        if not self.compiled.kept and not self.dated:
            return None
        renewed: dict[str | None, pl.DataFrame] = {}
        for id, values in earlier.items():
            if fields := self.compiled.compared[id]:
                known = compared_values(values, fields)
                undecided = evaluation.undecided_by_field(id)
                renewed[id] = carry(id, known, part.accounts, fields, self.day, undecided)
        if self.keep is not None and self.dated:
            known = known_values(self.store, self.before, None, self.dated, part.stretch)
            known = part.of_part(known)
            renewed[None] = carry(None, known, part.accounts, self.dated, self.day)
        saved = part.of_part(self.store.carried(self.day, part.stretch))
        return merge_carried(saved, renewed, part.accounts)


def stage_history(
    store: StoreView,
    compiled: CompiledPlaybooks,
    stage: Stage,
    last: Mapping[str, RunRecord | None],
    saved_last: frozenset[str],
    also: frozenset[str],
) -> StageHistory:
    """Return the history of a stage.

    Args:
        store: The store, read by several threads.
        compiled: The playbooks.
        stage: The date, its snapshot and its playbooks.
        last: By playbook of the stage, the record of its last evaluation.
        saved_last: The fields to go on saving; see `fields_saved_last`.
        also: Other fields to save.
    """
    days = history_dates(store, stage.on)
    seen = {id: record.snapshot_on if record else None for id, record in last.items()}
    kept = frozenset(compiled.kept)
    return StageHistory(
        store,
        compiled,
        stage.snapshot_on,
        {id: LookBack(stage.on, id, seen[id], days) for id in seen if compiled.earlier[id]},
        _to_keep(store, stage, kept | saved_last | also),
        max((day for day in days if day < stage.snapshot_on), default=None),
        tuple(sorted(compiled.dated | (saved_last - kept))),
    )


def _to_keep(store: StoreView, stage: Stage, fields: frozenset[str]) -> tuple[str, ...] | None:
    """Return the fields to save of the snapshot; None if they are saved already.

    A redo may read a snapshot that changed, and a playbook added since its first day may read more of it.
    """
    day = stage.snapshot_on
    if stage.attempt == 1 and day in store.history_days() and fields <= store.history_fields(day):
        return None
    return tuple(sorted(fields))


def fields_saved_last(project: Project, store: StoreView) -> frozenset[str]:
    """Return the fields to go on saving while a playbook is broken: which ones it looks back to is not known."""
    days = store.history_days() if project.errors else []
    if not days:
        return frozenset()
    return store.history_fields(days[-1]) & {*project.catalogue.fields}
