"""Columns of random-looking values for large snapshots, from an account's number, a seed and a name.

The same name gives the same column, however many accounts there are and in whatever batches.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zlib import crc32

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class Draws:
    """Columns over `number`, an account's number as UInt64; `name` says what a column is for."""

    seed: int
    on: dt.date

    def below(self, name: str, end: int) -> pl.Expr:
        """Whole numbers from 0 to under `end`."""
        import polars as pl

        salt = self.seed * 1_000_003 + crc32(name.encode())
        mixed = (pl.col("number") + 1 + salt) * 2_654_435_761
        mixed = (mixed ^ (mixed // 65_536)) % 4_294_967_296 * 2_246_822_519
        return (mixed ^ (mixed // 8_192)) // 32 % end

    def number(self, name: str, first: int, end: int) -> pl.Expr:
        """Whole numbers from `first` to under `end`, as the field of a number holds them."""
        import polars as pl

        return (self.below(name, end - first).cast(pl.Int64) + first).cast(pl.Float64)

    def holds(self, name: str, share: int) -> pl.Expr:
        """True for `share` percent."""
        return self.below(name, 100) < share

    def some(self, name: str, share: int, value: pl.Expr) -> pl.Expr:
        """The value for `share` percent, nothing for the others."""
        import polars as pl

        return pl.when(self.holds(f"some {name}", share)).then(value)

    def pick(self, name: str, *options: str | None) -> pl.Expr:
        """One of the texts."""
        import polars as pl

        words = pl.Series(options, dtype=pl.String)
        return pl.lit(words).gather(self.below(name, len(options)))

    def days(self, name: str, first: int, end: int) -> pl.Expr:
        """Dates from `first` days after `on` (before it, below zero) to under `end`."""
        import polars as pl

        days = self.below(name, end - first).cast(pl.Int64) + first
        return pl.lit(self.on) + pl.duration(days=days)
