"""Renewal rates: the terms that fell due in a window and were renewed, by count and by monthly amount.

The input is the data of a window. The output is figures of each group, then of all accounts. A rate covers decided
terms only. Terms that may still be renewed within grace are counted separately, as pending.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import polars as pl

from ..sources.convert import AMOUNT
from ..text.translations import catalogue_text
from .metric_snapshots import by_group
from .metric_value import Figure, Target, define_metric, ratio, remark, written_in
from .request import Family, MetricRequest

RENEWAL_OUTCOMES = ("renewed", "lapsed", "pending")
Tally = dict[str, tuple[int, Decimal]]
"""By outcome, the number of terms and their monthly amount."""


def compute_renewals(request: MetricRequest) -> list[Figure]:
    """Return the counts, amounts and rates of each group, then of all accounts."""
    data = request.window_data
    if data.no_terms is not None:
        return [
            Figure(metric, request.window, None, why=data.no_terms) for metric in RENEWAL_METRICS
        ]
    return [
        figure
        for group, rows in by_group(request.terms)
        for figure in _figures(request, group, _tally(rows), Decimal(rows["kept"].sum()))
    ]


def _tally(terms: pl.DataFrame) -> Tally:
    sums = terms.group_by("outcome").agg(
        pl.len(), pl.col("amount").fill_null(pl.lit(0, AMOUNT)).sum()
    )
    by_outcome = {outcome: (count, amount) for outcome, count, amount in sums.iter_rows()}
    return {outcome: by_outcome.get(outcome, (0, Decimal(0))) for outcome in RENEWAL_OUTCOMES}


def _figures(
    request: MetricRequest, group: str | None, tally: Tally, kept: Decimal
) -> list[Figure]:
    data, window = request.window_data, request.window
    decided = tally["renewed"][0] + tally["lapsed"][0]
    worth = tally["renewed"][1] + tally["lapsed"][1]
    counts = [
        Figure(_COUNTS[outcome], window, Decimal(count), count, group)
        for outcome, (count, _) in tally.items()
    ]
    amounts = [
        Figure(
            _AMOUNTS[outcome],
            window,
            None if data.no_amounts else amount,
            count,
            group,
            currency=data.currency,
            why=data.no_amounts,
        )
        for outcome, (count, amount) in tally.items()
    ]
    rate = Figure(
        RENEWAL_RATE,
        window,
        ratio(tally["renewed"][0], decided),
        decided,
        group,
        why=None if decided else _NONE_DECIDED,
        notes=data.notes,
    )
    kept_share = None if data.no_amounts else ratio(kept, worth)
    by_value = Figure(
        RATE_BY_VALUE,
        window,
        None if data.no_amounts else ratio(tally["renewed"][1], worth),
        decided,
        group,
        why=data.no_amounts or (None if worth else _NONE_DECIDED),
        notes=data.notes,
    )
    return [
        rate,
        by_value,
        replace(by_value, metric=RATE_BY_VALUE_RETAINED, value=kept_share),
        *counts,
        *amounts,
    ]


_NONE_DECIDED = remark("no_term_decided")
_SOURCE = written_in("retention", "`Objectifs Phase Retention`, `Timeline Renewal`")
_GOAL = Target(Decimal(85), strictly=True)
RENEWAL_RATE = define_metric("renewal_rate", "percent", "terms_due", _SOURCE, _GOAL)
RATE_BY_VALUE = define_metric("renewal_rate_by_value", "percent", "terms_due", _SOURCE, _GOAL)
RATE_BY_VALUE_RETAINED = define_metric(
    "renewal_rate_by_value_retained", "percent", "terms_due", _SOURCE, _GOAL
)
_COUNTS = {
    outcome: define_metric(outcome, "count", "terms_due", _SOURCE) for outcome in RENEWAL_OUTCOMES
}
_AMOUNTS = {
    outcome: define_metric(f"{outcome}_mrr", "amount", "terms_due", _SOURCE, defined_as=outcome)
    for outcome in RENEWAL_OUTCOMES
}
RENEWAL_METRICS = (
    RENEWAL_RATE,
    RATE_BY_VALUE,
    RATE_BY_VALUE_RETAINED,
    *_COUNTS.values(),
    *_AMOUNTS.values(),
)
RENEWALS = Family(
    "renewals", catalogue_text("families", "renewals"), RENEWAL_METRICS, compute_renewals
)
