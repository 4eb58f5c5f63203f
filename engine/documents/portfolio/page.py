"""The portfolio page: one HTML file that needs nothing else, not even a network.

In: what the portfolio and the metrics say; out: the page. The template escapes all that comes from
data, and the same input gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ..charts import Bar, Caption, draw_bars
from ..voice import Voice
from .read import Portfolio, Standings
from .risk import show_renewals
from .weeks import show_load

TEMPLATES = Path(__file__).parent.parent / "templates"


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
        "load": portfolio.load and show_load(portfolio.load, portfolio.on, t),
        "renewals": portfolio.renewals and show_renewals(portfolio.renewals, t),
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
