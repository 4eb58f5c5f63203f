"""Review programme metrics: coverage, punctuality, attendance, ratings and action items.

The input is the snapshots and the ledger. They give the eligible accounts, the reviews held in the window and those
that fell due in it. The output is figures of each group, then of all accounts, rated by the targets and alerts of the
source document, and the impact of reviews. A review was held if `last_review_date` says so (a date later than its
snapshot does not count), or its meeting is recorded as done.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..core.schemas import empty_table
from ..sources.convert import AMOUNT
from ..sources.snapshots import Snapshots
from ..store import Reader
from ..text.translations import catalogue_text
from .groups import By
from .ledger_as_of import CYCLE_COLUMNS, enrolments, ledger_entries
from .metric_snapshots import (
    METRIC_FIELDS,
    NONE,
    by_group,
    days_known,
    group_of,
    with_merged,
    without_merged,
)
from .metric_value import (
    HUNDRED,
    Figure,
    Metric,
    Target,
    Window,
    define_metric,
    ratio,
    remark,
    written_in,
)
from .request import Family, MetricRequest
from .review_impact import EFFECT_METRICS, ELIGIBLE, compute_effects
from .review_outcomes import MEETING, PLAYBOOK, RECAP, action_items, reviews_recorded_as_held

GRACE = dt.timedelta(days=7)
"""A review is on time up to this long after its due date."""
LEAD_TIME = dt.timedelta(days=62)
"""No review is prepared longer before its due date than this: 14 days, and a change of date."""

ON_TIME, LATE, PENDING = "on_time", "late", "pending"

RATINGS = ("last_review_attendance", "last_review_rating")
ITEM_FIELDS = ("action_items_done", "action_items_open")
_HELD_SCHEMA = {ACCOUNT_ID: pl.String(), "held_on": pl.Date(), **dict.fromkeys(RATINGS, AMOUNT)}


@dataclass(frozen=True, slots=True)
class ReviewData:
    """The reviews of a window. Each table has `account_id` and `group`.

    Attributes:
        accounts: The accounts of the window's last snapshot: `eligible`, `action_items_done`, `action_items_open`.
        held: The reviews held in the window: `held_on`, `last_review_attendance` (a share), `last_review_rating`.
        due: The reviews that fell due in the window: `due_on`, `outcome`.
        recorded: True if any snapshot has the date of a review, or the ledger has one that was held.
        items: The action items due in the window, `done` or not; None where no outcome of them is recorded.
    """

    accounts: pl.DataFrame
    held: pl.DataFrame
    due: pl.DataFrame
    recorded: bool
    items: pl.DataFrame | None = None


def read_reviews(request: MetricRequest) -> ReviewData | None:
    """Return the reviews from snapshots and ledger; None without a snapshot by the window's end."""
    snapshots = Snapshots(request.project.workspace, request.project.catalogue)
    days, window = days_known(snapshots, request.window, request.on), request.window
    ends = [day for day in days if day <= window.last]
    if not ends:
        return None
    due = _due(request)
    earliest = due["opened_on"].min()
    since = earliest if isinstance(earliest, dt.date) else window.first
    start = max((day for day in days if day <= window.first), default=days[0])
    held, groups = [empty_table(_HELD_SCHEMA)], []
    accounts, recorded = pl.DataFrame(), False
    for day in (day for day in days if day >= start):
        frame = _read(snapshots, day, request.by)
        recorded = recorded or frame["last_review_date"].null_count() < frame.height
        known = pl.col("last_review_date").is_between(min(since, window.first), day)
        held.append(
            frame.filter(known).rename({"last_review_date": "held_on"}).select(*_HELD_SCHEMA)
        )
        if request.by and day <= window.last:
            groups.append(frame.select(ACCOUNT_ID, "group"))
        if day == ends[-1]:
            accounts = frame
    reader = Reader.of(request.project)
    every = _distinct_reviews(pl.concat(held))
    wider = Window(min(since, window.first) - dt.timedelta(days=1), request.on)
    said = reviews_recorded_as_held(reader, request.on, wider, every)
    every = pl.concat([every, said], how="diagonal")
    items = action_items(reader, request.on, window, every)
    in_window = every.filter(pl.col("held_on") > window.first, pl.col("held_on") <= window.last)
    latest_groups = (
        pl.concat(groups).unique(ACCOUNT_ID, keep="last", maintain_order=True) if groups else None
    )
    return ReviewData(
        accounts.select(ACCOUNT_ID, "group", ELIGIBLE.alias("eligible"), *ITEM_FIELDS),
        _with_groups(in_window, latest_groups),
        _with_groups(_outcomes(due, every, days[-1]), latest_groups),
        recorded or said.height > 0,
        None if items is None else _with_groups(items, latest_groups),
    )


