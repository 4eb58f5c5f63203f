"""The structure of a CSV file: its header, its separator, and the lines that do not fit the header.

Polars fills a line that is too short with nulls and cuts one that is too long, and may not report it,
so a file cut off halfway would pass as complete. Lines without quotes are checked by counting
separators, which is ten times as fast as parsing them.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from .refusal import refuse

MAX_HEADER = 1_000_000
"""Characters of a CSV file's first line; a file of one endless line must not fill the memory."""

SEPARATORS = ",;\t|"
# Cells may have any length, also in columns that are not read. The csv module's limit is global, not per reader.
csv.field_size_limit(2**31 - 1)

_BLANK = (b"\n", b"\r\n")
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Header:
    """The columns' names in order, and the separator."""

    names: tuple[str, ...]
    separator: str


@dataclass(frozen=True, slots=True)
class Uneven:
    """Lines that do not fit the header, as data rows from 0: `blank` rows, and `bad` rows with the reason."""

    blank: tuple[int, ...] = ()
    bad: tuple[tuple[int, str], ...] = ()


def read_header(path: Path, shown: str) -> Header:
    """Return the header; an empty file has no names.

    Args:
        path: The file.
        shown: The path as messages name it.
    """
    with _opened(path, shown) as lines:
        first = lines.readline(MAX_HEADER + 1)
        if len(first) > MAX_HEADER:
            refuse(
                "unreadable-snapshot",
                f"the first line of {shown} has more than {MAX_HEADER:,} characters",
                "see whether it is a CSV file, with the names of its columns in the first line",
            )
        if first.strip() == "":
            return Header((), ",")
        separator = max(SEPARATORS, key=lambda sign: (first.count(sign), -SEPARATORS.index(sign)))
        try:
            names = next(csv.reader(_chain(first, lines), delimiter=separator, strict=True))
        except csv.Error as error:
            refuse("unreadable-snapshot", f"the header of {shown} cannot be read: {error}")
    return Header(tuple(names), separator)


def is_even(path: Path, header: Header) -> bool:
    """Return whether every line surely has as many fields as the header. False if only parsing can decide."""
    sign = header.separator.encode()
    separators = len(header.names) - 1
    with path.open("rb") as file:
        for line in file:
            if line.count(sign) != separators or b'"' in line or line in _BLANK:
                return False
    return True


def find_uneven(path: Path, header: Header, shown: str) -> Uneven:
    """Return the lines that do not fit the header.

    Raises:
        Problems: The last line is too short, or a quote is not closed.
    """
    width = len(header.names)
    blank: list[int] = []
    bad: list[tuple[int, str]] = []
    short_last = False
    with _opened(path, shown) as lines:
        records = csv.reader(lines, delimiter=header.separator, strict=True)
        try:
            next(records, None)
            for row, record in enumerate(records):
                if not record:
                    blank.append(row)
                    continue
                short_last = len(record) < width
                if len(record) != width:
                    bad.append((row, f"{len(record)} values where the header has {width}"))
        except csv.Error as error:
            refuse(
                "cut-off" if "end of data" in str(error) else "csv-lines",
                f"line {records.line_num} of {shown} cannot be read: {error}",
                "the export may have been cut off, or a quote is missing",
            )
    if short_last:
        refuse(
            "cut-off",
            f"{shown} is cut off: its last line has {bad[-1][1]}",
            "wait for the export to finish, or export again",
        )
    return Uneven(tuple(blank), tuple(bad))


def refuse_encoding(path: Path, shown: str) -> None:
    """Raise `Problems` with the first line that is not UTF-8, if there is one."""
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError as error:
                refuse(
                    "not-utf-8",
                    f"line {number} of {shown} is not UTF-8 text: byte 0x{line[error.start]:02X}",
                    "export it as UTF-8; it may be Windows-1252 or Latin-1 now",
                )


@contextmanager
def _opened(path: Path, shown: str) -> Iterator[TextIO]:
    with path.open("rb") as file:
        if file.read(2) in _WIDE_MARKS:
            refuse("not-utf-8", f"{shown} is UTF-16 text, not UTF-8", "export it as UTF-8")
    try:
        with path.open(encoding="utf-8-sig", newline="") as text:
            yield text
    except UnicodeDecodeError:
        refuse_encoding(path, shown)
        raise


def _chain(first: str, lines: Iterator[str]) -> Iterator[str]:
    yield first
    yield from lines
