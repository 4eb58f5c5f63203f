"""Counts of unknown conditions, by step and missing field.

An account counts once a date for a step and a field, however often the condition is evaluated.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import polars as pl

from ..columns.compiler import collect_conditions
from ..columns.unknown_columns import UnknownCauses
from ..core.ids import ACCOUNT_ID
from ..core.schemas import COUNTS, empty_table

UNKNOWN = "cannot_tell"
"""Name of the count in COUNTS."""

Causes = Callable[[pl.LazyFrame], UnknownCauses]
"""Function of rows with unknown outcomes; returns by field whether its absence is a cause."""


def rows_by_cause(frame: pl.DataFrame, mask: pl.Series, causes: Causes) -> dict[str, pl.Series]:
    """Return by missing field the rows of the mask that are unknown because of it; fields with such rows only."""
    expressions = causes(frame.lazy().filter(mask))
    read = {name for expr in expressions.values() for name in expr.meta.root_names()}
    rows = frame.lazy().select(sorted(read)).filter(mask).collect()
    # A field without nulls in these rows cannot be a cause.
    complete = {name for name in rows.columns if not rows[name].null_count()}
    causing = [expr.alias(name) for name, expr in expressions.items() if name not in complete]
    # Lazily: of long conditions, it computes the parts that causes share once.
    columns = collect_conditions(rows.lazy().select(causing))
    return {column.name: column for column in columns if column.any()}


@dataclass(slots=True)
class UnknownCounts:
    """A counter of the unknown conditions of one playbook on one date."""

    playbook: str
    _seen: dict[tuple[str, str], list[pl.Series]] = field(default_factory=dict)
    _sums: Counter[tuple[str, str]] = field(default_factory=Counter)

    def note(self, frame: pl.DataFrame, step: str, outcome: pl.Series, causes: Causes) -> None:
        """Note the rows whose `outcome` is null, by missing field; call `causes` only if there are such rows."""
        if not outcome.null_count():
            return
        null = outcome.is_null()
        accounts = frame[ACCOUNT_ID].filter(null)
        for name, missing in rows_by_cause(frame, null, causes).items():
            self._seen.setdefault((step, name), []).append(accounts.filter(missing))

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
        return pl.DataFrame(rows, schema=COUNTS, orient="row") if rows else empty_table(COUNTS)
