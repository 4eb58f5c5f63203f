"""A row that an index of the ledger hides is found at the start of a run; sessions and scans of a run are few."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from support.store_rows import commit_tables
from support.workspaces import RENEWAL, SETTINGS, snapshot, workspace
from tenure.engine.core.problems import Problems
from tenure.engine.core.schemas import ENDED, LEDGER, QUARANTINE, STATES
from tenure.engine.project.loading import load_project
from tenure.engine.runs import stages
from tenure.engine.runs.running import run
from tenure.engine.store import (
    Reader,
    RunRecord,
    Store,
    chain,
    connection,
    index_checks,
    parquet_files,
    sqlite_schema,
)

FIRST = dt.date(2026, 1, 1)
RUNS = 4
ALL_MOVE = SETTINGS + "brake: {dates: 100 %}\n"
"""The dates of all accounts move each day, which would stop a run."""
ENTRIES = 3
"""Of each run; their numbers are 1 to 12."""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A store of twelve entries."""
    return store_of(tmp_path / "store")


def store_of(root: Path, *, waiting: bool = False) -> Path:
    """A store of twelve contacts, made or waiting."""
    with Store.open(root) as store:
        for number in range(RUNS):
            commit(store, number, waiting)
    return root


def commit(store: Store, number: int, waiting: bool = False) -> None:
    on = FIRST + dt.timedelta(days=number)
    status = {"status": "postponed"} if waiting else {"status": "issued", "contact_on": on}
    rows = [
        dict.fromkeys(LEDGER)
        | {"action_id": f"{number}.{n}", "revision": 1, "account_id": f"a{number}{n}"}
        | {"playbook": "renewal", "due_on": on, "planned_on": on}
        | status
        for n in range(ENTRIES)
    ]
    tables = (pl.DataFrame(schema=schema) for schema in (ENDED, QUARANTINE))
    record = RunRecord(on, 1, on, on, "ab", 1, 0, {"renewal": "cd"}, "1.0", [])
    commit_tables(
        store, record, pl.DataFrame(schema=STATES), pl.DataFrame(rows, schema=LEDGER), *tables
    )


def hide(root: Path, index: str, number: int) -> None:
    """Take one row out of an index, as a page of it that rotted would."""
    written = sqlite_schema.LEDGER_INDEXES[index]
    without = f"{written} {'AND' if 'WHERE' in written else 'WHERE'} entry <> {number}"
    with closing(sqlite3.connect(root / "store.db", isolation_level=None)) as database:
        database.execute(f"DROP INDEX {index}")
        database.execute(without)
        database.execute("PRAGMA writable_schema = ON")
        database.execute("UPDATE sqlite_master SET sql = ? WHERE name = ?", [written, index])


def found(root: Path) -> str | None:
    try:
        with Store.open(root):
            return None
    except Problems as raised:
        (problem,) = raised.problems
        assert problem.code == "store-damaged"
        return problem.message.rpartition(": ")[2]


def test_every_index_of_the_ledger_is_looked_through() -> None:
    assert index_checks._COLUMNS.keys() == sqlite_schema.LEDGER_INDEXES.keys()
    for index, columns in index_checks._COLUMNS.items():
        assert f"({', '.join(columns)})" in sqlite_schema.LEDGER_INDEXES[index]


@pytest.mark.parametrize("index", sqlite_schema.LEDGER_INDEXES)
@pytest.mark.parametrize("number", [1, 7, 12])
def test_a_row_that_an_index_hides_stops_a_run(tmp_path: Path, index: str, number: int) -> None:
    root = store_of(tmp_path / "store", waiting=index == "entries_waiting")
    assert found(root) is None
    hide(root, index, number)
    assert found(root) == f"its index {index} hides 1 entries of the ledger"


def test_each_row_has_its_turn_and_no_run_looks_up_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_checks, "SLICE", 10)
    seen: Counter[int] = Counter()
    for run_number in range(1, 56):
        last = chain.START._replace(run=run_number, entries_to=100)
        after, to = index_checks.slice_of(last)
        assert to - after == 10
        seen.update(range(after + 1, to + 1))
    # 55 slices of 10 rows, over 100 rows and 10 numbers before them: five for each row, give or take.
    assert {seen[number] for number in range(1, 101)} <= {4, 5, 6}


def test_a_row_of_an_earlier_run_is_found_where_its_slice_is_due(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_checks, "SLICE", 2)
    hide(root, "entries_action", 5)
    # The newest two rows are 11 and 12.
    monkeypatch.setattr(index_checks, "slice_of", lambda _last: (5, 7))
    assert found(root) is None
    monkeypatch.setattr(index_checks, "slice_of", lambda _last: (4, 6))
    assert found(root) == "its index entries_action hides 1 entries of the ledger"


