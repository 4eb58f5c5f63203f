"""Files to rows: CSV, Parquet and JSON lines, only the columns asked for, values as the file has them.

Every column of a CSV file and of JSON lines is text here, so that `007` stays `007`; Parquet keeps its types.
Column `@row` counts the data rows from 1, a CSV's header not counted.
"""

from __future__ import annotations

import json
import mmap
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from ..text.input_files import MAX_SNAPSHOT_BYTES, check_regular
from .csv_structure import Header, Uneven, find_uneven, is_even, read_header, refuse_encoding
from .refusal import reading, refuse

if TYPE_CHECKING:
    import polars as pl

ROW = "@row"
_MARK = b"\xef\xbb\xbf"


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


def present_columns(path: Path, format: str, names: Collection[str], shown: str) -> set[str]:
    """Return those of `names` that are columns of the file. Raise `Problems` for a repeated column."""
    with reading(shown):
        _check_there(path, shown)
        if format == "csv":
            header = read_header(path, shown)
            for name in sorted(set(names)):
                if header.names.count(name) > 1:
                    refuse("repeated-column", f"{shown} has the column `{name}` more than once")
            return set(names).intersection(header.names)
        if format == "jsonl":
            return _keys(path, names)
        return set(names).intersection(_parquet_columns(path, shown))


def all_columns(path: Path, format: str, shown: str) -> list[str]:
    """Every column of the file, in order."""
    with reading(shown):
        _check_there(path, shown)
        if format == "csv":
            return list(read_header(path, shown).names)
        if format == "parquet":
            return _parquet_columns(path, shown)
        return _json_columns(path, shown)


def parquet_rows(path: Path, shown: str) -> int:
    """How many rows a Parquet file has."""
    import polars as pl

    with reading(shown):
        try:
            return int(pl.scan_parquet(path, glob=False).select(pl.len()).collect().item())
        except pl.exceptions.PolarsError as error:
            _refuse_parquet(error, shown)


def read_stretch(path: Path, names: Collection[str], shown: str, start: int, rows: int) -> Rows:
    """Return `rows` rows of a Parquet file, from row `start` on, counted from 0."""
    with reading(shown):
        return _read_parquet(path, sorted(set(names)), shown, start, rows)


def read_rows(path: Path, format: str, names: Collection[str], shown: str) -> Rows:
    """Return the rows with these columns, all of which the file has."""
    columns = sorted(set(names))
    with reading(shown):
        _check_there(path, shown)
        if format == "csv":
            return _read_csv(path, columns, shown)
        if format == "jsonl":
            return _read_jsonl(path, columns, shown)
        return _read_parquet(path, columns, shown)


def _check_there(path: Path, shown: str) -> None:
    check_regular(path, shown, MAX_SNAPSHOT_BYTES)
    with path.open("rb") as file:
        something = file.read(1)
    if not something:
        refuse("empty-snapshot", f"{shown} is empty", "export it again")


def _read_csv(path: Path, columns: list[str], shown: str) -> Rows:
    import polars as pl

    header = read_header(path, shown)
    uneven = Uneven() if is_even(path, header) else find_uneven(path, header, shown)
    try:
        frame = _scan_csv(path, header, columns, ragged=bool(uneven.bad))
    except pl.exceptions.PolarsError as error:
        refuse_encoding(path, shown)
        refuse("unreadable-snapshot", f"{shown} cannot be read: {_first_line(error)}")
    left_out = [*uneven.blank, *(row for row, _ in uneven.bad)]
    if left_out:
        frame = frame.filter(~pl.col(ROW).is_in([row + 1 for row in left_out]))
    return Rows(frame, tuple(BadRow(row + 1, reason) for row, reason in uneven.bad))


def _scan_csv(path: Path, header: Header, columns: list[str], ragged: bool) -> pl.DataFrame:
    import polars as pl

    scan = pl.scan_csv(
        path,
        separator=header.separator,
        infer_schema=False,
        truncate_ragged_lines=ragged,
        row_index_name=ROW,
        row_index_offset=1,
        glob=False,
    )
    return scan.select(ROW, *columns).collect()


def _read_jsonl(path: Path, columns: list[str], shown: str) -> Rows:
    import polars as pl

    with path.open("rb") as file:
        marked = file.read(3) == _MARK
        content = file.read() if marked else b""
    schema = dict.fromkeys(columns, pl.String())
    try:
        frame = pl.read_ndjson(content or path, schema=schema)
    except pl.exceptions.PolarsError as error:
        _refuse_json(path, error, shown)
    return Rows(frame.with_row_index(ROW, offset=1))


def _read_parquet(
    path: Path, columns: list[str], shown: str, start: int = 0, rows: int | None = None
) -> Rows:
    import polars as pl

    try:
        scan = pl.scan_parquet(
            path, row_index_name=ROW, row_index_offset=1, glob=False, hive_partitioning=False
        )
        # One chunk for each column: Polars cuts what it computes from several at the bounds of all of them.
        return Rows(scan.select(ROW, *columns).slice(start, rows).collect().rechunk())
    except pl.exceptions.PolarsError as error:
        _refuse_parquet(error, shown)


def _parquet_columns(path: Path, shown: str) -> list[str]:
    import polars as pl

    try:
        return list(pl.read_parquet_schema(path))
    except pl.exceptions.PolarsError as error:
        _refuse_parquet(error, shown)


def _json_columns(path: Path, shown: str) -> list[str]:
    import polars as pl

    try:
        return pl.scan_ndjson(path, infer_schema_length=None).collect_schema().names()
    except pl.exceptions.PolarsError as error:
        _refuse_json(path, error, shown)


def _refuse_parquet(error: Exception, shown: str) -> NoReturn:
    refuse(
        "unreadable-snapshot",
        f"{shown} is not a complete Parquet file: {_first_line(error)}",
        "the export may have been cut off; wait for it to finish, or export again",
    )


def _refuse_json(path: Path, error: Exception, shown: str) -> NoReturn:
    """Raise `Problems` that name the first line that is not a JSON object; a last one means a truncated file."""
    refuse_encoding(path, shown)
    with path.open("rb") as file:
        lines = iter(file)
        line = next(lines, None)
        number = 1
        while line is not None:
            following = next(lines, None)
            if line.strip() and not _is_object(line.removeprefix(_MARK)):
                code = "cut-off" if following is None else "unreadable-snapshot"
                hint = "write one JSON object a line; a missing number is null, never NaN"
                refuse(code, f"line {number} of {shown} is not a complete JSON object", hint)
            line, number = following, number + 1
    refuse("unreadable-snapshot", f"{shown} cannot be read: {_first_line(error)}")


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line, parse_constant=_no_json), dict)
    except ValueError:
        return False


def _no_json(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _keys(path: Path, names: Collection[str]) -> set[str]:
    """Names that stand in the file as JSON text; reading every line for its keys would cost far more."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return {
            name
            for name in names
            if content.find(json.dumps(name).encode()) >= 0
            or content.find(json.dumps(name, ensure_ascii=False).encode()) >= 0
        }


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
