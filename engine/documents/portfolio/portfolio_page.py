"""The portfolio page: one HTML file that needs nothing else, not even a network.

In: what the portfolio and the metrics say; out: the page. The template escapes all that comes from
data, and the same input gives the same bytes.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from jinja2 import (
    FunctionLoader,
    StrictUndefined,
    TemplateError,
    TemplateSyntaxError,
    pass_context,
)
from jinja2.runtime import Context, Macro

from ...core.problems import Problem, Problems, Span
from ...reports.bounded import BUDGET, UNREADABLE, BoundedSandbox, Budget, OverBudget, budget_of
from ...text.input_files import read_text
from ..charts import Caption, ChartBar, draw_bars
from ..document_templates import MAX_BYTES, TEMPLATES_FOLDER
from ..localizer import Localizer
from .portfolio_data import Portfolio, StateCounts
from .renewal_risk import show_renewals
from .weekly_load import show_load

PAGE_TEMPLATES = Path(__file__).parent.parent / "templates"
PAGE_TEMPLATE = "portfolio.html"
INCLUDED = frozenset((PAGE_TEMPLATE, "portfolio.css", "chart.css"))
"""The files that a page may be made of."""

STEPS = 20_000_000
LONGEST = 20_000_000
"""Steps and characters of one page; that of 300 accounts takes 56,000 and 67,000."""

FILTERS = (
    *("abs", "capitalize", "count", "d", "default", "e", "escape", "first", "float", "int"),
    *("last", "length", "lower", "safe", "string", "title", "trim", "upper"),
)
"""The filters that a page may use: none that repeats, pads or formats text."""

TESTS = (
    *("boolean", "defined", "even", "false", "in", "mapping", "none", "number"),
    *("odd", "sequence", "string", "true", "undefined"),
)


class _PageSandbox(BoundedSandbox):
    """Jinja2 for pages: macros and the page's own wording may be called, nothing else."""

    def is_safe_callable(self, obj: Any) -> bool:
        """Return whether it is a macro, or says a text, number or date in the page's language."""
        return isinstance(obj, Macro | Localizer) or isinstance(
            getattr(obj, "__self__", None), Localizer
        )

    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Call it, and spend what it gives."""
        found = super().call(context, obj, *args, **kwargs)
        budget_of(context).make(len(found) if isinstance(found, str) else 1)
        return found


def draw_portfolio_page(
    portfolio: Portfolio,
    families: Sequence[dict[str, Any]],
    cohorts: dict[str, Any] | None,
    t: Localizer,
    own: Path,
) -> str:
    """The whole page, as text; metrics and cohorts as `show_families` and `show_cohorts` give them.

    `own` is the folder of the workspace's templates, whose `portfolio.html`, `portfolio.css` and `chart.css` come
    before the shipped ones. Raises `Problems` where one is no good.
    """
    environment = _sandbox(own)
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
        template = environment.get_template(PAGE_TEMPLATE)
        given = {"page": page, "t": t, "language": t("en", "fr")}
        return _rendered(template.generate({**given, BUDGET: Budget(STEPS, LONGEST)})) + "\n"
    except (TemplateError, *UNREADABLE, TypeError, ArithmeticError) as error:
        raise Problems([_no_good(error)]) from error


def _rendered(pieces: Iterable[str]) -> str:
    """The pieces joined, as long as they are not too many."""
    parts, length = [], 0
    for piece in pieces:
        length += len(piece)
        if length > LONGEST:
            raise OverBudget(f"the page is longer than {LONGEST:,} characters")
        parts.append(piece)
    return "".join(parts)


def _sandbox(own: Path) -> _PageSandbox:
    """The environment of a page, whose files are the workspace's own or those that ship."""

    def load(name: str) -> str | None:
        return _source(own, name)

    environment = _PageSandbox(
        loader=FunctionLoader(load),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_counted,
        optimized=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.clear()
    environment.filters = {name: environment.filters[name] for name in FILTERS}
    environment.tests = {name: environment.tests[name] for name in TESTS}
    environment.add_counters()
    return environment


@pass_context
def _counted(context: Context, value: Any) -> Any:
    """A value on its way out, which spends its length."""
    budget_of(context).walk(value)
    return value


def _source(own: Path, name: str) -> str | None:
    """The text of one of the page's files; None for any other name. Raises `Problems` where it is no text."""
    if name not in INCLUDED:
        return None
    if not os.path.lexists(own / name):
        return (PAGE_TEMPLATES / name).read_text("utf-8")
    text, problems = read_text(own / name, f"{TEMPLATES_FOLDER}/{name}", MAX_BYTES)
    if text is None:
        raise Problems(problems)
    return text


def _no_good(error: Exception) -> Problem:
    """The problem of a page's template, with its line where that is known."""
    at = error.lineno if isinstance(error, TemplateSyntaxError) else None
    named = error.name if isinstance(error, TemplateSyntaxError) else None
    file = f"{TEMPLATES_FOLDER}/{named or PAGE_TEMPLATE}"
    hint = "take the file away for the page that ships, or mend it"
    place = Span(file, at, 1, at + 1, 1) if at else None
    return Problem("document-syntax", f"{file}: {error}", place, hint)


def _sources(portfolio: Portfolio, t: Localizer) -> str:
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


def _standing(standings: StateCounts, t: Localizer) -> dict[str, Any]:
    there = t.count(standings.open, ("account", "accounts"), ("compte", "comptes"))
    ended = t.count(standings.ended, ("ended", "ended"), ("terminé", "terminés"))
    bars = [ChartBar(title, (count,), t.number(count)) for title, count in standings.states]
    title = t(f"{standings.title}: accounts by step", f"{standings.title} : comptes par étape")
    about = "; ".join(f"{bar.label}: {bar.shown}" for bar in bars)
    return {
        "title": standings.title,
        "about": f"{there}, {ended}",
        "chart": draw_bars(Caption(f"playbook-{standings.playbook}", title, about), bars),
    }


def _standing_about(portfolio: Portfolio, t: Localizer) -> str:
    if portfolio.committed is None:
        return ""
    day = t.date(portfolio.committed)
    return t(f"After the last run, of {day}.", f"Après la dernière exécution, du {day}.")
