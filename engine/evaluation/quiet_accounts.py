"""Quiet accounts: those whose evaluation changed nothing, and until when it would be the same.

As long as its row and its enrolment stay as they are, nothing happens to an account until a date comes that its
evaluation looked at, or time changes a condition that it looked at. Runs and previews of several dates evaluate the
account again on that date, or once it has another row; on the dates between, its counts are those of before.

A few quiet accounts are evaluated on each date all the same: were anything else found, the run stops.
"""

from __future__ import annotations

import datetime as dt
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import polars as pl

CLOCK_COLUMNS = ("@today", "@snapshot_date")
"""Columns that every date changes, of which `language.next_change` says when it matters."""
ROW_NUMBER = "@row"
"""Column with the number of an account's row."""


_ONE_IN = 500


def is_checked(account: str, on: dt.date) -> bool:
    """Return whether a quiet account is evaluated on a date all the same: each on one of 500 dates."""
    return (zlib.crc32(account.encode()) + on.toordinal()) % _ONE_IN == 0


class QuietAccount(NamedTuple):
    """An account in a playbook to which nothing happened.

    Attributes:
        row: A number made of the account's row and enrolment, another one where anything in them is.
        since: The date that was evaluated.
        until: The first date on which something may happen.
        counts: Its counts: step, `what`, and missing field.
        undecided: The fields whose change could not be decided.
    """

    row: int
    since: dt.date
    until: dt.date
    counts: tuple[tuple[str, str, str], ...]
    undecided: tuple[str, ...]


@dataclass(slots=True)
class QuietAccounts:
    """The quiet accounts of a run or preview of several dates, by playbook and account."""

    _known: dict[tuple[str, str], QuietAccount] = field(default_factory=dict)

    def note(self, playbook: str, account: str, quiet: QuietAccount) -> None:
        """Note that nothing happened to an account."""
        self._known[playbook, account] = quiet

    def among(
        self, playbook: str, accounts: pl.Series, rows: pl.Series, on: dt.date
    ) -> Iterator[QuietAccount | None]:
        """Yield for each account, given the number of its row, what is known of it if it is quiet on a date."""
        for account, row in zip(accounts, rows, strict=True):
            known = self._known.get((playbook, account))
            same = known is not None and known.row == row
            yield known if same and known and known.since <= on < known.until else None


def row_numbers(accounts: pl.DataFrame) -> pl.Series:
    """Return a number for each account's row, another one where any of its values is, but for the dates."""
    return accounts.drop(CLOCK_COLUMNS, strict=False).hash_rows().alias(ROW_NUMBER)
