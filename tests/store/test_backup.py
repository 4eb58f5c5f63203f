"""Backups and restores, killed at each of their steps, and beside a run.

Run as a script this file is the process that dies: `PYTHONPATH=tests python tests/store/test_backup.py TASK FOLDER`.
"""

from __future__ import annotations

import datetime as dt
import gc
import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from support.killed_store import arrange, commit, contents, forked
from support.killed_store import read as read_contents

PYTHON = [sys.executable, __file__]
FIRST = dt.date(2026, 1, 1)


def lay_out(folder: Path, runs: int) -> Path:
    """A workspace's folder whose store has that many runs."""
    from tenure.engine.store import Store

    home = folder / "workspace"
    home.mkdir(exist_ok=True)
    with Store.open(home / "store", home) as store:
        last = store.last_committed()
        for number in range((last - FIRST).days + 1 if last else 0, runs):
            commit(store, number)
    return home


def die(call: int) -> None:
    """Let this process kill itself at that call of `boundary`."""
    import signal

    from tenure.engine.store import failpoints

    calls = 0

    def boundary(_: str) -> None:
        nonlocal calls
        calls += 1
        if calls == call:
            os.kill(os.getpid(), signal.SIGKILL)

    failpoints.failpoint = boundary


def back_up(home: Path, target: Path, call: int = 0) -> str:
    from tenure.engine.store.backup import backup

    die(call)
    backup(home / "store", target)
    return "done"


def put_back(home: Path, source: Path, call: int = 0) -> str:
    from tenure.engine.store.restore import put_back

    die(call)
    put_back(home / "store", home, source)
    return "done"


def seen(root: Path) -> Any:
    """What a reader finds, or the code of the problem that it meets."""
    from tenure.engine.core.problems import Problems

    try:
        return read_contents(root)
    except Problems as raised:
        return raised.problems[0].code


def opened(home: Path) -> str:
    """What a run meets."""
    from tenure.engine.core.problems import Problems
    from tenure.engine.store import Store

    try:
        with Store.open(home / "store", home):
            return "opened"
    except Problems as raised:
        return raised.problems[0].code


def everything(folder: Path) -> dict[str, bytes]:
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def kill_backup(folder: Path) -> None:
    """Print at how many calls a backup was killed; each time, the target is whole or not there."""
    import tenure.engine.store  # noqa: F401

    home = forked(lambda: str(lay_out(folder, 3)))
    expected = forked(seen, Path(home) / "store")
    before, target = everything(Path(home)), folder / "backup"
    call, found = 0, None
    while found != "done":
        call += 1
        found = forked(back_up, Path(home), target, call)
        if target.exists():
            assert forked(seen, target) == expected
            shutil.rmtree(target)
        assert everything(Path(home)) == before
        forked(back_up, Path(home), target)
        assert sorted(path.name for path in folder.iterdir()) == ["backup", "workspace"]
        assert forked(seen, target) == expected
        shutil.rmtree(target)
    print(json.dumps(call))


def kill_restore(folder: Path) -> None:
    """Print at how many calls a restore was killed; each time, the store is the old one, the new one, or damaged."""
    import tenure.engine.store  # noqa: F401

    home = Path(forked(lambda: str(lay_out(folder, 2))))
    store = home / "store"
    forked(back_up, home, folder / "backup")
    old = forked(seen, folder / "backup")
    forked(lambda: str(lay_out(folder, 4)))
    new = forked(seen, store)
    kept = folder / "kept"
    shutil.copytree(home, kept)
    call, found, met = 0, None, set()
    while found != "done":
        call += 1
        found = forked(put_back, home, folder / "backup", call)
        state, run = forked(seen, store), forked(opened, home)
        after = "old" if state == old else "new" if state == new else state
        met.add((after, run))
        # A newer store that was moved aside is never lost.
        moved = home / "store.before-restore-1"
        assert after == "new" or forked(seen, moved) == new, call
        if found != "done":
            forked(put_back, home, folder / "backup")
        assert (forked(seen, store), forked(opened, home)) == (old, "opened"), call
        assert not list(home.glob("*.tenure-*")), call
        shutil.rmtree(home)
        shutil.copytree(kept, home)
    print(json.dumps([call, sorted(met)]))


def run_on(folder: Path) -> None:
    lay_out(folder, 30)


