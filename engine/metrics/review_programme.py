"""How well reviews are held: coverage, punctuality, attendance, ratings, action items; and beside them what differs
between accounts with and without.

In: the reviews of a window; out: figures of each group and then of all, judged by the source's targets and alerts.
"""

from __future__ import annotations

from decimal import Decimal

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..playbook.model import Texts
from .family import Family
from .grouping import by_group
from .metric_value import HUNDRED, Figure, FigureUnit, Metric, ratio, written_in
from .request import MetricRequest
from .review_impact import EFFECT_METRICS as EFFECTS
from .review_impact import compute_effects as find_effects
from .reviewed import LATE, ON_TIME, PENDING, Reviewed, review
from .thresholds import Target

_SOURCE = written_in("QBR", "`KPIs programme QBR`")


def _metric(
    id: str,
    unit: FigureUnit,
    title: Texts,
    definition: Texts,
    population: Texts,
    scale: Target | None,
) -> Metric:
    return Metric(id, unit, title, definition, population, _SOURCE, scale)


_HELD: Texts = {
    "en": "reviews held in the window: each value of last_review_date after its first date and up to its last, not "
    "later than the snapshot that says so",
    "fr": "revues tenues dans la fenêtre : chaque valeur de last_review_date après son premier jour et jusqu'au "
    "dernier, pas postérieure à l'instantané qui la donne",
}
_DUE: Texts = {
    "en": "cycles of the playbook `reviews` whose meeting, as last revised in the ledger, is due in the window; one "
    "that was held before its meeting was to be issued is due on the day it was held",
    "fr": "cycles du playbook `reviews` dont la réunion, dans sa dernière version au registre, est due dans la "
    "fenêtre ; une revue tenue avant l'émission de sa réunion est due le jour où elle a été tenue",
}
COVERAGE = _metric(
    "review_coverage",
    "percent",
    {"en": "Eligible customers with a review", "fr": "Clients éligibles avec revue"},
    {
        "en": "eligible accounts with a review held in the window ÷ eligible accounts",
        "fr": "comptes éligibles avec une revue tenue dans la fenêtre ÷ comptes éligibles",
    },
    {
        "en": "active accounts in the window's last snapshot whose segment the playbook `reviews` reviews at a rhythm: "
        "enterprise, strategic and growth; an account with a bad value there is left out",
        "fr": "comptes actifs au dernier instantané de la fenêtre dont le segment est revu à un rythme par le playbook "
        "`reviews` : enterprise, strategic et growth ; un compte qui y a une valeur erronée n'est pas compté",
    },
    Target(HUNDRED, alert=Decimal(90)),
)
PUNCTUAL = _metric(
    "reviews_on_time",
    "percent",
    {"en": "Reviews on time", "fr": "Revues dans les temps"},
    {
        "en": "reviews due in the window that were held from the day their cycle opened to 7 days after their due date "
        "÷ reviews due; overdue and not held is late; what may still be in time at the last snapshot is left out, as "
        "pending",
        "fr": "revues dues dans la fenêtre et tenues entre l'ouverture de leur cycle et 7 jours après leur échéance ÷ "
        "revues dues ; échue et non tenue compte comme en retard ; ce qui peut encore être tenu à temps au dernier "
        "instantané n'est pas compté : en attente",
    },
    _DUE,
    Target(Decimal(95), strictly=True, alert=Decimal(85)),
)
ATTENDANCE = _metric(
    "sponsor_attendance",
    "percent",
    {"en": "Sponsor attendance", "fr": "Participation sponsor"},
    {
        "en": "mean of last_review_attendance, the share of those invited who came; the export does not tell sponsors "
        "apart",
        "fr": "moyenne de last_review_attendance, la part des invités présents ; l'export n'y distingue pas les "
        "sponsors",
    },
    _HELD,
    Target(Decimal(70), strictly=True, alert=Decimal(50)),
)
RATING = _metric(
    "review_rating",
    "rating",
    {"en": "Rating after the review", "fr": "NPS post-QBR (note)"},
    {
        "en": "mean of last_review_rating, the customer's, 0 to 10",
        "fr": "moyenne de last_review_rating, la note du client, de 0 à 10",
    },
    _HELD,
    Target(Decimal("8.5"), strictly=True, alert=Decimal("8.0")),
)
ITEM_METRICS = _metric(
    "action_items_done",
    "percent",
    {"en": "Action items done", "fr": "Action items terminés"},
    {
        "en": "action_items_done ÷ (action_items_done + action_items_open), summed",
        "fr": "action_items_done ÷ (action_items_done + action_items_open), en somme",
    },
    {
        "en": "accounts with a review held in the window, as the window's last snapshot has them",
        "fr": "comptes avec une revue tenue dans la fenêtre, tels qu'au dernier instantané de la fenêtre",
    },
    Target(Decimal(80), strictly=True),
)
HELD = _metric(
    "reviews_held",
    "count",
    {"en": "Reviews held", "fr": "Revues tenues"},
    {"en": "how many reviews were held", "fr": "nombre de revues tenues"},
    _HELD,
    None,
)
DUE = _metric(
    "reviews_due",
    "count",
    {"en": "Reviews due", "fr": "Revues dues"},
    {
        "en": "how many reviews were held in time or are late",
        "fr": "nombre de revues tenues à temps ou en retard",
    },
    _DUE,
    None,
)
WAITING = _metric(
    "reviews_pending",
    "count",
    {"en": "Reviews pending", "fr": "Revues en attente"},
    {
        "en": "how many reviews were not held, and may still be held in time",
        "fr": "nombre de revues non tenues qui peuvent encore l'être à temps",
    },
    _DUE,
    None,
)
PROGRAMME = (COVERAGE, PUNCTUAL, DUE, WAITING, ATTENDANCE, RATING, ITEM_METRICS, HELD)

