"""What the system or Polars reports while a file is read, at any moment, is a problem with a code."""

from __future__ import annotations

import datetime as dt
import errno
import io
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from support.workspaces import RENEWAL, workspace
from tenure.engine.core.problems import Problems
from tenure.engine.documents.document_templates import languages, own_templates
from tenure.engine.project.loading import load_project, read_project
from tenure.engine.sources import backends, csv_structure, readers
from tenure.engine.sources.export_file import ExportFile
from tenure.engine.sources.refusal import reading
from tenure.engine.store import Store, errors, lock

DAY = dt.date(2026, 1, 31)
NAME = f"{DAY}.csv"
ERRNOS = (errno.EIO, errno.EMFILE, errno.ESTALE, errno.ENOMEM)


def refused(task: Callable[[], Any]) -> tuple[str, str]:
    """The code and the message of the one problem that a task raises."""
    with pytest.raises(Problems) as raised:
        task()
    (problem,) = raised.value.problems
    return problem.code, problem.message


def written(folder: Path, format: str) -> Path:
    path = folder / f"accounts.{format}"
    frame = pl.DataFrame({"account_id": ["a1", "a2"], "arr": ["1", "2"]})
    if format == "csv":
        frame.write_csv(path)
    elif format == "jsonl":
        frame.write_ndjson(path)
    else:
        frame.write_parquet(path)
    return path


def export(path: Path) -> ExportFile:
    return ExportFile(path, "accounts")


READS: dict[str, Callable[[Path], object]] = {
    "columns": lambda path: readers.present_columns(export(path), ["arr"]),
    "all columns": lambda path: readers.all_columns(export(path)),
    "rows": lambda path: readers.read_rows(export(path), ["arr"]),
}


@pytest.mark.parametrize("number", ERRNOS)
@pytest.mark.parametrize("asked", READS)
@pytest.mark.parametrize("format", ["csv", "jsonl", "parquet"])
def test_each_failing_open_of_an_export_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format: str, asked: str, number: int
) -> None:
    path = written(tmp_path, format)
    honest = Path.open
    opened: list[Path] = []

    def counted(self: Path, *given: Any, **named: Any) -> Any:
        opened.append(self)
        if len(opened) == failing[0]:
            raise OSError(number, os.strerror(number), str(self))
        return honest(self, *given, **named)

    monkeypatch.setattr(Path, "open", counted)
    failing = [0]
    READS[asked](path)
    total = len(opened)
    assert total > 0
    for place in range(1, total + 1):
        opened.clear()
        failing[0] = place
        expected = ("unreadable-snapshot", f"accounts cannot be read: {os.strerror(number)}")
        assert refused(lambda: READS[asked](path)) == expected


class _Broken(io.RawIOBase):
    """A file whose disk fails at the first read after the check."""

    def readable(self) -> bool:
        return True

    def readinto(self, _buffer: Any) -> int:
        raise OSError(errno.EIO, os.strerror(errno.EIO))


@pytest.mark.parametrize("reads", [csv_structure.read_header, csv_structure.find_uneven])
def test_a_csv_that_fails_between_two_lines_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reads: Callable[..., object]
) -> None:
    path = written(tmp_path, "csv")
    path.write_text('account_id,arr\na1,"1"\n')
    monkeypatch.setattr(readers, reads.__name__, lambda *_given: _Broken().read(1))
    expected = ("unreadable-snapshot", "accounts cannot be read: Input/output error")
    assert refused(lambda: readers.read_rows(export(path), ["arr"])) == expected


PANICS = {
    "scan_csv": ("csv", "rows"),
    "read_ndjson": ("jsonl", "rows"),
    "scan_ndjson": ("jsonl", "all columns"),
    "scan_parquet": ("parquet", "rows"),
    "read_parquet_schema": ("parquet", "columns"),
}


@pytest.mark.parametrize("function", PANICS)
def test_a_panic_of_polars_is_an_unreadable_snapshot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    def panics(*_given: Any, **_named: Any) -> None:
        raise pl.exceptions.PanicException("range end index 9 out of range\nmore")

    format, asked = PANICS[function]
    path = written(tmp_path, format)
    monkeypatch.setattr(pl, function, panics)
    code, message = refused(lambda: READS[asked](path))
    assert code == "unreadable-snapshot"
    assert message == "accounts cannot be read: Polars failed: range end index 9 out of range"


