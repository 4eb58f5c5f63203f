"""Rows left out of a snapshot, as counts."""

from __future__ import annotations

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..fields.catalogue import Catalogue


def bad_rows(quarantined: pl.DataFrame) -> int:
    """Return the number of rows with bad values, left out themselves or not."""
    return _rows(quarantined)


def rows_left_out(quarantined: pl.DataFrame, catalogue: Catalogue) -> int:
    """Return the number of rows that bad values left out; other bad values are only unknown."""
    essential = [catalogue.is_essential(name) for name in quarantined["field"]]
    return _rows(quarantined.filter(essential))


def _rows(quarantined: pl.DataFrame) -> int:
    return 0 if quarantined.is_empty() else quarantined.select(ACCOUNT_ID, "row").n_unique()


def bad_values_by_field(quarantined: pl.DataFrame, catalogue: Catalogue) -> dict[str, int]:
    """Return the number of bad values of each field that leave no row out."""
    counts = quarantined["field"].value_counts().sort("field")
    return {
        field: count for field, count in counts.iter_rows() if not catalogue.is_essential(field)
    }
