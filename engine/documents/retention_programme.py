"""The retention programme of a segment, or of all accounts: its aims, its figures, its timeline, what runs.

The aims and benchmarks are the source's; the figures are those of `tenure metrics` over twelve months; timeline and
programmes are the playbooks as loaded, with how many of the accounts stand in each.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..metrics import cohorts, renewal_rates, revenue
from ..metrics.groups import By
from ..metrics.metric_value import Figure, Metric, Target, Window
from ..metrics.request import MetricRequest as Question
from ..metrics.request import newest_on, year_known
from ..playbook.model import Playbook, Texts
from ..reports.figure_format import rounded
from ..reports.locale_format import is_french, money_text, percent_text
from ..reports.message_context import text_in_language
from ..sources import Snapshots
from ..sources.convert import AMOUNT
from ..store import Reader
from ..text.suggest import suggest
from . import account_documents
from .labels import STATUS_SIGNS
from .placeholders import Placeholder, Placeholders
from .registry import DocumentRequest, NoSubject, Rendered

RENEWAL = "renewal"
"""The playbook whose steps are the timeline."""

SOURCES: dict[str, Texts] = {
    "reviews": {"en": "Quarterly QBR", "fr": "QBR trimestriel"},
    "loyalty": {"en": "Loyalty program integration", "fr": "Loyalty program integration"},
    "anniversary": {"en": "Anniversary communications", "fr": "Anniversary communications"},
    "vip": {"en": "VIP program (where eligible)", "fr": "VIP program (si éligible)"},
}
"""The programmes of the source's template, by the playbook that is each one here."""

PROGRAMME_LISTS = {
    "metrics": ("metric", "value", "benchmark", "status"),
    "timeline": ("timing", "action", "owner", "accounts"),
    "programmes": ("title", "active", "accounts"),
}


class Measure(NamedTuple):
    """A row of the figures: the source's name and benchmark for a metric, red past the alert, if it has one."""

    label: str
    metric: Metric
    target: Target
    period: str | None = None


NRR_MEASURE = Measure("NRR", revenue.NRR, Target(Decimal(100), True, Decimal(90)))
GRR_MEASURE = Measure("GRR", revenue.GRR, Target(Decimal(90), True, Decimal(85)))
RATE_MEASURE = Measure("Renewal Rate", renewal_rates.RENEWAL_RATE, Target(Decimal(85), True))
MEASURES = (
    NRR_MEASURE,
    GRR_MEASURE,
    Measure("Retention J90", cohorts.COHORT_RETENTION, Target(Decimal(15), True), "J90"),
    Measure("Retention J365", cohorts.COHORT_RETENTION, Target(Decimal(10), True), "J365"),
    RATE_MEASURE,
)
"""Without an alert of the source's, yellow begins at 80 % of the benchmark; NRR is red where its band is
`problematic`, GRR where it is `critical`."""

_NOTHING: Texts = {
    "en": "no account of the segment can be counted",
    "fr": "aucun compte du segment ne peut être compté",
}
_NO_RUN: Texts = {
    "en": "the store: `tenure run` for this date, which must be the last one run",
    "fr": "le store : `tenure run` à cette date, qui doit être la dernière évaluée",
}


def make(asked: DocumentRequest) -> Rendered:
    """The document; raises `NoSubject` for a segment that there is not."""
    members = _members(asked)
    language = account_documents.language_of(asked, None)
    gaps = Placeholders(language, "")
    window = year_known(asked.project, newest_on(asked.project, asked.on))
    standing = _standing(asked, members)
    values = {
        "on": asked.on,
        "window_first": window.first,
        "window_last": window.last,
        "yearly": window.yearly,
        "segment": asked.subject,
        "accounts": members.height,
        "arr_total": _total(members, language) or gaps.of("ARR", "export, `arr`, `currency`"),
        "goal_nrr": _goal(NRR_MEASURE, language),
        "goal_grr": _goal(GRR_MEASURE, language),
        "goal_renewal_rate": _goal(RATE_MEASURE, language),
        "metrics": list(_metrics(asked, window, gaps)),
        "timeline": list(_timeline(asked, standing, gaps)),
        "programmes": list(_programmes(asked, standing, gaps)),
    }
    return account_documents.fill_template(asked, values, gaps, PROGRAMME_LISTS)


def _members(asked: DocumentRequest) -> pl.DataFrame:
    """The accounts of the segment that have not lapsed, with `segment`, `arr` and `currency`."""
    project = asked.project
    snapshots = Snapshots(project.workspace, project.catalogue)
    day = newest_on(project, asked.on)
    frame = snapshots.load(day, {"segment", "status", "arr", "currency"}, ("arr",)).frame
    if asked.subject is not None:
        known = sorted(
            {*frame["segment"].drop_nulls(), *project.catalogue.fields["segment"].values}
        )
        if asked.subject not in known:
            near = suggest(asked.subject, known)
            hint = f"did you mean {near}?" if near else f"there are: {', '.join(known)}"
            raise NoSubject(f"no segment {asked.subject!r}; {hint}")
        frame = frame.filter(pl.col("segment") == asked.subject)
    return frame.filter(pl.col("status").is_null() | (pl.col("status") != "lapsed"))


def _total(members: pl.DataFrame, language: str) -> str | None:
    """The ARR of the accounts, currency by currency; None where no account has both."""
    told = members.drop_nulls(["arr", "currency"])
    sums = told.group_by("currency").agg(pl.col("arr").cast(AMOUNT).sum()).sort("currency")
    return (
        " + ".join(money_text(total, language, currency) for currency, total in sums.rows()) or None
    )


