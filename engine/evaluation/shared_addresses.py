"""People: accounts that share a contact address are one person, whose contacts are planned together."""

from __future__ import annotations

import polars as pl

from ..core.account_values import with_values
from ..core.ids import ACCOUNT_ID
from ..text.email_address import ADDRESS_PATTERN, CONTACT_EMAIL

PERSON = "@person"
"""The address that an account shares with others, else the account's id."""


def sharing(accounts: pl.DataFrame) -> pl.DataFrame:
    """Return `account_id` and `@person` of the accounts that share their address with another one.

    An address is compared trimmed and in small letters; what is not an address is shared by none.
    """
    if CONTACT_EMAIL not in accounts.columns:
        return accounts.select(ACCOUNT_ID, pl.lit(None, pl.String).alias(PERSON)).head(0)
    address = pl.col(CONTACT_EMAIL).str.strip_chars().str.to_lowercase().alias(PERSON)
    found = accounts.select(ACCOUNT_ID, address)
    # Few are left by each filter, and the next takes longer. Equal addresses have equal hashes.
    hashes = found[PERSON].hash()
    in_order = hashes.sort()
    repeated = in_order.filter(in_order == in_order.shift(1)).unique()
    alike = found.filter(pl.col(PERSON).is_not_null(), hashes.is_in(repeated.implode()))
    shared = alike.filter(pl.col(PERSON).is_duplicated())
    return shared.filter(pl.col(PERSON).str.contains(f"^(?:{ADDRESS_PATTERN})$"))


def with_person(rows: pl.DataFrame, shared: pl.DataFrame) -> pl.DataFrame:
    """Add `@person` to rows of accounts; `shared` is what `sharing` returned."""
    return with_values(rows, shared).with_columns(pl.coalesce(PERSON, ACCOUNT_ID).alias(PERSON))
