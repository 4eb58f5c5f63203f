"""Connections to a folder's database: how they write and wait, and what they leave alone."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from support.store_rows import commit, entry, record
from tenure.engine.core.problems import Problems
from tenure.engine.store import Reader, Store, connection, sqlite_schema


def settings(database: connection.Database) -> list[object]:
    names = ("journal_mode", "synchronous", "busy_timeout", "cell_size_check", "temp_store")
    return [database.execute(f"PRAGMA {name}").fetchone()[0] for name in names]


def test_a_writer_syncs_all_and_everyone_waits_a_minute(tmp_path: Path) -> None:
    root = tmp_path / "store"
    with Store.open(root) as store:
        # 3 is EXTRA, which syncs the journal's folder; 2 is MEMORY.
        assert settings(store._database) == ["delete", 3, 60_000, 1, 2]
        commit(store, record(0), entries=[entry("1")])
        # A page that is written before the commit would lock readers out.
        assert store._database.execute("PRAGMA cache_spill").fetchone() == (0,)
    with connection.connect_reader(root) as database:
        assert settings(database)[2:] == [60_000, 1, 2]
        assert database.in_transaction
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            database.execute("DELETE FROM runs")


def test_what_is_in_no_file_is_told_from_a_store(tmp_path: Path) -> None:
    with connection.connect_reader(tmp_path / "none") as database:
        assert not connection.in_file(database)
        assert database.execute("SELECT count(*) FROM runs").fetchone() == (0,)
    with Store.open(tmp_path / "store"):
        pass
    with connection.connect_reader(tmp_path / "store") as database:
        assert connection.in_file(database)
    with closing(connection.connect_empty()) as one, closing(connection.connect_empty()) as other:
        one.execute("DELETE FROM meta")
        assert other.execute("SELECT count(*) FROM meta").fetchone() == (3,)


@pytest.mark.parametrize(
    ("layout", "code"),
    [
        (sqlite_schema.OLDEST_LAYOUT - 1, "store-older"),
        (1, "store-older"),
        (sqlite_schema.OLDEST_LAYOUT, None),
        (sqlite_schema.LAYOUT_VERSION, None),
        (sqlite_schema.LAYOUT_VERSION + 1, "store-newer"),
    ],
)
def test_layouts_between_the_oldest_and_the_present_one_are_read(
    layout: int, code: str | None
) -> None:
    if code is None:
        connection._refuse_version(layout, Path("store"))
        return
    with pytest.raises(Problems) as raised:
        connection._refuse_version(layout, Path("store"))
    assert [problem.code for problem in raised.value.problems] == [code]


def test_a_new_store_has_sixteen_buckets_and_a_number_that_no_other_has(tmp_path: Path) -> None:
    ids = set()
    for number in range(3):
        with Store.open(tmp_path / f"{number}") as store:
            assert sqlite_schema.meta(store._database, "buckets") == 16
            assert sqlite_schema.meta(store._database, "version") == 7
            ids.add(sqlite_schema.meta(store._database, "id"))
    assert len(ids) == 3
    assert all(0 < id < 2**62 for id in ids)


def test_a_name_of_a_folder_is_no_part_of_an_address(tmp_path: Path) -> None:
    root = tmp_path / "50% of #1?mode=rw&x=é"
    with Store.open(root) as store:
        commit(store, record(0))
    assert Reader(root).last_committed() == record(0).on
    assert [path.name for path in tmp_path.iterdir()] == [root.name]
