"""Return on investment of a customer, by the calculator of the review document ("Template calcul ROI").

The input is the hours of work per year, the cost of an hour, the share of hours saved, licence and set-up. The output
is saving, cost, ROI and payback.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from ..core.ids import ACCOUNT_ID
from ..language.expressions import Row
from ..text.translations import catalogue_text
from .metric_value import HUNDRED, Figure, Window, define_metric, remark, written_in
from .request import Family, MetricRequest, newest_on
from .roi_inputs import ROI_INPUTS, RoiInputError

if TYPE_CHECKING:
    from ..project.loading import Project

MONTHS_A_YEAR = 12

ROI_FIELDS = (
    "roi_people",
    "roi_hours_per_year",
    "roi_hourly_cost",
    "roi_reduction",
    "roi_licence",
    "roi_setup",
)
"""The fields of an account that give its investment."""


@dataclass(frozen=True, slots=True)
class Investment:
    """The cost and the saving of the first year, in one currency.

    Attributes:
        hours: Hours of work per year.
        rate: Cost of an hour.
        reduction: Share of the hours that is saved, 0 to 1.
        licence: Cost of the licence per year.
        setup: Cost of the set-up, once.
    """

    hours: Decimal
    rate: Decimal
    reduction: Decimal
    licence: Decimal
    setup: Decimal

    @property
    def cost(self) -> Decimal:
        """Return licence + set-up."""
        return self.licence + self.setup

    @property
    def saving(self) -> Decimal:
        """Return hours x reduction x rate."""
        return self.hours * self.reduction * self.rate

    @property
    def roi(self) -> Decimal | None:
        """Return (saving - cost) / cost in percent; None where the cost is zero."""
        return (self.saving - self.cost) * HUNDRED / self.cost if self.cost else None

    @property
    def payback(self) -> Decimal | None:
        """Return the months until the saving has paid the cost; None without a saving."""
        return self.cost * MONTHS_A_YEAR / self.saving if self.saving > 0 else None


def investment_of(account: Row) -> Investment | None:
    """Return the investment of an account; None where one of `ROI_FIELDS` is missing."""
    cells = [account.get(name) for name in ROI_FIELDS]
    if any(cell is None for cell in cells):
        return None
    people, hours, rate, reduction, licence, setup = (Decimal(str(cell)) for cell in cells)
    return Investment(people * hours, rate, reduction, licence, setup)


def compute_roi(request: MetricRequest) -> list[Figure]:
    """Return the figures of every account that has all `ROI_FIELDS`, by account."""
    rows = [row for row in accounts(request.project, request.on) if investment_of(row)]
    if not rows:
        return [
            Figure(metric, Window(request.on, request.on), None, why=_NO_FIELDS)
            for metric in ROI_METRICS
        ]
    return [figure for row in rows for figure in figures_of(row, request.on)]


class NoAccount(LookupError):
    """Error for an account that the newest snapshot lacks."""


def roi_of_inputs(
    request: MetricRequest, account: str | None, numbers: Mapping[str, Decimal | None]
) -> list[Figure]:
    """Return the figures of five numbers, or of an account; without either, the same as `compute_roi`.

    Args:
        request: The request.
        account: The id of an account.
        numbers: The numbers of `ROI_INPUTS`, by name; None for those that are not given.

    Raises:
        RoiInputError: There is an account and numbers, or only some of the numbers.
        NoAccount: The newest snapshot lacks the account.
    """
    given = {name: value for name, value in numbers.items() if value is not None}
    if not given:
        return compute_roi(request) if account is None else _roi_of_account(request, account)
    if account is not None:
        raise RoiInputError("roi: give either {} or the numbers, not both.", "account")
    if missing := [name for name in ROI_INPUTS if name not in given]:
        raise RoiInputError("roi needs {} too.", *missing)
    return roi_figures(Investment(*(given[name] for name in ROI_INPUTS)), request.on)


def _roi_of_account(request: MetricRequest, account: str) -> list[Figure]:
    rows = accounts(request.project, request.on, account)
    if not rows:
        raise NoAccount(account)
    return figures_of(rows[0], request.on)


def accounts(project: Project, on: dt.date, account: str | None = None) -> list[Row]:
    """Return the ROI fields of one account, or of all, from the newest snapshot up to `on`."""
    import polars as pl

    from ..sources import Snapshots

    snapshots = Snapshots(project.workspace, project.catalogue)
    frame = snapshots.load(newest_on(project, on), {*ROI_FIELDS, "currency"}, ROI_FIELDS).frame
    chosen = frame if account is None else frame.filter(pl.col(ACCOUNT_ID) == account)
    return list(chosen.iter_rows(named=True))


def figures_of(account: Row, on: dt.date) -> list[Figure]:
    """Return an account's figures; n/a with the missing fields where it lacks some."""
    group, currency = str(account[ACCOUNT_ID]), account.get("currency")
    investment = investment_of(account)
    if investment is not None:
        return roi_figures(investment, on, currency if isinstance(currency, str) else None, group)
    names = ", ".join(name for name in ROI_FIELDS if account.get(name) is None)
    why = remark("fields_missing", fields=names)
    return [Figure(metric, Window(on, on), None, group=group, why=why) for metric in ROI_METRICS]


def roi_figures(
    investment: Investment, on: dt.date, currency: str | None = None, group: str | None = None
) -> list[Figure]:
    """Return the figures saving, cost, ROI and payback of an investment."""
    window = Window(on, on)
    no_roi = None if investment.cost else _NOTHING_INVESTED
    no_payback = None if investment.payback is not None else _NOTHING_SAVED
    return [
        Figure(SAVING, window, investment.saving, group=group, currency=currency),
        Figure(COST, window, investment.cost, group=group, currency=currency),
        Figure(ROI, window, investment.roi, group=group, why=no_roi),
        Figure(PAYBACK, window, investment.payback, group=group, why=no_payback),
    ]


_NO_FIELDS = remark("no_roi_fields", fields=", ".join(ROI_FIELDS))
_NOTHING_INVESTED = remark("nothing_invested")
_NOTHING_SAVED = remark("nothing_saved")
_SOURCE = written_in("QBR", "`Template calcul ROI`")
SAVING = define_metric("saving", "amount", "first_year", _SOURCE)
COST = define_metric("investment", "amount", "first_year", _SOURCE)
ROI = define_metric("roi", "percent", "first_year", _SOURCE)
PAYBACK = define_metric("payback", "months", "first_year", _SOURCE)
ROI_METRICS = (SAVING, COST, ROI, PAYBACK)
ROI_FAMILY = Family("roi", catalogue_text("families", "roi"), ROI_METRICS, compute_roi, wide=True)
