"""A store whose writer is killed at each point of its commits, and readers beside a writer.

Run as a script this file is the writer: `PYTHONPATH=tests python tests/store/test_crash.py TASK FOLDER`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support.killed_store import (
    ACCOUNTS,
    COMMITS,
    FIRST,
    arrange,
    commit,
    contents,
    forked,
    note,
    read,
    resume,
)

PYTHON = [sys.executable, __file__]


def killed(root: Path, call: int) -> str:
    """Resume, dying at that call of `boundary`; "done" where there are fewer calls."""
    from tenure.engine.store import failpoints

    calls = 0

    def boundary(name: str) -> None:
        nonlocal calls
        calls += 1
        if calls == call:
            os.kill(os.getpid(), signal.SIGKILL)

    failpoints.failpoint = boundary
    resume(root)
    return "done"


def reference(root: Path) -> list[Any]:
    """What reads back after each number of commits of a store that is never killed."""
    from tenure.engine.store import Reader, Store

    seen = [contents(Reader(root))]
    with Store.open(root) as store:
        for number in range(COMMITS):
            commit(store, number)
            seen.append(contents(store))
            note(store, number)
            seen.append(contents(store))
    return seen


def resumed(root: Path) -> Any:
    """What a reader and `verify` find once the rest is committed."""
    from tenure.engine.store import verify

    resume(root)
    return [read(root), [problem.message for problem in verify(root)]]


def names(root: Path) -> list[str]:
    """All files, without the part of their names that differs from writer to writer."""
    found = (path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())
    return sorted(re.sub(r"-[0-9a-f]{8}-(\d+\.)", r"-writer-\1", name) for name in found)


def kill_everywhere(folder: Path) -> None:
    """Print what was found for each call at which the writer was killed."""
    # Imported once, here, for the processes forked from this one.
    import tenure.engine.store  # noqa: F401

    expected = forked(reference, folder / "reference")
    call, hot, found = 0, 0, None
    while found != "done":
        call += 1
        root = folder / "killed"
        (folder / "workspace").mkdir(exist_ok=True)
        found = forked(killed, root, call)
        hot += (root / "store.db-journal").exists()
        assert forked(read, root) in expected, f"call {call}: a reader saw half a commit"
        after = forked(resumed, root)
        assert after == [expected[-1], []], f"call {call}: {after}"
        on_disk, kept = names(root), names(folder / "reference")
        assert on_disk == kept, f"call {call}: {on_disk}"
        shutil.rmtree(root)
        shutil.rmtree(folder / "workspace")
    print(json.dumps({"calls": call, "hot": hot}))


def write_slowly(folder: Path) -> None:
    (folder.parent / "workspace").mkdir(exist_ok=True)
    resume(folder)


def leave_journal(folder: Path) -> None:
    """Die in the second commit when pages of it have reached the database already."""
    from tenure.engine.store import Store, failpoints

    with Store.open(folder) as store:
        commit(store, 0)

        def boundary(name: str) -> None:
            if name == "before COMMIT":
                os.kill(os.getpid(), signal.SIGKILL)

        failpoints.failpoint = boundary
        commit(store, 1)


def read_as_nobody(folder: Path) -> None:
    """Read as a user who may not write there."""
    from tenure.engine.core.problems import Problems
    from tenure.engine.store import Reader

    os.setuid(65534)
    try:
        print(Reader(folder).ledger().height)
    except Problems as raised:
        print(raised.problems[0].code)


@pytest.mark.slow
def test_a_store_killed_at_each_boundary_ends_as_one_never_killed(tmp_path: Path) -> None:
    done = subprocess.run(
        [*PYTHON, "kill_everywhere", str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout)
    assert found["calls"] > 60
    assert found["hot"] > 5


def test_a_reader_takes_back_what_a_killed_writer_left(tmp_path: Path) -> None:
    from tenure.engine.store import Reader

    root = tmp_path / "store"
    subprocess.run([*PYTHON, "leave_journal", str(root)], check=False)
    assert (root / "store.db-journal").exists()
    assert Reader(root).last_committed() == FIRST
    assert Reader(root).ledger().height == 160
    assert not (root / "store.db-journal").exists()


def test_readers_during_a_write_see_whole_commits(tmp_path: Path) -> None:
    from tenure.engine.store import Reader

    root = tmp_path / "store"
    reader = Reader(root)
    seen = set()
    with subprocess.Popen([*PYTHON, "write_slowly", str(root)]) as writing:
        while writing.poll() is None:
            frame = reader.states()
            assert frame.height in (0, ACCOUNTS)
            assert frame["state"].n_unique() <= 1
            due = reader.ledger(history=True)["due_on"]
            runs = reader.runs()
            assert due.n_unique() <= len(runs)
            seen.add(len(runs))
        assert writing.returncode == 0
    assert len(reader.runs()) == COMMITS
    assert len(seen) > 1


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
def test_a_folder_that_may_only_be_read_can_be_read(tmp_path_factory: Any) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        root = Path(name) / "store"
        subprocess.run([*PYTHON, "leave_journal", str(root)], check=False)

        def open_to_others() -> None:
            for path in [root, *root.rglob("*")]:
                path.chmod(0o755 if path.is_dir() else 0o644)

        open_to_others()

        def read() -> str:
            task = [*PYTHON, "read_as_nobody", str(root)]
            done = subprocess.run(task, capture_output=True, text=True, check=False)
            return done.stdout.strip() or done.stderr

        assert read() == "store-interrupted"
        subprocess.run([*PYTHON, "write_slowly", str(root)], check=True)
        assert read() == "store-closed"
        open_to_others()
        assert read().isdecimal()


if __name__ == "__main__":
    arrange()
    globals()[sys.argv[1]](Path(sys.argv[2]))
