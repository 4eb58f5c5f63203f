"""Tables of plain values, and their machine formats: CSV, JSON, JSON lines and Markdown.

Takes columns and rows in display order, and returns text in pieces. The same rows always give the same bytes.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ..text.printable import fit_json, fit_lines

FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""Characters at the start of a cell that make a spreadsheet read it as a formula."""

_BLANKS = ' \u00a0"'
_WITHIN = re.compile(r'([;\t\r\n])(?=[ \u00a0"]*[=@＝＋－＠]|"*[+-])')
"""Positions where a spreadsheet that splits cells at other characters than commas would begin a formula."""


@dataclass(frozen=True, slots=True)
class Listing:
    """Named columns, and rows with a value or None for each."""

    columns: tuple[str, ...]
    rows: Collection[tuple[Any, ...]]

    def records(self) -> Iterable[dict[str, Any]]:
        """Yield each row as a dictionary, in the order of the columns."""
        return (dict(zip(self.columns, row, strict=True)) for row in self.rows)


def cell_text(value: Any) -> str:
    """Return a value as text: ISO dates, `true`, whole numbers without a point, empty for None, exact decimals."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, list | tuple):
        return ", ".join(cell_text(item) for item in value)
    return str(value)


def to_csv(listing: Listing) -> Iterator[str]:
    """Yield comma-separated lines with a header, each ending in a line feed.

    Text that a spreadsheet would run as a formula gets a leading apostrophe; numbers do not. Characters that cannot be
    shown are replaced, because CSV has no escapes; programs that need exact values read JSON.
    """
    yield ",".join(map(_quoted, listing.columns)) + "\n"
    for row in listing.rows:
        yield ",".join(_quoted(fit_lines(escape_formula(value))) for value in row) + "\n"


def _quoted(cell: str) -> str:
    """Return the cell, quoted where it needs quotes or where a spreadsheet may split it: at `;` or a tab."""
    if any(sign in cell for sign in ',"\n;\t'):
        return '"' + cell.replace('"', '""') + '"'
    return cell


def escape_formula(value: Any) -> str:
    """Return a cell's text so that no spreadsheet reads it as a formula."""
    text = cell_text(value)
    if isinstance(value, int | float | Decimal):
        return text
    text = _WITHIN.sub(r"\1'", text)
    return f"'{text}" if text.lstrip(_BLANKS).startswith(FORMULA) else text


def plain_cell(value: Any) -> Any:
    """Return a value for JSON: dates as ISO text, and decimals as text too, so that readers do not round them."""
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, list | tuple):
        return [plain_cell(item) for item in value]
    return value


def listing_json(listing: Listing) -> Iterator[str]:
    """Yield an array with an object per row, each on a line."""
    before = "[\n"
    for line in _json_lines(listing):
        yield before + line
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def to_jsonl(listing: Listing) -> Iterator[str]:
    """Yield an object per row, each on a line."""
    return (line + "\n" for line in _json_lines(listing))


def _json_lines(listing: Listing) -> Iterable[str]:
    import json

    for record in listing.records():
        values = {name: plain_cell(value) for name, value in record.items()}
        yield fit_json(json.dumps(values, ensure_ascii=False, allow_nan=False))


def to_markdown(listing: Listing) -> Iterator[str]:
    """Yield a pipe table; pipes, line ends and Markdown's special characters are escaped."""
    yield f"| {' | '.join(listing.columns)} |\n"
    yield f"| {' | '.join(['---'] * len(listing.columns))} |\n"
    for row in listing.rows:
        yield f"| {' | '.join(map(_markdown_cell, row))} |\n"


def _markdown_cell(value: Any) -> str:
    return "<br>".join(markdown_text(cell_text(value)).splitlines())


def markdown_text(text: str) -> str:
    """Return text whose special characters are escaped for Markdown."""
    text = fit_lines(text).replace("\\", "\\\\")
    for sign in ("|", "`", "*", "[", "]", "<", ">"):
        text = text.replace(sign, f"\\{sign}")
    return text


WRITERS: dict[str, Callable[[Listing], Iterator[str]]] = {
    "csv": to_csv,
    "json": listing_json,
    "jsonl": to_jsonl,
    "markdown": to_markdown,
}
"""Writers of the machine formats; they yield pieces, because a first run may list millions of rows."""
