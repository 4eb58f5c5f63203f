"""Restores, step by step: what is refused, what is moved aside under which name, and what is then known."""

from __future__ import annotations

import resource
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from support.store_rows import commit, entry, record
from tenure.engine.core.problems import Problem, Problems
from tenure.engine.store import Locked, Reader, Store, lock
from tenure.engine.store import commit as committing
from tenure.engine.store.backup import _allow_open, backup
from tenure.engine.store.restore import Change, accept, foresee, moved_aside, put_back
from tenure.engine.workspace.store_address import StoreAddress

SERVERS = StoreAddress("/srv/files", "postgresql://127.0.0.1:1/none", "tenure")


def write(home: Path, number: int, issued: int = 2) -> None:
    with Store.open(home / "store", home) as store:
        commit(store, record(number, issued=issued), entries=[entry(f"{number}")])


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with a store of two runs, and a backup of its first one, in `backup`."""
    monkeypatch.setattr(committing, "MOST_IN_TABLE", 0)
    home = tmp_path / "w"
    home.mkdir()
    write(home, 0)
    backup(home / "store", tmp_path / "backup")
    write(home, 1, issued=5)
    return home


def last(root: Path) -> int:
    return len(Reader(root).runs())


def refused(call: Callable[[], object]) -> Problem:
    with pytest.raises(Problems) as raised:
        call()
    return raised.value.problems[0]


def test_each_store_that_is_replaced_is_moved_aside_under_a_new_number(home: Path) -> None:
    root, saved = home / "store", home.parent / "backup"
    assert moved_aside(root) == []
    (home / "store.before-restore-2").mkdir()
    (home / "other.before-restore-1").mkdir()
    aside = [put_back(root, home, saved) for _ in range(2)]
    numbers = [home / f"store.before-restore-{n}" for n in (1, 3)]
    assert aside == numbers
    assert [last(path) for path in numbers] == [2, 1]
    assert moved_aside(root) == sorted([*numbers, home / "store.before-restore-2"])
    assert last(root) == 1
    assert stat.S_IMODE(root.stat().st_mode) == 0o700
    # The workspace expects what is there now.
    with Store.open(root, home):
        pass


def test_without_a_store_none_is_moved_aside(home: Path) -> None:
    saved = home.parent / "backup"
    shutil.rmtree(home / "store")
    assert put_back(home / "store", home, saved) is None
    assert put_back(home / "deep" / "er" / "store", None, saved) is None
    assert last(home / "store") == last(home / "deep" / "er" / "store") == 1


def test_what_a_stopped_restore_left_goes_with_the_next_one(home: Path) -> None:
    root, saved = home / "store", home.parent / "backup"
    left = [home / f"store.tenure-restoring-{n}" for n in range(2)]
    for folder in left:
        (folder / "states").mkdir(parents=True)
    other = home / "store2.tenure-restoring-1"
    other.mkdir()
    root.rename(home / "away")
    assert refused(Reader(root).runs).message.endswith("before it had put the store in place")
    assert put_back(root, home, saved) is None
    assert sorted(path.name for path in home.glob("*tenure-restoring*")) == [other.name]
    assert last(root) == 1


def test_a_restore_that_fails_leaves_the_store_and_no_copy(home: Path) -> None:
    root, saved = home / "store", home.parent / "backup"
    (saved / "store.db").write_bytes(b"?")
    assert refused(lambda: put_back(root, home, saved)).code == "store-damaged"
    assert [path.name for path in sorted(home.iterdir())] == [".tenure", "store"]
    assert last(root) == 2


@pytest.mark.parametrize("damage", [False, True])
def test_what_a_restore_changes_is_known_before(home: Path, damage: bool) -> None:
    root, saved = home / "store", home.parent / "backup"
    if damage:
        # What the notes say is enough to know what would be lost.
        (root / "store.db").write_bytes(b"?")
    change = foresee(root, home, saved)
    assert change.before is not None
    assert change.after is not None
    assert (change.before.run, change.after.run) == (2, 1)
    assert change.loses
    assert change.lost == "the 5 actions issued after 2026-01-01, up to 2026-01-02"


def test_what_is_accepted_is_compared_with_what_was_noted(home: Path) -> None:
    root, saved = home / "store", home.parent / "backup"
    same = foresee(root, home, None)
    assert same.before == same.after
    assert not same.loses
    shutil.rmtree(root)
    gone = foresee(root, home, None)
    assert gone == Change(same.before, None)
    assert gone.loses
    assert foresee(root, None, None) == Change(None, None)
    shutil.copytree(saved, root)
    older = foresee(root, home, None)
    assert older.before == same.before
    assert older.after is not None
    assert older.after.run == 1
    # A store that is newer than its notes lost nothing.
    with Store.open(root) as store:
        commit(store, record(1))
        commit(store, record(2))
    newer = foresee(root, home, None)
    assert newer.before == newer.after


def test_nothing_is_accepted_while_a_run_is_under_way(home: Path) -> None:
    root, saved = home / "store", home.parent / "backup"
    shutil.rmtree(root)
    shutil.copytree(saved, root)
    with lock.hold_lock(root), pytest.raises(Locked):
        accept(root, home)
    assert foresee(root, home, None).loses
    accept(root, home)
    assert not foresee(root, home, None).loses


def test_a_folder_does_not_replace_a_store_on_servers(home: Path) -> None:
    saved = home.parent / "backup"
    for call in (
        lambda: foresee(SERVERS, home, saved),
        lambda: put_back(SERVERS, home, saved),
    ):
        problem = refused(call)
        assert problem.code == "store-backup"
        assert problem.message.endswith("is on servers, and is not replaced by a folder")
    assert moved_aside(SERVERS) == []


def test_the_error_is_said_though_what_was_copied_cannot_be_removed(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, saved = home / "store", home.parent / "backup"

    def leave(path: Path, ignore_errors: bool = False) -> None:
        if not ignore_errors:
            raise OSError("it is in use")

    monkeypatch.setattr(shutil, "rmtree", leave)
    for store in (saved, root):
        for path in (store / "ledger").iterdir():
            path.write_bytes(b"?")
    assert refused(lambda: put_back(root, home, saved)).code == "store-damaged"
    assert refused(lambda: backup(root, home.parent / "other")).code == "store-damaged"


@pytest.mark.parametrize(
    ("soft", "hard", "number", "allowed"),
    [
        (1024, 4096, 824, None),
        (1024, 4096, 825, (1025, 4096)),
        (1024, 4096, 9000, (4096, 4096)),
        (1024, resource.RLIM_INFINITY, 9000, (9200, resource.RLIM_INFINITY)),
        (resource.RLIM_INFINITY, resource.RLIM_INFINITY, 9000, None),
        (1024, 1024, 9000, (1024, 1024)),
    ],
)
def test_a_backup_may_open_its_files_and_two_hundred_more(
    monkeypatch: pytest.MonkeyPatch,
    soft: int,
    hard: int,
    number: int,
    allowed: tuple[int, int] | None,
) -> None:
    said: list[tuple[int, tuple[int, int]]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (soft, hard))
    monkeypatch.setattr(resource, "setrlimit", lambda *given: said.append(given))
    _allow_open(number)
    assert said == ([] if allowed is None else [(resource.RLIMIT_NOFILE, allowed)])


def test_a_backup_goes_nowhere_but_into_a_new_or_empty_folder(home: Path, tmp_path: Path) -> None:
    root, saved = home / "store", tmp_path / "backup"
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    for name in ("file", "link", "backup"):
        problem = refused(lambda: backup(root, tmp_path / name))  # noqa: B023
        assert problem.message == f"{tmp_path / name} is there already"
    assert last(saved) == 1
    for name in ("empty", "deep/er/new"):
        note = backup(root, tmp_path / name)
        assert (note.run, note.on) == (2, "2026-01-02")
        assert last(tmp_path / name) == 2
    assert not [*tmp_path.rglob("*tenure-partial*")]


def test_a_store_without_a_run_gives_no_backup(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store"):
        pass
    problem = refused(lambda: backup(tmp_path / "store", tmp_path / "backup"))
    assert problem.message == f"the store {tmp_path / 'store'} has no run yet"
    assert [path.name for path in tmp_path.iterdir()] == ["store"]
