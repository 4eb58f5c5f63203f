"""Random playbooks and accounts, in the form in which days of them are evaluated."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
from hypothesis import strategies as st
from tenure.engine.calendar.schedule import due_dates
from tenure.engine.calendar.working_days import Calendar, OwnDays
from tenure.engine.core.ids import UNREADABLE_FIELDS
from tenure.engine.evaluation.fact_columns import columns_of_facts
from tenure.engine.evaluation.inputs import Rules, Tables
from tenure.engine.evaluation.reference_enrolment import Enrolment
from tenure.engine.fields.catalogue_loader import load_catalogue
from tenure.engine.language.actions_read import fact_column
from tenure.engine.playbook.lowering import Symbols
from tenure.engine.playbook.model import Playbook
from tenure.engine.playbook.playbook_loader import load_playbook
from tenure.engine.workspace.settings import Cap, ContactPolicy, Role

from support.random_playbooks import FIRST, changed_accounts, likely_accounts

FIELDS = {name: (spec.type, spec.values) for name, spec in load_catalogue(None)[0].fields.items()}
DTYPES: dict[str, Any] = {
    "number": pl.Float64,
    "text": pl.String,
    "date": pl.Date,
    "boolean": pl.Boolean,
}
OWN_DAYS = OwnDays(
    closed={"": frozenset([dt.date(2026, 3, 12)]), "GB-SCT": frozenset([dt.date(2026, 3, 5)])},
    half={"FR": frozenset([dt.date(2026, 3, 9)])},
)
CALENDAR = Calendar("FR", (), OWN_DAYS)
AROUND = Symbols(
    FIELDS,
    ("csm", "operations"),
    ("renew",),
    ("renewal", "other"),
    calendar=CALENDAR,
    has_people=True,
)
RULES = Rules(
    {"csm": Role("csm", "csm", None, {}), "operations": Role("operations", None, "Ops", {})},
    ContactPolicy(
        caps=(Cap(1, 1), Cap(2, 7)),
        priorities=("renewal", "other"),
        quiet=((dt.date(2026, 3, 1), dt.date(2026, 3, 2)),),
    ),
    CALENDAR,
    "en",
    managers={"zoé": "Max", "max": "max ", "ops": "Zoé"},
)
EARLIER = {
    "health_score@previous": "health_score",
    "csm@previous": "csm",
    "health_score@7": "health_score",
    "renewal_date@previous": "renewal_date",
    "renewal_date@3": "renewal_date",
    "health_score@lowest7": "health_score",
    "health_score@average7": "health_score",
    "health_score < 70@held_for3": "auto_renew",
    "health_score@since_renewal_date": "health_score",
    "health_score@since_renewal_date@as_of": "renewal_date",
    "health_score@since_opened_on": "health_score",
}
OPENED = {"health_score@since_opened_on@as_of": FIRST + dt.timedelta(days=1)}
"""The date of an opening of which the earlier value is known."""


def loaded(text: str) -> Playbook:
    playbook, problems = load_playbook(text, "random.yaml", AROUND)
    assert playbook is not None, [problem.message for problem in problems]
    return playbook


def frame_of(rows: list[dict[str, Any]]) -> pl.DataFrame:
    schema = {name: DTYPES[FIELDS[name][0]] for name in rows[0] if name != UNREADABLE_FIELDS}
    schema |= {UNREADABLE_FIELDS: pl.String} if UNREADABLE_FIELDS in rows[0] else {}
    return pl.DataFrame(rows, schema=schema).sort("account_id")


def history_of(before: list[dict[str, Any]] | None) -> pl.DataFrame:
    schema = {"account_id": pl.String} | {n: DTYPES[FIELDS[f][0]] for n, f in EARLIER.items()}
    schema |= dict.fromkeys(OPENED, pl.Date)
    rows = [
        {"account_id": r["account_id"]} | {n: r[f] for n, f in EARLIER.items()} | OPENED
        for r in before or []
    ]
    return pl.DataFrame(rows, schema=schema)


def due(programme: list[Playbook], on: dt.date) -> list[Playbook]:
    """The playbooks whose schedule names the date."""
    return [playbook for playbook in programme if due_dates(playbook.schedule, None, on)]


def days_of(programme: list[Playbook], days: int) -> list[dt.date]:
    """The dates on which some playbook is due."""
    dates = (FIRST + dt.timedelta(days=n) for n in range(days))
    return [on for on in dates if due(programme, on)]


def merged(states: pl.DataFrame, changed: pl.DataFrame) -> pl.DataFrame:
    return pl.concat([states, changed]).unique(
        ["account_id", "playbook"], keep="last", maintain_order=True
    )


@st.composite
def series(draw: Any) -> list[list[dict[str, Any]]]:
    """Snapshots of the same few accounts on days that follow, each account's row changing now and then."""
    ids = [f"a{n}" for n in range(draw(st.integers(1, 4)))]
    rows = former = {id: draw(likely_accounts(id)) for id in ids}
    found = []
    for _ in range(draw(st.integers(1, 6))):
        found.append(list(rows.values()))
        next_rows = {
            id: draw(changed_accounts(row, former[id])) if draw(st.booleans()) else row
            for id, row in rows.items()
        }
        rows, former = next_rows, rows
    return found


def facts_of(programme: list[Playbook], ids: list[str], random: Any) -> dict[str, pl.DataFrame]:
    """By playbook, random facts about the actions that it asks about, of some of the accounts."""
    found = {}
    for playbook in programme:
        if columns := columns_of_facts(playbook):
            known = [id for id in ids if random.random() < 0.8]
            texts = {reference.text for reference in playbook.actions_read}
            rows = [
                {"account_id": id}
                | {name: value for text in sorted(texts) for name, value in _fact(text, random)}
                for id in known
            ]
            found[playbook.id] = pl.DataFrame(rows, schema={"account_id": pl.String()} | columns)
    return found


def _fact(text: str, random: Any) -> list[tuple[str, Any]]:
    """Facts about one action that belong together, by column."""
    standing = random.choice([None, "open", "overdue", "snoozed", "done", "dismissed"])
    on = FIRST + dt.timedelta(days=random.randint(-9, 9))
    facts = {
        "attempts": standing and float(random.randint(1, 3)),
        "times": standing and float(random.randint(1, 3)),
        "standing": standing,
        "done_on": on if standing == "done" else None,
        "result": standing and random.choice([None, "no answer", "yes"]),
        "owner": standing and random.choice([None, "Zoé", " ZOÉ", "Max", "Ops", "Nia"]),
        "due_on": standing and on,
        "label": standing and random.choice(["1", "2"]),
    }
    return [(fact_column(text, name), value) for name, value in facts.items()]


def enrolment_of(row: dict[str, Any] | None) -> Enrolment | None:
    """A row of STATES as the reference executor keeps it."""
    if row is None:
        return None
    return Enrolment(**{k: v for k, v in row.items() if k not in ("account_id", "playbook")})


def earlier_of(playbook: Playbook, account: str, tables: Tables) -> dict[str, Any]:
    """An account's earlier values."""
    history = tables.history[playbook.id]
    found = history.filter(account_id=account).to_dicts()
    return found[0] if found else dict.fromkeys(EARLIER)