_NO_SNAPSHOT: Texts = {
    "en": "there is no snapshot by the window's end",
    "fr": "il n'y a pas d'instantané à la fin de la fenêtre",
}
_UNRECORDED: Texts = {
    "en": "no snapshot says when a review was held (last_review_date)",
    "fr": "aucun instantané ne dit quand une revue a été tenue (last_review_date)",
}
_NOBODY: Texts = {"en": "no account is eligible", "fr": "aucun compte n'est éligible"}
_NOTHING_DUE: Texts = {
    "en": "the ledger has no review due in the window",
    "fr": "le registre n'a aucune revue due dans la fenêtre",
}
_UNSAID: Texts = {
    "en": "no review held in the window says so",
    "fr": "aucune revue tenue dans la fenêtre ne le dit",
}
_NO_ITEMS: Texts = {
    "en": "no account reviewed has action items",
    "fr": "aucun compte revu n'a d'action items",
}


def compute_reviews(asked: MetricRequest) -> list[Figure]:
    """The programme of each group and then of all, then the accounts with and without reviews."""
    return [*programme(asked, review(asked)), *find_effects(asked)]


def programme(asked: MetricRequest, seen: Reviewed | None) -> list[Figure]:
    """Coverage, punctuality, attendance, rating, action items, and the counts behind them."""
    if seen is None or not seen.recorded:
        why = _NO_SNAPSHOT if seen is None else _UNRECORDED
        return [Figure(metric, asked.window, None, why=why) for metric in PROGRAMME]
    accounts, held, due = (dict(by_group(rows)) for rows in (seen.accounts, seen.held, seen.due))
    groups = sorted({group for rows in (accounts, held, due) for group in rows if group})
    found = []
    for group in (*groups, None):
        # A group that nobody is left in at the window's end may have had reviews, and the other way round.
        there = accounts.get(group, seen.accounts.clear())
        had = held.get(group, seen.held.clear())
        found += [
            _coverage(asked, group, there, had),
            *_punctuality(asked, group, due.get(group, seen.due.clear())),
            _mean(asked, ATTENDANCE, group, had, "last_review_attendance", HUNDRED),
            _mean(asked, RATING, group, had, "last_review_rating"),
            _items(asked, group, there, had),
            Figure(HELD, asked.window, Decimal(had.height), _accounts(had), group),
        ]
    return found


def _coverage(
    asked: MetricRequest, group: str | None, there: pl.DataFrame, held: pl.DataFrame
) -> Figure:
    eligible = there.filter("eligible")
    covered = eligible.join(held, on=ACCOUNT_ID, how="semi").height
    value, why = ratio(covered, eligible.height), None if eligible.height else _NOBODY
    return Figure(COVERAGE, asked.window, value, eligible.height, group, why=why)


def _punctuality(asked: MetricRequest, group: str | None, due: pl.DataFrame) -> list[Figure]:
    decided = due.filter(pl.col("outcome").is_in([ON_TIME, LATE]))
    waiting = due.filter(pl.col("outcome") == PENDING)
    in_time = decided.filter(pl.col("outcome") == ON_TIME).height
    value, why = ratio(in_time, decided.height), None if decided.height else _NOTHING_DUE
    return [
        Figure(PUNCTUAL, asked.window, value, _accounts(decided), group, why=why),
        Figure(DUE, asked.window, Decimal(decided.height), _accounts(decided), group),
        Figure(WAITING, asked.window, Decimal(waiting.height), _accounts(waiting), group),
    ]


def _mean(
    asked: MetricRequest,
    metric: Metric,
    group: str | None,
    held: pl.DataFrame,
    column: str,
    times: Decimal = Decimal(1),
) -> Figure:
    """The exact mean of what the reviews say of it."""
    said = held.filter(pl.col(column).is_not_null())
    if said.is_empty():
        return Figure(metric, asked.window, None, 0, group, why=_UNSAID)
    value = Decimal(said[column].sum()) * times / said.height
    return Figure(metric, asked.window, value, _accounts(said), group)


def _items(
    asked: MetricRequest, group: str | None, there: pl.DataFrame, held: pl.DataFrame
) -> Figure:
    known = there.join(held, on=ACCOUNT_ID, how="semi").drop_nulls(
        ["action_items_done", "action_items_open"]
    )
    done, still = (Decimal(known[f"action_items_{name}"].sum()) for name in ("done", "open"))
    value, why = ratio(done, done + still), None if done + still else _NO_ITEMS
    return Figure(ITEM_METRICS, asked.window, value, known.height, group, why=why)


def _accounts(rows: pl.DataFrame) -> int:
    return rows[ACCOUNT_ID].n_unique()


REVIEW_FAMILY = Family(
    "reviews",
    {"en": "Review programme", "fr": "Programme de revues"},
    (*PROGRAMME, *EFFECTS),
    compute_reviews,
)
