"""A table as its file has it, all columns as text: for proposals of how to read it, before any settings exist."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import polars as pl

from ..core.file_formats import SHEET_FORMATS, FileFormat, separator_of
from ..core.problems import Problem
from .convert import as_text
from .export_file import ExportFile
from .readers import ROW, all_columns, named_columns, read_rows


def read_raw_table(
    path: Path,
    *,
    format: str | None = None,
    encoding: str | None = None,
    separator: str | None = None,
    sheet: str | None = None,
) -> pl.DataFrame:
    """Return the rows of a file with all columns that can be mapped, as text and untouched.

    Columns without a name, and those whose name is repeated, are left out; see `header_problems`. So are lines that
    have more or fewer values than the header, as in every run.

    Args:
        path: A file of any format that snapshots may have.
        format: Its format; by its extension if left out.
        encoding: Its text encoding; UTF-8 if left out.
        separator: The character between values, or its word in settings; by the header if left out.
        sheet: The name of a spreadsheet's sheet; the first if left out.

    Raises:
        Problems: The file cannot be read.
    """
    stated = FileFormat(format, encoding, separator_of(separator), sheet)
    file = ExportFile(path, path.name, stated)
    names = named_columns(all_columns(file))
    frame = read_rows(file, names, typed=False).frame.drop(ROW)
    return pl.DataFrame([as_text(frame[name]) for name in names])


def header_row(file: ExportFile) -> int:
    """Return the number of the row with the names of the columns, as a spreadsheet shows it."""
    if file.format not in SHEET_FORMATS:
        return 1
    from .spreadsheets import read_sheet

    return read_sheet(file, typed=False).first_row - 1


def header_problems(file: ExportFile) -> list[Problem]:
    """Return a warning for repeated columns, and one for columns without a name: none of them can be mapped."""
    counts = Counter(all_columns(file))
    unnamed = counts.pop("", 0)
    repeated = [name for name, count in counts.items() if count > 1]
    problems = []
    if repeated:
        listed = ", ".join(f"`{name}`" for name in repeated)
        message = f"{file.shown} has these columns more than once, so they are not read: {listed}"
        hint = "give each column its own name in the export"
        problems.append(Problem("repeated-column", message, hint=hint, severity="warning"))
    if unnamed:
        one = unnamed == 1
        message = f"{unnamed} column{' ' if one else 's '}of {file.shown} {'has' if one else 'have'} no name"
        message += f", so {'it is' if one else 'they are'} not read"
        hint = f"name {'it' if one else 'them'} in the export, if {'it is' if one else 'they are'} needed"
        problems.append(Problem("unnamed-column", message, hint=hint, severity="warning"))
    return problems
