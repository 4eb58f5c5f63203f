"""Tables as people lay them out: below a title, with two rows of headers, above totals and notes.

A run reads a table whose first row names the columns, one row below for each account. An export of another layout is
brought into that one. Where the header is, the known names of columns show: a title has none of them.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import islice
from typing import NamedTuple, TextIO

import polars as pl

from ..core.file_formats import RARE_SEPARATORS, SEPARATOR_PATTERN, SEPARATORS, SHEET_FORMATS
from ..fields.standard_fields import STANDARD
from ..sources.export_file import ExportFile
from ..sources.spreadsheets import read_sheet
from .knowledge import header_names, header_spellings, presets
from .written_numbers import is_number

Cells = list[str]

_HEAD = 25
"""The rows among which the header is looked for."""
_TAIL = 1 << 14
"""The bytes at the end of a file in which totals and notes are looked for."""
_FEWEST = 2
"""The known names that a row must have to be the header of a table below other rows."""
_LONGEST_HINT = 64
"""More characters than a line has that tells Excel the separator."""
_WORDS_OF_NOTE = 3
"""A row with one value of this many words is a note, and not an account that was cut off."""
_NARROW = 3
"""In a table of fewer columns, a row with one value is not a note."""
_TOTAL = frozenset(
    ["total", "totals", "totaux", "sum", "gesamt", "summe", "gesamtsumme", "somme", "endsumme"]
)
"""Words in the first cell of a row of totals."""
_WORDS_OF_TOTALS = frozenset(
    ["grand", "general", "général", "overall", "accounts", "clients", "kunden", "(sum)"]
)
"""Words that may follow or precede them."""


class LaidOut(NamedTuple):
    """A table in the layout that runs read, and sentences about what was left out or renamed."""

    table: pl.DataFrame
    notes: tuple[str, ...]


class _Header(NamedTuple):
    """The names of the columns, the index of the row below them, and how many rows above them are left out."""

    names: Cells
    below: int
    above: int


def read_layout(file: ExportFile) -> LaidOut | None:
    """Return the table of an export in another layout; None for an ordinary table, and for other formats."""
    if file.format in SHEET_FORMATS:
        rows, first = _sheet_rows(file)
        header = _find_header(rows)
        if header is None or (_is_ordinary(header) and not _footers(rows)):
            return None
        return _laid_out(file, rows, header, first)
    return _lay_out_csv(file) if file.format == "csv" else None


def _lay_out_csv(file: ExportFile) -> LaidOut | None:
    """Return the table of a CSV file, of which the first and last lines say if it is an ordinary one."""
    hint = _hint(file)
    separator = hint or _separator(file)
    with _opened(file) as text:
        header = _find_header(list(islice(csv.reader(text, delimiter=separator), _HEAD)))
    if header is None:
        return None
    ordinary = _is_ordinary(header) and hint is None
    if ordinary and not _footers(_tail(file, separator)):
        return None
    with _opened(file) as text:
        rows = list(csv.reader(text, delimiter=separator))
    if ordinary and not _footers(rows):
        return None
    return _laid_out(file, rows, header, 1 if hint is None else 2)


def _is_ordinary(header: _Header) -> bool:
    """Return whether the first row names the columns, and no known name comes twice, which no run could read."""
    counts = Counter(name for name in header.names if name)
    repeated = any(count > 1 and is_known_header(name) for name, count in counts.items())
    return header.below == 1 and not repeated


def is_total(row: Sequence[str], width: int) -> bool:
    """Return whether a row has totals and no account: half of it is blank, and its first value says so, or is missing.

    Args:
        row: The cells.
        width: The number of columns.
    """
    filled = [cell.strip() for cell in row if cell.strip()]
    if not filled or 2 * len(filled) > width + 1:
        return False
    words = {*filled[0].casefold().replace(":", " ").split()}
    if _TOTAL & words and words <= _TOTAL | _WORDS_OF_TOTALS:
        return True
    return not row[0].strip() and all(is_number(cell) for cell in filled)


def _laid_out(file: ExportFile, rows: list[Cells], header: _Header, first: int) -> LaidOut:
    """Return the table; `first` is the number that a spreadsheet shows at the first of the rows."""
    name, width = file.shown, len(header.names)
    data = rows[header.below :]
    left_out = _footers(data)
    data = [row for row in data[: len(data) - left_out] if any(cell.strip() for cell in row)]
    long = [row for row in data if any(cell.strip() for cell in row[width:])]
    notes: list[str] = []
    if header.above:
        row = first + header.below - 1
        notes.append(
            f"row {row} of {name} names the columns: {_rows(header.above)} above it, and left out"
        )
    if left_out:
        notes.append(
            f"{_rows(left_out)} below the table of {name}, with totals or notes, and left out"
        )
    if long:
        notes.append(f"in {name}, {_rows(len(long))} left out: more values than columns")
    even = [[*row[:width], *[""] * (width - len(row))] for row in data if row not in long]
    columns = list(zip(*even, strict=True)) if even else [()] * width
    return LaidOut(_table(header.names, columns, name, notes), tuple(notes))


def _table(
    names: Cells, columns: Sequence[Sequence[str]], file: str, notes: list[str]
) -> pl.DataFrame:
    """Return the columns with a name, each name once: one that comes again has a number, unless its values do too."""
    taken: dict[str, pl.Series] = {}
    unnamed = 0
    for name, values in zip(names, columns, strict=True):
        column = pl.Series(name, values, dtype=pl.String)
        column = column.set(column.str.strip_chars() == "", None)
        if not name:
            unnamed += column.null_count() < column.len()
        if not name or any(column.equals(each) for each in taken.values() if each.name == name):
            continue
        number = 1 + sum(each.name == name for each in taken.values())
        new = name if number == 1 else f"{name} ({number})"
        if number > 1:
            notes.append(
                f"{file} has the column `{name}` more than once: `{new}` is another of them"
            )
        taken[new] = column
    if unnamed:
        notes.append(f"{file} has columns without a name, which are left out: {unnamed}")
    return pl.DataFrame([column.alias(name) for name, column in taken.items()])


def _find_header(rows: Sequence[Cells]) -> _Header | None:
    """Return the header: that of the first row, unless another row, or two of them, have more known names."""
    if not rows:
        return None
    best = _Header(_stripped(rows[0]), 1, 0)
    most = max(_known(best.names), _FEWEST - 1)
    for at in range(1, len(rows) - 1):
        single = _Header(_stripped(rows[at]), at + 1, at)
        for header in (single, _joined(rows, at)):
            if header is not None and _known(header.names) > most:
                best, most = header, _known(header.names)
    if best.above and (above := _group_above(rows, best.above)) is not None:
        # The row above has groups of columns: their names make doubtful ones clear.
        best = best._replace(names=_join_names(above, best.names), above=best.above - 1)
    return best


def _joined(rows: Sequence[Cells], at: int) -> _Header | None:
    """Return the header of two rows, of which the upper one has groups of columns."""
    above = _group_above(rows, at)
    if above is None:
        return None
    return _Header(_join_names(above, _stripped(rows[at])), at + 1, at - 1)


def _group_above(rows: Sequence[Cells], at: int) -> Cells | None:
    """Return the row above one if it has groups of columns: several names, with gaps where cells are merged."""
    above, below = _stripped(rows[at - 1]), _stripped(rows[at])
    filled = [cell for cell in above if cell]
    if (
        len(filled) < _FEWEST
        or len(filled) >= len(below)
        or any(map(is_number, filter(None, below)))
    ):
        return None
    return above


def _join_names(above: Cells, below: Cells) -> Cells:
    """Return one name for each column: its own, with that of its group where its own says too little."""
    names: Cells = []
    group = ""
    for at, own in enumerate(below):
        here = above[at] if at < len(above) else ""
        group = here or group
        whole = f"{group} {own}".strip()
        if not own:
            names.append(here)
        elif is_known_header(own) or not (is_known_header(whole) or not _may_be_known(own)):
            names.append(own)
        else:
            names.append(whole)
    return names


def _known(names: Sequence[str]) -> int:
    """Return how many different names of a row are known."""
    return len({name for name in names if name and is_known_header(name)})


@cache
def is_known_header(name: str) -> bool:
    """Return whether a text is the name of a column that fills a field for certain."""
    if any(name in preset.columns for preset in presets().values()):
        return True
    spellings = header_spellings(name)
    if any(spelling.replace(" ", "_") in _FIELDS for spelling in spellings):
        return True
    return any(each.sure for spelling in spellings for each in header_names().get(spelling, ()))


_FIELDS = frozenset(spec.name for spec in STANDARD)


def _may_be_known(name: str) -> bool:
    return any(spelling in header_names() for spelling in header_spellings(name))


def _footers(rows: Sequence[Cells]) -> int:
    """Return how many rows at the end are not of accounts: totals, notes, and blank rows among them."""
    width = max((len(row) for row in rows[:-1]), default=0)
    found = at = 0
    for row in reversed(rows):
        at += 1
        filled = [cell for cell in row if cell.strip()]
        if not filled:
            continue
        above = rows[len(rows) - at - 1] if at < len(rows) else []
        parted = found > 0 or not any(cell.strip() for cell in above)
        note = len(filled) == 1 and width >= _NARROW and _is_note(filled[0], parted, rows, at)
        if not note and not is_total(row, width):
            break
        found = at
    return found


def _is_note(text: str, parted: bool, rows: Sequence[Cells], at: int) -> bool:
    """Return whether the only value of a row is a note: it has several words, or a blank row is above its block."""
    if len(text.split()) >= _WORDS_OF_NOTE or parted:
        return True
    above = rows[: len(rows) - at]
    block = next((row for row in reversed(above) if len([c for c in row if c.strip()]) != 1), [""])
    return not any(cell.strip() for cell in block)


def known_in_head(rows: Sequence[Cells]) -> int:
    """Return how many known names of columns the header among these rows has."""
    header = _find_header(rows)
    return 0 if header is None else _known(header.names)


def _stripped(row: Sequence[str]) -> Cells:
    """Return the cells without blanks around them, and line feeds in them as spaces."""
    return [" ".join(cell.split()) for cell in row]


def _sheet_rows(file: ExportFile) -> tuple[list[Cells], int]:
    """Return the cells of a sheet from its first filled row on, and that row's number."""
    sheet = read_sheet(file, typed=False)
    rows = [[cell or "" for cell in row] for row in sheet.frame.rows()]
    return [[*sheet.names], *rows], sheet.first_row - 1


