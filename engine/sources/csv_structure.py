"""The structure of a CSV file: its header, its separator, and the lines that do not fit the header.

Polars fills a line that is too short with nulls and cuts one that is too long, and may not report it,
so a file cut off halfway would pass as complete. Lines without quotes are checked by counting
separators, which is ten times as fast as parsing them.
"""

from __future__ import annotations

import csv
import io
import mmap
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..core.file_formats import RARE_SEPARATORS, SEPARATORS, FileFormat
from .export_file import ExportFile
from .refusal import refuse

MAX_HEADER = 1_000_000
"""Characters of a CSV file's first line; a file of one endless line must not fill the memory."""

# Cells may have any length, also in columns that are not read. The csv module's limit is global, not per reader.
csv.field_size_limit(2**31 - 1)

_FEWEST_RARE = 3
_BLANK = (b"\n", b"\r\n")
_LONE_RETURN = re.compile(rb"\r(?!\n)")


@dataclass(frozen=True, slots=True)
class Header:
    """The columns' names in order, and the separator."""

    names: tuple[str, ...]
    separator: str


@dataclass(frozen=True, slots=True)
class Uneven:
    """Lines that do not fit the header, as data rows from 0: `blank` rows, and `bad` rows with the reason.

    `padded` is true if lines have more or fewer values that mean nothing: empty ones, or those of unnamed columns.
    """

    blank: tuple[int, ...] = ()
    bad: tuple[tuple[int, str], ...] = ()
    padded: bool = False


def read_header(file: ExportFile) -> Header:
    """Return the header; an empty file has no names."""
    with file.open_text() as lines:
        first = lines.readline(MAX_HEADER + 1)
        if len(first) > MAX_HEADER:
            refuse(
                "unreadable-snapshot",
                f"the first line of {file.shown} has more than {MAX_HEADER:,} characters",
                "see whether it is a CSV file, with the names of its columns in the first line",
            )
        first = first.removeprefix("\ufeff")
        if first.strip() == "":
            return Header((), ",")
        separator = file.stated.separator or _most_frequent_separator(first)
        try:
            names = next(csv.reader(_chain(first, lines), delimiter=separator, strict=True))
        except csv.Error as error:
            refuse("unreadable-snapshot", f"the header of {file.shown} cannot be read: {error}")
    return Header(tuple(names), separator)


def tell_separator(path: Path, encoding: str | None = None) -> str:
    """Return the separator by the header of a CSV file."""
    return read_header(ExportFile(path, path.name, FileFormat("csv", encoding))).separator


def _most_frequent_separator(first: str) -> str:
    """Return the separator that gives the header's first line most names; those in quotes don't count.

    A rare one counts only where none of the usual ones parts the line, and if it gives three names.
    """
    counts = {sign: len(next(csv.reader([first], delimiter=sign))) for sign in SEPARATORS.values()}
    if max(counts.values()) == 1:
        rare = {sign: len(next(csv.reader([first], delimiter=sign))) for sign in RARE_SEPARATORS}
        counts |= {sign: count for sign, count in rare.items() if count >= _FEWEST_RARE}
    return max(counts, key=lambda sign: counts[sign])


def is_even(source: Path | bytes, header: Header) -> bool:
    """Return whether every line surely has as many fields as the header. False if only parsing can decide."""
    sign = header.separator.encode()
    separators = len(header.names) - 1
    if not separators:
        return False
    with io.BytesIO(source) if isinstance(source, bytes) else source.open("rb") as file:
        for line in file:
            if line.count(sign) != separators or b'"' in line or line in _BLANK:
                return False
    return True


def with_line_feeds(source: Path | bytes) -> Path | bytes:
    """Return the source, or its content with line feeds where lines end in carriage returns alone.

    Polars knows no other ends of lines. Returns within quotes are part of a value, and stay.
    """
    if isinstance(source, Path):
        with (
            source.open("rb") as file,
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped,
        ):
            if _LONE_RETURN.search(mapped) is None:
                return source
            source = mapped[:]
    pieces = source.split(b'"')
    pieces[::2] = [each.replace(b"\r\n", b"\n").replace(b"\r", b"\n") for each in pieces[::2]]
    return b'"'.join(pieces)


def find_uneven(file: ExportFile, header: Header) -> Uneven:
    """Return the lines that do not fit the header.

    A line of separators alone is blank, as spreadsheets leave them below a table. A line may end with separators that
    the header does not have, and lack those after the header's last name.

    Raises:
        Problems: The last line is too short, or a quote is not closed.
    """
    width = len(header.names)
    named = max((place for place, name in enumerate(header.names, 1) if name.strip()), default=0)
    padded = False
    blank: list[int] = []
    bad: list[tuple[int, str]] = []
    short_last = False
    source = file.source
    decoded = (
        file.open_text()
        if isinstance(source, Path)
        else io.TextIOWrapper(io.BytesIO(source), "utf-8-sig", newline="")
    )
    with decoded as lines:
        records = csv.reader(lines, delimiter=header.separator, strict=True)
        try:
            next(records, None)
            for row, record in enumerate(records):
                if not any(record):
                    blank.append(row)
                    continue
                short_last = len(record) < named
                if len(record) == width:
                    continue
                if named <= len(record) and not any(record[width:]):
                    padded = True
                else:
                    bad.append((row, f"{len(record)} values where the header has {width}"))
        except csv.Error as error:
            refuse(
                "cut-off" if "end of data" in str(error) else "csv-lines",
                f"line {records.line_num} of {file.shown} cannot be read: {error}",
                "the export may have been cut off, or a quote is missing",
            )
    if short_last:
        refuse(
            "cut-off",
            f"{file.shown} is cut off: its last line has {bad[-1][1]}",
            "wait for the export to finish, or export again",
        )
    return Uneven(tuple(blank), tuple(bad), padded)


def _chain(first: str, lines: Iterator[str]) -> Iterator[str]:
    yield first
    yield from lines
