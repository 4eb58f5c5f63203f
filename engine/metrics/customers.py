"""Customer retention over a window: by sets of accounts, and by the formula of the source document.

The input is the data of a window. The output is figures of each group, then of all accounts.
"""

from __future__ import annotations

from decimal import Decimal

import polars as pl

from ..playbook.model import Texts
from .metric_snapshots import by_group
from .metric_value import Figure, Metric, ratio, written_in
from .request import Family, MetricRequest

COUNT_CONDITIONS = {
    "customers_start": pl.col("start").is_not_null(),
    "customers_lost": pl.col("churned"),
    "customers_joined": pl.col("joined"),
    "customers_end": pl.col("end").is_not_null(),
}
"""The condition on `WindowData.accounts` of each count."""


def compute_customers(request: MetricRequest) -> list[Figure]:
    """Return the counts and both rates of each group, then of all accounts."""
    data = request.window_data
    if data.why is not None:
        return [Figure(metric, request.window, None, why=data.why) for metric in CUSTOMER_METRICS]
    marked = data.accounts.select("group", **COUNT_CONDITIONS)
    sums = pl.col(*COUNT_CONDITIONS).sum()
    return [
        figure
        for group, rows in by_group(marked)
        for figure in _figures(request, group, rows.select(sums).row(0, named=True))
    ]


def _figures(request: MetricRequest, group: str | None, counts: dict[str, int]) -> list[Figure]:
    window, start, note = request.window, counts["customers_start"], request.window_data.note
    retained = start - counts["customers_lost"]
    by_formula = counts["customers_end"] - counts["customers_joined"]
    why = None if start else _NO_CUSTOMER
    wrong = _wrong_by(retained - by_formula) if retained != by_formula else note
    return [
        *(Figure(_COUNTS[name], window, Decimal(n), n, group) for name, n in counts.items()),
        Figure(
            CUSTOMER_RETENTION, window, ratio(retained, start), start, group, why=why, note=note
        ),
        Figure(BY_FORMULA, window, ratio(by_formula, start), start, group, why=why, note=wrong),
    ]


def _wrong_by(left_again: int) -> Texts:
    return {
        "en": f"wrong here: customers who came and left again within the window ({left_again}) are taken for lost ones",
        "fr": f"fausse ici : les clients arrivés et repartis pendant la fenêtre ({left_again}) y passent pour perdus",
    }


_NO_CUSTOMER = {
    "en": "there was no customer at the start",
    "fr": "il n'y avait aucun client au début",
}
_AT_START = {
    "en": "customers at the window's start: active and suspended accounts; without a status, those with revenue",
    "fr": "clients au début de la fenêtre : comptes actifs et suspendus ; sans statut, ceux qui ont un revenu",
}
_SOURCE = written_in("retention", "`Customer Retention Rate`")


def _count(id: str, en: str, fr: str, definition_en: str, definition_fr: str) -> Metric:
    definition = {"en": definition_en, "fr": definition_fr}
    population = {"en": "all accounts", "fr": "tous les comptes"}
    return Metric(id, "count", {"en": en, "fr": fr}, definition, population, _SOURCE)


_COUNTS = {
    metric.id: metric
    for metric in (
        _count(
            "customers_start",
            "Customers at the start",
            "Clients au début",
            "Customers in the newest snapshot not later than the window's first date.",
            "Clients dans le dernier instantané au premier jour de la fenêtre.",
        ),
        _count(
            "customers_lost",
            "Customers lost",
            "Clients perdus",
            "Customers at the start who left up to the end, even if they came back later than grace.",
            "Clients du début partis avant la fin, même revenus après le délai de grâce.",
        ),
        _count(
            "customers_joined",
            "Customers who came",
            "Clients arrivés",
            "Accounts that became customers within the window, for the first time or again, even if they left since.",
            "Comptes devenus clients pendant la fenêtre, pour la première fois ou de nouveau, même repartis depuis.",
        ),
        _count(
            "customers_end",
            "Customers at the end",
            "Clients à la fin",
            "Customers in the newest snapshot not later than the window's last date, or away for less than grace.",
            "Clients dans le dernier instantané au dernier jour de la fenêtre, ou absents depuis moins que le délai de "
            "grâce.",
        ),
    )
}
CUSTOMER_RETENTION = Metric(
    "customer_retention",
    "percent",
    {"en": "Customer retention", "fr": "Rétention des clients"},
    {
        "en": "Customers at the start who have not left up to the end ÷ customers at the start. A customer who comes "
        "back within grace has not left.",
        "fr": "Clients du début qui ne sont pas partis avant la fin ÷ clients au début. Un client qui revient dans "
        "le délai de grâce n'est pas parti.",
    },
    _AT_START,
    _SOURCE,
)
BY_FORMULA = Metric(
    "customer_retention_by_formula",
    "percent",
    {"en": "Customer retention by the formula", "fr": "Rétention des clients par la formule"},
    {
        "en": "(customers at the end - customers who came) ÷ customers at the start. The same as by sets, unless "
        "somebody came and left again within the window.",
        "fr": "(clients à la fin - clients arrivés) ÷ clients au début. Identique au calcul par ensembles, sauf si "
        "quelqu'un est arrivé et reparti pendant la fenêtre.",
    },
    _AT_START,
    _SOURCE,
)
CUSTOMER_METRICS = (*_COUNTS.values(), CUSTOMER_RETENTION, BY_FORMULA)
CUSTOMERS = Family(
    "customers", {"en": "Customers", "fr": "Clients"}, CUSTOMER_METRICS, compute_customers
)
