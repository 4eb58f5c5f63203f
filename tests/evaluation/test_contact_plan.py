"""The contact plan over many days: what it promises holds on each of them, whatever comes up."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any, NamedTuple

import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from support.contact_days import (
    CONDITIONS,
    MONDAY,
    MadeContacts,
    drafts_of,
    policies,
    rules_of,
    snapshot_of,
)
from support.contact_oracle import DAY, Contact, Draft, Policy, is_quiet
from support.profiles import examples
from tenure.engine.core.schemas import LEDGER, STATES
from tenure.engine.evaluation.cross_references import StateIndex
from tenure.engine.evaluation.finalize import finalize
from tenure.engine.evaluation.inputs import Day, Tables
from tenure.engine.language.expressions import Expression

DAYS = 20
Account = dict[str, Any]


class Book(NamedTuple):
    """What happens to one account: the actions that come up by day, and its values by day."""

    policy: Policy
    conditions: list[Expression]
    drafts: dict[int, list[Draft]]
    values: list[Account | None]


class BookLedger(MadeContacts):
    """A ledger in memory, as the run of a date sees it."""

    def __init__(self, entries: pl.DataFrame, done_until: dt.date) -> None:
        self.latest = entries.sort("revision").unique("action_id", keep="last")
        self.done_until = done_until
        reached = self.latest.filter(pl.col("contact_on") <= done_until).select(
            "account_id", "playbook", "cycle", "step", "action", "contact_on"
        )
        super().__init__(Contact(*row) for row in reached.iter_rows())

    def pending(self) -> pl.DataFrame:
        """Return what is promised for a later day, or waits."""
        later = pl.max_horizontal("due_on", "contact_on") > self.done_until
        issued = (pl.col("status") == "issued") & later
        return self.latest.filter(issued | (pl.col("status") == "postponed"))

    def issued(self, action_ids: pl.Series) -> pl.Series:
        """Return the ids that it has."""
        return action_ids.filter(action_ids.is_in(self.latest["action_id"].implode()))


def lived(book: Book, run_days: list[int]) -> pl.DataFrame:
    """Every entry of the book's days, each evaluated in the first run on or after it."""
    entries = pl.DataFrame(schema=LEDGER)
    states = StateIndex(pl.DataFrame(schema=STATES))
    rules = rules_of(book.policy, book.conditions)
    for n in range(DAYS):
        run_day = next((day for day in run_days if day >= n), None)
        if run_day is None:
            break
        on, run_on = MONDAY + n * DAY, MONDAY + run_day * DAY
        tables = Tables(snapshot_of({"a": book.values[n]}), ledger=BookLedger(entries, on - DAY))
        new = finalize(
            drafts_of(book.drafts.get(n, [])),
            pl.DataFrame(schema=LEDGER),
            tables.ledger.pending(),
            Day(on, run_on, on),
            tables,
            rules,
            states,
            {},
            {},
        )
        entries = pl.concat([entries, new])
    return entries


@st.composite
def books(draw: Any) -> Book:
    policy, conditions = draw(policies())
    values: list[Account | None] = []
    for _ in range(DAYS):
        fresh = {
            "opt_out": draw(st.sampled_from([False, False, False, True])),
            "health_score": draw(st.sampled_from([80.0, 80.0, 60.0])),
        }
        # Most days are as the day before.
        stays = values and draw(st.integers(0, 3))
        values.append(values[-1] if stays else draw(st.sampled_from([fresh, fresh, fresh, None])))
    drafts: dict[int, list[Draft]] = {}
    for n in range(draw(st.integers(1, 8))):
        day = draw(st.integers(0, DAYS - 8))
        due = MONDAY + (day + draw(st.integers(0, 3))) * DAY
        step = f"s{n}"
        draft = Draft(
            "a",
            draw(st.sampled_from(["p", "q"])),
            step,
            due,
            priority=draw(st.sampled_from(["high", "low", "other"])),
            patience=draw(st.sampled_from([0, 2, 7])),
        )
        drafts.setdefault(day, []).append(draft)
    return Book(policy, conditions, drafts, values)


