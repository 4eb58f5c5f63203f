"""Restore a backup, or accept a store that is older than the one in use before.

The backup is copied next to the store and checked; then the store is renamed, never deleted, and the copy
takes its name. A restore that is killed in between leaves the store as it was, or a folder by which every
command sees that the restore was not finished.
"""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from dataclasses import dataclass
from glob import escape
from pathlib import Path

from ..core.problems import Problem, Problems
from ..workspace.store_address import StoreAddress, StoreRoot
from . import (
    backup,
    connection,
    failpoints,
    file_names,
    lock,
    newest_run,
    ownership,
    parquet_files,
    places,
)
from .errors import as_problems
from .newest_run import Note, Notes
from .verify import verify

ASIDE = ".before-restore-"
"""Part of the name of the old store after a restore."""


@dataclass(frozen=True, slots=True)
class Change:
    """The effect of a restore: the newest run before and after; None if there is none."""

    before: Note | None
    after: Note | None

    @property
    def loses(self) -> bool:
        """Return whether the new store lacks runs that the old one has."""
        before, after = self.before, self.after
        if before is None:
            return False
        return after is None or (after.store, after.run, after.seal) != (
            before.store,
            before.run,
            before.seal,
        )

    @property
    def lost_records(self) -> int:
        """Return how many outcomes and moves by hand the new store lacks."""
        before, after = self.before, self.after
        return max(0, (before.recorded if before else 0) - (after.recorded if after else 0))

    @property
    def lost(self) -> str:
        """Return what a later run would not know of."""
        same = self.before and self.after and self.before.store == self.after.store
        return (
            newest_run.describe_lost(self.before, self.after if same else None)
            if self.before
            else ""
        )


def foresee(root: StoreRoot, workspace: Path | None, source: Path | None) -> Change:
    """Return what `put_back` or, without a source, `accept` would change.

    Raises:
        Problems: The backup is not one, or is damaged; or the store to be accepted is.
    """
    with as_problems(root):
        places.refuse_workspace_in(root, workspace)
        notes = Notes(root, workspace)
        if source is None:
            after = _checked(root) if places.is_store(root) else None
            return Change(_latest(notes.newest(), after), after)
        if isinstance(root, StoreAddress):
            raise Problems([_on_servers(root)])
        _refuse_foreign(root)
        if not ownership.is_store_folder(source):
            message = f"there is no backup in {source}"
            raise Problems(
                [backup.unusable(message, "name a folder that `tenure store backup` made")]
            )
        store, saved = root.resolve(), source.resolve()
        if store.is_relative_to(saved) or saved.is_relative_to(store):
            message = f"{source} and the store {root} lie in each other"
            raise Problems([backup.unusable(message, "name a backup elsewhere")])
        return Change(_latest(notes.newest(), _readable(root)), _checked(source))


def put_back(root: StoreRoot, workspace: Path | None, source: Path) -> Path | None:
    """Replace the store by a copy of the backup, and return the path where the old store was moved.

    Raises:
        Locked: A run is in progress.
        Problems: The backup is damaged, or something failed; the store is then as it was.
    """
    if isinstance(root, StoreAddress):
        raise Problems([_on_servers(root)])
    _refuse_foreign(root)
    with ExitStack() as locks, as_problems(root):
        root.parent.mkdir(parents=True, exist_ok=True)
        if root.is_dir():
            locks.enter_context(lock.hold_lock(root))
        unfinished = sorted(root.parent.glob(f"{escape(root.name)}{ownership.RESTORING}*"))
        copied = root.with_name(f"{root.name}{ownership.RESTORING}{file_names.new_token()}")
        copied.mkdir(mode=0o700)
        try:
            backup.copy(source, copied)
        except BaseException:
            shutil.rmtree(copied, ignore_errors=True)
            raise
        aside = _replace(root, copied)
        with connection.connect_reader(root) as database:
            Notes(root, workspace).write(database)
        for folder in unfinished:
            failpoints.failpoint("before removing an unfinished restore")
            shutil.rmtree(folder)
    return aside


def moved_aside(root: StoreRoot) -> list[Path]:
    """Return the folders of older stores that restores have moved aside."""
    if isinstance(root, StoreAddress):
        return []
    return sorted(root.parent.glob(f"{escape(root.name)}{ASIDE}*"))


def accept(root: StoreRoot, workspace: Path | None) -> None:
    """Accept the store as the current one; if there is none, let the next run create one."""
    notes = Notes(root, workspace)
    with as_problems(root):
        if not places.is_store(root):
            notes.forget()
            return
        with places.hold(root), connection.connect_reader(root) as database:
            notes.write(database)


def _on_servers(root: StoreAddress) -> Problem:
    """Return the problem of a store that is not a folder, which could be moved aside."""
    return backup.unusable(
        f"the store {root} is on servers, and is not replaced by a folder",
        "name another `schema` and other `files` under `store:`, and import the folder with `tenure store import DIR`",
    )


def _replace(root: Path, copied: Path) -> Path | None:
    """Give the copy the store's name, and the store another."""
    aside = None
    if root.exists():
        numbers = (root.with_name(f"{root.name}{ASIDE}{n}") for n in range(1, 1_000_000))
        aside = next(path for path in numbers if not path.exists())
        root.rename(aside)
        failpoints.failpoint("store moved aside")
    try:
        copied.rename(root)
    except OSError:
        if aside is not None and not root.exists():
            aside.rename(root)
            shutil.rmtree(copied, ignore_errors=True)
        raise
    parquet_files.sync_folder(root.parent)
    failpoints.failpoint("backup put in place")
    return aside


def _refuse_foreign(root: Path) -> None:
    """Raise `Problems` if the folder is not ours to move; a damaged store is."""
    parquet_files.refuse_links(root)
    try:
        ownership.is_store_folder(root)
    except Problems as raised:
        if any(problem.code == "store-foreign" for problem in raised.problems):
            raise


def _checked(root: StoreRoot) -> Note | None:
    """Return the newest run of the store, after checking all of it."""
    if problems := verify(root):
        raise Problems(problems)
    return _noted(root)


def _readable(root: Path) -> Note | None:
    """Return the newest run of the store as far as it can be read."""
    try:
        return _noted(root)
    except Problems:
        return None


def _noted(root: StoreRoot) -> Note | None:
    with as_problems(root), connection.connect_reader(root) as database:
        return newest_run.of(database) if connection.in_file(database) else None


def _latest(*notes: Note | None) -> Note | None:
    return max((note for note in notes if note), key=newest_run.age, default=None)
