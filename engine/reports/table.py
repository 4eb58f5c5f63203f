"""Listings as aligned text for a terminal.

Takes a listing, and returns text with each cell on one line; long cells are cut.
"""

from __future__ import annotations

from collections.abc import Iterable
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
    head = [fit_width(name, widest) for name in listing.columns]
    rows = [[fit_width(cell_text(value), widest) for value in row] for row in listing.rows]
    right = [all(map(_is_number, column)) for column in zip(*listing.rows, strict=True)]
    room = (display_width(name) + HEADER_ROOM for name in head)
    cells = (max(map(display_width, column)) for column in zip(*rows, strict=True))
    widths = [max(pair) for pair in zip(room, cells, strict=True)]
    lines = [head, ["-" * width for width in widths], *rows]
    return "".join(_line(cells, widths, right) for cells in lines)


def _line(cells: Iterable[str], widths: Iterable[int], right: Iterable[bool]) -> str:
    padded = (
        _pad(cell, width - display_width(cell), to_right)
        for cell, width, to_right in zip(cells, widths, right, strict=True)
    )
    return BETWEEN.join(padded).rstrip() + "\n"


def _pad(cell: str, blanks: int, right: bool) -> str:
    return " " * blanks + cell if right else cell + " " * blanks


def _is_number(value: Any) -> bool:
    return value is None or (
        isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    )
