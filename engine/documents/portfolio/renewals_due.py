"""The renewals ahead, and what of their value is at risk.

In: a snapshot's accounts and who is in recovery; out: sums by currency and month, and the accounts at risk. A
renewal is at risk where the health score is below 70, by the source ("Si Health Score < 70 : plan de récupération
avant discussion renewal"), or where the recovery is under way. Sums never cross currencies.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from ...core.ids import ACCOUNT_ID

AHEAD = dt.timedelta(days=120)
"""How far ahead the source's renewal timeline begins ("J-120")."""

HEALTHY = 70
"""The health score from which an account is not at risk."""

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
    """An account whose term ends; what its snapshot lacks is None. Nobody can tell `at_risk` without a health score."""

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
        """Whether it is; None cannot be told."""
        if self.recovering:
            return True
        return None if self.health is None else self.health < HEALTHY


@dataclass(frozen=True, slots=True)
class RenewalSum:
    """Renewals of a month (its first day): how many, of what ARR, and what of both is at risk."""

    month: dt.date
    renewals: int
    arr: Decimal
    at_risk: int
    arr_at_risk: Decimal


@dataclass(frozen=True, slots=True)
class Renewals:
    """The renewals from a date to `until`, both in; the sums by currency (None: not said).

    `at_risk` has those of the highest ARR first, currency by currency.
    """

    until: dt.date
    sums: dict[str | None, tuple[RenewalSum, ...]]
    at_risk: tuple[Renewal, ...]
    untold: int
    """Renewals without a health score."""
    without_arr: int
    """Renewals without an ARR, which are in no sum."""
    dated: bool
    """Whether any account has a renewal date at all."""
    left_out: int = 0
    """Accounts whose rows in the snapshot are no good."""


def read_renewals(
    accounts: pl.DataFrame, on: dt.date, recovering: Collection[str], left_out: int = 0
) -> Renewals:
    """Of the accounts (`account_id` and `FIELDS`) that have not lapsed, those whose term ends within `AHEAD`."""
    until = on + AHEAD
    due = accounts.filter(
        pl.col("renewal_date").is_between(on, until),
        pl.col("status").is_null() | (pl.col("status") != "lapsed"),
    )
    found = list(_renewals(due, recovering))
    sums = {currency: tuple(_sums(same)) for currency, same in _by_currency(found)}
    risky = (each for each in found if each.at_risk)
    return Renewals(
        until,
        sums,
        tuple(sorted(risky, key=lambda each: _place(each, list(sums)))),
        sum(each.at_risk is None for each in found),
        sum(each.arr is None for each in found),
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


def _by_currency(found: Iterable[Renewal]) -> Iterator[tuple[str | None, list[Renewal]]]:
    """Those with an ARR, by currency: the one with most of them first."""
    groups: dict[str | None, list[Renewal]] = {}
    for each in found:
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
    """All months of one currency together; its month is the first."""
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


def _place(renewal: Renewal, currencies: list[str | None]) -> tuple[int, Decimal, dt.date, str]:
    """Where a renewal at risk stands among others: by currency, then by value; without an ARR last."""
    ends = (renewal.on, renewal.account_id)
    if renewal.arr is None:
        return len(currencies), Decimal(), *ends
    return currencies.index(renewal.currency), -renewal.arr, *ends


def _decimal(value: float | None) -> Decimal | None:
    """As the export writes it: 0.1 is a tenth."""
    return None if value is None else Decimal(str(value))