def _goal(measure: Measure, language: str) -> str:
    """`> 100 %`."""
    return f"> {percent_text(measure.target.goal / 100, language)}"


def _metrics(
    asked: DocumentRequest, window: Window, gaps: Placeholders
) -> Iterator[dict[str, Any]]:
    by: By | None = None if asked.subject is None else "segment"
    grace = asked.project.workspace.metrics.grace_days
    question = Question(asked.project, asked.on, window, grace, by=by)
    found = [
        *revenue.compute_revenue(question),
        *cohorts.compute_cohorts(question),
        *renewal_rates.compute_renewals(question),
    ]
    for measure in MEASURES:
        of_it = [each for each in found if _is_of(each, measure)]
        # Where nothing can be told of anybody, there are no groups.
        groups = [asked.subject] if any(each.group for each in of_it) else [None]
        figure = next((each for each in of_it if each.group in groups), None)
        yield {
            "metric": measure.label,
            "benchmark": _goal(measure, gaps.language),
            **_told(figure, measure, gaps, asked),
        }


def _is_of(figure: Figure, measure: Measure) -> bool:
    return (figure.metric, figure.period) == (measure.metric, measure.period)


def _told(
    figure: Figure | None, measure: Measure, gaps: Placeholders, asked: DocumentRequest
) -> dict[str, Any]:
    """The value, and how it stands; gaps where it cannot be told, with why."""
    if figure is None or figure.value is None:
        why = (figure.why if figure else None) or _NOTHING
        gap = gaps.of(
            measure.label, text_in_language(why, gaps.language, asked.project.workspace) or ""
        )
        return {"value": gap, "status": gap}
    judged = figure.window.yearly or not measure.metric.yearly
    status = STATUS_SIGNS[measure.target.level(figure.value)] if judged else "-"
    value = rounded(figure.value, figure.metric.unit)
    return {"value": percent_text(value / 100, gaps.language), "status": status}


def _standing(asked: DocumentRequest, members: pl.DataFrame) -> dict[tuple[str, str], int] | None:
    """How many of the accounts stand in each state of each playbook; None where the store knows another date."""
    store = Reader(asked.project.store)
    last = store.last_committed()
    if last is None or last > asked.on:
        return None
    states = store.states(in_order=False).filter(
        pl.col("ended_on").is_null() & pl.col(ACCOUNT_ID).is_in(members[ACCOUNT_ID].implode())
    )
    return {
        (playbook, state): n
        for playbook, state, n in states.group_by("playbook", "state").len().rows()
    }


def _timeline(
    asked: DocumentRequest, standing: dict[tuple[str, str], int] | None, gaps: Placeholders
) -> Iterator[dict[str, Any]]:
    """The steps of the renewal playbook that have a date, in order; none where there is no such playbook."""
    for playbook in asked.project.playbooks:
        if playbook.id == RENEWAL:
            for state in playbook.machine.states:
                timing = _timing(playbook, state.id, gaps.language)
                if timing and not state.final:
                    yield {
                        "timing": timing,
                        "action": text_in_language(
                            state.title, gaps.language, asked.project.workspace
                        ),
                        "owner": _owners(asked, playbook, state.id, gaps.language) or "-",
                        "accounts": _count(standing, [(RENEWAL, state.id)], gaps),
                    }


def _timing(playbook: Playbook, state: str, language: str) -> str:
    """`J-90`, or from when to when; empty for a step without a date of its own."""
    edges = [edge for edge in playbook.machine.edges if edge.target == state]
    dated = [edge.moment.offset for edge in edges if edge.moment and edge.moment.base == "anchor"]
    ends = sorted({offset.count for offset in dated})
    if not ends:
        return ""
    if {offset.unit for offset in dated} != {"days"}:
        return ", ".join(dict.fromkeys(str(offset) for offset in dated))
    day = "J" if is_french(language) else "D"
    first, last = (f"{day}{count:+d}" if count else f"{day}0" for count in (ends[0], ends[-1]))
    return first if first == last else f"{first} {'à' if is_french(language) else 'to'} {last}"


def _owners(asked: DocumentRequest, playbook: Playbook, state: str, language: str) -> str | None:
    """The roles that come first for the actions of a step; None where it has no actions."""
    workspace = asked.project.workspace
    edges = [edge for edge in playbook.machine.edges if edge.target == state]
    first = dict.fromkeys(a.owner[0] for edge in edges for a in edge.actions if a.owner)
    titles = (
        text_in_language(workspace.roles[role].title, language, workspace) or role for role in first
    )
    return ", ".join(titles) or None


def _programmes(
    asked: DocumentRequest, standing: dict[tuple[str, str], int] | None, gaps: Placeholders
) -> Iterator[dict[str, Any]]:
    """Every playbook with how many of the accounts are in it, and the source's programmes that have none."""
    workspace, loaded = asked.project.workspace, {p.id: p for p in asked.project.playbooks}
    for id in dict.fromkeys([*SOURCES, *loaded]):
        title = text_in_language(
            SOURCES.get(id) or loaded[id].title or {"": id}, gaps.language, workspace
        )
        states = [(id, state.id) for state in loaded[id].machine.states] if id in loaded else []
        count = _count(standing, states, gaps) if id in loaded else None
        yield {"title": title, "active": id in loaded, "accounts": count}


def _count(
    standing: dict[tuple[str, str], int] | None, states: list[tuple[str, str]], gaps: Placeholders
) -> int | Placeholder:
    if standing is None:
        french = is_french(gaps.language)
        title = "comptes en cours" if french else "accounts under way"
        return gaps.of(title, _NO_RUN["fr" if french else "en"])
    return sum(standing.get(state, 0) for state in states)
