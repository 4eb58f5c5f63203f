"""Cohort retention: the share of the accounts that signed up in a month and are active N days or months later.

The input is all snapshots up to a date. The output is figures by group and period. The formula of the source document:
retention J+N = active at J+N / accounts of the cohort.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..playbook.model import Texts
from ..sources.snapshots import Snapshots
from .curve import (
    CORNER,
    DAY_PERIODS,
    MONTH_PERIODS,
    ActivitySnapshot,
    Cohorts,
    Period,
    Plateau,
    Point,
    collect_activity,
    known_at,
    old_enough,
    plateau,
    points,
    sum_groups,
)
from .groups import By
from .metric_snapshots import METRIC_FIELDS, all_good, days_known, group_of, prefetch
from .metric_value import Figure, FigureUnit, Metric, Window, written_in
from .request import Family, MetricRequest

BENCHMARKS = {
    "J1": "40-70",
    "J7": "20-40",
    "J14": "15-30",
    "J30": "10-25",
    "J60": "8-20",
    "J90": "6-18",
    "J180": "5-15",
    "J365": "4-12",
}
"""The benchmarks of the source document by period, in percent."""

_POPULATION: Texts = {
    "en": "accounts with a signup date in the cohorts (months of signup) whose youngest possible account is that old "
    "at the last snapshot; at a period, those whose state is known: by the newest snapshot not later than that day, if "
    "it is not before the signup and has no bad value of theirs; all snapshots up to the report date, whatever the "
    "window; a group is the one that an account was first seen in",
    "fr": "comptes avec une date d'inscription, dans les cohortes (mois d'inscription) dont le plus jeune compte "
    "possible a cet âge au dernier instantané ; à une période, ceux dont l'état est connu : par l'instantané le plus "
    "récent à ce jour, s'il n'est pas antérieur à l'inscription et n'a pas de valeur erronée pour eux ; tous les "
    "instantanés jusqu'à la date demandée, quelle que soit la fenêtre ; le groupe est celui où le compte a d'abord "
    "été vu",
}
_SOURCE = written_in("retention", "`Retention Curves par Cohorte`")


_ACTIVE = (
    pl.when(pl.col("status").is_null())
    .then(pl.coalesce("mrr", "arr") > 0)
    .otherwise(pl.col("status") != "lapsed")
    .alias("active")
)


def _metric(
    id: str, unit: FigureUnit, en: str, fr: str, formula_en: str, formula_fr: str
) -> Metric:
    formula = {"en": formula_en, "fr": formula_fr}
    return Metric(id, unit, {"en": en, "fr": fr}, formula, _POPULATION, _SOURCE)


KNOWN_ACCOUNTS = _metric(
    "cohort_accounts", "count", "Known", "Connus",
    "accounts whose state is known at that period; at the first, all of the cohorts' accounts",
    "comptes dont l'état est connu à cette période ; à la première, tous les comptes des cohortes",
)  # fmt: skip
ACTIVE = _metric(
    "cohort_active", "count", "Active", "Actifs",
    "accounts in the export and not lapsed (trial and suspended count; without a status, MRR > 0) on day N after "
    "signup, or after N months, at a month's end where it has no such day; counted `on_or_after`, on that day or at "
    "any later snapshot; an account that left the export is not active",
    "comptes présents dans l'export et non résiliés (essai et suspendu compris ; sans statut, MRR > 0) au jour N après "
    "l'inscription, ou après N mois, en fin de mois si ce jour n'y existe pas ; avec `on_or_after`, ce jour-là ou à un "
    "instantané ultérieur ; un compte sorti de l'export n'est pas actif",
)  # fmt: skip
COHORT_RETENTION = _metric(
    "cohort_retention", "percent", "Retention", "Rétention",
    "active accounts ÷ accounts of the cohorts whose state is known at that period",
    "comptes actifs ÷ comptes des cohortes dont l'état est connu à cette période",
)  # fmt: skip
CHURN = _metric(
    "cohort_churn", "points", "Churn of the period", "Churn de la période",
    "retention at the period before less retention now, both over the cohorts old enough for now that are known at "
    "both",
    "rétention à la période précédente moins rétention à cette période, toutes deux sur les cohortes assez anciennes "
    "pour celle-ci et connues aux deux",
)  # fmt: skip
HAZARD = _metric(
    "cohort_hazard", "percent", "Lost of those left", "Perdus parmi les restants",
    "the hazard: 1 - retention now ÷ retention at the period before, over the same cohorts",
    "le risque instantané : 1 - rétention à cette période ÷ rétention à la période précédente, sur les mêmes cohortes",
)  # fmt: skip
FALL = _metric(
    "cohort_fall", "percent", "Lost in 30 days", "Perdus en 30 jours",
    "the share of those left that goes in 30 days, were it the same from one period to the other: 1 - (retention at "
    "the second ÷ at the first) ^ (30 ÷ days between); the curve flattens if after J60 (M2) it is at most half of what "
    "it is between J30 and J60 (M1 and M2), or under 1 %; else it keeps falling; all over the cohorts that "
    "can be followed up to the last period",
    "la part des restants qui part en 30 jours, si elle était constante d'une période à l'autre : 1 - (rétention à la "
    "seconde ÷ à la première) ^ (30 ÷ jours entre elles) ; la courbe s'aplatit si, après J60 (M2), elle est au plus la "
    "moitié de ce qu'elle est entre J30 et J60 (M1 et M2), ou inférieure à 1 % ; sinon le déclin continue ; le tout "
    "sur les cohortes que l'on peut suivre jusqu'à la dernière période",
)  # fmt: skip

_NO_SNAPSHOT: Texts = {
    "en": "there is no snapshot by then",
    "fr": "il n'y a pas encore d'instantané à cette date",
}
_TOO_YOUNG: Texts = {
    "en": "no cohort is old enough",
    "fr": "aucune cohorte n'est assez ancienne",
}
_UNKNOWN: Texts = {
    "en": "no snapshot covers that day",
    "fr": "aucun instantané ne renseigne ce jour",
}
_SURVIVORS: Texts = {
    "en": "some accounts signed up before the first snapshot: those that had left the export by then are not known, "
    "and retention may be overstated",
    "fr": "des comptes se sont inscrits avant le premier instantané : ceux déjà sortis de l'export ne sont pas connus, "
    "et la rétention peut être surestimée",
}
_NONE_LEFT: Texts = {"en": "no account was left", "fr": "il ne restait personne"}
_UNKNOWN_FALL: Texts = {
    "en": "no cohort can be followed from J30 (M1) until after J60 (M2)",
    "fr": "aucune cohorte ne peut être suivie de J30 (M1) jusqu'après J60 (M2)",
}
FLATTENS: Texts = {
    "en": "the curve flattens: core users are there",
    "fr": "la courbe s'aplatit : le noyau d'utilisateurs est là",
}
KEEPS_FALLING: Texts = {
    "en": "the curve keeps falling: the product-market fit is to be looked at again",
    "fr": "le déclin continue sans plateau : product-market fit à revoir",
}


def compute_cohorts(request: MetricRequest) -> list[Figure]:
    """Return the figures of each group, then of all, by period.

    A single cohort gets only its known figures, and none where only its size is known.
    """
    by = None if request.by == "cohort" else request.by
    periods = DAY_PERIODS if request.periods == "days" else MONTH_PERIODS
    active = collect_activity(prefetch(_read(request, by)))
    if not active.days:
        return [
            Figure(metric, request.window, None, why=_NO_SNAPSHOT) for metric in COHORTS.metrics
        ]
    groups = active.cohorts(periods, request.counting)
    window = Window(active.days[0], active.days[-1])
    every = sum_groups(groups)
    figures: list[Figure] = []
    if request.by == "cohort":
        for month, counts in every.items():
            single = cohort_figures({month: counts}, window, request.periods, f"{month:%Y-%m}")
            known = [figure for figure in single if figure.value is not None]
            if any(figure.metric is CHURN for figure in known):
                figures += known
    elif request.by:
        for group in sorted(groups):
            figures += cohort_figures(groups[group], window, request.periods, group)
    return figures + cohort_figures(every, window, request.periods)


def _read(request: MetricRequest, by: By | None) -> Iterator[ActivitySnapshot]:
    """Yield every snapshot up to the request's date; where any date has one, those of the window's months."""
    snapshots = Snapshots(request.project.workspace, request.project.catalogue)
    fields = {"status", "mrr", "arr", "signup_date", *([METRIC_FIELDS[by]] if by else [])}
    for day in days_known(snapshots, request.window, request.on):
        snapshot = snapshots.load(day, fields)
        frame = all_good(snapshot).select(
            ACCOUNT_ID, "signup_date", _ACTIVE, group_of(by).alias("group")
        )
        yield ActivitySnapshot(day, frame, snapshot.quarantined[ACCOUNT_ID].drop_nulls())


def curves(
    figures: Iterable[Figure],
) -> tuple[list[str], dict[str | None, list[Decimal | None]]]:
    """Return what is plotted: the periods, and by group the retention at each, None where unknown."""
    # Figures of all accounts have every period, in order. An old cohort lacks the first ones.
    ordered = sorted(figures, key=lambda figure: figure.group is not None)
    retention = {
        (figure.group, figure.period): figure.value
        for figure in ordered
        if figure.metric.id == COHORT_RETENTION.id
    }
    groups = dict.fromkeys(group for group, _ in retention)
    steps = list(dict.fromkeys(period for _, period in retention if period is not None))
    return steps, {group: [retention.get((group, step)) for step in steps] for group in groups}


def cohort_figures(
    cohorts: Cohorts, window: Window, unit: str, group: str | None = None
) -> list[Figure]:
    """Return the figures of one curve. The window ends with the last snapshot."""
    periods = DAY_PERIODS if unit == "days" else MONTH_PERIODS
    figures: list[Figure] = []
    for point in points(cohorts, periods, window.last):
        young = not old_enough(cohorts, point.period, window.last)
        note = _SURVIVORS if _is_of_survivors(cohorts, point.period, window) else None
        figures += _of_point(point, window, group, _TOO_YOUNG if young else _UNKNOWN, note)
    return figures + list(_of_plateau(plateau(cohorts, periods, window.last), unit, window, group))


def _is_of_survivors(cohorts: Cohorts, period: Period, window: Window) -> bool:
    """Return whether some accounts known at a period, but the first, signed up before the first snapshot."""
    known = known_at(old_enough(cohorts, period, window.last), period)
    return period.count > 0 and any(month < window.first for month in known)


def _of_point(
    point: Point, window: Window, group: str | None, why: Texts, known_note: Texts | None
) -> Iterator[Figure]:
    """Yield the figures of a point. The first has no churn or hazard. `known_note` goes with the known accounts."""
    label, known = point.period.label, point.counted.known
    unknown = None if known else why
    for metric, number in ((KNOWN_ACCOUNTS, known), (ACTIVE, point.counted.active)):
        value = Decimal(number) if known else None
        note = known_note if metric is KNOWN_ACCOUNTS else None
        yield Figure(metric, window, value, known, group, label, why=unknown, note=note)
    note = benchmark(label) if known else None
    yield Figure(
        COHORT_RETENTION, window, point.retention, known, group, label, why=unknown, note=note
    )
    if not point.period.count:
        return
    yield Figure(CHURN, window, point.churn, known, group, label, why=unknown)
    no_hazard = unknown or (_NONE_LEFT if point.hazard is None else None)
    yield Figure(HAZARD, window, point.hazard, known, group, label, why=no_hazard)


def _of_plateau(
    fall: Plateau | None, unit: str, window: Window, group: str | None
) -> Iterator[Figure]:
    """Yield the fall in the corner and after it, with its meaning."""
    start, end = (period.label for period in CORNER[unit])
    if fall is None:
        yield Figure(FALL, window, None, group=group, period=f"{end}+", why=_UNKNOWN_FALL)
        return
    meaning = FLATTENS if fall.flattens else KEEPS_FALLING
    after = f"{end}-{fall.last.label}"
    yield Figure(FALL, window, fall.corner, group=group, period=f"{start}-{end}")
    yield Figure(FALL, window, fall.after, group=group, period=after, note=meaning)


def benchmark(label: str) -> Texts | None:
    """Return the source document's benchmark of a period; None where it has none."""
    if label not in BENCHMARKS:
        return None
    bounds = BENCHMARKS[label]
    return {"en": f"benchmark {bounds}%", "fr": f"benchmark {bounds} %"}


COHORTS = Family(
    "cohorts",
    {"en": "Retention by cohort", "fr": "Rétention par cohorte"},
    (KNOWN_ACCOUNTS, ACTIVE, COHORT_RETENTION, CHURN, HAZARD, FALL),
    compute_cohorts,
    wide=True,
    over_periods=COHORT_RETENTION,
)
