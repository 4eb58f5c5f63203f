"""Small promises of the store that its other tests would let slip.

Each test fails for one small change of meaning: a limit off by one, a check left out, a folder forgotten.
"""

from __future__ import annotations

import datetime as dt
import io
import os
import shutil
import sqlite3
import stat
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from support.store_rows import commit_tables
from tenure.engine.core.problems import Problems
from tenure.engine.core.schemas import ENDED, LEDGER, QUARANTINE, STATES
from tenure.engine.store import (
    Overlay,
    Reader,
    RunRecord,
    Store,
    connection,
    parquet_files,
    sqlite_schema,
    state_files,
    verify,
    version_texts,
)
from tenure.engine.store import commit as committing
from tenure.engine.store.filters import Filter, as_expression, in_sql
from tenure.engine.store.snapshot_history import outdated

FIRST = dt.date(2026, 1, 1)
DAY = dt.timedelta(days=1)
LATER = FIRST + 30 * DAY


def table(schema: dict[str, pl.DataType], rows: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame([dict.fromkeys(schema) | row for row in rows], schema=schema)


def state(account: str, name: str) -> dict[str, Any]:
    return {"account_id": account, "playbook": "renewal", "state": name}


def entry(action: str, account: str) -> dict[str, Any]:
    shared = {"revision": 1, "playbook": "renewal", "status": "issued"}
    return shared | {
        "action_id": action,
        "account_id": account,
        "due_on": LATER,
        "contact_on": LATER,
    }


def record(number: int) -> RunRecord:
    on = FIRST + dt.timedelta(days=number)
    return RunRecord(on, 1, on, on, "ab", 1, 0, {"renewal": "cd"}, "1.0", [])


def commit(
    store: Store | Overlay,
    number: int,
    changed: list[dict[str, Any]] | None = None,
    entries: list[dict[str, Any]] | None = None,
    history: pl.DataFrame | None = None,
    snapshot_on: dt.date | None = None,
) -> None:
    commit_tables(
        store,
        replace(record(number), snapshot_on=snapshot_on or record(number).snapshot_on),
        table(STATES, changed or []),
        table(LEDGER, entries or []),
        table(ENDED, []),
        table(QUARANTINE, []),
        history,
    )


def files_of(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*.parquet"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a commit of few rows write them to files at once, as one of millions does."""
    monkeypatch.setattr(committing, "MOST_ENTRIES", 1)
    monkeypatch.setattr(committing, "MOST_STATES", 0)


@pytest.mark.usefixtures("large")
def test_the_same_entry_twice_inside_one_file_of_the_ledger_is_refused(root: Path) -> None:
    with Store.open(root) as store:
        twice = [entry("1", "a"), entry("2", "a"), entry("1", "a")]
        with pytest.raises(Problems) as raised:
            commit(store, 0, entries=twice)
        assert raised.value.problems[0].code == "store-duplicate"
        assert "action 1, revision 1," in raised.value.problems[0].message
        assert store.last_committed() is None
        assert store.ledger().is_empty()
    assert files_of(root) == []


def test_the_end_of_a_range_of_accounts_is_not_in_it(root: Path) -> None:
    accounts = ["a", "b", "c"]
    scores = pl.DataFrame({"account_id": accounts, "health_score": [1.0, 2.0, 3.0]})
    with Store.open(root) as store:
        commit(store, 0, [state(account, "x") for account in accounts], history=scores)
    reader = Reader(root)
    assert reader.states(stretch=("a", "c"))["account_id"].to_list() == ["a", "b"]
    assert reader.states(stretch=("c", None))["account_id"].to_list() == ["c"]
    history = reader.history(FIRST, ["health_score"], ("a", "c"))
    assert history["account_id"].to_list() == ["a", "b"]


@pytest.mark.usefixtures("large")
def test_a_range_of_accounts_bounds_the_ledgers_files_too(root: Path) -> None:
    with Store.open(root) as store:
        commit(store, 0, entries=[entry("1", "a"), entry("2", "b"), entry("3", "c")])
    ids = pl.Series(["1", "2", "3"])
    assert Reader(root).known(ids, ("a", "c"))["action_id"].to_list() == ["1", "2"]


@pytest.mark.usefixtures("large")
def test_the_first_and_last_of_the_accounts_asked_for_are_read_of_the_ledgers_files(
    root: Path,
) -> None:
    with Store.open(root) as store:
        commit(store, 0, entries=[entry(f"{n}", account) for n, account in enumerate("abcd")])
    asked = pl.Series(["c", "b"])
    reader = Reader(root)
    assert reader.pending(FIRST, asked)["account_id"].to_list() == ["b", "c"]
    assert reader.contacts(FIRST, accounts=asked)["account_id"].to_list() == ["b", "c"]


@pytest.mark.parametrize("kind", ["delta", "base"])
def test_a_compaction_refuses_other_rows_that_can_be_read(
    root: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state_files, "MOST_DELTAS", 0 if kind == "base" else 1)
    monkeypatch.setattr(sqlite_schema, "BUCKETS", 1)
    with Store.open(root) as store:
        commit(store, 0, [state("a", "true")])
    (path,) = (root / "states").iterdir()
    assert kind in path.name
    # Whole and readable, but not what was written: only its checksum says so.
    changed = pl.read_parquet(path.read_bytes()).with_columns(state=pl.lit("false"))
    changed.write_parquet(path)
    with Store.open(root) as store, pytest.raises(Problems) as raised:
        commit(store, 1, [state("b", "x")])
    assert raised.value.problems[0].code == "store-damaged"
    # Nothing of the commit is left, and the rot is still to be found.
    assert files_of(root) == [f"states/{path.name}"]
    assert len(verify(root)) == 1


@pytest.mark.usefixtures("large")
def test_what_a_commit_had_written_when_it_was_killed_is_swept_in_every_folder(
    root: Path, tmp_path: Path
) -> None:
    killed = tmp_path / "killed"
    with Store.open(root) as store, store.begin(FIRST, 1, FIRST) as part:
        scores = pl.DataFrame({"account_id": ["a"], "health_score": [1.0]})
        rows = [entry("1", "a"), entry("2", "a")]
        part.add(table(STATES, [state("a", "x")]), table(LEDGER, rows), table(ENDED, []), scores)
        shutil.copytree(root, killed)
    # What a kill leaves at this moment: a file in each folder, and none of them is in the list.
    left = files_of(killed)
    assert {name.partition("/")[0] for name in left} == {"history", "ledger", "states"}
    with Store.open(killed):
        pass
    assert files_of(killed) == []


def test_an_overlay_gives_the_states_of_a_range_of_accounts_alone(tmp_path: Path) -> None:
    overlay = Overlay(Reader(tmp_path / "store"))
    commit(overlay, 0, [state("a", "grace"), state("b", "grace"), state("c", "grace")])
    found = overlay.states(stretch=("b", "c"))["account_id"].to_list()
    assert found == ["b"]
    assert overlay.states()["account_id"].to_list() == ["a", "b", "c"]


def test_an_overlay_lists_replaced_revisions_only_if_they_are_asked_for(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store") as store:
        commit(store, 0, entries=[entry("1", "a")])
    overlay = Overlay(Reader(tmp_path / "store"))
    commit(overlay, 1, entries=[entry("2", "a")])
    commit(overlay, 2, entries=[entry(action, "a") | {"revision": 2} for action in ("1", "2")])

    def listed(ledger: pl.DataFrame) -> list[tuple[str, int]]:
        return sorted(ledger.select("action_id", "revision").iter_rows())

    assert listed(overlay.ledger()) == [("1", 2), ("2", 2)]
    assert listed(overlay.ledger(history=True)) == [("1", 1), ("1", 2), ("2", 1), ("2", 2)]


def test_an_overlay_asks_the_store_below_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store.open(tmp_path / "store") as store:
        commit(store, 0)
    overlay = Overlay(Reader(tmp_path / "store"))

    def short_answers(on: dt.date) -> list[object]:
        return [
            overlay.last_committed(),
            overlay.snapshots_seen(on),
            overlay.last_evaluation("renewal", on),
            overlay.history_days(),
            overlay.hand_moves().height,
        ]

    before = short_answers(LATER)
    assert before == [FIRST, set(), record(0), [], 0]
    asked = []
    connect = connection.connect_reader
    monkeypatch.setattr(
        connection, "connect_reader", lambda root: asked.append(root) or connect(root)
    )
    # No run is between these dates, so that the store would say the same of both.
    assert short_answers(LATER + dt.timedelta(days=1)) == before
    assert overlay.runs(LATER) == []
    assert asked == []
    # Of dates that the store has, it is asked.
    assert overlay.last_evaluation("renewal", FIRST) is None
    assert overlay.runs(FIRST) == [record(0)]
    assert len(asked) == 2


def test_a_delta_is_sorted_by_bucket_account_and_playbook() -> None:
    accounts = [f"account {number}" for number in range(40)]
    rows = [state(account, "grace") for account in reversed(accounts)]
    rows += [row | {"playbook": "adoption"} for row in rows]
    content = state_files.encode_delta(table(STATES, rows), 4)
    found = pl.read_parquet(io.BytesIO(content)).select("bucket", "account_id", "playbook")
    expected = [
        (zlib.crc32(account.encode()) % 4, account, playbook)
        for account in accounts
        for playbook in ("adoption", "renewal")
    ]
    assert list(found.iter_rows()) == sorted(expected)


@pytest.mark.parametrize("in_memory", [False, True])
def test_bad_values_are_listed_by_row_account_and_field(tmp_path: Path, in_memory: bool) -> None:
    places = [
        (1, "b", "arr"),
        (2, "a", "arr"),
        (2, "a", "seats"),
        (2, "b", "arr"),
        (10, "a", "arr"),
    ]
    shuffled = [places[number] for number in (4, 2, 0, 3, 1)]
    bad = table(
        QUARANTINE,
        [
            {"row": row, "account_id": account, "field": field, "reason": "not a number"}
            for row, account, field in shuffled
        ],
    )
    nothing = (table(STATES, []), table(LEDGER, []), table(ENDED, []))
    with Store.open(tmp_path / "store") as store:
        target = Overlay() if in_memory else store
        commit_tables(target, record(0), *nothing, bad)
        found = target.quarantine(FIRST).select("row", "account_id", "field")
    assert list(found.iter_rows()) == places


def test_an_overlay_has_seen_a_snapshot_of_below_whose_values_it_saves(tmp_path: Path) -> None:
    """The run below read the snapshot without saving it; a run in memory reads it again for a later date."""
    values = pl.DataFrame({"account_id": ["a"], "health_score": [70.0]})
    stores = []
    for root in (tmp_path / "store", tmp_path / "both"):
        with Store.open(root) as store:
            commit(store, 0)
        stores.append(root)
    overlay = Overlay(Reader(stores[0]))
    commit(overlay, 1, history=values, snapshot_on=FIRST)
    with Store.open(stores[1]) as store:
        commit(store, 1, history=values, snapshot_on=FIRST)
    on = FIRST + dt.timedelta(days=1)
    assert overlay.snapshots_seen(on) == Reader(stores[1]).snapshots_seen(on) == {FIRST}


@pytest.mark.parametrize(
    ("needed", "gone"),
    [(0, []), (1, []), (2, [1]), (3, [1]), (4, [1, 2]), (9, [1, 2])],
)
def test_the_newest_snapshot_up_to_the_date_needed_stays(needed: int, gone: list[int]) -> None:
    days = [FIRST + n * DAY for n in (4, 1, 2)]
    found = outdated(days, FIRST + needed * DAY)
    assert sorted(found) == [FIRST + n * DAY for n in gone]


@pytest.mark.parametrize(
    ("filters", "passing"),
    [
        ([], [1, 2, 3]),
        ([Filter("due_on", ">", FIRST + DAY)], [3]),
        ([Filter("due_on", ">=", FIRST + DAY)], [2, 3]),
        ([Filter("due_on", "<", FIRST + DAY)], [1]),
        ([Filter("due_on", "<=", FIRST + DAY)], [1, 2]),
        ([Filter("due_on", "=", FIRST + DAY)], [2]),
        # Without a value all pass; with no choice, none.
        ([Filter("due_on", "=", None)], [1, 2, 3]),
        ([Filter("step", "in", None), Filter("due_on", ">=", FIRST + DAY)], [2, 3]),
        ([Filter("step", "in", ["a", "c"])], [1, 3]),
        ([Filter("step", "in", [])], []),
        ([Filter("step", "in", ["a", "b"]), Filter("due_on", ">", FIRST)], [2]),
    ],
)
def test_filters_pass_the_same_rows_in_tables_and_in_the_database(
    filters: list[Filter], passing: list[int]
) -> None:
    rows = pl.DataFrame(
        {
            "number": [1, 2, 3],
            "due_on": [FIRST + n * DAY for n in range(3)],
            "step": ["a", "b", "c"],
        }
    )
    assert rows.filter(as_expression(filters))["number"].to_list() == passing
    if not any(isinstance(each.value, list) for each in filters):
        database = sqlite3.connect(":memory:")
        database.execute("CREATE TABLE rows (number, due_on)")
        # Day numbers count from the first day of 1970: 20,454 of them to that of 2026.
        days = [(number, 20_453 + number) for number in (1, 2, 3)]
        database.executemany("INSERT INTO rows VALUES (?, ?)", days)
        texts, values = in_sql(filters)
        query = f"SELECT number FROM rows WHERE {' AND '.join([*texts, 'true'])} ORDER BY number"
        assert [number for (number,) in database.execute(query, values)] == passing
        database.close()


def test_a_folders_name_means_nothing_to_what_reads_its_files(tmp_path: Path) -> None:
    rows = pl.DataFrame({"account_id": ["a"], "arr": [1.0]})
    paths = [tmp_path / "region=eu" / "[old]" / f"{name}.parquet" for name in ("one", "[two]")]
    paths[0].parent.mkdir(parents=True)
    for path in paths:
        path.write_bytes(parquet_files.encode_parquet(rows))
    both = pl.concat([rows, rows])
    assert_frame_equal(parquet_files.read_parquet(paths), both)
    assert_frame_equal(parquet_files.scan_parquet(paths).collect(), both)


def test_a_file_is_synced_with_all_its_bytes_and_then_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[tuple[int, bool, int]] = []

    def fsync(handle: int) -> None:
        status = os.fstat(handle)
        folder = stat.S_ISDIR(status.st_mode)
        synced.append((status.st_ino, folder, 0 if folder else status.st_size))

    monkeypatch.setattr(os, "fsync", fsync)
    path = tmp_path / "note.json"
    parquet_files.replace_synced(path, b"older")
    parquet_files.replace_synced(path, b"newer text")
    folder = (tmp_path.stat().st_ino, True, 0)
    assert synced[1::2] == [folder, folder]
    assert [each[1:] for each in synced[::2]] == [(False, 5), (False, 10)]
    assert synced[2][0] == path.stat().st_ino
    assert path.read_bytes() == b"newer text"
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_current_is_listed_once_for_whichever_date_it_is(root: Path) -> None:
    dates = {
        "all three": (LATER, LATER, LATER),
        "issued": (LATER, FIRST, None),
        "due": (FIRST, LATER, None),
        "reaches": (FIRST, FIRST, LATER),
        "none": (FIRST, FIRST, FIRST),
        "issued too late": (LATER + DAY, LATER, LATER),
    }
    entries = [
        entry(name, "a") | {"issued_on": issued, "due_on": due, "contact_on": contact}
        for name, (issued, due, contact) in dates.items()
    ]
    entries += [entry(status, "a") | {"status": status} for status in ("postponed", "withdrawn")]
    entries[-1] |= {"issued_on": LATER}
    entries[-2] |= {"issued_on": LATER, "contact_on": None}
    with Store.open(root) as store:
        commit(store, 0, entries=entries)
    found = Reader(root).current(LATER, LATER)["action_id"].to_list()
    assert sorted(found) == ["all three", "due", "issued", "postponed", "reaches"]


def test_a_store_from_before_texts_were_stored_has_none(tmp_path: Path) -> None:
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE meta (key, value)")
    database.execute("INSERT INTO meta VALUES ('version', 6)")
    assert version_texts.version_digests(database, 1) == []
    assert version_texts.check_versions(database, tmp_path) == []
    assert version_texts.count_versions(database) == (0, 0)
    assert version_texts.texts_with(database, lambda _: True) == []
    assert version_texts.texts_until(database, 1) == []
    database.close()
