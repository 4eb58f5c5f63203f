"""Who looks at a store while a first run creates it finds no store or a whole one, however far the run has come."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from support.store_rows import commit, entry, record, state
from tenure.engine.core.problems import Problems
from tenure.engine.store import Reader, Store, connection, lock, places

QUESTIONS = ("exists", "is_dir", "is_file", "is_symlink", "stat", "lstat", "iterdir", "open")
"""The methods of a path by which a folder is looked at."""


class Looking:
    """Lets something else happen before one of the questions about folders and of those to databases.

    What would have to wait for who looks, since that holds the lock or reads the database, goes on later.
    """

    def __init__(self, number: int, happens: Callable[[], None]) -> None:
        self._left = number
        self._happens: Callable[[], None] | None = happens
        self._asking = False
        """Whether a question is being asked, of which others are parts."""
        self.is_over = True
        """Whether the other could do no more: there was no such question, or the lock was held before it."""

    def _ask(self) -> None:
        self._left -= 1
        if self._left >= 0 or self._happens is None:
            return
        happens, self._happens = self._happens, None
        try:
            happens()
        except Problems as raised:
            if raised.problems[0].code != "store-busy":
                raise
        except lock.Locked:
            return
        self.is_over = False

    def patch(self, patched: pytest.MonkeyPatch) -> None:
        for name in QUESTIONS:
            patched.setattr(Path, name, self._asked(getattr(Path, name)))

        class Asked(sqlite3.Connection):
            execute = self._asked(sqlite3.Connection.execute)

        patched.setattr(connection.sqlite3, "connect", partial(sqlite3.connect, factory=Asked))

    def _asked(self, really: Callable[..., Any]) -> Callable[..., Any]:
        def question(*args: Any, **kwargs: Any) -> Any:
            if self._asking or self._happens is None:
                return really(*args, **kwargs)
            self._ask()
            self._asking = True
            try:
                return really(*args, **kwargs)
            finally:
                self._asking = False

        return question


def make_nothing(workspace: Path) -> None:
    del workspace


def make_root(workspace: Path) -> None:
    (workspace / "store").mkdir()


def make_folders(workspace: Path) -> None:
    places.prepare_place(workspace / "store")


def make_database(workspace: Path) -> None:
    make_folders(workspace)
    with lock.hold_lock(workspace / "store"):
        (workspace / "store" / "store.db").touch(mode=0o600)


def make_tables(workspace: Path) -> None:
    with Store.open(workspace / "store", workspace):
        pass


def run_first(workspace: Path) -> None:
    """Do what is left of a first run."""
    with Store.open(workspace / "store", workspace) as store:
        commit(store, record(0), [state("a", "s0")], [entry("0")])


def read(workspace: Path) -> None:
    Reader(workspace / "store").refuse_taken_back(workspace)


def write(workspace: Path) -> None:
    with Store.open(workspace / "store", workspace):
        pass


STAGES = [make_nothing, make_root, make_folders, make_database, make_tables]


@pytest.mark.parametrize(
    ("begin", "go_on"),
    [*((stage, run_first) for stage in STAGES), *((stage, make_folders) for stage in STAGES[:2])],
)
@pytest.mark.parametrize("look", [read, write])
def test_who_looks_while_a_first_run_goes_on_is_not_refused(
    tmp_path: Path,
    begin: Callable[[Path], None],
    go_on: Callable[[Path], None],
    look: Callable[[Path], None],
) -> None:
    for number in count():
        workspace = tmp_path / str(number)
        workspace.mkdir()
        begin(workspace)
        looking = Looking(number, partial(go_on, workspace))
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(connection, "_PATIENCE", 0)
            looking.patch(patched)
            look(workspace)
        if looking.is_over:
            break
    assert number > 9
