"""Cohort retention: the share of the accounts that signed up in a month and are active N days or months later.

The input is all snapshots up to a date. The output is figures by group and period. The formula of the source document:
retention J+N = active at J+N / accounts of the cohort.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

import polars as pl

from ..columns.compiler import compile_expression
from ..core.ids import ACCOUNT_ID
from ..core.languages import Texts
from ..core.problems import Span
from ..core.schemas import with_unreadable
from ..language.expressions import Constant, Expression
from ..language.traversal import event_calls, fields_read
from ..sources.events import EventTables
from ..sources.snapshots import Snapshot, Snapshots
from ..text.translations import catalogue_text
from .curve import (
    CORNER,
    DAY_PERIODS,
    MONTH_PERIODS,
    Activity,
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
from .event_activity import cohorts_by_events, read_activity_events
from .groups import By
from .merged_lives import activity_of_survivors, read_survivors
from .metric_snapshots import (
    AMOUNTS,
    METRIC_FIELDS,
    all_good,
    days_known,
    group_of,
    prefetch,
    says_merged,
    with_merged,
)
from .metric_value import Figure, Window, define_metric, remark, written_in
from .request import Family, MetricRequest
from .window_quality import WindowQuality

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

_SOURCE = written_in("retention", "`Retention Curves par Cohorte`")


_BY_STATUS = pl.col("status") != "lapsed"
_BY_AMOUNT = (
    pl.when(pl.col("status").is_null()).then(pl.coalesce(*AMOUNTS) > 0).otherwise(_BY_STATUS)
)
EVERY_ACCOUNT = Constant(True, "boolean", Span("", 1, 1, 1, 1))
"""The condition on snapshots where activity goes by events."""

KNOWN_ACCOUNTS = define_metric("cohort_accounts", "count", "cohorts", _SOURCE)
ACTIVE = define_metric("cohort_active", "count", "cohorts", _SOURCE)
COHORT_RETENTION = define_metric("cohort_retention", "percent", "cohorts", _SOURCE)
CHURN = define_metric("cohort_churn", "points", "cohorts", _SOURCE)
HAZARD = define_metric("cohort_hazard", "percent", "cohorts", _SOURCE)
FALL = define_metric("cohort_fall", "percent", "cohorts", _SOURCE)

_NO_SNAPSHOT = remark("no_snapshot")
_TOO_YOUNG = remark("cohorts_too_young")
_UNKNOWN = remark("day_unknown")
_SURVIVORS = remark("survivors")
_NONE_LEFT = remark("none_left")
_UNKNOWN_FALL = remark("fall_unknown")
FLATTENS = remark("flattens")
KEEPS_FALLING = remark("keeps_falling")


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
    groups = _groups(request, active, periods)
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


def _groups(
    request: MetricRequest, active: Activity, periods: Sequence[Period]
) -> dict[str, Cohorts]:
    """Return the counts of each group's cohorts, by snapshots or by events."""
    if not request.project.workspace.metrics.active_events:
        return active.cohorts(periods, request.counting)
    snapshots = Snapshots(request.project.workspace, request.project.catalogue)
    events = read_activity_events(request, read_survivors(snapshots, active.days))
    return cohorts_by_events(active.accounts, events, periods, request.counting, active.days[-1])


def _read(request: MetricRequest, by: By | None) -> Iterator[ActivitySnapshot]:
    """Yield every snapshot up to the request's date; where any date has one, those of the window's months."""
    snapshots = Snapshots(request.project.workspace, request.project.catalogue)
    settings = request.project.workspace.metrics
    condition = EVERY_ACCOUNT if settings.active_events else settings.active
    calls = {} if condition is None else event_calls([condition])
    events = EventTables(request.project.workspace, request.project.catalogue.events, calls)
    request.event_rows.update(events.bad_rows())
    days = days_known(snapshots, request.window, request.on)
    checked = request.days_between(snapshots)
    quality = WindowQuality()
    survivors = read_survivors(snapshots, days)
    for snapshot in _load(snapshots, days, condition, by):
        if snapshot.on in checked:
            quality.add_fields(snapshot, at_end=snapshot.on in (checked[0], checked[-1]))
        day = pl.lit(snapshot.on)
        values = events.values(snapshot.on, snapshot.on).join(all_good(snapshot))
        frame = with_unreadable(values).with_columns(
            day.alias("@today"), day.alias("@snapshot_date")
        )
        columns = _activity(condition, frame.columns)
        frame = frame.select(ACCOUNT_ID, "signup_date", *columns, group_of(by).alias("group"))
        unknown = snapshot.quarantined[ACCOUNT_ID].drop_nulls()
        found = ActivitySnapshot(snapshot.on, frame, unknown)
        yield activity_of_survivors(found, says_merged(snapshot.frame), survivors)
    if {*checked} <= {*days}:
        request.note_quality(quality)


