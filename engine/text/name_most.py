"""Names of values in messages: the most frequent ones, and how many more there are."""

from __future__ import annotations

from collections.abc import Mapping

from .printable import fit_line

_NAMED = 5
"""Values that a message names."""

_LONGEST_NAMED = 40
"""Characters of a value that a message shows."""


def most_frequent(counts: Mapping[str, int]) -> list[str]:
    """Return the values by frequency, the most frequent first."""
    return sorted(counts, key=lambda each: (-counts[each], each))


def shorten(value: str) -> str:
    """Return a value as a message shows it: one line, cut off where it is long."""
    return fit_line(value)[:_LONGEST_NAMED]


def name_most(counts: Mapping[str, int]) -> str:
    """Return the most frequent values as `` `a`, `b` and 3 more ``."""
    most = most_frequent(counts)
    named = ", ".join(f"`{shorten(each)}`" for each in most[:_NAMED])
    return f"{named} and {len(most) - _NAMED} more" if len(most) > _NAMED else named


def count_accounts(count: int) -> str:
    """Return a number of accounts in words, such as `1 account` or `1,200 accounts`."""
    return f"{count:,} account{'' if count == 1 else 's'}"
