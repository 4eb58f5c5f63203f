"""A metrics request, the data of its window, and the families of metrics that answer it.

A request names a project, a date, a window, a grouping and the ways of counting. Its window's data is read from the
snapshots once, for all families. The snapshots read are those up to the end of the window, and after it as many as show
which terms were renewed within grace, none later than the request's date.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from typing import Any

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..core.languages import Texts
from ..core.problems import Problem, Problems
from ..core.schemas import empty_table
from ..project.loading import Project
from ..sources import Snapshots
from ..sources.account_ids import same_ids, shown_id
from ..workspace.settings import MetricSettings
from .currency import Exchange, read_exchange, with_stated_currencies
from .groups import By, Counting, Method, Periods
from .lifecycle import ACCOUNTS, TERMS, Lifecycle, WindowEnds
from .merged_lives import read_survivors, state_of_survivors
from .metric_snapshots import load_state, prefetch, read_snapshot_state
from .metric_value import Figure, Metric, Window, remark, twelve_months_before
from .window_quality import WindowQuality

GROUPS_AT_START = remark("groups_at_start")


@dataclass(frozen=True, slots=True)
class WindowData:
    """The data of a window, read from the snapshots.

    Attributes:
        accounts: One row per account seen: `account_id`; `group` (at the window's start; for accounts absent then, at
            its end); `start` and `end` (monthly revenue at the ends, null without the account);
            `churned` (a customer at the start and not at the end), `joined` (the reverse); by movements, `churned` and
            `joined` on the way, and `expansion` and `contraction` summed over the snapshots, for customers at the start
            until they churn; `has_paid` (before the window).
        terms: The terms that fell due in the window: `account_id`, its `group`, `due_on`, `amount` (monthly),
            `kept` (what its next term pays of it) and `outcome` (renewed, lapsed or pending). None where the request is
            without them.
        days: The dates of the snapshots read.
        quality: The quality of the window's snapshots.
        currency: The currency of the amounts.
        no_currency: Why the amounts have no common currency.
        why: Why there is no data. The tables are empty then.
        ends: The dates of the snapshots at the window's ends, and the dates between which terms fall due.
        grouped: True if figures are by group.
        rewritten: The remark on customers that left and came back with their id in another form.
    """

    accounts: pl.DataFrame
    terms: pl.DataFrame | None
    days: tuple[dt.date, ...] = ()
    quality: WindowQuality = field(default_factory=WindowQuality)
    currency: str | None = None
    no_currency: Texts | None = None
    why: Texts | None = None
    ends: WindowEnds | None = None
    grouped: bool = False
    rewritten: Texts | None = None

    @property
    def no_amounts(self) -> Texts | None:
        """Return why there are no amounts; None where there are."""
        return self.why or self.quality.no_amounts or self.no_currency

    @property
    def no_terms(self) -> Texts | None:
        """Return why there are no terms; None where there are."""
        return self.why or self.quality.no_terms

    @property
    def notes(self) -> tuple[Texts, ...]:
        """Return the remarks on all figures: the dates of the ends, the groups, and the quality of the data."""
        notes = []
        ends = self.ends
        if ends and (ends.start, ends.end) != (ends.due_after, ends.due_until):
            notes.append(remark("ends_read", start=ends.start, end=ends.end))
        if self.grouped:
            notes.append(GROUPS_AT_START)
        if self.rewritten:
            notes.append(self.rewritten)
        return (*notes, *self.quality.notes)


def read_window(
    snapshots: Snapshots,
    exchange: Exchange,
    window: Window,
    on: dt.date,
    grace: int,
    by: By | None,
    method: Method,
    with_terms: bool = True,
) -> WindowData:
    """Return the data of a window, `with_terms` or without. Snapshots later than `on` are not read.

    Raises:
        Problems: Where a snapshot cannot be used.
    """
    days = list(_days(snapshots, window, on, grace))
    start, end = _ends_read(days, window)
    if start is None or end is None:
        return _nothing(_too_early(days), _quality(snapshots, end, by))
    if start == end:
        return _nothing(remark("one_snapshot", on=start), _quality(snapshots, end, by))
    ends = WindowEnds(start, end, window.first, window.last)
    lifecycle = Lifecycle(ends, grace, method, exchange, with_terms)
    survivors = read_survivors(snapshots, (day for day in days if day <= end))
    quality = WindowQuality()
    unseen = pl.Series(dtype=pl.String)
    for state in prefetch(read_snapshot_state(snapshots, day, by) for day in days):
        of_survivors = state_of_survivors(state, survivors, exchange)
        lifecycle.step(of_survivors)
        if state.on == start:
            # Bad values at the start, and never seen before: their state at the start is unknown.
            unseen = of_survivors.unknown.filter(
                ~of_survivors.unknown.is_in(lifecycle.ids.implode())
            )
        if start <= state.on <= end:
            quality.add(state, at_end=state.on in (start, end))
    currency, no_currency = exchange.reported(lifecycle.currencies, window.first)
    accounts = lifecycle.accounts().filter(~pl.col(ACCOUNT_ID).is_in(unseen.implode()))
    groups = accounts.select(ACCOUNT_ID, "group")
    return WindowData(
        accounts,
        lifecycle.terms().join(groups, on=ACCOUNT_ID, maintain_order="left")
        if with_terms
        else None,
        days=tuple(days),
        quality=quality,
        currency=currency,
        no_currency=no_currency,
        why=quality.no_customers,
        ends=ends,
        grouped=by is not None,
        rewritten=_rewritten_ids(accounts),
    )


def _rewritten_ids(accounts: pl.DataFrame) -> Texts | None:
    """Return the remark on customers that left and came back with their id in another form; None without any."""
    gone, added = (accounts.filter(each)[ACCOUNT_ID] for each in ("churned", "joined"))
    pairs = same_ids(gone, added)
    if pairs.is_empty():
        return None
    old, new = (shown_id(id) for id in pairs.row(0))
    return remark("ids_rewritten", accounts=pairs.height, old=old, new=new)


def read_quality(
    snapshots: Snapshots, window: Window, on: dt.date, grace: int, by: By | None
) -> WindowQuality:
    """Return the quality of a window's snapshots, as `read_window` finds it, without the accounts' lives."""
    days = _days_between(snapshots, window, on, grace)
    if len(days) < 2:
        return _quality(snapshots, days[0] if days else None, by)
    quality = WindowQuality()
    for snapshot in prefetch(load_state(snapshots, day, by) for day in days):
        quality.add_snapshot(snapshot, by, at_end=snapshot.on in (days[0], days[-1]))
    return quality


def _days_between(snapshots: Snapshots, window: Window, on: dt.date, grace: int) -> list[dt.date]:
    """Return the dates of the snapshots from one end of the window to the other; only one where both are the same."""
    days = list(_days(snapshots, window, on, grace))
    start, end = _ends_read(days, window)
    if end is None:
        return []
    return [day for day in days if day == end or (start is not None and start <= day <= end)]


def _ends_read(days: list[dt.date], window: Window) -> tuple[dt.date | None, dt.date | None]:
    """Return the dates of the snapshots that are read for the window's two ends."""
    start = max((day for day in days if day <= window.first), default=None)
    end = max((day for day in days if day <= window.last), default=None)
    return start, end


