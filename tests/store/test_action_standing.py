"""The standing of actions: the table that the rule gives, and the last recorded outcome of random ones."""

from __future__ import annotations

import datetime as dt
from random import Random
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.store_rows import day, entry, table
from tenure.engine.core.schemas import LEDGER, OUTCOMES
from tenure.engine.store.action_standing import STANDING, with_standing

DUE, ON = day(10), day(12)


def outcomes(*rows: dict[str, Any]) -> pl.DataFrame:
    numbered = [{"number": n, "action_id": "x", **row} for n, row in enumerate(rows, 1)]
    return table(OUTCOMES, numbered) if rows else pl.DataFrame(schema=OUTCOMES)


def stand(*rows: dict[str, Any], on: dt.date = ON, status: str = "issued") -> dict[str, Any]:
    entries = table(LEDGER, [entry("x", status=status, due_on=DUE, owner="Ana")])
    found = with_standing(entries, outcomes(*rows), on)
    assert found.columns == [*LEDGER, *STANDING]
    return found.row(0, named=True)


DONE = {"outcome": "done", "on": day(11), "by": "Bo", "result": "ok"}
SNOOZED = {"outcome": "snoozed", "on": day(11), "until": day(14)}


@pytest.mark.parametrize(
    ("rows", "on", "standing"),
    [
        ((), DUE, "open"),
        ((), DUE + dt.timedelta(days=1), "overdue"),
        ((DONE,), day(10), "open"),
        ((DONE,), day(11), "done"),
        (({"outcome": "dismissed", "on": day(11)},), ON, "dismissed"),
        ((SNOOZED,), day(13), "snoozed"),
        ((SNOOZED,), day(14), "overdue"),
        ((DONE, {"outcome": "reopened", "on": day(11)}), ON, "overdue"),
        (({"outcome": "assigned", "on": day(1), "to": "Bo"},), DUE, "open"),
        # The one that was recorded last is valid, whatever its date is.
        (({"outcome": "dismissed", "on": day(12)}, DONE), ON, "done"),
    ],
)
def test_the_standing_of_an_issued_action(
    rows: tuple[dict[str, Any], ...], on: dt.date, standing: str
) -> None:
    assert stand(*rows, on=on)["standing"] == standing


def test_when_and_by_whom() -> None:
    found = stand(DONE)
    assert (found["done_on"], found["done_by"], found["result"]) == (day(11), "Bo", "ok")
    assert stand(SNOOZED)["snoozed_until"] == day(14)
    assert stand(SNOOZED, on=day(14))["snoozed_until"] is None
    dismissed = stand(DONE, {"outcome": "dismissed", "on": day(11), "result": "no"})
    assert (dismissed["done_on"], dismissed["done_by"], dismissed["result"]) == (None, None, "no")


def test_the_last_person_it_was_assigned_to_owns_it() -> None:
    first = {"outcome": "assigned", "on": day(10), "to": "Bo"}
    assert stand(first)["owner"] == "Bo"
    assert stand(first, {**first, "to": "Cy"}, {"outcome": "done", "on": day(11)})["owner"] == "Cy"
    assert stand(first, on=day(9))["owner"] == "Ana"


@pytest.mark.parametrize("status", ["postponed", "skipped", "withheld", "superseded"])
def test_what_is_not_issued_has_none(status: str) -> None:
    assert stand(DONE, status=status)["standing"] is None


def test_what_was_done_before_it_was_withdrawn_is_done() -> None:
    assert stand(DONE, status="withdrawn")["standing"] == "done"
    for other in ({"outcome": "dismissed", "on": day(11)}, {"outcome": "reopened", "on": day(11)}):
        assert stand(DONE, other, status="withdrawn")["standing"] is None


KINDS = ("done", "dismissed", "snoozed", "reopened", "assigned")


