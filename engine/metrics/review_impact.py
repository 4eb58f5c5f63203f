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
from ..playbook.model import Texts
from ..sources.convert import AMOUNT
from ..sources.snapshots import Snapshots
from .metric_snapshots import by_group
from .metric_value import Figure, FigureUnit, Metric, ratio, twelve_months_before, written_in
from .request import MetricRequest
from .revenue import bridge_parts

PROMOTER, DETRACTOR = 9, 6
"""A rating of at least 9 is a promoter's, one of at most 6 a detractor's."""
RHYTHM = ("enterprise", "strategic", "growth")
"""The segments with a regular review in the shipped playbook. The others are reviewed only after an event."""
ELIGIBLE = (
    pl.when(pl.col("status").is_null())
    .then(pl.lit(value=True))
    .otherwise(pl.col("status") == "active")
    & pl.col("segment").is_in(RHYTHM).fill_null(value=False)
)  # fmt: skip
_SOURCE = written_in("QBR", "`Métriques d'impact`")

_GROUPS: dict[str, Texts] = {
    "with": {
        "en": "eligible customers at the window's start (active, of segment enterprise, strategic or growth) whose "
        "last_review_date then lay in the twelve months before",
        "fr": "clients éligibles au début de la fenêtre (actifs, de segment enterprise, strategic ou growth) dont "
        "last_review_date se situait alors dans les douze mois précédents",
    },
    "without": {
        "en": "the other eligible customers at the window's start: those with no review in the twelve months before",
        "fr": "les autres clients éligibles au début de la fenêtre : sans revue dans les douze mois précédents",
    },
    "difference": {
        "en": "both groups; reviews within the window do not count, since only accounts that stay can be reviewed",
        "fr": "les deux groupes ; les revues tenues dans la fenêtre ne comptent pas, car il faut être resté pour en "
        "avoir",
    },
}
_TITLES: dict[str, Texts] = {
    "with": {"en": "with reviews", "fr": "avec revue"},
    "without": {"en": "without", "fr": "sans revue"},
    "difference": {"en": "difference", "fr": "écart"},
}


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
    relative: bool = False


def _effect(
    id: str,
    units: tuple[FigureUnit, FigureUnit],
    title: Texts,
    formula: Texts,
    benchmark: Texts,
    relative: bool,
) -> Effect:
    def metric(group: str, unit: FigureUnit, definition: Texts) -> Metric:
        full_title = {code: f"{title[code]}, {_TITLES[group][code]}" for code in title}
        return Metric(f"{id}_{group}", unit, full_title, definition, _GROUPS[group], _SOURCE)

    comparison = (
        {"en": "with reviews ÷ without - 1", "fr": "avec revue ÷ sans revue - 1"}
        if relative
        else {"en": "with reviews less without", "fr": "avec revue moins sans revue"}
    )
    both = (metric("with", units[0], formula), metric("without", units[0], formula))
    return Effect(both, metric("difference", units[1], comparison), benchmark, relative)


RETENTION = _effect(
    "retention",
    ("percent", "points"),
    {"en": "Customers kept", "fr": "Rétention clients"},
    {
        "en": "customers at the window's start who never left in it, grace included ÷ customers at its start",
        "fr": "clients au début de la fenêtre qui ne l'ont pas quittée, délai de grâce compris ÷ clients au début",
    },
    {"en": "benchmark +15 to +20 points", "fr": "benchmark +15 à +20 points"},
    relative=False,
)
EXPANSION = _effect(
    "expansion",
    ("percent", "percent"),
    {"en": "Expansion", "fr": "Expansion"},
    {
        "en": "MRR gained by those who paid at the window's start and stayed ÷ MRR at its start",
        "fr": "MRR gagné auprès de ceux qui payaient au début de la fenêtre et sont restés ÷ MRR au début",
    },
    {"en": "benchmark +25% to +30%", "fr": "benchmark +25 % à +30 %"},
    relative=True,
)
NPS = _effect(
    "nps",
    ("points", "points"),
    {"en": "NPS", "fr": "NPS"},
    {
        "en": "the share of nps_rating of 9 or 10 less that of 0 to 6, in points, among the customers kept "
        "that have a rating at the window's end; where none of them has, the mean of nps_score",
        "fr": "la part des nps_rating de 9 ou 10 moins celle de 0 à 6, en points, parmi les clients restés qui "
        "ont une note à la fin de la fenêtre ; si aucun n'en a, la moyenne de nps_score",
    },
    {"en": "benchmark +10 points", "fr": "benchmark +10 points"},
    relative=False,
)
EFFECTS = (RETENTION, EXPANSION, NPS)
EFFECT_METRICS = tuple(metric for each in EFFECTS for metric in (*each.both, each.difference))