def _days(snapshots: Snapshots, window: Window, on: dt.date, grace: int) -> Iterator[dt.date]:
    """Yield the dates of the snapshots to read, in order."""
    last = window.last + dt.timedelta(days=grace)
    days = _monthly(window, on, grace) if snapshots.any_date else snapshots.dates()
    for day in days:
        if day > on:
            return
        yield day
        if day > last:
            return


def _monthly(window: Window, on: dt.date, grace: int) -> list[dt.date]:
    """Return the dates to read where any date has a snapshot.

    These are one grace before the window, its ends, the same day of each month between, and one grace after it.
    """
    before = window.first - dt.timedelta(days=grace)
    last = window.last + dt.timedelta(days=grace)
    after = max(window.last, min(on, last + dt.timedelta(days=1)))
    return sorted({before, *window.months(), after})


def _nothing(why: Texts, quality: WindowQuality) -> WindowData:
    terms = empty_table({**TERMS, "group": pl.String()})
    return WindowData(empty_table(ACCOUNTS), terms, quality=quality, why=why)


def _quality(snapshots: Snapshots, day: dt.date | None, by: By | None) -> WindowQuality:
    """Return the quality of one snapshot, or of none."""
    quality = WindowQuality()
    if day is not None:
        quality.add_snapshot(load_state(snapshots, day, by), by, at_end=False)
    return quality


def _too_early(days: list[dt.date]) -> Texts:
    if not days:
        return remark("no_snapshot")
    if len(days) == 1:
        return remark("one_snapshot", on=days[0])
    return remark("first_snapshot", first=days[0])


