"""Rows that come in batches are written by account, whatever their order, and as one batch would be."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from unittest import mock

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from tenure.engine.sources import row_batches
from tenure.engine.sources.row_batches import read_batches, write_by_account

Ids = Sequence[Sequence[Any]]
# Among them a private character, which sorts before this one beyond 16 bits by bytes, and after it by UTF-16.
TEXTS = st.none() | st.sampled_from(["", "7", "10", "a", "B", "é", "\ue000", "\U0001f600"])


def in_batches(ids: Ids) -> list[pl.DataFrame]:
    """Tables with these ids, and the number of each row over all of them."""
    rows = iter(range(sum(map(len, ids))))
    return [
        pl.DataFrame({"id": some, "row": [next(rows) for _ in some]}, {"id": pl.String, "row": int})
        for some in ids
    ]


def by_account(ids: Ids) -> list[tuple[str | None, int]]:
    """The rows as they are to be: by the bytes of the id, those without one last, each in its order."""
    rows = enumerate(id for some in ids for id in some)
    ordered = sorted(rows, key=lambda row: (row[1] is None, (row[1] or "").encode(), row[0]))
    return [(id, number) for number, id in ordered]


@pytest.mark.hypothesis
@given(ids=st.lists(st.lists(TEXTS, max_size=6), min_size=1, max_size=6), rows=st.integers(1, 4))
def test_rows_are_written_by_account(
    tmp_path_factory: pytest.TempPathFactory, ids: Ids, rows: int
) -> None:
    path = tmp_path_factory.mktemp("written") / "accounts.parquet"
    with mock.patch.object(row_batches, "RANGE_ROWS", rows):
        assert write_by_account(in_batches(ids), "id", path, {"a": "b"}) == sum(map(len, ids))
    assert pl.read_parquet(path).rows() == by_account(ids)
    assert pl.read_parquet_metadata(path)["a"] == "b"
    assert [each.name for each in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize(
    "ids", [[["a", "b"], ["b", "c"], [], [None]], [["c", None], ["a"], [], ["b"]]]
)
def test_the_file_of_many_batches_is_that_of_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ids: Ids
) -> None:
    """By its bytes one tells whether what has come is what came last."""
    batches = in_batches(ids)
    write_by_account([pl.concat(batches)], "id", tmp_path / "one", {})
    monkeypatch.setattr(row_batches, "RANGE_ROWS", 2)
    write_by_account(batches, "id", tmp_path / "many", {})
    assert (tmp_path / "many").read_bytes() == (tmp_path / "one").read_bytes()


@pytest.mark.parametrize("column", ["nothing", "tags"])
def test_rows_without_ids_stay_in_their_order(tmp_path: Path, column: str) -> None:
    batches = [table.with_columns(tags=["x"]) for table in in_batches([["b"], ["a"]])]
    write_by_account(batches, column, tmp_path / "accounts.parquet", {})
    assert_frame_equal(pl.read_parquet(tmp_path / "accounts.parquet"), pl.concat(batches))


def test_numbers_are_sorted_as_the_texts_of_ids(tmp_path: Path) -> None:
    batches = [pl.DataFrame({"id": some}) for some in ([10, 9], [None, 100])]
    write_by_account(batches, "id", tmp_path / "accounts.parquet", {})
    assert pl.read_parquet(tmp_path / "accounts.parquet")["id"].to_list() == [10, 100, 9, None]


def test_no_batch_is_no_file(tmp_path: Path) -> None:
    assert write_by_account([], "id", tmp_path / "accounts.parquet", {}) is None
    assert not [*tmp_path.iterdir()]


MEASURED = """
import resource, sys
from pathlib import Path
import polars as pl
from tenure.engine.sources import row_batches

row_batches.RANGE_ROWS = 50_000
row = pl.col("row")
ids = (row * 7919 % 4_000_037).cast(pl.String)
rows = pl.DataFrame({"row": range(50_000)})
tables = (
    rows.select(row + 50_000 * number).select(id=ids, text=row.hash().cast(pl.String).str.pad_end(300))
    for number in range(int(sys.argv[1]))
)
print(row_batches.write_by_account(tables, "id", Path(sys.argv[2]), {}))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


@pytest.mark.slow
def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    """A table in an order of its own takes what one of a fifth of its rows takes, and not 480 MB more."""
    peaks = []
    for number in (8, 40):
        arguments = [sys.executable, "-c", MEASURED, str(number), str(tmp_path / str(number))]
        done = subprocess.run(arguments, capture_output=True, text=True, check=True)
        rows, peak = map(int, done.stdout.split())
        assert rows == number * 50_000
        peaks.append(peak)
    assert peaks[1] < peaks[0] + 200
    ids = pl.scan_parquet(tmp_path / "40").select("id").collect()["id"]
    assert ids.is_sorted()
    assert ids.n_unique() == len(ids)


def test_rows_are_read_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_batches, "RANGE_ROWS", 3)
    table = pl.DataFrame({"id": ["a", "b", "c", "d", "e"]})
    batches = [*read_batches(table.lazy())]
    assert [batch.height for batch in batches] == [3, 2]
    assert_frame_equal(pl.concat(batches), table)
    (empty,) = read_batches(table.clear().lazy())
    assert_frame_equal(empty, table.clear())
