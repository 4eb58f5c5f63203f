"""Files to rows: CSV, spreadsheets, Parquet and JSON, only the columns asked for, values as the file has them.

Every column of a CSV file and of JSON is text here, so that `007` stays `007`; Parquet keeps its types, and a
spreadsheet those of columns of one type. Column `@row` is the number that a spreadsheet shows at the row, where the
header is row 1; in Parquet and JSON the first row is 1. Rows without any value are left out.
"""

from __future__ import annotations

import csv
import io
import json
import mmap
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NoReturn

from ..core.file_formats import SHEET_FORMATS, FileFormat
from .csv_structure import Header, Uneven, find_uneven, is_even, read_header, with_line_feeds
from .export_file import UTF_8_MARK, ExportFile
from .refusal import first_line, reading, refuse

if TYPE_CHECKING:
    import polars as pl

ROW = "@row"
_FIRST_ROW = 2
"""The number of the first row below a header."""


@dataclass(frozen=True, slots=True)
class BadRow:
    """An unusable row: its number, the fault, and the column and value at fault, if any."""

    row: int
    reason: str
    column: str = ""
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """`@row` and the columns asked for, of the rows that can be used; and those that cannot."""

    frame: pl.DataFrame
    bad: tuple[BadRow, ...] = ()


def present_columns(file: ExportFile, names: Collection[str]) -> set[str]:
    """Return those of `names` that are columns of the file. Raise `Problems` for a repeated column."""
    with reading(file.shown):
        file.check()
        if file.format == "jsonl":
            return _keys(file, names)
        found = Counter(_columns(file))
        for name in sorted(set(names)):
            if found[name] > 1:
                message = f"{file.shown} has the column `{name}` more than once"
                refuse("repeated-column", message, "give each column its own name in the export")
        return set(names).intersection(found)


def all_columns(file: ExportFile) -> list[str]:
    """Every column of the file, in order, with names that are repeated or empty."""
    with reading(file.shown):
        file.check()
        return _columns(file)


def parquet_rows(file: ExportFile) -> int:
    """How many rows a Parquet file has."""
    import polars as pl

    with reading(file.shown):
        try:
            scan = pl.scan_parquet(_for_polars(file), glob=False)
            return int(scan.select(pl.len()).collect().item())
        except pl.exceptions.PolarsError as error:
            _refuse_parquet(error, file)


def read_stretch(file: ExportFile, names: Collection[str], start: int, rows: int) -> Rows:
    """Return `rows` rows of a Parquet file, from row `start` on, counted from 0."""
    with reading(file.shown):
        return _read_parquet(file, sorted(set(names)), start, rows)


def read_rows(file: ExportFile, names: Collection[str], typed: bool = True) -> Rows:
    """Return the rows with these columns, all of which the file has; a spreadsheet's as text if not `typed`."""
    columns = sorted(set(names))
    with reading(file.shown):
        file.check()
        if file.format in SHEET_FORMATS:
            return _read_sheet(file, columns, typed)
        return _READERS[file.format](file, columns)


def has_rows(file: ExportFile) -> bool:
    """Return whether the file has a row with a value below its header; most formats are read no further than that."""
    with reading(file.shown):
        file.check()
        if file.format == "csv":
            return _has_csv_rows(file)
        if file.format == "parquet":
            return parquet_rows(file) > 0
        if file.format == "jsonl":
            with file.open() as lines:
                return any(line.strip(b"\xef\xbb\xbf \t\r\n") for line in lines)
        if file.format == "json":
            return bool(_json_objects(file))
        return _read_sheet(file, [], typed=False).frame.height > 0


def _has_csv_rows(file: ExportFile) -> bool:
    separator = read_header(file).separator
    with file.open_text() as text:
        records = csv.reader(text, delimiter=separator)
        next(records, None)
        return any(cell.strip() for record in records for cell in record)


def named_columns(names: Iterable[str]) -> list[str]:
    """Return the names of columns that can be read: not empty, and not repeated."""
    counts = Counter(names)
    return [name for name, count in counts.items() if name and count == 1]


def _columns(file: ExportFile) -> list[str]:
    if file.format == "csv":
        return list(read_header(file).names)
    if file.format == "parquet":
        return _parquet_columns(file)
    if file.format == "jsonl":
        return _json_lines_columns(file)
    stat = file.path.stat()
    size, changed = stat.st_size, stat.st_mtime_ns
    return list(_columns_of_whole(file.path, file.shown, file.stated, size, changed))


@lru_cache(maxsize=8)
def _columns_of_whole(
    path: Path, shown: str, stated: FileFormat, size: int, changed: int
) -> tuple[str, ...]:
    """Return the columns of a file that must be read whole for them; once, while it is the same file."""
    del size, changed
    file = ExportFile(path, shown, stated)
    if file.format == "json":
        return tuple(dict.fromkeys(key for item in _json_objects(file) for key in item))
    from .spreadsheets import read_sheet

    return read_sheet(file, typed=False).names


