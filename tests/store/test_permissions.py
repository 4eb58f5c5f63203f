"""Who may use a store's files: each file of ours is looked at, and no file of others."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from support.store_rows import commit, entry, record, state
from tenure.engine.store import Store, permissions
from tenure.engine.store import commit as committing

BY_HAND = "take them away with `chmod -R go= {}`"
AGAIN = "they are for their owner alone again"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(committing, "MOST_IN_TABLE", 0)
    home = tmp_path / "w"
    home.mkdir()
    with Store.open(home / "store", home) as store:
        commit(store, record(0), [state("a", "x")], [entry("1"), entry("2")])
    (home / "store" / "store.db-journal").touch(mode=0o600)
    return home / "store"


def ours(root: Path) -> list[Path]:
    """All that is the store's own, in the order in which it is looked at."""
    named = ["store.db", "store.db-journal", "lock", "tenure-newest-run.json"]
    folders = [root / name for name in ("history", "ledger", "states")]
    return [
        root,
        *(root / name for name in named),
        *(path for folder in folders for path in (folder, *sorted(folder.iterdir()))),
    ]


def said(problems: list[permissions.Problem]) -> list[tuple[str, str | None]]:
    assert {(each.code, each.severity) for each in problems} <= {
        ("store-open-to-others", "warning")
    }
    return [(each.message, each.hint) for each in problems]


def test_each_file_and_folder_that_is_wide_is_named_and_narrowed(root: Path) -> None:
    paths = ours(root)
    assert len(paths) == 10
    assert permissions.warn(root) == permissions.tighten(root) == []
    for path in paths:
        for bit in (0o040, 0o001):
            narrow = stat.S_IMODE(path.stat().st_mode)
            path.chmod(narrow | bit)
            message = f"other users of this machine could use {path}"
            assert said(permissions.warn(root)) == [(message, BY_HAND.format(root))]
            assert stat.S_IMODE(path.stat().st_mode) == narrow | bit
            assert said(permissions.tighten(root)) == [(message, AGAIN)]
            assert stat.S_IMODE(path.stat().st_mode) == narrow
    for path in paths[2:5]:
        path.chmod(0o644)
    several = f"other users of this machine could use {paths[2]} and 2 more"
    assert said(permissions.warn(root)) == [(several, BY_HAND.format(root))]
    assert said(permissions.tighten(root)) == [(several, AGAIN)]
    assert permissions.warn(root) == []


def test_files_of_others_stay_as_they_are(root: Path) -> None:
    (root / "notes.txt").touch(mode=0o666)
    (root / "states" / "mine.parquet").touch(mode=0o666)
    name = next((root / "states").iterdir()).name
    (root / "ledger" / name.replace("delta", "folder")).mkdir(mode=0o777)
    (root / "store.db-journal").unlink()
    (root / "store.db-journal").mkdir(mode=0o777)
    assert permissions.tighten(root) == permissions.warn(root) == []
    assert (root / "notes.txt").stat().st_mode & 0o044
    assert permissions.warn(root / "none") == []


def test_what_cannot_be_narrowed_is_left_to_people(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = ours(root)
    for path in paths[1:4]:
        path.chmod(0o640)
    chmod = Path.chmod

    def refuse(path: Path, mode: int) -> None:
        if path == paths[2]:
            raise PermissionError("it belongs to another user")
        chmod(path, mode)

    monkeypatch.setattr(Path, "chmod", refuse)
    one = f"other users of this machine could use {paths[1]} and 1 more"
    other = f"other users of this machine could use {paths[2]}"
    assert said(permissions.tighten(root)) == [(one, AGAIN), (other, BY_HAND.format(root))]
    assert said(permissions.tighten(root)) == [(other, BY_HAND.format(root))]


@pytest.mark.parametrize("user", [0, 1])
def test_a_file_of_another_user_is_named(
    root: Path, monkeypatch: pytest.MonkeyPatch, user: int
) -> None:
    owner, found = root.stat().st_uid, permissions._ours(root)
    foreign = ours(root)[-1]

    def owned(root: Path) -> list[tuple[str, os.stat_result]]:
        return [
            (path, os.stat_result([*status[:4], owner + 7 * (path == str(foreign)), *status[5:]]))
            for path, status in found
        ]

    monkeypatch.setattr(permissions, "_ours", owned)
    monkeypatch.setattr(permissions.os, "geteuid", lambda: owner + user)
    for problems in (permissions.warn(root), permissions.tighten(root)):
        (problem,) = problems
        assert (problem.code, problem.severity) == ("store-owner", "warning")
        assert (
            problem.message == f"{foreign} belongs to user {owner + 7}, the store to user {owner}"
        )
