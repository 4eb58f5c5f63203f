"""The portfolio page's part on renewals: value due by month, its share at risk, and the accounts at risk.

Takes the renewals, and returns texts, charts and tables for the template. No sum mixes currencies.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from markupsafe import Markup

from ..charts import Caption, ChartBar, draw_bars
from ..localizer import Localizer
from .renewals_due import HEALTHY, HORIZON, Renewal, Renewals, RenewalSum, total_renewals

LISTED = 50
"""Accounts at risk that are listed, by value; the others are counted."""


def show_renewals(renewals: Renewals, t: Localizer) -> dict[str, Any]:
    """Return a chart and a table for each currency, and a table of the accounts at risk."""
    head = [
        t("Month", "Mois"),
        t("Renewals", "Échéances"),
        t("ARR", "ARR"),
        t("At risk", "À risque"),
        t("ARR at risk", "ARR à risque"),
        t("Share", "Part"),
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
            t("Account", "Compte"),
            t("Renewal", "Renouvellement"),
            "ARR",
            t("Health", "Santé"),
            t("At risk because", "À risque car"),
            "CSM",
        ],
        "accounts": [_account(each, t) for each in listed],
    }


def _renewals_about(renewals: Renewals, t: Localizer) -> Iterator[str]:
    until = t.date(renewals.until)
    yield t(
        f"Renewals until {until} ({HORIZON.days} days). At risk: a health score below {HEALTHY}, or a "
        "recovery under way.",
        f"Renouvellements jusqu'au {until} ({HORIZON.days} jours). À risque : health score sous {HEALTHY}, ou plan de "
        "récupération en cours.",
    )
    account = (("account", "accounts"), ("compte", "comptes"))
    if not renewals.dated:
        yield t(
            "No account has a renewal date: `tenure fields` says which column they are read from.",
            "Aucun compte n'a de date de renouvellement : `tenure fields` dit de quelle colonne elle est lue.",
        )
    elif not renewals.sums and not renewals.without_arr:
        yield t(
            "No account renews in this time.",
            "Aucun compte n'a d'échéance dans cette période.",
        )
    if renewals.unknown:
        many = t.count(renewals.unknown, *account)
        yield t(
            f"Risk unknown because the health score is missing: {many}.",
            f"Risque inconnu, faute de health score : {many}.",
        )
    if renewals.without_arr:
        many = t.count(renewals.without_arr, *account)
        yield t(
            f"Left out of the sums because the ARR is missing: {many}.",
            f"Absents des sommes, faute d'ARR : {many}.",
        )
    if renewals.left_out:
        many = t.count(renewals.left_out, *account)
        yield t(
            f"Left out, for bad values in the snapshot: {many}.",
            f"Laissés de côté, pour des valeurs erronées dans l'instantané : {many}.",
        )


def _currency(
    at: int, currency: str | None, sums: Sequence[RenewalSum], t: Localizer
) -> dict[str, Any]:
    name = currency or t("No currency given", "Devise non précisée")
    total = total_renewals(sums)
    risk, arr = t.money(total.arr_at_risk, currency), t.money(total.arr, currency)
    series = (t("at risk", "à risque"), t("other renewals", "autres renouvellements"))
    bars = [
        ChartBar(
            t.month(each.month),
            (each.arr_at_risk, each.arr - each.arr_at_risk),
            t(
                f"{t.money(each.arr_at_risk, currency)} of {t.money(each.arr, currency)}",
                f"{t.money(each.arr_at_risk, currency)} sur {t.money(each.arr, currency)}",
            ),
        )
        for each in sums
    ]
    title = t(f"Value of renewals by month, {name}", f"Valeur des renouvellements par mois, {name}")
    about = "; ".join(f"{bar.label}: {bar.shown} {series[0]}" for bar in bars)
    return {
        "title": name,
        "headline": t(
            f"{risk} at risk, of {arr} to renew.", f"{risk} à risque, sur {arr} à renouveler."
        ),
        "chart": draw_bars(Caption(f"renewals-{at}", title, about), bars, series),
        "caption": title,
        "rows": [_sum(t.month(each.month), each, currency, t) for each in sums],
        "foot": _sum(t("All", "Total"), total, currency, t),
    }


def _sum(label: str, each: RenewalSum, currency: str | None, t: Localizer) -> tuple[str, ...]:
    share = t.number(each.arr_at_risk * 100 / each.arr, 1) if each.arr else t("n/a", "n. d.")
    return (
        label,
        t.number(each.renewals),
        t.money(each.arr, currency),
        t.number(each.at_risk),
        t.money(each.arr_at_risk, currency),
        t.percent(share) if each.arr else share,
    )


def _caption(listed: int, total: int, t: Localizer) -> str:
    title = t("Accounts at risk, by ARR", "Comptes à risque, par ARR")
    return title if listed == total else f"{title} ({listed} / {t.number(total)})"


def _account(each: Renewal, t: Localizer) -> tuple[str, ...]:
    unknown = t("not known", "inconnu")
    low = each.health is not None and each.health < HEALTHY
    reasons = [t("health", "santé")] * low + [t("in recovery", "en récupération")] * each.recovering
    named = Markup('{} <span class="quiet">{}</span>').format(each.account_name, each.account_id)
    return (
        named if each.account_name else each.account_id,
        t.date(each.on),
        unknown if each.arr is None else t.money(each.arr, each.currency),
        unknown if each.health is None else t.number(each.health),
        ", ".join(reasons),
        each.csm or t("(no CSM)", "(personne)"),
    )