@given(st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 20), st.integers(0, 20))))
def test_the_last_recorded_outcome_up_to_the_date_is_valid(
    made: list[tuple[str, int, int]],
) -> None:
    rows = [{"outcome": kind, "on": day(on), "until": day(until)} for kind, on, until in made]
    counted = [row for row in rows if row["on"] <= ON and row["outcome"] != "assigned"]
    last = counted[-1] if counted else {"outcome": "reopened"}
    expected = last["outcome"]
    if expected == "reopened" or (expected == "snoozed" and last["until"] <= ON):
        expected = "overdue"
    assert stand(*rows)["standing"] == expected


def series_of(*labels: tuple[str, str, int]) -> pl.DataFrame:
    rows = [
        entry(id, status="issued", due_on=day(due), occurrence=label, owner="Ana")
        for id, label, due in labels
    ]
    return table(LEDGER, rows)


THREE = (("a", "1", 10), ("b", "1+2", 11), ("c", "1+3", 12))


@pytest.mark.parametrize(
    ("given", "owners"),
    [
        ([("a", "Bo")], ["Bo", "Bo", "Bo"]),
        ([("a", "Bo"), ("b", "Cy")], ["Bo", "Cy", "Cy"]),
        ([("b", "Cy"), ("a", "Bo")], ["Bo", "Cy", "Bo"]),
        ([], ["Ana", "Ana", "Ana"]),
    ],
)
def test_a_reminder_is_for_the_person_it_was_last_assigned_to(
    given: list[tuple[str, str]], owners: list[str]
) -> None:
    rows = [{"outcome": "assigned", "on": ON, "action_id": id, "to": to} for id, to in given]
    assert with_standing(series_of(*THREE), outcomes(*rows), ON)["owner"].to_list() == owners


@pytest.mark.parametrize(
    ("rows", "on", "standings"),
    [
        ((), ON, ["reminded", "reminded", "open"]),
        ((), day(13), ["reminded", "reminded", "overdue"]),
        (({**DONE, "action_id": "b"},), ON, ["done", "done", "done"]),
        (({**SNOOZED, "action_id": "c"},), ON, ["reminded", "reminded", "snoozed"]),
        (({**SNOOZED, "action_id": "a"},), ON, ["reminded", "reminded", "snoozed"]),
        (({**SNOOZED, "action_id": "a"},), day(14), ["reminded", "reminded", "overdue"]),
        (({**DONE, "outcome": "dismissed", "action_id": "a"},), ON, ["dismissed"] * 3),
    ],
)
def test_an_action_and_its_reminders_are_one(
    rows: tuple[dict[str, Any], ...], on: dt.date, standings: list[str]
) -> None:
    series = zip("abc", ("1", "1+2", "1+3"), (10, 11, 12), strict=True)
    entries = [
        entry(id, status="issued", due_on=day(due), occurrence=label) for id, label, due in series
    ]
    entries.append(entry("d", status="issued", due_on=day(20), step="another"))
    found = with_standing(table(LEDGER, entries), outcomes(*rows), on)
    assert found["standing"].to_list() == [*standings, "open"]
    until = found["snoozed_until"].to_list()
    assert until == [SNOOZED["until"] if kind == "snoozed" else None for kind in [*standings, ""]]


def test_a_reminder_that_is_not_issued_leaves_the_one_before_open() -> None:
    entries = [
        entry("a", due_on=day(10), occurrence="1"),
        entry("b", due_on=day(11), occurrence="1+2"),
        entry("c", due_on=day(12), occurrence="1+3", status="withheld"),
    ]
    found = with_standing(table(LEDGER, entries), outcomes(), DUE)
    assert found["standing"].to_list() == ["reminded", "open", None]


FINISHED = ("done", "dismissed")
SERIES = ("account_id", "playbook", "cycle", "step", "action")


def random_series(random: Random) -> list[dict[str, Any]]:
    """Actions of which some have reminders, in any order; any two series differ in one column at least."""
    rows = [
        entry(
            f"{number}-{again}",
            status=random.choice(["issued"] * 4 + ["skipped", "withdrawn"]),
            due_on=day(random.randint(9, 13)),
            owner=random.choice(["Ana", "Ben"]),
            account_id="ab"[number & 1],
            cycle="12"[number >> 2 & 1],
            step="xy"[number >> 3 & 1],
            occurrence="1" if again == 1 else f"1+{again}",
        )
        | {"action": ["task", "email"][number >> 4], "playbook": "pq"[number >> 1 & 1]}
        for number in range(32)
        for again in range(1, random.randint(2, 5))
    ]
    random.shuffle(rows)
    return rows


