"""Parts of a snapshot that are evaluated apart: key ranges of accounts, and the accounts that meet.

Accounts that share a contact address are one person, whose contacts are planned together. An account that was merged
meets the one that goes on for it. Both are left out of the ranges and come last, in a part with nothing else; so the
parts together give what the whole would.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..core.schemas import ALL_KEYS, KeyRange
from ..evaluation.shared_addresses import sharing
from ..sources.merges import NO_MERGES, Merges

if TYPE_CHECKING:
    from ..sources import LargeSnapshot, Snapshot


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

    def of_part(self, table: pl.DataFrame) -> pl.DataFrame:
        """Return the rows of a table whose accounts belong to this part; the table has those of the range."""
        if self.sharing.is_empty():
            return table
        shares = pl.col(ACCOUNT_ID).is_in(self.sharing.implode())
        return table.filter(shares if self.shared else ~shares)


def parts_of(
    snapshot: Snapshot | LargeSnapshot, size: int, merges: Merges = NO_MERGES
) -> Iterator[Part]:
    """Yield the accounts in parts of about `size` rows; a snapshot that is not larger is one part."""
    shared = pl.Series(ACCOUNT_ID, [], dtype=pl.String)
    if snapshot.rows > size:
        shared = sharing(snapshot.contact_addresses())[ACCOUNT_ID]
        shared = pl.concat([shared, merges.together()]).unique()
    together: list[pl.DataFrame] = []
    for part in snapshot.parts(size):
        shares = part.frame[ACCOUNT_ID].is_in(shared.implode())
        accounts = part.frame.filter(~shares) if len(shared) else part.frame
        accounts = merges.resolve(accounts)
        together.append(part.frame.filter(shares))
        yield Part(part.stretch, part.frame, part.quarantined, accounts, shared)
    if len(shared):
        nothing = part.quarantined.head(0)
        accounts = merges.resolve(pl.concat(together))
        yield Part(ALL_KEYS, None, nothing, accounts, shared, shared=True)