def _read(snapshots: Snapshots, day: dt.date, by: By | None) -> pl.DataFrame:
    numbers = (*RATINGS, *ITEM_FIELDS)
    fields = {
        "status",
        "segment",
        "last_review_date",
        *numbers,
        *([METRIC_FIELDS[by]] if by else []),
    }
    snapshot = snapshots.load(day, with_merged(snapshots, day, fields), numbers)
    return without_merged(snapshot).with_columns(group_of(by).alias("group"))


def _distinct_reviews(rows: pl.DataFrame) -> pl.DataFrame:
    """Return each review once, with its last known values. Ratings arrive some days after the review."""
    return rows.group_by(ACCOUNT_ID, "held_on", maintain_order=True).agg(
        pl.col(name).drop_nulls().last() for name in RATINGS
    )


def _due(request: MetricRequest) -> pl.DataFrame:
    """Return `CYCLE_COLUMNS`, `due_on` and `opened_on` of the reviews that fell due in the window.

    A review that was held before its meeting was issued has only a recap. It is due on the date it was held.
    """
    reader, window = Reader.of(request.project), request.window
    wider = Window(window.first - LEAD_TIME, max(request.on, window.last))
    columns = [*CYCLE_COLUMNS, "step", "status", "due_on", "anchor"]
    rows = ledger_entries(reader, request.on, wider, columns, [PLAYBOOK])
    cancelled = pl.col("status").is_in(["superseded", "withdrawn"])
    meetings = rows.filter((pl.col("step") == MEETING) & ~cancelled)
    recaps = rows.filter(pl.col("step") == RECAP).join(meetings, on=CYCLE_COLUMNS, how="anti")
    every = pl.concat(
        [
            meetings.select(*CYCLE_COLUMNS, "due_on"),
            recaps.select(*CYCLE_COLUMNS, pl.col("anchor").alias("due_on")),
        ]
    )
    due = every.group_by(CYCLE_COLUMNS).agg(pl.max("due_on"))
    within = due.filter(pl.col("due_on") > window.first, pl.col("due_on") <= window.last)
    enrolled = enrolments(reader, request.on, [PLAYBOOK]).select(*CYCLE_COLUMNS, "opened_on")
    return within.join(enrolled, on=CYCLE_COLUMNS, how="inner")


def _outcomes(due: pl.DataFrame, held: pl.DataFrame, known: dt.date) -> pl.DataFrame:
    """Return `account_id`, `due_on` and `outcome` of the reviews due.

    A review is on time where the newest review held by its last day in time belongs to its cycle.
    """
    until = due.with_columns((pl.col("due_on") + GRACE).alias("until")).sort("until")
    matched = until.join_asof(
        held.select(ACCOUNT_ID, "held_on").sort("held_on"),
        left_on="until",
        right_on="held_on",
        by=ACCOUNT_ID,
        strategy="backward",
        check_sortedness=False,  # sorted above, but Polars cannot check it by account
    )
    in_time = (pl.col("held_on") >= pl.col("opened_on")).fill_null(value=False)
    outcome = (
        pl.when(in_time)
        .then(pl.lit(ON_TIME))
        .when(pl.col("until") > known)
        .then(pl.lit(PENDING))
        .otherwise(pl.lit(LATE))
    )
    return matched.select(ACCOUNT_ID, "due_on", outcome.alias("outcome")).sort(ACCOUNT_ID, "due_on")


def _with_groups(rows: pl.DataFrame, groups: pl.DataFrame | None) -> pl.DataFrame:
    """Return the rows with the group of each account in its last snapshot by the window's end."""
    if groups is None:
        return rows.with_columns(pl.lit(None, pl.String).alias("group"))
    grouped = rows.join(groups, on=ACCOUNT_ID, how="left", maintain_order="left")
    return grouped.with_columns(pl.col("group").fill_null(NONE))


_SOURCE = written_in("QBR", "`KPIs programme QBR`")


COVERAGE = define_metric(
    "review_coverage", "percent", "eligible", _SOURCE, Target(HUNDRED, alert=Decimal(90))
)
PUNCTUAL = define_metric(
    "reviews_on_time",
    "percent",
    "reviews_due",
    _SOURCE,
    Target(Decimal(95), strictly=True, alert=Decimal(85)),
)
ATTENDANCE = define_metric(
    "sponsor_attendance",
    "percent",
    "reviews_held",
    _SOURCE,
    Target(Decimal(70), strictly=True, alert=Decimal(50)),
)
RATING = define_metric(
    "review_rating",
    "rating",
    "reviews_held",
    _SOURCE,
    Target(Decimal("8.5"), strictly=True, alert=Decimal("8.0")),
)
ITEM_METRICS = define_metric(
    "action_items_done", "percent", "reviewed", _SOURCE, Target(Decimal(80), strictly=True)
)
HELD = define_metric("reviews_held", "count", "reviews_held", _SOURCE)
DUE = define_metric("reviews_due", "count", "reviews_due", _SOURCE)
WAITING = define_metric("reviews_pending", "count", "reviews_due", _SOURCE)
PROGRAMME = (COVERAGE, PUNCTUAL, DUE, WAITING, ATTENDANCE, RATING, ITEM_METRICS, HELD)

