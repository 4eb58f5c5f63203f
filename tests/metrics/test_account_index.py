"""The numbers of accounts over snapshots."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from tenure.engine.metrics.account_index import AccountIndex

IDS = st.sets(st.text(alphabet="aé1 ~", min_size=1, max_size=3), max_size=12)


@given(st.lists(IDS, max_size=6))
def test_each_account_keeps_its_number_and_is_found_in_its_row(snapshots: list[set[str]]) -> None:
    index = AccountIndex()
    numbers: dict[str, int] = {}
    for present in snapshots:
        ids = pl.Series("account_id", list(present), dtype=pl.String).sort()
        rows = index.locate(ids).to_list()
        assert len(set(index.ids)) == len(rows) == len(numbers.keys() | present)
        assert all(index.ids[number] == id for id, number in numbers.items())
        numbers = {id: number for number, id in enumerate(index.ids)}
        found = {
            id: ids[rows[number]] for id, number in numbers.items() if rows[number] is not None
        }
        assert found == {id: id for id in present}