@dataclass(frozen=True)
class MetricRequest:
    """A request for metrics.

    Attributes:
        project: The project whose snapshots and ledger are read.
        on: The date as of which the figures are computed. Nothing later is read.
        window: The period of the figures.
        grace: Days after the end of its term within which a returning account has not churned.
        by: The grouping, if any.
        method: How expansion and contraction are computed: from the window's ends, or from every snapshot.
        counting: When an account counts as active in a cohort.
        periods: The unit of a cohort's periods.
        with_terms: True if the terms that fall due are followed too, for the figures of renewals.
        share: The share of the accounts, of 1, of which `effects` says what a holdout would show; None for none.
        event_rows: By table of events that figures were computed from: the number of its bad rows, and of all.
    """

    project: Project
    on: dt.date
    window: Window
    grace: int = MetricSettings().grace_days
    by: By | None = None
    method: Method = "snapshots"
    counting: Counting = "n_day"
    periods: Periods = "days"
    with_terms: bool = True
    share: Decimal | None = None
    event_rows: dict[str, tuple[int, int]] = field(default_factory=dict, compare=False)
    _noted: list[WindowQuality] = field(default_factory=list, compare=False, repr=False)

    @property
    def events_left_out(self) -> tuple[Texts, ...]:
        """Return the remarks on events with bad values."""
        return tuple(
            remark("events_left_out", table=table, rows=bad)
            for table, (bad, _) in sorted(self.event_rows.items())
            if bad
        )

    def tolerated(self) -> bool:
        """Return whether no snapshot or table of events has more bad rows than the workspace tolerates."""
        tolerance = self.project.workspace.tolerate
        events = (tolerance.allows(bad, rows) for bad, rows in self.event_rows.values())
        return self.quality.tolerated(tolerance) and all(events)

    @cached_property
    def window_data(self) -> WindowData:
        """Return the data of the window. It is read on first use."""
        snapshots = Snapshots(self.project.workspace, with_stated_currencies(self.project))
        exchange = read_exchange(self.project.workspace, self.window.first)
        return read_window(
            snapshots,
            exchange,
            self.window,
            self.on,
            self.grace,
            self.by,
            self.method,
            self.with_terms,
        )

    @property
    def terms(self) -> pl.DataFrame:
        """Return the terms that fell due in the window, as `WindowData` describes them.

        Raises:
            ValueError: The request is without terms.
        """
        terms = self.window_data.terms
        if terms is None:
            raise ValueError("the request is without terms")
        return terms

    @property
    def quality(self) -> WindowQuality:
        """Return the quality of the window's snapshots, in the fields that were read; without any, in all of them."""
        if "window_data" in self.__dict__:
            return self.window_data.quality
        return self._noted[-1] if self._noted else self._quality

    @cached_property
    def _quality(self) -> WindowQuality:
        snapshots = Snapshots(self.project.workspace, with_stated_currencies(self.project))
        return read_quality(snapshots, self.window, self.on, self.grace, self.by)

    def days_between(self, snapshots: Snapshots) -> list[dt.date]:
        """Return the dates of the snapshots from one end of the window to the other."""
        return _days_between(snapshots, self.window, self.on, self.grace)

    def note_quality(self, quality: WindowQuality) -> None:
        """Keep the quality of the window's snapshots in the fields that a family has read of them."""
        self._noted.append(quality)


class WindowError(ValueError):
    """Error for a window that ends after the request's date, or that does not begin before it ends."""

    def __init__(self, window: Window, on: dt.date) -> None:
        super().__init__(f"wrong window on {on}: {window.first} to {window.last}")
        self.window, self.on = window, on

    @property
    def ends_late(self) -> bool:
        """Return whether the window ends after the request's date."""
        return self.window.last > self.on


def make_request(
    project: Project, on: dt.date, first: dt.date | None, last: dt.date | None, **choices: Any
) -> MetricRequest:
    """Return a request with the project's grace.

    Args:
        project: The project.
        on: The date as of which the figures are computed.
        first: The window's start; by default twelve months before its end.
        last: The window's end; by default the date of the newest snapshot.
        choices: Grouping and ways of counting, as attributes of `MetricRequest`.

    Raises:
        Problems: There is no snapshot.
        WindowError: The window is wrong.
    """
    last = last or newest_on(project, on)
    window = Window(first or twelve_months_before(last), last)
    if window.last > on or window.first >= window.last:
        raise WindowError(window, on)
    return MetricRequest(project, on, window, project.workspace.metrics.grace_days, **choices)


def newest_on(project: Project, on: dt.date) -> dt.date:
    """Return the date of the newest snapshot up to `on`.

    Raises:
        Problems: Where there is none.
    """
    newest = Snapshots(project.workspace, project.catalogue).newest(on)
    if newest is None:
        hint = "metrics are computed from snapshots: see `snapshots` in tenure.yaml"
        message = f"there is no snapshot of {on} or before"
        raise Problems([Problem("no-snapshot", message, project.workspace.source.span, hint)])
    return newest


def year_known(project: Project, newest: dt.date) -> Window:
    """Return the twelve months before the newest snapshot; from the oldest snapshot where it is younger."""
    first = twelve_months_before(newest)
    oldest = Snapshots(project.workspace, project.catalogue).dates()[:1]
    return Window(max([first, *(day for day in oldest if day < newest)]), newest)


@dataclass(frozen=True, slots=True)
class Family:
    """Metrics that are computed together and shown together.

    Attributes:
        id: The name on the command line.
        title: The heading.
        metrics: The metrics, in display order.
        compute: Computes the figures of a request.
        wide: True if the table has a row per group and period and a column per metric. Otherwise each figure is a line.
        over_periods: The one metric to show where there are several groups over periods: a row per group, a column per
            period.
    """

    id: str
    title: Texts
    metrics: tuple[Metric, ...]
    compute: Callable[[MetricRequest], list[Figure]]
    wide: bool = False
    over_periods: Metric | None = None


def compute_each_month(family: Family, request: MetricRequest) -> list[Figure]:
    """Return the figures of each month of the window, the period being the month's last date in the window.

    The end of a month is the start of the next one.
    """
    windows = (Window(first, last) for first, last in pairwise(request.window.months()))
    return [
        replace(figure, period=window.last.isoformat())
        for window in windows
        for figure in family.compute(replace(request, window=window))
    ]
