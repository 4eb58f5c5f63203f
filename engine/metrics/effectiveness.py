"""Effectiveness of playbook steps: actions by status, and the outcomes of the enrolments that got them.

The input is the ledger and the enrolments of a store. The output is figures by `playbook/step`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..playbook.model import Playbook, Texts
from ..store import Reader
from .ledger_as_of import CYCLE_COLUMNS, enrolments, ledger_entries
from .metric_value import Figure, Metric, Window, ratio
from .request import Family, MetricRequest

OPEN_ENROLMENT = "open"
"""The outcome shown for an enrolment that has not ended."""
STEP = ["playbook", "step"]

_BY_DUE_DATE: Texts = {
    "en": "every action due in the window, by step, as last revised; not split by groups of accounts",
    "fr": "toutes les actions dues dans la fenêtre, par étape, dans leur dernière version ; les groupes de comptes n'y "
    "sont pas distingués",
}
_NOTHING_DUE: Texts = {
    "en": "the ledger has no action due in the window",
    "fr": "le registre n'a aucune action due dans la fenêtre",
}
_LEDGER: Texts = {"en": "the ledger", "fr": "le registre"}


def _status(id: str, en: str, fr: str, meaning_en: str, meaning_fr: str) -> Metric:
    meaning = {"en": meaning_en, "fr": meaning_fr}
    return Metric(id, "count", {"en": en, "fr": fr}, meaning, _BY_DUE_DATE, _LEDGER)


STATUS_METRICS: dict[str, Metric] = {
    "issued": _status(
        "issued", "Issued", "Émises",
        "actions handed to their owner", "actions remises à leur responsable",
    ),
    "postponed": _status(
        "postponed", "Postponed", "Reportées",
        "contacts that wait until the contact policy has room for them",
        "contacts qui attendent que la politique de contact leur laisse une place",
    ),
    "withheld": _status(
        "withheld", "Withheld", "Retenues",
        "actions that the contact policy suppressed",
        "actions retenues par la politique de contact",
    ),
    "skipped": _status(
        "skipped", "Skipped", "Sautées", "actions that came too late", "actions arrivées trop tard"
    ),
    "superseded": _status(
        "superseded", "Superseded", "Remplacées",
        "actions whose date moved, with none in their place",
        "actions dont la date a changé, sans autre à leur place",
    ),
    "withdrawn": _status(
        "withdrawn", "Withdrawn", "Annulées",
        "actions called off since their cycle ended before they were due",
        "actions annulées, leur cycle ayant pris fin avant leur date",
    ),
}  # fmt: skip
OUTCOME = Metric(
    "step_outcome",
    "percent",
    {"en": "Outcome", "fr": "Issue"},
    {
        "en": "enrolments that ended so by the report date (`open`: that have not ended) ÷ enrolments that were "
        "issued an action of the step",
        "fr": "inscriptions terminées ainsi à la date demandée (`open` : non terminées) ÷ inscriptions ayant reçu une "
        "action de l'étape",
    },
    {
        "en": "enrolments with an action of the step issued and due in the window, in playbooks that have outcomes; "
        "what came after the step, not because of it",
        "fr": "inscriptions avec une action de l'étape émise et due dans la fenêtre, dans les playbooks qui ont des "
        "issues ; ce qui a suivi l'étape, pas ce qu'elle a causé",
    },
    {"en": "the ledger and the enrolments", "fr": "le registre et les inscriptions"},
)


def compute_playbooks(request: MetricRequest) -> list[Figure]:
    """Return the counts by status of each step, then the outcomes of its enrolments. Groupings do not apply."""
    reader = Reader(request.project.store)
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
    {"en": "What each step gave", "fr": "Ce que chaque étape a donné"},
    (*STATUS_METRICS.values(), OUTCOME),
    compute_playbooks,
    wide=True,
)
