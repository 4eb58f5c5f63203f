"""Tables of any number of rows, in bounded memory: read some rows at a time, and written by account.

Each batch of rows is sorted alone, as it comes. If each follows the one before it, as from a source that sorts, they
are joined; else ranges of ids are collected from all of them, one range after the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import polars as pl

RANGE_ROWS = 1_000_000
"""Rows in memory at a time: of a batch that is read, and of a range of ids."""
_GROUP_ROWS = 32_768
"""Rows of a sorted batch that are read together; few, as each range of ids is read from all batches."""
_KEY = "@key"
"""Column: the id as text, by which rows are sorted; missing ids come last."""


class _Sorted(NamedTuple):
    """A sorted batch in a file: its first and last id, and whether some ids are missing."""

    path: Path
    first: str | None
    last: str | None
    nameless: bool


def read_batches(rows: pl.LazyFrame) -> Iterator[pl.DataFrame]:
    """Yield the rows in batches, in their order; one without rows if there are none."""
    import polars as pl

    found = False
    for batch in rows.collect_batches(chunk_size=RANGE_ROWS, lazy=True):
        found = True
        yield batch
    if not found:
        yield pl.DataFrame(schema=rows.collect_schema())


def write_by_account(
    batches: Iterable[pl.DataFrame], id_column: str, path: Path, metadata: dict[str, str]
) -> int | None:
    """Write the rows of all batches to a Parquet file, sorted by account; those of one account stay in their order.

    Args:
        batches: The batches, all with the same columns.
        id_column: The column of the ids; if there is none, rows stay in their order.
        path: The file.
        metadata: Texts for its metadata.

    Returns:
        The number of rows; None, and there is no file, if there is no batch.
    """
    rows = 0
    written: list[_Sorted] = []
    with TemporaryDirectory(prefix=f"{path.name}-", dir=path.parent) as folder:
        for batch in batches:
            if batch.height or not written:
                rows += batch.height
                file = Path(folder) / f"batch-{len(written)}"
                written.append(_write_sorted(batch, id_column, file))
        if not written:
            return None
        files = [each.path for each in written]
        if not _follow(written):
            files = [*_write_ranges(files, Path(folder))]
        _scan(files).drop(_KEY).sink_parquet(path, compression="zstd", metadata=metadata)
    return rows


def _scan(files: list[Path]) -> pl.LazyFrame:
    import polars as pl

    return pl.scan_parquet(files, glob=False, hive_partitioning=False)


def _write_sorted(batch: pl.DataFrame, id_column: str, path: Path) -> _Sorted:
    import polars as pl

    kind = batch.schema.get(id_column)
    known = kind is not None and not kind.is_nested()
    key = pl.col(id_column).cast(pl.String, strict=False) if known else pl.lit(None, pl.String)
    ordered = batch.with_columns(key.alias(_KEY)).sort(_KEY, nulls_last=True, maintain_order=True)
    ordered.write_parquet(path, row_group_size=_GROUP_ROWS)
    ids = ordered[_KEY].drop_nulls()
    first, last = (ids[0], ids[-1]) if len(ids) else (None, None)
    return _Sorted(path, first, last, len(ids) < batch.height)


def _follow(batches: Iterable[_Sorted]) -> bool:
    """Return whether each batch begins where the one before it ends."""
    return all(
        not before.nameless and (after.first is None or (before.last or "") <= after.first)
        for before, after in pairwise(batches)
    )


def _write_ranges(files: list[Path], folder: Path) -> Iterator[Path]:
    """Write the rows of all batches by ranges of ids, and then those without an id; yield the files."""
    import polars as pl

    key, rows = pl.col(_KEY), _scan(files)
    ids = rows.select(key.drop_nulls()).collect()[_KEY].sort()
    bounds = [None, *ids.gather_every(RANGE_ROWS, RANGE_ROWS).unique(maintain_order=True), None]
    for number, (first, end) in enumerate(pairwise(bounds)):
        path = folder / f"range-{number}"
        begun = key.is_not_null() if first is None else key >= first
        ended = key.is_not_null() if end is None else key < end
        some = rows.filter(begun & ended).collect()
        some.sort(_KEY, maintain_order=True).write_parquet(path)
        yield path
    rows.filter(key.is_null()).sink_parquet(folder / "nameless")
    yield folder / "nameless"
