"""The portfolio page of a workspace: its actions, renewals, metrics, cohorts, and where its accounts stand."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from ...metrics.cohorts import COHORTS
from ...metrics.families import METRIC_FAMILIES
from ...metrics.groups import OVERVIEW
from ...metrics.request import MetricRequest as Question
from ...metrics.request import year_known
from ...project.loading import Project
from ...sources import Snapshots
from ..document_templates import TEMPLATES_FOLDER
from ..localizer import Localizer
from ..registry import DocumentRequest, NoLanguage, Rendered
from .cohort_charts import show_cohorts
from .metric_tiles import show_families
from .portfolio_data import read_portfolio
from .portfolio_page import draw_portfolio_page

PORTFOLIO_LANGUAGES = ("en", "fr")


def make(asked: DocumentRequest) -> Rendered:
    """The page; what there is nothing to tell of says so in its place, so that no value is marked as missing."""
    project, on = asked.project, asked.on
    t = Localizer(_language(asked))
    portfolio = read_portfolio(project, on, t.language)
    question = _question(project, on, portfolio.snapshot_on)
    families, cohorts = [], None
    if question is not None:
        named = (METRIC_FAMILIES[name] for name in OVERVIEW if name != COHORTS.id)
        families = show_families([(family, family.compute(question)) for family in named], t)
        by_segment = COHORTS.compute(replace(question, by="segment"))
        by_month = COHORTS.compute(replace(question, by="cohort", periods="months"))
        cohorts = show_cohorts(by_segment, by_month, t)
    own = project.root / TEMPLATES_FOLDER
    return Rendered(draw_portfolio_page(portfolio, families, cohorts, t, own), 0)


def _question(project: Project, on: dt.date, newest: dt.date | None) -> Question | None:
    """Metrics of twelve months, or since the first snapshot where that is later; None without two of them."""
    if newest is None:
        return None
    if Snapshots(project.workspace, project.catalogue).dates()[:1] == [newest]:
        return None
    grace = project.workspace.metrics.grace_days
    return Question(project, on, year_known(project, newest), grace)


def _language(asked: DocumentRequest) -> str:
    wanted = asked.language or asked.project.workspace.language
    if asked.language is not None and asked.language not in PORTFOLIO_LANGUAGES:
        raise NoLanguage(
            f"no page in {asked.language!r}; there are: {', '.join(PORTFOLIO_LANGUAGES)}"
        )
    return wanted