CORRELATION: Texts = {"en": "a correlation, not an effect", "fr": "une corrélation, pas un effet"}
_UNRECORDED: Texts = {
    "en": "the snapshot at the window's start does not say when reviews were held (last_review_date)",
    "fr": "l'instantané du début de la fenêtre ne dit pas quand les revues ont été tenues (last_review_date)",
}
_NO_ACCOUNT: Texts = {
    "en": "there is no account to look at in this group",
    "fr": "il n'y a personne à observer dans ce groupe",
}
_INCOMPARABLE: Texts = {
    "en": "nothing to compare with",
    "fr": "rien à quoi comparer",
}

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
    """Return the eligible customers at the window's start.

    The columns are `account_id`, `group`, `churned`, `reviewed`, `start`, `expansion`, the NPS fields and `nps`. Return
    None where that snapshot has no date of a review at all.
    """
    snapshots = Snapshots(request.project.workspace, request.project.catalogue)
    first, data = request.window.first, request.window_data
    start = snapshots.newest(first)
    end = snapshots.newest(min(request.window.last, request.on))
    if start is None or end is None:
        return None
    before = snapshots.load(start, {"status", "segment", "last_review_date"}).frame
    if before["last_review_date"].null_count() == before.height:
        return None
    review_date = pl.col("last_review_date")
    reviewed = (review_date > twelve_months_before(first)) & (review_date <= first)
    eligible = before.filter(ELIGIBLE).select(
        ACCOUNT_ID, reviewed.fill_null(value=False).alias("reviewed")
    )
    present = data.accounts.filter(pl.col("start").is_not_null()).select(
        ACCOUNT_ID, "group", "churned"
    )
    answers = snapshots.load(end, {"nps_rating", "nps_score"}, ("nps_rating", "nps_score")).frame
    moved = bridge_parts(data.accounts, request.method).select(ACCOUNT_ID, "start", "expansion")
    customers = (
        present.join(eligible, on=ACCOUNT_ID)
        .join(moved, on=ACCOUNT_ID)
        .join(answers, on=ACCOUNT_ID, how="left")
    )
    return customers.with_columns(_answer(customers).alias("nps")).sort(ACCOUNT_ID)


def _answer(customers: pl.DataFrame) -> pl.Expr:
    """Return the contribution of each account to the NPS: its rating or, where no retained account has one, its score.

    All accounts use the same one of the two, so that the groups can be compared.
    """
    rating = pl.col("nps_rating")
    if customers.filter(~pl.col("churned"))["nps_rating"].count() == 0:
        return pl.col("nps_score")
    share = pl.when(rating >= PROMOTER).then(100).when(rating <= DETRACTOR).then(-100).otherwise(0)
    return pl.when(rating.is_not_null()).then(share.cast(AMOUNT))


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
        yield Figure(metric, request.window, value, accounts, group, why=why, note=CORRELATION)
    (with_reviews, reviewed), (without, unreviewed) = halves
    value = _difference(with_reviews, without, relative=effect.relative)
    yield Figure(
        effect.difference,
        request.window,
        value,
        reviewed + unreviewed,
        group,
        why=_INCOMPARABLE if value is None else None,
        note=_benchmark_note(effect),
    )


def _difference(
    with_reviews: Decimal | None, without: Decimal | None, *, relative: bool
) -> Decimal | None:
    if with_reviews is None or without is None:
        return None
    change = with_reviews - without
    return ratio(change, without) if relative else change


def _benchmark_note(effect: Effect) -> Texts:
    return {
        "en": f"{CORRELATION['en']}; {effect.benchmark['en']}",
        "fr": f"{CORRELATION['fr']} ; {effect.benchmark['fr']}",
    }


def _unknown(
    request: MetricRequest, effects: Iterable[Effect], group: str | None, why: Texts
) -> Iterator[Figure]:
    for effect in effects:
        for metric in (*effect.both, effect.difference):
            yield Figure(metric, request.window, None, group=group, why=why, note=CORRELATION)
