"""A driver that is killed while its cluster works, before the commit or after it: nothing is lost, nothing doubled."""

from __future__ import annotations

import datetime as dt
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from support.clusters import same_stores
from support.workspaces import RENEWAL, snapshot, workspace
from tenure.engine.project.loading import load_project
from tenure.engine.runs.running import run
from tenure.engine.store import Reader, Store

FIRST = dt.date(2026, 3, 2)
NEXT = FIRST + dt.timedelta(days=1)
ACCOUNTS = 40


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace after its first date, with the snapshot of the next one."""
    root = workspace(tmp_path_factory.mktemp("killed") / "w", {"renewal": RENEWAL})
    for day in (FIRST, NEXT):
        rows = [
            {
                "account_id": f"a{number:03}",
                "account_name": f"Account {number}",
                "status": "active",
                "csm": "Ann",
                "contact_email": f"{number // 2 if number < 6 else number}@example.com",
                "renewal_date": FIRST + dt.timedelta(days=20 + number),
            }
            for number in range(ACCOUNTS)
        ]
        snapshot(root, day, rows)
    run(load_project(root), FIRST)
    return root


@pytest.fixture(scope="module")
def after(before: Path) -> Path:
    """The same workspace after the next date, without a cluster."""
    root = before.parent / "after"
    shutil.copytree(before, root)
    run(load_project(root), NEXT)
    return root


def killed(root: Path, number: int) -> bool:
    """Run the next date until the nth point; return whether the process was killed."""
    command = [sys.executable, "-m", "support.killed_driver", str(root), NEXT.isoformat()]
    done = subprocess.run([*command, str(number)], capture_output=True, text=True, check=False)
    assert done.returncode in (0, -9), done.stderr
    return done.returncode == -9


def is_swept(store: Path) -> bool:
    """Whether a writer that opens the store leaves exactly the files that its manifest names."""
    with Store.open(store):
        pass
    with closing(sqlite3.connect(store / "store.db")) as database:
        named = {name for (name,) in database.execute("SELECT name FROM files")}
    return named == {str(path.relative_to(store)) for path in store.rglob("tenure-*.parquet")}


@pytest.mark.slow
def test_after_any_kill_the_next_run_ends_in_the_same_store(
    before: Path, after: Path, tmp_path: Path
) -> None:
    was_before, was_after = 0, 0
    for number in range(1, 1000, 9):
        root = tmp_path / str(number)
        shutil.copytree(before, root)
        if not killed(root, number):
            break
        committed = Reader(root / "store").last_committed()
        assert committed in (FIRST, NEXT)
        was_before += committed == FIRST
        was_after += committed == NEXT
        run(load_project(root), NEXT)
        same_stores(root / "store", after / "store")
        assert is_swept(root / "store")
    assert was_before >= 5
    assert was_after >= 1
