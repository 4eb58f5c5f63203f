"""The way from a month's revenue at the start of a window to that at its end, account by account.

In go the accounts of `Observed`; out come what each adds to each part of the bridge, and the sums by group. The rule:
start + expansion - contraction - churn + new + reactivation = end, for every account and so for every sum.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..sources.convert import AMOUNT
from .grouping import by_group
from .groups import Method

BRIDGE_PARTS = ("start", "expansion", "contraction", "churn", "new", "reactivation", "end")
_ZERO = pl.lit(0, AMOUNT)
_start, _end = pl.col("start").fill_null(_ZERO), pl.col("end").fill_null(_ZERO)
_base = _start > 0
_kept = _base & ~pl.col("churned")
_returned = pl.col("churned") & _base | pl.col("was_customer") & pl.col("start").is_null()


@dataclass(frozen=True, slots=True)
class Bridge:
    """The sums of a group of accounts; `accounts` says how many stand behind each part."""

    start: Decimal
    expansion: Decimal
    contraction: Decimal
    churn: Decimal
    new: Decimal
    reactivation: Decimal
    end: Decimal
    capped: Decimal
    """What those there at the start still pay at the end, each counted up to what it paid at the start."""
    accounts: Mapping[str, int]

    def net(self) -> Decimal:
        """What those there at the start pay at the end: what NRR divides."""
        return self.start + self.expansion - self.contraction - self.churn

    def gross(self, method: Method) -> Decimal:
        """The same without what they pay more: what GRR divides."""
        if method == "movements":
            return self.start - self.contraction - self.churn
        return self.capped


def parts(accounts: pl.DataFrame, method: Method) -> pl.DataFrame:
    """`account_id`, `group`, the `PARTS` of each account, and `capped`; all amounts, none null."""
    if method == "movements":
        expansion, contraction = pl.col("expansion"), pl.col("contraction")
    else:
        expansion, contraction = (
            _only(_kept & (more > 0), more) for more in (_end - _start, _start - _end)
        )
    came = pl.when(_kept).then(_ZERO).otherwise(_end)
    return accounts.select(
        ACCOUNT_ID,
        "group",
        _start.alias("start"),
        _only(_base, expansion).alias("expansion"),
        _only(_base, contraction).alias("contraction"),
        # By movements it leaves with what it had come to by then.
        _only(_base & pl.col("churned"), _start + expansion - contraction).alias("churn"),
        _only(~_returned, came).alias("new"),
        _only(_returned, came).alias("reactivation"),
        _end.alias("end"),
        _only(_kept, pl.min_horizontal(_start, _end)).alias("capped"),
    )


def bridges(parts: pl.DataFrame) -> dict[str | None, Bridge]:
    """The bridge of each group, sorted, and of all accounts under None."""
    return {group: _bridge(rows) for group, rows in by_group(parts)}


def _bridge(parts: pl.DataFrame) -> Bridge:
    sums = parts.select(pl.col(*BRIDGE_PARTS, "capped").sum()).row(0, named=True)
    behind = parts.select((pl.col(*BRIDGE_PARTS) > 0).sum()).row(0, named=True)
    return Bridge(**sums, accounts=behind)


def _only(when: pl.Expr, value: pl.Expr) -> pl.Expr:
    return pl.when(when).then(value).otherwise(_ZERO)
