"""Counts of unknown conditions, by step and missing field.

An account counts once a date for a step and a field, however often the condition is evaluated.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from ..columns.unknown_columns import UnknownCauses
from ..core.ids import ACCOUNT_ID
from ..core.in_memory import collect_in_memory
from ..core.schemas import COUNTS, table_of_rows
from .prepare import PreparedCondition

UNKNOWN = "cannot_tell"
"""Name of the count in COUNTS."""

Causes = Sequence[tuple[pl.Expr | None, PreparedCondition]]
"""Conditions that make an outcome unknown, each with the rows in which it is unknown; None is all of them."""


def rows_by_cause(frame: pl.DataFrame, rows: pl.Series, causes: Causes) -> dict[str, pl.Series]:
    """Return by missing field those of the rows, by position, whose outcome is unknown because of it.

    The rows of each condition are found first, and the causes computed for these alone: in one expression, each cause
    would contain the whole condition.
    """
    found: dict[str, list[pl.Series]] = defaultdict(list)
    for (_, condition), unknown in zip(causes, _unknown_rows(frame, rows, causes), strict=True):
        if unknown.len():
            for name, missing in _missing_fields(frame, unknown, condition.causes).items():
                found[name].append(unknown.filter(missing))
    return {name: _union(positions) for name, positions in found.items()}


def _unknown_rows(frame: pl.DataFrame, rows: pl.Series, causes: Causes) -> list[pl.Series]:
    """Return for each condition the rows in which it is unknown."""
    where = {f"{index}": mask for index, (mask, _) in enumerate(causes) if mask is not None}
    if not where:
        return [rows for _ in causes]
    columns = sorted({name for mask in where.values() for name in mask.meta.root_names()})
    masks = collect_in_memory(frame.select(columns)[rows].lazy().select(**where))
    return [
        rows.filter(masks[f"{index}"]) if mask is not None else rows
        for index, (mask, _) in enumerate(causes)
    ]


def _missing_fields(
    frame: pl.DataFrame, rows: pl.Series, causes: UnknownCauses
) -> dict[str, pl.Series]:
    """Return the mask of the rows by cause; only causes of some rows."""
    read = {name for expr in causes.values() for name in expr.meta.root_names()}
    values = frame.select(sorted(read))[rows]
    # A field without nulls in these rows cannot be a cause.
    complete = {name for name in values.columns if not values[name].null_count()}
    causing = [expr.alias(name) for name, expr in causes.items() if name not in complete]
    # Lazily: of long conditions, it computes the parts that causes share once.
    columns = collect_in_memory(values.lazy().select(causing))
    return {column.name: column for column in columns if column.any()}


def _union(positions: list[pl.Series]) -> pl.Series:
    return positions[0] if len(positions) == 1 else pl.concat(positions).unique()


@dataclass(slots=True)
class UnknownCounts:
    """A counter of the unknown conditions of one playbook on one date."""

    playbook: str
    _seen: dict[tuple[str, str], list[pl.Series]] = field(default_factory=dict)
    _sums: Counter[tuple[str, str]] = field(default_factory=Counter)

    def note(self, frame: pl.DataFrame, step: str, outcome: pl.Series, causes: Causes) -> None:
        """Note the rows whose `outcome` is null, by missing field."""
        if not outcome.null_count():
            return
        for name, rows in rows_by_cause(frame, outcome.is_null().arg_true(), causes).items():
            self._seen.setdefault((step, name), []).append(frame[ACCOUNT_ID].gather(rows))

    def add(self, step: str, field_name: str, accounts: int) -> None:
        """Add a number of accounts that were counted elsewhere."""
        self._sums[step, field_name] += accounts

    def table(self) -> pl.DataFrame:
        """Return the counts, COUNTS."""
        sums = self._sums.copy()
        for of, accounts in self._seen.items():
            sums[of] += pl.concat(accounts).n_unique()
        rows = [
            (self.playbook, step, UNKNOWN, name, accounts)
            for (step, name), accounts in sums.items()
            if accounts
        ]
        return table_of_rows(rows, COUNTS)
