"""Single bits flipped in a store's files: each is found, or changes nothing that is read."""

from __future__ import annotations

import random
import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from support.store_rows import FIRST, commit, day, entry, record, state
from tenure.engine.core.problems import Problems
from tenure.engine.store import Reader, RunRecord, Store, checksums, seals, verify
from tenure.engine.store import commit as committing
from tenure.engine.store.errors import as_problems
from tenure.engine.store.newest_run import Notes

FLIPS = 40
RUNS = 4


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace's folder with a store of every kind of row; its entries are in volumes."""
    # Entries in the database's own table have digests of their own; these tests are of all else.
    monkeypatch.setattr(committing, "MOST_ENTRIES", 0)
    home = tmp_path / "workspace"
    home.mkdir()
    with Store.open(home / "store", home) as store:
        for n in range(RUNS):
            entries = [entry(f"{n}-{k}", detail=f"{k}" * 30) for k in range(40)]
            entries += [entry(f"{n - 1}-0", 2, "superseded")] if n else []
            ended = [
                {"account_id": f"e{k}", "playbook": "p", "cycle": f"{n}", "ended_on": day(n)}
                for k in range(30)
            ]
            bad = [{"account_id": f"q{k}", "row": k, "field": "arr"} for k in range(30)]
            history = pl.DataFrame(
                {"account_id": [f"a{k}" for k in range(40)], "health_score": [float(n)] * 40}
            )
            changed = [state(f"a{k}", f"s{n}") for k in range(40)]
            commit(store, record(n), changed, entries, ended, bad, history)
    return home


def outcome(home: Path) -> Any:
    """All that can be read; None where a reader or `verify` finds the store damaged."""
    root = home / "store"
    reader = Reader(root)
    try:
        runs: list[RunRecord] = reader.runs()
        read = [
            reader.states(),
            reader.ledger(),
            reader.ledger(history=True),
            reader.ended(),
            *(reader.history(on, ["health_score"]) for on in reader.history_days()),
            *(reader.quarantine(run.on) for run in runs),
        ]
    except Problems:
        return None
    if verify(root) or Notes(root, home).problems():
        return None
    return [runs, *(frame.to_dicts() for frame in read)]


def flip(path: Path, bit: int) -> None:
    content = bytearray(path.read_bytes())
    content[bit // 8] ^= 1 << bit % 8
    path.write_bytes(content)


def test_no_flipped_bit_is_read_as_truth(home: Path, tmp_path: Path) -> None:
    expected = outcome(home)
    assert expected is not None
    chosen, found = random.Random(9), 0
    paths = sorted(path.relative_to(home) for path in home.rglob("*") if path.is_file())
    sizes = [(home / path).stat().st_size for path in paths]
    broken = tmp_path / "broken"
    for _ in range(FLIPS):
        (path,) = chosen.choices(paths, sizes if chosen.random() < 0.5 else None)
        size = (home / path).stat().st_size
        if not size:
            continue
        shutil.copytree(home, broken)
        flip(broken / path, chosen.randrange(8 * size))
        after = outcome(broken)
        assert after in (None, expected), path
        found += after is None
        shutil.rmtree(broken)
    assert found > FLIPS // 3


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE files SET bucket = 3",
        "DELETE FROM files WHERE kind = 'history' AND run = 2",
        "UPDATE runs SET evaluated_on = '2026-01-30' WHERE run = 1",
        "DELETE FROM runs WHERE run = 4",
        "UPDATE meta SET value = 8 WHERE key = 'buckets'",
        "DELETE FROM seals",
    ],
)
def test_small_tables_that_changed_stop_every_reader_and_writer(home: Path, statement: str) -> None:
    change(home, statement)
    for call in (Reader(home / "store").states, lambda: opened(home)):
        assert code_of(call) == "store-damaged"
    assert {problem.code for problem in verify(home / "store")} == {"store-damaged"}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE runs SET issued = issued + 1 WHERE run = 1",
        "UPDATE runs SET counts = '[]' WHERE run = 4",
        "UPDATE ends SET ended_on = ended_on + 1 WHERE entry = 3",
        "DELETE FROM ends WHERE entry = 7",
        "UPDATE replaced SET action_id = '1-9' WHERE action_id = '1-0'",
        "DELETE FROM replaced",
        "UPDATE quarantine SET value = 'x' WHERE run = 1 AND account_id = 'q3'",
        "INSERT INTO quarantine SELECT 9, account_id, row, field, value, reason FROM quarantine",
    ],
)
def test_large_tables_that_changed_are_found_by_verify(home: Path, statement: str) -> None:
    change(home, statement)
    assert {problem.code for problem in verify(home / "store")} == {"store-damaged"}


def test_a_changed_quarantine_is_not_read(home: Path) -> None:
    change(home, "UPDATE quarantine SET value = 'x' WHERE run = 1 AND account_id = 'q3'")
    assert code_of(lambda: Reader(home / "store").quarantine(FIRST)) == "store-damaged"
    assert Reader(home / "store").quarantine(day(1)).height == 30


def test_a_redo_keeps_the_sums(home: Path) -> None:
    again = [
        {"account_id": "e1", "playbook": "p", "cycle": "3", "ended_on": day(3), "outcome": "x"},
        {"account_id": "e1", "playbook": "p", "cycle": "3", "ended_on": day(3), "outcome": "y"},
        {"account_id": "new", "playbook": "p", "cycle": None, "ended_on": day(3)},
    ]
    with Store.open(home / "store", home) as store:
        commit(store, record(3, 2), ended=again)
    assert verify(home / "store") == []
    assert Reader(home / "store").ended(date_from=day(3)).height == 31


def test_a_file_is_hashed_once_in_a_process(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checksums._seen.clear()
    hashed = []
    really = checksums.difference

    def counted(root: Path, file: Any) -> Any:
        hashed.append(file.name)
        return really(root, file)

    monkeypatch.setattr(checksums, "difference", counted)
    reader = Reader(home / "store")
    for _ in range(3):
        reader.states()
        reader.ledger()
    assert len(hashed) == len(set(hashed)) == 2 * RUNS
    path = next((home / "store" / "states").iterdir())
    flip(path, 800)
    assert code_of(reader.states) == "store-damaged"


@pytest.mark.parametrize("value", ["x'ff00'", "7", "'2026-13-45'", "CAST(x'fffe' AS TEXT)"])
def test_a_value_of_another_type_is_a_damaged_store(home: Path, value: str) -> None:
    change(home, f"UPDATE ends SET ended_on = {value} WHERE entry = 3")
    assert code_of(Reader(home / "store").ended) == "store-damaged"


def test_a_panic_of_polars_is_a_damaged_store(tmp_path: Path) -> None:
    def read() -> None:
        with as_problems(tmp_path):
            raise pl.exceptions.PanicException("index out of bounds")

    assert code_of(read) == "store-damaged"


def change(home: Path, statement: str) -> None:
    import sqlite3

    database = sqlite3.connect(home / "store" / "store.db")
    database.execute(statement)
    database.commit()
    database.close()
    seals._checked.clear()


def opened(home: Path) -> None:
    with Store.open(home / "store", home):
        pass


def code_of(call: Any) -> str:
    with pytest.raises(Problems) as raised:
        call()
    return raised.value.problems[0].code
