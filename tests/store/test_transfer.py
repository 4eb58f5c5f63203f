"""What is not imported into servers, said before any server is asked."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from unittest import mock

import pytest
from support.store_rows import commit, entry, record
from tenure.engine.core.problems import Problems
from tenure.engine.store import Store, connection, postgres, sqlite_schema
from tenure.engine.store.transfer import copy_tables, import_store
from tenure.engine.workspace.store_address import StoreAddress, StoreRoot

SERVERS = StoreAddress("/nowhere/files", "postgresql://nowhere/crm")


@pytest.fixture(autouse=True)
def no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "connect_server", mock.Mock(side_effect=AssertionError))


@pytest.fixture
def written(tmp_path: Path) -> Path:
    with Store.open(tmp_path / "one") as store:
        commit(store, record(0), [], [entry("0" * 20), entry("named")])
    return tmp_path / "one"


def refused(source: Path, target: StoreRoot = SERVERS) -> str:
    with pytest.raises(Problems) as raised:
        import_store(source, target, None)
    (problem,) = raised.value.problems
    assert problem.code == "store-backup"
    return problem.message


def test_a_folder_is_no_target(written: Path, tmp_path: Path) -> None:
    assert refused(written, tmp_path / "two") == f"the store {tmp_path / 'two'} is on no servers"


def test_a_source_needs_a_store_with_a_run(tmp_path: Path) -> None:
    assert refused(tmp_path / "none") == f"there is no store with a run in {tmp_path / 'none'}"
    with Store.open(tmp_path / "empty"):
        pass
    assert refused(tmp_path / "empty") == f"there is no store with a run in {tmp_path / 'empty'}"


def test_a_source_of_an_older_layout_is_raised_by_a_run_first(
    written: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout = sqlite_schema.LAYOUT_VERSION
    monkeypatch.setattr(sqlite_schema, "LAYOUT_VERSION", layout + 1)
    assert refused(written) == f"the store {written} has layout {layout}, which only a run raises"


def test_a_copy_of_the_tables_has_the_same_rows(written: Path, tmp_path: Path) -> None:
    (tmp_path / "two").mkdir()
    with (
        connection.connect_reader(written) as old,
        closing(connection.connect_writer(tmp_path / "two")) as new,
    ):
        new.execute("BEGIN IMMEDIATE")
        copy_tables(old, new)
        new.execute("COMMIT")
        tables = [
            name
            for (name,) in old.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if not name.startswith("sqlite_")
        ]
        assert {"entries", "runs", "meta"} <= {*tables}
        for name in tables:
            query = f"SELECT * FROM {name} ORDER BY 1, 2"
            assert new.execute(query).fetchall() == old.execute(query).fetchall()
