"""Net and gross revenue retention (NRR, GRR), and the revenue bridge they are computed from.

The bridge leads from the monthly revenue at a window's start to that at its end. The input is the data of a window. The
output is what each account adds to each part of the bridge, and figures of each group, then of all accounts. For every
account, and so for every sum: start + expansion - contraction - churn + new + reactivation = end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..playbook.model import Texts
from ..sources.convert import AMOUNT
from .groups import Method
from .metric_snapshots import by_group
from .metric_value import Band, Bands, Figure, Metric, ratio, written_in
from .request import Family, MetricRequest, WindowData

BRIDGE_PARTS = ("start", "expansion", "contraction", "churn", "new", "reactivation", "end")
_ZERO = pl.lit(0, AMOUNT)
_start, _end = pl.col("start").fill_null(_ZERO), pl.col("end").fill_null(_ZERO)
_base = _start > 0
_retained = _base & ~pl.col("churned")
_returned = pl.col("churned") & _base | pl.col("was_customer") & pl.col("start").is_null()


@dataclass(frozen=True, slots=True)
class Bridge:
    """The sums of a group of accounts. `accounts` has the number of accounts in each part."""

    start: Decimal
    expansion: Decimal
    contraction: Decimal
    churn: Decimal
    new: Decimal
    reactivation: Decimal
    end: Decimal
    capped: Decimal
    """The revenue at the end of accounts that paid at the start and stayed, each capped at its revenue at the start."""
    accounts: Mapping[str, int]

    def net(self) -> Decimal:
        """Return the numerator of NRR: start + expansion - contraction - churn."""
        return self.start + self.expansion - self.contraction - self.churn

    def gross(self, method: Method) -> Decimal:
        """Return the numerator of GRR, which leaves expansion out."""
        if method == "movements":
            return self.start - self.contraction - self.churn
        return self.capped


def bridge_parts(accounts: pl.DataFrame, method: Method) -> pl.DataFrame:
    """Return each account's parts of the bridge.

    Args:
        accounts: `WindowData.accounts`.
        method: `snapshots` compares the two ends; `movements` sums the changes between snapshots.

    Returns:
        `account_id`, `group`, the `BRIDGE_PARTS` and `capped`. All amounts are set.
    """
    if method == "movements":
        expansion, contraction = pl.col("expansion"), pl.col("contraction")
    else:
        expansion, contraction = (
            _only(_retained & (more > 0), more) for more in (_end - _start, _start - _end)
        )
    arrived = pl.when(_retained).then(_ZERO).otherwise(_end)
    return accounts.select(
        ACCOUNT_ID,
        "group",
        _start.alias("start"),
        _only(_base, expansion).alias("expansion"),
        _only(_base, contraction).alias("contraction"),
        # By movements, an account that leaves takes with it the revenue it had reached.
        _only(_base & pl.col("churned"), _start + expansion - contraction).alias("churn"),
        _only(~_returned, arrived).alias("new"),
        _only(_returned, arrived).alias("reactivation"),
        _end.alias("end"),
        _only(_retained, pl.min_horizontal(_start, _end)).alias("capped"),
    )


def bridges(parts: pl.DataFrame) -> dict[str | None, Bridge]:
    """Return the bridge of each group, sorted, and of all accounts under None."""
    return {group: _bridge(rows) for group, rows in by_group(parts)}


def _bridge(parts: pl.DataFrame) -> Bridge:
    sums = parts.select(pl.col(*BRIDGE_PARTS, "capped").sum()).row(0, named=True)
    counts = parts.select((pl.col(*BRIDGE_PARTS) > 0).sum()).row(0, named=True)
    return Bridge(**sums, accounts=counts)


def _only(when: pl.Expr, value: pl.Expr) -> pl.Expr:
    return pl.when(when).then(value).otherwise(_ZERO)


def compute_revenue(request: MetricRequest) -> list[Figure]:
    """Return the bridge, NRR and GRR of each group, then of all accounts."""
    data = request.window_data
    if data.no_amounts is not None:
        return [
            Figure(metric, request.window, None, why=data.no_amounts) for metric in REVENUE_METRICS
        ]
    group_bridges = bridges(bridge_parts(data.accounts, request.method))
    return [
        figure
        for group, bridge in group_bridges.items()
        for figure in (
            *_amounts(request, data, group, bridge),
            *_rates(request, data, group, bridge),
        )
    ]


def _amounts(
    request: MetricRequest, data: WindowData, group: str | None, bridge: Bridge
) -> list[Figure]:
    return [
        Figure(
            metric,
            request.window,
            getattr(bridge, part),
            accounts=bridge.accounts[part],
            group=group,
            currency=data.currency,
        )
        for part, metric in BRIDGE.items()
    ]


def _rates(
    request: MetricRequest, data: WindowData, group: str | None, bridge: Bridge
) -> list[Figure]:
    numerators = ((NRR, bridge.net()), (GRR, bridge.gross(request.method)))
    return [_rate(request, data, metric, part, group, bridge) for metric, part in numerators]


def _rate(
    request: MetricRequest,
    data: WindowData,
    metric: Metric,
    numerator: Decimal,
    group: str | None,
    bridge: Bridge,
) -> Figure:
    return Figure(
        metric,
        request.window,
        ratio(numerator, bridge.start),
        accounts=bridge.accounts["start"],
        group=group,
        why=None if bridge.start else _NO_REVENUE,
        note=data.note,
    )


_NO_REVENUE = {
    "en": "no account paid anything at the start",
    "fr": "aucun compte ne payait au début",
}
_GRACE = {
    "en": "An account that comes back within grace after its term has not left; later, it has left and come back.",
    "fr": "Un compte qui revient avant la fin du délai de grâce n'est pas parti ; plus tard, il est parti puis revenu.",
}
_AMOUNTS = {
    "en": "A month's revenue is the field mrr, else arr ÷ 12, rounded to ten places; lapsed accounts and trials have "
    "none, an amount that is missing is the last known one, and one below zero is zero. Amounts of both ends are "
    "converted at the rate of the window's first date.",
    "fr": "Le revenu d'un mois est le champ mrr, sinon arr ÷ 12, arrondi à dix décimales ; comptes résiliés et essais "
    "n'en ont pas, un montant manquant est le dernier connu, un montant négatif est nul. Les montants des deux bornes "
    "sont convertis au taux du premier jour de la fenêtre.",
}
_AT_START = {
    "en": "accounts with a month's revenue above zero at the window's start",
    "fr": "comptes dont le revenu mensuel est supérieur à zéro au début de la fenêtre",
}
_AT_END = {
    "en": "accounts with a month's revenue above zero at the window's end",
    "fr": "comptes dont le revenu mensuel est supérieur à zéro à la fin de la fenêtre",
}
_NOT_AT_START = {
    "en": "accounts without revenue at the window's start",
    "fr": "comptes sans revenu au début de la fenêtre",
}
_BACK = {
    "en": "accounts that had been customers and were not at the window's start, or that left since then",
    "fr": "comptes clients auparavant et non au début de la fenêtre, ou partis depuis",
}
_SOURCE = written_in("retention", "`Net Revenue Retention`")


def _part(id: str, title: Texts, definition: Texts, population: Texts) -> Metric:
    return Metric(id, "amount", title, definition, population, _SOURCE)


BRIDGE: dict[str, Metric] = {
    "start": _part(
        "start",
        {"en": "MRR at the start", "fr": "MRR au début"},
        {
            "en": f"Sum of each account's revenue of a month at the window's start. {_AMOUNTS['en']}",
            "fr": f"Somme des revenus mensuels de chaque compte au début de la fenêtre. {_AMOUNTS['fr']}",
        },
        _AT_START,
    ),
    "expansion": _part(
        "expansion",
        {"en": "Expansion", "fr": "Expansion"},
        {
            "en": "What accounts that stayed pay more at the end than at the start; by movements, the sum of each "
            "increase from one snapshot to the next.",
            "fr": "Ce que les comptes restés paient de plus à la fin qu'au début ; par mouvements, la somme de chaque "
            "hausse d'un instantané au suivant.",
        },
        _AT_START,
    ),
    "contraction": _part(
        "contraction",
        {"en": "Contraction", "fr": "Contraction"},
        {
            "en": "What accounts that stayed pay less at the end than at the start; by movements, the sum of each "
            "decrease from one snapshot to the next.",
            "fr": "Ce que les comptes restés paient de moins à la fin qu'au début ; par mouvements, la somme de chaque "
            "baisse d'un instantané au suivant.",
        },
        _AT_START,
    ),
    "churn": _part(
        "churn",
        {"en": "Churn", "fr": "Churn"},
        {
            "en": "What accounts that left paid at the start; by movements, what they had come to pay when they left. "
            f"{_GRACE['en']}",
            "fr": "Ce que payaient au début les comptes partis ; par mouvements, ce qu'ils payaient en partant. "
            f"{_GRACE['fr']}",
        },
        _AT_START,
    ),
    "new": _part(
        "new",
        {"en": "New", "fr": "Nouveaux"},
        {
            "en": "What accounts that were never customers before the window pay at its end: no earlier snapshot has "
            "them as customers, nor did they sign up before it, unless as a trial. Those that were customers at its "
            "start and paid nothing then count too.",
            "fr": "Ce que paient à la fin les comptes jamais clients auparavant : aucun instantané antérieur ne les "
            "donne clients, et ils n'étaient pas inscrits avant la fenêtre, sinon à l'essai. Ceux qui étaient clients "
            "à son début sans rien payer comptent aussi.",
        },
        _NOT_AT_START,
    ),
    "reactivation": _part(
        "reactivation",
        {"en": "Reactivation", "fr": "Réactivation"},
        {
            "en": "What accounts that had left and came back pay at the end.",
            "fr": "Ce que paient à la fin les comptes partis puis revenus.",
        },
        _BACK,
    ),
    "end": _part(
        "end",
        {"en": "MRR at the end", "fr": "MRR à la fin"},
        {
            "en": "Start + expansion - contraction - churn + new + reactivation. An account that is still within grace "
            "counts with what it paid last.",
            "fr": "Début + expansion - contraction - churn + nouveaux + réactivation. Un compte encore dans le délai "
            "de grâce compte pour son dernier montant.",
        },
        _AT_END,
    ),
}
"""The metric of each part of the bridge."""

NRR = Metric(
    "nrr",
    "percent",
    {"en": "Net revenue retention (NRR)", "fr": "Rétention nette du revenu (NRR)"},
    {
        "en": "(start + expansion - contraction - churn) ÷ start.",
        "fr": "(début + expansion - contraction - churn) ÷ début.",
    },
    _AT_START,
    _SOURCE,
    Bands(
        (
            Band(
                "world_class",
                Decimal(130),
                {"en": "World-class", "fr": "World-class"},
                {"en": "growth without new customers", "fr": "croissance sans nouveaux clients"},
            ),
            Band(
                "excellent",
                Decimal(110),
                {"en": "Excellent", "fr": "Excellent"},
                {
                    "en": "expansion well above churn",
                    "fr": "expansion > churn, de façon significative",
                },
            ),
            Band(
                "good",
                Decimal(100),
                {"en": "Good", "fr": "Bon"},
                {"en": "slight net growth", "fr": "légère croissance nette"},
            ),
            Band(
                "acceptable",
                Decimal(90),
                {"en": "Acceptable", "fr": "Acceptable"},
                {
                    "en": "slight erosion, can be made up for",
                    "fr": "légère érosion, compensable",
                },
            ),
            Band(
                "problematic",
                None,
                {"en": "Problematic", "fr": "Problématique"},
                {
                    "en": "needs strong acquisition",
                    "fr": "besoin d'une acquisition forte",
                },
            ),
        )
    ),
    yearly=True,
)
GRR = Metric(
    "grr",
    "percent",
    {"en": "Gross revenue retention (GRR)", "fr": "Rétention brute du revenu (GRR)"},
    {
        "en": "What accounts still pay at the end, each capped at what it paid at the start, ÷ start. By movements: "
        "(start - contraction - churn) ÷ start, where an account that falls from 100 to 60 and comes back to 100 has "
        "lost 40; capped, it has lost nothing.",
        "fr": "Ce que les comptes paient encore à la fin, chacun plafonné à ce qu'il payait au début, ÷ début. Par "
        "mouvements : (début - contraction - churn) ÷ début, où un compte qui passe de 100 à 60 puis revient à 100 a "
        "perdu 40 ; plafonné, il n'a rien perdu.",
    },
    _AT_START,
    written_in("retention", "`Gross Revenue Retention`"),
    Bands(
        (
            Band("excellent", Decimal(95), {"en": "Excellent", "fr": "Excellent"}),
            Band("good", Decimal(90), {"en": "Good", "fr": "Bon"}),
            Band("to_improve", Decimal(85), {"en": "To improve", "fr": "À améliorer"}),
            Band("critical", None, {"en": "Critical", "fr": "Critique"}),
        )
    ),
    yearly=True,
)
REVENUE_METRICS = (*BRIDGE.values(), NRR, GRR)
REVENUE = Family("revenue", {"en": "Revenue", "fr": "Revenu"}, REVENUE_METRICS, compute_revenue)
