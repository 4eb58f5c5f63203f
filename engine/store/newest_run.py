"""Notes of the newest run outside the database, so that an older copy of the store is noticed.

One note is in the store's folder: it shows that the database alone was restored. Another is in the
workspace, in `.tenure`, which git ignores: it shows that the entire store was restored by hand, from a
backup or by a checkout, or that it is gone. A workspace copied back completely, with both, cannot be noticed.

A note is written after its run is committed. So a killed run leaves a database newer than a note,
and the next writer updates the note; a note newer than the database never comes from a killed run.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..core.problems import Problem, Problems
from ..project.record_cache import NOTES_FOLDER
from ..workspace.store_address import StoreAddress, StoreRoot
from . import connection, errors, file_names, parquet_files, places, seals, sqlite_schema
from .store_database import DATABASE_ERRORS, Database
from .store_files import files_of


@dataclass(frozen=True, slots=True)
class Note:
    """The newest run of a store."""

    store: int
    """The store's number, drawn when it was made."""
    run: int
    on: str
    """The date that it evaluated, ISO."""
    issued: int
    """How many actions all runs together issued."""
    seal: str
    """The digest of the database's small tables after the run; see `seals`."""
    recorded: int = 0
    """How many outcomes of actions and moves by hand the store has."""


@dataclass(frozen=True, slots=True)
class Notes:
    """The notes of the store at `root`, which `workspace` uses."""

    root: StoreRoot
    workspace: Path | None

    def refuse_gone(self) -> None:
        """Raise `Problems` if there was a store at `root`; call it where none was found.

        A first run may have created it since: it is looked for again, after the note.
        """
        if (note := self._in_workspace()) and not places.is_store(self.root):
            raise Problems([gone(self.root, note)])

    def check(self, database: Database) -> None:
        """Raise `Problems` if the database is older than a note, or another one."""
        newest = of(database)
        id = sqlite_schema.meta(database, "id")
        for note in (self._in_store(), self._in_workspace()):
            if note is None:
                continue
            if note.store != id:
                raise Problems([_another(self.root, note)])
            if newest is None or newest.run < note.run:
                raise Problems([taken_back(self.root, note, newest)])
            if not seals.is_seal(database, note.run, note.seal):
                raise Problems([taken_back(self.root, note, newest, parted=True)])
            if newest.recorded < note.recorded:
                raise Problems([_forgotten(self.root, note, newest)])

    def problems(self) -> list[Problem]:
        """Return the problems that `check` or `refuse_gone` would raise."""
        try:
            with errors.as_problems(self.root), connection.connect_reader(self.root) as database:
                if connection.in_file(database):
                    self.check(database)
                else:
                    self.refuse_gone()
        except Problems as raised:
            return list(raised.problems)
        return []

    def write(self, database: Database) -> None:
        """Update the notes, or remove them if the store has no run.

        The run is committed by then: an error leaves the old note, and the next writer tries again.
        """
        with suppress(OSError, *DATABASE_ERRORS):
            note = of(database)
            if note is None:
                files_of(self.root).remove(file_names.NOTE)
            elif _quietly(self._in_store) != note:
                files_of(self.root).replace(file_names.NOTE, _sealed(asdict(note)))
        with suppress(OSError, *DATABASE_ERRORS):
            note = of(database)
            if self.workspace is not None and _quietly(self._in_workspace) != note:
                self._write_in_workspace(note)

    def forget(self) -> None:
        """Remove the workspace's note: a store is not expected any more."""
        if self.workspace is not None and self._path.exists():
            self._write_in_workspace(None)

    def newest(self) -> Note | None:
        """Return the later of both notes, ignoring those that cannot be read."""
        found = [_quietly(self._in_store), _quietly(self._in_workspace)]
        return max((note for note in found if note), key=age, default=None)

    @property
    def _path(self) -> Path:
        return (self.workspace or Path()) / NOTES_FOLDER / file_names.NOTE

    @property
    def _key(self) -> str:
        """Return the store's name in the workspace's file: a relative path, so that both can be moved together."""
        if isinstance(self.root, StoreAddress):
            return f"{self.root} {self.root.schema}"
        return os.path.relpath(self.root.absolute(), (self.workspace or self.root).absolute())

    def _in_store(self) -> Note | None:
        name = file_names.NOTE
        shown = name if isinstance(self.root, StoreAddress) else str(self.root / name)
        content = _read(self.root, shown, lambda: files_of(self.root).read(name))
        return _note(self.root, shown, content) if content else None

    def _in_workspace(self) -> Note | None:
        if self.workspace is None:
            return None
        found = self._all_in_workspace().get(self._key)
        return _note(self.root, str(self._path), found) if found else None

    def _all_in_workspace(self) -> dict[str, Any]:
        return _read(self.root, str(self._path), lambda: parquet_files.contents(self._path))

    def _write_in_workspace(self, note: Note | None) -> None:
        folder = self._path.parent
        folder.mkdir(mode=0o700, exist_ok=True)
        parquet_files.ignore_in_git(folder)
        try:
            content = self._all_in_workspace()
        except Problems:
            content = {}
        for left in sorted(folder.iterdir()):
            if file_names.is_sweepable(left.name):
                left.unlink()
        content.pop(self._key, None)
        content |= {self._key: asdict(note)} if note else {}
        parquet_files.replace_synced(self._path, _sealed(content))