_NO_SNAPSHOT = remark("no_snapshot_at_end")
_UNRECORDED = remark("reviews_unrecorded")
_NOT_ELIGIBLE = remark("none_eligible")
_NOTHING_DUE = remark("no_review_due")
_NO_VALUE = remark("no_review_value")
_NO_ITEMS = remark("no_action_items")
_OUTCOMES = remark("items_from_outcomes")


def compute_reviews(request: MetricRequest) -> list[Figure]:
    """Return the programme's figures of each group, then of all accounts, then the impact of reviews."""
    return [*programme(request, read_reviews(request)), *compute_effects(request)]


def programme(request: MetricRequest, data: ReviewData | None) -> list[Figure]:
    """Return coverage, punctuality, attendance, rating, action items, and their counts."""
    if data is None or not data.recorded:
        why = _NO_SNAPSHOT if data is None else _UNRECORDED
        return [Figure(metric, request.window, None, why=why) for metric in PROGRAMME]
    accounts, held, due = (dict(by_group(rows)) for rows in (data.accounts, data.held, data.due))
    items = {} if data.items is None else dict(by_group(data.items))
    groups = sorted({group for rows in (accounts, held, due, items) for group in rows if group})
    figures = []
    for group in (*groups, None):
        # A group without accounts at the window's end may have had reviews, and the other way round.
        members = accounts.get(group, data.accounts.clear())
        reviews = held.get(group, data.held.clear())
        figures += [
            _coverage(request, group, members, reviews),
            *_punctuality(request, group, due.get(group, data.due.clear())),
            _mean(request, ATTENDANCE, group, reviews, "last_review_attendance", HUNDRED),
            _mean(request, RATING, group, reviews, "last_review_rating"),
            _items(request, group, members, reviews)
            if data.items is None
            else _recorded_items(request, group, items.get(group, data.items.clear())),
            Figure(HELD, request.window, Decimal(reviews.height), _accounts(reviews), group),
        ]
    return figures


def _coverage(
    request: MetricRequest, group: str | None, members: pl.DataFrame, held: pl.DataFrame
) -> Figure:
    eligible = members.filter("eligible")
    covered = eligible.join(held, on=ACCOUNT_ID, how="semi").height
    value, why = ratio(covered, eligible.height), None if eligible.height else _NOT_ELIGIBLE
    return Figure(COVERAGE, request.window, value, eligible.height, group, why=why)


def _punctuality(request: MetricRequest, group: str | None, due: pl.DataFrame) -> list[Figure]:
    decided = due.filter(pl.col("outcome").is_in([ON_TIME, LATE]))
    waiting = due.filter(pl.col("outcome") == PENDING)
    in_time = decided.filter(pl.col("outcome") == ON_TIME).height
    value, why = ratio(in_time, decided.height), None if decided.height else _NOTHING_DUE
    return [
        Figure(PUNCTUAL, request.window, value, _accounts(decided), group, why=why),
        Figure(DUE, request.window, Decimal(decided.height), _accounts(decided), group),
        Figure(WAITING, request.window, Decimal(waiting.height), _accounts(waiting), group),
    ]


def _mean(
    request: MetricRequest,
    metric: Metric,
    group: str | None,
    held: pl.DataFrame,
    column: str,
    times: Decimal = Decimal(1),
) -> Figure:
    """Return the exact mean of a column over the reviews that have a value."""
    rated = held.filter(pl.col(column).is_not_null())
    if rated.is_empty():
        return Figure(metric, request.window, None, 0, group, why=_NO_VALUE)
    value = Decimal(rated[column].sum()) * times / rated.height
    return Figure(metric, request.window, value, _accounts(rated), group)


def _items(
    request: MetricRequest, group: str | None, members: pl.DataFrame, held: pl.DataFrame
) -> Figure:
    known = members.join(held, on=ACCOUNT_ID, how="semi").drop_nulls(
        ["action_items_done", "action_items_open"]
    )
    done, still_open = (Decimal(known[f"action_items_{name}"].sum()) for name in ("done", "open"))
    value, why = ratio(done, done + still_open), None if done + still_open else _NO_ITEMS
    return Figure(ITEM_METRICS, request.window, value, known.height, group, why=why)


def _recorded_items(request: MetricRequest, group: str | None, items: pl.DataFrame) -> Figure:
    """Return the share of the action items that are recorded as done."""
    done, why = items.filter("done").height, None if items.height else _NO_ITEMS
    value, notes = ratio(done, items.height), (_OUTCOMES,)
    return Figure(
        ITEM_METRICS, request.window, value, _accounts(items), group, why=why, notes=notes
    )


def _accounts(rows: pl.DataFrame) -> int:
    return rows[ACCOUNT_ID].n_unique()


REVIEW_FAMILY = Family(
    "reviews",
    catalogue_text("families", "reviews"),
    (*PROGRAMME, *EFFECT_METRICS),
    compute_reviews,
)
