"""Result of one playbook on a date, before the contact plan over all playbooks."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from ..core.schemas import COUNTS, table_of_rows


@dataclass(frozen=True, slots=True)
class PlaybookResult:
    """The result of one playbook, before the contact plan over all playbooks.

    Attributes:
        states: Rows of STATES that changed.
        drafts: Actions, DRAFT_SCHEMA.
        entries: Ledger entries that supersede or withdraw, LEDGER.
        ended: Enrolments that ended, ENDED.
        counts: COUNTS.
        undecided: UNDECIDED.
    """

    states: pl.DataFrame
    drafts: pl.DataFrame
    entries: pl.DataFrame
    ended: pl.DataFrame
    counts: pl.DataFrame
    undecided: pl.DataFrame


CountRow = tuple[str, str, str, int]
"""A step, what happened, the missing field where it is unknown, and the number of accounts."""


def counts_of(counts: list[CountRow], playbook: str) -> pl.DataFrame:
    """Return COUNTS of a playbook, without those of no account."""
    rows = [(playbook, *counted) for counted in counts if counted[-1]]
    return table_of_rows(rows, COUNTS)


def together(first: PlaybookResult, second: PlaybookResult) -> PlaybookResult:
    """Return the results of two groups of accounts in one playbook."""
    counts = pl.concat([first.counts, second.counts])
    keys = [name for name in COUNTS if name != "accounts"]
    return PlaybookResult(
        pl.concat([first.states, second.states]),
        pl.concat([first.drafts, second.drafts]),
        pl.concat([first.entries, second.entries]),
        pl.concat([first.ended, second.ended]),
        counts.group_by(keys, maintain_order=True).agg(pl.col("accounts").sum()),
        pl.concat([first.undecided, second.undecided]),
    )
