"""The store's files: written once, read only as they were written, removed when nothing names them any more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Protocol

import polars as pl

from ..core.problems import Problem
from ..workspace.store_address import StoreAddress, StoreRoot
from . import checksums, failpoints, file_names, parquet_files, postgres
from .bucket_files import BucketFiles
from .manifest import File, named_files
from .store_database import Database


class Files(Protocol):
    """Where the store's files are; names are relative to it, with `/`."""

    def write(self, file: File, content: bytes) -> None:
        """Write a new file. Its content is safe when this returns, its name after `confirm`."""
        ...

    def confirm(self, written: Iterable[File]) -> None:
        """Make the names of new files safe from a power cut."""
        ...

    def remove(self, name: str) -> None:
        """Delete a file; nothing happens if it is gone already."""
        ...

    def names(self) -> set[str]:
        """Return the names of all files of the store that may be removed if nothing names them."""
        ...

    def scan(
        self, listed: Sequence[File], schema: dict[str, pl.DataType] | None = None
    ) -> pl.LazyFrame:
        """Return the rows of the files, to be collected; raise `Problems` if a file is not as written.

        With a schema, files may have more columns, which are left out.
        """
        ...

    def difference(self, file: File) -> Problem | None:
        """Return how the file differs from what was written, after reading all of it; None if it does not."""
        ...

    def read(self, name: str) -> bytes:
        """Return the content of a small file.

        Raises:
            FileNotFoundError: There is none.
        """
        ...

    def replace(self, name: str, content: bytes) -> None:
        """Write a small file, or another content of it, completely or not at all."""
        ...


class FolderFiles:
    """Files in a folder, for their owner alone, each synced to the disk."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def write(self, file: File, content: bytes) -> None:
        """Write a new file and sync it."""
        parquet_files.write_synced(self._root / file.name, content)
        checksums.trust(self._root, file)

    def confirm(self, written: Iterable[File]) -> None:
        """Sync the folders of new files."""
        for folder in sorted({(self._root / file.name).parent for file in written}):
            parquet_files.sync_folder(folder)

    def remove(self, name: str) -> None:
        """Delete a file, if it is there."""
        with suppress(FileNotFoundError, IsADirectoryError):
            (self._root / name).unlink()

    def names(self) -> set[str]:
        """Return the names of all files that may be removed if nothing names them."""
        return {
            f"{folder}/{name}" if folder else name
            for folder in ("", *parquet_files.FOLDER_NAMES)
            for name in parquet_files.listed_names(self._root / folder)
            if file_names.is_sweepable(name)
        }

    def scan(
        self, listed: Sequence[File], schema: dict[str, pl.DataType] | None = None
    ) -> pl.LazyFrame:
        """Return the rows of the files, to be collected."""
        return checksums.scan(self._root, listed, schema)

    def difference(self, file: File) -> Problem | None:
        """Return how the file differs from what was written; None if it does not."""
        return checksums.difference(self._root, file)

    def read(self, name: str) -> bytes:
        """Return the content of a small file; a symbolic link is an error."""
        return parquet_files.contents(self._root / name)

    def replace(self, name: str, content: bytes) -> None:
        """Replace a small file at once."""
        parquet_files.replace_synced(self._root / name, content)


def files_of(root: StoreRoot) -> Files:
    """Return the files of the store at `root`."""
    if isinstance(root, StoreAddress):
        return FolderFiles(Path(root.files)) if root.in_folder else _bucket(root.files)
    return FolderFiles(root)


@cache
def _bucket(address: str) -> BucketFiles:
    """Return the same files for the same address: what was fetched is not fetched again."""
    return BucketFiles(address)


def vacuum(database: Database, files: Files) -> None:
    """Delete files of ours that the manifest doesn't name: remains of a killed or failed run.

    It takes a transaction for writing, because a writer that lost its lock might be about to name them.
    """
    own = files.names()
    if own <= named_files(database):
        return
    with postgres.without_readers(database) as free:
        for name in sorted(own - named_files(database)) if free else ():
            failpoints.failpoint(f"before sweeping {PurePosixPath(name).name}")
            files.remove(name)
