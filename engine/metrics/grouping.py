"""Rows split by `group`, and all of them: so that what is said of groups adds up to what is said of all."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl


def by_group(rows: pl.DataFrame) -> Iterator[tuple[str | None, pl.DataFrame]]:
    """Each group, sorted, with its rows; then all rows under None. Rows without a group stand under None only."""
    for (group,), found in sorted(rows.group_by("group"), key=lambda pair: pair[0][0] or ""):
        if group is not None:
            yield group, found
    yield None, rows
