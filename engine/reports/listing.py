"""A table of plain values, and its machine formats: CSV, JSON, JSON lines and Markdown.

In: columns and rows, in the order to be shown; out: text in pieces. The same rows always give the same bytes.
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
"""What makes a spreadsheet read a cell as a formula when it begins with it."""

_BLANKS = ' \u00a0"'
_WITHIN = re.compile(r'([;\t\r\n])(?=[ \u00a0"]*[=@＝＋－＠]|"*[+-])')
"""Where a spreadsheet that splits cells elsewhere than at commas, as the French do, would begin a formula."""


@dataclass(frozen=True, slots=True)
class Listing:
    """Named columns, and rows that have a value or None for each."""

    columns: tuple[str, ...]
    rows: Collection[tuple[Any, ...]]

    def records(self) -> Iterable[dict[str, Any]]:
        """Each row as a dictionary, in the order of the columns."""
        return (dict(zip(self.columns, row, strict=True)) for row in self.rows)


def cell_text(value: Any) -> str:
    """One value as text: ISO dates, `true`, whole numbers without a point, nothing for None, decimals as they are."""
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
    """Comma-separated lines, a header first, a line feed after each.

    Text that a spreadsheet would run as a formula gets an apostrophe before it; numbers don't. What cannot be shown
    is replaced: CSV has no escapes, so that programs that want values exactly read JSON.
    """
    yield ",".join(map(_quoted, listing.columns)) + "\n"
    for row in listing.rows:
        yield ",".join(_quoted(fit_lines(escape_formula(value))) for value in row) + "\n"


def _quoted(cell: str) -> str:
    """The cell in quotes where it needs them, and where a spreadsheet may split it: at `;` or a tab."""
    if any(sign in cell for sign in ',"\n;\t'):
        return '"' + cell.replace('"', '""') + '"'
    return cell


def escape_formula(value: Any) -> str:
    """A cell's text that no spreadsheet takes for a formula."""
    text = cell_text(value)
    if isinstance(value, int | float | Decimal):
        return text
    text = _WITHIN.sub(r"\1'", text)
    return f"'{text}" if text.lstrip(_BLANKS).startswith(FORMULA) else text


def plain_value(value: Any) -> Any:
    """A value as JSON knows it: dates become ISO text, and decimals text too, which no reader rounds."""
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, list | tuple):
        return [plain_value(item) for item in value]
    return value


def listing_json(listing: Listing) -> Iterator[str]:
    """An array with an object a row, each on its own line."""
    before = "[\n"
    for line in _json_lines(listing):
        yield before + line
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def to_jsonl(listing: Listing) -> Iterator[str]:
    """An object a row, each on its own line."""
    return (line + "\n" for line in _json_lines(listing))


def _json_lines(listing: Listing) -> Iterable[str]:
    import json

    for record in listing.records():
        values = {name: plain_value(value) for name, value in record.items()}
        yield fit_json(json.dumps(values, ensure_ascii=False, allow_nan=False))


def to_markdown(listing: Listing) -> Iterator[str]:
    """A pipe table; pipes, line ends and what Markdown would read as its own are escaped."""
    yield f"| {' | '.join(listing.columns)} |\n"
    yield f"| {' | '.join(['---'] * len(listing.columns))} |\n"
    for row in listing.rows:
        yield f"| {' | '.join(map(_markdown_cell, row))} |\n"


def _markdown_cell(value: Any) -> str:
    return "<br>".join(markdown_text(cell_text(value)).splitlines())


def markdown_text(text: str) -> str:
    """Text of which Markdown reads nothing as its own."""
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
"""The machine formats that any listing can be written in, a piece at a time: a first day may list millions."""
