"""What somebody asks metrics of: a project, what is known by a date, a window, a grouping, and how to count."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..core.problems import Problem, Problems
from ..playbook.model import Texts
from ..project.loading import Project
from ..sources import Snapshots
from ..workspace.settings import MetricSettings
from .currency import Exchange, currencies_paid, read_exchange
from .groups import By, Counting, Method, Periods
from .lifecycle import ACCOUNTS, TERMS, Lifecycle, WindowEnds
from .metric_snapshots import prefetch, read_snapshot_state
from .metric_value import Figure, Metric, Window, twelve_months_before


@dataclass(frozen=True, slots=True)
class WindowData:
    """What the snapshots show; `why` says why there is nothing to see, and then the tables are empty.

    `accounts` has a row for each account seen: `account_id`, `group` (at the window's start; of those not there then,
    at its end; of those first seen later, the last), `signup_date`, `start` and `end` (a month's revenue, null where it
    is not there), `expansion` and `contraction` (step by step, of those there at the start until they churn), `churned`
    (there at the start, gone at some point up to the end), `joined` (came within the window), `was_customer` (before
    the window).
    `terms` are those that fell due in the window: `account_id`, its `group`, `due_on`, `amount` (what it paid a month)
    and `outcome` (renewed, lapsed or pending).
    `days` are the dates of the snapshots read and `ends` those of the window; `unknown` are how many accounts had a bad
    value in it, and `nameless` the rows without a key.
    """

    accounts: pl.DataFrame
    terms: pl.DataFrame
    days: tuple[dt.date, ...] = ()
    unknown: int = 0
    nameless: int = 0
    currency: str | None = None
    no_currency: Texts | None = None
    why: Texts | None = None
    ends: WindowEnds | None = None

    @property
    def no_amounts(self) -> Texts | None:
        """Why there is nothing to say of amounts."""
        return self.why or self.no_currency

    @property
    def note(self) -> Texts | None:
        """What to know about every figure: from when the ends are, and of how many accounts a snapshot says nothing."""
        notes = []
        ends = self.ends
        if ends and (ends.start, ends.end) != (ends.due_after, ends.due_until):
            notes.append(_ends_read(ends))
        if self.unknown:
            notes.append(_unknown(self.unknown))
        if self.nameless:
            notes.append(_nameless(self.nameless))
        if not notes:
            return None
        return {
            "en": "; ".join(note["en"] for note in notes),
            "fr": "\u00a0; ".join(note["fr"] for note in notes),
        }


def read_window(
    snapshots: Snapshots,
    exchange: Exchange,
    window: Window,
    on: dt.date,
    grace: int,
    by: By | None,
    method: Method,
) -> WindowData:
    """Read the snapshots that a window's figures need; nothing later than `on` is known.

    Raises:
        Problems: Where a snapshot cannot be used.
    """
    days = list(_days(snapshots, window, on, grace))
    start = max((day for day in days if day <= window.first), default=None)
    end = max((day for day in days if day <= window.last), default=None)
    if start is None or end is None:
        return _nothing(_too_early(days))
    ends = WindowEnds(start, end, window.first, window.last)
    lifecycle = Lifecycle(ends, grace, method)
    paid: set[str] = set()
    unknown: set[str] = set()
    nameless = 0
    strangers = pl.Series(dtype=pl.String)
    for state in prefetch(read_snapshot_state(snapshots, day, by) for day in days):
        lifecycle.step(exchange.convert(state))
        if state.on == start:
            strangers = state.unknown.filter(~state.unknown.is_in(lifecycle.ids.implode()))
        if start <= state.on <= end:
            paid |= currencies_paid(state)
            unknown.update(state.unknown)
            nameless += state.nameless
    currency, no_currency = exchange.reported(paid, window.first)
    accounts = lifecycle.accounts().filter(~pl.col(ACCOUNT_ID).is_in(strangers.implode()))
    terms = lifecycle.terms().join(
        accounts.select(ACCOUNT_ID, "group"), on=ACCOUNT_ID, maintain_order="left"
    )
    found = (tuple(days), len(unknown), nameless, currency, no_currency, None, ends)
    return WindowData(accounts, terms, *found)


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

    A grace before the window, each month of it, its ends, and a grace after it.
    """
    before = window.first - dt.timedelta(days=grace)
    last = window.last + dt.timedelta(days=grace)
    after = max(window.last, min(on, last + dt.timedelta(days=1)))
    return sorted({before, *window.months(), after})


