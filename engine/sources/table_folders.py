"""Folders of Parquet files, as clusters write a table: in object storage or here, partitioned or not.

All files below the folder are one table. Files and folders whose names begin with `_` or `.`, such as `_SUCCESS`, are
not of it. A folder `country=FR` gives the rows below it the column `country`, as text: `007` differs from `7`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from ..core.file_formats import in_object_storage
from .refusal import first_line, refuse
from .row_batches import read_batches
from .stored_objects import list_objects

if TYPE_CHECKING:
    import polars as pl

_Stamps = dict[str, tuple[int, str]]
"""Size and mark of the content of each file, by its name below the folder."""
_NULL = "__HIVE_DEFAULT_PARTITION__"
"""A missing value in the name of a folder, as Hive and Spark write it."""
_CHANGED = "run again once the export is complete; `done_file:` names the file that says so"


def read_table_folder(address: str, shown: str) -> Iterator[pl.DataFrame]:
    """Yield the rows of all files below a folder, file after file by name; nothing if there are no files.

    Args:
        address: The folder, with `/` at its end: an address in object storage, or an absolute path.
        shown: The folder as messages name it.

    Raises:
        Problems: The files differ in their columns, or changed while they were read.
        OSError: The folder cannot be listed.
    """
    import polars as pl

    mixed = pl.exceptions.SchemaError, pl.exceptions.ShapeError, pl.exceptions.ColumnNotFoundError
    before = _tables_of(address)
    if not before:
        return
    try:
        scans = [_scan(address, *each) for each in groupby(sorted(before), _folder_of)]
        yield from read_batches(pl.concat(scans, how="vertical"))
    except FileNotFoundError:
        refuse("file-changed", f"{shown} changed while it was read", _CHANGED)
    except mixed as error:
        message = f"the files in {shown} do not have the same columns and types"
        hint = "write them in one export; a file of an earlier one may be left in the folder"
        refuse("unreadable-snapshot", f"{message}: {first_line(error)}", hint)
    if _tables_of(address) != before:
        refuse("file-changed", f"{shown} changed while it was read", _CHANGED)


def _tables_of(address: str) -> _Stamps:
    """Return the files of the table."""
    files = list_objects(address) if in_object_storage(address) else _list_files(Path(address))
    return {name: stamp for name, stamp in files.items() if _is_table(name)}


def _list_files(folder: Path) -> _Stamps:
    found = {}
    for path in folder.rglob("*"):
        if path.is_file():
            stat = path.stat()
            found[path.relative_to(folder).as_posix()] = (stat.st_size, f"{stat.st_mtime_ns}")
    return found


def _is_table(name: str) -> bool:
    return name.endswith(".parquet") and not any(
        part.startswith(("_", ".")) for part in name.split("/")
    )


def _folder_of(name: str) -> str:
    return name.rpartition("/")[0]


def _scan(address: str, folder: str, names: Iterable[str]) -> pl.LazyFrame:
    """Return the rows of the files of one folder, with the columns that the names of folders state.

    Polars would take those of the address too, in which `date=2026-03-01` says which snapshot it is.
    """
    import polars as pl

    stated = [part.partition("=") for part in folder.split("/") if "=" in part]
    values = {unquote(key): None if value == _NULL else unquote(value) for key, _, value in stated}
    scan = pl.scan_parquet([address + name for name in names], glob=False, hive_partitioning=False)
    return scan.with_columns(pl.lit(value, pl.String).alias(key) for key, value in values.items())