def test_an_interrupt_while_a_snapshot_is_read_stays_one() -> None:
    with pytest.raises(KeyboardInterrupt), reading("accounts"):
        raise KeyboardInterrupt


def test_an_export_whose_state_cannot_be_looked_at_is_not_taken_for_unchanged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stale(self: Path, **_named: Any) -> None:
        raise OSError(errno.ESTALE, os.strerror(errno.ESTALE), str(self))

    monkeypatch.setattr(Path, "stat", stale)
    code, _ = refused(lambda: backends._stamp(tmp_path / NAME, NAME))
    assert code == "unreadable-snapshot"


def test_a_lock_that_fails_to_close_does_not_replace_the_problem_under_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "store"
    root.mkdir()
    honest = os.close

    def closes(handle: int) -> None:
        honest(handle)
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    def held() -> None:
        with lock.hold_lock(root):
            monkeypatch.setattr(lock.os, "close", closes)
            raise Problems([errors.lock_lost(root)])

    assert refused(held)[0] == "store-lock-lost"
    monkeypatch.undo()
    with lock.hold_lock(root):
        pass


def corrupt() -> sqlite3.DatabaseError:
    """What SQLite reports where a page is malformed, and where the disk failed to give it."""
    error = sqlite3.DatabaseError("database disk image is malformed")
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error


@pytest.fixture
def root(tmp_path: Path) -> Path:
    with Store.open(tmp_path / "store"):
        pass
    return tmp_path / "store"


def test_a_database_that_reads_whole_at_a_second_look_is_not_damaged(root: Path) -> None:
    found = errors.store_problem(corrupt(), root)
    assert found.code == "store-failed"
    assert "whole at a second look" in found.message
    assert "restore" not in (found.hint or "")


def test_a_disk_that_goes_on_failing_is_not_damage(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(self: Path, *_given: Any, **_named: Any) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO), str(self))

    monkeypatch.setattr(Path, "open", fails)
    found = errors.store_problem(corrupt(), root)
    assert found.code == "store-failed"
    assert found.message.endswith("could not be used: Input/output error")


def test_a_malformed_page_is_damage(root: Path) -> None:
    content = bytearray((root / "store.db").read_bytes())
    content[4096:4200] = bytes(104)
    (root / "store.db").write_bytes(content)
    assert errors.store_problem(corrupt(), root).code == "store-damaged"


def test_nothing_is_called_damaged_while_a_commit_keeps_others_from_looking(root: Path) -> None:
    database = sqlite3.connect(root / "store.db", isolation_level=None)
    database.execute("BEGIN EXCLUSIVE")
    found = errors.store_problem(corrupt(), root)
    database.close()
    assert found.code == "store-failed"
    assert found.message.endswith("store.db could not be read")


@pytest.mark.parametrize("number", [errno.EACCES, errno.EIO, errno.EMFILE])
def test_a_folder_that_cannot_be_listed_is_not_taken_for_an_empty_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    root = workspace(tmp_path / "w", {"renewal": RENEWAL})
    (root / "documents").mkdir()

    honest = Path.iterdir

    def refuses(folder: Path) -> Iterator[Path]:
        if folder.is_relative_to(root):
            raise OSError(number, os.strerror(number), str(folder))
        return honest(folder)

    monkeypatch.setattr(Path, "iterdir", refuses)
    reason = os.strerror(number).lower()
    assert refused(lambda: load_project(root)) == (
        "unreadable-file",
        f"playbooks cannot be read: {reason}",
    )
    for task in (lambda: languages(root, "success_plan"), lambda: own_templates(root)):
        assert refused(task) == ("unreadable-file", f"documents cannot be read: {reason}")


def test_a_workspace_without_a_folder_of_playbooks_has_none(tmp_path: Path) -> None:
    root = workspace(tmp_path / "w", {})
    (root / "playbooks").rmdir()
    found = read_project(root)
    assert found.playbooks == ()
    assert "unreadable-file" not in {problem.code for problem in found.problems}
