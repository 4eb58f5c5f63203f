"""The portfolio page: one HTML file that needs nothing else, not even a network.

In: what the portfolio and the metrics say; out: the page. The template escapes all that comes from
data, and the same input gives the same bytes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from ..charts import Bar, Caption, draw_bars
from ..voice import Voice
from .read import Portfolio, Standings
from .renewals import AHEAD, HEALTHY, Renewal, Renewals, Sum, total
from .workload import Load, monday

TEMPLATES = Path(__file__).parent.parent / "templates"

LISTED = 50
"""Accounts at risk that are named, those of most value; the others are counted."""

COLOURED = 5
"""Owners with a colour of their own: more can't be told apart."""


def draw_page(
    portfolio: Portfolio,
    families: Sequence[dict[str, Any]],
    cohorts: dict[str, Any] | None,
    t: Voice,
) -> str:
    """The whole page, as text; metrics and cohorts as `show_families` and `show_cohorts` give them."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = {
        "name": portfolio.name,
        "on": t.date(portfolio.on),
        "sources": _sources(portfolio, t),
        "load": portfolio.load and _load(portfolio.load, portfolio.on, t),
        "renewals": portfolio.renewals and _renewals(portfolio.renewals, t),
        "families": families,
        "cohorts": cohorts,
        "standings": portfolio.standings and [_standing(each, t) for each in portfolio.standings],
        "standing_about": _standing_about(portfolio, t),
    }
    template = environment.get_template("portfolio.html")
    return template.render(page=page, t=t, language=t("en", "fr")) + "\n"


def _sources(portfolio: Portfolio, t: Voice) -> str:
    """What the page was made from."""
    if portfolio.snapshot_on is None:
        snapshot = t("no snapshot", "aucun instantané")
    else:
        day = t.date(portfolio.snapshot_on)
        snapshot = t(f"accounts as of {day}", f"comptes au {day}")
    if portfolio.committed is None:
        run = t("no run yet", "aucune exécution")
    else:
        day = t.date(portfolio.committed)
        run = t(f"last run on {day}", f"dernière exécution le {day}")
    text = f"{snapshot} · {run}"
    return text[:1].upper() + text[1:]


def _load(load: Load, on: dt.date, t: Voice) -> dict[str, Any]:
    later = t("later", "plus tard")
    names = [owner or t("(nobody)", "(personne)") for owner, _ in load.owners]
    most = max((number for _, counts in load.owners for number in counts), default=0)
    weeks = [*(t.day(week) for week in load.weeks), later]
    now = load.weeks.index(monday(on))
    shown = _shown(load, now)
    return {
        "about": _load_about(load, now, t),
        "empty": t("Nothing is due in these weeks.", "Rien n'est à faire ces semaines-là."),
        "chart": _load_chart(load, names, weeks, shown, t),
        "head": [
            t("Owner", "Responsable"),
            *(_now(weeks[at], t) if at == now else weeks[at] for at in shown),
            t("All", "Total"),
        ],
        "numbers": range(1, len(shown) + 2),
        "rows": [
            (name, *(_heat(counts[at], most, t) for at in shown), t.number(sum(counts)))
            for name, (_, counts) in zip(names, load.owners, strict=True)
        ],
        "foot": [
            t("All", "Total"),
            *(t.number(load.by_week[at]) for at in shown),
            t.number(sum(load.by_week)),
        ],
    }


def _shown(load: Load, now: int) -> list[int]:
    """The weeks from the first with something to do to the last, this one among them, and later where there is any."""
    busy = [at for at, number in enumerate(load.by_week[: len(load.weeks)]) if number] + [now]
    later = [len(load.weeks)] if load.owners and load.by_week[-1] else []
    return [*range(min(busy), max(busy) + 1), *later]


def _load_about(load: Load, now: int, t: Voice) -> str:
    action = (("action", "actions"), ("action", "actions"))
    week = t.count(load.by_week[now] if load.owners else 0, *action)
    ahead = t.count(sum(load.by_week[now + 1 :]), *action)
    since = t.date(load.weeks[0])
    return t(
        f"{week} due this week, {ahead} already issued for later. The ledger says what was issued, not what was done; "
        f"weeks since {since} are shown.",
        f"{week} à faire cette semaine, {ahead} émises pour plus tard. Le registre dit ce qui a été émis, pas ce qui a "
        f"été fait ; les semaines depuis le {since} sont montrées.",
    )


def _load_chart(
    load: Load, names: Sequence[str], weeks: Sequence[str], shown: Sequence[int], t: Voice
) -> Markup:
    """A bar a week, those with most to do first in it; who has least is among the others."""
    rows = [counts for _, counts in load.owners]
    rest = rows[COLOURED:]
    series = [*names[:COLOURED], *([t("Others", "Autres")] if rest else [])]
    bars = []
    for at in shown:
        parts = [row[at] for row in rows[:COLOURED]]
        parts += [sum(row[at] for row in rest)] if rest else []
        last = at == len(weeks) - 1
        label = weeks[at] if last else t(f"Week of {weeks[at]}", f"Semaine du {weeks[at]}")
        bars.append(Bar(label, parts, t.number(sum(parts))))
    about = "; ".join(f"{bar.label}: {bar.shown}" for bar in bars)
    return draw_bars(
        Caption("load", t("Actions due by week", "Actions par semaine"), about), bars, series
    )


def _now(week: str, t: Voice) -> Markup:
    return Markup('<span class="now" title="{}">{}</span>').format(
        t("this week", "cette semaine"), week
    )


def _heat(number: int, most: int, t: Voice) -> str:
    """A count on a ground that is the stronger the more it is."""
    if not number:
        return ""
    strength = f"{Decimal(number) / most * Decimal('0.45') + Decimal('0.05'):.2f}"
    cell = Markup('<span class="heat" style="background: rgb(var(--heat) / {})">{}</span>')
    return cell.format(strength, t.number(number))


def _renewals(renewals: Renewals, t: Voice) -> dict[str, Any]:
    head = [
        t("Month", "Mois"),
        t("Renewals", "Échéances"),
        t("ARR", "ARR"),
        t("At risk", "À risque"),
        t("ARR at risk", "ARR à risque"),
        t("Share", "Part"),
    ]
    named = renewals.at_risk[:LISTED]
    return {
        "about": list(_renewals_about(renewals, t)),
        "head": head,
        "currencies": [
            _currency(at, currency, sums, t)
            for at, (currency, sums) in enumerate(renewals.sums.items())
        ],
        "caption": _listed(len(named), len(renewals.at_risk), t),
        "columns": [
            t("Account", "Compte"),
            t("Renewal", "Renouvellement"),
            "ARR",
            t("Health", "Santé"),
            t("At risk because", "À risque car"),
            "CSM",
        ],
        "accounts": [_account(each, t) for each in named],
    }


def _renewals_about(renewals: Renewals, t: Voice) -> Iterator[str]:
    until = t.date(renewals.until)
    yield t(
        f"Renewals until {until} ({AHEAD.days} days). At risk: a health score below {HEALTHY}, or a "
        "recovery under way.",
        f"Renouvellements jusqu'au {until} ({AHEAD.days} jours). À risque : health score sous {HEALTHY}, ou plan de "
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
    if renewals.untold:
        many = t.count(renewals.untold, *account)
        yield t(
            f"Nobody can tell of {many}: no health score.",
            f"On ne peut rien dire de {many} : pas de health score.",
        )
    if renewals.without_arr:
        many = t.count(renewals.without_arr, *account)
        yield t(
            f"In no sum, for want of an ARR: {many}.",
            f"Dans aucune somme, faute d'ARR : {many}.",
        )
    if renewals.left_out:
        many = t.count(renewals.left_out, *account)
        yield t(
            f"Left out, for bad values in the snapshot: {many}.",
            f"Laissés de côté, pour des valeurs fautives dans l'instantané : {many}.",
        )


def _currency(at: int, currency: str | None, sums: Sequence[Sum], t: Voice) -> dict[str, Any]:
    name = currency or t("No currency given", "Devise non précisée")
    whole = total(sums)
    risk, arr = t.money(whole.arr_at_risk, currency), t.money(whole.arr, currency)
    series = (t("at risk", "à risque"), t("other renewals", "autres renouvellements"))
    bars = [
        Bar(
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
        "foot": _sum(t("All", "Total"), whole, currency, t),
    }


def _sum(label: str, each: Sum, currency: str | None, t: Voice) -> tuple[str, ...]:
    share = t.number(each.arr_at_risk * 100 / each.arr, 1) if each.arr else t("n/a", "n. d.")
    return (
        label,
        t.number(each.renewals),
        t.money(each.arr, currency),
        t.number(each.at_risk),
        t.money(each.arr_at_risk, currency),
        f"{share}{t('%', chr(0xA0) + '%')}" if each.arr else share,
    )


def _listed(named: int, all: int, t: Voice) -> str:
    title = t("Accounts at risk, by ARR", "Comptes à risque, par ARR")
    return title if named == all else f"{title} ({named} / {t.number(all)})"


def _account(each: Renewal, t: Voice) -> tuple[str, ...]:
    unknown = t("not known", "inconnu")
    low = each.health is not None and each.health < HEALTHY
    because = [t("health", "santé")] * low + [t("in recovery", "en récupération")] * each.recovering
    named = Markup('{} <span class="quiet">{}</span>').format(each.account_name, each.account_id)
    return (
        named if each.account_name else each.account_id,
        t.date(each.on),
        unknown if each.arr is None else t.money(each.arr, each.currency),
        unknown if each.health is None else t.number(each.health),
        ", ".join(because),
        each.csm or t("(nobody)", "(personne)"),
    )


def _standing(standings: Standings, t: Voice) -> dict[str, Any]:
    there = t.count(standings.open, ("account", "accounts"), ("compte", "comptes"))
    ended = t.count(standings.ended, ("ended", "ended"), ("terminé", "terminés"))
    bars = [Bar(title, (count,), t.number(count)) for title, count in standings.states]
    title = t(f"{standings.title}: accounts by step", f"{standings.title} : comptes par étape")
    about = "; ".join(f"{bar.label}: {bar.shown}" for bar in bars)
    return {
        "title": standings.title,
        "about": f"{there}, {ended}",
        "chart": draw_bars(Caption(f"playbook-{standings.playbook}", title, about), bars),
    }


def _standing_about(portfolio: Portfolio, t: Voice) -> str:
    if portfolio.committed is None:
        return ""
    day = t.date(portfolio.committed)
    return t(f"After the last run, of {day}.", f"Après la dernière exécution, du {day}.")
