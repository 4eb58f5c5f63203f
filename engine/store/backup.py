"""Back up a store, also during a run.

The copy is made in a folder with a temporary name, checked there as `verify` does, and renamed when it is
complete. So the target exists complete or not at all.
"""

from __future__ import annotations

import os
import resource
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from glob import escape
from pathlib import Path

from ..core.problems import Problem, Problems
from ..workspace.store_address import StoreAddress, StoreRoot
from . import (
    connection,
    failpoints,
    file_names,
    lock,
    manifest,
    newest_run,
    parquet_files,
    places,
)
from .errors import as_problems
from .manifest import File
from .newest_run import Note, Notes
from .store_database import Database
from .transfer import copy_to_folder
from .verify import verify

PARTIAL = ".tenure-partial-"
"""Part of the name of a backup's folder until it is complete."""

_SPARE_HANDLES = 200
"""Open files of this process in addition to the copied ones."""


def backup(root: StoreRoot | str, target: Path) -> Note:
    """Copy the store into the new folder `target`, and return the newest run that the copy has.

    Raises:
        Problems: There is no store, the folder is not empty, or the store is damaged.
    """
    root = places.as_root(root)
    with as_problems(root):
        if not places.is_store(root):
            raise Problems([unusable(f"there is no store in {root} to back up", "run first")])
        if folder := places.folder_of(root):
            _refuse_inside(folder, target)
        _refuse_target(target)
    with as_problems(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        for abandoned in sorted(target.parent.glob(f"{escape(target.name)}{PARTIAL}*")):
            _remove_abandoned(abandoned)
        with _made(target.with_name(f"{target.name}{PARTIAL}{file_names.new_token()}")) as partial:
            note = copy(root, partial)
            partial.rename(target)
            parquet_files.sync_folder(target.parent)
            failpoints.failpoint("backup in place")
    return note


def copy(source: StoreRoot, target: Path) -> Note:
    """Copy one commit of the store completely into an empty folder, and check the copy."""
    for folder in parquet_files.FOLDER_NAMES:
        (target / folder).mkdir(mode=0o700)
    if isinstance(source, StoreAddress):
        copy_to_folder(source, target)
    else:
        _copy_folder(source, target)
    for folder in parquet_files.FOLDER_NAMES:
        parquet_files.sync_folder(target / folder)
    parquet_files.ignore_in_git(target)
    if problems := verify(target):
        raise Problems(problems)
    with connection.connect_reader(target) as database:
        Notes(target, None).write(database)
        note = newest_run.of(database)
    parquet_files.sync_folder(target)
    if note is None:
        raise Problems([unusable(f"the store {source} has no run yet", "run first")])
    return note


def _copy_folder(source: Path, target: Path) -> None:
    """Copy one commit of a folder.

    The source's files are opened while no commit can end, and read afterwards: a file that is open stays
    readable after a commit has deleted it, so no run waits for the copying.
    """
    with ExitStack() as opened:
        with connection.connect_reader(source) as database:
            # The first read begins the transaction: the files listed are the files copied.
            listed = manifest.live_files(database, *manifest.FILE_KINDS)
            _copy_database(database, target / file_names.DATABASE)
            _allow_open(len(listed))
            handles = [opened.enter_context(_opened(source / file.name)) for file in listed]
        for file, handle in zip(listed, handles, strict=True):
            _copy_file(handle, target, file)


def unusable(what: str, hint: str) -> Problem:
    """Return the problem of a backup that cannot be made or used."""
    return Problem("store-backup", what, hint=hint)


def _refuse_inside(root: Path, target: Path) -> None:
    source, copied = root.resolve(), target.resolve()
    if copied.is_relative_to(source) or source.is_relative_to(copied):
        message = f"{target} and the store {root} lie in each other"
        raise Problems([unusable(message, "name a folder elsewhere, best on another disk")])


def _refuse_target(target: Path) -> None:
    if target.is_symlink() or (target.exists() and (not target.is_dir() or any(target.iterdir()))):
        message = f"{target} is there already"
        raise Problems([unusable(message, "name a new folder for each backup, by date perhaps")])


@contextmanager
def _made(folder: Path) -> Iterator[Path]:
    """Create the folder and hold its lock; remove it unless it was renamed."""
    folder.mkdir(mode=0o700)
    try:
        with lock.hold_lock(folder):
            failpoints.failpoint("partial folder made")
            yield folder
    finally:
        if folder.exists():
            shutil.rmtree(folder, ignore_errors=True)


def _remove_abandoned(folder: Path) -> None:
    """Remove the remains of a killed backup, unless another process is still writing there."""
    with suppress(lock.Locked), lock.hold_lock(folder):
        failpoints.failpoint("before removing a partial folder")
        shutil.rmtree(folder)


def _copy_database(database: Database, path: Path) -> None:
    if not isinstance(database, sqlite3.Connection):
        raise TypeError("only SQLite copies a database as it is")
    path.touch(mode=0o600)
    with closing(sqlite3.connect(path)) as target:
        database.backup(target)
    failpoints.failpoint("database copied")
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        yield handle
    finally:
        os.close(handle)


def _copy_file(handle: int, target: Path, file: File) -> None:
    path = target / file.name
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with (
        os.fdopen(os.dup(handle), "rb") as source,
        os.fdopen(os.open(path, flags, 0o600), "wb") as copied,
    ):
        shutil.copyfileobj(source, copied, 1 << 20)
        copied.flush()
        os.fsync(copied.fileno())
    failpoints.failpoint(f"{path.name} copied")


def _allow_open(number: int) -> None:
    """Let this process open this many files, as far as the system allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = number + _SPARE_HANDLES
    if soft != resource.RLIM_INFINITY and soft < needed:
        most = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))