def age(note: Note) -> tuple[int, int]:
    """Return a key by which notes are ordered: the later one is greater."""
    return note.run, note.recorded


def of(database: Database) -> Note | None:
    """Return the note of the newest run that the database has."""
    query = (
        "SELECT run, evaluated_on, (SELECT sum(issued) FROM runs), whole,"
        " coalesce((SELECT outcomes_to + moves_to FROM recordings ORDER BY number DESC LIMIT 1), 0)"
        " FROM runs JOIN seals USING (run)"
        " ORDER BY run DESC LIMIT 1"
    )
    row = database.execute(query).fetchone()
    return Note(sqlite_schema.meta(database, "id"), *row) if row else None


def describe_lost(note: Note, newest: Note | None) -> str:
    """Return what a store at `newest` lacks of a store that was at `note`."""
    since = f"after {newest.on}, up to {note.on}" if newest else f"up to {note.on}"
    more = note.issued - (newest.issued if newest else 0)
    if more <= 0:
        return f"what runs did {since}"
    actions = "the 1 action" if more == 1 else f"the {more:,} actions"
    return f"{actions} issued {since}"


def taken_back(root: StoreRoot, note: Note, newest: Note | None, parted: bool = False) -> Problem:
    """Return the problem of a store that is older than the one in use before."""
    at = f"it ends with run {newest.run} of {newest.on}" if newest else "it has no run"
    was = f"run {note.run} of {note.on} was committed"
    what = f"{at}, but not from the runs noted here" if parted else at
    return _problem(f"the store {root} is an older or another copy: {what}; {was}", note, newest)


def describe_records(number: int) -> str:
    """Return a number of outcomes and moves by hand, as lost."""
    if number == 1:
        return "1 outcome or move by hand that was recorded since"
    return f"{number:,} outcomes and moves by hand that were recorded since"


def _forgotten(root: StoreRoot, note: Note, newest: Note) -> Problem:
    """Return the problem of a store that lacks outcomes or moves by hand that were recorded in it."""
    what = describe_records(note.recorded - newest.recorded)
    return Problem(
        "store-taken-back",
        f"the store {root} is an older copy: it lacks {what}",
        hint="put the newest copy back, or accept this one with `tenure store restore`",
    )


def gone(root: StoreRoot, note: Note) -> Problem:
    """Return the problem of a store that existed and does not any more."""
    return _problem(
        f"the store {root} is gone: run {note.run} of {note.on} was committed to it", note, None
    )


def _another(root: StoreRoot, note: Note) -> Problem:
    what = f"the store {root} is not the one to which run {note.run} of {note.on} was committed"
    return _problem(what, note, None)


def _problem(what: str, note: Note, newest: Note | None) -> Problem:
    return Problem(
        "store-taken-back",
        f"{what}; a run would issue again {describe_lost(note, newest)}, emails among them",
        hint="put the newest copy back, or accept this one with `tenure store restore`",
    )


def _note(root: StoreRoot, shown: str, content: dict[str, Any]) -> Note:
    try:
        return Note(**content)
    except TypeError as error:
        raise Problems([_unreadable(root, shown)]) from error


def _quietly(read: Callable[[], Note | None]) -> Note | None:
    try:
        return read()
    except Problems:
        return None


def _read(root: StoreRoot, shown: str, contents: Callable[[], bytes]) -> dict[str, Any]:
    """Return the file's content; empty if there is none."""
    try:
        text = contents()
    except FileNotFoundError:
        return {}
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict) or found.pop("sha256", None) != _checksum(found):
        raise Problems([_unreadable(root, shown)])
    return found


def _unreadable(root: StoreRoot, shown: str) -> Problem:
    return errors.damaged(root, f"{shown} is not as it was written")


def _checksum(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _sealed(content: dict[str, Any]) -> bytes:
    """Return the content of a file of notes."""
    signed = content | {"sha256": _checksum(content)}
    return json.dumps(signed, indent=1, sort_keys=True).encode() + b"\n"
