"""Reviews as the snapshots and the ledger show them: who is eligible, which were held, which fell due and what became
of them.

In: what is asked; out: tables of the window, which begins after its first date. The rule: that a review was held is
told by `last_review_date` alone, and nothing later than its snapshot is believed.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..sources.convert import AMOUNT
from ..sources.snapshots import Snapshots
from ..store import Reader
from .groups import By
from .ledger_as_of import CYCLE_COLUMNS, enrolments, ledger_entries
from .metric_snapshots import METRIC_FIELDS, NONE, days_known, group_of
from .metric_value import Window
from .request import MetricRequest

PLAYBOOK, MEETING, RECAP = "reviews", "meeting", "recap"
"""Of the shipped playbook of reviews."""
RHYTHM = ("enterprise", "strategic", "growth")
"""Segments that it reviews at a rhythm; the others only when something happens."""
GRACE = dt.timedelta(days=7)
"""After its due date within which a review is on time."""
BEFORE = dt.timedelta(days=62)
"""Longer before its due date no review is prepared: 14 days, and a change of date."""

ON_TIME, LATE, PENDING = "on_time", "late", "pending"

SAID = ("last_review_attendance", "last_review_rating")
ITEM_FIELDS = ("action_items_done", "action_items_open")
_HELD = {ACCOUNT_ID: pl.String(), "held_on": pl.Date(), **dict.fromkeys(SAID, AMOUNT)}


@dataclass(frozen=True, slots=True)
class Reviewed:
    """Each table has `account_id` and `group`.

    `accounts`, of the window's last snapshot: `eligible`, `action_items_done`, `action_items_open`. `held`, the
    reviews of the window: `held_on`, `last_review_attendance` (a share), `last_review_rating`. `due`, those that fell
    due in it: `due_on`, `outcome`. `recorded` is whether any snapshot says when a review was held.
    """

    accounts: pl.DataFrame
    held: pl.DataFrame
    due: pl.DataFrame
    recorded: bool


def review(asked: MetricRequest) -> Reviewed | None:
    """Reads snapshots and ledger; None where there is no snapshot by the window's end."""
    snapshots = Snapshots(asked.project.workspace, asked.project.catalogue)
    days, window = days_known(snapshots, asked.window, asked.on), asked.window
    ends = [day for day in days if day <= window.last]
    if not ends:
        return None
    due = _due(asked)
    since = due["opened_on"].min() or window.first
    start = max((day for day in days if day <= window.first), default=days[0])
    held, groups, accounts, recorded = [pl.DataFrame(schema=_HELD)], [], pl.DataFrame(), False
    for day in (day for day in days if day >= start):
        frame = _read(snapshots, day, asked.by)
        recorded = recorded or frame["last_review_date"].null_count() < frame.height
        told = pl.col("last_review_date").is_between(min(since, window.first), day)
        held.append(frame.filter(told).rename({"last_review_date": "held_on"}).select(*_HELD))
        if asked.by and day <= window.last:
            groups.append(frame.select(ACCOUNT_ID, "group"))
        if day == ends[-1]:
            accounts = frame
    every = _each(pl.concat(held))
    found = every.filter(pl.col("held_on") > window.first, pl.col("held_on") <= window.last)
    grouped = (
        pl.concat(groups).unique(ACCOUNT_ID, keep="last", maintain_order=True) if groups else None
    )
    return Reviewed(
        accounts.select(ACCOUNT_ID, "group", ELIGIBLE.alias("eligible"), *ITEM_FIELDS),
        _in_groups(found, grouped),
        _in_groups(_outcomes(due, every, days[-1]), grouped),
        recorded,
    )


ELIGIBLE = (
    pl.when(pl.col("status").is_null())
    .then(pl.lit(value=True))
    .otherwise(pl.col("status") == "active")
    & pl.col("segment").is_in(RHYTHM).fill_null(value=False)
)  # fmt: skip


def _read(snapshots: Snapshots, day: dt.date, by: By | None) -> pl.DataFrame:
    numbers = (*SAID, *ITEM_FIELDS)
    fields = {
        "status",
        "segment",
        "last_review_date",
        *numbers,
        *([METRIC_FIELDS[by]] if by else []),
    }
    return snapshots.load(day, fields, numbers).frame.with_columns(group_of(by).alias("group"))


def _each(rows: pl.DataFrame) -> pl.DataFrame:
    """Each review once, with what was last said of it: ratings come some days after."""
    return rows.group_by(ACCOUNT_ID, "held_on", maintain_order=True).agg(
        pl.col(name).drop_nulls().last() for name in SAID
    )


def _due(asked: MetricRequest) -> pl.DataFrame:
    """`CYCLE`, `due_on`, `opened_on` of the reviews that fell due in the window.

    One that was held before its meeting was to be issued has only a recap: it was due when it was held.
    """
    reader, window = Reader(asked.project.store), asked.window
    around = Window(window.first - BEFORE, max(asked.on, window.last))
    columns = [*CYCLE_COLUMNS, "step", "status", "due_on", "anchor"]
    rows = ledger_entries(reader, asked.on, around, columns, [PLAYBOOK])
    off = pl.col("status").is_in(["superseded", "withdrawn"])
    meetings = rows.filter((pl.col("step") == MEETING) & ~off)
    recaps = rows.filter(pl.col("step") == RECAP).join(meetings, on=CYCLE_COLUMNS, how="anti")
    every = pl.concat(
        [
            meetings.select(*CYCLE_COLUMNS, "due_on"),
            recaps.select(*CYCLE_COLUMNS, pl.col("anchor").alias("due_on")),
        ]
    )
    due = every.group_by(CYCLE_COLUMNS).agg(pl.max("due_on"))
    within = due.filter(pl.col("due_on") > window.first, pl.col("due_on") <= window.last)
    enrolled = enrolments(reader, asked.on, [PLAYBOOK]).select(*CYCLE_COLUMNS, "opened_on")
    return within.join(enrolled, on=CYCLE_COLUMNS, how="inner")


def _outcomes(due: pl.DataFrame, held: pl.DataFrame, known: dt.date) -> pl.DataFrame:
    """`account_id`, `due_on` and `outcome`: whether the newest review by the last day in time is of that cycle."""
    until = due.with_columns((pl.col("due_on") + GRACE).alias("until")).sort("until")
    found = until.join_asof(
        held.select(ACCOUNT_ID, "held_on").sort("held_on"),
        left_on="until",
        right_on="held_on",
        by=ACCOUNT_ID,
        strategy="backward",
        check_sortedness=False,  # sorted above; by account it cannot be checked
    )
    in_time = (pl.col("held_on") >= pl.col("opened_on")).fill_null(value=False)
    outcome = (
        pl.when(in_time)
        .then(pl.lit(ON_TIME))
        .when(pl.col("until") > known)
        .then(pl.lit(PENDING))
        .otherwise(pl.lit(LATE))
    )
    return found.select(ACCOUNT_ID, "due_on", outcome.alias("outcome")).sort(ACCOUNT_ID, "due_on")


def _in_groups(rows: pl.DataFrame, groups: pl.DataFrame | None) -> pl.DataFrame:
    """With the group that each account was last seen in by the window's end."""
    if groups is None:
        return rows.with_columns(pl.lit(None, pl.String).alias("group"))
    found = rows.join(groups, on=ACCOUNT_ID, how="left", maintain_order="left")
    return found.with_columns(pl.col("group").fill_null(NONE))
