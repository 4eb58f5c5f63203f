"""Tables that cannot be of accounts: lines in one column, accounts in columns, and ids that have lost digits."""

from __future__ import annotations

import re

import polars as pl

from ..core.problems import Problem, Problems
from .joined_files import NamedTable
from .table_layout import is_known_header

_SHORTENED_ID = re.compile(r"\d(?:[.,]\d+)?E\+\d+", re.IGNORECASE)
"""An id that a spreadsheet took for a large number, of which it then wrote the first digits."""
_FEWEST_HEADERS = 3


def refuse_shape(named: NamedTable) -> None:
    """Raise `Problems` for a table that cannot be one of accounts."""
    ids = named.table[named.key].drop_nulls().str.strip_chars() if named.key else pl.Series([""])
    if named.table.width == 1:
        message = f"{named.name} has one column, `{named.table.columns[0][:60]}`"
        hint = "export it as CSV with a comma or semicolon between the values, or as a workbook"
    elif 2 * sum(_SHORTENED_ID.fullmatch(id) is not None for id in ids.head(100)) > len(
        ids.head(100)
    ):
        message = f"the ids in `{named.key}` of {named.name} have lost digits in a spreadsheet, such as `{ids[0]}`"
        hint = "give the column the format of text there before it is opened, or import the export itself"
    elif _are_headers(ids):
        message = (
            f"{named.name} has a row for each field and a column for each account: its ids would be "
            f"{', '.join(f'`{id}`' for id in ids.head(_FEWEST_HEADERS))}"
        )
        hint = "transpose the table, so that each account has a row"
    else:
        return
    raise Problems([Problem("not-importable", message, hint=hint)])


def _are_headers(ids: pl.Series) -> bool:
    """Return whether most ids are names of fields."""
    known = sum(is_known_header(id) for id in ids.head(100))
    return known >= _FEWEST_HEADERS and 2 * known > len(ids.head(100))