@contextmanager
def _opened(file: ExportFile) -> Iterator[TextIO]:
    """Yield the text of a CSV file, without the line that tells Excel its separator."""
    hinted = _hint(file) is not None
    with file.open_text() as text:
        if hinted:
            text.readline()
        yield text


def _hint(file: ExportFile) -> str | None:
    with file.open_text() as text:
        return hinted_separator(text.readline(_LONGEST_HINT))


def hinted_separator(line: str) -> str | None:
    """Return the separator of a first line such as `sep=;`, which Excel reads as a hint; None for other lines."""
    plain = line.lstrip("\ufeff").strip("\r\n").strip('"')
    key, _, sign = plain.partition("=")
    return sign if key.lower() == "sep" and re.fullmatch(SEPARATOR_PATTERN, sign) else None


def _separator(file: ExportFile) -> str:
    """Return the separator that most of the first lines have equally often."""
    with file.open_text() as text:
        lines = list(islice(text, _HEAD))
    widths = {sign: _width(lines, sign) for sign in SEPARATORS.values()}
    if not max(widths.values()):
        widths |= {sign: _width(lines, sign) for sign in RARE_SEPARATORS}
    return max(widths, key=lambda sign: widths[sign])


def _width(lines: Sequence[str], separator: str) -> int:
    """Return the usual number of values in a line, times the lines that have it; 0 where a line has one value."""
    counts = Counter(len(row) for row in csv.reader(lines, delimiter=separator) if len(row) > 1)
    return max((width * lines for width, lines in counts.items()), default=0)


def _tail(file: ExportFile, separator: str) -> list[Cells]:
    """Return the last lines of a CSV file; the first of them may be cut."""
    source = file.source
    if isinstance(source, bytes):
        end = source[-_TAIL:]
    else:
        with source.open("rb") as opened:
            opened.seek(max(0, source.stat().st_size - _TAIL))
            end = opened.read()
    text = io.StringIO(end.decode("utf-8", "replace"), newline="")
    return list(csv.reader(text, delimiter=separator))


def _rows(count: int) -> str:
    return f"{count:,} row is" if count == 1 else f"{count:,} rows are"
