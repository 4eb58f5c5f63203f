"""The contact policy's cases in the form in which the engine plans them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl
from hypothesis import strategies as st
from tenure.engine.calendar.working_days import Calendar
from tenure.engine.core.schemas import CONTACTS
from tenure.engine.evaluation.drafts import DRAFT_SCHEMA
from tenure.engine.evaluation.inputs import EmptyLedger, Rules
from tenure.engine.language.expressions import Expression
from tenure.engine.workspace.settings import Cap, ContactPolicy, Suppression

from support import contact_oracle as oracle
from support.contact_oracle import Contact, Draft, Policy
from support.strategies import SCOPE, read

MONDAY = dt.date(2026, 3, 2)
"""No holiday in France is within a month of it."""


DAY = dt.timedelta(days=1)


KINDS = ("email", "in_app", "task")


class MadeContacts(EmptyLedger):
    """A ledger that has contacts only."""

    def __init__(self, made: Iterable[Contact]) -> None:
        rows = [(c.account, c.playbook, c.cycle, c.step, c.on, c.action) for c in made]
        self._made = pl.DataFrame(rows, schema=CONTACTS, orient="row")

    def contacts(self, accounts: pl.Series) -> pl.DataFrame:
        """Return those of the accounts."""
        return self._made.filter(pl.col("account_id").is_in(accounts.implode()))


def rules_of(policy: Policy, conditions: Iterable[Expression] = ()) -> Rules:
    """The oracle's policy as the engine's."""
    suppress = [
        Suppression(when, rule.kinds, rule.priorities, {"": rule.reason})
        for when, rule in zip(conditions, policy.suppress, strict=True)
    ]
    stated = ContactPolicy(
        tuple(Cap(*cap) for cap in policy.caps),
        policy.priorities,
        policy.exempt,
        tuple(suppress),
        policy.quiet,
    )
    return Rules({}, stated, Calendar("FR", policy.quiet), "en")


def snapshot_of(accounts: Mapping[str, Mapping[str, Any] | None]) -> pl.DataFrame:
    """The accounts that are there; `contact_email` is a column where an account has it."""
    rows = [{"account_id": id} | dict(row) for id, row in accounts.items() if row is not None]
    schema = {"account_id": pl.String, "opt_out": pl.Boolean, "health_score": pl.Float64}
    with_address = any("contact_email" in row for row in rows)
    return pl.DataFrame(
        rows, schema=schema | ({"contact_email": pl.String} if with_address else {})
    )


KEY = ("account_id", "playbook", "cycle", "step", "occurrence", "action")


def draft_key(draft: Draft) -> tuple[str, ...]:
    place = (draft.account, draft.playbook, draft.cycle, draft.step)
    return (*place, draft.occurrence, draft.action)


def drafts_of(drafts: Iterable[Draft]) -> pl.DataFrame:
    """New actions as the engine drafts them."""
    rows = [
        dict.fromkeys(DRAFT_SCHEMA)
        | dict(zip(KEY, draft_key(draft), strict=True))
        | {
            "kind": draft.kind,
            "priority": draft.priority,
            "due_on": draft.due,
            "within": draft.within,
            "patience": draft.patience,
            "customer": draft.customer,
            "rank": draft.rank,
            "reason": "because",
            "revision": 1,
        }
        for draft in drafts
    ]
    return pl.DataFrame(rows, schema=DRAFT_SCHEMA)


CONDITIONS = {
    "opt_out": lambda row: row["opt_out"],
    "health_score < 70": lambda row: (
        None if row["health_score"] is None else row["health_score"] < 70
    ),
}


_near = st.integers(-6, 8).map(lambda days: MONDAY + days * DAY)


@st.composite
def policies(draw: Any) -> tuple[Policy, list[Expression]]:
    """A policy of few rules, and its suppressions' conditions."""
    priorities = tuple(draw(st.permutations(["high", "low", "other"])))
    caps = st.tuples(st.sampled_from([1, 1, 2, 3, 0]), st.sampled_from([1, 2, 3, 7]))
    quiet = draw(st.lists(st.tuples(_near, st.integers(0, 3)), max_size=1))
    rules = draw(st.lists(_rules(), max_size=2))
    policy = Policy(
        tuple(draw(st.lists(caps, max_size=3))),
        priorities[: draw(st.integers(2, 3))],
        tuple(draw(st.lists(st.sampled_from(["p/r", "p/s", "q/t"]), max_size=2, unique=True))),
        tuple(rule for _, rule in rules),
        tuple((first, first + days * DAY) for first, days in quiet),
    )
    return policy, [when for when, _ in rules]


@st.composite
def _rules(draw: Any) -> tuple[Expression, oracle.Suppression]:
    when = draw(st.sampled_from(sorted(CONDITIONS)))
    kinds = tuple(draw(st.lists(st.sampled_from(KINDS), max_size=1)))
    classes = tuple(draw(st.lists(st.sampled_from(["high", "low"]), max_size=1)))
    rule = oracle.Suppression(CONDITIONS[when], kinds, classes, f"it is so: {when}")
    return read(when, SCOPE), rule
