"""People: accounts that share a contact address are one person, whose contacts are planned together."""

from __future__ import annotations

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..text.email_address import ADDRESS_PATTERN, CONTACT_EMAIL

PERSON = "@person"
"""The address that an account shares with others, else the account's id."""


def addresses(accounts: pl.DataFrame) -> pl.DataFrame:
    """Return `account_id` and `@address` of the accounts with an address: trimmed, in small letters."""
    if CONTACT_EMAIL not in accounts.columns:
        return accounts.select(ACCOUNT_ID, pl.lit(None, pl.String).alias("@address")).head(0)
    address = pl.col(CONTACT_EMAIL).str.strip_chars().str.to_lowercase().alias("@address")
    table = accounts.select(ACCOUNT_ID, address)
    return table.filter(pl.col("@address").str.contains(f"^(?:{ADDRESS_PATTERN})$"))


def sharing(accounts: pl.DataFrame) -> pl.DataFrame:
    """Return `account_id` and `@person` of the accounts that share their address with another one."""
    found = addresses(accounts)
    shared = found.filter(pl.col("@address").is_duplicated())
    return shared.rename({"@address": PERSON})


def with_person(rows: pl.DataFrame, shared: pl.DataFrame) -> pl.DataFrame:
    """Add `@person` to rows of accounts; `shared` is what `sharing` returned."""
    joined = rows.join(shared, on=ACCOUNT_ID, how="left", maintain_order="left")
    return joined.with_columns(pl.coalesce(PERSON, ACCOUNT_ID).alias(PERSON))
