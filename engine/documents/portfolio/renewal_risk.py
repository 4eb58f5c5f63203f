"""The portfolio page's part on renewals: value due by month, its share at risk, and the accounts at risk.

Takes the renewals, and returns texts, charts and tables for the template. No sum mixes currencies.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from markupsafe import Markup

from ...reports.figure_format import word
from ..charts import Caption, ChartBar, draw_bars
from ..localizer import Localizer
from .renewals_due import HEALTHY, HORIZON, Renewal, Renewals, RenewalSum, total_renewals

LISTED = 50
"""Accounts at risk that are listed, by value; the others are counted."""


def show_renewals(renewals: Renewals, t: Localizer) -> dict[str, Any]:
    """Return a chart and a table for each currency, and a table of the accounts at risk."""
    head = [
        t("month"),
        t("renewals"),
        t("arr"),
        t("count_at_risk"),
        t("arr_at_risk"),
        t("share"),
    ]
    listed = renewals.at_risk[:LISTED]
    return {
        "about": list(_renewals_about(renewals, t)),
        "head": head,
        "currencies": [
            _currency(at, currency, sums, t)
            for at, (currency, sums) in enumerate(renewals.sums.items())
        ],
        "caption": _caption(len(listed), len(renewals.at_risk), t),
        "columns": [
            t("account"),
            t("renewal"),
            t("arr"),
            t("health"),
            t("at_risk_because"),
            t("csm"),
        ],
        "accounts": [_account(each, t) for each in listed],
    }


def _renewals_about(renewals: Renewals, t: Localizer) -> Iterator[str]:
    until = t.date(renewals.until)
    yield t("renewals_about", until=until, days=HORIZON.days, least=HEALTHY)
    if not renewals.dated:
        yield t("no_renewal_date")
    elif not renewals.sums and not renewals.without_arr:
        yield t("no_renewal")
    if renewals.unknown:
        many = t.count("accounts", renewals.unknown)
        yield t("risk_unknown", many=many)
    if renewals.without_arr:
        many = t.count("accounts", renewals.without_arr)
        yield t("arr_missing", many=many)
    if renewals.left_out:
        many = t.count("accounts", renewals.left_out)
        yield t("bad_values", many=many)


def _currency(
    at: int, currency: str | None, sums: Sequence[RenewalSum], t: Localizer
) -> dict[str, Any]:
    name = currency or t("no_currency")
    total = total_renewals(sums)
    risk, arr = t.money(total.arr_at_risk, currency), t.money(total.arr, currency)
    series = (t("at_risk"), t("not_at_risk"))
    bars = [
        ChartBar(
            t.month(each.month),
            (each.arr_at_risk, each.arr - each.arr_at_risk),
            t(
                "value_at_risk",
                risk=t.money(each.arr_at_risk, currency),
                arr=t.money(each.arr, currency),
            ),
        )
        for each in sums
    ]
    title = t("renewals_by_month", name=name)
    about = t.named((bar.label, f"{bar.shown} {series[0]}") for bar in bars)
    return {
        "title": name,
        "headline": t("headline", risk=risk, arr=arr),
        "chart": draw_bars(
            Caption(f"renewals-{at}", title, about, t.colon),
            bars,
            series,
            lambda part: t.money(Decimal(part), currency),
        ),
        "caption": title,
        "rows": [_sum(t.month(each.month), each, currency, t) for each in sums],
        "foot": _sum(t("all"), total, currency, t),
    }


def _sum(label: str, each: RenewalSum, currency: str | None, t: Localizer) -> tuple[str, ...]:
    share = t.number(each.arr_at_risk * 100 / each.arr, 1) if each.arr else word("n/a", t.language)
    return (
        label,
        t.number(each.renewals),
        t.money(each.arr, currency),
        t.number(each.at_risk),
        t.money(each.arr_at_risk, currency),
        t.percent(share) if each.arr else share,
    )


def _caption(listed: int, total: int, t: Localizer) -> str:
    title = t("accounts_at_risk")
    return title if listed == total else f"{title} ({listed} / {t.number(total)})"


def _account(each: Renewal, t: Localizer) -> tuple[str, ...]:
    unknown = t("not_known")
    low = each.health is not None and each.health < HEALTHY
    reasons = [t("low_health")] * low + [t("in_recovery")] * each.recovering
    named = Markup('{} <span class="quiet">{}</span>').format(each.account_name, each.account_id)
    return (
        named if each.account_name else each.account_id,
        t.date(each.on),
        unknown if each.arr is None else t.money(each.arr, each.currency),
        unknown if each.health is None else t.number(each.health),
        ", ".join(reasons),
        each.csm or t("no_csm"),
    )
