"""The store's Parquet files on disk: written completely and synced, read only if they are regular files."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Literal

import polars as pl

from ..core.problems import Problems
from . import errors, failpoints, file_names

FOLDER_NAMES = tuple(sorted(set(file_names.FOLDERS.values())))

_FolderState = tuple[int, ...] | None

ROWS = 16_384
"""Rows of a group, the smallest part of a file that is read: for a range of accounts, a bucket, or some dates."""


def prepare_folders(root: Path) -> None:
    """Create the store's folders if they are missing, for their owner alone."""
    if not root.exists():
        # Another run may be creating it at the same moment: the lock comes after.
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        sync_folder(root.parent)
    refuse_links(root)
    if not (root / file_names.LOCK).exists():
        ignore_in_git(root)
    for name in FOLDER_NAMES:
        (root / name).mkdir(mode=0o700, exist_ok=True)
    sync_folder(root)


def ignore_in_git(folder: Path) -> None:
    """Keep the folder out of git, where a checkout of old files would take it back to an earlier run."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with suppress(FileExistsError):
        handle = os.open(folder / file_names.GITIGNORE, flags, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write("*\n")


_scanned: dict[str, tuple[_FolderState, ...]] = {}
"""By store: its folders when this process last found no link in them."""


def refuse_links(root: Path) -> None:
    """Raise `Problems` if the store, or anything in it, is a symbolic link.

    Files of others in the folder are ignored, links too. Sessions are many and files too, so the names in a folder
    are scanned once for each state of it. A link that is made later without a trace is refused where it is opened.
    """
    folders = [root, *(root / name for name in FOLDER_NAMES)]
    states = tuple(map(_folder_state, folders))
    if _scanned.get(str(root)) == states:
        return
    links = [folder for folder in folders if folder.is_symlink()] or _links_in(folders)
    if links:
        raise Problems(errors.link(path) for path in sorted(links))
    _scanned[str(root)] = states


def _folder_state(folder: Path) -> _FolderState:
    """Return what changes when a name in the folder does, or when a link takes its place; None without a folder."""
    try:
        found = folder.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found.st_mode, found.st_dev, found.st_ino, found.st_mtime_ns, found.st_ctime_ns


def _links_in(folders: Iterable[Path]) -> list[Path]:
    links: list[Path] = []
    for folder in filter(Path.is_dir, folders):
        with os.scandir(folder) as entries:
            found = [Path(entry.path) for entry in entries if entry.is_symlink()]
        links += [path for path in found if not file_names.is_from_server(path.name)]
    return links


def encode_parquet(frame: pl.DataFrame) -> bytes:
    """Return the frame as a Parquet file: the same bytes each time for the same frame.

    Each group of rows has its least and greatest values, so that a reader of few of them can skip the others.
    """
    buffer = io.BytesIO()
    # lz4: states of a million accounts read four times as fast as with zstd.
    frame.write_parquet(buffer, compression="lz4", statistics=True, row_group_size=ROWS)
    return buffer.getvalue()


def file_sha256(content: bytes) -> str:
    """Return the checksum for the manifest: SHA-256, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def write_synced(path: Path, content: bytes) -> None:
    """Write a new file and sync it to the disk; its folder is synced separately."""
    failpoints.failpoint(f"before {path.name}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        failpoints.failpoint(f"{path.name} written")
        os.fsync(file.fileno())
    failpoints.failpoint(f"{path.name} synced")


def replace_synced(path: Path, content: bytes) -> None:
    """Write a file, or another content of it, at once, and sync it and its folder."""
    partial = path.with_name(file_names.partial(path.name, file_names.new_token()))
    try:
        write_synced(partial, content)
        partial.replace(path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)
    failpoints.failpoint(f"{path.name} replaced")


def listed_names(folder: Path) -> list[str]:
    """Return the names in a folder."""
    # Names alone: a year has hundreds of files.
    return os.listdir(folder)  # noqa: PTH208


def sync_folder(folder: Path) -> None:
    """Sync the folder's names to the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    failpoints.failpoint(f"folder {folder.name} synced")


def contents(path: Path) -> bytes:
    """Return the file's bytes; a symbolic link is an error (ELOOP)."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb") as file:
        return file.read()


def read_parquet(paths: Iterable[Path], columns: list[str] | None = None) -> pl.DataFrame:
    """Return the rows of the files, in their order; all of one schema. At least one path."""
    # A folder's name may contain [ or =, which have no meaning here.
    return pl.read_parquet(_real(paths), columns=columns, glob=False, hive_partitioning=False)


def scan_parquet(
    paths: Iterable[Path], schema: dict[str, pl.DataType] | None = None
) -> pl.LazyFrame:
    """Scan the files as `read_parquet` does, reading only the needed rows and columns when collected.

    With a schema, files may have more columns, which are left out.
    """
    more: Literal["ignore", "raise"] = "raise" if schema is None else "ignore"
    return pl.scan_parquet(
        _real(paths), glob=False, hive_partitioning=False, schema=schema, extra_columns=more
    )


def _real(paths: Iterable[Path]) -> list[Path]:
    paths = list(paths)
    linked = [path for path in paths if path.is_symlink()]
    if linked:
        raise Problems(errors.link(path) for path in linked)
    return paths