def random_records(random: Random, ids: list[str]) -> list[dict[str, Any]]:
    kinds = ["done", "dismissed", "snoozed", "snoozed", "reopened", "assigned", "assigned"]
    return [
        {"action_id": random.choice(ids), "outcome": random.choice(kinds), "number": number}
        | {"on": day(random.randint(10, 13)), "until": day(random.randint(11, 15))}
        | {"by": random.choice("xy"), "to": random.choice("uvw"), "result": f"{number}"}
        for number in range(1, len(ids))
    ]


def one_by_one(
    rows: list[dict[str, Any]], records: list[dict[str, Any]]
) -> dict[str, tuple[Any, ...]]:
    """The standing of each action by the rule, as a person would read it off the records."""
    last: dict[str, dict[str, Any]] = {}
    given: dict[str, dict[str, Any]] = {}
    for each in records:
        if each["on"] <= ON:
            (given if each["outcome"] == "assigned" else last)[each["action_id"]] = each

    def alone(row: dict[str, Any]) -> str | None:
        said = last.get(row["action_id"], {})
        outcome = said.get("outcome")
        if row["status"] == "withdrawn" and outcome == "done":
            return "done"
        if row["status"] != "issued":
            return None
        if outcome in FINISHED:
            return str(outcome)
        if outcome == "snoozed" and said["until"] > ON:
            return "snoozed"
        return "overdue" if row["due_on"] < ON else "open"

    def series(row: dict[str, Any]) -> tuple[Any, ...]:
        return (*(row[name] for name in SERIES), row["occurrence"].partition("+")[0])

    def place(row: dict[str, Any]) -> int:
        return int(row["occurrence"].partition("+")[2] or 1)

    def snooze(row: dict[str, Any]) -> dt.date | None:
        said = last.get(row["action_id"], {})
        return said["until"] if said.get("outcome") == "snoozed" and said["until"] > ON else None

    found = {}
    for row in rows:
        others = [each for each in rows if series(each) == series(row)]
        standing, all_standings = alone(row), [alone(each) for each in others]
        if standing is not None and standing not in FINISHED:
            newest = max(place(each) for each in others if alone(each) is not None)
            if "done" in all_standings:
                standing = "done"
            elif "dismissed" in all_standings:
                standing = "dismissed"
            elif place(row) < newest:
                standing = "reminded"
            elif "snoozed" in all_standings:
                standing = "snoozed"
        until = max((u for each in others if (u := snooze(each))), default=None)
        assigned = [given[each["action_id"]] for each in others if each["action_id"] in given]
        person = max(assigned, key=lambda each: each["number"], default={"to": row["owner"]})
        person = given.get(row["action_id"], person)
        said = last.get(row["action_id"], {})
        outcome = said.get("outcome")
        found[row["action_id"]] = (
            standing,
            said["on"] if outcome == "done" else None,
            said["by"] if outcome == "done" else None,
            said["result"] if outcome in FINISHED else None,
            until if standing == "snoozed" else None,
            person["to"],
        )
    return found


@pytest.mark.parametrize("seed", range(4))
def test_actions_with_reminders_stand_as_their_records_say_one_by_one(seed: int) -> None:
    random = Random(seed)
    rows = random_series(random)
    records = random_records(random, [row["action_id"] for row in rows])
    entries = table(LEDGER, rows)
    found = with_standing(entries, table(OUTCOMES, records), ON)
    assert found["action_id"].to_list() == entries["action_id"].to_list()
    read = {row[0]: row[1:] for row in found.select("action_id", *STANDING, "owner").iter_rows()}
    assert read == one_by_one(rows, records)
    assert {*found["standing"]} >= {"reminded", "done", "snoozed", None}
