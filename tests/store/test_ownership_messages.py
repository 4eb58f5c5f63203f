"""A folder that is no store, in these words: what it holds instead, or what is missing."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from support.store_rows import commit, record, state
from tenure.engine.core.problems import Problems
from tenure.engine.store import Reader, Store, file_names, ownership

DELTA = "states/tenure-delta-00000001-0a1b2c3d-000.parquet"
NOT_OURS = "its store.db is not a database of Tenure"


def database(path: Path, statement: str) -> None:
    path.parent.mkdir(exist_ok=True)
    made = sqlite3.connect(path)
    made.execute(statement)
    made.commit()
    made.close()


def said(root: Path) -> str | None:
    """What a reader says of the folder; None if it may become a store, or is one."""
    try:
        Reader(root).runs()
    except Problems as raised:
        (problem,) = raised.problems
        begins = {
            "store-foreign": f"the folder {root} cannot be the store: ",
            "store-damaged": f"the store {root} is damaged: ",
        }[problem.code]
        assert problem.message.startswith(begins)
        return f"{problem.code[6:]}: {problem.message.removeprefix(begins)}"
    return None


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, None),
        ({"lock": ""}, None),
        ({"lock": "", "store.db-journal": "x", ".gitignore": "*"}, None),
        # What a killed first run left of its note may be there.
        ({"tenure-newest-run.json.0a1b2c3d.partial": "x"}, None),
        ({".DS_Store": "x", "lost+found/x": "x"}, None),
        ({"store.db": ""}, None),
        ({"states/.DS_Store": "x"}, None),
        ({"store.db": "text"}, f"foreign: {NOT_OURS}"),
        ({"b.csv": "x", "a.csv": "x"}, "foreign: it holds a.csv"),
        ({"ledger/z.csv": "x", "history/b.csv": "x"}, "foreign: it holds history/b.csv"),
        ({"z.csv": "x", "ledger/a.csv": "x"}, "foreign: it holds z.csv"),
        ({"states": "a file"}, "foreign: it holds states"),
        ({DELTA: "x"}, "damaged: store.db is missing"),
        ({DELTA: "x", "z.csv": "x"}, "damaged: store.db is missing"),
        ({"tenure-newest-run.json": "x"}, "damaged: store.db is missing"),
        ({DELTA: "x", "store.db": ""}, "damaged: store.db is empty or not a database"),
        ({DELTA: "x", "store.db": "text"}, "damaged: store.db is empty or not a database"),
    ],
)
def test_a_folder_without_a_database(
    tmp_path: Path, files: dict[str, str], expected: str | None
) -> None:
    root = tmp_path / "store"
    root.mkdir()
    for name, content in files.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(content)
    assert said(root) == expected
    if expected is None:
        assert not ownership.is_store_folder(root)


@pytest.mark.parametrize(
    ("statement", "alone", "with_files"),
    [
        ("CREATE TABLE songs (title)", f"foreign: {NOT_OURS}", None),
        ("CREATE TABLE meta (key, value)", f"foreign: {NOT_OURS}", None),
        ("VACUUM", None, "damaged: store.db is empty"),
    ],
)
def test_a_database_of_another_program(
    tmp_path: Path, statement: str, alone: str | None, with_files: str | None
) -> None:
    root = tmp_path / "store"
    database(root / "store.db", statement)
    assert said(root) == alone
    (root / "states").mkdir()
    (root / DELTA).write_text("x")
    if with_files is None:
        with pytest.raises(Problems) as raised:
            Reader(root).runs()
        assert raised.value.problems[0].code == "store-damaged"
    else:
        assert said(root) == with_files


@pytest.mark.parametrize(("layout", "newer"), [(1, True), (2, True), (3, False)])
def test_a_database_of_an_older_layout_than_the_files_with_it(
    tmp_path: Path, layout: int, newer: bool
) -> None:
    root = tmp_path / "store"
    with Store.open(root) as store:
        commit(store, record(0), [state("a", "x")])
    database(root / "store.db", f"UPDATE meta SET value = {layout} WHERE key = 'version'")
    with pytest.raises(Problems) as raised:
        Reader(root).runs()
    (problem,) = raised.value.problems
    what = f"store.db has layout {layout}, the files with it are newer"
    if newer:
        assert problem.message == f"the store {root} is damaged: {what}"
    else:
        assert problem.code == "store-older"


def test_traces_are_the_files_that_only_a_store_with_a_database_has(tmp_path: Path) -> None:
    root = tmp_path / "store"
    assert ownership.traces(root) == []
    for name in (DELTA, "ledger/notes.txt", "tenure-newest-run.json", "lock", "a.csv"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("x")
    assert ownership.traces(root) == [DELTA, "tenure-newest-run.json"]


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda root: root.write_text("x"), "foreign: it is a file"),
        (
            lambda root: root.with_name("store.tenure-restoring-1").mkdir(),
            "damaged: a restore was stopped before it had put the store in place",
        ),
        (lambda root: root.with_name("stores.tenure-restoring-1").mkdir(), None),
    ],
)
def test_what_is_no_folder(
    tmp_path: Path, make: Callable[[Path], object], expected: str | None
) -> None:
    root = tmp_path / "store"
    make(root)
    assert said(root) == expected


def test_a_workspace_is_in_no_store(tmp_path: Path) -> None:
    ownership.refuse_workspace(tmp_path / "store", tmp_path)
    ownership.refuse_workspace(tmp_path / "store", None)
    for workspace in (tmp_path / "store", tmp_path / "store" / "below"):
        with pytest.raises(Problems, match="it holds the workspace itself"):
            ownership.refuse_workspace(tmp_path / "store", workspace)


@pytest.mark.parametrize(
    ("name", "ours", "sweepable"),
    [
        (DELTA.partition("/")[2], True, True),
        ("tenure-history-2026-01-31-00000012-0a1b2c3d-012.parquet", True, True),
        ("tenure-ledger-00000012-000000010a1b2c3d-000.parquet", True, True),
        ("tenure-newest-run.json.0a1b2c3d.partial", True, True),
        ("tenure-newest-run.json", True, False),
        ("tenure-ledger-00000012-000000010a1b2c3d0a1b2c3d-000.parquet", False, False),
        ("tenure-delta-0000001-0a1b2c3d-000.parquet", False, False),
        ("tenure-delta-00000001-0a1b2c3d-00.parquet", False, False),
        ("tenure-delta-00000001-0A1B2C3D-000.parquet", False, False),
        ("delta-00000001-0a1b2c3d-000.parquet", False, False),
        ("store.db", False, False),
        (".gitignore", False, False),
    ],
)
def test_names_of_ours(name: str, ours: bool, sweepable: bool) -> None:
    assert (file_names.is_ours(name), file_names.is_sweepable(name)) == (ours, sweepable)


def test_names_are_made_of_what_they_are_for() -> None:
    assert file_names.parquet("base", 12, "0a1b2c3d", 7) == (
        "states/tenure-base-00000012-0a1b2c3d-007.parquet"
    )
    assert file_names.parquet("carried", 12, "0a1b2c3d", 7, record(0).on) == (
        "history/tenure-carried-2026-01-01-00000012-0a1b2c3d-007.parquet"
    )
    first = file_names.part_token(17)
    assert first.startswith("00000011")
    assert len(first) == 16
    assert len(file_names.new_token()) == 8
