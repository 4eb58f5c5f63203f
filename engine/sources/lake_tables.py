"""Tables of a lake by their versions: the newest one, or the last one before an instant.

A Delta table is found by its address, an Iceberg table in a catalog that PyIceberg knows by name.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import polars as pl

_MILLISECOND = dt.timedelta(milliseconds=1)


class LakeVersion(NamedTuple):
    """A version of a table: its name, such as `version 7`, and its rows, not read yet."""

    name: str
    rows: pl.LazyFrame


class NoVersion(Exception):
    """Raised if a table has no version before the instant; `first` is that of its first one, if it has any."""

    def __init__(self, first: dt.datetime | None) -> None:
        super().__init__(first)
        self.first = first


def open_delta(address: str, before: dt.datetime | None) -> LakeVersion:
    """Return the newest version of a Delta table, or the last one committed before an instant.

    Raises:
        NoVersion: No version that the table's log still has is of before that.
    """
    import polars as pl
    from deltalake import DeltaTable

    table = DeltaTable(address)
    if before is not None:
        # By the time that the writer states: that of the file is another one once the table was copied.
        commits = {
            each["version"]: _instant(each["timestamp"])
            for each in table.history()
            if "timestamp" in each
        }
        known = [version for version, at in commits.items() if at < before]
        if not known:
            raise NoVersion(min(commits.values(), default=None))
        table.load_as_version(max(known))
    return LakeVersion(f"version {table.version()}", pl.scan_delta(table))


def open_iceberg(path: str, before: dt.datetime | None) -> LakeVersion:
    """Return the newest snapshot of an Iceberg table, `catalog/namespace.table`, or the last before an instant.

    Raises:
        NoVersion: No snapshot that the table still has is of before that.
    """
    import polars as pl
    from pyiceberg.catalog import load_catalog

    catalog, _, name = path.partition("/")
    table = load_catalog(catalog).load_table(name)
    current = table.current_snapshot()
    if before is not None:
        stamps = [each.timestamp_ms for each in table.history()]
        current = table.snapshot_as_of_timestamp(_milliseconds(before), inclusive=False)
        if current is None:
            raise NoVersion(_instant(min(stamps)) if stamps else None)
    if current is None:
        return LakeVersion("no snapshot", pl.scan_iceberg(table))
    rows = pl.scan_iceberg(table, snapshot_id=current.snapshot_id)
    return LakeVersion(f"snapshot {current.snapshot_id}", rows)


def _instant(milliseconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(0, dt.UTC) + milliseconds * _MILLISECOND


def _milliseconds(at: dt.datetime) -> int:
    return (at - dt.datetime.fromtimestamp(0, dt.UTC)) // _MILLISECOND
