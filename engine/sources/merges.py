"""Accounts that were merged into others, as their rows say in `merged_into`.

Takes the ids and the field of all accounts of a snapshot. Returns the account that goes on for each: chains are
followed. An account merged into itself, or into a circle of accounts, is not merged, as no account would go on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from ..core.ids import ACCOUNT_ID, MERGED_INTO
from ..core.problems import Problem
from ..text.name_most import name_most

MERGES: dict[str, pl.DataType] = {ACCOUNT_ID: pl.String(), MERGED_INTO: pl.String()}


@dataclass(frozen=True, slots=True)
class Merges:
    """The merges of a snapshot.

    Attributes:
        survivors: By merged account, the account that goes on.
        circles: By account that is not merged after all, the account that its row names.
        unknown: By merged account, the account that goes on, where the snapshot lacks that one.
    """

    survivors: Mapping[str, str]
    circles: Mapping[str, str]
    unknown: Mapping[str, str]

    def together(self) -> pl.Series:
        """Return the accounts that must be evaluated together: the merged ones, and those that go on."""
        return pl.Series(ACCOUNT_ID, sorted({*self.survivors, *self.survivors.values()}), pl.String)

    def resolve(self, accounts: pl.DataFrame) -> pl.DataFrame:
        """Return the accounts with the one that goes on in `merged_into`; as they are where they lack the field."""
        if MERGED_INTO not in accounts.columns:
            return accounts
        survivors = pl.DataFrame([*self.survivors.items()], schema=MERGES, orient="row")
        found = accounts.select(ACCOUNT_ID).join(
            survivors, on=ACCOUNT_ID, how="left", maintain_order="left"
        )
        return accounts.with_columns(found[MERGED_INTO])

    def warnings(self) -> list[Problem]:
        """Return a warning for the accounts that are not merged, and one for those merged into unknown accounts."""
        found = []
        if self.circles:
            what = f"{_accounts(self.circles)} merged in a circle"
            message = f"{what}: {_named(self.circles)}"
            hint = "no account goes on for them, so they count as not merged; correct `merged_into`"
            found.append(Problem("bad-merge", message, hint=hint, severity="warning"))
        if self.unknown:
            what = f"{_accounts(self.unknown)} merged into an account that the snapshot lacks"
            message = f"{what}: {_named(self.unknown)}"
            hint = "their enrolments end all the same; see whether the id is right and the other account is exported"
            found.append(Problem("bad-merge", message, hint=hint, severity="warning"))
        return found


NO_MERGES = Merges({}, {}, {})


def read_merges(accounts: pl.DataFrame, ids: pl.Series) -> Merges:
    """Return the merges.

    Args:
        accounts: All accounts, `account_id` and perhaps `merged_into`.
        ids: The ids of all accounts, including those left out.
    """
    if MERGED_INTO not in accounts.columns:
        return NO_MERGES
    rows = accounts.select(ACCOUNT_ID, MERGED_INTO).drop_nulls().sort(ACCOUNT_ID)
    if rows.is_empty():
        return NO_MERGES
    into: dict[str, str] = dict(rows.iter_rows())
    survivors, circles = follow_merges(into)
    targets = pl.Series(sorted({*survivors.values()}), dtype=pl.String)
    missing = {*targets.filter(~targets.is_in(ids.implode()))}
    unknown = {account: each for account, each in survivors.items() if each in missing}
    return Merges(survivors, circles, unknown)


def follow_merges(into: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the account that goes on for each merged one, and the mergers that are circles or lead into one."""
    survivors, circles = {}, {}
    for account in into:
        survivor = _follow(account, into)
        if survivor is None:
            circles[account] = into[account]
        else:
            survivors[account] = survivor
    return survivors, circles


def _follow(account: str, into: Mapping[str, str]) -> str | None:
    """Return the account at the end of a chain; None where the chain is a circle or leads into one."""
    seen = {account}
    while account in into:
        account = into[account]
        if account in seen:
            return None
        seen.add(account)
    return account


def _accounts(merged: Mapping[str, str]) -> str:
    return "1 account was" if len(merged) == 1 else f"{len(merged):,} accounts were"


def _named(merged: Mapping[str, str]) -> str:
    return name_most({f"{account} into {other}": 1 for account, other in merged.items()})
