"""Net and gross revenue retention (NRR, GRR), and the revenue bridge they are computed from.

The bridge leads from the monthly revenue at a window's start to that at its end. The input is the data of a window. The
output is what each account adds to each part of the bridge, and figures of each group, then of all accounts. For every
account, and so for every sum: start + expansion - contraction - churn + new + reactivation = end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..sources.convert import AMOUNT
from ..text.translations import catalogue_text
from .groups import Method
from .metric_snapshots import by_group
from .metric_value import (
    Figure,
    Metric,
    define_bands,
    define_metric,
    ratio,
    remark,
    written_in,
)
from .request import GROUPS_AT_START, Family, MetricRequest, WindowData

BRIDGE_PARTS = ("start", "expansion", "contraction", "churn", "new", "reactivation", "end")
_ZERO = pl.lit(0, AMOUNT)
_start, _end = pl.col("start").fill_null(_ZERO), pl.col("end").fill_null(_ZERO)
_base = _start > 0
_retained = _base & ~pl.col("churned")
_returned = (_base & pl.col("churned")) | (~_base & pl.col("has_paid"))


@dataclass(frozen=True, slots=True)
class Bridge:
    """The sums of a group of accounts. `accounts` has the number of accounts in each part."""

    start: Decimal
    expansion: Decimal
    contraction: Decimal
    churn: Decimal
    new: Decimal
    reactivation: Decimal
    end: Decimal
    kept: Decimal
    """The revenue at the start less contraction and churn, of each account at least zero: the numerator of GRR."""
    accounts: Mapping[str, int]

    def net(self) -> Decimal:
        """Return the numerator of NRR: start + expansion - contraction - churn."""
        return self.start + self.expansion - self.contraction - self.churn


def bridge_parts(accounts: pl.DataFrame, method: Method) -> pl.DataFrame:
    """Return each account's parts of the bridge.

    Args:
        accounts: `WindowData.accounts`.
        method: `snapshots` compares the two ends; `movements` sums the changes between snapshots.

    Returns:
        `account_id`, `group`, the `BRIDGE_PARTS` and `kept`. All amounts are set.
    """
    if method == "movements":
        expansion, contraction = pl.col("expansion"), pl.col("contraction")
    else:
        expansion, contraction = (
            _only(_retained & (more > 0), more) for more in (_end - _start, _start - _end)
        )
    arrived = pl.when(_retained).then(_ZERO).otherwise(_end)
    return accounts.select(
        ACCOUNT_ID,
        "group",
        _start.alias("start"),
        _only(_base, expansion).alias("expansion"),
        _only(_base, contraction).alias("contraction"),
        # By movements, an account that leaves takes with it the revenue it had reached.
        _only(_base & pl.col("churned"), _start + expansion - contraction).alias("churn"),
        _only(~_returned, arrived).alias("new"),
        _only(_returned, arrived).alias("reactivation"),
        _end.alias("end"),
    ).with_columns(
        pl.max_horizontal(pl.col("start") - pl.col("contraction") - pl.col("churn"), _ZERO).alias(
            "kept"
        )
    )


def bridges(parts: pl.DataFrame) -> dict[str | None, Bridge]:
    """Return the bridge of each group, sorted, and of all accounts under None."""
    return {group: _bridge(rows) for group, rows in by_group(parts)}


def _bridge(parts: pl.DataFrame) -> Bridge:
    sums = parts.select(pl.col(*BRIDGE_PARTS, "kept").sum()).row(0, named=True)
    counts = parts.select((pl.col(*BRIDGE_PARTS) > 0).sum()).row(0, named=True)
    return Bridge(**sums, accounts=counts)


def _only(when: pl.Expr, value: pl.Expr) -> pl.Expr:
    return pl.when(when).then(value).otherwise(_ZERO)


def compute_revenue(request: MetricRequest) -> list[Figure]:
    """Return the bridge, ARR, NRR and GRR of each group, then of all accounts."""
    data = request.window_data
    if data.no_amounts is not None:
        return [
            Figure(metric, request.window, None, why=data.no_amounts) for metric in REVENUE_METRICS
        ]
    group_bridges = bridges(bridge_parts(data.accounts, request.method))
    return [
        figure
        for group, bridge in group_bridges.items()
        for figure in (
            *_amounts(request, data, group, bridge),
            *_annual(request, data, group, bridge),
            *_rates(request, data, group, bridge),
        )
    ]


def _amounts(
    request: MetricRequest, data: WindowData, group: str | None, bridge: Bridge
) -> list[Figure]:
    return [
        Figure(
            metric,
            request.window,
            getattr(bridge, part),
            accounts=bridge.accounts[part],
            group=group,
            currency=data.currency,
            notes=(GROUPS_AT_START,) if part == "end" and group is not None else (),
        )
        for part, metric in BRIDGE.items()
    ]


def _annual(
    request: MetricRequest, data: WindowData, group: str | None, bridge: Bridge
) -> list[Figure]:
    amounts = ((ARR_AT_START, "start", bridge.start), (ARR_AT_END, "end", bridge.end))
    return [
        Figure(
            metric,
            request.window,
            amount * MONTHS_OF_A_YEAR,
            accounts=bridge.accounts[part],
            group=group,
            currency=data.currency,
        )
        for metric, part, amount in amounts
    ]


def _rates(
    request: MetricRequest, data: WindowData, group: str | None, bridge: Bridge
) -> list[Figure]:
    numerators = ((NRR, bridge.net()), (GRR, bridge.kept))
    return [_rate(request, data, metric, part, group, bridge) for metric, part in numerators]


def _rate(
    request: MetricRequest,
    data: WindowData,
    metric: Metric,
    numerator: Decimal,
    group: str | None,
    bridge: Bridge,
) -> Figure:
    return Figure(
        metric,
        request.window,
        ratio(numerator, bridge.start),
        accounts=bridge.accounts["start"],
        group=group,
        why=None if bridge.start else _NOTHING_PAID,
        notes=data.notes,
    )


_NOTHING_PAID = remark("nothing_paid")
_SOURCE = written_in("retention", "`Net Revenue Retention`")
_POPULATIONS = {
    "start": "paying_at_start",
    "expansion": "paying_at_start",
    "contraction": "paying_at_start",
    "churn": "paying_at_start",
    "new": "not_paying_at_start",
    "reactivation": "had_left",
    "end": "paying_at_end",
}
BRIDGE: dict[str, Metric] = {
    part: define_metric(part, "amount", _POPULATIONS[part], _SOURCE) for part in BRIDGE_PARTS
}
"""The metric of each part of the bridge."""

MONTHS_OF_A_YEAR = 12
ARR_AT_START = define_metric("arr_start", "amount", "paying_at_start", _SOURCE)
ARR_AT_END = define_metric("arr_end", "amount", "paying_at_end", _SOURCE)
NRR = define_metric(
    "nrr",
    "percent",
    "paying_at_start",
    _SOURCE,
    define_bands(
        "nrr",
        explained=True,
        world_class=130,
        excellent=110,
        good=100,
        acceptable=90,
        problematic=None,
    ),
    yearly=True,
)
GRR = define_metric(
    "grr",
    "percent",
    "paying_at_start",
    written_in("retention", "`Gross Revenue Retention`"),
    define_bands("grr", excellent=95, good=90, to_improve=85, critical=None),
    yearly=True,
)
REVENUE_METRICS = (*BRIDGE.values(), ARR_AT_START, ARR_AT_END, NRR, GRR)
REVENUE = Family("revenue", catalogue_text("families", "revenue"), REVENUE_METRICS, compute_revenue)
