"""People: accounts that share an address, by definition."""

from __future__ import annotations

from collections import Counter

import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from support.profiles import examples
from tenure.engine.evaluation.shared_addresses import sharing

ADDRESSES = st.sampled_from(
    [None, "", "no address", "a@b.example", " A@b.example", "c@b.example", "C@B.example\t"]
)


@examples(50)
@given(st.lists(ADDRESSES, max_size=12))
def test_accounts_share_what_is_an_address_and_is_there_twice(addresses: list[str | None]) -> None:
    accounts = [f"a{n:02}" for n in range(len(addresses))]
    frame = pl.DataFrame(
        {"account_id": accounts, "contact_email": pl.Series(addresses, dtype=pl.String)}
    )
    tidy = ["" if each is None else each.strip().lower() for each in addresses]
    times = Counter(tidy)
    expected = [
        (account, address)
        for account, address in zip(accounts, tidy, strict=True)
        if "@" in address and times[address] > 1
    ]
    assert sharing(frame).rows() == expected
