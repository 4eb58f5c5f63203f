"""Rendering of the portfolio page: one HTML file that needs no other file and no network.

Takes the portfolio's data and the metrics, and returns the page. The template escapes everything that comes from
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
from ..document_templates import MAX_TEMPLATE_BYTES
from ..localizer import Localizer
from ..registry import TEMPLATES_FOLDER
from .portfolio_data import Portfolio, StateCounts
from .renewal_risk import show_renewals
from .weekly_load import show_load

PAGE_TEMPLATES = Path(__file__).parent.parent / "templates"
PAGE_TEMPLATE = "portfolio.html"
INCLUDED = frozenset((PAGE_TEMPLATE, "portfolio.css", "chart.css"))
"""Files that a page may consist of."""

MAX_PAGE_STEPS = 20_000_000
MAX_PAGE_CHARACTERS = 20_000_000
"""Limits on the steps and characters of one page; that of 300 accounts takes 56,000 and 67,000."""

PAGE_FILTERS = (
    *("abs", "capitalize", "count", "d", "default", "e", "escape", "first", "float", "int"),
    *("last", "length", "lower", "safe", "string", "title", "trim", "upper"),
)
"""Filters that a page may use: none of them repeats, pads or formats text."""

PAGE_TESTS = (
    *("boolean", "defined", "even", "false", "in", "mapping", "none", "number"),
    *("odd", "sequence", "string", "true", "undefined"),
)


class _PageSandbox(BoundedSandbox):
    """Jinja2 sandbox for pages: only macros and the localizer may be called."""

    def is_safe_callable(self, obj: Any) -> bool:
        """Return whether it is a macro, the localizer or one of the localizer's methods."""
        return isinstance(obj, Macro | Localizer) or isinstance(
            getattr(obj, "__self__", None), Localizer
        )

    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Call it, and charge the size of its result to the budget.

        Raises:
            TemplateError: The localizer has no such text, or a place in it has no value.
        """
        try:
            result = super().call(context, obj, *args, **kwargs)
        except KeyError as error:
            raise TemplateError(f"there is no text or value {error}") from error
        budget_of(context).make(len(result) if isinstance(result, str) else 1)
        return result


def draw_portfolio_page(
    portfolio: Portfolio,
    families: Sequence[dict[str, Any]],
    cohorts: dict[str, Any] | None,
    t: Localizer,
    templates: Path,
) -> str:
    """Return the page as text.

    Args:
        portfolio: The data of the page, except metrics and cohorts.
        families: The metrics, as `show_families` returns them.
        cohorts: The cohorts, as `show_cohorts` returns them.
        t: The language of the page.
        templates: The workspace's folder of templates. Its `portfolio.html`, `portfolio.css` and `chart.css` replace
            the shipped ones.

    Raises:
        Problems: A template is not usable.
    """
    environment = _sandbox(templates)
    page = {
        "name": portfolio.name,
        "on": t.date(portfolio.on),
        "sources": _sources(portfolio, t),
        "load": portfolio.load and show_load(portfolio.load, portfolio.on, t),
        "renewals": portfolio.renewals and show_renewals(portfolio.renewals, t),
        "families": families,
        "cohorts": cohorts,
        "standings": portfolio.state_counts
        and [_states(each, t) for each in portfolio.state_counts],
        "standing_about": _states_about(portfolio, t),
    }
    try:
        template = environment.get_template(PAGE_TEMPLATE)
        values = {"page": page, "t": t, "language": t.language}
        return (
            _rendered(
                template.generate({**values, BUDGET: Budget(MAX_PAGE_STEPS, MAX_PAGE_CHARACTERS)})
            )
            + "\n"
        )
    except (TemplateError, *UNREADABLE, TypeError, ArithmeticError) as error:
        raise Problems([_page_problem(error)]) from error


def _rendered(pieces: Iterable[str]) -> str:
    """Return the pieces joined. Raise `OverBudget` where the page grows too long."""
    parts, length = [], 0
    for piece in pieces:
        length += len(piece)
        if length > MAX_PAGE_CHARACTERS:
            raise OverBudget(f"the page is longer than {MAX_PAGE_CHARACTERS:,} characters")
        parts.append(piece)
    return "".join(parts)


def _sandbox(templates: Path) -> _PageSandbox:
    """Return the environment of a page, which loads the workspace's files or else the shipped ones."""

    def load(name: str) -> str | None:
        return _source(templates, name)

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
    environment.filters = {name: environment.filters[name] for name in PAGE_FILTERS}
    environment.tests = {name: environment.tests[name] for name in PAGE_TESTS}
    environment.add_counters()
    return environment


@pass_context
def _counted(context: Context, value: Any) -> Any:
    """Return an output value, and charge its length to the budget."""
    budget_of(context).walk(value)
    return value


def _source(templates: Path, name: str) -> str | None:
    """Return the text of one of the page's files; None for any other name. Raise `Problems` where it is not text."""
    if name not in INCLUDED:
        return None
    if not os.path.lexists(templates / name):
        return (PAGE_TEMPLATES / name).read_text("utf-8")
    text, problems = read_text(templates / name, f"{TEMPLATES_FOLDER}/{name}", MAX_TEMPLATE_BYTES)
    if text is None:
        raise Problems(problems)
    return text


def _page_problem(error: Exception) -> Problem:
    """Return the problem of a page's template, with its line where that is known."""
    at = error.lineno if isinstance(error, TemplateSyntaxError) else None
    name = error.name if isinstance(error, TemplateSyntaxError) else None
    file = f"{TEMPLATES_FOLDER}/{name or PAGE_TEMPLATE}"
    hint = "correct the file, or remove it to use the shipped page"
    span = Span(file, at, 1, at + 1, 1) if at else None
    return Problem("document-syntax", f"{file}: {error}", span, hint)


def _sources(portfolio: Portfolio, t: Localizer) -> str:
    """Return a text on the snapshot and the run behind the page."""
    if portfolio.snapshot_on is None:
        snapshot = t("no_snapshot")
    else:
        date = t.date(portfolio.snapshot_on)
        snapshot = t("accounts_as_of", date=date)
    if portfolio.committed is None:
        run = t("no_run")
    else:
        date = t.date(portfolio.committed)
        run = t("last_run", date=date)
    text = f"{snapshot} · {run}"
    return text[:1].upper() + text[1:]


def _states(counts: StateCounts, t: Localizer) -> dict[str, Any]:
    open = t.count("accounts", counts.open)
    ended = t.count("ended", counts.ended)
    bars = [ChartBar(title, (count,), t.number(count)) for title, count in counts.states]
    title = t("accounts_by_step", title=counts.title)
    about = t.named((bar.label, bar.shown) for bar in bars)
    return {
        "title": counts.title,
        "about": f"{open}, {ended}",
        "chart": draw_bars(Caption(f"playbook-{counts.playbook}", title, about, t.colon), bars),
    }


def _states_about(portfolio: Portfolio, t: Localizer) -> str:
    if portfolio.committed is None:
        return ""
    date = t.date(portfolio.committed)
    return t("standings_about", date=date)
