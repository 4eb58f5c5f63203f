"""Review impact: retention, expansion and NPS of accounts with and without reviews, and the differences.

The input is the data of a window. The output is figures with reviews, without, and their difference. An account counts
as reviewed by the twelve months before the window, never by the window itself: only accounts that stay can be reviewed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..core.languages import Texts
from ..sources.snapshots import Snapshots
from .customer_results import customer_results, nps_answer
from .metric_snapshots import by_group
from .metric_value import (
    Figure,
    FigureUnit,
    Metric,
    define_metric,
    ratio,
    remark,
    twelve_months_before,
    written_in,
)
from .request import MetricRequest

RHYTHM = ("enterprise", "strategic", "growth")
"""The segments with a regular review in the shipped playbook. The others are reviewed only after an event."""
ELIGIBLE = (
    pl.when(pl.col("status").is_null())
    .then(pl.lit(value=True))
    .otherwise(pl.col("status") == "active")
    & pl.col("segment").is_in(RHYTHM).fill_null(value=False)
)  # fmt: skip
_SOURCE = written_in("QBR", "`Métriques d'impact`")


@dataclass(frozen=True, slots=True)
class Effect:
    """A measure of impact: the figures with and without reviews, and their difference.

    Attributes:
        both: The metrics with and without reviews.
        difference: The metric of the difference.
        benchmark: The difference that the source document expects.
        relative: True if the difference is a quotient.
    """

    both: tuple[Metric, Metric]
    difference: Metric
    benchmark: Texts
    relative: bool


def _effect(
    id: str, unit: FigureUnit, difference: FigureUnit, *, defined_as: str | None = None
) -> Effect:
    """Return a measure; `defined_as` is the metric whose definition the difference shares."""
    both = (
        define_metric(f"{id}_with", unit, "with_reviews", _SOURCE),
        define_metric(f"{id}_without", unit, "without_reviews", _SOURCE, defined_as=f"{id}_with"),
    )
    compared = define_metric(
        f"{id}_difference", difference, "with_and_without_reviews", _SOURCE, defined_as=defined_as
    )
    return Effect(both, compared, remark(f"{id}_benchmark"), relative=difference == "percent")


RETENTION = _effect("retention", "percent", "points")
EXPANSION = _effect("expansion", "percent", "percent")
NPS = _effect("nps", "points", "points", defined_as="retention_difference")
EFFECTS = (RETENTION, EXPANSION, NPS)
EFFECT_METRICS = tuple(metric for each in EFFECTS for metric in (*each.both, each.difference))

CORRELATION = remark("correlation")
_UNRECORDED = remark("reviews_unrecorded_at_start")
_NO_ACCOUNT = remark("no_account_in_group")
_INCOMPARABLE = remark("nothing_to_compare")

EffectValue = tuple[Decimal | None, int]
"""A value, and the number of accounts in it."""


def compute_effects(request: MetricRequest) -> list[Figure]:
    """Return the figures with reviews, without, and the difference, of each group, then of all accounts."""
    data = request.window_data
    customers = None if data.why else _customers(request)
    if customers is None:
        return list(_unknown(request, EFFECTS, None, data.why or _UNRECORDED))
    figures: list[Figure] = []
    for group, rows in by_group(customers):
        halves = [rows.filter(pl.col("reviewed") == reviewed) for reviewed in (True, False)]
        for effect in EFFECTS:
            if effect is EXPANSION and data.no_amounts is not None:
                figures += _unknown(request, (effect,), group, data.no_amounts)
                continue
            figures += _figures(
                request, effect, group, [_VALUES[effect.difference.id](rows) for rows in halves]
            )
    return figures


def _customers(request: MetricRequest) -> pl.DataFrame | None:
    """Return the eligible customers at the window's start: `customer_results` with `reviewed` and `nps`.

    Return None where that snapshot has no date of a review at all.
    """
    snapshots = Snapshots(request.project.workspace, request.project.catalogue)
    first = request.window.first
    start, results = snapshots.newest(first), customer_results(request)
    if start is None or results is None:
        return None
    before = snapshots.load(start, {"status", "segment", "last_review_date"}).frame
    if before["last_review_date"].null_count() == before.height:
        return None
    review_date = pl.col("last_review_date")
    reviewed = (review_date > twelve_months_before(first)) & (review_date <= first)
    eligible = before.filter(ELIGIBLE).select(
        ACCOUNT_ID, reviewed.fill_null(value=False).alias("reviewed")
    )
    customers = results.join(eligible, on=ACCOUNT_ID)
    return customers.with_columns(nps_answer(customers).alias("nps")).sort(ACCOUNT_ID)


def _retention(rows: pl.DataFrame) -> EffectValue:
    return ratio(rows.filter(~pl.col("churned")).height, rows.height), rows.height


def _expansion(rows: pl.DataFrame) -> EffectValue:
    paid = rows.filter(pl.col("start") > 0)
    return ratio(Decimal(paid["expansion"].sum()), Decimal(paid["start"].sum())), paid.height


def _nps(rows: pl.DataFrame) -> EffectValue:
    answers = rows.filter(~pl.col("churned"))["nps"].drop_nulls()
    return (Decimal(answers.sum()) / answers.len() if answers.len() else None), answers.len()


_VALUES: Mapping[str, Callable[[pl.DataFrame], EffectValue]] = {
    RETENTION.difference.id: _retention,
    EXPANSION.difference.id: _expansion,
    NPS.difference.id: _nps,
}


def _figures(
    request: MetricRequest, effect: Effect, group: str | None, halves: Sequence[EffectValue]
) -> Iterator[Figure]:
    """Yield the figures with and without reviews, then their difference."""
    for metric, (value, accounts) in zip(effect.both, halves, strict=True):
        why = _NO_ACCOUNT if value is None else None
        yield Figure(metric, request.window, value, accounts, group, why=why, notes=(CORRELATION,))
    (with_reviews, reviewed), (without, unreviewed) = halves
    value = _difference(with_reviews, without, relative=effect.relative)
    yield Figure(
        effect.difference,
        request.window,
        value,
        reviewed + unreviewed,
        group,
        why=_INCOMPARABLE if value is None else None,
        notes=(remark("correlation_and_benchmark", benchmark=effect.benchmark),),
    )


def _difference(
    with_reviews: Decimal | None, without: Decimal | None, *, relative: bool
) -> Decimal | None:
    if with_reviews is None or without is None:
        return None
    change = with_reviews - without
    return ratio(change, without) if relative else change


def _unknown(
    request: MetricRequest, effects: Iterable[Effect], group: str | None, why: Texts
) -> Iterator[Figure]:
    for effect in effects:
        for metric in (*effect.both, effect.difference):
            yield Figure(metric, request.window, None, group=group, why=why, notes=(CORRELATION,))
