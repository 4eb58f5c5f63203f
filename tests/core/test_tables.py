"""Tables shared by evaluation and store: their schemas, and the replacement of rows."""

from __future__ import annotations

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from tenure.engine.core.schemas import CONTACTS, LEDGER, LEDGER_ORDER
from tenure.engine.core.upsert import upsert


def table(*rows: tuple[str, str, int]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=["account_id", "playbook", "n"], orient="row").cast(
        {"account_id": pl.String, "playbook": pl.String, "n": pl.Int64}
    )


@pytest.mark.parametrize(
    ("rows", "changed", "expected"),
    [
        ([], [], []),
        ([("a", "p", 1)], [], [("a", "p", 1)]),
        ([], [("a", "p", 1)], [("a", "p", 1)]),
        ([("a", "p", 1), ("b", "p", 1)], [("a", "p", 2)], [("a", "p", 2), ("b", "p", 1)]),
        ([("a", "p", 1)], [("a", "q", 2)], [("a", "p", 1), ("a", "q", 2)]),
        ([("a", "p", 1)], [("b", "p", 2)], [("a", "p", 1), ("b", "p", 2)]),
    ],
)
def test_upsert_replaces_rows_of_the_same_account_and_playbook(
    rows: list[tuple[str, str, int]],
    changed: list[tuple[str, str, int]],
    expected: list[tuple[str, str, int]],
) -> None:
    result = upsert(table(*rows), table(*changed))
    assert_frame_equal(result, table(*expected), check_row_order=False)


def test_upsert_by_another_key() -> None:
    result = upsert(table(("a", "p", 1), ("b", "p", 1)), table(("a", "q", 2)), ["account_id"])
    assert sorted(result.rows()) == [("a", "q", 2), ("b", "p", 1)]


def test_contacts_and_the_order_of_listings_are_columns_of_the_ledger() -> None:
    assert CONTACTS.items() <= LEDGER.items()
    assert set(LEDGER_ORDER) <= LEDGER.keys()