def _nothing(why: Texts) -> WindowData:
    terms = pl.DataFrame(schema={**TERMS, "group": pl.String()})
    return WindowData(pl.DataFrame(schema=ACCOUNTS), terms, why=why)


def _too_early(days: list[dt.date]) -> Texts:
    if not days:
        return {
            "en": "there is no snapshot by then",
            "fr": "il n'y a pas encore d'instantané à cette date",
        }
    first = days[0]
    if len(days) == 1:
        return _one_snapshot(first)
    return {
        "en": f"the first snapshot is of {first}; ask --from {first} or later",
        "fr": f"le premier instantané est du {first}\u00a0; demandez --from {first} ou plus tard",
    }


def _one_snapshot(on: dt.date) -> Texts:
    return {
        "en": f"the only snapshot of the window is of {on}, and figures compare two",
        "fr": f"le seul instantané de la fenêtre est du {on}, et les chiffres en comparent deux",
    }


def _ends_read(ends: WindowEnds) -> Texts:
    return {
        "en": f"by the snapshots of {ends.start} and {ends.end}, the newest not later than the window's ends",
        "fr": f"selon les instantanés du {ends.start} et du {ends.end}, les derniers aux bornes de la fenêtre",
    }


def _unknown(accounts: int) -> Texts:
    return {
        "en": f"accounts with a bad value in a snapshot: {accounts}; there, the last known state counts, "
        "and who has none at the start is left out",
        "fr": f"comptes avec une valeur erronée dans un instantané\u00a0: {accounts}, dont le "
        "dernier état connu y compte\u00a0; sans état connu au début, le compte est laissé de côté",
    }


def _nameless(rows: int) -> Texts:
    return {
        "en": f"rows without an account: {rows}",
        "fr": f"lignes sans compte\u00a0: {rows}",
    }


@dataclass(frozen=True)
class MetricRequest:
    """Nothing later than `on` is known; `grace` days after its term an account that comes back has not churned."""

    project: Project
    on: dt.date
    window: Window
    grace: int = MetricSettings().grace_days
    by: By | None = None
    method: Method = "snapshots"
    counting: Counting = "n_day"
    periods: Periods = "days"

    @cached_property
    def observed(self) -> WindowData:
        """What the snapshots show of the window, read when first asked for."""
        snapshots = Snapshots(self.project.workspace, self.project.catalogue)
        exchange = read_exchange(self.project.workspace, self.window.first)
        return read_window(
            snapshots, exchange, self.window, self.on, self.grace, self.by, self.method
        )


def newest_on(project: Project, on: dt.date) -> dt.date:
    """The date of the newest snapshot that is not later; raises `Problems` where there is none."""
    newest = Snapshots(project.workspace, project.catalogue).newest(on)
    if newest is None:
        hint = "metrics are reckoned from snapshots: see `snapshots` in tenure.yaml"
        message = f"there is no snapshot of {on} or before"
        raise Problems([Problem("no-snapshot", message, project.workspace.source.span, hint)])
    return newest


def year_known(project: Project, newest: dt.date) -> Window:
    """The twelve months before the newest snapshot, or as many of them as there are snapshots of."""
    first = twelve_months_before(newest)
    oldest = Snapshots(project.workspace, project.catalogue).dates()[:1]
    return Window(max([first, *(day for day in oldest if day < newest)]), newest)


@dataclass(frozen=True, slots=True)
class Family:
    """Metrics in the order in which they are shown, and how they are found for a window, if they are.

    A `wide` family is a table with a row for each group and period and a column for each metric; another lists
    figure under figure. Of several groups over periods only the metric `over_periods` is shown: a row for each group, a
    column for each period.
    """

    id: str
    title: Texts
    metrics: tuple[Metric, ...]
    find: Callable[[MetricRequest], list[Figure]]
    wide: bool = False
    over_periods: Metric | None = None