def test_the_newest_rows_are_looked_up_whatever_slice_is_due(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_checks, "slice_of", lambda _last: (0, 1))
    monkeypatch.setattr(index_checks, "SLICE", 3)
    hide(root, "entries_action", 11)
    assert found(root) == "its index entries_action hides 1 entries of the ledger"


def test_what_sqlite_keeps_for_a_while_stays_in_memory(root: Path) -> None:
    for database in (connection._connect(root, "ro"), connection.connect_writer(root)):
        with closing(database):
            (store,) = database.execute("PRAGMA temp_store").fetchone()
            (checked,) = database.execute("PRAGMA cell_size_check").fetchone()
        # 2 is MEMORY.
        assert (store, checked) == (2, 1)


def three_days(root: Path) -> Path:
    """A workspace with three days of snapshots."""
    workspace(root, {"renewal": RENEWAL}, ALL_MOVE)
    for number in range(3):
        on = FIRST + dt.timedelta(days=number)
        accounts: list[dict[str, Any]] = [
            {"account_id": f"a{n}", "status": "active", "renewal_date": on + dt.timedelta(days=n)}
            for n in range(40)
        ]
        snapshot(root, on, accounts)
    return root


@pytest.mark.parametrize(("size", "most", "scans"), [(500_000, 0, 3), (20, 2 * 8 + 3, 2 * 3)])
def test_an_ordinary_day_opens_and_scans_the_store_a_bounded_number_of_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, most: int, scans: int
) -> None:
    """A day of one part needs no connection but the writer's."""
    monkeypatch.setattr(stages, "BATCH", size)
    root = three_days(tmp_path / "w")
    counts: Counter[str] = Counter()

    def counted(owner: object, name: str) -> None:
        honest = getattr(owner, name)

        def count(*given: Any, **named: Any) -> Any:
            counts[name] += 1
            return honest(*given, **named)

        monkeypatch.setattr(owner, name, count)

    counted(connection, "connect_reader")
    counted(parquet_files, "_links_in")
    project = load_project(root)
    days = []
    for number in range(3):
        counts.clear()
        run(project, FIRST + dt.timedelta(days=number))
        days.append(counts.copy())
    # Each of two parts in threads: states, known actions, contacts, pending actions, tasks in place of contacts, the
    # earlier values by which its date is doubted, with what is carried of them, and what is carried on. And all
    # together: what is saved of which snapshots.
    assert max(day["connect_reader"] for day in days) <= most
    # One at the start, and another after the first journal of the database came and went, in each thread.
    assert max(day["_links_in"] for day in days) <= scans
    assert max(day["connect_reader"] for day in days[1:]) == days[1]["connect_reader"]
    counts.clear()
    reader = Reader(root / "store")
    for _ in range(20):
        reader.runs()
    assert counts["_links_in"] <= 1


def test_no_statement_of_a_run_reads_a_whole_table_of_the_ledger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that scans entries, ended enrolments or texts takes longer every day."""
    root = three_days(tmp_path / "w")
    plans: set[tuple[str, str]] = set()

    class Explaining(sqlite3.Connection):
        """A connection that notes SQLite's plan of each statement."""

        def execute(self, statement: str, *values: Any) -> sqlite3.Cursor:
            if statement.startswith(("SELECT", "INSERT", "UPDATE", "DELETE")):
                asked = super().execute(f"EXPLAIN QUERY PLAN {statement}", *values)
                plans.update((statement, row[3]) for row in asked)
            return super().execute(statement, *values)

    connect = sqlite3.connect
    project = load_project(root)
    run(project, FIRST)
    monkeypatch.setattr(
        sqlite3, "connect", lambda *given, **named: connect(*given, factory=Explaining, **named)
    )
    for number in (1, 2):
        run(project, FIRST + dt.timedelta(days=number))
    scans = [
        (plan, statement)
        for statement, plan in sorted(plans)
        if plan.startswith(("SCAN entries", "SCAN ends", "SCAN texts", "SCAN replaced"))
        # It stops after a number of rows.
        and not statement.endswith("LIMIT ?) AS counted")
    ]
    assert scans == []
    # The indexes by date are what pending actions and contacts are found with.
    used = " ".join(plan for _, plan in plans)
    assert "INDEX entries_due" in used
    assert "INDEX entries_contact" in used
