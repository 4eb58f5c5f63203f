"""Listings as aligned text for a terminal.

Takes a listing, and returns text with each cell on one line; long cells are cut.
"""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import Any

from ..text.printable import display_width, fit_width
from .listing import Listing, cell_text

WIDEST_CELL = 44
"""Maximum width of a cell, in terminal columns."""

BETWEEN = "  "
HEADER_ROOM = 2
"""Minimum difference between a column's width and its name's."""


def draw_text_table(listing: Listing, widest: int = WIDEST_CELL) -> str:
    """Return the listing with a header and aligned columns, numbers to the right; empty without rows."""
    if not listing.rows:
        return ""
    values = zip(*listing.rows, strict=True)
    columns = [
        _column(name, column, widest) for name, column in zip(listing.columns, values, strict=True)
    ]
    return "".join(BETWEEN.join(cells).rstrip() + "\n" for cells in zip(*columns, strict=True))


def _column(name: str, values: Collection[Any], widest: int) -> list[str]:
    """Return the cells of a column, all of one width: its name, a line, and its values."""
    texts = [cell_text(value) for value in values]
    # Most columns have few texts, and fitting one takes as long as all else.
    fitted = {text: fit_width(text, widest) for text in {*texts, name}}
    taken = {text: display_width(cell) for text, cell in fitted.items()}
    width = max(taken[name] + HEADER_ROOM, *map(taken.__getitem__, texts))
    right = all(map(_is_number, values))
    padded = {text: _pad(cell, width - taken[text], right) for text, cell in fitted.items()}
    return [padded[name], "-" * width, *map(padded.__getitem__, texts)]


def _pad(cell: str, blanks: int, right: bool) -> str:
    return " " * blanks + cell if right else cell + " " * blanks


def _is_number(value: Any) -> bool:
    return value is None or (
        isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    )