def suppressed(book: Book, n: int, entry: dict[str, Any]) -> bool:
    """Whether nothing may go out for an entry on the nth day."""
    values = book.values[n]
    if values is None:
        return True
    return any(
        (not rule.kinds or entry["kind"] in rule.kinds)
        and (not rule.priorities or entry["priority"] in rule.priorities)
        and rule.holds(values) is True
        for rule in book.policy.suppress
    )


def latest_of(entries: pl.DataFrame) -> list[dict[str, Any]]:
    newest = entries.sort("revision").unique("action_id", keep="last", maintain_order=True)
    return newest.sort("action_id").to_dicts()


def is_exempt(book: Book, entry: dict[str, Any]) -> bool:
    return f"{entry['playbook']}/{entry['step']}" in book.policy.exempt


def crowded(days: list[dt.date], caps: tuple[tuple[int, int], ...]) -> bool:
    """Whether some stretch of a cap's days has more contacts than the cap."""
    return any(
        sum(first <= day < first + length * DAY for day in days) > number
        for number, length in caps
        for first in days
    )


@examples(60)
@given(books())
def test_no_cap_is_exceeded_and_nothing_suppressed_goes_out_on_its_day(book: Book) -> None:
    made = [entry for entry in latest_of(lived(book, list(range(DAYS)))) if entry["contact_on"]]
    assert not crowded([e["contact_on"] for e in made if not is_exempt(book, e)], book.policy.caps)
    for entry in made:
        n = (entry["contact_on"] - MONDAY).days
        if n < DAYS:
            assert not suppressed(book, n, entry)
            assert not is_quiet(entry["contact_on"], book.policy)
        assert entry["planned_on"] <= entry["contact_on"] <= entry["until"]


@examples(60)
@given(books())
def test_nothing_is_withheld_while_a_day_within_its_patience_had_room(book: Book) -> None:
    entries = lived(book, list(range(DAYS)))
    latest = latest_of(entries)
    made = [entry["contact_on"] for entry in latest if entry["contact_on"]]
    # What waits holds one of its days, until a higher class takes it: the nearest is the harshest to assume.
    waited = entries.filter(status="postponed").unique("action_id").to_dicts()
    patience = {(d.playbook, d.step): d.patience for ds in book.drafts.values() for d in ds}
    issued_on = {
        row["action_id"]: row["issued_on"] for row in entries.filter(revision=1).to_dicts()
    }
    for entry in latest:
        if entry["status"] != "withheld":
            continue
        first = max(entry["due_on"], issued_on[entry["action_id"]])
        last = first + patience[entry["playbook"], entry["step"]] * DAY
        for n in range((first - MONDAY).days, min((last - MONDAY).days + 1, DAYS)):
            on = MONDAY + n * DAY
            open_day = not is_quiet(on, book.policy) and (on == first or on.weekday() < 5)
            if open_day and not suppressed(book, n, entry):
                # Others may stand in its way; what is exempt needs no room.
                assert not is_exempt(book, entry)
                others = [o for o in waited if o["action_id"] != entry["action_id"]]
                taken = made + [min(max(on, o["planned_on"]), o["until"]) for o in others]
                assert crowded_with(on, taken, book.policy.caps), (entry, on)


def crowded_with(on: dt.date, taken: list[dt.date], caps: tuple[tuple[int, int], ...]) -> bool:
    """Whether one more contact on a day would exceed a cap, beside those on the days taken."""
    return any(
        sum(first <= day < first + length * DAY for day in taken) + 1 > number
        for number, length in caps
        for first in (on - back * DAY for back in range(length))
    )


