"""Tables that are fetched: from a database, object storage, a folder of Parquet files, or a Delta or Iceberg table.

Polars reads object storage and lakes with its own scanners. They take credentials from the environment, as the
storage's own tools do, such as `AWS_ACCESS_KEY_ID`.
"""

from __future__ import annotations

import datetime as dt
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.file_formats import format_of, in_object_storage
from ..core.problems import Problems
from ..workspace.settings import PLACEHOLDER, SnapshotSource
from .refusal import first_line, need_package, refuse
from .table_folders import read_table_folder

if TYPE_CHECKING:
    import polars as pl


_PACKAGES = {"delta": "deltalake", "iceberg": "pyiceberg"}
"""The package that reads a lake's tables, by their format; the extra has the format's name."""


def fetch_table(
    source: SnapshotSource, root: Path, day: dt.date, columns_only: bool = False
) -> pl.DataFrame | None:
    """Return the source's table as it is now, or its object of that date; None if there is no such object.

    Args:
        source: A database, object storage, a folder or a lake.
        root: The workspace.
        day: The date in the place of `{date}` in the address.
        columns_only: True for a table of a lake without its rows, for which only its metadata are read.

    Raises:
        Problems: It cannot be read.
    """
    if source.database is not None:
        from .databases import ask_database

        return ask_database(source, root)
    path = source.path or ""
    form = source.file_format.format or format_of(path) or "csv"
    if form in _PACKAGES:
        need_package(_PACKAGES[form], f"the format {form}", form)
    path = path.replace(PLACEHOLDER, day.isoformat())
    try:
        if form == "iceberg":
            return _collect(_newest_of_iceberg(path), columns_only)
        address = path if in_object_storage(path) else str(root / path)
        if source.folder:
            return read_table_folder(f"{address.rstrip('/')}/", path)
        return _collect(_scan(address, form, source.file_format.separator), columns_only)
    except FileNotFoundError:
        return None
    except Problems:
        raise
    except Exception as error:
        refuse(
            "fetch-failed",
            f"{path} cannot be read: {first_line(error)}",
            "see whether the address is right, and the environment has the credentials",
        )


def _collect(scan: pl.LazyFrame, columns_only: bool) -> pl.DataFrame:
    import polars as pl

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Polars advises to install a faster planner for Iceberg
        return pl.DataFrame(schema=scan.collect_schema()) if columns_only else scan.collect()


def _newest_of_iceberg(path: str) -> pl.LazyFrame:
    """Return an Iceberg table, `catalog/namespace.table`; the catalog's address is pyiceberg's to know."""
    import polars as pl
    from pyiceberg.catalog import load_catalog

    catalog, _, table = path.partition("/")
    return pl.scan_iceberg(load_catalog(catalog).load_table(table))


def _scan(address: str, form: str, separator: str | None) -> pl.LazyFrame:
    import polars as pl

    if form == "delta":
        return pl.scan_delta(address)
    if form == "parquet":
        return pl.scan_parquet(address)
    if form == "jsonl":
        return pl.scan_ndjson(address, infer_schema_length=None)
    # As text, like every CSV file: `007` differs from `7`.
    return pl.scan_csv(address, separator=separator or ",", infer_schema=False)
