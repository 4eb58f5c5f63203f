"""The retention programme of a segment or of all accounts: aims, figures, timeline and programmes.

Aims and benchmarks are the source's; figures are those of `tenure metrics` over twelve months. Timeline and
programmes are the loaded playbooks, with the number of accounts in each.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..core.languages import choose_text
from ..metrics import cohorts, renewal_rates, revenue
from ..metrics.groups import By
from ..metrics.metric_snapshots import with_merged, without_merged
from ..metrics.metric_value import Figure, Metric, Target, Window, remark
from ..metrics.request import MetricRequest, newest_on, year_known
from ..playbook.model import Playbook
from ..reports.figure_format import rounded
from ..reports.locale_format import money_text, percent_text
from ..sources import Snapshots
from ..sources.convert import AMOUNT
from ..store import Reader
from ..text.suggest import suggest
from ..text.translations import catalogue_text, translate
from . import account_documents
from .labels import STATUS_SIGNS
from .placeholders import Placeholder, Placeholders
from .registry import DocumentRequest, NoSubject, Rendered

RENEWAL = "renewal"
"""The playbook whose states are the timeline."""

SOURCES = {
    playbook: catalogue_text("programmes", playbook)
    for playbook in ("reviews", "loyalty", "anniversary", "vip")
}
"""The programmes of the source's template, by the playbook that implements each."""

PROGRAMME_LISTS = {
    "metrics": ("metric", "value", "benchmark", "status"),
    "timeline": ("timing", "action", "owner", "accounts"),
    "programmes": ("title", "active", "accounts"),
}


class Measure(NamedTuple):
    """A row of the figures: a metric with its target; `id` is the key of its name, `period` a cohort's."""

    id: str
    metric: Metric
    target: Target
    period: str | None = None

    def title(self, language: str) -> str:
        """Return its name, by the source's template."""
        return translate("measures", self.id, language)


NRR_MEASURE = Measure("nrr", revenue.NRR, Target(Decimal(100), True, Decimal(90)))
GRR_MEASURE = Measure("grr", revenue.GRR, Target(Decimal(90), True, Decimal(85)))
RATE_MEASURE = Measure("renewal_rate", renewal_rates.RENEWAL_RATE, Target(Decimal(85), True))
MEASURES = (
    NRR_MEASURE,
    GRR_MEASURE,
    Measure("retention_j90", cohorts.COHORT_RETENTION, Target(Decimal(15), True), "J90"),
    Measure("retention_j365", cohorts.COHORT_RETENTION, Target(Decimal(10), True), "J365"),
    RATE_MEASURE,
)
"""Rows of the figures, in order.

Where the source gives no alert, yellow begins at 80 % of the benchmark. NRR is red in its band `problematic`, and GRR
in its band `critical`.
"""

_NOTHING = remark("none_in_segment")


def make_retention_programme(request: DocumentRequest) -> Rendered:
    """Return the document. Raise `NoSubject` for an unknown segment."""
    members = _members(request)
    language = account_documents.language_of(request, None)
    placeholders = Placeholders(language, "")
    window = year_known(request.project, newest_on(request.project, request.on))
    by_state = _accounts_by_state(request, members)
    values = {
        "on": request.on,
        "window_first": window.first,
        "window_last": window.last,
        "yearly": window.yearly,
        "segment": request.subject,
        "accounts": members.height,
        "arr_total": _total(members, language)
        or placeholders.of("ARR", "export, `arr`, `currency`"),
        "goal_nrr": _goal(NRR_MEASURE, language),
        "goal_grr": _goal(GRR_MEASURE, language),
        "goal_renewal_rate": _goal(RATE_MEASURE, language),
        "metrics": list(_metrics(request, window, placeholders)),
        "timeline": list(_timeline(request, by_state, placeholders)),
        "programmes": list(_programmes(request, by_state, placeholders)),
    }
    return account_documents.fill_template(request, values, placeholders, PROGRAMME_LISTS)


def _members(request: DocumentRequest) -> pl.DataFrame:
    """Return the segment's accounts that have not lapsed and were not merged, with `segment`, `arr` and `currency`."""
    project = request.project
    snapshots = Snapshots(project.workspace, project.catalogue)
    snapshot_on = newest_on(project, request.on)
    fields = with_merged(snapshots, snapshot_on, {"segment", "status", "arr", "currency"})
    frame = without_merged(snapshots.load(snapshot_on, fields, ("arr",)))
    if request.subject is not None:
        known = sorted(
            {*frame["segment"].drop_nulls(), *project.catalogue.fields["segment"].values}
        )
        if request.subject not in known:
            near = suggest(request.subject, known)
            hint = f"did you mean {near}?" if near else f"there are: {', '.join(known)}"
            raise NoSubject(f"no segment {request.subject!r}; {hint}")
        frame = frame.filter(pl.col("segment") == request.subject)
    return frame.filter(pl.col("status").is_null() | (pl.col("status") != "lapsed"))


def _total(members: pl.DataFrame, language: str) -> str | None:
    """Return the accounts' ARR by currency; None where no account has both."""
    known = members.drop_nulls(["arr", "currency"])
    sums = known.group_by("currency").agg(pl.col("arr").cast(AMOUNT).sum()).sort("currency")
    return (
        " + ".join(money_text(total, language, currency) for currency, total in sums.rows()) or None
    )


def _goal(measure: Measure, language: str) -> str:
    """Return a target as text: `> 100 %`."""
    return f"> {percent_text(measure.target.goal / 100, language)}"


