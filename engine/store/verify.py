"""Checking that a store is as it was written."""

from __future__ import annotations

from pathlib import Path

from ..text.problem import Problem, Problems
from . import connection, faults, files, manifest
from .faults import reported
from .manifest import File


def verify(root: Path | str) -> list[Problem]:
    """What is wrong with the store: its database by SQLite's own check, each file by its checksum.

    Reads every byte, and waits with its commit a run that ends meanwhile.
    """
    root = Path(root)
    try:
        with reported(root), connection.read(root) as database:
            found = database.execute("PRAGMA integrity_check").fetchall()
            wrong = [faults.damaged(root, str(text)) for (text,) in found if text != "ok"]
            listed = manifest.live(database, "base", "delta", "history", "ledger")
            return wrong + [problem for file in listed for problem in _check(root, file)]
    except Problems as raised:
        return list(raised.problems)


def _check(root: Path, file: File) -> list[Problem]:
    try:
        content = files.contents(root / file.name)
    except OSError as error:
        return [faults.problem(error, root)]
    if files.digest(content) == file.sha256:
        return []
    size = f"{len(content)} bytes where {file.bytes} were written"
    what = "other bytes than were written" if len(content) == file.bytes else size
    return [faults.damaged(root, f"{file.name} holds {what}")]
