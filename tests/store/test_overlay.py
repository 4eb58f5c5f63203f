"""An overlay's commits: made again in a store, and of a snapshot that was forgotten and is saved again."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from support.store_rows import day, entry, record, state, table
from tenure.engine.core.schemas import ENDED, LEDGER, QUARANTINE, READER, STATES, empty_table
from tenure.engine.store import MemoryCommit, Overlay, Reader, Retention, Store, verify

VALUES = pl.DataFrame({"account_id": ["a", "b"], "arr": [1.0, 2.0]})
CARRIED = pl.DataFrame({"account_id": ["z"], READER: ["p"], "arr": [3.0]})


def test_a_commit_in_memory_is_made_again_part_by_part(tmp_path: Path) -> None:
    overlay = Overlay()
    bad = table(QUARANTINE, [{"account_id": "q", "row": 1, "field": "arr"}])
    texts = {"tenure.yaml": "x"}
    with overlay.begin(day(0), 1, day(0)) as made:
        for account in "ab":
            ended = [{"account_id": account, "playbook": "p", "cycle": "1"}]
            made.add(
                table(STATES, [state(account, "x")]),
                table(LEDGER, [entry(account, account_id=account)]),
                table(ENDED, ended),
                VALUES.filter(pl.col("account_id") == account),
                CARRIED if account == "a" else None,
            )
        made.finish(record(0), bad, day(0), Retention(), texts)
    assert isinstance(made, MemoryCommit)
    assert [each.collect().height for each in (*made.entries(), *made.read_back())] == [2, 2]
    with Store.open(tmp_path / "store") as store:
        with store.begin(day(0), 1, day(0)) as commit:
            made.repeat(commit)
        for view in (overlay, store):
            assert view.runs() == [record(0)]
            assert view.states()["account_id"].to_list() == ["a", "b"]
            assert view.ledger()["action_id"].to_list() == ["a", "b"]
            assert view.ended()["account_id"].to_list() == ["a", "b"]
            assert view.quarantine(day(0)).rows() == bad.rows()
            assert view.history(day(0), ["arr"]).rows() == VALUES.rows()
            assert view.carried(day(0)).rows() == CARRIED.rows()
        read = store.run_texts()
    assert read is not None
    assert read.texts == texts
    assert verify(tmp_path / "store") == []


def test_a_snapshot_that_was_forgotten_is_there_again_once_it_is_saved(tmp_path: Path) -> None:
    """A redo of an old date reads it again, in memory as in a store."""
    nothing = empty_table(STATES), empty_table(LEDGER), empty_table(ENDED)
    days: list[list[object]] = []
    with Store.open(tmp_path / "store") as store:
        for target in (store, Overlay(), Overlay(Reader(tmp_path / "none"))):
            seen: list[object] = []
            for number, (snapshot, needed) in enumerate([(0, None), (1, 1), (0, None), (2, None)]):
                saved = VALUES.with_columns(arr=pl.lit(float(number)))
                run = record(number, snapshot_on=day(snapshot))
                with target.begin(day(number), 1, day(snapshot)) as part:
                    part.add(*nothing, saved)
                    on = None if needed is None else day(needed)
                    part.finish(run, empty_table(QUARANTINE), on)
                seen.append(target.history_days())
                seen.append(
                    target.history(day(0), ["arr"])["arr"].to_list() if snapshot != 1 else []
                )
                seen.append(target.history_fields(day(0)))
            days.append(seen)
    assert days[0][3] == [day(1)]
    assert days[0][6:8] == [[day(0), day(1)], [2.0, 2.0]]
    assert days[1] == days[2] == days[0]


@pytest.mark.parametrize(
    ("history", "carried", "left"),
    [(VALUES, None, []), (None, CARRIED[:0], []), (VALUES, CARRIED, [3.0]), (None, None, [4.0])],
)
def test_what_was_carried_over_a_snapshot_below_goes_with_what_is_saved_of_it_again(
    tmp_path: Path, history: pl.DataFrame | None, carried: pl.DataFrame | None, left: list[float]
) -> None:
    nothing = empty_table(STATES), empty_table(LEDGER), empty_table(ENDED)
    older = CARRIED.with_columns(arr=pl.lit(4.0))
    with Store.open(tmp_path / "store") as store:
        with store.begin(day(0), 1, day(0)) as part:
            part.add(*nothing, VALUES, older)
            part.finish(record(0), empty_table(QUARANTINE))
        # The overlay first: it is over the store as it is before the redo.
        for target in (Overlay(Reader(tmp_path / "store")), store):
            with target.begin(day(0), 2, day(0)) as part:
                part.add(*nothing, history, carried)
                part.finish(record(0, 2), empty_table(QUARANTINE))
            assert [row[-1] for row in target.carried(day(0)).rows()] == left
            assert target.history(day(0), ["arr"]).rows() == VALUES.rows()
