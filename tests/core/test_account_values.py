"""Values put next to the rows of the same accounts."""

from __future__ import annotations

import polars as pl
import pytest
from tenure.engine.core.account_values import with_values

ACCOUNTS = pl.DataFrame({"account_id": ["a", "b", "c"], "arr": [1.0, 2.0, 3.0]})


@pytest.mark.parametrize(
    ("ids", "scores", "expected"),
    [
        pytest.param(["a", "b", "c"], [7, 8, 9], [7, 8, 9], id="the same accounts in this order"),
        pytest.param(
            ["c", "a", "b"], [9, 7, 8], [7, 8, 9], id="the same accounts in another order"
        ),
        pytest.param(["c", "x"], [9, 1], [None, None, 9], id="one of them, and another account"),
        pytest.param([], [], [None, None, None], id="no account"),
    ],
)
def test_each_account_has_its_own_values(
    ids: list[str], scores: list[int], expected: list[int | None]
) -> None:
    values = pl.DataFrame(
        {"account_id": ids, "score": scores}, schema={"account_id": pl.String, "score": pl.Int64}
    )

    found = with_values(ACCOUNTS, values)

    assert found.columns == ["account_id", "arr", "score"]
    assert found["account_id"].to_list() == ["a", "b", "c"]
    assert found["score"].to_list() == expected
