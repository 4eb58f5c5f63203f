"""Sheets of spreadsheets (`.xlsx`, `.ods`) as tables, through fastexcel, the reader that Polars uses.

The first row with something in it is the header. A column whose cells all have one type keeps that type, and any other
is text, so that an id such as `007` stays one.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any, NoReturn

from .export_file import ExportFile
from .refusal import refuse

if TYPE_CHECKING:
    import polars as pl


_HEAD = 25
"""The rows of a sheet among which a header is looked for."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet's header and its rows below.

    Attributes:
        names: The names of the columns, in order; empty where a column has none.
        frame: The rows, in columns `0`, `1` and so on.
        first_row: The number that a spreadsheet shows at the first of the rows.
    """

    names: tuple[str, ...]
    frame: pl.DataFrame
    first_row: int


def read_sheet(file: ExportFile, typed: bool = True) -> Sheet:
    """Return the stated sheet of a spreadsheet, or its first.

    Args:
        file: The spreadsheet.
        typed: False for text alone.

    Raises:
        Problems: The extra `excel` is missing, or the file or its sheet cannot be read.
    """
    excel = _fastexcel()
    source = file.source
    try:
        book = excel.read_excel(source if isinstance(source, bytes) else str(source))
        sheet = _sheet_name(file, book)
        texts = _load(book, sheet, header_row=None, skip_rows=0, dtypes="string")
        header = _first_filled(texts)
        names = tuple((name or "").strip() for name in texts.row(header)) if texts.height else ()
        rows = texts.slice(header + 1)
        if typed and rows.height:
            cells = _load(book, sheet, header_row=header, schema_sample_rows=None)
            rows = _typed(rows, cells)
    except excel.FastExcelError as error:
        _refuse_sheet(file, error)
    return Sheet(names, rows, header + 2)


def sheet_heads(file: ExportFile) -> dict[str, list[list[str]]]:
    """Return the first cells of each sheet of a spreadsheet, as texts, in the order of the sheets."""
    excel = _fastexcel()
    source = file.source
    try:
        book = excel.read_excel(source if isinstance(source, bytes) else str(source))
        options = {"header_row": None, "skip_rows": 0, "dtypes": "string", "n_rows": _HEAD}
        texts = {name: _load(book, name, **options) for name in book.sheet_names}
    except excel.FastExcelError as error:
        _refuse_sheet(file, error)
    return {name: [[c or "" for c in row] for row in frame.rows()] for name, frame in texts.items()}


def _refuse_sheet(file: ExportFile, error: Exception) -> NoReturn:
    refuse(
        "unreadable-snapshot",
        f"{file.shown} cannot be read as a spreadsheet: {str(error).partition(chr(10))[0]}",
        "see whether it opens, and has no password; or export it as CSV",
    )


def _fastexcel() -> ModuleType:
    try:
        import fastexcel
    except ImportError:
        refuse(
            "excel-missing",
            "spreadsheets are read with fastexcel, which is not installed",
            "install it with `pip install 'tenure[excel]'`, or export the sheet as CSV",
        )
    import logging

    # It warns of each column without a value.
    logging.getLogger("fastexcel").setLevel(logging.ERROR)
    return fastexcel


def _sheet_name(file: ExportFile, book: Any) -> str:
    names: list[str] = book.sheet_names
    name = file.stated.sheet
    if name is None:
        return names[0]
    if name not in names:
        listed = ", ".join(f"`{each}`" for each in names)
        refuse("missing-sheet", f"{file.shown} has no sheet `{name}`", f"its sheets are {listed}")
    return name


def _load(book: Any, sheet: str, **options: Any) -> pl.DataFrame:

    frame: pl.DataFrame = book.load_sheet(sheet, **options).to_polars()
    return frame.rename({name: str(at) for at, name in enumerate(frame.columns)})


def _first_filled(texts: pl.DataFrame) -> int:
    """Return the index of the first row with something in it, or 0."""
    return next(
        (at for at, row in enumerate(texts.iter_rows()) if any((c or "").strip() for c in row)), 0
    )


def _typed(texts: pl.DataFrame, cells: pl.DataFrame) -> pl.DataFrame:
    """Return the rows, each column with the type of its cells if all of them have it."""
    columns = []
    for name in texts.columns:
        text = texts[name]
        filled = text.len() - int((text.fill_null("").str.strip_chars() == "").sum())
        fits = name in cells.columns and cells.height == texts.height
        whole = fits and cells[name].len() - cells[name].null_count() == filled
        columns.append(_simplest(cells[name]) if whole and filled else text)
    return texts.with_columns(columns)


def _simplest(cells: pl.Series) -> pl.Series:
    """Return numbers without fractions as integers, and times at midnight as dates."""
    import polars as pl

    if cells.dtype == pl.Float64:
        whole = cells.cast(pl.Int64, strict=False)
        return whole if (whole.cast(pl.Float64) == cells).all() else cells
    if isinstance(cells.dtype, pl.Datetime):
        days = cells.dt.date()
        return days if (days.cast(cells.dtype) == cells).all() else cells
    return cells