def _load(
    snapshots: Snapshots, days: Iterable[dt.date], condition: Expression | None, by: By | None
) -> Iterator[Snapshot]:
    """Yield the snapshots with the fields that cohorts read: the amounts only where a status is missing."""
    read = {"status", "churn_date"} if condition is None else fields_read(condition)
    fields = {*read, "signup_date", *([METRIC_FIELDS[by]] if by else [])}
    amounts: set[str] = set()
    for day in days:
        snapshot = snapshots.load(day, with_merged(snapshots, day, {*fields, *amounts}))
        if condition is None and not amounts and snapshot.frame["status"].null_count():
            # Later exports of the source will lack some, too.
            amounts = {*AMOUNTS}
            snapshot = snapshots.load(day, with_merged(snapshots, day, {*fields, *amounts}))
        yield snapshot if condition is not None else _without_idle_amounts(snapshot)


def _without_idle_amounts(snapshot: Snapshot) -> Snapshot:
    """Return the snapshot without the bad amounts of accounts whose status is known."""
    bad = snapshot.quarantined
    if bad.is_empty():
        return snapshot
    known = snapshot.frame.filter(pl.col("status").is_not_null())[ACCOUNT_ID].implode()
    idle = pl.col("field").is_in(AMOUNTS) & pl.col(ACCOUNT_ID).is_in(known)
    return replace(snapshot, quarantined=bad.filter(~idle.fill_null(value=False)))


def _activity(condition: Expression | None, columns: Collection[str]) -> tuple[pl.Expr, pl.Expr]:
    """Return the columns `active` and `churn_date`. A condition of activity does not follow from churn dates."""
    if condition is None:
        active = _BY_AMOUNT if AMOUNTS[0] in columns else _BY_STATUS
        return active.alias("active"), pl.col("churn_date")
    active = compile_expression(condition).alias("active")
    return active, pl.lit(None, pl.Date).alias("churn_date")


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
        notes = (_SURVIVORS,) if _is_of_survivors(cohorts, point.period, window) else ()
        figures += _of_point(point, window, group, _TOO_YOUNG if young else _UNKNOWN, notes)
    return figures + list(_of_plateau(plateau(cohorts, periods, window.last), unit, window, group))


def _is_of_survivors(cohorts: Cohorts, period: Period, window: Window) -> bool:
    """Return whether some accounts known at a period, but the first, signed up before the first snapshot."""
    known = known_at(old_enough(cohorts, period, window.last), period)
    return period.count > 0 and any(month < window.first for month in known)


def _of_point(
    point: Point, window: Window, group: str | None, why: Texts, known_notes: tuple[Texts, ...]
) -> Iterator[Figure]:
    """Yield the figures of a point. The first has no churn or hazard. `known_notes` go with the known accounts."""
    label, known = point.period.label, point.counted.known
    unknown = None if known else why
    for metric, number in ((KNOWN_ACCOUNTS, known), (ACTIVE, point.counted.active)):
        value = Decimal(number) if known else None
        notes = known_notes if metric is KNOWN_ACCOUNTS else ()
        yield Figure(metric, window, value, known, group, label, why=unknown, notes=notes)
    notes = (*benchmark(label), *_distance(point)) if known else ()
    yield Figure(
        COHORT_RETENTION, window, point.retention, known, group, label, why=unknown, notes=notes
    )
    if not point.period.count:
        return
    yield Figure(CHURN, window, point.churn, known, group, label, why=unknown)
    no_hazard = unknown or (_NONE_LEFT if point.hazard is None else None)
    yield Figure(HAZARD, window, point.hazard, known, group, label, why=no_hazard)


def _distance(point: Point) -> Iterator[Texts]:
    """Yield the remark on the snapshots that a point is read from, unless they are of the period's very days."""
    if point.counted.distance:
        yield remark("snapshot_distance", days=point.counted.distance)


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
    yield Figure(FALL, window, fall.after, group=group, period=after, notes=(meaning,))


def benchmark(label: str) -> tuple[Texts, ...]:
    """Return the source document's benchmark of a period; nothing where it has none."""
    return (remark("benchmark", share=BENCHMARKS[label]),) if label in BENCHMARKS else ()


COHORTS = Family(
    "cohorts",
    catalogue_text("families", "cohorts"),
    (KNOWN_ACCOUNTS, ACTIVE, COHORT_RETENTION, CHURN, HAZARD, FALL),
    compute_cohorts,
    wide=True,
    over_periods=COHORT_RETENTION,
)
