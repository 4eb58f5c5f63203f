"""Holds: the reasons for which an action cannot go out today, whatever room there is.

Takes actions that are still to come and the snapshot. A disabled playbook sends nothing, an account that the snapshot
lacks gets nothing, a suppression whose condition is true stops its kinds and priorities, and an email needs an address.
"""

from __future__ import annotations

import polars as pl

from ..core.account_values import with_values
from ..core.ids import ACCOUNT_ID, MERGED_INTO
from ..core.languages import choose_text
from ..core.membership import is_one_of
from ..core.schemas import with_unreadable
from ..language.traversal import references
from ..text.email_address import (
    CONTACT_EMAIL,
    NOT_ONE_ADDRESS,
    PLAIN_ADDRESS_PATTERN,
    is_address,
)
from .cross_references import StateIndex
from .inputs import Day, Rules
from .merged_accounts import MERGED, merged_accounts
from .prepare import condition

ABSENT = "the account is not in the snapshot of "
"""Begin of the reason for what waits or is called off because the account is absent; the snapshot's date follows."""


def hold_contacts(
    rows: pl.DataFrame,
    snapshot: pl.DataFrame,
    rules: Rules,
    day: Day,
    state_index: StateIndex,
) -> pl.DataFrame:
    """Add `@hold`, the reason for which an action cannot go out today, null where it can; `@no_fault`, and `@moot`.

    `@no_fault` is true where nothing is wrong with the contact itself: its playbook is disabled, or its account absent
    or merged. `@moot` is true where the account was merged: it needs no other way.

    Args:
        rows: Actions; needs `account_id`, `playbook`, `kind` and `priority`.
        snapshot: One row an account, for the conditions of suppressions.
        rules: The contact policy, and the playbooks that are disabled.
        day: The date evaluated.
        state_index: The accounts' states in all playbooks.
    """
    accounts = snapshot.join(rows.select(ACCOUNT_ID).unique(), on=ACCOUNT_ID, how="semi")
    accounts = with_unreadable(accounts).with_columns(
        pl.lit(day.on).alias("@today"), pl.lit(day.snapshot_on).alias("@snapshot_date")
    )
    absent = ~pl.col(ACCOUNT_ID).is_in(accounts[ACCOUNT_ID].implode())
    missing = f"{ABSENT}{day.snapshot_on}"
    merged = merged_accounts(accounts).select(
        ACCOUNT_ID, pl.concat_str(pl.lit(MERGED), MERGED_INTO).alias("@merged")
    )
    rows = with_values(rows, merged)
    was_merged = pl.col("@merged").is_not_null()
    disabled = is_one_of(pl.col("playbook"), sorted(rules.disabled))
    off = pl.format("playbook `{}` is disabled", "playbook")
    rows = rows.with_columns(
        (disabled | absent | was_merged).alias("@no_fault"),
        was_merged.alias("@moot"),
        pl.when(was_merged)
        .then("@merged")
        .when(disabled)
        .then(off)
        .when(absent)
        .then(pl.lit(missing))
        .alias("@hold"),
    ).drop("@merged")
    for rule in rules.policy.suppress:
        concerned = pl.col("@hold").is_null()
        if rule.kinds:
            concerned &= is_one_of(pl.col("kind"), rule.kinds)
        if rule.priorities:
            concerned &= is_one_of(pl.col("priority"), rule.priorities)
        with_states = state_index.with_references(accounts, references(rule.when))
        suppressed = with_states.filter(condition(rule.when).outcome.fill_null(False))[ACCOUNT_ID]
        rows = _held(rows, concerned, suppressed, choose_text(rule.reason, rules.language))
    return _without_address(rows, accounts)


def _without_address(rows: pl.DataFrame, accounts: pl.DataFrame) -> pl.DataFrame:
    """Hold the emails of accounts whose address is missing or is not an address.

    Where the snapshot does not have the field at all, the addresses are known elsewhere.
    """
    if CONTACT_EMAIL not in accounts.columns:
        return rows
    emails = pl.col("@hold").is_null() & (pl.col("kind") == "email")
    mailed = accounts.join(rows.filter(emails), on=ACCOUNT_ID, how="semi")
    missing = mailed.filter(pl.col(CONTACT_EMAIL).is_null())[ACCOUNT_ID]
    plain = pl.col(CONTACT_EMAIL).str.contains(PLAIN_ADDRESS_PATTERN)
    strange = mailed.select(ACCOUNT_ID, CONTACT_EMAIL).filter(~plain)
    usable = [is_address(address) for address in strange[CONTACT_EMAIL].to_list()]
    wrong = strange.filter(~pl.Series(usable, dtype=pl.Boolean))[ACCOUNT_ID]
    rows = _held(rows, emails, missing, f"`{CONTACT_EMAIL}` is missing")
    return _held(rows, emails, wrong, NOT_ONE_ADDRESS)


def _held(rows: pl.DataFrame, concerned: pl.Expr, accounts: pl.Series, reason: str) -> pl.DataFrame:
    if accounts.is_empty():
        return rows
    held = concerned & pl.col(ACCOUNT_ID).is_in(accounts.implode())
    return rows.with_columns(pl.when(held).then(pl.lit(reason)).otherwise("@hold").alias("@hold"))
