"""Renewal rates: the terms that fell due in a window and were renewed, by count and by monthly amount.

The input is the data of a window. The output is figures of each group, then of all accounts. A rate covers decided
terms only. Terms that may still be renewed within grace are counted separately, as pending.
"""

from __future__ import annotations

from decimal import Decimal

import polars as pl

from ..playbook.model import Texts
from ..sources.convert import AMOUNT
from .metric_snapshots import by_group
from .metric_value import Figure, FigureUnit, Metric, Scale, Target, ratio, written_in
from .request import Family, MetricRequest

RENEWAL_OUTCOMES = ("renewed", "lapsed", "pending")
Tally = dict[str, tuple[int, Decimal]]
"""By outcome, the number of terms and their monthly amount."""


def compute_renewals(request: MetricRequest) -> list[Figure]:
    """Return the counts, amounts and both rates of each group, then of all accounts."""
    data = request.window_data
    if data.why is not None:
        return [Figure(metric, request.window, None, why=data.why) for metric in RENEWAL_METRICS]
    return [
        figure
        for group, rows in by_group(data.terms)
        for figure in _figures(request, group, _tally(rows))
    ]


def _tally(terms: pl.DataFrame) -> Tally:
    sums = terms.group_by("outcome").agg(
        pl.len(), pl.col("amount").fill_null(pl.lit(0, AMOUNT)).sum()
    )
    by_outcome = {outcome: (count, amount) for outcome, count, amount in sums.iter_rows()}
    return {outcome: by_outcome.get(outcome, (0, Decimal(0))) for outcome in RENEWAL_OUTCOMES}


def _figures(request: MetricRequest, group: str | None, tally: Tally) -> list[Figure]:
    data, window = request.window_data, request.window
    decided = tally["renewed"][0] + tally["lapsed"][0]
    worth = tally["renewed"][1] + tally["lapsed"][1]
    counts = [
        Figure(_COUNTS[outcome], window, Decimal(count), count, group)
        for outcome, (count, _) in tally.items()
    ]
    amounts = [
        Figure(
            _AMOUNTS[outcome],
            window,
            None if data.no_currency else amount,
            count,
            group,
            currency=data.currency,
            why=data.no_currency,
        )
        for outcome, (count, amount) in tally.items()
    ]
    rate = Figure(
        RENEWAL_RATE,
        window,
        ratio(tally["renewed"][0], decided),
        decided,
        group,
        why=None if decided else _NOTHING_DUE,
        note=data.note,
    )
    by_value = Figure(
        RATE_BY_VALUE,
        window,
        None if data.no_currency else ratio(tally["renewed"][1], worth),
        decided,
        group,
        why=data.no_currency or (None if worth else _NOTHING_DUE),
        note=data.note,
    )
    return [rate, by_value, *counts, *amounts]


_NOTHING_DUE = {
    "en": "no term that fell due is decided",
    "fr": "aucun contrat arrivé à échéance n'est décidé",
}
_DUE = {
    "en": "terms whose last day lies after the window's first date and not after its last one. A renewal date that "
    "moves by at most 60 days is the same term, due on the new date; one that moves on by more is a renewal, and so is "
    "one that moves on by less with a contract_start on the old date or after it, as a month's contract does.",
    "fr": "contrats dont le dernier jour tombe après le premier jour de la fenêtre et au plus tard à son dernier. Une "
    "échéance déplacée d'au plus 60 jours est le même contrat, dû à la nouvelle date ; au-delà, c'est un "
    "renouvellement, de même qu'en deçà si contract_start est à l'ancienne échéance ou après, comme pour un contrat au "
    "mois.",
}
_SOURCE = written_in("retention", "`Objectifs Phase Retention`, `Timeline Renewal`")
_GOAL = Target(Decimal(85), strictly=True)


def _metric(
    id: str, unit: FigureUnit, title: Texts, definition: Texts, scale: Scale | None = None
) -> Metric:
    return Metric(id, unit, title, definition, _DUE, _SOURCE, scale)


RENEWAL_RATE = _metric(
    "renewal_rate",
    "percent",
    {"en": "Renewal rate", "fr": "Taux de renouvellement"},
    {
        "en": "Terms renewed ÷ (terms renewed + lapsed). Those within grace are pending and in neither.",
        "fr": "Contrats renouvelés ÷ (renouvelés + non renouvelés). Ceux encore en grâce, en attente, sont à part.",
    },
    _GOAL,
)
RATE_BY_VALUE = _metric(
    "renewal_rate_by_value",
    "percent",
    {"en": "Renewal rate by value", "fr": "Taux de renouvellement en valeur"},
    {
        "en": "The same, each term counted with what it paid a month when it fell due: by the newest snapshot not "
        "later, and before its renewal.",
        "fr": "De même, chaque contrat comptant pour son revenu mensuel à l'échéance : selon le dernier instantané à "
        "cette date, avant le renouvellement.",
    },
    _GOAL,
)
_COUNTS = {
    "renewed": _metric(
        "renewed",
        "count",
        {"en": "Terms renewed", "fr": "Contrats renouvelés"},
        {
            "en": "Renewed before they fell due, by then, or within grace.",
            "fr": "Renouvelés avant l'échéance, à l'échéance, ou dans le délai de grâce.",
        },
    ),
    "lapsed": _metric(
        "lapsed",
        "count",
        {"en": "Terms lapsed", "fr": "Contrats non renouvelés"},
        {
            "en": "Not renewed within grace, whatever came later.",
            "fr": "Non renouvelés dans le délai de grâce, quoi qu'il advienne ensuite.",
        },
    ),
    "pending": _metric(
        "pending",
        "count",
        {"en": "Terms pending", "fr": "Contrats en attente"},
        {
            "en": "Due, not renewed, and still within grace in the newest snapshot.",
            "fr": "À échéance, non renouvelés, et encore dans le délai de grâce au dernier instantané.",
        },
    ),
}
_AMOUNTS = {
    outcome: _metric(
        f"{outcome}_mrr",
        "amount",
        {"en": f"{count.title['en']}, MRR", "fr": f"{count.title['fr']}, MRR"},
        count.definition,
    )
    for outcome, count in _COUNTS.items()
}
RENEWAL_METRICS = (RENEWAL_RATE, RATE_BY_VALUE, *_COUNTS.values(), *_AMOUNTS.values())
RENEWALS = Family(
    "renewals", {"en": "Renewals", "fr": "Renouvellements"}, RENEWAL_METRICS, compute_renewals
)