def script(task: str, folder: Path) -> Any:
    done = subprocess.run([*PYTHON, task, str(folder)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


@pytest.mark.slow
def test_a_backup_killed_at_each_step_is_whole_or_not_there(tmp_path: Path) -> None:
    assert script("kill_backup", tmp_path) > 10


@pytest.mark.slow
def test_a_restore_killed_at_each_step_leaves_one_store_or_the_other(tmp_path: Path) -> None:
    calls, met = script("kill_restore", tmp_path)
    assert calls > 12
    assert met == [
        ["new", "opened"],
        ["old", "opened"],
        ["old", "store-taken-back"],
        ["store-damaged", "store-damaged"],
    ]


def test_a_backup_during_a_run_has_whole_commits(tmp_path: Path) -> None:
    from tenure.engine.store import Reader, verify

    home = lay_out(tmp_path, 1)
    found = []
    with subprocess.Popen([*PYTHON, "run_on", str(tmp_path)]) as running:
        while running.poll() is None:
            target = tmp_path / f"backup-{len(found)}"
            back_up(home, target)
            assert verify(target) == []
            found.append(len(Reader(target).runs()))
        assert running.returncode == 0
    assert found == sorted(found)
    assert len(set(found)) > 1
    assert contents(Reader(home / "store"))[0] != []


def test_a_backup_is_for_its_owner_alone(tmp_path: Path) -> None:
    home = lay_out(tmp_path, 2)
    target = tmp_path / "deep" / "backup"
    back_up(home, target)
    put_back(home, target)
    store = home / "store"
    for path in (target, *target.rglob("*"), store, *store.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)


def test_a_backup_leaves_no_file_open(tmp_path: Path) -> None:
    from tenure.engine.store.backup import backup
    from tenure.engine.store.restore import put_back

    def left_open() -> int:
        gc.collect()
        found = 0
        for handle in range(1024):
            with suppress(OSError):
                os.fstat(handle)
                found += 1
        return found

    home = lay_out(tmp_path, 2)
    before = left_open()
    backup(home / "store", tmp_path / "backup")
    put_back(home / "store", home, tmp_path / "backup")
    assert left_open() == before


def test_a_backup_is_in_its_place_on_the_disk_when_it_is_said_to_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, target = lay_out(tmp_path, 1), tmp_path / "backup"
    synced: list[tuple[int, bool]] = []
    fsync = os.fsync

    def note(handle: int) -> None:
        synced.append((os.fstat(handle).st_ino, target.exists()))
        fsync(handle)

    monkeypatch.setattr(os, "fsync", note)
    back_up(home, target)
    assert synced[-1] == (tmp_path.stat().st_ino, True)


def test_what_a_killed_backup_left_goes_with_the_next_one(tmp_path: Path) -> None:
    from tenure.engine.store import lock

    home = lay_out(tmp_path, 1)
    names = ("backup.tenure-partial-killed", "backup.tenure-partial-now", "other.tenure-partial-1")
    killed, now, other = (tmp_path / name for name in names)
    for folder in (killed, now, other):
        folder.mkdir()
        (folder / "store.db").write_bytes(b"half")
    with lock.hold_lock(now):
        back_up(home, tmp_path / "backup")
    assert not killed.exists()
    assert [(each / "store.db").read_bytes() for each in (now, other)] == [b"half"] * 2


def test_a_backup_stays_out_of_git_as_the_store_does(tmp_path: Path) -> None:
    home = lay_out(tmp_path, 1)
    back_up(home, tmp_path / "backup")
    for root in (home / "store", tmp_path / "backup"):
        assert (root / ".gitignore").read_text("ascii") == "*\n"


def refused(call: Callable[[], object]) -> tuple[str, str]:
    from tenure.engine.core.problems import Problems

    with pytest.raises(Problems) as raised:
        call()
    (problem,) = raised.value.problems
    assert problem.hint
    return problem.code, problem.message


def test_a_backup_goes_into_a_new_folder_only(tmp_path: Path) -> None:
    home, target = lay_out(tmp_path, 1), tmp_path / "backup"
    code = "store-backup"
    none = tmp_path / "none"
    assert refused(lambda: back_up(tmp_path / "none", target)) == (
        code,
        f"there is no store in {none}/store to back up",
    )
    store = home / "store"
    for bad in (store / "backup", home, store):
        expected = (code, f"{bad} and the store {store} lie in each other")
        assert refused(lambda: back_up(home, bad)) == expected  # noqa: B023
    target.mkdir()
    (target / "notes.txt").write_text("mine")
    assert refused(lambda: back_up(home, target)) == (code, f"{target} is there already")
    (target / "notes.txt").unlink()
    assert back_up(home, target) == "done"


def test_a_damaged_store_gives_no_backup(tmp_path: Path) -> None:
    home = lay_out(tmp_path, 2)
    path = next((home / "store" / "history").iterdir())
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    code, _ = refused(lambda: back_up(home, tmp_path / "backup"))
    assert code == "store-damaged"
    assert [path.name for path in tmp_path.iterdir()] == ["workspace"]


def test_a_store_is_not_replaced_during_a_run(tmp_path: Path) -> None:
    from tenure.engine.store import Locked, lock
    from tenure.engine.store.restore import put_back as restore

    home = lay_out(tmp_path, 1)
    back_up(home, tmp_path / "backup")
    with lock.hold_lock(home / "store"):
        before = everything(home)
        with pytest.raises(Locked):
            restore(home / "store", home, tmp_path / "backup")
        assert everything(home) == before


def test_a_restore_needs_a_whole_backup(tmp_path: Path) -> None:
    from tenure.engine.store.restore import foresee

    home = lay_out(tmp_path, 2)
    store = home / "store"
    back_up(home, tmp_path / "backup")
    before = everything(home)

    def look(source: Path) -> tuple[str, str]:
        return refused(lambda: foresee(store, home, source))

    (tmp_path / "empty").mkdir()
    assert look(tmp_path / "empty")[0] == "store-backup"
    assert look(store)[0] == "store-backup"
    lying = f"{tmp_path / 'backup'} and the store {tmp_path / 'backup' / 'new'} lie in each other"
    inside = refused(lambda: foresee(tmp_path / "backup" / "new", home, tmp_path / "backup"))
    assert inside == ("store-backup", lying)
    for source in (None, tmp_path / "backup"):
        foreign = refused(lambda: foresee(home, home, source))  # noqa: B023
        whole = f"the folder {home} cannot be the store: it holds the workspace itself"
        assert foreign == ("store-foreign", whole)
    path = next((tmp_path / "backup" / "states").iterdir())
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    assert look(tmp_path / "backup")[0] == "store-damaged"
    assert refused(lambda: put_back(home, tmp_path / "backup"))[0] == "store-damaged"
    assert everything(home) == before


def test_a_restore_says_what_will_be_unknown(tmp_path: Path) -> None:
    from support.store_rows import record
    from tenure.engine.store import Store
    from tenure.engine.store.restore import foresee

    home = lay_out(tmp_path, 2)
    back_up(home, tmp_path / "backup")
    with Store.open(home / "store", home) as store:
        from support.store_rows import commit as commit_record

        commit_record(store, record(2, issued=7))
    change = foresee(home / "store", home, tmp_path / "backup")
    assert change.loses
    assert change.lost == "the 7 actions issued after 2026-01-02, up to 2026-01-03"
    (home / "store" / "store.db").unlink()
    assert foresee(home / "store", home, tmp_path / "backup").lost == change.lost


def test_a_store_is_accepted_as_it_is(tmp_path: Path) -> None:
    from tenure.engine.store.restore import accept, foresee

    home = lay_out(tmp_path, 2)
    store, kept = home / "store", tmp_path / "kept"
    shutil.copytree(store, kept)
    lay_out(tmp_path, 3)
    shutil.rmtree(store)
    shutil.copytree(kept, store)
    assert opened(home) == "store-taken-back"
    assert foresee(store, home, None).loses
    accept(store, home)
    assert opened(home) == "opened"
    assert not foresee(store, home, None).loses
    shutil.rmtree(store)
    assert opened(home) == "store-taken-back"
    accept(store, home)
    assert opened(home) == "opened"


def test_a_damaged_store_is_not_accepted(tmp_path: Path) -> None:
    from tenure.engine.store.restore import foresee

    home = lay_out(tmp_path, 2)
    next((home / "store" / "states").iterdir()).unlink()
    assert refused(lambda: foresee(home / "store", home, None))[0] == "store-damaged"


def test_a_restore_that_fails_says_why_though_its_copy_cannot_be_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = lay_out(tmp_path, 2)
    back_up(home, tmp_path / "backup")
    expected = seen(home / "store")
    rename = Path.rename

    def refuse(path: Path, target: Path) -> Path:
        if path.name.startswith("store.tenure-"):
            raise OSError("it has no other name")
        return rename(path, target)

    def leave(path: Path, ignore_errors: bool = False) -> None:
        if not ignore_errors:
            raise OSError("it is in use")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", refuse)
        patch.setattr(shutil, "rmtree", leave)
        _, message = refused(lambda: put_back(home, tmp_path / "backup"))
    assert "it has no other name" in message
    assert seen(home / "store") == expected


def test_a_folder_of_others_is_not_moved_aside(tmp_path: Path) -> None:
    home = lay_out(tmp_path, 2)
    back_up(home, tmp_path / "backup")
    shutil.rmtree(home / "store")
    (home / "store").mkdir()
    (home / "store" / "accounts.csv").write_text("precious")
    assert refused(lambda: put_back(home, tmp_path / "backup"))[0] == "store-foreign"
    assert (home / "store" / "accounts.csv").read_text() == "precious"


if __name__ == "__main__":
    arrange()
    globals()[sys.argv[1]](Path(sys.argv[2]))
