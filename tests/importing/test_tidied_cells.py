"""Cells as programs and people write them, and as a run reads them."""

from __future__ import annotations

import polars as pl
import pytest
from tenure.engine.importing.tidied_cells import tidy_cells


def tidied(name: str, *texts: str | None) -> dict[str, list[str | None]]:
    table = tidy_cells(pl.DataFrame({name: pl.Series([*texts], dtype=pl.String)})).table
    return table.to_dict(as_series=False)


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("Ref", ['="0042"', '="0007"', None], ["0042", "0007", None]),
        ("Customer ID", ["42.0", "7.0", ""], ["42", "7", ""]),
        ("NPS", ["10-", "5", "n/a"], ["-10", "5", "n/a"]),
        ("NPS", ["(10)", "(1,234.50)", "5"], ["-10", "-1,234.50", "5"]),
        ("Usage", ["84%", "0.9", "1", "-"], ["84%", "90%", "100%", "-"]),
        ("Usage", ["84 %", "0,125"], ["84 %", "12,5%"]),
        ("ARR", ["$1.2M", "64k", "n/a"], ["$1200000", "64000", "n/a"]),
    ],
)
def test_cells_are_read_as_they_are_meant(
    name: str, before: list[str | None], after: list[str | None]
) -> None:
    assert tidied(name, *before) == {name: after}


def test_amounts_in_several_currencies_have_a_column_of_them() -> None:
    assert tidied("ARR", "€1,200.50", "$900", "1'000 CHF", "-") == {
        "ARR": ["1,200.50", "900", "1'000", "-"],
        "Currency": ["EUR", "USD", "CHF", None],
    }


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("Notes", ['="0042"', "0042"]),
        ("Version", ["42.0", "7.0"]),
        ("Customer ID", ["42.0", "7.5"]),
        ("Note", ["(see mail)", "10-"]),
        ("Usage", ["84%", "83"]),
        ("Usage", ["84%", "0.9", "12"]),
        ("Size", ["64k", "large"]),
        ("Size", ["M", "L"]),
        ("ARR", ["€1,200", "$900 or less"]),
        ("Empty", [None, ""]),
    ],
)
def test_what_may_be_something_else_stays(name: str, texts: list[str | None]) -> None:
    table = pl.DataFrame({name: pl.Series(texts, dtype=pl.String)})
    assert tidy_cells(table).table is table
