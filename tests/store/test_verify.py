"""A survey of a store: how much of each kind is as it was written, and which of it is not."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import ExitStack
from pathlib import Path

import polars as pl
import pytest
from support.store_rows import commit, commit_tables, day, entry, record, state, table
from tenure.engine.core.schemas import ENDED, HAND_MOVES, LEDGER, OUTCOMES, QUARANTINE, STATES
from tenure.engine.store import Store, sqlite_schema, state_files, verify
from tenure.engine.store import commit as committing
from tenure.engine.store.verify import survey


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four runs: a base of one bucket and a delta, two files of the ledger and a table, two days of values."""
    root = tmp_path_factory.mktemp("made") / "store"
    with ExitStack() as held:
        patch = held.enter_context(pytest.MonkeyPatch.context())
        patch.setattr(sqlite_schema, "BUCKETS", 2)
        patch.setattr(state_files, "MOST_DELTAS", 1)
        patch.setattr(committing, "MOST_IN_TABLE", 2)
        store = held.enter_context(Store.open(root))
        for number in range(4):
            # A file for the first and the third; no entry for the second.
            rows = [entry(f"{number}-{n}") for n in range((1200, 0, 3, 2)[number])]
            texts = {"tenure.yaml": "same", "playbooks/p.yaml": f"{number // 2}"}
            commit_tables(
                store,
                record(number),
                table(STATES, [state("a", f"{number}")] if number != 3 else []),
                table(LEDGER, rows),
                table(ENDED, []),
                table(QUARANTINE, []),
                pl.DataFrame({"account_id": ["a"], "arr": [float(number)]}) if number < 2 else None,
                texts=texts,
            )
        done = [{"action_id": "3-0", "outcome": "done", "on": day(3)}] * 2
        moves = [{"move": "hold", "account_id": "a", "on": day(3)}]
        store.record(table(OUTCOMES, done), table(HAND_MOVES, moves))
    return root


@pytest.fixture
def root(made: Path, tmp_path: Path) -> Path:
    """A copy to damage."""
    return Path(shutil.copytree(made, tmp_path / "store"))


def held(root: Path) -> dict[str, tuple[str, str]]:
    return {each.kind: (each.holds, each.lost) for each in survey(root).holdings}


WHOLE = {
    "runs": ("1 to 4, 2026-01-01 to 2026-01-04", ""),
    "ledger": ("1,205 entries", ""),
    "states": ("1 buckets, 1 days of changes", ""),
    "history": ("2 days, 2026-01-01 to 2026-01-02", ""),
    "outcomes": ("2 of actions, 1 moves by hand", ""),
    "texts": ("3 in 2 versions", ""),
}


def test_a_whole_store_holds_all_that_was_written(root: Path) -> None:
    assert verify(root) == []
    assert held(root) == WHOLE


@pytest.mark.parametrize(
    ("pattern", "kind", "holds", "lost"),
    [
        ("ledger/*-00000001-*", "ledger", "5 entries", "1,200 entries of run 1 ({})"),
        ("ledger/*-00000003-*", "ledger", "1,202 entries", "3 entries of run 3 ({})"),
        ("states/*base*", "states", "0 buckets, 1 days of changes", "bucket 1"),
        ("states/*delta*", "states", "1 buckets, 0 days of changes", "the changes of run 3"),
        ("history/*-01-01-*", "history", "1 days, 2026-01-02 to 2026-01-02", "2026-01-01"),
        ("history/*-01-02-*", "history", "1 days, 2026-01-01 to 2026-01-01", "2026-01-02"),
        ("history/*", "history", "none", "2026-01-01, 2026-01-02"),
    ],
)
def test_what_is_lost_is_named_and_the_rest_still_holds(
    root: Path, pattern: str, kind: str, holds: str, lost: str
) -> None:
    found = sorted(root.glob(pattern))
    for path in found:
        path.unlink()
    expected = lost.format(f"ledger/{found[0].name}")
    assert held(root) == WHOLE | {kind: (holds, expected)}
    messages = [problem.message for problem in verify(root)]
    assert messages == [f"the store {root} is damaged: {path} is missing" for path in found]


def test_rows_that_changed_put_all_of_the_database_in_doubt(root: Path) -> None:
    with sqlite3.connect(root / "store.db") as database:
        database.execute("UPDATE entries SET late_days = 7 WHERE entry = 1")
    database.close()
    doubt = "see the problems of the database"
    in_database = ("runs", "ledger", "outcomes", "texts")
    assert held(root) == WHOLE | {kind: (WHOLE[kind][0], doubt) for kind in in_database}
    (path,) = root.glob("ledger/*-00000003-*")
    path.unlink()
    assert held(root)["ledger"] == (
        "1,202 entries",
        f"3 entries of run 3 (ledger/{path.name}), {doubt}",
    )


def test_a_store_without_a_run_holds_nothing_and_one_that_cannot_be_read_has_no_survey(
    tmp_path: Path,
) -> None:
    with Store.open(tmp_path / "new"):
        pass
    nothing = {kind: holds for kind, (holds, _) in held(tmp_path / "new").items()}
    assert nothing == {
        "runs": "none",
        "ledger": "0 entries",
        "states": "0 buckets, 0 days of changes",
        "history": "none",
        "outcomes": "0 of actions, 0 moves by hand",
        "texts": "0 in 0 versions",
    }
    with Store.open(tmp_path / "store") as store:
        commit(store, record(0))
    (tmp_path / "store" / "store.db").unlink()
    result = survey(tmp_path / "store")
    assert result.holdings == ()
    assert [problem.code for problem in result.problems] == ["store-damaged"]