@examples(60)
@given(books())
def test_a_higher_class_never_waits_for_a_lower_one(book: Book) -> None:
    # Without the lower classes, the contacts of the highest come to the same.
    top = book.policy.priorities[0]
    alone = {
        n: [
            d for d in drafts if d.priority == top or f"{d.playbook}/{d.step}" in book.policy.exempt
        ]
        for n, drafts in book.drafts.items()
    }
    every = [e for e in latest_of(lived(book, list(range(DAYS)))) if e["priority"] == top]
    only = latest_of(lived(book._replace(drafts=alone), list(range(DAYS))))
    compared = ("action_id", "status", "contact_on")
    # What was made before the higher one came up is fixed, so all come up at once here.
    if len({n for n, drafts in book.drafts.items() if drafts}) == 1:
        assert [[e[name] for name in compared] for e in every] == [
            [e[name] for name in compared] for e in only if e["priority"] == top
        ]


@examples(40)
@given(books(), st.sets(st.integers(1, DAYS - 1), max_size=6))
def test_days_off_change_days_and_lateness_only(book: Book, off: set[int]) -> None:
    # Where an account keeps its values and every contact has patience enough, none is lost, and each comes once.
    caps = tuple((number, days) for number, days in book.policy.caps if number > 0)
    patient = {n: [replace(d, patience=120) for d in ds] for n, ds in book.drafts.items()}
    steady = book._replace(
        values=[{"opt_out": False, "health_score": 80.0}] * DAYS,
        policy=replace(book.policy, caps=caps, quiet=()),
        drafts=patient,
    )
    runs = [n for n in range(DAYS - 1) if n not in off] + [DAYS - 1]
    daily, gaps = latest_of(lived(steady, list(range(DAYS)))), latest_of(lived(steady, runs))
    assert {entry["status"] for entry in daily + gaps} == {"issued"}
    assert [entry["action_id"] for entry in daily] == [entry["action_id"] for entry in gaps]
    for entries in (daily, gaps):
        days = [entry["contact_on"] for entry in entries if not is_exempt(book, entry)]
        assert not crowded(days, caps)


def test_an_entry_is_written_only_where_the_plan_changed() -> None:
    # Two contacts on one day: the second waits a day. Nothing else changes on the days after.
    drafts = [
        Draft("a", "p", "r", MONDAY + 2 * DAY, priority="high", patience=5),
        Draft("a", "p", "s", MONDAY + 2 * DAY, priority="other", patience=5),
    ]
    policy = Policy(caps=((1, 1),), priorities=("high", "other"))
    values: list[Account | None] = [{"opt_out": False, "health_score": 80.0}] * DAYS
    entries = lived(Book(policy, [], {0: drafts}, values), list(range(DAYS)))
    days = [(e["step"], e["revision"], e["contact_on"]) for e in entries.sort("step").to_dicts()]
    assert days == [("r", 1, MONDAY + 2 * DAY), ("s", 1, MONDAY + 3 * DAY)]


def test_a_promise_of_an_account_that_opts_out_waits_and_goes_out_when_it_opts_in_again() -> None:
    drafts = [Draft("a", "p", "r", MONDAY + 3 * DAY, patience=7)]
    rule = opt_out_rule()
    policy = Policy(suppress=(rule[1],))
    values: list[Account | None] = [
        {"opt_out": 1 <= n < 6, "health_score": 80.0} for n in range(DAYS)
    ]
    entries = lived(Book(policy, [rule[0]], {0: drafts}, values), list(range(DAYS)))
    assert [(e["status"], e["evaluated_on"], e["contact_on"]) for e in entries.to_dicts()] == [
        ("issued", MONDAY, MONDAY + 3 * DAY),
        ("postponed", MONDAY + DAY, None),
        # The 6th day after is a Sunday; it opts in on that day, and Monday is the first working day.
        ("issued", MONDAY + 6 * DAY, MONDAY + 7 * DAY),
    ]


def opt_out_rule() -> Any:
    """A suppression by `opt_out`, for the engine and for the oracle."""
    from support.contact_oracle import Suppression
    from support.strategies import SCOPE, read

    return read("opt_out", SCOPE), Suppression(CONDITIONS["opt_out"], (), (), "opted out")
