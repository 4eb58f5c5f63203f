"""What differs between accounts with and without reviews: customers kept, expansion, NPS.

In: a window as observed; out: figures with, without, and their difference. The rule: who had a review is told by the
twelve months before the window, never by the window itself, since only accounts that stay can be reviewed.
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
from .revenue import parts

PROMOTER, DETRACTOR = 9, 6
"""An answer of at least 9 promotes, one of at most 6 detracts."""
RHYTHM = ("enterprise", "strategic", "growth")
"""Segments that the shipped playbook reviews at a rhythm; the others only when something happens."""
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
    """A figure with, the same without, and how they differ; `benchmark` is what the source expects of it."""

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
        named = {code: f"{title[code]}, {_TITLES[group][code]}" for code in title}
        return Metric(f"{id}_{group}", unit, named, definition, _GROUPS[group], _SOURCE)

    less = (
        {"en": "with reviews ÷ without - 1", "fr": "avec revue ÷ sans revue - 1"}
        if relative
        else {"en": "with reviews less without", "fr": "avec revue moins sans revue"}
    )
    both = (metric("with", units[0], formula), metric("without", units[0], formula))
    return Effect(both, metric("difference", units[1], less), benchmark, relative)


KEPT = _effect(
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
EFFECTS = (KEPT, EXPANSION, NPS)
EFFECT_METRICS = tuple(metric for each in EFFECTS for metric in (*each.both, each.difference))

CORRELATION: Texts = {"en": "a correlation, not an effect", "fr": "une corrélation, pas un effet"}
_UNRECORDED: Texts = {
    "en": "the snapshot at the window's start does not say when reviews were held (last_review_date)",
    "fr": "l'instantané du début de la fenêtre ne dit pas quand les revues ont été tenues (last_review_date)",
}
_NOBODY: Texts = {
    "en": "there is no account to look at in this group",
    "fr": "il n'y a personne à observer dans ce groupe",
}
_INCOMPARABLE: Texts = {
    "en": "nothing to compare with",
    "fr": "rien à quoi comparer",
}

EffectValue = tuple[Decimal | None, int]
"""A value, and how many accounts stand behind it."""


def compute_effects(asked: MetricRequest) -> list[Figure]:
    """With, without and the difference, for each group and then for all."""
    seen = asked.observed
    customers = None if seen.why else _customers(asked)
    if customers is None:
        return list(_untold(asked, EFFECTS, None, seen.why or _UNRECORDED))
    found: list[Figure] = []
    for group, rows in by_group(customers):
        halves = [rows.filter(pl.col("reviewed") == had) for had in (True, False)]
        for effect in EFFECTS:
            if effect is EXPANSION and seen.no_amounts is not None:
                found += _untold(asked, (effect,), group, seen.no_amounts)
                continue
            found += _figures(
                asked, effect, group, [_VALUES[effect.difference.id](rows) for rows in halves]
            )
    return found


def _customers(asked: MetricRequest) -> pl.DataFrame | None:
    """Eligible customers at the window's start: `group`, `reviewed`, `churned`, `start`, `expansion` and `nps`.

    None where that snapshot says of no account when it was reviewed.
    """
    snapshots = Snapshots(asked.project.workspace, asked.project.catalogue)
    first, seen = asked.window.first, asked.observed
    start = snapshots.newest(first)
    end = snapshots.newest(min(asked.window.last, asked.on))
    if start is None or end is None:
        return None
    before = snapshots.load(start, {"status", "segment", "last_review_date"}).frame
    if before["last_review_date"].null_count() == before.height:
        return None
    held = pl.col("last_review_date")
    reviewed = (held > twelve_months_before(first)) & (held <= first)
    eligible = before.filter(ELIGIBLE).select(
        ACCOUNT_ID, reviewed.fill_null(value=False).alias("reviewed")
    )
    there = seen.accounts.filter(pl.col("start").is_not_null()).select(
        ACCOUNT_ID, "group", "churned"
    )
    answers = snapshots.load(end, {"nps_rating", "nps_score"}, ("nps_rating", "nps_score")).frame
    moved = parts(seen.accounts, asked.method).select(ACCOUNT_ID, "start", "expansion")
    customers = (
        there.join(eligible, on=ACCOUNT_ID)
        .join(moved, on=ACCOUNT_ID)
        .join(answers, on=ACCOUNT_ID, how="left")
    )
    return customers.with_columns(_answer(customers).alias("nps")).sort(ACCOUNT_ID)


def _answer(customers: pl.DataFrame) -> pl.Expr:
    """What each adds to the NPS: by its rating, or where nobody who was kept has one, its score.

    One of the two for everybody: with and without could not be compared otherwise.
    """
    rating = pl.col("nps_rating")
    if customers.filter(~pl.col("churned"))["nps_rating"].count() == 0:
        return pl.col("nps_score")
    share = pl.when(rating >= PROMOTER).then(100).when(rating <= DETRACTOR).then(-100).otherwise(0)
    return pl.when(rating.is_not_null()).then(share.cast(AMOUNT))


def _kept(rows: pl.DataFrame) -> EffectValue:
    return ratio(rows.filter(~pl.col("churned")).height, rows.height), rows.height


def _expansion(rows: pl.DataFrame) -> EffectValue:
    paid = rows.filter(pl.col("start") > 0)
    return ratio(Decimal(paid["expansion"].sum()), Decimal(paid["start"].sum())), paid.height


def _nps(rows: pl.DataFrame) -> EffectValue:
    answers = rows.filter(~pl.col("churned"))["nps"].drop_nulls()
    return (Decimal(answers.sum()) / answers.len() if answers.len() else None), answers.len()


_VALUES: Mapping[str, Callable[[pl.DataFrame], EffectValue]] = {
    KEPT.difference.id: _kept,
    EXPANSION.difference.id: _expansion,
    NPS.difference.id: _nps,
}


def _figures(
    asked: MetricRequest, effect: Effect, group: str | None, found: Sequence[EffectValue]
) -> Iterator[Figure]:
    """The two halves, then how they differ."""
    for metric, (value, accounts) in zip(effect.both, found, strict=True):
        why = _NOBODY if value is None else None
        yield Figure(metric, asked.window, value, accounts, group, why=why, note=CORRELATION)
    (had, some), (lacked, others) = found
    value = _difference(had, lacked, relative=effect.relative)
    yield Figure(
        effect.difference,
        asked.window,
        value,
        some + others,
        group,
        why=_INCOMPARABLE if value is None else None,
        note=_noted(effect),
    )


def _difference(had: Decimal | None, lacked: Decimal | None, *, relative: bool) -> Decimal | None:
    if had is None or lacked is None:
        return None
    return ratio(had - lacked, lacked) if relative else had - lacked


def _noted(effect: Effect) -> Texts:
    return {
        "en": f"{CORRELATION['en']}; {effect.benchmark['en']}",
        "fr": f"{CORRELATION['fr']} ; {effect.benchmark['fr']}",
    }


def _untold(
    asked: MetricRequest, effects: Iterable[Effect], group: str | None, why: Texts
) -> Iterator[Figure]:
    for effect in effects:
        for metric in (*effect.both, effect.difference):
            yield Figure(metric, asked.window, None, group=group, why=why, note=CORRELATION)