def _for_polars(file: ExportFile) -> Path | io.BytesIO:
    """Return what Polars reads: the path, or the unpacked bytes."""
    return io.BytesIO(file.source) if isinstance(file.source, bytes) else file.source


def _read_csv(file: ExportFile, columns: list[str]) -> Rows:
    import polars as pl

    header = read_header(file)
    if not any(name.strip() for name in header.names):
        hint = "write the names of the columns into its first line"
        refuse("unreadable-snapshot", f"the first line of {file.shown} names no column", hint)
    source = file.source
    uneven = Uneven()
    if not is_even(source, header):
        uneven = find_uneven(file, header)
        source = with_line_feeds(source)
    try:
        frame = _scan_csv(source, header, columns, ragged=bool(uneven.bad) or uneven.padded)
        frame = _without_blank_rows(
            frame, lambda: _scan_csv(source, header, named_columns(header.names), ragged=True)
        )
    except pl.exceptions.PolarsError as error:
        file.refuse_encoding()
        refuse("unreadable-snapshot", f"{file.shown} cannot be read: {first_line(error)}")
    left_out = [*uneven.blank, *(row for row, _ in uneven.bad)]
    if left_out:
        frame = frame.filter(~pl.col(ROW).is_in([row + _FIRST_ROW for row in left_out]))
    return Rows(frame, tuple(BadRow(row + _FIRST_ROW, reason) for row, reason in uneven.bad))


def _scan_csv(
    source: Path | bytes, header: Header, columns: list[str], ragged: bool
) -> pl.DataFrame:
    import polars as pl

    scan = pl.scan_csv(
        source,
        separator=header.separator,
        infer_schema=False,
        truncate_ragged_lines=ragged,
        row_index_name=ROW,
        row_index_offset=_FIRST_ROW,
        glob=False,
        with_column_names=lambda written: _unquoted(written, header),
    )
    return scan.select(ROW, *columns).collect()


def _unquoted(written: list[str], header: Header) -> list[str]:
    """Return the names of columns as the header means them: Polars leaves doubled quotes in them as they are."""
    doubled = (name.replace('""', '"') for name in written)
    return [
        name if name in header.names else plain
        for name, plain in zip(written, doubled, strict=True)
    ]


def _without_blank_rows(frame: pl.DataFrame, whole: Callable[[], pl.DataFrame]) -> pl.DataFrame:
    """Return the rows that have a value in any column of the file.

    Args:
        frame: The rows with some columns.
        whole: Reads the rows with all columns; called only if some row has no value in `frame`.
    """
    import polars as pl

    blank = _blank_rows(frame)
    if blank is None:
        return frame
    rows = whole().filter(pl.col(ROW).is_in(frame[ROW].filter(blank).implode()))
    empty = _blank_rows(rows)
    if empty is None:
        return frame
    return frame.filter(~pl.col(ROW).is_in(rows[ROW].filter(empty).implode()))


def _blank_rows(frame: pl.DataFrame) -> pl.Series | None:
    """Return a mask of the rows without any value; None if there are none."""
    blank: pl.Series | None = None
    for values in frame.drop(ROW).iter_columns():
        here = _blank(values)
        blank = here if blank is None or here is None else blank & here
        if blank is None or not blank.any():
            return None
    return blank


def _blank(values: pl.Series) -> pl.Series | None:
    """Return a mask of the missing values and blank texts. Blank text sorts first, so the least decides."""
    import polars as pl

    least = values.min() if values.dtype == pl.String else None
    if not isinstance(least, str) or least > " \uffff":
        return values.is_null() if values.null_count() else None
    return values.str.strip_chars().fill_null("") == ""


def _read_sheet(file: ExportFile, columns: list[str], typed: bool) -> Rows:
    from .spreadsheets import read_sheet

    sheet = read_sheet(file, typed)
    frame = sheet.frame.with_row_index(ROW, offset=sheet.first_row)
    named = {str(sheet.names.index(name)): name for name in columns}
    some = frame.select(ROW, *named).rename(named)
    return Rows(_without_blank_rows(some, lambda: frame))


def _read_jsonl(file: ExportFile, columns: list[str]) -> Rows:
    import polars as pl

    schema = dict.fromkeys(columns, pl.String())
    try:
        frame = pl.read_ndjson(_without_mark(file), schema=schema)
    except pl.exceptions.PolarsError as error:
        _refuse_json(file, error)
    return Rows(frame.with_row_index(ROW, offset=1))


def _without_mark(file: ExportFile) -> Path | bytes:
    """Return what Polars reads of JSON lines; it takes the mark of UTF-8 for content."""
    source = file.source
    if isinstance(source, bytes):
        return source.removeprefix(UTF_8_MARK)
    with source.open("rb") as opened:
        return opened.read() if opened.read(len(UTF_8_MARK)) == UTF_8_MARK else source


