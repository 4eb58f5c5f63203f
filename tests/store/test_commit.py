"""A commit in parts: what goes to which file, what is adopted, and what is left of one that was not finished."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from support.store_rows import commit, commit_tables, day, entry, record, state, table
from tenure.engine.core.problems import Problems
from tenure.engine.core.schemas import ENDED, LEDGER, QUARANTINE, READER, STATES
from tenure.engine.store import Commits, PartFiles, Reader, Store, verify
from tenure.engine.store import commit as committing

NOTHING = table(QUARANTINE, [])


def files(root: Path) -> dict[str, list[int]]:
    """The rows of each file, by folder."""
    found: dict[str, list[int]] = {}
    for path in sorted(root.rglob("tenure-*.parquet")):
        found.setdefault(path.parent.name, []).append(pl.read_parquet(path).height)
    return found


def rows(numbers: range, revision: int = 1) -> pl.DataFrame:
    return table(LEDGER, [entry(f"{n:020x}", revision, account_id=f"{n}") for n in numbers])


def states(numbers: range) -> pl.DataFrame:
    return table(STATES, [state(f"{n}", "x") for n in numbers])


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(committing, "MOST_STATES", 6)
    monkeypatch.setattr(committing, "MOST_ENTRIES", 4)
    monkeypatch.setattr(committing, "MOST_IN_TABLE", 3)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    ("parts", "found"),
    [
        # As many as may be held in memory go to one file in the end, or to the table.
        ([(6, 0)], {"states": [6]}),
        ([(3, 3)], {"states": [3]}),
        ([(0, 4)], {"ledger": [4]}),
        ([(0, 2), (0, 2)], {"ledger": [4]}),
        ([(6, 0), (1, 0)], {"states": [7]}),
        ([(0, 4), (0, 1)], {"ledger": [5]}),
        # One more, and they do so at once.
        ([(7, 0), (1, 0)], {"states": [7, 1]}),
        ([(0, 5), (0, 1)], {"ledger": [5, 1]}),
        ([(0, 3), (0, 2), (0, 1)], {"ledger": [5, 1]}),
        ([(4, 1), (3, 1), (0, 1)], {"states": [7]}),
        ([(0, 0)], {}),
    ],
)
def test_rows_go_to_a_file_once_they_are_too_many_for_memory(
    tmp_path: Path, parts: list[tuple[int, int]], found: dict[str, list[int]]
) -> None:
    root = tmp_path / "store"
    ends = [{"account_id": f"{n}", "playbook": "p", "cycle": "1"} for n in range(len(parts))]
    with Store.open(root) as store, store.begin(day(0), 1, day(0)) as part:
        first = [0, 0]
        for number, sizes in enumerate(parts):
            ranges = [range(f, f + size) for f, size in zip(first, sizes, strict=True)]
            first = [each.stop for each in ranges]
            part.add(states(ranges[0]), rows(ranges[1]), table(ENDED, ends[number : number + 1]))
            assert sum(each.collect().height for each in part.entries()) == first[1]
        part.finish(record(0), NOTHING)
        assert [each.collect().height for each in part.read_back()] == [first[1]]
    assert files(root) == found
    reader = Reader(root)
    assert (reader.states().height, reader.ledger().height) == tuple(first)
    assert reader.ended().height == len(parts)
    assert verify(root) == []


def part_of(part: committing.Commit, numbers: range, revision: int = 1, **more: Any) -> PartFiles:
    nothing = table(ENDED, [])
    return part.part_writer().write(
        numbers.start, states(numbers), rows(numbers, revision), nothing, **more
    )


@pytest.mark.usefixtures("small")
def test_of_adopted_parts_only_large_files_stay(tmp_path: Path) -> None:
    root = tmp_path / "store"
    with Store.open(root) as store:
        with store.begin(day(0), 1, day(0)) as part:
            # Half of what memory may hold is large: three states, or two entries.
            part.adopt(part_of(part, range(2)))
            assert files(root) == {"ledger": [2]}
            part.adopt(part_of(part, range(2, 5)))
            assert files(root) == {"ledger": [2, 3], "states": [3]}
            part.adopt(part_of(part, range(5, 6)))
            assert files(root) == {"ledger": [2, 3], "states": [3]}
            part.finish(record(0), NOTHING)
        assert store.ledger().height == store.states().height == 6
        # A revision in a file of a part replaces the one before it.
        with store.begin(day(1), 1, day(1)) as part:
            part.adopt(part_of(part, range(2, 4), 2))
            part.finish(record(1), NOTHING)
        with store.begin(day(2), 1, day(2)) as part:
            part.adopt(part_of(part, range(5, 6), 2))
            part.finish(record(2), NOTHING)
        found = store.ledger().sort("action_id")["revision"].to_list()
        assert found == [1, 1, 2, 2, 1, 2]
        assert store.pending(day(-1)).height == 6
        for bad in (range(2, 4), range(5, 6)):
            with pytest.raises(ValueError, match="must follow"):
                adopt_alone(store, bad)
    assert verify(root) == []


def adopt_alone(store: Store, numbers: range) -> None:
    with store.begin(day(3), 1, day(3)) as part:
        part.adopt(part_of(part, numbers, 4))
        part.finish(record(3), NOTHING)


def test_older_values_that_no_part_carries_any_more_go(tmp_path: Path) -> None:
    values = pl.DataFrame({"account_id": ["a"], "arr": [1.0]})
    carried = pl.DataFrame({"account_id": ["z"], READER: ["p"], "arr": [2.0]})
    nothing = table(STATES, []), table(LEDGER, []), table(ENDED, [])
    with Store.open(tmp_path / "store") as store:
        commit_tables(store, record(0), *nothing, NOTHING, values, None, carried)
        for attempt, more, left in (
            (2, {}, 1),
            (3, {"carried": carried}, 1),
            (4, {"history": values}, 0),
            (5, {"carried": carried}, 1),
            (6, {"carried": carried.clear()}, 0),
        ):
            with store.begin(day(0), attempt, day(0)) as part:
                written = part.part_writer().write(0, *nothing, **more)
                part.adopt(written)
                part.finish(record(0, attempt), NOTHING)
            assert store.carried(day(0)).height == left, attempt
            assert store.history(day(0), ["arr"]).height == 1
    assert verify(tmp_path / "store") == []


def stop_after_a_part(store: Store) -> None:
    with store.begin(day(3), 1, day(3)) as part:
        values = pl.DataFrame({"account_id": ["a"], "arr": [1.0]})
        part.add(states(range(3)), rows(range(3)), table(ENDED, []), values)
        raise RuntimeError("stopped")


def test_each_date_is_noted_once_and_what_is_not_finished_leaves_nothing(tmp_path: Path) -> None:
    root, commits = tmp_path / "store", Commits()
    with Store.open(root, commits=commits) as store:
        commit(store, record(0), [state("a", "x")])
        commit(store, record(0, 2), [state("a", "y")])
        commit(store, record(2))
        before = files(root)
        with pytest.raises(RuntimeError):
            stop_after_a_part(store)
        with store.begin(day(3), 1, day(3)):
            pass
        assert files(root) == before
        assert store.states()["state"].to_list() == ["y"]
        commit(store, record(3))
    assert commits.dates == [day(0), day(2), day(3)]
    assert commits.warnings == []
    assert [run.on for run in Reader(root).runs()] == [day(0), day(0), day(2), day(3)]


def test_a_date_comes_after_the_last_and_an_attempt_after_the_last_of_its_date(
    tmp_path: Path,
) -> None:
    with Store.open(tmp_path / "store") as store:
        commit(store, record(1))
        commit(store, record(1, 3))
        for number, attempt, said in (
            (0, 1, "2026-01-01 lies before 2026-01-02, the last date committed"),
            (1, 3, "2026-01-02 is committed already (attempt 3)"),
            (1, 1, "2026-01-02 is committed already (attempt 3)"),
        ):
            with pytest.raises(Problems) as raised:
                commit(store, record(number, attempt))
            assert [each.message for each in raised.value.problems] == [said]
        for number, attempt in ((1, 4), (0, 1)):
            belated = number == 0
            with store.begin(day(number), attempt, day(number), belated=belated) as part:
                part.add(states(range(1)), rows(range(0)), table(ENDED, []))
                part.finish(record(number, attempt), NOTHING)
        assert [(run.on, run.attempt) for run in store.runs()][2:] == [(day(1), 4), (day(0), 1)]
        with (
            pytest.raises(Problems, match="is committed already"),
            store.begin(day(0), 1, day(0), belated=True),
        ):
            pass
