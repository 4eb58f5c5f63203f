"""Checksums: read Parquet files only after comparing them.

SHA-256 runs at almost two gigabytes a second with the processor's instructions. So a file is hashed completely, once
per process, and several at once. While its inode, size and times stay the same, it is trusted.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Lock

import polars as pl

from ..core.problems import Problem, Problems
from . import errors, parquet_files
from .manifest import File

_Identity = tuple[int, ...]
_seen: dict[str, tuple[_Identity, str]] = {}
_hashing = Lock()
"""Parts of a snapshot that are evaluated at the same time read the same files: one of them has them hashed."""


def scan(
    root: Path, listed: Iterable[File], schema: dict[str, pl.DataType] | None = None
) -> pl.LazyFrame:
    """Return the rows of the files, to be collected; raise `Problems` if a file is not as written."""
    listed = list(listed)
    check_files(root, *listed)
    return parquet_files.scan_parquet((root / file.name for file in listed), schema)


def check_files(root: Path, *files: File) -> None:
    """Raise `Problems` if one of the files is not as it was written."""
    with _hashing:
        unseen = [file for file in files if not _is_trusted(root, file)]
        for problem in _differences(root, unseen):
            if problem is not None:
                raise Problems([problem])


def _is_trusted(root: Path, file: File) -> bool:
    path = root / file.name
    return _seen.get(str(path)) == (_identity(path.lstat()), file.sha256)


def _differences(root: Path, files: Sequence[File]) -> Iterator[Problem | None]:
    """Yield of each file how it differs from what was written, in order; several are read at once."""
    if len(files) < 2:
        yield from (difference(root, file) for file in files)
        return
    with ThreadPoolExecutor(os.cpu_count()) as workers:
        yield from workers.map(partial(difference, root), files)


def trust(root: Path, file: File) -> None:
    """Note that this process has just written the file."""
    path = root / file.name
    with _hashing:
        _seen[str(path)] = (_identity(path.lstat()), file.sha256)


def difference(root: Path, file: File) -> Problem | None:
    """Return how the file differs from what was written, after reading all of it; None if it does not."""
    path = root / file.name
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        return errors.store_problem(error, root)
    with os.fdopen(handle, "rb") as opened:
        status = os.fstat(handle)
        if status.st_size != file.bytes:
            return _changed(root, file, f"{status.st_size} bytes where {file.bytes} were written")
        try:
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
        except OSError as error:
            return errors.store_problem(error, root)
    if digest != file.sha256:
        return _changed(root, file, "other bytes than were written")
    _seen[str(path)] = (_identity(status), file.sha256)
    return None


def _changed(root: Path, file: File, what: str) -> Problem:
    return errors.damaged(root, f"{file.name} holds {what}")


def _identity(status: os.stat_result) -> _Identity:
    return (
        status.st_dev,
        status.st_ino,
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
    )
