"""A power cut leaves every file with all its bytes, and every name, once a command has said that it is done."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from support.store_rows import commit, entry, record, state
from tenure.engine.store import Store, failpoints
from tenure.engine.store import commit as committing
from tenure.engine.store.backup import backup
from tenure.engine.store.restore import put_back


class Disk:
    """What was synced of each file, its size, and of each folder, its names; SQLite's own files sync themselves."""

    def __init__(self) -> None:
        self.found: dict[int, int | set[str]] = {}

    def fsync(self, handle: int) -> None:
        status = os.fstat(handle)
        folder = stat.S_ISDIR(status.st_mode)
        names = set(os.listdir(handle)) if folder else set()
        self.found[status.st_ino] = names if folder else status.st_size

    def lacks(self, *paths: Path) -> list[Path]:
        """Return those of the paths that are not on the disk as they are now, or under this name."""
        return [path for path in paths if not (self._names(path) and self._holds(path))]

    def _names(self, path: Path) -> bool:
        names = self.found.get(path.parent.stat().st_ino, set())
        return isinstance(names, set) and path.name in names

    def _holds(self, path: Path) -> bool:
        return path.is_dir() or self.found.get(path.stat().st_ino) == path.stat().st_size


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    found = Disk()
    monkeypatch.setattr(os, "fsync", found.fsync)
    monkeypatch.setattr(committing, "MOST_ENTRIES", 0)
    return found


def write(home: Path, number: int) -> None:
    with Store.open(home / "store", home) as store:
        values = pl.DataFrame({"account_id": ["a"], "arr": [float(number)]})
        entries = [entry(f"{number}")]
        commit(store, record(number), [state("a", "x")], entries, history=values)


def below(folder: Path) -> list[Path]:
    """All in a folder but the files that only SQLite writes, or that say nothing after a power cut."""
    others = ("store.db", "lock", ".gitignore")
    return [path for path in folder.rglob("*") if path.name not in others]


def at(point: str, monkeypatch: pytest.MonkeyPatch, look: Callable[[], None]) -> list[str]:
    """Look whenever a command comes to this point."""
    met: list[str] = []

    def failpoint(name: str) -> None:
        if name == point:
            met.append(name)
            look()

    monkeypatch.setattr(failpoints, "failpoint", failpoint)
    return met


def test_files_are_on_the_disk_before_the_transaction_that_names_them(
    tmp_path: Path, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "w"
    home.mkdir()

    def look() -> None:
        files = [*(home / "store").rglob("*.parquet")]
        assert len(files) == 3
        assert disk.lacks(*files) == []

    met = at("before the transaction", monkeypatch, look)
    write(home, 0)
    assert len(met) == 1


def test_a_new_store_and_its_notes_have_their_names_on_the_disk(tmp_path: Path, disk: Disk) -> None:
    home = tmp_path / "w"
    home.mkdir()
    with Store.open(home / "store", home):
        store = home / "store"
        folders = [store / name for name in ("history", "ledger", "states")]
        assert disk.lacks(store, *folders) == []
        assert "store.db" in disk.found[store.stat().st_ino]  # type: ignore[operator]
    write(home, 0)
    assert disk.lacks(home / "store", *below(home / "store")) == []
    assert disk.lacks(home / ".tenure" / "tenure-newest-run.json") == []


def test_a_backup_is_on_the_disk_with_all_that_is_in_it(tmp_path: Path, disk: Disk) -> None:
    home, target = tmp_path / "w", tmp_path / "backup"
    home.mkdir()
    write(home, 0)
    disk.found.clear()
    backup(home / "store", target)
    assert len(below(target)) == 7
    assert disk.lacks(target, target / "store.db", *below(target)) == []


def test_a_restored_store_is_on_the_disk_and_the_old_one_under_its_new_name(
    tmp_path: Path, disk: Disk
) -> None:
    home, target = tmp_path / "w", tmp_path / "backup"
    home.mkdir()
    write(home, 0)
    backup(home / "store", target)
    write(home, 1)
    disk.found.clear()
    aside = put_back(home / "store", home, target)
    assert aside is not None
    store = home / "store"
    assert disk.lacks(store, store / "store.db", *below(store), aside) == []
    assert store.name in disk.found[home.stat().st_ino]  # type: ignore[operator]
    shutil.rmtree(aside)
