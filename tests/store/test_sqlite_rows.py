"""Tables as rows of a database, and tables that are read when they are collected."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from tenure.engine.store.sqlite_rows import lazily, to_rows

SCHEMA = {"id": pl.String(), "on": pl.Date(), "number": pl.Int64()}


@pytest.mark.parametrize(
    "texts",
    [
        ["a"] * 50,
        [None] * 50,
        # Few texts in many rows are made once each, many texts one by one: the rows are the same.
        ["a", None] + ["b"] * 48,
        ["a", "b"] * 20 + ["c"],
        [f"{number}" for number in range(50)],
        ["a"],
        [],
    ],
)
def test_rows_have_the_values_of_the_table(texts: list[str | None]) -> None:
    days = [dt.date(2026, 1, 1) + dt.timedelta(days=n % 28) for n in range(len(texts))]
    frame = pl.DataFrame(
        {"number": range(len(texts)), "on": days, "id": texts},
        schema={"number": pl.Int64, "on": pl.Date, "id": pl.String},
    )
    expected = [
        (text, day.isoformat(), n) for n, (text, day) in enumerate(zip(texts, days, strict=True))
    ]
    assert list(to_rows(frame, SCHEMA)) == expected


def test_a_lazy_table_is_read_whenever_it_is_collected_and_gives_what_is_asked_for() -> None:
    reads = []

    def read() -> pl.DataFrame:
        reads.append(1)
        return pl.DataFrame({"id": ["a", "b", "c"], "number": [1, 2, 3]})

    lazy = lazily(read, {"id": pl.String(), "number": pl.Int64()})
    assert reads == []
    assert lazy.collect().rows() == [("a", 1), ("b", 2), ("c", 3)]
    assert lazy.filter(pl.col("number") > 1).select("id").collect().rows() == [("b",), ("c",)]
    assert lazy.head(2).collect().rows() == [("a", 1), ("b", 2)]
    assert lazy.select("number").collect().columns == ["number"]
    assert len(reads) == 4
