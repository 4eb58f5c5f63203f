"""Tables that are fetched: from a database, from object storage, or from a Delta table.

Polars reads object storage and lakes with its own scanners. They take credentials from the environment, as the
storage's own tools do, such as `AWS_ACCESS_KEY_ID`.
"""

from __future__ import annotations

import datetime as dt
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.file_formats import DELTA, format_of, in_object_storage
from ..workspace.settings import SnapshotSource
from .paths import path_on
from .refusal import refuse

if TYPE_CHECKING:
    import polars as pl


def fetch_table(source: SnapshotSource, root: Path, day: dt.date) -> pl.DataFrame | None:
    """Return the source's table as it is now, or its object of that date; None if there is no such object.

    Raises:
        Problems: It cannot be read.
    """
    if source.database is not None:
        from .databases import ask_database

        return ask_database(source, root)
    path = source.path or ""
    form = source.file_format.format or format_of(path) or "csv"
    if form == DELTA and find_spec("deltalake") is None:
        message = "a Delta table is read with a package that is not installed"
        refuse("driver-missing", message, "pip install 'tenure[delta]'")
    remote = in_object_storage(path)
    address = (
        path_on(Path(), path, day).as_posix().replace(":/", "://", 1) if remote else root / path
    )
    try:
        return _scan(str(address), form, source.file_format.separator).collect()
    except FileNotFoundError:
        return None
    except Exception as error:
        shown = path_on(Path(), path, day).as_posix()
        why = next((line for line in str(error).splitlines() if line.strip()), repr(error))
        refuse(
            "fetch-failed",
            f"{shown} cannot be read: {why}",
            "see whether the address is right, and the environment has the credentials",
        )


def _scan(address: str, form: str, separator: str | None) -> pl.LazyFrame:
    import polars as pl

    if form == DELTA:
        return pl.scan_delta(address)
    if form == "parquet":
        return pl.scan_parquet(address)
    if form == "jsonl":
        return pl.scan_ndjson(address, infer_schema_length=None)
    # As text, like every CSV file: `007` differs from `7`.
    return pl.scan_csv(address, separator=separator or ",", infer_schema=False)
