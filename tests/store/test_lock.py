"""The lock of a folder: who holds it and since when, and whether the locked file is still the one that counts."""

from __future__ import annotations

import datetime as dt
import os
import stat
from pathlib import Path

import pytest
from tenure.engine.core.problems import Problems
from tenure.engine.store import lock


def refused(root: Path) -> lock.Locked:
    with pytest.raises(lock.Locked) as raised, lock.hold_lock(root):
        pass
    return raised.value


def test_the_holder_is_in_the_file_and_goes_with_its_lock(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text("a longer text of before\n")
    with lock.hold_lock(tmp_path) as held:
        assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"
        assert held.lies_there
        held.refuse_lost()
        os.utime(tmp_path / "lock", (0, 1_767_225_600))
        found = refused(tmp_path)
        assert (found.pid, found.since) == (os.getpid(), dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
        assert str(found) == (
            f"process {os.getpid()} has held {tmp_path} since 2026-01-01 00:00:00 UTC"
        )
    with lock.hold_lock(tmp_path):
        pass
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(held.handle)


@pytest.mark.parametrize("text", ["", "soon", "-1", "1 2"])
def test_a_file_that_names_no_process_is_held_all_the_same(tmp_path: Path, text: str) -> None:
    with lock.hold_lock(tmp_path):
        (tmp_path / "lock").write_text(text)
        found = refused(tmp_path)
    assert found.pid is None
    assert str(found).startswith(f"another process has held {tmp_path} since ")


def test_a_new_lock_is_for_its_owner_alone_and_follows_no_link(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with lock.hold_lock(tmp_path):
            assert stat.S_IMODE((tmp_path / "lock").stat().st_mode) == 0o600
    finally:
        os.umask(before)
    (tmp_path / "lock").rename(tmp_path / "elsewhere")
    (tmp_path / "lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic links"), lock.hold_lock(tmp_path):
        pass


@pytest.mark.parametrize("replaced", [False, True])
def test_a_lock_whose_file_went_is_lost(tmp_path: Path, replaced: bool) -> None:
    with lock.hold_lock(tmp_path) as held:
        (tmp_path / "lock").rename(tmp_path / "moved")
        if replaced:
            (tmp_path / "lock").touch()
        assert not held.lies_there
        with pytest.raises(Problems, match="was deleted or another run wrote"):
            held.refuse_lost()
        (tmp_path / "moved").rename(tmp_path / "lock")
        assert held.lies_there
