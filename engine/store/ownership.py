"""Check that a folder is a store, or may become one, before anything in it is read or written.

A folder with other content is refused, and a folder with the store's files but without its
database is damaged. Only an empty or missing folder is a new store.
"""

from __future__ import annotations

import glob
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from ..core.problems import Problem, Problems
from . import errors, file_names

_MAGIC = b"SQLite format 3\0"
_KNOWN = frozenset(
    (
        file_names.DATABASE,
        file_names.JOURNAL,
        file_names.LOCK,
        *file_names.FOLDERS.values(),
    )
)
"""Files that the first run may have created before it was killed, in addition to those that `file_names` recognises."""

RESTORING = ".tenure-restoring-"
"""Part of the name of the folder that takes the store's place at the end of a restore."""


def refuse_workspace(root: Path, workspace: Path | None) -> None:
    """Raise `Problems` if the folder holds the workspace itself."""
    if workspace is not None and workspace.resolve().is_relative_to(root.resolve()):
        raise Problems([foreign(root, "it holds the workspace itself")])


def is_store_folder(root: Path) -> bool:
    """Return whether a store exists; false if one may be created.

    Raises:
        Problems: The folder holds something else, or a store without its database.
    """
    if not root.exists():
        if any(root.parent.glob(f"{glob.escape(root.name)}{RESTORING}*")):
            raise Problems([_unfinished(root)])
        return False
    if not root.is_dir():
        raise Problems([foreign(root, "it is a file")])
    database = root / file_names.DATABASE
    if _is_database(database):
        if not _has_traces(root) and _of_another_program(database):
            raise Problems(
                [foreign(root, f"its {file_names.DATABASE} is not a database of Tenure")]
            )
        return True
    wrong = _wrong_without_database(root)
    if _is_database(database):
        # A first run was creating it, and had come so far while the folder was looked through.
        return is_store_folder(root)
    if wrong:
        raise Problems([wrong])
    return False


def _wrong_without_database(root: Path) -> Problem | None:
    """Return what is wrong with a folder that has no database; None if a store may be created there."""
    database = root / file_names.DATABASE
    if traces(root):
        lost = "is empty or not a database" if database.exists() else "is missing"
        return errors.damaged(root, f"{file_names.DATABASE} {lost}")
    entries = [name for name in _entries(root) if not file_names.is_from_server(name)]
    strangers = [name for name in entries if name not in _KNOWN and not file_names.is_ours(name)]
    strangers += _inside(root)
    if strangers:
        return foreign(root, f"it holds {strangers[0]}")
    if database.exists() and database.stat().st_size:
        return foreign(root, f"its {file_names.DATABASE} is not a database of Tenure")
    return None


def _has_traces(root: Path) -> bool:
    """Return whether a file is there that only a store with a database has."""
    return (root / file_names.NOTE).is_file() or bool(traces(root))


def traces(root: Path) -> list[str]:
    """Return the paths of files that only a store with a database has, sorted."""
    paths = [file_names.NOTE] if (root / file_names.NOTE).is_file() else []
    for folder in sorted(set(file_names.FOLDERS.values())):
        if (root / folder).is_dir():
            paths += [
                f"{folder}/{name}" for name in _entries(root / folder) if file_names.is_ours(name)
            ]
    return sorted(paths)


FIRST_NAMED_LAYOUT = 3
"""The first layout whose Parquet files have names that begin with `tenure-`."""


def refuse_tables(connection: sqlite3.Connection, root: Path, version: int) -> None:
    """Raise `Problems` if the database is empty, foreign or older while the folder holds a newer store."""
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if version == 0 and tables:
        what = f"its {file_names.DATABASE} is not a database of Tenure"
        raise Problems([errors.damaged(root, what) if traces(root) else foreign(root, what)])
    if version < FIRST_NAMED_LAYOUT and traces(root):
        what = "is empty" if version == 0 else f"has layout {version}, the files with it are newer"
        raise Problems([errors.damaged(root, f"{file_names.DATABASE} {what}")])


def foreign(root: Path, what: str) -> Problem:
    """Return the problem of a folder that is not Tenure's."""
    return Problem(
        "store-foreign",
        f"the folder {root} cannot be the store: {what}",
        hint="name a folder of its own in tenure.yaml, as in `store: store`; nothing was changed",
    )


def _unfinished(root: Path) -> Problem:
    return Problem(
        "store-damaged",
        f"the store {root} is damaged: a restore was stopped before it had put the store in place",
        hint="run `tenure store restore DIR` again, with the same backup",
    )


def _is_database(path: Path) -> bool:
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


def _of_another_program(path: Path) -> bool:
    """Return whether the database has tables, and not ours. An unreadable one is checked later."""
    address = f"file:{quote(str(path.absolute()))}?mode=ro"
    try:
        with closing(sqlite3.connect(address, uri=True)) as connection:
            query = "SELECT name FROM sqlite_master WHERE type = 'table'"
            tables = {name for (name,) in connection.execute(query)}
    except sqlite3.Error:
        return False
    return bool(tables) and not tables >= {"meta", "runs", "files"}


def _inside(root: Path) -> list[str]:
    """Return files of others in folders that have the names of ours."""
    paths = []
    for folder in sorted(set(file_names.FOLDERS.values())):
        # Looked at once: a first run may be making the folder.
        try:
            entries = _entries(root / folder)
        except FileNotFoundError:
            continue
        except NotADirectoryError:
            paths.append(folder)
        else:
            paths += [f"{folder}/{name}" for name in entries if not file_names.is_from_server(name)]
    return sorted(paths)


def _entries(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())
