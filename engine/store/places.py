"""The places where a store can be, a folder or servers, in what the two do differently around reading and writing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ..core.problems import Problem, Problems
from ..workspace.store_address import StoreAddress, StoreRoot
from . import errors, file_names, lock, ownership, parquet_files, permissions, postgres
from .store_database import ServerError


class WriterLock(Protocol):
    """The lock for one writer at a time, as long as it is held."""

    def refuse_lost(self) -> None:
        """Raise `Problems` if others may write by now."""
        ...


@dataclass(frozen=True, slots=True)
class ServerLock:
    """A lock in PostgreSQL; it ends with the transaction of its connection."""

    address: StoreAddress
    database: postgres.ServerDatabase

    def refuse_lost(self) -> None:
        """Raise `Problems` if the server has ended the transaction, so that others may write by now."""
        try:
            held = self.database.in_transaction and self.database.execute("SELECT 1").fetchone()
        except ServerError:
            held = None
        if not held:
            raise Problems([errors.server_lock_lost(self.address)])


def as_root(root: StoreRoot | str) -> StoreRoot:
    """Return where a store lies, given a path as text perhaps."""
    return Path(root) if isinstance(root, str) else root


def is_store(root: StoreRoot) -> bool:
    """Return whether a store exists; false if one may be created.

    Raises:
        Problems: There is something else, or a store without its database; or the server does not answer.
    """
    if not isinstance(root, StoreAddress):
        return ownership.is_store_folder(root)
    with errors.as_problems(root), closing(postgres.connect_server(root)) as database:
        return postgres.has_tables(database)


def refuse_place(root: StoreRoot, workspace: Path | None) -> None:
    """Raise `Problems` if the folder is not to be a store, or to have the files of one."""
    folder = folder_of(root)
    if folder is None:
        return
    parquet_files.refuse_links(folder)
    ownership.refuse_workspace(folder, workspace)
    if isinstance(root, StoreAddress) and (folder / file_names.DATABASE).exists():
        what = f"it holds a store with a database of its own, {file_names.DATABASE}"
        raise Problems([ownership.foreign(folder, what)])


def refuse_workspace_in(root: StoreRoot, workspace: Path | None) -> None:
    """Raise `Problems` if the folder of a store, or of its files, holds the workspace itself."""
    if folder := folder_of(root):
        ownership.refuse_workspace(folder, workspace)


def prepare_place(root: StoreRoot) -> None:
    """Create the folders of a store."""
    if folder := folder_of(root):
        parquet_files.prepare_folders(folder)


@contextmanager
def hold(root: StoreRoot) -> Iterator[WriterLock]:
    """Hold the store's lock.

    Raises:
        Locked: Another process has it; there is no waiting.
    """
    if not isinstance(root, StoreAddress):
        with lock.hold_lock(root) as held:
            yield held
        return
    with postgres.try_writer(root) as database:
        if database is None:
            raise lock.Locked(root, None, postgres.writing_since(root))
        yield ServerLock(root, database)


def tighten_place(root: StoreRoot) -> list[Problem]:
    """Take a folder's files away from other users, and return a warning if that was needed."""
    folder = folder_of(root)
    return permissions.tighten(folder) if folder else []


def warn_of_others(root: StoreRoot) -> list[Problem]:
    """Return warnings of what other users of this machine may read or own; change nothing."""
    folder = folder_of(root)
    return permissions.warn(folder) if folder else []


def folder_of(root: StoreRoot) -> Path | None:
    """Return the folder of a store, or of its files; None if they are not in a folder."""
    if isinstance(root, StoreAddress):
        return Path(root.files) if root.in_folder else None
    return root
