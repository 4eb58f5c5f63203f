"""Counts of unknown conditions, by step and missing field.

An account counts once a date for a step and a field, however often the condition is evaluated.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import polars as pl

from ..columns.unknown_columns import UnknownCauses
from ..core.ids import ACCOUNT_ID
from ..core.schemas import COUNTS

UNKNOWN = "cannot_tell"
"""Name of the count in COUNTS."""

Causes = Callable[[pl.LazyFrame], UnknownCauses]
"""Function of rows with unknown outcomes; returns by field whether its absence is a cause."""


def rows_by_cause(frame: pl.DataFrame, mask: pl.Series, causes: Causes) -> dict[str, pl.Series]:
    """Return by missing field the rows of the mask that are unknown because of it; fields with such rows only."""
    expressions = causes(frame.lazy().filter(mask))
    read = {name for expr in expressions.values() for name in expr.meta.root_names()}
    rows = frame.select(sorted(read)).filter(mask)
    # A field without nulls in these rows cannot be a cause.
    complete = {name for name in rows.columns if not rows[name].null_count()}
    columns = rows.lazy().select(
        expr.alias(name) for name, expr in expressions.items() if name not in complete
    )
    return {column.name: column for column in columns.collect() if column.any()}


@dataclass(slots=True)
class UnknownCounts:
    """A counter of the unknown conditions of one playbook on one date."""

    playbook: str
    _seen: list[pl.DataFrame] = field(default_factory=list)
    _sums: list[tuple[str, str, int]] = field(default_factory=list)

    def note(self, frame: pl.DataFrame, step: str, outcome: pl.Series, causes: Causes) -> None:
        """Note the rows whose `outcome` is null, by missing field; call `causes` only if there are such rows."""
        if not outcome.null_count():
            return
        null = outcome.is_null()
        accounts = frame.select(ACCOUNT_ID).filter(null)
        for name, missing in sorted(rows_by_cause(frame, null, causes).items()):
            self._seen.append(
                accounts.filter(missing).with_columns(
                    pl.lit(step).alias("step"), pl.lit(name).alias("field")
                )
            )

    def add(self, step: str, field_name: str, accounts: int) -> None:
        """Add a number of accounts that were counted elsewhere."""
        if accounts:
            self._sums.append((step, field_name, accounts))

    def table(self) -> pl.DataFrame:
        """Return the counts, COUNTS."""
        sums = pl.DataFrame(
            self._sums,
            schema={"step": pl.String, "field": pl.String, "accounts": pl.Int64},
            orient="row",
        )
        parts = [sums]
        if self._seen:
            seen = pl.concat(self._seen).unique()
            parts.append(
                seen.group_by("step", "field").agg(pl.len().cast(pl.Int64).alias("accounts"))
            )
        counted = pl.concat(parts).group_by("step", "field").agg(pl.col("accounts").sum())
        return counted.select(
            pl.lit(self.playbook).alias("playbook"),
            "step",
            pl.lit(UNKNOWN).alias("what"),
            "field",
            "accounts",
        ).cast(COUNTS)  # type: ignore[arg-type]
