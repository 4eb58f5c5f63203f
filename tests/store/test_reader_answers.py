"""Every question to a store is answered as from a plain list of rows: from its table, its files, and in memory.

Few accounts and few dates, so that the bounds of each question meet rows on both sides and on them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest
from support.store_rows import day, entry, record, table
from tenure.engine.core.schemas import (
    ALL_KEYS,
    CONTACTS,
    ENDED,
    HAND_MOVES,
    LEDGER,
    LEDGER_ORDER,
    OUTCOMES,
    QUARANTINE,
    READER,
    STATES,
    KeyRange,
)
from tenure.engine.store import Overlay, Reader, RunRecord, Store, StoreView, connection, overlay
from tenure.engine.store import commit as committing
from tenure.engine.store.reader import LONGEST_WAIT

ACCOUNTS = ["7", "a", "b", "c", "d", "é"]
STEPS = ["s1", "s2", "s3"]
PLAYBOOKS = ["adoption", "renewal", "review"]
FORMER = {"reviews": "review", "audit": "review"}
STATUSES = ["issued", "postponed", "skipped", "withheld", "superseded", "withdrawn"]
OWNERS = ["Ann", "Bob", None]
LAST = 6
"""The last of the days that rows are of; the first is 0."""
STRETCHES: list[KeyRange] = [ALL_KEYS, ("a", "c"), (None, "b"), ("c", None), ("b", "b\0")]

Row = dict[str, Any]


@dataclass
class Day:
    """One commit, in the words of today; `former` is the former id of `review` under which a store has it."""

    record: RunRecord
    former: str
    entries: list[Row]
    states: list[Row]
    ended: list[Row]
    quarantined: list[Row]
    history: pl.DataFrame | None
    carried: pl.DataFrame | None
    history_on: dt.date | None
    outcomes: list[Row]
    moves: list[Row]
    belated: bool = False

    def into(self, target: Store | Overlay) -> None:
        stored = isinstance(target, Store)

        def named(rows: list[Row]) -> list[Row]:
            return [row | {"playbook": self._id(row["playbook"], stored)} for row in rows]

        carried = self.carried
        if carried is not None and stored:
            carried = carried.with_columns(pl.col(READER).replace("review", self.former))
        ids = {self._id(id, stored): each for id, each in self.record.playbooks.items()}
        counts: Any = named(self.record.counts)
        made = replace(self.record, playbooks=ids, counts=counts)
        begun = target.begin(made.on, made.attempt, made.snapshot_on, belated=self.belated)
        with begun as part:
            half = len(self.entries) // 2
            none = table(STATES, []), table(LEDGER, []), table(ENDED, [])
            part.add(
                table(STATES, named(self.states)),
                table(LEDGER, named(self.entries[:half])),
                table(ENDED, named(self.ended)),
                self.history,
                carried,
            )
            part.add(none[0], table(LEDGER, named(self.entries[half:])), none[2])
            part.finish(made, table(QUARANTINE, self.quarantined), self.history_on)
        target.record(table(OUTCOMES, self.outcomes), table(HAND_MOVES, named(self.moves)))

    def _id(self, playbook: str | None, stored: bool) -> str | None:
        return self.former if stored and playbook == "review" else playbook


def some_days(random: Random) -> Iterator[dt.date]:
    while True:
        yield day(random.randint(0, LAST))


def id_of(number: int) -> str:
    """Return an action's id: two in three are as Tenure's own."""
    return f"named {number}" if number % 3 == 0 else f"{number * 7919:020x}"


def made_entry(random: Random, number: int, revision: int) -> Row:
    """Return a revision of an action, whose account, playbook and step are always the same."""
    days = some_days(random)
    status = random.choice(STATUSES[:1] * 5 + STATUSES)
    waits = status == "postponed"
    contact = next(days) if status == "issued" and random.random() < 0.7 else None
    return entry(
        id_of(number),
        revision,
        status,
        account_id=ACCOUNTS[number % 6],
        playbook=PLAYBOOKS[number % 5 % 3],
        step=STEPS[number % 7 % 3],
        cycle="1",
        occurrence="1+2" if number % 4 == 1 else "1",
        due_on=next(days),
        issued_on=next(days),
        contact_on=contact,
        planned_on=next(days) if contact or waits else None,
        owner=random.choice(OWNERS),
    ) | {"action": "email" if number % 2 else "task"}


def made_days() -> list[Day]:
    """Return eight commits: two of one date, and a belated one at the end."""
    random = Random(20)
    days = some_days(random)
    known: dict[int, int] = {}
    found = []
    for number, (on, attempt) in enumerate(
        [(0, 1), (1, 1), (2, 1), (2, 2), (3, 1), (5, 1), (6, 1)]
    ):
        chosen = sorted(random.sample(range(60), 20))
        for each in chosen:
            known[each] = known.get(each, 0) + 1
        saved = number in (0, 1, 3, 4, 6)
        evaluated = random.sample(PLAYBOOKS, 2)
        pairs = [(account, playbook) for account in ACCOUNTS for playbook in PLAYBOOKS]
        found.append(
            Day(
                record(
                    on,
                    attempt,
                    snapshot_on=day(max(0, on - number % 2)),
                    playbooks=dict.fromkeys(evaluated, f"{number}"),
                    counts=[
                        {"playbook": id, "what": "moved", "accounts": number} for id in evaluated
                    ],
                ),
                "audit" if number < 2 else "reviews" if number < 4 else "review",
                [made_entry(random, each, known[each]) for each in chosen],
                [
                    {"account_id": account, "playbook": playbook, "state": f"{number}"}
                    for account, playbook in random.sample(pairs, 7)
                ],
                [
                    {
                        "account_id": account,
                        "playbook": playbook,
                        "cycle": "1",
                        "outcome": f"{number}",
                    }
                    | {"ended_on": day(on)}
                    for account, playbook in random.sample(pairs, 6)
                ],
                [
                    {
                        "account_id": account,
                        "row": random.randint(1, 3),
                        "field": field,
                        "value": "?",
                    }
                    for account in random.sample(ACCOUNTS, 2)
                    for field in ("seats", "arr")
                ],
                made_history(random, number) if saved else None,
                made_carried(random) if number in (1, 4) else None,
                day(2) if number == 5 else None,
                [
                    {"action_id": id_of(random.randint(0, 40)), "outcome": random.choice(KINDS)}
                    | {"on": next(days), "until": next(days), "by": "Ann", "to": "Bob"}
                    for _ in range(number + 2)
                ],
                [
                    {"move": "hold", "account_id": random.choice(ACCOUNTS), "on": next(days)}
                    | {"playbook": random.choice([*PLAYBOOKS, None])}
                    for _ in range(number % 3)
                ],
            )
        )
    late = replace(found[1].record, attempt=2, run_on=day(6), snapshot_on=day(6))
    late = replace(late, playbooks={"renewal": "late"}, counts=[])
    more = [made_entry(random, each, known.get(each, 0) + 1) for each in (3, 61)]
    return [*found, Day(late, "review", more, [], [], [], None, None, None, [], [], belated=True)]


KINDS = ("done", "dismissed", "snoozed", "reopened", "assigned")


def made_history(random: Random, number: int) -> pl.DataFrame:
    accounts = sorted(random.sample(ACCOUNTS, 4))
    values = {"account_id": accounts, "arr": [float(number)] * 4}
    return pl.DataFrame(values | ({"seats": range(4)} if number else {}))


def made_carried(random: Random) -> pl.DataFrame:
    rows = [(account, random.choice([*PLAYBOOKS, None]), 1.0) for account in ACCOUNTS[::2]]
    schema = {"account_id": pl.String, READER: pl.String, "arr": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


DAYS = made_days()
EVERY = [dict.fromkeys(LEDGER) | row for each in DAYS for row in each.entries]
LATEST = list({row["action_id"]: row for row in EVERY}.values())
"""Each action as last revised: the commits have its revisions in their order."""
OUTCOME_ROWS = [
    dict.fromkeys(OUTCOMES) | row | {"number": number}
    for number, row in enumerate((row for each in DAYS for row in each.outcomes), 1)
]
MOVES = [
    dict.fromkeys(HAND_MOVES) | row | {"number": number}
    for number, row in enumerate((row for each in DAYS for row in each.moves), 1)
]

NAMES = ["table", "files", "memory", "copied", "over"]


@pytest.fixture(scope="module")
def readers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, StoreView]:
    folder = tmp_path_factory.mktemp("stores")

    def stored(name: str, days: list[Day], in_files: int) -> Reader:
        root = folder / name
        with pytest.MonkeyPatch.context() as patch, Store.open(root, former=FORMER) as store:
            for number, each in enumerate(days):
                if number < in_files:
                    patch.setattr(committing, "MOST_ENTRIES", 9)
                    patch.setattr(committing, "MOST_STATES", 0)
                else:
                    patch.undo()
                each.into(store)
        return Reader(root, FORMER)

    def over(below: Reader | None, days: list[Day]) -> Overlay:
        overlay = Overlay(below)
        for each in days:
            each.into(overlay)
        return overlay

    return {
        "table": stored("table", DAYS, 0),
        # The first days are in files, the others in the table.
        "files": stored("files", DAYS, 4),
        "memory": over(None, DAYS),
        "copied": over(stored("three", DAYS[:3], 0), DAYS[3:]),
        "over": over(stored("five", DAYS[:5], 3), DAYS[5:]),
    }


@pytest.fixture(params=NAMES)
def reader(request: pytest.FixtureRequest, readers: dict[str, StoreView]) -> StoreView:
    return readers[request.param]


@pytest.fixture(params=NAMES[:2])
def stored(request: pytest.FixtureRequest, readers: dict[str, Any]) -> Reader:
    """A store itself, which answers more than what is over it."""
    found: Reader = readers[request.param]
    return found


def listed(rows: Iterable[Row], columns: Iterable[str] = LEDGER) -> list[tuple[Any, ...]]:
    """Return entries as every listing has them: in the order of the ledger."""
    ordered = sorted(rows, key=lambda row: [row[name] for name in LEDGER_ORDER])
    return [tuple(row[name] for name in columns) for row in ordered]


def maybe(random: Random, choose: Callable[[], Any]) -> Any:
    return choose() if random.random() < 0.4 else None


def within(value: Any, first: Any, last: Any) -> bool:
    """Return whether a value is there and between two, both included; None bounds nothing."""
    if value is None:
        return first is None and last is None
    return (first is None or value >= first) and (last is None or value <= last)


def in_stretch(account: str, stretch: KeyRange) -> bool:
    first, end = stretch
    return (first is None or account >= first) and (end is None or account < end)


def a_choice(random: Random, values: list[str]) -> Any:
    return maybe(random, lambda: random.sample(values, random.randint(0, 2)))


def test_listings_of_the_ledger(reader: StoreView) -> None:
    random = Random(1)
    days = some_days(random)
    met = 0
    for number in range(10):
        asked = {
            name: maybe(random, lambda: next(days))
            for name in ("issued_on", "issued_to", "date_from", "date_to")
        }
        chosen = {
            "accounts": a_choice(random, ACCOUNTS),
            "playbooks": a_choice(random, PLAYBOOKS),
            "steps": a_choice(random, STEPS),
            "statuses": maybe(random, lambda: random.sample(STATUSES, 3)),
        }
        owner, history = maybe(random, lambda: "Ann"), number % 2 == 1
        columns = ["action_id", "revision"] if number % 3 else list(LEDGER)
        expected = [
            row
            for row in (EVERY if history else LATEST)
            if within(row["issued_on"], asked["issued_on"], asked["issued_on"])
            and within(row["issued_on"], None, asked["issued_to"])
            and within(row["due_on"], asked["date_from"], asked["date_to"])
            and owner in (None, row["owner"])
            and (chosen["accounts"] is None or row["account_id"] in chosen["accounts"])
            and (chosen["playbooks"] is None or row["playbook"] in chosen["playbooks"])
            and (chosen["steps"] is None or row["step"] in chosen["steps"])
            and (chosen["statuses"] is None or row["status"] in chosen["statuses"])
        ]
        # Where columns of the order are left out, the rows that remain have no one order.
        found = reader.ledger(**asked, **chosen, owner=owner, history=history, columns=columns)
        assert found.columns == columns
        in_order = listed(expected, columns)
        whole = len(columns) > 2
        assert (found.rows() if whole else sorted(found.rows())) == (
            in_order if whole else sorted(in_order)
        )
        met += bool(expected)
    assert met > 3


def test_what_is_still_to_come(reader: StoreView) -> None:
    for number in (-1, 2, 4):
        on = day(number)
        expected = [
            row
            for row in LATEST
            if row["status"] == "postponed"
            or (
                row["status"] == "issued"
                and (row["due_on"] > on or (row["contact_on"] or dt.date.min) > on)
            )
        ]
        assert reader.pending(on).rows() == listed(expected)
        stretch = STRETCHES[number % len(STRETCHES)]
        some = [row for row in expected if in_stretch(row["account_id"], stretch)]
        assert reader.pending(on, stretch=stretch).rows() == listed(some)
        found = reader.pending(on, pl.Series(["é", "b", "zz"]), in_order=False)
        some = [row for row in expected if row["account_id"] in ("é", "b")]
        assert found.sort(LEDGER_ORDER).rows() == listed(some)
        assert reader.pending(on, pl.Series([], dtype=pl.String)).is_empty()


def test_what_reaches_customers(reader: StoreView) -> None:
    names = ["contact_on", "action_id", "account_id"]
    for since in (1, 4):
        for until in (None, since + 2):
            expected = [
                row
                for row in LATEST
                if row["status"] == "issued"
                and row["contact_on"] is not None
                and within(row["contact_on"], day(since), None if until is None else day(until))
            ]
            last = None if until is None else day(until)
            found = reader.contacts(day(since), names, until=last)
            assert found.rows() == sorted(tuple(row[n] for n in names) for row in expected)
            found = reader.contacts(day(since), accounts=pl.Series(["c", "7", "c"]), until=last)
            some = [row for row in expected if row["account_id"] in ("c", "7")]
            assert found.rows() == sorted(tuple(row[n] for n in CONTACTS) for row in some)


def test_actions_by_id(reader: StoreView) -> None:
    random = Random(2)
    last = {row["action_id"]: row["revision"] for row in LATEST}
    for number, stretch in enumerate(STRETCHES):
        ids = [row["action_id"] for row in LATEST if in_stretch(row["account_id"], stretch)]
        asked = random.sample(ids, min(len(ids), 3 + 9 * (number % 3)))
        series = pl.Series([*asked, *asked[:1], None, "unknown", "0" * 20], dtype=pl.String)
        known = sorted((id, last[id]) for id in asked)
        assert reader.known(series, stretch).rows() == known
        revisions = [row for row in EVERY if row["action_id"] in asked]
        revisions.sort(key=lambda row: (row["action_id"], row["revision"]))
        assert reader.revisions(series).rows() == [tuple(row.values()) for row in revisions]
        columns = ["revision", "status"]
        found = reader.revisions(series, columns).rows()
        assert found == [(row["revision"], row["status"]) for row in revisions]
    nothing = pl.Series([None], dtype=pl.String)
    assert reader.known(nothing).is_empty()
    assert reader.revisions(nothing).columns == list(LEDGER)
    for beginnings in (["0000"], ["named 1", "named 3"], [id_of(1)[:19]], ["", "x"], ["x"], []):
        expected = sorted(id for id in last if id.startswith(tuple(beginnings)))
        assert reader.action_ids(beginnings) == expected


def test_the_history_of_steps(reader: StoreView) -> None:
    columns = ["action_id", "revision", "playbook"]
    for playbooks in (["review"], ["renewal", "adoption"], ["none"]):
        for steps, actions in (
            (["s1"], ["email", "task"]),
            (["s2", "s3"], ["email"]),
            (["s2"], ["task"]),
        ):
            expected = [
                tuple(row[name] for name in columns)
                for row in EVERY
                if row["playbook"] in playbooks
                and row["step"] in steps
                and row["action"] in actions
            ]
            found = reader.step_history(playbooks, steps, actions, columns).rows()
            assert sorted(found) == sorted(expected)


def test_states_of_accounts(reader: StoreView) -> None:
    rows = [row for each in DAYS for row in each.states]
    last = {(row["account_id"], row["playbook"]): row["state"] for row in rows}
    for playbook, asked in ((None, STRETCHES), ("review", STRETCHES[:2]), ("reviews", [ALL_KEYS])):
        for stretch in asked:
            expected = [
                (*key, state)
                for key, state in sorted(last.items())
                if playbook in (None, key[1]) and in_stretch(key[0], stretch)
            ]
            found = reader.states(playbook, stretch).select("account_id", "playbook", "state")
            assert found.rows() == expected
    assert reader.states(stretch=("a", "c"), in_order=False).height == sum(
        "a" <= account < "c" for account, _ in last
    )


def test_what_ended(reader: StoreView) -> None:
    random = Random(3)
    days = some_days(random)
    keys = ("ended_on", "account_id", "playbook", "cycle")
    last = {tuple(row[key] for key in keys): row for each in DAYS for row in each.ended}
    for number in range(10):
        first, to = (maybe(random, lambda: next(days)) for _ in range(2))
        accounts, playbooks = a_choice(random, ACCOUNTS), a_choice(random, PLAYBOOKS)
        expected = [
            (*key, row["outcome"])
            for key, row in sorted(last.items())
            if number == 0
            or (
                within(row["ended_on"], first, to)
                and (accounts is None or row["account_id"] in accounts)
                and (playbooks is None or row["playbook"] in playbooks)
            )
        ]
        asked = {"date_from": first, "date_to": to, "accounts": accounts, "playbooks": playbooks}
        found = reader.ended(**({} if number == 0 else asked))
        assert found.select(*keys, "outcome").rows() == expected


def test_what_people_did(reader: StoreView) -> None:
    def rows(found: pl.DataFrame) -> list[dict[str, Any]]:
        return found.rows(named=True)

    for number in (-1, 1, 3, 6):
        on = day(number)
        upto = [row for row in OUTCOME_ROWS if row["on"] <= on]
        assert rows(reader.outcomes(until=on)) == upto
        assert reader.outcomes_to(on) == max((row["number"] for row in upto), default=0)
        assert rows(reader.hand_moves(on)) == [row for row in MOVES if row["on"] <= on]
        ids = [id_of(number + 1), id_of(2 * number + 20), "unknown"]
        for asked in (ids, ids * 30) if number == 3 else (ids,):
            of_these = [row for row in OUTCOME_ROWS if row["action_id"] in ids]
            assert rows(reader.outcomes(actions=pl.Series(asked))) == of_these
            some = [row for row in of_these if row["on"] <= on]
            assert rows(reader.outcomes(actions=pl.Series(asked), until=on)) == some
    assert rows(reader.outcomes()) == OUTCOME_ROWS
    assert rows(reader.hand_moves()) == MOVES


def test_runs_and_their_snapshots(reader: StoreView) -> None:
    whole = [each.record for each in DAYS]
    assert reader.runs() == whole
    assert reader.last_committed() == day(6)
    saved = {each.record.snapshot_on for each in DAYS if each.history is not None} - {day(0)}
    for number in (0, 2, 3, 7):
        on = day(number)
        assert reader.runs(on) == [run for run in whole if run.on == on]
        for most in (1, 5):
            assert reader.latest_runs(most) == whole[-most:]
            before = [run for run in whole if run.snapshot_on < on]
            assert reader.latest_runs(most, on) == before[-most:]
        seen = {run.snapshot_on for run in whole if run.on < on}
        assert reader.snapshots_seen(on) == seen & saved
        for playbook in PLAYBOOKS:
            evaluated = [run for run in whole if run.on < on and playbook in run.playbooks]
            last = evaluated[-1] if evaluated else None
            assert reader.last_evaluation(playbook, on) == last


def test_values_of_snapshots(reader: StoreView) -> None:
    histories = {
        each.record.snapshot_on: (each.history, each.carried)
        for each in DAYS
        if each.history is not None
    }
    histories.pop(day(0), None)
    assert reader.history_days() == sorted(histories)
    assert reader.history(day(0), ["arr"]).is_empty()
    assert reader.history_fields(day(0)) == set()
    assert reader.carried(day(0)).is_empty()
    for on, (values, carried) in histories.items():
        assert reader.history_fields(on) == {*values.columns} - {"account_id"}
        for stretch in STRETCHES:
            kept = [account for account in values["account_id"] if in_stretch(account, stretch)]
            found = reader.history(on, ["seats", "none", "account_id", "arr"], stretch)
            order = [name for name in ("account_id", "seats", "arr") if name in values.columns]
            assert found.columns == order
            expected = values.filter(pl.col("account_id").is_in(kept)).select(order)
            assert found.rows() == expected.rows()
            older = [] if carried is None else carried.rows()
            some = [row for row in older if in_stretch(row[0], stretch)]
            assert sorted(reader.carried(on, stretch).rows(), key=str) == sorted(some, key=str)


def test_bad_values_of_the_last_run_of_a_date(reader: StoreView) -> None:
    last = {each.record.on: each.quarantined for each in DAYS}
    for number in range(LAST + 1):
        rows = last.get(day(number), [])
        expected = sorted((row["row"], row["account_id"], row["field"]) for row in rows)
        found = reader.quarantine(day(number))
        assert found.select("row", "account_id", "field").rows() == expected


def test_what_only_a_store_is_asked(stored: Reader) -> None:
    for number, each in enumerate(DAYS, 1):
        added = [(row["action_id"], row["revision"]) for row in each.entries]
        found = stored.entries_of(number).select("action_id", "revision").rows()
        assert sorted(found) == sorted(added)
    assert stored.entries_of(len(DAYS) + 1).is_empty()
    for number in range(LAST + 1):
        since, until = day(number), day(4)
        current = [
            row
            for row in LATEST
            if row["status"] in ("issued", "postponed")
            and row["issued_on"] <= until
            and any((row[name] or since - LONGEST_WAIT) >= since for name in DATES)
        ]
        assert stored.current(since, until).rows() == listed(current)
        read = {each.record.snapshot_on for each in DAYS if each.record.on < since}
        assert stored.snapshots_read(since) == read
        happened = [
            row["number"] for row in OUTCOME_ROWS if row["on"] >= since or row["until"] >= since
        ]
        assert stored.outcomes(since=since)["number"].to_list() == happened
    again = {
        (row["playbook"], row["step"], row["action"]) for row in EVERY if "+" in row["occurrence"]
    }
    assert {*stored.reminded().rows()} == again


DATES = ("issued_on", "due_on", "contact_on")


def test_the_whole_ledger_is_read_if_it_is_small_and_in_the_table(
    readers: dict[str, Any],
) -> None:
    whole = readers["table"].whole_ledger(len(EVERY))
    assert whole.rows() == listed(EVERY)
    assert readers["table"].whole_ledger(len(EVERY) - 1) is None
    assert readers["files"].whole_ledger(10 * len(EVERY)) is None


def test_a_postponed_action_is_looked_for_two_years_long(tmp_path: Path) -> None:
    waiting = [
        entry(f"{days}", status="postponed", planned_on=day(0), due_on=day(0)) for days in (1, 2)
    ]
    waiting[1] |= {"planned_on": day(1)}
    with Store.open(tmp_path / "store") as store:
        with store.begin(day(0), 1, day(0)) as part:
            part.add(table(STATES, []), table(LEDGER, waiting), table(ENDED, []))
            part.finish(record(0), table(QUARANTINE, []))
        for days, expected in ((732, ["1", "2"]), (733, ["2"]), (734, [])):
            assert store.pending(day(days))["action_id"].to_list() == expected


@pytest.mark.parametrize(
    ("accounts", "most", "asked"), [(10_000, 1, 0), (10_001, 1, 1), (10_000, 0, 1)]
)
def test_below_a_preview_of_several_dates_a_small_store_is_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, accounts: int, most: int, asked: int
) -> None:
    with Store.open(tmp_path / "store") as store:
        DAYS[0].into(store)
    # One entry fewer than there are is too few.
    monkeypatch.setattr(overlay, "FEW_ENTRIES", len(DAYS[0].entries) - 1 + most)
    found = Overlay(Reader(tmp_path / "store", FORMER))
    for number in (1, 2):
        made = replace(DAYS[number], entries=[], outcomes=[], moves=[], history=None, carried=None)
        replace(made, record=replace(made.record, snapshot_rows=accounts)).into(found)
    ids = pl.Series([id_of(1)])
    questions: list[Callable[[], Any]] = [
        found.ledger,
        lambda: found.pending(day(0)),
        lambda: found.known(ids),
        lambda: found.revisions(ids),
        lambda: found.outcomes(actions=ids),
        lambda: found.history(day(0), ["arr"]),
        lambda: found.carried(day(0)),
    ]
    before = [question().rows() for question in questions]
    opened: list[object] = []
    connect = connection.connect_reader
    monkeypatch.setattr(
        connection, "connect_reader", lambda root: opened.append(root) or connect(root)
    )
    for question, rows in zip(questions, before, strict=True):
        opened.clear()
        assert question().rows() == rows
        assert len(opened) == asked
