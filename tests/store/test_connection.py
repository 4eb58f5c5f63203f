"""Connections to a folder's database: how they write and wait, and what they leave alone."""

from __future__ import annotations

import sqlite3
from contextlib import closing, nullcontext
from pathlib import Path
from unittest import mock

import pytest
from support.store_rows import commit, entry, record
from tenure.engine.core.problems import Problems
from tenure.engine.store import Reader, Store, connection, postgres, seals, sqlite_schema
from tenure.engine.workspace.store_address import StoreAddress


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


ADDRESS = StoreAddress("/srv/files", "postgresql://db/crm", "tenure")


class Server:
    """A database of a server, as the store opens it: with tables of a layout, or without any."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, layout: int | None) -> None:
        self.database = mock.Mock(spec=postgres.ServerDatabase)
        self.said: list[str] = []
        self.database.execute.side_effect = self._execute
        self.created: list[str] = []
        self._layout, self._really = layout, sqlite_schema.create_tables
        monkeypatch.setattr(postgres, "connect_server", lambda _: self.database)
        monkeypatch.setattr(postgres, "has_tables", lambda _: layout is not None)
        monkeypatch.setattr(postgres, "create_schema", lambda _: self.created.append("schema"))
        monkeypatch.setattr(sqlite_schema, "create_tables", self._create)
        monkeypatch.setattr(seals, "check_seals", lambda *_: self.said.append("checked"))

    def _create(
        self, database: connection.Database, dialect: sqlite_schema.Dialect = sqlite_schema.SQLITE
    ) -> None:
        if database is not self.database:
            self._really(database, dialect)
            return
        self.created.append("tables" if dialect is sqlite_schema.POSTGRES else "other")

    def _execute(self, statement: str, *_: object) -> mock.Mock:
        self.said.append(statement)
        found = (7 if self._layout is None else self._layout,)
        return mock.Mock(fetchone=lambda: found)

    @property
    def closed(self) -> bool:
        return bool(self.database.close.called)


def test_tables_are_made_on_a_server_that_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(monkeypatch, None)
    assert connection.connect_writer(ADDRESS) is server.database
    assert server.created == ["schema", "tables"]
    assert server.said[-1] == "checked"
    assert not server.closed
    again = Server(monkeypatch, 7)
    assert connection.connect_writer(ADDRESS) is again.database
    assert again.created == []


def test_a_connection_to_a_layout_that_is_not_known_is_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for layout, code in ((5, "store-older"), (8, "store-newer")):
        server = Server(monkeypatch, layout)
        for connect in (connection.connect_writer, connection._server_reader):
            server.database.close.reset_mock()
            with pytest.raises(Problems) as raised:
                connect(ADDRESS)
            assert raised.value.problems[0].code == code
            assert server.closed


def test_a_writer_whose_store_is_damaged_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(monkeypatch, 7)

    def damaged(*_: object) -> None:
        raise Problems([])

    monkeypatch.setattr(seals, "check_seals", damaged)
    with pytest.raises(Problems):
        connection.connect_writer(ADDRESS)
    assert server.closed


def test_a_reader_of_a_server_reads_in_one_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(monkeypatch, 7)
    with connection.connect_reader(ADDRESS) as database:
        assert database is server.database
        assert connection.in_file(database)
        assert server.said[-2:] == ["BEGIN", "checked"]
        assert not server.closed
    assert server.closed
    with connection.connect_reader(ADDRESS, unchecked=True):
        assert server.said[-1] == "BEGIN"
    # One without tables reads as an empty store, and nothing is made there.
    none = Server(monkeypatch, None)
    with connection.connect_reader(ADDRESS) as database:
        assert database is not none.database
        assert none.closed
        assert not connection.in_file(database)
    assert (none.said, none.created) == ([], [])


def test_a_commit_in_doubt_is_looked_at_once_no_commit_is_under_way(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    server = Server(monkeypatch, 7)
    with connection.connect_after(ADDRESS) as database:
        assert database is server.database
        assert server.said == ["BEGIN IMMEDIATE"]
        assert not server.closed
    assert server.closed
    with Store.open(tmp_path / "store") as store:
        commit(store, record(0))
    with connection.connect_after(tmp_path / "store") as database:
        assert database.execute("SELECT max(run) FROM runs").fetchone() == (1,)


def test_files_are_deleted_at_once_in_a_folder_and_on_a_server_where_nothing_reads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = Server(monkeypatch, 7)
    for free in (True, False):
        monkeypatch.setattr(postgres, "without_readers", lambda _: nullcontext(free))  # noqa: B023
        with connection.after_readers(server.database) as found:
            assert found is free
        with (
            closing(connection.connect_empty()) as folder,
            connection.after_readers(folder) as found,
        ):
            assert found is True
    connection.set_pragma(server.database, "secure_delete = ON")
    assert server.said == []


def test_a_database_that_another_program_gave_a_log_gets_its_journal_back(tmp_path: Path) -> None:
    """Write-ahead logs of some versions of SQLite can corrupt a database."""
    root = tmp_path / "store"
    with Store.open(root) as store:
        commit(store, record(0))
    with closing(sqlite3.connect(root / "store.db")) as other:
        assert other.execute("PRAGMA journal_mode = WAL").fetchone() == ("wal",)
    with Store.open(root) as store:
        assert settings(store._database)[0] == "delete"
    assert Reader(root).last_committed() == record(0).on
