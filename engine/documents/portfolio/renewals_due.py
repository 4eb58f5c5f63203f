"""Renewals due within 120 days, and the value at risk.

Takes a snapshot's accounts and the ids of those in recovery. Returns sums by currency and month, and the accounts at
risk. A renewal is at risk where the health score is below 70, by the source ("Si Health Score < 70 : plan de
récupération avant discussion renewal"), or while a recovery is under way. Sums never mix currencies.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from ...core.ids import ACCOUNT_ID
from ...metrics.currency import Exchange

HORIZON = dt.timedelta(days=120)
"""Length of the source's renewal timeline ("J-120")."""

HEALTHY = 70
"""The lowest health score of an account that is not at risk."""

RENEWAL_FIELDS = (
    "account_name",
    "arr",
    "csm",
    "currency",
    "health_score",
    "renewal_date",
    "status",
)


@dataclass(frozen=True, slots=True)
class Renewal:
    """An account whose term ends; values missing in its snapshot are None."""

    account_id: str
    account_name: str | None
    on: dt.date
    arr: Decimal | None
    currency: str | None
    health: Decimal | None
    csm: str | None
    recovering: bool

    @property
    def at_risk(self) -> bool | None:
        """Return whether the renewal is at risk; None where that is unknown."""
        if self.recovering:
            return True
        return None if self.health is None else self.health < HEALTHY


@dataclass(frozen=True, slots=True)
class RenewalSum:
    """Totals of a month's renewals: number and ARR, of all and of those at risk; `month` is its first day."""

    month: dt.date
    renewals: int
    arr: Decimal
    at_risk: int
    arr_at_risk: Decimal


@dataclass(frozen=True, slots=True)
class Renewals:
    """Renewals from a date to `until`, both included, with sums by currency (None: the currency is missing).

    `at_risk` is ordered by ARR, converted where the workspace has rates, the highest first.
    """

    until: dt.date
    sums: dict[str | None, tuple[RenewalSum, ...]]
    at_risk: tuple[Renewal, ...]
    unknown: int
    """Renewals without a health score."""
    without_arr: int
    """Renewals without an ARR, which are in no sum."""
    dated: bool
    """True if any account has a renewal date."""
    left_out: int = 0
    """Accounts whose rows in the snapshot are quarantined."""


def read_renewals(
    accounts: pl.DataFrame,
    on: dt.date,
    recovering: Collection[str],
    exchange: Exchange,
    left_out: int = 0,
) -> Renewals:
    """Return the renewals due within `HORIZON`.

    Args:
        accounts: A snapshot's accounts with `account_id` and `RENEWAL_FIELDS`; lapsed ones are ignored.
        on: The first date.
        recovering: Ids of the accounts in recovery.
        exchange: The rates that order accounts of several currencies.
        left_out: Number of accounts that the snapshot's quarantine left out.
    """
    until = on + HORIZON
    due = accounts.filter(
        pl.col("renewal_date").is_between(on, until),
        pl.col("status").is_null() | (pl.col("status") != "lapsed"),
    )
    renewals = list(_renewals(due, recovering))
    sums = {currency: tuple(_sums(same)) for currency, same in _by_currency(renewals)}
    risky = (each for each in renewals if each.at_risk)
    return Renewals(
        until,
        sums,
        tuple(sorted(risky, key=lambda each: _sort_key(each, exchange))),
        sum(each.at_risk is None for each in renewals),
        sum(each.arr is None for each in renewals),
        accounts["renewal_date"].count() > 0,
        left_out,
    )


def _renewals(due: pl.DataFrame, recovering: Collection[str]) -> Iterator[Renewal]:
    for row in due.iter_rows(named=True):
        yield Renewal(
            row[ACCOUNT_ID],
            row["account_name"],
            row["renewal_date"],
            _decimal(row["arr"]),
            row["currency"],
            _decimal(row["health_score"]),
            row["csm"],
            row[ACCOUNT_ID] in recovering,
        )


def _by_currency(renewals: Iterable[Renewal]) -> Iterator[tuple[str | None, list[Renewal]]]:
    """Yield the renewals with an ARR by currency, the most frequent currency first."""
    groups: dict[str | None, list[Renewal]] = {}
    for each in renewals:
        if each.arr is not None:
            groups.setdefault(each.currency, []).append(each)
    yield from sorted(groups.items(), key=lambda group: (-len(group[1]), group[0] or ""))


def _sums(renewals: Iterable[Renewal]) -> Iterator[RenewalSum]:
    months: dict[dt.date, list[Renewal]] = {}
    for each in renewals:
        months.setdefault(each.on.replace(day=1), []).append(each)
    for month, due in sorted(months.items()):
        risky = [each for each in due if each.at_risk]
        yield RenewalSum(month, len(due), _arr(due), len(risky), _arr(risky))


def total_renewals(sums: Iterable[RenewalSum]) -> RenewalSum:
    """Return the totals over all months of one currency; `month` is the first month."""
    sums = list(sums)
    return RenewalSum(
        min(each.month for each in sums),
        sum(each.renewals for each in sums),
        sum((each.arr for each in sums), Decimal()),
        sum(each.at_risk for each in sums),
        sum((each.arr_at_risk for each in sums), Decimal()),
    )


def _arr(renewals: Iterable[Renewal]) -> Decimal:
    return sum((each.arr or Decimal() for each in renewals), Decimal())


def _sort_key(renewal: Renewal, exchange: Exchange) -> tuple[bool, Decimal, dt.date, str]:
    """Return the sort key of a renewal at risk: by value, the highest first; without an ARR last."""
    value = exchange.comparable(renewal.arr or Decimal(), renewal.currency)
    return renewal.arr is None, -value, renewal.on, renewal.account_id


def _decimal(value: float | None) -> Decimal | None:
    """Return the number as the export has it: 0.1 is a tenth."""
    return None if value is None else Decimal(str(value))