def _read_json(file: ExportFile, columns: list[str]) -> Rows:
    import polars as pl

    objects = _json_objects(file)
    texts = {name: [_json_text(item.get(name)) for item in objects] for name in columns}
    frame = pl.DataFrame(texts, schema=dict.fromkeys(columns, pl.String()))
    return Rows(frame.with_row_index(ROW, offset=1))


def _json_objects(file: ExportFile) -> list[dict[str, object]]:
    """Return the objects of a JSON file: a list of them, or an object with one such list."""
    with file.open_text() as text:
        try:
            # Numbers stay as written: 1.50 and 007 are texts of their columns.
            content = json.load(text, parse_float=str, parse_int=str, parse_constant=_no_json)
        except ValueError as error:
            hint = "the export may have been cut off; a missing number is null, never NaN"
            refuse("unreadable-snapshot", f"{file.shown} is not complete JSON: {error}", hint)
    if isinstance(content, dict):
        lists = [value for value in content.values() if isinstance(value, list)]
        content = lists[0] if len(lists) == 1 else None
    if not isinstance(content, list) or not all(isinstance(item, dict) for item in content):
        hint = "write `[{...}, {...}]`, one object an account; for one object a line say `format: jsonl`"
        refuse("unreadable-snapshot", f"{file.shown} is not a JSON list of objects", hint)
    return content


def _json_text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _read_parquet(
    file: ExportFile, columns: list[str], start: int = 0, rows: int | None = None
) -> Rows:
    import polars as pl

    try:
        scan = pl.scan_parquet(_for_polars(file), glob=False, hive_partitioning=False)
        # One chunk for each column: Polars cuts what it computes from several at the bounds of all of them.
        # A frame without any column would not know its number of rows.
        frame = scan.select(columns or pl.first()).slice(start, rows).collect().rechunk()
        return Rows(frame.with_row_index(ROW, start + 1).select(ROW, *columns))
    except pl.exceptions.PolarsError as error:
        _refuse_parquet(error, file)


_READERS: dict[str, Callable[[ExportFile, list[str]], Rows]] = {
    "csv": _read_csv,
    "jsonl": _read_jsonl,
    "json": _read_json,
    "parquet": _read_parquet,
}


def _parquet_columns(file: ExportFile) -> list[str]:
    import polars as pl

    try:
        return list(pl.read_parquet_schema(_for_polars(file)))
    except pl.exceptions.PolarsError as error:
        _refuse_parquet(error, file)


def _json_lines_columns(file: ExportFile) -> list[str]:
    import polars as pl

    try:
        scan = pl.scan_ndjson(_without_mark(file), infer_schema_length=None)
        return scan.collect_schema().names()
    except pl.exceptions.PolarsError as error:
        _refuse_json(file, error)


def _refuse_parquet(error: Exception, file: ExportFile) -> NoReturn:
    refuse(
        "unreadable-snapshot",
        f"{file.shown} is not a complete Parquet file: {first_line(error)}",
        "the export may have been cut off; wait for it to finish, or export again",
    )


def _refuse_json(file: ExportFile, error: Exception) -> NoReturn:
    """Raise `Problems` that name the first line that is not a JSON object; a last one means a truncated file."""
    file.refuse_encoding()
    with _opened(file) as opened:
        lines = iter(opened)
        line = next(lines, None)
        number = 1
        while line is not None:
            following = next(lines, None)
            if line.strip() and not _is_object(line.removeprefix(UTF_8_MARK)):
                code = "cut-off" if following is None else "unreadable-snapshot"
                hint = "write one JSON object a line; a missing number is null, never NaN"
                refuse(code, f"line {number} of {file.shown} is not a complete JSON object", hint)
            line, number = following, number + 1
    refuse("unreadable-snapshot", f"{file.shown} cannot be read: {first_line(error)}")


@contextmanager
def _opened(file: ExportFile) -> Iterator[BinaryIO]:
    source = file.source
    with io.BytesIO(source) if isinstance(source, bytes) else source.open("rb") as opened:
        yield opened


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line, parse_constant=_no_json), dict)
    except ValueError:
        return False


def _no_json(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _keys(file: ExportFile, names: Collection[str]) -> set[str]:
    """Names that stand in the file as JSON text; reading every line for its keys would cost far more."""
    if isinstance(file.source, bytes):
        return _names_in(file.source, names)
    with (
        file.source.open("rb") as opened,
        mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as content,
    ):
        return _names_in(content, names)


def _names_in(content: bytes | mmap.mmap, names: Collection[str]) -> set[str]:
    return {
        name
        for name in names
        if content.find(json.dumps(name).encode()) >= 0
        or content.find(json.dumps(name, ensure_ascii=False).encode()) >= 0
    }
