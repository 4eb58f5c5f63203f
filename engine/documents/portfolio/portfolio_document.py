"""The portfolio page of a workspace: actions, renewals, metrics, cohorts and accounts by state."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from ...core.languages import choose_language
from ...metrics.cohorts import COHORTS
from ...metrics.families import METRIC_FAMILIES
from ...metrics.groups import OVERVIEW
from ...metrics.request import MetricRequest, year_known
from ...project.loading import Project
from ...sources import Snapshots
from ...text.translations import shipped
from ..localizer import Localizer
from ..registry import TEMPLATES_FOLDER, DocumentRequest, Rendered, requested_language
from .cohort_charts import show_cohorts
from .metric_tiles import show_families
from .portfolio_data import read_portfolio
from .portfolio_page import draw_portfolio_page


def make_portfolio(request: DocumentRequest) -> Rendered:
    """Return the page. A part without data says so in its place, so no value is marked as missing."""
    project, on = request.project, request.on
    language = _language(request)
    t = Localizer(choose_language(shipped().languages(), language), "portfolio")
    portfolio = read_portfolio(project, on, language)
    metrics = _metric_request(project, on, portfolio.snapshot_on)
    families, cohorts = [], None
    if metrics is not None:
        overview = (METRIC_FAMILIES[name] for name in OVERVIEW if name != COHORTS.id)
        families = show_families([(family, family.compute(metrics)) for family in overview], t)
        by_segment = COHORTS.compute(replace(metrics, by="segment"))
        by_month = COHORTS.compute(replace(metrics, by="cohort", periods="months"))
        cohorts = show_cohorts(by_segment, by_month, t)
    templates = project.root / TEMPLATES_FOLDER
    return Rendered(draw_portfolio_page(portfolio, families, cohorts, t, templates), 0)


def _metric_request(project: Project, on: dt.date, newest: dt.date | None) -> MetricRequest | None:
    """Return a request for twelve months' metrics, or since a later first snapshot; None without two snapshots."""
    if newest is None:
        return None
    if Snapshots(project.workspace, project.catalogue).dates()[:1] == [newest]:
        return None
    grace = project.workspace.metrics.grace_days
    return MetricRequest(project, on, year_known(project, newest), grace)


def _language(request: DocumentRequest) -> str:
    requested = requested_language(request, shipped().languages(), "page")
    return requested or request.project.workspace.language
