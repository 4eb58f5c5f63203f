"""Wrong dates that are corrected, with all shipped playbooks: the ledger afterwards is the one without the mistake.

Each account is met with every mistake on every one of some days around its expiry, all in one pass over the days.
"""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Any, NamedTuple

import polars as pl
import pytest
from support.lives import LivesLedger
from support.shipped import DTYPES, rules, shipped
from tenure.engine.core.schemas import LEDGER, STATES
from tenure.engine.core.upsert import upsert
from tenure.engine.evaluation.evaluator import evaluate_day
from tenure.engine.evaluation.inputs import Day, Tables
from tenure.engine.evaluation.prepare import prepare
from tenure.engine.runs.required_fields import fields_of, history_of

pytestmark = pytest.mark.slow

DAY = dt.timedelta(days=1)
EXPIRY = dt.date(2026, 6, 3)
FIRST, LAST = EXPIRY - 125 * DAY, EXPIRY + 40 * DAY

ACCOUNTS: dict[str, dict[str, Any]] = {
    "at_risk": {"segment": "strategic", "arr": 150000.0, "health_score": 55.0, "csm": "Alice"},
    "alone": {"segment": "self_serve", "arr": 4000.0, "health_score": 85.0},
    "auto": {"segment": "enterprise", "arr": 50000.0, "health_score": 80.0, "csm": "Alice", "auto_renew": True},
    "renews": {"segment": "growth", "arr": 12000.0, "health_score": 80.0, "csm": "Alice"},
}  # fmt: skip
RENEWS_ON = EXPIRY - 10 * DAY
DAYS = (-119, -91, -60, -31, -30, -14, -7, -1, 0, 1, 5, 14)
"""Days of the mistake, counted from the expiry."""


class Mistake(NamedTuple):
    """A wrong date and how many days it is there."""

    name: str
    date: dt.date
    days: int


DOUBTED = (
    Mistake("a_year_back", EXPIRY.replace(year=2025), 1),
    Mistake("the_year_2062", EXPIRY.replace(year=2062), 2),
    Mistake("two_years_ahead", EXPIRY.replace(year=2028), 1),
    Mistake("exchanged", dt.date(2026, 3, 6), 1),
)
BELIEVED = (
    Mistake("a_year_ahead", EXPIRY.replace(year=2027), 2),
    Mistake("two_months_early", EXPIRY - 61 * DAY, 1),
)


def date_of(base: str, on: dt.date, mistake: Mistake | None, first: int) -> dt.date:
    start = EXPIRY + first * DAY
    if mistake is not None and start <= on < start + mistake.days * DAY:
        return mistake.date
    return EXPIRY.replace(year=2027) if base == "renews" and on >= RENEWS_ON else EXPIRY


def variants() -> dict[str, tuple[str, Mistake | None, int]]:
    found: dict[str, tuple[str, Mistake | None, int]] = {base: (base, None, 0) for base in ACCOUNTS}
    for base in ACCOUNTS:
        for mistake in (*DOUBTED, *BELIEVED):
            for first in DAYS:
                found[f"{base} {mistake.name} {first}"] = (base, mistake, first)
    return found


@cache
def ledger() -> pl.DataFrame:
    """Every entry of all accounts, over all days."""
    playbooks = [prepare(playbook) for playbook in shipped().playbooks]
    names = sorted({"account_name", "country"}.union(*(fields_of(p.playbook) for p in playbooks)))
    names = sorted({*names, "csm", "account_manager", "executive_sponsor"})
    fields = shipped().catalogue.fields
    types = {"account_id": pl.String, **{n: DTYPES[fields[n].type] for n in names}}
    states, entries = pl.DataFrame(schema=STATES), pl.DataFrame(schema=LEDGER)
    accounts = sorted(variants().items())
    before: dt.date | None = None
    on = FIRST
    while on <= LAST:
        rows = [
            {
                "account_id": id,
                "account_name": base,
                "status": "active",
                **ACCOUNTS[base],
                "renewal_date": date_of(base, on, mistake, first),
            }
            for id, (base, mistake, first) in accounts
        ]
        frame = pl.DataFrame([{n: r.get(n) for n in types} for r in rows], schema=types)
        history = {
            p.playbook.id: frame.select(
                "account_id",
                *(
                    pl.col(name).alias(f"{name}@{'previous' if back is None else back}")
                    for name, back in history_of(p.playbook)
                ),
            )
            for p in playbooks
        }
        since = {p.playbook.id: before for p in playbooks}
        tables = Tables(frame, states, history, since, LivesLedger(entries, before))
        done = evaluate_day(playbooks, rules(False), Day(on, on, on), tables)
        states = upsert(states, done.states)
        entries = pl.concat([entries, done.entries])
        before, on = on, on + DAY
    return entries


Key = tuple[str, ...]


def valid(account: str) -> dict[Key, str]:
    """What an account has in the end, by what it is: the status.

    A follow-up that opens on another day has another cycle, which is left out. So are the daily emails of grace: what
    falls on a day on which the date is doubted is not made up for.
    """
    rows = ledger().filter(account_id=account).sort("revision").unique("action_id", keep="last")
    rows = rows.filter(~((pl.col("step") == "grace") & (pl.col("action") == "email")))
    names = ("playbook", "step", "action", "occurrence")
    return {tuple(r[name] for name in names): r["status"] for r in rows.to_dicts()}


def differences(account: str, base: str) -> dict[Key, tuple[str | None, str | None]]:
    """What differs from the account without the mistake: with it, and without."""
    mine, calm = valid(account), valid(base)
    keys = sorted(mine.keys() | calm.keys())
    return {key: (mine.get(key), calm.get(key)) for key in keys if mine.get(key) != calm.get(key)}


def cases(mistakes: tuple[Mistake, ...]) -> list[str]:
    return [name for name, (_, mistake, _) in variants().items() if mistake in mistakes]


def test_a_doubted_date_leaves_one_task_and_nothing_else() -> None:
    found = {}
    for account in cases(DOUBTED):
        base = account.split()[0]
        left = differences(account, base)
        tasks = [key for key in left if key[1] == "check_date"]
        for key in tasks:
            del left[key]
        if left or len(tasks) > 1:
            found[account] = (left, tasks)
    assert not found, "\n".join(f"{k}: {v}" for k, v in found.items())


def test_a_date_that_was_believed_loses_nothing() -> None:
    found = {}
    for account in cases(BELIEVED):
        left = differences(account, account.split()[0])
        lost = {key: pair for key, pair in left.items() if pair[1] is not None}
        if lost:
            found[account] = lost
    assert not found, "\n".join(f"{k}: {v}" for k, v in found.items())
