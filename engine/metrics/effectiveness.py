"""Effectiveness of playbook steps: actions by status, and the outcomes of the enrolments that got them.

The input is the ledger and the enrolments of a store. The output is figures by `playbook/step`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..playbook.model import Playbook
from ..store import Reader
from ..text.translations import catalogue_text
from .ledger_as_of import CYCLE_COLUMNS, enrolments, ledger_entries
from .metric_value import Figure, Metric, Window, define_metric, ratio, remark
from .request import Family, MetricRequest

OPEN_ENROLMENT = "open"
"""The outcome shown for an enrolment that has not ended."""
STEP = ["playbook", "step"]

_NOTHING_DUE = remark("no_action_due")
STATUS_METRICS: dict[str, Metric] = {
    status: define_metric(status, "count", "actions_due", catalogue_text("sources", "ledger"))
    for status in (
        "issued",
        "postponed",
        "withheld",
        "held_out",
        "skipped",
        "superseded",
        "withdrawn",
    )
}
OUTCOME = define_metric(
    "step_outcome", "percent", "enrolments", catalogue_text("sources", "ledger_and_enrolments")
)


def compute_playbooks(request: MetricRequest) -> list[Figure]:
    """Return the counts by status of each step, then the outcomes of its enrolments. Groupings do not apply."""
    reader = Reader.of(request.project)
    due = ledger_entries(reader, request.on, request.window, [*CYCLE_COLUMNS, "step", "status"])
    if due.is_empty():
        return [
            Figure(metric, request.window, None, why=_NOTHING_DUE)
            for metric in PLAYBOOK_FAMILY.metrics
        ]
    ended = ends(due, enrolments(reader, request.on))
    return playbook_figures(request.project.playbooks, counts(due), ended, request.window)


def counts(due: pl.DataFrame) -> pl.DataFrame:
    """Return the number of actions (`len`) and of `accounts`, by step and status."""
    return due.group_by(*STEP, "status").agg(pl.len(), pl.n_unique(ACCOUNT_ID).alias("accounts"))


def ends(due: pl.DataFrame, enrolled: pl.DataFrame) -> pl.DataFrame:
    """Return the number of enrolments (`len`) that were issued a step, by step and `outcome`."""
    issued = due.filter(pl.col("status") == "issued").select(*CYCLE_COLUMNS, "step").unique()
    outcomes = issued.join(enrolled.select(*CYCLE_COLUMNS, "outcome"), on=CYCLE_COLUMNS, how="left")
    return outcomes.group_by(*STEP, pl.col("outcome").fill_null(OPEN_ENROLMENT)).len()


def playbook_figures(
    playbooks: tuple[Playbook, ...], counted: pl.DataFrame, ended: pl.DataFrame, window: Window
) -> list[Figure]:
    """Return the figures by playbook, then in the order of its steps. Steps that no longer exist come last."""
    by_id = {playbook.id: playbook for playbook in playbooks}
    tallies: dict[tuple[str, str], dict[str, tuple[int, int]]] = {}
    for playbook, step, status, number, accounts in counted.iter_rows():
        tallies.setdefault((playbook, step), {})[status] = (number, accounts)
    outcomes: dict[tuple[str, str], dict[str, int]] = {}
    for playbook, step, outcome, number in ended.iter_rows():
        outcomes.setdefault((playbook, step), {})[outcome] = number
    figures = []
    for key in sorted(
        tallies, key=lambda key: (key[0], _step_index(by_id.get(key[0]), key[1]), key[1])
    ):
        group = "/".join(key)
        for status, metric in STATUS_METRICS.items():
            number, accounts = tallies[key].get(status, (0, 0))
            figures.append(Figure(metric, window, Decimal(number), accounts, group))
        figures += _outcomes(by_id.get(key[0]), key[1], outcomes.get(key, {}), window)
    return figures


def _outcomes(
    playbook: Playbook | None, step: str, ended: Mapping[str, int], window: Window
) -> Iterator[Figure]:
    """Yield the share of each outcome of a playbook, in order, with `open` last.

    There is none for a playbook without outcomes, for one that no longer exists, or for a step that is itself an
    outcome.
    """
    final = [state.id for state in playbook.machine.states if state.final] if playbook else []
    if playbook is None or not final or step in final:
        return
    group = f"{playbook.id}/{step}"
    enrolled = sum(ended.values())
    removed = sorted(set(ended) - set(final) - {OPEN_ENROLMENT})
    for outcome in [*final, *removed, OPEN_ENROLMENT]:
        if ended.get(outcome):
            share = ratio(ended[outcome], enrolled)
            yield Figure(OUTCOME, window, share, enrolled, group, outcome)


def _step_index(playbook: Playbook | None, step: str) -> int:
    states = [state.id for state in playbook.machine.states] if playbook else []
    return states.index(step) if step in states else len(states)


PLAYBOOK_FAMILY = Family(
    "playbooks",
    catalogue_text("families", "playbooks"),
    (*STATUS_METRICS.values(), OUTCOME),
    compute_playbooks,
    wide=True,
)
