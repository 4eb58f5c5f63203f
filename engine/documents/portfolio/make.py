"""The portfolio page of a workspace: its actions, renewals, metrics, cohorts, and where its accounts stand."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from ...metrics.asked import Asked as Question
from ...metrics.asked import year_known
from ...metrics.cohorts import COHORTS
from ...metrics.families import FOUND_BY
from ...metrics.names import OVERVIEW
from ...runs.project import Project
from ...sources import Snapshots
from ..registry import Asked, NoLanguage, Paper
from ..template import FOLDER
from ..voice import Voice
from .cohorts import show_cohorts
from .page import draw_page
from .read import read_portfolio
from .tiles import show_families

LANGUAGES = ("en", "fr")


def make(asked: Asked) -> Paper:
    """The page; what there is nothing to tell of says so in its place, so that no value is marked as missing."""
    project, on = asked.project, asked.on
    t = Voice(_language(asked))
    portfolio = read_portfolio(project, on, t.language)
    question = _question(project, on, portfolio.snapshot_on)
    families, cohorts = [], None
    if question is not None:
        named = (FOUND_BY[name] for name in OVERVIEW if name != COHORTS.id)
        families = show_families([(family, family.find(question)) for family in named], t)
        by_segment = COHORTS.find(replace(question, by="segment"))
        by_month = COHORTS.find(replace(question, by="cohort", periods="months"))
        cohorts = show_cohorts(by_segment, by_month, t)
    own = project.root / FOLDER
    return Paper(draw_page(portfolio, families, cohorts, t, own), 0)


def _question(project: Project, on: dt.date, newest: dt.date | None) -> Question | None:
    """Metrics of twelve months, or since the first snapshot where that is later; None without two of them."""
    if newest is None:
        return None
    if Snapshots(project.workspace, project.catalogue).dates()[:1] == [newest]:
        return None
    grace = project.workspace.metrics.grace_days
    return Question(project, on, year_known(project, newest), grace)


def _language(asked: Asked) -> str:
    wanted = asked.language or asked.project.workspace.language
    if asked.language is not None and asked.language not in LANGUAGES:
        raise NoLanguage(f"no page in {asked.language!r}; there are: {', '.join(LANGUAGES)}")
    return wanted
