"""How well reviews are held: coverage, punctuality, attendance, ratings, action items; and beside them what differs
between accounts with and without.

In: the reviews of a window; out: figures of each group and then of all, judged by the source's targets and alerts.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..playbook.model import Texts
from ..sources.convert import AMOUNT
from ..sources.snapshots import Snapshots
from ..store import Reader
from .groups import By
from .ledger_as_of import CYCLE_COLUMNS, enrolments, ledger_entries
from .metric_snapshots import METRIC_FIELDS, NONE, by_group, days_known, group_of
from .metric_value import HUNDRED, Figure, FigureUnit, Metric, Target, Window, ratio, written_in
from .request import Family, MetricRequest
from .review_impact import EFFECT_METRICS, ELIGIBLE, compute_effects

PLAYBOOK, MEETING, RECAP = "reviews", "meeting", "recap"
"""Of the shipped playbook of reviews."""
GRACE = dt.timedelta(days=7)
"""After its due date within which a review is on time."""
BEFORE = dt.timedelta(days=62)
"""Longer before its due date no review is prepared: 14 days, and a change of date."""

ON_TIME, LATE, PENDING = "on_time", "late", "pending"

SAID = ("last_review_attendance", "last_review_rating")
ITEM_FIELDS = ("action_items_done", "action_items_open")
_HELD_SCHEMA = {ACCOUNT_ID: pl.String(), "held_on": pl.Date(), **dict.fromkeys(SAID, AMOUNT)}


@dataclass(frozen=True, slots=True)
class Reviewed:
    """Each table has `account_id` and `group`.

    `accounts`, of the window's last snapshot: `eligible`, `action_items_done`, `action_items_open`. `held`, the
    reviews of the window: `held_on`, `last_review_attendance` (a share), `last_review_rating`. `due`, those that fell
    due in it: `due_on`, `outcome`. `recorded` is whether any snapshot says when a review was held.
    """

    accounts: pl.DataFrame
    held: pl.DataFrame
    due: pl.DataFrame
    recorded: bool


def review(asked: MetricRequest) -> Reviewed | None:
    """Reads snapshots and ledger; None where there is no snapshot by the window's end."""
    snapshots = Snapshots(asked.project.workspace, asked.project.catalogue)
    days, window = days_known(snapshots, asked.window, asked.on), asked.window
    ends = [day for day in days if day <= window.last]
    if not ends:
        return None
    due = _due(asked)
    since = due["opened_on"].min() or window.first
    start = max((day for day in days if day <= window.first), default=days[0])
    held, groups, accounts, recorded = (
        [pl.DataFrame(schema=_HELD_SCHEMA)],
        [],
        pl.DataFrame(),
        False,
    )
    for day in (day for day in days if day >= start):
        frame = _read(snapshots, day, asked.by)
        recorded = recorded or frame["last_review_date"].null_count() < frame.height
        told = pl.col("last_review_date").is_between(min(since, window.first), day)
        held.append(
            frame.filter(told).rename({"last_review_date": "held_on"}).select(*_HELD_SCHEMA)
        )
        if asked.by and day <= window.last:
            groups.append(frame.select(ACCOUNT_ID, "group"))
        if day == ends[-1]:
            accounts = frame
    every = _each(pl.concat(held))
    found = every.filter(pl.col("held_on") > window.first, pl.col("held_on") <= window.last)
    grouped = (
        pl.concat(groups).unique(ACCOUNT_ID, keep="last", maintain_order=True) if groups else None
    )
    return Reviewed(
        accounts.select(ACCOUNT_ID, "group", ELIGIBLE.alias("eligible"), *ITEM_FIELDS),
        _in_groups(found, grouped),
        _in_groups(_outcomes(due, every, days[-1]), grouped),
        recorded,
    )


def _read(snapshots: Snapshots, day: dt.date, by: By | None) -> pl.DataFrame:
    numbers = (*SAID, *ITEM_FIELDS)
    fields = {
        "status",
        "segment",
        "last_review_date",
        *numbers,
        *([METRIC_FIELDS[by]] if by else []),
    }
    return snapshots.load(day, fields, numbers).frame.with_columns(group_of(by).alias("group"))


def _each(rows: pl.DataFrame) -> pl.DataFrame:
    """Each review once, with what was last said of it: ratings come some days after."""
    return rows.group_by(ACCOUNT_ID, "held_on", maintain_order=True).agg(
        pl.col(name).drop_nulls().last() for name in SAID
    )


def _due(asked: MetricRequest) -> pl.DataFrame:
    """`CYCLE`, `due_on`, `opened_on` of the reviews that fell due in the window.

    One that was held before its meeting was to be issued has only a recap: it was due when it was held.
    """
    reader, window = Reader(asked.project.store), asked.window
    around = Window(window.first - BEFORE, max(asked.on, window.last))
    columns = [*CYCLE_COLUMNS, "step", "status", "due_on", "anchor"]
    rows = ledger_entries(reader, asked.on, around, columns, [PLAYBOOK])
    off = pl.col("status").is_in(["superseded", "withdrawn"])
    meetings = rows.filter((pl.col("step") == MEETING) & ~off)
    recaps = rows.filter(pl.col("step") == RECAP).join(meetings, on=CYCLE_COLUMNS, how="anti")
    every = pl.concat(
        [
            meetings.select(*CYCLE_COLUMNS, "due_on"),
            recaps.select(*CYCLE_COLUMNS, pl.col("anchor").alias("due_on")),
        ]
    )
    due = every.group_by(CYCLE_COLUMNS).agg(pl.max("due_on"))
    within = due.filter(pl.col("due_on") > window.first, pl.col("due_on") <= window.last)
    enrolled = enrolments(reader, asked.on, [PLAYBOOK]).select(*CYCLE_COLUMNS, "opened_on")
    return within.join(enrolled, on=CYCLE_COLUMNS, how="inner")


def _outcomes(due: pl.DataFrame, held: pl.DataFrame, known: dt.date) -> pl.DataFrame:
    """`account_id`, `due_on` and `outcome`: whether the newest review by the last day in time is of that cycle."""
    until = due.with_columns((pl.col("due_on") + GRACE).alias("until")).sort("until")
    found = until.join_asof(
        held.select(ACCOUNT_ID, "held_on").sort("held_on"),
        left_on="until",
        right_on="held_on",
        by=ACCOUNT_ID,
        strategy="backward",
        check_sortedness=False,  # sorted above; by account it cannot be checked
    )
    in_time = (pl.col("held_on") >= pl.col("opened_on")).fill_null(value=False)
    outcome = (
        pl.when(in_time)
        .then(pl.lit(ON_TIME))
        .when(pl.col("until") > known)
        .then(pl.lit(PENDING))
        .otherwise(pl.lit(LATE))
    )
    return found.select(ACCOUNT_ID, "due_on", outcome.alias("outcome")).sort(ACCOUNT_ID, "due_on")


def _in_groups(rows: pl.DataFrame, groups: pl.DataFrame | None) -> pl.DataFrame:
    """With the group that each account was last seen in by the window's end."""
    if groups is None:
        return rows.with_columns(pl.lit(None, pl.String).alias("group"))
    found = rows.join(groups, on=ACCOUNT_ID, how="left", maintain_order="left")
    return found.with_columns(pl.col("group").fill_null(NONE))


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
    return [*programme(asked, review(asked)), *compute_effects(asked)]


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
    (*PROGRAMME, *EFFECT_METRICS),
    compute_reviews,
)
