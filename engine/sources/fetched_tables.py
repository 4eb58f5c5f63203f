"""Tables that are fetched: from a database, object storage, a folder of Parquet files, or a Delta or Iceberg table.

Polars reads object storage and lakes with its own scanners. They take credentials from the environment, as the
storage's own tools do, such as `AWS_ACCESS_KEY_ID`.
"""

from __future__ import annotations

import datetime as dt
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, NoReturn
from zoneinfo import ZoneInfo

from ..core.file_formats import format_of, in_object_storage
from ..core.offsets import ONE_DAY
from ..core.problems import Problems
from ..workspace.settings import PLACEHOLDER, SnapshotSource
from .lake_tables import LakeVersion, NoVersion, open_delta, open_iceberg
from .refusal import first_line, need_package, refuse
from .row_batches import read_batches
from .table_folders import read_table_folder

if TYPE_CHECKING:
    import polars as pl


_PACKAGES = {"delta": "deltalake", "iceberg": "pyiceberg"}
"""The package that reads a lake's tables, by their format; the extra has the format's name."""


class FetchedTable(NamedTuple):
    """A table's rows, some at a time, and, of a lake, the version that they are of, such as `version 7`.

    There is at least one batch, which may be empty; none where the source has no such object.
    """

    batches: Iterator[pl.DataFrame]
    version: str = ""


def fetch_table(
    source: SnapshotSource,
    root: Path,
    day: dt.date,
    id_column: str,
    *,
    as_of_day: bool = False,
    columns_only: bool = False,
) -> FetchedTable:
    """Return the source's table as it is now, or its object of that date.

    Args:
        source: A database, object storage, a folder or a lake.
        root: The workspace.
        day: The date in the place of `{date}` in the address.
        id_column: The column of the account ids, by which a cluster sorts its rows.
        as_of_day: True for a table of a lake as it was at the end of that date in the workspace's time zone.
        columns_only: True for a table of a lake without its rows, for which only its metadata are read.

    Raises:
        Problems: It cannot be read. Also raised while its batches are read.
    """
    if source.database is not None:
        from .databases import ask_by_account

        return FetchedTable(ask_by_account(source, root, id_column))
    path = (source.path or "").replace(PLACEHOLDER, day.isoformat())
    address = path if in_object_storage(path) else str(root / path)
    if source.lake:
        with _refusals(path), _no_advice():
            found = _open_version(source, address, day if as_of_day else None)
        return FetchedTable(_version_batches(found, path, columns_only), found.name)
    if source.folder:
        return FetchedTable(_folder_batches(address, path))
    return FetchedTable(_object_batches(source, address, path))


def _object_batches(source: SnapshotSource, address: str, path: str) -> Iterator[pl.DataFrame]:
    form = source.file_format.format or format_of(path) or "csv"
    with _refusals(path):
        try:
            batches = read_batches(_scan(address, form, source.file_format.separator))
            first = next(batches)
        except FileNotFoundError:
            return
        yield first
        yield from batches


def _folder_batches(address: str, path: str) -> Iterator[pl.DataFrame]:
    with _refusals(path):
        yield from read_table_folder(f"{address.rstrip('/')}/", path)


def _open_version(source: SnapshotSource, address: str, day: dt.date | None) -> LakeVersion:
    """Return a lake's table as it is now, or as it was at the end of a date."""
    path, form = source.path or "", source.file_format.format or ""
    need_package(_PACKAGES[form], f"the format {form}", form)
    zone = ZoneInfo(source.time_zone)
    before = None if day is None else dt.datetime.combine(day + ONE_DAY, dt.time(), zone)
    try:
        return open_delta(address, before) if form == "delta" else open_iceberg(path, before)
    except NoVersion as error:
        message = f"{path} has no version of {day} or before"
        if error.first is not None:
            message += (
                f": the first that it still has is of {error.first.astimezone(zone):%Y-%m-%d}"
            )
        refuse("no-snapshot", message, "run for a later date, or restore the table's history")


def _version_batches(found: LakeVersion, path: str, columns_only: bool) -> Iterator[pl.DataFrame]:
    import polars as pl

    with _refusals(path):
        try:
            with _no_advice():
                schema = found.rows.collect_schema()
                rows = pl.LazyFrame(schema=schema) if columns_only else found.rows
                batches = read_batches(rows)
                first = next(batches)
            yield first
            yield from batches
        except FileNotFoundError:
            message = f"{path} cannot be read: files of its {found.name} are not there any more"
            hint = "a clean-up such as VACUUM deletes those of earlier versions; run on a newer one"
            refuse("fetch-failed", message, hint)


@contextmanager
def _no_advice() -> Iterator[None]:
    """Ignore that Polars advises to install a faster planner for Iceberg."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def _refusals(path: str) -> Iterator[None]:
    """Turn an error of a storage or of a library into a problem."""
    try:
        yield
    except Problems:
        raise
    except Exception as error:
        _refuse_unread(path, error)


def _refuse_unread(path: str, error: Exception) -> NoReturn:
    refuse(
        "fetch-failed",
        f"{path} cannot be read: {first_line(error)}",
        "see whether the address is right, and the environment has the credentials",
    )


def _scan(address: str, form: str, separator: str | None) -> pl.LazyFrame:
    import polars as pl

    if form == "parquet":
        return pl.scan_parquet(address)
    if form == "jsonl":
        return pl.scan_ndjson(address, infer_schema_length=None)
    # As text, like every CSV file: `007` differs from `7`.
    return pl.scan_csv(address, separator=separator or ",", infer_schema=False)
