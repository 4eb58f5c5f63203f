"""The store's Parquet files: how they are written, when one is compared again, and that no link is followed."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from tenure.engine.core.problems import Problem, Problems
from tenure.engine.store import checksums, manifest, parquet_files
from tenure.engine.store.store_files import FolderFiles

ROWS = pl.DataFrame({"account_id": ["a", "b"], "arr": [1.0, 2.0]})


@pytest.fixture
def root(tmp_path: Path) -> Path:
    parquet_files.prepare_folders(tmp_path / "deep" / "store")
    return tmp_path / "deep" / "store"


def written(root: Path, name: str = "states/one.parquet") -> manifest.File:
    content = parquet_files.encode_parquet(ROWS)
    file, _ = manifest.describe_file(name, "delta", 1, 2, content)
    FolderFiles(root).write(file, content)
    return file


def refused(call: Callable[[], object]) -> list[Problem]:
    with pytest.raises(Problems) as raised:
        call()
    return list(raised.value.problems)


def test_a_store_has_its_folders_for_its_owner_alone(root: Path) -> None:
    folders = [root, *(root / name for name in ("history", "ledger", "states"))]
    assert [stat.S_IMODE(path.stat().st_mode) for path in folders] == [0o700] * 4
    assert sorted(path.name for path in root.iterdir()) == [
        ".gitignore",
        "history",
        "ledger",
        "states",
    ]
    # A file that someone took out of a store in use is not put back.
    (root / ".gitignore").unlink()
    (root / "lock").touch()
    parquet_files.prepare_folders(root)
    assert not (root / ".gitignore").exists()
    (root / "lock").unlink()
    (root / ".gitignore").write_text("mine")
    parquet_files.prepare_folders(root)
    assert (root / ".gitignore").read_text() == "mine"


def test_the_same_rows_are_the_same_bytes_and_many_rows_are_in_groups(root: Path) -> None:
    assert parquet_files.encode_parquet(ROWS) == parquet_files.encode_parquet(ROWS.clone())
    file = written(root)
    content = (root / file.name).read_bytes()
    assert (file.bytes, len(file.sha256), file.rows) == (len(content), 64, 2)
    assert parquet_files.file_sha256(b"") == (
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )
    with pytest.raises(FileExistsError):
        FolderFiles(root).write(file, content)


@pytest.mark.parametrize("bad", [b"", b"short", None])
def test_a_file_is_compared_again_whenever_it_may_have_changed(
    root: Path, bad: bytes | None
) -> None:
    file = written(root)
    path = root / file.name
    content = path.read_bytes()
    assert checksums.scan(root, [file]).collect().equals(ROWS)
    path.write_bytes(content[:-1] + b"?" if bad is None else bad)
    (problem,) = refused(lambda: checksums.check_files(root, file))
    what = f"{0 if bad is None else len(bad)} bytes where {len(content)} were written"
    what = "other bytes than were written" if bad is None else what
    assert problem.message == f"the store {root} is damaged: {file.name} holds {what}"
    assert checksums.difference(root, file) == problem
    # Another file with the right bytes is the right one, and so is the same file with them again.
    path.unlink()
    path.write_bytes(content)
    checksums.check_files(root, file)
    assert checksums.difference(root, file) is None
    path.unlink()
    assert checksums.difference(root, file) is not None


def test_a_file_that_is_as_it_was_is_not_hashed_twice(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(root)
    hashed: list[str] = []
    really = checksums.difference

    def difference(root: Path, file: manifest.File) -> Problem | None:
        hashed.append(file.name)
        return really(root, file)

    monkeypatch.setattr(checksums, "difference", difference)
    checksums.check_files(root, file)
    # What this process has written is trusted.
    assert hashed == []
    path = root / file.name
    for change in (
        lambda: os.utime(path, ns=(0, 1)),
        lambda: path.chmod(0o640),
        lambda: path.write_bytes(path.read_bytes()),
        lambda: (
            path.with_name("two").write_bytes(path.read_bytes())
            and path.with_name("two").replace(path)
        ),
    ):
        change()
        for _ in range(2):
            checksums.check_files(root, file)
        assert hashed.pop() == file.name
        assert hashed == []


def test_of_several_files_the_first_damaged_one_is_named(root: Path) -> None:
    file = written(root)
    content = (root / file.name).read_bytes()
    files = [replace(file, name=f"states/{name}.parquet") for name in "abcdef"]
    for each in files:
        (root / each.name).write_bytes(content)
    damaged = [root / files[number].name for number in (1, 4)]
    for path in damaged:
        path.write_bytes(content[::-1])
    for path in damaged:
        (problem,) = refused(lambda: checksums.scan(root, files))
        assert f"{path.parent.name}/{path.name} holds other bytes" in problem.message
        path.write_bytes(content)
    assert checksums.scan(root, files).collect().equals(pl.concat([ROWS] * len(files)))


@pytest.mark.parametrize("name", ["states/one.parquet", "states/other.txt", "lock", "history"])
def test_a_link_is_found_whenever_it_came(root: Path, tmp_path: Path, name: str) -> None:
    target = tmp_path / "target"
    target.mkdir() if name == "history" else target.write_text("x")
    parquet_files.refuse_links(root)
    if name == "history":
        (root / name).rmdir()
    (root / name).symlink_to(target)
    for _ in range(2):
        problems = refused(lambda: parquet_files.refuse_links(root))
        assert [each.message for each in problems] == [
            f"{root / name} is a symbolic link; a store holds none"
        ]
    (root / name).unlink()
    parquet_files.refuse_links(root)
    (root / "states" / ".DS_Store").symlink_to(target)
    parquet_files.refuse_links(root)


def test_a_link_is_not_read_or_written_through(root: Path, tmp_path: Path) -> None:
    file = written(root)
    real, link = tmp_path / "real", root / "states" / "link.parquet"
    real.write_bytes((root / file.name).read_bytes())
    link.symlink_to(real)
    for read in (parquet_files.read_parquet, parquet_files.scan_parquet):
        assert refused(lambda: read([link]))[0].code == "store-link"  # noqa: B023
    for call in (
        lambda: parquet_files.contents(link),
        lambda: parquet_files.write_synced(link, b"x"),
    ):
        with pytest.raises(OSError, match=r"symbolic links|exists"):
            call()
    moved = manifest.File("states/link.parquet", "delta", 1, None, None, 2, file.bytes, file.sha256)
    problem = checksums.difference(root, moved)
    assert problem is not None
    assert problem.code == "store-link"
    assert real.read_bytes() == (root / file.name).read_bytes()


def test_columns_and_more_columns_are_read_as_asked(root: Path) -> None:
    path = root / written(root).name
    assert parquet_files.read_parquet([path], ["arr"]).columns == ["arr"]
    schema = {"account_id": pl.String()}
    assert parquet_files.scan_parquet([path], schema).collect().columns == ["account_id"]
    assert parquet_files.scan_parquet([path]).collect().equals(ROWS)


def test_a_small_file_that_cannot_be_written_leaves_the_one_of_before(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = root / "note.json"
    parquet_files.replace_synced(path, b"older")
    before = sorted(root.iterdir())

    def refuse(*_: object) -> None:
        raise OSError("it has no other name")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", refuse)
        with pytest.raises(OSError, match="no other name"):
            parquet_files.replace_synced(path, b"newer")
    assert path.read_bytes() == b"older"
    assert sorted(root.iterdir()) == before
    FolderFiles(root).remove("none")
    FolderFiles(root).remove("states")
    assert sorted(root.iterdir()) == before
    assert FolderFiles(root).names() == set()
    name = "states/tenure-delta-00000001-0a1b2c3d-000.parquet"
    for each in (name, "tenure-newest-run.json.0a1b2c3d.partial", "ledger/mine.parquet"):
        (root / each).touch()
    assert FolderFiles(root).names() == {name, "tenure-newest-run.json.0a1b2c3d.partial"}
