"""Random edits of success plans: what is open in the ledger is what the plan asks for, and nothing is issued twice."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from support.lives import LivesLedger
from support.profiles import examples
from tenure.engine.calendar.working_days import Calendar
from tenure.engine.core.schemas import LEDGER, PLAN_ITEMS
from tenure.engine.evaluation.evaluator import evaluate_day
from tenure.engine.evaluation.inputs import Day, PlanTables, Rules, Tables
from tenure.engine.evaluation.plan_actions import MOST_LATE_DAYS, item_ids
from tenure.engine.workspace.settings import ContactPolicy, Role

FIRST = dt.date(2026, 3, 2)
DAY = dt.timedelta(days=1)
PERSONS = ("csm", "Ana", "Zoe", "Marie")
RULES = Rules(
    {"csm": Role("csm", "csm", None, {}, capacity=1), "ops": Role("ops", None, "Ops", {})},
    ContactPolicy(),
    Calendar("FR", ()),
    "en",
)

item = st.fixed_dictionaries(
    {
        "account_id": st.sampled_from("ab"),
        "occurrence": st.sampled_from(("one", "two", "three")),
        "person": st.sampled_from(PERSONS),
        "days": st.integers(-60, 20),
        "done": st.booleans(),
        "title": st.sampled_from(("Send", "Call")),
    }
)
plans = st.lists(item, max_size=5, unique_by=lambda each: (each["account_id"], each["occurrence"]))
steps = st.lists(
    st.tuples(plans, st.sets(st.integers(0, 5), max_size=2), st.sampled_from(("", "a", "b"))),
    min_size=1,
    max_size=6,
)


def items_of(plan: list[dict[str, Any]]) -> pl.DataFrame:
    rows = [
        {
            **{
                name: each[name] for name in ("account_id", "occurrence", "person", "done", "title")
            },
            "step": "actions",
            "cycle": "plan",
            "of_customer": each["person"] == "Marie",
            "due_on": FIRST + each["days"] * DAY,
            "file": "",
        }
        for each in plan
    ]
    return pl.DataFrame(rows, schema=PLAN_ITEMS)


def newest(ledger: pl.DataFrame) -> pl.DataFrame:
    return ledger.sort("revision").unique("action_id", keep="last").sort("action_id")


@examples(200)
@given(steps)
def test_what_is_open_is_what_the_plan_asks_for(
    days: list[tuple[list[dict[str, Any]], set[int], str]],
) -> None:
    ledger, finished = pl.DataFrame(schema=LEDGER), set[str]()
    snapshot = pl.DataFrame(
        {"account_id": ["a", "b"], "account_name": ["A", "B"], "csm": ["Ana", None]},
        schema={"account_id": pl.String(), "account_name": pl.String(), "csm": pl.String()},
    )
    for n, (plan, ended, unread) in enumerate(days):
        on = FIRST + n * DAY
        items = items_of([each for each in plan if each["account_id"] != unread])
        before = newest(ledger)
        finished |= {
            id for at, id in enumerate(before.filter(status="issued")["action_id"]) if at in ended
        }
        known = before.with_columns(pl.col("action_id").is_in(sorted(finished)).alias("@finished"))
        tables = PlanTables(
            items, known, pl.Series("account_id", [unread] if unread else [], pl.String())
        )

        def evaluated(ledger: pl.DataFrame, tables: PlanTables, on: dt.date = on) -> pl.DataFrame:
            lookup = LivesLedger(ledger, on - DAY)
            return evaluate_day(
                [], RULES, Day(on, on, on), Tables(snapshot, ledger=lookup, plans=tables)
            ).entries

        entries = evaluated(ledger, tables)
        ledger = pl.concat([ledger, entries])
        after = newest(ledger)
        # Revisions follow each other, and a second evaluation of the date adds nothing.
        numbers = ledger.group_by("action_id").agg(pl.col("revision").sort())
        assert all(each == list(range(1, len(each) + 1)) for each in numbers["revision"].to_list())
        again = after.with_columns(pl.col("action_id").is_in(sorted(finished)).alias("@finished"))
        assert evaluated(ledger, PlanTables(items, again, tables.unread)).is_empty()
        # Nothing that is finished changes.
        assert not set(entries["action_id"]) & finished
        by_id = {row["action_id"]: row for row in after.iter_rows(named=True)}
        wanted = dict(zip(item_ids(items), items.iter_rows(named=True), strict=True))
        for id, each in wanted.items():
            row = by_id.get(id)
            if id in finished or (each["done"] and row is None):
                continue
            assert row is not None
            if not each["done"]:
                assert row["anchor"] == each["due_on"]
                # An item that was seen in time stays issued, however late it becomes.
                if (on - each["due_on"]).days <= MOST_LATE_DAYS:
                    assert row["status"] in ("issued", "skipped")
                assert row["status"] != "withdrawn"
        for id, row in by_id.items():
            if id not in wanted and id not in finished and row["account_id"] != unread:
                assert row["status"] in ("withdrawn", "skipped")
