"""Advice for a column that an export does not have: the nearest one that it has, and all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..core.problems import Problems
from ..text.suggest import suggest

MOST_LISTED = 40
"""The most columns of an export that a message lists."""


def where_to_look(name: str, columns: Callable[[], Sequence[str]]) -> str:
    """Return the advice; `columns` reads the export's columns, and may fail."""
    try:
        there = list(columns())
    except Problems:
        there = []  # a file that can be searched for names, and not read
    near = suggest(name, there)
    listed = ", ".join(f"`{each}`" for each in there[:MOST_LISTED])
    more = f" and {len(there) - MOST_LISTED} more" if len(there) > MOST_LISTED else ""
    meant = f"did you mean `{near}`? " if near else ""
    return f"{meant}name it in fields.yaml with `from:`; the columns are {listed or 'none'}{more}"