def _metrics(
    request: DocumentRequest, window: Window, placeholders: Placeholders
) -> Iterator[dict[str, Any]]:
    by: By | None = None if request.subject is None else "segment"
    grace = request.project.workspace.metrics.grace_days
    metrics = MetricRequest(request.project, request.on, window, grace, by=by)
    figures = [
        *revenue.compute_revenue(metrics),
        *cohorts.compute_cohorts(metrics),
        *renewal_rates.compute_renewals(metrics),
    ]
    for measure in MEASURES:
        of_measure = [each for each in figures if _is_of(each, measure)]
        # Where no account has the data, there are no groups.
        groups = [request.subject] if any(each.group for each in of_measure) else [None]
        figure = next((each for each in of_measure if each.group in groups), None)
        yield {
            "metric": measure.title(placeholders.language),
            "benchmark": _goal(measure, placeholders.language),
            **_measured(figure, measure, placeholders, request),
        }


def _is_of(figure: Figure, measure: Measure) -> bool:
    return (figure.metric, figure.period) == (measure.metric, measure.period)


def _measured(
    figure: Figure | None, measure: Measure, placeholders: Placeholders, request: DocumentRequest
) -> dict[str, Any]:
    """Return the value and its status; where it is missing, placeholders with the reason."""
    if figure is None or figure.value is None:
        why = (figure.why if figure else None) or _NOTHING
        placeholder = placeholders.of(
            measure.title(placeholders.language),
            choose_text(why, placeholders.language, request.project.workspace.language),
        )
        return {"value": placeholder, "status": placeholder}
    judged = figure.window.yearly or not measure.metric.yearly
    status = STATUS_SIGNS[measure.target.level(figure.value)] if judged else "-"
    value = rounded(figure.value, figure.metric.unit)
    return {"value": percent_text(value / 100, placeholders.language), "status": status}


def _accounts_by_state(
    request: DocumentRequest, members: pl.DataFrame
) -> dict[tuple[str, str], int] | None:
    """Return the number of accounts by playbook and state; None where the last run was later, or there is none."""
    store = Reader.of(request.project)
    last = store.last_committed()
    if last is None or last > request.on:
        return None
    states = store.states(in_order=False).filter(
        pl.col("ended_on").is_null() & pl.col(ACCOUNT_ID).is_in(members[ACCOUNT_ID].implode())
    )
    return {
        (playbook, state): n
        for playbook, state, n in states.group_by("playbook", "state").len().rows()
    }


def _timeline(
    request: DocumentRequest,
    by_state: dict[tuple[str, str], int] | None,
    placeholders: Placeholders,
) -> Iterator[dict[str, Any]]:
    """Yield the renewal playbook's states that have a date, in order; none without such a playbook."""
    for playbook in request.project.playbooks:
        if playbook.id == RENEWAL:
            for state in playbook.machine.states:
                timing = _timing(playbook, state.id, placeholders.language)
                if timing and not state.final:
                    yield {
                        "timing": timing,
                        "action": choose_text(
                            state.title, placeholders.language, request.project.workspace.language
                        ),
                        "owner": _owners(request, playbook, state.id, placeholders.language) or "-",
                        "accounts": _count(by_state, [(RENEWAL, state.id)], placeholders),
                    }


def _timing(playbook: Playbook, state: str, language: str) -> str:
    """Return `J-90`, or the range of the state's dates; empty for a state without a date."""
    edges = [edge for edge in playbook.machine.edges if edge.target == state]
    dated = [edge.moment.offset for edge in edges if edge.moment and edge.moment.base == "anchor"]
    ends = sorted({offset.count for offset in dated})
    if not ends:
        return ""
    if {offset.unit for offset in dated} != {"days"}:
        return ", ".join(dict.fromkeys(str(offset) for offset in dated))
    day = translate("documents", "day", language)
    first, last = (f"{day}{count:+d}" if count else f"{day}0" for count in (ends[0], ends[-1]))
    return (
        first if first == last else translate("values", "range", language, least=first, most=last)
    )


def _owners(request: DocumentRequest, playbook: Playbook, state: str, language: str) -> str | None:
    """Return the first owner role of each of the state's actions; None without actions."""
    workspace = request.project.workspace
    edges = [edge for edge in playbook.machine.edges if edge.target == state]
    roles = dict.fromkeys(a.owner[0] for edge in edges for a in edge.actions if a.owner)
    titles = (
        choose_text(workspace.roles[role].title, language, workspace.language) or role
        for role in roles
    )
    return ", ".join(titles) or None


def _programmes(
    request: DocumentRequest,
    by_state: dict[tuple[str, str], int] | None,
    placeholders: Placeholders,
) -> Iterator[dict[str, Any]]:
    """Yield each playbook with its number of accounts, and the source's programmes that have no playbook."""
    workspace, loaded = request.project.workspace, {p.id: p for p in request.project.playbooks}
    for id in dict.fromkeys([*SOURCES, *loaded]):
        title = choose_text(
            SOURCES.get(id) or loaded[id].title or {"": id},
            placeholders.language,
            workspace.language,
        )
        states = [(id, state.id) for state in loaded[id].machine.states] if id in loaded else []
        count = _count(by_state, states, placeholders) if id in loaded else None
        yield {"title": title, "active": id in loaded, "accounts": count}


def _count(
    by_state: dict[tuple[str, str], int] | None,
    states: list[tuple[str, str]],
    placeholders: Placeholders,
) -> int | Placeholder:
    if by_state is None:
        title = translate("documents", "accounts_under_way", placeholders.language)
        return placeholders.of(title, translate("documents", "no_run", placeholders.language))
    return sum(by_state.get(state, 0) for state in states)
