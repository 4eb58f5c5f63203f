"""Listings as a person reads them in a terminal.

In: a listing; out: lined-up text, each cell on one line and cut where it would crowd the others.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ..text.render import columns as text_width
from ..text.render import printable
from .listing import Listing, cell_text

WIDEST = 44
"""Columns of the terminal that one cell may take."""


def draw_table(listing: Listing, widest: int = WIDEST) -> str:
    """The listing with a header and aligned columns; numbers to the right; nothing for no rows."""
    if not listing.rows:
        return ""
    from tabulate import tabulate

    right = [all(_is_number(row[at]) for row in listing.rows) for at in range(len(listing.columns))]
    text: str = tabulate(
        [[_fit(value, widest) for value in row] for row in listing.rows],
        headers=list(listing.columns),
        tablefmt="simple",
        disable_numparse=True,
        colalign=["right" if numeric else "left" for numeric in right],
    )
    return "".join(line.rstrip() + "\n" for line in text.splitlines())


def _is_number(value: Any) -> bool:
    return value is None or (
        isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    )


def _fit(value: Any, widest: int) -> str:
    text = printable(" ".join(cell_text(value).split()))
    if text_width(text) <= widest:
        return text
    while text_width(text) > widest - 1:
        text = text[:-1]
    return text.rstrip() + "…"
