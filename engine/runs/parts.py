"""Parts of a snapshot that are evaluated apart: key ranges of accounts, and the accounts that meet.

Accounts that share a contact address are one person, whose contacts are planned together. An account that was merged
meets the one that goes on for it. Both are left out of the ranges and come last, in a part with nothing else; so the
parts together give what the whole would.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..core.schemas import ALL_KEYS, QUARANTINE, KeyRange, empty_table
from ..evaluation.shared_addresses import sharing
from ..sources.merges import Merges

if TYPE_CHECKING:
    from ..sources import LargeSnapshot, Snapshot, SnapshotPart


@dataclass(frozen=True, slots=True)
class Part:
    """Accounts that are evaluated together.

    Attributes:
        stretch: The range of ids in which they are.
        read: All accounts of the snapshot that were read for this part; None for the accounts that meet, which were
            read with the others.
        quarantined: The bad values of what was read.
        accounts: The accounts to evaluate, with their values.
        sharing: The ids that meet, in the whole snapshot.
        shared: True if this part has exactly those; else it has all others of the range.
    """

    stretch: KeyRange
    read: pl.DataFrame | None
    quarantined: pl.DataFrame
    accounts: pl.DataFrame
    sharing: pl.Series
    shared: bool = False

    def meeting(self) -> pl.DataFrame:
        """Return those accounts that were read and meet others."""
        if self.read is None or self.sharing.is_empty():
            return self.accounts.head(0)
        return self.read.filter(pl.col(ACCOUNT_ID).is_in(self.sharing.implode()))

    def of_part(self, table: pl.DataFrame) -> pl.DataFrame:
        """Return the rows of a table whose accounts belong to this part; the table has those of the range."""
        if self.sharing.is_empty():
            return table
        shares = pl.col(ACCOUNT_ID).is_in(self.sharing.implode())
        return table.filter(shares if self.shared else ~shares)


def is_one_part(rows: int, size: int) -> bool:
    """Return whether this number of accounts is one part, where a part has about `size` of them."""
    return rows <= size


def accounts_that_meet(snapshot: Snapshot | LargeSnapshot, size: int, merges: Merges) -> pl.Series:
    """Return the ids of the accounts that meet others; none in a snapshot that is one part of `size` rows."""
    if is_one_part(snapshot.rows, size):
        return pl.Series(ACCOUNT_ID, [], dtype=pl.String)
    shared = sharing(snapshot.contact_addresses())[ACCOUNT_ID]
    return pl.concat([shared, merges.together()]).unique()


def range_part(part: SnapshotPart, meeting: pl.Series, merges: Merges) -> Part:
    """Return the accounts of a range of ids, without those that meet."""
    accounts = part.frame
    if len(meeting):
        accounts = accounts.filter(~pl.col(ACCOUNT_ID).is_in(meeting.implode()))
    accounts = merges.resolve(accounts)
    return Part(part.stretch, part.frame, part.quarantined, accounts, meeting)


def meeting_part(accounts: pl.DataFrame, meeting: pl.Series, merges: Merges) -> Part:
    """Return the accounts that meet, as they were read with the ranges."""
    nothing = empty_table(QUARANTINE)
    return Part(ALL_KEYS, None, nothing, merges.resolve(accounts), meeting, shared=True)
