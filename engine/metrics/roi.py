"""The return on what a customer invests, by the calculator of the review document ("Template calcul ROI").

In: hours of work a year, what an hour costs, the share of them saved, licence and set-up; out: ROI and payback.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from ..core.ids import ACCOUNT_ID
from ..language.expressions import ConstantValue
from .metric_value import HUNDRED, Figure, FigureUnit, Metric, Window, written_in
from .request import Family, MetricRequest, newest_on

if TYPE_CHECKING:
    from ..project.loading import Project

RoiRow = Mapping[str, ConstantValue | None]
MONTHS_A_YEAR = 12

ROI_FIELDS = (
    "roi_people",
    "roi_hours_per_year",
    "roi_hourly_cost",
    "roi_reduction",
    "roi_licence",
    "roi_setup",
)
"""The account's fields that its investment is read from."""


@dataclass(frozen=True, slots=True)
class Investment:
    """What is put in and what it saves, in the first year; all in one currency.

    `hours` of work a year at `rate` an hour, of which the share `reduction` (0 to 1) is saved; `licence` a year,
    `setup` once.
    """

    hours: Decimal
    rate: Decimal
    reduction: Decimal
    licence: Decimal
    setup: Decimal

    @property
    def cost(self) -> Decimal:
        """Licence and set-up."""
        return self.licence + self.setup

    @property
    def saving(self) -> Decimal:
        """Hours x reduction x rate."""
        return self.hours * self.reduction * self.rate

    @property
    def roi(self) -> Decimal | None:
        """(Saving - licence - set-up) / (licence + set-up), in percent; None where nothing is invested."""
        return (self.saving - self.cost) * HUNDRED / self.cost if self.cost else None

    @property
    def payback(self) -> Decimal | None:
        """Months until the saving has paid for the investment; None where nothing is saved."""
        return self.cost * MONTHS_A_YEAR / self.saving if self.saving > 0 else None


def investment_of(account: RoiRow) -> Investment | None:
    """What an account's fields say; None where one of `FIELDS` is missing."""
    found = [account.get(name) for name in ROI_FIELDS]
    if any(value is None for value in found):
        return None
    people, hours, rate, reduction, licence, setup = (Decimal(str(value)) for value in found)
    return Investment(people * hours, rate, reduction, licence, setup)


def compute_roi(asked: MetricRequest) -> list[Figure]:
    """The figures of every account whose fields say what it invests, by account."""
    rows = [row for row in accounts(asked.project, asked.on) if investment_of(row)]
    if not rows:
        return [
            Figure(metric, Window(asked.on, asked.on), None, why=_UNSAID) for metric in ROI_METRICS
        ]
    return [figure for row in rows for figure in figures_of(row, asked.on)]


def accounts(project: Project, on: dt.date, account: str | None = None) -> list[RoiRow]:
    """What the newest snapshot on that date says of investments: of one account, or of all."""
    import polars as pl

    from ..sources import Snapshots

    snapshots = Snapshots(project.workspace, project.catalogue)
    frame = snapshots.load(newest_on(project, on), {*ROI_FIELDS, "currency"}, ROI_FIELDS).frame
    chosen = frame if account is None else frame.filter(pl.col(ACCOUNT_ID) == account)
    return list(chosen.iter_rows(named=True))


def figures_of(account: RoiRow, on: dt.date) -> list[Figure]:
    """An account's figures; n/a, with what is missing, where its fields don't say."""
    group, currency = str(account[ACCOUNT_ID]), account.get("currency")
    invested = investment_of(account)
    if invested is not None:
        return roi_figures(invested, on, currency if isinstance(currency, str) else None, group)
    names = ", ".join(name for name in ROI_FIELDS if account.get(name) is None)
    why = {"en": f"missing: {names}", "fr": f"manque : {names}"}
    return [Figure(metric, Window(on, on), None, group=group, why=why) for metric in ROI_METRICS]


def roi_figures(
    invested: Investment, on: dt.date, currency: str | None = None, group: str | None = None
) -> list[Figure]:
    """Saving, cost, ROI and payback."""
    window = Window(on, on)
    lacking = None if invested.cost else _NOTHING_INVESTED
    vain = None if invested.payback is not None else _NOTHING_SAVED
    return [
        Figure(SAVING, window, invested.saving, group=group, currency=currency),
        Figure(COST, window, invested.cost, group=group, currency=currency),
        Figure(ROI, window, invested.roi, group=group, why=lacking),
        Figure(PAYBACK, window, invested.payback, group=group, why=vain),
    ]


_UNSAID = {
    "en": f"no account has them all: {', '.join(ROI_FIELDS)}",
    "fr": f"aucun compte ne les a tous : {', '.join(ROI_FIELDS)}",
}
_NOTHING_INVESTED = {"en": "nothing is invested", "fr": "rien n'est investi"}
_NOTHING_SAVED = {"en": "nothing is saved", "fr": "rien n'est économisé"}


def _metric(
    id: str, unit: FigureUnit, en: str, fr: str, formula_en: str, formula_fr: str
) -> Metric:
    one = {"en": "one account, its first year", "fr": "un compte, sa première année"}
    texts = {"en": formula_en, "fr": formula_fr}
    return Metric(
        id, unit, {"en": en, "fr": fr}, texts, one, written_in("QBR", "`Template calcul ROI`")
    )


SAVING = _metric(
    "saving", "amount", "Saved in a year", "Économie par an",
    "hours a year × share saved × cost of an hour",
    "heures par an × part économisée × coût d'une heure",
)  # fmt: skip
COST = _metric(
    "investment", "amount", "Invested", "Investissement",
    "licence for a year + set-up", "licence d'un an + mise en place",
)  # fmt: skip
ROI = _metric(
    "roi", "percent", "ROI of the first year", "ROI de la première année",
    "(saved in a year - invested) ÷ invested", "(économie par an - investissement) ÷ investissement",
)  # fmt: skip
PAYBACK = _metric(
    "payback", "months", "Payback", "Retour sur investissement",
    "invested ÷ saved in a year × 12, in months", "investissement ÷ économie par an × 12, en mois",
)  # fmt: skip
ROI_METRICS = (SAVING, COST, ROI, PAYBACK)
RETURNS = Family(
    "roi",
    {"en": "Return on investment", "fr": "Retour sur investissement"},
    ROI_METRICS,
    compute_roi,
    wide=True,
)
