"""The store's files in object storage: S3 and what is compatible with it, Google Cloud Storage, Azure.

A file that is read is fetched whole, compared with its checksum, and then read from a folder of this process that is
deleted at its end: files are written once, so that a copy is never out of date. The settings are those of the
environment, as for snapshots: `AWS_ACCESS_KEY_ID`, `AWS_REGION`, `AWS_ENDPOINT_URL` and so on.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from tempfile import mkdtemp
from threading import Lock
from typing import TYPE_CHECKING
from weakref import finalize

import polars as pl

from ..core.problems import Problem, Problems
from . import errors, failpoints, file_names, parquet_files
from .manifest import File

if TYPE_CHECKING:
    from obstore.store import ObjectStore

MOST_RETRIES = 8
REQUEST_PATIENCE = dt.timedelta(seconds=60)
"""For how long a request is tried again that the storage answers with an error such as 500 or 503."""


class BucketFiles:
    """The store's files under an address such as `s3://bucket/prefix`."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._fetching = Lock()
        self._folder = Path(mkdtemp(prefix="tenure-files-"))
        finalize(self, _remove, self._folder, os.getpid())

    @cached_property
    def _store(self) -> ObjectStore:
        if find_spec("obstore") is None:
            message = "the store's files are in object storage, which needs a package that is not installed"
            raise Problems([Problem("driver-missing", message, hint="pip install 'tenure[s3]'")])
        from obstore.store import from_url

        with _reported():
            return from_url(
                self._address,
                retry_config={"max_retries": MOST_RETRIES, "retry_timeout": REQUEST_PATIENCE},
            )

    def write(self, file: File, content: bytes) -> None:
        """Write a new file; the storage has it when this returns."""
        failpoints.failpoint(f"before {PurePosixPath(file.name).name}")
        self._put(file.name, content)
        self._copy(file).write_bytes(content)

    def confirm(self, written: Iterable[File]) -> None:
        """Do nothing: a name comes with its content."""
        del written

    def remove(self, name: str) -> None:
        """Delete a file, if it is there."""
        import obstore

        with _reported(), suppress(FileNotFoundError):
            obstore.delete(self._store, name)

    def names(self) -> set[str]:
        """Return the names of all files that may be removed if nothing names them."""
        import obstore

        with _reported():
            found = {each["path"] for some in obstore.list(self._store) for each in some}
        folders = {*parquet_files.FOLDER_NAMES, "."}
        return {
            name
            for name in found
            if str(PurePosixPath(name).parent) in folders
            and file_names.is_sweepable(PurePosixPath(name).name)
        }

    def scan(
        self, listed: Sequence[File], schema: dict[str, pl.DataType] | None = None
    ) -> pl.LazyFrame:
        """Return the rows of the files, to be collected; raise `Problems` if a file is not as written."""
        return parquet_files.scan_parquet([self._fetched(file) for file in listed], schema)

    def difference(self, file: File) -> Problem | None:
        """Return how the file differs from what was written, after reading all of it; None if it does not."""
        try:
            return self._wrong(file, self.read(file.name))
        except OSError as error:
            return errors.unread_object(self._address, error)

    def read(self, name: str) -> bytes:
        """Return the content of a file."""
        import obstore

        with _reported():
            return bytes(obstore.get(self._store, name).bytes())

    def replace(self, name: str, content: bytes) -> None:
        """Write a small file, or another content of it, at once."""
        self._put(name, content)
        failpoints.failpoint(f"{name} replaced")

    def _put(self, name: str, content: bytes) -> None:
        import obstore

        with _reported():
            obstore.put(self._store, name, content)
        failpoints.failpoint(f"{PurePosixPath(name).name} written")

    def _fetched(self, file: File) -> Path:
        """Return the path of a copy of the file, which is fetched once."""
        path = self._copy(file)
        with self._fetching:
            if not path.exists():
                content = self.read(file.name)
                if problem := self._wrong(file, content):
                    raise Problems([problem])
                partial = path.with_suffix(".partial")
                partial.write_bytes(content)
                partial.replace(path)
        return path

    def _copy(self, file: File) -> Path:
        return self._folder / PurePosixPath(file.name).name

    def _wrong(self, file: File, content: bytes) -> Problem | None:
        if len(content) != file.bytes:
            what = f"{file.name} holds {len(content)} bytes where {file.bytes} were written"
        elif parquet_files.file_sha256(content) != file.sha256:
            what = f"{file.name} holds other bytes than were written"
        else:
            return None
        return errors.damaged(self._address, what)


def _remove(folder: Path, process: int) -> None:
    """Remove the folder of copies, unless a fork of the process that made it ends."""
    if os.getpid() == process:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _reported() -> Iterator[None]:
    """Raise the storage's errors as those of a file system."""
    from obstore.exceptions import BaseError

    try:
        yield
    except FileNotFoundError as error:
        raise FileNotFoundError(_first_line(error)) from error
    except (BaseError, PermissionError) as error:
        raise OSError(_first_line(error)) from error


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
