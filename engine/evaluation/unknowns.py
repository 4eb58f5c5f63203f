"""Counts of "cannot tell": which accounts, at which step, for want of which field.

An account counts once a date for a step and a field, however often its condition was looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import polars as pl

from ..columns.unknown_columns import UnknownCauses
from ..core.ids import ACCOUNT_ID
from ..core.schemas import COUNTS

UNKNOWN = "cannot_tell"


Causes = Callable[[pl.LazyFrame], UnknownCauses]
"""For each field, whether its absence is to blame, asked of rows for which something can't be told."""


def rows_by_cause(frame: pl.DataFrame, mask: pl.Series, blame: Causes) -> dict[str, pl.Series]:
    """For each missing field that some row of the mask is blamed on, which of these rows are."""
    blames = blame(frame.lazy().filter(mask))
    read = {name for blamed in blames.values() for name in blamed.meta.root_names()}
    rows = frame.select(sorted(read)).filter(mask)
    # A field that no row lacks is to blame for nothing.
    there = {name for name in rows.columns if not rows[name].null_count()}
    told = rows.lazy().select(blames[name].alias(name) for name in blames if name not in there)
    return {column.name: column for column in told.collect() if column.any()}


@dataclass(slots=True)
class UnknownCounts:
    """Gathers what could not be told for one playbook on one date."""

    playbook: str
    _seen: list[pl.DataFrame] = field(default_factory=list)
    _sums: list[tuple[str, str, int]] = field(default_factory=list)

    def look(self, frame: pl.DataFrame, step: str, outcome: pl.Series, blame: Causes) -> None:
        """Note the rows whose `outcome` is null, under the fields to blame; those are asked for only then."""
        if not outcome.null_count():
            return
        null = outcome.is_null()
        accounts = frame.select(ACCOUNT_ID).filter(null)
        for name, blamed in sorted(rows_by_cause(frame, null, blame).items()):
            self._seen.append(
                accounts.filter(blamed).with_columns(
                    pl.lit(step).alias("step"), pl.lit(name).alias("field")
                )
            )

    def add(self, step: str, field_name: str, accounts: int) -> None:
        """Note accounts that were counted without being looked at one by one."""
        if accounts:
            self._sums.append((step, field_name, accounts))

    def table(self) -> pl.DataFrame:
        """The counts, COUNTS schema."""
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
