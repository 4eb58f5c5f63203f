"""Whether a column has one of a few values, or of many."""

from __future__ import annotations

import polars as pl
import pytest
from tenure.engine.core.membership import is_one_of


@pytest.mark.parametrize("more", [0, 3, 40], ids=["two values", "five", "more than a few"])
@pytest.mark.parametrize(
    ("column", "values", "others"),
    [
        (["a", "b", None, "c", ""], ["a", "c"], [f"x{n}" for n in range(40)]),
        ([1.0, 0.1, None, -0.0, 1e300], [1.0, 0.0], [float(n) for n in range(2, 42)]),
    ],
    ids=["texts", "numbers"],
)
def test_it_is_true_of_the_values_false_of_others_and_null_where_null(column, values, others, more):
    frame = pl.DataFrame({"column": column})
    found = frame.select(is_one_of(pl.col("column"), [*values, *others[:more]]))["column"]
    assert found.to_list() == [None if each is None else each in values for each in column]


def test_no_value_is_one_of_none():
    frame = pl.DataFrame({"column": ["a", None]}, schema={"column": pl.String})
    assert frame.filter(is_one_of(pl.col("column"), [])).is_empty()
