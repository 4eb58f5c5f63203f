"""Parts written by other processes: adopted whole, or not at all, and swept if no commit names them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from support.store_rows import FIRST, record, table
from tenure.engine.core.problems import Problems
from tenure.engine.core.schemas import ENDED, LEDGER, READER, STATES
from tenure.engine.store import PartFiles, Store, commit, file_names, verify

ACCOUNTS = ("a", "b", "c", "d")


def states(account: str) -> pl.DataFrame:
    fixed = {"playbook": "renewal", "cycle": "2026", "state": "notice", "opened_on": FIRST}
    return table(STATES, [{"account_id": account, **fixed}])


def entries(account: str) -> pl.DataFrame:
    fixed = {"revision": 1, "status": "issued", "due_on": FIRST, "evaluated_on": FIRST}
    return table(LEDGER, [{"action_id": f"id-{account}", "account_id": account, **fixed}])


def history(account: str) -> pl.DataFrame:
    return pl.DataFrame({"account_id": [account], "health_score": [50.0]})


def written(store: Path) -> list[str]:
    return sorted(path.name for path in store.rglob("tenure-*.parquet"))


def write(writer: commit.PartWriter, number: int) -> PartFiles:
    account = ACCOUNTS[number]
    nothing = table(ENDED, [])
    return writer.write(number, states(account), entries(account), nothing, history(account))


@pytest.mark.parametrize("most", [2, 400_000])
def test_attempts_that_no_commit_names_are_swept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(commit, "MOST_STATES", most)
    monkeypatch.setattr(commit, "MOST_ENTRIES", most)
    root = tmp_path / "store"
    with Store.open(root) as store, store.begin(FIRST, 1, FIRST) as begun:
        writer = begun.part_writer()
        attempts = [[write(writer, number) for _ in range(3)] for number in range(4)]
        for number, each in enumerate(attempts):
            begun.adopt(each[number % 3])
        begun.finish(record(0), pl.DataFrame())
        late = write(writer, 0)
    left = len(written(root))
    with Store.open(root) as store:
        named = 4 if most > 2 else 12
        # A delta of the rows of small files, or each part's; the history's are small and large alike.
        assert len(written(root)) == named + (1 if most > 2 else 0) < left
        assert not any((root / file.name).exists() for file in late.files)
        assert store.states()["account_id"].to_list() == list(ACCOUNTS)
        assert store.ledger()["action_id"].to_list() == [f"id-{each}" for each in ACCOUNTS]
        assert_frame_equal(
            store.history(FIRST, ["health_score"]), pl.concat(map(history, ACCOUNTS))
        )
    assert verify(root) == []


def test_a_file_that_is_not_as_written_stops_the_commit(tmp_path: Path) -> None:
    root = tmp_path / "store"
    with Store.open(root) as store:
        with store.begin(FIRST, 1, FIRST) as begun:
            part = write(begun.part_writer(), 0)
            file = root / part.files[-1].name
            file.write_bytes(file.read_bytes()[:-1] + b"\0")
            with pytest.raises(Problems) as caught:
                begun.adopt(part)
        assert [each.code for each in caught.value.problems] == ["store-damaged"]
        assert store.last_committed() is None
    with Store.open(root):
        assert written(root) == []


def test_a_part_that_is_gone_stops_the_commit(tmp_path: Path) -> None:
    root = tmp_path / "store"
    with Store.open(root) as store:
        with store.begin(FIRST, 1, FIRST) as begun:
            part = write(begun.part_writer(), 0)
            (root / part.files[0].name).unlink()
            with pytest.raises(Problems):
                begun.adopt(part)
        assert store.last_committed() is None


def test_an_action_that_the_ledger_has_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commit, "MOST_ENTRIES", 2)
    next_day = FIRST + dt.timedelta(days=1)
    with Store.open(tmp_path / "store") as store:
        with store.begin(FIRST, 1, FIRST) as begun:
            begun.adopt(write(begun.part_writer(), 0))
            begun.finish(record(0), pl.DataFrame())
        with store.begin(next_day, 1, next_day) as begun:
            part = write(begun.part_writer(), 0)
            with pytest.raises(Problems) as caught:
                begun.adopt(part)
        assert [each.code for each in caught.value.problems] == ["store-duplicate"]


def test_files_of_parts_are_in_the_order_of_the_parts() -> None:
    names = [
        file_names.parquet("history", 3, file_names.part_token(n), 0, FIRST) for n in range(300)
    ]
    assert names == sorted(names)
    assert all(file_names.is_sweepable(name.rpartition("/")[2]) for name in names)


VALUES = history("a")
CARRIED = VALUES.with_columns(pl.lit(None, pl.String).alias(READER))


@pytest.mark.parametrize(
    ("history", "carried", "kinds", "carries"),
    [
        (None, None, [], False),
        (VALUES, None, ["history"], True),
        (None, CARRIED, ["carried"], True),
        (VALUES, CARRIED, ["history", "carried"], True),
        # None carried any more replaces what was, and needs no file; a snapshot without accounts has one.
        (None, CARRIED.clear(), [], True),
        (VALUES.clear(), None, ["history"], True),
    ],
)
def test_a_part_has_files_for_what_it_has_and_says_if_it_carries(
    tmp_path: Path,
    history: pl.DataFrame | None,
    carried: pl.DataFrame | None,
    kinds: list[str],
    carries: bool,
) -> None:
    nothing = (table(STATES, []), table(LEDGER, []), table(ENDED, []))
    with Store.open(tmp_path / "store") as store, store.begin(FIRST, 1, FIRST) as begun:
        part = begun.part_writer().write(0, *nothing, history, carried)
        assert [file.kind for file in part.files] == kinds
        assert part.carries is carries
        begun.undo()


def test_a_part_has_its_states_and_entries_in_files(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store") as store, store.begin(FIRST, 1, FIRST) as begun:
        part = begun.part_writer().write(0, states("a"), entries("a"), table(ENDED, []))
        assert [(file.kind, file.rows) for file in part.files] == [("delta", 1), ("ledger", 1)]
        begun.undo()
