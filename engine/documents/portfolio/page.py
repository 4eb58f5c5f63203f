"""The portfolio page: one HTML file that needs nothing else, not even a network.

In: what the portfolio and the metrics say; out: the page. The template escapes all that comes from
data, and the same input gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined, TemplateError, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from ...text.problem import Problem, Problems, Span
from ..charts import Bar, Caption, draw_bars
from ..template import FOLDER
from ..voice import Voice
from .read import Portfolio, Standings
from .risk import show_renewals
from .weeks import show_load

TEMPLATES = Path(__file__).parent.parent / "templates"
TEMPLATE = "portfolio.html"


def draw_page(
    portfolio: Portfolio,
    families: Sequence[dict[str, Any]],
    cohorts: dict[str, Any] | None,
    t: Voice,
    own: Path,
) -> str:
    """The whole page, as text; metrics and cohorts as `show_families` and `show_cohorts` give them.

    `own` is the folder of the workspace's templates, whose `portfolio.html`, `portfolio.css` and `chart.css` come
    before the shipped ones. Raises `Problems` where one is no good.
    """
    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader([own, TEMPLATES]),
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
    try:
        template = environment.get_template(TEMPLATE)
        return template.render(page=page, t=t, language=t("en", "fr")) + "\n"
    except (TemplateError, UnicodeDecodeError) as error:
        raise Problems([_no_good(error)]) from error


def _no_good(error: Exception) -> Problem:
    """The problem of a page's template, with its line where that is known."""
    at = error.lineno if isinstance(error, TemplateSyntaxError) else None
    file = f"{FOLDER}/{error.name if isinstance(error, TemplateSyntaxError) and error.name else TEMPLATE}"
    hint = "take the file away for the page that ships, or mend it"
    place = Span(file, at, 1, at + 1, 1) if at else None
    return Problem("document-syntax", f"{file}: {error}", place, hint)


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
